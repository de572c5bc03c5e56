"""Ledger entries: a commitment, never the event itself.

An entry is one type byte followed by SHA-256(salt ‖ event).  The salt is 32 random bytes,
so nobody can confirm a guess about an event; the tree may be mirrored abroad without
telling anything.  Event and salt are shown only where the event is disclosed.
"""

import hashlib
from enum import IntEnum
from typing import Final

from longbien.primitives.errors import Malformed

SALT_SIZE: Final = 32
ENTRY_SIZE: Final = 1 + 32


class EntryKind(IntEnum):
    """What the type byte says.  Values are given once and never change."""

    EVENT = 0x01
    """A custody event: canonical JSON (RFC 8785)."""


def encode_entry(kind: EntryKind, salt: bytes, event: bytes) -> bytes:
    """Return the 33 bytes that the leaf hash covers.

    ``event`` is hashed as it is.  ValueError: the salt is not 32 bytes.
    """
    if len(salt) != SALT_SIZE:
        msg = "a salt is 32 bytes"
        raise ValueError(msg)
    return bytes([kind]) + hashlib.sha256(salt + event).digest()


def parse_salt(text: str) -> bytes:
    """Read a salt written as 64 lower-case hexadecimal digits; else Malformed ``ledger.salt``."""
    if len(text) != 2 * SALT_SIZE or set(text) - set("0123456789abcdef"):
        raise Malformed("ledger.salt", "a salt is 64 lower-case hexadecimal digits")
    return bytes.fromhex(text)
