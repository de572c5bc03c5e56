import pytest

from longbien.ledger._letters import encode_base64, find_base64, find_decimal, find_hashes

LINE = encode_base64(bytes(range(32)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"0", 0),
        (b"1", 1),
        (b"10", 10),
        (b"9223372036854775807", 2**63 - 1),
        (b"9223372036854775808", None),
        (b"10000000000000000000", None),
        (b"00", None),
        (b"01", None),
        (b"", None),
        (b"-1", None),
        (b"+1", None),
        (b"1 ", None),
        (b"1\n", None),
        (b"1_0", None),
        ("\u0661".encode(), None),
    ],
)
def test_decimals(text: bytes, value: int | None) -> None:
    """One way to write a number: ASCII digits, no leading zero, below 2^63."""
    assert find_decimal(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"AAEC", b"\0\1\2"),
        (b"AA==", b"\0"),
        (b"", b""),
        (b"AB==", None),  # unused bits that are not zero
        (b"AA=", None),
        (b"AA", None),
        (b"AA==\n", None),
        (b" AA==", None),
        (b"A-_=", None),
        (b"AAEC=", None),
    ],
)
def test_base64(text: bytes, value: bytes | None) -> None:
    """One way to write bytes: standard, padded, unused bits zero, nothing around."""
    assert find_base64(text) == value


def test_hashes() -> None:
    """Lines of 32 bytes each, and nothing else among them."""
    assert find_hashes([]) == ()
    assert find_hashes([LINE, LINE]) == (bytes(range(32)), bytes(range(32)))
    assert find_hashes([LINE, b""]) is None
    assert find_hashes([LINE, LINE[:-1]]) is None
    assert find_hashes([LINE + b"\n"]) is None
    assert find_hashes([encode_base64(bytes(31))]) is None
    assert find_hashes([encode_base64(bytes(33))]) is None
    assert find_hashes([LINE[:-2] + b"9="]) is None
