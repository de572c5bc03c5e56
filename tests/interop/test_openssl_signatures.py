"""Outside judges of our signatures and stamps: openssl and pyHanko agree with us."""

import asyncio
import itertools
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

import cms_forge as forge
import trust_world as world
from longbien.adapters.keymaking import Workshop, make_tsa
from longbien.adapters.tsa import OpensslTsa
from longbien.primitives.digest import Digest
from longbien.primitives.verdict import Outcome
from longbien.trust.cades import verify_cades
from longbien.trust.cades_signing import sign_cades
from longbien.trust.certificates import Anchors, Material, encode_pem, parse_certificates
from longbien.trust.timestamps import verify_timestamp

CENTURY = 36500  # days: the judge looks at its own clock


def long_lived(curve: str = "P-256") -> tuple[world.EcKeySigner, world.issuing.Issuer]:
    """Return a signer and its root that are valid whenever this test runs."""
    root_key = world.ec_key("long root", "P-384")
    validity = world.validity(-3000, CENTURY)
    root = world.issuing.issue_root(
        root_key, name=world.name("Long Root"), validity=validity, serial=11
    )
    issuer = world.issuing.Issuer(certificate=root, key=root_key)
    key = world.ec_key("long signer", curve)
    own = world.signer_certificate(key.public_key(), issuer=issuer, validity=validity, serial=12)
    return world.EcKeySigner(key=key, certificates=(own,)), issuer


def openssl(*words: str | Path, cwd: Path) -> int:
    """Run openssl and return its exit code; a missing openssl fails the test."""
    done = subprocess.run(["openssl", *map(str, words)], cwd=cwd, capture_output=True, check=False)
    return done.returncode


def openssl_cms(folder: Path, signature: bytes, content: bytes, root: world.Certificate) -> int:
    """Ask openssl about a signature, with the very command of VERIFY.txt."""
    (folder / "x.p7s").write_bytes(signature)
    (folder / "x").write_bytes(content)
    (folder / "root.pem").write_bytes(encode_pem(root.der))
    words = "cms -verify -cades -binary -purpose any -inform DER -in x.p7s -content x"
    return openssl(*words.split(), "-CAfile", "root.pem", "-out", os.devnull, cwd=folder)


def ours(signature: bytes, content: bytes, issuer: world.issuing.Issuer) -> Outcome:
    """Return what we say of the signature itself and of its path."""
    found = verify_cades(
        signature,
        content,
        anchors=Anchors(signers=(issuer.certificate,), time=(world.root("tsa").certificate,)),
        material=Material(crls=(world.crl(issuer), world.crl(world.root("tsa")))),
    )
    return max(finding.outcome for finding in found.findings)


def pyhanko_says(signature: bytes, content: bytes, issuer: world.issuing.Issuer) -> bool:
    """Ask pyHanko's own validation; anything that it raises is a no."""
    data = cms.ContentInfo.load(signature)["content"]
    root = asn1_x509.Certificate.load(issuer.certificate.der)
    crls = [world.crl(issuer).der]
    context = ValidationContext(
        trust_roots=[root], moment=world.NOW.moment, crls=crls, revocation_mode="require"
    )
    times = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(world.root("tsa").certificate.der)],
        moment=world.NOW.moment,
        crls=[world.crl(world.root("tsa")).der],
        revocation_mode="require",
    )
    try:
        status = asyncio.run(
            async_validate_detached_cms(
                content,
                data,
                signer_validation_context=context,
                ts_validation_context=times,
            )
        )
    except Exception:  # noqa: BLE001  # a judge that chokes on bad evidence says no
        return False
    return status.bottom_line


@pytest.mark.enable_socket
@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_all_judges_accept_what_we_sign(tmp_path: Path, curve: str) -> None:
    """Openssl cms -cades, pyHanko and we pass the same signature."""
    signer, issuer = long_lived(curve)

    der = sign_cades(world.CONTENT, signer=signer, stamper=world.Stamper(), signed_at=world.NOW)

    assert openssl_cms(tmp_path, der, world.CONTENT, issuer.certificate) == 0
    assert pyhanko_says(der, world.CONTENT, issuer)
    assert ours(der, world.CONTENT, issuer) is Outcome.PASSED


def _bad() -> dict[str, Callable[[world.EcKeySigner], tuple[bytes, bytes]]]:
    def spoiled(signer: world.EcKeySigner) -> tuple[bytes, bytes]:
        def change(data: cms.SignedData) -> None:
            info = forge.only_signer(data)
            value = bytearray(info["signature"].native)
            value[-1] ^= 1
            info["signature"] = bytes(value)

        good = forge.good(signer=signer, stamper=world.Stamper())
        return forge.rebuilt(good, change), world.CONTENT

    def other_signer(signer: world.EcKeySigner) -> tuple[bytes, bytes]:
        stranger = world.EcKeySigner(key=world.ec_key("stranger"), certificates=signer.certificates)
        return forge.good(signer=stranger, stamper=world.Stamper()), world.CONTENT

    def wrong_digest(signer: world.EcKeySigner) -> tuple[bytes, bytes]:
        return forge.good(b"other", signer=signer, stamper=world.Stamper()), world.CONTENT

    def unnamed(signer: world.EcKeySigner) -> tuple[bytes, bytes]:
        def change(attributes: list[cms.CMSAttribute]) -> list[cms.CMSAttribute]:
            return [one for one in attributes if one["type"].native != "signing_certificate_v2"]

        return (
            forge.good(signer=signer, stamper=world.Stamper(), change_attributes=change),
            world.CONTENT,
        )

    return {
        "changed content": lambda s: (
            forge.good(signer=s, stamper=world.Stamper()),
            world.CONTENT + b" ",
        ),
        "changed value": spoiled,
        "other signer": other_signer,
        "wrong digest": wrong_digest,
        "signer not named": unnamed,
    }


BAD = _bad()


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", BAD)
def test_all_judges_reject_what_is_bad(tmp_path: Path, name: str) -> None:
    """One table of bad signatures, three judges, one answer (pyHanko does not ask who is named)."""
    signer, issuer = long_lived()
    signature, content = BAD[name](signer)

    assert openssl_cms(tmp_path, signature, content, issuer.certificate) != 0
    assert ours(signature, content, issuer) is Outcome.FAILED
    if name != "signer not named":
        assert not pyhanko_says(signature, content, issuer)


@pytest.mark.enable_socket
def test_all_judges_reject_another_root(tmp_path: Path) -> None:
    """Ours is INDETERMINATE: the root may yet be compared by telephone."""
    signer, _ = long_lived()
    der = forge.good(signer=signer, stamper=world.Stamper())
    other = world.root("ec", "B")

    assert openssl_cms(tmp_path, der, world.CONTENT, other.certificate) != 0
    assert not pyhanko_says(der, world.CONTENT, other)
    assert ours(der, world.CONTENT, other) is Outcome.INDETERMINATE


def test_what_openssl_signs_verifies_here(tmp_path: Path) -> None:
    """Openssl cms -sign -cades makes no stamp: good signature, time open."""
    signer, issuer = long_lived()
    key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "own.pem").write_bytes(encode_pem(signer.certificates[0].der))
    (tmp_path / "x").write_bytes(world.CONTENT)
    words = "cms -sign -cades -binary -outform DER -in x -signer own.pem -inkey key.pem -out x.p7s"
    assert openssl(*words.split(), "-md", "sha256", cwd=tmp_path) == 0

    found = verify_cades(
        (tmp_path / "x.p7s").read_bytes(),
        world.CONTENT,
        anchors=Anchors(signers=(issuer.certificate,)),
        material=Material(),
    )

    assert [(f.outcome, f.reason) for f in found.findings][:2] == [
        (Outcome.PASSED, "cades.good"),
        (Outcome.INDETERMINATE, "stamp.missing"),
    ]


def counted() -> Callable[[int], bytes]:
    """Return a source of bytes that never gives the same twice."""
    numbers = itertools.count(2**60)
    return lambda count: next(numbers).to_bytes(count, "big")


@pytest.fixture
def tsa(tmp_path: Path) -> OpensslTsa:
    """Return a real authority made of openssl, valid whenever this test runs."""
    workshop = Workshop(now=world.days(-3000), random_bytes=counted())
    make_tsa(tmp_path / "tsa", country="XA", days=CENTURY, workshop=workshop)
    return OpensslTsa(folder=tmp_path / "tsa", random_bytes=counted())


def openssl_ts(folder: Path, data: bytes, stamp: bytes) -> int:
    """Ask openssl about a stamp, with the very command of VERIFY.txt."""
    (folder / "x.p7s").write_bytes(data)
    (folder / "x.tsr").write_bytes(stamp)
    words = "ts -verify -in x.tsr -data x.p7s -CAfile tsa/tsa-root.pem"
    return openssl(*words.split(), cwd=folder)


def test_openssl_accepts_the_stamps_that_we_keep(tmp_path: Path, tsa: OpensslTsa) -> None:
    """A real token of openssl ts, verified by openssl and by us; other data by neither."""
    stamp = tsa.stamp(Digest.of(b"data"))
    anchors = Anchors(time=parse_certificates((tsa.folder / "tsa-root.pem").read_bytes()))

    def our_verdict(stamped: bytes) -> list[tuple[Outcome, str]]:
        found = verify_timestamp(stamp, stamped=stamped, anchors=anchors, material=tsa.material)
        return [(f.outcome, f.reason) for f in found.findings]

    assert openssl_ts(tmp_path, b"data", stamp) == 0
    assert our_verdict(b"data")[:2] == [
        (Outcome.PASSED, "stamp.good"),
        (Outcome.PASSED, "path.trusted"),
    ]
    assert openssl_ts(tmp_path, b"other", stamp) != 0
    assert our_verdict(b"other") == [(Outcome.FAILED, "stamp.other-data")]


def test_each_stamp_has_its_own_number(tsa: OpensslTsa) -> None:
    """Openssl counts in its file; we keep two at a time apart."""
    from longbien.trust.timestamps import parse_timestamp  # noqa: PLC0415  # beside its use

    numbers = [parse_timestamp(tsa.stamp(Digest.of(b"data"))).serial for _ in range(2)]

    assert numbers[1] == numbers[0] + 1


def test_openssl_reads_our_certificates_and_lists(tmp_path: Path) -> None:
    """With the list checked too: a revoked signer is refused by openssl."""
    signer, issuer = long_lived()
    own = signer.certificates[0]
    (tmp_path / "own.pem").write_bytes(encode_pem(own.der))
    (tmp_path / "root.pem").write_bytes(encode_pem(issuer.certificate.der))
    clean = world.crl(issuer, start=-2900, end=CENTURY)
    dirty = world.crl(issuer, world.revoked(own, -2000), start=-1999, end=CENTURY)
    words = ["verify", "-crl_check", "-CAfile", "root.pem", "-CRLfile", "x.crl", "own.pem"]

    (tmp_path / "x.crl").write_bytes(encode_pem(clean.der, label="X509 CRL"))
    assert openssl(*words, cwd=tmp_path) == 0
    (tmp_path / "x.crl").write_bytes(encode_pem(dirty.der, label="X509 CRL"))
    assert openssl(*words, cwd=tmp_path) != 0
