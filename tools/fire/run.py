"""Real processes under fire, in slices: one command, a seed, a line of figures a slice.

    python tools/fire/run.py nodes --cycles 150 --seed 1 --json build/fire.jsonl
    python tools/fire/run.py nodes --cycles 50 --seed 2 --database postgresql --json ...
    python tools/fire/run.py power --points 100 --seed 1 --json ...
    python tools/fire/run.py pieces --json ...
    python tools/fire/run.py calls --json ...

``nodes`` lets two nodes talk while processes are killed and lines fail; in a network namespace
of its own where the kernel and nftables allow it: then packets are dropped as well, and it says
so where they do not.  ``power`` cuts the power at moments of a recorded day of two nodes,
``pieces`` at every moment of small pieces of work; ``calls`` lets the n-th call to the kernel
fail, for every n.  Slices with different seeds add up.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

if TYPE_CHECKING:
    from fire_power import Result

MESSAGES = 40  # a cycle
INSIDE = "LONGBIEN_FIRE_INSIDE"


def main() -> int:
    """Run one slice; 1 if anything was lost, doubled or found wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    nodes = commands.add_parser("nodes", help="kills, partitions and bad lines over two nodes")
    nodes.add_argument("--cycles", type=int, default=150)
    nodes.add_argument("--messages", type=int, help=f"(default: {MESSAGES} a cycle)")
    nodes.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    nodes.set_defaults(run=run_nodes)
    power = commands.add_parser("power", help="power cuts in a day of two nodes")
    power.add_argument("--points", type=int, default=100)
    power.set_defaults(run=run_power)
    pieces = commands.add_parser("pieces", help="power cuts at each moment of small work")
    pieces.set_defaults(run=run_pieces)
    calls = commands.add_parser("calls", help="the n-th call fails, for every n")
    calls.set_defaults(run=run_calls)
    for one in (pieces, calls):
        one.add_argument("--piece", action="append", help="only these (default: all)")
    for one in (nodes, power, pieces, calls):
        one.add_argument("--seed", type=int, default=1)
        one.add_argument("--json", type=Path, help="the figures are added to this file, one line")
    options = parser.parse_args()
    found, is_good = options.run(options)
    line = json.dumps(found)
    print(line)
    if options.json:
        with options.json.open("a") as file:
            file.write(line + "\n")
    return 0 if is_good else 1


def run_nodes(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Run two nodes under fire."""
    enter_own_network()
    from fire_nodes import Order, run  # noqa: PLC0415 - it loads the whole program
    from postgres_world import running_cluster  # noqa: PLC0415 - the same

    with ExitStack() as stack:
        is_postgres = options.database == "postgresql"
        cluster = stack.enter_context(running_cluster()) if is_postgres else None
        outcome = run(
            Order(
                cycles=options.cycles,
                messages=options.messages or MESSAGES * options.cycles,
                seed=options.seed,
                with_wire=os.environ.get(INSIDE) == "yes",
                cluster=cluster,
            )
        )
    for remark in outcome.judgment.remarks[:20]:
        print(remark, file=sys.stderr)
    found = outcome.document()
    is_good = not (found["lost"] or found["doubled"]) and set(outcome.checks) == {"PASSED"}
    return {"what": "nodes", **found}, is_good


def run_power(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Cut the power in a day of two nodes."""
    from fire_power import cut_at_points, quick_folder, record_day  # noqa: PLC0415 - as above
    from longbien.node.commands._running import log_to_stderr  # noqa: PLC0415 - as above

    log_to_stderr()
    begun = time.monotonic()
    with quick_folder() as folder:
        result = cut_at_points(record_day(folder), points=options.points, seed=options.seed)
    return _powerless("power", result, options.seed, begun)


def run_pieces(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Cut the power at each moment of small pieces of work."""
    from fire_pieces import PIECES  # noqa: PLC0415 - as above
    from fire_power import Result, cut_pieces, quick_folder, record_pieces  # noqa: PLC0415 - as above

    begun, whole = time.monotonic(), Result()
    for what in options.piece or PIECES:
        share = 0.1 if what == "node" else 1.0  # half a thousand moments, most of them keys
        with quick_folder() as folder:
            work = record_pieces(folder, what)
            found = cut_pieces(work, seed=options.seed, share=share)
        whole.points += found.points
        whole.acknowledged_lost += found.acknowledged_lost
        whole.remarks += found.remarks
        whole.kinds[what] = found.points
    return _powerless("pieces", whole, options.seed, begun)


def _powerless(
    what: str, result: "Result", seed: int, begun: float
) -> tuple[dict[str, object], bool]:
    for remark in result.remarks[:20]:
        print(remark, file=sys.stderr)
    found = {
        "what": what,
        "points": result.points,
        "acknowledged_lost": result.acknowledged_lost,
        "violations": len(result.remarks),
        "seed": seed,
        "seconds": round(time.monotonic() - begun, 1),
        "kinds": dict(sorted(result.kinds.items())),
    }
    return found, not result.remarks


def run_calls(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Let each call of small pieces of work fail."""
    from fire_calls import Sweep, serving, sweep  # noqa: PLC0415 - as above
    from fire_pieces import PIECES  # noqa: PLC0415 - as above

    begun, whole = time.monotonic(), Sweep()
    pieces = options.piece or [what for what in PIECES if what != "node"]
    with serving() as server:
        for what in pieces:
            found = sweep(server, what)
            whole.calls += found.calls
            whole.violations += found.violations
            whole.remarks += found.remarks
    for remark in whole.remarks[:20]:
        print(remark, file=sys.stderr)
    document: dict[str, object] = {
        "what": "calls",
        "pieces": list(pieces),
        "calls": dict(sorted(whole.calls.items())),
        "violations": whole.violations,
        "seconds": round(time.monotonic() - begun, 1),
    }
    return document, not whole.violations


def enter_own_network() -> None:
    """Start again in a network of our own, where packets may be dropped without harm."""
    if os.environ.get(INSIDE):
        return
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    own = ["unshare", "--user", "--map-root-user", "--net"]
    if os.geteuid() == 0:
        own = ["unshare", "--net"]  # the database's user must stay a user
    probe = "ip link set lo up && nft list ruleset"
    is_possible = (
        shutil.which("nft")
        and shutil.which("unshare")
        and not subprocess.run(
            [*own, "sh", "-c", probe], check=False, capture_output=True
        ).returncode
    )
    os.environ[INSIDE] = "yes" if is_possible else "no"
    if not is_possible:
        print("no nftables in a network namespace here: the proxy alone", file=sys.stderr)
        return
    again = [sys.executable, *sys.argv]
    os.execvp(own[0], [*own, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *again])  # noqa: S606 - itself


if __name__ == "__main__":
    sys.exit(main())
