"""The parallel ML-DSA-65 signature (FIPS 204): detached, raw, empty context.

Raw means that OpenSSL 3.5 or later checks it with ``pkeyutl -verify`` alone.
"""

from asn1crypto import x509 as asn1_x509

from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome
from longbien.trust.cades import SignatureCheck, judge_signer
from longbien.trust.certificates import Anchors, Certificate, Material
from longbien.trust.keys import KeyAlgorithm, parse_public_key, verify_mldsa_raw
from longbien.trust.ports import MlDsaSigner

SIGNATURE_SIZE = 3309  # bytes of an ML-DSA-65 signature (FIPS 204, table 2)
_COMMON_NAME = "2.5.4.3"


def sign_mldsa(content: bytes, *, signer: MlDsaSigner) -> bytes:
    """Return the raw ML-DSA-65 signature over ``content``: SIGNATURE_SIZE bytes.

    Raises Refused ``mldsa.not-the-key`` if the signer's answer does not verify under its
    own certificate.
    """
    signature = signer.sign(content)
    if not _is_good(signature, content, leaf=signer.certificates[0]):
        raise Refused("mldsa.not-the-key", "the ML-DSA-65 key does not belong to its certificate")
    return signature


def _is_good(signature: bytes, content: bytes, *, leaf: Certificate) -> bool:
    if leaf.key_algorithm is not KeyAlgorithm.ML_DSA_65:
        return False
    return verify_mldsa_raw(parse_public_key(leaf.spki), signature=signature, message=content)


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
    is_good = _is_good(signature, content, leaf=leaf)
    finding = Finding(
        check="signature.mldsa",
        outcome=Outcome.PASSED if is_good else Outcome.FAILED,
        reason="mldsa.good" if is_good else "mldsa.bad-signature",
        subject=subject,
        facts=(("signer", leaf.subject), ("signer_sha256", leaf.sha256.hex)),
    )
    check = SignatureCheck(findings=(finding,), signer=leaf if is_good else None)
    return judge_signer(check, anchors=anchors, material=material, at=at, subject=subject)


def find_mldsa_certificate(
    ec: Certificate, certificates: tuple[Certificate, ...]
) -> Certificate | None:
    """Return the ML-DSA-65 certificate with the same subject as ``ec``; None if there is not one.

    More than one: the one that is valid longest, so that a renewal in the bundle does not confuse.
    """
    same = (
        certificate
        for certificate in certificates
        if certificate.key_algorithm is KeyAlgorithm.ML_DSA_65
        and certificate.subject_der == ec.subject_der
    )
    return max(same, key=lambda certificate: certificate.not_after, default=None)


def judge_hybrid(
    *,
    ec: SignatureCheck | None,
    mldsa: SignatureCheck | None,
    subject: str = "",
) -> tuple[Finding, ...]:
    """Judge the pair: both signatures are there, and both are of one signer under one State.

    Findings under ``signature.hybrid``: one missing is FAILED ``hybrid.downgrade``; different
    subjects FAILED ``hybrid.other-signer``; roots of different States FAILED
    ``hybrid.other-state`` (their subjects may differ in the common name only).  Where one of
    the two signatures is bad this is left to its own finding.
    """
    outcome, reason = _pair(ec, mldsa)
    facts = tuple(
        (kind, check.signer.subject)
        for kind, check in (("ec", ec), ("mldsa", mldsa))
        if check is not None and check.signer is not None
    )
    return (
        Finding(
            check="signature.hybrid",
            outcome=outcome,
            reason=reason,
            subject=subject,
            facts=facts,
        ),
    )


def _pair(ec: SignatureCheck | None, mldsa: SignatureCheck | None) -> tuple[Outcome, str]:
    if ec is None or mldsa is None:
        return Outcome.FAILED, "hybrid.downgrade"
    if ec.signer is None or mldsa.signer is None:
        return Outcome.FAILED, "hybrid.one-is-bad"
    if ec.signer.subject_der != mldsa.signer.subject_der:
        return Outcome.FAILED, "hybrid.other-signer"
    if ec.root is None or mldsa.root is None:
        return Outcome.INDETERMINATE, "hybrid.no-root"
    if _state(ec.root) != _state(mldsa.root):
        return Outcome.FAILED, "hybrid.other-state"
    return Outcome.PASSED, "hybrid.both"


def _state(root: Certificate) -> tuple[bytes, ...]:
    """Return the root's name without its common name: the State and its organisation."""
    names = asn1_x509.Name.load(root.subject_der).chosen
    return tuple(
        part.dump() for part in names if all(one["type"].dotted != _COMMON_NAME for one in part)
    )
