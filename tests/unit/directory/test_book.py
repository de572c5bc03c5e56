from datetime import timedelta

import pytest
from attrs import evolve

from longbien.directory.book import Book
from longbien.directory.entry import KeyCommitment, Minimum, RevocationReason, StateEntry
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.renewal import revoke_key, rotate_key
from longbien.exercise.states import NOW, State, make_book, make_state, pin_of, signing_key
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, KeyId, StateCode

IL, VN = make_state("IL"), make_state("VN")
BOOK = make_book(VN, IL)
HOUR = timedelta(hours=1)
OFFICE = IL.contact_point
POLICE = AuthorityId("IL/police")
NOBODY = AuthorityId("FR/police")


def code_of(call: object, *arguments: object, **named: object) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_states_in_order() -> None:
    """The book lists its States by their codes."""
    assert BOOK.states() == (IL.code, VN.code)
    assert Book(exercise=True).states() == ()


def test_entries_are_found() -> None:
    """Entries and histories are found by State; an unknown one has none."""
    assert BOOK.find_entry(IL.code) == BOOK.get_entry(IL.code) == IL.entry
    assert BOOK.history(IL.code) == IL.chain
    assert BOOK.find_entry(NOBODY.state) is None
    assert BOOK.history(NOBODY.state) == ()
    assert code_of(BOOK.get_entry, NOBODY.state) == "directory.unknown-state"


def test_an_expired_entry_is_not_relied_on() -> None:
    """The newest entry serves until it expires."""
    expires = IL.entry.expires_at
    assert BOOK.require_current(IL.code, expires.plus(-HOUR)) == IL.entry
    assert code_of(BOOK.require_current, IL.code, expires) == "directory.expired"
    assert code_of(BOOK.require_current, NOBODY.state, NOW) == "directory.unknown-state"


def test_authorities_are_found() -> None:
    """An authority is found by its id, in its own State's entry."""
    found = BOOK.get_authority(OFFICE.id)
    assert found == BOOK.find_authority(OFFICE.id)
    assert found.id == OFFICE.id
    assert BOOK.find_authority(POLICE) is None
    assert BOOK.find_authority(NOBODY) is None
    assert code_of(BOOK.get_authority, POLICE) == "directory.unknown-authority"
    assert code_of(BOOK.get_authority, NOBODY) == "directory.unknown-state"


def test_signing_keys_of_an_instant() -> None:
    """A key counts in its window, and for its own authority."""
    key = signing_key(OFFICE.signers)
    assert BOOK.find_signing_keys(OFFICE.id, NOW) == (OFFICE.signers.public,)
    assert BOOK.find_signing_keys(OFFICE.id, key.not_after) == ()
    assert BOOK.find_signing_keys(OFFICE.id, key.not_before.plus(-HOUR)) == ()
    assert BOOK.find_signing_keys(POLICE, NOW) == ()


def test_both_keys_serve_while_one_takes_over() -> None:
    """During a rotation old and new pair count; messages on their way stay good."""
    key = signing_key(OFFICE.next_signers, since=0.02)
    later = IL.renewed(lambda entry: rotate_key(entry, authority=OFFICE.id, key=key))
    book = make_book(later, now=later.entry.issued_at)
    both = (OFFICE.signers.public, OFFICE.next_signers.public)
    assert set(book.find_signing_keys(OFFICE.id, NOW.plus(HOUR))) == set(both)
    assert book.find_signing_keys(OFFICE.id, NOW) == both[:1]


def test_a_revoked_key_counts_for_what_was_before() -> None:
    """After a revocation the book still knows what the key signed rightly."""
    at = NOW.plus(HOUR / 2)
    reason = RevocationReason.KEY_COMPROMISE
    ids = OFFICE.signers.public.ids
    later = IL.renewed(lambda entry: revoke_key(entry, key=ids[1], at=at, reason=reason))
    book = make_book(later)
    assert book.find_signing_keys(OFFICE.id, NOW) == (OFFICE.signers.public,)
    assert book.find_signing_keys(OFFICE.id, at) == ()
    for one in ids:
        terms = book.find_signer(one)
        assert (terms.revoked_at, terms.authority) == (at, OFFICE.id)


def test_signers_are_found_by_either_key() -> None:
    """Both ids of a pair lead to it; an announced or unknown key leads nowhere."""
    for one in OFFICE.signers.public.ids:
        assert BOOK.find_signer(one).keys == OFFICE.signers.public
    assert BOOK.find_signer(OFFICE.next_signers.ec.key_id) is None
    assert BOOK.find_signer(KeyId("sha256:" + "0" * 64)) is None


def test_recipients_of_an_instant() -> None:
    """What is sealed for is what the newest entry names, in its window."""
    assert BOOK.find_recipients(OFFICE.id, NOW) == (OFFICE.recipient,)
    assert BOOK.find_recipients(OFFICE.id, NOW.plus(timedelta(days=366))) == ()
    assert BOOK.find_recipients(NOBODY, NOW) == ()


def test_addresses_and_pins() -> None:
    """Pins are the current and the next TLS key, and lead back to the State."""
    pins = {IL.tls_pin, pin_of(IL.next_tls_key)}
    assert BOOK.pins(IL.code) == pins
    assert {BOOK.find_state_by_pin(pin) for pin in pins} == {IL.code}
    assert BOOK.find_state_by_pin(VN.tls_pin) == VN.code
    assert BOOK.find_state_by_pin(Digest.of(b"")) is None
    assert BOOK.endpoints(IL.code) == IL.entry.endpoints
    assert BOOK.pins(NOBODY.state) == frozenset()
    assert BOOK.endpoints(NOBODY.state) == ()


def test_ledger_and_witness_keys() -> None:
    """The verifier keys are those of the newest entry."""
    assert BOOK.ledger_keys(IL.code) == tuple(one.vkey for one in IL.log)
    assert BOOK.witness_keys(IL.code) == tuple(one.vkey for one in IL.witness)
    assert BOOK.ledger_keys(NOBODY.state) == BOOK.witness_keys(NOBODY.state) == ()


def test_package_roots_are_never_forgotten() -> None:
    """A package is judged by the roots that were named when it was made."""
    other = Digest.of(b"another certificate")
    later = IL.renewed(lambda entry: evolve(entry, package_roots=(other,)))
    assert make_book(later).package_roots(IL.code) == (*IL.entry.package_roots, other)
    assert BOOK.package_roots(NOBODY.state) == ()


def test_time_roots_are_never_forgotten() -> None:
    """Stamps are judged by the roots that were named when they were given."""
    one, two = Digest.of(b"a time root"), Digest.of(b"another")
    first = IL.renewed(lambda entry: evolve(entry, time_roots=(one,)))
    later = first.renewed(lambda entry: evolve(entry, time_roots=(two, one)))
    assert make_book(later).time_roots(IL.code) == (one, two)
    assert BOOK.time_roots(IL.code) == BOOK.time_roots(NOBODY.state) == ()


def test_the_minimum_of_a_state() -> None:
    """The least that a State speaks is what its newest entry says."""
    assert BOOK.minimum(IL.code) == Minimum(protocol=1, suite="LB1")
    assert code_of(BOOK.minimum, NOBODY.state) == "directory.unknown-state"


def test_a_book_is_a_value() -> None:
    """An update makes another book and leaves the first as it was."""
    later = VN.renewed()
    update = BOOK.decide([later.data], now=later.entry.issued_at)
    grown = BOOK.with_update(update)
    assert BOOK.find_entry(VN.code) == VN.entry
    assert grown.find_entry(VN.code) == later.entry
    assert grown.history(VN.code) == later.chain
    assert grown.history(IL.code) == IL.chain
    assert grown.find_state_by_pin(VN.tls_pin) == VN.code


def test_whose_entry_was_asked_for() -> None:
    """With a State asked for, the entry of any other is refused."""
    assert code_of(BOOK.decide, [VN.data], now=NOW, state=IL.code) == "directory.other-state"
    assert BOOK.decide([VN.data], now=NOW, state=VN.code).accepted == ()


def other(change: object) -> State:
    """Return a third State whose entry is changed before it is signed."""
    state = make_state("FR")
    return evolve(state, chain=()).with_version(change(state.entry))


def steal_signer(entry: StateEntry) -> StateEntry:
    """Show a signing key of IL."""
    first = evolve(entry.authorities[0], signing_keys=(signing_key(OFFICE.signers),))
    return evolve(entry, authorities=(first, *entry.authorities[1:]))


def steal_announcement(entry: StateEntry) -> StateEntry:
    """Show the key that IL has announced."""
    first = evolve(entry.authorities[0], signing_keys=(signing_key(OFFICE.next_signers),))
    return evolve(entry, authorities=(first, *entry.authorities[1:]))


def announce_ours(entry: StateEntry) -> StateEntry:
    """Announce the key that IL has announced."""
    ids = OFFICE.next_signers.public.ids
    first = evolve(entry.authorities[0], next_keys=(KeyCommitment(ec=ids[0], mldsa=ids[1]),))
    return evolve(entry, authorities=(first, *entry.authorities[1:]))


def steal_recipient(entry: StateEntry) -> StateEntry:
    """Name IL's recipient."""
    mine = IL.entry.authorities[0].sealing_keys
    return evolve(
        entry,
        authorities=(evolve(entry.authorities[0], sealing_keys=mine), *entry.authorities[1:]),
    )


THEFTS = {
    "signer": steal_signer,
    "announcement": steal_announcement,
    "our announcement": announce_ours,
    "recipient": steal_recipient,
    "pin": lambda entry: evolve(entry, endpoints=IL.entry.endpoints),
    "ledger": lambda entry: evolve(entry, ledger_keys=IL.entry.ledger_keys[:1]),
    "witness": lambda entry: evolve(entry, witness_keys=IL.entry.witness_keys[1:]),
    "ledger as witness": lambda entry: evolve(entry, witness_keys=IL.entry.ledger_keys[:1]),
    "certificate": lambda entry: evolve(entry, package_roots=IL.entry.package_roots),
}


@pytest.mark.parametrize("change", THEFTS.values(), ids=THEFTS)
def test_no_state_shows_what_is_anothers(change: object) -> None:
    """An entry with any key or name of another State is refused, whoever signed it."""
    state = other(change)
    confirmed = roots_fingerprint(state.entry)
    asked = {"now": NOW, "confirmed": confirmed}
    assert code_of(BOOK.decide, [state.data], **asked) == "directory.key-of-another"
    assert Book(exercise=True).decide([state.data], **asked).accepted


def test_no_state_has_the_roots_of_another() -> None:
    """Two States with one root holder would be one State."""
    state = make_state("FR")
    roots = IL.entry.roots
    changed = evolve(state, chain=(), holders=IL.holders).with_version(
        evolve(state.entry, roots=roots)
    )
    confirmed = roots_fingerprint(changed.entry)
    code = code_of(BOOK.decide, [changed.data], now=NOW, confirmed=confirmed)
    assert code == "directory.key-of-another"


def test_a_key_of_an_earlier_version_stays_taken() -> None:
    """What a State has once shown is never another's."""
    moved = IL.renewed(lambda entry: evolve(entry, endpoints=()))
    book = make_book(moved, VN)
    state = other(lambda entry: evolve(entry, endpoints=IL.entry.endpoints))
    confirmed = roots_fingerprint(state.entry)
    code = code_of(book.decide, [state.data], now=NOW, confirmed=confirmed)
    assert code == "directory.key-of-another"


def test_an_unknown_state_is_asked_for() -> None:
    """Asking for a State that nobody has introduced ends in the telephone call."""
    fresh = make_state("FR")
    code = code_of(BOOK.decide, [fresh.data], now=NOW, state=StateCode("FR"))
    assert code == "directory.unconfirmed"
