"""Certificates, revocation lists and OCSP responses, read strictly and bounded.

What they prove is judged in ``paths``; making them lives in ``issuing``.
"""

import base64
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust._der import LIBRARY_ERRORS, require_der
from longbien.trust.keys import KeyAlgorithm, parse_public_key

MAX_CERTIFICATE = 2**16  # bytes; the largest of ours, ML-DSA-87, has about 8 KB
MAX_CERTIFICATES = 64  # in one PEM file
MAX_CRL = 2**21  # bytes: about 50,000 revoked certificates
MAX_CRLS = 32  # in one PEM file
MAX_OCSP = 2**17  # bytes
MAX_OCSP_CERTIFICATES = 4  # inside one response: the responder and a short chain

# An algorithm outside this list may not hold up anything: no MD5, no SHA-1, no DSA.
_STRONG: Final = frozenset(
    {
        "1.2.840.10045.4.3.2",  # ECDSA with SHA-256
        "1.2.840.10045.4.3.3",  # ECDSA with SHA-384
        "1.2.840.10045.4.3.4",  # ECDSA with SHA-512
        "1.2.840.113549.1.1.11",  # RSA with SHA-256
        "1.2.840.113549.1.1.12",  # RSA with SHA-384
        "1.2.840.113549.1.1.13",  # RSA with SHA-512
        "2.16.840.1.101.3.4.3.17",  # ML-DSA-44
        "2.16.840.1.101.3.4.3.18",  # ML-DSA-65
        "2.16.840.1.101.3.4.3.19",  # ML-DSA-87
    }
)
_OIDS: Final = {"1.2.840.113549.1.1.1": KeyAlgorithm.RSA}
_STRICT: Final = frozenset(
    {
        "1.2.840.10045.2.1",
        "2.16.840.1.101.3.4.3.17",
        "2.16.840.1.101.3.4.3.18",
        "2.16.840.1.101.3.4.3.19",
    }
)
_PARTS: Final = ("version", "issuer", "validity", "subject", "extensions")
_RSA_BITS = 2048  # NIST SP 800-131A: less is not accepted
_ORGANISATION: Final = (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
_PEM = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t\r]*\n([A-Za-z0-9+/=\s]*?)-----END \1-----", re.ASCII
)


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
    issuer_der: bytes = field(repr=False)
    serial: int
    not_before: Instant
    not_after: Instant
    key_algorithm: KeyAlgorithm

    spki: bytes = field(repr=False)
    """The DER SubjectPublicKeyInfo."""

    is_strong: bool
    """False where its key or the signature on it is of a kind that nothing may rest on."""

    is_exercise: bool
    """True where an O or OU of the subject or of the issuer says EXERCISE: training material."""


@frozen(kw_only=True)
class Crl:
    """One certificate revocation list (RFC 5280, section 5), as received."""

    der: bytes = field(repr=False)
    issuer: str
    issuer_der: bytes = field(repr=False)
    this_update: Instant
    next_update: Instant | None


@frozen(kw_only=True)
class Ocsp:
    """One OCSP response (RFC 6960) with status "successful", as received."""

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
    """What a package carries of its signing time (``trust/``): believed only when proven.

    A relying party may add newer revocation lists of its own.
    """

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[Crl, ...] = ()
    ocsps: tuple[Ocsp, ...] = ()

    def with_certificates(self, more: tuple[Certificate, ...]) -> "Material":
        """Return the same material with more certificates."""
        return Material(certificates=(*self.certificates, *more), crls=self.crls, ocsps=self.ocsps)


def parse_certificates(data: bytes) -> tuple[Certificate, ...]:
    """Read one DER certificate, or PEM with up to MAX_CERTIFICATES (text around them is skipped).

    Raises Malformed: ``certificate.…``, ``pem.…``, ``der.…``, ``key.…``.
    """
    return tuple(
        parse_certificate(der)
        for der in _pieces(data, label=b"CERTIFICATE", size=MAX_CERTIFICATE, count=MAX_CERTIFICATES)
    )


def parse_certificate(der: bytes) -> Certificate:
    """Read one DER certificate.  Raises Malformed: ``certificate.…``, ``der.…``, ``key.…``."""
    if len(der) > MAX_CERTIFICATE:
        raise Malformed("certificate.too-large", "a certificate is too large")
    require_der(der)
    try:
        with _warnings_refused():
            return _certificate(der)
    except (*LIBRARY_ERRORS, x509.InvalidVersion, x509.DuplicateExtension):
        raise Malformed("certificate.malformed", "a certificate cannot be read") from None


@contextmanager
def _warnings_refused() -> Iterator[None]:
    """Make what the library only warns of an error: it breaks RFC 5280, and stderr is no place."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@lru_cache(maxsize=128)  # one certificate stands in trust/, in the signature and in the stamp
def _certificate(der: bytes) -> Certificate:
    shape = asn1_x509.Certificate.load(der, strict=True)
    tbs = shape["tbs_certificate"]
    # asn1crypto reads lazily: each field is read here, or refused here.  The key is read in
    # ``keys``; asn1crypto knows ML-DSA only where certvalidator has been imported before.
    _ = [tbs[part].native for part in _PARTS]
    if shape["signature_algorithm"].dump() != tbs["signature"].dump():
        raise Malformed("certificate.two-algorithms", "a certificate names two algorithms")
    serial = tbs["serial_number"].native
    if not 0 < serial < 1 << 160:  # RFC 5280, 4.1.2.2: positive, at most 20 octets
        raise Malformed("certificate.serial", "a certificate's serial number is out of range")
    loaded = x509.load_der_x509_certificate(der)
    _ = loaded.extensions  # the same: duplicates and unreadable ones show here
    spki = tbs["subject_public_key_info"].dump()
    algorithm = _algorithm(spki, loaded)
    return Certificate(
        der=der,
        sha256=Digest.of(der),
        subject=loaded.subject.rfc4514_string(),
        subject_der=tbs["subject"].dump(),
        issuer=loaded.issuer.rfc4514_string(),
        issuer_der=tbs["issuer"].dump(),
        serial=serial,
        not_before=Instant(loaded.not_valid_before_utc),
        not_after=Instant(loaded.not_valid_after_utc),
        key_algorithm=algorithm,
        spki=spki,
        is_strong=_is_strong(loaded, algorithm),
        is_exercise=_says_exercise(loaded.subject) or _says_exercise(loaded.issuer),
    )


def _algorithm(spki: bytes, loaded: x509.Certificate) -> KeyAlgorithm:
    oid = loaded.public_key_algorithm_oid.dotted_string
    if oid in _STRICT:
        return parse_public_key(spki).algorithm
    return _OIDS.get(oid, KeyAlgorithm.OTHER)


def _is_strong(loaded: x509.Certificate, algorithm: KeyAlgorithm) -> bool:
    if algorithm is KeyAlgorithm.OTHER:
        return False
    if algorithm is KeyAlgorithm.RSA and _bits(loaded) < _RSA_BITS:
        return False
    return loaded.signature_algorithm_oid.dotted_string in _STRONG


def _bits(loaded: x509.Certificate) -> int:
    key = loaded.public_key()
    return key.key_size if isinstance(key, RSAPublicKey) else 0


def _says_exercise(name: x509.Name) -> bool:
    return any(
        "EXERCISE" in str(attribute.value)
        for oid in _ORGANISATION
        for attribute in name.get_attributes_for_oid(oid)
    )


def parse_crls(data: bytes) -> tuple[Crl, ...]:
    """Read one DER revocation list, or PEM with up to MAX_CRLS.

    Raises Malformed: ``crl.…``, ``pem.…``, ``der.…``.
    """
    return tuple(
        parse_crl(der) for der in _pieces(data, label=b"X509 CRL", size=MAX_CRL, count=MAX_CRLS)
    )


def parse_crl(der: bytes) -> Crl:
    """Read one DER revocation list.  Raises Malformed: ``crl.…``, ``der.…``."""
    if len(der) > MAX_CRL:
        raise Malformed("crl.too-large", "a revocation list is too large")
    require_der(der)
    try:
        with _warnings_refused():
            return _crl(der)
    except (*LIBRARY_ERRORS, x509.InvalidVersion, x509.DuplicateExtension):
        raise Malformed("crl.malformed", "a revocation list cannot be read") from None


def _crl(der: bytes) -> Crl:
    shape = asn1_crl.CertificateList.load(der, strict=True)
    algorithm = shape["signature_algorithm"]
    if algorithm.dump() != shape["tbs_cert_list"]["signature"].dump():
        raise Malformed("crl.two-algorithms", "a revocation list names two algorithms")
    if algorithm["algorithm"].dotted not in _STRONG:
        raise Malformed("crl.weak-algorithm", "a revocation list is signed with a weak algorithm")
    loaded = x509.load_der_x509_crl(der)
    _ = loaded.extensions
    until = loaded.next_update_utc
    return Crl(
        der=der,
        issuer=loaded.issuer.rfc4514_string(),
        issuer_der=shape["tbs_cert_list"]["issuer"].dump(),
        this_update=Instant(loaded.last_update_utc),
        next_update=None if until is None else Instant(until),
    )


def parse_ocsp(data: bytes) -> Ocsp:
    """Read one DER OCSP response that says "successful".

    Raises Malformed: ``ocsp.…``, ``der.…``, ``certificate.…``, ``key.…``.
    """
    if len(data) > MAX_OCSP:
        raise Malformed("ocsp.too-large", "an OCSP response is too large")
    require_der(data)
    try:
        return _ocsp(data)
    except LIBRARY_ERRORS:
        raise Malformed("ocsp.malformed", "an OCSP response cannot be read") from None


def _ocsp(data: bytes) -> Ocsp:
    from asn1crypto import ocsp as asn1_ocsp  # noqa: PLC0415  # most packages carry none

    shape = asn1_ocsp.OCSPResponse.load(data, strict=True)
    if shape["response_status"].native != "successful":
        raise Malformed("ocsp.not-successful", "an OCSP response says that it answers nothing")
    basic = shape.basic_ocsp_response
    require_der(basic.dump())
    _ = basic["tbs_response_data"].native
    if basic["signature_algorithm"]["algorithm"].dotted not in _STRONG:
        raise Malformed("ocsp.weak-algorithm", "an OCSP response is signed with a weak algorithm")
    if len(basic["certs"] or ()) > MAX_OCSP_CERTIFICATES:
        raise Malformed("ocsp.too-many", "an OCSP response carries too many certificates")
    for carried in basic["certs"] or ():
        parse_certificate(carried.dump())
    return Ocsp(der=data)


def _pieces(data: bytes, *, label: bytes, size: int, count: int) -> tuple[bytes, ...]:
    """Return the DER values of a file: itself, or what stands in its PEM blocks."""
    if len(data) > 2 * size * count:
        raise Malformed("pem.too-large", "a file of certificates or revocation lists is too large")
    if data[:1] == b"\x30":
        return (data,)
    blocks = [match[2] for match in _PEM.finditer(data) if match[1] == label]
    if not blocks:
        raise Malformed(
            "pem.nothing", "there is no {label} in the file", label=label.decode("ascii")
        )
    if len(blocks) > count:
        raise Malformed("pem.too-many", "a file holds more than {count} blocks", count=count)
    return tuple(_decoded(block) for block in blocks)


def _decoded(block: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(block.split()), validate=True)
    except ValueError:
        raise Malformed("pem.base64", "a PEM block is not Base64") from None


def encode_pem(der: bytes, *, label: str = "CERTIFICATE") -> bytes:
    """Return DER bytes as PEM (RFC 7468), lines of 64 characters."""
    text = base64.b64encode(der)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    name = label.encode("ascii")
    return b"\n".join(
        (b"-----BEGIN " + name + b"-----", *lines, b"-----END " + name + b"-----", b"")
    )
