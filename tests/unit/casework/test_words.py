"""Every code that an officer meets has words, and no words stand for nothing."""

import re
from collections.abc import Iterable

import pytest

from longbien.casework import words as joined
from longbien.casework.case import Duty, Severity, Side, Warned
from longbien.casework.catalogue import KINDS
from longbien.casework.kind import Measure
from longbien.casework.safeguards import Answer, Concern
from longbien.casework.statements import DestructionCause, EndCause, Topic, WarningCause
from longbien.casework.steps import State, Step, Track
from longbien.casework.use_limits import Purpose, Recipient
from longbien.casework.wire import EVENT_KINDS, SAFEGUARDS
from longbien.casework.words import english, warning_text
from longbien.channel.message import Lane
from longbien.evidence.report_english import ENGLISH
from longbien.treaty.contents import Confidence, Required, load
from longbien.treaty.packs import Effect
from outside import REPOSITORY

_ROW = re.compile(r"^\| `([^`]+)` \| ([a-z ]+) \|", re.MULTILINE)


def rows(*kinds: str) -> set[str]:
    """Return the codes of spec/codes.md that are of one of these kinds."""
    text = (REPOSITORY / "spec" / "codes.md").read_text(encoding="utf-8")
    return {code for code, kind in _ROW.findall(text) if kind in kinds}


def family(first: str) -> set[str]:
    """Return the words of a family, without its first word."""
    return {code.partition(".")[2] for code in english().words if code.startswith(f"{first}.")}


FORMS = load().forms

FAMILIES: dict[str, Iterable[str]] = {
    "kind": {*KINDS, *FORMS},
    "side": Side,
    "state": State,
    "track": Track,
    "step": Step,
    "duty": Duty,
    "lane": Lane,
    "severity": Severity,
    "topic": Topic,
    "warning-cause": WarningCause,
    "end-cause": EndCause,
    "destruction-cause": DestructionCause,
    "grade": {*Confidence, "unsigned"},
    "required": Required,
    "event": EVENT_KINDS,
    "effect": Effect,
    "clock": rows("clock"),
    "record": SAFEGUARDS.fields,
    "concern": Concern,
    "answer": Answer,
    "coercion": Measure,
    "letter": {
        *("exercise", "from", "to", "case", "footing", "basis", "preservation", "emergency"),
        *("reply-by", "asked", "safeguards", "shows", "is", "urgent"),
    },
    "purpose": Purpose,
    "recipient": Recipient,
    "decision": {
        *("release", "destruction", "stop-list-yes", "stop-list-no"),
        *("by", "second", "package", "text", "edition", "rule", "reasons"),
        *("replay-same", "replay-other", "replay-none"),
    },
    "field": {f"{form.kind}.{one.id}" for form in FORMS.values() for one in form.fields},
}


@pytest.mark.parametrize("first", FAMILIES)
def test_each_family_is_whole_and_has_nothing_dead(first: str) -> None:
    """Each member has words; each word has a member."""
    assert family(first) == {str(member) for member in FAMILIES[first]}


@pytest.mark.parametrize("kind", ["warning", "advice", "receipt", "alarm"])
def test_each_code_that_an_officer_is_shown_has_words(kind: str) -> None:
    """What spec/codes.md calls by these names can be said to an officer."""
    codes = rows(kind)

    assert codes
    assert sorted(codes - english().words.keys()) == []


def test_each_ground_has_words() -> None:
    """Grounds for a refusal, forbidden ones and those for a postponement."""
    law = load()
    grounds = {*law.grounds, *law.forbidden, *law.postponement}

    assert {f"ground.{ref}" for ref in grounds} <= english().words.keys()


def test_every_word_is_of_a_family_or_a_code() -> None:
    """Words of no family are codes with a row in spec/codes.md: nothing is dead."""
    text = (REPOSITORY / "spec" / "codes.md").read_text(encoding="utf-8")
    known = {code for code, _ in re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", text, re.MULTILINE)}
    law = load()
    grounds = {f"ground.{ref}" for ref in (*law.grounds, *law.forbidden, *law.postponement)}
    alone = {code for code in english().words if code.partition(".")[0] not in FAMILIES} - grounds

    assert sorted(alone - known) == []


def test_no_code_has_two_words() -> None:
    """Neither in two dictionaries of casework nor in a report and in casework."""
    count = sum(map(len, joined.JOINED))

    assert len({code for each in joined.JOINED for code in each}) == count
    assert not english().words.keys() & ENGLISH.words.keys()


def test_words_are_sentences_that_can_be_shown() -> None:
    """No word is empty, has a space at an end, or holds a brace that is no fact."""
    for code, text in english().words.items():
        assert text == text.strip(), code
        assert text, code
        assert not re.search(r"[{}]", re.sub(r"\{[a-z0-9_]+\}", "", text)), code


def test_a_warning_names_a_field_by_its_label() -> None:
    """Not by its id; an id that the form does not have is shown as it is."""
    warned = Warned(
        code="form.field-missing", ref="42(3)(e)", confidence="P", facts=(("field", "necessity"),)
    )

    label = english().word("field.preservation.necessity")
    assert label in warning_text(english(), "preservation", warned)
    assert "field necessity" in warning_text(english(), "drill", warned)
