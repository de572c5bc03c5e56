"""Fuzz what every other parser stands on: JSON, digests, instants, ids."""

from longbien.primitives.canonical import encode_json, parse_canonical, parse_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    EventId,
    KeyId,
    MessageId,
    OfficerId,
    PackageId,
    RequestUrn,
    StateCode,
    TransferId,
)
from longbien.primitives.instants import Instant

_IDS = (
    *(AuthorityId, CaseId, EventId, KeyId, RequestUrn),
    *(MessageId, OfficerId, PackageId, StateCode, TransferId),
)


def fuzz_json(data: bytes) -> None:
    """Read JSON, or Malformed; what is canonical is written as it stood there."""
    try:
        value = parse_json(data, max_size=2**16, max_depth=8)
    except Malformed:
        return
    written = encode_json(value)
    try:
        again = parse_canonical(data, max_size=2**16, max_depth=8)
    except Malformed:
        if written == data:
            raise AssertionError from None
        return
    if written != data or again != value:
        raise AssertionError


def fuzz_texts(data: bytes) -> None:
    """Read a digest, an instant and each kind of id; each is written as it stood there."""
    text = data.decode("utf-8", "replace")
    for kind in (Digest, *_IDS):
        try:
            found = kind.parse(text)
        except Malformed:
            continue
        if str(found) != text and getattr(found, "hex", text) != text:
            raise AssertionError
    try:
        at = Instant.parse(text)
    except Malformed:
        return
    if Instant.parse(str(at)) != at:
        raise AssertionError


SEEDS = {
    "fuzz_json": [b'{"a":[1,-2,"\\u00e9",null,true],"b":{}}', b"[[[[]]]]", b'"\\ud800"', b"1e400"],
    "fuzz_texts": [
        b"a" * 64,
        b"2026-11-21T09:30:00Z",
        b"2026-11-21T09:30:00.123456Z",
        b"0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f",
        b"VN/contact-point",
        b"E0001",
    ],
}
