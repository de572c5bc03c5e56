"""Key folders: who may read them, what is never overwritten, what is never half made."""

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import keys, pem
from cryptography.hazmat.primitives.asymmetric import ec, mldsa

import trust_world as world
from longbien.adapters import files, keymaking, keystore
from longbien.adapters.keymaking import Workshop
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.verdict import Outcome
from longbien.trust.age.identities import parse_identities, recipient_of
from longbien.trust.age.recipients import encode_recipient
from longbien.trust.certificates import Anchors, parse_certificates, parse_crls
from longbien.trust.issuing import RevocationReason, RevokedEntry, parse_crl_number, parse_revoked
from longbien.trust.paths import Usage, validate_path


def counted() -> Callable[[int], bytes]:
    """Return a source of bytes that never gives the same twice."""
    numbers = itertools.count(2**60)
    return lambda count: next(numbers).to_bytes(count, "big")


def workshop(passphrase: bytes | None = None) -> Workshop:
    """Return a workshop at NOW."""
    return Workshop(now=world.NOW, random_bytes=counted(), passphrase=passphrase)


def refused(call: Callable[..., object], *arguments: object, **named: object) -> str:
    """Return the code with which the call is refused."""
    with pytest.raises(Refused) as error:
        call(*arguments, **named)
    return error.value.code


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a folder with a root and a signer below it."""
    shop = workshop()
    keymaking.make_root(tmp_path / "root", name=world.name("Root"), workshop=shop)
    keymaking.make_signer(
        tmp_path / "signer", root=tmp_path / "root", name=world.name("Signer"), workshop=shop
    )
    return tmp_path


def test_private_keys_are_ours_alone(state: Path) -> None:
    """Mode 0600; certificates and lists may be read by all; the folder is ours."""
    modes = {path.name: path.stat().st_mode & 0o777 for path in state.rglob("*") if path.is_file()}

    assert {name for name, mode in modes.items() if mode == 0o600} == {
        "ec.key.pem",
        "mldsa.key.pem",
    }
    assert set(modes.values()) == {0o600, 0o644}
    assert (state / "signer").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_may_read_is_refused(state: Path, mode: int) -> None:
    """With the command that repairs it."""
    path = state / "signer" / "ec.key.pem"
    path.chmod(mode)

    with pytest.raises(Refused) as error:
        keystore.load_signer(state / "signer")

    assert error.value.code == "keystore.open-to-others"
    assert f"chmod 600 {path}" in str(error.value)


def test_a_signer_is_opened_whole(state: Path) -> None:
    """Keys, chains and material belong together, and the path holds."""
    keys = keystore.load_signer(state / "signer")

    roots = [
        parse_certificates((state / "root" / f"{label}.pem").read_bytes())[0]
        for label in ("ec", "mldsa")
    ]
    for own in (keys.ec.certificates, keys.mldsa.certificates):
        found = validate_path(
            own[0],
            anchors=Anchors(signers=tuple(roots)),
            material=keys.material,
            at=world.NOW,
            usage=Usage.SIGNING,
        )
        assert found.outcome is Outcome.PASSED
        assert len(own) == 1
    assert set(roots) < set(keys.material.certificates)
    assert len(keys.material.crls) == 2
    assert keys.ec.sign(bytes(32))
    assert keys.mldsa.sign(b"x")


def test_a_chain_in_between_is_handed_on() -> None:
    """Next one first, the root left out, circles cut."""
    root = world.root()
    key = world.ec_key("mid", "P-384")
    middle = world.issuing.issue_authority(
        key.public_key(),
        name=world.name("Mid"),
        validity=world.validity(),
        serial=3,
        issuer=root,
    )
    leaf = world.signer_certificate(
        world.ec_key("l").public_key(), issuer=world.issuing.Issuer(certificate=middle, key=key)
    )

    assert keystore._above(leaf, (middle,)) == (middle,)
    assert keystore._above(leaf, ()) == ()
    assert keystore._above(middle, (leaf,)) == ()
    assert keystore._above(root.certificate, (root.certificate, middle)) == (root.certificate,)


def test_nothing_is_overwritten(state: Path) -> None:
    """Neither a folder nor a file."""
    before = (state / "root" / "ec.pem").read_bytes()

    code = refused(
        keymaking.make_root, state / "root", name=world.name("Root"), workshop=workshop()
    )

    assert code == "keystore.exists"
    assert refused(keystore.write_new, state / "root" / "ec.pem", b"x") == "keystore.exists"
    assert (state / "root" / "ec.pem").read_bytes() == before


def test_an_interrupted_folder_is_not_there(tmp_path: Path) -> None:
    """Whatever interrupts; a leftover of a killed try is named."""

    def interrupted() -> None:
        with keystore.new_folder(tmp_path / "new") as new:
            keystore.write_new(new / "a", b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert list(tmp_path.iterdir()) == []
    (tmp_path / "new.partial").mkdir()
    with pytest.raises(Refused) as error, keystore.new_folder(tmp_path / "new"):
        pass
    assert error.value.code == "keystore.half-made"
    assert f"rm -r {tmp_path / 'new.partial'}" in str(error.value)


def test_a_disk_that_refuses_is_unavailable(tmp_path: Path) -> None:
    """A file where a folder should be."""
    (tmp_path / "file").write_bytes(b"")

    for call in (
        lambda: keystore.write_new(tmp_path / "file" / "x", b""),
        lambda: keystore.read_public(tmp_path / "file" / "x"),
        lambda: keystore.read_secret(tmp_path / "file" / "x"),
    ):
        with pytest.raises(Unavailable) as error:
            call()
        assert error.value.code == "keystore.disk"
    with pytest.raises(Unavailable) as error, keystore.new_folder(tmp_path / "file" / "a" / "b"):
        pass
    assert error.value.code == "keystore.disk"


def test_missing_and_large_files_are_named(tmp_path: Path) -> None:
    """With where keys come from."""
    (tmp_path / "large").touch(mode=0o600)
    (tmp_path / "large").write_bytes(bytes(keystore.MAX_SECRET + 1))

    assert refused(keystore.read_secret, tmp_path / "no") == "keystore.missing"
    assert refused(keystore.read_public, tmp_path / "no") == "keystore.missing"
    assert refused(keystore.read_secret, tmp_path / "large") == "keystore.too-large"
    assert keystore.read_public(tmp_path / "large")


def test_a_passphrase_protects_private_keys(tmp_path: Path) -> None:
    """Missing or wrong, the key stays closed."""
    shop = workshop(b"correct horse")
    keymaking.make_root(tmp_path / "root", name=world.name("Root"), workshop=shop)

    assert b"ENCRYPTED" in (tmp_path / "root" / "ec.key.pem").read_bytes()
    assert keystore.load_root(tmp_path / "root", passphrase=b"correct horse")
    for passphrase in (None, b"wrong"):
        code = refused(keystore.load_root, tmp_path / "root", passphrase=passphrase)
        assert code == "keystore.passphrase"


def test_a_passphrase_is_stretched(tmp_path: Path) -> None:
    """600,000 rounds of PBKDF2 with SHA-256 over a salt of its own; OpenSSL opens the file."""
    shop = workshop(b"correct horse")
    keymaking.make_root(tmp_path / "root", name=world.name("Root"), workshop=shop)
    salts = set()

    for path in sorted((tmp_path / "root").glob("*.key.pem")):
        _, _, der = pem.unarmor(path.read_bytes())
        found = keys.EncryptedPrivateKeyInfo.load(der)["encryption_algorithm"]
        stretched = found["parameters"]["key_derivation_func"]["parameters"].native
        assert (found.kdf, found.kdf_hmac, found.encryption_cipher) == ("pbkdf2", "sha256", "aes")
        assert (stretched["iteration_count"], found.key_length) == (600_000, 32)
        salts.add(stretched["salt"])
    done = subprocess.run(
        ["openssl", "pkey", "-in", tmp_path / "root" / "ec.key.pem", "-passin", "stdin", "-noout"],
        input=b"correct horse\n",
        check=False,
    )

    assert len(salts) == 2
    assert done.returncode == 0


def test_a_passphrase_is_the_first_line_of_a_closed_file(tmp_path: Path) -> None:
    """Not readable by others, not empty."""
    path = tmp_path / "phrase"
    path.touch(mode=0o600)
    assert refused(keystore.read_passphrase, path) == "keystore.empty-passphrase"
    path.write_bytes(b"a b\r\nc\n")

    assert keystore.read_passphrase(path) == b"a b"
    assert keystore.read_passphrase(None) is None
    path.chmod(0o644)
    assert refused(keystore.read_passphrase, path) == "keystore.open-to-others"


def test_keys_of_another_kind_are_refused(state: Path) -> None:
    """An RSA key, text, a key that is not the certificate's."""
    folder = state / "signer"
    ec_key, mldsa_key = folder / "ec.key.pem", folder / "mldsa.key.pem"
    ours = ec_key.read_bytes()

    ec_key.write_bytes(mldsa_key.read_bytes())
    assert refused(keystore.load_signer, folder) == "keystore.not-the-kind"
    ec_key.write_bytes(b"text")
    assert refused(keystore.load_signer, folder) == "keystore.not-the-kind"
    ec_key.unlink()
    keystore.write_private(ec_key, ec.generate_private_key(ec.SECP256R1()), passphrase=None)
    assert refused(keystore.load_signer, folder) == "keystore.not-a-pair"
    ec_key.write_bytes(ours)
    mldsa_key.unlink()
    keystore.write_private(mldsa_key, mldsa.MLDSA65PrivateKey.generate(), passphrase=None)
    assert refused(keystore.load_signer, folder) == "keystore.not-a-pair"


def test_a_signer_does_not_outlive_its_root(state: Path) -> None:
    """The days asked for end after the root's."""
    code = refused(
        keymaking.make_signer,
        state / "late",
        root=state / "root",
        name=world.name("Late"),
        days=keymaking.ROOT_DAYS + 1,
        workshop=workshop(),
    )

    assert code == "keys.outlives-root"
    assert not (state / "late").exists()


@pytest.mark.parametrize("label", ["ec", "mldsa"])
def test_revoking_puts_the_certificate_on_its_roots_list(state: Path, label: str) -> None:
    """With the next number; old entries stay; a second time is refused; the signer gets it."""
    own = parse_certificates((state / "signer" / f"{label}.pem").read_bytes())[0]
    entry = RevokedEntry(
        serial=own.serial, revoked_at=world.days(1), reason=RevocationReason.SUPERSEDED
    )

    crl = keymaking.revoke(own, root=state / "root", entry=entry, workshop=workshop())
    keymaking.renew_crls(state / "root", workshop=workshop())
    keymaking.hand_on_crls(state / "root", signer=state / "signer")

    assert parse_revoked(crl) == (entry,)
    assert parse_crl_number(crl) == 2
    newest = parse_crls((state / "root" / f"{label}.crl").read_bytes())[0]
    assert parse_revoked(newest) == (entry,)
    assert parse_crl_number(newest) == 3
    assert newest in parse_crls((state / "signer" / "crls.pem").read_bytes())
    again = {"root": state / "root", "entry": entry, "workshop": workshop()}
    assert refused(keymaking.revoke, own, **again) == "keys.revoked-already"


def test_a_foreign_certificate_is_not_revoked(state: Path) -> None:
    """Only the issuer may."""
    own = world.signer("P-256", "B").certificates[0]
    entry = RevokedEntry(
        serial=own.serial, revoked_at=world.NOW, reason=RevocationReason.SUPERSEDED
    )

    code = refused(keymaking.revoke, own, root=state / "root", entry=entry, workshop=workshop())

    assert code == "keys.not-ours"


def test_an_authoritys_list_is_renewed(tmp_path: Path) -> None:
    """The exercise authority's own root signs it."""
    keymaking.make_tsa(tmp_path / "tsa", country="XA", workshop=workshop())

    crl = keymaking.renew_tsa_crl(tmp_path / "tsa", days=7, workshop=workshop())

    assert parse_crl_number(crl) == 2
    assert crl.next_update == world.days(7)
    assert parse_crls((tmp_path / "tsa" / "tsa.crl").read_bytes()) == (crl,)


def test_a_recipient_is_post_quantum(tmp_path: Path) -> None:
    """The identity is secret, the recipient is its public half."""
    public = keymaking.make_recipient(tmp_path / "r", workshop=workshop())

    (identity,) = parse_identities(keystore.read_secret(tmp_path / "r" / "identity.txt"))
    assert public.startswith("age1pq")
    assert encode_recipient(recipient_of(identity)) == public
    assert (tmp_path / "r" / "recipient.txt").read_text() == f"{public}\n"


def test_logs_and_witnesses_have_two_keys(tmp_path: Path) -> None:
    """Under one name, as vkeys; a name with spaces is refused."""
    log = keymaking.make_log(tmp_path / "log", name="a.example/custody", workshop=workshop())
    witness = keymaking.make_witness(tmp_path / "w", name="b.example", workshop=workshop())

    keys = keystore.load_log(tmp_path / "log")
    assert (keys.origin, keys.ed25519.vkey, keys.mldsa44.vkey) == ("a.example/custody", *log)
    seen = keystore.load_witness(tmp_path / "w")
    assert (seen.name, seen.ed25519.vkey, seen.mldsa44.vkey) == ("b.example", *witness)
    assert (tmp_path / "w" / "vkeys.txt").read_text().split() == list(witness)
    code = refused(keymaking.make_log, tmp_path / "x", name="a b", workshop=workshop())
    assert code == "keys.name"
    assert not (tmp_path / "x").exists()


def test_names_of_new_folders_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each folder above and below the new one that got a name is synced before it is told."""
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    monkeypatch.setattr(keystore, "sync_folder", synced.append)

    with keystore.new_folder(tmp_path / "a" / "b" / "new") as new:
        (new / "inside").mkdir()
        keystore.write_new(new / "inside" / "key", b"secret")

    partial = tmp_path / "a" / "b" / "new.partial"
    above = [tmp_path, tmp_path / "a"]
    below = [partial / "inside", partial, partial / "inside"]
    assert synced == [*above, *below, tmp_path / "a" / "b"]


@pytest.mark.parametrize("name", ["rename", "sync_tree"])
def test_a_disk_that_fails_at_the_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The last steps have codes too, and what was begun is removed."""

    def fail(*_arguments: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(*((Path, name) if name == "rename" else (keystore, name)), fail)

    with pytest.raises(Unavailable) as error, keystore.new_folder(tmp_path / "new"):
        pass

    assert error.value.code == "keystore.disk"
    assert list(tmp_path.iterdir()) == []
