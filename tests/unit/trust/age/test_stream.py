import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from longbien.primitives.errors import Malformed
from longbien.trust.age.header import FileKey
from longbien.trust.age.stream import (
    CHUNK,
    MAX_PLAINTEXT,
    SEALED_CHUNK,
    ChunkSpan,
    OpenedRun,
    chunk_count,
    chunk_span,
    open_chunks,
    payload_cipher,
    plain_size,
    seal_chunks,
    sealed_size,
)

CIPHER = ChaCha20Poly1305(bytes(range(32)))
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7]


def pattern(size: int) -> bytes:
    """Make bytes that differ from chunk to chunk."""
    return bytes((i * 7 + (i >> 16)) & 255 for i in range(size))


def sealed(data: bytes, *, first_index: int = 0, is_end: bool = True) -> bytes:
    """Seal a whole run."""
    out = bytearray(sealed_size(len(data)) + 5)
    length = seal_chunks(
        CIPHER, memoryview(data), memoryview(out), first_index=first_index, is_end=is_end
    )
    assert out[length:] == bytes(len(out) - length)
    return bytes(out[:length])


def opened(data: bytes, *, first_index: int = 0, is_end: bool = True) -> tuple[bytes, str | None]:
    """Open a run; return what is good of it, and the code of its fault."""
    out = bytearray(len(data) + 5)
    run = open_chunks(
        CIPHER, memoryview(data), memoryview(out), first_index=first_index, is_end=is_end
    )
    return bytes(out[: run.size]), run.fault.code if run.fault else None


def chunk(data: bytes, *, index: int, last: bool) -> bytes:
    """Seal one chunk as the specification says it, by hand."""
    nonce = index.to_bytes(11, "big") + bytes([last])
    return CIPHER.encrypt(nonce, data, None)


def test_the_figures_of_the_format() -> None:
    """64 KiB of plaintext, 16 bytes of tag, 5 TiB in all."""
    assert (CHUNK, SEALED_CHUNK, MAX_PLAINTEXT) == (65_536, 65_552, 5_497_558_138_880)


def test_the_payload_key_is_hkdf_over_the_nonce() -> None:
    """The cipher has the key that RFC 5869 gives, computed with the standard library."""
    nonce, file_key = bytes(range(16)), FileKey(b"YELLOW SUBMARINE")
    extracted = hmac.digest(nonce, file_key.raw, "sha256")
    key = hmac.digest(extracted, b"payload\x01", "sha256")

    cipher = payload_cipher(file_key, nonce)

    assert cipher.encrypt(bytes(12), b"x", None) == ChaCha20Poly1305(key).encrypt(
        bytes(12), b"x", None
    )


@pytest.mark.parametrize("size", [0, 15, 17])
def test_the_nonce_has_16_bytes(size: int) -> None:
    """A file that ends inside its nonce is told as a fault of the header."""
    with pytest.raises(Malformed) as caught:
        payload_cipher(FileKey(bytes(16)), bytes(size))

    assert caught.value.code == "age.header.nonce"


@pytest.mark.parametrize(
    ("plain", "chunks", "size"),
    [
        (0, 1, 16),
        (1, 1, 17),
        (65_536, 1, 65_552),
        (65_537, 2, 65_569),
        (131_072, 2, 131_104),
        (5 * 2**40, 83_886_080, 5 * 2**40 + 1_342_177_280),
    ],
)
def test_sizes_are_known_beforehand(plain: int, chunks: int, size: int) -> None:
    """The size of the plaintext gives the size of its sealed form, and back."""
    assert chunk_count(plain) == chunks
    assert sealed_size(plain) == size
    assert plain_size(size) == plain


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (0, "age.payload.truncated"),
        (15, "age.payload.truncated"),
        (65_553, "age.payload.truncated"),
        (65_567, "age.payload.truncated"),
        (65_568, "age.payload.empty-chunk"),
        (131_104 + 16, "age.payload.empty-chunk"),
    ],
)
def test_a_size_that_no_plaintext_has_is_told(size: int, code: str) -> None:
    """A cut inside a tag, and an empty last chunk, show in the size alone."""
    with pytest.raises(Malformed) as caught:
        plain_size(size)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("offset", "length", "span"),
    [
        (0, 1, ChunkSpan(first=0, count=1, skip=0)),
        (0, 65_536, ChunkSpan(first=0, count=1, skip=0)),
        (0, 65_537, ChunkSpan(first=0, count=2, skip=0)),
        (65_535, 1, ChunkSpan(first=0, count=1, skip=65_535)),
        (65_535, 2, ChunkSpan(first=0, count=2, skip=65_535)),
        (65_536, 1, ChunkSpan(first=1, count=1, skip=0)),
        (200_000, 100_000, ChunkSpan(first=3, count=2, skip=3_392)),
    ],
)
def test_a_range_lies_in_known_chunks(offset: int, length: int, span: ChunkSpan) -> None:
    """Any range of the plaintext names the chunks that hold it."""
    assert chunk_span(offset=offset, length=length) == span


@pytest.mark.parametrize("size", SIZES)
def test_the_payload_is_what_the_specification_says(size: int) -> None:
    """Chunks are sealed one by one under their counter; only the last one bears the flag."""
    data = pattern(size)
    pieces = [data[at : at + CHUNK] for at in range(0, size, CHUNK)] or [b""]
    expected = b"".join(
        chunk(piece, index=i, last=i == len(pieces) - 1) for i, piece in enumerate(pieces)
    )

    assert sealed(data) == expected
    assert opened(expected) == (data, None)


def test_runs_can_be_made_in_any_order() -> None:
    """Runs of chunks, each with its first index, put together are the whole payload."""
    data = pattern(3 * CHUNK + 5)
    last = sealed(data[2 * CHUNK :], first_index=2)
    first = sealed(data[: 2 * CHUNK], is_end=False)

    assert first + last == sealed(data)
    assert opened(last, first_index=2) == (data[2 * CHUNK :], None)
    assert opened(first, is_end=False) == (data[: 2 * CHUNK], None)


def test_the_counter_has_11_bytes() -> None:
    """Large indexes stand in the nonce as the specification says."""
    index = 2**80 + 5
    data = pattern(10)

    assert sealed(data, first_index=index) == chunk(data, index=index, last=True)
    assert opened(chunk(data, index=index, last=True), first_index=index) == (data, None)


def test_only_the_last_chunk_may_be_short() -> None:
    """A ragged run that is not the end is a bug of the caller."""
    for call, size in ((seal_chunks, CHUNK + 1), (open_chunks, SEALED_CHUNK + 1)):
        view = memoryview(bytearray(size))
        with pytest.raises(ValueError, match="only the last chunk may be short"):
            call(CIPHER, view, view, first_index=0, is_end=False)


def test_an_empty_run_in_the_middle_is_nothing() -> None:
    """No chunk in, no chunk out."""
    empty = memoryview(b"")

    assert seal_chunks(CIPHER, empty, empty, first_index=3, is_end=False) == 0
    run = open_chunks(CIPHER, empty, empty, first_index=3, is_end=False)
    assert run == OpenedRun(size=0, fault=None)


FULL = pattern(CHUNK)


@pytest.mark.parametrize(
    ("data", "good", "code"),
    [
        (b"", 0, "age.payload.truncated"),
        (bytes(15), 0, "age.payload.truncated"),
        (bytes(16), 0, "age.payload.chunk"),
        (chunk(b"x", index=0, last=False), 0, "age.payload.chunk"),
        (chunk(b"x", index=1, last=True), 0, "age.payload.chunk"),
        (chunk(FULL, index=0, last=False), CHUNK, "age.payload.truncated"),
        (chunk(FULL, index=0, last=True) + b"x", CHUNK, "age.payload.trailing"),
        (chunk(FULL, index=0, last=True) * 2, CHUNK, "age.payload.trailing"),
        (chunk(FULL, index=0, last=False) + bytes(15), CHUNK, "age.payload.truncated"),
        (
            chunk(FULL, index=0, last=False) + chunk(b"", index=1, last=True),
            CHUNK,
            "age.payload.empty-chunk",
        ),
        (
            chunk(FULL, index=0, last=False) + chunk(b"x", index=0, last=True),
            CHUNK,
            "age.payload.chunk",
        ),
        (
            chunk(FULL, index=1, last=False) + chunk(b"x", index=1, last=True),
            0,
            "age.payload.chunk",
        ),
    ],
)
def test_at_a_fault_the_good_bytes_before_it_are_told(data: bytes, good: int, code: str) -> None:
    """What is authentic before the fault is counted, nothing behind it, and the fault is named."""
    assert opened(data) == (FULL[:good], code)


def test_a_fault_names_its_chunk() -> None:
    """The index of the bad chunk counts from the beginning of the file."""
    data = memoryview(chunk(FULL, index=7, last=False) + bytes(SEALED_CHUNK))
    out = memoryview(bytearray(2 * CHUNK))

    for is_end in (True, False):
        run = open_chunks(CIPHER, data, out, first_index=7, is_end=is_end)
        assert run.fault
        assert (run.size, run.fault.facts) == (CHUNK, {"index": 8})


def test_the_last_chunk_in_the_middle_of_a_run_is_a_fault() -> None:
    """In a run that is not the end, a chunk with the flag has something behind it."""
    data = chunk(FULL, index=0, last=True)

    assert opened(data, is_end=False) == (FULL, "age.payload.trailing")


def test_an_empty_chunk_is_right_only_as_the_whole() -> None:
    """The one chunk of an empty plaintext is empty; an unauthentic one is not accepted."""
    assert opened(chunk(b"", index=0, last=True)) == (b"", None)
    assert opened(chunk(b"", index=1, last=True), first_index=1) == (b"", "age.payload.empty-chunk")
