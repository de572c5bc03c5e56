"""Verifying a detached CAdES-T signature (ETSI EN 319 122-1), strictly.

Making one lives in ``cades_signing``.  No PDF code, no network, no clock: asn1crypto reads,
``cryptography`` verifies.
"""

from attrs import evolve, frozen

from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome
from longbien.trust import _cms
from longbien.trust._der import LIBRARY_ERRORS
from longbien.trust.certificates import Anchors, Certificate, Material
from longbien.trust.keys import EC_ALGORITHMS, parse_public_key, verify_ecdsa
from longbien.trust.paths import SIGNER, PathChecks, Usage, validate_path
from longbien.trust.timestamps import TimestampCheck, verify_timestamp

MAX_SIGNATURE = 2**20  # bytes of a .p7s; ours have about 6 KB, a long foreign chain 50


@frozen(kw_only=True)
class SignatureCheck:
    """What was found out about one signature."""

    findings: tuple[Finding, ...]

    signer: Certificate | None = None
    """Whose key made the signature; None where no good signature was found."""

    root: Certificate | None = None
    """The relying party's root above the signer; None where there is no proven path."""

    claimed_at: Instant | None = None
    """The signer's own word (attribute signing-time): evidence of nothing by itself."""

    stamp: TimestampCheck | None = None
    """The signature-time-stamp inside the signature, verified; None where there is none."""

    certificates: tuple[Certificate, ...] = ()
    """What the signature itself carries, as received and unproven."""

    @property
    def stamped_at(self) -> Instant | None:
        """Return when the signature existed at the latest, by the stamp; None if unproven."""
        return self.stamp.stamped_at if self.stamp else None

    @property
    def time_authority(self) -> Certificate | None:
        """Return whose clock that is."""
        return self.stamp.authority if self.stamp else None


def verify_cades(
    signature: bytes,
    content: bytes,
    *,
    anchors: Anchors,
    material: Material,
    subject: str = "",
) -> SignatureCheck:
    """Judge a detached CAdES-T signature (DER, one signer) over ``content``.  Never raises.

    Findings under ``signature.cades``, ``time.signature``, ``signer.path``,
    ``signer.revocation``; their ``subject`` is the argument of that name.

    1. One canonical DER SignedData with one SignerInfo and no content inside.
    2. Algorithms of the list: SHA-256/384/512, ECDSA on P-256 or P-384.
    3. Signed attributes, each once: content-type, message-digest, signing-certificate-v2.
    4. The digest is that of ``content``; the signature is good.
    5. The signature-time-stamp is good (RFC 3161), and proves a time.
    6. The signer's path and revocation, judged at that time.
    """
    try:
        data, claimed_at = _parse_cades(signature)  # 1, 2, 3
    except Malformed as error:
        return _failed(reason="cades.malformed", subject=subject, code=error.code)
    if not data.is_about(content):  # 4
        return _failed(reason="cades.other-content", subject=subject)
    key = parse_public_key(data.signer.spki)
    if not verify_ecdsa(key, signature=data.signature, digest=data.signed_digest):
        return _failed(reason="cades.bad-signature", subject=subject)
    good = Finding(
        check="signature.cades",
        outcome=Outcome.PASSED,
        reason="cades.good",
        subject=subject,
        facts=(
            ("signer", data.signer.subject),
            ("signer_sha256", data.signer.sha256.hex),
            ("algorithm", f"{data.signer.key_algorithm} {data.digest_algorithm}"),
        ),
    )
    carried = material.with_certificates(data.certificates)
    stamp = _stamp(data, anchors=anchors, material=carried, subject=subject)  # 5
    return judge_signer(
        SignatureCheck(
            findings=(good, *stamp.findings),
            signer=data.signer,
            claimed_at=claimed_at,
            stamp=stamp,
            certificates=data.certificates,
        ),
        anchors=anchors,
        material=carried,
        at=stamp.stamped_at,
        subject=subject,
    )  # 6


def _parse_cades(signature: bytes) -> tuple[_cms.SignedData, Instant | None]:
    if len(signature) > MAX_SIGNATURE:
        raise Malformed("cades.too-large", "a signature is too large")
    data = _cms.parse_signed_data(signature, content_type=_cms.DATA)
    if data.content is not None:
        raise Malformed("cades.not-detached", "the signature carries its own content")
    if data.signature_algorithm not in _cms.ECDSA or data.signer.key_algorithm not in EC_ALGORITHMS:
        raise Malformed("cades.algorithm", "the signature is not ECDSA on P-256 or P-384")
    if not _cms.names_signer(data):
        raise Malformed("cades.signer-not-named", "the signed part does not name the signer")
    if set(data.unsigned) - {_cms.SIGNATURE_TIME_STAMP}:
        raise Malformed("cades.unsigned", "something besides a time stamp was added unsigned")
    return data, _claimed_at(data)


def _claimed_at(data: _cms.SignedData) -> Instant | None:
    attribute = data.signed.get(_cms.SIGNING_TIME)
    if attribute is None:
        return None
    try:
        return Instant(attribute.native)
    except LIBRARY_ERRORS:
        raise Malformed("cades.claimed-time", "the claimed time cannot be read") from None


def _stamp(
    data: _cms.SignedData, *, anchors: Anchors, material: Material, subject: str
) -> TimestampCheck:
    token = data.unsigned.get(_cms.SIGNATURE_TIME_STAMP)
    if token is None:
        missing = Finding(
            check="time.signature",
            outcome=Outcome.INDETERMINATE,
            reason="stamp.missing",
            subject=subject,
        )
        return TimestampCheck(findings=(missing,))
    return verify_timestamp(
        token.dump(),
        stamped=data.signature,
        anchors=anchors,
        material=material,
        check="time.signature",
        subject=subject,
    )


def judge_signer(
    check: SignatureCheck,
    *,
    anchors: Anchors,
    material: Material,
    at: Instant | None,
    subject: str,
    checks: PathChecks = SIGNER,
) -> SignatureCheck:
    """Add what is found out about the path of ``check.signer`` at the proven time ``at``.

    Without a proven time the path is INDETERMINATE (``path.no-time``).  Never raises.
    """
    if check.signer is None:
        return check
    if at is None:
        unknown = Finding(
            check=checks.path,
            outcome=Outcome.INDETERMINATE,
            reason="path.no-time",
            subject=subject,
            facts=(("certificate", check.signer.subject),),
        )
        return evolve(check, findings=(*check.findings, unknown))
    path = validate_path(
        check.signer,
        anchors=anchors,
        material=material,
        at=at,
        usage=Usage.SIGNING,
        checks=checks,
        subject=subject,
    )
    return evolve(check, findings=(*check.findings, *path.findings), root=path.root)


def _failed(*, reason: str, subject: str, **facts: str) -> SignatureCheck:
    finding = Finding(
        check="signature.cades",
        outcome=Outcome.FAILED,
        reason=reason,
        subject=subject,
        facts=tuple(facts.items()),
    )
    return SignatureCheck(findings=(finding,))
