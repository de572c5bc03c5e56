"""The life of an outgoing message: posted until the other side has given its signed word.

At least once: a message leaves the outbox by a receipt and by nothing else.  When it is
overdue is computed from its date, never stored; randomness for the back-off is an argument.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from longbien.channel._fields import Fields
from longbien.channel.message import PROTOCOL, Lane, ReceiptOutcome
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.ids import AuthorityId, MessageId
from longbien.primitives.instants import Instant
from longbien.primitives.machine import Machine
from longbien.trust.ports import RandomBytes

SILENCE_TYPE: Final = "application/vnd.longbien.silence+json"
MAX_SILENCE: Final = 4 * 1024  # bytes; ours have some 600


class Outbound(StrEnum):
    """Where an outgoing message stands."""

    QUEUED = "queued"
    """Durable and signed; to be posted, or to be posted again."""

    POSTED = "posted"
    """An attempt is under way, or its outcome is unknown."""

    RECEIPTED = "receipted"
    """The recipient has signed that it is durable there."""

    REFUSED = "refused"
    """The recipient has signed that it does not take it; final."""

    EXPIRED = "expired"
    """Its time is over without a signed word.  Whether it took effect is not known: a receipt
    that comes later still settles it."""


class OutboundEvent(StrEnum):
    """What happens to an outgoing message."""

    POST = "post"
    FAIL = "fail"
    """No answer, or a transport refusal: back to the queue, with its code."""

    ACCEPT = "accept"
    """A receipt that is believed (``receipts.require_receipt``), outcome accepted."""

    REFUSE = "refuse"
    """A receipt that is believed, outcome refused."""

    EXPIRE = "expire"
    ASK_AGAIN = "ask-again"
    """The recipient was restored and lacks it: its ``thread.gap`` names an earlier number."""


OUTBOUND: Final = Machine(
    name="outgoing message",
    initial=Outbound.QUEUED,
    table={
        Outbound.QUEUED: {
            OutboundEvent.POST: Outbound.POSTED,
            OutboundEvent.EXPIRE: Outbound.EXPIRED,
        },
        Outbound.POSTED: {
            # a worker that died while posting left it here; another one posts it again
            OutboundEvent.POST: Outbound.POSTED,
            OutboundEvent.FAIL: Outbound.QUEUED,
            OutboundEvent.ACCEPT: Outbound.RECEIPTED,
            OutboundEvent.REFUSE: Outbound.REFUSED,
            OutboundEvent.EXPIRE: Outbound.EXPIRED,
        },
        Outbound.RECEIPTED: {OutboundEvent.ASK_AGAIN: Outbound.QUEUED},
        Outbound.REFUSED: {OutboundEvent.ASK_AGAIN: Outbound.QUEUED},
        Outbound.EXPIRED: {
            OutboundEvent.ACCEPT: Outbound.RECEIPTED,
            OutboundEvent.REFUSE: Outbound.REFUSED,
        },
    },
)


def event_of(outcome: ReceiptOutcome) -> OutboundEvent:
    """Return what a believed receipt does."""
    is_accepted = outcome is ReceiptOutcome.ACCEPTED
    return OutboundEvent.ACCEPT if is_accepted else OutboundEvent.REFUSE


# --- when to try again ---------------------------------------------------------------------------

FIRST_WAIT: Final = timedelta(milliseconds=250)
LONGEST_WAIT: Final[Mapping[Lane, timedelta]] = MappingProxyType(
    {
        Lane.URGENT: timedelta(seconds=10),
        Lane.PRESERVATION: timedelta(seconds=60),
        Lane.ORDINARY: timedelta(minutes=5),
    }
)
"""A peer that comes back is found within this time."""

_DOUBLINGS = 20  # 250 ms times 2^20 is three days: beyond every cap, and no number grows


def backoff(attempts: int, *, lane: Lane, random_bytes: RandomBytes) -> timedelta:
    """Return how long to wait after that many failed attempts (at least 1).

    Capped exponential with full jitter: anything between nothing and the cap, so that many
    senders do not come back in step.  ValueError: no attempt has failed.
    """
    if attempts < 1:
        msg = "there is nothing to wait for before the first attempt"
        raise ValueError(msg)
    ceiling = min(FIRST_WAIT * 2 ** min(attempts - 1, _DOUBLINGS), LONGEST_WAIT[lane])
    microseconds = ceiling // timedelta(microseconds=1)
    drawn = int.from_bytes(random_bytes(8)) % (microseconds + 1)
    return timedelta(microseconds=drawn)


# --- silence --------------------------------------------------------------------------------------

OVERDUE_AFTER: Final[Mapping[Lane, timedelta]] = MappingProxyType(
    {
        Lane.URGENT: timedelta(seconds=60),
        Lane.PRESERVATION: timedelta(minutes=10),
        Lane.ORDINARY: timedelta(hours=4),
    }
)
"""How long a *machine* may stay silent before people are told; an officer's clocks are
``casework``'s.  Nodes work day and night: office hours play no part."""


def overdue_at(created_at: Instant, lane: Lane) -> Instant:
    """Return when a message without a receipt is overdue."""
    return created_at.plus(OVERDUE_AFTER[lane])


def is_overdue(state: Outbound, *, created_at: Instant, lane: Lane, now: Instant) -> bool:
    """Say whether the peer's signed word is overdue."""
    waits = state in {Outbound.QUEUED, Outbound.POSTED, Outbound.EXPIRED}
    return waits and now >= overdue_at(created_at, lane)


@frozen(kw_only=True)
class Silence:
    """Negative evidence: our signed word that a peer stayed silent past its clock.

    It proves when we said so, not that the peer received anything: read it together with the
    peer's own checkpoints of that time, which show that its node was alive.
    """

    message: MessageId
    message_sha256: Digest
    sender: AuthorityId
    """Whose statement it is."""

    recipient: AuthorityId
    """Who stayed silent."""

    created_at: Instant
    due_at: Instant
    attempts: int
    last_attempt_at: Instant
    stated_at: Instant


_SILENCE_FIELDS = frozenset(
    {
        "attempts",
        "created_at",
        "due_at",
        "last_attempt_at",
        "message",
        "message_sha256",
        "protocol",
        "recipient",
        "sender",
        "stated_at",
    }
)


def encode_silence(silence: Silence) -> bytes:
    """Write the payload that is signed, under ``SILENCE_TYPE``."""
    return encode_json(
        {
            "attempts": silence.attempts,
            "created_at": str(silence.created_at),
            "due_at": str(silence.due_at),
            "last_attempt_at": str(silence.last_attempt_at),
            "message": silence.message.text,
            "message_sha256": silence.message_sha256.hex,
            "protocol": PROTOCOL,
            "recipient": silence.recipient.text,
            "sender": silence.sender.text,
            "stated_at": str(silence.stated_at),
        }
    )


def parse_silence(data: bytes) -> Silence:
    """Read such a statement.

    Raises Malformed ``json.*``, ``channel.fields``, ``channel.form``; the last one also where
    it was stated before it was due.
    """
    fields = Fields.read("a silence", data, _SILENCE_FIELDS, max_size=MAX_SILENCE, max_depth=1)
    fields.number("protocol", low=PROTOCOL, high=PROTOCOL)
    silence = Silence(
        message=fields.parsed("message", MessageId.parse),
        message_sha256=fields.digest("message_sha256"),
        sender=fields.parsed("sender", AuthorityId.parse),
        recipient=fields.parsed("recipient", AuthorityId.parse),
        created_at=fields.instant("created_at"),
        due_at=fields.instant("due_at"),
        attempts=fields.number("attempts", low=1),
        last_attempt_at=fields.instant("last_attempt_at"),
        stated_at=fields.instant("stated_at"),
    )
    if silence.stated_at < silence.due_at:
        raise fields.wrong("stated_at")
    return silence
