"""Attacks on signatures and stamps: one test each, what an attacker does and what we say.

The rules behind are tested one by one in tests/unit/trust; here the whole verification runs.
"""

import pytest
from asn1crypto import cms
from asn1crypto import crl as asn1_crl
from attrs import evolve

import cms_forge as forge
import trust_world as world
from longbien.primitives.verdict import Outcome
from longbien.trust.cades import SignatureCheck, verify_cades
from longbien.trust.certificates import Anchors, Crl, Material, parse_crl
from longbien.trust.postquantum import judge_hybrid, sign_mldsa, verify_mldsa
from longbien.trust.timestamps import judge_times, verify_timestamp

STAMPER = world.Stamper()
SIGNER = world.signer()
OWN = SIGNER.certificates[0]


def verdict(
    signature: bytes, content: bytes = world.CONTENT, **changes: object
) -> tuple[Outcome, set[str]]:
    """Return the worst outcome and the reasons that were not PASSED."""
    settings = {"anchors": world.anchors(), "material": world.material()}
    found = verify_cades(signature, content, **{**settings, **changes})
    worst = max(finding.outcome for finding in found.findings)
    return worst, {f.reason for f in found.findings if f.outcome is not Outcome.PASSED}


def with_crls(*crls: Crl) -> Material:
    """Return the good material with other lists of the signer's root."""
    return Material(crls=(*crls, world.crl(world.root("tsa"))))


def test_the_good_signature_passes() -> None:
    """Else none of the following would say anything."""
    assert verdict(forge.good(stamper=STAMPER)) == (Outcome.PASSED, set())


def test_content_exchanged() -> None:
    """The signature of one package beside another."""
    assert verdict(forge.good(stamper=STAMPER), b"other") == (
        Outcome.FAILED,
        {"cades.other-content"},
    )


def test_signed_by_somebody_with_another_key() -> None:
    """The certificate of the authority, the key of the attacker."""
    thief = evolve(SIGNER, key=world.ec_key("thief"))

    assert verdict(forge.good(signer=thief, stamper=STAMPER)) == (
        Outcome.FAILED,
        {"cades.bad-signature"},
    )


def test_signed_under_a_root_of_ones_own() -> None:
    """Same names, own root: named by its fingerprint, not believed."""
    outcome, reasons = verdict(
        forge.good(stamper=STAMPER),
        anchors=Anchors(signers=world.anchors("B").signers, time=world.anchors().time),
    )

    assert (outcome, reasons) == (Outcome.INDETERMINATE, {"path.incomplete"})


def test_signed_with_a_stolen_key_after_its_revocation() -> None:
    """The stamp shows that it was too late."""
    crl = world.crl(world.root(), world.revoked(OWN, -1, "keyCompromise"), start=-0.5)

    assert verdict(forge.good(stamper=STAMPER), material=with_crls(crl)) == (
        Outcome.FAILED,
        {"revocation.revoked"},
    )


def test_an_old_list_that_does_not_know_of_the_revocation_yet() -> None:
    """Carried by the attacker; the relying party's newer list wins."""
    old = world.crl(world.root(), start=-5, end=30)
    new = world.crl(world.root(), world.revoked(OWN, -1, "keyCompromise"), start=3)

    assert verdict(forge.good(stamper=STAMPER), material=with_crls(old))[0] is Outcome.PASSED
    assert verdict(forge.good(stamper=STAMPER), material=with_crls(old, new)) == (
        Outcome.FAILED,
        {"revocation.revoked"},
    )


def test_revoked_after_the_signature() -> None:
    """Nobody can undo a signature by giving the key away later."""
    crl = world.crl(world.root(), world.revoked(OWN, 2, "keyCompromise"), start=3)

    assert verdict(forge.good(stamper=STAMPER), material=with_crls(crl)) == (
        Outcome.PASSED,
        set(),
    )


def test_an_expired_certificate() -> None:
    """Expired at the proven time."""
    late = evolve(STAMPER, at=world.days(299))
    own = world.signer_certificate(
        SIGNER.key.public_key(), issuer=world.root(), validity=world.validity(-200, 298)
    )
    signer = evolve(SIGNER, certificates=(own,))
    material = Material(
        crls=tuple(world.crl(world.root(kind), start=290, end=310) for kind in ("ec", "tsa"))
    )

    assert verdict(forge.good(signer=signer, stamper=late), material=material) == (
        Outcome.FAILED,
        {"path.expired"},
    )


def test_a_stamp_stripped() -> None:
    """Unsigned attributes can be taken away by anybody: the time is then open, never good."""

    def strip(data: cms.SignedData) -> None:
        forge.only_signer(data)["unsigned_attrs"] = None

    assert verdict(forge.rebuilt(forge.good(stamper=STAMPER), strip)) == (
        Outcome.INDETERMINATE,
        {"stamp.missing", "path.no-time"},
    )


def test_a_stamp_of_another_signature_transplanted() -> None:
    """A genuine, older stamp."""
    older = forge.stamp_attribute(b"something signed last year", STAMPER)

    assert verdict(forge.good(unsigned=[older])) == (
        Outcome.FAILED,
        {"stamp.other-data", "path.no-time"},
    )


def test_a_stamp_by_a_certificate_for_signing() -> None:
    """A signer who stamps its own time."""
    assert verdict(forge.good(stamper=evolve(STAMPER, by=SIGNER)))[1] >= {"path.usage"}


def test_a_stamp_by_an_authority_whose_key_is_known_to_thieves() -> None:
    """Back-dating: the authority's key was compromised later than the time it states."""
    authority = world.tsa().certificates[0]
    crl = world.crl(world.root("tsa"), world.revoked(authority, 9, "keyCompromise"), start=10)

    outcome, reasons = verdict(
        forge.good(stamper=STAMPER), material=Material(crls=(world.crl(world.root()), crl))
    )

    assert outcome is Outcome.FAILED
    assert "revocation.time-key" in reasons


def test_a_second_signer_added() -> None:
    """Countersigning by pasting."""

    def add(data: cms.SignedData) -> None:
        data["signer_infos"].append(data["signer_infos"][0].copy())

    assert verdict(forge.good(change_data=add)) == (Outcome.FAILED, {"cades.malformed"})


def test_indefinite_length_instead_of_der() -> None:
    """BER says the same in other bytes; two readers could see two things."""
    good = forge.good(stamper=STAMPER)
    header = 2 + (good[1] & 0x7F)

    assert verdict(b"\x30\x80" + good[header:] + b"\0\0") == (
        Outcome.FAILED,
        {"cades.malformed"},
    )


def test_an_attribute_doubled() -> None:
    """Two digests: one for us, one for somebody else."""

    def double(attributes: list[cms.CMSAttribute]) -> list[cms.CMSAttribute]:
        return [*attributes, forge.attribute("message_digest", bytes(32))]

    assert verdict(forge.good(change_attributes=double)) == (
        Outcome.FAILED,
        {"cades.malformed"},
    )


@pytest.mark.parametrize("name", ["sha1", "md5"])
def test_a_weak_hash(name: str) -> None:
    """Collisions can be bought."""

    def weaken(info: cms.SignerInfo) -> None:
        info["digest_algorithm"] = {"algorithm": name}

    assert verdict(forge.good(change_info=weaken)) == (Outcome.FAILED, {"cades.malformed"})


def test_the_post_quantum_signature_stripped() -> None:
    """A downgrade is FAILED."""
    ec = verify_cades(
        forge.good(stamper=STAMPER),
        world.CONTENT,
        anchors=world.anchors(),
        material=world.material(),
    )

    (finding,) = judge_hybrid(ec=ec, mldsa=None)
    assert (finding.outcome, finding.reason) == (Outcome.FAILED, "hybrid.downgrade")


def test_the_post_quantum_signature_of_another_authority() -> None:
    """Both good, of two signers of one State."""
    common = {"anchors": world.anchors(), "material": world.material()}
    ec = verify_cades(forge.good(stamper=STAMPER), world.CONTENT, **common)
    other = world.signer_certificate(
        world.mldsa_key("other").public_key(), issuer=world.root("mldsa"), common_name="Other"
    )
    signer = world.MlDsaKeySigner(key=world.mldsa_key("other"), certificates=(other,))
    mldsa = verify_mldsa(
        sign_mldsa(world.CONTENT, signer=signer),
        world.CONTENT,
        leaf=other,
        at=ec.stamped_at,
        **common,
    )

    assert all(f.outcome is Outcome.PASSED for f in (*ec.findings, *mldsa.findings))
    assert judge_hybrid(ec=ec, mldsa=mldsa)[0].reason == "hybrid.other-signer"


def test_a_forged_list_with_the_signature_of_a_real_one() -> None:
    """The library remembers lists by their signature bytes; the forged one must not profit."""
    revoked = world.crl(world.root(), world.revoked(OWN, -1), start=-0.5, end=30)
    genuine = world.crl(world.root(), start=-50, end=-40)
    shape = asn1_crl.CertificateList.load(genuine.der)
    shape["tbs_cert_list"]["next_update"] = {"utc_time": world.days(30).moment}
    forged = parse_crl(shape.dump())

    assert verdict(forge.good(stamper=STAMPER), material=with_crls(genuine, forged)) == (
        Outcome.INDETERMINATE,
        {"revocation.stale"},
    )
    assert verdict(forge.good(stamper=STAMPER), material=with_crls(revoked, forged))[0] is (
        Outcome.FAILED
    )


def test_a_package_stamp_older_than_the_signature() -> None:
    """A stamp cannot be over what did not exist yet."""
    signature = forge.good(stamper=STAMPER)
    early = evolve(STAMPER, at=world.days(-1))
    common = {"anchors": world.anchors(), "material": world.material()}
    from longbien.primitives.digest import Digest  # noqa: PLC0415  # beside its use

    ec = verify_cades(signature, world.CONTENT, **common)
    stamp = verify_timestamp(early.stamp(Digest.of(signature)), stamped=signature, **common)

    reasons = {
        (f.outcome, f.reason)
        for f in judge_times(claimed_at=ec.claimed_at, signature=ec.stamp, package=stamp)
    }
    assert (Outcome.FAILED, "time.impossible") in reasons


def test_every_bit_of_a_signature_flipped() -> None:
    """Not one flip of a bit leaves PASSED, and none is a crash; every 13th bit in this run."""
    good = forge.good(stamper=STAMPER)
    survived = []
    for bit in range(0, len(good) * 8, 13):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        if verdict(bytes(flipped))[0] is Outcome.PASSED:
            survived.append(bit)

    assert survived == []


def test_nothing_at_all() -> None:
    """An empty file is FAILED, and names nobody."""
    found = verify_cades(b"", b"", anchors=Anchors(), material=Material())

    assert found == SignatureCheck(findings=found.findings)
    assert found.findings[0].outcome is Outcome.FAILED
