"""Making CAdES-T signatures through pyHanko."""

import asyncio
import hashlib

import pytest
from asn1crypto import cms, tsp
from attrs import evolve, field, frozen

import trust_world as world
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.verdict import Outcome
from longbien.trust import issuing
from longbien.trust.cades import verify_cades
from longbien.trust.cades_signing import sign_cades


@frozen(kw_only=True)
class Watched:
    """A stamper that remembers what it was asked."""

    asked: list[Digest] = field(factory=list)

    def stamp(self, data_sha256: Digest) -> bytes:
        """Stamp."""
        self.asked.append(data_sha256)
        return world.Stamper().stamp(data_sha256)


@pytest.mark.parametrize(("curve", "hash_name"), [("P-256", "sha256"), ("P-384", "sha384")])
def test_what_is_signed_verifies(curve: str, hash_name: str) -> None:
    """Our own verifier passes it, and the hash is as strong as the curve."""
    der = sign_cades(
        world.CONTENT, signer=world.signer(curve), stamper=world.Stamper(), signed_at=world.NOW
    )

    found = verify_cades(der, world.CONTENT, anchors=world.anchors(), material=world.material())
    assert {finding.outcome for finding in found.findings} == {Outcome.PASSED}
    assert found.signer == world.signer(curve).certificates[0]
    assert found.claimed_at == world.NOW
    info = cms.ContentInfo.load(der)["content"]["signer_infos"][0]
    assert info["digest_algorithm"]["algorithm"].native == hash_name


def test_the_stamp_is_over_the_signature_value() -> None:
    """SHA-256, whatever the curve; asked once."""
    stamper = Watched()

    der = sign_cades(
        world.CONTENT, signer=world.signer("P-384"), stamper=stamper, signed_at=world.NOW
    )

    info = cms.ContentInfo.load(der)["content"]["signer_infos"][0]
    assert stamper.asked == [Digest.of(info["signature"].native)]


def test_the_claimed_time_has_whole_seconds() -> None:
    """The format has no finer ones; nothing is rounded up."""
    late = evolve(world.NOW, moment=world.NOW.moment.replace(microsecond=999_999))

    der = sign_cades(world.CONTENT, signer=world.signer(), stamper=world.Stamper(), signed_at=late)

    found = verify_cades(der, world.CONTENT, anchors=world.anchors(), material=world.material())
    assert found.claimed_at == world.NOW


def test_the_chain_is_inside_and_the_root_is_not() -> None:
    """A relying party brings its own root."""
    key = world.ec_key("middle", "P-384")
    middle = issuing.issue_authority(
        key.public_key(),
        name=world.name("Middle"),
        validity=world.validity(-250, 400),
        serial=71,
        issuer=world.root(),
    )
    leaf = world.signer_certificate(
        world.ec_key("below").public_key(), issuer=issuing.Issuer(certificate=middle, key=key)
    )
    signer = world.EcKeySigner(
        key=world.ec_key("below"), certificates=(leaf, middle, world.root().certificate)
    )

    der = sign_cades(world.CONTENT, signer=signer, stamper=world.Stamper(), signed_at=world.NOW)

    found = verify_cades(der, world.CONTENT, anchors=world.anchors(), material=world.material())
    assert set(found.certificates) == {leaf, middle}


def test_no_event_loop_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing runs where no loop may be made; inside a running one as well."""

    def forbidden(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(asyncio, "new_event_loop", forbidden)
    monkeypatch.setattr(asyncio, "as_completed", forbidden)

    der = sign_cades(
        world.CONTENT, signer=world.signer(), stamper=world.Stamper(), signed_at=world.NOW
    )

    assert cms.ContentInfo.load(der)["content_type"].native == "signed_data"


def test_only_ec_keys_sign() -> None:
    """An ML-DSA certificate is no CAdES signer."""
    wrong = world.EcKeySigner(
        key=world.signer().key, certificates=world.mldsa_signer().certificates
    )

    with pytest.raises(Refused) as error:
        sign_cades(world.CONTENT, signer=wrong, stamper=world.Stamper(), signed_at=world.NOW)

    assert error.value.code == "cades.not-an-ec-key"


def test_a_key_without_its_certificate_does_not_sign() -> None:
    """Found out before the authority is asked."""
    stamper = Watched()
    wrong = world.EcKeySigner(
        key=world.ec_key("stranger"), certificates=world.signer().certificates
    )

    with pytest.raises(Refused) as error:
        sign_cades(world.CONTENT, signer=wrong, stamper=stamper, signed_at=world.NOW)

    assert error.value.code == "cades.not-the-key"
    assert stamper.asked == []


@frozen
class Refusing:
    """A stamper that answers with a refusal."""

    def stamp(self, data_sha256: Digest) -> bytes:
        """Refuse."""
        del data_sha256
        return bytes.fromhex("30053003020102")


def test_a_refused_stamp_is_no_signature() -> None:
    """The answer's code comes through."""
    with pytest.raises(Malformed) as error:
        sign_cades(world.CONTENT, signer=world.signer(), stamper=Refusing(), signed_at=world.NOW)

    assert error.value.code == "stamp.not-granted"


def test_the_signer_is_named_in_the_signed_part() -> None:
    """signing-certificate-v2 with SHA-256."""
    der = sign_cades(
        world.CONTENT, signer=world.signer(), stamper=world.Stamper(), signed_at=world.NOW
    )

    info = cms.ContentInfo.load(der)["content"]["signer_infos"][0]
    values = {one["type"].native: one["values"][0] for one in info["signed_attrs"]}
    named = tsp.SigningCertificateV2.load(values["signing_certificate_v2"].dump())
    own = world.signer().certificates[0]
    assert named["certs"][0]["cert_hash"].native == own.sha256.raw
    assert values["message_digest"].native == hashlib.sha256(world.CONTENT).digest()
