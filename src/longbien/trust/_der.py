"""Distinguished encoding (X.690, 10 and 11): checked byte by byte before any library reads it.

A library that is lenient about encodings lets one document have two readings.  This walk
judges only the shape; what the fields mean is asn1crypto's and ``cryptography``'s work.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from longbien.primitives.errors import Malformed

MAX_DEPTH = 40  # levels; a signature with a time stamp with certificates inside has about 22

LIBRARY_ERRORS: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    AssertionError,
    InvalidSignature,
    UnsupportedAlgorithm,
    Warning,  # a deprecated oddity, where warnings are made errors
)
"""What the ASN.1 and X.509 libraries are known to raise over hostile fields.

They read lazily, so a bad field may show late; each use is at the one place where such bytes
are read, and answers Malformed or a finding.
"""

_BOOLEAN, _INTEGER, _BIT_STRING, _NULL, _OID, _ENUM = 0x01, 0x02, 0x03, 0x05, 0x06, 0x0A
_SEQUENCE, _SET = 0x30, 0x31


def require_der(data: bytes) -> None:
    """Accept exactly one DER value with nothing behind it; else Malformed ``der.…``.

    Of values whose type an implicit tag hides, only lengths are checked.
    """
    end = _walk(data, start=0, end=len(data), depth=0)
    if end != 1:
        raise Malformed("der.not-one-value", "there is not exactly one DER value")


def _walk(data: bytes, *, start: int, end: int, depth: int) -> int:
    """Check the values side by side in ``start..end``; return how many there are."""
    if depth > MAX_DEPTH:
        raise Malformed("der.too-deep", "DER values are nested too deeply")
    count = 0
    while start < end:
        tag = data[start]
        body, behind = _length(data, start + 1, end)
        _check_value(data, tag=tag, body=body, behind=behind, depth=depth)
        start = behind
        count += 1
    return count


def _length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Read the length at ``at``; return where the body begins and where it ends."""
    if at >= end:
        raise _cut_off()
    size = data[at]
    body = at + 1
    if size >= 0x80:  # noqa: PLR2004  # X.690, 8.1.3: the long form
        octets = size & 0x7F
        body += octets
        size = int.from_bytes(data[at + 1 : body], "big")
        # the indefinite form (no octets) fails here too: its size is 0
        if size < max(0x80, 1 << 8 * (octets - 1) if octets else 0):
            raise Malformed("der.length", "a length is not in its shortest form")
    if body + size > end:
        raise _cut_off()
    return body, body + size


def _cut_off() -> Malformed:
    return Malformed("der.cut-off", "a DER value ends too early")


def _check_value(data: bytes, *, tag: int, body: int, behind: int, depth: int) -> None:
    if tag & 0x1F == 0x1F:  # noqa: PLR2004  # X.690, 8.1.2.4: X.509 and CMS use none
        raise Malformed("der.tag", "a DER tag is in the long form")
    is_constructed = bool(tag & 0x20)
    if tag < 0x40 and is_constructed != (tag | 0x20 in {_SEQUENCE, _SET}):  # noqa: PLR2004  # universal
        raise Malformed("der.constructed", "a simple value is cut in parts, or a list is not one")
    if tag == _SET:
        _check_order(data, start=body, end=behind)
    if is_constructed:
        _walk(data, start=body, end=behind, depth=depth + 1)
    elif tag in _PRIMITIVES and not _PRIMITIVES[tag](data[body:behind]):
        raise Malformed("der.value", "a value is not in its one canonical form")


def _check_order(data: bytes, *, start: int, end: int) -> None:
    """Refuse a SET whose members are not sorted by their encoding (X.690, 11.6)."""
    before = b""
    while start < end:
        _, behind = _length(data, start + 1, end)
        member = data[start:behind]
        if member < before:
            raise Malformed("der.order", "the members of a set are not sorted")
        before, start = member, behind


def _is_integer(body: bytes) -> bool:
    if len(body) < 2:  # noqa: PLR2004  # X.690, 8.3.2: one octet is always shortest
        return len(body) == 1
    return not ((body[0] == 0 and body[1] < 0x80) or (body[0] == 0xFF and body[1] >= 0x80))  # noqa: PLR2004  # the same


def _is_boolean(body: bytes) -> bool:
    return body in {b"\x00", b"\xff"}


def _is_null(body: bytes) -> bool:
    return not body


def _is_bit_string(body: bytes) -> bool:
    if len(body) < 2:  # noqa: PLR2004  # X.690, 8.6.2.3: an empty one says "0 unused"
        return body == b"\x00"
    return body[0] < 8 and not body[-1] & (1 << body[0]) - 1  # noqa: PLR2004  # bits of an octet


def _is_oid(body: bytes) -> bool:
    """Tell if each part is in its shortest form (X.690, 8.19.2)."""
    starts = (True, *(octet < 0x80 for octet in body[:-1]))  # noqa: PLR2004  # the last of a part
    return (
        bool(body)
        and body[-1] < 0x80  # noqa: PLR2004  # the same
        and not any(
            octet == 0x80 and is_first  # noqa: PLR2004  # a leading zero
            for octet, is_first in zip(body, starts, strict=True)
        )
    )


_PRIMITIVES: Final = {
    _BOOLEAN: _is_boolean,
    _INTEGER: _is_integer,
    _ENUM: _is_integer,
    _BIT_STRING: _is_bit_string,
    _NULL: _is_null,
    _OID: _is_oid,
}
