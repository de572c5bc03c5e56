from longbien.casework.catalogue import KINDS
from longbien.casework.diagrams import document
from outside import REPOSITORY


def test_the_life_cycles_in_the_documents_are_those_of_the_program() -> None:
    """Where this fails, run ``tools/make_life_cycles.py``."""
    written = (REPOSITORY / "docs" / "life-cycles.md").read_text(encoding="utf-8")

    assert written == document()


def test_each_kind_has_its_diagrams() -> None:
    """Two diagrams a kind, one a side."""
    text = document()

    assert text.count("```mermaid") == 2 * len(KINDS)
    assert all(f"## `{code}`" in text for code in KINDS)
