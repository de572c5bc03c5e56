"""``longbien keys``: what an examiner types and what comes back."""

import argparse
import json
from pathlib import Path

import pytest

from longbien.adapters.keystore import load_log, load_root, load_signer, load_witness
from longbien.cli import keys
from longbien.ledger.policy import parse_policy
from longbien.primitives.errors import LongBienError, Refused
from longbien.trust.certificates import parse_certificates, parse_crls
from longbien.trust.issuing import parse_revoked

NAME = ["--country", "xa", "--organisation", "Exercise", "--exercise"]


def run(*words: object) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser()
    keys.add_to(parser.add_subparsers(required=True))
    options = parser.parse_args(["keys", *map(str, words)])
    code: int = options.run(options)
    return code


def test_a_training_set_is_made_in_one_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that a demonstration needs, all of it marked EXERCISE."""
    folder = tmp_path / "set"

    assert run("exercise", folder) == 0

    shown = capsys.readouterr().out
    assert "OU=EXERCISE" in shown
    assert "PRIVATE" not in shown
    signer = load_signer(folder / "signer")
    assert all(one.is_exercise for one in signer.material.certificates)
    assert load_root(folder / "root")
    log, first = load_log(folder / "log"), load_witness(folder / "witness-1")
    second = load_witness(folder / "witness-2")
    policy = parse_policy((folder / "trust" / "policy.txt").read_bytes())
    assert [key.text for key in policy.log_keys(log.origin)] == [
        log.ed25519.vkey,
        log.mldsa44.vkey,
    ]
    classical = {"witness-1-ed25519", "witness-2-ed25519"}
    assert not policy.is_met_by(classical)
    assert not policy.is_met_by({*classical, "witness-2-mldsa44"})
    assert policy.is_met_by({*classical, "witness-1-mldsa44", "witness-2-mldsa44"})
    vkeys = {witness.key.text for witness in policy.witnesses}
    assert vkeys == {
        first.ed25519.vkey,
        first.mldsa44.vkey,
        second.ed25519.vkey,
        second.mldsa44.vkey,
    }
    trust = {str(path.relative_to(folder)) for path in (folder / "trust").rglob("*.pem")}
    assert trust == {"trust/roots/ec.pem", "trust/roots/mldsa.pem", "trust/tsa-roots/tsa.pem"}


def test_one_witness_may_be_enough(tmp_path: Path) -> None:
    """The quorum of the training policy is a choice."""
    run("exercise", tmp_path / "set", "--quorum", 1)

    policy = parse_policy((tmp_path / "set" / "trust" / "policy.txt").read_bytes())
    assert policy.is_met_by({"witness-2-ed25519", "witness-2-mldsa44"})
    assert not policy.is_met_by({"witness-2-ed25519", "witness-1-mldsa44"})


def test_a_long_key_is_shortened_for_people_and_whole_for_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line of the listing is longer than a screen; --json keeps every character."""
    run("log", tmp_path / "log", "--name", "authority.example/custody")
    listed = capsys.readouterr().out
    whole = (tmp_path / "log" / "vkeys.txt").read_text().splitlines()

    assert all(len(line) <= 120 for line in listed.splitlines())
    assert f"{whole[1][:40]}…{whole[1][-12:]} (whole in the file)" in listed
    assert whole[0] in listed
    run("show", tmp_path / "log", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert [entry["vkey"] for entry in shown["keys"]] == whole


def test_fingerprints_are_shown_in_groups_of_four(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As people read them over the telephone."""
    run("root", tmp_path / "root", *NAME)
    capsys.readouterr()

    assert run("show", tmp_path / "root" / "ec.pem") == 0

    own = parse_certificates((tmp_path / "root" / "ec.pem").read_bytes())[0]
    shown = capsys.readouterr().out
    assert keys.in_fours(own.sha256.hex) in shown
    assert keys.in_fours("0123456789ab") == "0123 4567 89ab"


def test_a_document_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json is one document, with plain fingerprints."""
    run("root", tmp_path / "root", *NAME, "--json")

    shown = json.loads(capsys.readouterr().out)
    assert [entry["key"] for entry in shown["keys"]] == ["ecdsa-p384", "ml-dsa-87"]
    assert all(len(entry["sha256"]) == 64 for entry in shown["keys"])
    assert "OU=EXERCISE" in shown["keys"][0]["subject"]


def test_each_kind_is_made_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """recipient, log, witness, tsa, signer."""
    run("root", tmp_path / "root", *NAME)
    run("signer", tmp_path / "s", "--root", tmp_path / "root", *NAME, "--curve", "P-384")
    run("recipient", tmp_path / "r")
    run("log", tmp_path / "l", "--name", "a.example/custody")
    run("witness", tmp_path / "w", "--name", "b.example")
    run("tsa", tmp_path / "t", "--country", "XB")
    capsys.readouterr()

    run("show", tmp_path, "--json")

    kinds = [
        entry.get("key") or entry.get("kind") or "recipient"
        for entry in json.loads(capsys.readouterr().out)["keys"]
    ]
    assert kinds == [
        "ed25519",
        "ml-dsa-44",
        "recipient",
        "ecdsa-p384",
        "ml-dsa-87",
        "ecdsa-p384",
        "ml-dsa-65",
        "ecdsa-p384",
        "ecdsa-p384",
        "ed25519-cosignature",
        "ml-dsa-44",
    ]


def test_revoking_and_handing_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list is signed again, copied to the signer, and says until when it is good."""
    root, signer = tmp_path / "root", tmp_path / "s"
    run("root", root, *NAME)
    run("signer", signer, "--root", root, *NAME)
    at = "2026-11-02T03:04:05Z"
    since = "2026-11-01T00:00:00Z"
    words = ["--root", root, "--reason", "keyCompromise", "--at", at, "--invalid-since", since]
    assert run("revoke", signer / "ec.pem", *words) == 0
    assert at in capsys.readouterr().out

    assert run("crl", "--root", root, "--into", signer, "--days", 7) == 0

    assert capsys.readouterr().out.count("good until") == 2
    crls = parse_crls((signer / "crls.pem").read_bytes())
    (entry,) = parse_revoked(crls[0])
    assert (str(entry.revoked_at), str(entry.invalid_since)) == (at, since)


def test_revoking_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json everywhere."""
    root, signer = tmp_path / "root", tmp_path / "s"
    run("root", root, *NAME)
    run("signer", signer, "--root", root, *NAME)
    run("tsa", tmp_path / "t")
    capsys.readouterr()
    run("revoke", signer / "mldsa.pem", "--root", root, "--reason", "superseded", "--json")
    assert json.loads(capsys.readouterr().out)["revoked"].startswith("CN=Central Authority")

    run("crl", "--root", root, "--json")
    assert len(json.loads(capsys.readouterr().out)["lists"]) == 2
    run("crl", "--tsa", tmp_path / "t", "--json")
    assert len(json.loads(capsys.readouterr().out)["lists"]) == 1


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    """Not a silent success."""
    with pytest.raises(Refused) as error:
        run("show", tmp_path)

    assert error.value.code == "keys.nothing-here"


def test_a_folder_that_exists_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    with pytest.raises(LongBienError) as error:
        run("recipient", tmp_path)

    assert error.value.code == "keystore.exists"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["root", "x"],
        ["root", "x", "--country", "F1", "--organisation", "o"],
        ["root", "x", "--country", "FRA", "--organisation", "o"],
        ["root", "x", "--country", "FR", "--organisation", " "],
        ["root", "x", "--country", "FR", "--organisation", "o" * 55],
        ["root", "x", "--country", "FR", "--organisation", "a\nb"],
        ["root", "x", *NAME, "--days", "0"],
        ["root", "x", *NAME, "--days", "36526"],
        ["root", "x", *NAME, "--days", "many"],
        ["crl"],
        ["revoke", "x", "--root", "r", "--reason", "because"],
    ],
    ids=repr,
)
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Argparse says what is wrong."""
    with pytest.raises(SystemExit) as stop:
        run(*words)

    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_passphrase_file_protects(tmp_path: Path) -> None:
    """The key cannot be opened without it."""
    phrase = tmp_path / "phrase"
    phrase.touch(mode=0o600)
    phrase.write_text("correct horse\n")

    run("root", tmp_path / "root", *NAME, "--passphrase-file", phrase)

    with pytest.raises(Refused) as error:
        load_root(tmp_path / "root")
    assert error.value.code == "keystore.passphrase"
    assert load_root(tmp_path / "root", passphrase=b"correct horse")
