"""All routes together, and how what goes wrong in one of them becomes a problem document."""

from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser

from longbien import __version__
from longbien.node.api import acts, cases, exhibits, exports, house, statistics
from longbien.node.api.problems import BadRequest, place_of, problem
from longbien.primitives.canonical import parse_json
from longbien.primitives.errors import LongBienError, Malformed

MAX_BODY: Final = 2**20
"""Bytes of one document: what a message between two States may hold; evidence is uploaded."""

PREFIX: Final = "api/v1/"

_ABOUT: Final = """\
The officers' interface of a State's node, for the State's own case systems.  Every error is a
problem document (RFC 9457) whose code is explained in spec/codes.md.  docs/api.md begins here."""


class StrictParser(Parser):
    """Reads JSON in which two readers see the same: no duplicate keys, no fractions, no depth."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 - any JSON; the schema judges
        """Return the document.  Raises Malformed ``json.…``."""
        return parse_json(request.body, max_size=MAX_BODY)


class _Api(NinjaAPI):
    """Names each operation after its function."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name."""
        return operation.view_func.__name__


api = _Api(
    title="Long Bien",
    version=__version__,
    description=_ABOUT,
    openapi_url=None,
    docs_url=None,
    urls_namespace="longbien-api",
    parser=StrictParser(),
)
for _module in (cases, acts, exhibits, exports, house, statistics):
    api.add_router("", _module.router)


@api.exception_handler(LongBienError)
def _ours(_request: HttpRequest, error: LongBienError) -> HttpResponse:
    return problem(error)


@api.exception_handler(ValidationError)
def _not_as_documented(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(BadRequest([(place_of(one["loc"]), one["type"]) for one in error.errors]))


@api.exception_handler(HttpError)
def _unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    # the only one that can come: the framework hides what our parser has said behind it
    cause = error.__cause__
    if isinstance(cause, LongBienError):
        return problem(cause)
    raise error


@api.exception_handler(SuspiciousOperation)
def _suspicious(_request: HttpRequest, _error: SuspiciousOperation) -> HttpResponse:
    return problem(Malformed("api.suspicious", "the request is none that a case system makes"))
