import argparse
import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger_cast import ORIGIN, seed
from longbien.adapters.keystore import load_log, load_witness, write_private
from longbien.cli import ledger
from longbien.primitives.errors import LongBienError

EVENT = b'{ "b": 1, "a": "received" }\n'
CANONICAL = b'{"a":"received","b":1}'


def key_folder(folder: Path, name: str, key: str) -> None:
    """Make a folder as ``longbien keys log`` and ``keys witness`` make it."""
    folder.mkdir()
    (folder / "name.txt").write_text(name + "\n")
    ed25519 = Ed25519PrivateKey.from_private_bytes(seed(key))
    write_private(folder / "ed25519.key.pem", ed25519, passphrase=None)
    ml_dsa = MLDSA44PrivateKey.from_seed_bytes(seed(key))
    write_private(folder / "mldsa44.key.pem", ml_dsa, passphrase=None)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with keys, an event and a policy, and work in it."""
    monkeypatch.chdir(tmp_path)
    key_folder(tmp_path / "log-keys", ORIGIN, "log")
    key_folder(tmp_path / "witness-keys", "witness.example", "witness")
    log, witness = load_log(tmp_path / "log-keys"), load_witness(tmp_path / "witness-keys")
    (tmp_path / "vkeys.txt").write_text(f"{log.ed25519.vkey}\n{log.mldsa44.vkey}\n")
    (tmp_path / "policy.txt").write_text(
        f"log {log.ed25519.vkey}\nlog {log.mldsa44.vkey}\n"
        f"witness a {witness.ed25519.vkey}\nwitness b {witness.mldsa44.vkey}\n"
        "group w all a b\nquorum w\n"
    )
    (tmp_path / "event.json").write_bytes(EVENT)
    return tmp_path


def run(*arguments: str) -> int:
    """Run ``longbien ledger`` with these arguments."""
    parser = argparse.ArgumentParser()
    ledger.add_to(parser.add_subparsers())
    options = parser.parse_args(["ledger", *arguments])
    code: int = options.run(options)
    return code


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Run with ``--json`` and return the one document."""
    capsys.readouterr()
    run(*arguments, "--json")
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def refusal(*arguments: str) -> str:
    """Return the code with which a command is refused."""
    with pytest.raises(LongBienError) as caught:
        run(*arguments)
    return caught.value.code


def keep(room: Path) -> None:
    """Make a ledger with two published and cosigned events."""
    assert room
    run("init", "L", "--keys", "log-keys")
    run("append", "L", "--event", "event.json", "--event", "event.json")
    run("checkpoint", "L", "--keys", "log-keys")
    run("cosign", "L", "--witness", "witness-keys", "--state", "W", "--log-keys", "vkeys.txt")


def test_the_usual_day(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Init, append, checkpoint, cosign, prove, check: what the help text shows works."""
    keep(room)
    proven = ask(capsys, "prove", "L", "1", "--out", "p.tlog-proof", "--event-out", "e.json")
    salt = str(proven["salt"])
    given = ("check", "p.tlog-proof", "--event", "e.json", "--salt", salt, "--policy", "policy.txt")
    code = run(*given)
    text = capsys.readouterr().out

    assert code == 0
    assert text.startswith("PASSED\nEntry 1 is in the ledger node.example/custody of 2 entries")
    assert "cosigned by a at 20" in text
    assert (room / "e.json").read_bytes() == CANONICAL
    assert (proven["index"], proven["published"], proven["origin"]) == (1, 2, ORIGIN)
    document = ask(capsys, *given)
    assert (document["outcome"], document["index"], document["size"]) == ("PASSED", 1, 2)
    assert document["findings"] == [
        {
            "outcome": "PASSED",
            "reason": "proof.valid",
            "facts": {"index": "1", "origin": ORIGIN, "size": "2"},
        }
    ]


def test_the_exit_code_tells_the_verdict(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 for another event, 3 where the policy does not know the log; one line end is forgiven."""
    keep(room)
    salt = str(ask(capsys, "prove", "L", "0", "--out", "p", "--event-out", "e")["salt"])
    (room / "edited").write_bytes(CANONICAL + b"\n")
    (room / "other").write_bytes(b'{"a":"never received","b":1}')
    (room / "stranger.txt").write_text("quorum none\n")

    def check(event: str, policy: str) -> int:
        return run("check", "p", "--event", event, "--salt", salt, "--policy", policy)

    assert check("edited", "policy.txt") == 0
    assert check("other", "policy.txt") == 1
    assert check("e", "stranger.txt") == 3
    assert refusal("check", "p", "--event", "event.json", "--salt", salt, "--policy", "policy.txt")
    assert (
        refusal("check", "p", "--event", "e", "--salt", "00", "--policy", "policy.txt")
        == "ledger.salt"
    )


def test_an_event_may_come_from_standard_input(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --event one document is read, and kept in canonical form."""
    assert room
    run("init", "L", "--keys", "log-keys")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(EVENT)))

    assert ask(capsys, "append", "L") == {"indexes": [0], "size": 1}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    assert refusal("append", "L", "--event", "-") == "json.syntax"


def test_files_that_cannot_be_read(room: Path) -> None:
    """Missing and too large: each with its own code."""
    run("init", "L", "--keys", "log-keys")
    (room / "large.json").write_bytes(b"0" * (2**20 + 1))

    assert refusal("append", "L", "--event", "absent.json") == "ledger.file"
    assert refusal("append", "L", "--event", "large.json") == "ledger.file-too-large"


def test_the_name_of_the_ledger_is_that_of_its_keys(room: Path) -> None:
    """Another --origin than the keys bear is refused; the right one is not."""
    assert room
    assert refusal("init", "L", "--keys", "log-keys", "--origin", "other") == "ledger.origin"
    assert run("init", "L", "--keys", "log-keys", "--origin", ORIGIN) == 0


def test_a_witness_must_be_told_whom_to_believe(room: Path) -> None:
    """The first time the log's keys are given; without them it refuses."""
    assert room
    run("init", "L", "--keys", "log-keys")
    run("checkpoint", "L", "--keys", "log-keys")

    assert refusal("cosign", "L", "--witness", "witness-keys", "--state", "W") == "witness.refused"


def test_nothing_is_overwritten(room: Path) -> None:
    """A proof that is there already stays."""
    keep(room)
    (room / "p").write_bytes(b"mine")

    assert refusal("prove", "L", "0", "--out", "p") == "keystore.exists"
    assert (room / "p").read_bytes() == b"mine"


def test_show_tells_how_it_stands(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and after the first checkpoint; with --deep everything is compared."""
    run("init", "L", "--keys", "log-keys")
    run("show", "L")
    assert "nothing is published yet" in capsys.readouterr().out
    run("append", "L", "--event", "event.json")
    run("checkpoint", "L", "--keys", "log-keys")
    run("cosign", "L", "--witness", "witness-keys", "--state", "W", "--log-keys", "vkeys.txt")
    document = ask(capsys, "show", "L", "--deep")

    assert (document["size"], document["published"], document["compared"]) == (1, 1, 1)
    assert document["cosigned"] == ["witness.example"]
    assert document["keys"] == (room / "vkeys.txt").read_text().split()


def test_damage_is_shown_and_repaired(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--deep ends with 1 and names the files; repair makes them again, and says so."""
    keep(room)
    with LedgerOf(room) as tile:
        code = run("show", "L", "--deep")
        text = capsys.readouterr().out
        assert code == 1
        assert "differs: tile/0/000.p/2" in text
        assert text.endswith("make these again with: longbien ledger repair L\n")
        assert ask(capsys, "repair", "L")["made_again"] == ["tile/0/000.p/2"]
        assert tile.stat().st_size == 64
    run("repair", "L")
    assert "every file was sound" in capsys.readouterr().out
    journal = room / "L/private/journal"
    journal.write_bytes(journal.read_bytes() + b"torn")
    run("repair", "L")
    assert "4 bytes of the journal's end were set aside" in capsys.readouterr().out


class LedgerOf:
    """A ledger whose only tile has lost a byte."""

    def __init__(self, room: Path) -> None:
        self.tile = room / "L/tile/0/000.p/2"

    def __enter__(self) -> Path:
        """Cut the tile."""
        self.tile.write_bytes(self.tile.read_bytes()[:-1])
        return self.tile

    def __exit__(self, *_: object) -> None:
        """Leave it as it is."""
