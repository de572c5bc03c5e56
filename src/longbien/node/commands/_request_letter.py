"""``longbien request letter``: a request as a letter, in plain text or as a page for paper."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longbien.adapters.api_client import ApiClient, FullCase
    from longbien.casework.letters import Letter
    from longbien.casework.statements import RequestMade
    from longbien.node.commands._speaking import Speaker

_DESCRIPTION = """\
Print a request as a letter: from whom, to whom, legal basis, deadlines, every field with its
article, the safeguard record.  With --html FILE it becomes one page for the screen and for paper
of the size A4; the file is yours alone (mode 600), for it holds what was asked.  To get a PDF,
open the page in a browser and print it."""


def add_letter(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", reason: str) -> None:
    """Add the verb."""
    letter = verbs.add_parser(
        "letter",
        help="a request as a letter, in plain text or as a page",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    letter.add_argument("case", help="the case's id")
    letter.add_argument("--reason", required=True, help=reason)
    letter.add_argument("--html", type=Path, metavar="FILE", help="write the letter as a page")


def write_letter(client: "ApiClient", options: argparse.Namespace) -> int:
    """Print it, or write the page.

    Raises Refused ``request.no-letter``, what reading a case raises, and ``disk.…`` or
    ``keystore.…`` where the page cannot be written.
    """
    from longbien.casework.letters import letter_lines
    from longbien.node.commands._output import say_json, say_line
    from longbien.node.commands._speaking import Speaker
    from longbien.primitives.ids import CaseId

    found = client.read_case(CaseId.parse(options.case), reason=options.reason)
    letter, request = _letter(found)
    speaker = Speaker.of(options)
    if options.html is not None:
        _write_page(options.html, letter, request, speaker)
    lines = list(letter_lines(letter, request, speaker.words))
    if options.json:
        say_json({"letter": lines})
    elif options.html is not None:
        speaker.tell("letter-written", path=options.html)
    else:
        for line in lines:
            say_line(line)
    return 0


def _letter(found: "FullCase") -> "tuple[Letter, RequestMade]":
    from longbien.casework.letters import Letter
    from longbien.casework.statements import RequestMade
    from longbien.casework.steps import Step
    from longbien.casework.wire import parse_content
    from longbien.primitives.errors import Refused
    from longbien.primitives.instants import Instant

    line, document = found.line, found.document
    is_asking = line.kind not in {"drill", "spontaneous_information"} and document["request"]
    request = parse_content(Step.REQUEST, document["request"]) if is_asking else None
    if not isinstance(request, RequestMade):
        raise Refused("request.no-letter", "only a request that was sent is a letter")
    ends = (line.own, line.peer) if line.side == "requesting" else (line.peer, line.own)
    letter = Letter(
        case=line.case,
        kind=line.kind,
        sender=ends[0],
        recipient=ends[1],
        exercise=line.exercise,
        clocks=tuple(
            (due["clock"], Instant.parse(due["at"]), due["rule"]) for due in document["clocks"]
        ),
    )
    return letter, request


def _write_page(path: Path, letter: "Letter", request: "RequestMade", speaker: "Speaker") -> None:
    """Write the page beside its place, for nobody else to read, and move it there whole."""
    from longbien.adapters.files import coded
    from longbien.adapters.keystore import write_new
    from longbien.casework.letter_page import letter_page

    page = letter_page(letter, request, speaker.words).encode("utf-8")
    partial = path.with_name(f"{path.name}.partial")
    with coded(str(path)):
        partial.unlink(missing_ok=True)
        write_new(partial, page, is_secret=True)
        partial.replace(path)
