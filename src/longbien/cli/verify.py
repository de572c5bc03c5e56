"""``longbien verify``: judge a package or a partial disclosure, offline."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longbien.cli._bag_folder import BagFolder
    from longbien.evidence.report import Report
    from longbien.primitives.instants import Instant

_DESCRIPTION = """\
Verify an evidence package, or a partial disclosure of one, offline: nothing is sent, nothing
is fetched, nothing in the package is run.

The result is PASSED only if everything could be proven to YOUR satisfaction: that needs your
own roots.  Put them into a folder and name it with --trust:

  DIR/roots/*.pem       the roots of the States that you believe (EC and ML-DSA)
  DIR/tsa-roots/*.pem   the roots of the time-stamp authorities that you believe
  DIR/policy.txt        the ledgers and witnesses that you believe (C2SP tlog-policy)
  DIR/material/*        optional: certificates and revocation lists of your own

Without it the report lists the fingerprints to compare by telephone."""

_EXITS = "exit codes: 0 PASSED, 1 FAILED, 3 INDETERMINATE, 2 wrong usage"


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "verify",
        help="judge a package or a partial disclosure, offline",
        description=_DESCRIPTION,
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("package", type=Path, help="the folder LB-… or LBD-…")
    parser.add_argument("--trust", type=Path, metavar="DIR", help="whom you believe")
    parser.add_argument(
        "--me",
        metavar="RECIPIENT",
        help="your own key (age1…, sha256:…, or its file or folder): the package must name it",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="hash each byte once: every block against its signed hash, but not the SHA-256 of "
        "whole files above 1 MiB",
    )
    parser.add_argument("--details", action="store_true", help="tell every finding, passed or not")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write the report as a page")
    parser.add_argument(
        "--threads", type=int, choices=(1, 2), default=2, help="threads to hash with (default: 2)"
    )
    parser.set_defaults(run=run, translation=None)


def run(options: argparse.Namespace) -> int:
    """Verify, print the report, return the exit code of the verdict."""
    report = _verified(options)
    if options.html is not None:
        _write_page(report, options)
    _print(report, options)
    return exit_code(report)


def _print(report: "Report", options: argparse.Namespace) -> None:
    from longbien.cli._output import report_words, say, say_json

    if options.json:
        from longbien.evidence.report_english import ENGLISH
        from longbien.evidence.report_json import report_json

        say_json(report_json(report, catalogue=ENGLISH))
        return
    from longbien.evidence.report_text import render_text, trust_lines

    catalogue = report_words(options)
    say(render_text(report, catalogue=catalogue, details=options.details).rstrip("\n"))
    if report.fingerprints:
        say("\n".join(("", *trust_lines(str(options.package), catalogue))))


def exit_code(report: "Report") -> int:
    """Return 0 for PASSED, 3 for INDETERMINATE, 1 for FAILED."""
    return {"PASSED": 0, "INDETERMINATE": 3, "FAILED": 1}[report.outcome.name]


def _verified(options: argparse.Namespace) -> "Report":
    from contextlib import ExitStack

    from longbien.cli._hash_ahead import HashAhead

    with ExitStack() as stack:
        ahead = executor = None
        if options.threads > 1:
            # before anything else is loaded: hashing is most of the work
            ahead = HashAhead.start(options.package, blocks_only=options.quick)
        if ahead is not None:
            stack.enter_context(ahead)
        if options.threads > 1:
            from concurrent.futures import ThreadPoolExecutor

            executor = stack.enter_context(ThreadPoolExecutor(options.threads))
        from longbien.cli._bag_folder import BagFolder
        from longbien.cli._progress import Progress

        progress = stack.enter_context(Progress("verifying", _size(options.package))).advance
        bag = BagFolder(options.package, executor=executor, ahead=ahead, progress=progress)
        return _judged(stack.enter_context(bag), options)


def _judged(bag: "BagFolder", options: argparse.Namespace) -> "Report":
    """Load the rest of the program and verify."""
    from longbien.cli._trust_folder import read_recipient, read_trust
    from longbien.evidence.verify import verify

    trusted = read_trust(options.trust)
    return verify(
        bag,
        anchors=trusted.anchors,
        policy=trusted.policy,
        now=_now(),
        recipient=None if options.me is None else read_recipient(options.me),
        material=trusted.material,
        spread=bag.spread,
        quick=options.quick,
    )


def _now() -> "Instant":
    from datetime import UTC, datetime

    from longbien.primitives.instants import Instant

    return Instant(datetime.now(tz=UTC))


def _size(folder: Path) -> int:
    """Return how much there is to hash; a stream that nobody watches need not know."""
    import sys

    if not sys.stderr.isatty():
        return 0
    from longbien.cli._bag_folder import BagFolder

    with BagFolder(folder) as bag:
        return sum(entry.size for entry in bag.entries())


def _write_page(report: "Report", options: argparse.Namespace) -> None:
    """Write the page beside its place and move it there whole."""
    from longbien.cli._output import report_words
    from longbien.evidence.report_html import render_html
    from longbien.primitives.errors import Unavailable

    path: Path = options.html
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(render_html(report, catalogue=report_words(options)), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(
            "report.unwritten", "{path} cannot be written: {why}", path=path, why=error.strerror
        ) from error
