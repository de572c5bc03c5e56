"""``longbien request check``: what is missing, wrong or risky in a request, before it is sent."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from longbien.adapters.api_client import ApiClient, RuleWarning
    from longbien.node.commands._speaking import Speaker

SEVERITIES: Final = ("missing", "wrong", "risky", "note")
_SERIOUS: Final = frozenset({"missing", "wrong"})
_INDETERMINATE: Final = 3

_DESCRIPTION = """\
Tell what is missing, wrong, risky or good to know in a request, worst first, each with its
article and with what to do.  Nothing is sent and nothing is stored.  The file holds what
'POST /cases' takes: {"kind": ..., "peer": "VN/contact-point", "legal_basis": [...],
"contents": {field: text, ...}}.

Identifiers stand one a line, as KIND VALUE [port N] [at TIME], like
  ip 192.0.2.7 port 44321 at 2026-03-01T10:15:00+07:00
Kinds: account, device, domain, email, iban, imei, imsi, ip, lei, mac, md5, phone, sha1, sha256,
sha512, transaction CHAIN, url, user, wallet CHAIN.

Exit code 0: nothing missing, nothing wrong; 3: something is.  It can be sent all the same."""


def add_check(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    check = verbs.add_parser(
        "check",
        help="tell what is missing or wrong in a request, without sending it",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("file", type=Path, help="the request, a JSON object")


def check(client: "ApiClient", options: argparse.Namespace, body: "dict[str, Any]") -> int:
    """Have it checked and tell the remarks; return the exit code."""
    from longbien.node.commands._output import say_json
    from longbien.node.commands._speaking import Speaker

    found = client.check(**body)
    if options.json:
        say_json({"warnings": [_plain(one) for one in found]})
    else:
        _tell(Speaker.of(options), found)
    return _INDETERMINATE if any(one.severity in _SERIOUS for one in found) else 0


def _plain(one: "RuleWarning") -> "dict[str, Any]":
    return {
        "code": one.code,
        "confidence": one.confidence,
        "facts": dict(one.facts),
        "ref": one.ref,
        "sentence": one.sentence,
        "severity": one.severity,
    }


def _tell(speaker: "Speaker", found: "Sequence[RuleWarning]") -> None:
    for severity in SEVERITIES:
        those = [one for one in found if one.severity == severity]
        if those:
            name = speaker.name("severity", severity)
            speaker.tell("remarks-of", severity=name, count=len(those))
        for one in those:
            text = speaker.words.sentence(one.code, sorted(one.facts.items()))
            speaker.tell("remark", text=text)
            grade = speaker.name("grade", one.confidence)
            field = one.facts.get("field")
            speaker.tell(
                "remark-source-field" if field else "remark-source",
                code=one.code, ref=one.ref, grade=grade, field=field or "",
            )  # fmt: skip
    speaker.tell("checked", count=len(found))
