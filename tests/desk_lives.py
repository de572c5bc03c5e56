"""Random lives: officers do whatever comes to mind, everything fails, and then it gets quiet.

The ancestor of the simulator: a life follows from its seed; ``require_sound`` holds whatever has
happened.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from desk_stories import exhibit
from longbien.casework import commands as c
from longbien.casework.case import Side
from longbien.casework.events import StatementReceived, StatementSent
from longbien.casework.policy import Policy
from longbien.casework.standing import state_of
from longbien.casework.statements import EvidenceAnnounced
from longbien.casework.steps import LOCAL
from longbien.channel.envelope import open_receipt
from longbien.channel.message import ReceiptOutcome
from longbien.desk.calls import Done
from longbien.exercise.network import Faults
from longbien.exercise.safeguard_records import SAFE, WHY
from longbien.exercise.world import Node, World
from longbien.ledger.checkpoints import parse_signed_checkpoint
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import CaseId, MessageId, PackageId

KINDS = ("preservation", "mla_stored_data")


class Life:
    """One random life of a world."""

    def __init__(self, seed: int) -> None:
        self.world = World("IL", "VN", seed=seed, policy=Policy(alone=frozenset(KINDS)))
        self.rng = self.world.rng
        self.world.network.faults = Faults(
            lost=self.rng.random() * 0.4,
            answer_lost=self.rng.random() * 0.4,
            doubled=self.rng.random() * 0.4,
            slowest=self.rng.random() * 90,
            flipped=self.rng.random() * 0.05,
        )
        self.cases: list[CaseId] = []
        self.done: list[tuple[Node, Done]] = []
        """What officers were told to be done."""

    def live(self, steps: int) -> None:
        """Let things happen."""
        acts = (
            *[self._ask] * 2,
            *[self._speak] * 12,
            self._fail,
            self._wait,
            self._turn,
            self._turn,
        )
        for _ in range(steps):
            self.rng.choice(acts)()

    def rest(self) -> None:
        """Let everybody mend what is broken, and go on until nothing is left to do."""
        self.world.network.heal()
        for node in self.world.nodes.values():
            node.machine.disk.cut_at = None
            node.skew = timedelta(0)
            if not node.is_up:
                node.restart()
        self.world.quiet()

    # --- what happens -----------------------------------------------------------------------

    def _ask(self) -> None:
        node, peer = self._pair()
        done = self._tried(node, lambda: node.ask(peer, self.rng.choice(KINDS)))
        if done:
            case = done.case
            self.cases.append(case)
            # one officer may send a preservation; everything coercive waits for the second one
            self._tried(node, lambda: node.act(case, c.Approve(proposal=1), "second"))

    def _speak(self) -> None:
        if not self.cases:
            return
        node, _ = self._pair()
        case = self.rng.choice(self.cases)
        name = self.rng.choice(("first", "second"))
        commands = self._commands(node, case)
        self.rng.shuffle(commands)
        # most of what comes to mind is not allowed: the first that is gets done
        for command in commands:
            if self._tried(node, lambda command=command: node.act(case, command, name)):
                return

    def _commands(self, node: Node, case: CaseId) -> list[c.Command]:
        one = self.rng.randrange(1, 4)
        later = self.world.now.plus(timedelta(days=self.rng.randrange(1, 90)))
        known = node.case(case)
        releases = known.releases if known else ()
        package = self.rng.choice(releases).package if releases else self._package()
        return [
            c.Approve(proposal=one, reasons=WHY),
            c.Reject(proposal=one, reasons="no"),
            c.Amend(contents=(("offence_and_facts", "more"),), legal_basis=("UNCC",), reason="r"),
            c.Withdraw(reason="no longer needed"),
            c.Acknowledge(),
            c.AskQuestion(text="when?"),
            c.AnswerQuestion(question=one, text="then"),
            c.Consult(topic=c.Topic.OTHER, text="let us talk"),
            c.Accept(),
            c.Postpone(reasons="not now", review_at=later),
            c.Refuse(ground="40(21)(b)", reasons="our law", consultation="by telephone"),
            c.ConfirmPreservation(effective_at=self.world.now),
            c.ExtendPreservation(until=later),
            c.AskExtension(until=later),
            c.EndPreservation(cause=c.EndCause.OTHER),
            *self._take_exhibit(node),
            c.ProposeRelease(
                package=self._package(),
                exhibits=("E1",),
                legal_basis=("UNCC",),
                safeguards=SAFE,
            ),
            c.ApproveRelease(package=package, reasons=WHY),
            c.DeclareExecuted(),
            c.GiveStatus(text="as before"),
        ]

    def _take_exhibit(self, node: Node) -> list[c.Command]:
        # it writes into the vault: not for every act that comes to mind
        return [c.TakeExhibit(exhibit=exhibit(node))] if self.rng.random() < 0.2 else []

    def _package(self) -> PackageId:
        return PackageId.from_random(self.rng.randbytes(16))

    def _tried(self, node: Node, do: Callable[[], Done]) -> Done | None:
        if not node.is_up:
            return None
        try:
            done = do()
        except LongBienError:  # an officer may ask for what is not allowed
            return None
        self.done.append((node, done))
        return done

    def _pair(self) -> tuple[Node, Node]:
        pair = list(self.world.nodes.values())
        self.rng.shuffle(pair)
        return pair[0], pair[1]

    def _fail(self) -> None:
        node, peer = self._pair()
        network = self.world.network
        chosen = self.rng.randrange(6)
        if chosen == 0:
            node.machine.disk.cut_in(self.rng.randrange(1, 12))
        elif chosen == 1:
            node.restart()
        elif chosen == 2:
            node.power_off()
            self.world.calendar.later(self.rng.random() * 300, node.restart)
        elif chosen == 3:
            network.cut(node.code, peer.code, both=self.rng.random() < 0.5)
        elif chosen == 4:
            network.cuts.clear()
        else:
            node.skew = timedelta(seconds=self.rng.randrange(-600, 600))

    def _wait(self) -> None:
        self.world.wait(seconds=self.rng.random() * 600)

    def _turn(self) -> None:
        self.world.turn()


def require_sound(life: Life) -> None:
    """Assert what must hold after quiet, whatever has happened."""
    for node in life.world.nodes.values():
        peer = next(one for one in life.world.nodes.values() if one is not node)
        _require_one_effect(node, peer)
        _require_witnessed(node, peer)
    _require_kept(life)
    _require_agreement(life)


def _require_one_effect(sender: Node, recipient: Node) -> None:
    effects = _effects(recipient)
    for message, row in sender.machine.tables.outbox.items():
        assert row.receipt is not None, "no receipt"
        kept = recipient.machine.tables.inbox[sender.state.code, message]
        assert kept.receipt == row.receipt, "two receipts for one message"
        is_accepted = open_receipt(row.receipt).receipt.outcome is ReceiptOutcome.ACCEPTED
        assert effects[message] == (1 if is_accepted else 0), "lost or doubled"
        noted = sender.case(row.work.thread)
        numbers = dict(noted.receipted if is_accepted else noted.turned_away)
        assert row.work.sequence in numbers, "a receipt that the case knows nothing of"


def _effects(node: Node) -> Counter:
    return Counter(
        event.message
        for case in node.machine.tables.summaries
        for event in node.case(case).history
        if isinstance(event, StatementReceived)
    )


def _require_witnessed(node: Node, peer: Node) -> None:
    # what the peer has cosigned is a part of the ledger as it is now, and nobody saw two of them
    assert not list(peer.machine.witnessings.evidence())
    note = peer.machine.witnessings.recorded_note(node.machine.origin)
    assert note or not node.machine.tables.outbox, "nothing was witnessed"
    if note:
        head = parse_signed_checkpoint(note).checkpoint.head
        assert node.machine.ledger.head_at(head.size) == head


def _require_kept(life: Life) -> None:
    for node, done in life.done:
        assert len(node.machine.tables.events[done.case]) >= done.version, "an act was lost"
        for message in done.messages:
            assert message in node.machine.tables.outbox, "a message was lost"
    told = {message for _, done in life.done for message in done.messages}
    for node in life.world.nodes.values():
        assert _said_by_officers(node) <= told, "an act was done that nobody was told of"


def _said_by_officers(node: Node) -> set[MessageId]:
    rows = node.machine.tables.outbox.values()
    sent = {(row.work.thread, row.work.sequence): row.work.id for row in rows}
    return {
        sent[case, event.number]
        for case in node.machine.tables.summaries
        for event in node.case(case).history
        if isinstance(event, StatementSent) and event.by
        # the machine announces in the name of the officer who proposed the release
        if not isinstance(event.statement, EvidenceAnnounced)
    }


def _require_agreement(life: Life) -> None:
    for case in life.cases:
        sides = {
            found.side: found
            for node in life.world.nodes.values()
            for found in [node.case(case)]
            if found
        }
        asking = sides[Side.REQUESTING]
        if state_of(asking) in LOCAL:
            assert Side.REQUESTED not in sides or asking.turned_away
        else:
            assert state_of(asking) == state_of(sides[Side.REQUESTED]), "they disagree"
