"""Addresses of Bitcoin's witness programs: Bech32 and Bech32m (BIP 173, BIP 350).

python-stdnum 2.2 refuses the newer form, and with it every valid taproot address.
"""

from enum import StrEnum
from typing import Final

from longbien.trust.age.bech32 import ALPHABET, CHECKSUM, checksum_of

_MOST: Final = 90  # characters of an address: BIP 173
_BECH32: Final = 1
_BECH32M: Final = 0x2BC830A3
_VERSIONS: Final = 17
_SHORTEST, _LONGEST = 2, 40  # bytes of a witness program
_SIZES_OF_V0: Final = frozenset({20, 32})
_NETWORKS: Final = {"bc": "main", "tb": "test", "bcrt": "test"}


class Judgement(StrEnum):
    """What an address turned out to be."""

    GOOD = "good"
    TEST_NETWORK = "test-network"
    FORM = "form"
    """None at all: letters, length, prefix, or a version that does not exist."""

    CHECKSUM = "checksum"
    """One in form, with a character that is not the right one."""


def judge_witness_address(text: str) -> Judgement:
    """Judge an address that begins with ``bc1``, ``tb1`` or ``bcrt1``, in either case."""
    lower = text.lower()
    prefix, separator, body = lower.rpartition("1")
    values = [ALPHABET.find(character) for character in body]
    is_one_case = text.isascii() and text in {lower, text.upper()}
    if not (separator and prefix in _NETWORKS and is_one_case and len(text) <= _MOST):
        return Judgement.FORM
    if -1 in values or len(values) <= CHECKSUM:
        return Judgement.FORM
    version = values[0]
    expected = _BECH32 if version == 0 else _BECH32M
    if checksum_of(prefix, values) != expected:
        return Judgement.CHECKSUM
    if version >= _VERSIONS or not _is_program(version, values[1:-CHECKSUM]):
        return Judgement.FORM
    return Judgement.GOOD if _NETWORKS[prefix] == "main" else Judgement.TEST_NETWORK


def _is_program(version: int, values: list[int]) -> bool:
    size, padding = divmod(5 * len(values), 8)
    if padding >= 5 or (values and values[-1] & ((1 << padding) - 1)):  # noqa: PLR2004 - bits of a letter
        return False
    if version == 0:
        return size in _SIZES_OF_V0
    return _SHORTEST <= size <= _LONGEST
