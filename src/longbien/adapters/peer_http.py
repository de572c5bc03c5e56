"""HTTP/1.1 as nodes speak it to each other: strict, small, every length known beforehand.

h11 reads the heads.  Before it does, everything is refused that two readers could take in two
ways: bare line feeds, folded lines, control characters, a name that stands twice, any
``Transfer-Encoding``.  So a body is exactly as long as ``Content-Length`` says, and nothing can
be smuggled in between.  Which paths exist is decided elsewhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from http import HTTPStatus
from typing import Final, Protocol

import h11
from attrs import field, frozen

from longbien.adapters.peer_budgets import PeerLimits
from longbien.adapters.peer_line import Line, Surround
from longbien.primitives.errors import Malformed, Refused

PIECE: Final = 2**18  # bytes of a body that are handed on at a time
_END: Final = b"\r\n\r\n"
_LOOSE: Final = re.compile(
    rb"(?<!\r)\n|\r(?!\n)"  # line ends that are none
    rb"|\n[ \t]"  # a folded line
    rb"|\ncontent-length:[^\r]*,"  # one length, once
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]",
    re.IGNORECASE,
)
_LENGTH: Final = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)
_PLAIN: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", re.ASCII)


# --- heads ---------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Head:
    """The first lines of a request or of an answer."""

    fields: Mapping[str, str]
    """Names in lower case; none stands twice."""

    length: int
    """Bytes of the body that follows."""

    closes: bool
    """The connection ends with this exchange."""


@frozen(kw_only=True)
class RequestHead(Head):
    """The head of a request."""

    method: str
    target: str

    has_length: bool
    """``Content-Length`` is there: a request that has a body must say so."""

    expects_continue: bool


@frozen(kw_only=True)
class AnswerHead(Head):
    """The head of an answer."""

    status: int


def read_request_head(line: Line, limits: PeerLimits, *, idle: Surround) -> RequestHead | None:
    """Read the head of the next request; None where the peer has ended the connection.

    ``idle`` surrounds the wait for its first byte.  Raises Malformed ``peer.head-form``;
    Refused ``peer.head-size``, ``peer.no-length``, ``peer.version``, ``peer.expectation``;
    Unavailable ``peer.slow`` and ``peer.line-cut``.
    """
    with idle():
        first = line.receive(line.now() + limits.idle_seconds)
    raw = _raw_head(line, first, limits, until=line.now() + limits.head_seconds)
    if raw is None:
        return None
    found = _request(raw)
    fields = _fields(found.headers, raw, limits)
    target = found.target.decode("ascii")
    if len(target) > limits.target_octets:
        raise _too_large()
    if found.http_version != b"1.1":
        raise Refused("peer.version", "nodes speak HTTP/1.1")
    if "transfer-encoding" in fields:
        raise Refused("peer.no-length", "a body needs Content-Length and nothing beside it")
    expected = fields.get("expect", "").lower()
    if expected not in ("", "100-continue"):
        raise Refused("peer.expectation", "this expectation cannot be met")
    return RequestHead(
        method=found.method.decode("ascii"),
        target=target,
        fields=fields,
        has_length="content-length" in fields,
        length=_length(fields),
        closes=_closes(fields),
        expects_continue=bool(expected),
    )


def _raw_head(line: Line, first: bytes, limits: PeerLimits, *, until: float) -> bytes | None:
    """Return everything up to the empty line; None if there was nothing at all."""
    data = first
    while (end := data.find(_END)) < 0:
        if len(data) > limits.head_octets:
            raise _too_large()
        more = line.receive(until) if data else b""
        if not more:
            if not data:
                return None
            raise line.ended()
        data += more
    end += len(_END)
    line.pending = data[end:] + line.pending
    if end > limits.head_octets:
        raise _too_large()
    if data.startswith(b"\r\n") or _LOOSE.search(data, 0, end):
        raise _head_form()
    return data[:end]


def _request(raw: bytes) -> h11.Request:
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=len(raw))
    try:
        reader.receive_data(raw)
        event = reader.next_event()
    except h11.RemoteProtocolError:
        raise _head_form() from None
    if not isinstance(event, h11.Request):
        raise _head_form()
    return event


def _fields(
    headers: Sequence[tuple[bytes, bytes]], raw: bytes, limits: PeerLimits
) -> dict[str, str]:
    fields = {name.decode("ascii"): value.decode("ascii") for name, value in headers}
    count = raw.count(b"\r\n") - 2  # without the first line and the empty one
    if count > limits.head_fields:
        raise _too_large()
    if len(fields) != count:  # h11 makes one length out of two that are the same
        raise _head_form()
    return fields


def _length(fields: Mapping[str, str]) -> int:
    text = fields.get("content-length", "0")
    if not _LENGTH.fullmatch(text):
        raise _head_form()
    return int(text)


def _closes(fields: Mapping[str, str]) -> bool:
    return "close" in {word.strip() for word in fields.get("connection", "").lower().split(",")}


def _head_form() -> Malformed:
    return Malformed("peer.head-form", "the head of the request cannot be read in one way only")


def _too_large() -> Refused:
    return Refused("peer.head-size", "the head of the request is too large")


def encode_answer_head(
    status: int, *, media_type: str, length: int, closes: bool, retry_after: int | None = None
) -> bytes:
    """Write the head of an answer."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    if status != HTTPStatus.NO_CONTENT:
        lines += [f"Content-Type: {_plain(media_type)}", f"Content-Length: {length}"]
    if retry_after is not None:
        lines.append(f"Retry-After: {retry_after}")
    if closes:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _plain(text: str) -> str:
    if not _PLAIN.fullmatch(text):
        msg = "a field of an HTTP head is one line of visible ASCII"
        raise ValueError(msg)
    return text


# --- bodies --------------------------------------------------------------------------------------


class Body(Protocol):
    """A body of known length, which is read once, by ``read`` or by ``pieces``."""

    @property
    def length(self) -> int:
        """Return how many bytes it has."""
        ...

    def read(self) -> bytes:
        """Return all of it.  Raises Unavailable ``peer.slow`` and ``peer.line-cut``."""
        ...

    def pieces(self, size: int = PIECE, /) -> Iterator[memoryview]:
        """Yield pieces of ``size`` bytes and a last one, in constant memory; as ``read``.

        A piece is good until the next one is asked for.
        """
        ...


@frozen
class HeldBody:
    """A body that is in memory."""

    data: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """Return how many bytes it has."""
        return len(self.data)

    def read(self) -> bytes:
        """Return all of it."""
        return self.data

    def pieces(self, size: int = PIECE, /) -> Iterator[memoryview]:
        """Yield it in pieces."""
        view = memoryview(self.data)
        for start in range(0, len(view), size):
            yield view[start : start + size]


class IncomingBody:
    """A body that is still on its way."""

    def __init__(
        self,
        line: Line,
        length: int,
        limits: PeerLimits,
        *,
        waiting: Surround = nullcontext,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.length = self.left = length
        self.is_untouched = True
        """Nobody has begun to read."""

        self._line, self._limits = line, limits
        self.waiting = waiting
        """Surrounds each wait for the network."""

        self._before = before
        self._started = 0.0

    def read(self) -> bytes:
        """Return all of it."""
        return b"".join([bytes(piece) for piece in self.pieces()])

    def pieces(self, size: int = PIECE, /) -> Iterator[memoryview]:
        """Yield it as it comes."""
        buffer = memoryview(bytearray(min(size, self.left)))
        while self.left:
            piece = buffer[: self.left]
            self._fill(piece)
            yield piece

    def _fill(self, piece: memoryview) -> None:
        if self.is_untouched:
            self.is_untouched = False
            self._before()
            self._started = self._line.now()
        filled = 0
        while filled < len(piece):
            received = self.length - self.left
            due = self._limits.body_grace + received / self._limits.body_rate
            count = self._line.receive_into(piece[filled:], self._started + due, self.waiting)
            if not count:
                raise self._line.ended()
            filled += count
            self.left -= count


# --- the side that asks --------------------------------------------------------------------------


def read_answer_head(line: Line, limits: PeerLimits, *, until: float) -> AnswerHead:
    """Read the head of an answer.

    Raises Malformed ``peer.answer-form``; Unavailable ``peer.slow`` and ``peer.line-cut``.
    """
    try:
        raw = _raw_head(line, line.receive(until), limits, until=until)
        if raw is None:
            raise line.ended()
        found = _answer(raw)
        fields = _fields(found.headers, raw, limits)
        if "transfer-encoding" in fields or found.http_version != b"1.1":
            raise answer_form()
        has_no_body = found.status_code == HTTPStatus.NO_CONTENT
        if not has_no_body and "content-length" not in fields:
            raise answer_form()
        return AnswerHead(
            status=found.status_code,
            fields=fields,
            length=0 if has_no_body else _length(fields),
            closes=_closes(fields),
        )
    except (Refused, Malformed):
        raise answer_form() from None


def _answer(raw: bytes) -> h11.Response:
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=len(raw))
    try:
        reader.send(h11.Request(method="GET", target="/", headers=[("Host", "-")]))
        reader.send(h11.EndOfMessage())
        reader.receive_data(raw)
        event = reader.next_event()
    except h11.RemoteProtocolError:
        raise answer_form() from None
    if not isinstance(event, h11.Response):
        raise answer_form()
    return event


def answer_form() -> Malformed:
    """Return the error for an answer that breaks the protocol."""
    return Malformed("peer.answer-form", "the other node's answer breaks the protocol")


@frozen(kw_only=True)
class RequestLine:
    """What stands in the head of a request that this node sends."""

    method: str
    target: str
    host: str
    length: int
    media_type: str = field(default="application/octet-stream")
    lane: str | None = None


def encode_request_head(request: RequestLine) -> bytes:
    """Write the head of a request."""
    lines = [
        f"{_plain(request.method)} {_plain(request.target)} HTTP/1.1",
        f"Host: {_plain(request.host)}",
        f"Content-Length: {request.length}",
    ]
    if request.length:
        lines.append(f"Content-Type: {_plain(request.media_type)}")
    if request.lane is not None:
        lines.append(f"Longbien-Lane: {_plain(request.lane)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
