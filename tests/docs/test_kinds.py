import re

from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS
from longbien.casework.kind_table import ASSISTANCE, CLOCKS_OF, STEPS_OF, document
from longbien.treaty.contents import load
from outside import REPOSITORY

_CLOCK = re.compile(r"^\| `([^`]+)` \| clock \|", re.MULTILINE)


def test_the_table_of_kinds_in_the_documents_is_that_of_the_program() -> None:
    """Where this fails, run ``tools/make_kinds.py``."""
    written = (REPOSITORY / "docs" / "kinds.md").read_text(encoding="utf-8")

    assert written == document()


def test_every_form_opens_a_case_or_is_a_step() -> None:
    """No form of the data is left without a place, and none has two."""
    assert set(KINDS) - {"drill"} | set(STEPS_OF) == set(load().forms)
    assert not set(KINDS) & set(STEPS_OF)
    assert load().steps <= set(STEPS_OF)


def test_every_step_of_a_form_is_said_in_some_kind() -> None:
    """What a form asks for can be said."""
    said = {
        step
        for kind in KINDS.values()
        for side in Side
        for row in kind.machine(side).table.values()
        for step in row
    }

    assert {step for steps in STEPS_OF.values() for step in steps} <= said


def test_every_clock_belongs_to_a_step() -> None:
    """The table names the clocks that spec/codes.md explains."""
    text = (REPOSITORY / "spec" / "codes.md").read_text(encoding="utf-8")

    assert {clock for clocks in CLOCKS_OF.values() for clock in clocks} == set(_CLOCK.findall(text))


def test_every_kind_of_assistance_has_its_place() -> None:
    """Thirteen letters of article 40(3), each with kinds that there are."""
    named = {name for names in ASSISTANCE.values() for name in re.findall(r"`(\w+)`", names)}

    assert [words[1] for words in ASSISTANCE] == list("abcdefghijklm")
    assert named <= set(KINDS)
