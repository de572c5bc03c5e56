"""Reading certificates, revocation lists and OCSP answers."""

import datetime as dt
import warnings

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import trust_world as world
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust import certificates
from longbien.trust.certificates import (
    MAX_CERTIFICATE,
    MAX_CERTIFICATES,
    MAX_CRL,
    MAX_CRLS,
    MAX_OCSP,
    Material,
    encode_pem,
    parse_certificate,
    parse_certificates,
    parse_crl,
    parse_crls,
    parse_ocsp,
)
from longbien.trust.keys import KeyAlgorithm


def refused(call: object, *arguments: object) -> str:
    """Return the code with which the call is refused."""
    with pytest.raises(Malformed) as error:
        call(*arguments)
    return error.value.code


def self_signed(
    key: object, *, sign_hash: object = None, common_name: object = "X", extensions: object = ()
) -> bytes:
    """Return a plain self-signed certificate with any kind of key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(world.days(-1).moment)
        .not_valid_after(world.days(1).moment)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, sign_hash).public_bytes(Encoding.DER)


def changed(der: bytes, change: object, kind: str = asn1_x509.Certificate) -> bytes:
    """Return the bytes after a change of their structure; the signature is not made anew."""
    shape = kind.load(der)
    change(shape)
    return shape.dump(force=True)


def test_a_certificate_tells_who_it_is() -> None:
    """All that people need to know is read out of it."""
    own = world.signer().certificates[0]
    root = world.root().certificate

    assert own.sha256 == Digest.of(own.der)
    assert own.subject == "CN=Authority,OU=EXERCISE,O=State of Exercise A,C=XA"
    assert own.issuer == root.subject == "CN=Root,OU=EXERCISE,O=State of Exercise A,C=XA"
    assert (own.issuer_der, root.issuer_der) == (root.subject_der, root.subject_der)
    assert own.subject_der != root.subject_der
    assert (own.not_before, own.not_after) == (world.days(-200), world.days(300))
    assert (own.key_algorithm, root.key_algorithm) == (KeyAlgorithm.P256, KeyAlgorithm.P384)
    assert own.serial == x509.load_der_x509_certificate(own.der).serial_number
    assert own.spki in own.der
    assert own.is_strong
    assert own.is_exercise


def test_only_the_word_exercise_marks_training_material() -> None:
    """A name without it is not marked; the issuer's mark counts too."""
    key = world.ec_key("plain")
    plain = parse_certificate(self_signed(key, sign_hash=hashes.SHA256()))
    below = world.signer_certificate(
        key.public_key(), issuer=world.root(), name=world.name("A", is_exercise=False)
    )

    assert not plain.is_exercise
    assert below.is_exercise


def test_one_der_or_many_pem() -> None:
    """A DER file holds one; a PEM file several, other text around them is skipped."""
    one, two = world.signer().certificates[0], world.root().certificate
    pem = b"subject=...\n" + encode_pem(one.der) + b"\n# next\r\n" + encode_pem(two.der)

    assert parse_certificates(one.der) == (one,)
    assert parse_certificates(pem) == (one, two)
    assert parse_certificates(pem.replace(b"\n", b"\r\n")) == (one, two)


def test_pem_is_written_as_openssl_writes_it() -> None:
    """Lines of 64 characters between the two markers."""
    assert encode_pem(bytes(50), label="X") == (
        b"-----BEGIN X-----\n" + b"A" * 64 + b"\nAAA=\n-----END X-----\n"
    )


def test_other_pem_blocks_are_skipped_and_none_is_refused() -> None:
    """A private key beside a certificate is not read; a file without any is refused."""
    one = world.signer().certificates[0]
    other = encode_pem(b"secret", label="PRIVATE KEY")

    assert parse_certificates(other + encode_pem(one.der)) == (one,)
    for data in (b"", b"text", other, b"-----BEGIN CERTIFICATE-----\nAA==\n"):
        assert refused(parse_certificates, data) == "pem.nothing"


def test_bundles_are_bounded() -> None:
    """As many as allowed are read; one more, or too many bytes, are refused."""
    pem = encode_pem(world.signer().certificates[0].der)

    assert len(parse_certificates(pem * MAX_CERTIFICATES)) == MAX_CERTIFICATES
    assert refused(parse_certificates, pem * (MAX_CERTIFICATES + 1)) == "pem.too-many"
    limit = 2 * MAX_CERTIFICATE * MAX_CERTIFICATES
    assert refused(parse_certificates, bytes(limit)) == "pem.nothing"
    assert refused(parse_certificates, bytes(limit + 1)) == "pem.too-large"


def test_pem_base64_is_strict() -> None:
    """Padding in the middle is refused."""
    assert refused(
        parse_certificates, b"-----BEGIN CERTIFICATE-----\nA=AA\n-----END CERTIFICATE-----\n"
    ) == ("pem.base64")


def test_a_certificate_is_bounded_and_strict_der() -> None:
    """Size first, then one DER value, then the fields."""
    der = world.signer().certificates[0].der

    assert refused(parse_certificate, bytes(MAX_CERTIFICATE + 1)) == "certificate.too-large"
    assert refused(parse_certificate, bytes(MAX_CERTIFICATE)) != "certificate.too-large"
    assert refused(parse_certificate, der + b"\0\0") == "der.not-one-value"
    assert refused(parse_certificate, b"\x30\x00") == "certificate.malformed"
    assert refused(parse_certificate, b"\x04\x00") == "certificate.malformed"


def test_a_certificate_names_its_algorithm_once() -> None:
    """The signed and the unsigned name of the algorithm are the same."""

    def change(shape: object) -> object:
        shape["signature_algorithm"]["algorithm"] = "sha512_ecdsa"

    der = changed(world.signer().certificates[0].der, change)

    assert refused(parse_certificate, der) == "certificate.two-algorithms"


@pytest.mark.parametrize(
    ("serial", "is_accepted"),
    [(0, False), (-1, False), (1, True), (2**160 - 1, True), (2**160, False)],
)
def test_serial_numbers_are_positive_and_at_most_20_octets(
    serial: int, *, is_accepted: bool
) -> None:
    """RFC 5280, 4.1.2.2."""

    def change(shape: object) -> object:
        shape["tbs_certificate"]["serial_number"] = serial

    der = changed(world.signer().certificates[0].der, change)

    if is_accepted:
        assert parse_certificate(der).serial == serial
    else:
        assert refused(parse_certificate, der) == "certificate.serial"


def test_an_extension_twice_is_refused() -> None:
    """Two answers to one question are none."""

    def change(shape: object) -> object:
        extensions = shape["tbs_certificate"]["extensions"]
        extensions.append(extensions[0])

    der = changed(world.signer().certificates[0].der, change)

    assert refused(parse_certificate, der) == "certificate.malformed"


def test_keys_in_certificates_are_strict() -> None:
    """A compressed point in a certificate is refused as everywhere."""

    def change(shape: object) -> object:
        point = (
            world.ec_key("signer A")
            .public_key()
            .public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        )
        shape["tbs_certificate"]["subject_public_key_info"]["public_key"] = point

    der = changed(world.signer().certificates[0].der, change)

    assert refused(parse_certificate, der) == "key.encoding"


@pytest.mark.parametrize(
    ("make", "sign_hash", "algorithm", "is_strong"),
    [
        (lambda: rsa.generate_private_key(65537, 2048), hashes.SHA256(), KeyAlgorithm.RSA, True),
        (lambda: rsa.generate_private_key(65537, 1024), hashes.SHA256(), KeyAlgorithm.RSA, False),  # noqa: S505  # that it is refused
        (ed25519.Ed25519PrivateKey.generate, None, KeyAlgorithm.OTHER, False),
        (lambda: world.ec_key("s"), hashes.SHA512(), KeyAlgorithm.P256, True),
        (lambda: world.ec_key("s"), hashes.SHA224(), KeyAlgorithm.P256, False),
        (lambda: world.mldsa_key("s"), None, KeyAlgorithm.ML_DSA_65, True),
    ],
    ids=["rsa-2048", "rsa-1024", "ed25519", "sha-512", "sha-224", "ml-dsa"],
)
def test_weak_kinds_are_read_and_marked(
    make: object, sign_hash: object, algorithm: str, *, is_strong: bool
) -> None:
    """What may lie in a bundle but holds up nothing is told apart."""
    certificate = parse_certificate(self_signed(make(), sign_hash=sign_hash))

    assert (certificate.key_algorithm, certificate.is_strong) == (algorithm, is_strong)


def test_sha1_is_marked_as_weak() -> None:
    """A signature with SHA-1 is read and holds up nothing."""

    def change(shape: object) -> object:
        for place in (shape["signature_algorithm"], shape["tbs_certificate"]["signature"]):
            place["algorithm"] = "sha1_ecdsa"

    der = changed(world.signer().certificates[0].der, change)

    assert not parse_certificate(der).is_strong


@pytest.mark.parametrize(
    ("loader", "parse", "der", "code"),
    [
        (
            "load_der_x509_certificate",
            parse_certificate,
            world.signer().certificates[0].der,
            "certificate.malformed",
        ),
        ("load_der_x509_crl", parse_crl, world.crl(world.root()).der, "crl.malformed"),
    ],
)
def test_what_the_library_only_warns_of_is_refused(
    monkeypatch: pytest.MonkeyPatch, loader: str, parse: object, der: bytes, code: str
) -> None:
    """Where warnings would be printed or swallowed, an oddity still leaves as Malformed."""
    load = getattr(x509, loader)

    def warn(data: bytes) -> object:
        warnings.warn("odd", UserWarning, stacklevel=1)
        return load(data)

    monkeypatch.setattr(certificates.x509, loader, warn)
    certificates._certificate.cache_clear()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert refused(parse, der) == code


# --- revocation lists ----------------------------------------------------------------------


def test_a_list_tells_whose_and_when() -> None:
    """Issuer and both times are read."""
    crl = world.crl(world.root())

    assert crl.issuer == world.root().certificate.subject
    assert crl.issuer_der == world.root().certificate.subject_der
    assert (crl.this_update, crl.next_update) == (world.days(-1), world.days(30))


def test_lists_come_as_der_or_pem() -> None:
    """One DER, or PEM up to a number."""
    crl = world.crl(world.root())
    pem = encode_pem(crl.der, label="X509 CRL")

    assert parse_crls(crl.der) == (crl,)
    assert parse_crls(pem * MAX_CRLS) == (crl,) * MAX_CRLS
    assert refused(parse_crls, pem * (MAX_CRLS + 1)) == "pem.too-many"
    assert refused(parse_crls, encode_pem(crl.der)) == "pem.nothing"


def test_a_list_without_an_end_is_read() -> None:
    """NextUpdate is optional in the format."""

    def change(shape: object) -> object:
        shape["tbs_cert_list"]["next_update"] = None

    der = changed(world.crl(world.root()).der, change, asn1_crl.CertificateList)

    assert parse_crls(der)[0].next_update is None


def test_a_list_is_bounded_and_strict() -> None:
    """Size, shape, one algorithm, a strong one."""
    der = world.crl(world.root()).der

    def two(shape: object) -> object:
        shape["signature_algorithm"]["algorithm"] = "sha512_ecdsa"

    def weak(shape: object) -> object:
        for place in (shape["signature_algorithm"], shape["tbs_cert_list"]["signature"]):
            place["algorithm"] = "sha1_ecdsa"

    kind = asn1_crl.CertificateList
    assert refused(certificates.parse_crl, bytes(MAX_CRL + 1)) == "crl.too-large"
    assert refused(certificates.parse_crl, bytes(MAX_CRL)) != "crl.too-large"
    assert refused(parse_crls, der + b"\0\0") == "der.not-one-value"
    assert refused(parse_crls, b"\x30\x00") == "crl.malformed"
    assert refused(parse_crls, changed(der, two, kind)) == "crl.two-algorithms"
    assert refused(parse_crls, changed(der, weak, kind)) == "crl.weak-algorithm"


# --- OCSP ------------------------------------------------------------------------------------


def test_a_successful_answer_is_read() -> None:
    """The bytes are kept as received."""
    der = world.ocsp(world.signer().certificates[0], world.root())

    assert parse_ocsp(der).der == der


def test_an_answer_is_bounded_and_strict() -> None:
    """Size, shape, status, algorithm, certificates inside."""
    der = world.ocsp(world.signer().certificates[0], world.root())

    def refuse(shape: object) -> object:
        shape["response_status"] = "try_later"

    def weak(shape: object) -> object:
        shape["response_bytes"]["response"].parsed["signature_algorithm"] = {
            "algorithm": "sha1_ecdsa"
        }

    def crowd(shape: object) -> object:
        one = asn1_x509.Certificate.load(world.root().certificate.der)
        shape["response_bytes"]["response"].parsed["certs"] = [one] * 5

    def few(shape: object) -> object:
        one = asn1_x509.Certificate.load(world.root().certificate.der)
        shape["response_bytes"]["response"].parsed["certs"] = [one] * 4

    kind = asn1_ocsp.OCSPResponse
    assert refused(parse_ocsp, bytes(MAX_OCSP + 1)) == "ocsp.too-large"
    assert refused(parse_ocsp, bytes(MAX_OCSP)) != "ocsp.too-large"
    assert refused(parse_ocsp, der + b"\0\0") == "der.not-one-value"
    assert refused(parse_ocsp, b"\x30\x00") == "ocsp.malformed"
    assert refused(parse_ocsp, changed(der, refuse, kind)) == "ocsp.not-successful"
    assert refused(parse_ocsp, changed(der, weak, kind)) == "ocsp.weak-algorithm"
    assert refused(parse_ocsp, changed(der, crowd, kind)) == "ocsp.too-many"
    assert parse_ocsp(changed(der, few, kind))


def test_material_grows_by_certificates_only() -> None:
    """Lists and answers stay; the order is kept."""
    one, two = world.signer().certificates[0], world.root().certificate
    crl = world.crl(world.root())
    ocsp = parse_ocsp(world.ocsp(one, world.root()))
    material = Material(certificates=(one,), crls=(crl,), ocsps=(ocsp,))

    assert material.with_certificates((two,)) == Material(
        certificates=(one, two), crls=(crl,), ocsps=(ocsp,)
    )


def test_times_are_in_utc() -> None:
    """A certificate's dates are instants."""
    own = world.signer().certificates[0]

    assert own.not_before == Instant(dt.datetime(2026, 4, 15, 12, tzinfo=dt.UTC))
