"""The path from a certificate to a root that somebody trusts, at a proven moment."""

import datetime as dt

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

import trust_world as world
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from longbien.trust import _revocation, issuing, paths
from longbien.trust.certificates import (
    Anchors,
    Crl,
    Material,
    Ocsp,
    encode_pem,
    parse_certificate,
    parse_crl,
    parse_crls,
    parse_ocsp,
)
from longbien.trust.paths import PathCheck, PathChecks, Usage, validate_path

ROOT = world.root()
LEAF = world.signer().certificates[0]


def check(
    leaf: object = LEAF,
    *,
    crls: object = None,
    certificates: object = (),
    ocsps: object = (),
    **changes: object,
) -> PathCheck:
    """Validate a path in the good world, with some things changed."""
    material = Material(
        certificates=tuple(certificates),
        crls=(world.crl(ROOT),) if crls is None else tuple(crls),
        ocsps=tuple(ocsps),
    )
    settings = {
        "anchors": world.anchors(),
        "material": material,
        "at": world.NOW,
        "usage": Usage.SIGNING,
        "subject": "x.p7s",
    }
    return validate_path(leaf, **{**settings, **changes})


def said(found: PathCheck) -> list[tuple[str, str, str]]:
    """Return check, outcome and reason of each finding."""
    return [(f.check, f.outcome.name, f.reason) for f in found.findings]


def facts(found: PathCheck, number: int = -1) -> dict[str, str]:
    """Return the facts of one finding."""
    return dict(found.findings[number].facts)


def bare(
    key: object,
    builder_change: object = lambda builder: builder,
    *,
    issuer: object = ROOT,
    name: str = "Bare",
) -> object:
    """Return a certificate below an issuer with only the extensions that a test adds."""
    above = x509.load_der_x509_certificate(issuer.certificate.der)
    builder = (
        x509.CertificateBuilder()
        .subject_name(world.name(name).to_x509())
        .issuer_name(above.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(world.days(-10).moment)
        .not_valid_after(world.days(10).moment)
    )
    made = builder_change(builder).sign(issuer.key, hashes.SHA256())
    return parse_certificate(made.public_bytes(Encoding.DER))


def usage(**on: object) -> object:
    """Return a critical key usage with these bits."""
    bits = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**bits, **on})


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


# --- revocation ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crls", "reason"),
    [
        ([], "revocation.missing"),
        ([world.crl(world.root("ec", "B"))], "revocation.missing"),
        ([world.crl(ROOT, start=-40, end=-1)], "revocation.stale"),
        ([world.crl(ROOT, start=5, end=30)], "revocation.good"),
        ([world.crl(ROOT, start=-40, end=-1), world.crl(ROOT, start=1, end=9)], "revocation.good"),
        ([world.crl(ROOT, start=301, end=400)], "revocation.missing"),
        ([world.crl(ROOT, start=300, end=400)], "revocation.good"),
    ],
    ids=["none", "other State", "stale", "later", "old and later", "after the end", "at the end"],
)
def test_revocation_data_covers_the_proven_time(crls: object, reason: str) -> None:
    """A later list is good evidence, unless it may have dropped the expired certificate."""
    found = check(crls=crls)

    assert said(found)[1][2] == reason
    expected = Outcome.PASSED if reason == "revocation.good" else Outcome.INDETERMINATE
    assert found.findings[1].outcome is expected


def test_a_stale_list_says_until_when_it_was_good() -> None:
    """The fact is the list's own end."""
    found = check(crls=[world.crl(ROOT, start=-40, end=-1)])

    assert facts(found)["until"] == str(world.days(-1))


@pytest.mark.parametrize(
    ("when", "outcome"), [(-1, "FAILED"), (0, "FAILED"), (1 / 86400, "PASSED"), (5, "PASSED")]
)
def test_revoked_before_counts_and_after_does_not(when: float, outcome: str) -> None:
    """The moment itself counts as before."""
    crl = world.crl(ROOT, world.revoked(LEAF, when), start=6, end=30)

    found = check(crls=[crl])

    assert said(found)[1][1] == outcome
    if outcome == "FAILED":
        assert facts(found) == {
            "certificate": LEAF.subject,
            "revoked_at": str(Instant(world.days(when).moment.replace(microsecond=0))),
            "revoked_for": "superseded",
            "at": str(world.NOW),
        }


@pytest.mark.parametrize(("since", "outcome"), [(-3, "FAILED"), (3, "PASSED")])
def test_the_key_may_have_been_lost_earlier(since: float, outcome: str) -> None:
    """The invalidity date counts where it is before the revocation date (RFC 5280, 5.3.2)."""
    entry = world.revoked(LEAF, 5, "keyCompromise", invalid_since=world.days(since))

    found = check(crls=[world.crl(ROOT, entry, start=6, end=30)])

    assert said(found)[1][1] == outcome


def test_any_list_that_proves_revocation_wins() -> None:
    """A clean list beside it, of whatever date, does not help."""
    clean = world.crl(ROOT, start=-1, end=30)
    dirty = world.crl(ROOT, world.revoked(LEAF, -2), start=-40, end=-20)
    late = world.crl(ROOT, world.revoked(LEAF, -2), start=301, end=400)

    for crls in ([clean, dirty], [dirty, clean], [clean, late]):
        assert said(check(crls=crls))[1][2] == "revocation.revoked"


def forged(crl: Crl, **changes: object) -> Crl:
    """Return a list with other fields and the old signature."""
    shape = asn1_crl.CertificateList.load(crl.der)
    for name, value in changes.items():
        shape["tbs_cert_list"][name] = value
    return parse_crl(shape.dump(force=True))


def test_a_forged_list_with_a_real_signature_is_not_believed() -> None:
    """Two lists with one signature value: only the one that it was made for counts.

    certvalidator remembers a list's issuer by its signature value alone.
    """
    genuine = world.crl(ROOT, start=-40, end=-20)
    fake = forged(
        genuine,
        next_update={"utc_time": world.days(30).moment},
        this_update={"utc_time": world.days(-41).moment},
    )

    found = check(crls=[genuine, fake])

    assert said(found)[1] == ("signer.revocation", "INDETERMINATE", "revocation.stale")


def test_an_unverifiable_list_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the library cannot use for lists proves nothing and breaks nothing."""

    def choke(_: object) -> object:
        raise TypeError

    crls = [world.crl(ROOT)]
    monkeypatch.setattr(_revocation.x509, "load_der_x509_crl", choke)

    assert said(check(crls=crls))[1][2] == "revocation.missing"


def partial_crl(extension: object, *, critical: bool = True) -> object:
    """Return a list of the root that revokes LEAF, with one more extension."""
    above = x509.load_der_x509_certificate(ROOT.certificate.der)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.subject)
        .last_update(world.days(-1).moment)
        .next_update(world.days(9).moment)
        .add_extension(extension, critical=critical)
        .add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(LEAF.serial)
            .revocation_date(world.days(-2).moment)
            .build()
        )
        .sign(ROOT.key, hashes.SHA384())
    )
    return parse_crl(made.public_bytes(Encoding.DER))


def point(**on: object) -> object:
    """Return an issuing distribution point."""
    settings = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**settings, **on})


@pytest.mark.parametrize(
    ("extension", "reason"),
    [
        (x509.DeltaCRLIndicator(1), "revocation.missing"),
        (point(only_contains_user_certs=True), "revocation.revoked"),
        (x509.CRLNumber(5), "revocation.revoked"),
    ],
    ids=["delta", "users only", "number"],
)
def test_only_whole_lists_of_the_issuer_are_read_by_us(extension: object, reason: str) -> None:
    """A list that only amends another one is left to the library, which wants the whole."""
    crl = partial_crl(extension, critical=not isinstance(extension, x509.CRLNumber))

    assert said(check(crls=[crl]))[1][2] == reason


def test_indirect_lists_are_left_to_the_library() -> None:
    """An entry in one may speak of another issuer's certificate; the library reads it right."""
    crl = partial_crl(point(indirect_crl=True))

    assert _revocation.select((ROOT.certificate, LEAF), Material(crls=(crl,))).revocations == ()
    assert said(check(crls=[crl]))[1][1] == "FAILED"


def test_an_unreadable_entry_counts_as_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that names the certificate is bad news, whatever else cannot be read."""

    def choke(*_: object) -> object:
        raise ValueError

    monkeypatch.setattr(_revocation, "_read", choke)
    found = check(crls=[world.crl(ROOT, world.revoked(LEAF, -2))])

    assert said(found)[1][2] == "revocation.revoked"
    assert facts(found)["revoked_for"] == "unreadable"


def test_a_list_is_handed_on_once() -> None:
    """Two certificates of one issuer do not double its list."""
    crl = world.crl(ROOT)

    chosen = _revocation.select((ROOT.certificate, LEAF), Material(crls=(crl, crl)))

    assert chosen.crls == (crl,)


# --- time-stamp keys -------------------------------------------------------------------------


def check_tsa(*crls: object, leaf: object = None, **changes: object) -> PathCheck:
    """Validate a time-stamp authority's path."""
    return check(
        leaf or world.tsa().certificates[0],
        crls=crls or [world.crl(world.root("tsa"))],
        usage=Usage.TIME_STAMPING,
        **changes,
    )


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("unspecified", "PASSED"),
        ("affiliationChanged", "PASSED"),
        ("superseded", "PASSED"),
        ("cessationOfOperation", "PASSED"),
        ("keyCompromise", "FAILED"),
        ("cACompromise", "FAILED"),
        ("certificateHold", "FAILED"),
        ("privilegeWithdrawn", "FAILED"),
    ],
)
def test_a_stamp_key_that_got_lost_later_proves_nothing_earlier(reason: str, outcome: str) -> None:
    """Its own word is the only evidence of the time (RFC 3161, section 4)."""
    crl = world.crl(
        world.root("tsa"), world.revoked(world.tsa().certificates[0], 5, reason), start=6
    )

    found = check_tsa(crl)

    assert said(found)[1][1] == outcome
    if outcome == "FAILED":
        assert said(found)[1][2] == "revocation.time-key"
        assert facts(found)["revoked_at"] == str(world.days(5))
        assert (
            facts(found)["revoked_for"]
            == {
                "keyCompromise": "keyCompromise",
                "cACompromise": "cACompromise",
                "certificateHold": "certificateHold",
                "privilegeWithdrawn": "privilegeWithdrawn",
            }[reason]
        )


def test_a_stamp_key_revoked_without_a_reason_is_suspect() -> None:
    """RFC 3161 reads a missing reason as the worst one."""
    root = world.root("tsa")
    above = x509.load_der_x509_certificate(root.certificate.der)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.subject)
        .last_update(world.days(6).moment)
        .next_update(world.days(9).moment)
        .add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(world.tsa().certificates[0].serial)
            .revocation_date(world.days(5).moment)
            .build()
        )
        .sign(root.key, hashes.SHA384())
    )
    found = check_tsa(parse_crl(made.public_bytes(Encoding.DER)))

    assert said(found)[1][2] == "revocation.time-key"
    assert facts(found)["revoked_for"] == "not stated"


def test_a_signing_key_that_got_lost_later_still_signed() -> None:
    """Its signature was stamped before, by another clock."""
    found = check(crls=[world.crl(ROOT, world.revoked(LEAF, 5, "keyCompromise"), start=6)])

    assert said(found)[1][1] == "PASSED"


@pytest.mark.parametrize(
    ("purposes", "critical", "key_usage", "is_fit"),
    [
        (["1.3.6.1.5.5.7.3.8"], True, None, True),
        (["1.3.6.1.5.5.7.3.8"], True, {"digital_signature": True}, True),
        (["1.3.6.1.5.5.7.3.8"], True, {"content_commitment": True}, True),
        (["1.3.6.1.5.5.7.3.8"], True, {"key_agreement": True}, False),
        (["1.3.6.1.5.5.7.3.8"], False, None, False),
        (["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.4"], True, None, False),
        (["1.3.6.1.5.5.7.3.4"], True, None, False),
        (None, True, None, False),
    ],
    ids=["alone", "signs", "commits", "agrees", "not critical", "more", "other", "none"],
)
def test_time_stamping_is_the_only_and_critical_purpose(
    purposes: object, *, critical: bool, key_usage: object, is_fit: bool
) -> None:
    """RFC 3161, 2.3."""
    root = world.root("tsa")

    def change(builder: object) -> object:
        if purposes:
            oids = [x509.ObjectIdentifier(oid) for oid in purposes]
            builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=critical)
        if key_usage:
            builder = builder.add_extension(usage(**key_usage), critical=True)
        return builder

    found = check_tsa(leaf=bare(world.ec_key("v"), change, issuer=root))

    assert said(found)[0][2] == ("path.trusted" if is_fit else "path.usage")


# --- OCSP ------------------------------------------------------------------------------------


def with_ocsp_address() -> object:
    """Return a signer's certificate that names a responder, as OCSP needs."""
    url = x509.UniformResourceIdentifier("http://ocsp.example/")
    access = x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, url)
    return bare(
        world.ec_key("w"),
        lambda b: b.add_extension(usage(digital_signature=True), critical=True).add_extension(
            x509.AuthorityInformationAccess([access]), critical=False
        ),
        name="With OCSP",
    )


def ocsp(leaf: object, **changes: object) -> Ocsp:
    """Return an answer about a leaf."""
    return parse_ocsp(world.ocsp(leaf, ROOT, **changes))


def test_a_good_answer_covers_the_certificate() -> None:
    """OCSP instead of a list."""
    leaf = with_ocsp_address()

    assert said(check(leaf, crls=[], ocsps=[ocsp(leaf)]))[1][2] == "revocation.good"


@pytest.mark.parametrize("order", [1, -1])
def test_one_bad_answer_wins_over_a_good_one(order: int) -> None:
    """The library stops at the first good answer; we ask for the bad news first."""
    leaf = with_ocsp_address()
    good = ocsp(leaf, start=-0.1)
    bad = ocsp(leaf, revoked_at=-3, start=-0.4)

    found = check(leaf, ocsps=[good, bad][::order])

    assert said(found)[1] == ("signer.revocation", "FAILED", "revocation.revoked")
    assert facts(found)["revoked_at"] == str(world.days(-3))
    assert facts(found)["revoked_for"] == "unspecified"


def test_a_later_revocation_in_an_answer_does_not_count() -> None:
    """The list says that all was well."""
    leaf = with_ocsp_address()

    found = check(leaf, ocsps=[ocsp(leaf, revoked_at=3, start=4, end=9)])

    assert said(found)[1][2] == "revocation.good"


def test_an_answer_by_a_stranger_is_no_answer() -> None:
    """The responder must be of the issuer."""
    leaf = with_ocsp_address()
    stranger = world.signer("P-256", "B")

    found = check(leaf, crls=[], ocsps=[ocsp(leaf, by=stranger)])

    assert said(found)[1][1] == "INDETERMINATE"


def test_answers_that_confuse_the_search_are_left_out() -> None:
    """Two certificates of one name among responders and path: the second answer is not used."""
    leaf = with_ocsp_address()
    first = ocsp(leaf)
    namesake = world.responder("Responder", has_no_check=False)
    second = ocsp(leaf, by=namesake)
    about_another = ocsp(LEAF)
    path = (ROOT.certificate, leaf)

    chosen = _revocation.select(path, Material(ocsps=(first, second, about_another, first)))

    assert chosen.ocsps == (first, first)


def test_only_so_many_answers_are_used() -> None:
    """A hostile heap of answers costs nothing."""
    leaf = with_ocsp_address()
    heap = (ocsp(leaf),) * (_revocation.MAX_OCSPS + 1)

    chosen = _revocation.select((ROOT.certificate, leaf), Material(ocsps=heap))

    assert len(chosen.ocsps) == _revocation.MAX_OCSPS


def test_pem_bundles_hold_lists_of_several_issuers() -> None:
    """The signer's folder hands on both lists in one file."""
    pem = b"".join(
        encode_pem(crl.der, label="X509 CRL")
        for crl in (world.crl(ROOT), world.crl(world.root("mldsa")))
    )

    assert said(check(crls=parse_crls(pem)))[1][2] == "revocation.good"


def test_the_path_is_judged_without_a_clock() -> None:
    """A moment a century away gives the same answer as today."""
    far = Instant(dt.datetime(2126, 1, 1, tzinfo=dt.UTC))

    assert said(check(at=far))[0][2] == "path.expired"
