"""``longbien case``: list, show and export cases, on the machine of the node."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longbien.casework.case import Officer
    from longbien.node.running import Node

_DESCRIPTION = """\
List cases, show what happened in one and what the law as data says of it, export a received
package for the court.  Whoever reads content names an officer that the node knows and gives a
reason; both are noted first."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "case", help="list, show and export cases", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, dest="verb")
    listed = verbs.add_parser("list", help="the cases of an officer's authority, by time left")
    listed.add_argument("--officer", required=True, help="the officer's id")
    show = verbs.add_parser("show", help="what happened in a case")
    show.add_argument("case", help="the case's id")
    _add_reading(show)
    advice = verbs.add_parser(
        "advice", help="legal bases, scope and conduct: what the law as data says; no decision"
    )
    advice.add_argument("case", help="the case's id")
    advice.add_argument(
        "--compare",
        action=argparse.BooleanOptionalAction,
        help="compare the conduct in both laws; by itself not for a preservation (42(4))",
    )
    _add_reading(advice)
    export = verbs.add_parser("export", help="a received package, for the court")
    export.add_argument("case", help="the case's id")
    export.add_argument("package", help="the package's id")
    export.add_argument("out", type=Path, help="the folder to write into")
    _add_reading(export)
    _add_use(export)
    decisions = verbs.add_parser("decisions", help="who decided what, and under which rules")
    decisions.add_argument("case", help="the case's id")
    decisions.add_argument(
        "--replay",
        action="store_true",
        help="ask the rules again, in the editions that were in force then",
    )
    _add_reading(decisions)
    for one in (listed, show, advice, export, decisions):
        one.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--officer", required=True, help="who reads")
    parser.add_argument("--reason", required=True, help="why; it is noted before anything is shown")


def _add_use(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--purpose",
        required=True,
        choices=("request", "further-use", "exculpatory"),
        help="what it is for: what the request names, a use that was granted, the defence",
    )
    parser.add_argument(
        "--to",
        required=True,
        choices=("own-authority", "court", "defence", "other-authority", "abroad"),
        help="who gets it",
    )
    parser.add_argument("--name", default="", help="who that is, in words")
    parser.add_argument(
        "--use", type=int, default=0, metavar="NUMBER", help="the further use that was granted"
    )


def run(options: argparse.Namespace) -> int:
    """Do one of the verbs."""
    from longbien.node.running import open_node

    with open_node(options.folder) as node:
        officer = _officer(node, options.officer)
        does = {
            "list": _list,
            "show": _show,
            "advice": _advice,
            "export": _export,
            "decisions": _decisions,
        }[options.verb]
        return does(node, officer, options)


def _officer(node: "Node", name: str) -> "Officer":
    from longbien.node.store.officers import Officers
    from longbien.primitives.errors import Refused
    from longbien.primitives.ids import OfficerId

    found = Officers.of(node.store).find(OfficerId.parse(name))
    if found is None:
        raise Refused(
            "officers.unknown",
            "there is no officer {officer}; enter one with: longbien officer NODE add",
            officer=name,
        )
    return found


def _list(node: "Node", officer: "Officer", options: argparse.Namespace) -> int:
    from longbien.desk.reading import list_cases
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker

    found, after = list_cases(node.office, officer, limit=100)
    rows = list(found)
    while after:
        found, after = list_cases(node.office, officer, after=after, limit=100)
        rows += found
    if options.json:
        say_json(
            {
                "cases": [
                    {"case": str(one.case_id), "kind": one.kind, "peer": str(one.peer),
                     "side": one.side.value, "state": one.state}
                    for one in rows
                ]
            }
        )  # fmt: skip
        return 0
    speaker = Speaker.of(options)
    for one in rows:
        facts = {
            "case": one.case_id,
            "kind": speaker.name("kind", one.kind),
            "peer": one.peer,
            "state": speaker.name("state", one.state),
        }
        if one.next_due:
            clock = speaker.name("clock", one.next_due.clock)
            speaker.tell("case-due", clock=clock, at=one.next_due.at, **facts)
        else:
            speaker.tell("case", **facts)
    speaker.tell("cases", count=len(rows))
    return 0


def _show(node: "Node", officer: "Officer", options: argparse.Namespace) -> int:
    from longbien.desk.reading import read_case
    from longbien.node.commands._output import say, say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.primitives.canonical import parse_json
    from longbien.primitives.ids import CaseId

    case = CaseId.parse(options.case)
    read_case(node.office, officer, case, reason=options.reason)
    stored = node.office.journal.load(case)
    if options.json:
        say_json({"events": [{"kind": one.kind, "body": parse_json(one.body)} for one in stored]})
        return 0
    speaker = Speaker.of(options)
    for one in stored:
        speaker.tell("event", version=one.version, at=one.at, event=speaker.name("event", one.kind))
        say(f"     {one.body.decode('utf-8')}")
    return 0


def _decisions(node: "Node", officer: "Officer", options: argparse.Namespace) -> int:
    from itertools import zip_longest

    from longbien.casework.decision_text import (
        document_of,
        lines_of,
        replay_document,
        replay_lines,
    )
    from longbien.casework.decisions import decisions_of
    from longbien.desk.reading import read_case
    from longbien.node.commands._output import say, say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.node.replaying import asked_again
    from longbien.primitives.ids import CaseId

    found = read_case(
        node.office, officer, CaseId.parse(options.case), reason=options.reason, what="decisions"
    )
    records = decisions_of(found)
    again = [asked_again(node, found, one) for one in records] if options.replay else []
    if options.json:
        documents = [document_of(one) for one in records]
        for document, replay in zip(documents, again, strict=False):
            document["again"] = replay_document(replay)
        say_json({"decisions": documents})
        return 0
    words = Speaker.of(options).words
    for one, replay in zip_longest(records, again):
        for line in lines_of(one, words, kind=found.kind):
            say(line)
        for line in replay_lines(replay, words, kind=found.kind) if replay is not None else ():
            say(line)
    return 0


def _advice(node: "Node", officer: "Officer", options: argparse.Namespace) -> int:
    from longbien.adapters.languages import find_translation
    from longbien.casework.advice_shown import advice_json, advice_lines
    from longbien.casework.law_words import law_english
    from longbien.casework.telling import Teller
    from longbien.desk.reading import read_advice
    from longbien.node.commands._output import say_json, say_line
    from longbien.primitives.ids import CaseId

    found = read_advice(
        node.office,
        officer,
        CaseId.parse(options.case),
        reason=options.reason,
        with_comparison=options.compare,
    )
    if options.json:
        say_json(advice_json(found))
        return 0
    teller = Teller(find_translation(options.language).words(law_english()))
    for line in advice_lines(found, teller):
        say_line(line)
    return 0


def _export(node: "Node", officer: "Officer", options: argparse.Namespace) -> int:
    from longbien.casework.use_limits import Purpose, Recipient, Use
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.node.exporting import ExportRequest, export_for_court
    from longbien.primitives.ids import CaseId, PackageId

    request = ExportRequest(
        case=CaseId.parse(options.case),
        package=PackageId.parse(options.package),
        use=Use(
            purpose=Purpose(options.purpose),
            to=Recipient(options.to),
            name=options.name,
            number=options.use,
        ),
        reason=options.reason,
    )
    exported = export_for_court(node, officer, request, options.out)
    outcome = exported.report.outcome.name
    if options.json:
        say_json({"bag": str(exported.bag), "outcome": outcome, "trust": str(exported.trust)})
    else:
        speaker = Speaker.of(options)
        speaker.tell("outcome", bag=exported.bag, outcome=speaker.name("verdict", outcome))
        speaker.tell("court-verifies", command=f"longbien verify {exported.bag} --trust DIR")
        speaker.tell("trust", trust=exported.trust)
    return 0
