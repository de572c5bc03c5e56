"""What the simulated store remembers: tables that are nothing but the replay of a disk's records.

Each ``put_...`` is one kind of record; all of them are deterministic.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import define, field

from longbien.desk.pins import merge_pins
from longbien.desk.ports import (
    Answered,
    Arrival,
    Change,
    Incoming,
    NewChore,
    Outgoing,
    Question,
    SealedObject,
    StoredEvent,
)
from longbien.ledger.checkpoints import Head
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.notes import NoteSignature
from longbien.ledger.tree import leaf_hash, node_hash, range_root
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, MessageId, StateCode, TransferId

if TYPE_CHECKING:
    from longbien.casework.case import CaseSummary
    from longbien.channel.pins import PeerPins

Work = TypeVar("Work", Outgoing, NewChore)


class Tree:
    """An RFC 6962 tree that grows by one leaf at a time and forgets nothing."""

    def __init__(self) -> None:
        self.rows: list[list[bytes]] = [[]]
        self.entries: list[bytes] = []

    @property
    def size(self) -> int:
        """Return the number of leaves."""
        return len(self.entries)

    def append(self, entry: bytes) -> int:
        """Add a leaf and return its index."""
        self.entries.append(entry)
        self.rows[0].append(leaf_hash(entry))
        height = 0
        while len(self.rows[height]) % 2 == 0:
            if height + 1 == len(self.rows):
                self.rows.append([])
            left, right = self.rows[height][-2:]
            self.rows[height + 1].append(node_hash(left, right))
            height += 1
        return len(self.entries) - 1

    def node(self, height: int, index: int) -> bytes:
        """Return the root of a complete subtree."""
        return self.rows[height][index]

    def root_at(self, size: int) -> Digest:
        """Return the root that the tree had at a size."""
        return Digest(range_root(self.node, start=0, end=size))


@define(kw_only=True)
class Row(Generic[Work]):
    """A row of the outbox or a chore, with its lease."""

    work: Work
    number: int
    not_before: float = 0.0
    leased_until: float = 0.0
    fence: int = 0
    attempts: int = 0
    receipt: bytes | None = None
    codes: list[str] = field(factory=list)


class Tables:
    """All tables of one node."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.events: dict[CaseId, list[StoredEvent]] = defaultdict(list)
        self.erased: set[CaseId] = set()
        self.summaries: dict[CaseId, CaseSummary] = {}
        self.tokens: dict[CaseId, frozenset[str]] = {}
        self.numbers: dict[tuple[CaseId, StateCode], list[int]] = defaultdict(lambda: [0, 0])
        self.outbox: dict[MessageId, Row[Outgoing]] = {}
        self.unsent: dict[MessageId, Row[Outgoing]] = {}
        self.inbox: dict[tuple[StateCode, MessageId], Incoming] = {}
        self.pins: dict[StateCode, PeerPins] = {}
        self.arrivals: dict[TransferId, Arrival] = {}
        self.answered: dict[tuple[str, str], Answered] = {}
        self.chores: dict[int, Row[NewChore]] = {}
        self.undone: dict[int, Row[NewChore]] = {}
        self.objects: list[tuple[CaseId, SealedObject]] = []
        self.cosignatures: dict[Head, dict[tuple[str, bytes], NoteSignature]] = {}
        self.largest_cosigned: dict[str, Head] = {}
        self.behind: dict[str, Head] = {}
        self.seen: dict[str, tuple[Head, bytes]] = {}
        self.questions: dict[str, Question | None] = {}
        self.proofs: list[tuple[str, bytes]] = []
        self.parts: dict[Digest, bytes] = {}

    def put(self, record: tuple[object, ...]) -> None:
        """Let one record take effect."""
        name, *facts = record
        getattr(self, f"put_{name}")(*facts)

    def put_change(self, change: Change) -> None:
        """One decision, whole."""
        events = self.events[change.case]
        for event in change.events:
            leaf = self.tree.append(encode_entry(EntryKind.EVENT, event.salt, event.body))
            events.append(
                StoredEvent(
                    id=event.id,
                    kind=event.kind,
                    at=event.at,
                    body=event.body,
                    salt=event.salt,
                    version=len(events) + 1,
                    leaf=leaf,
                )
            )
        if change.summary:
            self.summaries[change.case] = change.summary
        if change.tokens is not None:
            self.tokens[change.case] = frozenset(change.tokens)
        for message in change.outgoing:
            self.numbers[message.thread, message.recipient.state][0] = message.sequence
            row = Row(work=message, number=len(self.outbox))
            self.outbox[message.id] = self.unsent[message.id] = row
        if change.incoming:
            got = change.incoming
            self.inbox[got.sender.state, got.id] = got
            self.numbers[got.thread, got.sender.state][1] = got.sequence
            if change.pins:
                held = self.pins.get(got.sender.state, change.pins)
                self.pins[got.sender.state] = merge_pins(held, change.pins)
        if change.settles:
            self.put_settled(change.settles.message, change.settles.receipt)
        self._put_rest(change)

    def _put_rest(self, change: Change) -> None:
        for arrival in change.arrivals:
            self.arrivals[arrival.id] = arrival
        for chore in change.chores:
            number = len(self.chores)
            at = chore.not_before.moment.timestamp()
            waiting = Row(work=chore, number=number, not_before=at)
            self.chores[number] = self.undone[number] = waiting
        self.objects += [(change.case, item) for item in change.objects]
        self.objects = [
            (case, item)
            for case, item in self.objects
            if case != change.case or item.parts_list not in change.removed
        ]
        if change.answered:
            self.answered[change.answered.scope, change.answered.key] = change.answered
        if change.destroys_key:
            self.erased.add(change.case)
            self.tokens.pop(change.case, None)
            self.events[change.case] = [self._emptied(each) for each in self.events[change.case]]

    @staticmethod
    def _emptied(event: StoredEvent) -> StoredEvent:
        return StoredEvent(
            id=event.id,
            kind=event.kind,
            at=event.at,
            body=b"",
            salt=bytes(32),
            version=event.version,
            leaf=event.leaf,
        )

    def _row(self, key: MessageId | int) -> Row[Outgoing] | Row[NewChore]:
        return self.chores[key] if isinstance(key, int) else self.outbox[key]

    def put_lease(self, key: MessageId | int, until: float) -> None:
        """Somebody works on a row."""
        row = self._row(key)
        row.fence += 1
        row.leased_until = until

    def put_renewed(self, key: MessageId | int, until: float) -> None:
        """Somebody works on a row for longer."""
        self._row(key).leased_until = until

    def put_settled(self, key: MessageId | int, receipt: bytes) -> None:
        """Note that a row is done."""
        self._row(key).receipt = receipt
        if isinstance(key, int):
            self.undone.pop(key, None)
        else:
            self.unsent.pop(key, None)

    def put_postponed(self, key: MessageId | int, until: float, code: str, failed: int) -> None:
        """Note that a row is given back."""
        row = self._row(key)
        row.not_before, row.leased_until, row.attempts = until, 0.0, failed
        row.codes.append(code)

    def put_cosignatures(self, head: Head, lines: tuple[NoteSignature, ...]) -> None:
        """Others have signed a head of ours."""
        kept = self.cosignatures.setdefault(head, {})
        for line in lines:
            kept.setdefault((line.name, line.key_id), line)
            before = self.largest_cosigned.get(line.name)
            if before is None or before.size < head.size:
                self.largest_cosigned[line.name] = head

    def put_behind(self, witness: str, seen: Head) -> None:
        """Note that a witness has seen more than we hold."""
        self.behind[witness] = seen

    def put_seen(self, origin: str, head: Head, note: bytes) -> None:
        """We have cosigned a head of somebody else."""
        self.seen[origin] = (head, note)

    def put_proof(self, origin: str, proof: bytes) -> None:
        """Keep what shows that a ledger has two histories."""
        if (origin, proof) not in self.proofs:
            self.proofs.append((origin, proof))

    def put_part(self, sha256: Digest, part: bytes) -> None:
        """Keep a part of a sealed file."""
        self.parts[sha256] = part

    def put_discard(self, sha256: Digest) -> None:
        """Forget a part of a sealed file."""
        self.parts.pop(sha256, None)
