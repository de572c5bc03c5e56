import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import trust_world as world
from longbien.adapters import keymaking, pack_inputs
from longbien.adapters.keymaking import Workshop
from longbien.adapters.pack_inputs import (
    Hardware,
    LocalWitnesses,
    exercise_stamping,
    network_stamping,
    open_signing,
    read_recipient,
)
from longbien.adapters.pkcs11 import Token
from longbien.adapters.signers import SoftwareMlDsaSigner
from longbien.adapters.tsa import HttpTsa
from longbien.ledger.notes import parse_vkey
from longbien.ledger.policy import parse_policy
from longbien.primitives.errors import LongBienError, Refused
from longbien.primitives.instants import Instant
from longbien.trust.age.recipients import encode_recipient


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a complete training set, made once."""
    folder = tmp_path_factory.mktemp("keys") / "set"
    workshop = Workshop(now=Instant(datetime(2026, 1, 1, tzinfo=UTC)), random_bytes=os.urandom)
    keymaking.make_exercise(folder, workshop=workshop)
    return folder


def test_a_package_carries_signer_authority_and_roots(keys: Path) -> None:
    """All that a verifier needs is in the material, each once."""
    stamping = exercise_stamping(keys / "tsa", os.urandom)
    with open_signing(keys / "signer", stamping=stamping, passphrase=None, hardware=None) as found:
        subjects = [one.subject for one in found.material.certificates]

    assert len(subjects) == len(set(found.material.certificates)) == 6
    assert sum("Root" in subject for subject in subjects) == 3
    assert len(found.material.crls) == 3
    assert found.time_authorities[0].subject.startswith("CN=Exercise Time-Stamp Authority")


def test_the_ecdsa_key_may_be_in_a_security_module(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its certificates come from the folder, and so does the ML-DSA key."""
    asked: list[object] = []

    @contextmanager
    def module(token: Token, *, pin: str, certificates: tuple[object, ...]) -> Iterator[object]:
        asked.extend([token.key, pin, certificates[0]])
        yield world.signer()

    monkeypatch.setattr(pack_inputs, "open_signer", module)
    token = Token(module=Path("lib.so"), token="token", key="key")  # noqa: S106 - a label
    stamping = exercise_stamping(keys / "tsa", os.urandom)
    with open_signing(
        keys / "signer",
        stamping=stamping,
        passphrase=None,
        hardware=Hardware(token=token, pin="1234"),
    ) as found:
        assert found.ec is world.signer()
        assert isinstance(found.mldsa, SoftwareMlDsaSigner)
        assert asked[:2] == ["key", "1234"]
        assert asked[2] in found.material.certificates


def test_an_authority_on_the_network_is_known_by_its_certificates(keys: Path) -> None:
    """What was given is carried; the one with the purpose of time stamping speaks for it."""
    files = [keys / "tsa" / "tsa.pem", keys / "tsa" / "tsa-root.pem", keys / "signer" / "crls.pem"]

    found = network_stamping("https://tsa.example/", files, os.urandom)

    assert isinstance(found.stamper, HttpTsa)
    assert [one.subject for one in found.authorities] == [found.material.certificates[0].subject]
    assert len(found.material.certificates) == 2
    assert len(found.material.crls) == 2
    with pytest.raises(Refused) as caught:
        network_stamping("https://tsa.example/", [keys / "root" / "ec.pem"], os.urandom)
    assert caught.value.code == "pack.no-time-authority"


def test_local_witnesses_make_a_policy(keys: Path) -> None:
    """Each of them must have cosigned, by any of its keys; without any nobody is asked for."""
    logs = [parse_vkey(line) for line in (keys / "log" / "vkeys.txt").read_bytes().splitlines()]
    folders = (keys / "witness-1", keys / "witness-2")
    policy = parse_policy(LocalWitnesses(folders=folders, passphrase=None).policy(logs))

    assert policy.is_met_by({"witness-1-ed25519", "witness-2-mldsa44"})
    assert not policy.is_met_by({"witness-1-ed25519", "witness-1-mldsa44"})
    assert [log.key for log in policy.logs] == logs
    alone = parse_policy(LocalWitnesses(folders=(), passphrase=None).policy(logs))
    assert alone.is_met_by(set())


def test_a_recipient_is_given_as_text_file_or_folder(keys: Path, tmp_path: Path) -> None:
    """All three are the same key."""
    text = (keys / "recipient" / "recipient.txt").read_text().strip()
    noted = tmp_path / "r.txt"
    noted.write_text(f"# their key\n\n{text}\n")

    for given in (text, str(keys / "recipient"), str(noted)):
        assert encode_recipient(read_recipient(given)) == text
    noted.write_text("# nothing\n")
    with pytest.raises(LongBienError):
        read_recipient(str(noted))
