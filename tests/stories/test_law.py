"""Runs ``law.txt``: a lawyer reads the law; a State writes, signs and adopts rules of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve

from law_world import pack_bytes, rule_row
from longbien.adapters.directory_files import DirectoryFolder, create_directory
from longbien.adapters.directory_making import public_pair, root_signers
from longbien.adapters.keymaking import Workshop, make_root
from longbien.cli import main
from longbien.directory.entry import Roots
from longbien.directory.fingerprint import entry_fingerprint
from longbien.directory.wire import sign_entry
from longbien.exercise.states import make_state
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant
from longbien.trust.issuing import Name
from story_script import matches, read_story

STORY = Path(__file__).with_name("law.txt")
NOW = Instant(datetime(2026, 11, 1, 12, tzinfo=UTC))
NAME = Name(country="XA", organisation="Exercise", common_name="Root", is_exercise=True)
TITLE = "Rules of XA, an example"


def floor(days: int) -> dict[str, object]:
    """Return the rule by which XA keeps data for so many days."""
    text = f"Data are preserved for at least {days} days."
    more = {"effects": ["clock"], "value": {"min_days": days}, "replaces": "uncc-42-8-floor"}
    return rule_row("xa-law-42-8", text=text, **more)


def write_packs(place: Path) -> None:
    """Write what the State's lawyers have drafted."""
    of_xa = {"id": "xa-law", "state": "XA", "title": TITLE}
    note = rule_row(
        "xa-law-note", ref="40(26)", text="Questions on the status are answered on Mondays."
    )
    stop = rule_row("xa-law-stop", applies_to=["wishes"], value={"refuses": True})
    packs = {
        "faulty.json": pack_bytes(rule_row("uncc-42-8-mine"), stop, **of_xa),
        "xa-law.json": pack_bytes(floor(90), note, **of_xa),
        "xa-law-2.json": pack_bytes(floor(120), version=2, **of_xa),
    }
    for name, data in packs.items():
        (place / name).write_bytes(data)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out XA's drafts, its two root holders, and a node whose directory has its entry."""
    monkeypatch.chdir(tmp_path)
    write_packs(tmp_path)
    shop = Workshop(now=NOW, random_bytes=lambda size: b"\x11" * size)
    roots = [Path("root-1"), Path("root-2")]
    for root in roots:
        make_root(root, name=NAME, workshop=shop)
    holders = tuple(public_pair(root) for root in roots)
    entry = evolve(make_state("XA", now=NOW).entry, roots=Roots(threshold=2, holders=holders))
    create_directory(Path("node/directory"), own=StateCode("XA"), exercise=True)
    DirectoryFolder(Path("node/directory")).accept(
        [sign_entry(entry, signers=root_signers(roots, passphrase=None)).data],
        now=NOW,
        confirmed=entry_fingerprint(entry),
    )
    return tmp_path


def carry_out(command: str, place: Path) -> int:
    """Run one line of the story."""
    words = command.split()
    if words[0] == "flip":
        path = place / words[1]
        path.write_bytes(path.read_bytes().replace(b"120", b"121", 1))
        return 0
    return main.run(words[1:])


def test_the_story_of_the_law_goes_as_it_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command prints what the story says and ends with its exit code."""
    for command, expected, code in read_story(STORY):
        ended = carry_out(command, place)
        told = "".join(capsys.readouterr())
        assert ended == code, f"{command}\n{told}"
        assert matches(expected, told), f"{command}\n{told}"
