"""A package that is judged where it lies: the bag inside a sealed object, read without a disk.

The tar is read as strictly as ``opener`` reads it, but by random access: headers and paddings
first, which gives an index; contents when they are asked for.  What ``evidence.verify`` says of
this source it says of the opened folder, word for word.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import accumulate
from typing import Final, Self, TypeVar

from attrs import frozen

from longbien.adapters.sealed_objects import ObjectReader
from longbien.evidence.hashing import Hashed, hash_block
from longbien.evidence.measure import leaf_measurement_of, measure_blocks
from longbien.evidence.source import Entry, EntryKind, LeafMeasurement, Measurement
from longbien.evidence.tar import BLOCK, FileBegin, TarReader
from longbien.primitives.errors import Malformed, Refused, Unavailable

T = TypeVar("T")

_SHARED_FROM: Final = 2**20  # bytes: below this another thread costs more than it saves
_AT_ONCE: Final = 64  # small files handed out together


@frozen
class _Place:
    """Where a file's content lies in the tar."""

    start: int
    size: int


class SealedBag:
    """The port ``BagSource`` over an opened sealed object; close it when done.

    Raises when made: Malformed ``tar.…``, ``age.payload.…`` for what a peer may have sent; and
    what ``Vault.get`` raises.  ``progress`` is told of bytes that were measured.
    """

    def __init__(
        self,
        reader: ObjectReader,
        *,
        workers: int | None = None,
        progress: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._reader, self._progress = reader, progress
        self.folder, self._places = _read_index(reader)
        crew = len(os.sched_getaffinity(0)) if workers is None else workers
        self._crew = crew
        # one thread more: the digest of a file is made while its parts are opened
        self._pool: Executor = ThreadPoolExecutor(crew + 1, "sealed-bag")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let the threads go."""
        self.close()

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def entries(self) -> Iterator[Entry]:
        """Name every file, and every folder that one lies in."""
        named: set[str] = set()
        for path, place in self._places.items():
            for folder in _folders_of(path):
                if folder not in named:
                    named.add(folder)
                    yield Entry(path=folder, kind=EntryKind.FOLDER)
            yield Entry(path=path, kind=EntryKind.FILE, size=place.size)

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file; Refused ``source.too-large``, Unavailable ``source.absent``."""
        place = self._place(path)
        if place.size > limit:
            raise Refused(
                "source.too-large", "{path} has more than {limit} bytes", path=path, limit=limit
            )
        return self._reader.read_at(place.start, place.size)

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Decrypt the file once and hash it both ways."""
        place = self._place(path)
        if place.size < _SHARED_FROM:
            # in this thread alone: it may be one of the pool's own
            block = self._reader.read_at(place.start, place.size)
            self._progress(place.size)
            return measure_blocks([block], leaf_size=leaf_size)
        return measure_blocks(self._blocks(place), leaf_size=leaf_size, executor=self._pool)

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Decrypt the file once and hash its blocks only, each on whoever is free."""
        place = self._place(path)

        def leaf(start: int) -> bytes:
            size = min(leaf_size, place.size - start)
            block = self._reader.read_at(place.start + start, size)
            self._progress(size)
            return hash_block(block)

        starts = range(0, place.size, leaf_size)
        rows: list[bytes] = []
        for at in range(0, len(starts), _AT_ONCE):
            rows += self._pool.map(leaf, starts[at : at + _AT_ONCE])
        return leaf_measurement_of(Hashed(place.size, None, b"".join(rows)))

    def spread(self, work: Callable[[str], T], paths: Iterable[str]) -> Iterator[T]:
        """Apply ``work`` to every path, results in order: large files alone, small ones together.

        A large file keeps all threads busy by itself.
        """
        small: list[str] = []
        for path in paths:
            if self._place(path).size >= _SHARED_FROM:
                yield from self._together(work, small)
                yield work(path)
            else:
                small.append(path)
                if len(small) == _AT_ONCE:
                    yield from self._together(work, small)
        yield from self._together(work, small)

    def _together(self, work: Callable[[str], T], paths: list[str]) -> list[T]:
        done = list(self._pool.map(work, paths))
        paths.clear()
        return done

    def _blocks(self, place: _Place) -> Iterator[memoryview]:
        end = place.start + place.size
        for block in self._reader.blocks(
            start=place.start, end=end, workers=self._crew, executor=self._pool
        ):
            yield block
            self._progress(len(block))

    def _place(self, path: str) -> _Place:
        found = self._places.get(path)
        if found is None:
            raise Unavailable("source.absent", "{path} is not there", path=path)
        return found


def _read_index(reader: ObjectReader) -> tuple[str, dict[str, _Place]]:
    """Read every header and every padding of the tar; return the bag's folder and its files."""
    places: dict[str, _Place] = {}
    folder = ""
    tar = TarReader()
    offset = 0
    while block := reader.read_at(offset, BLOCK):
        offset += len(block)
        for event in tar.feed(block):
            if isinstance(event, FileBegin):
                folder = event.folder
                places[event.path] = _Place(offset, event.size)
                behind = tar.skip()
                padding = reader.read_at(offset + event.size, behind - event.size)
                if any(padding):
                    raise Malformed("tar.padding", "bytes behind a file are not zero")
                offset += behind
    tar.finish()
    if not places:
        raise Malformed("tar.empty", "the tar holds no file")
    return folder, places


def _folders_of(path: str) -> Iterator[str]:
    """Name the folders of a path, the outer one first."""
    return accumulate(path.split("/")[:-1], "{}/{}".format)
