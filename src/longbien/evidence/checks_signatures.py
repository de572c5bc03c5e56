"""Steps 6 to 9: who signed, twice over, when at the latest, and under which root.

Each expensive call is a function of bytes alone (``trust``); this module decides which
bytes go together and what a missing one means.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from attrs import field, frozen

from longbien.evidence._findings import failed, undecided, unreadable
from longbien.evidence.layout import SignaturePaths
from longbien.evidence.report import Clock, Fingerprint, Signer
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome, Verdict
from longbien.trust.cades import SignatureCheck, verify_cades
from longbien.trust.certificates import (
    Anchors,
    Certificate,
    Crl,
    Material,
    Ocsp,
    parse_certificates,
    parse_crls,
    parse_ocsp,
)
from longbien.trust.paths import MAX_LENGTH
from longbien.trust.postquantum import find_mldsa_certificate, judge_hybrid, verify_mldsa
from longbien.trust.timestamps import TimestampCheck, judge_times, verify_timestamp

CADES = "signature.cades"
MLDSA = "signature.mldsa"
STAMP = "time.package"
ORDER = "time.order"
PATH = "signer.path"
REVOCATION = "signer.revocation"
SIGNATURE_STAMP = "time.signature"
HYBRID = "signature.hybrid"

REQUIRED = (CADES, HYBRID, SIGNATURE_STAMP, STAMP, ORDER, PATH, REVOCATION)
"""The checks that each signer's set must leave a finding in."""

MAX_SKEW = timedelta(seconds=120)  # threats.md T19: clocks further apart are flagged


@frozen(kw_only=True)
class SignatureFiles:
    """One signer's set of files, as found; None is a file that is not there."""

    cades: bytes | None = field(default=None, repr=False)
    timestamp: bytes | None = field(default=None, repr=False)
    post_quantum: bytes | None = field(default=None, repr=False)


@frozen(kw_only=True)
class SignerCheck:
    """What one signer's set was worth."""

    findings: tuple[Finding, ...]
    signer: Signer
    fingerprints: tuple[Fingerprint, ...] = ()
    stamped_at: Instant | None = None
    """When the signature existed at the latest, by the stamp inside it, whoever's clock."""

    is_exercise: bool = False


def parse_material(files: Mapping[str, bytes]) -> tuple[Material, tuple[Finding, ...]]:
    """Read ``trust/``: certificates, revocation lists, OCSP answers; never raises."""
    certificates: list[Certificate] = []
    crls: list[Crl] = []
    ocsps: list[Ocsp] = []
    findings: list[Finding] = []
    for path, data in sorted(files.items()):
        try:
            if path.endswith(".pem"):
                certificates += parse_certificates(data)
            elif path.endswith(".crl"):
                crls += parse_crls(data)
            else:
                ocsps.append(parse_ocsp(data))
        except Malformed as error:
            findings.append(unreadable(PATH, "certificates.unreadable", path, error))
    material = Material(certificates=tuple(certificates), crls=tuple(crls), ocsps=tuple(ocsps))
    return material, tuple(findings)


def join_material(first: Material, second: Material) -> Material:
    """Return both: what the package carries and what the relying party has itself."""
    return Material(
        certificates=(*first.certificates, *second.certificates),
        crls=(*first.crls, *second.crls),
        ocsps=(*first.ocsps, *second.ocsps),
    )


def check_signer(
    files: SignatureFiles,
    content: bytes,
    *,
    paths: SignaturePaths,
    role: str,
    anchors: Anchors,
    material: Material,
    now: Instant,
) -> SignerCheck:
    """Judge one signer's set over ``content``; never raises.

    1. The CAdES-T signature: who signed, and the stamp inside it says when at the latest.
    2. The ML-DSA-65 signature over the same bytes, by the same signer, at that time.
    3. The stamp over the ``.p7s``; all clocks are in order and none is ahead of ours.
    """
    ec = _cades(files.cades, content, paths.cades, anchors=anchors, material=material)
    pq = _mldsa(files.post_quantum, content, paths, ec, anchors=anchors, material=material)
    stamp = _stamp(files, paths.timestamp, anchors=anchors, material=material)
    findings = [
        *(ec.findings if ec else (failed(CADES, "signature.missing", paths.cades),)),
        *(pq.findings if pq else ()),
        *judge_hybrid(ec=ec, mldsa=pq, subject=paths.post_quantum),
        *(stamp.findings if stamp else (failed(STAMP, "stamp.missing", paths.timestamp),)),
        *judge_times(
            claimed_at=ec.claimed_at if ec else None,
            signature=ec.stamp if ec else None,
            package=stamp,
            subject=paths.cades,
        ),
        *_ahead(ec, stamp, now),
    ]
    findings += _silent(findings, paths.cades)
    return SignerCheck(
        findings=tuple(findings),
        signer=_signer(ec, stamp, findings, place=paths.cades, role=role),
        fingerprints=_to_compare(ec, pq, findings, material),
        stamped_at=ec.stamped_at if ec else None,
        is_exercise=bool(ec and ec.signer and ec.signer.is_exercise),
    )


def _cades(
    data: bytes | None, content: bytes, subject: str, *, anchors: Anchors, material: Material
) -> SignatureCheck | None:
    if data is None:
        return None
    return verify_cades(data, content, anchors=anchors, material=material, subject=subject)


def _mldsa(
    data: bytes | None,
    content: bytes,
    paths: SignaturePaths,
    ec: SignatureCheck | None,
    *,
    anchors: Anchors,
    material: Material,
) -> SignatureCheck | None:
    if data is None or ec is None or ec.signer is None:
        return None
    carried = join_material(material, Material(certificates=ec.certificates))
    leaf = find_mldsa_certificate(ec.signer, carried.certificates)
    if leaf is None:
        finding = failed(MLDSA, "second-signature.no-certificate", paths.post_quantum)
        return SignatureCheck(findings=(finding,))
    return verify_mldsa(
        data,
        content,
        leaf=leaf,
        anchors=anchors,
        material=carried,
        at=ec.stamped_at,
        subject=paths.post_quantum,
    )


def _stamp(
    files: SignatureFiles, subject: str, *, anchors: Anchors, material: Material
) -> TimestampCheck | None:
    if files.timestamp is None or files.cades is None:
        return None
    return verify_timestamp(
        files.timestamp,
        stamped=files.cades,
        anchors=anchors,
        material=material,
        check=STAMP,
        subject=subject,
    )


def _stamps(
    ec: SignatureCheck | None, stamp: TimestampCheck | None
) -> Iterable[tuple[str, TimestampCheck]]:
    if ec is not None and ec.stamp is not None:
        yield "clock.signature", ec.stamp
    if stamp is not None:
        yield "clock.package", stamp


def check_created(created_at: Instant, *, stamped_at: Instant | None) -> Iterable[Finding]:
    """Compare when the package says it was made with when it was signed at the latest."""
    if stamped_at is not None and created_at > stamped_at.plus(MAX_SKEW):
        yield undecided(ORDER, "time.created-after", created=created_at, stamp=stamped_at)


def _ahead(
    ec: SignatureCheck | None, stamp: TimestampCheck | None, now: Instant
) -> Iterable[Finding]:
    for code, found in _stamps(ec, stamp):
        if found.stamped_at is not None and found.stamped_at > now.plus(MAX_SKEW):
            yield undecided(ORDER, "time.ahead", code, at=found.stamped_at, now=now)


def _silent(findings: list[Finding], subject: str) -> list[Finding]:
    ran = {finding.check for finding in findings}
    return [undecided(check, "check.not-run", subject) for check in REQUIRED if check not in ran]


def _signer(
    ec: SignatureCheck | None,
    stamp: TimestampCheck | None,
    findings: list[Finding],
    *,
    place: str,
    role: str,
) -> Signer:
    clocks = tuple(
        Clock(
            code=code,
            name=found.authority.subject if found.authority else "",
            at=found.stamped_at,
            is_trusted=found.root is not None,
        )
        for code, found in _stamps(ec, stamp)
        if found.stamped_at is not None
    )
    signer = ec.signer if ec else None
    root = ec.root if ec else None
    return Signer(
        place=place,
        role=role,
        name=signer.subject if signer else "",
        root=root.subject if root else "",
        root_sha256=root.sha256.hex if root else "",
        certificate_sha256=signer.sha256.hex if signer else "",
        clocks=clocks,
        outcome=Verdict(findings=tuple(findings)).outcome,
    )


def _to_compare(
    ec: SignatureCheck | None,
    pq: SignatureCheck | None,
    findings: Iterable[Finding],
    material: Material,
) -> tuple[Fingerprint, ...]:
    """Name the roots that were found but that the relying party did not give, each once."""
    found = [*_unknown_time_roots(findings)]
    for check in (ec, pq):
        if check is not None and check.signer is not None and check.root is None:
            top = _top_of(check.signer, (*material.certificates, *(ec.certificates if ec else ())))
            found.append(Fingerprint(role="anchor.signer", name=top.subject, sha256=top.sha256.hex))
    return tuple(dict.fromkeys(found))


def _unknown_time_roots(findings: Iterable[Finding]) -> Iterable[Fingerprint]:
    for finding in findings:
        facts = dict(finding.facts)
        is_open = finding.outcome is not Outcome.PASSED
        if is_open and finding.check in {SIGNATURE_STAMP, STAMP} and "root_sha256" in facts:
            yield Fingerprint(
                role="anchor.time", name=facts.get("root", ""), sha256=facts["root_sha256"]
            )


def _top_of(leaf: Certificate, pool: tuple[Certificate, ...]) -> Certificate:
    """Follow the issuers' names upwards; nothing is proven by it, it is what to ask about."""
    top = leaf
    for _ in range(MAX_LENGTH):
        above = (one for one in pool if one.subject_der == top.issuer_der and one != top)
        top = next(above, top)
    return top
