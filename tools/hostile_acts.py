"""Run every hostile act and print what came of it as one JSON document.

    python tools/hostile_acts.py [--flood-ratio RATIO]

``RATIO`` is what ``bench/flood.py --json`` has measured.  Exit code 1 if an act was not refused.
"""

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flood-ratio", type=float, help="as bench/flood.py has measured it")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    from hostile.measures import results  # noqa: PLC0415 - it is found only now
    from hostile.stage import Identities  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="longbien-hostile.") as folder:
        found = results(Identities(Path(folder)), flood=options.flood_ratio)
    print(json.dumps(found, indent=2))
    return 0 if found["acts"] == found["refused"] else 1


if __name__ == "__main__":
    sys.exit(main())
