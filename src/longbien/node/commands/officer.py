"""``longbien officer``: enter officers and give them tokens."""

import argparse
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from longbien.node.store.officers import Officers, Token
    from longbien.primitives.canonical import Json

En = TypeVar("En", bound=StrEnum)

_DESCRIPTION = """\
Enter the officers of a node with their duties, and give their systems tokens for the REST
interface.  A token is shown once; the node keeps only its SHA-256."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "officer", help="enter officers and give them tokens", description=_DESCRIPTION
    )
    parser.add_argument("folder", metavar="NODE", type=Path, help="the node's folder")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, dest="verb")
    _add_add(verbs)
    _add_token(verbs)
    _add_list(verbs)
    _add_revoke(verbs)
    parser.set_defaults(run=run)


def _add_add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = verbs.add_parser("add", help="enter an officer, or change what one is entrusted with")
    add.add_argument("officer", help="an id: lower-case letters, digits, dots")
    add.add_argument("--authority", required=True, help="like VN/contact-point")
    add.add_argument(
        "--duty",
        action="append",
        default=[],
        help="duty-officer, case-officer, authoriser, evidence-custodian, auditor or "
        "administrator; may be repeated",
    )
    add.add_argument("--json", action="store_true", help="print one JSON document")


def _add_token(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    token = verbs.add_parser("token", help="give an officer a token and show it, once")
    token.add_argument("officer", help="the officer's id")
    token.add_argument(
        "--scope",
        action="append",
        default=[],
        help="read, act, ingest, export or admin; may be repeated (default: read and act)",
    )
    token.add_argument("--days", type=int, default=90, help="how long it is good (default: 90)")
    token.add_argument("--json", action="store_true", help="print one JSON document")


def _add_list(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = verbs.add_parser("list", help="show officers and tokens, never a token's secret")
    listed.add_argument("--json", action="store_true", help="print one JSON document")


def _add_revoke(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    revoke = verbs.add_parser("revoke", help="let tokens open nothing any more")
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("--token", help="the id of a token: the 16 digits after lbt_")
    which.add_argument("--officer", help="all tokens of this officer")
    revoke.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Do one of the verbs."""
    from longbien.node.running import open_node

    with open_node(options.folder) as node:
        from longbien.node.store.officers import Officers

        officers = Officers.of(node.store)
        if options.verb == "add":
            return _add(officers, options, served=frozenset(node.office.seats))
        if options.verb == "token":
            return _issue(officers, options)
        if options.verb == "revoke":
            return _revoke(officers, options)
        return _list(officers, options)


def _add(officers: "Officers", options: argparse.Namespace, *, served: frozenset[object]) -> int:
    from longbien.casework.case import Duty, Officer
    from longbien.node.commands._output import say, say_json
    from longbien.primitives.errors import Refused
    from longbien.primitives.ids import AuthorityId, OfficerId

    authority = AuthorityId.parse(options.authority)
    if authority not in served:
        raise Refused(
            "officers.not-served",
            "{authority} is not served by this node; it serves: {served}",
            authority=authority,
            served=", ".join(sorted(map(str, served))),
        )
    duties = frozenset(_word(Duty, one) for one in options.duty)
    officers.add(Officer(id=OfficerId.parse(options.officer), authority=authority, duties=duties))
    words = sorted(duty.value for duty in duties)
    if options.json:
        say_json({"authority": str(authority), "duties": words, "officer": options.officer})
        return 0
    say(f"{options.officer} of {authority}: {', '.join(words)}")
    return 0


def _issue(officers: "Officers", options: argparse.Namespace) -> int:
    from longbien.node.commands._output import say, say_json
    from longbien.node.store.officers import Scope
    from longbien.primitives.ids import OfficerId

    scopes = [_word(Scope, one) for one in options.scope or ["read", "act"]]
    issued = officers.issue(OfficerId.parse(options.officer), scopes=scopes, days=options.days)
    if options.json:
        say_json({**_told(issued.token), "token": issued.text})
        return 0
    say(issued.text)
    say(f"Good until {issued.token.expires_at}.  It is shown only now and kept nowhere.")
    return 0


def _revoke(officers: "Officers", options: argparse.Namespace) -> int:
    from longbien.node.commands._output import say, say_json
    from longbien.primitives.ids import OfficerId

    if options.token:
        revoked: tuple[Token, ...] = (officers.revoke(options.token),)
    else:
        revoked = officers.revoke_all(OfficerId.parse(options.officer))
    if options.json:
        say_json({"revoked": [one.id for one in revoked]})
        return 0
    say(f"{len(revoked)} revoked: {', '.join(one.id for one in revoked) or 'none was good'}")
    return 0


def _list(officers: "Officers", options: argparse.Namespace) -> int:
    from longbien.node.commands._output import say, say_json

    found, tokens = officers.all(), officers.tokens()
    if options.json:
        say_json(
            {
                "officers": [
                    {
                        "authority": str(one.authority),
                        "duties": sorted(duty.value for duty in one.duties),
                        "officer": str(one.id),
                    }
                    for one in found
                ],
                "tokens": [_told(one) for one in tokens],
            }
        )
        return 0
    for one in found:
        say(f"{one.id}  {one.authority}  {', '.join(sorted(duty.value for duty in one.duties))}")
        for token in tokens:
            if token.officer == one.id:
                end = f"revoked {token.revoked_at}" if token.revoked_at else token.expires_at
                say(f"  {token.id}  {', '.join(sorted(s.value for s in token.scopes))}  {end}")
    return 0


def _told(token: "Token") -> dict[str, "Json"]:
    return {
        "expires_at": str(token.expires_at),
        "id": token.id,
        "officer": str(token.officer),
        "revoked_at": str(token.revoked_at) if token.revoked_at else None,
        "scopes": sorted(scope.value for scope in token.scopes),
    }


def _word(kind: type[En], text: str) -> En:
    from longbien.primitives.errors import Refused

    try:
        return kind(text)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise Refused(
            "officers.word", "{word} is none of: {known}", word=text, known=known
        ) from None
