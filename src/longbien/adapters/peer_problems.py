"""Errors as peers see them: an HTTP status and a problem document (RFC 9457) with the code.

A peer learns the code, which is public, and never the facts, which may name a file of ours.
"""

import math
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from attrs import frozen

from longbien.primitives.canonical import encode_json, parse_json
from longbien.primitives.errors import LongBienError, Malformed, Refused, Unavailable

PROBLEM: Final = "application/problem+json"
MAX_PROBLEM: Final = 2**12
RETRY_SECONDS: Final = 5

_BY_CODE: Final = MappingProxyType(
    {
        "peer.not-admitted": HTTPStatus.FORBIDDEN,
        "peer.no-such-path": HTTPStatus.NOT_FOUND,
        "transfer.unknown": HTTPStatus.NOT_FOUND,
        "transfer.index": HTTPStatus.NOT_FOUND,
        "peer.method": HTTPStatus.METHOD_NOT_ALLOWED,
        "peer.no-length": HTTPStatus.LENGTH_REQUIRED,
        "peer.body-size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "transfer.size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "peer.expectation": HTTPStatus.EXPECTATION_FAILED,
        "peer.over-budget": HTTPStatus.TOO_MANY_REQUESTS,
        "peer.head-size": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "peer.version": HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
    }
)


def status_of(error: LongBienError) -> HTTPStatus:
    """Return the HTTP status that goes with an error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, Malformed):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, Refused):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.SERVICE_UNAVAILABLE


def retry_after(error: LongBienError) -> int | None:
    """Return the whole seconds after which the peer may ask again, where that can help.

    The fact ``retry_after`` (seconds) says it; otherwise it is RETRY_SECONDS.
    """
    if not isinstance(error, Unavailable) or not error.retry:
        return None
    seconds = error.facts.get("retry_after", RETRY_SECONDS)
    return max(1, math.ceil(seconds)) if isinstance(seconds, int | float) else RETRY_SECONDS


def encode_problem(error: LongBienError) -> bytes:
    """Write the problem document of an error."""
    status = status_of(error)
    return encode_json(
        {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "code": error.code,
            "detail": "" if error.facts else str(error),
        }
    )


@frozen(kw_only=True)
class Problem:
    """A problem document of another node."""

    status: int
    code: str


def parse_problem(data: bytes, *, status: int) -> Problem:
    """Read the code of a refusal; the rest of the document is for people.

    Raises Malformed ``peer.answer-problem``.
    """
    try:
        found = parse_json(data, max_size=MAX_PROBLEM, max_depth=4)
    except Malformed:
        found = None
    code = found.get("code") if isinstance(found, dict) else None
    if not isinstance(code, str) or not 0 < len(code) <= 64 or not code.isascii():  # noqa: PLR2004 - longer than any code
        raise Malformed("peer.answer-problem", "the other node refused and did not say why")
    return Problem(status=status, code=code)
