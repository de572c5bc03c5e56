"""Journal, lists, outbox, chores, ledger, witness' memory and vault of one node, in memory.

All of them stand on one simulated disk, and are rebuilt from it after a power cut.
"""

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from longbien.casework.case import CaseSummary
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.desk.ports import (
    Answered,
    Arrival,
    Change,
    Committed,
    Incoming,
    LeasedChore,
    LeasedMessage,
    NewChore,
    Numbers,
    Outgoing,
    Question,
    StoredEvent,
)
from longbien.exercise.disk import MemoryDisk
from longbien.exercise.tables import Row, Tables
from longbien.ledger.checkpoints import Head, SignedCheckpoint, checkpoint_of
from longbien.ledger.notes import Note, NoteSignature, NoteSigner
from longbien.ledger.proof import TlogProof
from longbien.ledger.tree import consistency_proof_from, inclusion_proof_from
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Refused, Unavailable
from longbien.primitives.ids import AuthorityId, CaseId, MessageId, StateCode, TransferId
from longbien.primitives.instants import Instant

_LANES = list(Lane)
_NEVER = "9999-12-31T00:00:00Z"


class _Locked(Protocol):
    lock: threading.RLock


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=_Locked)


def alone(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let one thread in at a time."""

    @functools.wraps(method)
    def locked(self: S, /, *arguments: P.args, **named: P.kwargs) -> R:
        with self.lock:
            return method(self, *arguments, **named)

    return locked


class _OnDisk:
    """What all simulators of one node share."""

    def __init__(self, machine: "MemoryMachine") -> None:
        self.machine = machine
        self.lock = machine.lock

    @property
    def tables(self) -> Tables:
        return self.machine.tables

    def keep(self, *record: object) -> None:
        """Make a record durable and let it take effect."""
        self.machine.disk.keep(record, lambda: self.tables.put(record))


class MemoryMachine:
    """One disk and all that is rebuilt from it."""

    def __init__(
        self,
        *,
        origin: str,
        log_signers: Sequence[NoteSigner],
        clock: Callable[[], Instant],
        disk: MemoryDisk | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.disk = disk or MemoryDisk()
        self.origin, self.log_signers, self.clock = origin, tuple(log_signers), clock
        self.tables = Tables()
        self.journal = MemoryJournal(self)
        self.register = MemoryRegister(self)
        self.queue = MemoryQueue(self)
        self.ledger = MemoryLedger(self)
        self.witnessings = MemoryWitnessings(self)
        self.vault = MemoryVault(self)

    def restart(self, *, keep: int = 0, torn: bool = False) -> None:
        """Come back after a power cut with what the disk has kept (``MemoryDisk.power_off``)."""
        self.disk.power_off(keep=keep, torn=torn)
        self.disk.recover()
        self.disk.mend()
        self.tables = Tables()
        for record in self.disk.records:
            self.tables.put(record)
        self.ledger.forget()


class MemoryJournal(_OnDisk):
    """The journal."""

    @alone
    def commit(self, change: Change, /) -> Committed:
        """See ``Journal``."""
        self.machine.disk.require_running()
        self.machine.ledger.require_caught_up()
        self._require_new(change)
        before = self.tables.tree.size
        self.keep("change", change)
        leaves = tuple(range(before, before + len(change.events)))
        return Committed(version=change.expected_version + len(change.events), leaves=leaves)

    def _require_new(self, change: Change) -> None:
        tables = self.tables
        got, answered = change.incoming, change.answered
        if got and (got.sender.state, got.id) in tables.inbox:
            raise Refused("inbox.duplicate", "the message is there already")
        if answered and (answered.scope, answered.key) in tables.answered:
            raise Refused("answered.again", "the call was answered already")
        held = len(tables.events.get(change.case, ()))
        is_stale = bool(change.events) and held != change.expected_version
        if is_stale or not self._are_next(change):
            raise Refused("journal.conflict", "the case has moved on")
        if change.settles:
            MemoryQueue.require_fresh(tables.outbox[change.settles.message], change.settles.fence)
        if change.events and change.case in tables.erased:
            raise Refused("case.erased", "the key of the case is destroyed")
        if any(tables.arrivals.get(each.id, each) != each for each in change.arrivals):
            raise Refused("arrival.taken", "the transfer was announced as another one")

    def _are_next(self, change: Change) -> bool:
        numbers = {key: list(pair) for key, pair in self._numbers_of(change).items()}
        for message in change.outgoing:
            pair = numbers[message.thread, message.recipient.state]
            pair[0] += 1
            if pair[0] != message.sequence:
                return False
        got = change.incoming
        return not got or numbers[got.thread, got.sender.state][1] + 1 == got.sequence

    def _numbers_of(self, change: Change) -> dict[tuple[CaseId, StateCode], Sequence[int]]:
        keys = [(each.thread, each.recipient.state) for each in change.outgoing]
        if change.incoming:
            keys.append((change.incoming.thread, change.incoming.sender.state))
        return {key: self.tables.numbers.get(key, (0, 0)) for key in keys}

    @alone
    def load(self, case: CaseId, /) -> tuple[StoredEvent, ...]:
        """See ``Journal``."""
        self.machine.disk.require_running()
        if case in self.tables.erased:
            raise Refused("case.erased", "the key of the case is destroyed")
        return tuple(self.tables.events.get(case, ()))

    @alone
    def numbers(self, thread: CaseId, peer: StateCode, /) -> Numbers:
        """See ``Journal``."""
        sent, received = self.tables.numbers.get((thread, peer), (0, 0))
        return Numbers(sent=sent, received=received)

    @alone
    def pins(self, peer: StateCode, /) -> PeerPins | None:
        """See ``Journal``."""
        return self.tables.pins.get(peer)

    @alone
    def find_incoming(self, sender: StateCode, message: MessageId, /) -> Incoming | None:
        """See ``Journal``."""
        self.machine.disk.require_running()
        return self.tables.inbox.get((sender, message))

    @alone
    def find_answered(self, scope: str, key: str, /) -> Answered | None:
        """See ``Journal``."""
        self.machine.disk.require_running()
        return self.tables.answered.get((scope, key))

    @alone
    def find_arrival(self, transfer: TransferId, /) -> Arrival | None:
        """See ``Journal``."""
        return self.tables.arrivals.get(transfer)


def _pressing(summary: CaseSummary) -> str:
    due = str(summary.next_due.at) if summary.next_due else _NEVER
    return f"{due}|{summary.case_id}"


class MemoryRegister(_OnDisk):
    """The lists."""

    @alone
    def find(self, case: CaseId, /) -> CaseSummary | None:
        """See ``Register``."""
        return self.tables.summaries.get(case)

    @alone
    def page(
        self,
        *,
        own: AuthorityId | None = None,
        state: str | None = None,
        kind: str | None = None,
        peer: StateCode | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[Sequence[CaseSummary], str | None]:
        """See ``Register``."""
        if after is not None and "|" not in after:
            raise Malformed("register.cursor", "this is no cursor of ours")
        rows = sorted(self.tables.summaries.values(), key=_pressing)
        rows = [
            row
            for row in rows
            if (own is None or row.own == own)
            and (state is None or row.state == state)
            and (kind is None or row.kind == kind)
            and (peer is None or row.peer.state == peer)
            and (after is None or _pressing(row) > after)
        ]
        page = rows[:limit]
        return tuple(page), _pressing(page[-1]) if len(rows) > limit else None

    @alone
    def due(self, now: Instant, /, *, limit: int = 100) -> Sequence[CaseSummary]:
        """See ``Register``."""
        rows = sorted(self.tables.summaries.values(), key=_pressing)
        return tuple(row for row in rows if row.next_due and row.next_due.at <= now)[:limit]

    @alone
    def alike(self, tokens: Sequence[str], /, *, limit: int = 20) -> Sequence[CaseSummary]:
        """See ``Register``."""
        shared = {case: len(named & {*tokens}) for case, named in self.tables.tokens.items()}
        cases = sorted(shared, key=lambda case: (-shared[case], case.text))
        found = [self.tables.summaries[case] for case in cases if shared[case]]
        return tuple(found[:limit])


class MemoryQueue(_OnDisk):
    """The outbox and the chores."""

    @alone
    def lease_messages(
        self, *, now: Instant, until: Instant, limit: int, lanes: frozenset[Lane]
    ) -> Sequence[LeasedMessage]:
        """See ``WorkQueue``."""
        self.machine.disk.require_running()
        heads: dict[tuple[CaseId, StateCode], Row[Outgoing]] = {}
        for row in self.tables.unsent.values():
            key = (row.work.thread, row.work.recipient.state)
            if key not in heads or row.work.sequence < heads[key].work.sequence:
                heads[key] = row
        at = now.moment.timestamp()
        free = [row for row in heads.values() if _is_due(row, at) and row.work.lane in lanes]
        free.sort(key=lambda row: (_LANES.index(row.work.lane), row.number))
        return [self._lease_message(row, until) for row in free[:limit]]

    def _lease_message(self, row: Row[Outgoing], until: Instant) -> LeasedMessage:
        self.keep("lease", row.work.id, until.moment.timestamp())
        return LeasedMessage(
            message=row.work, fence=row.fence, attempts=row.attempts + 1, until=until
        )

    @alone
    def lease_chores(self, *, now: Instant, until: Instant, limit: int) -> Sequence[LeasedChore]:
        """See ``WorkQueue``."""
        self.machine.disk.require_running()
        at = now.moment.timestamp()
        free = [row for row in self.tables.undone.values() if _is_due(row, at)][:limit]
        for row in free:
            self.keep("lease", row.number, until.moment.timestamp())
        return [
            LeasedChore(
                id=row.number,
                chore=row.work,
                fence=row.fence,
                attempts=row.attempts + 1,
                until=until,
            )
            for row in free
        ]

    @alone
    def settle_message(
        self, leased: LeasedMessage, /, *, receipt: bytes, outcome: ReceiptOutcome
    ) -> None:
        """See ``WorkQueue``."""
        del outcome
        self.require_fresh(self.tables.outbox[leased.message.id], leased.fence)
        self.keep("settled", leased.message.id, receipt)

    @alone
    def settle_chore(self, leased: LeasedChore, /) -> None:
        """See ``WorkQueue``."""
        self.require_fresh(self.tables.chores[leased.id], leased.fence)
        self.keep("settled", leased.id, b"done")

    @alone
    def renew(self, leased: LeasedMessage | LeasedChore, /, *, until: Instant) -> None:
        """See ``WorkQueue``."""
        if (key := self._held(leased)) is not None:
            self.keep("renewed", key, until.moment.timestamp())

    @alone
    def postpone(
        self, leased: LeasedMessage | LeasedChore, /, *, until: Instant, code: str, failed: int
    ) -> None:
        """See ``WorkQueue``."""
        if (key := self._held(leased)) is not None:
            self.keep("postponed", key, until.moment.timestamp(), code, failed)

    def _held(self, leased: LeasedMessage | LeasedChore) -> MessageId | int | None:
        key: MessageId | int
        row: Row[Outgoing] | Row[NewChore]
        if isinstance(leased, LeasedMessage):
            key, row = leased.message.id, self.tables.outbox[leased.message.id]
        else:
            key, row = leased.id, self.tables.chores[leased.id]
        return key if row.fence == leased.fence and row.receipt is None else None

    @staticmethod
    def require_fresh(row: Row[Outgoing] | Row[NewChore], fence: int) -> None:
        """Refuse a lease that is over."""
        if row.fence != fence or row.receipt is not None:
            raise Refused("lease.stale", "somebody else has this row by now")

    def receipt_of(self, message: MessageId) -> bytes | None:
        """Return the receipt that was kept (for the checks of a test)."""
        return self.tables.outbox[message].receipt

    def unsent(self) -> list[Outgoing]:
        """Return what has no receipt yet (for the checks of a test)."""
        return [row.work for row in self.tables.unsent.values()]


def _is_due(row: Row[Outgoing] | Row[NewChore], at: float) -> bool:
    return row.not_before <= at and row.leased_until <= at


class MemoryLedger(_OnDisk):
    """The ledger over the journal."""

    def __init__(self, machine: MemoryMachine) -> None:
        super().__init__(machine)
        self._signed: dict[int, SignedCheckpoint] = {}

    def forget(self) -> None:
        """Forget what was signed by the process that is gone."""
        self._signed.clear()

    @alone
    def newest(self) -> SignedCheckpoint:
        """See ``Ledger``."""
        self.require_caught_up()
        return self._at(self.tables.tree.size)

    def require_caught_up(self) -> None:
        """Refuse to go on while a witness has seen more than we hold."""
        if not all(self._holds(seen) for seen in self.tables.behind.values()):
            raise Unavailable("ledger.behind-witness", "a witness has seen more than we hold")

    def _holds(self, seen: Head) -> bool:
        tree = self.tables.tree
        return seen.size <= tree.size and tree.root_at(seen.size) == seen.root

    def head_at(self, size: int) -> Head:
        """Return our head at a size (for the checks of a test)."""
        return Head(origin=self.machine.origin, size=size, root=self.tables.tree.root_at(size))

    def _at(self, size: int) -> SignedCheckpoint:
        if size not in self._signed:
            stated = checkpoint_of(self.head_at(size))
            now = self.machine.clock()
            lines = tuple(each.sign(stated.text, now=now) for each in self.machine.log_signers)
            note = Note(text=stated.text, signatures=lines)
            self._signed[size] = SignedCheckpoint(checkpoint=stated, note=note)
        signed = self._signed[size]
        kept = self.tables.cosignatures.get(signed.checkpoint.head, {})
        note = signed.note.with_signatures(tuple(kept.values()))
        return SignedCheckpoint(checkpoint=signed.checkpoint, note=note)

    def size(self) -> int:
        """See ``Ledger``."""
        return self.tables.tree.size

    @alone
    def consistency(self, *, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """See ``Ledger``."""
        node = self.tables.tree.node
        return consistency_proof_from(node, old_size=old_size, new_size=new_size)

    @alone
    def root_at(self, size: int, /) -> Digest:
        """See ``Ledger``."""
        return self.tables.tree.root_at(size)

    @alone
    def prove(self, leaf: int, /) -> TlogProof:
        """See ``Ledger``."""
        cosigned = [head for head in self.tables.cosignatures if head.size > leaf]
        head = max(cosigned, key=lambda each: each.size, default=None)
        if head is None:
            raise Unavailable("ledger.not-witnessed", "no witness has cosigned it yet", retry=True)
        hashes = inclusion_proof_from(self.tables.tree.node, index=leaf, size=head.size)
        return TlogProof(index=leaf, hashes=hashes, signed=self._at(head.size))

    @alone
    def add_cosignatures(self, head: Head, lines: Iterable[NoteSignature], /) -> None:
        """See ``Ledger``."""
        lines = tuple(lines)
        kept = self.tables.cosignatures.get(head, {})
        if any((line.name, line.key_id) not in kept for line in lines):
            self.keep("cosignatures", head, lines)

    @alone
    def cosigned_by(self, witness: str, /) -> Head | None:
        """See ``Ledger``."""
        return self.tables.largest_cosigned.get(witness)

    @alone
    def behind(self, witness: str, seen: Head, /) -> None:
        """See ``Ledger``."""
        self.keep("behind", witness, seen)


class MemoryWitnessings(_OnDisk):
    """What the node has seen of others."""

    @alone
    def recorded(self, origin: str, /) -> Head | None:
        """See ``Witnessings``."""
        return self.tables.seen.get(origin, (None, b""))[0]

    @alone
    def record(
        self, origin: str, head: Head, /, *, expected: Head | None, note: bytes = b""
    ) -> bool:
        """See ``Witnessings``."""
        if self.tables.seen.get(origin, (None, b""))[0] != expected:
            return False
        self.keep("seen", origin, head, note)
        return True

    @alone
    def recorded_note(self, origin: str, /) -> bytes | None:
        """See ``Witnessings``."""
        return self.tables.seen.get(origin, (None, b""))[1] or None

    @alone
    def question(self, origin: str, /) -> Question | None:
        """See ``Witnessings``."""
        return self.tables.questions.get(origin)

    @alone
    def put_question(self, origin: str, question: Question | None, /) -> None:
        """See ``Witnessings``."""
        self.tables.questions[origin] = question

    @alone
    def keep_evidence(self, origin: str, proof: bytes, /) -> None:
        """See ``Witnessings``."""
        self.keep("proof", origin, proof)

    @alone
    def evidence(self) -> Iterator[tuple[str, bytes]]:
        """See ``Witnessings``."""
        return iter(tuple(self.tables.proofs))


class MemoryVault(_OnDisk):
    """The vault."""

    capacity: int | None = None

    @alone
    def put(self, sha256: Digest, part: bytes | memoryview, /) -> None:
        """See ``Vault``."""
        free = self.free_bytes()
        if free is not None and len(part) > free:
            raise Unavailable("vault.no-space", "the vault is full", retry=True)
        self.keep("part", sha256, bytes(part))

    @alone
    def get(self, sha256: Digest, /) -> bytes:
        """See ``Vault``."""
        part = self.tables.parts.get(sha256)
        if part is None:
            raise Integrity("vault.missing", "a part is missing")
        if Digest.of(part) != sha256:
            raise Integrity("vault.changed", "a part was changed")
        return part

    @alone
    def discard(self, sha256: Digest, /) -> None:
        """Forget a part for good."""
        self.keep("discard", sha256)

    @alone
    def missing(self, digests: Sequence[Digest], /) -> Sequence[int]:
        """See ``Vault``."""
        return tuple(at for at, each in enumerate(digests) if each not in self.tables.parts)

    @alone
    def free_bytes(self) -> int | None:
        """See ``Vault``."""
        if self.capacity is None:
            return None
        return self.capacity - sum(len(part) for part in self.tables.parts.values())
