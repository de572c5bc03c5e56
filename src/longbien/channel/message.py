"""What two States say to each other: the header of a message, and the receipt for one.

Their bytes are ``wire``'s, their signatures and sealing ``envelope``'s.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from longbien.primitives.canonical import Json
from longbien.primitives.digest import Digest
from longbien.primitives.ids import AuthorityId, CaseId, MessageId
from longbien.primitives.instants import Instant

SUITE: Final = "LB1"
"""ECDSA P-256 and ML-DSA-65 over the exact bytes, sealed with ``mlkem768x25519``."""

PROTOCOL: Final = 1
"""The version of ``spec/channel.md``; a peer's may only go up (``pins``)."""

MAX_CONTENT: Final = 256 * 1024  # bytes of canonical JSON; what is larger travels as an exhibit


class MessageKind(StrEnum):
    """What a message is.  Values are given once and never change."""

    REQUEST = "request"
    AMENDMENT = "amendment"
    WITHDRAWAL = "withdrawal"
    ACKNOWLEDGEMENT = "acknowledgement"
    """An officer has read the request; the machine's receipt says only that it arrived."""

    QUESTION = "question"
    ANSWER = "answer"
    CONSULTATION = "consultation"
    ACCEPTANCE = "acceptance"
    POSTPONEMENT = "postponement"
    REFUSAL = "refusal"
    EXTENSION_REQUEST = "extension-request"
    PRESERVATION_CONFIRMED = "preservation-confirmed"
    PRESERVATION_EXTENDED = "preservation-extended"
    PRESERVATION_ENDED = "preservation-ended"
    PARTIAL_DISCLOSURE = "partial-disclosure"
    EVIDENCE_ANNOUNCED = "evidence-announced"
    EVIDENCE_DELIVERED = "evidence-delivered"
    EVIDENCE_VERIFIED = "evidence-verified"
    FURTHER_USE_REQUEST = "further-use-request"
    FURTHER_USE_CONSENT = "further-use-consent"
    EXCULPATORY_USE = "exculpatory-use"
    DESTRUCTION_CERTIFIED = "destruction-certified"
    STATUS = "status"
    SPONTANEOUS_INFORMATION = "spontaneous-information"
    DRILL = "drill"
    DRILL_ANSWER = "drill-answer"


class Lane(StrEnum):
    """How soon a message is looked at; a peer has a budget in each.  Most urgent first."""

    URGENT = "urgent"
    PRESERVATION = "preservation"
    ORDINARY = "ordinary"


@frozen(kw_only=True)
class Message:
    """One signed message.  ``content`` is what ``schema`` says; the channel does not read it."""

    id: MessageId
    kind: MessageKind
    thread: CaseId

    sequence: int
    """1 for the sender's first message in the thread, then one more each: none is skipped."""

    sender: AuthorityId
    recipient: AuthorityId

    purpose: str
    """The kind of request that the thread is about (``preservation``, ``mla_stored_data``)."""

    created_at: Instant
    expires_at: Instant
    """After it the recipient refuses the message: it was overtaken by time."""

    schema: str
    """Names and versions the form of ``content``: ``longbien:preservation.request/1``."""

    lane: Lane
    exercise: bool
    in_reply_to: MessageId | None = None
    content: Mapping[str, Json] = field(repr=False)
    suite: str = SUITE
    protocol: int = PROTOCOL


class ReceiptOutcome(StrEnum):
    """What became of a message.  Either is final and the same for every copy of it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@frozen(kw_only=True)
class Receipt:
    """The recipient machine's signed word that a message is durable and took effect, or not."""

    message: MessageId
    message_sha256: Digest
    """Over the signed envelope as it was received."""

    sender: AuthorityId
    """Whose receipt it is: the recipient of the message."""

    recipient: AuthorityId
    received_at: Instant
    outcome: ReceiptOutcome
    code: str = ""
    """Why it was refused (``spec/codes.md``); empty when it was accepted."""

    commitments: tuple[bytes, ...] = field(default=(), repr=False)
    """Ledger entries (33 bytes each) that the message became; their inclusion can be demanded."""
