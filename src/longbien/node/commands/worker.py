"""``longbien worker``: deliver, retry, seal, verify: do the work that waits."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Do the work that waits: post messages until each has its receipt, seal and send what was
released, judge what arrived, have the ledger witnessed, ring, scrub.  Any number of workers
may run on one node."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "worker",
        help="deliver, retry, seal, verify: do the work that waits",
        description=_DESCRIPTION,
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.add_argument("--posters", type=int, default=8, help="messages at a time (default: 8)")
    parser.add_argument("--porters", type=int, default=2, help="packages at a time (default: 2)")
    parser.add_argument(
        "--lease",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="so long the work of a worker that died waits for another one (default: 5)",
    )
    parser.add_argument(
        "--witness",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="a ledger that has grown is witnessed at least so often (default: 60)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Work until told to stop."""
    from datetime import timedelta

    from longbien.node.catching_up import ask_all
    from longbien.node.commands._running import Signals, log_to_stderr
    from longbien.node.running import open_node
    from longbien.node.worker.loop import Crew, Worker

    log_to_stderr()
    with Signals() as signals, open_node(options.folder) as node:
        ask_all(node)  # before anything is signed
        crew = Crew(
            posters=options.posters,
            porters=options.porters,
            lease=timedelta(seconds=options.lease),
            witness_every=timedelta(seconds=options.witness),
        )
        worker = Worker(node=node, crew=crew, stopping=signals.stopping)
        signals.ready("worker", str(node.state))
        worker.run()
    return 0
