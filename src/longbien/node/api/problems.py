"""Errors as the API shows them: an HTTP status and a problem document (RFC 9457) with the code.

The status is chosen here, out of who must act.  A code that the house uses inside and that would
tell an outsider of a case is shown as the one for a case that does not exist.
"""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from django.http import HttpResponse

from longbien.primitives.canonical import Json, encode_json
from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused, Unavailable
from longbien.primitives.visible import spell_unseen

PROBLEM: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
MAX_ERRORS: Final = 20  # fields named in one problem
_MAX_AT: Final = 100  # characters

_ALIKE: Final = frozenset({"case.unknown", "officer.foreign-authority"})
NO_SUCH_CASE: Final = "desk.no-such-case"

_FORBIDDEN: Final = frozenset(
    {
        "api.scope",
        "desk.auditor-only",
        "desk.may-not-read",
        "officer.duty",
        "officer.four-eyes",
        "officer.machine-only",
        "officer.missing",
        "proposal.foreign",
        "statistics.auditor-only",
    }
)
_ABSENT: Final = frozenset(
    {
        NO_SUCH_CASE,
        "api.no-such-path",
        "desk.no-such-exhibit",
        "desk.no-such-verb",
        "officers.no-such-token",
        "package.not-arrived",
    }
)
_CONFLICT: Final = frozenset(
    {
        "arrival.taken",
        "case.exists",
        "case.over",
        "case.offer",
        "case.extension",
        "destruction.not-approved",
        "destruction.not-proposed",
        "destruction.nothing",
        "destruction.proposed",
        "emergency.nothing-to-confirm",
        "exhibit.exists",
        "proposal.closed",
        "release.closed",
        "release.conditions",
        "release.exists",
        "release.not-approved",
        "release.not-executing",
        "release.waiting",
        "transition.refused",
    }
)
_BY_CODE: Final = MappingProxyType(
    {
        **dict.fromkeys(_FORBIDDEN, HTTPStatus.FORBIDDEN),
        **dict.fromkeys(_ABSENT, HTTPStatus.NOT_FOUND),
        **dict.fromkeys(_CONFLICT, HTTPStatus.CONFLICT),
        "api.no-token": HTTPStatus.UNAUTHORIZED,
        "api.token": HTTPStatus.UNAUTHORIZED,
        "api.host": HTTPStatus.MISDIRECTED_REQUEST,
        "api.method": HTTPStatus.METHOD_NOT_ALLOWED,
        "api.no-length": HTTPStatus.LENGTH_REQUIRED,
        "api.body-size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "api.body-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "api.over-rate": HTTPStatus.TOO_MANY_REQUESTS,
        "api.request": HTTPStatus.UNPROCESSABLE_ENTITY,
        "case.erased": HTTPStatus.GONE,
        "package.destroyed": HTTPStatus.GONE,
        "desk.moved-on": HTTPStatus.PRECONDITION_FAILED,
        "sealed.too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "vault.no-space": HTTPStatus.INSUFFICIENT_STORAGE,
    }
)

STATUSES: Final = tuple(
    sorted(
        {
            *_BY_CODE.values(),
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            HTTPStatus.SERVICE_UNAVAILABLE,
        }
    )
)
"""Every status that a problem may have."""


class BadRequest(Malformed):
    """A request that is not as the OpenAPI document says, with the places where it is not."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__("api.request", "the request is not as the API's document says")
        self.errors = tuple(errors[:MAX_ERRORS])


_PHRASES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}


def phrase_of(status: HTTPStatus) -> str:
    """Return the words of a status in RFC 9110; Python 3.11 still has older ones for some."""
    return _PHRASES.get(status, status.phrase)


def status_of(error: LongBienError) -> HTTPStatus:
    """Return the HTTP status that goes with an error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, Malformed):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, Refused):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, Integrity):
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return HTTPStatus.SERVICE_UNAVAILABLE


def shown(error: LongBienError) -> LongBienError:
    """Return the error that a caller sees instead of this one: most often the same."""
    if isinstance(error, Refused) and error.code in _ALIKE:
        return Refused("desk.no-such-case", "there is no such case")
    return error


def problem(error: LongBienError) -> HttpResponse:
    """Return the answer to a request that failed."""
    told = shown(error)
    status = status_of(told)
    words: dict[str, Json] = {}
    if not _is_hidden(told):
        words = {"text": told.text, "facts": _facts(told)}
    response = document(
        status, told.code, _detail(told), errors=getattr(told, "errors", ()), words=words
    )
    seconds = _retry_after(told)
    if seconds is not None:
        response["Retry-After"] = str(seconds)
    if status is HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def document(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    words: Mapping[str, Json] = MappingProxyType({}),
) -> HttpResponse:
    """Write a problem document; ``words`` are its text and facts, for a caller who translates."""
    value: dict[str, Json] = {
        "type": "about:blank",
        "title": phrase_of(status),
        "status": int(status),
        "code": code,
        "detail": detail,
        "errors": [{"at": at, "code": one} for at, one in errors],
        **words,
    }
    response = HttpResponse(encode_json(value), status=int(status), content_type=PROBLEM)
    response["Longbien-Code"] = code
    return response


def place_of(location: Sequence[Any]) -> str:
    """Return where a field stands, as text that may be shown whatever somebody called it."""
    text = ".".join(str(part) for part in location if part != "body")[:_MAX_AT]
    return spell_unseen(text.encode("utf-8", "replace").decode())


def _is_hidden(error: LongBienError) -> bool:
    # what our own store or the world has to say names files of ours; officers get the code
    return isinstance(error, Unavailable | Integrity) and bool(error.facts)


def _detail(error: LongBienError) -> str:
    return "see the code" if _is_hidden(error) else _seen(str(error))


def _facts(error: LongBienError) -> dict[str, Json]:
    return {name: _seen(str(fact)) for name, fact in error.facts.items()}


def _seen(text: str) -> str:
    return spell_unseen(text.encode("utf-8", "replace").decode())


def _retry_after(error: LongBienError) -> int | None:
    seconds = error.facts.get("retry_after")
    if isinstance(seconds, int | float):
        return max(1, math.ceil(seconds))
    return RETRY_SECONDS if isinstance(error, Unavailable) else None
