import argparse
import json
from pathlib import Path

import pytest

from channel_world import IL, VN, State, checkpoint, consistency_of, keys_of
from longbien.channel.split_view import SplitView, encode_split_view
from longbien.cli import ledger
from longbien.primitives.errors import Malformed, Refused

FORK = SplitView(
    first=checkpoint(IL, 5),
    second=checkpoint(IL, 9, fork=2),
    consistency=consistency_of(5, 9, fork=2),
)
GROWN = SplitView(first=checkpoint(IL, 5), second=checkpoint(IL, 9))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two documents and the keys of two ledgers, and work in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fork.json").write_bytes(encode_split_view(FORK))
    (tmp_path / "grown.json").write_bytes(encode_split_view(GROWN))
    for state in (IL, VN):
        keys = "".join(f"{key.text}\n" for key in keys_of(state))
        (tmp_path / keys_file(state)).write_text(keys)
    return tmp_path


def keys_file(state: State) -> str:
    """Return the name of the file with the keys of a State's ledger."""
    return f"{state.log[0].name.replace('/', '-')}.txt"


def run(*arguments: str) -> int:
    """Run ``longbien ledger verify-split`` with these arguments."""
    parser = argparse.ArgumentParser()
    ledger.add_to(parser.add_subparsers())
    options = parser.parse_args(["ledger", "verify-split", *arguments])
    code: int = options.run(options)
    return code


@pytest.mark.parametrize(
    ("document", "state", "code", "reason"),
    [
        ("fork.json", IL, 0, "split-view.proved"),
        ("fork.json", VN, 3, "split-view.log-unknown"),
        ("grown.json", IL, 1, "split-view.no-contradiction"),
    ],
)
def test_a_third_party_judges_an_accusation(
    room: Path,
    capsys: pytest.CaptureFixture[str],
    document: str,
    state: State,
    code: int,
    reason: str,
) -> None:
    """With the keys that it believes alone: proved, not proved, or not to be decided."""
    assert room.is_dir()

    assert run(document, "--log-keys", keys_file(state)) == code
    assert f"[{reason}]" in capsys.readouterr().out
    assert run(document, "--log-keys", keys_file(state), "--json") == code
    told = json.loads(capsys.readouterr().out)
    assert reason in [one["reason"] for one in told["findings"]]


def test_nobody_is_believed_by_default(room: Path) -> None:
    """Without keys it is refused; a file that holds none is refused as such."""
    with pytest.raises(Refused, match="name the ledgers") as caught:
        run("fork.json")
    assert caught.value.code == "ledger.no-keys"
    (room / "odd.txt").write_text("no key")
    with pytest.raises(Malformed):
        run("fork.json", "--log-keys", "odd.txt")
