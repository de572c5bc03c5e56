"""Runs ``verifying.txt``."""

from pathlib import Path

import pytest

import memory_bag
import trust_world
from channel_world import IL, VN, checkpoint, consistency_of, keys_of
from longbien.channel.split_view import SplitView, encode_split_view
from longbien.cli import disclose, main, verify
from longbien.evidence.package import LEAF_SIZE
from story_script import matches, read_story

STORY = Path(__file__).with_name("verifying.txt")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out the packages and the folder of trust; stop the clocks."""
    large = memory_bag.changed(payload={"data/E0001/disk.dd": bytes(2 * LEAF_SIZE + 1)})
    for folder, files in (("LB", memory_bag.good()), ("LARGE", memory_bag.build(large))):
        for path, data in files.items():
            target = tmp_path / folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    memory_bag.write_trust(tmp_path / "trust")
    split = SplitView(
        first=checkpoint(IL, 5),
        second=checkpoint(IL, 9, fork=2),
        consistency=consistency_of(5, 9, fork=2),
    )
    (tmp_path / "split.json").write_bytes(encode_split_view(split))
    for name, state in (("il.txt", IL), ("vn.txt", VN)):
        (tmp_path / name).write_text("".join(f"{key.text}\n" for key in keys_of(state)))
    monkeypatch.chdir(tmp_path)
    for command in (verify, disclose):
        monkeypatch.setattr(command, "_now", lambda: memory_bag.NOW)
    return tmp_path


def carry_out(command: str, place: Path) -> int:
    """Run one line of the story."""
    words = command.split()
    made = next(iter(place.glob("given/LBD-*")), place)
    words = [str(made.relative_to(place)) if word == "given/LBD" else word for word in words]
    if words[0] == "flip":
        path = place / words[1]
        data = bytearray(path.read_bytes())
        data[0] ^= 1
        path.write_bytes(data)
        return 0
    return main.run(words[1:])


def test_the_story_goes_as_it_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command prints what the story says and ends with its exit code."""
    assert trust_world.anchors()

    for command, expected, code in read_story(STORY):
        ended = carry_out(command, place)
        told = "".join(capsys.readouterr())
        for made in place.glob("given/LBD-*"):
            told = told.replace(f"given/{made.name} ", "given/LBD ")
        assert ended == code, f"{command}\n{told}"
        assert matches(expected, told), f"{command}\n{told}"
