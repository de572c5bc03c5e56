"""Sealed objects: an age file in the vault, cut so that every worker makes and opens whole parts.

The header and the payload's nonce are one part, so that a header for another recipient is the
only thing to write anew.  Each other part holds 112 chunks (7 MiB of plaintext, whole leaves of
a chunk tree), the last one what is left.  Put one behind the other, header first, they are the
age file; ``spec/sealed.md``, section 8.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from attrs import evolve, field, frozen
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from longbien.adapters.part_cache import PartCache
from longbien.adapters.sealing import BLOCK, Advance, Plaintext, run_workers, worker_count
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.primitives.digest import SIZE, Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.trust.age.envelope import encode_header, get_file_key, new_file_key
from longbien.trust.age.header import MAX_HEADER, FileKey, Header, parse_header
from longbien.trust.age.identities import Identity
from longbien.trust.age.recipients import RandomBytes, Recipient
from longbien.trust.age.stream import (
    CHUNK,
    MAX_PLAINTEXT,
    NONCE,
    SEALED_CHUNK,
    TAG,
    chunk_count,
    open_chunks,
    payload_cipher,
    plain_size,
    seal_chunks,
)

PART_CHUNKS: Final = 112  # the most whole leaves of 1 MiB that stay below the 8 MiB of a transfer
PLAIN_PART: Final = PART_CHUNKS * CHUNK
PART: Final = PART_CHUNKS * SEALED_CHUNK

T = TypeVar("T")


# --- writing ----------------------------------------------------------------------------------


@frozen(kw_only=True)
class SealingKey:
    """The key of one payload and what it is wrapped in.  Made for one payload, used for no other.

    It exists in memory alone, and only until the object is finished: a sealing that broke off
    cannot go on, and begins anew with another key.
    """

    file_key: FileKey = field(repr=False)
    nonce: bytes = field(repr=False)
    header: bytes = field(repr=False)
    cipher: ChaCha20Poly1305 = field(repr=False)


def new_sealing_key(
    recipients: Sequence[Recipient], random_bytes: RandomBytes = os.urandom
) -> SealingKey:
    """Draw a key and wrap it; raises Refused ``age.recipients.*``."""
    file_key, nonce = new_file_key(random_bytes), random_bytes(NONCE)
    return SealingKey(
        file_key=file_key,
        nonce=nonce,
        header=encode_header(file_key, recipients, random_bytes),
        cipher=payload_cipher(file_key, nonce),
    )


class PartSealer:
    """Seals parts into the vault, one at a time, with a buffer of its own: one a thread."""

    def __init__(self, vault: Vault, key: SealingKey, buffer: memoryview | None = None) -> None:
        self._vault, self._cipher = vault, key.cipher
        self._sealed = memoryview(bytearray(PART)) if buffer is None else buffer

    def seal(self, index: int, blocks: Iterable[memoryview], *, size: int, is_end: bool) -> Digest:
        """Seal the plaintext of one part, ``size`` bytes, and keep it; return its digest.

        Each block, of whole chunks but for the object's end, is encrypted and hashed while the
        processor still has it at hand.
        """
        first = index * PART_CHUNKS
        left = size
        done = 0
        hasher = hashlib.sha256()
        for block in blocks:
            left -= len(block)
            out = self._sealed[done:]
            at = first + done // SEALED_CHUNK
            length = seal_chunks(
                self._cipher, block, out, first_index=at, is_end=is_end and not left
            )
            hasher.update(out[:length])
            done += length
        digest = Digest(hasher.digest())
        self._vault.put(digest, self._sealed[:done])
        return digest


def finish_object(vault: Vault, key: SealingKey, row: bytes, *, plaintext: int) -> SealedObject:
    """Keep list and header, in this order: who holds the header finds all that it opens.

    ``row`` are the digests of the parts, ``plaintext`` the bytes that were sealed.
    """
    list_digest = _keep(vault, row)
    head = key.header + key.nonce
    return SealedObject(
        header=_keep(vault, head),
        header_size=len(head),
        parts_list=list_digest,
        part_count=len(row) // SIZE,
        part_size=PART,
        size=len(head) + plaintext + TAG * chunk_count(plaintext),
    )


def seal_object(
    plaintext: Plaintext,
    vault: Vault,
    *,
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes = os.urandom,
    workers: int | None = None,
    advance: Advance = lambda _count: None,
) -> SealedObject:
    """Seal ``plaintext`` for ``recipients`` into the vault, on all cores; durable on return.

    Memory: a part and a block a worker, and 32 bytes for each part.  What an exception leaves in
    the vault are parts of no object, without a key.  Raises Refused ``sealed.too-large``,
    ``age.recipients.*``; what the vault raises, and what the plaintext raises.
    """
    size = plaintext.size
    require_sealable(size)
    key = new_sealing_key(recipients, random_bytes)
    count = part_count(size)
    row = bytearray(count * SIZE)

    def worker() -> Callable[[int], int]:
        sealer = PartSealer(vault, key)
        plain = memoryview(bytearray(min(BLOCK, size)))

        def seal_part(index: int) -> int:
            start = index * PLAIN_PART
            length = min(PLAIN_PART, size - start)
            blocks = _read_blocks(plaintext, plain, start, length)
            digest = sealer.seal(index, blocks, size=length, is_end=index == count - 1)
            row[index * SIZE : (index + 1) * SIZE] = digest.raw
            return length

        return seal_part

    run_workers(worker, count, workers=workers, advance=advance)
    return finish_object(vault, key, bytes(row), plaintext=size)


def _read_blocks(
    plaintext: Plaintext, buffer: memoryview, start: int, length: int
) -> Iterator[memoryview]:
    """Read a range through one buffer; an empty range is one empty block."""
    for offset in range(0, max(length, 1), BLOCK):
        block = buffer[: min(BLOCK, length - offset)]
        plaintext.read_into(start + offset, block)
        yield block


def part_count(size: int) -> int:
    """Return how many parts a plaintext of ``size`` bytes has; an empty one has one."""
    return max(1, -(-size // PLAIN_PART))


def require_sealable(size: int) -> None:
    """Raise Refused ``sealed.too-large`` for more than a sealed object holds."""
    if size > MAX_PLAINTEXT:
        raise Refused("sealed.too-large", "more than {limit} bytes", limit=MAX_PLAINTEXT)


def _keep(vault: Vault, data: bytes) -> Digest:
    digest = Digest.of(data)
    vault.put(digest, data)
    return digest


@frozen
class MemoryPlaintext:
    """A small plaintext that is in memory already (port ``Plaintext``)."""

    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.data)

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill ``out``."""
        out[:] = self.data[offset : offset + len(out)]


# --- reading ----------------------------------------------------------------------------------


class ObjectReader:
    """An opened sealed object: a plaintext that is decrypted where it is read (``Plaintext``).

    It keeps the file key in memory.  All methods may be called by several threads at once; one
    iterator belongs to one thread.  Beside what is named at each method, all raise what
    ``Vault.get`` raises, and Malformed ``age.payload.*`` for parts that are not what was sealed.
    """

    def __init__(
        self,
        vault: Vault,
        sealed: SealedObject,
        *,
        header: Header,
        file_key: FileKey,
        nonce: bytes,
        row: bytes,
        cache: PartCache,
    ) -> None:
        self._vault, self._row, self._cache = vault, row, cache
        self._cipher = payload_cipher(file_key, nonce)
        self._claimed = plain_size(sealed.size - sealed.header_size)
        self._is_proven = False
        self.sealed, self.header, self.file_key, self.nonce = sealed, header, file_key, nonce

    @property
    def size(self) -> int:
        """Return the size of the plaintext; the last part proves it, and is opened for it once.

        An object that was cut or lengthened raises here, before anything was released.
        """
        if not self._is_proven:
            self._part(self.sealed.part_count - 1)
            self._is_proven = True
        return self._claimed

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill all of ``out`` from ``offset`` on; ValueError outside of the plaintext."""
        self._require_inside(offset, offset + len(out))
        done = 0
        while done < len(out):
            index, inside = divmod(offset + done, PLAIN_PART)
            piece = self._part(index)[inside : inside + len(out) - done]
            out[done : done + len(piece)] = piece
            done += len(piece)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset`` on, fewer at the end of the plaintext."""
        out = bytearray(max(0, min(length, self.size - offset)))
        self.read_into(min(offset, self.size), memoryview(out))
        return bytes(out)

    def blocks(
        self,
        *,
        start: int = 0,
        end: int | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
    ) -> Iterator[memoryview]:
        """Give the plaintext from ``start`` to before ``end`` in order, opened ahead.

        Blocks are as large as parts, and stay valid.  ``executor`` opens them, else ``workers``
        threads of the iterator's own.  ValueError outside of the plaintext.
        """
        stop = self.size if end is None else end
        self._require_inside(start, stop)
        indexes = range(start // PLAIN_PART, -(-stop // PLAIN_PART))
        crew = worker_count(workers, blocks=len(indexes))
        with _pool(executor, crew) as pool:
            for index, part in zip(indexes, _ahead(pool, self._part, indexes, crew), strict=True):
                first = index * PLAIN_PART
                yield part[max(0, start - first) : stop - first]

    def _require_inside(self, start: int, end: int) -> None:
        if not 0 <= start <= end <= self.size:
            msg = "a range outside of the plaintext"
            raise ValueError(msg)

    def _part(self, index: int) -> memoryview:
        key = (self.sealed.header, index)
        return self._cache.get(key, lambda: self._open(index))

    def _open(self, index: int) -> memoryview:
        sealed = memoryview(self._vault.get(Digest(self._row[index * SIZE : (index + 1) * SIZE])))
        if len(sealed) != self.sealed.length_of(index):
            raise _misshapen()
        out = memoryview(bytearray(len(sealed)))
        is_end = index == self.sealed.part_count - 1
        run = open_chunks(self._cipher, sealed, out, first_index=index * PART_CHUNKS, is_end=is_end)
        if run.fault:
            raise run.fault
        return out[: run.size].toreadonly()


@contextmanager
def _pool(executor: Executor | None, crew: int) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    pool = ThreadPoolExecutor(crew, thread_name_prefix="open")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ahead(
    pool: Executor, work: Callable[[int], T], indexes: Iterable[int], count: int
) -> Iterator[T]:
    """Do the work of ``count`` indexes at a time, while the one before them is looked at."""
    left = iter(indexes)
    begun: deque[Future[T]] = deque()
    try:
        for index in left:
            begun.append(pool.submit(work, index))
            if len(begun) == count:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


def open_object(
    sealed: SealedObject,
    vault: Vault,
    identities: Iterable[Identity],
    *,
    cache: PartCache | None = None,
) -> ObjectReader:
    """Open a sealed object with the first identity that fits.

    Raises Malformed ``object.shape`` (sizes that are not our form, or not those of the parts),
    ``age.armor``, ``age.header.*``, ``age.mac``; Refused ``age.no-match``, ``age.passphrase``;
    what the vault raises.
    """
    require_shape(sealed)
    head = vault.get(sealed.header)
    header = parse_header(head)
    row = vault.get(sealed.parts_list)
    if len(head) != sealed.header_size or header.size + NONCE != len(head):
        raise _misshapen()
    if len(row) != sealed.part_count * SIZE:
        raise _misshapen()
    return ObjectReader(
        vault,
        sealed,
        header=header,
        file_key=get_file_key(header, identities),
        nonce=head[header.size :],
        row=row,
        cache=PartCache() if cache is None else cache,
    )


def require_shape(sealed: SealedObject) -> None:
    """Raise Malformed ``object.shape`` unless the sizes are those that ``seal_object`` makes."""
    payload = sealed.size - sealed.header_size
    if (
        not NONCE < sealed.header_size <= MAX_HEADER + NONCE
        or sealed.part_size != PART
        or payload <= 0
        or sealed.part_count != -(-payload // PART)
        or payload > MAX_PLAINTEXT + TAG * chunk_count(MAX_PLAINTEXT)
    ):
        raise _misshapen()


def _misshapen() -> Malformed:
    return Malformed("object.shape", "the sizes of a sealed object are not those of its parts")


# --- another recipient ------------------------------------------------------------------------


def rewrap(
    sealed: SealedObject,
    vault: Vault,
    *,
    identities: Iterable[Identity],
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes = os.urandom,
) -> SealedObject:
    """Write a header for ``recipients`` alone; list and parts stay, and so does the old header.

    The result is a sealed object of its own over the same parts.  That the object is whole is
    proven by its last part first; the others stay unread.  Raises what ``open_object``,
    ``ObjectReader.size`` and ``Vault.put`` raise; Refused ``age.recipients.*``.
    """
    reader = open_object(sealed, vault, identities)
    _ = reader.size
    head = encode_header(reader.file_key, recipients, random_bytes) + reader.nonce
    return evolve(
        sealed,
        header=_keep(vault, head),
        header_size=len(head),
        size=sealed.size - sealed.header_size + len(head),
    )
