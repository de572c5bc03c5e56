"""The path from a certificate to a root that somebody trusts, at a proven moment."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

import trust_world as world
from longbien.primitives.verdict import Outcome
from longbien.trust import issuing, paths
from longbien.trust.certificates import (
    Anchors,
    parse_certificate,
)
from longbien.trust.paths import PathChecks
from path_world import LEAF, ROOT, bare, check, facts, said, usage

# --- good ------------------------------------------------------------------------------------


def test_a_good_path_passes_both_checks() -> None:
    """Path and revocation are two findings; the facts name the root and the time."""
    found = check()

    assert said(found) == [
        ("signer.path", "PASSED", "path.trusted"),
        ("signer.revocation", "PASSED", "revocation.good"),
    ]
    assert found.path == (ROOT.certificate, LEAF)
    assert found.root == ROOT.certificate
    assert found.outcome is Outcome.PASSED
    assert facts(found, 0) == {
        "certificate": LEAF.subject,
        "root": ROOT.certificate.subject,
        "root_sha256": ROOT.certificate.sha256.hex,
        "at": str(world.NOW),
    }
    assert facts(found) == {"certificate": LEAF.subject, "at": str(world.NOW)}
    assert {f.subject for f in found.findings} == {"x.p7s"}


def test_findings_are_filed_where_the_caller_says() -> None:
    """The check codes are the caller's."""
    found = check(checks=PathChecks(path="a.b", revocation="c.d"))

    assert [f.check for f in found.findings] == ["a.b", "c.d"]


def test_post_quantum_paths_are_judged_alike() -> None:
    """ML-DSA-65 below ML-DSA-87, list signed with ML-DSA-87."""
    root = world.root("mldsa")
    found = check(world.mldsa_signer().certificates[0], crls=[world.crl(root)])

    assert said(found)[1] == ("signer.revocation", "PASSED", "revocation.good")
    assert found.root == root.certificate


def intermediate(name: str = "Middle") -> object:
    """Return an authority between root and signer."""
    key = world.ec_key(name, "P-384")
    made = issuing.issue_authority(
        key.public_key(),
        name=world.name(name),
        validity=world.validity(-250, 400),
        serial=4242,
        issuer=ROOT,
    )
    return issuing.Issuer(certificate=made, key=key)


def test_an_authority_in_between_is_found_in_the_material() -> None:
    """Each certificate below the root needs its own revocation data."""
    middle = intermediate()
    leaf = world.signer_certificate(world.ec_key("m").public_key(), issuer=middle)
    both = [world.crl(ROOT), world.crl(middle)]

    found = check(leaf, crls=both, certificates=[middle.certificate])
    assert found.path == (ROOT.certificate, middle.certificate, leaf)
    assert found.outcome is Outcome.PASSED

    found = check(leaf, crls=both[:1], certificates=[middle.certificate])
    assert said(found)[1] == ("signer.revocation", "INDETERMINATE", "revocation.missing")

    revoked = world.crl(ROOT, world.revoked(middle.certificate, -1))
    found = check(leaf, crls=[revoked, both[1]], certificates=[middle.certificate])
    assert said(found)[1] == ("signer.revocation", "FAILED", "revocation.revoked")
    assert facts(found)["certificate"] == middle.certificate.subject


def test_the_best_of_several_paths_counts() -> None:
    """An expired twin of an authority does not spoil the path over the good one."""
    middle = intermediate("Twin")
    expired = issuing.issue_authority(
        middle.key.public_key(),
        name=world.name("Twin"),
        validity=world.validity(-250, -100),
        serial=4243,
        issuer=ROOT,
    )
    leaf = world.signer_certificate(world.ec_key("t").public_key(), issuer=middle)
    crls = [world.crl(ROOT), world.crl(middle)]

    good = check(leaf, crls=crls, certificates=[expired, middle.certificate])
    bad = check(leaf, crls=crls, certificates=[expired])

    assert good.path == (ROOT.certificate, middle.certificate, leaf)
    assert said(good)[0][2] == "path.trusted"
    assert said(bad) == [("signer.path", "FAILED", "path.expired")]


# --- no root ---------------------------------------------------------------------------------


def test_without_anchors_nothing_is_decided() -> None:
    """The relying party gave no roots: it cannot be FAILED, and it is not PASSED."""
    found = check(anchors=Anchors())

    assert said(found) == [("signer.path", "INDETERMINATE", "path.no-anchor")]
    assert found.root is None
    assert found.path == ()


def test_an_unknown_root_is_named_by_its_fingerprint() -> None:
    """So that it can be compared by telephone."""
    found = check(anchors=world.anchors("B"), certificates=[ROOT.certificate])

    assert said(found) == [("signer.path", "INDETERMINATE", "path.unknown-root")]
    assert facts(found) == {
        "certificate": LEAF.subject,
        "root": ROOT.certificate.subject,
        "root_sha256": ROOT.certificate.sha256.hex,
        "issuer": ROOT.certificate.issuer,
    }


def test_a_missing_issuer_is_named() -> None:
    """The chain ends before any root."""
    found = check(anchors=world.anchors("B"))

    assert said(found) == [("signer.path", "INDETERMINATE", "path.incomplete")]
    assert facts(found)["issuer"] == ROOT.certificate.subject
    assert facts(found)["root_sha256"] == LEAF.sha256.hex


def test_roots_for_signers_are_not_roots_for_time() -> None:
    """Each use has its own anchors."""
    swapped = Anchors(signers=world.anchors().time, time=world.anchors().signers)

    assert said(check(anchors=swapped))[0][2] == "path.incomplete"


def test_a_root_of_the_same_name_is_not_the_root() -> None:
    """The name is copied, the key is not."""
    fake_key = world.ec_key("fake", "P-384")
    fake = issuing.issue_root(
        fake_key, name=world.name("Root"), validity=world.validity(), serial=9
    )
    leaf = world.signer_certificate(
        world.ec_key("signer A").public_key(),
        issuer=issuing.Issuer(certificate=fake, key=fake_key),
    )

    found = check(leaf, certificates=[fake])

    assert fake.subject_der == ROOT.certificate.subject_der
    assert said(found) == [("signer.path", "INDETERMINATE", "path.unknown-root")]
    assert facts(found)["root_sha256"] == fake.sha256.hex


def test_a_self_signed_signer_proves_nothing() -> None:
    """Not even where the relying party lists it as a root: a root is above, never the signer."""
    key = world.ec_key("self")
    name = world.name("Self").to_x509()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(3)
        .not_valid_before(world.days(-10).moment)
        .not_valid_after(world.days(10).moment)
        .add_extension(usage(digital_signature=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    leaf = parse_certificate(made.public_bytes(Encoding.DER))

    assert said(check(leaf))[0][2] == "path.unknown-root"
    assert said(check(leaf, anchors=Anchors(signers=(leaf,))))[0][2] == "path.unknown-root"


def test_searching_is_bounded() -> None:
    """A hostile crowd of authorities of one name costs a bounded number of signatures."""
    keys = [world.ec_key(f"crowd {n}", "P-384") for n in range(3)]
    crowd = []
    for number in range(20):
        above, below = keys[number % 3], keys[(number + 1) % 3]
        issuer = issuing.Issuer(
            certificate=issuing.issue_root(
                above, name=world.name("Crowd"), validity=world.validity(), serial=1
            ),
            key=above,
        )
        crowd.append(
            issuing.issue_authority(
                below.public_key(),
                name=world.name("Crowd"),
                validity=world.validity(),
                serial=100 + number,
                issuer=issuer,
            )
        )
    leaf = world.signer_certificate(
        world.ec_key("c").public_key(),
        issuer=issuing.Issuer(certificate=crowd[0], key=keys[1]),
    )

    found = check(leaf, certificates=crowd)

    assert said(found) == [("signer.path", "INDETERMINATE", "path.too-many")]


def chain(length: int) -> object:
    """Return a leaf under so many authorities, and these."""
    above = ROOT
    middle = []
    for number in range(length):
        key = world.ec_key(f"link {number}", "P-384")
        made = issuing.issue_authority(
            key.public_key(),
            name=world.name(f"Link {number}"),
            validity=world.validity(),
            serial=300 + number,
            issuer=above,
        )
        above = issuing.Issuer(certificate=made, key=key)
        middle.append(made)
    return world.signer_certificate(world.ec_key("end").public_key(), issuer=above), middle


def test_length_is_bounded() -> None:
    """Six certificates with the root are tried; seven are not even looked at."""
    leaf, middle = chain(paths.MAX_LENGTH - 2)
    assert said(check(leaf, certificates=middle))[0][2] == "path.invalid"  # pathlen of the root

    leaf, middle = chain(paths.MAX_LENGTH - 1)
    assert said(check(leaf, certificates=middle))[0][1] == "INDETERMINATE"


def test_only_so_many_paths_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many twins of one authority give many paths; a few are judged."""
    middle = intermediate("Many")
    twins = [
        issuing.issue_authority(
            middle.key.public_key(),
            name=world.name("Many"),
            validity=world.validity(-250, -100),
            serial=500 + number,
            issuer=ROOT,
        )
        for number in range(paths.MAX_PATHS + 3)
    ]
    leaf = world.signer_certificate(world.ec_key("y").public_key(), issuer=middle)
    judged = []
    judge = paths._Judge.path
    monkeypatch.setattr(
        paths._Judge, "path", lambda self, path: judged.append(path) or judge(self, path)
    )

    found = check(leaf, certificates=twins)

    assert said(found)[0][2] == "path.expired"
    assert len(judged) == paths.MAX_PATHS


# --- what the certificates say ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (-200 - 1 / 86400, "path.not-yet"),
        (-200, "path.trusted"),
        (300, "path.trusted"),
        (300 + 1 / 86400, "path.expired"),
    ],
)
def test_validity_counts_at_the_proven_time(at: float, reason: str) -> None:
    """Both ends are inclusive; a second outside is FAILED, with the end in the facts."""
    found = check(at=world.days(at), crls=[world.crl(ROOT, start=-299, end=400)])

    assert said(found)[0][2] == reason
    if reason == "path.expired":
        assert found.outcome is Outcome.FAILED
        assert facts(found)["until"] == str(LEAF.not_after)
    if reason == "path.not-yet":
        assert found.outcome is Outcome.FAILED
        assert facts(found)["since"] == str(LEAF.not_before)


def test_a_root_outside_its_own_validity_holds_nothing() -> None:
    """The root's dates count too."""
    key = world.ec_key("old root", "P-384")
    old = issuing.issue_root(
        key, name=world.name("Old"), validity=world.validity(-300, -1), serial=2
    )
    issuer = issuing.Issuer(certificate=old, key=key)
    leaf = world.signer_certificate(world.ec_key("o").public_key(), issuer=issuer)

    found = check(leaf, anchors=Anchors(signers=(old,)), crls=[world.crl(issuer)])

    assert said(found) == [("signer.path", "FAILED", "path.expired")]
    assert facts(found)["until"] == str(old.not_after)


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b,
        lambda b: b.add_extension(usage(key_agreement=True), critical=True),
        lambda b: b.add_extension(usage(key_cert_sign=True), critical=True),
        lambda b: b.add_extension(usage(digital_signature=True), critical=True).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        ),
        lambda b: b.add_extension(usage(digital_signature=True), critical=True).add_extension(
            x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        ),
        lambda b: b.add_extension(usage(digital_signature=True), critical=True).add_extension(
            x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        ),
    ],
    ids=["no key usage", "agreement", "authority bits", "authority", "web server", "time stamps"],
)
def test_only_signing_certificates_sign(change: object) -> None:
    """Another use of a key of the State is not evidence."""
    found = check(bare(world.ec_key("u"), change))

    assert said(found) == [("signer.path", "FAILED", "path.usage")]
    assert facts(found) == {
        "certificate": "CN=Bare,OU=EXERCISE,O=State of Exercise A,C=XA",
        "at": str(world.NOW),
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.add_extension(usage(digital_signature=True), critical=True),
        lambda b: b.add_extension(usage(content_commitment=True), critical=True),
        *(
            lambda b, oid=oid: b.add_extension(
                usage(digital_signature=True), critical=True
            ).add_extension(
                x509.ExtendedKeyUsage(
                    [x509.ObjectIdentifier(oid), x509.ExtendedKeyUsageOID.SERVER_AUTH]
                ),
                critical=False,
            )
            for oid in (
                "2.5.29.37.0",
                "1.3.6.1.5.5.7.3.4",
                "1.3.6.1.5.5.7.3.36",
                "1.3.6.1.4.1.311.10.3.12",
            )
        ),
    ],
    ids=["signature", "commitment", "any", "e-mail", "document", "document of old"],
)
def test_either_signing_bit_is_enough(change: object) -> None:
    """DigitalSignature or nonRepudiation; extended usages only where they fit."""
    assert said(check(bare(world.ec_key("u"), change)))[0][2] == "path.trusted"


def test_unreadable_extensions_are_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library chokes on at the last moment is FAILED, not a crash."""
    monkeypatch.setattr(paths, "_is_fit", lambda *_: 1 / 0)

    assert said(check()) == [("signer.path", "FAILED", "path.usage")]


def test_weak_keys_hold_nothing() -> None:
    """RSA below 2048 bits and SHA-1 are FAILED wherever they stand in the path."""
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that it is refused
    leaf = bare(weak, lambda b: b.add_extension(usage(digital_signature=True), critical=True))

    found = check(leaf)

    assert said(found) == [("signer.path", "FAILED", "path.weak")]
    assert facts(found)["certificate"] == leaf.subject


def test_an_authority_that_may_not_issue_breaks_the_path() -> None:
    """A signer cannot make signers."""
    signer = world.signer()
    issuer = issuing.Issuer(certificate=signer.certificates[0], key=signer.key)
    leaf = world.signer_certificate(world.ec_key("n").public_key(), issuer=issuer)

    found = check(leaf, certificates=signer.certificates)

    assert said(found) == [("signer.path", "FAILED", "path.invalid")]
    assert "is not a CA" in facts(found)["detail"]


def test_a_root_that_is_no_authority_holds_nothing() -> None:
    """A relying party that lists a signer as a root is told so."""
    signer = world.signer()
    issuer = issuing.Issuer(certificate=signer.certificates[0], key=signer.key)
    leaf = world.signer_certificate(world.ec_key("n").public_key(), issuer=issuer)

    found = check(leaf, anchors=Anchors(signers=signer.certificates))

    assert said(found) == [("signer.path", "FAILED", "path.invalid")]
    assert facts(found)["detail"] == "the root is not a certificate authority"


def test_an_unknown_critical_extension_breaks_the_path() -> None:
    """What must be understood and is not cannot be ignored."""
    leaf = bare(
        world.ec_key("u"),
        lambda b: b.add_extension(usage(digital_signature=True), critical=True).add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00"),
            critical=True,
        ),
    )

    assert said(check(leaf)) == [("signer.path", "FAILED", "path.invalid")]


def test_a_library_that_chokes_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a lazily read field makes it raise."""

    async def choke(*_: object) -> object:
        raise ValueError

    monkeypatch.setattr(paths, "async_validate_path", choke)

    assert said(check()) == [("signer.path", "FAILED", "path.unreadable")]


def test_a_library_that_chokes_on_lists_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same while revocation is judged: not proven, therefore INDETERMINATE."""
    real = paths.async_validate_path
    calls = []

    async def choke_later(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            return await real(*arguments)
        raise KeyError

    monkeypatch.setattr(paths, "async_validate_path", choke_later)

    assert said(check())[1] == ("signer.revocation", "INDETERMINATE", "revocation.unreadable")
