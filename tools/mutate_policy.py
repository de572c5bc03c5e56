"""Every mutation of the policy, tried; prints how many were caught, and those that were not.

usage: mutate_policy.py [--functions | --tables]

``tests/policy_mutants.py`` makes the mutants and the judge.  A mutant is caught by the matrix of
duties, by a step of the walk that must not happen, or because other states can be reached.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from policy_mutants import functions, in_place, reach_of_all, tables, verdict


def main() -> int:
    """Print the figure; 1 if one was not caught."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--functions", action="store_true")
    arguments.add_argument("--tables", action="store_true")
    options = arguments.parse_args()
    reach = reach_of_all()
    print(f"{sum(reach.values())} states in {len(reach)} scenes")
    mutants = []
    if not options.functions:
        mutants += tables()
    if not options.tables:
        mutants += functions()
    caught: Counter[str] = Counter()
    for mutant in mutants:
        with in_place(mutant):
            how = verdict(reach)
        caught[how.partition(":")[0] or "not caught"] += 1
        if not how or how.startswith(("reach", "broken")):
            print(f"  {mutant.name}: {how or 'NOT CAUGHT'}", flush=True)
    print(f"{len(mutants)} mutants: {dict(caught)}")
    return 1 if caught["not caught"] else 0


if __name__ == "__main__":
    sys.exit(main())
