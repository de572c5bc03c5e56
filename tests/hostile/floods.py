"""Acts with numbers: floods of requests, of false alarms, of lines, of small refusals."""

import contextlib
import json
import ssl
from types import MappingProxyType

from hostile.http import ended
from hostile.registry import Bound, Kept, act
from hostile.stage import Stage
from longbien.adapters.peer_budgets import PeerLimits, Rate, Traffic
from longbien.channel.message import Lane
from longbien.exercise.forge import frame_of

MANY = 40
FEW = 5
TIGHT = PeerLimits(
    requests=MappingProxyType(dict.fromkeys(Traffic, Rate(per_second=0.001, burst=FEW))),
    turned_away_seconds=0.001,
    patience=0.0,
)
"""Budgets that a test can use up: the proportions are the same with the usual ones."""

FEW_LINES = PeerLimits(connections_per_peer=2, turned_away_seconds=0.001)
FEW_HANDSHAKES = PeerLimits(
    handshakes_per_source=4,
    handshake_rate=Rate(per_second=0.001, burst=8),
    turned_away_seconds=0.001,
)
ONE_LINE = 16_500


def flood(stage: Stage, request: bytes) -> str:
    """Say something many times on one line; return the code of the last answer."""
    with stage.attacking(), stage.line() as line:
        for _ in range(MANY):
            line.sendall(request)
        line.sendall(b"GET /v1/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = b""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while piece := line.recv(2**16):
                got += piece
    problems = [one for one in got.split(b"\r\n\r\n") if b'"code"' in one]
    return str(json.loads(problems[-1][: problems[-1].index(b"}") + 1])["code"])


@act(
    "flood.questions",
    threat="T17",
    code="peer.over-budget",
    bound=Bound(octets=10_000, signatures=0, rows=0, hashed=0),
    limits=TIGHT,
)
def questions(stage: Stage) -> str:
    """Ask the same small question forty times in a row."""
    return flood(stage, b"GET /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n")


@act(
    "flood.refused-requests",
    threat="T17",
    code="peer.over-budget",
    bound=Bound(octets=20_000, signatures=0, rows=0, hashed=0),
    limits=TIGHT,
)
def refused_requests(stage: Stage) -> str:
    """Ask forty times for a path that there is not: what is refused costs budget too."""
    return flood(stage, b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n")


@act(
    "flood.messages",
    threat="T17",
    code="peer.over-budget",
    bound=Bound(octets=600_000, signatures=6 * FEW, rows=2 * FEW + 2, hashed=100_000),
    limits=TIGHT,
)
def messages(stage: Stage) -> str:
    """Post forty good messages at once: the work of five is done."""
    return spam(stage, Lane.ORDINARY)


def spam(stage: Stage, lane: Lane) -> str:
    """Post many messages, each its own; return the code of the last answer."""
    code = ""
    for _ in range(MANY):
        message = stage.message(lane=lane)
        code = stage.post(frame_of(stage.my, stage.vn, message), lane)
    return code


@act(
    "flood.urgent",
    threat="T18",
    code="peer.over-budget",
    bound=Bound(octets=600_000, signatures=6 * FEW + 6, rows=2 * FEW + 2, hashed=100_000),
    limits=TIGHT,
)
def urgent(stage: Stage) -> str:
    """Ring the officers' bell forty times for nothing: no alarm is heard, the budget is used up."""
    code = spam(stage, Lane.URGENT)
    assert not stage.vn.machine.tables.summaries.keys() - stage.protected.keys()
    return code


@act(
    "flood.lines",
    threat="T17",
    code="peer.over-budget",
    bound=Bound(octets=ONE_LINE, signatures=0, rows=0, hashed=0),
    limits=FEW_LINES,
)
def lines(stage: Stage) -> str:
    """Open ten lines and say nothing on them."""
    with stage.attacking(), contextlib.ExitStack() as stack:
        opened = [stack.enter_context(stage.line()) for _ in range(10)]
        for one in opened[2:]:
            assert ended(one) == b""
        assert not stage.honest_request()
    return stage.noted()


@act(
    "flood.handshakes",
    threat="T17",
    code="peer.over-budget",
    bound=Bound(octets=0, signatures=0, rows=0, hashed=0),
    kept=Kept.STRANGER,
    limits=FEW_HANDSHAKES,
)
def handshakes(stage: Stage) -> str:
    """Connect fifty times without TLS, from one address."""
    with stage.attacking():
        crowd = [stage.plain() for _ in range(50)]
        for one in crowd[10:]:
            assert ended(one) == b""
        assert not stage.honest_request()
        for one in crowd:
            one.close()
    return stage.noted()
