"""The master key of a node under a key that never leaves a security module (PKCS#11).

The file holds the master key sealed by an AES key in the module; without module and PIN it opens
nothing.  While a node runs the opened master key is in its memory: the module keeps the key from
whoever has the disk or a copy of it, not from whoever has the running machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import field, frozen

from longbien.adapters.at_rest import NONCE_SIZE, TAG_SIZE, RandomBytes
from longbien.adapters.pkcs11 import Token, open_session
from longbien.primitives.errors import Refused

_PLACE = b"longbien master key 1"


@frozen(kw_only=True)
class ModuleKey:
    """An AES key in a module; good as long as its session is open."""

    _key: Any = field(repr=False)
    _random_bytes: RandomBytes

    def wrap(self, raw: bytes, /) -> bytes:
        """Seal a key inside the module (AES-GCM)."""
        nonce = self._random_bytes(NONCE_SIZE)
        sealed: bytes = self._key.encrypt(raw, **_gcm(nonce))
        return nonce + sealed

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Open a sealed key inside the module.  Raises Refused ``hsm.other-key``."""
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - the extra may be missing

        try:
            raw: bytes = self._key.decrypt(wrapped[NONCE_SIZE:], **_gcm(wrapped[:NONCE_SIZE]))
        except PKCS11Error:
            raise Refused(
                "hsm.other-key",
                "the master key was not sealed by this key of the security module, or its file "
                "was changed",
            ) from None
        return raw


def _gcm(nonce: bytes) -> dict[str, Any]:
    from pkcs11 import GCMParams, Mechanism  # noqa: PLC0415 - the extra may be missing

    return {
        "mechanism": Mechanism.AES_GCM,
        "mechanism_param": GCMParams(nonce, _PLACE, 8 * TAG_SIZE),
    }


@contextmanager
def open_module_key(token: Token, *, pin: str, random_bytes: RandomBytes) -> Iterator[ModuleKey]:
    """Log in, find the AES key, and log out afterwards.  Raises as ``open_session`` does."""
    with open_session(token, pin=pin) as session:
        from pkcs11 import ObjectClass  # noqa: PLC0415 - the extra may be missing

        key = session.get_key(object_class=ObjectClass.SECRET_KEY, label=token.key)
        yield ModuleKey(key=key, random_bytes=random_bytes)
