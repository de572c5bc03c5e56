"""What a verb has done, and calls that may come twice.

A case system that got no answer calls again with the same idempotency key: it gets the answer
of the first time, and nothing is done again.  The answer is committed with what it answers.
"""

import re
from typing import Any, Final, cast

from attrs import evolve, field, frozen

from longbien.casework.case import Severity, Warned
from longbien.desk.office import Office
from longbien.desk.ports import Answered
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import CaseId, MessageId

MAX_KEY: Final = 128  # characters
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY}}}", re.ASCII)


@frozen(kw_only=True)
class Call:
    """A call with an idempotency key."""

    scope: str
    """Whose keys these are: an API token's id, an officer.  Two scopes never meet."""

    key: str = field()
    request_sha256: Digest
    """Over everything that was asked: verb, case, body."""

    @key.validator
    def _has_form(self, _attribute: object, value: str) -> None:
        if not _KEY.fullmatch(value):
            raise Malformed(
                "call.key",
                "an idempotency key is 1 to {limit} visible ASCII characters",
                limit=MAX_KEY,
            )


@frozen(kw_only=True)
class Done:
    """What a verb has done."""

    case: CaseId
    version: int
    """Of the case, after it."""

    messages: tuple[MessageId, ...] = ()
    """What is on its way to the other State because of it."""

    warnings: tuple[Warned, ...] = ()
    is_repeated: bool = False
    """True: it was done by an earlier call with this key."""


def find_done(office: Office, call: Call | None) -> Done | None:
    """Return what an earlier call with this key has done.

    Raises Refused ``call.other-request`` where it had asked for something else.
    """
    if call is None:
        return None
    found = office.journal.find_answered(call.scope, call.key)
    if found is None:
        return None
    if found.request_sha256 != call.request_sha256:
        raise Refused(
            "call.other-request", "this idempotency key belongs to a call that asked something else"
        )
    return evolve(_parse_done(found.answer), is_repeated=True)


def answer_of(call: Call | None, done: Done) -> Answered | None:
    """Return what is kept for a call."""
    if call is None:
        return None
    return Answered(
        scope=call.scope,
        key=call.key,
        request_sha256=call.request_sha256,
        answer=_encode_done(done),
    )


def _encode_done(done: Done) -> bytes:
    return encode_json(
        {
            "case": str(done.case),
            "messages": [str(message) for message in done.messages],
            "version": done.version,
            "warnings": [
                {
                    "code": one.code,
                    "confidence": one.confidence,
                    "facts": [[name, text] for name, text in one.facts],
                    "ref": one.ref,
                    "severity": one.severity.value,
                }
                for one in done.warnings
            ],
        }
    )


def _parse_done(data: bytes) -> Done:
    # our own bytes, out of our own journal
    value = cast("dict[str, Any]", parse_canonical(data))
    return Done(
        case=CaseId(value["case"]),
        version=value["version"],
        messages=tuple(MessageId(text) for text in value["messages"]),
        warnings=tuple(
            Warned(
                code=one["code"],
                ref=one["ref"],
                confidence=one["confidence"],
                severity=Severity(one["severity"]),
                facts=tuple((name, text) for name, text in one["facts"]),
            )
            for one in value["warnings"]
        ),
    )
