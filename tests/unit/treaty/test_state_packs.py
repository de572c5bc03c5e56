import pytest

from law_world import SIGNED, holders_of, make_pack, pack_bytes, rule_row, signed_by
from longbien.exercise.states import make_state
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode
from longbien.treaty.contents import load
from longbien.treaty.law import load_law
from longbien.treaty.packs import RulePack
from longbien.treaty.state_packs import (
    Holders,
    count_signers,
    parse_state_file,
    require_acceptable,
    require_signed,
    sign_file,
)

VN = make_state("VN")
IL = make_state("IL")
DATA = pack_bytes()


def code_of(pack: RulePack, *, held: RulePack | None = None, own: str = "VN") -> str:
    """Return the code with which a pack is not accepted; empty where it is."""
    try:
        require_acceptable(pack, held=held, law=load_law(), own=StateCode(own), catalogue=load())
    except Refused as refused:
        return refused.code
    return ""


def test_the_exact_bytes_are_signed_beside_the_pack() -> None:
    """The root holders' signatures count for these bytes and for no others."""
    signature = signed_by(VN, DATA)

    require_signed(DATA, signature, known=[holders_of(VN)])
    assert count_signers(DATA, signature, holders=holders_of(VN)) == 1
    assert count_signers(DATA + b" ", signature, holders=holders_of(VN)) == 0


@pytest.mark.parametrize("known", [[], [holders_of(IL)]], ids=["nobody", "another State"])
def test_who_is_not_a_root_holder_signs_nothing(known: list[Holders]) -> None:
    """The signatures of a stranger, or nobody to compare with, are no signatures."""
    with pytest.raises(Refused) as caught:
        require_signed(DATA, signed_by(VN, DATA), known=known)

    assert caught.value.code == "law.not-signed"


def test_an_earlier_generation_of_holders_counts_where_it_is_named() -> None:
    """A pack that was accepted stays signed when the roots have changed since."""
    require_signed(DATA, signed_by(VN, DATA), known=[holders_of(IL), holders_of(VN)])


def test_holders_sign_one_after_another() -> None:
    """Each adds signatures to the file of those before; a threshold of two needs both."""
    both = Holders(keys=(*holders_of(VN).keys, *holders_of(IL).keys), threshold=2)
    first = signed_by(VN, DATA)
    second = sign_file(DATA, signers=IL.holders[0].both, before=first)

    with pytest.raises(Refused):
        require_signed(DATA, first, known=[both])
    require_signed(DATA, second, known=[both])


def test_a_version_only_goes_up() -> None:
    """The same version again, or an older one, is refused."""
    assert code_of(make_pack(version=3), held=make_pack(version=2)) == ""
    assert code_of(make_pack(version=2), held=make_pack(version=2)) == "law.rollback"
    assert code_of(make_pack(version=1), held=make_pack(version=2)) == "law.rollback"


def test_another_state_adds_and_replaces_nothing() -> None:
    """What another State writes into its law cannot change which rules hold here."""
    adding = make_pack()
    replacing = make_pack(rule_row("vn-law-1", replaces="uncc-42-8-floor"))

    assert code_of(adding, own="IL") == ""
    assert code_of(replacing, own="IL") == "law.foreign-override"
    assert code_of(replacing, own="VN") == ""


def test_a_pack_without_a_state_or_with_a_fault_is_refused() -> None:
    """The packs of the program come with the program only; faults are told."""
    assert code_of(make_pack(state=None)) == "law.no-state"
    assert code_of(make_pack(id="uncc")) == "law.faulty"
    assert code_of(make_pack(rule_row("vn-law-1", value={"refuses": True}))) == "law.faulty"


def test_an_override_never_makes_an_unverified_rule_binding() -> None:
    """The rule in force binds only by a whole sign-off of its own, whatever it replaces."""
    law = load_law()
    for row, binds in (
        (rule_row("vn-law-1", replaces="uncc-42-8-floor"), False),
        (rule_row("vn-law-1", replaces="uncc-42-8-floor", verified_by="a lawyer"), False),
        (rule_row("vn-law-1", replaces="uncc-42-8-floor", **SIGNED), True),
    ):
        changed = law.with_packs(make_pack(row))

        assert changed.get_rule("uncc-42-8-floor").may_bind is binds
        assert not any(rule.may_bind for rule in changed.rules if rule.id != "vn-law-1")


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"format": "longbien:treaty.rule-pack/2"}'])
def test_what_is_neither_pack_nor_profile_is_not_signed(data: bytes) -> None:
    """Nobody signs what cannot be read."""
    with pytest.raises(Malformed) as caught:
        parse_state_file(data)

    assert caught.value.code in {"law.format", "law.form"}
