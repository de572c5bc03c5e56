from attrs import evolve

from longbien.treaty.comparison import (
    Comparison,
    ElementSide,
    compare_conduct,
    gaps_of,
    not_compared,
)
from longbien.treaty.contents import Confidence
from longbien.treaty.offences import Holding
from longbien.treaty.profiles import Declared
from longbien.treaty.states import load_examples, load_states

STATES = load_states()


def element(found: Comparison, name: str) -> tuple[ElementSide, ...]:
    """Return what both States have of one element."""
    return tuple(
        next(one for element, one in side.elements if element.id == name) for side in found.sides
    )


def codes(found: Comparison) -> list[str]:
    """Return the codes of a comparison."""
    return [one.code for one in found.remarks]


def test_viet_nam_has_no_offence_of_bare_access() -> None:
    """The gap is shown with the provision that covers less; Israel has nothing recorded there."""
    found = compare_conduct(STATES, 7, "VN", "IL")
    vietnam, israel = element(found, "access")

    assert [one.holds for one in vietnam.records] == [Holding.LACKING, Holding.NARROWER]
    assert not israel.is_recorded
    assert codes(found) == [
        "compare.advice",
        "compare.gap",
        "compare.narrower",
        "compare.asks-option",
    ]


def test_what_is_not_recorded_is_never_taken_for_covered() -> None:
    """Article 17: two provisions, no element recorded; both have to be read."""
    found = compare_conduct(STATES, 17, "VN", "IL")

    assert all(side.is_silent for side in found.sides)
    assert codes(found) == ["compare.advice", "compare.recalled", "compare.both-silent"]


def test_a_declared_narrowing_changes_the_comparison() -> None:
    """What a State declared stands at its element, for that State only."""
    (_, vietnam) = load_examples()
    declared = Declared(
        code="7.networked-system", ref="7", text="networks only", source="x",
        confidence=Confidence.READ,
    )  # fmt: skip
    states = STATES.with_profile(evolve(vietnam, declarations=(declared,), example=False))
    found = compare_conduct(states, 7, "VN", "IL")
    own, other = element(found, "networked-system")

    assert own.declared == (declared,)
    assert not other.is_recorded
    assert codes(found).count("compare.declared") == 1
    assert "compare.example" not in codes(found)


def test_an_example_is_named_as_one() -> None:
    """A comparison with an example profile says so for each State."""
    states = STATES
    for one in load_examples():
        states = states.with_profile(one)

    assert codes(compare_conduct(states, 7, "VN", "IL")).count("compare.example") == 2


def test_a_state_that_is_not_in_the_concordance() -> None:
    """No provision is recorded, and nothing is made up."""
    found = compare_conduct(STATES, 7, "QA", "VN")

    assert found.sides[0].cell is None
    assert found.sides[0].name == "QA"
    assert "compare.no-provision" in codes(found)


def test_the_gaps_of_one_state() -> None:
    """The same records, for one State alone, and without the advice on two."""
    found = gaps_of(STATES, 12, "VN")

    assert [one.code for one in found.remarks] == ["compare.recalled", "compare.gap"]


def test_no_comparison_before_a_preservation() -> None:
    """Article 42(4)."""
    assert not_compared().ref == "42(4)"
