"""Opening a sealed package: decrypted, unpacked and measured in one pass, each byte written once.

The tar is read strictly (``evidence.tar``): whatever a sender put in, only regular files with
the names of the layout come out, each created new.  What was measured on the way is what the
verifier uses, so that nothing is read twice (``MeasuredSource``).
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Protocol

from longbien.adapters.files import (
    CARRY,
    FolderChain,
    coded,
    create_file,
    open_folder,
    start_writing,
    sync_disk,
    write_all,
)
from longbien.evidence.hashing import Begun, Executor, Hasher
from longbien.evidence.layout import DESCRIPTION, PAYLOAD
from longbien.evidence.measure import measurement_of
from longbien.evidence.package import LEAF_SIZE, Package
from longbien.evidence.source import BagSource, Entry, LeafMeasurement, Measurement
from longbien.evidence.tar import BLOCK, Event, FileBegin, FileData, TarReader
from longbien.evidence.wire import MAX_DESCRIPTION, parse_package
from longbien.primitives.errors import Malformed

_SHARED_FROM = 2**18  # bytes of one piece: below this another thread costs more than it saves


class Readable(Protocol):
    """A plaintext that can be read at any place."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes there, fewer at the end."""
        ...


def find_description(plaintext: Readable) -> Package:
    """Read package.json out of a tar, stepping over everything before it.

    Raises Malformed ``tar.…``, ``package.…``.
    """
    reader = TarReader()
    offset = 0
    while block := plaintext.read_at(offset, BLOCK):
        offset += len(block)
        for event in reader.feed(block):
            if not isinstance(event, FileBegin):
                continue
            if event.path == DESCRIPTION and event.size <= MAX_DESCRIPTION:
                return parse_package(plaintext.read_at(offset, event.size))
            offset += reader.skip()
    raise Malformed("tar.no-description", "the tar holds no evidence/package.json")


def events_of(blocks: Iterable[memoryview]) -> Iterator[Event]:
    """Read a tar from its blocks, to the end; raises Malformed ``tar.…``."""
    reader = TarReader()
    for block in blocks:
        yield from reader.feed(block)
    reader.finish()


def begin(events: Iterator[Event]) -> tuple[str, Iterator[Event]]:
    """Return the name of the bag's folder, and all events."""
    first = next(events, None)
    if not isinstance(first, FileBegin):
        raise Malformed("tar.empty", "the tar holds no file")
    return first.folder, chain([first], events)


def unpack(
    events: Iterator[Event],
    folder: Path,
    *,
    executor: Executor | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Measurement]:
    """Write the files into ``folder`` and return what the payload was measured to be.

    All is on the disk when this returns.  Raises Malformed ``tar.…``, Unavailable ``disk.…``.
    """
    measured: dict[str, Measurement] = {}
    with coded(folder.name):
        top = open_folder(folder)
    try:
        with FolderChain(top, create=True) as folders:
            for event in events:
                if isinstance(event, FileBegin):
                    file = _File(event, folders)
                    with file:
                        found = file.receive(events, executor, advance)
                    if event.path.startswith(f"{PAYLOAD}/"):
                        measured[event.path] = found
        with coded(folder.name):
            sync_disk(top)
    finally:
        os.close(top)
    return measured


class _File:
    """One file that is being received."""

    def __init__(self, event: FileBegin, folders: FolderChain) -> None:
        self._path = event.path
        with coded(self._path):
            below, name = folders.folder_of(self._path.encode("ascii"))
            self._fd = create_file(name, below=below)
        self._hasher = Hasher(leaf_size=LEAF_SIZE)
        self._offset = self._carried = 0

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_error: object) -> None:
        """Close the file."""
        os.close(self._fd)

    def receive(
        self, events: Iterator[Event], executor: Executor | None, advance: Callable[[int], None]
    ) -> Measurement:
        """Take all data up to the file's end."""
        for event in events:
            if not isinstance(event, FileData):
                break
            self._take(event.data, executor)
            advance(len(event.data))
        return measurement_of(self._hasher.finish())

    def _take(self, data: memoryview, executor: Executor | None) -> None:
        if executor is None or len(data) < _SHARED_FROM:
            self._hasher.update(data)
            self._write(data)
            return
        # the other thread hashes while this one writes; both are done before the block is reused
        begun: Begun = self._hasher.begin(data, executor)
        try:
            self._write(data)
        finally:
            self._hasher.join(begun)

    def _write(self, data: memoryview) -> None:
        with coded(self._path):
            write_all(self._fd, data, self._offset)
        self._offset += len(data)
        if self._offset - self._carried >= CARRY:
            start_writing(self._fd, self._carried, self._offset - self._carried)
            self._carried = self._offset


class MeasuredSource:
    """A bag whose payload was measured already (port ``BagSource``)."""

    def __init__(self, source: BagSource, measured: Mapping[str, Measurement]) -> None:
        self._source = source
        self._measured = measured

    def entries(self) -> Iterator[Entry]:
        """Name everything in the bag, as it is now."""
        return self._source.entries()

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file, as it is now."""
        return self._source.read(path, limit=limit)

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Return what was measured while the file was written; else read it."""
        if leaf_size == LEAF_SIZE and path in self._measured:
            return self._measured[path]
        return self._source.measure(path, leaf_size=leaf_size)

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Return the leaves that were measured while the file was written; else read it."""
        if leaf_size == LEAF_SIZE and path in self._measured:
            known = self._measured[path]
            return LeafMeasurement(size=known.size, leaves=known.leaves)
        return self._source.measure_leaves(path, leaf_size=leaf_size)
