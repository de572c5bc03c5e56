"""Whatever bytes another node sends: only the documented errors leave."""

from contextlib import nullcontext, suppress

from hypothesis import given, settings
from hypothesis import strategies as st

import peer_certificates
from longbien.adapters.peer_budgets import PeerLimits
from longbien.adapters.peer_http import (
    IncomingBody,
    RequestLine,
    encode_request_head,
    read_answer_head,
    read_request_head,
)
from longbien.adapters.peer_line import Line
from longbien.adapters.peer_problems import parse_problem
from longbien.adapters.peer_tls import parse_peer_certificate
from longbien.primitives.errors import Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode

LIMITS = PeerLimits()
GOOD = (
    b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nLongbien-Lane: urgent\r\nContent-Length: 2\r\n\r\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
CERTIFICATE = peer_certificates.forge().der
words = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b" ", b":", b"\0", b"\t", b",", b"\r\n\r\n", b"HTTP/1.1", b"GET"),
        *(b"/", b"Host: y", b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        b"Connection: close",
    ]
)


class Wire:
    """Brings bytes in pieces of a given size."""

    def __init__(self, data: bytes, size: int = 2**14) -> None:
        self.data, self.size = data, size

    def settimeout(self, seconds: float) -> None:
        """Wait for nothing."""

    def recv(self, _size: int) -> bytes:
        """Bring the next piece."""
        piece, self.data = self.data[: self.size], self.data[self.size :]
        return piece

    def recv_into(self, buffer: memoryview) -> int:
        """Bring the next piece."""
        piece = self.recv(0)[: len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)


@st.composite
def changed(draw: st.DrawFn, good: bytes) -> bytes:
    """Return good bytes with some words put in, and some bytes changed or cut."""
    data = bytearray(good)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at:at] = draw(words)
    for _ in range(draw(st.integers(0, 2))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@given(st.one_of(st.binary(max_size=300), changed(GOOD)), st.integers(1, 40))
def test_a_request_is_read_in_one_way_or_refused(data: bytes, size: int) -> None:
    """In pieces of any size with the same outcome."""
    outcomes = set()
    for pieces in (size, 2**14):
        try:
            head = read_request_head(
                Line(Wire(data, pieces), lambda: 0.0), LIMITS, idle=nullcontext
            )
            outcomes.add(str(head))
        except (Malformed, Refused, Unavailable) as error:
            outcomes.add(error.code)

    assert len(outcomes) == 1


@given(st.one_of(st.binary(max_size=300), changed(ANSWER)))
def test_an_answer_is_read_or_malformed(data: bytes) -> None:
    """Nothing else leaves."""
    with suppress(Malformed, Unavailable):
        read_answer_head(Line(Wire(data), lambda: 0.0), LIMITS, until=1.0)


@given(st.binary(max_size=200))
def test_a_problem_has_a_code_or_is_malformed(data: bytes) -> None:
    """Nothing else leaves."""
    with suppress(Malformed):
        assert parse_problem(data, status=400).code


@settings(max_examples=300)
@given(st.integers(0, len(CERTIFICATE) - 1), st.integers(1, 255))
def test_a_changed_certificate_is_another_one_or_none(at: int, flip: int) -> None:
    """Nothing but Malformed leaves, and the bytes are kept as they came."""
    data = bytearray(CERTIFICATE)
    data[at] ^= flip

    with suppress(Malformed):
        assert parse_peer_certificate(bytes(data), state=StateCode("IL")).der == bytes(data)


@given(
    st.from_regex(r"/[a-z0-9/]{0,100}", fullmatch=True),
    st.binary(min_size=1, max_size=2000),
    st.integers(1, 300),
    st.sampled_from(["urgent", None]),
)
def test_what_one_side_writes_the_other_reads(
    target: str, body: bytes, size: int, lane: str | None
) -> None:
    """In pieces of any size, with nothing left over."""
    head = encode_request_head(
        RequestLine(method="PUT", target=target, host="h:1", length=len(body), lane=lane)
    )
    line = Line(Wire(head + body, size), lambda: 0.0)

    read = read_request_head(line, LIMITS, idle=nullcontext)

    assert read is not None
    assert (read.method, read.target, read.length) == ("PUT", target, len(body))
    assert read.fields.get("longbien-lane") == lane
    assert IncomingBody(line, read.length, LIMITS).read() == body
    assert line.pending == b""
