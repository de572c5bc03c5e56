from datetime import date

from attrs import evolve

from longbien.treaty.contents import Confidence
from longbien.treaty.profiles import PartyStatus, Ratified
from longbien.treaty.states import PartyKind, load_examples, load_states, party_kind

STATES = load_states()


def test_the_signatories_of_hanoi_and_later_ones() -> None:
    """72 at Hanoi, one of them the European Union, then Mauritius and Canada; all as data."""
    assert len(STATES.table) == 74
    assert party_kind("EU") is PartyKind.ORGANISATION
    assert [code for code in STATES.table if party_kind(code) is PartyKind.STATE][:2] == [
        "DZ",
        "AO",
    ]
    assert STATES.table["VN"].signed_by == date(2025, 10, 26)
    assert STATES.table["MU"].signed_by == date(2025, 11, 19)
    assert STATES.table["CA"].signed_by is None
    assert STATES.table["CA"].is_signed
    assert "IL" not in STATES.table


def test_recalled_entries_keep_their_caution() -> None:
    """Four entries were recalled to complete the count, and say so."""
    recalled = {code for code, one in STATES.table.items() if one.confidence is Confidence.RECALLED}

    assert recalled == {"UG", "UY", "ZA", "ZW", "CA"}
    assert "recalled" in STATES.table["ZA"].note
    assert any("NOT in force" in one for one in STATES.cautions)


def test_a_signature_is_no_ratification() -> None:
    """One deposit was seen, two were reported; the Convention is in force for nobody."""
    seen = {
        code: one.ratified for code, one in STATES.table.items() if one.ratified.value != "not-seen"
    }

    assert seen == {
        "QA": Ratified.DEPOSITED,
        "AZ": Ratified.REPORTED,
        "VN": Ratified.REPORTED,
    }
    assert all(one.in_force_from is None for one in STATES.table.values())
    assert STATES.convention.since is None


def test_no_example_is_loaded_unless_it_is_asked_for() -> None:
    """Facts and examples never mix by default."""
    assert STATES.profiles == {}
    assert not STATES.is_example("VN")
    assert STATES.find_profile("VN") is None
    assert STATES.declared("VN") == ()


def test_what_a_state_says_itself_goes_first() -> None:
    """A profile stands before the table and before the concordance, article by article."""
    israel, vietnam = load_examples()
    states = STATES.with_profile(israel).with_profile(vietnam)

    assert states.is_example("VN")
    assert states.find_profile("IL") == israel
    assert [one.basis for one in states.statuses("VN")] == ["UNCC", "UNTOC", "UNCAC", "BILATERAL"]
    assert states.statuses("IL")[0].basis == "BUDAPEST"
    assert STATES.statuses("IL") == ()
    own = states.find_cell("IL", 15)
    assert own is not None
    assert own.provisions[0].cite == "example of a provision"
    assert states.find_cell("IL", 7) == STATES.find_cell("IL", 7)
    assert [one.code for one in states.declared("VN", prefix="7.")] == ["7.security-breach"]


def test_a_profile_on_the_convention_replaces_the_table() -> None:
    """The State's own word on the Convention is the only one shown of it."""
    _, vietnam = load_examples()
    own = PartyStatus(
        basis="UNCC", source="x", confidence=Confidence.READ, in_force_from=date(2027, 1, 1)
    )
    states = STATES.with_profile(evolve(vietnam, parties=(own,)))

    assert states.statuses("VN") == (own,)


def test_names_and_what_is_known() -> None:
    """A State without a name is shown by its code."""
    israel, _ = load_examples()

    assert STATES.name_of("VN") == "Viet Nam"
    assert STATES.name_of("QA") == "QA"
    assert STATES.with_profile(israel).name_of("IL") == "Israel"
    assert STATES.is_known("IL")
    assert not STATES.is_known("QA")
    assert STATES.with_profile(israel).is_known("IL")
