import hashlib

import pytest

from longbien.ledger.entry import ENTRY_SIZE, EntryKind, encode_entry, parse_salt
from longbien.primitives.errors import Malformed


def test_an_entry_is_a_type_byte_and_a_salted_commitment() -> None:
    """The 33 bytes are 0x01 and SHA-256 of salt and event, as spec/ledger.md says."""
    entry = encode_entry(EntryKind.EVENT, bytes(range(32)), b'{"a":1}')

    assert entry == b"\x01" + hashlib.sha256(bytes(range(32)) + b'{"a":1}').digest()
    assert len(entry) == ENTRY_SIZE == 33


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_has_32_bytes(length: int) -> None:
    """A salt of another length is a bug: it would move the border between salt and event."""
    with pytest.raises(ValueError, match="a salt is 32 bytes"):
        encode_entry(EntryKind.EVENT, bytes(length), b"{}")


def test_a_written_salt_is_read_back() -> None:
    """64 lower-case hexadecimal digits are a salt."""
    assert parse_salt("0f" * 32) == b"\x0f" * 32


@pytest.mark.parametrize("text", ["", "0f" * 31, "0f" * 33, "0F" * 32, "0g" * 32, " " * 64])
def test_anything_else_is_no_salt(text: str) -> None:
    """One way to write a salt."""
    with pytest.raises(Malformed) as caught:
        parse_salt(text)

    assert caught.value.code == "ledger.salt"
