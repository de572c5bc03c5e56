"""Making certificates and revocation lists: roots of States, signers, time-stamp authorities.

Pure builders: keys, time, serial numbers and validity come in.  (ECDSA and ML-DSA draw the
nonces of their signatures inside ``cryptography``.)  What is made here is read by OpenSSL,
pyHanko and certvalidator; the profile is RFC 5280, with RFC 9881 for ML-DSA.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from attrs import field, frozen
from attrs.validators import matches_re
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from longbien.primitives.instants import Instant
from longbien.trust.certificates import Certificate, Crl, parse_certificate, parse_crl

EcKey: TypeAlias = ec.EllipticCurvePrivateKey
MlDsaKey: TypeAlias = mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
Key: TypeAlias = EcKey | MlDsaKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey

EXERCISE: Final = "EXERCISE"
SERIAL_BYTES: Final = 16  # CA/Browser Forum asks for 64 unpredictable bits; RFC 5280 allows 20


class RevocationReason(StrEnum):
    """Why a certificate is revoked (RFC 5280, 5.3.1)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@frozen(kw_only=True)
class Name:
    """The subject of a certificate: a State, an organisation in it, what it is for."""

    country: str = field(validator=matches_re(r"[A-Z]{2}"))
    """ISO 3166-1 alpha-2."""

    organisation: str
    common_name: str
    is_exercise: bool = False
    """True writes the unit EXERCISE into the name: nobody may take it for a real State's."""

    def to_x509(self) -> x509.Name:
        """Return the distinguished name: C, O, OU where it is an exercise, CN."""
        parts = [
            (NameOID.COUNTRY_NAME, self.country),
            (NameOID.ORGANIZATION_NAME, self.organisation),
            *([(NameOID.ORGANIZATIONAL_UNIT_NAME, EXERCISE)] if self.is_exercise else ()),
            (NameOID.COMMON_NAME, self.common_name),
        ]
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


@frozen(kw_only=True)
class Validity:
    """From when until when, both inclusive, whole seconds."""

    not_before: Instant
    not_after: Instant

    @classmethod
    def of_days(cls, start: Instant, days: int) -> "Validity":
        """Return the validity that begins at ``start`` and lasts so many days."""
        begin = _whole(start)
        return cls(not_before=Instant(begin), not_after=Instant(begin + timedelta(days=days)))


@frozen(kw_only=True)
class Issuer:
    """A certificate together with its private key: who signs what is made here."""

    certificate: Certificate
    key: Key = field(repr=False)


@frozen(kw_only=True)
class RevokedEntry:
    """One line of a revocation list."""

    serial: int
    revoked_at: Instant
    reason: RevocationReason
    invalid_since: Instant | None = None
    """Since when the key may have been in other hands, where that is known (RFC 5280, 5.3.2)."""


def issue_root(key: Key, *, name: Name, validity: Validity, serial: int) -> Certificate:
    """Make a self-signed State root; below it one more level of authorities is allowed."""
    subject = name.to_x509()
    public = key.public_key()
    builder = (
        _builder(subject, public, validity=validity, serial=serial)
        .issuer_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
    )
    return _signed(builder, key)


def issue_authority(
    public: PublicKey, *, name: Name, validity: Validity, serial: int, issuer: Issuer
) -> Certificate:
    """Make an intermediate authority that may issue signers, and nothing below them."""
    builder = (
        _below(issuer, public, name=name, validity=validity, serial=serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
    )
    return _signed(builder, issuer.key)


def issue_signer(
    public: PublicKey, *, name: Name, validity: Validity, serial: int, issuer: Issuer
) -> Certificate:
    """Make the certificate of an authority that signs evidence: EC P-256/P-384 or ML-DSA-65."""
    builder = (
        _below(issuer, public, name=name, validity=validity, serial=serial)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
    )
    return _signed(builder, issuer.key)


def issue_time_authority(
    public: PublicKey, *, name: Name, validity: Validity, serial: int, issuer: Issuer
) -> Certificate:
    """Make the certificate of a time-stamp authority: critical timeStamping, nothing else."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = (
        _below(issuer, public, name=name, validity=validity, serial=serial)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(purpose, critical=True)
    )
    return _signed(builder, issuer.key)


def issue_crl(
    issuer: Issuer,
    *,
    number: int,
    this_update: Instant,
    next_update: Instant,
    revoked: tuple[RevokedEntry, ...] = (),
) -> Crl:
    """Make a full revocation list.  ``number`` grows with each list of one issuer."""
    above = x509.load_der_x509_certificate(issuer.certificate.der)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.subject)
        .last_update(_whole(this_update))
        .next_update(_whole(next_update))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_authority_key(above), critical=False)
    )
    for entry in sorted(revoked, key=lambda entry: entry.serial):
        builder = builder.add_revoked_certificate(_entry(entry))
    made = builder.sign(issuer.key, _hash(issuer.key))
    return parse_crl(made.public_bytes(Encoding.DER))


def parse_revoked(crl: Crl) -> tuple[RevokedEntry, ...]:
    """Return the lines of a list that we made, so that the next one repeats them."""
    return tuple(_line(entry) for entry in x509.load_der_x509_crl(crl.der))


def parse_crl_number(crl: Crl) -> int:
    """Return the number of a list that we made."""
    extensions = x509.load_der_x509_crl(crl.der).extensions
    return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _line(entry: x509.RevokedCertificate) -> RevokedEntry:
    found = {type(extension.value): extension.value for extension in entry.extensions}
    reason, invalid = found.get(x509.CRLReason), found.get(x509.InvalidityDate)
    return RevokedEntry(
        serial=entry.serial_number,
        revoked_at=Instant(entry.revocation_date_utc),
        reason=(
            RevocationReason(reason.reason.value)
            if isinstance(reason, x509.CRLReason)
            else RevocationReason.UNSPECIFIED
        ),
        invalid_since=(
            Instant(invalid.invalidity_date_utc)
            if isinstance(invalid, x509.InvalidityDate)
            else None
        ),
    )


def _entry(entry: RevokedEntry) -> x509.RevokedCertificate:
    # the reason is stated even where it is "unspecified": RFC 3161, section 4, reads a missing
    # one as "all stamps of this key are invalid"
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(entry.serial)
        .revocation_date(_whole(entry.revoked_at))
        .add_extension(x509.CRLReason(x509.ReasonFlags(entry.reason.value)), critical=False)
    )
    if entry.invalid_since is not None:
        since = _whole(entry.invalid_since)
        builder = builder.add_extension(x509.InvalidityDate(since), critical=False)
    return builder.build()


def _builder(
    subject: x509.Name, public: PublicKey, *, validity: Validity, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(_whole(validity.not_before))
        .not_valid_after(_whole(validity.not_after))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _below(
    issuer: Issuer, public: PublicKey, *, name: Name, validity: Validity, serial: int
) -> x509.CertificateBuilder:
    above = x509.load_der_x509_certificate(issuer.certificate.der)
    return (
        _builder(name.to_x509(), public, validity=validity, serial=serial)
        .issuer_name(above.subject)
        .add_extension(_authority_key(above), critical=False)
    )


def _authority_key(above: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(builder: x509.CertificateBuilder, key: Key) -> Certificate:
    return parse_certificate(builder.sign(key, _hash(key)).public_bytes(Encoding.DER))


def _hash(key: Key) -> hashes.SHA256 | hashes.SHA384 | None:
    """Return the hash that goes with a key: as strong as its curve; ML-DSA brings its own."""
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return None
    return hashes.SHA256() if isinstance(key.curve, ec.SECP256R1) else hashes.SHA384()


def _whole(instant: Instant) -> datetime:
    """Return whole seconds: RFC 5280 has no finer dates."""
    return instant.moment.replace(microsecond=0)
