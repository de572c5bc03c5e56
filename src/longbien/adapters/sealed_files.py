"""Sealed files: opened in order on all cores, read at any place, given more recipients.

No byte leaves this module that was not authenticated first.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Self

from attrs import field, frozen
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from longbien.adapters.partial_files import (
    copy_range,
    new_file,
    reserve,
    start_writing_back,
    write_at,
    write_errors,
)
from longbien.adapters.sealing import (
    BLOCK,
    BLOCK_CHUNKS,
    Advance,
    FilePlaintext,
    SealedFile,
    worker_count,
)
from longbien.trust.age.envelope import add_recipients, get_file_key
from longbien.trust.age.header import MAX_HEADER, FileKey, Header, parse_header
from longbien.trust.age.identities import Identity
from longbien.trust.age.recipients import RandomBytes, Recipient
from longbien.trust.age.stream import (
    CHUNK,
    NONCE,
    SEALED_CHUNK,
    OpenedRun,
    chunk_count,
    chunk_span,
    open_chunks,
    payload_cipher,
    plain_size,
)

_SEALED_BLOCK = BLOCK_CHUNKS * SEALED_CHUNK


class SealedReader:
    """An opened sealed file: a plaintext that is decrypted where it is read.

    It keeps the file key in memory until it is closed.  All its methods may be called by
    several threads at once; one ``blocks`` iterator belongs to one thread.  Beside the errors
    named at each method, all raise Unavailable ``sealed.read-failed`` and Integrity
    ``sealed.source-changed`` (the file became shorter while it was open).
    """

    def __init__(
        self, file: FilePlaintext, *, header: Header, file_key: FileKey, cipher: ChaCha20Poly1305
    ) -> None:
        self.file = file
        self._cipher = cipher
        self._start = header.size + NONCE
        self._sealed_size = file.size - self._start
        self.header = header
        self.file_key = file_key

    def __enter__(self) -> Self:
        """Return itself; the file closes with the block."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    @cached_property
    def size(self) -> int:
        """Return the size of the plaintext; the last chunk proves it, and is read for it once.

        A file that was cut or lengthened raises Malformed ``age.payload.*`` here, before
        anything was released.
        """
        claimed = plain_size(self._sealed_size)
        last = chunk_count(claimed) - 1
        sealed = memoryview(bytearray(self._sealed_size - last * SEALED_CHUNK))
        self._open(first=last, count=1, sealed=sealed, out=memoryview(bytearray(CHUNK)))
        return claimed

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill all of ``out`` from ``offset`` on: any place, at the cost of the chunks around it.

        Raises ValueError for a range outside of the plaintext; Malformed ``age.payload.*``,
        and then ``out`` holds nothing to be used.
        """
        if offset < 0 or offset + len(out) > self.size:
            msg = "a range outside of the plaintext"
            raise ValueError(msg)
        sealed = memoryview(bytearray(min(_SEALED_BLOCK, len(out) + 2 * SEALED_CHUNK)))
        plain = memoryview(bytearray(len(sealed)))
        done = 0
        while done < len(out):
            length = min(len(out) - done, BLOCK - CHUNK)  # with its two ragged ends one block
            span = chunk_span(offset=offset + done, length=length)
            self._open(first=span.first, count=span.count, sealed=sealed, out=plain)
            out[done : done + length] = plain[span.skip : span.skip + length]
            done += length

    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset`` on, fewer at the end of the plaintext."""
        out = bytearray(max(0, min(length, self.size - offset)))
        self.read_into(min(offset, self.size), memoryview(out))
        return bytes(out)

    def blocks(self, *, workers: int | None = None) -> Iterator[memoryview]:
        """Give the plaintext in order, in blocks of 1 MiB, opened ahead on all cores.

        A block is valid until the next one is asked for.  What is given is authentic, but the
        whole is known to be complete only when the iterator ends by itself: at a fault it gives
        what is good before it and raises Malformed ``age.payload.*``.  Ask for ``size`` first
        to have a cut file refused before anything is released.
        """
        count = max(1, -(-self._sealed_size // _SEALED_BLOCK))
        crew = worker_count(workers, blocks=count)
        pool = ThreadPoolExecutor(crew, thread_name_prefix="open")
        # one block a worker, one that waits, one in the caller's hands
        free = [_Slot() for _ in range(min(crew + 2, count))]
        ahead: deque[tuple[_Slot, Future[OpenedRun]]] = deque()
        indexes = iter(range(count))
        try:
            while True:
                while free and (index := next(indexes, None)) is not None:
                    slot = free.pop()
                    ahead.append((slot, pool.submit(self._open_block, slot, index)))
                if not ahead:
                    return
                slot, future = ahead.popleft()
                run = future.result()
                if run.size:
                    with slot.out[: run.size] as block:  # a late use of it fails, not misreads
                        yield block
                if run.fault:
                    raise run.fault
                free.append(slot)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _open_block(self, slot: "_Slot", index: int) -> OpenedRun:
        first = index * BLOCK_CHUNKS
        offset = first * SEALED_CHUNK
        sealed = slot.sealed[: min(_SEALED_BLOCK, self._sealed_size - offset)]
        self.file.read_into(self._start + offset, sealed)
        is_end = offset + len(sealed) == self._sealed_size
        return open_chunks(self._cipher, sealed, slot.out, first_index=first, is_end=is_end)

    def _open(self, *, first: int, count: int, sealed: memoryview, out: memoryview) -> None:
        """Open a run of chunks whole, or raise its fault."""
        offset = first * SEALED_CHUNK
        piece = sealed[: min(count * SEALED_CHUNK, self._sealed_size - offset)]
        self.file.read_into(self._start + offset, piece)
        is_end = offset + len(piece) == self._sealed_size
        run = open_chunks(self._cipher, piece, out, first_index=first, is_end=is_end)
        if run.fault:
            raise run.fault


def open_sealed(path: Path, identities: Iterable[Identity]) -> SealedReader:
    """Open a sealed file with the first identity that fits.

    Raises Malformed ``age.armor``, ``age.header.*``, ``age.mac``; Refused ``age.no-match``,
    ``age.passphrase``; Unavailable ``sealed.read-failed``.
    """
    file = FilePlaintext(path)
    try:
        head = bytearray(min(MAX_HEADER, file.size))
        file.read_into(0, memoryview(head))
        header = parse_header(bytes(head))
        file_key = get_file_key(header, identities)
        nonce = bytearray(min(NONCE, file.size - header.size))
        file.read_into(header.size, memoryview(nonce))
        cipher = payload_cipher(file_key, bytes(nonce))
        return SealedReader(file, header=header, file_key=file_key, cipher=cipher)
    except BaseException:
        file.close()
        raise


def add_recipients_to(
    path: Path,
    out: Path,
    *,
    identities: Iterable[Identity],
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes = os.urandom,
    replace: bool = False,
    advance: Advance = lambda _count: None,
) -> SealedFile:
    """Write ``out``: the payload of ``path`` unchanged behind a header with more recipients.

    It is a new sealed object with a hash of its own.  ``advance`` counts payload bytes.  That
    the payload is complete is checked first, by its last chunk; its other chunks are copied
    unread.

    Raises what ``open_sealed``, ``SealedReader.size`` and ``sealing.seal`` raise.
    """
    with open_sealed(path, identities) as reader:
        size = reader.size
        head = add_recipients(reader.header, reader.file_key, recipients, random_bytes)
        source, length = reader.header.size, reader.file.size - reader.header.size
        with new_file(out, replace=replace) as descriptor:
            with write_errors(out):
                reserve(descriptor, len(head) + length)
                write_at(descriptor, head, 0)
            _copy(reader.file, source, descriptor, offset=len(head), out=out, advance=advance)
    return SealedFile(size=len(head) + length, header_size=len(head), plaintext_size=size)


def _copy(
    file: FilePlaintext, source: int, descriptor: int, *, offset: int, out: Path, advance: Advance
) -> None:
    """Copy ``file`` from ``source`` to its end to ``offset``: by the system, else by hand."""
    buffer = memoryview(bytearray(BLOCK))
    by_system = True
    while source < file.size:
        rest = file.size - source
        count = 0
        if by_system:
            with write_errors(out):
                count = copy_range(file.descriptor, source, descriptor, offset, length=rest)
            by_system = count > 0
        if not by_system:
            count = min(rest, BLOCK)
            file.read_into(source, buffer[:count])
            with write_errors(out):
                write_at(descriptor, buffer[:count], offset)
        start_writing_back(descriptor, offset, count)
        source, offset = source + count, offset + count
        advance(count)


@frozen
class _Slot:
    """The buffers of one block."""

    sealed: memoryview = field(factory=lambda: memoryview(bytearray(_SEALED_BLOCK)))
    out: memoryview = field(factory=lambda: memoryview(bytearray(BLOCK)))
