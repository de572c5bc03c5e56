import json
from datetime import timedelta

import pytest
from attrs import evolve

from longbien.directory.mirror import (
    MAX_STEP,
    PAYLOAD_TYPE,
    DirectorySet,
    Listed,
    SignedSet,
    decide_set,
    encode_set,
    find_behind,
    list_entries,
    parse_signed_set,
    require_listed,
    sign_set,
)
from longbien.directory.trusted import Update
from longbien.exercise.states import NOW, make_book, make_state, signer_pair
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Malformed
from longbien.trust.dsse import sign_envelope

MIRROR = signer_pair("mirror")
IL, VN = make_state("IL"), make_state("VN")
VN2 = VN.renewed()
HOUR = timedelta(hours=1)


def made(*states: object, version: int = 1, **changes: object) -> SignedSet:
    """Return a signed set over the newest entries of these States."""
    newest = [one.signed for one in states]
    listing = list_entries(newest, exercise=True, version=version, now=NOW)
    return sign_set(evolve(listing, **changes), signers=MIRROR.both)


FIRST = made(VN, IL)


def code_of(held: SignedSet | None, signed: SignedSet, **options: object) -> str:
    """Return the code with which a set is refused."""
    settings = {"mirror": MIRROR.public, "exercise": True, "now": NOW, **options}
    with pytest.raises(LongBienError) as caught:
        decide_set(held, signed.data, **settings)
    return caught.value.code


def decide(held: SignedSet | None, signed: SignedSet, **options: object) -> SignedSet:
    """Return the accepted set."""
    settings = {"mirror": MIRROR.public, "exercise": True, "now": NOW, **options}
    return decide_set(held, signed.data, **settings)


def test_a_set_lists_states_in_order() -> None:
    """A set names version and digest of each State's newest entry."""
    assert FIRST.listing.entries == (
        Listed(state=IL.code, version=1, sha256=IL.signed.sha256),
        Listed(state=VN.code, version=1, sha256=VN.signed.sha256),
    )
    assert FIRST.listing.find(VN.code) == FIRST.listing.entries[1]
    assert FIRST.listing.find(make_state("FR").code) is None
    assert parse_signed_set(FIRST.data) == FIRST
    assert encode_json(json.loads(encode_set(FIRST.listing))) == encode_set(FIRST.listing)


def test_the_next_set_is_accepted() -> None:
    """A set with a higher version that lowers nothing follows; the same one again too."""
    assert decide(None, FIRST) == FIRST
    assert decide(FIRST, FIRST) == FIRST
    second = made(IL, VN2, version=2)
    assert decide(FIRST, second) == second
    assert decide(FIRST, made(IL, VN, version=2)).listing.version == 2


def test_who_signed() -> None:
    """A set counts only with both keys of the mirror that was configured."""
    assert code_of(None, FIRST, mirror=signer_pair("another").public) == "dsse.not-signed"
    half = sign_set(FIRST.listing, signers=[MIRROR.ec])
    assert code_of(None, half) == "dsse.not-signed"


def test_exercise_sets_stay_apart() -> None:
    """A set of an exercise is none for a real book."""
    assert code_of(None, FIRST, exercise=False) == "directory.exercise"


def test_sets_go_forward() -> None:
    """An older set, or another one with the same version, is refused."""
    second = made(IL, VN, version=2)
    assert code_of(second, FIRST) == "directory.set-rollback"
    assert code_of(second, made(IL, VN2, version=2)) == "directory.set-rollback"


def test_sets_do_not_run_away() -> None:
    """A mirror may be 1,000 versions ahead of what was seen, not more."""
    assert decide(None, made(IL, version=MAX_STEP)).listing.version == MAX_STEP
    assert code_of(None, made(IL, version=MAX_STEP + 1)) == "directory.set-fast-forward"
    assert decide(FIRST, made(IL, VN, version=MAX_STEP + 1))
    assert code_of(FIRST, made(IL, VN, version=MAX_STEP + 2)) == "directory.set-fast-forward"


def test_sets_take_nothing_back() -> None:
    """A State that vanishes, an older version or another content of one is refused."""
    second = made(IL, VN2, version=2)
    assert code_of(second, made(IL, version=3)) == "directory.set-lowered"
    assert code_of(second, made(IL, VN, version=3)) == "directory.set-lowered"
    other = VN.renewed(now=NOW.plus(HOUR * 2))
    assert code_of(second, made(IL, other, version=3)) == "directory.set-lowered"


def test_sets_expire() -> None:
    """A set is good from two minutes ahead of its date until just before its end."""
    end = FIRST.listing.expires_at
    second = timedelta(seconds=1)
    assert decide(None, FIRST, now=end.plus(-second))
    assert code_of(None, FIRST, now=end) == "directory.set-expired"
    assert decide(None, FIRST, now=NOW.plus(-second * 120))
    assert code_of(None, FIRST, now=NOW.plus(-second * 121)) == "directory.set-expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": FIRST.listing.entries[::-1]},
        {"entries": FIRST.listing.entries[:1] * 2},
        {"expires_at": NOW},
        {"expires_at": NOW.plus(timedelta(days=8, seconds=1))},
    ],
    ids=["disorder", "twice", "no time", "too long"],
)
def test_sets_have_a_form(changes: dict[str, object]) -> None:
    """Each State once, in order, and valid for at most eight days."""
    with pytest.raises(Malformed) as caught:
        evolve(FIRST.listing, **changes)
    assert caught.value.code == "directory.set"
    assert evolve(FIRST.listing, expires_at=NOW.plus(timedelta(days=8)), entries=())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": "longbien:directory.set/2"}, "directory.format"),
        ({"more": 1}, "directory.form"),
        ({"version": 0}, "directory.form"),
        ({"version": 10**6}, "directory.form"),
        ({"entries": [{}]}, "directory.form"),
        ({"exercise": None}, "directory.form"),
    ],
)
def test_bad_sets(change: dict[str, object], code: str) -> None:
    """Fields of a set are bounded as those of an entry are."""
    plain = {**json.loads(encode_set(FIRST.listing)), **change}
    envelope = sign_envelope(encode_json(plain), payload_type=PAYLOAD_TYPE, signers=MIRROR.both)
    with pytest.raises(Malformed) as caught:
        parse_signed_set(SignedSet(listing=FIRST.listing, envelope=envelope).data)
    assert caught.value.code == code


def test_only_what_is_listed_is_taken() -> None:
    """The newest version out of a mirror is the listed one, to the byte of its payload."""
    listing: DirectorySet = made(IL, VN2).listing
    require_listed(listing, Update(state=VN.code, accepted=VN2.chain))
    require_listed(listing, Update(state=VN.code, accepted=()))
    for state, accepted in (
        (VN.code, VN.chain),
        (VN.code, VN.renewed(now=NOW.plus(HOUR * 2)).chain),
        (make_state("FR").code, make_state("FR").chain),
    ):
        with pytest.raises(LongBienError) as caught:
            require_listed(listing, Update(state=state, accepted=accepted))
        assert caught.value.code == "directory.not-in-set"


def test_what_is_held_back_shows() -> None:
    """States of which a set lists more than the book has are named."""
    book = make_book(IL, VN)
    listing = made(IL, VN2, make_state("FR")).listing
    assert [state.text for state in find_behind(book, listing)] == ["FR", "VN"]
    ahead = make_book(IL, VN2)
    assert find_behind(ahead, FIRST.listing) == ()
    assert Digest.of(b"") not in {one.sha256 for one in listing.entries}
