"""From a folder of exhibits to a signed disclosure, on a real disk, with keys of an exercise."""

import json
from pathlib import Path

import pytest

from longbien.cli import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pack three exhibits with an exercise set of keys."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case" / "disk").mkdir(parents=True)
    (tmp_path / "case" / "disk" / "image.dd").write_bytes(bytes(range(256)) * 4096 * 3 + b"tail")
    (tmp_path / "case" / "mail.mbox").write_bytes(b"From a\n\nhello\n")
    (tmp_path / "case" / "note.txt").write_bytes(b"x")
    pack = (
        "pack case --out out --request urn:example:xa:1 --by Laboratory --to set/recipient"
        " --exercise --keys set/signer --tsa-keys set/tsa --ledger ledger --log-keys set/log"
        " --witness set/witness-1 --witness set/witness-2"
    )
    for line in ("keys exercise set", "ledger init ledger --keys set/log", pack):
        assert main.run(line.split()) == 0
    return tmp_path


def test_a_signed_disclosure_of_a_part_passes_and_a_changed_one_fails(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Real pack, real keys, real time stamps: PASSED; one byte later FAILED."""
    package = next((place / "out").glob("LB-*"))
    capsys.readouterr()
    words = "--out given --by Court --reason privileged --trust set/trust --json"
    signing = "--keys set/signer --tsa-keys set/tsa --give data/E0001/image.dd:10-1500000"

    assert main.run(["disclose", str(package), *words.split(), *signing.split()]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["outcome"], made["given"], made["withheld"]) == ("PASSED", 1, 2)

    folder = place / made["folder"]
    verify = ["verify", str(folder), "--trust", "set/trust", "--me", "set/recipient"]
    assert main.run(verify) == 0
    part = folder / "parts" / "1.bin"
    assert part.stat().st_size == 2 * 2**20
    part.write_bytes(b"x" + part.read_bytes()[1:])
    assert main.run(verify) == 1
