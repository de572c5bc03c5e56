import json
from pathlib import Path

import pytest

from longbien.cli import main


def made(folder: Path, state: str = "XA", *more: str) -> Path:
    """Make a node for exercises."""
    arguments = ("init", str(folder), "--state", state, "--exercise", *more)
    assert main.run(arguments) == 0
    return folder


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a node that nobody has used yet."""
    return made(tmp_path_factory.mktemp("made") / "xa")


def test_a_node_is_made_whole_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command makes keys, entry, database, vault and settings, and names the next ones."""
    folder = made(tmp_path / "node")

    printed = capsys.readouterr().out
    assert "Fingerprint of its roots" in printed
    assert f"longbien directory export {folder}" in printed
    for name in ("node.toml", "keys", "secrets", "directory", "store.sqlite3", "vault"):
        assert (folder / name).exists(), name
    assert list((tmp_path).iterdir()) == [folder]


def test_secrets_are_for_their_owner_alone(node: Path) -> None:
    """Nobody else on the machine can read a private key, the master key or the database."""
    secrets = [*node.rglob("*.key.pem"), *node.rglob("identity.txt"), *(node / "secrets").iterdir()]
    secrets += [node / "keys" / "tls" / "key.pem", node / "store.sqlite3"]

    assert len(secrets) > 10
    assert {path.stat().st_mode & 0o077 for path in secrets} == {0}


def test_a_node_is_never_made_over_another(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What exists is not touched."""
    before = sorted((path, path.stat().st_mtime_ns) for path in node.rglob("*"))

    assert main.run(["init", str(node), "--state", "XB", "--exercise"]) == 1
    assert "[keystore.exists]" in capsys.readouterr().err
    assert sorted((path, path.stat().st_mtime_ns) for path in node.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "node.root-needed"),
        (("--root", "somewhere"), "node.time-needed"),
    ],
)
def test_a_real_node_needs_an_offline_root_and_a_clock(
    tmp_path: Path, arguments: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --exercise nothing is made up: the error names the command that helps."""
    assert main.run(["init", str(tmp_path / "node"), "--state", "XA", *arguments]) == 1

    assert f"[{code}]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_real_node_keeps_no_root(tmp_path: Path) -> None:
    """The State's root signs the entry and stays where it was."""
    root = tmp_path / "root"
    name = ("--country", "XA", "--organisation", "Test State")
    assert main.run(["keys", "root", str(root), *name]) == 0
    folder = tmp_path / "node"
    arguments = ("--state", "XA", "--root", str(root), "--tsa-url", "https://tsa.example/")

    assert main.run(["init", str(folder), *arguments]) == 0
    assert not (folder / "keys" / "root").exists()
    assert not (folder / "keys" / "tsa").exists()
    assert 'tsa_url = "https://tsa.example/"' in (folder / "node.toml").read_text()


def test_an_upgrade_brings_tables_up_to_date(
    node: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be run on a node that is up to date, and refuses a folder that holds no node."""
    assert main.run(["init", str(node), "--upgrade"]) == 0
    assert "up to date" in capsys.readouterr().out
    assert main.run(["init", str(tmp_path), "--upgrade"]) == 1
    assert "[node.absent]" in capsys.readouterr().err


def test_a_new_node_is_sound(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fsck passes on what init has made, with every part of the vault read."""
    assert main.run(["fsck", str(node), "--vault", "--json"]) == 0

    verdict = json.loads(capsys.readouterr().out)
    assert verdict["outcome"] == "PASSED"
    assert {one["check"] for one in verdict["findings"]} >= {"store.events", "store.parts"}


def test_fsck_says_what_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged store gives exit code 1 and the name of the check that found it."""
    folder = made(tmp_path / "node")
    main.run(["officer", str(folder), "add", "linh", "--authority", "XA/contact-point",
              "--duty", "duty-officer"])  # fmt: skip
    data = (folder / "store.sqlite3").read_bytes()
    assert data.count(b"duty-officer") == 1
    (folder / "store.sqlite3").write_bytes(data.replace(b"duty-officer", b"case-officer"))
    capsys.readouterr()

    assert main.run(["fsck", str(folder)]) == 1
    assert "FAILED" in capsys.readouterr().out


def test_the_status_of_a_node_is_for_its_operator(
    node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says whether the node accepts, and how far its ledger and directory are."""
    assert main.run(["status", str(node)]) == 0

    printed = capsys.readouterr().out
    assert "Node of XA: it accepts." in printed
    assert "Waiting: 0 messages, 0 chores." in printed
    assert "XA  version 1, until " in printed


def test_the_status_as_a_document(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A monitor reads the same."""
    assert main.run(["status", str(node), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["ready"] is True
    assert found["ledger"] == {"size": 0, "witnessed": []}


def test_lists_are_made_again_from_the_journal(
    node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rebuild says how many cases the journal has."""
    assert main.run(["rebuild", str(node), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"cases": 0}


def test_nobody_reads_cases_without_a_name(node: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the machine of the node, too, an officer who was entered reads, or nobody."""
    assert main.run(["case", str(node), "list", "--officer", "eve"]) == 1
    assert "[officers.unknown]" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["fsck", "rebuild", "status", "peer", "worker", "serve"])
def test_what_is_not_a_node_is_told_the_command_that_makes_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only init makes: every other command says so."""
    assert main.run([command, str(tmp_path)]) == 1

    printed = capsys.readouterr().err
    assert "longbien init" in printed
    assert list(tmp_path.iterdir()) == []
