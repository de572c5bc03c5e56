"""Every mutation of the policy, tried; prints how many were caught, and those that were not.

usage: mutate_policy.py [--functions | --tables] [--only TEXT ...] [--json FILE]

``tests/policy_mutants.py`` makes the mutants and the judge.  A mutant is caught by a unit test
of casework, by the matrix of duties, by a step of the walk that must not happen, or because
other states can be reached.  The tests are collected once; each mutant is judged in a process
of its own, and the tests that caught others come first.
"""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from policy_mutants import EQUIVALENT, Mutant, functions, in_place, reach_of_all, tables, verdict

REPOSITORY = Path(__file__).resolve().parents[1]
TESTS = ("tests/unit/casework",)


class Judge:
    """Runs the collected tests against one mutant after the other."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.caught: set[int] = set()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests: let each mutant be judged by them."""
        items = session.items
        for place, mutant in enumerate(self.mutants):
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                with os.fdopen(writing, "w") as answer, in_place(mutant):
                    answer.write(_first_failing(items))
                os._exit(0)
            os.close(writing)
            with os.fdopen(reading) as answer:
                name = answer.read()
            os.waitpid(child, 0)
            if name:
                self.caught.add(place)
                items.sort(key=lambda item: item.nodeid != name)  # keeps the order of the others
        return True


def _first_failing(items: list[pytest.Item]) -> str:
    from _pytest.runner import runtestprotocol  # noqa: PLC0415 - there is no public way

    for item in items:
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
            return item.nodeid
    return ""


def main() -> int:
    """Print the figure; 1 if one was not caught and is not known to change nothing."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--functions", action="store_true")
    arguments.add_argument("--tables", action="store_true")
    arguments.add_argument("--only", nargs="*", default=[""], help="names, or parts of them")
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    mutants = []
    if not options.functions:
        mutants += tables()
    if not options.tables:
        mutants += functions()
    mutants = [one for one in mutants if any(part in one.name for part in options.only)]
    judge = Judge(mutants)
    paths = [str(REPOSITORY / path) for path in TESTS]
    pytest.main(["-q", "-p", "no:randomly", "-p", "no:cacheprovider", *paths], plugins=[judge])
    left = [mutant for place, mutant in enumerate(mutants) if place not in judge.caught]
    how = Counter({"test": len(judge.caught)})
    survivors = []
    reach = reach_of_all() if left else {}
    for mutant in left:
        with in_place(mutant):
            found = verdict(reach)
        how[found.partition(":")[0] or "not caught"] += 1
        if not found:
            survivors.append({"where": mutant.name, "why": EQUIVALENT.get(mutant.name, "")})
        print(f"  {mutant.name}: {found or 'NOT CAUGHT'}", flush=True)
    print(f"{len(mutants)} mutants: {dict(how)}")
    if options.json:
        result = {
            "room": "casework policy",
            "mutants": len(mutants),
            "killed": len(mutants) - len(survivors),
            "sampled": options.only != [""] or options.functions or options.tables,
            "survivors": survivors,
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return int(any(not one["why"] for one in survivors))


if __name__ == "__main__":
    sys.exit(main())
