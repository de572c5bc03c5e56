"""Refusals without a signed word: problem+json (RFC 9457) with our codes.

It tells the peer's operator what is wrong and its worker whether to try again.  It carries
nothing about a case, and nobody's word is given by it: whoever sent a message keeps it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from longbien.channel._fields import Fields
from longbien.channel.wire import is_code
from longbien.primitives.canonical import Json, encode_json, parse_json
from longbien.primitives.errors import (
    LongBienError,
    Malformed,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
MAX_PROBLEM: Final = 8 * 1024  # bytes
TYPE_PREFIX: Final = "urn:longbien:problem:"

_MAX_TEXT = 500  # characters of a title or detail that are kept
_CONFLICT, _UNAVAILABLE = 409, 503

STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "channel.lane-header": 400,
        "age.no-match": 400,
        "message.other-state": 403,
        "message.other-recipient": 403,
        "message.not-signed": 403,
        "message.key-revoked": 403,
        "message.exercise": 403,
        "message.protocol-downgrade": 403,
        "message.suite-unknown": 403,
        "message.suite-downgrade": 403,
        "message.lane-mismatch": 400,
        "message.id-reused": _CONFLICT,
        "thread.number-reused": _CONFLICT,
        "thread.gap": _UNAVAILABLE,
        "clock.apart": _UNAVAILABLE,
        "message.from-future": _UNAVAILABLE,
        "transfer.unknown": 404,
        "transfer.index": 404,
        "transfer.size": 409,
        "transfer.no-room": 507,
        "channel.size": 413,
    }
)
"""The HTTP status of a transport refusal; every other Malformed is 400, Unavailable 503."""


@frozen(kw_only=True)
class Problem:
    """A refusal as it is told."""

    status: int
    code: str
    title: str
    detail: str = ""
    expected: int | None = field(default=None)
    """With ``thread.gap``: the number that the recipient waits for."""


def problem_of(error: LongBienError) -> Problem:
    """Return the problem that tells of an error; what stands in its facts is not told."""
    return problem_for(error.code, default=_status(error))


def problem_for(code: str, *, default: int = 400, expected: int | None = None) -> Problem:
    """Return the problem with that code."""
    title = code.replace(".", ": ").replace("-", " ")
    return Problem(status=STATUS.get(code, default), code=code, title=title, expected=expected)


def _status(error: LongBienError) -> int:
    if isinstance(error, Malformed):
        return 400
    return _UNAVAILABLE if isinstance(error, Unavailable) else 403


def encode_problem(problem: Problem) -> bytes:
    """Write a problem document."""
    value: dict[str, Json] = {
        "code": problem.code,
        "detail": problem.detail,
        "status": problem.status,
        "title": problem.title,
        "type": TYPE_PREFIX + problem.code,
    }
    if problem.expected is not None:
        value["expected"] = problem.expected
    return encode_json(value)


def parse_problem(data: bytes, *, status: int) -> Problem:
    """Read what a peer answered with that HTTP status; unknown members are ignored (RFC 9457).

    Its texts are a stranger's: show them as such, and decide by the code alone.  Raises
    Malformed ``json.*``, ``channel.problem`` and ``channel.form``.
    """
    value = parse_json(data, max_size=MAX_PROBLEM, max_depth=4)
    code = value.get("code") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(code, str) or not is_code(code):
        raise Malformed("channel.problem", "a refusal without a code")
    fields = Fields("a problem", value)
    expected = fields.number("expected", low=1) if "expected" in value else None
    return Problem(
        status=status,
        code=code,
        title=_text(value.get("title")),
        detail=_text(value.get("detail")),
        expected=expected,
    )


def _text(value: Json) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""
