"""``longbien statistics``: counts and response times of a node's cases, out of its journal."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longbien.casework.statistics.tables import Line, Statistics
    from longbien.node.commands._speaking import Speaker

_DESCRIPTION = """\
Count a node's cases and their response times by kind, legal basis, State and offence.  The same
journal gives the same bytes: the ledger's head stands in the result, and --size computes an older
one again.  With --publish nothing is in it that could point at a single case."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "statistics", help="count cases and response times", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    parser.add_argument("--from", dest="since", metavar="TIME", help="cases opened from then on")
    parser.add_argument("--until", metavar="TIME", help="cases opened before")
    parser.add_argument("--size", type=int, help="up to this number of entries of the ledger")
    parser.add_argument(
        "--publish", action="store_true", help="hold back small numbers (docs/statistics.md)"
    )
    parser.add_argument(
        "--threshold",
        type=int,
        default=5,
        metavar="N",
        help="with --publish: numbers below N are held back (default and least: 5)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print a table")
    form.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Count and print.  Raises Refused ``statistics.…``, Malformed ``instant.…``."""
    from longbien.casework.statistics.suppression import THRESHOLD, publishable
    from longbien.node.counting import count_cases
    from longbien.node.running import open_node
    from longbien.primitives.errors import Refused
    from longbien.primitives.instants import Instant

    if options.threshold < THRESHOLD:
        raise Refused("statistics.threshold", "the threshold is at least {least}", least=THRESHOLD)
    with open_node(options.folder) as node:
        found = count_cases(
            node,
            since=Instant.parse(options.since) if options.since else None,
            until=Instant.parse(options.until) if options.until else None,
            size=options.size,
        )
    if options.publish:
        found = publishable(found, threshold=options.threshold)
    _print(found, options)
    return 0


def _print(found: "Statistics", options: argparse.Namespace) -> None:
    from longbien.casework.statistics.wire import to_csv, to_json
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker

    if options.json:
        say_json(to_json(found))
    elif options.csv:
        sys.stdout.write(to_csv(found))
    else:
        _tell(found, Speaker.of(options))


def _tell(found: "Statistics", speaker: "Speaker") -> None:
    head = found.head
    speaker.tell("counted-from", origin=head.origin, size=head.size, root=head.root.hex)
    if found.erased:
        speaker.tell("counted-erased", count=found.erased)
    if found.threshold:
        speaker.tell("counted-published", threshold=found.threshold)
    for line in found.lines:
        _tell_line(line, speaker)


def _tell_line(line: "Line", speaker: "Speaker") -> None:
    held = speaker.name("said", "held-back")
    speaker.tell(
        "counted-row",
        side=speaker.name("side", line.side),
        by=speaker.name("by", line.dimension),
        value=_value(line, speaker),
        count=held if line.cases is None else line.cases,
    )
    for outcome, number in line.outcomes:
        if number:
            name = speaker.name("outcome" if outcome == "open" else "state", outcome)
            speaker.tell("counted-outcome", outcome=name, count=number)
    for ground, number in line.grounds:
        speaker.tell("counted-ground", ground=ground, count=held if number is None else number)
    if line.judged:
        speaker.tell("counted-complete", complete=line.complete, judged=line.judged)
    for one in line.times:
        half, nine, most = (duration(seconds) for seconds in one.percentiles)
        stage = speaker.name("stage", one.stage)
        speaker.tell("counted-times", stage=stage, p50=half, p90=nine, p95=most)


def _value(line: "Line", speaker: "Speaker") -> str:
    if line.dimension in {"all", "state"}:
        return line.value if line.dimension == "state" else ""
    return speaker.name(line.dimension, line.value)


def duration(seconds: int) -> str:
    """Return whole minutes, hours or days as ISO 8601: ``PT45M``, ``PT8H``, ``P12D``."""
    if seconds % 86400 == 0:
        return f"P{seconds // 86400}D"
    return f"PT{seconds // 3600}H" if seconds % 3600 == 0 else f"PT{seconds // 60}M"
