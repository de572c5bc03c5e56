"""A visit: one request at the officers' door, who makes it and what is logged of it."""

import re
import threading
from typing import Final, cast
from urllib.parse import unquote_to_bytes

from attrs import define, field, frozen
from django.http import HttpRequest
from ninja.security.base import AuthBase

from longbien.desk.calls import Call
from longbien.desk.office import Office
from longbien.node.api.rates import Rates
from longbien.node.running import Node
from longbien.node.store.officers import Bearer, Officers, Scope
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import CaseId

MAX_UPLOADS: Final = 3  # at a time in one process: each holds its buffers, and a thread
MAX_HEADER: Final = 16 * 1024  # characters of a percent-encoded header: a name, a note

_KEY: Final = "longbien.visit"  # no header can set it: those are all named HTTP_…
_BEARER = re.compile(r"Bearer ([\x21-\x7e]{1,128})", re.ASCII)
_ETAG = re.compile(r'"([0-9]{1,9})"', re.ASCII)


@frozen(kw_only=True)
class House:
    """What the door of one node holds, whoever comes."""

    node: Node
    officers: Officers
    rates: Rates
    uploads: threading.BoundedSemaphore = field(
        factory=lambda: threading.BoundedSemaphore(MAX_UPLOADS)
    )


@define(kw_only=True)
class Visit:
    """One request."""

    house: House
    started: float
    bearer: Bearer | None = None
    route: str = ""
    case: str = ""
    """The id of the case it is about; the only id of a path that is logged."""

    @property
    def office(self) -> Office:
        """Return the office."""
        return self.house.node.office

    @property
    def who(self) -> Bearer:
        """Return who has come in; a route that asks has a ``Needs``."""
        if self.bearer is None:
            raise _no_token()
        return self.bearer


def put_visit(request: HttpRequest, visit: Visit) -> None:
    """Let a request know its visit."""
    request.META[_KEY] = visit


def visit_of(request: HttpRequest) -> Visit:
    """Return the visit that a request belongs to."""
    return cast("Visit", request.META[_KEY])


class Needs(AuthBase):
    """Lets in whoever bears a token with a scope."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Bearer:
        """Return who comes in.

        Raises Refused ``api.no-token``, ``api.token``, ``api.over-rate``, ``api.scope``.
        """
        visit = visit_of(request)
        form = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        if form is None:
            raise _no_token()
        bearer = visit.house.officers.find_bearer(form[1])
        if bearer is None:
            raise Refused("api.token", "this token is unknown, was revoked or has expired")
        visit.bearer = bearer
        visit.house.rates.require(bearer.token.id)
        if self.scope not in bearer.token.scopes:
            raise Refused(
                "api.scope", "this token is not good for that: {scope}", scope=self.scope.value
            )
        return bearer


def _no_token() -> Refused:
    return Refused("api.no-token", "send the token: Authorization: Bearer lbt_…")


def call_of(request: HttpRequest, key: str, *, asked: bytes) -> Call:
    """Return the call with its idempotency key; the keys of each officer are its own."""
    told = encode_json(
        {
            "body": Digest.of(asked).hex,
            "method": request.method or "",
            "path": request.path.encode("utf-8", "surrogateescape").hex(),
        }
    )
    scope = f"api/{visit_of(request).who.officer.id}"
    return Call(scope=scope, key=key, request_sha256=Digest.of(told))


def case_of(request: HttpRequest, text: str) -> CaseId:
    """Return the case that a path names.  Raises Refused ``desk.no-such-case``."""
    try:
        case = CaseId.parse(text)
    except Malformed:
        raise Refused("desk.no-such-case", "there is no such case") from None
    visit_of(request).case = case.text
    return case


def words_of(text: str, *, header: str) -> str:
    """Read the words of a header: UTF-8, percent-encoded (RFC 3986), so that they are ASCII.

    Raises Malformed ``api.header``.
    """
    try:
        if len(text) > MAX_HEADER or not text.isascii():
            raise ValueError  # noqa: TRY301 - one exit for all that is wrong with it
        return unquote_to_bytes(text).decode("utf-8")
    except ValueError:
        raise Malformed(
            "api.header", "the header {header} is not percent-encoded UTF-8", header=header
        ) from None


def version_of(if_match: str | None) -> int | None:
    """Return the version that the caller has seen; None where it does not matter.

    Raises Malformed ``api.header``.
    """
    if if_match is None or if_match == "*":
        return None
    form = _ETAG.fullmatch(if_match)
    if form is None:
        raise Malformed(
            "api.header", "the header {header} is not the ETag of a case", header="If-Match"
        )
    return int(form[1])


def etag_of(version: int) -> str:
    """Return the ETag of a case at a version."""
    return f'"{version}"'
