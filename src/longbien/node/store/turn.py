"""One transaction's hold on the ledger's head: what is read under its lock, what it leaves there.

Whoever holds the row ``Log`` is the only writer: SQLite gives one by its write lock,
PostgreSQL by the lock on the row.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from attrs import evolve, field, frozen

from longbien.adapters.at_rest import MasterKey, RandomBytes
from longbien.desk.ports import Clock
from longbien.ledger.checkpoints import Head, checkpoint_of, parse_signed_checkpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.log import LogState, grow
from longbien.ledger.notes import Note, NoteSigner, encode_note
from longbien.node.store import models
from longbien.node.store.history import read_on
from longbien.node.store.statements import find_log, update
from longbien.node.store.tiles import write_tiles
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Refused

TALLIED: Final = (
    "ahead",
    "answer",
    "arrival",
    "audit",
    "case-key",
    "chore",
    "evidence",
    "inbox",
    "object",
    "outbox",
    "pin",
    "witnessing",
    "officer",
    "token",
)
"""In the order in which they stand in the head's row; what comes later is put behind."""
_CHANGING: Final = ("size", "root", "last_at", "is_behind", "tallies", "mark")
_KEPT_NOTES: Final = 64  # some 3 KiB each; the worst that happens is signing again
_SUM: Final = 32  # bytes of one tally
_MODULUS: Final = 2 ** (8 * _SUM)


@frozen(kw_only=True)
class StoreKeys:
    """What a store needs beside its database."""

    using: str
    """The alias of the database."""

    master: MasterKey = field(repr=False)
    signers: tuple[NoteSigner, ...] = field(repr=False)
    """All keys of the ledger, under its origin."""

    clock: Clock
    random_bytes: RandomBytes

    @property
    def origin(self) -> str:
        """Return the ledger's origin: the name of its keys."""
        return self.signers[0].key.name


class Tallies:
    """A sum of all marks of each table: one row less, or one too many, and it is another one."""

    def __init__(self, data: bytes) -> None:
        """Take all sums, or those that an older program kept."""
        data = data.ljust(_SUM * len(TALLIED), b"\0")
        sums = [data[at : at + _SUM] for at in range(0, len(data), _SUM)]
        self._sums = {
            name: int.from_bytes(part, "big") for name, part in zip(TALLIED, sums, strict=True)
        }

    def add(self, table: str, mark: bytes) -> None:
        """Count a row in."""
        self._sums[table] = (self._sums[table] + int.from_bytes(mark, "big")) % _MODULUS

    def remove(self, table: str, mark: bytes) -> None:
        """Count a row out."""
        self._sums[table] = (self._sums[table] - int.from_bytes(mark, "big")) % _MODULUS

    def of(self, table: str) -> bytes:
        """Return the sum of one table."""
        return self._sums[table].to_bytes(_SUM, "big")

    def encode(self) -> bytes:
        """Return all sums."""
        return b"".join([self.of(name) for name in TALLIED])

    @classmethod
    def empty(cls) -> "Tallies":
        """Return the sums of no rows."""
        return cls(bytes(_SUM * len(TALLIED)))


def log_mark(key: MasterKey, log: models.Log) -> bytes:
    """Return the mark over the head's row."""
    return key.mark(
        "log",
        *(log.origin, log.size, bytes(log.root), log.last_at),
        *(int(log.is_behind), bytes(log.tallies)),
    )


def head_of(log: models.Log) -> Head:
    """Return the head in the row."""
    return Head(origin=log.origin, size=log.size, root=Digest(bytes(log.root)))


class EdgeCache:
    """The right edge of the tree as this process saw it last, good while the head is that one."""

    def __init__(self) -> None:
        self._state = LogState()
        self._head: Head | None = None

    def at(self, using: str, head: Head) -> LogState:
        """Return the edge at that head, out of the tables where another process went on."""
        if self._head != head:
            self._state, self._head = read_on(using, self._state, head), head
        return self._state

    @property
    def state(self) -> LogState:
        """Return the edge that was kept or read last."""
        return self._state

    def keep(self, state: LogState, head: Head) -> None:
        """Remember the edge that was just written; a rollback is noticed by ``at``."""
        # entries lie beside their events: there is no bundle to write, so none is encoded anew
        self._state, self._head = evolve(state, bundle=()), head


class Turn:
    """The head's row, locked, in one transaction."""

    def __init__(self, keys: StoreKeys, edges: EdgeCache) -> None:
        """Lock and read the head.

        Raises Refused ``store.absent``; Integrity ``store.head-damaged``.
        """
        self.keys = keys
        self.using = keys.using
        self._edges = edges
        self._is_changed = False
        self.has_grown = self.has_destroyed = False
        self.log = get_log(keys.using, lock=True)
        if bytes(self.log.mark) != log_mark(keys.master, self.log):
            raise head_damaged()
        self._tallies = Tallies(bytes(self.log.tallies))

    def count_in(self, table: str, mark: bytes) -> None:
        """Count a row in that this transaction writes."""
        self._tallies.add(table, mark)
        self._is_changed = True

    def count_out(self, table: str, mark: bytes) -> None:
        """Count a row out that this transaction removes or replaces."""
        self._tallies.remove(table, mark)
        self._is_changed = True

    def tally_of(self, table: str) -> bytes:
        """Return the sum over the marks of a table's rows, as it should be."""
        return self._tallies.of(table)

    def grow(self, entries: Sequence[bytes], *, last_at: int) -> None:
        """Put entries into the tree; the new head is signed when somebody asks for it."""
        if not entries:
            return
        growth = grow(self._edges.at(self.using, head_of(self.log)), entries)
        write_tiles(self.using, growth.files)
        head = growth.state.head(self.log.origin)
        self._edges.keep(growth.state, head)
        self.log.size, self.log.root = head.size, head.root.raw
        self.log.last_at = max(self.log.last_at, last_at)
        self._is_changed = self.has_grown = True

    def set_behind(self, *, is_behind: bool) -> None:
        """Stop signing, or sign again."""
        self.log.is_behind = is_behind
        self._is_changed = True

    def end(self) -> None:
        """Write the head back, last of all."""
        if self._is_changed:
            self.log.tallies = self._tallies.encode()
            self.log.mark = log_mark(self.keys.master, self.log)
            update(self.using, self.log, _CHANGING)


Act: TypeAlias = Callable[[Turn], object]
"""A piece of work in a turn.  It raises an error of ours before it has written anything."""


def signed_note(keys: StoreKeys, head: Head) -> bytes:
    """Return a checkpoint over a head with each of the log's keys."""
    checkpoint = checkpoint_of(head)
    now = keys.clock()
    lines = tuple(signer.sign(checkpoint.text, now=now) for signer in keys.signers)
    return encode_note(Note(text=checkpoint.text, signatures=lines))


class Notary:
    """Signs heads that are on the disk, each once; nobody is shown one that he did not ask for.

    A commit signs nothing: at hundreds of them a second most heads are never shown to anybody.
    """

    def __init__(self, keys: StoreKeys) -> None:
        self._keys = keys
        self._lock = threading.Lock()
        self._notes: dict[Head, bytes] = {}

    def note(self, head: Head) -> bytes:
        """Return the checkpoint over a head of this ledger that is on the disk."""
        with self._lock:
            if head not in self._notes:
                if len(self._notes) >= _KEPT_NOTES:
                    self._notes.clear()
                self._notes[head] = signed_note(self._keys, head)
            return self._notes[head]


def is_signed(keys: StoreKeys, log: models.Log) -> bool:
    """Tell whether the checkpoint in the row, an early one, is signed with each of the log's keys.

    It tells whose ledger this is; that the row's head is the newest one is what its mark tells.
    """
    note = bytes(log.note)
    try:
        head = parse_signed_checkpoint(note).checkpoint.head
    except Malformed:
        return False
    return head.origin == log.origin and head.size <= log.size and states(keys, head, note)


def states(keys: StoreKeys, head: Head, note: bytes) -> bool:
    """Tell whether a checkpoint states that head, signed with each of the log's keys."""
    try:
        signed = parse_signed_checkpoint(note)
    except Malformed:
        return False
    return signed.checkpoint.head == head and all(
        any(
            verify_line(key=signer.key, checkpoint=signed.checkpoint, signature=line).is_valid
            for line in signed.note.signatures
        )
        for signer in keys.signers
    )


def get_log(using: str, *, lock: bool = False) -> models.Log:
    """Return the head's row.  Raises Refused ``store.absent``."""
    found = find_log(using, lock=lock)
    if found is None:
        raise Refused(
            "store.absent", "the database {using} is empty; run: longbien init", using=using
        )
    return found


def head_damaged() -> Integrity:
    """Return the error of a head that this node did not write."""
    return Integrity(
        "store.head-damaged",
        "the head of the ledger in the database is not as this node wrote it: stop, keep a copy, "
        "run: longbien fsck; or the master key is another node's",
    )
