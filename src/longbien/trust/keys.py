"""Strict acceptance of public keys and ECDSA signatures: one key, one encoding, or Malformed.

Two verifiers that accept different encodings can reach two verdicts on one package.
Ed25519 points have a module of their own, ``ed25519``.
"""

from enum import StrEnum

from attrs import field, frozen


class KeyAlgorithm(StrEnum):
    """The kinds of key that may stand in a certificate; all others are Malformed."""

    P256 = "ecdsa-p256"
    P384 = "ecdsa-p384"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"

    RSA = "rsa"
    """Only time-stamp authorities and their roots, from 2048 bits up."""


@frozen(kw_only=True)
class PublicKey:
    """An accepted public key."""

    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    """Its DER SubjectPublicKeyInfo: the only one that it has."""


def parse_public_key(spki: bytes) -> PublicKey:
    """Read a DER SubjectPublicKeyInfo of a P-256, P-384, ML-DSA-44, -65 or -87 key.

    Elliptic curves: named curve, uncompressed point on the curve (RFC 5480).  ML-DSA: no
    parameters, the exact size (RFC 9881).  Raises Malformed ``key.…``.
    """
    raise NotImplementedError


def parse_ecdsa_signature(signature: bytes, *, algorithm: KeyAlgorithm) -> tuple[int, int]:
    """Read a DER ECDSA-Sig-Value; return r and s, each in 1..n-1.

    Minimal DER, nothing behind it.  Raises Malformed ``ecdsa.…``.
    """
    raise NotImplementedError


def verify_ecdsa(key: PublicKey, *, signature: bytes, digest: bytes) -> bool:
    """Tell if the signature over a digest of 32, 48 or 64 bytes (SHA-2) is good.  Never raises."""
    raise NotImplementedError


def verify_mldsa_raw(key: PublicKey, *, signature: bytes, message: bytes) -> bool:
    """Tell if the pure ML-DSA signature (empty context) is good.  Never raises."""
    raise NotImplementedError


def parse_x25519(raw: bytes) -> bytes:
    """Accept 32 bytes as an X25519 public key; refuse low-order points (Malformed ``x25519.…``)."""
    raise NotImplementedError
