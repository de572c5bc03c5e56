"""Two States that talk: messages, frames and ledgers for the tests of the channel.

IL asks and VN answers.  Every function takes what a test wants to be different.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from attrs import evolve

from ledger_cast import leaves_of, signed_by
from longbien.channel.envelope import OpenedMessage, open_message, sign_message
from longbien.channel.message import Lane, Message, MessageKind, Receipt, ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.channel.rules import Delivery, Door, Judgement, KeyBook, Known, judge_message
from longbien.channel.transfer import SealedObject, encode_parts_list
from longbien.channel.wire import Consistency, Frame, Gossip
from longbien.exercise.states import NOW, SignerPair, State, make_book, make_state
from longbien.ledger.checkpoints import Head, SignedCheckpoint
from longbien.ledger.notes import VerifierKey
from longbien.ledger.tree import consistency_proof_from, nodes_of, root_of
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, MessageId, StateCode
from longbien.primitives.instants import Instant
from longbien.trust.ports import RandomBytes

IL, VN = make_state("IL"), make_state("VN")
BOOK = make_book(IL, VN)
IL_POINT, VN_POINT = IL.contact_point.id, VN.contact_point.id
DOOR = Door(
    authorities=frozenset(office.id for office in VN.offices.values()),
    exercise=True,
)
THREAD = CaseId("11111111-1111-4111-8111-111111111111")


def after(seconds: float) -> Instant:
    """Return an instant some seconds after ``NOW``."""
    return NOW.plus(timedelta(seconds=seconds))


def id_of(number: int) -> MessageId:
    """Return a message id."""
    return MessageId(f"00000000-0000-4000-8000-{number:012d}")


def random_of(seed: str) -> RandomBytes:
    """Return a source of bytes that gives the same ones every time."""
    state = hashlib.shake_256(seed.encode())
    taken = 0

    def random_bytes(count: int) -> bytes:
        nonlocal taken
        taken += count
        return state.digest(taken)[-count:]

    return random_bytes


def message_of(number: int = 1, **changes: object) -> Message:
    """Return message ``number`` of the thread, from IL to VN."""
    message = Message(
        id=id_of(number),
        kind=MessageKind.REQUEST,
        thread=THREAD,
        sequence=number,
        sender=IL_POINT,
        recipient=VN_POINT,
        purpose="preservation",
        created_at=NOW,
        expires_at=NOW.plus(timedelta(days=7)),
        schema="longbien:preservation.request/1",
        lane=Lane.PRESERVATION,
        exercise=True,
        content={"subject": "account 17"},
    )
    return evolve(message, **changes)


def signed_of(message: Message, pair: SignerPair | None = None) -> bytes:
    """Return the signed envelope; by the key of IL's contact point unless told otherwise."""
    return sign_message(message, signers=(pair or IL.contact_point.signers).both)


def keys_of(state: State) -> tuple[VerifierKey, ...]:
    """Return the verifier keys of a State's ledger."""
    return tuple(signer.key for signer in state.log)


def leaves(count: int, *, fork: int | None = None) -> bytes:
    """Return the leaf hashes of a ledger; from entry ``fork`` on they are other ones."""
    row = leaves_of(count)
    if fork is None or fork >= count:
        return row
    other = b"".join(hashlib.sha256(b"other %d" % at).digest() for at in range(fork, count))
    return row[: fork * 32] + other


def head_at(state: State, size: int, *, fork: int | None = None) -> Head:
    """Return the head of a State's ledger."""
    return Head(origin=state.log[0].name, size=size, root=root_of(leaves(size, fork=fork)))


def checkpoint(state: State, size: int = 3, *, fork: int | None = None) -> SignedCheckpoint:
    """Return a checkpoint with both signatures of the State's ledger."""
    return signed_by(head_at(state, size, fork=fork), *state.log, now=NOW)


def consistency_of(old: int, new: int, *, fork: int | None = None) -> Consistency:
    """Return what a ledger answers about two of its sizes."""
    row = leaves(new, fork=fork)
    return Consistency(
        old_size=old,
        old_root=root_of(row[: old * 32]),
        proof=consistency_proof_from(nodes_of(row), old_size=old, new_size=new),
    )


def gossip_of(state: State = IL, *, at: Instant = NOW, **changes: object) -> Gossip:
    """Return what a State tells with an attempt."""
    return evolve(Gossip(at=at, checkpoint=checkpoint(state)), **changes)


def frame_of(message: Message | None = None, **changes: object) -> Frame:
    """Return a frame with a signed message."""
    return evolve(Frame(envelope=signed_of(message or message_of()), gossip=gossip_of()), **changes)


def opened_of(
    message: Message | None = None, *, signed: bytes | None = None, gossip: Gossip | None = None
) -> OpenedMessage:
    """Return a message as it stands after opening."""
    data = signed or signed_of(message or message_of())
    envelope, read = open_message(data)
    return OpenedMessage(
        message=read,
        envelope=envelope,
        signed=data,
        sha256=Digest.of(data),
        gossip=gossip or gossip_of(),
    )


def judge(
    opened: OpenedMessage | None = None,
    *,
    peer: StateCode = IL.code,
    lane: Lane | None = None,
    at: Instant = NOW,
    door: Door = DOOR,
    book: KeyBook = BOOK,
    pins: PeerPins | None = None,
    known: Known | None = None,
) -> Judgement:
    """Judge a message at VN's door."""
    one = opened or opened_of()
    return judge_message(
        one,
        door=door,
        delivery=Delivery(peer=peer, lane=lane or one.message.lane, at=at),
        book=book,
        pins=pins or PeerPins(),
        known=known or Known(),
    )


def receipt_of(message: Message | None = None, **changes: object) -> Receipt:
    """Return VN's receipt for a message of IL."""
    one = message or message_of()
    receipt = Receipt(
        message=one.id,
        message_sha256=Digest.of(b"envelope"),
        sender=one.recipient,
        recipient=one.sender,
        received_at=NOW,
        outcome=ReceiptOutcome.ACCEPTED,
        commitments=(b"\x01" + bytes(32),),
    )
    return evolve(receipt, **changes)


def sealed_of(
    parts: Sequence[bytes] = (b"a" * 64, b"b" * 64, b"c" * 10), **changes: object
) -> SealedObject:
    """Return a sealed object of small parts."""
    header = b"header"
    sealed = SealedObject(
        header=Digest.of(header),
        header_size=len(header),
        parts_list=Digest.of(encode_parts_list(Digest.of(part) for part in parts)),
        part_count=len(parts),
        part_size=64,
        size=len(header) + sum(len(part) for part in parts),
    )
    return evolve(sealed, **changes)
