"""Hashing the payload in a process of its own while this one is still loading the program.

Loading holds the interpreter's lock, for which hashing threads of the same process would wait
before and after every block.  The other process is a fork made before anything heavy was loaded:
it shares no lock, and it is hashing a few milliseconds after the start.

It only spares time.  Whatever it could not hash, or if it dies, is hashed by whoever asks, with
``preadv``.  It may therefore map files: a failing disk kills this process, and the one that asks
meets the error as an exception.
"""

import marshal
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any, NoReturn, Self

from longbien.cli._bag_files import SHARED_FROM, BagFiles, open_top
from longbien.evidence.hashing import LEAF_SIZE, Hashed
from longbien.primitives.errors import LongBienError


class HashAhead:
    """The large files of a payload, being hashed elsewhere; use it in a ``with`` statement.

    ``top`` is the descriptor of the folder, for its reader to use: both see the same one.
    """

    def __init__(self, *, top: int, pid: int, results: IO[bytes]) -> None:
        self.top = top
        self._pid, self._results = pid, results
        self._found: dict[str, Hashed | None] = {}
        self._promised: set[str] | None = None
        self._lock = threading.Lock()

    @classmethod
    def start(cls, folder: "str | os.PathLike[str]", *, blocks_only: bool) -> Self | None:
        """Begin; None where a process cannot safely be forked because it has several threads.

        ``blocks_only``: of files above one block the leaves alone.  Unavailable ``source.…``
        if there is no such folder.
        """
        if _thread_count() > 1:
            return None
        top = open_top(folder)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _hash_all(top, writing, blocks_only=blocks_only)
        os.close(writing)
        return cls(top=top, pid=pid, results=os.fdopen(reading, "rb"))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the other process, whether it is done or not."""
        os.kill(self._pid, signal.SIGKILL)  # until it is waited for, the number is its own
        os.waitpid(self._pid, 0)
        self._results.close()
        os.close(self.top)

    def find(self, path: str, *, progress: Callable[[int], None]) -> Hashed | None:
        """Wait for what was found of a file; None: nothing was, or it was given out already."""
        with self._lock:
            if self._promised is None:
                self._promised = set(self._next() or ())
            while path in self._promised and path not in self._found:
                self._take(self._next(), progress)
            self._promised.discard(path)
            return self._found.pop(path, None)

    def _take(self, record: Any, progress: Callable[[int], None]) -> None:  # noqa: ANN401 - marshal gives what was written
        if record is None:
            self._promised = set()
        elif isinstance(record, int):
            progress(record)
        else:
            path, found = record
            self._found[path] = None if found is None else Hashed(*found)

    def _next(self) -> Any:  # noqa: ANN401 - marshal gives what was written
        """Return the next record; None after the last one, or where the process died."""
        try:
            return marshal.load(self._results)  # noqa: S302 - our own fork wrote it
        except (EOFError, ValueError, TypeError):
            return None


def _thread_count() -> int:
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - a count; those of libraries too
    except OSError:
        return threading.active_count()


def _hash_all(top: int, writing: int, *, blocks_only: bool) -> NoReturn:
    """Be the other process.  Each record is written at once: if nobody reads any more, it ends."""
    try:
        for number in (signal.SIGINT, signal.SIGBUS):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # evidence is not left in a dump
        with os.fdopen(writing, "wb") as results:

            def tell(record: Any) -> None:  # noqa: ANN401 - what marshal can write
                results.write(marshal.dumps(record))
                results.flush()

            files = BagFiles(top, executor=_Helper(), progress=tell, mapped=True)
            sizes = dict(sorted(_large_files(files, "data")))
            tell(list(sizes))
            for path, size in sizes.items():
                found = _hash(files, path, blocks_only=blocks_only and size > LEAF_SIZE)
                tell((path, found and tuple(found)))
    finally:
        os._exit(0)  # nothing of the process that was copied may be written or cleaned up twice


def _hash(files: BagFiles, path: str, *, blocks_only: bool) -> Hashed | None:
    """Hash a file; None for an error, which whoever asks for the file will meet himself."""
    with suppress(LongBienError, ValueError):  # mmap's word for a file that became shorter
        hash_file = files.hash_leaves if blocks_only else files.hash_whole
        return hash_file(path, leaf_size=LEAF_SIZE)
    return None


def _large_files(files: BagFiles, folder: str) -> Iterator[tuple[str, int]]:
    """Name the files worth a second thread; a strange bag has none."""
    with suppress(LongBienError):
        for name, is_folder, size in files.scan(folder, _entry):
            if is_folder:
                yield from _large_files(files, f"{folder}/{name}")
            elif size >= SHARED_FROM:
                yield f"{folder}/{name}", size


def _entry(found: "os.DirEntry[str]") -> tuple[str, bool, int]:
    is_file = found.is_file(follow_symlinks=False)
    size = found.stat(follow_symlinks=False).st_size if is_file else 0
    return found.name, found.is_dir(follow_symlinks=False), size


class _Helper:
    """One thread more, as an executor; lighter to load than ``concurrent.futures``."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, fn: Callable[[], object], /) -> "_Call":
        """Begin a call as soon as the one before it has ended."""
        call = _Call(fn)
        self._calls.put(call.run)
        return call

    def _work(self) -> NoReturn:
        while True:
            self._calls.get()()


class _Call:
    def __init__(self, fn: Callable[[], object]) -> None:
        self._fn, self._done = fn, threading.Event()
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._fn()
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._error = error
        finally:
            self._done.set()

    def result(self) -> None:
        """Wait for the end; raise what the call raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error
