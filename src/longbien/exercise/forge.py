"""What a hostile State can make: any message, signed by any keys, in any frame."""

from typing import Any

from attrs import evolve

from longbien.casework.statements import Acknowledged, QuestionAsked, RequestMade, Statement
from longbien.casework.steps import MESSAGE_KIND
from longbien.casework.wire import content_of, schema_of
from longbien.channel.envelope import seal_frame, sign_message
from longbien.channel.message import Lane, Message
from longbien.channel.wire import Frame, Gossip
from longbien.desk.gossip import tell
from longbien.desk.receive import Received, receive
from longbien.exercise.world import Node
from longbien.primitives.canonical import Json
from longbien.primitives.ids import CaseId, MessageId

REQUEST = RequestMade(contents=(("offence_and_facts", "a fraud"),), legal_basis=("UNCC",))
QUESTION = QuestionAsked(text="why?")
ACKNOWLEDGED = Acknowledged()


def message_of(
    sender: Node,
    recipient: Node,
    statement: Statement = REQUEST,
    *,
    kind: str = "preservation",
    **changes: Any,  # noqa: ANN401 - fields of Message
) -> Message:
    """Return a message as an honest node makes it, with changes."""
    now = sender.clock()
    made = Message(
        id=MessageId.from_random(sender.world.rng.randbytes(16)),
        kind=MESSAGE_KIND[statement.step],
        thread=CaseId.from_random(sender.world.rng.randbytes(16)),
        sequence=1,
        sender=sender.authority,
        recipient=recipient.authority,
        purpose=kind,
        created_at=now,
        expires_at=now.plus(sender.world.day),
        schema=schema_of(kind, statement.step),
        lane=Lane.PRESERVATION if kind == "preservation" else Lane.ORDINARY,
        exercise=True,
        content=content_of(statement),
    )
    return evolve(made, **changes)


def frame_of(
    sender: Node,
    recipient: Node,
    message: Message,
    *,
    signers: Node | None = None,
    gossip: Gossip | None = None,
) -> bytes:
    """Sign and seal a message for its recipient's contact point."""
    keys = (signers or sender).state.contact_point.signers.both
    return sealed_of(sender, recipient, sign_message(message, signers=keys), gossip=gossip)


def sealed_of(
    sender: Node, recipient: Node, signed: bytes, *, gossip: Gossip | None = None
) -> bytes:
    """Seal any signed bytes, with the gossip of the moment or any other."""
    told = gossip or tell(sender.office, recipient.state.code)
    return seal_frame(
        Frame(envelope=signed, gossip=told),
        recipients=[recipient.state.contact_point.recipient],
        random_bytes=sender.draws.randbytes,
    )


def taken(sender: Node, recipient: Node, message: Message, **forged: Any) -> Received:  # noqa: ANN401 - of frame_of
    """Let the recipient's desk take a message that ``sender`` has posted."""
    sealed = frame_of(sender, recipient, message, **forged)
    return receive(recipient.office, sealed, peer=sender.state.code, lane=message.lane)


def with_content(message: Message, **fields: Json) -> Message:
    """Return the message with other fields of its content."""
    return evolve(message, content={**message.content, **fields})


def kept_by(node: Node) -> int:
    """Return how much a node has written so far."""
    return len(node.machine.disk.records)
