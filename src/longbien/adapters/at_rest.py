"""Case content at rest: AES-256-GCM under a key per case, wrapped by the node's master key.

Every sealed value is bound to its place (table, case, version, field ...), so that it opens
nowhere else.  Destroying the wrapped key of a case erases the case.  What the master key is
trusted for: who reads it and the database reads every case of this node.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, Self, TypeAlias

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from longbien.adapters.keystore import read_secret, write_new
from longbien.adapters.ledger_disk import Disk, disk_errors, replace_file
from longbien.primitives.errors import Integrity, Refused

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12  # random: a case has far fewer than 2**32 values
TAG_SIZE: Final = 16
MARK_SIZE: Final = 32

_WRAPPED: Final = b"pkcs11 "  # what a file begins with whose key a security module has sealed

RandomBytes: TypeAlias = Callable[[int], bytes]


def place(*parts: str | int) -> bytes:
    """Return an unambiguous name of the place that a value belongs to."""
    texts = [str(part).encode() for part in parts]
    return b"".join([len(text).to_bytes(4, "big") + text for text in texts])


@frozen
class DataKey:
    """A key that seals values: that of a case, or the node's own."""

    _raw: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False, eq=False)

    @_cipher.default
    def _made(self) -> AESGCM:
        return AESGCM(self._raw)

    @classmethod
    def draw(cls, random_bytes: RandomBytes) -> Self:
        """Make a new key."""
        return cls(random_bytes(KEY_SIZE))

    def seal(self, plain: bytes, /, *, at: bytes, random_bytes: RandomBytes) -> bytes:
        """Encrypt a value for one place; 28 bytes are added."""
        nonce = random_bytes(NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, plain, at)

    def derive(self, use: bytes, /) -> bytes:
        """Return 32 bytes for another use, from which this key does not follow (HKDF)."""
        info = b"longbien at rest 1 " + use
        return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=info).derive(self._raw)

    def open(self, sealed: bytes, /, *, at: bytes) -> bytes:
        """Decrypt a value of that place.  Raises Integrity ``at-rest.changed``."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], at)
        except (InvalidTag, ValueError):
            raise Integrity(
                "at-rest.changed", "a stored value is not the one that was sealed for its place"
            ) from None


@frozen
class MasterKey:
    """The key over all keys of one node."""

    _raw: bytes = field(repr=False)
    own: DataKey = field(init=False, repr=False, eq=False)
    """Seals what belongs to no case, or outlives one."""

    _wrapping: DataKey = field(init=False, repr=False, eq=False)
    _marking: bytes = field(init=False, repr=False, eq=False)

    @own.default
    def _own(self) -> DataKey:
        return DataKey(self._derived(b"own"))

    @_wrapping.default
    def _wrapper(self) -> DataKey:
        return DataKey(self._derived(b"wrap"))

    @_marking.default
    def _marker(self) -> bytes:
        return self._derived(b"mark")

    def _derived(self, use: bytes) -> bytes:
        info = b"longbien at rest 1 " + use
        return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=info).derive(self._raw)

    def wrap(self, key: DataKey, /, *, at: bytes, random_bytes: RandomBytes) -> bytes:
        """Encrypt a case's key for the place where it is kept."""
        return self._wrapping.seal(key._raw, at=at, random_bytes=random_bytes)  # noqa: SLF001 - the two classes are one secret

    def unwrap(self, wrapped: bytes, /, *, at: bytes) -> DataKey:
        """Decrypt a case's key.  Raises Integrity ``at-rest.changed``."""
        return DataKey(self._wrapping.open(wrapped, at=at))

    def mark(self, *parts: str | int | bytes | None) -> bytes:
        """Return 32 bytes that only this node can make for these fields of a row.

        It tells a changed row from a true one where nothing in the row is secret.
        """
        digest = hashlib.blake2b(digest_size=MARK_SIZE, key=self._marking)
        for part in parts:
            digest.update(_with_length(part))
        return digest.digest()


def _with_length(part: str | int | bytes | None) -> bytes:
    if part is None:
        return b"n"
    kind, raw = (b"b", part) if isinstance(part, bytes) else (b"t", str(part).encode())
    return kind + len(raw).to_bytes(8, "big") + raw


# --- the file ------------------------------------------------------------------------------


class KeyWrapper(Protocol):
    """Seals the master key itself: a security module."""

    def wrap(self, raw: bytes, /) -> bytes:
        """Seal a key."""
        ...

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Open a sealed key."""
        ...


def create_master_key(
    path: Path, *, random_bytes: RandomBytes, wrapper: KeyWrapper | None = None
) -> MasterKey:
    """Draw a master key and write it to a new file that only its owner may read.

    64 hexadecimal digits and a line end, so that it can be copied from paper; under a
    ``wrapper`` what it made of them.  Raises Refused ``keystore.exists``; Unavailable
    ``keystore.disk``.
    """
    raw = random_bytes(KEY_SIZE)
    write_new(path, _encode_key(raw, wrapper), is_secret=True)
    return MasterKey(raw)


def wrap_master_key(path: Path, *, wrapper: KeyWrapper) -> None:
    """Put a master key that stands open in its file under a wrapper.

    The copy on paper is what is left if the wrapper is ever lost.  Raises Refused
    ``at-rest.master-key``, and what ``read_secret`` raises.
    """
    raw = _parse_key(read_secret(path), path)
    with disk_errors(path):
        replace_file(Disk(), path, _encode_key(raw, wrapper))


def read_master_key(path: Path, *, wrapper: KeyWrapper | None = None) -> MasterKey:
    """Read the master key.

    Raises Refused ``at-rest.master-key``, ``at-rest.wrapped`` where it is under a wrapper that
    was not given, and what ``read_secret`` and the wrapper raise.
    """
    data = read_secret(path)
    if not data.startswith(_WRAPPED):
        return MasterKey(_parse_key(data, path))
    if wrapper is None:
        raise Refused(
            "at-rest.wrapped",
            "{path} is sealed by a security module; name it in node.toml: master_key_module, "
            "master_key_token, master_key_label, master_key_pin_file",
            path=path,
        )
    raw = wrapper.unwrap(_unhex(data.removeprefix(_WRAPPED)))
    return MasterKey(_parse_key(raw.hex().encode(), path))


def _encode_key(raw: bytes, wrapper: KeyWrapper | None) -> bytes:
    if wrapper is None:
        return raw.hex().encode() + b"\n"
    return _WRAPPED + wrapper.wrap(raw).hex().encode() + b"\n"


def _parse_key(text: bytes, path: Path) -> bytes:
    raw = _unhex(text)
    if len(raw) != KEY_SIZE:
        raise Refused(
            "at-rest.master-key",
            "{path} is not a master key (64 hexadecimal digits); put back the copy that was made "
            "when the node was set up: without it no case can be read",
            path=path,
        )
    return raw


def _unhex(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.strip().decode("ascii"))
    except ValueError:
        return b""
