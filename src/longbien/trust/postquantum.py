"""The parallel ML-DSA-65 signature (FIPS 204): detached, raw, empty context.

Raw means that OpenSSL 3.5 or later checks it with ``pkeyutl -verify`` alone.
"""

from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding
from longbien.trust.cades import SignatureCheck
from longbien.trust.certificates import Anchors, Certificate, Material
from longbien.trust.ports import MlDsaSigner

SIGNATURE_SIZE = 3309  # bytes of an ML-DSA-65 signature (FIPS 204, table 2)


def sign_mldsa(content: bytes, *, signer: MlDsaSigner) -> bytes:
    """Return the raw ML-DSA-65 signature over ``content``: SIGNATURE_SIZE bytes.

    Raises Refused ``mldsa.not-the-key`` if the signer's answer does not verify under its
    own certificate.
    """
    raise NotImplementedError


def verify_mldsa(
    signature: bytes,
    content: bytes,
    *,
    leaf: Certificate,
    anchors: Anchors,
    material: Material,
    at: Instant | None,
    subject: str = "",
) -> SignatureCheck:
    """Judge a raw ML-DSA-65 signature by the certificate ``leaf``.  Never raises.

    ``at`` is the proven time, that of the stamp in the parallel CAdES signature; None makes
    the path INDETERMINATE.  Findings under ``signature.mldsa``, ``signer.path``,
    ``signer.revocation``.
    """
    raise NotImplementedError


def find_mldsa_certificate(
    ec: Certificate, certificates: tuple[Certificate, ...]
) -> Certificate | None:
    """Return the ML-DSA-65 certificate with the same subject as ``ec``; None if there is not one.

    More than one: the one that is valid longest, so that a renewal in the bundle does not confuse.
    """
    raise NotImplementedError


def judge_hybrid(
    *,
    ec: SignatureCheck | None,
    mldsa: SignatureCheck | None,
    subject: str = "",
) -> tuple[Finding, ...]:
    """Judge the pair: both signatures are there, and both are of one signer under one State.

    Findings under ``signature.hybrid``: one missing is FAILED ``hybrid.downgrade``; different
    subjects FAILED ``hybrid.other-signer``; roots of different States FAILED
    ``hybrid.other-state`` (their subjects may differ in the common name only).
    """
    raise NotImplementedError
