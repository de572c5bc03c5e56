"""Certificates, revocation lists, and the path from a signer to a root that somebody trusts.

Paths are judged at a proven moment in the past, offline, from what the package carries
(RFC 5280 through pyhanko-certvalidator).  Issuing lives in ``issuing``.
"""

from enum import Enum

from attrs import field, frozen

from longbien.primitives.digest import Digest
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding
from longbien.trust.keys import KeyAlgorithm


@frozen(kw_only=True)
class Certificate:
    """One X.509 certificate, as received, and what people need to know of it."""

    der: bytes = field(repr=False)

    sha256: Digest
    """The fingerprint: SHA-256 over the DER bytes."""

    subject: str
    """RFC 4514 text, for people."""

    subject_der: bytes = field(repr=False)
    """The encoded name, for comparing."""

    issuer: str
    serial: int
    not_before: Instant
    not_after: Instant
    key_algorithm: KeyAlgorithm

    spki: bytes = field(repr=False)
    """The DER SubjectPublicKeyInfo."""

    is_exercise: bool
    """True where an O or OU of the subject or of the issuer says EXERCISE: training material."""


@frozen(kw_only=True)
class Crl:
    """One certificate revocation list (RFC 5280, section 5), as received."""

    der: bytes = field(repr=False)
    issuer: str
    this_update: Instant
    next_update: Instant | None


@frozen(kw_only=True)
class Ocsp:
    """One OCSP response (RFC 6960), as received."""

    der: bytes = field(repr=False)


@frozen(kw_only=True)
class Anchors:
    """The roots that the relying party trusts, and for what.  A package never adds to them."""

    signers: tuple[Certificate, ...] = ()
    """Roots of States, for signatures: EC and ML-DSA."""

    time: tuple[Certificate, ...] = ()
    """Roots of time-stamp authorities."""


@frozen(kw_only=True)
class Material:
    """What a package carries of its signing time (``trust/``): believed only when proven."""

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[Crl, ...] = ()
    ocsps: tuple[Ocsp, ...] = ()


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


@frozen(kw_only=True)
class PathCheck:
    """What was found out about one certificate's path."""

    findings: tuple[Finding, ...]

    path: tuple[Certificate, ...] = ()
    """From the root down to the certificate; empty where no path was found."""

    @property
    def root(self) -> Certificate | None:
        """Return the relying party's root at the top, or None."""
        return self.path[0] if self.path else None


def parse_certificates(data: bytes) -> tuple[Certificate, ...]:
    """Read one DER certificate, or PEM with up to MAX_CERTIFICATES (text around them is skipped).

    Raises Malformed ``certificate.…``.
    """
    raise NotImplementedError


def parse_crls(data: bytes) -> tuple[Crl, ...]:
    """Read one DER revocation list, or PEM with up to MAX_CRLS.  Raises Malformed ``crl.…``."""
    raise NotImplementedError


def parse_ocsp(data: bytes) -> Ocsp:
    """Read one DER OCSP response that says "successful".  Raises Malformed ``ocsp.…``."""
    raise NotImplementedError


def validate_path(
    leaf: Certificate,
    *,
    anchors: Anchors,
    material: Material,
    at: Instant,
    usage: Usage,
    checks: PathChecks = PathChecks(),  # noqa: B008  # frozen
    subject: str = "",
) -> PathCheck:
    """Judge a certificate at a proven moment.  Never raises for bad evidence.

    1. The certificate and each one above it use strong algorithms (else FAILED).
    2. It ends in a root of the relying party (else INDETERMINATE, the fact ``root_sha256``
       names the root that was found instead).
    3. Signatures, validity at ``at``, basic constraints, key usage (else FAILED).
    4. Each certificate below the root is covered by carried revocation data (none:
       INDETERMINATE); revoked at or before ``at``: FAILED; later: PASSED.
    """
    raise NotImplementedError
