"""SHA-256 digests as a type of their own, so that no text is mistaken for one."""

import hashlib
import re
from typing import Self, TypeAlias

from attrs import field, frozen

from longbien.primitives.errors import Malformed

Octets: TypeAlias = bytes | bytearray | memoryview

SIZE = 32
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@frozen
class Digest:
    """A SHA-256 digest: 32 bytes.  We compute digests; nobody types them."""

    raw: bytes = field(repr=False)

    @raw.validator
    def _has_size(self, _attribute: object, value: object) -> None:
        if not isinstance(value, bytes):
            msg = f"a digest is bytes, not {type(value).__name__}"
            raise TypeError(msg)
        if len(value) != SIZE:
            msg = f"a digest has {SIZE} bytes, not {len(value)}"
            raise ValueError(msg)

    @classmethod
    def of(cls, data: Octets) -> Self:
        """Hash ``data``."""
        return cls(hashlib.sha256(data).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 64 lower-case hexadecimal digits; anything else is Malformed ``digest.text``."""
        if not _HEX.fullmatch(text):
            raise Malformed("digest.text", "a SHA-256 digest is 64 lower-case hexadecimal digits")
        return cls(bytes.fromhex(text))

    @property
    def hex(self) -> str:
        """Return 64 lower-case hexadecimal digits, as sha256sum prints them."""
        return self.raw.hex()

    def __str__(self) -> str:
        """Return the same as ``hex``."""
        return self.hex
