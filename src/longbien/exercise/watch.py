"""The watch: what must hold after every step, whatever has happened, and what must hold at rest.

It reads what the disks of the nodes hold, record by record as they appear, and compares it with
what officers and peers were told.  It never asks the code that it judges.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from longbien.casework import deeds as d
from longbien.casework import events as e
from longbien.casework import statements as s
from longbien.casework import wire
from longbien.casework.state import Case
from longbien.channel.envelope import open_receipt
from longbien.channel.message import ReceiptOutcome
from longbien.desk.ports import Change, Incoming
from longbien.exercise.plan import Matter
from longbien.exercise.two_sides import shared
from longbien.ledger.checkpoints import parse_signed_checkpoint
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, MessageId, OfficerId, StateCode
from longbien.primitives.instants import Instant

if TYPE_CHECKING:
    from longbien.casework.safeguards import Safeguards
    from longbien.desk.calls import Done
    from longbien.desk.receive import Received
    from longbien.exercise.world import Node, World

_WITH_RECORD: Final = (
    s.PartlyDisclosed,
    s.InformationGiven,
    d.InformationDisclosed,
    d.MeasureTaken,
    d.HandedOver,
)
"""Statements that disclose, or tell of something coercive: legal basis, record, two officers."""


_WIND_UP: Final = (s.PreservationConfirmed, s.PreservationExtended)
_WOUND_UP: Final = ("decide-extension-by", "domestic-order-ends", "preserved-until")
"""Statements that give clocks a new end, and which clocks: these ring for the new end again."""


class Violated(Exception):
    """A promise was broken.  ``code`` says which one."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def require(holds: object, code: str, text: str) -> None:
    """Raise Violated unless it holds."""
    if not holds:
        raise Violated(code, text)


def _is_lawful(basis: tuple[str, ...], record: "Safeguards | None", at: Instant) -> bool:
    return bool(basis) and record is not None and not record.unanswered and record.ends_at > at


class Seen:
    """What the watch knows of one node."""

    def __init__(self) -> None:
        self.records = 0
        self.root = (0, Digest(bytes(32)))
        self.effects: Counter[MessageId] = Counter()
        self.settled: set[MessageId] = set()
        self.rung: dict[tuple[CaseId, str], Instant] = {}
        self.numbers: Counter[tuple[CaseId, StateCode]] = Counter()
        self.releases: dict[tuple[CaseId, str], e.ReleaseProposed] = {}
        self.approvals: dict[tuple[CaseId, str], OfficerId] = {}
        self.is_old = False
        """An old copy of the disk is in place."""


class Watch:
    """Watches all nodes of a world."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.seen = {code: Seen() for code in world.nodes}
        self.forbidden: dict[MessageId, str] = {}
        """Messages of a hostile State that must have no effect, and why."""

        self.attempts: set[tuple[str, CaseId, str, str]] = set()
        """Who tried to approve what: node, case, subject, officer."""

        self.effects = 0

    def look(self) -> None:
        """Check everything that has come onto the disks since the last time."""
        for code, node in self.world.nodes.items():
            seen = self.seen[code]
            if not seen.is_old:
                self._scan(node, seen)

    def _scan(self, node: "Node", seen: Seen) -> None:
        disk = node.machine.disk
        is_kept = disk.synced >= seen.records
        require(is_kept, "durable.lost", f"{node.code} has lost what took effect")
        if disk.synced == seen.records:
            return
        for record in disk.records[seen.records : disk.synced]:
            if record[0] == "change":
                self._change(node, seen, cast("Change", record[1]))
            elif record[0] == "settled" and isinstance(record[1], MessageId):
                self._settled(node, seen, record[1], cast("bytes", record[2]))
        seen.records = disk.synced
        tree = node.machine.tables.tree
        size, root = seen.root
        is_grown = tree.size >= size and (not size or tree.root_at(size) == root)
        require(is_grown, "ledger.rewritten", f"the ledger of {node.code} is not append-only")
        seen.root = (tree.size, tree.root_at(tree.size))

    # --- told is kept -----------------------------------------------------------------------

    def told(self, node: "Node", done: "Done") -> None:
        """Check what an officer was just told to be done."""
        held = len(node.machine.tables.events.get(done.case, ()))
        is_durable = node.machine.disk.synced == len(node.machine.disk.records)
        require(
            is_durable and held >= done.version,
            "act.lost",
            f"an officer of {node.code} was told too much",
        )
        for message in done.messages:
            is_there = message in node.machine.tables.outbox
            require(is_there, "act.message-lost", f"{node.code} will not send what was promised")

    def answered(self, node: "Node", peer: StateCode, received: "Received") -> None:
        """Check what a peer is about to be told."""
        disk, inbox = node.machine.disk, node.machine.tables.inbox
        is_kept = disk.synced == len(disk.records) and (peer, received.message) in inbox
        require(is_kept, "acknowledged.early", f"{node.code} answers before it is on the disk")

    # --- each record ------------------------------------------------------------------------

    def _change(self, node: "Node", seen: Seen, change: Change) -> None:
        own = [one for one in change.events if not one.kind.startswith("desk.")]
        events = [wire.parse_event(one.kind, one.body) for one in own]
        for event in events:
            self._event(node, seen, change.case, event)
        if change.incoming:
            self._incoming(node, seen, change.incoming, events)
        if change.settles:
            self._settled(node, seen, change.settles.message, change.settles.receipt)

    def _incoming(self, node: "Node", seen: Seen, got: Incoming, events: list[Any]) -> None:
        key = (got.thread, got.sender.state)
        seen.numbers[key] += 1
        in_order = got.sequence == seen.numbers[key]
        require(in_order, "effect.order", f"{node.code} took message {got.sequence} out of turn")
        effects = [one for one in events if isinstance(one, e.StatementReceived)]
        is_accepted = got.outcome is ReceiptOutcome.ACCEPTED
        is_sound = [one.message for one in effects] == ([got.id] if is_accepted else [])
        require(is_sound, "acknowledged.no-effect", f"{node.code} signed for what it did not do")

    def _settled(self, node: "Node", seen: Seen, message: MessageId, receipt: bytes) -> None:
        require(message not in seen.settled, "receipt.twice", f"{node.code} settled one row twice")
        seen.settled.add(message)
        row = node.machine.tables.outbox[message]
        peer = self.world.nodes[str(row.work.recipient.state)]
        kept = peer.machine.tables.inbox.get((node.state.code, message))
        is_founded = kept is not None and kept.receipt == receipt
        require(is_founded, "receipt.unfounded", f"{node.code} believes a receipt nobody gave")

    def _event(self, node: "Node", seen: Seen, case: CaseId, event: object) -> None:
        if isinstance(event, e.StatementReceived):
            self._effect(node, seen, case, event)
        elif isinstance(event, e.StatementSent):
            self._said(node, seen, case, event)
        elif isinstance(event, e.AlarmNoted):
            self._rung(node, seen, case, event)
        elif isinstance(event, e.ReleaseProposed):
            seen.releases[case, str(event.package)] = event
        elif isinstance(event, e.ReleaseApproved):
            seen.approvals[case, str(event.package)] = event.by

    def _effect(self, node: "Node", seen: Seen, case: CaseId, event: e.StatementReceived) -> None:
        seen.effects[event.message] += 1
        self.effects += 1
        self._set_anew(seen, case, event.statement)
        is_single = seen.effects[event.message] == 1
        require(is_single, "effect.doubled", f"a message took effect twice at {node.code}")
        why = self.forbidden.get(event.message, "")
        require(not why, "hostile.effect", f"{node.code} took what it must refuse: {why}")

    def _rung(self, node: "Node", seen: Seen, case: CaseId, event: e.AlarmNoted) -> None:
        last = seen.rung.get((case, event.clock))
        again = self.world.policy.remind_after
        is_reminder = event.clock.endswith(".overdue")
        is_once = last is None or (is_reminder and event.at >= last.plus(again))
        require(is_once, "clock.twice", f"{event.clock} rang twice at {node.code}")
        seen.rung[case, event.clock] = event.at

    @staticmethod
    def _set_anew(seen: Seen, case: CaseId, statement: s.Statement) -> None:
        if isinstance(statement, _WIND_UP):
            mine = [each for each in seen.rung if each[0] == case]
            for key in (each for each in mine if each[1].startswith(_WOUND_UP)):
                del seen.rung[key]

    # --- nothing is disclosed without --------------------------------------------------------

    def _said(self, node: "Node", seen: Seen, case: CaseId, event: e.StatementSent) -> None:
        statement = event.statement
        self._set_anew(seen, case, statement)
        if isinstance(statement, s.EvidenceAnnounced):
            self._released(node, seen, case, statement)
        elif isinstance(statement, _WITH_RECORD):
            is_lawful = _is_lawful(statement.legal_basis, statement.safeguards, event.at)
            require(is_lawful, "disclosed.no-record", f"{node.code} disclosed without a record")
            self._by_two(node, case, event.by, event.approved_by, str(event.proposal))

    def _released(
        self, node: "Node", seen: Seen, case: CaseId, statement: s.EvidenceAnnounced
    ) -> None:
        key = (case, str(statement.package))
        proposed = seen.releases.get(key)
        if proposed is None:
            raise Violated("disclosed.no-release", f"{node.code} announced what nobody released")
        is_lawful = _is_lawful(proposed.legal_basis, proposed.safeguards, proposed.at)
        require(is_lawful, "disclosed.no-record", f"{node.code} released without a record")
        self._by_two(node, case, proposed.by, seen.approvals.get(key), key[1])
        held = node.held(case)
        agreed = held.offer.conditions if held.offer else ()
        limits = {*proposed.use_limits, *agreed}
        is_limited = limits <= {*statement.use_limits}
        require(is_limited, "disclosed.limits", f"{node.code} lost the limits of use")

    def _by_two(
        self, node: "Node", case: CaseId, by: OfficerId | None, second: OfficerId | None, what: str
    ) -> None:
        is_two = by is not None and second is not None and by != second
        require(is_two, "disclosed.one-officer", f"{node.code} disclosed by one officer")
        tried = (node.code, case, what, str(second)) in self.attempts
        require(tried, "disclosed.nobody", f"an approval at {node.code} that nobody has given")

    # --- at rest ----------------------------------------------------------------------------

    def at_rest(self, matters: list[Matter], *, hostile: str = "") -> None:
        """Check what must hold when nothing is on its way any more."""
        self.look()
        nodes = list(self.world.nodes.values())
        for node in nodes:
            self._delivered(node)
            for peer in nodes:
                if peer is not node:
                    self._witnessed(node, peer, is_hostile=hostile in {node.code, peer.code})
        for matter in matters:
            self._agree(matter)

    def _delivered(self, sender: "Node") -> None:
        for message, row in sender.machine.tables.outbox.items():
            receipt = row.receipt
            if receipt is None:
                raise Violated("rest.undelivered", f"a message of {sender.code} has no receipt")
            recipient = str(row.work.recipient.state)
            is_accepted = open_receipt(receipt).receipt.outcome is ReceiptOutcome.ACCEPTED
            took = self.seen[recipient].effects[message]
            require(took == is_accepted, "rest.lost", f"{recipient} signed and has {took} effects")
            noted = sender.held(row.work.thread)
            numbers = dict(noted.receipted) if is_accepted else dict(noted.turned_away)
            is_noted = row.work.sequence in numbers
            require(is_noted, "rest.unnoted", f"a case at {sender.code} knows of no receipt")
        for case in sender.machine.tables.summaries:
            for release in sender.held(case).releases:
                is_done = release.is_announced or release.approved_by is None or release.is_rejected
                require(is_done, "rest.unreleased", f"{sender.code} never packed a release")

    def _witnessed(self, node: "Node", peer: "Node", *, is_hostile: bool) -> None:
        origin = node.machine.origin
        proofs = {named for named, _ in peer.machine.witnessings.evidence()}
        if is_hostile:
            return
        require(origin not in proofs, "split.false", f"{peer.code} accuses {node.code} wrongly")
        note = peer.machine.witnessings.recorded_note(origin)
        talked = any(
            str(row.work.recipient.state) == peer.code
            for row in node.machine.tables.outbox.values()
        )
        require(note or not talked, "rest.unwitnessed", f"{peer.code} has not seen {node.code}")
        if note:
            head = parse_signed_checkpoint(note).checkpoint.head
            is_ours = node.machine.ledger.head_at(head.size) == head
            require(is_ours, "rest.other-ledger", f"{peer.code} has another ledger of {node.code}")

    def _agree(self, matter: Matter) -> None:
        ours = self._case(matter.asking, matter.case)
        theirs = self._case(matter.asked, matter.case)
        if ours is None or theirs is None:
            sent = bool(ours and ours.sent and not ours.turned_away)
            require(not sent, "rest.disagree", f"{matter.asked} does not know a case")
            return
        knows = bool(ours.turned_away or theirs.turned_away)
        agree = knows or shared(ours) == shared(theirs)
        require(agree, "rest.disagree", f"{matter.asking} and {matter.asked} disagree")

    def _case(self, code: str, case: CaseId) -> Case | None:
        return self.world.nodes[code].case(case)
