"""The judge of nodes under fire: it must be able to find something."""

import pytest
from attrs import evolve

from fire_talk import Side, Word, judge
from longbien.primitives.ids import CaseId

CASE = CaseId("00000000-0000-4000-8000-000000000000")
WORDS = (
    Word(station="IL", case=CASE, text="word 1.", is_acknowledged=True),
    Word(station="VN", case=CASE, text="word 2.", is_acknowledged=True),
)
ASKED, FIRST = (1, "{'kind': 'ask'}"), (2, "{'text': 'word 1.'}")
SECOND = (1, "{'text': 'word 2.'}")
SIGNED = {"a": ("accepted", "A"), "b": ("accepted", "B")}
IL = Side(said=(ASKED, FIRST), heard=(SECOND,), sent=SIGNED, received={"c": ("accepted", "C")})
VN = Side(said=(SECOND,), heard=(ASKED, FIRST), sent={"c": ("accepted", "C")}, received=SIGNED)


def judged(il: Side = IL, vn: Side = VN, words: tuple[Word, ...] = WORDS) -> tuple[int, int]:
    """Return how many were lost, and how many doubled."""
    found = judge(words, {"IL": il, "VN": vn}, "a case")
    assert bool(found.remarks) == bool(found.lost or found.doubled)
    assert found.messages == len(il.said) + len(vn.said)
    return found.lost, found.doubled


def test_what_is_the_same_on_both_sides_is_good() -> None:
    """Nothing lost, nothing doubled."""
    assert judged() == (0, 0)


@pytest.mark.parametrize(
    "il",
    [
        evolve(IL, heard=()),
        evolve(IL, heard=((1, "{'text': 'another word'}"),)),
        evolve(IL, received={}),
        evolve(IL, received={"c": ("accepted", "another document")}),
        evolve(IL, sent={"a": ("accepted", "A"), "b": ("refused", "B")}),
        evolve(IL, said=(ASKED,)),
    ],
)
def test_what_is_lost_is_found(il: Side) -> None:
    """A statement, its content, its receipt: missing on one side, or another one there."""
    assert judged(il)[0] > 0


@pytest.mark.parametrize(
    "vn",
    [
        evolve(VN, heard=(ASKED, FIRST, FIRST)),
        evolve(VN, heard=(ASKED, FIRST, (3, FIRST[1]))),
        evolve(VN, received={**SIGNED, "d": ("accepted", "D")}),
    ],
)
def test_what_has_two_effects_is_found(vn: Side) -> None:
    """A statement that was heard twice, a receipt for what was never sent."""
    assert judged(vn=vn)[1] > 0


def test_what_was_never_acknowledged_may_be_missing() -> None:
    """An officer was told of no effect: then there may be none, on neither side."""
    unheard = Word(station="IL", case=CASE, text="word 3.", is_acknowledged=False)

    assert judged(words=(*WORDS, unheard)) == (0, 0)
    assert judged(words=(*WORDS, evolve(unheard, is_acknowledged=True))) == (2, 0)
