"""A signing key in a hardware security module, through PKCS#11 (extra ``hsm``).

The key never leaves the module.  The PIN comes from a file or from the environment, never
from the command line, where every user of the machine could read it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from longbien.adapters.keystore import read_secret
from longbien.primitives.errors import Refused, Unavailable
from longbien.trust.certificates import Certificate

PIN_VARIABLE = "LONGBIEN_HSM_PIN"


@frozen(kw_only=True)
class Token:
    """Where the key is: the module's library, the token's label, the key's label."""

    module: Path
    token: str
    key: str


@frozen(kw_only=True)
class Pkcs11EcSigner:
    """An ECDSA key in a module (port ``EcSigner``); good as long as its session is open."""

    certificates: tuple[Certificate, ...]
    _private: Any = field(repr=False)

    def sign(self, digest: bytes, /) -> bytes:
        """Sign a SHA-256 or SHA-384 digest inside the module.

        Raises Unavailable ``hsm.sign``.
        """
        from pkcs11 import Mechanism  # noqa: PLC0415  # the extra may be missing
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415  # the same

        try:
            raw: bytes = self._private.sign(digest, mechanism=Mechanism.ECDSA)
        except PKCS11Error as error:
            raise Unavailable(
                "hsm.sign",
                "the security module did not sign: {why}",
                retry=True,
                why=type(error).__name__,
            ) from None
        half = len(raw) // 2  # PKCS#11 2.40, 2.3.1: r and s, of equal length
        return encode_dss_signature(
            int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        )


def read_pin(path: Path | None) -> str:
    """Return the PIN: the first line of the file, else the variable LONGBIEN_HSM_PIN.

    Raises Refused ``hsm.no-pin``, and what ``keystore.read_secret`` raises.
    """
    if path is not None:
        pin = read_secret(path).split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
    else:
        pin = os.environ.get(PIN_VARIABLE, "")
    if not pin:
        raise Refused(
            "hsm.no-pin",
            "there is no PIN: give --pin-file FILE (mode 600) or set {variable}",
            variable=PIN_VARIABLE,
        )
    return pin


@contextmanager
def open_signer(
    token: Token, *, pin: str, certificates: tuple[Certificate, ...]
) -> Iterator[Pkcs11EcSigner]:
    """Log in, find the private key, and log out afterwards.

    Raises as ``open_session`` does.
    """
    with open_session(token, pin=pin) as session:
        from pkcs11 import ObjectClass  # noqa: PLC0415 - the extra may be missing

        private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=token.key)
        yield Pkcs11EcSigner(certificates=certificates, private=private)


@contextmanager
def open_session(token: Token, *, pin: str) -> Iterator[Any]:
    """Log in to a token, and log out afterwards.

    Raises Unavailable ``hsm.not-installed`` and ``hsm.module``; Refused ``hsm.pin`` and
    ``hsm.no-key`` (where the session is asked for a key that is not there).
    """
    try:
        import pkcs11  # noqa: PLC0415  # the extra may be missing
        from pkcs11 import exceptions  # noqa: PLC0415  # the same
    except ImportError:
        raise Unavailable(
            "hsm.not-installed",
            "the part for security modules is not installed: pip install 'longbien[hsm]'",
        ) from None
    try:
        found = pkcs11.lib(str(token.module)).get_token(token_label=token.token)
        with found.open(user_pin=pin) as session:
            yield session
    except (exceptions.PinIncorrect, exceptions.PinLocked, exceptions.PinLenRange):
        raise Refused(
            "hsm.pin", "the security module refuses the PIN; too many tries lock it"
        ) from None
    except exceptions.NoSuchKey:
        raise Refused("hsm.no-key", "there is no key {key} in the token", key=token.key) from None
    except (exceptions.PKCS11Error, RuntimeError) as error:
        raise Unavailable(
            "hsm.module",
            "the security module {module} with token {token} cannot be used: {why}",
            module=token.module,
            token=token.token,
            why=type(error).__name__,
        ) from None
