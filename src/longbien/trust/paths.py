"""The path from a certificate to a root that the relying party trusts.

Judged at a proven moment in the past, offline, from carried revocation data (RFC 5280,
section 6, through pyhanko-certvalidator).  Candidate paths are found here, bounded, because
the library's own search takes exponential time over hostile certificates.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from asn1crypto import x509 as asn1_x509
from attrs import evolve, frozen
from cryptography import x509
from pyhanko_certvalidator.authority import (
    CertTrustAnchor,
    TrustedServiceType,
    derive_quals_from_cert,
)
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    RevokedError,
    StaleRevinfoError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import CertificateRegistry
from pyhanko_certvalidator.validate import async_validate_path

from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome
from longbien.trust._coroutines import run_now
from longbien.trust._der import LIBRARY_ERRORS
from longbien.trust._revocation import NOTHING, Proven, Revocation, of_bad_news, select
from longbien.trust.certificates import Anchors, Certificate, Material

MAX_LENGTH = 6  # certificates in a path, the root included; States have 2 or 3
MAX_LINKS = 128  # signatures checked while looking for paths
MAX_PATHS = 8  # paths judged for one certificate

# A certificate that restricts itself to other purposes (a web server, time stamps) signs no
# evidence.
_SIGNING_PURPOSES: Final = frozenset(
    {
        "2.5.29.37.0",  # any
        "1.3.6.1.5.5.7.3.4",  # e-mail protection: what openssl cms asks for
        "1.3.6.1.5.5.7.3.36",  # document signing, RFC 9336
        "1.3.6.1.4.1.311.10.3.12",  # the same, as older authorities write it
    }
)

_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"


class Usage(Enum):
    """What a certificate was used for; decides which anchors and key usages count."""

    SIGNING = "signing"
    """Key usage digitalSignature or nonRepudiation, below ``Anchors.signers``."""

    TIME_STAMPING = "time-stamping"
    """The one critical extended key usage timeStamping (RFC 3161, 2.3), below ``Anchors.time``."""


@frozen(kw_only=True)
class PathChecks:
    """Under which check codes the findings about a path are filed."""

    path: str = "signer.path"
    revocation: str = "signer.revocation"


SIGNER = PathChecks()


@frozen(kw_only=True)
class PathCheck:
    """What was found out about one certificate's path."""

    findings: tuple[Finding, ...]

    path: tuple[Certificate, ...] = ()
    """From the relying party's root down to the certificate; empty where there is none."""

    @property
    def root(self) -> Certificate | None:
        """Return the relying party's root at the top, or None."""
        return self.path[0] if self.path else None

    @property
    def outcome(self) -> Outcome:
        """Return the worst outcome found."""
        return max(finding.outcome for finding in self.findings)


def validate_path(
    leaf: Certificate,
    *,
    anchors: Anchors,
    material: Material,
    at: Instant,
    usage: Usage,
    checks: PathChecks = SIGNER,
    subject: str = "",
) -> PathCheck:
    """Judge a certificate at a proven moment.  Never raises for bad evidence.

    1. The certificate may be used for this.
    2. It ends in a root of the relying party (else INDETERMINATE, the fact ``root_sha256``
       names the root that was found instead).
    3. Strong algorithms, signatures, validity at ``at``, constraints (else FAILED).
    4. Each certificate below the root is covered by carried revocation data (none:
       INDETERMINATE); revoked at or before ``at``: FAILED; later: PASSED.  A time-stamp
       key that was revoked later because it may be in other hands is FAILED too.

    Where there are several paths the best one counts.
    """
    roots = anchors.signers if usage is Usage.SIGNING else anchors.time
    judge = _Judge(material=material, at=at, usage=usage, checks=checks, subject=subject)
    unfit = judge.fitness(leaf)
    if unfit is not None:
        return PathCheck(findings=(unfit,))
    found: list[PathCheck] = []
    search = _Search(roots=roots, pool=material.certificates)
    for path in search.paths(leaf):
        found.append(judge.path(path))
        if found[-1].outcome is Outcome.PASSED or len(found) == MAX_PATHS:
            break
    if found:
        return min(found, key=lambda check: check.outcome)
    return PathCheck(findings=(judge.no_path(leaf, search),))


class _Search:
    """Walks up from a certificate over signatures that hold, with a budget."""

    def __init__(self, *, roots: tuple[Certificate, ...], pool: tuple[Certificate, ...]) -> None:
        self.has_roots = bool(roots)
        self.top: Certificate | None = None
        self.links_left = MAX_LINKS
        self._roots = tuple(dict.fromkeys(roots))
        self._pool = tuple(dict.fromkeys(c for c in pool if c not in roots))

    def paths(self, leaf: Certificate) -> Iterator[tuple[Certificate, ...]]:
        yield from self._above((leaf,))

    def _above(self, chain: tuple[Certificate, ...]) -> Iterator[tuple[Certificate, ...]]:
        if len(chain) >= MAX_LENGTH:
            return
        for root in self._issuers(self._roots, chain):
            yield (root, *chain)
        is_end = True
        for issuer in self._issuers(self._pool, chain):
            is_end = False
            yield from self._above((issuer, *chain))
        if is_end and self.top is None:
            self.top = chain[0]

    def _issuers(
        self, candidates: tuple[Certificate, ...], chain: tuple[Certificate, ...]
    ) -> Iterator[Certificate]:
        below = chain[0]
        for candidate in candidates:
            if candidate.subject_der != below.issuer_der or candidate in chain:
                continue
            self.links_left -= 1
            if self.links_left < 0:
                return
            if _is_issued(below, by=candidate):
                yield candidate


def _is_issued(certificate: Certificate, *, by: Certificate) -> bool:
    try:
        above = x509.load_der_x509_certificate(by.der)
        x509.load_der_x509_certificate(certificate.der).verify_directly_issued_by(above)
    except LIBRARY_ERRORS:
        return False
    return True


@frozen(kw_only=True)
class _Judge:
    """Turns the libraries' answers about one path into findings."""

    material: Material
    at: Instant
    usage: Usage
    checks: PathChecks
    subject: str

    def fitness(self, leaf: Certificate) -> Finding | None:
        """Return a finding where the certificate may not be used for this at all."""
        try:
            is_fit = _is_fit(leaf, self.usage)
        except LIBRARY_ERRORS:
            is_fit = False
        if is_fit:
            return None
        return self._failed(reason="path.usage", certificate=leaf)

    def no_path(self, leaf: Certificate, search: _Search) -> Finding:
        top = search.top or leaf
        reason = "path.incomplete"
        if search.links_left < 0:
            reason = "path.too-many"
        elif not search.has_roots:
            reason = "path.no-anchor"
        elif top.subject_der == top.issuer_der:
            reason = "path.unknown-root"
        return Finding(
            check=self.checks.path,
            outcome=Outcome.INDETERMINATE,
            reason=reason,
            subject=self.subject,
            facts=(
                ("certificate", leaf.subject),
                ("root", top.subject),
                ("root_sha256", top.sha256.hex),
                ("issuer", top.issuer),
            ),
        )

    def path(self, path: tuple[Certificate, ...]) -> PathCheck:
        structure = self._structure(path)
        if structure.outcome is not Outcome.PASSED:
            return PathCheck(findings=(structure,), path=path)
        return PathCheck(findings=(structure, self._revocation(path)), path=path)

    def _structure(self, path: tuple[Certificate, ...]) -> Finding:
        weak = next((certificate for certificate in path if not certificate.is_strong), None)
        if weak is not None:
            return self._failed(reason="path.weak", certificate=weak)
        try:
            run_now(self._validation(path, NOTHING, is_revocation_required=False))
        except ExpiredError as error:
            return self._failed(
                reason="path.expired", certificate=path[-1], until=str(Instant(error.expired_dt))
            )
        except NotYetValidError as error:
            return self._failed(
                reason="path.not-yet", certificate=path[-1], since=str(Instant(error.valid_from))
            )
        except ValidationError as error:
            return self._failed(
                reason="path.invalid", certificate=path[-1], detail=error.failure_msg
            )
        except LIBRARY_ERRORS:
            return self._failed(reason="path.unreadable", certificate=path[-1])
        return Finding(
            check=self.checks.path,
            outcome=Outcome.PASSED,
            reason="path.trusted",
            subject=self.subject,
            facts=(
                ("certificate", path[-1].subject),
                ("root", path[0].subject),
                ("root_sha256", path[0].sha256.hex),
                ("at", str(self.at)),
            ),
        )

    def _revocation(self, path: tuple[Certificate, ...]) -> Finding:
        proven = select(path, self.material)
        for entry in proven.revocations:
            if entry.revoked_at <= self.at:
                return self._revoked(entry, reason="revocation.revoked")
            is_stamp_key = self.usage is Usage.TIME_STAMPING and entry.certificate == path[-1]
            if is_stamp_key and entry.is_key_suspect:
                return self._revoked(entry, reason="revocation.time-key")
        return self._coverage(path, proven)

    def _coverage(self, path: tuple[Certificate, ...], proven: Proven) -> Finding:
        """Ask the library: first with the bad news alone, for it stops at the first good one."""
        bad_news = of_bad_news(proven.ocsps)
        rounds = [bad_news, proven.ocsps] if bad_news else [proven.ocsps]
        finding = None
        for ocsps in rounds:
            finding = self._covered(path, evolve(proven, ocsps=ocsps))
            if finding.outcome is Outcome.FAILED:
                break
        assert finding is not None  # noqa: S101  # there is at least one round
        return finding

    def _covered(self, path: tuple[Certificate, ...], proven: Proven) -> Finding:
        try:
            run_now(self._validation(path, proven, is_revocation_required=True))
        except RevokedError as error:
            return Finding(
                check=self.checks.revocation,
                outcome=Outcome.FAILED,
                reason="revocation.revoked",
                subject=self.subject,
                facts=(
                    ("certificate", path[-1].subject),
                    ("revoked_at", str(Instant(error.revocation_dt))),
                    ("revoked_for", str(error.reason.native)),
                    ("at", str(self.at)),
                ),
            )
        except StaleRevinfoError as error:
            return self._unproven(
                reason="revocation.stale", path=path, until=str(Instant(error.time_cutoff))
            )
        except InsufficientRevinfoError:
            return self._unproven(reason="revocation.missing", path=path)
        except (ValidationError, *LIBRARY_ERRORS):
            return self._unproven(reason="revocation.unreadable", path=path)
        return Finding(
            check=self.checks.revocation,
            outcome=Outcome.PASSED,
            reason="revocation.good",
            subject=self.subject,
            facts=(("certificate", path[-1].subject), ("at", str(self.at))),
        )

    async def _validation(
        self,
        path: tuple[Certificate, ...],
        proven: Proven,
        *,
        is_revocation_required: bool,
    ) -> None:
        root, *below = (_loaded(certificate.der) for certificate in path)
        anchor = _anchor(root)
        rule = REQUIRE_REVINFO if is_revocation_required else NO_REVOCATION
        context = ValidationContext(
            trust_roots=[anchor],
            certificate_registry=CertificateRegistry.build(below),
            moment=self.at.moment,
            time_tolerance=timedelta(0),
            crls=[crl.der for crl in proven.crls],
            ocsps=[ocsp.der for ocsp in proven.ocsps],
            revinfo_policy=CertRevTrustPolicy(rule, retroactive_revinfo=True),
        )
        await async_validate_path(context, ValidationPath(anchor, below[:-1], below[-1]))

    def _failed(self, *, reason: str, certificate: Certificate, **facts: str) -> Finding:
        return Finding(
            check=self.checks.path,
            outcome=Outcome.FAILED,
            reason=reason,
            subject=self.subject,
            facts=(("certificate", certificate.subject), ("at", str(self.at)), *facts.items()),
        )

    def _revoked(self, entry: Revocation, *, reason: str) -> Finding:
        return Finding(
            check=self.checks.revocation,
            outcome=Outcome.FAILED,
            reason=reason,
            subject=self.subject,
            facts=(
                ("certificate", entry.certificate.subject),
                ("revoked_at", str(entry.revoked_at)),
                ("revoked_for", entry.reason),
                ("at", str(self.at)),
            ),
        )

    def _unproven(self, *, reason: str, path: tuple[Certificate, ...], **facts: str) -> Finding:
        return Finding(
            check=self.checks.revocation,
            outcome=Outcome.INDETERMINATE,
            reason=reason,
            subject=self.subject,
            facts=(("certificate", path[-1].subject), ("at", str(self.at)), *facts.items()),
        )


@lru_cache(maxsize=64)  # its names are prepared for comparing once, not in each validation
def _loaded(der: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(der)


def _anchor(root: asn1_x509.Certificate) -> CertTrustAnchor:
    """Return the root with its own dates and constraints; they count like any other's."""
    own = derive_quals_from_cert(root)
    if own.trusted_service_type is not TrustedServiceType.CERTIFICATE_AUTHORITY:
        msg = "the root is not a certificate authority"
        raise InvalidCertificateError(msg)
    # certvalidator 0.33 takes the length for attribute certificates from the wrong field and
    # then counts down from None
    return CertTrustAnchor(root, replace(own, max_aa_path_length=MAX_LENGTH))


def _is_fit(leaf: Certificate, usage: Usage) -> bool:
    extensions = x509.load_der_x509_certificate(leaf.der).extensions
    found: dict[Any, Any] = {type(extension.value): extension for extension in extensions}
    constraints = found.get(x509.BasicConstraints)
    if constraints and constraints.value.ca:
        return False
    key_usage = found.get(x509.KeyUsage)
    signs = key_usage and (key_usage.value.digital_signature or key_usage.value.content_commitment)
    purposes = found.get(x509.ExtendedKeyUsage)
    names = {oid.dotted_string for oid in purposes.value} if purposes else set()
    if usage is Usage.SIGNING:
        return bool(signs) and (not names or bool(names & _SIGNING_PURPOSES))
    may_sign = key_usage is None or bool(signs)
    return may_sign and bool(purposes and purposes.critical) and names == {_TIME_STAMPING}
