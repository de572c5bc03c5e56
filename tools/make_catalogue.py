"""Write ``src/longbien/locale/longbien.pot`` from the program, or bring a translation up to date.

tools/make_catalogue.py                 writes the template
tools/make_catalogue.py he.po he        the same with the texts that he.po has already
"""

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from longbien.evidence.translations import parse_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "longbien"
TEMPLATE = SOURCE / "locale" / "longbien.pot"

CATALOGUES = (
    ("longbien.evidence.report_english", "ENGLISH"),
    ("longbien.node.commands._speaking", "english_words"),
    ("longbien.casework.law_words", "law_english"),
)
"""Where whole catalogues are: a module and what it holds, or what makes it."""

_ERRORS = frozenset({"Refused", "Malformed", "Unavailable", "Integrity"})


def rows() -> dict[tuple[str, str], str]:
    """Return every code with its English words; no text yet."""
    found = {row: "" for module, name in CATALOGUES for row in _catalogue(module, name)}
    return {**found, **dict.fromkeys(errors(), "")}


def _catalogue(module: str, name: str) -> Iterator[tuple[str, str]]:
    held = getattr(import_module(module), name)
    catalogue = held() if callable(held) else held
    yield from catalogue.words.items()


def errors() -> Iterator[tuple[str, str]]:
    """Give code and words of every error that the source raises."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in _ERRORS:
                words = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                if len(words) == 2:  # noqa: PLR2004 - the code and the words
                    yield str(words[0]), str(words[1])


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def document() -> str:
    """Return the template."""
    return write_po(rows())


def main() -> None:
    """Write the template, or a translation with what it has already."""
    if len(sys.argv) == 1:
        TEMPLATE.write_text(document(), encoding="utf-8")
        print(f"wrote {TEMPLATE.name}: {len(rows())} texts")
        return
    path, language = Path(sys.argv[1]), sys.argv[2]
    known = parse_po(path.read_text(encoding="utf-8")).entries if path.exists() else {}
    told = {row: known.get(row, "") for row in rows()}
    path.write_text(write_po(told, language=language), encoding="utf-8")
    missing = sum(not text for text in told.values())
    print(f"wrote {path.name}: {missing} of {len(told)} texts are missing")


if __name__ == "__main__":
    main()
