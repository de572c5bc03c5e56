from datetime import timedelta

import pytest
from attrs import evolve

from channel_world import IL_POINT, VN_POINT, after, message_of, random_of
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.outbound import (
    LONGEST_WAIT,
    OUTBOUND,
    Outbound,
    OutboundEvent,
    Silence,
    backoff,
    encode_silence,
    event_of,
    is_overdue,
    overdue_at,
    parse_silence,
)
from longbien.exercise.states import NOW
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused

Q, P, R, F, X = (
    Outbound.QUEUED,
    Outbound.POSTED,
    Outbound.RECEIPTED,
    Outbound.REFUSED,
    Outbound.EXPIRED,
)
TABLE = {
    Q: {"post": P, "expire": X},
    P: {"post": P, "fail": Q, "accept": R, "refuse": F, "expire": X},
    R: {"ask-again": Q},
    F: {"ask-again": Q},
    X: {"accept": R, "refuse": F},
}
SILENCE = Silence(
    message=message_of().id,
    message_sha256=Digest.of(b"envelope"),
    sender=IL_POINT,
    recipient=VN_POINT,
    created_at=NOW,
    due_at=after(60),
    attempts=7,
    last_attempt_at=after(59),
    stated_at=after(60),
)


@pytest.mark.parametrize("event", OutboundEvent)
@pytest.mark.parametrize("state", Outbound)
def test_every_cell_of_the_table(state: Outbound, event: OutboundEvent) -> None:
    """Each event in each state leads where the table says, or is refused."""
    expected = TABLE[state].get(event.value)

    if expected:
        assert OUTBOUND.step(state, event) is expected
    else:
        with pytest.raises(Refused) as caught:
            OUTBOUND.step(state, event)
        assert caught.value.code == "transition.refused"


def test_the_beginning() -> None:
    """A message begins in the queue, and no state is final for ever."""
    assert OUTBOUND.initial is Outbound.QUEUED
    assert OUTBOUND.final() == frozenset()


def test_a_receipt_decides() -> None:
    """Accepted and refused are the two signed words."""
    assert event_of(ReceiptOutcome.ACCEPTED) is OutboundEvent.ACCEPT
    assert event_of(ReceiptOutcome.REFUSED) is OutboundEvent.REFUSE


def most(_count: int) -> bytes:
    """Return the number that draws the longest wait: 2^64 - 1 modulo the range is not it."""
    return b"\x00" * 8


@pytest.mark.parametrize(
    ("attempts", "lane", "ceiling"),
    [
        (1, Lane.URGENT, 250_000),
        (2, Lane.URGENT, 500_000),
        (6, Lane.URGENT, 8_000_000),
        (7, Lane.URGENT, 10_000_000),
        (9, Lane.PRESERVATION, 60_000_000),
        (11, Lane.ORDINARY, 256_000_000),
        (12, Lane.ORDINARY, 300_000_000),
        (10**9, Lane.ORDINARY, 300_000_000),
    ],
)
def test_the_wait_doubles_up_to_a_cap(attempts: int, lane: Lane, ceiling: int) -> None:
    """Anything from nothing to the cap is drawn, in microseconds."""

    def draw(number: int) -> timedelta:
        return backoff(attempts, lane=lane, random_bytes=number.to_bytes)

    assert draw(0) == timedelta(0)
    assert draw(ceiling) == timedelta(microseconds=ceiling)
    assert draw(ceiling + 1) == timedelta(0)
    assert draw(ceiling + 5) == timedelta(microseconds=4)


def test_waits_are_spread() -> None:
    """Many senders do not come back in step."""
    random_bytes = random_of("jitter")
    waits = {backoff(5, lane=Lane.URGENT, random_bytes=random_bytes) for _ in range(100)}

    assert len(waits) == 100
    assert max(waits) <= timedelta(seconds=4)


def test_there_is_no_wait_before_the_first_attempt() -> None:
    """Asking for it is a bug."""
    with pytest.raises(ValueError, match="before the first attempt"):
        backoff(0, lane=Lane.URGENT, random_bytes=most)


def test_urgent_messages_are_tried_soonest() -> None:
    """The caps follow the lanes."""
    assert list(LONGEST_WAIT.values()) == [
        timedelta(seconds=10),
        timedelta(seconds=60),
        timedelta(seconds=300),
    ]


@pytest.mark.parametrize(
    ("lane", "seconds"), [(Lane.URGENT, 60), (Lane.PRESERVATION, 600), (Lane.ORDINARY, 14400)]
)
def test_when_a_receipt_is_overdue(lane: Lane, seconds: int) -> None:
    """A machine that is silent for longer is told of; a signed word ends it."""
    assert overdue_at(NOW, lane) == after(seconds)
    for state in Outbound:
        at_time = is_overdue(state, created_at=NOW, lane=lane, now=after(seconds))
        assert at_time is (state in {Q, P, X})
        assert not is_overdue(state, created_at=NOW, lane=lane, now=after(seconds - 0.001))


def test_a_statement_of_silence_comes_back_as_it_was() -> None:
    """What was written is read, in one form."""
    once = evolve(SILENCE, attempts=1)
    assert parse_silence(encode_silence(SILENCE)) == SILENCE
    assert parse_silence(encode_silence(once)) == once
    assert encode_silence(SILENCE) == (
        b'{"attempts":7,"created_at":"2026-11-01T12:00:00Z","due_at":"2026-11-01T12:01:00Z",'
        b'"last_attempt_at":"2026-11-01T12:00:59Z",'
        b'"message":"00000000-0000-4000-8000-000000000001","message_sha256":"'
        + Digest.of(b"envelope").hex.encode()
        + b'","protocol":1,"recipient":"VN/contact-point","sender":"IL/contact-point",'
        b'"stated_at":"2026-11-01T12:01:00Z"}'
    )


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("stated_at", {"stated_at": after(59)}),
        ("attempts", {"attempts": 0}),
    ],
)
def test_nobody_is_accused_too_early(field: str, change: dict[str, object]) -> None:
    """Before the clock has run out, or without an attempt, there is no silence."""
    with pytest.raises(Malformed) as caught:
        parse_silence(encode_silence(evolve(SILENCE, **change)))

    assert caught.value.facts == {"what": "a silence", "field": field}


def test_a_statement_of_another_protocol_is_refused() -> None:
    """Nothing is guessed."""
    data = encode_silence(SILENCE).replace(b'"protocol":1', b'"protocol":2')

    with pytest.raises(Malformed, match="protocol"):
        parse_silence(data)
