"""Every way through every case: no evidence leaves without basis, record and two officers.

usage: policy_walk.py [--every N] [--from K]      (default: all scenes)

Prints JSON: how many scenes and states were walked, and what was found that must not be: steps
that break a rule, wrong cells of duties and verbs, cases that open without their safeguards.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from casework_policy import (
    DEED_SCENES,
    SCENES,
    find_late_approvals,
    find_lax_emergencies,
    find_open_doors,
    find_wrong_cells,
    search,
)


def main() -> int:
    """Walk, print; 1 if anything was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1, help="only every so many scenes")
    arguments.add_argument("--from", dest="start", type=int, default=0, help="from this one on")
    options = arguments.parse_args()
    scenes = [*SCENES, *DEED_SCENES][options.start % options.every :: options.every]
    walked = [search(scene) for scene in scenes]
    found = {
        "scenes": len(scenes),
        "states": sum(states for _broken, states in walked),
        "broken": sum(len(broken) for broken, _states in walked),
        "wrong_cells": len(find_wrong_cells()),
        "open_doors": len(find_open_doors())
        + len(find_lax_emergencies())
        + len(find_late_approvals()),
    }
    print(json.dumps(found))
    return int(bool(found["broken"] or found["wrong_cells"] or found["open_doors"]))


if __name__ == "__main__":
    sys.exit(main())
