import itertools
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from longbien.adapters.sealed_files import open_sealed
from longbien.adapters.sealing import BLOCK
from longbien.primitives.errors import Malformed, Refused
from longbien.trust.age.bech32 import encode_bech32, parse_bech32
from longbien.trust.age.envelope import add_recipients, encode_header, get_file_key
from longbien.trust.age.header import (
    FileKey,
    Stanza,
    close_header,
    encode_stanzas,
    parse_base64,
    parse_header,
)
from longbien.trust.age.identities import (
    HybridIdentity,
    Identity,
    X25519Identity,
    encode_identity,
    parse_identities,
    recipient_of,
)
from longbien.trust.age.recipients import encode_recipient, parse_recipient
from longbien.trust.age.stream import (
    CHUNK,
    NONCE,
    SEALED_CHUNK,
    chunk_count,
    chunk_span,
    open_chunks,
    payload_cipher,
    plain_size,
    seal_chunks,
    sealed_size,
)
from sealing_world import IDENTITY, opened_by, sealed_by

KEY = FileKey(b"YELLOW SUBMARINE")
SECRETS = st.binary(min_size=32, max_size=32)
CLASSICS = st.builds(X25519Identity, SECRETS)
HYBRIDS = st.builds(HybridIdentity, SECRETS)
WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)
STANZAS = st.builds(
    Stanza,
    kind=WORDS,
    arguments=st.lists(WORDS, max_size=4).map(tuple),
    body=st.binary(max_size=150),
)


def whole(data: bytes, identities: list[Identity]) -> bytes:
    """Open a sealed file that is in memory."""
    header = parse_header(data)
    cipher = payload_cipher(get_file_key(header, identities), data[header.size :][:NONCE])
    sealed = memoryview(data)[header.size + NONCE :]
    out = bytearray(len(sealed))
    run = open_chunks(cipher, sealed, memoryview(out), first_index=0, is_end=True)
    if run.fault:
        raise run.fault
    return bytes(out[: run.size])


@given(st.from_regex(r"[a-z0-9-]{1,30}", fullmatch=True), st.binary(max_size=200))
@settings(deadline=None)
def test_bech32_is_read_as_it_was_written(prefix: str, data: bytes) -> None:
    """Any prefix and data come back, in lower and in upper case."""
    text = encode_bech32(prefix, data)

    assert parse_bech32(text) == (prefix, data)
    assert parse_bech32(text.upper()) == (prefix.upper(), data)


@given(st.text(max_size=100))
@settings(deadline=None)
def test_any_text_is_a_key_or_malformed(text: str) -> None:
    """No text makes the readers of keys raise anything else."""
    for read in (parse_bech32, parse_recipient):
        with suppress(Malformed):
            read(text)


@given(SECRETS, st.integers(min_value=0), st.integers(min_value=1, max_value=31))
@settings(deadline=None)
def test_a_mistyped_recipient_is_found(secret: bytes, place: int, shift: int) -> None:
    """One wrong character anywhere behind the prefix is never another recipient."""
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    text = encode_recipient(recipient_of(X25519Identity(secret)))
    at = 4 + place % (len(text) - 4)
    wrong = alphabet[(alphabet.index(text[at]) + shift) % 32]

    with pytest.raises(Malformed) as caught:
        parse_recipient(text[:at] + wrong + text[at + 1 :])

    assert caught.value.code == "age.bech32.checksum"


@given(st.lists(st.one_of(CLASSICS, HYBRIDS), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_keys_are_read_as_they_were_written(identities: list[Identity]) -> None:
    """Identity files and recipients come back as they were."""
    texts = "\n".join(encode_identity(identity) for identity in identities)

    assert parse_identities(texts.encode()) == tuple(identities)
    for identity in identities:
        recipient = recipient_of(identity)
        assert parse_recipient(encode_recipient(recipient)) == recipient


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_identities_or_malformed(data: bytes) -> None:
    """No bytes make the reader of identity files raise anything else."""
    with suppress(Malformed):
        parse_identities(data)


@given(st.lists(STANZAS, min_size=1, max_size=5), st.binary(max_size=50))
@settings(deadline=None)
def test_stanzas_are_read_as_they_were_written(stanzas: list[Stanza], rest: bytes) -> None:
    """Any stanzas that the grammar allows come back, whatever follows the header."""
    data = close_header(encode_stanzas(stanzas), file_key=KEY)

    header = parse_header(data + rest)

    assert header.stanzas == tuple(stanzas)
    assert header.size == len(data)


@given(
    st.one_of(
        st.binary(max_size=400), st.binary(max_size=300).map(b"age-encryption.org/v1\n-> ".__add__)
    )
)
@settings(deadline=None)
def test_any_bytes_are_a_header_or_malformed(data: bytes) -> None:
    """No bytes make the reader of headers raise anything else."""
    with suppress(Malformed):
        parse_header(data)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_base64_has_one_spelling(text: bytes) -> None:
    """What is read as base64 is what would be written for it."""
    try:
        data = parse_base64(text)
    except Malformed:
        return
    assert encode_stanzas([Stanza(kind="x", arguments=(), body=data)]).split(b"\n")[1][:60] == text


@given(st.lists(HYBRIDS, min_size=2, max_size=4, unique=True), st.data())
@settings(max_examples=20, deadline=None)
def test_every_recipient_opens_however_they_were_added(
    identities: list[Identity], data: st.DataObject
) -> None:
    """Some recipients at first, the others added later, in one step or in several: all open."""
    recipients = [recipient_of(identity) for identity in identities]
    cut = data.draw(st.integers(min_value=1, max_value=len(recipients)))
    header = encode_header(KEY, recipients[:cut], bytes)
    for recipient in recipients[cut:]:
        header = add_recipients(parse_header(header), KEY, [recipient], bytes)

    for identity in identities:
        assert get_file_key(parse_header(header), [identity]) == KEY


@given(st.integers(min_value=0, max_value=5 * 2**40))
@settings(deadline=None)
def test_sizes_agree_both_ways(size: int) -> None:
    """The plaintext's size and the chunks' size mean each other; no two sizes collide."""
    assert plain_size(sealed_size(size)) == size
    assert sealed_size(size) < sealed_size(size + 1)
    assert (chunk_count(size) - 1) * CHUNK <= max(size - 1, 0) < chunk_count(size) * CHUNK


@given(st.integers(min_value=0, max_value=10**9))
@settings(deadline=None)
def test_a_size_is_one_of_a_plaintext_or_malformed(size: int) -> None:
    """Each size of chunks belongs to one plaintext or to none."""
    try:
        plain = plain_size(size)
    except Malformed:
        return
    assert sealed_size(plain) == size


@given(st.integers(min_value=0, max_value=10**7), st.integers(min_value=1, max_value=10**6))
@settings(deadline=None)
def test_a_span_holds_its_range_and_no_chunk_more(offset: int, length: int) -> None:
    """First and last byte of a range lie in the first and last chunk of its span."""
    span = chunk_span(offset=offset, length=length)

    assert span.first == offset // CHUNK
    assert span.first + span.count - 1 == (offset + length - 1) // CHUNK
    assert span.first * CHUNK + span.skip == offset


@given(st.integers(min_value=0, max_value=5 * CHUNK), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_chunks_are_made_in_any_order(size: int, random: "object") -> None:
    """Chunks sealed one by one in any order are the same file as one run of all."""
    cipher = ChaCha20Poly1305(KEY.raw * 2)
    data = memoryview(bytes(i * 31 & 255 for i in range(size)))
    at_once = bytearray(sealed_size(size))
    seal_chunks(cipher, data, memoryview(at_once), first_index=0, is_end=True)
    count = chunk_count(size)
    order = list(range(count))
    random.shuffle(order)  # type: ignore[attr-defined]

    piecewise = bytearray(len(at_once))
    for i in order:
        seal_chunks(
            cipher,
            data[i * CHUNK : (i + 1) * CHUNK],
            memoryview(piecewise)[i * SEALED_CHUNK : (i + 1) * SEALED_CHUNK],
            first_index=i,
            is_end=i == count - 1,
        )

    assert piecewise == at_once


@pytest.mark.parametrize("identity", [X25519Identity(bytes(32)), HybridIdentity(bytes(32))])
def test_every_flipped_bit_is_found(identity: Identity) -> None:
    """Of a small file each single bit is flipped; each time the answer is a coded error."""
    nonce = bytes(range(16))
    head = encode_header(KEY, [recipient_of(identity)], lambda size: b"\x2a" * size)
    out = bytearray(sealed_size(5))
    cipher = payload_cipher(KEY, nonce)
    seal_chunks(cipher, memoryview(b"bytes"), memoryview(out), first_index=0, is_end=True)
    data = head + nonce + out
    assert whole(data, [identity]) == b"bytes"

    for at, bit in itertools.product(range(len(data)), range(8)):
        bad = bytearray(data)
        bad[at] ^= 1 << bit
        with pytest.raises((Malformed, Refused)):
            whole(bytes(bad), [identity])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_cut_or_lengthened_file_is_found(data: st.DataObject) -> None:
    """No beginning of a file, and no file with something behind it, opens."""
    identity = X25519Identity(bytes(32))
    size = data.draw(st.sampled_from([0, 1, CHUNK, CHUNK + 1]))
    head = encode_header(KEY, [recipient_of(identity)], lambda size: b"\x2a" * size) + bytes(16)
    out = bytearray(sealed_size(size))
    cipher = payload_cipher(KEY, bytes(16))
    seal_chunks(cipher, memoryview(bytes(size)), memoryview(out), first_index=0, is_end=True)
    good = head + bytes(out)

    length = data.draw(st.integers(min_value=0, max_value=len(good) - 1))
    more = data.draw(st.binary(min_size=1, max_size=40))

    for bad in (good[:length], good + more):
        with pytest.raises((Malformed, Refused)):
            whole(bad, [identity])


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a sealed file of a bit more than two blocks."""
    path = tmp_path_factory.mktemp("age") / "f.age"
    sealed_by(path, bytes(i * 31 & 255 for i in range(256)) * (2 * BLOCK // 256 + 300))
    return path


@given(
    st.integers(min_value=0, max_value=2 * BLOCK + 300 * 256),
    st.integers(min_value=0, max_value=BLOCK + CHUNK),
)
@settings(max_examples=60, deadline=None)
def test_any_range_is_that_of_the_whole(sealed: Path, offset: int, length: int) -> None:
    """Random access gives what reading in order gives."""
    data = opened_by(sealed)

    with open_sealed(sealed, [IDENTITY]) as reader:
        assert reader.read_at(offset, length) == data[offset : offset + length]
