"""Recipients: public keys that a file can be sealed for, and the stanzas made for them.

Encapsulation to a hybrid recipient draws its randomness inside ``cryptography``.
"""

from collections.abc import Callable
from typing import TypeAlias

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import KeyId
from longbien.trust.age.bech32 import encode_bech32, parse_bech32
from longbien.trust.age.header import FileKey, Stanza, encode_base64
from longbien.trust.age.wrapped import (
    ENC_SIZE,
    HYBRID_INFO,
    HYBRID_KIND,
    HYBRID_SUITE,
    POINT_SIZE,
    X25519_KIND,
    is_low_order,
    x25519_wrapping,
)

RandomBytes: TypeAlias = Callable[[int], bytes]
"""A source of randomness: gives as many unpredictable bytes as it is asked for."""

_X25519_PREFIX = "age"
_HYBRID_PREFIX = "age1pq"
_KEM_KEY_SIZE = 1184  # bytes of an ML-KEM-768 public key (FIPS 203, table 3)
_FIELD_PRIME = 2**255 - 19


@frozen
class X25519Recipient:
    """A classical recipient, ``age1…``.  A quantum computer may open later what it receives now."""

    point: bytes = field()

    @point.validator
    def _is_point(self, _attribute: object, value: bytes) -> None:
        _require_point(value)


@frozen
class HybridRecipient:
    """A post-quantum recipient, ``age1pq…``: ML-KEM-768 and X25519 (X-Wing) together."""

    key: bytes = field()

    @key.validator
    def _is_key(self, _attribute: object, value: bytes) -> None:
        _require_point(value[_KEM_KEY_SIZE:])
        try:
            MLKEM768PublicKey.from_public_bytes(value[:_KEM_KEY_SIZE])
        except ValueError:  # a length, or a coefficient beyond the modulus (FIPS 203, 7.2)
            raise _bad_key() from None


Recipient: TypeAlias = X25519Recipient | HybridRecipient


def parse_recipient(text: str) -> Recipient:
    """Read ``age1…`` or ``age1pq…``.

    Raises Malformed ``age.recipient.kind``, ``age.recipient.key`` and ``age.bech32.*``.
    """
    prefix, data = parse_bech32(text)
    if prefix == _X25519_PREFIX:
        return X25519Recipient(data)
    if prefix == _HYBRID_PREFIX:
        return HybridRecipient(data)
    raise Malformed("age.recipient.kind", "a recipient is written age1… or age1pq…")


def encode_recipient(recipient: Recipient) -> str:
    """Write the one text of a recipient."""
    if isinstance(recipient, X25519Recipient):
        return encode_bech32(_X25519_PREFIX, recipient.point)
    return encode_bech32(_HYBRID_PREFIX, recipient.key)


def key_id(recipient: Recipient) -> KeyId:
    """Name a recipient's key: SHA-256 over its text, as ``printf %s age1pq… | sha256sum`` gives."""
    return KeyId(f"sha256:{Digest.of(encode_recipient(recipient).encode('ascii'))}")


def wrap_file_key(recipient: Recipient, *, file_key: FileKey, random_bytes: RandomBytes) -> Stanza:
    """Make the stanza by which ``recipient`` finds the file key."""
    if isinstance(recipient, X25519Recipient):
        ephemeral = random_bytes(POINT_SIZE)
        return _wrap_x25519(recipient.point, file_key=file_key, ephemeral=ephemeral)
    return _wrap_hybrid(recipient.key, file_key=file_key)


def _wrap_x25519(point: bytes, *, file_key: FileKey, ephemeral: bytes) -> Stanza:
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    share = private.public_key().public_bytes_raw()
    secret = private.exchange(X25519PublicKey.from_public_bytes(point))
    cipher = x25519_wrapping(secret, share=share, recipient=point)
    body = cipher.encrypt(bytes(12), file_key.raw, None)
    return Stanza(kind=X25519_KIND, arguments=(encode_base64(share),), body=body)


def _wrap_hybrid(key: bytes, *, file_key: FileKey) -> Stanza:
    public = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(key[:_KEM_KEY_SIZE]),
        X25519PublicKey.from_public_bytes(key[_KEM_KEY_SIZE:]),
    )
    sealed = HYBRID_SUITE.encrypt(file_key.raw, public, HYBRID_INFO)
    enc, body = sealed[:ENC_SIZE], sealed[ENC_SIZE:]
    return Stanza(kind=HYBRID_KIND, arguments=(encode_base64(enc),), body=body)


def _require_point(value: bytes) -> None:
    # one key, one text: a number beyond the field, or the unused top bit, would be a second text
    canonical = len(value) == POINT_SIZE and int.from_bytes(value, "little") < _FIELD_PRIME
    if not canonical or is_low_order(value):
        raise _bad_key()


def _bad_key() -> Malformed:
    return Malformed("age.recipient.key", "the bytes of a recipient are not a usable public key")
