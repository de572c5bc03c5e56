"""The mutation score of pure rooms: how many planted faults the tests find.

usage: mutate.py [--sample N] [--seed S] [--seconds T] [--go-on] [--json FILE] [ROOM ...]

Each room is mutated in a copy of the repository, judged by the tests of that room, and counted:
killed and timed out are found; survived and untested are not.  ``--sample`` tries so many mutants
of a room, drawn by ``--seed``.  ``--seconds`` ends after that time for each room; ``--go-on``
works on where it ended.  What survived is listed with its difference in .cache/mutation-<room>.txt.
"""

import argparse
import json
import math
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

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
    "primitives": ("tests/unit/primitives", "tests/property/test_canonical_properties.py"),
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
FOUND = {"killed", "timeout"}
_CONFIDENT = 1.96  # standard deviations of 95 %
_BATCH = 400  # names in one command line


def prepare(room: str) -> Path:
    """Copy the repository beside itself and tell mutmut what to do there."""
    copy = place_of(room)
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
    # a name that no mutant has: they are made, the tests of each are learnt, and nothing is tried
    _mutmut(copy, ["run", "longbien.no.such.mutant"], seconds=None)
    return copy


def place_of(room: str) -> Path:
    """Return where the copy for a room is."""
    return REPOSITORY / ".cache" / f"mutants-{room}"


def _mutmut(copy: Path, arguments: list[str], *, seconds: float | None) -> None:
    tool = str(Path(sys.executable).with_name("mutmut"))
    process = subprocess.Popen([tool, *arguments], cwd=copy, stdout=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait()


def states_of(copy: Path) -> dict[str, str]:
    """Return each mutant with what became of it."""
    tool = str(Path(sys.executable).with_name("mutmut"))
    told = subprocess.run(
        [tool, "results", "--all", "true"], cwd=copy, capture_output=True, text=True, check=True
    )
    return dict(re.findall(r"^\s*(\S+): ([a-z ]+)$", told.stdout, re.MULTILINE))


def mutate(
    room: str, *, sample: int | None, seed: int, seconds: float | None, go_on: bool
) -> dict[str, Any]:
    """Try the mutants of a room, or so many of them; return the figures."""
    copy = place_of(room) if go_on and place_of(room).exists() else prepare(room)
    states = states_of(copy)
    chosen = sorted(states)
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)  # noqa: S311 - a draw that can be repeated
    left = [name for name in chosen if states[name] == "not checked"]
    if left:
        _mutmut(copy, ["run", *left[:_BATCH]], seconds=seconds)
        states = states_of(copy)
    tried = {name: states[name] for name in chosen if states[name] != "not checked"}
    counted = Counter(tried.values())
    print(room, dict(counted), f"{len(chosen) - len(tried)} to be tried", flush=True)
    killed = sum(counted[state] for state in FOUND)
    return {
        "room": room,
        "mutants": len(tried),
        "killed": killed,
        "sampled": len(tried) < len(states),
        "of": len(states),
        "seed": seed,
        "margin": _margin(killed, len(tried), len(states)),
        "survivors": _survivors(room, copy, tried),
    }


def _margin(killed: int, tried: int, total: int) -> float:
    """Return what the score of a sample may be wrong by, in percent, 19 times in 20."""
    if tried in {0, total}:
        return 0.0
    share = killed / tried
    smaller = (total - tried) / (total - 1)  # not put back
    return round(100 * _CONFIDENT * math.sqrt(share * (1 - share) / tried * smaller), 1)


def _survivors(room: str, copy: Path, tried: dict[str, str]) -> list[dict[str, str]]:
    tool = str(Path(sys.executable).with_name("mutmut"))
    survivors = []
    with (REPOSITORY / ".cache" / f"mutation-{room}.txt").open("w") as report:
        for name in sorted(name for name, state in tried.items() if state not in FOUND):
            shown = subprocess.run(
                [tool, "show", name], cwd=copy, capture_output=True, text=True, check=False
            )
            report.write(f"{name}: {tried[name]}\n{shown.stdout}\n")
            survivors.append({"where": name, "why": why(shown.stdout)})
    return survivors


_ERROR = re.compile(
    r"\b(Malformed|Refused|Integrity|Unavailable|Refusal|ValueError)\(|^[-+ ]\s+msg = "
)
_OPENING = re.compile(r"[(\[{]$")


def why(difference: str) -> str:
    """Return why it is no fault that a mutant survived, where that is seen at a glance."""
    lines = [line for line in difference.splitlines() if line[:3] not in {"---", "+++"}]
    changed = [number for number, line in enumerate(lines) if line[:1] in {"-", "+"}]
    if not changed:
        return ""
    if all("cast(" in lines[number] for number in changed):
        return "a word to the type checker: nothing is done by it"
    if all(_in_error(lines, number) for number in changed) and _codes(lines, changed) <= 1:
        return "the words of an error and its facts: the code is promised, and tested"
    return ""


def _in_error(lines: list[str], number: int) -> bool:
    """Tell whether a changed line stands in what makes an error."""
    for line in reversed(lines[: number + 1]):
        if _ERROR.search(line):
            return True
        if _OPENING.search(line) or line[:1] == "@":
            return False
    return False


def _codes(lines: list[str], changed: list[int]) -> int:
    found = (re.search(r'"([a-z]+(?:[.-][a-z]+)+)"', lines[number]) for number in changed)
    return len({one.group(1) for one in found if one})


def main() -> None:
    """Print the score of each room."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--seconds", type=float)
    arguments.add_argument("--go-on", action="store_true")
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("room", nargs="*", default=list(SELECTION))
    options = arguments.parse_args()
    results = []
    for room in options.room:
        result = mutate(
            room,
            sample=options.sample,
            seed=options.seed,
            seconds=options.seconds,
            go_on=options.go_on,
        )
        results.append(result)
        found, tried = result["killed"], result["mutants"]
        share = 100 * found / max(1, tried)
        print(f"{room}: {found} of {tried} mutants found (there are {result['of']}): {share:.1f} %")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
