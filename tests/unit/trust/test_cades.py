"""Verifying CAdES-T signatures, one rule at a time."""

import hashlib

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509

import cms_forge as forge
import trust_world as world
from longbien.primitives.verdict import Outcome
from longbien.trust import _cms
from longbien.trust.cades import MAX_SIGNATURE, SignatureCheck, judge_signer, verify_cades
from longbien.trust.certificates import Anchors, Material

STAMPER = world.Stamper()


def check(signature: bytes, content: bytes = world.CONTENT, **changes: object) -> SignatureCheck:
    """Verify in the good world."""
    settings = {"anchors": world.anchors(), "material": world.material(), "subject": "x.p7s"}
    return verify_cades(signature, content, **{**settings, **changes})


def said(found: SignatureCheck) -> list[tuple[str, str, str]]:
    """Return check, outcome and reason of each finding."""
    return [(f.check, f.outcome.name, f.reason) for f in found.findings]


def code(found: SignatureCheck) -> str:
    """Return the code of what was malformed, and see that nothing else was believed."""
    (finding,) = found.findings
    assert (finding.check, finding.outcome, finding.reason, finding.subject) == (
        "signature.cades",
        Outcome.FAILED,
        "cades.malformed",
        "x.p7s",
    )
    assert found == SignatureCheck(findings=(finding,))
    return dict(finding.facts)["code"]


GOOD = [
    ("signature.cades", "PASSED", "cades.good"),
    ("time.signature", "PASSED", "stamp.good"),
    ("time.signature", "PASSED", "path.trusted"),
    ("time.signature", "PASSED", "revocation.good"),
    ("signer.path", "PASSED", "path.trusted"),
    ("signer.revocation", "PASSED", "revocation.good"),
]


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_a_good_signature_passes(curve: str, hash_name: str) -> None:
    """Each accepted curve with each accepted hash; everything that it says is told."""
    signer = world.signer(curve)
    signature = forge.good(signer=signer, stamper=STAMPER, hash_name=hash_name)

    found = check(signature)

    assert said(found) == GOOD
    assert found.signer == signer.certificates[0]
    assert found.root == world.root().certificate
    assert (found.claimed_at, found.stamped_at) == (world.NOW, world.NOW)
    assert found.time_authority == world.tsa().certificates[0]
    assert found.certificates == signer.certificates
    kind = {"P-256": "ecdsa-p256", "P-384": "ecdsa-p384"}[curve]
    assert dict(found.findings[0].facts) == {
        "signer": signer.certificates[0].subject,
        "signer_sha256": signer.certificates[0].sha256.hex,
        "algorithm": f"{kind} {hash_name}",
    }
    assert {finding.subject for finding in found.findings} == {"x.p7s"}


def test_without_a_claimed_time_the_stamp_still_counts() -> None:
    """signing-time is optional here."""
    found = check(forge.good(stamper=STAMPER, claimed_at=None))

    assert said(found) == GOOD
    assert found.claimed_at is None


def test_other_content_fails() -> None:
    """The digest is that of other bytes."""
    found = check(forge.good(stamper=STAMPER), world.CONTENT + b" ")

    assert said(found) == [("signature.cades", "FAILED", "cades.other-content")]
    assert (found.signer, found.stamp, found.stamped_at, found.time_authority) == (None,) * 4


def test_a_broken_signature_value_fails() -> None:
    """One bit of the value, in range and in DER."""

    def change(data: bytes) -> object:
        info = forge.only_signer(data)
        value = bytearray(info["signature"].native)
        value[-1] ^= 1
        info["signature"] = bytes(value)

    found = check(forge.rebuilt(forge.good(stamper=STAMPER), change))

    assert said(found) == [("signature.cades", "FAILED", "cades.bad-signature")]


def test_without_a_stamp_no_time_is_proven() -> None:
    """The signature is good, everything about time stays open."""
    found = check(forge.good())

    assert said(found) == [
        ("signature.cades", "PASSED", "cades.good"),
        ("time.signature", "INDETERMINATE", "stamp.missing"),
        ("signer.path", "INDETERMINATE", "path.no-time"),
    ]
    assert dict(found.findings[2].facts) == {"certificate": found.signer.subject}
    assert (found.root, found.stamped_at, found.time_authority) == (None, None, None)


def test_without_roots_nothing_is_decided() -> None:
    """The mathematics hold; whose they are stays open."""
    found = check(forge.good(stamper=STAMPER), anchors=Anchors())

    assert said(found) == [
        ("signature.cades", "PASSED", "cades.good"),
        ("time.signature", "INDETERMINATE", "path.no-anchor"),
        ("signer.path", "INDETERMINATE", "path.no-time"),
    ]


def test_certificates_inside_the_signature_are_used() -> None:
    """The chain may come with the signature alone."""
    found = check(forge.good(stamper=STAMPER), material=Material(crls=world.material().crls))

    assert said(found) == GOOD


def test_a_stamp_over_another_signature_fails() -> None:
    """The stamp's imprint is not that of this signature value."""
    other = forge.stamp_attribute(b"another value", STAMPER)

    found = check(forge.good(unsigned=[other]))

    assert said(found)[1] == ("time.signature", "FAILED", "stamp.other-data")
    assert said(found)[2][2] == "path.no-time"


# --- structure -------------------------------------------------------------------------------


def test_size_is_bounded() -> None:
    """Before anything is read."""
    assert code(check(bytes(MAX_SIGNATURE + 1))) == "cades.too-large"
    assert code(check(bytes(MAX_SIGNATURE))) == "der.not-one-value"


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x04\x00", b"-----BEGIN CMS-----"])
def test_what_is_no_cms_is_malformed(data: bytes) -> None:
    """Never an exception."""
    assert code(check(data)) in {"der.not-one-value", "cms.malformed", "der.cut-off"}


def test_trailing_bytes_are_refused() -> None:
    """One value and nothing behind it."""
    assert code(check(forge.good() + b"\x05\x00")) == "der.not-one-value"


def test_other_content_types_are_refused() -> None:
    """Not SignedData; not about plain data; an attribute that says something else."""
    plain = cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()

    def about_a_stamp(data: bytes) -> object:
        data["encap_content_info"]["content_type"] = "tst_info"

    def claims(attributes: object) -> object:
        return [forge.attribute("content_type", "tst_info"), *attributes[1:]]

    assert code(check(plain)) == "cms.not-signed-data"
    assert code(check(forge.good(change_data=about_a_stamp))) == "cms.content-type"
    assert code(check(forge.good(change_attributes=claims))) == "cms.content-type"


def test_exactly_one_signer() -> None:
    """A second signer was not there when the first one signed; none is none."""

    def twice(data: bytes) -> object:
        data["signer_infos"].append(data["signer_infos"][0].copy())

    def none(data: bytes) -> object:
        data["signer_infos"] = []

    assert code(check(forge.good(change_data=none))) == "cms.signers"
    assert code(check(forge.good(change_data=twice))) == "cms.signers"


@pytest.mark.parametrize("change", ["data", "info"])
def test_versions_fit_the_content(change: object) -> None:
    """RFC 5652, 5.1 and 5.3: both are 1 here."""

    def change_version(part: str) -> object:
        part["version"] = "v3"

    assert code(check(forge.good(**{f"change_{change}": change_version}))) == "cms.version"


def test_content_inside_is_refused() -> None:
    """Detached means that there is one copy of the content, outside."""

    def embed(data: bytes) -> object:
        data["encap_content_info"] = {"content_type": "data", "content": world.CONTENT}

    assert code(check(forge.good(change_data=embed))) == "cades.not-detached"


def test_empty_content_inside_is_content_too() -> None:
    """An empty copy is not the same as none."""

    def embed(data: bytes) -> object:
        data["encap_content_info"] = {"content_type": "data", "content": b""}

    assert code(check(forge.good(change_data=embed))) == "cades.not-detached"


# --- attributes ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_demanded_attribute_is_demanded(number: int) -> None:
    """content-type, message-digest, signing-certificate-v2."""

    def drop(attributes: object) -> object:
        return attributes[:number] + attributes[number + 1 :]

    expected = "cades.signer-not-named" if number == 2 else "cms.attribute-missing"
    assert code(check(forge.good(change_attributes=drop))) == expected


def test_no_signed_attributes_at_all() -> None:
    """Then the signature would be over the content itself: another scheme."""

    def drop(info: object) -> object:
        info["signed_attrs"] = None

    assert code(check(forge.good(change_info=drop))) in {"cms.attribute-missing", "cms.malformed"}


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_no_attribute_twice(number: int) -> None:
    """Two answers to one question are none."""

    def twice(attributes: object) -> object:
        return [*attributes, attributes[number].copy()]

    assert code(check(forge.good(change_attributes=twice))) == "cms.attribute-twice"


def test_no_attribute_with_two_values() -> None:
    """The same inside one attribute."""

    def two(attributes: object) -> object:
        digest = attributes[1]["values"][0].native
        return [forge.attribute("message_digest", digest, bytes(32)), *attributes[::2]]

    assert code(check(forge.good(change_attributes=two))) == "cms.attribute-twice"


def test_attributes_are_bounded() -> None:
    """As many as allowed, not one more."""

    def crowd(count: int) -> object:
        def change(attributes: object) -> object:
            more = [
                cms.CMSAttribute({"type": f"2.999.{n}", "values": [core.Null()]})
                for n in range(count - len(attributes))
            ]
            return [*attributes, *more]

        return change

    limit = _cms.MAX_ATTRIBUTES
    found = check(forge.good(stamper=STAMPER, change_attributes=crowd(limit)))
    assert said(found) == GOOD
    assert code(check(forge.good(change_attributes=crowd(limit + 1)))) == "cms.attribute-twice"


def test_signed_attributes_are_sorted() -> None:
    """They were signed as a DER set; another order is another encoding."""
    der = forge.good(stamper=STAMPER)
    info = forge.only_signer(cms.ContentInfo.load(der)["content"])
    parts = [one.dump() for one in info["signed_attrs"]]

    swapped = der.replace(b"".join(parts), b"".join(reversed(parts)))

    assert swapped != der
    assert code(check(swapped)) == "der.order"


def test_only_the_time_stamp_is_unsigned() -> None:
    """Anything else could have been added by anybody."""
    other = forge.attribute("signing_time", cms.Time({"utc_time": world.NOW.moment}))

    assert code(check(forge.good(unsigned=[other]))) == "cades.unsigned"


def test_two_time_stamps_are_refused() -> None:
    """It would be open which one counts."""
    twice = [forge.stamp_attribute(b"x", STAMPER)] * 2

    assert code(check(forge.good(unsigned=twice))) == "cms.attribute-twice"


def test_an_unreadable_claimed_time_is_malformed() -> None:
    """Not a crash while it is shown."""
    der = forge.good(stamper=STAMPER)
    # the digits of the month become letters: same length, no date
    stamp = world.NOW.moment.strftime("%y%m%d%H%M%SZ").encode()
    assert (
        code(check(der.replace(b"\x17\r" + stamp, b"\x17\r26XX" + stamp[4:])))
        == "cades.claimed-time"
    )


@pytest.mark.parametrize("field", ["digest_algorithm", "signature_algorithm"])
def test_the_signed_copy_of_the_algorithms_counts(field: str) -> None:
    """RFC 6211: where the copy is there it says the same."""

    def protect(attributes: object) -> object:
        copy = {
            "digest_algorithm": {"algorithm": "sha256"},
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        }
        if field:
            copy[field] = {"algorithm": "sha512" if field[0] == "d" else "sha512_ecdsa"}
        value = cms.CMSAlgorithmProtection(copy)
        return [*attributes, forge.attribute("cms_algorithm_protection", value)]

    assert code(check(forge.good(change_attributes=protect))) == "cms.two-algorithms"
    field = ""
    assert said(check(forge.good(stamper=STAMPER, change_attributes=protect))) == GOOD


# --- algorithms ------------------------------------------------------------------------------


def test_weak_hashes_are_refused() -> None:
    """SHA-1 and SHA-224 are not on the list."""
    for name in ("sha1", "sha224"):

        def weaken(info: object, name: str = name) -> object:
            info["digest_algorithm"] = {"algorithm": name}

        assert code(check(forge.good(change_info=weaken))) == "cms.algorithm"


@pytest.mark.parametrize("name", ["sha1_ecdsa", "sha256_dsa", "ed25519"])
def test_other_signature_algorithms_are_refused(name: str) -> None:
    """Not on the list at all."""
    assert code(check(forge.good(algorithm=name))) == "cms.algorithm"


@pytest.mark.parametrize("name", ["sha256_rsa", "rsassa_pkcs1v15"])
def test_rsa_does_not_sign_evidence(name: str) -> None:
    """RSA is for time-stamp authorities only."""
    assert code(check(forge.good(algorithm=name))) == "cades.algorithm"


def test_the_algorithm_fits_the_certificate() -> None:
    """ECDSA named, and a certificate with another kind of key."""
    signer = world.EcKeySigner(
        key=world.signer().key, certificates=world.mldsa_signer().certificates
    )

    assert code(check(forge.good(signer=signer))) == "cades.algorithm"


def test_one_hash_is_named_everywhere() -> None:
    """In the list of hashes, in the signer's field, in the signature algorithm."""

    def lists(data: bytes) -> object:
        data["digest_algorithms"] = [{"algorithm": "sha512"}]

    def two(data: bytes) -> object:
        data["digest_algorithms"] = [{"algorithm": "sha256"}, {"algorithm": "sha512"}]

    for changed in (
        forge.good(change_data=lists),
        forge.good(change_data=two),
        forge.good(algorithm="sha512_ecdsa"),
    ):
        assert code(check(changed)) == "cms.two-algorithms"


def test_null_parameters_of_a_hash_are_accepted() -> None:
    """RFC 5754, 2: absent or NULL, both are in use."""

    def change(info: object) -> object:
        info["digest_algorithm"] = forge.null_parameters()

    assert said(check(forge.good(stamper=STAMPER, change_info=change))) == GOOD


def test_other_parameters_of_an_algorithm_are_refused() -> None:
    """Nothing signs them, so that anybody could write there."""

    def change(part: str) -> object:
        part["digest_algorithm"] = forge.null_parameters()

    good = forge.good(stamper=STAMPER, change_info=change)
    oid = bytes.fromhex("0609608648016503040201")
    place = good.index(b"\x30\x0d" + oid + b"\x05\x00")
    spoiled = good[: place + 13] + b"\x04" + good[place + 14 :]

    assert code(check(spoiled)) == "cms.parameters"


# --- who -------------------------------------------------------------------------------------


def test_the_signer_is_named_by_issuer_and_serial_number() -> None:
    """Not by a key identifier that anybody can put into a certificate."""

    def change(info: object) -> object:
        info["sid"] = cms.SignerIdentifier("subject_key_identifier", b"12345678901234567890")

    assert code(check(forge.good(change_info=change))) == "cms.signer-id"


def test_the_signers_certificate_is_inside() -> None:
    """Without it nobody can be named; another one's does not help."""
    root = asn1_x509.Certificate.load(world.root().certificate.der)

    def drop(data: bytes) -> object:
        data["certificates"] = None

    def swap(data: bytes) -> object:
        data["certificates"] = [root]

    assert code(check(forge.good(change_data=drop))) == "cms.no-signer"
    assert code(check(forge.good(change_data=swap))) == "cms.no-signer"


@pytest.mark.parametrize("part", ["issuer", "serial_number"])
def test_both_parts_of_the_signers_name_count(part: str) -> None:
    """Another issuer, another number: no such certificate inside."""
    root = asn1_x509.Certificate.load(world.root("tsa").certificate.der)

    def change(info: object) -> object:
        sid = {"issuer": info["sid"].chosen["issuer"], "serial_number": 5}
        if part == "issuer":
            serial = world.signer().certificates[0].serial
            sid = {"issuer": root.subject, "serial_number": serial}
        info["sid"] = cms.SignerIdentifier("issuer_and_serial_number", sid)

    assert code(check(forge.good(change_info=change))) == "cms.no-signer"


def test_certificates_inside_are_bounded_and_different() -> None:
    """No certificate twice, and not more than a long chain."""
    own = asn1_x509.Certificate.load(world.signer().certificates[0].der)

    def twice(data: bytes) -> object:
        data["certificates"] = [own, own]

    def crowd(count: int) -> object:
        def change(data: bytes) -> object:
            more = [
                world.signer_certificate(
                    world.ec_key("crowd").public_key(), issuer=world.root(), serial=10**6 + n
                )
                for n in range(count - 1)
            ]
            data["certificates"] = [own, *(asn1_x509.Certificate.load(c.der) for c in more)]

        return change

    limit = _cms.MAX_CERTIFICATES
    assert code(check(forge.good(change_data=twice))) == "cms.certificates-twice"
    assert code(check(forge.good(change_data=crowd(limit + 1)))) == "cms.certificates"
    assert said(check(forge.good(stamper=STAMPER, change_data=crowd(limit)))) == GOOD


def test_a_certificate_that_cannot_be_read_is_malformed() -> None:
    """The code is the certificate's own."""

    def spoil(data: bytes) -> object:
        def change(shape: object) -> object:
            shape["tbs_certificate"]["serial_number"] = -5

        one = asn1_x509.Certificate.load(world.root().certificate.der)
        change(one)
        data["certificates"].append(cms.CertificateChoices("certificate", one))

    assert code(check(forge.rebuilt(forge.good(), spoil))) == "certificate.serial"


def naming(**entry: object) -> object:
    """Return a change that names the signer in another way."""

    def change(attributes: object) -> object:
        named = tsp.SigningCertificateV2({"certs": [entry] if entry else []})
        return [
            forge.attribute("signing_certificate_v2", named)
            if one["type"].native == "signing_certificate_v2"
            else one
            for one in attributes
        ]

    return change


def issuer_serial(issuer: object = None, serial: int | None = None) -> object:
    """Return the optional second half of an ESSCertIDv2."""
    own = asn1_x509.Certificate.load(world.signer().certificates[0].der)
    name = asn1_x509.GeneralName("directory_name", issuer or own.issuer)
    return {"issuer": [name], "serial_number": serial or own.serial_number}


def test_the_signer_may_be_named_in_full() -> None:
    """Hash, hash algorithm, issuer and number."""
    der = world.signer().certificates[0].der
    for name in ("sha256", "sha384", "sha512"):
        entry = {
            "hash_algorithm": {"algorithm": name},
            "cert_hash": hashlib.new(name, der).digest(),
            "issuer_serial": issuer_serial(),
        }
        signature = forge.good(stamper=STAMPER, change_attributes=naming(**entry))
        assert said(check(signature)) == GOOD


def test_another_certificate_is_not_named() -> None:
    """Wrong hash, weak hash, wrong number, wrong issuer, other kind of name, nothing."""
    der = world.signer().certificates[0].der
    right = hashlib.sha256(der).digest()
    root = asn1_x509.Certificate.load(world.root("tsa").certificate.der)
    email = {"issuer": [asn1_x509.GeneralName("rfc822_name", "a@b.example")], "serial_number": 1}
    twice = issuer_serial()
    twice["issuer"] = twice["issuer"] * 2
    wrong = [
        {"cert_hash": bytes(32)},
        {"hash_algorithm": {"algorithm": "sha1"}, "cert_hash": hashlib.sha1(der).digest()},  # noqa: S324  # that it is refused
        {"cert_hash": right, "issuer_serial": issuer_serial(serial=5)},
        {"cert_hash": right, "issuer_serial": issuer_serial(issuer=root.subject)},
        {"cert_hash": right, "issuer_serial": email},
        {"cert_hash": right, "issuer_serial": twice},
        {},
    ]

    for entry in wrong:
        signature = forge.good(change_attributes=naming(**entry))
        assert code(check(signature)) == "cades.signer-not-named"


def test_nobody_to_judge() -> None:
    """Without a signer there is no path to look at."""
    empty = SignatureCheck(findings=())

    assert (
        judge_signer(empty, anchors=world.anchors(), material=Material(), at=world.NOW, subject="")
        is empty
    )
