"""What the commands print: text or one JSON document on stdout, errors on stderr.

Text from outside (file names above all) goes through ``spell_unseen`` first: a name may hold
control characters that move the cursor or turn the line around.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from longbien.primitives.errors import LongBienError
from longbien.primitives.visible import spell_lines, spell_unseen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from longbien.evidence.report_texts import Catalogue
    from longbien.evidence.translations import Translation
    from longbien.primitives.canonical import Json


def say(text: str = "") -> None:
    """Print one or more lines of the result; line breaks are ours, all else is made visible."""
    sys.stdout.write(spell_lines(text) + "\n")


def say_told(lines: "Iterable[str]") -> None:
    """Print lines of the catalogue, whose facts were made visible there."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def report_words(options: argparse.Namespace) -> "Catalogue":
    """Return the words of reports, in the language that was asked for."""
    from longbien.evidence.report_english import ENGLISH  # noqa: PLC0415 - few print reports

    translation: Translation | None = options.translation
    return ENGLISH if translation is None else translation.words(ENGLISH)


def say_json(value: "Json") -> None:
    """Print the result as one canonical JSON document and a line feed."""
    from longbien.primitives.canonical import encode_json  # noqa: PLC0415 - few ask for documents

    sys.stdout.write(encode_json(value).decode("utf-8") + "\n")


def complain(error: LongBienError, *, as_json: bool, text: str | None = None) -> None:
    """Say what went wrong, with its code, on stderr; with ``as_json`` as a document on stdout.

    ``text`` is what it says in another language, its facts made visible.
    """
    if as_json:
        say_json({"error": {"code": error.code, "text": str(error)}})
    else:
        told = spell_unseen(str(error)) if text is None else text
        sys.stderr.write(f"longbien: {told} [{error.code}]\n")
