"""Sealing: any plaintext of known size becomes one age v1 file, on all cores, in one reading.

The size of every part is known beforehand, so each worker reads, seals and writes blocks of
its own, in any order.  A crashed sealing is never continued: it starts again with a new file
key, because the same key over a source that changed would repeat nonces.
"""

import os
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol, Self, TypeAlias

from attrs import frozen
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from longbien.adapters.partial_files import (
    new_file,
    reserve,
    start_writing_back,
    write_at,
    write_errors,
)
from longbien.primitives.errors import Integrity, Refused, Unavailable
from longbien.trust.age.envelope import encode_header, new_file_key
from longbien.trust.age.recipients import RandomBytes, Recipient
from longbien.trust.age.stream import (
    CHUNK,
    MAX_PLAINTEXT,
    NONCE,
    SEALED_CHUNK,
    payload_cipher,
    seal_chunks,
    sealed_size,
)

BLOCK_CHUNKS = 16  # 1 MiB: beyond it the processor's cache no longer helps
BLOCK = BLOCK_CHUNKS * CHUNK
_FLUSH_BLOCKS = 8  # blocks that are carried to the disk together
MAX_WORKERS = 8  # two buffers of 1 MiB each; more cores than this wait for the disk

Advance: TypeAlias = Callable[[int], None]
"""Told how many bytes of plaintext were done since the last call; called from one thread."""


class Plaintext(Protocol):
    """Something to seal, of a size that is known and stays."""

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        ...

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill all of ``out`` from ``offset`` on.

        Called by several threads at once, in any order, each byte once.  Raises errors of
        the LongBienError family only, also when less is there than ``size`` promised.
        """
        ...


@frozen(kw_only=True)
class SealedFile:
    """What was written."""

    size: int
    """Bytes of the sealed file."""
    header_size: int
    plaintext_size: int


class FilePlaintext:
    """A file to seal.  It must stay as it is: a change while it is read stops the sealing.

    A pipe or a device has no size that is known beforehand and is Refused
    ``sealed.not-a-file``.  Raises Unavailable ``sealed.read-failed`` and Integrity
    ``sealed.source-changed``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # O_NONBLOCK: a pipe that nobody writes to must not hold us
            self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise _unreadable(path, error) from error
        if not stat.S_ISREG(os.fstat(self.descriptor).st_mode):
            self.close()
            raise Refused("sealed.not-a-file", "{path} is not a regular file", path=path)
        self._stamp = self._look()
        self.size = self._stamp[0]

    def __enter__(self) -> Self:
        """Return itself; the file closes with the block."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill ``out`` from ``offset`` on."""
        rest = out
        try:
            while rest:
                count = os.preadv(self.descriptor, [rest], offset)
                if not count:
                    raise self._changed()
                rest = rest[count:]
                offset += count
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if self._look() != self._stamp:
            raise self._changed()

    def _look(self) -> tuple[int, int]:
        found = os.fstat(self.descriptor)
        return found.st_size, found.st_mtime_ns

    def _changed(self) -> Integrity:
        return Integrity(
            "sealed.source-changed", "{path} changed while it was read", path=self._path
        )


def seal(
    plaintext: Plaintext,
    out: Path,
    *,
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes = os.urandom,
    replace: bool = False,
    workers: int | None = None,
    advance: Advance = lambda _count: None,
) -> SealedFile:
    """Seal ``plaintext`` for ``recipients`` into the new file ``out``.

    On return the file is on disk under its name.  On any exception, an interrupt too, there
    is nothing under either name.  ``workers`` threads take part, by default one a core.
    Memory: two blocks of 1 MiB a worker, whatever the size.

    Raises Refused ``sealed.too-large``, ``sealed.exists``, ``sealed.busy``,
    ``age.recipients.*``; Unavailable ``sealed.no-space``, ``sealed.write-failed``; and what
    the plaintext raises.
    """
    size = plaintext.size
    if size > MAX_PLAINTEXT:
        raise Refused("sealed.too-large", "more than {limit} bytes", limit=MAX_PLAINTEXT)
    file_key, nonce = new_file_key(random_bytes), random_bytes(NONCE)
    head = encode_header(file_key, recipients, random_bytes) + nonce
    cipher = payload_cipher(file_key, nonce)
    total = len(head) + sealed_size(size)
    with new_file(out, replace=replace) as descriptor:
        with write_errors(out):
            reserve(descriptor, total)
            write_at(descriptor, head, 0)
        job = _Sealing(plaintext, cipher, out=out, descriptor=descriptor, start=len(head))
        run_workers(job.worker, job.count, workers=workers, advance=advance)
    return SealedFile(size=total, header_size=len(head) - NONCE, plaintext_size=size)


def worker_count(workers: int | None, *, blocks: int) -> int:
    """Return how many threads work on so many blocks: by default one a usable core."""
    wanted = len(os.sched_getaffinity(0)) if workers is None else workers
    return max(1, min(wanted, MAX_WORKERS, blocks))


class _Sealing:
    """The blocks of one sealing."""

    def __init__(
        self,
        plaintext: Plaintext,
        cipher: ChaCha20Poly1305,
        *,
        out: Path,
        descriptor: int,
        start: int,
    ) -> None:
        self._plaintext = plaintext
        self._size = plaintext.size
        self._cipher = cipher
        self._out = out
        self._descriptor = descriptor
        self._start = start
        self.count = max(1, -(-self._size // BLOCK))

    def worker(self) -> Callable[[int], int]:
        """Return a function that seals the block of an index, with buffers of its own."""
        plain = memoryview(bytearray(min(BLOCK, self._size)))
        sealed = memoryview(bytearray(BLOCK_CHUNKS * SEALED_CHUNK))

        def seal_block(index: int) -> int:
            offset = index * BLOCK
            piece = plain[: min(BLOCK, self._size - offset)]
            self._plaintext.read_into(offset, piece)
            first = index * BLOCK_CHUNKS
            is_end = index == self.count - 1
            length = seal_chunks(self._cipher, piece, sealed, first_index=first, is_end=is_end)
            with write_errors(self._out):
                write_at(self._descriptor, sealed[:length], self._start + first * SEALED_CHUNK)
            self._flush_behind(index)
            return len(piece)

        return seal_block

    def _flush_behind(self, index: int) -> None:
        """Start writing back the last blocks; one that is not done yet waits for the fsync."""
        if index % _FLUSH_BLOCKS == _FLUSH_BLOCKS - 1:
            length = _FLUSH_BLOCKS * BLOCK_CHUNKS * SEALED_CHUNK
            end = self._start + (index + 1) * BLOCK_CHUNKS * SEALED_CHUNK
            start_writing_back(self._descriptor, end - length, length)


def run_workers(
    new_worker: Callable[[], Callable[[int], int]],
    count: int,
    *,
    workers: int | None,
    advance: Advance,
) -> None:
    """Run the indexes ``0..count`` through threads, each with a worker of its own.

    The calling thread waits and reports.  When anything fails, the others finish the block
    they are at; nobody works any more when this function is left.
    """
    indexes = iter(range(count))
    turn = threading.Lock()
    stopped = threading.Event()
    results: SimpleQueue[int | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            one = new_worker()
            while not stopped.is_set():
                with turn:
                    index = next(indexes, None)
                if index is None:
                    return
                results.put(one(index))
        except BaseException as error:  # noqa: BLE001 - the calling thread raises it
            results.put(error)

    threads = [
        threading.Thread(target=work, name=f"seal-{number}")
        for number in range(worker_count(workers, blocks=count))
    ]
    try:
        for thread in threads:
            thread.start()
        for _ in range(count):
            result = results.get()
            if isinstance(result, BaseException):
                raise result
            advance(result)
    finally:
        stopped.set()
        _join(threads)


def _join(threads: Sequence[threading.Thread]) -> None:
    """Wait for all threads that were started, through interrupts too.

    They write by a descriptor that is closed afterwards and may then mean another file.
    """
    interrupt: KeyboardInterrupt | None = None
    for thread in threads:
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt as error:
                interrupt = error
    if interrupt:
        raise interrupt


def _unreadable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        "sealed.read-failed", "{path} cannot be read: {why}", path=path, why=error.strerror
    )
