"""A language that nobody speaks: every word of the program stands in brackets of its own.

What an officer reads in it without brackets did not come out of the catalogue.
"""

import importlib.util
import re
from functools import cache
from types import ModuleType

from longbien.evidence.translations import Translation, write_po
from outside import REPOSITORY

LANGUAGE = "ar-XA"
"""A tag of a language that is written from right to left."""

_HOLE = re.compile(r"(\{[a-z0-9_]+\})")
_OURS = re.compile("⟦[^⟦⟧]*⟧")


def tool() -> ModuleType:
    """Return ``tools/make_catalogue.py``."""
    path = REPOSITORY / "tools" / "make_catalogue.py"
    spec = importlib.util.spec_from_file_location("make_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pseudo(template: str) -> str:
    """Return a template with its words in brackets and its facts as they are."""
    return "".join(
        part if _HOLE.fullmatch(part) or not part.strip() else f"⟦{part}⟧"
        for part in _HOLE.split(template)
    )


@cache
def entries() -> dict[tuple[str, str], str]:
    """Return every text of the program in that language."""
    found: dict[tuple[str, str], str] = tool().rows()
    return {(code, english): pseudo(english) for code, english in found}


@cache
def translation() -> Translation:
    """Return the whole language."""
    return Translation(language=LANGUAGE, entries=entries())


@cache
def document() -> str:
    """Return it as a file."""
    return write_po(entries(), language=LANGUAGE)


def bare(text: str) -> str:
    """Return what is not out of the catalogue: facts, and words that have escaped it."""
    while _OURS.search(text):
        text = _OURS.sub(" ", text)
    return text
