"""Look for each planted bug and print how many seeds it took: the median over some hunts.

usage: planted_bugs.py [--hunts 5] [--most 30] [--profile long] [--only NAME] [--json FILE]
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from longbien.exercise.runner import hunt, hunts_as_json  # noqa: E402
from longbien.exercise.simulation import PROFILES  # noqa: E402
from planted_bugs import BUGS  # noqa: E402


def main() -> int:
    """Print the table; 1 if a bug was not found in every hunt."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hunts", type=int, default=5)
    options.add_argument("--most", type=int, default=30)
    options.add_argument("--profile", choices=sorted(PROFILES), default="long")
    options.add_argument("--only", choices=sorted(BUGS))
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    found = []
    for name in [asked.only] if asked.only else BUGS:
        profile = PROFILES[asked.profile]
        one = hunt(name, BUGS[name], hunts=asked.hunts, most=asked.most, profile=profile)
        found.append(one)
        told = "not found" if one.median_seeds is None else f"{one.median_seeds:g}"
        print(f"{name:36} {told:>10}  {len(one.found)}/{one.hunts}  {' '.join(one.codes)}")
        sys.stdout.flush()
    if asked.json:
        asked.json.write_text(json.dumps(hunts_as_json(found), indent=1) + "\n")
    return int(any(one.median_seeds is None for one in found))


if __name__ == "__main__":
    raise SystemExit(main())
