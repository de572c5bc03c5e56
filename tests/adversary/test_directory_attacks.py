"""Attacks on the directory: one a test, from The Update Framework's list and our own."""

import json
import tracemalloc
from datetime import timedelta

import pytest
from attrs import evolve

from longbien.directory.book import Book
from longbien.directory.entry import Minimum, RevocationReason, Roots, SigningKey, StateEntry
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.mirror import SignedSet, decide_set, list_entries, require_listed, sign_set
from longbien.directory.renewal import next_entry, revoke_key, rotate_key
from longbien.directory.trusted import MAX_CHAIN
from longbien.directory.wire import MAX_SIGNED, SignedEntry, encode_entry, sign_entry
from longbien.exercise.states import (
    NOW,
    State,
    make_book,
    make_state,
    pin_of,
    signer_pair,
    signing_key,
    tls_certificate,
)
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import LongBienError
from longbien.primitives.instants import Instant
from longbien.trust.dsse import find_hybrid, sign_envelope

HOUR = timedelta(hours=1)
IL = make_state("IL", holders=3, threshold=2)
VN = make_state("VN", holders=3, threshold=2)
BOOK = make_book(IL, VN)
OFFICE = VN.contact_point
MIRROR = signer_pair("mirror")


def code_of(
    *candidates: bytes, book: Book = BOOK, now: Instant | None = None, **named: object
) -> str:
    """Return the code with which the book refuses an update."""
    with pytest.raises(LongBienError) as caught:
        book.decide(candidates, now=now or NOW.plus(HOUR * 2), **named)
    return caught.value.code


def shows(key: SigningKey) -> object:
    """Return a change of an entry: the contact point shows this key only."""

    def change(entry: StateEntry) -> StateEntry:
        changed = evolve(entry.find_authority(OFFICE.id), signing_keys=(key,))
        return evolve(entry, authorities=(entry.authorities[0], changed))

    return change


# --- old, expired, hidden ----------------------------------------------------------------------


def test_rollback() -> None:
    """TUF 5.3.5: the version before the newest is not taken again, by any way."""
    renewed = VN.renewed()
    book = make_book(IL, renewed)
    assert code_of(VN.data, book=book) == "directory.rollback"
    confirmed = roots_fingerprint(VN.entry)
    assert code_of(VN.data, book=book, confirmed=confirmed) == "directory.rollback"


def test_freeze() -> None:
    """TUF 5.3.10: who is shown the same entry for ever learns it when the entry expires."""
    expires = VN.entry.expires_at
    assert BOOK.decide([VN.data], now=expires.plus(-HOUR)).accepted == ()
    assert code_of(VN.data, now=expires) == "directory.expired"
    with pytest.raises(LongBienError) as caught:
        BOOK.require_current(VN.code, expires)
    assert caught.value.code == "directory.expired"


def test_a_slow_clock_during_the_update_helps_nobody() -> None:
    """TUF 5.1: one fixed time judges all; a chain is not accepted bit by bit while time passes."""
    renewed = VN.renewed()
    expires = renewed.entry.expires_at
    assert code_of(VN.data, renewed.data, now=expires) == "directory.expired"


def test_an_entry_that_never_expires() -> None:
    """An entry valid for years would be a freeze that the State itself has signed: refused."""
    plain = json.loads(encode_entry(VN.renewed().entry))
    plain["expires_at"] = "2036-11-01T12:00:00Z"
    assert code_of(raw(plain, VN)) == "directory.lifetime"


def raw(plain: dict, state: State) -> bytes:
    """Sign any JSON as if it were an entry."""
    payload = encode_json(plain)
    envelope = sign_envelope(
        payload,
        payload_type="application/vnd.longbien.entry+json",
        signers=[key for pair in state.holders for key in pair.both],
    )
    return SignedEntry(entry=state.entry, envelope=envelope).data


def test_fast_forward() -> None:
    """TUF 1.5.2: a jump of the version, properly signed, is refused; only one step is taken."""
    jump = evolve(
        next_entry(VN.signed, now=NOW.plus(HOUR), lifetime=timedelta(days=90)), version=999_999
    )
    assert code_of(VN.with_version(jump).data) == "directory.gap"


def test_mix_and_match() -> None:
    """TUF 5.5: a mirror hands out one State's old entry beside another's new one."""
    vn2 = VN.renewed()
    newest = [IL.signed, vn2.signed]
    listing = list_entries(newest, exercise=True, version=2, now=NOW)
    fresh = Book(exercise=True)
    update = fresh.decide([VN.data], now=NOW, confirmed=roots_fingerprint(VN.entry))
    with pytest.raises(LongBienError) as caught:
        require_listed(listing, update)
    assert caught.value.code == "directory.not-in-set"


def mirror_set(*states: State, version: int) -> SignedSet:
    """Return a set as the mirror signs it."""
    newest = [one.signed for one in states]
    listing = list_entries(newest, exercise=True, version=version, now=NOW)
    return sign_set(listing, signers=MIRROR.both)


@pytest.mark.parametrize(
    ("states", "version", "code"),
    [
        ((IL,), 3, "directory.set-lowered"),
        ((IL, VN), 1, "directory.set-rollback"),
        ((IL, VN), 999_999, "directory.set-fast-forward"),
    ],
)
def test_a_lying_mirror(states: tuple[State, ...], version: int, code: str) -> None:
    """TUF 5.4, 5.5: a set that hides a State, goes back or runs ahead is refused."""
    held = mirror_set(IL, VN, version=2)
    with pytest.raises(LongBienError) as caught:
        decide_set(
            held,
            mirror_set(*states, version=version).data,
            mirror=MIRROR.public,
            exercise=True,
            now=NOW,
        )
    assert caught.value.code == code


# --- signatures --------------------------------------------------------------------------------


def test_wrong_threshold() -> None:
    """TUF 5.3.4: one of two root holders is not enough."""
    assert code_of(VN.renewed(signers=VN.holders[:1]).data) == "directory.old-roots"


def test_one_holder_counts_once() -> None:
    """The same holder under two names, or signing twice, makes no second one."""
    twice = Roots(threshold=2, holders=(VN.holders[0].public,) * 2)
    with pytest.raises(LongBienError) as caught:
        evolve(VN.entry, roots=twice)
    assert caught.value.code == "directory.key-twice"


@pytest.mark.parametrize("which", ["ec", "mldsa"])
def test_one_algorithm_only(which: str) -> None:
    """A broken curve or a broken lattice alone forges nothing: each holder needs both."""
    entry = VN.renewed().entry
    half = sign_entry(entry, signers=[getattr(pair, which) for pair in VN.holders])
    assert code_of(half.data) == "directory.old-roots"


def test_halves_of_different_holders_do_not_add_up() -> None:
    """ECDSA of two holders and ML-DSA of a third: one whole holder at most."""
    one, two, three = VN.holders
    entry = VN.renewed().entry
    mixed = sign_entry(entry, signers=[one.ec, two.ec, two.mldsa, three.mldsa])
    assert code_of(mixed.data) == "directory.old-roots"


def test_operational_keys_sign_no_entry() -> None:
    """Who has stolen the keys of the duty desk cannot change the directory."""
    stolen = [OFFICE.signers, OFFICE.next_signers]
    assert code_of(VN.renewed(signers=stolen).data) == "directory.old-roots"


def test_roots_rotated_by_too_few() -> None:
    """TUF 5.3.4: new roots that too few of the old ones have let in are refused."""
    thieves = [signer_pair(f"thief {n}") for n in range(2)]
    roots = Roots(threshold=2, holders=tuple(one.public for one in thieves))
    change = lambda entry: evolve(entry, roots=roots)  # noqa: E731 - one use, one line
    taken = VN.renewed(change, signers=[VN.holders[0], *thieves])
    assert code_of(taken.data) == "directory.old-roots"


def test_roots_that_nobody_holds() -> None:
    """TUF 5.3.4: new roots must sign too, or a slip of the pen would lock everybody out."""
    lost = Roots(threshold=1, holders=(signer_pair("lost").public,))
    changed = VN.renewed(lambda entry: evolve(entry, roots=lost))
    assert code_of(changed.data) == "directory.new-roots"


def test_unknown_roots_at_first_contact() -> None:
    """Nobody enters the book silently: the fingerprint has to be compared."""
    stranger = make_state("FR")
    assert code_of(stranger.data) == "directory.unconfirmed"
    wrong = roots_fingerprint(IL.entry)
    assert code_of(stranger.data, confirmed=wrong) == "directory.other-fingerprint"


def test_two_histories() -> None:
    """Roots that sign two next versions are found out, and the second is not taken."""
    first = VN.renewed()
    second = VN.renewed(now=NOW.plus(HOUR * 1.5))
    book = make_book(IL, first)
    assert code_of(second.data, book=book) == "directory.fork"


# --- keys --------------------------------------------------------------------------------------


def test_revoked_key() -> None:
    """A stolen key signs nothing new once it is revoked, and what it signed before stays good."""
    stolen_at = NOW.plus(HOUR / 2)
    key = OFFICE.signers.ec.key_id
    reason = RevocationReason.KEY_COMPROMISE
    revoked = VN.renewed(lambda entry: revoke_key(entry, key=key, at=stolen_at, reason=reason))
    book = BOOK.with_update(BOOK.decide([revoked.data], now=NOW.plus(HOUR)))
    signed = sign_envelope(b"{}", payload_type="text/plain", signers=OFFICE.signers.both)
    before = book.find_signing_keys(OFFICE.id, stolen_at.plus(timedelta(microseconds=-1)))
    after = book.find_signing_keys(OFFICE.id, stolen_at)
    assert find_hybrid(signed, before) == (OFFICE.signers.public,)
    assert find_hybrid(signed, after) == ()


def test_revocation_undone() -> None:
    """Whoever gets at the roots later cannot bring a revoked key back to life."""
    key = OFFICE.signers.ec.key_id
    reason = RevocationReason.KEY_COMPROMISE
    revoked = VN.renewed(lambda entry: revoke_key(entry, key=key, at=NOW, reason=reason))
    book = make_book(IL, revoked)
    again = revoked.renewed(shows(signing_key(OFFICE.signers)))
    assert code_of(again.data, book=book) == "directory.revocation-undone"


def test_unannounced_key() -> None:
    """A signing key that was not announced is refused, roots' signatures or not."""
    thief = signing_key(signer_pair("thief"))
    assert code_of(VN.renewed(shows(thief)).data) == "directory.unannounced-key"


def test_key_rotated_while_messages_are_on_their_way() -> None:
    """A rotation does not lose what the old key signed the moment before."""
    key = signing_key(OFFICE.next_signers)
    turned = VN.renewed(lambda entry: rotate_key(entry, authority=OFFICE.id, key=key))
    book = BOOK.with_update(BOOK.decide([turned.data], now=NOW.plus(HOUR)))
    for pair in (OFFICE.signers, OFFICE.next_signers):
        signed = sign_envelope(b"{}", payload_type="text/plain", signers=pair.both)
        assert find_hybrid(signed, book.find_signing_keys(OFFICE.id, NOW.plus(HOUR)))


def test_minimum_lowered() -> None:
    """A downgrade of protocol or suite is refused, even signed by the roots."""
    raised = VN.renewed(lambda entry: evolve(entry, minimum=Minimum(protocol=2, suite="LB2")))
    book = make_book(IL, raised)
    for minimum in (Minimum(protocol=1, suite="LB2"), Minimum(protocol=2, suite="LB1")):
        lowered = raised.renewed(lambda entry, low=minimum: evolve(entry, minimum=low))
        assert code_of(lowered.data, book=book) == "directory.minimum-lowered"


# --- who is who --------------------------------------------------------------------------------


def test_another_states_entry_under_our_name() -> None:
    """VN's roots cannot speak for IL, whether asked for or sent unasked."""
    assert code_of(VN.data, state=IL.code) == "directory.other-state"
    impostor = make_state("IL", seed=7)
    assert code_of(impostor.data) == "directory.fork"
    assert code_of(impostor.renewed().data) == "directory.old-roots"


def test_another_states_address() -> None:
    """A State that shows another's TLS key would get its connections admitted: refused."""
    thief = make_state("FR")
    endpoint = evolve(thief.entry.endpoints[0], pins=(pin_of(VN.tls_key),), certificates=())
    entry = evolve(thief.entry, endpoints=(endpoint,))
    data = evolve(thief, chain=()).with_version(entry).data
    confirmed = roots_fingerprint(entry)
    assert code_of(data, now=NOW, confirmed=confirmed) == "directory.key-of-another"


def test_another_states_certificate() -> None:
    """A State that shows another's TLS certificate beside its own pin: refused."""
    thief = make_state("FR")
    certificate = tls_certificate(VN.tls_key)
    endpoint = evolve(thief.entry.endpoints[0], certificates=(certificate,))
    with pytest.raises(LongBienError) as caught:
        evolve(thief.entry, endpoints=(endpoint,))
    assert caught.value.code == "directory.certificate"


def test_exercise_entry_in_a_real_book() -> None:
    """A trainer's entry never gets into a real directory, nor a real one into an exercise."""
    real = Book(exercise=False)
    confirmed = roots_fingerprint(VN.entry)
    assert code_of(VN.data, book=real, now=NOW, confirmed=confirmed) == "directory.exercise"
    serious = make_state("VN", exercise=False)
    confirmed = roots_fingerprint(serious.entry)
    assert code_of(serious.data, now=NOW, confirmed=confirmed) == "directory.exercise"


# --- bytes -------------------------------------------------------------------------------------


def test_endless_chain() -> None:
    """TUF 5.3.3: an endless row of versions is cut off before any of them is read."""
    assert code_of(*[b"x"] * (MAX_CHAIN + 1)) == "directory.chain"


def test_huge_entry() -> None:
    """TUF 1.5.2, endless data: too many bytes are refused before they are parsed."""
    huge = b'{"payload":"' + b"A" * MAX_SIGNED
    tracemalloc.start()
    assert code_of(huge) == "json.size"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(huge) / 4


def test_duplicate_keys_in_json() -> None:
    """Two versions in one object would be two entries for two readers: refused."""
    payload = encode_entry(VN.renewed().entry).replace(b'"version":2', b'"version":2,"version":9')
    envelope = sign_envelope(
        payload,
        payload_type="application/vnd.longbien.entry+json",
        signers=[key for pair in VN.holders for key in pair.both],
    )
    data = SignedEntry(entry=VN.entry, envelope=envelope).data
    assert code_of(data) == "json.duplicate-key"


def test_a_signed_message_is_no_entry() -> None:
    """Roots that were talked into signing something else have not signed an entry."""
    payload = encode_entry(VN.renewed().entry)
    envelope = sign_envelope(
        payload,
        payload_type="application/vnd.longbien.message+json",
        signers=[key for pair in VN.holders for key in pair.both],
    )
    data = SignedEntry(entry=VN.entry, envelope=envelope).data
    assert code_of(data) == "dsse.payload-type"
    relabelled = data.replace(b"longbien.message", b"longbien.entry")
    assert code_of(relabelled) == "directory.old-roots"


def test_every_flipped_bit_in_what_is_said() -> None:
    """No change of a single character of the payload is accepted."""
    data = VN.renewed().data
    start = len(b'{"payload":"')
    for at in range(start, start + 24_000, 611):
        letter = b"A" if data[at : at + 1] != b"A" else b"B"
        assert code_of(data[:at] + letter + data[at + 1 :])
