"""Files of the regional registries: what they say of an address, and what is none of them."""

from collections.abc import Iterable

import pytest

from longbien.casework.completeness import registries
from longbien.casework.completeness.asked import Indication
from longbien.casework.completeness.registries import MAX_LINE, parse_registry
from longbien.primitives.errors import Malformed

FILE = b"""\
# made for a test
2.3|apnic|20261120|9|19830613|20261119|+1000

apnic|*|ipv4|*|3|summary
apnic|VN|asn|64500|1|20100101|allocated|A1
apnic|VN|ipv4|203.0.113.0|96|20100101|allocated|A1|more
apnic|IL|ipv4|198.51.100.0|256|20100101|assigned|A2
apnic||ipv4|203.0.113.128|128||available
apnic|AP|ipv4|192.0.2.0|256|20100101|allocated|A3
apnic|VN|ipv6|2001:db8::|34|20100101|allocated|A1
apnic|IL|ipv6|2001:db8:8000:1::|64|20100101|allocated|A2
apnic|ZZ|ipv6|3fff::|20||reserved
"""


def lines(text: bytes = FILE) -> Iterable[bytes]:
    """Return a file's lines as they are read from a disk."""
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("203.0.113.0", "VN"),
        ("203.0.113.95", "VN"),
        ("203.0.113.96", None),
        ("203.0.113.128", None),
        ("198.51.100.255", "IL"),
        ("198.51.99.255", None),
        ("192.0.2.1", None),
        ("1.0.0.1", None),
        ("255.255.255.255", None),
        ("2001:db8::1", "VN"),
        ("2001:db8:3fff:ffff:ffff:ffff:ffff:ffff", "VN"),
        ("2001:db8:4000::", None),
        ("2001:db8:8000:1::1", "IL"),
        ("2001:db8:8000:2::", None),
        ("3fff::1", None),
        ("::", None),
    ],
)
def test_an_address_is_looked_up(address: str, state: str | None) -> None:
    """By its range, whose size is no power of two; regions and what is free are no State."""
    found = parse_registry(lines()).locate(address)

    expected = None if state is None else Indication(state=state, source="APNIC", date="2026-11-19")
    assert found == expected


@pytest.mark.parametrize(
    "record",
    [
        b"apnic|VN|ipv4|203.0.113.0|256|20100101",
        b"apnic|VN|ipv5|203.0.113.0|256|20100101|allocated",
        b"apnic|vn|ipv4|203.0.113.0|256|20100101|allocated",
        b"apnic||ipv4|203.0.113.0|256|20100101|allocated",
        b"apnic|VN|ipv4|203.0.113|256|20100101|allocated",
        b"apnic|VN|ipv4|203.0.113.0|0|20100101|allocated",
        b"apnic|VN|ipv4|255.255.255.0|257|20100101|allocated",
        b"apnic|VN|ipv4|203.0.113.0|1_0|20100101|allocated",
        b"apnic|VN|ipv6|2001:db8::|0|20100101|allocated",
        b"apnic|VN|ipv6|2001:db8::|65|20100101|allocated",
        b"apnic|VN|ipv6|2001:db8|32|20100101|allocated",
        b"apnic|VN|ipv4|203.0.113.\xff|256|20100101|allocated",
    ],
)
def test_a_line_that_is_no_record_is_told(record: bytes) -> None:
    """Nothing is guessed: whoever put the file there fetches it again."""
    with pytest.raises(Malformed) as caught:
        parse_registry([*lines(), record])

    assert caught.value.code == "registry.line"
    assert dict(caught.value.facts)["number"] == 13


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"# a comment alone",
        b"3|apnic|20261120|9|19830613|20261119|+1000",
        b"2|apnic|20261120|9|19830613|20261319|+1000",
        b"2|apnic|20261120|9|19830613",
        b"apnic|VN|ipv4|203.0.113.0|256|20100101|allocated",
    ],
)
def test_another_file_is_not_read(first: bytes) -> None:
    """Without the version line nobody knows the day up to which it counts."""
    with pytest.raises(Malformed) as caught:
        parse_registry([first])

    assert caught.value.code == "registry.version"


def test_a_file_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither too many lines nor one that is too long."""
    monkeypatch.setattr(registries, "MAX_LINES", 5)
    for file in (lines(), [FILE.splitlines()[1], b"x" * (MAX_LINE + 1)]):
        with pytest.raises(Malformed) as caught:
            parse_registry(file)
        assert caught.value.code == "registry.size"
