"""The path from a certificate to a root that somebody trusts, at a proven moment."""

import datetime as dt

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

import trust_world as world
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from longbien.trust import _revocation
from longbien.trust.certificates import (
    Crl,
    Material,
    Ocsp,
    encode_pem,
    parse_crl,
    parse_crls,
    parse_ocsp,
)
from longbien.trust.paths import PathCheck, Usage
from path_world import LEAF, ROOT, bare, check, facts, said, usage

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
