"""``longbien status``: how a node stands, for its operator."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    parser.add_argument(
        "--proofs",
        type=Path,
        metavar="DIR",
        help="write the proofs that another State's ledger has two histories to new files there",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def _write_proofs(folder: Path, proofs: "Iterable[tuple[str, bytes]]") -> None:
    from longbien.adapters.keystore import write_new
    from longbien.primitives.digest import Digest

    folder.mkdir(parents=True, exist_ok=True)
    for _, document in proofs:
        path = folder / f"split-view-{Digest.of(document).hex[:16]}.json"
        if not path.exists():  # named by what it says
            write_new(path, document)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    from longbien.node.commands._output import say, say_json
    from longbien.node.running import open_node
    from longbien.node.standing import standing_of

    with open_node(options.folder) as node:
        found = standing_of(node)
        if options.proofs:
            _write_proofs(options.proofs, node.office.witnessings.evidence())
    if options.json:
        say_json(found.to_json())
    else:
        say(found.to_text())
    return 0 if found.is_ready and not found.alarms else 1
