import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from longbien.cli._bag_folder import BagFolder
from longbien.cli._trust_folder import read_trust
from longbien.evidence.verify import verify
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome
from outside import REPOSITORY

pytestmark = pytest.mark.slow

GOLDEN = REPOSITORY / "vectors" / "package"
CHECKER = REPOSITORY / "vectors" / "check_package.py"
GENERATOR = REPOSITORY / "vectors" / "generate_package.py"
NOW = Instant(datetime(2027, 6, 1, tzinfo=UTC))


def ours(package: Path, trust: Path) -> Outcome:
    """Return the verdict of our verifier."""
    believed = read_trust(trust)
    with BagFolder(package) as bag:
        return verify(bag, anchors=believed.anchors, policy=believed.policy, now=NOW).outcome


def theirs(package: Path, trust: Path) -> bool:
    """Tell if the independent checker accepts."""
    done = subprocess.run(
        [
            *(sys.executable, CHECKER, package, "--root", trust / "roots" / "ec.pem"),
            *("--pq-root", trust / "roots" / "mldsa.pem"),
            *("--tsa-root", trust / "tsa-roots" / "tsa.pem", "--policy", trust / "policy.txt"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(("HOLDS", "WRONG")), done.stderr
    assert done.returncode in (0, 1)
    return done.returncode == 0


def golden(kind: str) -> Path:
    """Return the golden package, or the golden part of it."""
    (found,) = GOLDEN.glob(f"{kind}-*")
    return found


def test_the_golden_package_holds_for_both() -> None:
    """Two implementations that share no code accept the same bytes."""
    assert ours(golden("LB"), GOLDEN / "trust") is Outcome.PASSED
    assert theirs(golden("LB"), GOLDEN / "trust")


def test_the_golden_part_holds() -> None:
    """A disclosure made from the golden package is accepted years later."""
    assert ours(golden("LBD"), GOLDEN / "trust") is Outcome.PASSED


def test_the_generator_makes_what_both_accept(tmp_path: Path) -> None:
    """The golden files can be made anew by anybody, with other keys."""
    subprocess.run([sys.executable, GENERATOR, tmp_path / "new"], check=True)
    (package,) = (tmp_path / "new").glob("LB-*")

    assert ours(package, tmp_path / "new" / "trust") is Outcome.PASSED
    assert theirs(package, tmp_path / "new" / "trust")
    assert ours(package, GOLDEN / "trust") is not Outcome.PASSED
    assert not theirs(package, GOLDEN / "trust")


def _flip(rng: random.Random, bag: Path) -> str:
    path = rng.choice(_files(bag))
    data = bytearray(path.read_bytes())
    if not data:
        return "nothing to flip"
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"flip {path.relative_to(bag)}"


def _delete(rng: random.Random, bag: Path) -> str:
    path = rng.choice(_files(bag))
    path.unlink()
    return f"delete {path.relative_to(bag)}"


def _cut(rng: random.Random, bag: Path) -> str:
    path = rng.choice([path for path in _files(bag) if path.stat().st_size])
    path.write_bytes(path.read_bytes()[:-1])
    return f"cut {path.relative_to(bag)}"


def _add(rng: random.Random, bag: Path) -> str:
    folder = rng.choice(sorted(path for path in bag.rglob("*") if path.is_dir()))
    (folder / "added.txt").write_text("added")
    return f"add below {folder.relative_to(bag)}"


def _swap(rng: random.Random, bag: Path) -> str:
    one, other = rng.sample(_files(bag), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    same = "same " if first == second else ""
    return f"{same}swap {one.relative_to(bag)} {other.relative_to(bag)}"


def _files(bag: Path) -> list[Path]:
    return sorted(path for path in bag.rglob("*") if path.is_file())


CHANGES: tuple[Callable[[random.Random, Path], str], ...] = (_flip, _delete, _cut, _add, _swap)


def test_both_refuse_the_same_changes(tmp_path: Path) -> None:
    """Sixty changes of five kinds, by a fixed seed: neither accepts what the other refuses."""
    rng = random.Random(20261121)

    for number in range(60):
        bag = tmp_path / str(number) / golden("LB").name
        shutil.copytree(golden("LB"), bag)
        what = CHANGES[number % len(CHANGES)](rng, bag)
        accepted = ours(bag, GOLDEN / "trust") is Outcome.PASSED
        assert accepted == theirs(bag, GOLDEN / "trust"), what
        assert not accepted or what.startswith(("nothing", "same")), what
        shutil.rmtree(tmp_path / str(number))
