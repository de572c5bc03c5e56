"""Making certificates and revocation lists."""

import pytest
from attrs import evolve
from cryptography import x509

import trust_world as world
from longbien.primitives.instants import Instant
from longbien.trust import issuing
from longbien.trust.certificates import Certificate
from longbien.trust.issuing import Name, RevocationReason, RevokedEntry, Validity
from longbien.trust.keys import KeyAlgorithm


def extension(certificate: Certificate, kind: type) -> x509.Extension:
    """Return one extension of a certificate."""
    return x509.load_der_x509_certificate(certificate.der).extensions.get_extension_for_class(kind)


def bits(certificate: Certificate) -> set[str]:
    """Return the key usage bits that are set."""
    usage = extension(certificate, x509.KeyUsage)
    assert usage.critical
    names = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
    ]
    return {name for name in names if getattr(usage.value, name)}


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("ec", KeyAlgorithm.P384), ("mldsa", KeyAlgorithm.ML_DSA_87)]
)
def test_a_root_signs_itself_and_issues(kind: str, algorithm: KeyAlgorithm) -> None:
    """It may issue certificates and lists, and one level of authorities."""
    root = world.root(kind).certificate

    assert root.key_algorithm is algorithm
    assert root.subject_der == root.issuer_der
    constraints = extension(root, x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (
        True,
        True,
        1,
    )
    assert bits(root) == {"key_cert_sign", "crl_sign"}
    loaded = x509.load_der_x509_certificate(root.der)
    loaded.verify_directly_issued_by(loaded)


def test_an_authority_in_between_issues_signers_only() -> None:
    """No further level below it."""
    made = issuing.issue_authority(
        world.ec_key("a").public_key(),
        name=world.name("Middle"),
        validity=world.validity(),
        serial=5,
        issuer=world.root(),
    )

    constraints = extension(made, x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (
        True,
        True,
        0,
    )
    assert bits(made) == {"key_cert_sign", "crl_sign"}


@pytest.mark.parametrize("signer", [world.signer(), world.mldsa_signer()], ids=["ec", "mldsa"])
def test_a_signer_signs_and_does_not_issue(signer: world.EcKeySigner) -> None:
    """DigitalSignature and contentCommitment; no extended usage, so that openssl accepts it."""
    own = signer.certificates[0]

    assert bits(own) == {"digital_signature", "content_commitment"}
    constraints = extension(own, x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, False)
    with pytest.raises(x509.ExtensionNotFound):
        extension(own, x509.ExtendedKeyUsage)


def test_a_certificate_points_to_its_issuers_key() -> None:
    """Key identifiers, so that a renewed root of the same name is told apart."""
    own, root = world.signer().certificates[0], world.root().certificate

    above = extension(own, x509.AuthorityKeyIdentifier)
    key = extension(root, x509.SubjectKeyIdentifier)
    assert above.value.key_identifier == key.value.digest
    assert not above.critical
    assert not key.critical
    assert extension(own, x509.SubjectKeyIdentifier)


def test_a_time_authority_stamps_and_nothing_else() -> None:
    """The critical and only purpose."""
    own = world.tsa().certificates[0]

    purpose = extension(own, x509.ExtendedKeyUsage)
    assert purpose.critical
    assert list(purpose.value) == [x509.ExtendedKeyUsageOID.TIME_STAMPING]
    assert bits(own) == {"digital_signature", "content_commitment"}
    assert not extension(own, x509.BasicConstraints).value.ca


@pytest.mark.parametrize(("curve", "name"), [("P-256", "sha256"), ("P-384", "sha384")])
def test_the_hash_is_as_strong_as_the_curve(curve: str, name: str) -> None:
    """SHA-256 under P-256, SHA-384 under P-384."""
    key = world.ec_key("h", curve)
    made = issuing.issue_root(key, name=world.name("H"), validity=world.validity(), serial=1)

    loaded = x509.load_der_x509_certificate(made.der)
    assert loaded.signature_hash_algorithm.name == name


def test_names_say_that_it_is_an_exercise() -> None:
    """Only where asked for; always country, organisation, common name."""
    real = Name(country="FR", organisation="Ministry", common_name="Root")

    assert real.to_x509().rfc4514_string() == "CN=Root,O=Ministry,C=FR"
    marked = evolve(real, is_exercise=True)
    assert marked.to_x509().rfc4514_string() == "CN=Root,OU=EXERCISE,O=Ministry,C=FR"


@pytest.mark.parametrize("country", ["", "F", "fr", "FRA", "F1"])
def test_countries_are_two_capital_letters(country: str) -> None:
    """ISO 3166-1."""
    with pytest.raises(ValueError, match="country"):
        Name(country=country, organisation="o", common_name="c")


def test_validity_is_counted_in_whole_seconds() -> None:
    """Fractions are cut off; both ends are inclusive."""
    start = evolve(world.NOW, moment=world.NOW.moment.replace(microsecond=5))

    span = Validity.of_days(start, 30)

    assert span == Validity(not_before=world.NOW, not_after=world.days(30))


def test_a_list_repeats_what_it_was_given() -> None:
    """Number, dates, entries in order, with reason and invalidity date."""
    entries = (
        RevokedEntry(
            serial=9,
            revoked_at=world.days(-2),
            reason=RevocationReason.KEY_COMPROMISE,
            invalid_since=world.days(-5),
        ),
        RevokedEntry(serial=4, revoked_at=world.days(-1), reason=RevocationReason.UNSPECIFIED),
    )

    crl = world.crl(world.root(), *entries, number=17)

    assert issuing.parse_revoked(crl) == (entries[1], entries[0])
    assert issuing.parse_crl_number(crl) == 17
    loaded = x509.load_der_x509_crl(crl.der)
    assert loaded.is_signature_valid(world.root().key.public_key())
    assert not loaded.extensions.get_extension_for_class(x509.CRLNumber).critical
    assert not loaded.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).critical


@pytest.mark.parametrize("reason", RevocationReason)
def test_each_reason_is_written_and_read(reason: RevocationReason) -> None:
    """A reason is stated even where it is "unspecified"."""
    entry = RevokedEntry(serial=4, revoked_at=world.days(-1), reason=reason)

    crl = world.crl(world.root(), entry)

    assert issuing.parse_revoked(crl) == (entry,)
    found = x509.load_der_x509_crl(crl.der).get_revoked_certificate_by_serial_number(4)
    stated = found.extensions.get_extension_for_class(x509.CRLReason)
    assert stated.value.reason.value == reason.value
    assert not stated.critical


def test_a_foreign_entry_without_a_reason_reads_as_unspecified() -> None:
    """What another software wrote is repeated as well as possible."""
    root = world.root()
    above = x509.load_der_x509_certificate(root.certificate.der)
    bare = (
        x509.RevokedCertificateBuilder()
        .serial_number(4)
        .revocation_date(world.days(-1).moment)
        .build()
    )
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.subject)
        .last_update(world.days(-1).moment)
        .next_update(world.days(1).moment)
        .add_revoked_certificate(bare)
        .sign(root.key, issuing._hash(root.key))
    )
    crl = issuing.parse_crl(made.public_bytes(issuing.Encoding.DER))

    assert issuing.parse_revoked(crl) == (
        RevokedEntry(
            serial=4,
            revoked_at=Instant(world.days(-1).moment),
            reason=RevocationReason.UNSPECIFIED,
        ),
    )


def test_invalidity_dates_are_not_critical() -> None:
    """RFC 5280, 5.3.2."""
    entry = RevokedEntry(
        serial=4,
        revoked_at=world.days(-1),
        reason=RevocationReason.SUPERSEDED,
        invalid_since=world.days(-3),
    )
    crl = world.crl(world.root(), entry)

    found = x509.load_der_x509_crl(crl.der).get_revoked_certificate_by_serial_number(4)
    assert not found.extensions.get_extension_for_class(x509.InvalidityDate).critical
