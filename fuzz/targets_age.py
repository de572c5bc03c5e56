"""Fuzz the sealed form: whatever the bytes, only Malformed or Refused may leave."""

from pathlib import Path

from longbien.primitives.errors import Malformed, Refused
from longbien.trust.age.envelope import get_file_key
from longbien.trust.age.header import parse_header, reopen_header
from longbien.trust.age.identities import (
    encode_identity,
    parse_identities,
    parse_identity,
    recipient_of,
)
from longbien.trust.age.recipients import encode_recipient, parse_recipient
from longbien.trust.age.stream import NONCE, SEALED_CHUNK, open_chunks, payload_cipher

# the keys of the C2SP vectors
IDENTITIES = (
    parse_identity("AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"),
    parse_identity("AGE-SECRET-KEY-PQ-1HZLGZUPT4ETPKDEV8HSGFDCYZ4E522W0A7PU2LHT8EH9W6YLNC3SW78XKG"),
)
_VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "outside" / "age"


def fuzz_age_header(data: bytes) -> None:
    """Read a header; what is read has its one form."""
    try:
        header = parse_header(data)
    except Malformed:
        return
    if not data.startswith(header.signed) or header.size > len(data):
        raise AssertionError
    if not reopen_header(header) or not header.stanzas:
        raise AssertionError


def fuzz_age_identities(data: bytes) -> None:
    """Read an identity file; what is read is written as it stood there."""
    try:
        identities = parse_identities(data)
    except Malformed:
        return
    if any(encode_identity(identity).encode() not in data for identity in identities):
        raise AssertionError


def fuzz_age_recipient(data: bytes) -> None:
    """Read a recipient; what is read is written as it stood there."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        recipient = parse_recipient(text)
    except Malformed:
        return
    if encode_recipient(recipient) != text:
        raise AssertionError


def fuzz_age_file(data: bytes) -> None:
    """Open a whole file with keys that fit some of the seeds."""
    try:
        _open(data)
    except (Malformed, Refused):
        return


def _open(data: bytes) -> None:
    header = parse_header(data)
    cipher = payload_cipher(get_file_key(header, IDENTITIES), data[header.size :][:NONCE])
    sealed = memoryview(data)[header.size + NONCE :]
    out = memoryview(bytearray(len(sealed) + SEALED_CHUNK))
    run = open_chunks(cipher, sealed, out, first_index=0, is_end=True)
    if run.size > len(sealed):
        raise AssertionError
    if run.fault:
        raise run.fault


def _seeds() -> tuple[bytes, ...]:
    files = (path.read_bytes().partition(b"\n\n") for path in sorted(_VECTORS.iterdir()))
    return tuple(body for head, _, body in files if b"compressed" not in head)


_TEXTS = tuple(encode_identity(identity).encode() for identity in IDENTITIES)
SEEDS = {
    "fuzz_age_header": _seeds(),
    "fuzz_age_file": _seeds(),
    "fuzz_age_identities": (*_TEXTS, b"# comment\r\n\n" + b"\n".join(_TEXTS)),
    "fuzz_age_recipient": tuple(
        encode_recipient(recipient_of(identity)).encode() for identity in IDENTITIES
    ),
}
