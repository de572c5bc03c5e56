"""The numbered checks of an incoming message, and of the receipt for an outgoing one.

A message that fails a check before its sender is certain, or for a reason that may pass, gets
no signed word: a *transport* refusal, and nothing is remembered but an audit record.  From
then on every message gets a signed receipt, accepted or refused: a *judged* refusal is final
and uses up the message's number.  What the message means for its case is decided afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from attrs import field, frozen

from longbien.channel.envelope import OpenedMessage
from longbien.channel.message import Lane, Message, MessageKind
from longbien.channel.numbering import Place, find_place
from longbien.channel.pins import PeerPins, decide_schema, decide_versions
from longbien.primitives.digest import Digest
from longbien.primitives.ids import AuthorityId, KeyId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.dsse import HybridKey, find_hybrid

SKEW_FLAGGED: Final = timedelta(seconds=120)
"""Two clocks that differ more are told to both operators (``reference`` T19)."""

SKEW_REFUSED: Final = timedelta(hours=4)
"""Beyond it nothing is taken in: a receipt would state a time that no court can believe, and
expiry would mean nothing.  It is a transport refusal, because nobody knows yet whose clock is
wrong: when it is mended the same message goes through.  Four hours, as X-Road stops, are more
than any drift and less than any deadline of a request."""

MAX_LIFETIME: Final = timedelta(days=366)
"""From creation to expiry: how long a peer may oblige us to remember a message."""

_EVERY_LANE = frozenset(Lane)
_CALM = frozenset({Lane.PRESERVATION, Lane.ORDINARY})

LANES: Final[Mapping[MessageKind, frozenset[Lane]]] = MappingProxyType(
    dict.fromkeys(MessageKind, _EVERY_LANE)
    | {
        # book-keeping after the fact: nobody is woken for it
        MessageKind.EVIDENCE_VERIFIED: _CALM,
        MessageKind.FURTHER_USE_REQUEST: _CALM,
        MessageKind.FURTHER_USE_CONSENT: _CALM,
        MessageKind.EXCULPATORY_USE: _CALM,
        MessageKind.DESTRUCTION_CERTIFIED: _CALM,
        MessageKind.STATUS: _CALM,
    }
)
"""Which lanes a kind may use.  ``urgent`` is a right: it is signed, counted and wakes people."""


def lane_for(kind: MessageKind, wished: Lane) -> Lane:
    """Return the wished lane, or the next calmer one that the kind may use."""
    return wished if wished in LANES[kind] else Lane.PRESERVATION


# --- what is asked of the directory -----------------------------------------------------------


class KeyTerms(Protocol):
    """What is known of one signing key."""

    @property
    def revoked_at(self) -> Instant | None:
        """Return from when on it was revoked, if it was."""
        ...


class KeyBook(Protocol):
    """Whose signing keys are believed; ``directory.book`` satisfies it."""

    def find_signing_keys(self, authority: AuthorityId, at: Instant) -> Sequence[HybridKey]:
        """Return the pairs whose signatures of that instant count."""
        ...

    def find_signer(self, key: KeyId) -> KeyTerms | None:
        """Return what is known of a key."""
        ...


# --- what is decided ----------------------------------------------------------------------------


@frozen(kw_only=True)
class Door:
    """What this node is."""

    authorities: frozenset[AuthorityId]
    exercise: bool


@frozen(kw_only=True)
class Delivery:
    """How a message came in."""

    peer: StateCode
    """Whose TLS certificate was shown."""

    lane: Lane
    """What the header ``Longbien-Lane`` said, before anything could be read."""

    at: Instant
    """Our clock."""


@frozen(kw_only=True)
class Known:
    """What the journal knows about the message's id and thread."""

    sha256: Digest | None = None
    """The digest that was kept for this id from this State."""

    received: int = 0
    """The number of the thread's last message from this State."""


@frozen(kw_only=True)
class Admitted:
    """Nothing speaks against the message: it may be decided on."""

    pins: PeerPins
    """To be made durable with the decision, where they differ from the ones before."""

    flags: tuple[str, ...] = ()
    """Codes that are shown and recorded, and refuse nothing: ``clock.skew``."""


@frozen(kw_only=True)
class Repeated:
    """A duplicate, to the byte: the answer is the receipt that was kept, byte for byte."""


@frozen(kw_only=True)
class Refusal:
    """The message is not taken in."""

    code: str
    """Documented in ``spec/codes.md``."""

    is_judged: bool
    """True: a signed receipt says so, it is final and uses up the number."""

    is_evidence: bool = False
    """The sender has signed two things that cannot both be: keep the envelope."""

    facts: tuple[tuple[str, str], ...] = ()
    """For the problem document: ``expected`` is the number that a gap waits for."""

    flags: tuple[str, ...] = field(default=())


Judgement: TypeAlias = Admitted | Repeated | Refusal


def judge_message(
    opened: OpenedMessage,
    *,
    door: Door,
    delivery: Delivery,
    book: KeyBook,
    pins: PeerPins,
    known: Known,
) -> Judgement:
    """Judge one incoming message by everything but its content.

    Transport refusals, without a signed word:

    1. ``message.other-state``: the sender is not of the State whose certificate was shown.
    2. ``message.other-recipient``: it is not for an authority of this node.
    3. A copy, to the byte, of what was received before is ``Repeated``, whatever has happened
       to keys, clocks and versions since.
    4. ``message.not-signed``: both signatures, by one pair of keys that the directory held
       valid for the sender when the message was made; ``message.key-revoked``: a key that is
       revoked by now, because a thief can date a message back.
    5. ``message.exercise``: an exercise never enters a real node, nor the other way round.
    6. ``message.protocol-downgrade``, ``message.suite-unknown``, ``message.suite-downgrade``.
    7. ``message.lane-mismatch``: it was posted in another lane than the signed one.
    8. ``clock.apart``, ``message.from-future``: beyond ``SKEW_REFUSED``.
    9. ``message.id-reused``, ``thread.number-reused`` (both evidence), ``thread.gap``.

    Judged refusals, with a signed receipt:

    10. ``message.lifetime``: it expires before it was made, or after more than a year.
    11. ``message.expired``.
    12. ``message.lane-not-allowed``: a kind that may not use the lane.
    13. ``message.schema-downgrade``, ``message.schema-flood``.
    """
    message = opened.message
    code = _party_code(message, door, delivery)  # 1, 2
    if not code and known.sha256 == opened.sha256:  # 3
        return Repeated()
    code = code or _signature_code(opened, book, now=delivery.at)  # 4
    if code:
        return Refusal(code=code, is_judged=False)
    versions = decide_versions(pins, message)  # 6
    code = _entry_code(message, door, delivery, versions.code)  # 5 to 7
    code = code or _clock_code(opened, now=delivery.at)  # 8
    if code:
        return Refusal(code=code, is_judged=False)
    misplaced = _misplaced(opened, known)  # 9
    return misplaced or _judge_terms(message, versions.pins, opened, now=delivery.at)


def _party_code(message: Message, door: Door, delivery: Delivery) -> str:
    if message.sender.state != delivery.peer:
        return "message.other-state"
    return "" if message.recipient in door.authorities else "message.other-recipient"


def _entry_code(message: Message, door: Door, delivery: Delivery, versions: str) -> str:
    if message.exercise is not door.exercise:
        return "message.exercise"
    return versions or ("" if message.lane is delivery.lane else "message.lane-mismatch")


def _judge_terms(
    message: Message, pins: PeerPins, opened: OpenedMessage, *, now: Instant
) -> Judgement:
    flags = clock_flags(opened, now=now)
    schema = decide_schema(pins, message)
    code = _term_code(message, now) or schema.code  # 10 to 13
    if code:
        return Refusal(code=code, is_judged=True, flags=flags)
    return Admitted(pins=schema.pins, flags=flags)


def _term_code(message: Message, now: Instant) -> str:
    lifetime = message.expires_at.moment - message.created_at.moment
    if not timedelta(0) < lifetime <= MAX_LIFETIME:
        return "message.lifetime"
    if now >= message.expires_at:
        return "message.expired"
    if message.lane not in LANES[message.kind]:
        return "message.lane-not-allowed"
    return ""


def _signature_code(opened: OpenedMessage, book: KeyBook, *, now: Instant) -> str:
    message = opened.message
    pairs = book.find_signing_keys(message.sender, message.created_at)
    signed = find_hybrid(opened.envelope, pairs)
    if not signed:
        return "message.not-signed"
    return "" if any(not is_revoked(pair, book, now) for pair in signed) else "message.key-revoked"


def is_revoked(pair: HybridKey, book: KeyBook, now: Instant) -> bool:
    """Say whether either key of a pair is revoked by now."""
    found = (book.find_signer(key) for key in pair.ids)
    ends = (terms.revoked_at for terms in found if terms)
    return any(end is not None and end <= now for end in ends)


def _clock_code(opened: OpenedMessage, *, now: Instant) -> str:
    if abs(opened.gossip.at.moment - now.moment) > SKEW_REFUSED:
        return "clock.apart"
    if opened.message.created_at.moment - now.moment > SKEW_REFUSED:
        return "message.from-future"
    return ""


def clock_flags(opened: OpenedMessage, *, now: Instant) -> tuple[str, ...]:
    """Return ``clock.skew`` where the sender's clock, or its date, is more than 120 s off.

    A message may be old, because it waited; it cannot be from tomorrow.
    """
    skew = abs(opened.gossip.at.moment - now.moment)
    ahead = opened.message.created_at.moment - now.moment
    return ("clock.skew",) if max(skew, ahead) > SKEW_FLAGGED else ()


def _misplaced(opened: OpenedMessage, known: Known) -> Refusal | None:
    place = find_place(opened.message, opened.sha256, known=known.sha256, received=known.received)
    if place is Place.EXPECTED:
        return None
    if place is Place.GAP:
        facts = (("expected", str(known.received + 1)),)
        return Refusal(code="thread.gap", is_judged=False, facts=facts)
    code = "message.id-reused" if place is Place.ID_REUSED else "thread.number-reused"
    return Refusal(code=code, is_judged=False, is_evidence=True)
