"""A bag in a folder: the port ``BagSource`` over a real disk, for the verifier alone.

Nothing is followed: every part of a path is opened below the one before it, links refused.
Blocks are read with ``preadv``, never mapped: an I/O error on a failing disk must be an
exception, not a signal.  Writing is none of its business.
"""

import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self, TypeVar

from longbien.evidence.measure import hash_block, leaf_count, measure_blocks
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.source import Entry, EntryKind, LeafMeasurement, Measurement
from longbien.ledger.tree import HASH_SIZE
from longbien.primitives.errors import LongBienError, Refused, Unavailable

T = TypeVar("T")

BLOCK = 4 * 2**20  # bytes of one read; two such buffers a thread
_SHARED_FROM = 2**20  # bytes: below this, handing work to another thread costs more than it saves
_AT_ONCE = 64  # small files handed out together: enough to keep two threads busy
_MAX_AHEAD = 64  # files: their results wait in memory
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY


class BagFolder:
    """Reads a bag; close it, or use it in a ``with`` statement.

    With an executor of one thread or more, the digest and the chunk tree of a large file are
    made side by side.  ``progress`` is told how many bytes of the payload were read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        executor: Executor | None = None,
        progress: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._executor, self._progress = executor, progress
        self._buffers = threading.local()
        self._lock = threading.Lock()
        self._ahead: dict[str, Future[Measurement]] = {}
        self._leaves_ahead: dict[str, _LeavesAhead] = {}
        self._reading: Future[None] | None = None
        self._is_closed = self._is_taken_over = False
        try:
            self._top = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        except OSError as error:
            raise _unavailable(error, str(folder)) from error

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder back."""
        self._is_closed = True
        if self._reading is not None:
            self._reading.exception()
        os.close(self._top)

    def read_ahead(self, *, blocks_only: bool = False) -> None:
        """Begin to measure the payload while the rest of the program is still loading.

        Needs an executor with two threads; without one nothing happens.  ``blocks_only``: of
        files above one block the leaves alone, because ``measure_leaves`` will be asked for.
        """
        if self._executor is not None:
            self._reading = self._executor.submit(self._measure_ahead, blocks_only=blocks_only)

    def entries(self) -> Iterator[Entry]:
        """Name everything below the folder, in any order; links are named, not followed."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for entry in self._scan(folder):
                if entry.kind is EntryKind.FOLDER:
                    waiting.append(entry.path)
                yield entry

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file; Refused ``source.too-large``, Unavailable ``source.…``."""
        fd = self._open(path)
        try:
            before = os.fstat(fd)
            if before.st_size > limit:
                raise Refused(
                    "source.too-large", "{path} has more than {limit} bytes", path=path, limit=limit
                )
            data = b"".join(_pieces(fd, before.st_size + 1))
            _require_same(before, os.fstat(fd), path, len(data))
        except OSError as error:
            raise _unavailable(error, path) from error
        finally:
            os.close(fd)
        return data

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Hash the file both ways in one pass; Unavailable ``source.changed`` if it moved."""
        begun = self._begun(self._ahead, path, leaf_size)
        return self._measure(path, leaf_size=leaf_size) if begun is None else begun.result()

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Hash the blocks, on two threads; Unavailable ``source.changed`` if the file moved."""
        begun = self._begun(self._leaves_ahead, path, leaf_size)
        if begun is None:
            return self._measure_leaves(path, leaf_size=leaf_size)
        begun.help()
        return begun.found.result()

    def _begun(self, ahead: dict[str, T], path: str, leaf_size: int) -> T | None:
        with self._lock:
            self._is_taken_over |= path.startswith("data/")
            return ahead.pop(path, None) if leaf_size == LEAF_SIZE else None

    def _measure_ahead(self, *, blocks_only: bool = False) -> None:
        """Measure the first files, each once: ``measure`` picks the results up."""
        for entry in islice(self._files_below("data"), _MAX_AHEAD):
            path = entry.path
            leaves = _LeavesAhead() if blocks_only and entry.size > LEAF_SIZE else None
            whole: Future[Measurement] = Future()
            with self._lock:
                if self._is_taken_over or self._is_closed:
                    return
                if leaves is None:
                    self._ahead[path] = whole
                else:
                    self._leaves_ahead[path] = leaves
            if leaves is None:
                _settle(whole, partial(self._measure, path, leaf_size=LEAF_SIZE))
            else:
                _settle(
                    leaves.found,
                    partial(self._measure_leaves, path, leaf_size=LEAF_SIZE, begun=leaves),
                )

    def _files_below(self, folder: str) -> Iterator[Entry]:
        """Name files in the order in which a verifier asks for them; a strange bag names none."""
        try:
            entries = sorted(self._scan(folder), key=lambda entry: entry.path)
        except Unavailable:
            return
        for entry in entries:
            if entry.kind is EntryKind.FOLDER:
                yield from self._files_below(entry.path)
            elif entry.kind is EntryKind.FILE:
                yield entry

    def _measure(self, path: str, *, leaf_size: int) -> Measurement:
        fd = self._open(path)
        try:
            before = os.fstat(fd)
            large = before.st_size >= _SHARED_FROM
            found = measure_blocks(
                self._blocks(fd, before.st_size),
                leaf_size=leaf_size,
                executor=self._executor if large else None,
            )
            _require_same(before, os.fstat(fd), path, found.size)
        except OSError as error:
            raise _unavailable(error, path) from error
        finally:
            os.close(fd)
        return found

    def _measure_leaves(
        self, path: str, *, leaf_size: int, begun: "_LeavesAhead | None" = None
    ) -> LeafMeasurement:
        fd = self._open(path)
        try:
            before = os.fstat(fd)
            shared = _Leaves(fd, before.st_size, leaf_size, self._progress)
            if begun is not None:
                begun.shared = shared  # the other core is loading the program, and helps later
            elif self._executor is not None and before.st_size > leaf_size:
                self._executor.submit(shared.work)
            shared.work()
            shared.finish()
            _require_same(before, os.fstat(fd), path, shared.count)
        except OSError as error:
            raise _unavailable(error, path) from error
        finally:
            os.close(fd)
        return LeafMeasurement(size=before.st_size, leaves=bytes(shared.hashes))

    def read_range(self, path: str, *, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes from ``start`` to before ``end``, in blocks; Unavailable if short."""
        fd = self._open(path)
        try:
            while start < end:
                block = os.pread(fd, min(BLOCK, end - start), start)
                if not block:
                    raise Unavailable("source.changed", "{path} became shorter", path=path)
                yield block
                start += len(block)
        except OSError as error:
            raise _unavailable(error, path) from error
        finally:
            os.close(fd)

    def spread(self, measure: Callable[[str], T], paths: Iterable[str]) -> Iterator[T]:
        """Apply ``measure`` to every path, results in order; small files on two threads."""
        if self._executor is None:
            yield from map(measure, paths)
            return
        small: list[str] = []
        for path in paths:
            if self._size(path) >= _SHARED_FROM:
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

    def _scan(self, folder: str) -> list[Entry]:
        fd = self._walk(folder.split("/") if folder else [])
        try:
            with os.scandir(fd) as found:
                return [_entry(one, f"{folder}/" if folder else "") for one in found]
        except OSError as error:
            raise _unavailable(error, folder) from error
        finally:
            os.close(fd)

    def _open(self, path: str) -> int:
        *folders, name = path.split("/")
        below = self._walk(folders)
        try:
            fd = os.open(name, _READ, dir_fd=below)
        except OSError as error:
            raise _unavailable(error, path) from error
        finally:
            os.close(below)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Unavailable("source.absent", "{path} is not a file", path=path)
        return fd

    def _walk(self, folders: list[str]) -> int:
        """Return a descriptor of a folder, each part opened below the one before it."""
        fd = os.dup(self._top)
        for number, name in enumerate(folders, 1):
            try:
                below = os.open(name, _FOLDER, dir_fd=fd)
            except OSError as error:
                raise _unavailable(error, "/".join(folders[:number])) from error
            finally:
                os.close(fd)
            fd = below
        return fd

    def _size(self, path: str) -> int:
        *folders, name = path.split("/")
        fd = self._walk(folders)
        try:
            return os.stat(name, dir_fd=fd, follow_symlinks=False).st_size
        except OSError as error:
            raise _unavailable(error, path) from error
        finally:
            os.close(fd)

    def _blocks(self, fd: int, size: int) -> Iterator[memoryview]:
        """Read the file through two buffers in turn; the reader may still look at the last one."""
        pair = self._pair(size)
        offset = turn = 0
        while count := os.preadv(fd, [pair[turn]], offset):
            yield pair[turn][:count]
            self._progress(count)
            offset, turn = offset + count, 1 - turn

    def _pair(self, size: int) -> tuple[memoryview, memoryview]:
        need = min(BLOCK, max(size, 1))
        pair: tuple[memoryview, memoryview] | None = getattr(self._buffers, "pair", None)
        if pair is None or len(pair[0]) < need:
            pair = (memoryview(bytearray(need)), memoryview(bytearray(need)))
            self._buffers.pair = pair
        return pair


def _settle(found: Future[T], measure: Callable[[], T]) -> None:
    try:
        found.set_result(measure())
    except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
        found.set_exception(error)


class _Leaves:
    """The blocks of one file, handed out one by one to whoever comes to ``work``."""

    def __init__(self, fd: int, size: int, leaf_size: int, progress: Callable[[int], None]) -> None:
        self._fd, self._size, self._leaf_size, self._progress = fd, size, leaf_size, progress
        self._changed = threading.Condition()
        self._workers, self._is_finished = 0, False
        self._error: BaseException | None = None
        self._left = iter(range(leaf_count(size, leaf_size)))
        self.hashes = bytearray(HASH_SIZE * leaf_count(size, leaf_size))
        self.count = 0
        """Bytes hashed: those of the whole file, unless it became shorter."""

    def work(self) -> None:
        """Hash blocks until none is left; an error ends it for all, and leaves in ``finish``."""
        with self._changed:
            if self._is_finished:
                return
            self._workers += 1
        hashed = 0
        try:
            buffer = memoryview(bytearray(min(self._leaf_size, max(self._size, 1))))
            # the iterator is handed out under the interpreter's own lock
            for index in self._left:
                block = self._read(buffer, index * self._leaf_size)
                place = index * HASH_SIZE
                self.hashes[place : place + HASH_SIZE] = hash_block(block)
                hashed += len(block)
                self._progress(len(block))
        except BaseException as error:  # noqa: BLE001 - raised where the file is given back
            self._left, self._error = iter(range(0)), error
        finally:
            with self._changed:
                self.count += hashed
                self._workers -= 1
                self._changed.notify_all()

    def finish(self) -> None:
        """Wait until nobody reads from the file any more, and let nobody begin."""
        with self._changed:
            self._is_finished = True
            while self._workers:
                self._changed.wait()
        if self._error is not None:
            raise self._error

    def _read(self, buffer: memoryview, offset: int) -> memoryview:
        need = min(len(buffer), self._size - offset)
        filled = 0
        while count := os.preadv(self._fd, [buffer[filled:need]], offset + filled):
            filled += count
        return buffer[:filled]


class _LeavesAhead:
    """The leaves of a file that are being made before anybody asked for them."""

    def __init__(self) -> None:
        self.found: Future[LeafMeasurement] = Future()
        self.shared: _Leaves | None = None

    def help(self) -> None:
        """Hash what is left of the file side by side with the thread that began."""
        if self.shared is not None:
            self.shared.work()


def _entry(found: "os.DirEntry[str]", prefix: str) -> Entry:
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


def _require_same(before: os.stat_result, after: os.stat_result, path: str, size: int) -> None:
    """Refuse a file that was written to while it was read: its digest would be nobody's."""
    marks = [(found.st_size, found.st_mtime_ns, found.st_ctime_ns) for found in (before, after)]
    if marks[0] != marks[1] or size != before.st_size:
        raise Unavailable(
            "source.changed", "{path} changed while it was read", retry=True, path=path
        )


def _unavailable(error: OSError, path: str) -> LongBienError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Unavailable("source.absent", "{path} is not there", path=path)
    return Unavailable(
        "source.unreadable", "{path} cannot be read: {why}", path=path, why=error.strerror
    )
