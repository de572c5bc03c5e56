"""What an admitted peer may try with HTTP: smuggling, floods of bytes, endless patience."""

import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import peer_world
from hostile.http import SMUGGLED
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


def test_a_smuggled_request_is_not_answered(world: peer_world.World) -> None:
    """What stands behind a refused head is never taken for a request."""
    with world.raw() as tls:
        tls.sendall(HEAD + SMUGGLED["both lengths"] + GOOD)
        got = peer_world.answer(tls)

    assert got.count(b"HTTP/1.1") == 1
    assert world.node.messages == []


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
