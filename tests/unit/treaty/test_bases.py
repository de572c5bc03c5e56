from datetime import date
from functools import partial

import pytest
from attrs import evolve

from longbien.primitives.ids import StateCode
from longbien.treaty.bases import (
    NAMES,
    Basis,
    BasisView,
    Force,
    bases_between,
    remarks_on_named,
    treaties_between,
)
from longbien.treaty.contents import Confidence
from longbien.treaty.profiles import PartyStatus, Ratified, StateProfile
from longbien.treaty.states import States, load_examples, load_states

TODAY = date(2026, 11, 21)
OLD = date(2001, 1, 1)
EXAMPLES = {one.state.text: one for one in load_examples()}


bound = partial(PartyStatus, in_force_from=OLD, source="x", confidence=Confidence.READ)


def world(
    vn: tuple[PartyStatus, ...] = (), il: tuple[PartyStatus, ...] = (), since: date | None = None
) -> States:
    """Return States of which two have these parties and no example stands."""
    known = load_states()
    states = evolve(known, convention=evolve(known.convention, since=since))
    for code, parties in (("VN", vn), ("IL", il)):
        profile: StateProfile = evolve(EXAMPLES[code], parties=parties, example=False)
        states = states.with_profile(profile)
    return states


def view(states: States, basis: Basis, on: date = TODAY) -> BasisView:
    """Return one basis between the two."""
    return next(one for one in bases_between(states, "VN", "IL", on=on) if one.basis is basis)


def codes(found: BasisView) -> list[str]:
    """Return the codes of a basis."""
    return [one.code for one in found.remarks]


def test_the_convention_is_dormant() -> None:
    """Today it binds nobody: signature is not ratification, and 40 instruments are not there."""
    found = view(load_states(), Basis.CONVENTION)

    assert found.force is Force.DOES_NOT_BIND
    assert codes(found) == [
        "basis.convention-dormant",
        "basis.reported",
        "basis.no-signature-seen",
    ]


def test_the_convention_binds_two_parties_once_it_is_in_force() -> None:
    """From the day on which it is in force for both, and not a day earlier."""
    later = date(2027, 6, 1)
    states = world(
        (bound(basis="UNCC", in_force_from=later),),
        (bound(basis="UNCC", in_force_from=OLD),),
        since=later,
    )

    assert view(states, Basis.CONVENTION, later).force is Force.BINDS
    before = view(states, Basis.CONVENTION, date(2027, 5, 31))
    assert before.force is Force.DOES_NOT_BIND
    assert codes(before) == [
        "basis.convention-dormant",
        "basis.in-force-later",
        "basis.in-force",
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (bound(basis="BUDAPEST", in_force_from=None, is_signed=True), "basis.signed"),
        (bound(basis="BUDAPEST", in_force_from=None, ratified=Ratified.REPORTED), "basis.reported"),
        (
            bound(basis="BUDAPEST", in_force_from=None, ratified=Ratified.DEPOSITED),
            "basis.deposited",
        ),
        (bound(basis="BUDAPEST", in_force_from=None), "basis.not-recorded"),
        (bound(basis="BUDAPEST", ended_on=TODAY), "basis.denounced"),
        (bound(basis="BUDAPEST", in_force_from=date(2027, 1, 1)), "basis.in-force-later"),
    ],
)
def test_what_does_not_bind_one_does_not_bind_both(status: PartyStatus, code: str) -> None:
    """Each reason is told; the other State may be a party all the same."""
    found = view(world((status,), (bound(basis="BUDAPEST"),)), Basis.BUDAPEST)

    assert found.force is Force.DOES_NOT_BIND
    assert codes(found) == [code, "basis.in-force"]


def test_a_denunciation_counts_from_its_day() -> None:
    """Before it has effect, the treaty binds."""
    status = bound(basis="UNTOC", ended_on=date(2026, 11, 22))

    assert view(world((status,), (bound(basis="UNTOC"),)), Basis.UNTOC).force is Force.BINDS


def test_what_is_not_recorded_stays_open() -> None:
    """Silence on one State is not a no."""
    found = view(world((bound(basis="UNCAC"),)), Basis.UNCAC)

    assert found.force is Force.NOT_RECORDED
    assert codes(found) == ["basis.in-force", "basis.not-recorded"]
    signed = view(world((bound(basis="UNCAC", in_force_from=None, is_signed=True),)), Basis.UNCAC)
    assert signed.force is Force.DOES_NOT_BIND


def test_a_treaty_on_assistance_replaces_the_rules_of_article_40() -> None:
    """Article 40(7): a bilateral one surely; of another treaty it is an open point."""
    own = bound(
        basis="BILATERAL", other=StateCode("IL"), title="Treaty of 2001", is_on_assistance=True
    )
    both = (bound(basis="UNCC"), bound(basis="UNTOC"))
    states = world((*both, own), both, since=OLD)
    found = view(states, Basis.CONVENTION)

    assert found.force is Force.BINDS
    assert codes(found)[-2:] == ["basis.other-rules-open", "basis.other-rules-apply"]
    assert dict(found.remarks[-1].facts) == {"treaty": "Treaty of 2001"}


def test_a_bilateral_treaty_is_shown_once() -> None:
    """Both States name it; a treaty with a third State is none between the two."""
    first = bound(basis="BILATERAL", other=StateCode("IL"), title="T")
    second = bound(basis="BILATERAL", other=StateCode("VN"), title="T")
    third = bound(basis="BILATERAL", other=StateCode("QA"), title="Q")
    found = bases_between(world((first, third), (second,)), "VN", "IL", on=TODAY)

    assert [(one.title, one.force) for one in found if one.basis is Basis.BILATERAL] == [
        ("T", Force.BINDS)
    ]


def test_no_bilateral_treaty_is_recorded() -> None:
    """Then that is said; a treaty without a name has a general one."""
    assert codes(view(world(), Basis.BILATERAL)) == ["basis.no-treaty-recorded"]
    unnamed = view(world((bound(basis="BILATERAL", other=StateCode("IL")),)), Basis.BILATERAL)
    assert unnamed.title == NAMES[Basis.BILATERAL]


def test_reciprocity_is_always_possible_and_must_be_named() -> None:
    """It needs no treaty."""
    found = view(world(), Basis.RECIPROCITY)

    assert found.force is Force.IF_NAMED
    assert codes(found) == ["basis.reciprocity"]


def test_an_example_says_so_at_each_basis() -> None:
    """What an example profile says is never taken for fact."""
    states = load_states().with_profile(EXAMPLES["VN"]).with_profile(EXAMPLES["IL"])

    found = view(states, Basis.UNTOC)
    assert found.force is Force.BINDS
    assert codes(found).count("basis.example") == 2


def test_each_named_basis_is_judged() -> None:
    """Binding, not binding, not recorded, to be explained, unknown; and none at all is said."""
    states = world((bound(basis="UNTOC"),), (bound(basis="UNTOC"),))
    named = ("UNTOC", "UNCC", "UNCAC", "comity", "custom", "Penal Code 415")

    found = remarks_on_named(states, named, "VN", "IL", on=TODAY)
    assert [one.code for one in found] == [
        "basis.named-binds",
        "basis.named-does-not-bind",
        "basis.named-not-recorded",
        "basis.named-reciprocity",
        "basis.named-unknown",
        "basis.named-own-law",
    ]
    assert treaties_between(states, "VN", "IL", on=TODAY) == (("UNTOC",), ("UNCC",))
    nothing = remarks_on_named(load_states(), ("UNCC",), "VN", "IL", on=TODAY)
    assert [one.code for one in nothing] == ["basis.named-does-not-bind", "basis.none-recorded"]
