"""``python -m longbien`` is the command ``longbien``."""

from longbien.cli.main import entry

entry()
