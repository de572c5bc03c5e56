"""Two States over a network that loses, doubles and reorders: one effect, whatever happens."""

from datetime import timedelta

from attrs import define, evolve, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from channel_world import BOOK, DOOR, IL, VN, gossip_of, message_of, random_of, signed_of
from longbien.channel.envelope import open_frame, open_receipt, seal_frame, sign_receipt
from longbien.channel.message import Message, Receipt
from longbien.channel.outbound import OUTBOUND, Outbound, OutboundEvent, event_of
from longbien.channel.pins import PeerPins
from longbien.channel.receipts import Posted, receipt_for, require_receipt
from longbien.channel.rules import (
    Admitted,
    Delivery,
    Known,
    Refusal,
    Repeated,
    judge_message,
)
from longbien.channel.wire import Frame
from longbien.exercise.states import NOW
from longbien.primitives.digest import Digest
from longbien.primitives.ids import MessageId

COUNT = 4
LIFETIMES = (timedelta(days=7), timedelta(minutes=30))
ENVELOPES = {
    (number, life): signed_of(message_of(number, expires_at=NOW.plus(LIFETIMES[life])))
    for number in range(1, COUNT + 1)
    for life in range(2)
}
IDENTITY, RECIPIENT = VN.contact_point.identity, VN.contact_point.recipient


@define
class Row:
    """A row of IL's outbox."""

    message: Message
    signed: bytes
    state: Outbound = OUTBOUND.initial
    receipt: Receipt | None = None


@define
class Inbox:
    """What VN has made durable."""

    receipts: dict[MessageId, tuple[Digest, bytes]] = field(factory=dict)
    received: int = 0
    effects: list[int] = field(factory=list)
    refusals: list[int] = field(factory=list)
    pins: PeerPins = field(factory=PeerPins)


class TwoStates(RuleBasedStateMachine):
    """IL writes and posts; VN takes in; the network and crashes do what they want."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.outbox: list[Row] = []
        self.inbox = Inbox()
        self.flying: list[bytes] = []
        self.answers: list[bytes] = []
        self.random = random_of("machine")

    # --- IL ---

    @rule(life=st.integers(0, 1))
    def write(self, life: int) -> None:
        """Write a message: signed once, durable in the outbox."""
        number = len(self.outbox) + 1
        if number <= COUNT:
            message = message_of(number, expires_at=NOW.plus(LIFETIMES[life]))
            self.outbox.append(Row(message=message, signed=ENVELOPES[number, life]))

    @rule(index=st.integers(0, COUNT - 1))
    def post(self, index: int) -> None:
        """Post a row, in the order of the thread or not (a bug of ours, a second worker)."""
        if index < len(self.outbox):
            row = self.outbox[index]
            if row.state in {Outbound.QUEUED, Outbound.POSTED}:
                row.state = OUTBOUND.step(row.state, OutboundEvent.POST)
                frame = Frame(envelope=row.signed, gossip=gossip_of(at=self.now))
                self.flying.append(
                    seal_frame(frame, recipients=[RECIPIENT], random_bytes=self.random)
                )

    @rule(index=st.integers(0, COUNT - 1))
    def give_up_waiting(self, index: int) -> None:
        """No answer came: back to the queue."""
        if index < len(self.outbox) and self.outbox[index].state is Outbound.POSTED:
            row = self.outbox[index]
            row.state = OUTBOUND.step(row.state, OutboundEvent.FAIL)

    @rule(index=st.integers(0, 20), keep=st.booleans())
    def read_answer(self, *, index: int, keep: bool) -> None:
        """Read an answer, perhaps late, perhaps again."""
        if index >= len(self.answers):
            return
        signed = self.answers[index] if keep else self.answers.pop(index)
        opened = open_receipt(signed)
        for row in self.outbox:
            posted = Posted.of(row.message, signed=row.signed)
            if opened.receipt.message != posted.id:
                continue  # receipt.other-message
            believed = require_receipt(
                opened, posted=posted, book=BOOK, now=self.now, earlier=row.receipt
            )
            event = event_of(believed.receipt.outcome)
            if row.receipt is None:
                if row.state is Outbound.QUEUED:
                    row.state = OUTBOUND.step(row.state, OutboundEvent.POST)
                row.state = OUTBOUND.step(row.state, event)
                row.receipt = believed.receipt

    # --- the world ---

    @rule(index=st.integers(0, 20))
    def lose(self, index: int) -> None:
        """Lose a frame."""
        if index < len(self.flying):
            self.flying.pop(index)

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        """Time goes by, and may overtake a message."""
        self.now = self.now.plus(timedelta(minutes=minutes))

    # --- VN ---

    @rule(
        index=st.integers(0, 20),
        keep=st.booleans(),
        crash=st.sampled_from(["no", "before commit", "after commit"]),
    )
    def deliver(self, *, index: int, keep: bool, crash: str) -> None:
        """Take in a frame, in any order, perhaps again; the node may die at any point."""
        if index >= len(self.flying):
            return
        sealed = self.flying[index] if keep else self.flying.pop(index)
        opened = open_frame(sealed, identities=[IDENTITY])
        kept = self.inbox.receipts.get(opened.message.id)
        judgement = judge_message(
            opened,
            door=DOOR,
            delivery=Delivery(peer=IL.code, lane=opened.message.lane, at=self.now),
            book=BOOK,
            pins=self.inbox.pins,
            known=Known(sha256=kept[0] if kept else None, received=self.inbox.received),
        )
        if isinstance(judgement, Repeated):
            assert kept is not None
            self.answers.append(kept[1])
            return
        if isinstance(judgement, Refusal) and not judgement.is_judged:
            assert judgement.code == "thread.gap"
            return
        code = judgement.code if isinstance(judgement, Refusal) else ""
        receipt = receipt_for(opened, at=self.now, code=code)
        signed = sign_receipt(receipt, signers=VN.contact_point.signers.both)
        if crash == "before commit":
            return
        self.inbox.receipts[opened.message.id] = (opened.sha256, signed)
        self.inbox.received = opened.message.sequence
        (self.inbox.refusals if code else self.inbox.effects).append(opened.message.sequence)
        if isinstance(judgement, Admitted):
            self.inbox.pins = judgement.pins
        if crash == "no":
            self.answers.append(signed)

    # --- what must always hold ---

    @invariant()
    def one_effect(self) -> None:
        """No message has two effects, none is skipped, and effects come in their order."""
        done = sorted(self.inbox.effects + self.inbox.refusals)
        assert done == list(range(1, len(done) + 1))
        assert self.inbox.effects == sorted(self.inbox.effects)

    @invariant()
    def a_receipt_means_what_it_says(self) -> None:
        """Compare what IL believes with what VN has made durable."""
        for row in self.outbox:
            if row.state is Outbound.RECEIPTED:
                assert row.message.sequence in self.inbox.effects
            if row.state is Outbound.REFUSED:
                assert row.message.sequence in self.inbox.refusals

    def teardown(self) -> None:
        """When the network works again everything that was written is settled, once."""
        for row in self.outbox:
            index = row.message.sequence - 1
            if row.receipt is None:
                if row.state is Outbound.POSTED:
                    row.state = OUTBOUND.step(row.state, OutboundEvent.FAIL)
                self.flying.clear()
                self.answers.clear()
                self.post(index)
                self.deliver(index=0, keep=False, crash="no")
                self.read_answer(index=0, keep=False)
            assert row.receipt is not None
        self.one_effect()
        self.a_receipt_means_what_it_says()


TestTwoStates = TwoStates.TestCase
TestTwoStates.settings = settings(max_examples=40, stateful_step_count=30)


def test_the_machine_writes_ordinary_messages() -> None:
    """The envelopes of the machine are those of the world's messages."""
    assert len(set(ENVELOPES.values())) == 2 * COUNT
    assert evolve(message_of(1), exercise=True) == message_of(1)
