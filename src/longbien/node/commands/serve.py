"""``longbien serve``: run the officers' interface of a node."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Run the officers' REST interface on the address api_listen of the node's settings (loopback by
default).  It speaks plain HTTP: whoever reaches it from elsewhere comes through a proxy of the
State that ends TLS.  It creates nothing: 'longbien init' makes a node."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "serve", help="run the officers' interface of a node", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    parser.add_argument(
        "--threads", type=int, default=16, help="requests at a time in each (default: 16)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from longbien.node.commands._running import log_to_stderr
    from longbien.node.commands._serving import Server

    log_to_stderr()
    server = Server(folder=options.folder, workers=options.workers, threads=options.threads)
    return server.serve()
