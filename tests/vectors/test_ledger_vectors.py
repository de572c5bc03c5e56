import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from longbien.ledger.checkpoints import Head
from longbien.ledger.notes import parse_vkey
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import parse_proof, verify_proof
from longbien.ledger.tree import leaf_hash, root_of
from longbien.ledger.witness import decide_add_checkpoint, parse_add_checkpoint
from longbien.primitives.digest import Digest
from outside import REPOSITORY

FOLDER = REPOSITORY / "vectors" / "ledger"
FILES = {
    "entries.json",
    "ml-dsa-44.json",
    "notes.json",
    "proofs.json",
    "tiles.json",
    "tree.json",
    "witness.json",
}


def read(name: str) -> object:
    """Read one file of vectors; a missing one fails."""
    return json.loads((FOLDER / name).read_text())


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the generator or the checker."""
    return subprocess.run(
        [sys.executable, REPOSITORY / "vectors" / script, folder],
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_files_are_there() -> None:
    """No golden vector goes missing in silence."""
    assert {path.name for path in FOLDER.iterdir()} == FILES
    assert len(read("proofs.json")) == 17  # type: ignore[arg-type]  # a list
    assert len(read("witness.json")["cases"]) == 18  # type: ignore[index]  # an object


def test_the_generator_gives_the_same_files_again(tmp_path: Path) -> None:
    """Fixed seeds: what we write today is what we wrote then, to the byte."""
    shutil.copy(FOLDER / "ml-dsa-44.json", tmp_path)

    done = run("generate_ledger.py", tmp_path)

    assert done.returncode == 0, done.stderr
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_independent_checker_agrees() -> None:
    """A second reading of the specification, without our code, comes to the same verdicts."""
    done = run("check_ledger.py", FOLDER)

    assert (done.returncode, done.stdout) == (0, "check_ledger: all vectors agree\n"), done.stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("entries.json", '"kind": 1', '"kind": 2'),
        ("tree.json", '"7": "7', '"7": "8'),
        ("tiles.json", "tile/0/001", "tile/0/002"),
        ("notes.json", '"timestamp": 1795253400', '"timestamp": 1795253401'),
        ("proofs.json", '"outcome": "FAILED"', '"outcome": "PASSED"'),
        ("witness.json", '"status": 409', '"status": 200'),
    ],
)
def test_the_checker_finds_a_wrong_vector(tmp_path: Path, name: str, old: str, new: str) -> None:
    """The judge is judged: one value changed in any file, and it does not agree."""
    shutil.copytree(FOLDER, tmp_path / "v")
    text = (tmp_path / "v" / name).read_text()
    assert old in text
    (tmp_path / "v" / name).write_text(text.replace(old, new, 1))

    done = run("check_ledger.py", tmp_path / "v")

    assert done.returncode == 1
    assert "does not agree" in done.stderr


def test_we_come_to_the_verdicts_that_are_written_down() -> None:
    """The vectors judge this code as they judge any other."""
    for case in read("proofs.json"):  # type: ignore[attr-defined]  # a list
        check = verify_proof(
            parse_proof(case["proof"].encode()),
            entry=bytes.fromhex(case["entry"]),
            policy=parse_policy(case["policy"].encode()),
        )
        assert [found.reason for found in check.findings] == case["reasons"], case["name"]
        assert check.verdict.outcome.name == case["outcome"], case["name"]


def test_we_answer_as_it_is_written_down() -> None:
    """The same for the witness: status and reason of each request."""
    vectors = read("witness.json")
    roots = read("tree.json")["roots"]  # type: ignore[index]  # an object
    keys = {
        name: [parse_vkey(text.encode()) for text in vectors[name]]  # type: ignore[index]  # the same
        for name in ("log_keys", "own_keys")
    }
    for case in vectors["cases"]:  # type: ignore[index]  # the same
        asked = parse_add_checkpoint(case["request"].encode())
        origin, size = keys["log_keys"][0].name, case["recorded"]
        recorded = size and Head(origin=origin, size=size, root=Digest.parse(roots[str(size)]))
        knows = asked.signed.checkpoint.head.origin == origin
        decision = decide_add_checkpoint(
            recorded,
            asked,
            log_keys=keys["log_keys"] if knows else [],
            own_keys=keys["own_keys"],
        )
        assert (decision.status, decision.reason) == (case["status"], case["reason"]), case["name"]
        assert decision.is_evidence is case["is_evidence"]


def test_the_entries_lead_to_the_roots() -> None:
    """The first commitments are the first leaves of the golden tree."""
    entries = read("entries.json")
    row = b"".join(leaf_hash(bytes.fromhex(case["entry"])) for case in entries)  # type: ignore[attr-defined]  # a list

    assert root_of(row).hex == read("tree.json")["roots"]["4"]  # type: ignore[index]  # an object
