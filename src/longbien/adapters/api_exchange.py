"""How the API's client and the node exchange one request: over HTTP, or any way that is given.

What the node refuses comes back as an error of the house under the node's own code.
"""

import http.client
import math
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from longbien.adapters.addresses import is_plain_on_this_machine
from longbien.primitives.canonical import parse_json
from longbien.primitives.errors import (
    Integrity,
    LongBienError,
    Malformed,
    Refused,
    Unavailable,
)

PIECE: Final = 2**20  # bytes of a stream that are in memory at once
SECONDS: Final = 120.0  # without a byte from the node
_MAX_PROBLEM: Final = 2**16
_HOLE: Final = re.compile(r"\{([a-z0-9_]+)\}", re.ASCII)
_OWN: Final = frozenset({"retry", "retry_after"})  # facts that this client sets itself
_THEIR_FORM: Final = frozenset({400, 405, 411, 413, 415, 421, 422})


class _Hash(Protocol):
    def update(self, data: Any, /) -> None: ...  # noqa: ANN401 - bytes of any kind


@frozen(kw_only=True)
class FileBody:
    """A file as a request's body, hashed as it is sent."""

    path: Path
    told: Callable[[int], object]
    digest: _Hash

    @property
    def size(self) -> int:
        """Return how many bytes it has now."""
        return self.path.stat().st_size

    def pieces(self) -> Iterator[bytes]:
        """Give its bytes in order."""
        with self.path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE):
                self.digest.update(piece)
                self.told(len(piece))
                yield piece


@frozen(kw_only=True)
class ApiCall:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | FileBody = b""


class ApiReply(Protocol):
    """What the node answered."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    def header(self, name: str, /) -> str:
        """Return a header, empty where there is none."""
        ...

    def read(self, limit: int, /) -> bytes:
        """Return the whole body.  Raises Malformed ``api-client.answer`` above the limit."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """Give the body piece by piece.  Raises Unavailable ``api-client.no-answer`` if cut."""
        ...


Exchange: TypeAlias = Callable[[ApiCall], AbstractContextManager[ApiReply]]
"""Carries a request, once.  Raises Unavailable ``api-client.no-answer``."""


def error_of(reply: ApiReply) -> LongBienError:
    """Return the node's refusal as an error of the house: who must act is told by its status."""
    try:
        found = parse_json(reply.read(_MAX_PROBLEM))
    except Malformed:
        found = None
    document: Mapping[str, Any] = found if isinstance(found, dict) else {}
    code, detail = document.get("code"), document.get("detail")
    if not isinstance(code, str) or not isinstance(detail, str):
        return Malformed("api-client.answer", "the node's answer cannot be read")
    text, facts = _words_of(document, detail)
    if reply.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return _later(code, text, {**facts, "retry_after": reply.header("Retry-After")})
    return _kind_of(reply.status)(code, text, **facts)


def _words_of(document: Mapping[str, Any], detail: str) -> tuple[str, Mapping[str, str]]:
    """Return the words with their holes, so that they can be translated; else as they came."""
    text, facts = document.get("text"), document.get("facts")
    if isinstance(text, str) and isinstance(facts, dict):
        rest = _HOLE.sub(lambda hole: "" if hole.group(1) in facts else "{", text)
        are_words = all(isinstance(fact, str) for fact in facts.values())
        if are_words and not {"{", "}"} & set(rest) and not _OWN & facts.keys():
            return text, facts
    return detail.replace("{", "{{").replace("}", "}}"), {}


def _kind_of(status: int) -> type[LongBienError]:
    if status in _THEIR_FORM:
        return Malformed if status != HTTPStatus.UNPROCESSABLE_ENTITY else Refused
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Integrity
    return Refused if status < HTTPStatus.INTERNAL_SERVER_ERROR else Unavailable


def _later(code: str, text: str, facts: Mapping[str, str]) -> Unavailable:
    after = facts["retry_after"]
    seconds = int(after) if after.isdecimal() else 1
    later: type[Unavailable] = Unavailable
    return later(code, text, retry=True, **{**facts, "retry_after": seconds})


# --- over HTTP ----------------------------------------------------------------------------------


def http_exchange(
    address: str, *, context: ssl.SSLContext | None = None, seconds: float = SECONDS
) -> Exchange:
    """Return the exchange with a node at ``https://host:port``, or ``http://`` on this machine.

    Raises Refused ``api-client.address``: a token never goes over a network in clear text.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that hold no address of IPv6
        parts = urlsplit("")
    is_safe = parts.scheme == "https" or is_plain_on_this_machine(address)
    if not is_safe or not parts.hostname:
        raise Refused(
            "api-client.address",
            "write the address as https://host:port (http:// only on this machine)",
        )

    @contextmanager
    def exchange(call: ApiCall) -> Iterator[ApiReply]:
        connection = _connection(parts.scheme, parts.netloc, context, seconds)
        try:
            yield _HttpReply(_sent(connection, call))
        finally:
            connection.close()

    return exchange


def _connection(
    scheme: str, netloc: str, context: ssl.SSLContext | None, seconds: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, context=context, timeout=seconds)
    return http.client.HTTPConnection(netloc, timeout=seconds)


def _sent(connection: http.client.HTTPConnection, call: ApiCall) -> http.client.HTTPResponse:
    headers = dict(call.headers)
    body: bytes | Iterator[bytes] = b""
    if isinstance(call.body, FileBody):
        headers["Content-Length"] = str(call.body.size)
        body = call.body.pieces()
    else:
        body = call.body
    try:
        try:
            connection.request(call.method, call.path, body=body or None, headers=headers)
        except (BrokenPipeError, ConnectionResetError):
            if connection.sock is None:
                raise
            # refused before all of it was sent: the answer may have arrived all the same
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer() from error


class _HttpReply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.status = response.status

    def header(self, name: str, /) -> str:
        return self._response.getheader(name) or ""

    def read(self, limit: int, /) -> bytes:
        data = b"".join(self._pieces(limit + 1))
        if len(data) > limit:
            raise Malformed("api-client.answer", "the node's answer cannot be read")
        return data

    def pieces(self) -> Iterator[bytes]:
        return self._pieces(math.inf)

    def _pieces(self, most: float) -> Iterator[bytes]:
        at = 0
        try:
            while at < most and (piece := self._response.read(int(min(PIECE, most - at)))):
                at += len(piece)
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer() from error
        if self._response.length and at < most:  # it ended before its announced length
            raise _no_answer()


def _no_answer() -> Unavailable:
    return Unavailable(
        "api-client.no-answer",
        "the node does not answer, or the line was cut; look whether its interface runs "
        "(longbien serve), and at --api",
        retry=True,
    )
