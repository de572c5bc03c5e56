"""Which carried revocation data may be believed, and what it says about one path.

certvalidator decides if the data is enough; this module hands it only lists whose signature
holds, and looks for every proof of revocation itself.  Three reasons: the library takes two
lists with the same signature bytes for one and checks only the first; it stops at the first
good OCSP answer; it does not read invalidityDate (RFC 5280, 5.3.2).
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from asn1crypto import ocsp as asn1_ocsp
from attrs import frozen
from cryptography import x509

from longbien.primitives.instants import Instant
from longbien.trust._der import LIBRARY_ERRORS
from longbien.trust.certificates import Certificate, Crl, Material, Ocsp

MAX_OCSPS = 8  # responses looked at for one path

# RFC 3161, section 4: only these, and only where they are stated, leave older stamps standing.
_HARMLESS: Final = frozenset(
    {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
    }
)


@frozen(kw_only=True)
class Revocation:
    """One proven entry in a revocation list."""

    certificate: Certificate
    revoked_at: Instant
    """The revocation date, or the invalidity date where that is earlier."""

    reason: str
    is_key_suspect: bool
    """True where the list leaves open that somebody else used the key."""


@frozen(kw_only=True)
class Proven:
    """The revocation data that belongs to one path, signatures verified."""

    crls: tuple[Crl, ...]
    """Usable as proof that nothing was revoked."""

    ocsps: tuple[Ocsp, ...]
    """Still to be verified by the library."""

    revocations: tuple[Revocation, ...]
    """All entries about the path's certificates, whenever revoked."""


NOTHING: Final = Proven(crls=(), ocsps=(), revocations=())


def select(path: tuple[Certificate, ...], material: Material) -> Proven:
    """Choose what speaks of ``path`` (root first) from what is carried."""
    crls: list[Crl] = []
    revocations: list[Revocation] = []
    for issuer, certificate in pairwise(path):
        for crl in _crls_of(issuer, material.crls):
            revocations.extend(_find_revocations(crl, certificate))
            # an expired certificate may be dropped from later lists: silence proves nothing
            if crl.this_update <= certificate.not_after and crl not in crls:
                crls.append(crl)
    return Proven(
        crls=tuple(crls), ocsps=_ocsps_of(path, material.ocsps), revocations=tuple(revocations)
    )


def _crls_of(issuer: Certificate, crls: Iterable[Crl]) -> tuple[Crl, ...]:
    return tuple(
        crl for crl in crls if crl.issuer_der == issuer.subject_der and _is_signed(crl, issuer)
    )


def _is_signed(crl: Crl, issuer: Certificate) -> bool:
    try:
        key = x509.load_der_x509_certificate(issuer.der).public_key()
        return x509.load_der_x509_crl(crl.der).is_signature_valid(key)  # type: ignore[arg-type]  # typeshed lags: any certificate key
    except LIBRARY_ERRORS:
        return False


def _find_revocations(crl: Crl, certificate: Certificate) -> tuple[Revocation, ...]:
    loaded = x509.load_der_x509_crl(crl.der)
    if _is_partial(loaded):
        return ()
    entry = loaded.get_revoked_certificate_by_serial_number(certificate.serial)
    if entry is None:
        return ()
    try:
        return (_read(entry, certificate),)
    except LIBRARY_ERRORS:
        return (_unreadable(entry, certificate),)


def _is_partial(loaded: x509.CertificateRevocationList) -> bool:
    """Tell if entries may speak of another issuer, or only amend another list."""
    for extension in loaded.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            return True
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            return extension.value.indirect_crl
    return False


def _read(entry: x509.RevokedCertificate, certificate: Certificate) -> Revocation:
    reason = None
    revoked_at = entry.revocation_date_utc
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason
        if isinstance(extension.value, x509.InvalidityDate):
            revoked_at = min(revoked_at, extension.value.invalidity_date_utc)
    return Revocation(
        certificate=certificate,
        revoked_at=Instant(revoked_at),
        reason=reason.value if reason else "not stated",
        is_key_suspect=reason not in _HARMLESS,
    )


def _unreadable(entry: x509.RevokedCertificate, certificate: Certificate) -> Revocation:
    return Revocation(
        certificate=certificate,
        revoked_at=Instant(entry.revocation_date_utc),
        reason="unreadable",
        is_key_suspect=True,
    )


def _ocsps_of(path: tuple[Certificate, ...], ocsps: Iterable[Ocsp]) -> tuple[Ocsp, ...]:
    """Choose the answers about ``path`` whose certificates cannot confuse a search.

    Each name stands for one certificate only, among the path and the responders: so the
    library has exactly one way up from each, whatever a hostile package carries.
    """
    serials = {certificate.serial for certificate in path}
    named = {certificate.subject_der: certificate.der for certificate in path}
    chosen: list[Ocsp] = []
    for ocsp in ocsps:
        answer = _Answer.of(ocsp)
        carried = {**named, **answer.certificates}
        is_clear = all(carried[name] == der for name, der in named.items())
        if serials & answer.serials and is_clear and len(chosen) < MAX_OCSPS:
            chosen.append(ocsp)
            named = carried
    return tuple(chosen)


@frozen(kw_only=True)
class _Answer:
    serials: frozenset[int]
    is_revoked: bool
    certificates: dict[bytes, bytes]

    @classmethod
    def of(cls, ocsp: Ocsp) -> "_Answer":
        basic = asn1_ocsp.OCSPResponse.load(ocsp.der).basic_ocsp_response
        responses = basic["tbs_response_data"]["responses"]
        return cls(
            serials=frozenset(single["cert_id"]["serial_number"].native for single in responses),
            is_revoked=any(single["cert_status"].name != "good" for single in responses),
            certificates={one.subject.dump(): one.dump() for one in basic["certs"] or ()},
        )


def of_bad_news(ocsps: tuple[Ocsp, ...]) -> tuple[Ocsp, ...]:
    """Return the answers that do not say "good"."""
    return tuple(ocsp for ocsp in ocsps if _Answer.of(ocsp).is_revoked)
