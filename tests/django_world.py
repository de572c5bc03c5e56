"""Sets Django up for tests.  Imported before anything that imports the models of the store."""

from pathlib import Path

from django.conf import settings

from longbien.node.configuration import NodeSettings
from longbien.node.settings import setup_django
from longbien.primitives.ids import StateCode

if not settings.configured:
    # no database is there: each test makes its own under an alias of its own
    setup_django(NodeSettings(folder=Path("/nowhere"), state=StateCode("VN")))
