"""The payload: 64 KiB chunks under ChaCha20-Poly1305, each at a place known beforehand.

Chunk ``i`` of the plaintext lies at ``65536 * i``; its sealed form at ``65552 * i`` behind the
16-byte nonce.  So chunks can be sealed and opened in any order, on any thread: the functions
here work on a run of chunks and write into the caller's buffer.  Only the last chunk may be
short; it carries a flag, so that a file that was cut is told from a whole one.
"""

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from longbien.primitives.errors import Malformed
from longbien.trust.age.header import FileKey

CHUNK = 64 * 1024  # bytes of plaintext
TAG = 16  # bytes of Poly1305
SEALED_CHUNK = CHUNK + TAG
NONCE = 16  # bytes, once, in front of the chunks
MAX_PLAINTEXT = 5 * 2**40  # bytes; what the transport's object stores hold in one object

_NONCE_SIZE = 12  # of a chunk: an 11-byte counter and the flag of the last one
_LAST = 1


@frozen(kw_only=True)
class OpenedRun:
    """What came out of a run of chunks: ``size`` good bytes, then perhaps a fault."""

    size: int
    """Bytes of authentic plaintext at the beginning of the caller's buffer."""
    fault: Malformed | None


@frozen(kw_only=True)
class ChunkSpan:
    """The run of chunks that holds a range of the plaintext."""

    first: int
    """Index of the first chunk."""
    count: int
    skip: int
    """Bytes of the first chunk that lie before the range."""


def payload_cipher(file_key: FileKey, nonce: bytes) -> ChaCha20Poly1305:
    """Return the cipher of one payload, safe to share between threads.

    The nonce is 16 bytes behind the header; fewer are Malformed ``age.header.nonce``.
    """
    if len(nonce) != NONCE:
        raise Malformed("age.header.nonce", "the file ends right behind its header")
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=nonce, info=b"payload")
    return ChaCha20Poly1305(key.derive(file_key.raw))


def chunk_count(plain_size: int) -> int:
    """Return the number of chunks of a plaintext; an empty one has one empty chunk."""
    return max(1, -(-plain_size // CHUNK))


def sealed_size(plain_size: int) -> int:
    """Return the size of all sealed chunks of a plaintext, without header and nonce."""
    return plain_size + TAG * chunk_count(plain_size)


def plain_size(chunks_size: int) -> int:
    """Return the size of the plaintext, as the size of its sealed chunks claims it.

    A claim only: authenticate the last chunk before you rely on it.
    Raises Malformed ``age.payload.truncated`` and ``age.payload.empty-chunk`` for a size that
    no plaintext has.
    """
    count = -(-chunks_size // SEALED_CHUNK)
    last = chunks_size - SEALED_CHUNK * (count - 1)
    if count == 0 or last < TAG:
        raise _truncated()
    if count > 1 and last == TAG:
        raise _empty_chunk()
    return chunks_size - TAG * count


def chunk_span(*, offset: int, length: int) -> ChunkSpan:
    """Return the chunks that hold ``length`` (at least 1) bytes from ``offset`` on."""
    first = offset // CHUNK
    last = (offset + length - 1) // CHUNK
    return ChunkSpan(first=first, count=last - first + 1, skip=offset - first * CHUNK)


def seal_chunks(
    cipher: ChaCha20Poly1305,
    plain: memoryview,
    out: memoryview,
    *,
    first_index: int,
    is_end: bool,
) -> int:
    """Seal a run of chunks into the beginning of ``out``; return the bytes written.

    ``plain`` holds whole chunks, and with ``is_end`` all the rest of the plaintext.
    Never seal two plaintexts under one cipher and index.
    """
    if not is_end and len(plain) % CHUNK:
        msg = "only the last chunk may be short"
        raise ValueError(msg)
    seal = cipher.encrypt_into
    count = chunk_count(len(plain)) if is_end else len(plain) // CHUNK
    final = first_index + count - 1 if is_end else -1
    source = target = 0
    for index in range(first_index, first_index + count):
        piece = plain[source : source + CHUNK]
        size = len(piece) + TAG
        nonce = (index << 8 | (index == final)).to_bytes(_NONCE_SIZE)
        seal(nonce, piece, None, out[target : target + size])
        source += CHUNK
        target += size
    return target


def open_chunks(
    cipher: ChaCha20Poly1305,
    sealed: memoryview,
    out: memoryview,
    *,
    first_index: int,
    is_end: bool,
) -> OpenedRun:
    """Open a run of chunks into the beginning of ``out``; stop at the first fault.

    ``sealed`` holds whole sealed chunks, and with ``is_end`` all the rest of the file.  Only
    the first ``size`` bytes of ``out`` may be used.  Faults are Malformed:
    ``age.payload.chunk`` (changed or cut), ``age.payload.truncated`` (the last chunk is
    missing), ``age.payload.trailing`` (something follows the last chunk),
    ``age.payload.empty-chunk`` (a last chunk without content).
    """
    if not is_end and len(sealed) % SEALED_CHUNK:
        msg = "only the last chunk may be short"
        raise ValueError(msg)
    # the last chunk by position is the only one that must bear the flag
    ordinary = -(-len(sealed) // SEALED_CHUNK) - (1 if is_end else 0)
    unlock = cipher.decrypt_into
    source = target = 0
    index = first_index
    try:
        for index in range(first_index, first_index + ordinary):
            piece = sealed[source : source + SEALED_CHUNK]
            unlock((index << 8).to_bytes(_NONCE_SIZE), piece, None, out[target : target + CHUNK])
            source += SEALED_CHUNK
            target += CHUNK
    except InvalidTag:
        piece = sealed[source : source + SEALED_CHUNK]
        return _judge_early(cipher, piece, out, index=index, done=target)
    if not is_end:
        return OpenedRun(size=target, fault=None)
    return _open_last(cipher, sealed[source:], out, index=first_index + ordinary, done=target)


def _judge_early(
    cipher: ChaCha20Poly1305, piece: memoryview, out: memoryview, *, index: int, done: int
) -> OpenedRun:
    """Judge a chunk that should be an ordinary one: is it the last, with something behind it."""
    if _opens(cipher, piece, out[done : done + CHUNK], nonce=index << 8 | _LAST):
        return OpenedRun(size=done + CHUNK, fault=_trailing())
    return OpenedRun(size=done, fault=_bad_chunk(index))


def _open_last(
    cipher: ChaCha20Poly1305, piece: memoryview, out: memoryview, *, index: int, done: int
) -> OpenedRun:
    size = len(piece) - TAG
    if size < 0:
        return OpenedRun(size=done, fault=_truncated())
    if size == 0 and index > 0:
        return OpenedRun(size=done, fault=_empty_chunk())
    target = out[done : done + size]
    if _opens(cipher, piece, target, nonce=index << 8 | _LAST):
        return OpenedRun(size=done + size, fault=None)
    if size == CHUNK and _opens(cipher, piece, target, nonce=index << 8):
        return OpenedRun(size=done + size, fault=_truncated())
    return OpenedRun(size=done, fault=_bad_chunk(index))


def _opens(cipher: ChaCha20Poly1305, piece: memoryview, out: memoryview, *, nonce: int) -> bool:
    try:
        cipher.decrypt_into(nonce.to_bytes(_NONCE_SIZE), piece, None, out)
    except InvalidTag:
        return False
    return True


def _bad_chunk(index: int) -> Malformed:
    return Malformed(
        "age.payload.chunk", "chunk {index} was changed, or the file was cut there", index=index
    )


def _truncated() -> Malformed:
    return Malformed("age.payload.truncated", "the file was cut: its last chunk is missing")


def _trailing() -> Malformed:
    return Malformed("age.payload.trailing", "something was put behind the end of the file")


def _empty_chunk() -> Malformed:
    return Malformed("age.payload.empty-chunk", "the last chunk is empty, which nobody writes")
