"""Keys that sign envelopes (port ``trust.dsse.RawSigner``): in memory, or bridged from a signer.

A signer with certificates signs digests (ECDSA) or messages (ML-DSA) and so fits under this
port, wherever its key lies: a file or a hardware module.
"""

import hashlib
from typing import Final, TypeAlias

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from longbien.primitives.ids import KeyId
from longbien.trust.dsse import HybridKey, RawSigner, key_id_of
from longbien.trust.keys import KeyAlgorithm, parse_public_key
from longbien.trust.ports import EcSigner, MlDsaSigner

PrivateKey: TypeAlias = (
    ec.EllipticCurvePrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
)
_DIGESTS: Final = {KeyAlgorithm.P256: hashlib.sha256, KeyAlgorithm.P384: hashlib.sha384}


@frozen(kw_only=True)
class RawEcSigner:
    """An ``EcSigner`` (software or PKCS#11) as a signer of envelopes."""

    signer: EcSigner = field(repr=False)
    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    key_id: KeyId

    def sign(self, pae: bytes, /) -> bytes:
        """Sign SHA-256 or SHA-384 of the encoding; DER."""
        return self.signer.sign(_DIGESTS[self.algorithm](pae).digest())


@frozen(kw_only=True)
class RawMlDsaSigner:
    """An ``MlDsaSigner`` as a signer of envelopes."""

    signer: MlDsaSigner = field(repr=False)
    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    key_id: KeyId

    def sign(self, pae: bytes, /) -> bytes:
        """Sign the encoding itself."""
        return self.signer.sign(pae)


@frozen(kw_only=True)
class SoftwareRawSigner:
    """A private key in memory."""

    key: PrivateKey = field(repr=False)
    algorithm: KeyAlgorithm
    spki: bytes = field(repr=False)
    key_id: KeyId

    def sign(self, pae: bytes, /) -> bytes:
        """Sign the encoding; nonce and hedging are drawn by the library."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            scheme = hashes.SHA256() if self.algorithm is KeyAlgorithm.P256 else hashes.SHA384()
            return self.key.sign(pae, ec.ECDSA(scheme))
        return self.key.sign(pae)


def raw_ec_signer(signer: EcSigner) -> RawEcSigner:
    """Bridge a signer with certificates; the key is the one in its first certificate."""
    spki = signer.certificates[0].spki
    return RawEcSigner(
        signer=signer,
        algorithm=parse_public_key(spki).algorithm,
        spki=spki,
        key_id=key_id_of(spki),
    )


def raw_mldsa_signer(signer: MlDsaSigner) -> RawMlDsaSigner:
    """Bridge a signer with certificates; the key is the one in its first certificate."""
    spki = signer.certificates[0].spki
    return RawMlDsaSigner(
        signer=signer,
        algorithm=parse_public_key(spki).algorithm,
        spki=spki,
        key_id=key_id_of(spki),
    )


def software_raw_signer(key: PrivateKey) -> SoftwareRawSigner:
    """Take a private key: P-256, P-384, ML-DSA-65 or ML-DSA-87."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SoftwareRawSigner(
        key=key,
        algorithm=parse_public_key(spki).algorithm,
        spki=spki,
        key_id=key_id_of(spki),
    )


def hybrid_key(signer_ec: RawSigner, signer_mldsa: RawSigner) -> HybridKey:
    """Return the public halves of two signers as the pair that they are."""
    return HybridKey(ec=parse_public_key(signer_ec.spki), mldsa=parse_public_key(signer_mldsa.spki))
