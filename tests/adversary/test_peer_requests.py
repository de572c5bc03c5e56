"""What an admitted peer may try with HTTP: smuggling, floods of bytes, endless patience."""

import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import peer_world
from longbien.adapters.peer_budgets import PeerLimits, Rate, Traffic
from longbien.channel.message import Lane
from longbien.primitives.errors import Refused, Unavailable

HEAD = b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nLongbien-Lane: ordinary\r\n"
GOOD = HEAD + b"Content-Length: 2\r\n\r\nhi"


@pytest.fixture
def world(tmp_path: Path, socket_enabled: None) -> Iterator[peer_world.World]:
    """Run the two States."""
    del socket_enabled
    with peer_world.world(tmp_path) as made:
        yield made


def said(world: peer_world.World, request: bytes) -> tuple[int, str]:
    """Say something by hand; return status and code of the first answer, 0 for none."""
    with world.raw() as tls:
        tls.sendall(request)
        got = peer_world.answer(tls)
    if not got:
        return 0, ""
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    return status, json.loads(body)["code"] if status >= 400 else ""


def test_a_good_request_by_hand_is_answered(world: peer_world.World) -> None:
    """The attacks fail for what is wrong with them."""
    with world.raw() as tls:
        tls.sendall(GOOD.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        got = peer_world.answer(tls)

    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert world.node.messages == [(peer_world.IL, Lane.ORDINARY, b"hi")]


SMUGGLED = {
    "both lengths": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "chunked in disguise": b"Transfer-Encoding: xchunked\r\n\r\nhi",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    "the same length twice": b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "a list of lengths": b"Content-Length: 2, 2\r\n\r\nhi",
    "a signed length": b"Content-Length: +2\r\n\r\nhi",
    "a negative length": b"Content-Length: -2\r\n\r\nhi",
    "a length in hexadecimal": b"Content-Length: 0x2\r\n\r\nhi",
    "a length with a leading zero": b"Content-Length: 02\r\n\r\nhi",
    "an empty length": b"Content-Length:\r\n\r\nhi",
    "a length beyond every file": b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhi",
    "no length": b"\r\nhi",
    "a space before the colon": b"Content-Length : 2\r\n\r\nhi",
    "a folded line": b"Content-Length:\r\n 2\r\n\r\nhi",
    "a bare line feed": b"Content-Length: 2\nX: y\r\n\r\nhi",
    "a bare carriage return": b"Content-Length: 2\rX: y\r\n\r\nhi",
    "a null byte": b"Content-Length: 2\r\nX: \x00\r\n\r\nhi",
    "a null byte in a name": b"Content-Length: 2\r\nX\x00: y\r\n\r\nhi",
    "bytes that are not ASCII": b"Content-Length: 2\r\nX: \xc3\xa9\r\n\r\nhi",
    "a name that stands twice": b"Content-Length: 2\r\nLongbien-Lane: urgent\r\n\r\nhi",
    "no colon": b"Content-Length: 2\r\nnonsense\r\n\r\nhi",
    "no lane there is": b"Content-Length: 2\r\nConnection: close\r\n\r\nhi",
}


@pytest.mark.parametrize("kind", SMUGGLED)
def test_what_two_readers_could_read_in_two_ways_is_refused(
    world: peer_world.World, kind: str
) -> None:
    """Nothing of it reaches the node, and the connection ends."""
    head = HEAD.replace(b"ordinary", b"unknown") if kind == "no lane there is" else HEAD
    status, code = said(world, head + SMUGGLED[kind])

    assert 400 <= status < 500
    assert code in {"peer.head-form", "peer.no-length", "peer.lane"}
    assert world.node.messages == []


def test_a_smuggled_request_is_not_answered(world: peer_world.World) -> None:
    """What stands behind a refused head is never taken for a request."""
    with world.raw() as tls:
        tls.sendall(HEAD + SMUGGLED["both lengths"] + GOOD)
        got = peer_world.answer(tls)

    assert got.count(b"HTTP/1.1") == 1
    assert world.node.messages == []


FIRST_LINES = {
    "no version": (b"GET /v1/ready\r\nHost: x\r\n\r\n", 400, "peer.head-form"),
    "HTTP/1.0": (b"GET /v1/ready HTTP/1.0\r\nHost: x\r\n\r\n", 505, "peer.version"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "peer.version"),
    "no host": (b"GET /v1/ready HTTP/1.1\r\n\r\n", 400, "peer.head-form"),
    "an empty line before": (
        b"\r\nGET /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n",
        400,
        "peer.head-form",
    ),
    "two spaces": (b"GET  /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n", 400, "peer.head-form"),
    "a null byte": (b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "peer.head-form"),
    "a long path": (
        b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        431,
        "peer.head-size",
    ),
    "an endless line": (b"GET /" + b"a" * 20_000, 431, "peer.head-size"),
    "large fields": (
        HEAD + b"X: " + b"a" * 9_000 + b"\r\n\r\n",
        431,
        "peer.head-size",
    ),
    "many fields": (
        HEAD + b"".join(b"X%d: y\r\n" % number for number in range(40)) + b"\r\n",
        431,
        "peer.head-size",
    ),
    "an expectation": (
        HEAD + b"Content-Length: 2\r\nExpect: miracles\r\n\r\nhi",
        417,
        "peer.expectation",
    ),
}


@pytest.mark.parametrize("kind", FIRST_LINES)
def test_an_odd_head_is_refused(world: peer_world.World, kind: str) -> None:
    """Each with its status and code."""
    request, status, code = FIRST_LINES[kind]

    assert said(world, request) == (status, code)


CLOSED = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
PATHS = {
    "no such path": (b"GET /v1/nothing", 404, "peer.no-such-path"),
    "above the root": (b"GET /v1/../etc/passwd", 404, "peer.no-such-path"),
    "with a query": (b"GET /v1/ready?x=1", 404, "peer.no-such-path"),
    "with an escape": (b"GET /v1/%72eady", 404, "peer.no-such-path"),
    "with an end": (b"GET /v1/ready/", 404, "peer.no-such-path"),
    "in full": (b"GET https://x/v1/ready", 404, "peer.no-such-path"),
    "wrong method": (b"DELETE /v1/messages", 405, "peer.method"),
    "method in small letters": (b"get /v1/ready", 405, "peer.method"),
    "no transfer": (b"PUT /v1/transfers/x/parts/0", 404, "peer.no-such-path"),
    "half a transfer": (
        b"PUT /v1/transfers/" + b"-" * 36 + b"/parts/0",
        400,
        "id.form",
    ),
    "a negative part": (
        b"PUT /v1/transfers/%s/parts/-1" % str(peer_world.TRANSFER).encode(),
        404,
        "peer.no-such-path",
    ),
    "a part with a leading zero": (
        b"PUT /v1/transfers/%s/parts/01" % str(peer_world.TRANSFER).encode(),
        404,
        "peer.no-such-path",
    ),
    "an unknown transfer": (
        b"PUT /v1/transfers/%s/parts/1" % str(peer_world.TRANSFER).encode(),
        404,
        "transfer.unknown",
    ),
}


@pytest.mark.parametrize("kind", PATHS)
def test_only_the_written_paths_exist(world: peer_world.World, kind: str) -> None:
    """Every other path and method has its coded refusal."""
    line, status, code = PATHS[kind]

    assert said(world, line + CLOSED) == (status, code)


def test_a_large_message_is_refused_before_it_is_read(world: peer_world.World) -> None:
    """A length is enough to say no."""
    request = HEAD + b"Content-Length: %d\r\n\r\n" % (2**20 + 1)

    assert said(world, request) == (413, "peer.body-size")
    assert world.served[-1].received == 0


def test_a_part_is_refused_before_it_is_read(world: peer_world.World) -> None:
    """What was not announced is not taken, and the sender hears why while it is sending."""
    client = world.client()
    some = peer_world.parts(1, 2**23)

    with pytest.raises(Refused) as error:
        client.put_part(peer_world.VN, peer_world.TRANSFER, 0, some.parts[0])

    assert error.value.facts["peer_code"] == "transfer.unknown"
    assert world.node.uploads == 0


def test_a_body_that_ends_early_is_no_message(world: peer_world.World) -> None:
    """Fewer bytes than announced: nothing is taken and nothing answered."""
    with world.raw() as tls:
        tls.sendall(HEAD + b"Content-Length: 10\r\n\r\nhi")
        socket.socket.shutdown(tls, socket.SHUT_WR)

        assert ended(tls) == b""
    assert world.node.messages == []


def test_a_longer_body_is_the_next_request(world: peer_world.World) -> None:
    """More bytes than announced: they are judged as a request of their own."""
    with world.raw() as tls:
        tls.sendall(HEAD + b"Content-Length: 2\r\n\r\nhi and more\r\n\r\n")
        got = peer_world.answer(tls)

    assert [got.count(b"HTTP/1.1 200"), got.count(b"HTTP/1.1 400")] == [1, 1]
    assert [message for _, _, message in world.node.messages] == [b"hi"]


def test_requests_in_a_row_are_answered_in_a_row(world: peer_world.World) -> None:
    """Pipelining is legal; each one waits for the one before it."""
    last = GOOD.replace(b"Host: x", b"Host: x\r\nConnection: close")
    with world.raw() as tls:
        tls.sendall(GOOD * 20 + last)
        got = peer_world.answer(tls)

    assert got.count(b"HTTP/1.1 200") == 21
    assert len(world.node.messages) == 21


def test_a_body_is_asked_for_where_that_is_wished(world: peer_world.World) -> None:
    """Expect: 100-continue (RFC 9110, 10.1.1) saves a large body that would be refused."""
    expecting = HEAD + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
    with world.raw() as tls:
        tls.sendall(expecting)
        first = tls.recv(1000)
        tls.sendall(b"hi")

        assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert peer_world.answer(tls).startswith(b"HTTP/1.1 200")


def test_a_refused_body_is_not_asked_for(world: peer_world.World) -> None:
    """The refusal comes instead of 100 Continue, and the connection ends."""
    line = b"PUT /v1/transfers/%s/parts/0" % str(peer_world.TRANSFER).encode()
    head = b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"

    assert said(world, line + head) == (404, "transfer.unknown")


SLOW = {
    "no byte of TLS": b"",
    "half a first line": b"POST /v1/mess",
    "a head without end": HEAD,
    "a body that does not come": HEAD + b"Content-Length: 100\r\n\r\n",
    "a body that stops": HEAD + b"Content-Length: 100\r\n\r\nhi",
}


@pytest.mark.parametrize("kind", SLOW)
def test_nobody_holds_a_place_for_ever(tmp_path: Path, socket_enabled: None, kind: str) -> None:
    """Slow heads, slow bodies, a handshake that never comes: the connection ends by itself."""
    del socket_enabled
    limits = PeerLimits(
        handshake_seconds=0.3, head_seconds=0.3, body_grace=0.3, turned_away_seconds=0.01
    )
    with peer_world.world(tmp_path, limits=limits) as made:
        opened = made.plain() if kind == "no byte of TLS" else made.raw()
        with opened:
            opened.sendall(SLOW[kind])

            assert b"200" not in ended(opened)
        assert made.node.messages == []


def ended(opened: socket.socket) -> bytes:
    """Wait for the other side to end the connection; return what it said before."""
    got = b""
    try:
        while piece := opened.recv(1000):
            got += piece
    except (ConnectionError, ssl.SSLError):
        pass
    return got


def test_an_idle_connection_ends_and_the_client_notices(
    tmp_path: Path, socket_enabled: None
) -> None:
    """The next request goes over a new connection; nothing is lost or sent twice."""
    del socket_enabled
    with peer_world.world(tmp_path, limits=PeerLimits(idle_seconds=0.05)) as made:
        client = made.client()
        for number in range(3):
            client.post_message(peer_world.VN, b"%d" % number, lane=Lane.ORDINARY)
            kept = client.network._idle[peer_world.VN][0]
            kept.tls.settimeout(30)
            assert not kept.tls.recv(1)  # waits for the end

        assert [message for _, _, message in made.node.messages] == [b"0", b"1", b"2"]


def test_a_thousand_connections_without_a_word(tmp_path: Path, socket_enabled: None) -> None:
    """They are counted before TLS: most are closed unanswered, and a peer gets through."""
    del socket_enabled
    limits = PeerLimits(
        handshakes_per_source=8,
        handshake_rate=Rate(per_second=1e6, burst=1e6),
        handshake_seconds=0.5,
        turned_away_seconds=0.05,
        turned_away=32,
    )
    with peer_world.world(tmp_path, limits=limits) as made:
        crowd = [made.plain() for _ in range(1000)]
        for one in crowd:
            ended(one)
            one.close()

        assert made.client().get_ready(peer_world.VN)


def test_connections_of_one_peer_are_counted(tmp_path: Path, socket_enabled: None) -> None:
    """One more than allowed is closed; when one ends another may come."""
    del socket_enabled
    limits = PeerLimits(connections_per_peer=2, turned_away_seconds=0.01)
    with peer_world.world(tmp_path, limits=limits) as made:
        first, second = made.raw(), made.raw()
        for one in (first, second):
            one.sendall(GOOD)
            one.recv(1000)
        assert said(made, GOOD) == (0, "")

        first.close()
        second.sendall(GOOD.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        ended(second)
        second.close()

        assert "peer.over-budget" in {served.code for served in made.served}


def test_a_peer_over_its_budget_is_told_when_to_come(tmp_path: Path, socket_enabled: None) -> None:
    """The refusal has a code and a time; the other lanes go on."""
    del socket_enabled
    rates = {traffic: Rate(per_second=0.001, burst=2) for traffic in Traffic}
    limits = PeerLimits(requests=rates, turned_away_seconds=0.01)
    with peer_world.world(tmp_path, limits=limits) as made:
        client = made.client()
        for _ in range(2):
            client.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY)

        with pytest.raises(Unavailable) as error:
            client.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY)
        client.post_message(peer_world.VN, b"x", lane=Lane.URGENT)

    assert (error.value.code, error.value.facts["peer_code"]) == (
        "peer.try-later",
        "peer.over-budget",
    )
    assert 900 < error.value.facts["retry_after"] <= 1000
