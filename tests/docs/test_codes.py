import ast
import re

from longbien.evidence.report_english import ENGLISH
from outside import REPOSITORY

SOURCE = REPOSITORY / "src" / "longbien"
DOCUMENT = REPOSITORY / "spec" / "codes.md"

ERRORS = {"Refused", "Malformed", "Unavailable", "Integrity"}
# headings and labels of the page: words, not codes that anybody has to look up
_LAYOUT_WORDS = {"label", "limit", "outcome", "verdict"}

_CODE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)+")
_ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def calls(name_in: set[str]) -> list[tuple[str, ast.Call]]:
    """Return where one of the names is called, with the call."""
    return [
        (f"{path.relative_to(SOURCE)}:{node.lineno}", node)
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in name_in)
            or (isinstance(node.func, ast.Attribute) and node.func.attr in name_in)
        )
    ]


def documented() -> list[str]:
    """Return the codes that have a row in the document, in its order."""
    return _ROW.findall(DOCUMENT.read_text())


def literals() -> set[str]:
    """Return every string in the source that has the form of a code."""
    return {
        node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _CODE.fullmatch(node.value)
    }


def test_every_error_names_its_code_in_plain_sight() -> None:
    """The first argument of every error is a literal code and has a row in spec/codes.md."""
    rows = set(documented())
    found = calls(ERRORS)

    assert len(found) > 20
    for where, call in found:
        assert call.args, where
        code = call.args[0]
        assert isinstance(code, ast.Constant), where
        assert isinstance(code.value, str), where
        assert _CODE.fullmatch(code.value), where
        assert code.value in rows, f"{where}: {code.value} is not explained in spec/codes.md"


def test_every_word_of_a_verdict_is_explained() -> None:
    """What a report can say has a row, and what a row calls a finding can be said in words."""
    spoken = {word for word in ENGLISH.words if word.split(".")[0] not in _LAYOUT_WORDS}

    assert sorted(spoken - set(documented())) == []


def test_every_explained_code_is_still_used() -> None:
    """A row without code behind it is a lie; each row stands once, in order."""
    rows = documented()

    assert sorted(set(rows) - literals()) == []
    assert len(rows) == len(set(rows))
