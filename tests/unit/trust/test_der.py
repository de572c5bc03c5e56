"""Shape of DER: one value has one encoding."""

import pytest

from longbien.primitives.errors import Malformed
from longbien.trust._der import MAX_DEPTH, require_der


def wrapped(body: bytes, tag: int = 0x30) -> bytes:
    """Return a value around ``body``, its length in the shortest form."""
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def nested(levels: int) -> bytes:
    """Return an empty list in so many lists."""
    value = b""
    for _ in range(levels):
        value = wrapped(value)
    return value


GOOD = {
    "integer": "020101",
    "negative": "0201ff",
    "zero": "020100",
    "needed zero": "02020080",
    "needed ones": "0202ff7f",
    "true": "0101ff",
    "false": "010100",
    "null": "0500",
    "enumerated": "0a0100",
    "empty bit string": "030100",
    "bit string": "030204f0",
    "whole octets": "030200ff",
    "seven unused": "03020780",
    "oid": "06042a864801",
    "oid with a long part": "06038648 01",
    "octets": "0402ffff",
    "text": "0c0141",
    "sorted set": "3106020101020102",
    "set with twins": "3106020101020101",
    "empty list": "3000",
    "implicit": "80020001",
    "constructed implicit": "a003020101",
}


@pytest.mark.parametrize("name", GOOD)
def test_the_one_encoding_is_accepted(name: str) -> None:
    """What X.690 calls distinguished passes."""
    require_der(bytes.fromhex(GOOD[name]))


@pytest.mark.parametrize("size", [0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_lengths_at_each_step_are_accepted(size: int) -> None:
    """Short form up to 127, then as few octets as possible."""
    require_der(wrapped(b"\0" * size, tag=0x04))


BAD = {
    "nothing": ("", "der.not-one-value"),
    "two values": ("05000500", "der.not-one-value"),
    "no length": ("30", "der.cut-off"),
    "too short": ("30030201", "der.cut-off"),
    "length octets missing": ("0482", "der.length"),
    "indefinite": ("3080020101 0000", "der.length"),
    "long form for 127": ("04817f" + "00" * 127, "der.length"),
    "two octets for 255": ("048200ff" + "00" * 255, "der.length"),
    "body beyond the end": ("040201", "der.cut-off"),
    "child beyond its list": ("300202 0201", "der.cut-off"),
    "long tag": ("1f0100", "der.tag"),
    "long context tag": ("bf0100", "der.tag"),
    "octets in parts": ("24030401 00", "der.constructed"),
    "list not constructed": ("1000", "der.constructed"),
    "set not constructed": ("1100", "der.constructed"),
    "null constructed": ("2500", "der.constructed"),
    "unsorted set": ("3106020102020101", "der.order"),
    "integer without octets": ("0200", "der.value"),
    "integer with a leading zero": ("0202007f", "der.value"),
    "integer with leading ones": ("0202ff80", "der.value"),
    "enumerated without octets": ("0a00", "der.value"),
    "true as 1": ("010101", "der.value"),
    "boolean of two": ("0102ffff", "der.value"),
    "boolean of none": ("0100", "der.value"),
    "null with a body": ("050100", "der.value"),
    "bit string without octets": ("0300", "der.value"),
    "bit string, unused of nothing": ("030101", "der.value"),
    "eight unused": ("03020800", "der.value"),
    "unused bits set": ("030204f8", "der.value"),
    "empty oid": ("0600", "der.value"),
    "oid with a leading zero part": ("06032a8001", "der.value"),
    "oid beginning with a zero part": ("06028001", "der.value"),
    "oid cut in a part": ("06022a86", "der.value"),
}


@pytest.mark.parametrize("name", BAD)
def test_any_other_encoding_is_refused(name: str) -> None:
    """Each way to write the same thing differently has its code."""
    text, code = BAD[name]
    data = bytes.fromhex(text)

    with pytest.raises(Malformed) as error:
        require_der(data)

    assert error.value.code == code


def test_depth_is_bounded() -> None:
    """As deep as the bound is read, one more is refused."""
    require_der(nested(MAX_DEPTH))

    with pytest.raises(Malformed) as error:
        require_der(nested(MAX_DEPTH + 1))

    assert error.value.code == "der.too-deep"
