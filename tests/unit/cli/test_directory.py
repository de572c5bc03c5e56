import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from longbien.adapters.directory_files import DirectoryFolder, create_directory
from longbien.adapters.directory_making import public_pair, read_commitment, read_signing_key
from longbien.adapters.keymaking import Workshop, make_root, make_signer
from longbien.cli import directory
from longbien.directory.entry import Roots, StateEntry
from longbien.directory.fingerprint import entry_fingerprint, roots_fingerprint
from longbien.directory.wire import parse_signed_entry, sign_entry
from longbien.exercise.states import State, make_state
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant
from longbien.trust.issuing import Name

NOW = Instant(datetime(2026, 11, 1, 12, tzinfo=UTC))
VN = make_state("VN", now=NOW)
NAME = Name(country="XA", organisation="Exercise", common_name="Root", is_exercise=True)
OFFICE = "XA/contact-point"


class Clock:
    """The time that the commands see."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Instant:
        """Return it."""
        return self.now

    def wait(self, hours: float) -> None:
        """Let time pass."""
        self.now = self.now.plus(timedelta(hours=hours))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock of ours in place of the machine's."""
    made = Clock()
    monkeypatch.setattr(directory, "_now", made)
    return made


def run(*arguments: str) -> int:
    """Run ``longbien directory`` with these arguments."""
    parser = argparse.ArgumentParser()
    directory.add_to(parser.add_subparsers())
    options = parser.parse_args(["directory", *arguments])
    code: int = options.run(options)
    return code


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Run with ``--json`` and return the one document."""
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def refusal(*arguments: str) -> str:
    """Return the code with which a command is refused."""
    with pytest.raises(LongBienError) as caught:
        run(*arguments)
    return caught.value.code


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Path:
    """Return a folder with key folders and XA's node, whose entry needs both root holders."""
    monkeypatch.chdir(tmp_path)
    shop = Workshop(now=clock(), random_bytes=lambda size: b"\x11" * size)
    for label in ("root-1", "root-2"):
        make_root(tmp_path / label, name=NAME, workshop=shop)
    signer = evolve(NAME, common_name="Contact Point")
    for label in ("signer", "next", "third"):
        make_signer(tmp_path / label, root=tmp_path / "root-1", name=signer, workshop=shop)
    first = make_state("XA", now=NOW, offices=("contact-point",))
    holders = (public_pair(Path("root-1")), public_pair(Path("root-2")))
    office = evolve(
        first.entry.authorities[0],
        signing_keys=(read_signing_key(Path("signer")),),
        next_keys=(read_commitment(Path("next")),),
    )
    entry = evolve(first.entry, roots=Roots(threshold=2, holders=holders), authorities=(office,))
    create_directory(tmp_path / "node" / "directory", own=StateCode("XA"), exercise=True)
    keep(entry)
    clock.wait(1)
    return tmp_path


def keep(entry: StateEntry) -> None:
    """Sign the node's first entry with both root holders and keep it."""
    from longbien.adapters.directory_making import root_signers  # noqa: PLC0415 - one use

    signers = root_signers([Path("root-1"), Path("root-2")], passphrase=None)
    DirectoryFolder(Path("node/directory")).accept(
        [sign_entry(entry, signers=signers).data],
        now=NOW,
        confirmed=entry_fingerprint(entry),
    )


def newest(state: str = "XA") -> StateEntry:
    """Return the newest entry that the node holds."""
    return DirectoryFolder(Path("node/directory")).book().get_entry(StateCode(state))


ROOTS = ("--root", "root-1", "--root", "root-2")


def hand_over(state: State) -> None:
    """Put a State's newest entry into a file."""
    Path("vn.entry").write_bytes(state.data + b"\n")


def test_two_states_meet(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Import shows the fingerprint; with the digits as they were heard the State is in."""
    hand_over(VN)
    assert refusal("import", "node", "vn.entry") == "directory.unconfirmed"
    heard = str(roots_fingerprint(VN.entry)).replace(" ", "-")
    misheard = ("9" if heard[0] != "9" else "1") + heard[1:]
    arguments = ("import", "node", "vn.entry", "--fingerprint")
    assert refusal(*arguments, misheard) == "fingerprint.group"
    assert refusal(*arguments, heard, "--state", "IL") == "directory.other-state"
    assert run(*arguments, heard, "--state", "VN") == 0
    assert "VN: 1 new version; version 1, valid until 2027" in capsys.readouterr().out
    facts = ask(capsys, "import", "node", "vn.entry")
    assert (facts["accepted"], facts["state"]) == (0, "VN")
    run("import", "node", "vn.entry")
    assert "VN: nothing new; version 1" in capsys.readouterr().out
    assert (room / "node/directory/states/VN/000001.json").read_bytes() == VN.data


def test_fingerprints_are_shown(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both fingerprints, of the own entry, another's, or one in a file."""
    assert room
    hand_over(VN)
    run("fingerprint", "node")
    own = newest()
    shown = capsys.readouterr().out
    assert f"XA roots      {roots_fingerprint(own)}" in shown
    assert f"XA version 1  {entry_fingerprint(own)}" in shown
    facts = ask(capsys, "fingerprint", "node", "--file", "vn.entry")
    assert facts["fingerprint"] == str(roots_fingerprint(VN.entry))
    assert facts["entry_fingerprint"] == str(entry_fingerprint(VN.entry))
    assert refusal("fingerprint", "node", "VN") == "directory.unknown-state"


def test_show(room: Path, capsys: pytest.CaptureFixture[str], clock: Clock) -> None:
    """The list shows who is in it and who has expired; one entry is shown in words or JSON."""
    assert room
    hand_over(VN)
    run("import", "node", "vn.entry", "--fingerprint", str(roots_fingerprint(VN.entry)))
    run("show", "node")
    shown = capsys.readouterr().out
    assert "EXERCISE" in shown
    assert "XA  version 1, valid until" in shown
    assert "this node" in shown
    clock.wait(24 * 91)
    states = ask(capsys, "show", "node")["states"]
    assert [(one["state"], one["is_own"], one["is_expired"]) for one in states] == [
        ("VN", False, True),
        ("XA", True, True),
    ]
    run("show", "node", "XA")
    shown = capsys.readouterr().out
    assert "EXPIRED on" in shown
    assert str(entry_fingerprint(newest())) in shown
    assert f"signs with {public_pair(Path('signer')).ids[0]}" in shown
    assert f"announced  {public_pair(Path('next')).ids[0]}" in shown
    assert "1 key to seal for it" in shown
    assert ask(capsys, "show", "node", "XA")["state"] == "XA"


def test_an_empty_real_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A book of nobody says so, and says that it is not an exercise."""
    create_directory(tmp_path / "directory", own=StateCode("XA"), exercise=False)
    run("show", str(tmp_path))
    assert capsys.readouterr().out == "This is not an exercise.\nNo State is in it yet.\n"


def test_export(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The own entry, or another's with its history, goes into a new file."""
    run("renew", "node", *ROOTS)
    assert ask(capsys, "export", "node", "--out", "xa.entry")["version"] == 2
    assert parse_signed_entry((room / "xa.entry").read_bytes()[:-1]).entry == newest()
    run("export", "node", "XA", "--history", "--out", "xa.all")
    assert "xa.all: XA, version 2" in capsys.readouterr().out
    assert (room / "xa.all").read_bytes().count(b"\n") == 2
    assert refusal("export", "node", "--out", "xa.all") == "keystore.exists"


def test_rotate_and_announce(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An announced pair comes into use, the one after it is announced."""
    assert room
    refused = refusal("rotate", "node", "--authority", OFFICE, "--signer", "third", *ROOTS)
    assert refused == "directory.unannounced-key"
    rotate = ("rotate", "node", "--authority", OFFICE, "--signer", "next", "--next", "third")
    assert ask(capsys, *rotate, *ROOTS)["accepted"] == 1
    office = newest().authorities[0]
    assert [one.keys for one in office.signing_keys] == [
        public_pair(Path("signer")),
        public_pair(Path("next")),
    ]
    assert office.next_keys == (read_commitment(Path("third")),)
    assert run("rotate", "node", "--authority", OFFICE, "--signer", "third", *ROOTS) == 0
    assert newest().authorities[0].next_keys == ()


def test_announce(room: Path) -> None:
    """A further pair is announced beside the one that is."""
    assert room
    run("announce", "node", "--authority", OFFICE, "--signer", "third", *ROOTS)
    assert newest().authorities[0].next_keys == (
        read_commitment(Path("next")),
        read_commitment(Path("third")),
    )


def test_ended_keys_go_at_the_next_rotation(room: Path, clock: Clock) -> None:
    """A pair whose window is over is left out when the next one comes."""
    assert room
    clock.wait(24 * 30)
    run("rotate", "node", "--authority", OFFICE, "--signer", "next", *ROOTS)
    assert [one.keys for one in newest().authorities[0].signing_keys] == [public_pair(Path("next"))]


@pytest.mark.parametrize("at", [None, "2026-11-01T12:30:00Z"])
def test_revoke(room: Path, clock: Clock, at: str | None) -> None:
    """A key is revoked from an instant, or from now on; never from later on."""
    assert room
    key = public_pair(Path("signer")).ids[1].text
    revoke = ("revoke", "node", "--key", key, "--reason", "key-compromise", *ROOTS)
    assert refusal(*revoke, "--at", "2027-01-01T00:00:00Z") == "directory.window"
    run(*revoke, *(("--at", at) if at else ()))
    (found,) = newest().authorities[0].signing_keys
    assert str(found.revoked_at) == (at or str(clock()))
    assert found.reason == "key-compromise"


def test_show_a_revoked_key(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A revoked key is shown as such."""
    assert room
    key = public_pair(Path("signer")).ids[0].text
    run("revoke", "node", "--key", key, "--reason", "superseded", *ROOTS)
    run("show", "node", "XA")
    assert "revoked from 2026-11-01T13:00:00Z (superseded)" in capsys.readouterr().out


def test_renew_with_changes(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fields in a JSON file take the place of the old ones; the validity is as asked."""
    (room / "changes.json").write_text('{"minimum": {"protocol": 2, "suite": "LB1"}}')
    run("renew", "node", "--changes", "changes.json", "--days", "10", *ROOTS)
    entry = newest()
    assert entry.minimum.protocol == 2
    assert entry.expires_at == entry.issued_at.plus(timedelta(days=10))
    assert "XA: 1 new version; version 2, valid until 2026-11-11T13:00:00Z" in (
        capsys.readouterr().out
    )
    (room / "changes.json").write_text('{"version": 7}')
    refused = refusal("renew", "node", "--changes", "changes.json", *ROOTS)
    assert refused == "directory.fixed-field"


def test_root_holders_sign_one_after_another(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One holder begins, the other signs the file elsewhere, then the node takes it in."""
    assert room
    assert refusal("renew", "node", "--root", "root-1") == "directory.old-roots"
    facts = ask(capsys, "renew", "node", "--root", "root-1", "--out", "half")
    assert (facts["signed_by"], facts["version"]) == (1, 2)
    assert refusal("import", "node", "half") == "directory.old-roots"
    run("sign", "half", "--root", "root-2", "--out", "whole")
    assert "signed by 2 of 2 root holders" in capsys.readouterr().out
    run("import", "node", "whole")
    assert newest().version == 2


def test_repair(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged entry stops every command but this one, which restores it from a file."""
    run("export", "node", "--history", "--out", "xa.all")
    file = room / "node/directory/states/XA/000001.json"
    file.write_bytes(b"rubbish")
    assert refusal("show", "node") == "directory.damaged"
    assert ask(capsys, "repair", "node", "--from", "xa.all")["restored"] == ["XA/000001.json"]
    run("repair", "node")
    assert "every file was sound" in capsys.readouterr().out
    file.write_bytes(b"rubbish")
    run("repair", "node", "--from", "xa.all")
    assert "restored XA/000001.json" in capsys.readouterr().out


def test_the_machines_clock() -> None:
    """Outside of tests the commands ask the machine's clock."""
    assert directory._now() > NOW.plus(timedelta(days=-3650))
