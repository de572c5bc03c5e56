"""The officers' door of one node: a WSGI application, around it what holds for every request.

What is refused before a route is asked: another host's name, a body without a length, too large
or of another type.  Every request is one line in the log: route, status, code, never content.
"""

import re
import time
import traceback
from collections.abc import Callable
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import structlog
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, URLPattern, URLResolver, path
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RegexPattern

from longbien.node.api.document import openapi_document
from longbien.node.api.problems import document, problem
from longbien.node.api.rates import Rates
from longbien.node.api.routes import MAX_BODY, PREFIX, api
from longbien.node.api.visits import House, Visit, put_visit
from longbien.node.running import Node
from longbien.node.store.officers import Officers
from longbien.primitives.errors import LongBienError, Malformed, Refused

log = structlog.get_logger("longbien.api")

HEADERS: Final = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "sandbox"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
"""What every answer carries: a browser that is led here shows nothing and keeps nothing."""

_JSON = re.compile(r"application/json(?: *; *charset=\"?utf-8\"?)?", re.IGNORECASE)
_OCTETS = re.compile(r"application/octet-stream", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_LISTS: Final = frozenset({"recipient"})  # names of a query that may be repeated
_MAX_QUERY: Final = 64 * 1024  # bytes: sixteen recipients of an export, and room


def make_application(node: Node, *, monotonic: Callable[[], float] = time.monotonic) -> WSGIHandler:
    """Return the application that serves the officers of a node.

    Django must be set up.  Any number of threads may call it.
    """
    house = House(node=node, officers=Officers.of(node.store), rates=Rates(monotonic=monotonic))
    return Application(house, monotonic=monotonic)


class Application(WSGIHandler):
    """Django's WSGI handler, with this door's steps instead of Django's middleware."""

    def __init__(self, house: House, *, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._house = house
        self._monotonic = monotonic
        self._routes = URLResolver(RegexPattern(r"^/"), _routes())

    def get_response(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; whatever happens, with a document."""
        visit = Visit(house=self._house, started=self._monotonic())
        put_visit(request, visit)
        try:
            response = self._answered(request, visit)
        except LongBienError as error:
            response = problem(error)
        except SuspiciousOperation:
            response = problem(
                Malformed("api.suspicious", "the request is none that a case system makes")
            )
        except Exception as error:  # noqa: BLE001 - the door: a bug fails closed, and is logged
            response = _fault(error)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        self._note(request, visit, response)
        return response  # type: ignore[return-value]  # a streamed one is none of Django's declared type

    def _answered(self, request: HttpRequest, visit: Visit) -> HttpResponseBase:
        _require_host(request)
        _require_body(request)
        match = self._matched(request)
        visit.route = match.route
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = response.headers["Allow"]
            response = problem(Refused("api.method", "this address is not asked in this way"))
            response.headers["Allow"] = allowed
        return response

    def _matched(self, request: HttpRequest) -> ResolverMatch:
        try:
            match = self._routes.resolve(request.path_info)
        except Resolver404:
            match = None
        if match is None or match.url_name == "api-root":  # where ninja would have a page
            raise Refused("api.no-such-path", "there is nothing at this address")
        return match

    def _note(self, request: HttpRequest, visit: Visit, response: HttpResponseBase) -> None:
        log.info(
            "request",
            method=request.method if request.method in _METHODS else "other",
            route=visit.route,
            status=response.status_code,
            code=response.headers.get("Longbien-Code", ""),
            ms=round(1000 * (self._monotonic() - visit.started), 1),
            token=visit.bearer.token.id if visit.bearer else "",
            case=visit.case,
        )


_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def _routes() -> list[URLPattern | URLResolver]:
    return [
        path(f"{PREFIX}openapi.json", _openapi, name="openapi"),
        path(PREFIX, api.urls),
    ]


def _openapi(request: HttpRequest) -> HttpResponse:
    if request.method != "GET":
        raise Refused("api.method", "this address is not asked in this way")
    return HttpResponse(openapi_document(), content_type="application/json")


# --- before a route is asked ----------------------------------------------------------------------


def _require_host(request: HttpRequest) -> None:
    try:
        request.get_host()
    except DisallowedHost:
        raise Malformed(
            "api.host", "this node does not answer under that name; see allowed_hosts"
        ) from None
    if len(request.META.get("QUERY_STRING", "")) > _MAX_QUERY:
        raise Malformed("api.suspicious", "the request is none that a case system makes")
    if any(len(said) > 1 for name, said in request.GET.lists() if name not in _LISTS):
        raise Malformed("api.query-twice", "the query says one thing twice")


def _require_body(request: HttpRequest) -> None:
    """Refuse a body by its headers, before a byte of it is read."""
    if request.method not in {"POST", "PUT", "PATCH"}:
        return
    length = request.META.get("CONTENT_LENGTH", "")
    if not _LENGTH.fullmatch(length):
        raise Malformed("api.no-length", "a body is sent with its length (Content-Length)")
    wanted = _OCTETS if request.method == "PUT" else _JSON
    if not wanted.fullmatch(request.META.get("CONTENT_TYPE", "").strip()):
        raise Malformed(
            "api.body-type", "documents are application/json, exhibits application/octet-stream"
        )
    if request.method != "PUT" and int(length) > MAX_BODY:
        raise Malformed("api.body-size", "more than {limit} bytes", limit=MAX_BODY)


# --- faults ---------------------------------------------------------------------------------------


def _fault(error: Exception) -> HttpResponse:
    # where, never what: the words of an error may hold content
    places = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)[-6:]
    ]
    log.error("fault", kind=type(error).__name__, places=places)
    return document(
        HTTPStatus.INTERNAL_SERVER_ERROR, "api.fault", "a fault of this program; nothing was done"
    )
