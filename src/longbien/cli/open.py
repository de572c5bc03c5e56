"""``longbien open``: decrypt a sealed package, and verify it before it is let in."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from longbien.adapters.sealed_files import SealedReader
    from longbien.evidence.report import Report
    from longbien.evidence.source import Measurement
    from longbien.primitives.ids import KeyId

_DESCRIPTION = """\
Open a sealed package and verify it at the door.  It is written under LB-….partial, and gets its
name only after the verification: a package that FAILED, or that does not name your key, is
removed again, unless you ask to keep it.

Nothing is left behind when it is interrupted."""

_EPILOG = "exit codes: 0 PASSED, 1 FAILED or refused, 3 INDETERMINATE (it is kept), 2 wrong usage"


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "open",
        help="decrypt a sealed package and verify it at the door",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sealed", type=Path, help="the file LB-….tar.age")
    parser.add_argument(
        "--identity", type=Path, required=True, metavar="FILE", help="your key, identity.txt"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the package goes"
    )
    parser.add_argument(
        "--trust", type=Path, metavar="DIR", help="whom you believe, see longbien verify --help"
    )
    parser.add_argument(
        "--keep-failed", action="store_true", help="keep a package that FAILED as LB-….failed"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run, translation=None)


class _Rejected(Exception):
    def __init__(self, report: "Report") -> None:
        self.report = report
        super().__init__()


def run(options: argparse.Namespace) -> int:
    """Open, verify, print the report, return the exit code of the verdict."""
    from longbien.cli.verify import exit_code

    folder: Path | None = None
    try:
        folder, report = _open(options)
    except _Rejected as rejected:
        report = rejected.report
    _tell(options, folder, report)
    return exit_code(report)


def _open(options: argparse.Namespace) -> "tuple[Path, Report]":
    from longbien.adapters.bag_writer import new_bag
    from longbien.adapters.ingest import spare_thread
    from longbien.adapters.opener import begin, events_of, unpack
    from longbien.cli._progress import Progress
    from longbien.cli._trust_folder import read_trust
    from longbien.primitives.verdict import Outcome

    read_trust(options.trust)  # a mistyped folder shows before the work, not after it
    reader, me = _open_sealed(options)
    with reader, Progress("opening", reader.size) as progress, spare_thread() as executor:
        name, events = begin(events_of(reader.blocks()))
        with new_bag(options.out, name) as bag:
            measured = unpack(events, bag.folder, executor=executor, advance=progress.advance)
            report = _verified(options, bag.folder, measured, me)
            if report.outcome is Outcome.FAILED:
                if not options.keep_failed:
                    raise _Rejected(report)
                bag.final = bag.final.with_name(f"{name}.failed")
    return bag.final, report


def _open_sealed(options: argparse.Namespace) -> "tuple[SealedReader, KeyId]":
    """Open with the first identity that fits, and say which one it was."""
    from longbien.adapters.keystore import read_secret
    from longbien.adapters.sealed_files import open_sealed
    from longbien.primitives.errors import Refused
    from longbien.trust.age.identities import parse_identities, recipient_of
    from longbien.trust.age.recipients import key_id

    no_match: Refused | None = None
    for identity in parse_identities(read_secret(options.identity)):
        try:
            return open_sealed(options.sealed, [identity]), key_id(recipient_of(identity))
        except Refused as error:
            if error.code != "age.no-match":
                raise
            no_match = error
    raise no_match or Refused("open.no-identity", "there is no key in {f}", f=options.identity)


def _verified(
    options: argparse.Namespace, folder: Path, measured: "Mapping[str, Measurement]", me: "KeyId"
) -> "Report":
    from datetime import UTC, datetime

    from longbien.adapters.opener import MeasuredSource
    from longbien.cli._bag_folder import BagFolder
    from longbien.cli._trust_folder import read_trust
    from longbien.evidence.verify import verify
    from longbien.primitives.instants import Instant

    trusted = read_trust(options.trust)
    with BagFolder(folder) as bag:
        return verify(
            MeasuredSource(bag, measured),
            anchors=trusted.anchors,
            policy=trusted.policy,
            now=Instant(datetime.now(tz=UTC)),
            recipient=me,
            material=trusted.material,
        )


def _tell(options: argparse.Namespace, folder: Path | None, report: "Report") -> None:
    from longbien.cli._output import report_words, say, say_json
    from longbien.evidence.report_english import ENGLISH
    from longbien.evidence.report_json import report_json
    from longbien.evidence.report_text import render_text

    if options.json:
        folder_text = None if folder is None else str(folder)
        say_json({"folder": folder_text, "report": report_json(report, catalogue=ENGLISH)})
        return
    catalogue = report_words(options)
    say(render_text(report, catalogue=catalogue).rstrip("\n"))
    say(f"\n{catalogue.word('label.not-let-in') if folder is None else folder}")
