"""Addresses and transactions of virtual assets, by chain, with the checksum of each."""

import hashlib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from longbien.casework.case import Severity
from longbien.casework.completeness.bech32 import Judgement, judge_witness_address
from longbien.casework.completeness.judged import WRONG_CHECKSUM, WRONG_FORM, Judged, good
from longbien.casework.completeness.libraries import decode_base58, keccak_256
from longbien.casework.completeness.remarks import fault

_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,36}", re.ASCII)
_HEX_ADDRESS = re.compile(r"0[xX][0-9A-Fa-f]{40}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CHECKED: Final = 25  # bytes: a version, a digest, four bytes of checksum

_MAIN: Final = frozenset({0x00, 0x05})
_TEST: Final = frozenset({0x6F, 0xC4})
_TRON: Final = frozenset({0x41})
_NO_VERSIONS: Final = frozenset[int]()

_NO_CHECKSUM: Final = fault("wallet.no-checksum", Severity.NOTE)
_TEST_NETWORK: Final = fault("wallet.test-network", Severity.WRONG)
_UNKNOWN_CHAIN: Final = fault("wallet.chain-unknown", Severity.NOTE)


def _base58(text: str, *, main: frozenset[int], test: frozenset[int] = _NO_VERSIONS) -> Judged:
    if not _BASE58.fullmatch(text):
        return WRONG_FORM
    raw = decode_base58(text)
    if len(raw) != _CHECKED or raw[0] not in main | test:
        return WRONG_CHECKSUM  # a letter too many or changed moves length and version as well
    if hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] != raw[-4:]:
        return WRONG_CHECKSUM
    return good(text, _TEST_NETWORK) if raw[0] in test else good(text)


def _bitcoin(text: str) -> Judged:
    if not text.lower().startswith(("bc1", "tb1", "bcrt1")):
        return _base58(text, main=_MAIN, test=_TEST)
    found = judge_witness_address(text)
    if found is Judgement.CHECKSUM:
        return WRONG_CHECKSUM
    if found is Judgement.FORM:
        return WRONG_FORM
    return good(text.lower(), *([_TEST_NETWORK] if found is Judgement.TEST_NETWORK else []))


def _ethereum(text: str) -> Judged:
    """Judge by EIP-55, which writes the checksum with capital letters."""
    if not _HEX_ADDRESS.fullmatch(text):
        return WRONG_FORM
    digits = text[2:]
    lower = digits.lower()
    if digits == _in_eip55(lower):
        return good(f"0x{lower}")
    if digits in {lower, lower.upper()}:
        return good(f"0x{lower}", _NO_CHECKSUM)
    return WRONG_CHECKSUM


def _in_eip55(lower: str) -> str:
    digest = keccak_256(lower.encode())
    high = "89abcdef"
    return "".join(
        letter.upper() if nibble in high else letter
        for letter, nibble in zip(lower, digest, strict=False)
    )


def _tron(text: str) -> Judged:
    return _base58(text, main=_TRON)


_ADDRESSES: Final[Mapping[str, Callable[[str], Judged]]] = MappingProxyType(
    {
        "bitcoin": _bitcoin,
        "ethereum": _ethereum,
        "tron": _tron,
        # chains whose addresses are those of Ethereum
        "arbitrum": _ethereum,
        "avalanche": _ethereum,
        "base": _ethereum,
        "bsc": _ethereum,
        "optimism": _ethereum,
        "polygon": _ethereum,
    }
)


def judge_wallet(text: str) -> Judged:
    """Judge ``CHAIN ADDRESS``."""
    chain, _, address = text.partition(" ")
    chain, address = chain.lower(), address.strip()
    if not address or " " in address:
        return WRONG_FORM
    judge = _ADDRESSES.get(chain)
    if judge is None:
        return good(f"{chain} {address}", _UNKNOWN_CHAIN)
    return _on_chain(chain, judge(address))


def judge_transaction(text: str) -> Judged:
    """Judge ``CHAIN HASH``: 64 hexadecimal digits on every chain that is known here."""
    chain, _, name = text.partition(" ")
    chain, name = chain.lower(), name.strip()
    if not name or " " in name:
        return WRONG_FORM
    if chain not in _ADDRESSES:
        return good(f"{chain} {name}", _UNKNOWN_CHAIN)
    digits = name.lower().removeprefix("0x")
    return good(f"{chain} {digits}") if _HASH.fullmatch(digits) else WRONG_FORM


def _on_chain(chain: str, found: Judged) -> Judged:
    if not found.canonical:
        return found
    return Judged(canonical=f"{chain} {found.canonical}", faults=found.faults)
