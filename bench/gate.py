"""Measure the completeness gate: how long the check of a whole request takes.

The requests are the examples of the tests.  The libraries that know numbers and names are loaded
before, and their time is printed apart: a node loads them once.

usage: gate.py [--rounds 50] [--json]
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from longbien.casework.completeness.gate import tokens_of  # noqa: E402
from longbien.casework.completeness.libraries import load_all  # noqa: E402
from request_examples import Example, examples  # noqa: E402

GATE_MS = 20


def milliseconds(example: Example, rounds: int) -> list[float]:
    """Return how long each check of one example took."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        example.remarks()
        found.append(1000 * (time.perf_counter() - start))
    return found


def main() -> int:
    """Measure, print a table; 1 where a check of a request took longer than the gate allows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    rounds = options.rounds
    start = time.perf_counter()
    load_all()
    loading = 1000 * (time.perf_counter() - start)
    known = examples()
    first = max(milliseconds(one, 1)[0] for one in known)
    medians = {one.name: statistics.median(milliseconds(one, rounds)) for one in known}
    slowest = max(medians, key=lambda name: medians[name])
    begin = time.perf_counter()
    for one in known:
        tokens_of(one.asked())
    naming = 1000 * (time.perf_counter() - begin) / len(known)
    usual = statistics.median(medians.values())
    if options.json:
        told = {"examples": len(known), "slowest_ms": medians[slowest], "usual_ms": usual}
        print(json.dumps(told))
        return int(medians[slowest] > GATE_MS)
    print("| what | ms |")
    print("|---|---|")
    print(f"| libraries, once a process | {loading:.0f} |")
    print(f"| a request, median of {len(known)} examples | {usual:.2f} |")
    print(f"| the slowest example ({slowest}), median | {medians[slowest]:.2f} |")
    print(f"| the slowest first check of an example | {first:.2f} |")
    print(f"| what a request names, for duplicates | {naming:.2f} |")
    print(f"\ngate: {GATE_MS} ms for a whole request")
    return int(medians[slowest] > GATE_MS)


if __name__ == "__main__":
    sys.exit(main())
