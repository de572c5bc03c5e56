"""Software keys in the shape of the signing ports.

For keys in hardware see ``pkcs11``; for the files that keys lie in, ``keystore``.
"""

from typing import Final

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from longbien.trust.certificates import Certificate, Material

_HASHES: Final = {32: hashes.SHA256, 48: hashes.SHA384}


@frozen(kw_only=True)
class SoftwareEcSigner:
    """An ECDSA key in memory (port ``EcSigner``)."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificates: tuple[Certificate, ...]

    def sign(self, digest: bytes, /) -> bytes:
        """Sign a SHA-256 or SHA-384 digest; the nonce is drawn by the library."""
        return self.key.sign(digest, ec.ECDSA(Prehashed(_HASHES[len(digest)]())))


@frozen(kw_only=True)
class SoftwareMlDsaSigner:
    """An ML-DSA-65 key in memory (port ``MlDsaSigner``)."""

    key: mldsa.MLDSA65PrivateKey = field(repr=False)
    certificates: tuple[Certificate, ...]

    def sign(self, message: bytes, /) -> bytes:
        """Sign the message; hedged with randomness of the library (FIPS 204, 3.4)."""
        return self.key.sign(message)


@frozen(kw_only=True)
class SignerKeys:
    """All that one authority signs with, and what a package of its has to carry."""

    ec: SoftwareEcSigner
    mldsa: SoftwareMlDsaSigner

    material: Material
    """Its certificates, those above them, and the newest revocation lists."""
