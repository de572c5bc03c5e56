"""``longbien status``: how a node stands, for its operator."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Show how a node stands: whether it accepts, its ledger and who has cosigned it, what waits to
be sent, the States it knows and until when, alarms.  Nothing of any case's content.
Exit code 1 if it accepts nothing or an alarm was given."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "status", help="how a node stands, for its operator", description=_DESCRIPTION
    )
    parser.add_argument("folder", type=Path, help="the node's folder")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    from longbien.node.commands._output import say, say_json
    from longbien.node.running import open_node
    from longbien.node.standing import standing_of

    with open_node(options.folder) as node:
        found = standing_of(node)
    if options.json:
        say_json(found.to_json())
    else:
        say(found.to_text())
    return 0 if found.is_ready and not found.alarms else 1
