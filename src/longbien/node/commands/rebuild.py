"""``longbien rebuild``: make the lists of a node again from its journal."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Make the lists that officers see again, out of the journal, which is the truth.  The node may
be running.  Cases that were erased, or whose events are damaged, keep what was last shown."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "rebuild",
        help="make the lists of a node again from its journal",
        description=_DESCRIPTION,
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Rebuild and say how many cases are shown."""
    from longbien.node.checking import rebuild_lists
    from longbien.node.commands._output import say, say_json
    from longbien.node.running import open_node

    with open_node(options.folder) as node:
        count = rebuild_lists(node)
    if options.json:
        say_json({"cases": count})
    else:
        say(f"{count} cases are listed, as the journal says.")
    return 0
