import contextlib
import functools
from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_world import (
    IL,
    VN,
    checkpoint,
    consistency_of,
    frame_of,
    gossip_of,
    head_at,
    keys_of,
    message_of,
    random_of,
    receipt_of,
    sealed_of,
    signed_of,
)
from ledger_cast import signed_by
from longbien.channel.envelope import open_frame, open_message, open_receipt, seal_frame
from longbien.channel.gossip import View, decide_view
from longbien.channel.message import Lane, Message, MessageKind, Receipt, ReceiptOutcome
from longbien.channel.outbound import parse_silence
from longbien.channel.split_view import (
    SplitView,
    encode_split_view,
    parse_split_view,
    verify_split_view,
)
from longbien.channel.transfer import (
    Missing,
    encode_missing,
    indices_of,
    missing_of,
    parse_missing,
    parse_sealed_object,
    parse_window,
)
from longbien.channel.wire import (
    Frame,
    encode_frame,
    encode_gossip,
    encode_message,
    encode_receipt,
    parse_answer,
    parse_frame,
    parse_gossip,
    parse_message,
    parse_receipt,
)
from longbien.ledger.checkpoints import SignedCheckpoint
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import AuthorityId, CaseId, MessageId
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from longbien.trust.dsse import find_hybrid

UUIDS = st.uuids().map(str)
TIMES = st.datetimes(
    min_value=datetime(1, 1, 1),  # noqa: DTZ001 - the zone is the strategy's
    timezones=st.just(UTC),
).map(Instant)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
DIGESTS = st.binary(min_size=32, max_size=32).map(Digest)

MESSAGES = st.builds(
    Message,
    id=UUIDS.map(MessageId),
    kind=st.sampled_from(MessageKind),
    thread=UUIDS.map(CaseId),
    sequence=st.integers(1, 2**53 - 1),
    sender=st.just(AuthorityId("IL/contact-point")),
    recipient=st.just(AuthorityId("VN/a")),
    purpose=st.from_regex(r"[a-z][a-z0-9_-]{0,63}", fullmatch=True),
    created_at=TIMES,
    expires_at=TIMES,
    schema=st.from_regex(
        r"[a-z][a-z0-9-]{0,30}:[a-z0-9][a-z0-9._-]{0,98}/[1-9][0-9]{0,3}", fullmatch=True
    ),
    lane=st.sampled_from(Lane),
    exercise=st.booleans(),
    in_reply_to=st.none() | UUIDS.map(MessageId),
    content=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    suite=st.sampled_from(["LB1", "LB2"]),
)
RECEIPTS = st.builds(
    Receipt,
    message=UUIDS.map(MessageId),
    message_sha256=DIGESTS,
    sender=st.just(AuthorityId("VN/a")),
    recipient=st.just(AuthorityId("IL/b")),
    received_at=TIMES,
    outcome=st.just(ReceiptOutcome.REFUSED),
    code=st.from_regex(r"[a-z]{1,20}[.-][a-z0-9]{1,20}", fullmatch=True),
    commitments=st.lists(st.binary(min_size=33, max_size=33), max_size=64).map(tuple),
)


@given(MESSAGES)
def test_messages_are_read_as_they_were_written(message: Message) -> None:
    """Parse after encode is identity, whatever a message holds."""
    if message.in_reply_to != message.id:
        assert parse_message(encode_message(message)) == message


@given(RECEIPTS)
def test_receipts_are_read_as_they_were_written(receipt: Receipt) -> None:
    """So it is for receipts."""
    assert parse_receipt(encode_receipt(receipt)) == receipt


@given(st.sets(st.integers(0, 199)), st.booleans())
def test_missing_parts_are_read_as_they_were_written(parts: set[int], header: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Any set of missing parts survives, run by run."""
    sealed = evolve(sealed_of(), part_size=1, part_count=200, size=206)
    told = missing_of(sorted(parts), header=header, parts_list=False, first=0, last=199)

    found = parse_missing(encode_missing(told), sealed=sealed)

    assert found == told
    assert isinstance(found, Missing)
    assert set(indices_of(found.ranges)) == parts
    assert found.is_complete(sealed) is not (bool(parts) or header)


# --- only Malformed leaves -------------------------------------------------------------------

SAMPLES = {
    "message": (parse_message, encode_message(message_of())),
    "receipt": (parse_receipt, encode_receipt(receipt_of())),
    "gossip": (parse_gossip, encode_gossip(gossip_of(seen=checkpoint(VN)))),
    "frame": (parse_frame, encode_frame(frame_of())),
    "answer": (parse_answer, b'{"gossip":' + encode_gossip(gossip_of()) + b',"receipt":{}}'),
    "envelope": (open_message, signed_of(message_of())),
    "signed receipt": (open_receipt, signed_of(message_of())),
    "silence": (parse_silence, b'{"attempts":1}'),
    "split view": (
        parse_split_view,
        encode_split_view(SplitView(first=checkpoint(IL), second=checkpoint(IL, fork=1))),
    ),
    "missing": (
        functools.partial(parse_missing, sealed=sealed_of()),
        b'{"header":false,"list":false,"missing":[[1,1]],"through":2}',
    ),
    "window": (functools.partial(parse_window, sealed=sealed_of()), b'{"first":0,"last":1}'),
}


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_only_malformed_leaves_a_parser(name: str, data: st.DataObject) -> None:
    """For any bytes near a good document, or far from one, nothing else is raised."""
    parse, good = SAMPLES[name]
    at = data.draw(st.integers(0, len(good)))
    length = data.draw(st.integers(0, 8))
    put = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"[", b"null", b"1"]))
    with contextlib.suppress(Malformed):
        parse(good[:at] + put + good[at + length :])


@pytest.mark.parametrize("parse", [parse_message, parse_receipt, parse_gossip, parse_split_view])
@given(JSON)
def test_only_malformed_leaves_for_any_document(parse: object, value: object) -> None:
    """Canonical JSON of any shape is refused in order."""
    with pytest.raises(Malformed):
        parse(encode_json(value))  # type: ignore[operator]  # a parser


@given(JSON)
def test_only_malformed_leaves_for_any_content(value: object) -> None:
    """So is a value inside of a content."""
    with pytest.raises(Malformed):
        parse_sealed_object(value)


# --- any flipped bit ---------------------------------------------------------------------------

FRAME = frame_of()
SEALED = seal_frame(FRAME, recipients=[VN.contact_point.recipient], random_bytes=random_of("p"))


@settings(max_examples=400)
@given(st.integers(0, len(SEALED) * 8 - 1))
def test_any_flipped_bit_of_a_sealed_frame_is_refused(bit: int) -> None:
    """Header, wrapped key, nonce or payload: nothing of the frame comes out."""
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises((Malformed, Refused)):
        open_frame(bytes(changed), identities=[VN.contact_point.identity])


@settings(max_examples=300)
@given(st.integers(0, len(FRAME.envelope) * 8 - 1))
def test_any_flipped_bit_of_an_envelope_is_seen(bit: int) -> None:
    """It is refused when it is read, or it has another digest, and one signature fails."""
    changed = bytearray(FRAME.envelope)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        envelope, _ = open_message(bytes(changed))
    except Malformed:
        return
    assert find_hybrid(envelope, [IL.contact_point.signers.public]) == ()


@given(MESSAGES)
@settings(max_examples=20)
def test_a_frame_opens_to_what_was_sealed(message: Message) -> None:
    """Seal and open is identity."""
    if message.in_reply_to == message.id:
        return
    frame = Frame(envelope=signed_of(message), gossip=gossip_of())
    sealed = seal_frame(frame, recipients=[VN.contact_point.recipient], random_bytes=random_of("q"))

    opened = open_frame(sealed, identities=[VN.contact_point.identity])

    assert opened.message == message
    assert opened.signed == frame.envelope


# --- views of ledgers ----------------------------------------------------------------------------

ED25519 = IL.log[0]


def light(size: int, fork: int | None) -> SignedCheckpoint:
    """Return a checkpoint under one quick key."""
    return signed_by(head_at(IL, size, fork=fork), ED25519)


FORKS = st.none() | st.integers(0, 12)


@given(st.integers(0, 12), FORKS, st.integers(0, 12), FORKS, FORKS)
def test_nobody_is_accused_who_has_one_history(
    old: int, old_fork: int | None, new: int, new_fork: int | None, told_fork: int | None
) -> None:
    """A split view is found only where two histories were signed, and then it is provable."""
    recorded, received = light(old, old_fork), light(new, new_fork)
    told = consistency_of(old, new, fork=told_fork) if 0 < old <= new else None

    found = decide_view(recorded, received, consistency=told, log_keys=[ED25519.key])

    smaller = min(old, new)
    same = head_at(IL, smaller, fork=old_fork) == head_at(IL, smaller, fork=new_fork)
    if found.view is View.SPLIT:
        assert not same
        assert found.split is not None
        verdict = verify_split_view(encode_split_view(found.split), keys=[ED25519.key])
        assert verdict.outcome is Outcome.PASSED
    if found.view in {View.SAME, View.GROWN}:
        assert same
    if old == new and not same:
        assert found.view is View.SPLIT


@given(st.integers(1, 12), st.integers(1, 12), FORKS)
def test_an_honest_log_is_always_believed(old: int, grown: int, fork: int | None) -> None:
    """Whatever its size, growth with its proof is learned."""
    new = old + grown
    found = decide_view(
        light(old, fork if fork is not None and fork < old else None),
        light(new, fork if fork is not None and fork < old else None),
        consistency=consistency_of(
            old, new, fork=fork if fork is not None and fork < old else None
        ),
        log_keys=[ED25519.key],
    )

    assert found.view is View.GROWN


def test_the_keys_of_the_world_are_two_kinds() -> None:
    """The quick tests above leave one of them out on purpose."""
    assert len({key.kind for key in keys_of(IL)}) == 2
