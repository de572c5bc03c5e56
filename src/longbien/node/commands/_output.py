"""What a node's commands print: text or one JSON document on stdout."""

import sys

from longbien.primitives.canonical import Json, encode_json
from longbien.primitives.visible import spell_lines


def say(text: str = "") -> None:
    """Print one or more lines; line breaks are ours, all else is made visible."""
    sys.stdout.write(spell_lines(text) + "\n")
    sys.stdout.flush()


def say_line(text: str) -> None:
    """Print a line of the catalogue, whose facts were made visible there."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: Json) -> None:
    """Print one canonical JSON document and a line feed."""
    sys.stdout.write(encode_json(value).decode("utf-8") + "\n")
    sys.stdout.flush()
