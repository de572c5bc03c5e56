"""The files of a bag on a real disk: opened, read and hashed.

Nothing is followed: every part of a path is opened below the one before it, links refused.
Blocks are read with ``preadv``, not mapped: an I/O error on a failing disk must be an exception,
not a signal.  Only ``_hash_ahead`` may ask for maps, in a process that nobody misses.  Loads
little, because hashing ahead begins here before all else.
"""

import mmap
import os
import stat
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from longbien.evidence.hashing import (
    HASH_SIZE,
    Executor,
    Hashed,
    hash_block,
    hash_blocks,
    leaf_count,
)
from longbien.primitives.errors import LongBienError, Unavailable

T = TypeVar("T")

BLOCK = 8 * 2**20  # bytes of one read; two such buffers a thread, eight leaves to share out
SHARED_FROM = 2**20  # bytes: below this, handing work to another thread costs more than it saves
_WINDOW = 16 * 2**20  # bytes mapped at once by a thread; what is mapped counts as its memory
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY


def open_top(folder: "str | os.PathLike[str]") -> int:
    """Return a descriptor of the bag's own folder, which may be named through a link."""
    try:
        return os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError as error:
        raise unavailable(error, str(folder)) from error


class BagFiles:
    """Opens and hashes the files below ``top``, a folder's descriptor that the caller closes.

    With an executor, the digest and the leaves of a large file are made side by side.
    ``progress`` is told how many bytes were hashed.  All methods raise Unavailable ``source.…``.

    ``mapped``: blocks alone are hashed where the kernel keeps them, which spares a copy, an eighth
    of the time.  A disk that fails, or a file that becomes shorter, then ends the process.
    """

    def __init__(
        self,
        top: int,
        *,
        executor: Executor | None,
        progress: Callable[[int], None],
        mapped: bool = False,
    ) -> None:
        self._top, self._executor, self._progress, self._mapped = top, executor, progress, mapped
        self._buffers = threading.local()

    def hash_whole(self, path: str, *, leaf_size: int) -> Hashed:
        """Hash the file both ways in one pass; Unavailable ``source.changed`` if it moved."""
        fd = self.open(path)
        try:
            before = os.fstat(fd)
            large = before.st_size >= SHARED_FROM
            found = hash_blocks(
                self._blocks(fd, before.st_size),
                leaf_size=leaf_size,
                executor=self._executor if large else None,
            )
            require_same(before, os.fstat(fd), path, found.size)
        except OSError as error:
            raise unavailable(error, path) from error
        finally:
            os.close(fd)
        return found

    def hash_leaves(self, path: str, *, leaf_size: int) -> Hashed:
        """Hash the blocks alone; Unavailable ``source.changed`` if the file moved."""
        fd = self.open(path)
        try:
            before = os.fstat(fd)
            kind = _MappedLeaves if self._mapped else _Leaves
            shared = kind(fd, before.st_size, leaf_size, self._progress)
            if self._executor is not None and before.st_size > leaf_size:
                self._executor.submit(shared.work)
            shared.work()
            shared.finish()
            require_same(before, os.fstat(fd), path, shared.count)
        except OSError as error:
            raise unavailable(error, path) from error
        finally:
            os.close(fd)
        return Hashed(before.st_size, None, bytes(shared.hashes))

    def open(self, path: str) -> int:
        """Return a descriptor of a file; anything else is Unavailable ``source.absent``."""
        *folders, name = path.split("/")
        below = self.walk(folders)
        try:
            fd = os.open(name, _READ, dir_fd=below)
        except OSError as error:
            raise unavailable(error, path) from error
        finally:
            os.close(below)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Unavailable("source.absent", "{path} is not a file", path=path)
        return fd

    def walk(self, folders: list[str]) -> int:
        """Return a descriptor of a folder, each part opened below the one before it."""
        fd = os.dup(self._top)
        for number, name in enumerate(folders, 1):
            try:
                below = os.open(name, _FOLDER, dir_fd=fd)
            except OSError as error:
                raise unavailable(error, "/".join(folders[:number])) from error
            finally:
                os.close(fd)
            fd = below
        return fd

    def scan(self, folder: str, make: "Callable[[os.DirEntry[str]], T]") -> list[T]:
        """Return what ``make`` says of each thing in a folder, of which ``""`` is the top."""
        fd = self.walk(folder.split("/") if folder else [])
        try:
            with os.scandir(fd) as found:
                return list(map(make, found))
        except OSError as error:
            raise unavailable(error, folder) from error
        finally:
            os.close(fd)

    def size(self, path: str) -> int:
        """Return how large the file is."""
        *folders, name = path.split("/")
        fd = self.walk(folders)
        try:
            return os.stat(name, dir_fd=fd, follow_symlinks=False).st_size
        except OSError as error:
            raise unavailable(error, path) from error
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
            for place, block in self._blocks():
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

    def _blocks(self) -> Iterator[tuple[int, memoryview]]:
        """Return the blocks that this thread gets, each with the place of its hash."""
        buffer = memoryview(bytearray(min(self._leaf_size, max(self._size, 1))))
        # the iterator is handed out under the interpreter's own lock
        for index in self._left:
            offset = index * self._leaf_size
            need = min(len(buffer), self._size - offset)
            filled = 0
            while count := os.preadv(self._fd, [buffer[filled:need]], offset + filled):
                filled += count
            yield index * HASH_SIZE, buffer[:filled]


class _MappedLeaves(_Leaves):
    """The same, of a file that is mapped, a window at a time for each thread."""

    def _blocks(self) -> Iterator[tuple[int, memoryview]]:
        begin, window, view = -1, None, memoryview(b"")
        for index in self._left:
            offset = index * self._leaf_size
            if (offset - offset % _WINDOW) != begin:
                begin = offset - offset % _WINDOW
                view.release()
                if window is not None:
                    window.close()
                length = min(_WINDOW, self._size - begin)
                window = mmap.mmap(self._fd, length, prot=mmap.PROT_READ, offset=begin)
                view = memoryview(window)
            with view[offset - begin : offset - begin + self._leaf_size] as block:
                yield index * HASH_SIZE, block


def require_same(before: os.stat_result, after: os.stat_result, path: str, size: int) -> None:
    """Refuse a file that was written to while it was read: its digest would be nobody's."""
    marks = [(found.st_size, found.st_mtime_ns, found.st_ctime_ns) for found in (before, after)]
    if marks[0] != marks[1] or size != before.st_size:
        raise Unavailable(
            "source.changed", "{path} changed while it was read", retry=True, path=path
        )


def unavailable(error: OSError, path: str) -> LongBienError:
    """Return what an error of the disk means to whoever asked for the file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Unavailable("source.absent", "{path} is not there", path=path)
    return Unavailable(
        "source.unreadable", "{path} cannot be read: {why}", path=path, why=error.strerror
    )
