"""What comes from other nodes before anything is decrypted: heads, problems, certificates."""

from contextlib import nullcontext

from longbien.adapters.peer_budgets import PeerLimits
from longbien.adapters.peer_http import read_answer_head, read_request_head
from longbien.adapters.peer_line import Line
from longbien.adapters.peer_problems import parse_problem
from longbien.adapters.peer_tls import parse_peer_certificate
from longbien.exercise.states import make_state, tls_certificate
from longbien.primitives.errors import Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode

LIMITS = PeerLimits()
SEEDS = {
    "fuzz_certificate": (tls_certificate(make_state("VN").tls_key),),
    "fuzz_request": (
        b"POST /m HTTP/1.1\r\nHost: x\r\nLongbien-Lane: urgent\r\nContent-Length: 1\r\n\r\nh",
        b"GET /v1/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    ),
    "fuzz_answer": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    ),
    "fuzz_problem": (b'{"code":"thread.gap","detail":"","status":503,"type":"about:blank"}',),
}


class Wire:
    """Brings the input in pieces of the size that its first byte says."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data[1:], (data[0] if data else 0) + 1

    def settimeout(self, _seconds: float) -> None:
        """Wait for nothing."""

    def recv(self, _size: int) -> bytes:
        """Bring the next piece."""
        piece, self.data = self.data[: self.size], self.data[self.size :]
        return piece


def _line(data: bytes) -> Line:
    return Line(Wire(data), lambda: 0.0)  # type: ignore[arg-type]  # all that a head needs


def fuzz_request(data: bytes) -> None:
    """Read a head in one way or refuse it; its length is never more than twelve digits."""
    try:
        head = read_request_head(_line(data), LIMITS, idle=nullcontext)
    except (Malformed, Refused, Unavailable):
        return
    if head is not None:
        assert 0 <= head.length < 10**12  # noqa: S101 - what is fuzzed for
        assert "transfer-encoding" not in head.fields  # noqa: S101 - what is fuzzed for
        assert head.target.isascii()  # noqa: S101 - what is fuzzed for


def fuzz_answer(data: bytes) -> None:
    """Read an answer, or Malformed."""
    try:
        read_answer_head(_line(data), LIMITS, until=1.0)
    except (Malformed, Unavailable):
        return


def fuzz_problem(data: bytes) -> None:
    """Read the code of a refusal, or Malformed."""
    try:
        parse_problem(data, status=400)
    except Malformed:
        return


def fuzz_certificate(data: bytes) -> None:
    """Read the certificate of a node, or Malformed."""
    try:
        parse_peer_certificate(data, state=StateCode("VN"))
    except Malformed:
        return
