"""A ledger in a folder: one State's log, durable and recoverable.

``tile/…`` and ``checkpoint`` are C2SP tlog-tiles and may be shown; ``private/`` holds events
and salts and may not.  What is on the disk when:

1. ``append`` returns after the journal is synced: that is the acknowledgement.
2. ``checkpoint`` writes and syncs tiles, then offsets, then signs, then puts the checkpoint
   in place.  A crash before the last step leaves the old checkpoint over tiles that are all
   still there; what was acknowledged waits in the journal.

What this store is trusted for: who can change ``private/`` can lose events, but cannot
change what a published checkpoint says, and witnesses notice a ledger that went back.
An error of the disk stops the store; open it again to recover.
"""

import os
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from longbien.adapters.ledger_disk import (
    Disk,
    disk_errors,
    lock_folder,
    replace_file,
    write_files,
)
from longbien.adapters.ledger_files import (
    encode_witnessed,
    find_published,
    read_settings,
    read_tile,
    read_witnessed,
)
from longbien.adapters.ledger_journal import MAGIC, MAX_EVENT, Journal, Record
from longbien.ledger.checkpoints import Head, SignedCheckpoint, checkpoint_of
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.entry import SALT_SIZE, EntryKind, encode_entry
from longbien.ledger.log import (
    FileToWrite,
    LogState,
    Witnessed,
    edge_files,
    grow,
    load_state,
    require_caught_up,
    require_same_history,
)
from longbien.ledger.notes import (
    Note,
    NoteSignature,
    NoteSigner,
    VerifierKey,
    encode_note,
)
from longbien.ledger.proof import TlogProof
from longbien.ledger.tiles import WIDTH, Tile, nodes_in, partial_tiles_of, tile_at
from longbien.ledger.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    Nodes,
    consistency_proof_from,
    inclusion_proof_from,
    leaf_hash,
    range_root,
)
from longbien.ledger.witness import AddCheckpoint
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Refused, Unavailable
from longbien.primitives.instants import Instant

MAX_BATCH: Final = 65_536  # events of one append: one write, one fsync, some 20 MB in memory
_STEP: Final = 65_536  # entries that one step of publishing takes through memory
_OFFSET = struct.Struct(">Q")


class LedgerStore:
    """One open ledger.  Only one program at a time holds it; only one thread may use it."""

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        """Open, check and recover.

        Raises Refused ``ledger.absent``, ``ledger.busy``; Unavailable ``ledger.disk``;
        Integrity ``ledger.settings``, ``ledger.checkpoint-damaged``, ``ledger.tile-damaged``,
        ``ledger.tiles-disagree``, ``ledger.journal-damaged``, ``ledger.journal-behind``, each
        with what to do.
        """
        self.folder = folder
        self._private = folder / "private"
        self._disk = disk or Disk()
        self._stopped = False
        self._published: SignedCheckpoint | None = None
        self._witnessed: dict[str, Witnessed] = {}
        self._waiting: list[bytes] = []  # entries in the journal that are not yet in the tree
        self._waiting_offsets: list[int] = []
        with disk_errors(folder):
            self._settings = read_settings(folder)
            self._lock = lock_folder(self._private / "lock")
        try:
            with disk_errors(folder):
                self._journal = Journal(self._private / "journal", self._disk)
                self._recover()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Use it in a with block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let the ledger go for another program."""
        self._stopped = True
        if hasattr(self, "_journal"):
            self._journal.close()
        os.close(self._lock)

    # --- what it says of itself -----------------------------------------------------

    @property
    def origin(self) -> str:
        """Return the log's origin."""
        return self._settings.origin

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Return the public halves of the log's keys."""
        return self._settings.keys

    @property
    def size(self) -> int:
        """Return how many entries are accepted, published or not."""
        return self._state.size + len(self._waiting)

    @property
    def published(self) -> SignedCheckpoint | None:
        """Return the newest published checkpoint with its signatures; None before the first."""
        return self._published

    def get_published(self) -> SignedCheckpoint:
        """Return the newest published checkpoint; Refused ``ledger.no-checkpoint`` if none."""
        if self._published is None:
            raise Refused(
                "ledger.no-checkpoint",
                "nothing is published yet; run: longbien ledger checkpoint {folder}",
                folder=self.folder,
            )
        return self._published

    @property
    def recovered_bytes(self) -> int:
        """Return how many bytes of a torn batch were set aside when it was opened."""
        return self._recovered

    # --- appending ------------------------------------------------------------------

    def append(self, events: Sequence[bytes], *, random_bytes: Callable[[int], bytes]) -> range:
        """Accept events and return their indexes.

        An event is canonical JSON (RFC 8785): the caller made it so, or checked it where it
        came in; here it is hashed as it is.  When this returns all are on the disk, by one
        fsync.  Raises Refused ``ledger.batch``, ``ledger.behind-witness``; Unavailable
        ``ledger.disk``, ``ledger.no-space``, ``ledger.stopped``: then nobody may
        take them as accepted, though a crash at the last moment may still have kept them.
        """
        self._require_running()
        if len(events) > MAX_BATCH or any(len(event) > MAX_EVENT for event in events):
            raise Refused(
                "ledger.batch",
                "at most {limit} events at once, each at most {size} bytes",
                limit=MAX_BATCH,
                size=MAX_EVENT,
            )
        require_caught_up(self.origin, self.size, self._witnessed.values())
        first = self.size
        if events:
            drawn = random_bytes(SALT_SIZE * len(events))
            salts = [drawn[at : at + SALT_SIZE] for at in range(0, len(drawn), SALT_SIZE)]
            with self._stopping():
                offsets = self._journal.append(events, salts, first=first)
            self._waiting += [
                encode_entry(EntryKind.EVENT, salt, event)
                for salt, event in zip(salts, events, strict=True)
            ]
            self._waiting_offsets += offsets
        return range(first, self.size)

    # --- publishing -----------------------------------------------------------------

    def checkpoint(
        self, *, signers: Sequence[NoteSigner], now: Instant, witnessed: Iterable[Witnessed] = ()
    ) -> SignedCheckpoint:
        """Publish all that is accepted, signed with each of the log's keys.

        Where nothing is new the published checkpoint stays, with its cosignatures.
        ``witnessed`` is what witnesses say to have seen; it is remembered.  Raises Refused
        ``ledger.behind-witness``, ``ledger.signers``; Integrity ``ledger.forked``;
        Unavailable as ``append`` does.
        """
        self._require_running()
        if {signer.key for signer in signers} != set(self.keys):
            raise Refused(
                "ledger.signers", "{origin} signs with each of its keys", origin=self.origin
            )
        self.remember(witnessed)
        require_caught_up(self.origin, self.size, self._witnessed.values())
        with self._stopping():
            state = self._write_tiles()
        nodes = self._nodes(state.size)
        require_same_history(
            self.origin, self._witnessed.values(), root_at=lambda size: _root_at(nodes, size)
        )
        if self._published and not self._waiting:
            return self._published
        with self._stopping():
            return self._publish(state, signers, now)

    def add_cosignatures(
        self, lines: Sequence[NoteSignature], *, keys: Sequence[VerifierKey]
    ) -> tuple[str, ...]:
        """Put cosignatures of known witnesses under the published checkpoint, one a key.

        Lines of other keys, lines that fail, and later lines of a key that has cosigned
        already are left out; returned are the key names of those that were taken.
        Raises Refused ``ledger.no-checkpoint``; Unavailable.
        """
        self._require_running()
        published = self.get_published()
        good: list[NoteSignature] = []
        for key in keys:
            is_there = any(_is_good(published, line, key) for line in published.note.signatures)
            fresh = [line for line in lines if _is_good(published, line, key)]
            good += [] if is_there else fresh[:1]
        note = published.note.with_signatures(good)
        with self._stopping():
            replace_file(self._disk, self.folder / "checkpoint", encode_note(note))
        self._published = SignedCheckpoint(checkpoint=published.checkpoint, note=note)
        return tuple(line.name for line in good)

    def remember(self, witnessed: Iterable[Witnessed]) -> None:
        """Keep what witnesses say to have seen: the largest size of each, its root if known.

        It is durable when this returns: a ledger that was told that it is behind stays stopped.
        """
        seen = dict(self._witnessed)
        for told in witnessed:
            known = seen.get(told.witness)
            if known is None or (told.size, told.root is not None) > (
                known.size,
                known.root is not None,
            ):
                seen[told.witness] = told
        if seen != self._witnessed:
            with self._stopping():
                path = self._private / "witnessed.json"
                replace_file(self._disk, path, encode_witnessed(seen.values()))
            self._witnessed = seen

    # --- proving --------------------------------------------------------------------

    def record(self, index: int) -> Record:
        """Return the event and salt of a published entry, compared with the tree.

        Raises Refused ``ledger.not-published``; Integrity ``ledger.event-differs``.
        """
        self._require_published(index)
        with disk_errors(self.folder):
            record = self._journal.read(self._offset_of(index))
            if leaf_hash(record.entry) != self._leaf_at(index):
                raise Integrity(
                    "ledger.event-differs",
                    "event {index} is not what the ledger has committed to; restore "
                    "{folder}/private from a copy",
                    index=index,
                    folder=self.folder,
                )
        return record

    def prove(self, index: int) -> TlogProof:
        """Prove a published entry under the published checkpoint, with its cosignatures.

        Raises Refused ``ledger.not-published``; Integrity ``ledger.tile-damaged``.
        """
        published = self._require_published(index)
        size = published.checkpoint.head.size
        with disk_errors(self.folder):
            hashes = inclusion_proof_from(self._nodes(size), index=index, size=size)
        return TlogProof(index=index, hashes=hashes, signed=published)

    def request_for(self, old_size: int) -> AddCheckpoint:
        """Return what to send to a witness that has cosigned ``old_size`` last.

        Raises Refused ``ledger.no-checkpoint``, ``ledger.behind-witness``.
        """
        published = self.get_published()
        size = published.checkpoint.head.size
        require_caught_up(
            self.origin, size, (Witnessed(witness="a witness", size=old_size, root=EMPTY_ROOT),)
        )
        with disk_errors(self.folder):
            proof = consistency_proof_from(self._nodes(size), old_size=old_size, new_size=size)
        return AddCheckpoint(old_size=old_size, proof=proof, signed=published)

    # --- inside: opening ------------------------------------------------------------

    def _recover(self) -> None:
        self._published = find_published(self.folder, self._settings)
        self._witnessed = {seen.witness: seen for seen in read_witnessed(self.folder)}
        head = (
            self._published.checkpoint.head
            if self._published
            else Head(origin=self.origin, size=0, root=EMPTY_ROOT)
        )
        self._state = load_state(head, self._read_tile)
        end = self._end_of_published()
        for located in self._journal.scan(offset=end, index=head.size):
            self._waiting.append(located.record.entry)
            self._waiting_offsets.append(located.offset)
            end = located.end
        self._recovered = self._journal.set_aside(end, self._private / f"torn-{end}")

    def _end_of_published(self) -> int:
        # the journal's place behind the last published record, which must be the one in the tree
        last = self._state.size - 1
        if last < 0:
            return len(MAGIC)
        offset = self._offset_of(last)
        record = self._journal.read(offset)
        if leaf_hash(record.entry) != self._leaf_at(last):
            raise Integrity(
                "ledger.journal-behind",
                "{folder}/private is not the one that the checkpoint of {size} entries was made "
                "from; restore it from a copy, or try: longbien ledger repair {folder}",
                folder=self.folder,
                size=self._state.size,
            )
        return offset + record.stored_size

    def _offset_of(self, index: int) -> int:
        with (self._private / "offsets").open("rb") as file:
            raw = os.pread(file.fileno(), _OFFSET.size, index * _OFFSET.size)
        if len(raw) < _OFFSET.size:
            raise Integrity(
                "ledger.offsets-damaged",
                "{folder}/private/offsets is too short; make it again with: "
                "longbien ledger repair {folder}",
                folder=self.folder,
            )
        (offset,) = _OFFSET.unpack(raw)
        return int(offset)

    # --- inside: publishing ---------------------------------------------------------

    def _write_tiles(self) -> LogState:
        # every tile of the new size, durable before anything is signed over it
        state = self._state
        for start in range(0, len(self._waiting), _STEP):
            growth = grow(state, self._waiting[start : start + _STEP])
            self._write(file for file in growth.files if file.tile.width == WIDTH)
            state = growth.state
        self._write(edge_files(state, since=self._state.size))
        return state

    def _write(self, files: Iterable[FileToWrite]) -> None:
        write_files(self._disk, self.folder, ((file.tile.path, file.data) for file in files))

    def _publish(
        self, state: LogState, signers: Sequence[NoteSigner], now: Instant
    ) -> SignedCheckpoint:
        self._write_offsets()
        checkpoint = checkpoint_of(state.head(self.origin))
        signatures = tuple(signer.sign(checkpoint.text, now=now) for signer in signers)
        note = Note(text=checkpoint.text, signatures=signatures)
        replace_file(self._disk, self.folder / "checkpoint", encode_note(note))
        old, self._state = self._state, state
        self._published = SignedCheckpoint(checkpoint=checkpoint, note=note)
        self._waiting, self._waiting_offsets = [], []
        self._remove_outgrown(old)
        return self._published

    def _write_offsets(self) -> None:
        # at its place, not at the end: after a crash the same bytes go to the same place
        data = b"".join([_OFFSET.pack(offset) for offset in self._waiting_offsets])
        with (self._private / "offsets").open("rb+") as file:
            self._disk.write_at(file.fileno(), data, self._state.size * _OFFSET.size)
            self._disk.sync(file.fileno())

    def _remove_outgrown(self, old: LogState) -> None:
        # tlog-tiles: partial tiles may go once the full one is there
        edges = list(partial_tiles_of(old.size))
        if old.size % WIDTH:
            edges.append(tile_at(old.size, None, old.size // WIDTH))
        for tile in edges:
            if tile_at(self._state.size, tile.level, tile.index).width == WIDTH:
                full = self.folder / Tile(level=tile.level, index=tile.index).path
                shutil.rmtree(full.with_name(full.name + ".p"), ignore_errors=True)

    # --- inside: reading ------------------------------------------------------------

    def _read_tile(self, tile: Tile) -> bytes:
        return read_tile(self.folder, tile)

    def _nodes(self, size: int) -> Nodes:
        return nodes_in(size, self._read_tile)

    def _leaf_at(self, index: int) -> bytes:
        tile = self._read_tile(tile_at(self._state.size, 0, index // WIDTH))
        at = index % WIDTH * HASH_SIZE
        return tile[at : at + HASH_SIZE]

    def _require_published(self, index: int) -> SignedCheckpoint:
        published = self.get_published()
        if not 0 <= index < published.checkpoint.head.size:
            raise Refused(
                "ledger.not-published",
                "entry {index} is not under the checkpoint of {size} entries",
                index=index,
                size=published.checkpoint.head.size,
            )
        return published

    def _require_running(self) -> None:
        if self._stopped:
            raise Unavailable(
                "ledger.stopped",
                "{folder} met an error and stopped; open it again",
                folder=self.folder,
            )

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        # after an error nobody knows what is on the disk: whoever opens it next finds out
        try:
            with disk_errors(self.folder):
                yield
        except BaseException:
            self._stopped = True
            raise


def _is_good(signed: SignedCheckpoint, line: NoteSignature, key: VerifierKey) -> bool:
    return verify_line(key=key, checkpoint=signed.checkpoint, signature=line).is_valid


def _root_at(nodes: Nodes, size: int) -> Digest:
    return Digest(range_root(nodes, start=0, end=size)) if size else EMPTY_ROOT
