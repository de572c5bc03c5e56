"""Heads and bodies on a connection that a test writes byte by byte."""

import ssl
from contextlib import nullcontext

import pytest

from longbien.adapters.peer_budgets import PeerLimits
from longbien.adapters.peer_http import (
    HeldBody,
    IncomingBody,
    RequestHead,
    RequestLine,
    encode_answer_head,
    encode_request_head,
    read_answer_head,
    read_request_head,
)
from longbien.adapters.peer_line import Line, line_error
from longbien.primitives.errors import Malformed, Refused, Unavailable

LIMITS = PeerLimits(head_octets=200, head_fields=3, target_octets=10)


class Wire:
    """A TLS connection that brings what a test gives it, piece by piece."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = list(pieces)
        self.sent = b""
        self.timeouts: list[float] = []

    def settimeout(self, seconds: float) -> None:
        """Note how long the wait may be."""
        self.timeouts.append(seconds)

    def recv(self, size: int) -> bytes:
        """Bring the next piece."""
        if not self.pieces:
            return b""
        first = self.pieces.pop(0)
        if isinstance(first, Exception):
            raise first
        if len(first) > size:
            self.pieces.insert(0, first[size:])
        return first[:size]

    def recv_into(self, buffer: memoryview) -> int:
        """Bring the next piece into a buffer."""
        piece = self.recv(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def send(self, data: memoryview) -> int:
        """Take at most ten bytes."""
        self.sent += bytes(data[:10])
        return min(10, len(data))


def line(*pieces: bytes | Exception, clock: object = lambda: 0.0) -> Line:
    """Return a connection that brings these pieces."""
    return Line(Wire(*pieces), clock)


def head(*pieces: bytes | Exception) -> RequestHead | None:
    """Read a request head from pieces."""
    return read_request_head(line(*pieces), LIMITS, idle=nullcontext)


def test_a_head_may_come_in_any_pieces() -> None:
    """And what follows it stays for the body."""
    whole = b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
    for size in (1, 2, 7, 60):
        opened = line(*(whole[at : at + size] for at in range(0, len(whole), size)))

        found = read_request_head(opened, LIMITS, idle=nullcontext)

        assert found == RequestHead(
            method="PUT",
            target="/x",
            fields={"host": "h", "content-length": "3"},
            length=3,
            has_length=True,
            closes=False,
            expects_continue=False,
        )
        assert IncomingBody(opened, 3, LIMITS).read() == b"abc"


def test_the_end_between_two_requests_is_an_end() -> None:
    """No error: the peer has said all."""
    assert head() is None


def test_the_end_within_a_head_is_a_break() -> None:
    """Half a request is none."""
    with pytest.raises(Unavailable) as error:
        head(b"GET / HT")
    assert error.value.code == "peer.line-cut"


@pytest.mark.parametrize(
    ("connection", "closes"),
    [(b"close", True), (b"Keep-Alive, Close", True), (b"keep-alive", False), (b"closed", False)],
)
def test_who_wants_to_close_says_so(connection: bytes, *, closes: bool) -> None:
    """In any letters, as one word among others."""
    found = head(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: " + connection + b"\r\n\r\n")

    assert found is not None
    assert found.closes is closes


@pytest.mark.parametrize(
    ("count", "fits"),
    [(200 - len(b"GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n"), True), (170, False)],
)
def test_a_head_has_a_largest_size(count: int, *, fits: bool) -> None:
    """To the byte."""
    whole = b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * count + b"\r\n\r\n"

    if fits:
        assert len(whole) == 200
        assert head(whole) is not None
        return
    with pytest.raises(Refused) as error:
        head(whole)
    assert error.value.code == "peer.head-size"


@pytest.mark.parametrize(("count", "fits"), [(2, True), (3, False)])
def test_a_head_has_a_largest_number_of_fields(count: int, *, fits: bool) -> None:
    """To the field."""
    fields = b"".join(b"X%d: y\r\n" % number for number in range(count))
    whole = b"GET / HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n"

    if fits:
        assert head(whole) is not None
        return
    with pytest.raises(Refused) as error:
        head(whole)
    assert error.value.code == "peer.head-size"


@pytest.mark.parametrize(("count", "fits"), [(9, True), (10, False)])
def test_a_target_has_a_largest_size(count: int, *, fits: bool) -> None:
    """To the byte."""
    whole = b"GET /" + b"a" * count + b" HTTP/1.1\r\nHost: h\r\n\r\n"

    if fits:
        assert head(whole) is not None
        return
    with pytest.raises(Refused) as error:
        head(whole)
    assert error.value.code == "peer.head-size"


def test_the_waits_are_those_of_the_limits() -> None:
    """Idle before the first byte, then one deadline for the whole head."""
    now = iter((0.0, 0.0, 0.0, 3.0, 8.0, 10.0))
    opened = line(b"G", b"E", b"T", clock=lambda: next(now))

    with pytest.raises(Unavailable) as error:
        read_request_head(opened, PeerLimits(), idle=nullcontext)

    assert error.value.code == "peer.slow"
    assert opened._tls.timeouts == [75.0, 7.0, 2.0]
    assert opened.is_broken


def test_a_body_in_pieces_is_the_body() -> None:
    """Whatever the sizes; an empty one has no pieces."""
    opened = line(b"ab", b"cdefg", b"hijkl")

    body = IncomingBody(opened, 11, LIMITS)

    assert body.is_untouched
    assert [bytes(piece) for piece in body.pieces(4)] == [b"abcd", b"efgh", b"ijk"]
    assert body.left == 0
    assert not body.is_untouched
    assert list(IncomingBody(opened, 0, LIMITS).pieces()) == []


def test_a_body_that_ends_early_is_a_break() -> None:
    """Never a shorter body."""
    with pytest.raises(Unavailable) as error:
        IncomingBody(line(b"ab"), 3, LIMITS).read()
    assert error.value.code == "peer.line-cut"


def test_waiting_is_announced_only_where_there_is_a_wait() -> None:
    """The work gives its place up while nothing comes, and what happens before is done once."""
    opened, told, before = line(b"ab", ssl.SSLWantReadError(), b"cd"), [], []
    opened._wait = lambda event, until: told.append((event, until))

    body = IncomingBody(opened, 4, PeerLimits(), before=lambda: before.append(1))

    assert body.read() == b"abcd"
    assert len(told) == 1
    assert told[0][1] == pytest.approx(20 + 2 / 16384)
    assert before == [1]


def test_a_tls_message_of_its_own_is_waited_out() -> None:
    """A key update may have to go out before more comes in."""
    opened, told = line(ssl.SSLWantWriteError(), b"ab"), []
    opened._wait = lambda event, _: told.append(event)

    assert IncomingBody(opened, 2, PeerLimits()).read() == b"ab"
    assert len(told) == 1


def test_a_held_body_reads_the_same() -> None:
    """As one and in pieces."""
    body = HeldBody(b"abcdefg")

    assert (body.length, body.read()) == (7, b"abcdefg")
    assert [bytes(piece) for piece in body.pieces(3)] == [b"abc", b"def", b"g"]


def test_all_of_it_is_sent() -> None:
    """Though the system takes ten bytes at a time."""
    opened = line()

    opened.send(b"0123456789" * 3 + b"x", until=5.0)

    assert opened._tls.sent == b"0123456789" * 3 + b"x"


def test_sending_has_an_end_too() -> None:
    """A peer that takes nothing is left."""
    with pytest.raises(Unavailable) as error:
        line(clock=lambda: 5.0).send(b"x", until=5.0)
    assert error.value.code == "peer.slow"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), "peer.slow"),
        (ConnectionResetError(104, "reset"), "peer.line-cut"),
        (ssl.SSLError(1, "[SSL: X] x"), "peer.line-cut"),
    ],
)
def test_breaks_are_told_apart(error: OSError, code: str) -> None:
    """All may be tried again."""
    made = line_error(error)

    assert (made.code, made.retry) == (code, True)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "peer.turned-away"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "peer.turned-away"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "peer.turned-away"),
        ("TLSV1_ALERT_UNKNOWN_CA", "peer.turned-away"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "peer.line-cut"),
        ("CERTIFICATE_VERIFY_FAILED", "peer.line-cut"),
    ],
)
def test_a_certificate_that_is_not_taken_has_its_code(reason: str, code: str) -> None:
    """By the alert that the other side sent."""
    error = ssl.SSLError(1, "x")
    error.reason = reason

    assert line_error(error).code == code


# --- answers -------------------------------------------------------------------------------------


def test_an_answer_head_to_the_byte() -> None:
    """Nothing in it that the peer does not need."""
    assert encode_answer_head(200, media_type="application/json", length=7, closes=False) == (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"
    )
    assert encode_answer_head(204, media_type="x/y", length=0, closes=True) == (
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    )
    assert encode_answer_head(
        503, media_type="x/y", length=1, closes=False, retry_after=5
    ).endswith(b"Content-Length: 1\r\nRetry-After: 5\r\n\r\n")


def test_a_request_head_to_the_byte() -> None:
    """A lane only where there is one; a type only where there is a body."""
    full = RequestLine(
        method="POST", target="/v1/messages", host="h:1", length=3, media_type="a/b", lane="urgent"
    )

    assert encode_request_head(full) == (
        b"POST /v1/messages HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n"
        b"Content-Type: a/b\r\nLongbien-Lane: urgent\r\n\r\n"
    )
    assert encode_request_head(RequestLine(method="GET", target="/", host="h", length=0)) == (
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "", " a", "a ", "é", "a\x00"])
def test_a_field_of_ours_cannot_be_two(text: str) -> None:
    """Whoever hands a line break over has made a mistake, and it is not sent."""
    with pytest.raises(ValueError, match="visible ASCII"):
        encode_answer_head(200, media_type=text, length=0, closes=False)


def test_an_answer_is_read() -> None:
    """With status, length and all fields."""
    found = read_answer_head(
        line(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: 9\r\n\r\n"),
        PeerLimits(),
        until=1.0,
    )

    assert (found.status, found.length, found.closes) == (503, 4, False)
    assert found.fields["retry-after"] == "9"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_the_protocol_is_malformed(raw: bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(Malformed) as error:
        read_answer_head(line(raw), PeerLimits(), until=1.0)
    assert error.value.code == "peer.answer-form"


def test_no_answer_is_a_break() -> None:
    """The other side ended the connection instead."""
    with pytest.raises(Unavailable) as error:
        read_answer_head(line(), PeerLimits(), until=1.0)
    assert error.value.code == "peer.line-cut"
