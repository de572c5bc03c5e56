"""The mutation score of pure rooms: how many planted faults the tests find.

usage: mutate.py [--every N] [ROOM ...]     (default: all mutants of all rooms below)

Each room is mutated in a copy of the repository, judged by the tests of that room, and counted:
killed and timed out are found; survived and untested are not.  What survived is listed with its
difference in .cache/mutation-<room>.txt.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

_MOST = 1000  # mutants of one function; far above what any has

REPOSITORY = Path(__file__).resolve().parents[1]
COPIED = (
    "src",
    "tests",
    "vectors",
    "spec",
    "docs",
    "pyproject.toml",
    "README.md",
    "NOTICE",
    "LICENSE",
)

SELECTION = {
    "ledger": ("tests/unit/ledger", "tests/vectors/test_merkle.py"),
    "trust": (
        "tests/unit/trust",
        "tests/vectors/test_age.py",
        "tests/adversary/test_signatures.py",
    ),
    "directory": ("tests/unit/directory", "tests/adversary/test_directory_attacks.py"),
    "channel": (
        "tests/unit/channel",
        "tests/vectors/test_channel_vectors.py",
        "tests/adversary/test_channel_attacks.py",
    ),
    "casework": ("tests/unit/casework",),
    "desk": ("tests/unit/desk", "tests/adversary/test_hostile_peer_at_the_desk.py"),
}


def prepare(room: str) -> Path:
    """Copy the repository beside itself and tell mutmut what to do there."""
    copy = REPOSITORY / ".cache" / f"mutants-{room}"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("node_modules", "__pycache__", "package")
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copy(source, copy / name)
    settings = (copy / "pyproject.toml").read_text()
    settings = re.sub(r"\n\[tool\.mutmut\].*", "", settings, flags=re.DOTALL)
    selection = ", ".join(f'"{path}"' for path in SELECTION[room])
    (copy / "pyproject.toml").write_text(
        f"{settings}\n[tool.mutmut]\n"
        'source_paths = ["src"]\n'
        f'only_mutate = ["src/longbien/{room}/*"]\n'
        'also_copy = ["vectors", "spec", "docs", "tests", "README.md", "NOTICE", "LICENSE"]\n'
        'pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:xdist"]\n'
        f"pytest_add_cli_args_test_selection = [{selection}]\n"
    )
    return copy


def mutate(room: str, every: int) -> tuple[int, int]:
    """Run mutmut over one room; return how many mutants were found, and how many were tried.

    ``every`` above 1 tries only every so many mutants of each function.
    """
    copy = prepare(room)
    tool = str(Path(sys.executable).with_name("mutmut"))
    chosen = [f"*__mutmut_{number}" for number in range(1, _MOST, every)] if every > 1 else []
    subprocess.run([tool, "run", *chosen], cwd=copy, check=False)
    done = subprocess.run(
        [tool, "results", "--all", "true"], cwd=copy, capture_output=True, text=True, check=True
    )
    states = dict(re.findall(r"^\s*(\S+): ([a-z ]+)$", done.stdout, re.MULTILINE))
    states = {name: state for name, state in states.items() if state != "not checked"}
    counted = Counter(states.values())
    print(room, dict(counted))
    survivors = [name for name, state in states.items() if state not in {"killed", "timeout"}]
    with (REPOSITORY / ".cache" / f"mutation-{room}.txt").open("w") as report:
        for name in survivors:
            shown = subprocess.run(
                [tool, "show", name], cwd=copy, capture_output=True, text=True, check=False
            )
            report.write(f"{name}: {states[name]}\n{shown.stdout}\n")
    return counted["killed"] + counted["timeout"], sum(counted.values())


def main() -> None:
    """Print the score of each room."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1)
    arguments.add_argument("room", nargs="*", default=list(SELECTION))
    options = arguments.parse_args()
    for room in options.room:
        found, total = mutate(room, options.every)
        print(f"{room}: {found} of {total} mutants found, {100 * found / max(1, total):.1f} %")


if __name__ == "__main__":
    main()
