"""``longbien fsck``: check everything that a node has stored."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Check everything that a node has stored: journal, ledger, keys, outbox, inbox, lists, and with
--vault every part of the vault too.  Nothing is changed.  The node may be running.
Exit code 1 if anything is damaged, 3 if a check could not be made."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "fsck", help="check everything that a node has stored", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.add_argument(
        "--vault", action="store_true", help="read and hash every part of the vault as well"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check and print what was found."""
    from longbien.node.checking import check_node
    from longbien.node.commands._output import say, say_json
    from longbien.node.running import open_node
    from longbien.primitives.verdict import Outcome

    with open_node(options.folder) as node:
        verdict = check_node(node, reads_vault=options.vault)
    if options.json:
        say_json(
            {
                "findings": [
                    {
                        "check": one.check,
                        "outcome": one.outcome.name,
                        "reason": one.reason,
                        "subject": one.subject,
                    }
                    for one in verdict.findings
                ],
                "outcome": verdict.outcome.name,
            }
        )
    else:
        for one in verdict.findings:
            subject = f" {one.subject}" if one.subject else ""
            say(f"{one.outcome.name:13} {one.check:18} [{one.reason}]{subject}")
        say(f"\n{verdict.outcome.name}")
    return {Outcome.PASSED: 0, Outcome.FAILED: 1, Outcome.INDETERMINATE: 3}[verdict.outcome]
