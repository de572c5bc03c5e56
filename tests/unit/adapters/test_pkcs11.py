"""Keys in a security module, with a real SoftHSM token in a temporary folder."""

import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import trust_world as world
from longbien.adapters.pkcs11 import PIN_VARIABLE, Token, open_signer, read_pin
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.verdict import Outcome
from longbien.trust.cades import verify_cades
from longbien.trust.cades_signing import sign_cades

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "271828"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    """Return a token with the keys "p256" and "p384"; a missing SoftHSM fails the tests."""
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")  # the module reads it once
    softhsm("--init-token", "--free", "--label", "longbien", "--so-pin", "1234", "--pin", PIN)
    for number, curve in (("01", "P-256"), ("02", "P-384")):
        key = world.ec_key("hsm", curve)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(pem)
        label = curve.lower().replace("-", "")
        words = ["--import", folder / "key.pem", "--token", "longbien", "--label", label]
        softhsm(*words, "--id", number, "--pin", PIN)
    return Token(module=MODULE, token="longbien", key="p256")  # noqa: S106  # a label


def softhsm(*words: object) -> None:
    """Run softhsm2-util."""
    subprocess.run(["softhsm2-util", *map(str, words)], check=True, capture_output=True)


def certificate(curve: str) -> world.Certificate:
    """Return the certificate of a key in the module."""
    return world.signer_certificate(world.ec_key("hsm", curve).public_key(), issuer=world.root())


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_a_module_signs_evidence(token: Token, curve: str) -> None:
    """The whole CAdES-T signature passes, with a key that never left the module."""
    place = Token(module=MODULE, token=token.token, key=curve.lower().replace("-", ""))

    with open_signer(place, pin=PIN, certificates=(certificate(curve),)) as signer:
        der = sign_cades(world.CONTENT, signer=signer, stamper=world.Stamper(), signed_at=world.NOW)

    found = verify_cades(der, world.CONTENT, anchors=world.anchors(), material=world.material())
    assert {finding.outcome for finding in found.findings} == {Outcome.PASSED}


def test_a_wrong_pin_is_refused(token: Token) -> None:
    """With a warning that too many tries lock the module."""
    with pytest.raises(Refused) as error, open_signer(token, pin="000000", certificates=()):
        pass

    assert error.value.code == "hsm.pin"


def test_a_missing_key_is_named(token: Token) -> None:
    """By its label."""
    place = Token(module=MODULE, token=token.token, key="nothing")

    with pytest.raises(Refused) as error, open_signer(place, pin=PIN, certificates=()):
        pass

    assert (error.value.code, error.value.facts["key"]) == ("hsm.no-key", "nothing")


@pytest.mark.parametrize("change", ["module", "token"])
def test_a_module_that_is_not_there_is_unavailable(token: Token, change: str) -> None:
    """A wrong library or another token's label."""
    place = Token(
        module=Path("/nowhere.so") if change == "module" else MODULE,
        token="absent" if change == "token" else token.token,
        key="p256",
    )

    with pytest.raises(Unavailable) as error, open_signer(place, pin=PIN, certificates=()):
        pass

    assert error.value.code == "hsm.module"


def test_a_closed_session_does_not_sign(token: Token) -> None:
    """After the session is closed the key is gone; the error is ours."""
    with open_signer(token, pin=PIN, certificates=()) as signer:
        assert signer.sign(bytes(32))

    with pytest.raises(Unavailable) as error:
        signer.sign(bytes(32))

    assert error.value.code == "hsm.sign"


def test_the_pin_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never from the command line; a file that others may read is refused."""
    path = tmp_path / "pin"
    path.touch(mode=0o600)
    path.write_text(f"{PIN}\r\nsecond line\n")
    monkeypatch.setenv(PIN_VARIABLE, "314159")

    assert read_pin(path) == PIN
    assert read_pin(None) == "314159"
    path.chmod(0o640)
    with pytest.raises(Refused) as error:
        read_pin(path)
    assert error.value.code == "keystore.open-to-others"


def test_no_pin_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one too."""
    monkeypatch.delenv(PIN_VARIABLE, raising=False)
    path = tmp_path / "pin"
    path.touch(mode=0o600)

    for place in (None, path):
        with pytest.raises(Refused) as error:
            read_pin(place)
        assert error.value.code == "hsm.no-pin"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the program works without it."""
    monkeypatch.setitem(__import__("sys").modules, "pkcs11", None)
    place = Token(module=MODULE, token="t", key="k")  # noqa: S106  # a label

    with pytest.raises(Unavailable) as error, open_signer(place, pin=PIN, certificates=()):
        pass

    assert error.value.code == "hsm.not-installed"
    assert "longbien[hsm]" in str(error.value)
