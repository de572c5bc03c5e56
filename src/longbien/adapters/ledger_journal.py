"""The journal of a local ledger: events and salts, in the order in which they were accepted.

It is the truth; tiles and checkpoint are made out of it.  One batch is one write and one
fsync.  A batch says how long it is and what it hashes to, so what a crash left half written
is told apart from what was damaged later.

Layout: the line ``longbien-journal-1``, then batches.  A batch is a head of 64 bytes
(``LBJ1``, index of the first record, number of records, length, SHA-256 of the records,
first 8 bytes of the SHA-256 over the head so far), then its records: kind (1 byte), salt
(32), length of the event (4), event.  Numbers are big-endian.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Final

from attrs import field, frozen

from longbien.adapters.ledger_disk import Disk
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.primitives.errors import Integrity

MAX_EVENT: Final = 2**20  # bytes of one event; exhibits stay in packages, the ledger names them
MAGIC: Final = b"longbien-journal-1\n"

_HEAD = struct.Struct(">4sQIQ32s")
_HEAD_MARK = b"LBJ1"
_HEAD_CHECK = 8
_HEAD_SIZE = _HEAD.size + _HEAD_CHECK
_RECORD = struct.Struct(">B32sI")
_READ = 2**20  # bytes a read


@frozen(kw_only=True)
class Record:
    """One accepted event with what its commitment was made of."""

    kind: EntryKind
    salt: bytes = field(repr=False)
    event: bytes = field(repr=False)

    @property
    def entry(self) -> bytes:
        """Return the commitment that the ledger holds."""
        return encode_entry(self.kind, self.salt, self.event)

    @property
    def stored_size(self) -> int:
        """Return how many bytes of the journal it takes."""
        return _RECORD.size + len(self.event)


@frozen(kw_only=True)
class Located:
    """A record and where it stands."""

    index: int
    offset: int
    record: Record

    @property
    def end(self) -> int:
        """Return the offset behind it."""
        return self.offset + self.record.stored_size


class _Torn(Exception):
    """The file ends in the middle of a batch, as a crash leaves it."""


class Journal:
    """One journal file, open for appending.

    Opening one that does not begin as it should raises Integrity ``ledger.journal-damaged``.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        if os.pread(self._file, len(MAGIC), 0) != MAGIC:
            os.close(self._file)
            raise _damaged(path, 0)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)

    def append(self, events: Sequence[bytes], salts: Sequence[bytes], *, first: int) -> list[int]:
        """Write one batch durably and return the offset of each record."""
        start = os.fstat(self._file).st_size + _HEAD_SIZE
        pack, kind = _RECORD.pack, EntryKind.EVENT
        parts = [
            pack(kind, salt, len(event)) + event for salt, event in zip(salts, events, strict=True)
        ]
        self._disk.append(self._file, _batch(b"".join(parts), first=first, count=len(parts)))
        self._disk.sync(self._file)
        return list(accumulate(map(len, parts[:-1]), initial=start))

    def read(self, offset: int) -> Record:
        """Read the record at ``offset``; the caller compares its entry with the tree."""
        head = os.pread(self._file, _RECORD.size, offset)
        if len(head) < _RECORD.size:
            raise _damaged(self.path, offset)
        kind, salt, length = _RECORD.unpack(head)
        event = os.pread(self._file, min(length, MAX_EVENT + 1), offset + _RECORD.size)
        if len(event) != length or kind != EntryKind.EVENT:
            raise _damaged(self.path, offset)
        return Record(kind=EntryKind(kind), salt=salt, event=event)

    def scan(self, *, offset: int, index: int) -> Iterator[Located]:
        """Read whole batches from ``offset`` on, where the batch of record ``index`` begins.

        A torn last batch ends the scan: nobody was told that it was accepted.  Raises
        Integrity ``ledger.journal-damaged`` for every other disagreement.
        """
        with self.path.open("rb", buffering=_READ) as file:
            size = os.fstat(file.fileno()).st_size
            while offset < size:
                try:
                    batch = self._read_batch(file, offset, size, index)
                except _Torn:
                    return
                for located in batch:
                    yield located
                    index, offset = located.index + 1, located.end

    def set_aside(self, offset: int, aside: Path) -> int:
        """Cut off what stands behind ``offset``, keep it in a file, and return its length."""
        size = os.fstat(self._file).st_size
        if size == offset:
            return 0
        self._disk.write(aside, os.pread(self._file, size - offset, offset))
        self._disk.sync_file(aside)
        self._disk.sync_folder(aside.parent)
        self._disk.truncate(self._file, offset)
        self._disk.sync(self._file)
        return size - offset

    def _read_batch(self, file: BinaryIO, offset: int, size: int, index: int) -> list[Located]:
        file.seek(offset)
        head = file.read(_HEAD_SIZE)
        if len(head) < _HEAD_SIZE or _is_unwritten(file, head):
            raise _Torn
        mark, first, count, length, digest = _HEAD.unpack_from(head)
        if _check(head[: _HEAD.size]) != head[_HEAD.size :] or mark != _HEAD_MARK:
            raise _damaged(self.path, offset)
        if offset + _HEAD_SIZE + length > size:
            raise _Torn
        payload = file.read(length)
        if hashlib.sha256(payload).digest() != digest or first != index:
            raise _damaged(self.path, offset)
        return list(_records(payload, index=index, offset=offset + _HEAD_SIZE, count=count))


def _batch(payload: bytes, *, first: int, count: int) -> bytes:
    digest = hashlib.sha256(payload).digest()
    head = _HEAD.pack(_HEAD_MARK, first, count, len(payload), digest)
    return head + _check(head) + payload


def _check(head: bytes) -> bytes:
    return hashlib.sha256(head).digest()[:_HEAD_CHECK]


def _is_unwritten(file: BinaryIO, head: bytes) -> bool:
    # some file systems extend a file before its bytes arrive: then there are only zeros
    if any(head):
        return False
    return not any(any(block) for block in iter(lambda: file.read(_READ), b""))


def _records(payload: bytes, *, index: int, offset: int, count: int) -> Iterator[Located]:
    # the payload's digest was right: what stands here is what we wrote
    at = 0
    for number in range(count):
        kind, salt, length = _RECORD.unpack_from(payload, at)
        start = at + _RECORD.size
        record = Record(kind=EntryKind(kind), salt=salt, event=payload[start : start + length])
        yield Located(index=index + number, offset=offset + at, record=record)
        at = start + length


def _damaged(path: Path, offset: int) -> Integrity:
    return Integrity(
        "ledger.journal-damaged",
        "{path} is damaged at byte {offset}; restore it from a copy, or see what is left with: "
        "longbien ledger repair {folder}",
        path=path,
        offset=offset,
        folder=path.parent.parent,
    )
