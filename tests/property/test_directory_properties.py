from datetime import timedelta

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from longbien.directory.book import Book
from longbien.directory.entry import RevocationReason, StateEntry
from longbien.directory.fingerprint import Fingerprint, parse_fingerprint, roots_fingerprint
from longbien.directory.renewal import announce_key, drop_ended, revoke_key, rotate_key
from longbien.directory.trusted import find_terms
from longbien.directory.wire import encode_entry, parse_entry, parse_signed_entry
from longbien.exercise.states import NOW, make_book, make_state, signer_pair, signing_key
from longbien.primitives.errors import LongBienError, Malformed
from longbien.trust import dsse

IL = make_state("IL")
OFFICE = IL.contact_point.id
HOUR = timedelta(hours=1)
ACTS = st.lists(st.sampled_from(["announce", "rotate", "revoke", "drop", "same"]), max_size=8)


@given(st.binary(max_size=300))
def test_parsers_raise_malformed_only(data: bytes) -> None:
    """Any bytes: the readers return or raise Malformed, nothing else."""
    for parse in (
        parse_entry,
        parse_signed_entry,
        lambda raw: dsse.parse_envelope(raw, payload_type="text/plain"),
    ):
        try:
            parse(data)
        except Malformed:
            continue


@given(st.integers(0, len(IL.data) - 1), st.integers(1, 255))
def test_a_changed_byte_is_never_another_entry(at: int, mask: int) -> None:
    """One changed byte: refused, or it was in a signature and what is said stays the same."""
    data = bytearray(IL.data)
    data[at] ^= mask
    try:
        found = parse_signed_entry(bytes(data))
        Book(exercise=True).decide(
            [bytes(data)], now=NOW, confirmed=roots_fingerprint(IL.entry), state=IL.code
        )
    except LongBienError:
        return
    assert found.entry == IL.entry


@given(st.binary(max_size=200), st.sampled_from(["text/plain", "application/x+json"]))
def test_envelopes_come_back(payload: bytes, kind: str) -> None:
    """Any payload is carried byte for byte and verifies."""
    pair = signer_pair("property")
    signed = dsse.sign_envelope(payload, payload_type=kind, signers=[pair.ec])
    found = dsse.parse_envelope(dsse.encode_envelope(signed), payload_type=kind)
    assert found == signed
    assert dsse.verify_envelope(found, keys=[pair.public.ec]) == {pair.ec.key_id}


@given(st.text("0123456789 -", max_size=70))
def test_fingerprints_parse_or_are_malformed(text: str) -> None:
    """What was noted down is a fingerprint that is written the same again, or refused."""
    try:
        found = parse_fingerprint(text)
    except Malformed:
        return
    assert parse_fingerprint(str(found)) == found == Fingerprint(found.digits)


def perform(entry: StateEntry, act: str, step: int) -> StateEntry:
    """Do one act of an administrator, where it is possible."""
    now = entry.issued_at
    pair = signer_pair(f"property {step}")
    authority = entry.find_authority(OFFICE)
    if act == "announce":
        return announce_key(entry, authority=OFFICE, keys=pair.public)
    if act == "rotate" and authority.next_keys:
        ids = authority.next_keys[0].ids
        known = [IL.contact_point.next_signers, *(signer_pair(f"property {n}") for n in range(9))]
        chosen = next(one for one in known if one.public.ids == ids)
        return rotate_key(entry, authority=OFFICE, key=signing_key(chosen, now=now))
    fresh = [one for one in authority.signing_keys if one.revoked_at is None]
    if act == "revoke" and fresh:
        key, reason = fresh[0].keys.ids[0], RevocationReason.SUPERSEDED
        return revoke_key(entry, key=key, at=now, reason=reason)
    return drop_ended(entry, now=now) if act == "drop" else entry


@settings(max_examples=25)
@given(ACTS)
def test_what_was_once_valid_stays_so(acts: list[str]) -> None:
    """After any row of acts: everybody accepts it, and no past signature loses or gains worth."""
    state, book = IL, make_book(IL)
    for step, act in enumerate(acts):
        at = state.entry.issued_at.plus(HOUR)
        held = book.find_signing_keys(OFFICE, at.plus(-HOUR))
        state = state.renewed(lambda entry, act=act, step=step: perform(entry, act, step), now=at)
        book = book.with_update(book.decide([state.data], now=at))
        assert book.find_signing_keys(OFFICE, at.plus(-HOUR)) == held
    assert parse_entry(encode_entry(state.entry)) == state.entry
    assert book == evolve(book, histories={IL.code: state.chain})
    for terms in find_terms(state.chain).values():
        assert terms.ends_at > terms.not_before
