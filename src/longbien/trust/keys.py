"""Strict acceptance of public keys and ECDSA signatures: one key, one encoding, or Malformed.

Two verifiers that accept different encodings can reach two verdicts on one package.
Ed25519 points have a module of their own, ``ed25519``.
"""

from enum import StrEnum
from typing import Any, Final, TypeAlias

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import load_der_public_key

from longbien.primitives.errors import Malformed


class KeyAlgorithm(StrEnum):
    """The kinds of key that may stand in a certificate."""

    P256 = "ecdsa-p256"
    P384 = "ecdsa-p384"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"

    RSA = "rsa"
    """Only time-stamp authorities and their roots, from 2048 bits up."""

    OTHER = "other"
    """Anything else: it may lie in a bundle, and nothing is ever accepted by it."""


EC_ALGORITHMS: Final = frozenset({KeyAlgorithm.P256, KeyAlgorithm.P384})
ML_DSA_ALGORITHMS: Final = frozenset(
    {KeyAlgorithm.ML_DSA_44, KeyAlgorithm.ML_DSA_65, KeyAlgorithm.ML_DSA_87}
)

# In each of these all octets in front of the key itself are fixed, so the one canonical
# encoding is this header and as many octets as stand beside it.  RFC 5480 (named curve,
# uncompressed point) and RFC 9881 (no parameters).
_HEADERS: Final = {
    KeyAlgorithm.P256: ("3059301306072a8648ce3d020106082a8648ce3d03010703420004", 64),
    KeyAlgorithm.P384: ("3076301006072a8648ce3d020106052b8104002203620004", 96),
    KeyAlgorithm.ML_DSA_44: ("30820532300b060960864801650304031103820521" + "00", 1312),
    KeyAlgorithm.ML_DSA_65: ("308207b2300b0609608648016503040312038207a1" + "00", 1952),
    KeyAlgorithm.ML_DSA_87: ("30820a32300b060960864801650304031303820a21" + "00", 2592),
}

# The orders of the base points: FIPS 186-5 / SP 800-186, 3.2.1.3 and 3.2.1.4.
_ORDERS: Final = {
    KeyAlgorithm.P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    KeyAlgorithm.P384: int(
        "ffffffffffffffffffffffffffffffffffffffffffffffff"
        "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        16,
    ),
}
_Sha2: TypeAlias = type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]
_HASHES: Final[dict[int, _Sha2]] = {
    32: hashes.SHA256,
    48: hashes.SHA384,
    64: hashes.SHA512,
}

_FIELD = 2**255 - 19
# u-coordinates of order 1, 2, 4 and 8 on the curve and on its twist (RFC 7748, 7): with any of
# them the shared secret is all zero whatever the other key is.
_LOW_ORDER: Final = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _FIELD - 1,
    }
)


@frozen(kw_only=True)
class PublicKey:
    """An accepted public key."""

    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    """Its DER SubjectPublicKeyInfo: the only one that it has."""

    loaded: Any = field(repr=False, eq=False)
    """The same as an object of ``cryptography``."""


def parse_public_key(spki: bytes) -> PublicKey:
    """Read a DER SubjectPublicKeyInfo of a P-256, P-384, ML-DSA-44, -65 or -87 key.

    Elliptic curves: named curve, uncompressed point on the curve (RFC 5480).  ML-DSA: no
    parameters, the exact size (RFC 9881).  Raises Malformed ``key.…``.
    """
    for algorithm, (header, size) in _HEADERS.items():
        prefix = bytes.fromhex(header)
        if len(spki) == len(prefix) + size and spki.startswith(prefix):
            return _loaded(spki, algorithm)
    raise Malformed(
        "key.encoding",
        "not a P-256, P-384 or ML-DSA public key in its one accepted encoding",
    )


def _loaded(spki: bytes, algorithm: KeyAlgorithm) -> PublicKey:
    try:
        return PublicKey(algorithm=algorithm, spki=spki, loaded=load_der_public_key(spki))
    except ValueError:
        raise Malformed("key.point", "the public key is not a point on its curve") from None


def parse_ecdsa_signature(signature: bytes, *, algorithm: KeyAlgorithm) -> tuple[int, int]:
    """Read a DER ECDSA-Sig-Value; return r and s, each in 1..n-1.

    Minimal DER, nothing behind it.  Raises Malformed ``ecdsa.…``.
    """
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        raise Malformed("ecdsa.encoding", "an ECDSA signature is not strict DER") from None
    # writing again what was read: whatever the reader was lenient about shows here
    if not (0 < r < _ORDERS[algorithm] and 0 < s < _ORDERS[algorithm]):
        raise Malformed("ecdsa.range", "a number of the ECDSA signature is out of its range")
    if encode_dss_signature(r, s) != signature:
        raise Malformed("ecdsa.encoding", "an ECDSA signature is not strict DER")
    return r, s


def verify_ecdsa(key: PublicKey, *, signature: bytes, digest: bytes) -> bool:
    """Tell if the signature over a digest of 32, 48 or 64 bytes (SHA-2) is good.  Never raises."""
    if key.algorithm not in EC_ALGORITHMS or len(digest) not in _HASHES:
        return False
    try:
        parse_ecdsa_signature(signature, algorithm=key.algorithm)
        scheme = ec.ECDSA(Prehashed(_HASHES[len(digest)]()))
        key.loaded.verify(signature, digest, scheme)
    except (Malformed, InvalidSignature):
        return False
    return True


def verify_mldsa_raw(key: PublicKey, *, signature: bytes, message: bytes) -> bool:
    """Tell if the pure ML-DSA signature (empty context) is good.  Never raises."""
    if key.algorithm not in ML_DSA_ALGORITHMS:
        return False
    try:
        key.loaded.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def parse_x25519(raw: bytes) -> bytes:
    """Accept 32 bytes as an X25519 public key; refuse low-order points (Malformed ``x25519.…``).

    The coordinate must be canonical too: below 2^255-19 (RFC 7748 lets a reader reduce it,
    we do not: one key, one encoding).
    """
    if len(raw) != 32:  # noqa: PLR2004  # RFC 7748, 5
        raise Malformed("x25519.size", "an X25519 public key has 32 bytes")
    u = int.from_bytes(raw, "little")
    if u >= _FIELD:
        raise Malformed("x25519.not-canonical", "an X25519 public key is not reduced")
    if u in _LOW_ORDER:
        raise Malformed("x25519.low-order", "an X25519 public key is a point of low order")
    return raw
