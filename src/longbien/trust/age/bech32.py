"""Bech32 (BIP 173) without its limit of 90 characters, as age writes its keys.

The prefix comes back in the case in which it was written: age's recipients are lower case
and its identities upper case, and each reader asks for its own.
"""

from collections.abc import Sequence
from typing import Final

from longbien.primitives.errors import Malformed

MAX_LENGTH = 4096  # characters; the longest key of age, a hybrid recipient, has 1959

ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
CHECKSUM: Final = 6  # characters


def encode_bech32(prefix: str, data: bytes) -> str:
    """Write ``data`` under a lower-case ``prefix``."""
    values = _five_bit_groups(data)
    check = checksum_of(prefix, [*values, *bytes(CHECKSUM)]) ^ 1
    values += [check >> 5 * (CHECKSUM - 1 - i) & 31 for i in range(CHECKSUM)]
    return prefix + "1" + "".join(ALPHABET[value] for value in values)


def parse_bech32(text: str) -> tuple[str, bytes]:
    """Return the prefix, in its case, and the data.

    Raises Malformed ``age.bech32.length``, ``age.bech32.case``, ``age.bech32.form``,
    ``age.bech32.checksum`` and ``age.bech32.padding``.  No message repeats the text: it may be
    a secret.
    """
    if len(text) > MAX_LENGTH:
        raise Malformed(
            "age.bech32.length", "a key of more than {limit} characters", limit=MAX_LENGTH
        )
    if not text.isascii():  # U+212A would pass for a K
        raise _not_bech32()
    lower = text.lower()
    if text not in {lower, text.upper()}:
        raise Malformed("age.bech32.case", "a key mixes upper and lower case")
    prefix, separator, body = lower.rpartition("1")
    values = [_VALUES.get(character, -1) for character in body]
    printable = prefix.isprintable() and " " not in prefix
    if not (separator and prefix and printable and len(body) >= CHECKSUM and -1 not in values):
        raise _not_bech32()
    if checksum_of(prefix, values) != 1:
        raise Malformed("age.bech32.checksum", "the checksum of a key is wrong: mistyped or cut")
    return text[: len(prefix)], _octets(values[:-CHECKSUM])


def checksum_of(prefix: str, values: Sequence[int]) -> int:
    """Return what a prefix and letters, as numbers, add up to: 1 is Bech32, others its kin."""
    return _polymod([*_expanded(prefix), *values])


def _expanded(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                check ^= generator
    return check


def _five_bit_groups(data: bytes) -> list[int]:
    padding = -len(data) * 8 % 5
    number = int.from_bytes(data) << padding
    count = (len(data) * 8 + padding) // 5
    return [number >> 5 * (count - 1 - i) & 31 for i in range(count)]


def _octets(values: list[int]) -> bytes:
    padding = len(values) * 5 % 8
    number = 0
    for value in values:
        number = number << 5 | value
    # BIP 173: at most 4 bits of padding, all zero; else two texts would mean one key
    if padding > 4 or number & ((1 << padding) - 1):  # noqa: PLR2004 - named in the line above
        raise Malformed("age.bech32.padding", "a key ends in bits that say nothing")
    return (number >> padding).to_bytes(len(values) * 5 // 8)


def _not_bech32() -> Malformed:
    return Malformed("age.bech32.form", "this is not a key in Bech32")
