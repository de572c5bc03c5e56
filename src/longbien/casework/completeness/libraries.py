"""The libraries that know numbers and names, loaded when the first request is checked.

Their tables take a second to read; a command that checks nothing does not wait for them.
A node loads them while it starts (``load_all``).
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType


@cache
def phones() -> "ModuleType":
    """Return the numbering plans of the world."""
    import phonenumbers  # noqa: PLC0415 - see above

    return phonenumbers


@cache
def validators() -> "Mapping[str, Callable[[str], str]]":
    """Return what validates numbers with a check digit, by the kind of identifier.

    Each raises ValueError, and its subclass ``wrong_digit()`` where one digit does not fit.
    """
    from stdnum import iban, imei, lei  # noqa: PLC0415 - see above

    return {"iban": iban.validate, "imei": imei.validate, "lei": lei.validate}


@cache
def wrong_digit() -> type[ValueError]:
    """Return what a validator raises where the check digit does not fit."""
    from stdnum.exceptions import InvalidChecksum  # noqa: PLC0415 - see above

    kind: type[ValueError] = InvalidChecksum
    return kind


@cache
def suffixes() -> Any:  # noqa: ANN401 - the library ships no types
    """Return the public suffix list that comes with the library."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - see above

    return PublicSuffixList(accept_unknown=False)


def decode_base58(text: str) -> bytes:
    """Return what letters of Base58 stand for.  Raises ValueError for any other letter."""
    from stdnum.bitcoin import b58decode  # noqa: PLC0415 - see above

    decoded: bytes = b58decode(text)
    return decoded


def keccak_256(data: bytes) -> str:
    """Return the digest that Ethereum uses, in hexadecimal: Keccak as it was before SHA-3."""
    from Crypto.Hash import keccak  # noqa: PLC0415 - see above

    return keccak.new(digest_bits=256, data=data).hexdigest()


def load_all() -> None:
    """Load everything."""
    phones()
    validators()
    wrong_digit()
    suffixes()
    keccak_256(b"")
