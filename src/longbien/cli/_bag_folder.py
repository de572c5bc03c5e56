"""A bag in a folder: the port ``BagSource`` over a real disk, for the verifier alone.

How the disk is read, and that nothing is followed, lives in ``_bag_files``.  Writing is none of
its business.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from longbien.cli._bag_files import (
    BLOCK,
    SHARED_FROM,
    BagFiles,
    open_top,
    require_same,
    unavailable,
)
from longbien.cli._hash_ahead import HashAhead
from longbien.evidence.hashing import LEAF_SIZE, Hashed
from longbien.evidence.measure import leaf_measurement_of, measurement_of
from longbien.evidence.source import Entry, EntryKind, LeafMeasurement, Measurement
from longbien.primitives.errors import Refused, Unavailable

T = TypeVar("T")

_AT_ONCE = 64  # small files handed out together: enough to keep two threads busy


class BagFolder:
    """Reads a bag; close it, or use it in a ``with`` statement.

    With an executor of one thread or more, the digest and the chunk tree of a large file are
    made side by side.  ``ahead`` is hashing large files already, in the same folder.
    ``progress`` is told how many bytes of the payload were read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        executor: Executor | None = None,
        ahead: HashAhead | None = None,
        progress: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._executor, self._ahead, self._progress = executor, ahead, progress
        self._top = open_top(folder) if ahead is None else os.dup(ahead.top)
        self._files = BagFiles(self._top, executor=executor, progress=progress)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder back."""
        os.close(self._top)

    def entries(self) -> Iterator[Entry]:
        """Name everything below the folder, in any order; links are named, not followed."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            make = partial(_entry, prefix=f"{folder}/" if folder else "")
            for entry in self._files.scan(folder, make):
                if entry.kind is EntryKind.FOLDER:
                    waiting.append(entry.path)
                yield entry

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file; Refused ``source.too-large``, Unavailable ``source.…``."""
        fd = self._files.open(path)
        try:
            before = os.fstat(fd)
            if before.st_size > limit:
                raise Refused(
                    "source.too-large", "{path} has more than {limit} bytes", path=path, limit=limit
                )
            data = b"".join(_pieces(fd, before.st_size + 1))
            require_same(before, os.fstat(fd), path, len(data))
        except OSError as error:
            raise unavailable(error, path) from error
        finally:
            os.close(fd)
        return data

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Hash the file both ways in one pass; Unavailable ``source.changed`` if it moved."""
        found = self._find_hashed(path, leaf_size)
        if found is None or found.sha256 is None:
            found = self._files.hash_whole(path, leaf_size=leaf_size)
        return measurement_of(found)

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Hash the blocks, on two threads; Unavailable ``source.changed`` if the file moved."""
        found = self._find_hashed(path, leaf_size)
        if found is None:
            found = self._files.hash_leaves(path, leaf_size=leaf_size)
        return leaf_measurement_of(found)

    def _find_hashed(self, path: str, leaf_size: int) -> Hashed | None:
        if self._ahead is None or leaf_size != LEAF_SIZE:
            return None
        return self._ahead.find(path, progress=self._progress)

    def read_range(self, path: str, *, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes from ``start`` to before ``end``, in blocks; Unavailable if short."""
        fd = self._files.open(path)
        try:
            while start < end:
                block = os.pread(fd, min(BLOCK, end - start), start)
                if not block:
                    raise Unavailable("source.changed", "{path} became shorter", path=path)
                yield block
                start += len(block)
        except OSError as error:
            raise unavailable(error, path) from error
        finally:
            os.close(fd)

    def spread(self, measure: Callable[[str], T], paths: Iterable[str]) -> Iterator[T]:
        """Apply ``measure`` to every path, results in order; small files on two threads."""
        if self._executor is None:
            yield from map(measure, paths)
            return
        small: list[str] = []
        for path in paths:
            if self._files.size(path) >= SHARED_FROM:
                yield from self._together(measure, small)
                small = []
                yield measure(path)
            else:
                small.append(path)
                if len(small) == _AT_ONCE:
                    yield from self._together(measure, small)
                    small = []
        yield from self._together(measure, small)

    def _together(self, measure: Callable[[str], T], paths: list[str]) -> list[T]:
        """Share out a batch: the other thread takes the second half."""
        half = len(paths) // 2
        if self._executor is None or not half:
            return list(map(measure, paths))
        rest: Future[list[T]] = self._executor.submit(lambda: list(map(measure, paths[half:])))
        try:
            first = list(map(measure, paths[:half]))
        finally:
            done = rest.exception()
        if done is not None:
            raise done
        return [*first, *rest.result()]


def _entry(found: "os.DirEntry[str]", *, prefix: str) -> Entry:
    path = f"{prefix}{found.name}"
    if found.is_symlink():
        return Entry(path=path, kind=EntryKind.LINK)
    if found.is_dir(follow_symlinks=False):
        return Entry(path=path, kind=EntryKind.FOLDER)
    if found.is_file(follow_symlinks=False):
        size = found.stat(follow_symlinks=False).st_size
        return Entry(path=path, kind=EntryKind.FILE, size=size)
    return Entry(path=path, kind=EntryKind.OTHER)


def _pieces(fd: int, limit: int) -> Iterator[bytes]:
    offset = 0
    while offset < limit and (piece := os.pread(fd, min(BLOCK, limit - offset), offset)):
        yield piece
        offset += len(piece)
