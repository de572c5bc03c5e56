"""The letters that all C2SP forms share: canonical base64, decimals, lines of hashes.

One text for one value, so that no byte of a note can change without a change of meaning.
"""

import binascii
import re

from longbien.ledger.tree import HASH_SIZE, MAX_TREE_SIZE

# no leading zero, and at most the 19 digits of MAX_TREE_SIZE: int() is slow on long texts
_DECIMAL = re.compile(rb"0|[1-9][0-9]{0,18}")


def find_base64(text: bytes) -> bytes | None:
    """Decode standard base64 (RFC 4648, 4) that the encoder would write just so."""
    try:
        raw = binascii.a2b_base64(text)
    except binascii.Error:
        return None
    # the decoder forgives foreign characters, missing padding and unused bits; this does not
    return raw if binascii.b2a_base64(raw, newline=False) == text else None


def find_decimal(text: bytes) -> int | None:
    """Read a tree size or an index: ASCII decimal without leading zeros, below 2^63."""
    if not _DECIMAL.fullmatch(text):
        return None
    value = int(text)
    return value if value <= MAX_TREE_SIZE else None


def find_hashes(lines: list[bytes]) -> tuple[bytes, ...] | None:
    """Decode lines of one hash each; None if any line is something else."""
    try:
        found = tuple([binascii.a2b_base64(line) for line in lines])
    except binascii.Error:
        return None
    # twenty lines a proof: one comparison for all of them is three times quicker than one each
    written = b"\n".join([binascii.b2a_base64(value, newline=False) for value in found])
    are_hashes = all([len(value) == HASH_SIZE for value in found])  # noqa: C419 - a list is quicker
    return found if are_hashes and written == b"\n".join(lines) else None


def encode_base64(raw: bytes) -> bytes:
    """Encode standard base64, padded, on one line."""
    return binascii.b2a_base64(raw, newline=False)
