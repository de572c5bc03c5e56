"""The parallel ML-DSA-65 signature and the rule for the pair."""

import pytest
from attrs import evolve

import trust_world as world
from longbien.primitives.errors import Refused
from longbien.trust import issuing
from longbien.trust.cades import SignatureCheck
from longbien.trust.certificates import Certificate
from longbien.trust.postquantum import (
    SIGNATURE_SIZE,
    find_mldsa_certificate,
    judge_hybrid,
    sign_mldsa,
    verify_mldsa,
)

SIGNER = world.mldsa_signer()
LEAF = SIGNER.certificates[0]


def check(signature: bytes, content: bytes = world.CONTENT, **changes: object) -> SignatureCheck:
    """Verify in the good world."""
    settings = {
        "leaf": LEAF,
        "anchors": world.anchors(),
        "material": world.material(),
        "at": world.NOW,
        "subject": "x.mldsa65",
    }
    return verify_mldsa(signature, content, **{**settings, **changes})


def said(findings: object) -> list[tuple[str, str, str]]:
    """Return check, outcome and reason of each finding."""
    return [(f.check, f.outcome.name, f.reason) for f in findings]


def test_a_good_signature_passes() -> None:
    """Signature, path and revocation; the facts name the signer."""
    signature = sign_mldsa(world.CONTENT, signer=SIGNER)

    found = check(signature)

    assert len(signature) == SIGNATURE_SIZE == 3309
    assert said(found.findings) == [
        ("signature.mldsa", "PASSED", "mldsa.good"),
        ("signer.path", "PASSED", "path.trusted"),
        ("signer.revocation", "PASSED", "revocation.good"),
    ]
    assert (found.signer, found.root) == (LEAF, world.root("mldsa").certificate)
    assert dict(found.findings[0].facts) == {
        "signer": LEAF.subject,
        "signer_sha256": LEAF.sha256.hex,
    }
    assert {finding.subject for finding in found.findings} == {"x.mldsa65"}


def test_anything_else_fails() -> None:
    """Other content, other bytes, a certificate of another kind; then nobody is named."""
    signature = sign_mldsa(world.CONTENT, signer=SIGNER)
    for found in (
        check(signature, b"other"),
        check(signature[:-1]),
        check(b""),
        check(signature, leaf=world.signer().certificates[0]),
        check(signature, leaf=world.root("mldsa").certificate),
        check(signature, leaf=world.mldsa_signer("B").certificates[0]),
    ):
        assert said(found.findings) == [("signature.mldsa", "FAILED", "mldsa.bad-signature")]
        assert found.signer is None


def test_without_a_proven_time_the_path_is_open() -> None:
    """The signature is good; when it was made is not known."""
    found = check(sign_mldsa(world.CONTENT, signer=SIGNER), at=None)

    assert said(found.findings)[1:] == [("signer.path", "INDETERMINATE", "path.no-time")]


@pytest.mark.parametrize("certificates", ["B", "ec"])
def test_a_key_without_its_certificate_does_not_sign(certificates: str) -> None:
    """Found out before anything is handed over."""
    other = world.signer() if certificates == "ec" else world.mldsa_signer("B")
    wrong = world.MlDsaKeySigner(key=SIGNER.key, certificates=other.certificates)

    with pytest.raises(Refused) as error:
        sign_mldsa(world.CONTENT, signer=wrong)

    assert error.value.code == "mldsa.not-the-key"


def renewed(days: int) -> Certificate:
    """Return another certificate of the same signer."""
    return world.signer_certificate(
        SIGNER.key.public_key(), issuer=world.root("mldsa"), validity=world.validity(-9, days)
    )


def test_the_parallel_certificate_has_the_same_subject() -> None:
    """Of several the one that is valid longest; another kind or another name does not count."""
    own = world.signer().certificates[0]
    longer, shorter = renewed(900), renewed(100)
    other = world.mldsa_signer("B").certificates[0]
    elsewhere = world.signer_certificate(
        SIGNER.key.public_key(), issuer=world.root("mldsa"), common_name="Other"
    )

    assert find_mldsa_certificate(own, (shorter, LEAF, longer, elsewhere, own)) == longer
    assert find_mldsa_certificate(own, (longer, shorter)) == longer
    assert find_mldsa_certificate(own, (own, elsewhere)) is None
    assert find_mldsa_certificate(own, ()) is None
    assert other.subject_der == own.subject_der


EC = SignatureCheck(
    findings=(), signer=world.signer().certificates[0], root=world.root().certificate
)
MLDSA = SignatureCheck(findings=(), signer=LEAF, root=world.root("mldsa").certificate)


def pair(ec: SignatureCheck | None, mldsa: SignatureCheck | None) -> tuple[str, str]:
    """Return outcome and reason of the one finding."""
    (finding,) = judge_hybrid(ec=ec, mldsa=mldsa, subject="x")
    assert (finding.check, finding.subject) == ("signature.hybrid", "x")
    return finding.outcome.name, finding.reason


def test_both_signatures_of_one_signer_pass() -> None:
    """The facts name both."""
    assert pair(EC, MLDSA) == ("PASSED", "hybrid.both")
    (finding,) = judge_hybrid(ec=EC, mldsa=MLDSA)
    assert dict(finding.facts) == {"ec": EC.signer.subject, "mldsa": LEAF.subject}


def test_a_missing_one_is_a_downgrade() -> None:
    """FAILED, not a warning; the fact names who is left."""
    assert pair(EC, None) == ("FAILED", "hybrid.downgrade")
    assert pair(None, MLDSA) == ("FAILED", "hybrid.downgrade")
    assert pair(None, None) == ("FAILED", "hybrid.downgrade")
    assert dict(judge_hybrid(ec=EC, mldsa=None)[0].facts) == {"ec": EC.signer.subject}


def test_a_bad_one_is_as_good_as_none() -> None:
    """It has its own finding as well."""
    bad = SignatureCheck(findings=())

    assert pair(bad, MLDSA) == ("FAILED", "hybrid.one-is-bad")
    assert pair(EC, bad) == ("FAILED", "hybrid.one-is-bad")


def test_two_signers_are_not_one() -> None:
    """The subjects are compared as encoded."""
    elsewhere = world.signer_certificate(
        SIGNER.key.public_key(), issuer=world.root("mldsa"), common_name="Other"
    )

    assert pair(EC, evolve(MLDSA, signer=elsewhere)) == ("FAILED", "hybrid.other-signer")


def test_two_states_are_not_one() -> None:
    """Roots may differ in the common name only."""
    foreign = world.root("mldsa", "B").certificate

    assert pair(EC, evolve(MLDSA, root=foreign)) == ("FAILED", "hybrid.other-state")
    assert pair(EC, evolve(MLDSA, root=None)) == ("INDETERMINATE", "hybrid.no-root")
    assert pair(evolve(EC, root=None), MLDSA) == ("INDETERMINATE", "hybrid.no-root")


def test_an_organisation_that_differs_is_another_state() -> None:
    """Even within one country."""
    key = world.ec_key("ministry", "P-384")
    root = issuing.issue_root(
        key,
        name=world.name("Root", organisation="Another Ministry"),
        validity=world.validity(),
        serial=4,
    )

    assert pair(evolve(EC, root=root), MLDSA) == ("FAILED", "hybrid.other-state")
