"""Measure statistics: how long a case takes, and that memory does not grow with their number.

Counted by the core-second: the journal's entries of one whole case are read from their bytes,
folded and counted, so many times.  Reading them from the database and decrypting them comes on
top, as with ``longbien rebuild``.

usage: counting.py [--cases 10000]
"""

import argparse
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))


from longbien.casework import commands as c  # noqa: E402
from longbien.casework.statements import EndCause  # noqa: E402
from longbien.casework.statistics.facts import facts_of  # noqa: E402
from longbien.casework.statistics.suppression import publishable  # noqa: E402
from longbien.casework.statistics.tables import Tables  # noqa: E402
from longbien.casework.statistics.wire import to_csv  # noqa: E402
from longbien.casework.wire import encode_event, kind_of, parse_event  # noqa: E402
from longbien.exercise import two_sides as w  # noqa: E402
from longbien.ledger.checkpoints import Head  # noqa: E402
from longbien.primitives.digest import Digest  # noqa: E402
from longbien.treaty.law import load_law  # noqa: E402

_KIB = 1024
HEAD = Head(origin="node.example/custody", size=1, root=Digest.of(b""))


def whole_case() -> list[tuple[str, bytes]]:
    """Return the journal of a preservation from the request to its end."""
    world = w.asked()
    for command in (
        c.Acknowledge(),
        c.ConfirmPreservation(effective_at=w.START),
        c.EndPreservation(cause=EndCause.RUN_OUT),
    ):
        world.pass_time(timedelta(hours=1))
        world.vn_does(command)
    return [(kind_of(event), encode_event(event)) for event in world.vn.held.history]


def main() -> None:
    """Count, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=10_000)
    cases = parser.parse_args().cases
    journal, tables = whole_case(), Tables()
    print(f"a case of {len(journal)} entries\n")
    print("| cases | core-s | us a case | peak MiB |")
    print("|---|---|---|---|")
    start, done = time.process_time(), 0
    for most in (cases // 10, cases):
        for _ in range(done, most):
            events = [parse_event(kind, body) for kind, body in journal]
            tables.add(facts_of(events, load_law()))
        done = most
        spent = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
        print(f"| {most:,} | {spent:.1f} | {1e6 * spent / most:.0f} | {peak:.0f} |")
    start = time.process_time()
    table = to_csv(publishable(tables.statistics(HEAD)))
    spent = time.process_time() - start
    print(f"\nthe table for publication: {1000 * spent:.1f} ms, {len(table):,} characters")


if __name__ == "__main__":
    main()
