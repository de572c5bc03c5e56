"""Audit and repair of a local ledger: its files compared with what the journal gives.

The journal is read whole and the tree is built again beside the one on the disk.  A repair
never changes the journal's published part nor the checkpoint: where these two disagree,
nothing here can help, and it says so.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from attrs import frozen

from longbien.adapters.files import make_folders
from longbien.adapters.ledger_disk import Disk, disk_errors, lock_folder, replace_file
from longbien.adapters.ledger_files import find_published, read_settings
from longbien.adapters.ledger_journal import MAGIC, Journal, Located
from longbien.ledger.log import FileToWrite, LogState, edge_files, grow
from longbien.ledger.tiles import WIDTH
from longbien.primitives.errors import Integrity

_STEP: Final = 65_536  # entries in memory at a time
_OFFSET_SIZE: Final = 8


@frozen(kw_only=True)
class Audit:
    """What an audit, or a repair, has found."""

    published: int
    """Entries under the checkpoint, each of them read and hashed again."""

    waiting: int
    """Accepted entries that no checkpoint covers yet."""

    differing: tuple[str, ...]
    """Files, below the ledger's folder, that are not what the journal gives."""

    set_aside: int = 0
    """Bytes of a torn or damaged end of the journal that a repair has set aside."""


def audit_ledger(folder: Path) -> Audit:
    """Compare every file with the journal; change nothing.

    Raises Refused ``ledger.absent``, ``ledger.busy``; Unavailable ``ledger.disk``; Integrity
    ``ledger.checkpoint-damaged``, ``ledger.journal-damaged``, ``ledger.beyond-repair``.
    """
    with disk_errors(folder):
        return _Examiner(folder, Disk(), is_repair=False).run()


def repair_ledger(folder: Path, *, disk: Disk | None = None) -> Audit:
    """Write again every file that is not what the journal gives.

    A damaged end of the journal, behind the published part, is set aside in a file of its
    own: entries in it may have been acknowledged, so a person has to look at it.  Raises as
    ``audit_ledger`` does.
    """
    with disk_errors(folder):
        return _Examiner(folder, disk or Disk(), is_repair=True).run()


class _Examiner:
    """One pass over one ledger."""

    def __init__(self, folder: Path, disk: Disk, *, is_repair: bool) -> None:
        self._folder = folder
        self._private = folder / "private"
        self._disk = disk
        self._is_repair = is_repair
        self._settings = read_settings(folder)
        published = find_published(folder, self._settings)
        self._head = published.checkpoint.head if published else None
        self._differing: list[str] = []
        self._end = len(MAGIC)

    def run(self) -> Audit:
        lock = lock_folder(self._private / "lock")
        try:
            journal = Journal(self._private / "journal", self._disk)
            try:
                return self._examine(journal)
            finally:
                journal.close()
        finally:
            os.close(lock)

    def _examine(self, journal: Journal) -> Audit:
        size = self._head.size if self._head else 0
        records = journal.scan(offset=self._end, index=0)
        state, offsets = self._published_part(records, size)
        if state.size != size or (self._head and state.root != self._head.root):
            raise Integrity(
                "ledger.beyond-repair",
                "{folder}: the journal gives {found} entries with another root than the "
                "checkpoint of {size}; restore private/journal from a copy",
                folder=self._folder,
                found=state.size,
                size=size,
            )
        self._compare("private/offsets", offsets, is_prefix=True)
        waiting, aside = self._waiting_part(journal, records)
        return Audit(
            published=size, waiting=waiting, differing=tuple(self._differing), set_aside=aside
        )

    def _published_part(self, records: Iterator[Located], size: int) -> tuple[LogState, bytes]:
        state, offsets = LogState(), bytearray()
        while state.size < size:
            step = list(islice(records, min(_STEP, size - state.size)))
            if not step:
                break
            growth = grow(state, [located.record.entry for located in step])
            self._compare_files(file for file in growth.files if file.tile.width == WIDTH)
            for located in step:
                offsets += located.offset.to_bytes(_OFFSET_SIZE)
            state, self._end = growth.state, step[-1].end
        self._compare_files(iter(edge_files(state)))
        return state, bytes(offsets)

    def _waiting_part(self, journal: Journal, records: Iterator[Located]) -> tuple[int, int]:
        waiting = 0
        try:
            for located in records:
                waiting, self._end = waiting + 1, located.end
        except Integrity:
            if not self._is_repair:
                raise
        aside = self._private / f"torn-{self._end}"
        return waiting, journal.set_aside(self._end, aside) if self._is_repair else 0

    def _compare_files(self, files: Iterator[FileToWrite]) -> None:
        for file in files:
            self._compare(file.tile.path, file.data)

    def _compare(self, name: str, expected: bytes, *, is_prefix: bool = False) -> None:
        path = self._folder / name
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            found = None
        if found is not None and (found[: len(expected)] if is_prefix else found) == expected:
            return
        self._differing.append(name)
        if self._is_repair:
            make_folders(path.parent, mode=0o700)
            replace_file(self._disk, path, expected)
