"""The bytes of the channel: messages, receipts, frames and answers (``spec/channel.md``).

Everything is canonical JSON, bounded before it is read.  A frame and an answer are put
together and taken apart around the signed bytes, which are never encoded again: what was
signed, what is hashed and what is stored are the same bytes.
"""

import re
from typing import Final

from attrs import field, frozen

from longbien.channel._fields import Fields, encode_octets
from longbien.channel.message import (
    MAX_CONTENT,
    PROTOCOL,
    SUITE,
    Lane,
    Message,
    MessageKind,
    Receipt,
    ReceiptOutcome,
)
from longbien.ledger.checkpoints import SignedCheckpoint, parse_signed_checkpoint
from longbien.ledger.notes import encode_note
from longbien.ledger.tree import HASH_SIZE, MAX_PROOF, MAX_TREE_SIZE
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import AuthorityId, CaseId, MessageId
from longbien.primitives.instants import Instant

MESSAGE_TYPE: Final = "application/vnd.longbien.message+json"
RECEIPT_TYPE: Final = "application/vnd.longbien.receipt+json"

MAX_HEADER: Final = 4 * 1024  # bytes of a message without its content; ours have some 700
MAX_MESSAGE: Final = MAX_CONTENT + MAX_HEADER
MAX_DEPTH: Final = 16  # levels of a message; our deepest content has 6
MAX_COMMITMENTS: Final = 64  # a message becomes one to five events
COMMITMENT_SIZE: Final = 33  # bytes: a kind and a salted digest (``spec/ledger.md``)
MAX_RECEIPT: Final = 8 * 1024  # bytes: 64 commitments of 44 letters, and the fields

MAX_NOTE: Final = 32 * 1024  # bytes of a checkpoint in gossip: eight post-quantum cosignatures
MAX_OTHERS: Final = 4  # checkpoints of third States in one gossip; the next one tells of others
MAX_GOSSIP: Final = 256 * 1024  # bytes: six notes with every line end written as two letters

MAX_ENVELOPE: Final = 384 * 1024  # bytes: 260 KiB in base64, and two signatures
MAX_FRAME: Final = MAX_ENVELOPE + MAX_GOSSIP
MAX_ANSWER: Final = 32 * 1024 + MAX_GOSSIP
MAX_SEALED: Final = 2**20  # bytes of a body of ``POST /v1/messages``: a frame and an age header

_PURPOSE = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_SUITE = re.compile(r"[A-Z][A-Z0-9]{1,15}", re.ASCII)
_SCHEMA = re.compile(
    r"([a-z][a-z0-9-]{0,30}:[a-z0-9][a-z0-9._-]{0,98})/([1-9][0-9]{0,3})", re.ASCII
)
_CODE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)+", re.ASCII)
_MAX_CODE = 64  # letters; our longest has 30

_MESSAGE_FIELDS = frozenset(
    {
        "content",
        "created_at",
        "exercise",
        "expires_at",
        "id",
        "in_reply_to",
        "kind",
        "lane",
        "protocol",
        "purpose",
        "recipient",
        "schema",
        "sender",
        "sequence",
        "suite",
        "thread",
    }
)
_RECEIPT_FIELDS = frozenset(
    {
        "code",
        "commitments",
        "message",
        "message_sha256",
        "outcome",
        "protocol",
        "received_at",
        "recipient",
        "sender",
        "suite",
    }
)
_GOSSIP_FIELDS = frozenset({"at", "checkpoint", "consistency", "others", "seen"})
_CONSISTENCY_FIELDS = frozenset({"old_root", "old_size", "proof"})


# --- messages ----------------------------------------------------------------------------------


def encode_message(message: Message) -> bytes:
    """Write the payload that is signed.

    Raises Refused ``message.content-size`` for what must travel as an exhibit.
    """
    if len(encode_json(message.content)) > MAX_CONTENT:
        raise Refused(
            "message.content-size",
            "more than {limit} bytes in one message: send the rest as an exhibit",
            limit=MAX_CONTENT,
        )
    return encode_json(
        {
            "content": message.content,
            "created_at": str(message.created_at),
            "exercise": message.exercise,
            "expires_at": str(message.expires_at),
            "id": message.id.text,
            "in_reply_to": message.in_reply_to.text if message.in_reply_to else None,
            "kind": message.kind.value,
            "lane": message.lane.value,
            "protocol": message.protocol,
            "purpose": message.purpose,
            "recipient": message.recipient.text,
            "schema": message.schema,
            "sender": message.sender.text,
            "sequence": message.sequence,
            "suite": message.suite,
            "thread": message.thread.text,
        }
    )


def parse_message(data: bytes) -> Message:
    """Read a message.  Its signatures are ``envelope``'s, its place and time are ``rules``'.

    Raises Malformed ``json.*``, ``channel.protocol``, ``channel.fields``, ``channel.form`` and
    ``message.parties``.
    """
    value = parse_canonical(data, max_size=MAX_MESSAGE, max_depth=MAX_DEPTH)
    _require_protocol(value)
    fields = Fields.of("a message", value, _MESSAGE_FIELDS)
    content = fields.value["content"]
    if not isinstance(content, dict):
        raise fields.wrong("content")
    reply = fields.value["in_reply_to"]
    message = Message(
        id=fields.parsed("id", MessageId.parse),
        kind=fields.one_of("kind", MessageKind),
        thread=fields.parsed("thread", CaseId.parse),
        sequence=fields.number("sequence", low=1),
        sender=fields.parsed("sender", AuthorityId.parse),
        recipient=fields.parsed("recipient", AuthorityId.parse),
        purpose=fields.text("purpose", form=_PURPOSE),
        created_at=fields.instant("created_at"),
        expires_at=fields.instant("expires_at"),
        schema=fields.text("schema", form=_SCHEMA),
        lane=fields.one_of("lane", Lane),
        exercise=fields.boolean("exercise"),
        in_reply_to=None if reply is None else fields.parsed("in_reply_to", MessageId.parse),
        content=content,
        suite=fields.text("suite", form=_SUITE),
        protocol=fields.number("protocol"),
    )
    if message.sender.state == message.recipient.state:
        raise Malformed("message.parties", "a message goes from one State to another")
    if message.in_reply_to == message.id:
        raise fields.wrong("in_reply_to")
    return message


def schema_of(schema: str) -> tuple[str, int]:
    """Return name and version of a schema.  ValueError: no parsed message has such a text."""
    found = _SCHEMA.fullmatch(schema)
    if not found:
        msg = "a schema is written longbien:<name>/<version>"
        raise ValueError(msg)
    return found.group(1), int(found.group(2))


def _require_protocol(value: Json) -> None:
    # before the fields: another version may have others, and its sender shall learn why
    if isinstance(value, dict) and value.get("protocol") != PROTOCOL:
        raise Malformed(
            "channel.protocol", "this node speaks protocol {version} alone", version=PROTOCOL
        )


# --- receipts ----------------------------------------------------------------------------------


def encode_receipt(receipt: Receipt) -> bytes:
    """Write the payload that is signed."""
    return encode_json(
        {
            "code": receipt.code,
            "commitments": [encode_octets(one) for one in receipt.commitments],
            "message": receipt.message.text,
            "message_sha256": receipt.message_sha256.hex,
            "outcome": receipt.outcome.value,
            "protocol": PROTOCOL,
            "received_at": str(receipt.received_at),
            "recipient": receipt.recipient.text,
            "sender": receipt.sender.text,
            "suite": SUITE,
        }
    )


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt.

    Raises Malformed ``json.*``, ``channel.protocol``, ``channel.fields``, ``channel.form``.
    """
    value = parse_canonical(data, max_size=MAX_RECEIPT, max_depth=2)
    _require_protocol(value)
    fields = Fields.of("a receipt", value, _RECEIPT_FIELDS)
    fields.number("protocol")  # true equals 1 in Python
    if fields.value["suite"] != SUITE:
        raise fields.wrong("suite")
    outcome = fields.one_of("outcome", ReceiptOutcome)
    return Receipt(
        message=fields.parsed("message", MessageId.parse),
        message_sha256=fields.digest("message_sha256"),
        sender=fields.parsed("sender", AuthorityId.parse),
        recipient=fields.parsed("recipient", AuthorityId.parse),
        received_at=fields.instant("received_at"),
        outcome=outcome,
        code=_code(fields, is_refused=outcome is ReceiptOutcome.REFUSED),
        commitments=fields.many_octets(
            "commitments", size=COMMITMENT_SIZE, at_most=MAX_COMMITMENTS
        ),
    )


def _code(fields: Fields, *, is_refused: bool) -> str:
    code = fields.value["code"]
    # a refusal says why, an acceptance says nothing: there is no third meaning
    if isinstance(code, str) and (is_code(code) if is_refused else not code):
        return code
    raise fields.wrong("code")


def is_code(text: str) -> bool:
    """Say whether a text has the form of one of our codes."""
    return len(text) <= _MAX_CODE and _CODE.fullmatch(text) is not None


# --- gossip ------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Consistency:
    """A proof that a log's newer tree continues an older one, and which root the older one has."""

    old_size: int
    old_root: Digest
    """What the prover's tree has at that size.  If the log signed another root, that shows it."""

    proof: tuple[bytes, ...] = field(repr=False)


@frozen(kw_only=True)
class Gossip:
    """What each side has seen of the ledgers, told anew with every attempt."""

    at: Instant
    """The sender's clock at this attempt."""

    checkpoint: SignedCheckpoint
    """The newest of the sender's own ledger, with the cosignatures that it has."""

    consistency: Consistency | None = None
    """From the size that the recipient last told to have seen, to ``checkpoint``."""

    seen: SignedCheckpoint | None = None
    """The newest of the *recipient's* ledger that the sender has recorded, with the recipient's
    own signature and the sender's cosignature lines."""

    others: tuple[SignedCheckpoint, ...] = ()
    """What the sender has recorded of third States' ledgers."""


def encode_gossip(gossip: Gossip) -> bytes:
    """Write gossip."""
    return encode_json(
        {
            "at": str(gossip.at),
            "checkpoint": note_text(gossip.checkpoint),
            "consistency": consistency_to_json(gossip.consistency),
            "others": [note_text(one) for one in gossip.others],
            "seen": note_text(gossip.seen) if gossip.seen else None,
        }
    )


def parse_gossip(data: bytes) -> Gossip:
    """Read gossip; no signature in it is verified.

    Raises Malformed ``json.*``, ``channel.fields``, ``channel.form``, ``ledger.note`` and
    ``ledger.checkpoint``.
    """
    fields = Fields.read("gossip", data, _GOSSIP_FIELDS, max_size=MAX_GOSSIP, max_depth=3)
    seen = fields.value["seen"]
    return Gossip(
        at=fields.instant("at"),
        checkpoint=parse_note_text(fields, "checkpoint", fields.value["checkpoint"]),
        consistency=consistency_from_json(fields.value["consistency"]),
        seen=None if seen is None else parse_note_text(fields, "seen", seen),
        others=tuple(
            parse_note_text(fields, "others", one)
            for one in fields.items("others", at_most=MAX_OTHERS)
        ),
    )


def consistency_to_json(consistency: Consistency | None) -> Json:
    """Write a consistency proof as a value."""
    if consistency is None:
        return None
    return {
        "old_root": encode_octets(consistency.old_root.raw),
        "old_size": consistency.old_size,
        "proof": [encode_octets(one) for one in consistency.proof],
    }


def consistency_from_json(value: Json) -> Consistency | None:
    """Read a consistency proof.  Raises Malformed ``channel.fields``, ``channel.form``."""
    if value is None:
        return None
    fields = Fields.of("a consistency proof", value, _CONSISTENCY_FIELDS)
    return Consistency(
        old_size=fields.number("old_size", high=min(MAX_TREE_SIZE, 2**53 - 1)),
        old_root=Digest(fields.octets("old_root", size=HASH_SIZE)),
        proof=fields.many_octets("proof", size=HASH_SIZE, at_most=MAX_PROOF),
    )


def parse_note_text(fields: Fields, name: str, value: Json) -> SignedCheckpoint:
    """Read a signed checkpoint that stands in a field, as C2SP writes it."""
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        raise fields.wrong(name)
    return parse_signed_checkpoint(value.encode())


def note_text(signed: SignedCheckpoint) -> str:
    """Return a signed checkpoint as it stands in a field."""
    return encode_note(signed.note).decode()


# --- what is posted, and what is answered ---------------------------------------------------------


@frozen(kw_only=True)
class Frame:
    """What is sealed and posted: the signed bytes, and gossip of this attempt."""

    envelope: bytes = field(repr=False)
    gossip: Gossip


_ENVELOPE_KEY, _GOSSIP_KEY = b'{"envelope":', b',"gossip":'
_ANSWER_KEY, _RECEIPT_KEY = b'{"gossip":', b',"receipt":'


def encode_frame(frame: Frame) -> bytes:
    """Write a frame around the envelope's bytes: canonical, because its parts are."""
    return b"".join((_ENVELOPE_KEY, frame.envelope, _GOSSIP_KEY, encode_gossip(frame.gossip), b"}"))


def parse_frame(data: bytes) -> Frame:
    """Take a frame apart.  The envelope is not read here; ``envelope.open_frame`` does it.

    Raises Malformed ``channel.frame`` and what ``parse_gossip`` raises.
    """
    envelope, gossip = _halves(data, _ENVELOPE_KEY, _GOSSIP_KEY, limit=MAX_FRAME)
    return Frame(envelope=envelope, gossip=parse_gossip(gossip))


@frozen(kw_only=True)
class Answer:
    """The body of a 200: the signed receipt, and the recipient's gossip."""

    receipt: bytes = field(repr=False)
    gossip: Gossip


def encode_answer(answer: Answer) -> bytes:
    """Write an answer around the receipt's bytes."""
    return b"".join((_ANSWER_KEY, encode_gossip(answer.gossip), _RECEIPT_KEY, answer.receipt, b"}"))


def parse_answer(data: bytes) -> Answer:
    """Take an answer apart.  The receipt is read by ``envelope.open_receipt``.

    Raises Malformed ``channel.frame`` and what ``parse_gossip`` raises.
    """
    gossip, receipt = _halves(data, _ANSWER_KEY, _RECEIPT_KEY, limit=MAX_ANSWER)
    return Answer(receipt=receipt, gossip=parse_gossip(gossip))


def _halves(data: bytes, first: bytes, second: bytes, *, limit: int) -> tuple[bytes, bytes]:
    # a quote inside a JSON string is escaped, so the second name cannot stand inside a text; if
    # it stands as a name inside one half, that half has a field that it may not have
    left, middle, right = data.partition(second)
    if len(data) > limit or not (left.startswith(first) and middle and right.endswith(b"}")):
        raise Malformed(
            "channel.frame",
            "no frame or answer of at most {limit} bytes",
            limit=limit,
        )
    return left[len(first) :], right[:-1]
