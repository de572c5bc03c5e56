"""``longbien request``: what an officer does at a node's interface, from the command line."""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

if TYPE_CHECKING:
    from longbien.adapters.api_client import ApiClient, ApiDone, ListedCase
    from longbien.adapters.api_exchange import Exchange
    from longbien.node.commands._speaking import Speaker
    from longbien.primitives.canonical import Json

_DESCRIPTION = """\
Ask another State, answer it, take in and let out evidence, through the officers' interface of a
node ('longbien serve').  An administrator gives the token: 'longbien officer NODE token'."""

_EPILOG = """\
  longbien request --api http://127.0.0.1:7421 --token-file token.txt list
  longbien request ... ask --kind preservation --to VN/contact-point \\
      --basis "UN Convention against Cybercrime, article 42" \\
      --field offence_and_facts="Fraud by mail" --field data_and_relation="Mailbox box-7"
  longbien request ... check request.json
  longbien request ... act CASE acknowledge --field reference=2026/17
  longbien request ... show CASE --reason "I decide on it today"
Where no answer comes, the call is made again by itself and takes effect once."""

_ACT = """\
verbs and their fields ([ ] may be left out, ... may be repeated):
{verbs}

A time is written 2026-03-01T12:00:00Z, yes or no as yes or no, a use limit or condition as
KIND:TEXT or KIND@TIME:TEXT.  Anything else goes into a JSON file: --file body.json.
What asks for or gives something by force has a safeguard record: --safeguards record.json
(amend, revise, disclose-partly, propose-release)."""

_MAX_FILE: Final = 2**20  # bytes
_MAX_TOKEN: Final = 256
_MIB: Final = 2**20
_CODED: Final = frozenset({"clock", "kind", "lane", "side", "state", "step"})
"""Members of a document whose values are codes with words."""
_WHO_READS: Final = "why you read it; it is noted with your name before anything is shown"


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "request",
        help="ask, answer and hand over, at a node's interface",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--api",
        default="http://127.0.0.1:7421",
        metavar="URL",
        help="the node's interface (default: http://127.0.0.1:7421)",
    )
    parser.add_argument(
        "--token-file", type=Path, required=True, help="the file that holds your token"
    )
    from longbien.node.commands._request_check import add_check
    from longbien.node.commands._request_form import add_form
    from longbien.node.commands._request_letter import add_letter

    verbs = parser.add_subparsers(title="what to do", metavar="WHAT", required=True, dest="what")
    _add_ask(verbs)
    add_check(verbs)
    add_form(verbs)
    _add_act(verbs)
    _add_reading(verbs)
    _add_upload(verbs)
    add_letter(verbs, _WHO_READS)
    verbs.add_parser("safeguards", help="print an empty safeguard record, to be filled in")
    for one in verbs.choices.values():
        one.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def _add_ask(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ask = verbs.add_parser("ask", help="ask another State for something")
    ask.add_argument(
        "--kind",
        required=True,
        help="the code of a kind, all in docs/kinds.md: preservation, extradition",
    )
    ask.add_argument("--to", required=True, metavar="AUTHORITY", help="like VN/contact-point")
    ask.add_argument(
        "--basis", required=True, action="append", help="the legal basis; may be repeated"
    )
    ask.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="a field of the request; may be repeated.  The answer names those that are missing",
    )
    ask.add_argument("--file", type=Path, help="a JSON object with fields of the request")
    ask.add_argument(
        "--template", metavar="NAME", help="the fields are items of this template: t_cy_2018_11"
    )
    ask.add_argument("--emergency", default="", metavar="WHY", help="lives depend on it, and why")
    ask.add_argument("--reply-by", metavar="TIME", help="when an answer is needed")
    ask.add_argument("--reply-reason", default="", metavar="WHY", help="why by then")
    ask.add_argument("--preservation", metavar="CASE", help="the preservation that it follows")
    _add_record(ask)
    _add_key(ask)


def _add_act(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from longbien.node.commands._request_words import VERBS

    act = verbs.add_parser(
        "act",
        help="do something in a case",
        epilog=_ACT.format(verbs="\n".join(f"  {verb:24}{VERBS[verb]}" for verb in VERBS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    act.add_argument("case", help="the case's id")
    act.add_argument("verb", help="one of those below")
    act.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a field of the verb; may be repeated",
    )
    act.add_argument("--file", type=Path, help="a JSON object with fields of the verb")
    _add_record(act)
    act.add_argument(
        "--seen",
        type=int,
        metavar="VERSION",
        help="refuse if the case has moved on since this version of it was shown to you",
    )
    _add_key(act)


def _add_record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--safeguards",
        type=Path,
        metavar="FILE",
        help="the safeguard record of the measure, a JSON object: 'longbien request safeguards' "
        "prints an empty one",
    )


def _add_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key",
        help="a name of your own for this call: made again under it, it takes effect once",
    )


def _add_reading(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs.add_parser("list", help="the cases of your authority, most pressing first")
    show = verbs.add_parser("show", help="a case with its content")
    show.add_argument("case", help="the case's id")
    show.add_argument("--reason", required=True, help=_WHO_READS)


def _add_upload(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    upload = verbs.add_parser("upload", help="take a file of any size in as an exhibit")
    upload.add_argument("case", help="the case's id")
    upload.add_argument("exhibit", help="the exhibit's new id, like E0001")
    upload.add_argument("file", type=Path, help="the file; it is only read")
    upload.add_argument("--note", default="", help="what it is and where it comes from")
    _add_key(upload)


def run(options: argparse.Namespace) -> int:
    """Do it over HTTP."""
    from longbien.adapters.api_exchange import http_exchange

    if options.what == "safeguards":
        return _empty_record()
    if options.what == "form":
        from longbien.node.commands._request_form import print_form

        return print_form(options)
    return perform(options, http_exchange(options.api))


def perform(options: argparse.Namespace, exchange: "Exchange") -> int:
    """Do it over any exchange; return the exit code.

    Raises Refused ``request.…``, ``keystore.…`` and what the client raises, which is mostly what
    the node has refused.
    """
    from longbien.adapters.api_client import ApiClient
    from longbien.node.commands._request_letter import write_letter

    client = ApiClient(exchange=exchange, token=_token(options.token_file))
    does: Mapping[str, Callable[[ApiClient, argparse.Namespace], int]] = {
        "ask": _ask,
        "check": _check,
        "act": _act,
        "list": _list,
        "show": _show,
        "letter": write_letter,
        "upload": _upload,
    }
    return does[options.what](client, options)


def _token(path: Path) -> str:
    from longbien.adapters.keystore import read_secret
    from longbien.primitives.errors import Refused

    if not path.exists():
        raise Refused(
            "request.no-token",
            "{path} is not there; an administrator gives a token with: longbien officer NODE token",
            path=path,
        )
    text = read_secret(path).split(b"\n", 1)[0].strip().decode("ascii", "replace")
    if not text.startswith("lbt_") or len(text) > _MAX_TOKEN or not text.isascii():
        raise Refused(
            "request.token",
            "the first line of {path} is no token; an administrator gives one with: "
            "longbien officer NODE token",
            path=path,
        )
    return text


# --- what changes something -----------------------------------------------------------------------


def _ask(client: "ApiClient", options: argparse.Namespace) -> int:
    from longbien.node.commands._request_form import unfolded
    from longbien.node.commands._request_words import contents_of
    from longbien.primitives.ids import AuthorityId

    contents = _both(contents_of(options.field), options.file)
    if options.template:
        contents = dict(unfolded(options.template, contents))
    told: dict[str, object] = {
        "reply_by": options.reply_by,
        "preservation": options.preservation,
        "emergency": options.emergency,
        "reply_reason": options.reply_reason,
        "is_emergency": bool(options.emergency),
        "safeguards": _both({}, options.safeguards),
    }
    done = client.ask(
        kind=options.kind,
        peer=AuthorityId.parse(options.to),
        contents=contents,
        legal_basis=options.basis,
        key=options.key,
        **{name: value for name, value in told.items() if value},
    )
    return _tell(done, options)


def _check(client: "ApiClient", options: argparse.Namespace) -> int:
    from longbien.node.commands._request_check import check

    return check(client, options, _both({}, options.file))


def _act(client: "ApiClient", options: argparse.Namespace) -> int:
    from longbien.node.commands._request_words import body_of
    from longbien.primitives.ids import CaseId, PackageId

    body = _both(body_of(options.verb, options.field), options.file)
    if options.safeguards:
        body = {**body, "safeguards": _both({}, options.safeguards)}
    if options.verb == "propose-release":  # its id is drawn by whoever proposes
        seed = f"{options.case} {options.key}".encode()
        drawn = hashlib.sha256(seed).digest()[:16] if options.key else client.random_bytes(16)
        body = {"package": str(PackageId.from_random(drawn)), **body}
    done = client.act(
        CaseId.parse(options.case), options.verb, key=options.key, seen=options.seen, **body
    )
    package = body.get("package") if options.verb == "propose-release" else None
    return _tell(done, options, package=package)


def _empty_record() -> int:
    from longbien.casework.safeguards import Concern
    from longbien.casework.wire import SAFEGUARDS
    from longbien.node.commands._output import say_json

    say_json(
        {
            **dict.fromkeys(SAFEGUARDS.fields, ""),
            "checks": {concern.value: {"answer": "", "text": ""} for concern in Concern},
        }
    )
    return 0


def _both(fields: "dict[str, Any]", path: Path | None) -> "dict[str, Any]":
    from longbien.adapters.files import coded
    from longbien.primitives.canonical import parse_json
    from longbien.primitives.errors import Malformed, Refused

    if path is None:
        return fields
    with coded(str(path)), path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    try:
        found = parse_json(data, max_size=_MAX_FILE)
    except Malformed as error:
        raise Refused("request.file", "{path}: {why}", path=path, why=error) from None
    if not isinstance(found, dict):
        raise Refused("request.file", "{path} does not hold a JSON object", path=path)
    for name in fields:
        if name in found:
            raise Refused("request.twice", "the field {name} is given twice", name=name)
    return {**found, **fields}


def _tell(done: "ApiDone", options: argparse.Namespace, *, package: object = None) -> int:
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker

    if options.json:
        say_json(
            {
                "case": str(done.case),
                "messages": [str(one) for one in done.messages],
                **({"package": str(package)} if package else {}),
                "repeated": done.is_repeated,
                "version": done.version,
                "warnings": [
                    {"code": one.code, "confidence": one.confidence, "ref": one.ref,
                     "severity": one.severity, "facts": dict(one.facts)}
                    for one in done.warnings
                ],
            }
        )  # fmt: skip
        return 0
    speaker = Speaker.of(options)
    speaker.tell("case-at", case=done.case, version=done.version)
    if package:
        speaker.tell("package-waits", package=package)
    if done.is_repeated:
        speaker.tell("done-before")
    elif done.messages:
        speaker.tell("messages", count=len(done.messages))
    else:
        speaker.tell("nothing-leaves")
    for one in done.warnings:
        ref = one.ref or speaker.name("said", "own-policy")
        text = speaker.words.sentence(one.code, sorted(one.facts.items()))
        speaker.tell("warning", code=one.code, ref=ref, text=text)
    return 0


def _upload(client: "ApiClient", options: argparse.Namespace) -> int:
    from longbien.adapters.files import coded
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.primitives.ids import CaseId

    with coded(str(options.file)), Progress(options.file.stat().st_size, sys.stderr) as progress:
        taken = client.upload_exhibit(
            CaseId.parse(options.case),
            options.exhibit,
            options.file,
            note=options.note,
            progress=progress.advance,
            key=options.key,
        )
    if options.json:
        say_json(
            {
                "exhibit": taken.id,
                "sha256": taken.sha256.hex,
                "size": taken.size,
                "tree": taken.tree.hex,
                "version": taken.version,
            }
        )
        return 0
    speaker = Speaker.of(options)
    speaker.tell("in-vault", exhibit=taken.id, size=f"{taken.size:,}", name=taken.original_name)
    speaker.tell("digest", sha256=taken.sha256.hex)
    return 0


class Progress:
    """How much of a file was sent, on one line that is rewritten; silent without a terminal."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total, self._stream = total, stream
        self._is_shown = stream.isatty()
        self._sent = 0
        self._told = -1

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the line: what remains on the terminal is the result."""
        self._write("\r\x1b[K")

    def advance(self, count: int) -> None:
        """Tell that ``count`` more bytes were sent; what is sent again counts again."""
        self._sent += count
        percent = 100 * self._sent // max(1, self._total)
        if percent != self._told:
            self._told = percent
            sent, total = self._sent / _MIB, self._total / _MIB
            self._write(f"\r\x1b[Ksent {sent:,.0f} of {total:,.0f} MiB  {percent} %")

    def _write(self, text: str) -> None:
        if self._is_shown:
            self._stream.write(text)
            self._stream.flush()


# --- what only reads ------------------------------------------------------------------------------


def _list(client: "ApiClient", options: argparse.Namespace) -> int:
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker

    found = list(client.list_cases())
    if options.json:
        say_json({"cases": [_line(one) for one in found]})
        return 0
    speaker = Speaker.of(options)
    for one in found:
        facts = {
            "case": one.case,
            "kind": speaker.name("kind", one.kind),
            "peer": one.peer,
            "state": speaker.name("state", one.state),
        }
        if one.exercise:
            facts["case"] = f"{speaker.name('said', 'exercise')}  {one.case}"
        if one.due_at:
            clock = speaker.name("clock", one.due_clock)
            speaker.tell("case-due", clock=clock, at=one.due_at, **facts)
        else:
            speaker.tell("case", **facts)
    speaker.tell("cases", count=len(found))
    return 0


def _line(one: "ListedCase") -> "dict[str, Json]":
    return {
        "case": str(one.case),
        "due_at": str(one.due_at) if one.due_at else None,
        "due_clock": one.due_clock,
        "exercise": one.exercise,
        "kind": one.kind,
        "lane": one.lane,
        "peer": str(one.peer),
        "side": one.side,
        "state": one.state,
        "version": one.version,
    }


def _show(client: "ApiClient", options: argparse.Namespace) -> int:
    from longbien.node.commands._output import say, say_json
    from longbien.node.commands._speaking import Speaker
    from longbien.primitives.ids import CaseId

    found = client.read_case(CaseId.parse(options.case), reason=options.reason)
    if options.json:
        say_json(dict(found.document))
        return 0
    for line in outline(found.document, Speaker.of(options)):
        say(line)
    return 0


def outline(
    value: Mapping[str, object] | Sequence[object], speaker: "Speaker", depth: int = 0
) -> Iterator[str]:
    """Give a document as lines that people read; what is empty is left out."""
    space = "  " * depth
    members: Iterable[tuple[str, str, object]]
    if isinstance(value, Mapping):
        members = (
            (name, f"{speaker.name('member', name)}:", member) for name, member in value.items()
        )
    else:
        members = (("", "-", member) for member in value)
    for name, label, member in members:
        if isinstance(member, Mapping) or (isinstance(member, list) and member):
            yield f"{space}{label}"
            yield from outline(member, speaker, depth + 1)
        elif member not in (None, "", []):
            yield f"{space}{label} {_word(name, member, speaker)}"


def _word(name: str, value: object, speaker: "Speaker") -> str:
    if isinstance(value, bool):
        return speaker.name("said", "yes" if value else "no")
    family = "side" if name == "asked_by" else name
    text = speaker.name(family, str(value)) if family in _CODED else str(value)
    return text.replace("\n", " / ")
