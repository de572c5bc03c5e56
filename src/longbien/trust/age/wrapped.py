"""How a stanza wraps the file key: the two kinds that we know, and their constants.

A stanza of an unknown kind is left alone (age calls it grease); a stanza of a known kind that
breaks its form makes the whole header wrong, for every recipient alike.
"""

from typing import TypeAlias

from attrs import frozen
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from longbien.primitives.errors import Malformed
from longbien.trust.age.header import FILE_KEY_SIZE, Stanza, parse_base64

X25519_KIND = "X25519"
HYBRID_KIND = "mlkem768x25519"
SCRYPT_KIND = "scrypt"

POINT_SIZE = 32  # bytes of an X25519 share
KEM_SHARE_SIZE = 1088  # bytes of an ML-KEM-768 ciphertext (FIPS 203, table 3)
ENC_SIZE = KEM_SHARE_SIZE + POINT_SIZE
BODY_SIZE = FILE_KEY_SIZE + 16  # the file key and a Poly1305 tag

HYBRID_INFO = b"age-encryption.org/mlkem768x25519"
HYBRID_SUITE = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305
)

_X25519_INFO = b"age-encryption.org/v1/X25519"
_ANY_SCALAR = X25519PrivateKey.from_private_bytes(bytes(POINT_SIZE))


@frozen(kw_only=True)
class X25519Share:
    """What an X25519 stanza holds: an ephemeral share and the wrapped file key."""

    share: bytes
    body: bytes


@frozen(kw_only=True)
class HybridShare:
    """What an mlkem768x25519 stanza holds: the HPKE encapsulation and the wrapped file key."""

    enc: bytes
    body: bytes


Wrapped: TypeAlias = X25519Share | HybridShare


def parse_wrapped(stanza: Stanza) -> Wrapped | None:
    """Read a stanza of a kind that we know; None for any other.

    Raises Malformed ``age.header.recipient`` (wrong form), ``age.header.base64`` and
    ``age.header.low-order`` (a share that makes every secret zero).
    """
    if stanza.kind == X25519_KIND:
        return X25519Share(share=_parse_share(stanza, size=POINT_SIZE), body=stanza.body)
    if stanza.kind == HYBRID_KIND:
        return HybridShare(enc=_parse_share(stanza, size=ENC_SIZE), body=stanza.body)
    return None


def is_low_order(point: bytes) -> bool:
    """Say whether ``point`` gives the all-zero secret with every scalar (RFC 7748, section 6.1).

    Scalars are multiples of 8 and the bad points have an order that divides 8, so that one
    scalar answers for all.
    """
    try:
        _ANY_SCALAR.exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return True
    return False


def x25519_wrapping(secret: bytes, *, share: bytes, recipient: bytes) -> ChaCha20Poly1305:
    """Return the cipher of one X25519 stanza; it is used once, with a nonce of zeros."""
    key = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=share + recipient, info=_X25519_INFO
    ).derive(secret)
    return ChaCha20Poly1305(key)


def _parse_share(stanza: Stanza, *, size: int) -> bytes:
    # the body's size is checked before it is decrypted: a longer file key would let one
    # ciphertext open under two keys (C2SP age.md)
    if len(stanza.arguments) != 1 or len(stanza.body) != BODY_SIZE:
        raise _wrong_form(stanza)
    share = parse_base64(stanza.arguments[0].encode("ascii"))
    if len(share) != size:
        raise _wrong_form(stanza)
    if is_low_order(share[-POINT_SIZE:]):
        raise Malformed(
            "age.header.low-order", "a {kind} share lets anybody know the key", kind=stanza.kind
        )
    return share


def _wrong_form(stanza: Stanza) -> Malformed:
    return Malformed(
        "age.header.recipient", "a {kind} recipient is not in its form", kind=stanza.kind
    )
