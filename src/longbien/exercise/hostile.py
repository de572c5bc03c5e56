"""What the hostile State does: each act must be refused, or found, and changes nothing elsewhere.

Its node runs the honest code as well, because a State that never keeps a rule is soon cut off;
these acts come on top, with its own real keys.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from longbien.channel.envelope import open_frame, sign_message, sign_receipt
from longbien.channel.message import Lane, Message
from longbien.channel.receipts import receipt_for
from longbien.channel.wire import Answer as WireAnswer
from longbien.channel.wire import Consistency, encode_answer, parse_answer
from longbien.desk.gossip import tell
from longbien.exercise.forge import ACKNOWLEDGED, QUESTION, frame_of, message_of, sealed_of
from longbien.exercise.network import Answer
from longbien.exercise.watch import Watch, require
from longbien.exercise.world import Node, World
from longbien.ledger.checkpoints import (
    Head,
    SignedCheckpoint,
    checkpoint_of,
    parse_signed_checkpoint,
)
from longbien.ledger.notes import Note
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError

if TYPE_CHECKING:
    from random import Random

    from longbien.primitives.ids import CaseId

_MINUTE: Final = timedelta(minutes=1)


class Hostile:
    """The hostile State's own ideas."""

    def __init__(self, world: World, watch: Watch, code: str) -> None:
        self.world, self.watch, self.code = world, watch, code
        self.rng: Random = world.rng
        self.threads: list[tuple[CaseId, str]] = []
        """Cases between the others, of which it has heard, and their kinds."""

        self.lies = 0
        """How many of the next answers of its door are lies."""

        self.given: list[bytes] = []
        """Answers that its door has given."""

    @property
    def node(self) -> Node:
        """Return its node."""
        return self.world.nodes[self.code]

    def act(self, victim: Node) -> str:
        """Do something bad to an honest node; tell what it was."""
        act = self.rng.choice(ACTS)
        if not (self.node.is_up and victim.is_up):
            return "nothing"
        try:
            act(self, victim)
        except LongBienError as error:  # its own node is in trouble
            return f"{_name(act)}: {error.code}"
        return _name(act)

    # --- messages ---------------------------------------------------------------------------

    def _send(self, victim: Node, message: Message, why: str) -> None:
        self.watch.forbidden[message.id] = why
        self._post(victim, frame_of(self.node, victim, message), message.lane)

    def _post(self, victim: Node, body: bytes, lane: Lane = Lane.PRESERVATION) -> None:
        self.world.network.seen.append((self.code, victim.code, body))
        victim.take(self.node.state.code, lane, body)

    def _message(self, victim: Node, **changes: Any) -> Message:  # noqa: ANN401 - fields of Message
        return message_of(self.node, victim, **changes)

    def forge(self, victim: Node) -> None:
        """Speak in the name of a third State."""
        third = next(
            one for code, one in self.world.nodes.items() if code not in {self.code, victim.code}
        )
        message = message_of(third, victim)
        self.watch.forbidden[message.id] = "forged"
        envelope = sign_message(message, signers=self.node.state.contact_point.signers.both)
        self._post(victim, sealed_of(self.node, victim, envelope))

    def half_signed(self, victim: Node) -> None:
        """Sign with keys that the directory does not name."""
        message = self._message(victim)
        self.watch.forbidden[message.id] = "signed with other keys"
        keys = self.node.state.contact_point.next_signers.both
        self._post(victim, sealed_of(self.node, victim, sign_message(message, signers=keys)))

    def replay(self, victim: Node) -> None:
        """Post again what somebody has posted before, to whom it was meant for or to others."""
        bodies = [body for _, _, body in self.world.network.seen[-40:]]
        if bodies:
            self._post(victim, self.rng.choice(bodies), self.rng.choice(list(Lane)))

    def repeat(self, victim: Node) -> None:
        """Say the same thing twice, in two wrappings."""
        message = self._message(victim)
        for _ in range(2):
            self._post(victim, frame_of(self.node, victim, message))

    def weak_suite(self, victim: Node) -> None:
        """Offer a weaker suite, or an older protocol."""
        weak = {"suite": "LB0"} if self.rng.random() < _HALF else {"protocol": 0}
        self._send(victim, self._message(victim, **weak), "downgrade")

    def real(self, victim: Node) -> None:
        """Put a real request into an exercise."""
        self._send(victim, self._message(victim, exercise=False), "real in an exercise")

    def expired(self, victim: Node) -> None:
        """Send what has expired."""
        made = self.node.clock().plus(-60 * _MINUTE)
        message = self._message(victim, created_at=made, expires_at=made.plus(30 * _MINUTE))
        self._send(victim, message, "expired")

    def from_tomorrow(self, victim: Node) -> None:
        """Send what is dated a day ahead."""
        ahead = victim.clock().plus(timedelta(days=1))
        message = self._message(victim, created_at=ahead, expires_at=ahead.plus(60 * _MINUTE))
        self._send(victim, message, "from tomorrow")

    def gap(self, victim: Node) -> None:
        """Leave numbers out."""
        self._send(victim, self._message(victim, sequence=self.rng.randrange(2, 9)), "gap")

    def intrude(self, victim: Node) -> None:
        """Speak in a case of others."""
        if self.threads:
            thread, kind = self.rng.choice(self.threads)
            statement = self.rng.choice((QUESTION, ACKNOWLEDGED))
            message = message_of(self.node, victim, statement, thread=thread, kind=kind)
            self._send(victim, message, "in a case of others")

    def number_twice(self, victim: Node) -> None:
        """Say two things under one number, or under one id."""
        first = self._message(victim)
        self._post(victim, frame_of(self.node, victim, first))
        second = message_of(self.node, victim, QUESTION, thread=first.thread)
        self._send(victim, second, "one number twice")

    def urgent(self, victim: Node) -> None:
        """Use the urgent lane for what is not urgent."""
        self._send(victim, self._message(victim, lane=Lane.URGENT), "not urgent")

    def out_of_turn(self, victim: Node) -> None:
        """Acknowledge its own request."""
        first = self._message(victim)
        self._post(victim, frame_of(self.node, victim, first))
        second = message_of(self.node, victim, ACKNOWLEDGED, thread=first.thread, sequence=2)
        self._send(victim, second, "its own request acknowledged")

    def noise(self, victim: Node) -> None:
        """Post bytes that are no frame, or the half of one."""
        body = frame_of(self.node, victim, self._message(victim))
        self._post(victim, body[: int(self.rng.random() * len(body))])

    # --- ledgers ----------------------------------------------------------------------------

    def two_histories(self, victim: Node) -> None:
        """Show another head of the same size than before: it must be found at once."""
        known = self._recorded(victim)
        if known is not None:
            fake = self._head(evolve(known, root=Digest(self.rng.randbytes(32))))
            took = self._gossip(victim, checkpoint=fake, consistency=None)
            found = {origin for origin, _ in victim.machine.witnessings.evidence()}
            is_found = not took or known.origin in found
            require(is_found, "split.missed", f"{victim.code} saw two histories and kept no proof")

    def bogus_proof(self, victim: Node) -> None:
        """Show a longer history with a proof that proves nothing."""
        known = self._recorded(victim)
        if known is None or not known.size:
            return
        grown = Head(origin=known.origin, size=known.size + 3, root=Digest(self.rng.randbytes(32)))
        hashes = tuple(self.rng.randbytes(32) for _ in range(3))
        proof = Consistency(old_size=known.size, old_root=known.root, proof=hashes)
        self._gossip(victim, checkpoint=self._head(grown), consistency=proof)
        is_refused = self._recorded(victim) != grown
        require(is_refused, "proof.unchecked", f"{victim.code} recorded an unproved history")

    def false_witness(self, victim: Node) -> None:
        """Claim to have seen more of the victim's ledger than there is."""
        size = victim.machine.ledger.size() + 5
        ahead = Head(origin=victim.machine.origin, size=size, root=Digest(self.rng.randbytes(32)))
        self._gossip(victim, seen=self._head(ahead))
        behind = victim.machine.tables.behind
        require(
            ahead not in behind.values(), "hostile.stopped", f"{victim.code} was stopped by a lie"
        )

    def _recorded(self, victim: Node) -> Head | None:
        note = victim.machine.witnessings.recorded_note(self.node.machine.origin)
        return parse_signed_checkpoint(note).checkpoint.head if note else None

    def _head(self, head: Head) -> SignedCheckpoint:
        stated = checkpoint_of(head)
        now = self.node.clock()
        lines = tuple(each.sign(stated.text, now=now) for each in self.node.state.log)
        return SignedCheckpoint(checkpoint=stated, note=Note(text=stated.text, signatures=lines))

    def _gossip(self, victim: Node, **changes: Any) -> bool:  # noqa: ANN401 - fields of Gossip
        told = tell(self.node.office, victim.state.code)
        message = self._message(victim)
        before = len(victim.received)
        self._post(victim, frame_of(self.node, victim, message, gossip=evolve(told, **changes)))
        return len(victim.received) > before

    # --- its door ---------------------------------------------------------------------------

    def lie(self, _victim: Node) -> None:
        """Give receipts that are none, for a while."""
        self.lies = self.rng.randrange(1, 4)

    def answered(self, body: bytes, answer: Answer | None) -> Answer | None:
        """Return what its door says instead of the answer that its node has given."""
        if not isinstance(answer, bytes):
            return answer
        self.given.append(answer)
        if not self.lies:
            return answer
        self.lies -= 1
        return self.rng.choice((self._stale, self._resigned, self._noise))(body, answer)

    def _stale(self, _body: bytes, _answer: bytes) -> bytes:
        return self.rng.choice(self.given)

    def _noise(self, _body: bytes, answer: bytes) -> bytes:
        at = int(self.rng.random() * len(answer))
        return answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]

    def _resigned(self, body: bytes, answer: bytes) -> bytes:
        # another word on the same message, not by keys that the directory knows
        office = self.node.office
        opened = open_frame(body, identities=office.identities)
        said = receipt_for(opened, at=office.clock(), code="case.unknown", commitments=())
        keys = self.node.state.contact_point.next_signers.both
        gossip = parse_answer(answer).gossip
        return encode_answer(WireAnswer(receipt=sign_receipt(said, signers=keys), gossip=gossip))


_HALF: Final = 0.5

ACTS: Final[tuple[Callable[[Hostile, Node], None], ...]] = (
    Hostile.forge,
    Hostile.half_signed,
    Hostile.replay,
    Hostile.repeat,
    Hostile.weak_suite,
    Hostile.real,
    Hostile.expired,
    Hostile.from_tomorrow,
    Hostile.gap,
    Hostile.intrude,
    Hostile.number_twice,
    Hostile.urgent,
    Hostile.out_of_turn,
    Hostile.noise,
    *[Hostile.two_histories] * 2,
    *[Hostile.bogus_proof] * 2,
    Hostile.false_witness,
    *[Hostile.lie] * 2,
)


def _name(act: Callable[[Hostile, Node], None]) -> str:
    return act.__name__.replace("_", "-")
