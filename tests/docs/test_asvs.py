"""The mapping of OWASP ASVS 5.0 names what there is, forgets nothing and hides no gap."""

import ast
import csv
import re
from functools import cache

import make_asvs
from outside import REPOSITORY, shared_vectors

ROWS = make_asvs.read_rows()
STANDARD = "OWASP_Application_Security_Verification_Standard_5.0.0_en.csv"


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file; none where there is no such file."""
    file = REPOSITORY / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text())
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@cache
def anchors_of(path: str) -> frozenset[str]:
    """Return the anchors of a document's headings, as a reader of Markdown makes them."""
    file = REPOSITORY / path
    if not file.is_file():
        return frozenset()
    titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return frozenset(
        re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles
    )


def is_there(name: str) -> bool:
    """Tell whether a test or a section exists."""
    path, separator, test = name.partition("::")
    if separator:
        return path.startswith("tests/") and test in names_in(path)
    path, separator, anchor = name.partition("#")
    return bool(separator) and anchor in anchors_of(path)


def test_every_test_and_section_that_is_named_exists() -> None:
    """A requirement is not shown by what was renamed or deleted."""
    missing = {(row.id, name) for row in ROWS for name in row.shown_by if not is_there(name)}

    assert missing == set()


def test_every_requirement_has_what_its_state_asks_for() -> None:
    """Met: shown by something.  A gap: what is missing.  Not applicable: why."""
    silent = {
        row.id
        for row in ROWS
        if row.state not in make_asvs.STATES
        or not row.about
        or (row.state == "met" and not row.shown_by)
        or (row.state != "met" and len(row.note.split()) < 2)
    }

    assert silent == set()


def test_no_requirement_is_forgotten() -> None:
    """Those of levels 1 and 2, each once; held against the standard where it lies beside us."""
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids)) == 253
    assert {level: [row.level for row in ROWS].count(level) for level in (1, 2)} == {1: 70, 2: 183}
    folder = shared_vectors()
    if folder is None:
        return

    with (folder / "asvs" / STANDARD).open(newline="", encoding="utf-8-sig") as file:
        wanted = {
            one["req_id"]: int(one["L"]) for one in csv.DictReader(file) if one["L"] in {"1", "2"}
        }

    assert {row.id: row.level for row in ROWS} == wanted


def test_the_page_is_that_of_the_table() -> None:
    """Where this fails, run ``tools/make_asvs.py``."""
    page = (REPOSITORY / "docs" / "asvs.md").read_text(encoding="utf-8")

    assert page == make_asvs.document(ROWS)
    gaps = {row.id for row in ROWS if row.state == "gap"}
    assert gaps <= set(re.findall(r"^\| (V[0-9.]+) \|", page.partition("## All")[0], re.MULTILINE))


def test_the_judge_is_awake() -> None:
    """Another file, another test, another heading: each is missed."""
    assert is_there("tests/docs/test_asvs.py::test_the_judge_is_awake")
    assert is_there("SECURITY.md#what-we-promise")
    assert not is_there("tests/docs/test_asvs.py::test_something_else")
    assert not is_there("tests/docs/test_nothing.py::test_the_judge_is_awake")
    assert not is_there("SECURITY.md#what-we-do-not-say")
    assert not is_there("SECURITY.md")
