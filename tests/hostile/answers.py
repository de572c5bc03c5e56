"""Acts in answers: what a hostile State says when VN has posted a message to it."""

from collections.abc import Callable

from attrs import evolve, frozen

from hostile.registry import Bound, add
from hostile.stage import Stage
from longbien.channel.envelope import open_frame, sign_document, sign_receipt
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.receipts import receipt_for
from longbien.channel.wire import RECEIPT_TYPE, Answer, encode_answer, encode_receipt
from longbien.desk.gossip import tell
from longbien.desk.ports import LeasedMessage
from longbien.exercise.forge import sealed_of
from longbien.exercise.world import Node
from longbien.node.worker.posting import Poster
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import AuthorityId, MessageId, StateCode

ANSWER = Bound(octets=0, signatures=4, rows=1, hashed=40_000)
"""An answer that is not believed: the row goes back into the queue, and nothing else is written."""


@frozen
class Answering:
    """A hostile endpoint: it answers a message with whatever it likes (as ``PeerClient``)."""

    body: bytes

    def post_message(self, _peer: StateCode, _sealed: bytes, *, lane: Lane) -> bytes:
        """Answer."""
        del lane
        return self.body

    def get_seen(self, _peer: StateCode) -> bytes:
        """Tell nothing of what was seen."""
        raise Unavailable("peer.slow", "no answer", retry=True)


def leased(stage: Stage) -> LeasedMessage:
    """Let VN ask MY for something, and its worker take the message."""
    vn, now = stage.vn, stage.world.now
    vn.ask(stage.my)
    (row,) = vn.machine.queue.lease_messages(
        now=now, until=now.plus(stage.world.day), limit=1, lanes=frozenset(Lane)
    )
    return row


def posted(stage: Stage, row: LeasedMessage, body: bytes) -> str:
    """Post it to the hostile endpoint; return why the answer was not believed."""
    poster = Poster(office=stage.vn.office, client=Answering(body), refused=stage.recorder.note)
    with stage.attacking():
        assert not poster.post(row)
    assert stage.vn.machine.tables.unsent, "the message must not be forgotten"
    return stage.vn.machine.tables.outbox[row.message.id].codes[-1]


def receipt_of(
    stage: Stage, row: LeasedMessage, *, signer: Node | None = None, **changes: object
) -> bytes:
    """Return MY's receipt for a message, changed before it was signed."""
    opened = open_frame(
        sealed_of(stage.vn, stage.my, row.message.envelope), identities=stage.my.office.identities
    )
    receipt = evolve(receipt_for(opened, at=stage.world.now), **changes)
    keys = (signer or stage.my).state.contact_point.signers.both
    return sign_receipt(receipt, signers=keys)


def answer(stage: Stage, receipt: bytes) -> bytes:
    """Return the body of a 200."""
    return encode_answer(Answer(receipt=receipt, gossip=tell(stage.my.office, StateCode("VN"))))


def with_receipt(**changes: object) -> Callable[[Stage], str]:
    """Return an act that answers with a changed receipt."""

    def reply(stage: Stage) -> str:
        row = leased(stage)
        return posted(stage, row, answer(stage, receipt_of(stage, row, **changes)))

    return reply


def signed_by_another(stage: Stage) -> str:
    """Answer with a receipt that another State's keys have signed."""
    row = leased(stage)
    return posted(stage, row, answer(stage, receipt_of(stage, row, signer=stage.il)))


def signed_by_the_sender(stage: Stage) -> str:
    """Answer with a receipt that the sender's own stolen keys have signed."""
    row = leased(stage)
    return posted(stage, row, answer(stage, receipt_of(stage, row, signer=stage.vn)))


def of_another_message(stage: Stage) -> str:
    """Answer with the receipt for another message of the same sender."""
    first = leased(stage)
    receipt = receipt_of(stage, first)
    return posted(stage, leased(stage), answer(stage, receipt))


def dressed_up(stage: Stage) -> str:
    """Answer with an acceptance that bears the code of a refusal."""
    row = leased(stage)
    opened = open_frame(
        sealed_of(stage.vn, stage.my, row.message.envelope), identities=stage.my.office.identities
    )
    payload = encode_receipt(receipt_for(opened, at=stage.world.now))
    signed = sign_document(
        payload.replace(b'"code":""', b'"code":"message.expired"'),
        payload_type=RECEIPT_TYPE,
        signers=stage.my.state.contact_point.signers.both,
    )
    return posted(stage, row, answer(stage, signed))


def raw(body: bytes) -> Callable[[Stage], str]:
    """Return an act that answers with any bytes."""
    return lambda stage: posted(stage, leased(stage), body)


ANSWERS: dict[str, tuple[str, Callable[[Stage], str], str]] = {
    "other-digest": (
        "Sign a receipt for other words than were sent",
        with_receipt(message_sha256=Digest.of(b"other words")),
        "receipt.other-digest",
    ),
    "never-sent": (
        "Sign a receipt for a message that was never sent",
        with_receipt(message=MessageId("00000000-0000-4000-8000-000000000000")),
        "receipt.other-message",
    ),
    "other-parties": (
        "Sign a receipt between other authorities",
        with_receipt(sender=AuthorityId("MY/central-authority")),
        "receipt.other-parties",
    ),
    "of-another-message": (
        "Answer with the receipt for another message",
        of_another_message,
        "receipt.other-message",
    ),
    "keys-of-another-state": (
        "Have a receipt signed by another State",
        signed_by_another,
        "receipt.not-signed",
    ),
    "keys-of-the-sender": (
        "Sign a receipt with stolen keys of the State that sent the message",
        signed_by_the_sender,
        "receipt.not-signed",
    ),
    "refusal-as-acceptance": (
        "Dress a refusal up as an acceptance",
        dressed_up,
        "channel.form",
    ),
    "refusal-without-reason": (
        "Refuse without a code",
        with_receipt(outcome=ReceiptOutcome.REFUSED, commitments=()),
        "channel.form",
    ),
    "no-answer": ("Answer with nothing", raw(b""), "channel.frame"),
    "garbage": ("Answer with bytes that are no answer", raw(b"\xff" * 100), "channel.frame"),
    "too-large": ("Answer with more than an answer may have", raw(bytes(2**21)), "channel.frame"),
}

for name, (tries, do, code) in ANSWERS.items():
    add(f"answer.{name}", do, tries=tries, threat="T6", code=code, bound=ANSWER)
