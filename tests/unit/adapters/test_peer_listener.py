"""The listener: beginning, ending, counting; the client's kept connections."""

import contextlib
import re
import threading
from pathlib import Path

import pytest

import peer_world
from longbien.adapters.peer_budgets import PeerLimits, Rate, Traffic
from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_connections import PeerEndpoint
from longbien.adapters.peer_listener import PeerListener, _Counts, _source
from longbien.adapters.peer_routes import PeerAnswer, Route, UploadKind, peer_routes
from longbien.adapters.peer_tls import Admission
from longbien.channel.message import Lane
from longbien.desk.network import PeerCall
from longbien.primitives.errors import Integrity, Refused, Unavailable
from longbien.primitives.ids import StateCode

VN, IL = peer_world.VN, peer_world.IL


@pytest.fixture
def world(tmp_path: Path, socket_enabled: None) -> object:
    """Run the two States."""
    del socket_enabled
    with peer_world.world(tmp_path) as made:
        yield made


def test_the_whole_wire(world: peer_world.World) -> None:
    """Every route does what spec/channel.md says."""
    client, some = world.client(), peer_world.parts(3)
    world.node.announce(IL, some.sealed)

    assert client.post_message(VN, b"sealed", lane=Lane.PRESERVATION) == b'{"length": 6}'
    assert client.ask_missing(VN, peer_world.TRANSFER, some.sealed).header
    client.put_header(VN, peer_world.TRANSFER, some.header())
    client.put_list(VN, peer_world.TRANSFER, some.parts_list())
    for index in range(3):
        client.put_part(VN, peer_world.TRANSFER, index, some.part(index))
    assert client.ask_missing(VN, peer_world.TRANSFER, some.sealed).is_complete(some.sealed)
    assert client.post_witness(VN, b"12 and more").status == 409
    assert client.get_ready(VN)
    world.node.ready = False
    assert not client.get_ready(VN)
    assert client.get_entry(VN) == b'{"payload":""}'
    assert client.get_seen(VN) == b""
    world.node.seen = b"a note\n"
    assert client.get_seen(VN) == b"a note\n"
    assert world.node.messages == [(IL, Lane.PRESERVATION, b"sealed")]
    assert world.node.kept[peer_world.TRANSFER, UploadKind.PART, 2] == some.parts[2]


def test_one_connection_serves_many_requests(world: peer_world.World) -> None:
    """A handshake is made once."""
    client = world.client()
    for _ in range(5):
        client.get_ready(VN)

    assert len(client.network._idle[VN]) == 1
    assert len(world.listener._open) == 1


def test_every_request_is_told_to_the_door(world: peer_world.World) -> None:
    """Route, State, status, code and sizes; nothing of the content."""
    client = world.client()
    client.post_message(VN, b"sealed", lane=Lane.URGENT)
    with pytest.raises(Refused):
        client.put_header(VN, peer_world.TRANSFER, b"x")
    client.network.close()
    world.listener.stop(within=30)

    rows = [
        (one.peer, one.route, one.traffic, one.status, one.code, one.received, one.sent)
        for one in world.served
    ]
    assert rows[0] == (IL, "messages", Traffic.URGENT, 200, "", 6, 13)
    assert rows[1][:6] == (IL, "header", Traffic.BULK, 404, "transfer.unknown", 0)
    assert all(one.seconds >= 0 for one in world.served)


def test_what_is_refused_early_is_told_with_its_state(tmp_path: Path, socket_enabled: None) -> None:
    """A path that there is not, a spent budget, half a head, one line too many: whose it was."""
    del socket_enabled
    rates = {traffic: Rate(per_second=0.001, burst=1) for traffic in Traffic}
    limits = PeerLimits(
        requests=rates, head_seconds=0.1, turned_away_seconds=0.001, connections_per_peer=1
    )
    with peer_world.world(tmp_path, limits=limits) as world:
        nothing = b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        with world.raw() as tls:
            tls.sendall(nothing * 2 + b"GET /v1/")
            assert peer_world.answer(tls).count(b"HTTP/1.1") == 2
        world.listener.stop(within=30)

        assert [(one.peer, one.status, one.code) for one in world.served] == [
            (IL, 404, "peer.no-such-path"),
            (IL, 429, "peer.over-budget"),
            (IL, 0, "peer.slow"),
        ]


def test_a_connection_that_was_only_idle_is_no_wrong(tmp_path: Path, socket_enabled: None) -> None:
    """It ends, and nothing is told of it."""
    del socket_enabled
    with peer_world.world(tmp_path, limits=PeerLimits(idle_seconds=0.05)) as world:
        with world.raw() as tls:
            assert peer_world.answer(tls) == b""
        world.listener.stop(within=30)

        assert world.served == []


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (Refused("thread.x", "no"), 422, "thread.x", None),
        (Unavailable("thread.gap", "wait", retry=True), 503, "thread.gap", 5.0),
        (Unavailable("store.stopped", "stopped"), 503, "store.stopped", None),
        (Integrity("journal.damaged", "in {file}", file="/secret"), 503, "journal.damaged", None),
    ],
)
def test_errors_of_the_node_become_problems(
    world: peer_world.World,
    error: Exception,
    status: int,
    code: str,
    retry_after: float | None,
) -> None:
    """With code and status; the facts stay at home."""

    def fail() -> None:
        raise error

    world.node.before_message = fail

    reply = world.connections().exchange(
        VN, PeerCall(method="POST", path="/v1/messages", body=b"x", lane=Lane.ORDINARY)
    )

    assert (reply.status, reply.retry_after) == (status, retry_after)
    assert reply.media_type == "application/problem+json"
    assert code.encode() in reply.body
    assert b"secret" not in reply.body


def test_a_fault_of_the_program_ends_the_connection(
    world: peer_world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer is better than a wrong one; the fault goes to the door, and others go on."""
    seen = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))

    def fail() -> None:
        world.node.before_message = lambda: None
        raise ZeroDivisionError

    world.node.before_message = fail
    client = world.client()

    with pytest.raises(Unavailable) as error:
        client.post_message(VN, b"x", lane=Lane.ORDINARY)
    client.post_message(VN, b"y", lane=Lane.ORDINARY)

    assert (error.value.code, error.value.retry) == ("peer.line-cut", True)
    assert seen == [ZeroDivisionError]
    assert world.listener._house.gate._places.taken == 0


def test_what_runs_is_finished_before_the_end(world: peer_world.World) -> None:
    """Stop takes nothing new, cuts who is idle, and waits for the answer under way."""
    begun, go_on, answers = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go_on.wait()

    idle = world.client()
    idle.get_ready(VN)
    world.node.before_message = work
    asking = threading.Thread(
        target=lambda: answers.append(world.client().post_message(VN, b"x", lane=Lane.URGENT))
    )
    asking.start()
    begun.wait()
    stopping = threading.Thread(target=lambda: answers.append(world.listener.stop(within=30)))
    stopping.start()
    assert idle.network._idle[VN][0].tls.recv(1) == b""
    go_on.set()
    asking.join()
    stopping.join()

    assert len(answers) == 2
    assert b'{"length": 1}' in answers
    assert True in answers
    with pytest.raises(Unavailable) as error:
        world.client().get_ready(VN)
    assert error.value.code == "peer.unreachable"


def test_what_takes_too_long_is_cut_at_the_end(world: peer_world.World) -> None:
    """And stop says that something was left."""
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait()

    world.node.before_message = work
    errors = []

    def ask() -> None:
        with pytest.raises(Unavailable) as error:
            world.client().post_message(VN, b"x", lane=Lane.URGENT)
        errors.append(error.value.code)

    asking = threading.Thread(target=ask)
    asking.start()
    begun.wait()

    assert world.listener.stop(within=0.01) is False
    asking.join()
    go_on.set()
    assert errors == ["peer.line-cut"]


def test_an_address_that_is_taken(world: peer_world.World) -> None:
    """The operator is told which."""
    with pytest.raises(Unavailable) as error:
        PeerListener(own=world.vn.own, admission=Admission([]), routes=(), port=world.listener.port)
    assert (error.value.code, error.value.retry) == ("peer.address", False)
    assert error.value.facts["port"] == world.listener.port


def test_an_answer_may_be_a_stream(tmp_path: Path, socket_enabled: None) -> None:
    """Of a known length."""
    del socket_enabled
    route = Route(
        name="stream",
        method="GET",
        path=re.compile("/stream"),
        traffic=Traffic.BULK,
        max_body=0,
        answer=lambda _request, _body: PeerAnswer(
            media_type="x/y", pieces=iter([b"ab", b"cd"]), length=4
        ),
    )
    with peer_world.world(tmp_path) as made:
        object.__setattr__(made.listener._house, "routes", (route,))

        reply = made.connections().exchange(VN, PeerCall(method="GET", path="/stream"))

    assert reply.body == b"abcd"


# --- the side that asks --------------------------------------------------------------------------


def test_a_state_without_a_node_is_not_asked(world: peer_world.World) -> None:
    """The directory has to know it first."""
    with pytest.raises(Refused) as error:
        world.client().get_ready(StateCode("FR"))
    assert error.value.code == "peer.unknown"


def test_the_next_address_is_tried(world: peer_world.World) -> None:
    """Where the first one is dead."""
    endpoint = PeerEndpoint(
        state=VN,
        addresses=(("127.0.0.1", 1), ("localhost", world.listener.port)),
        certificates=(world.vn.certificate,),
    )

    assert world.client(endpoint=endpoint).get_ready(VN)


@pytest.mark.parametrize("addresses", [(), (("127.0.0.1", 1),), (("nobody.invalid", 1),)])
def test_nobody_there_may_be_tried_again(
    world: peer_world.World, addresses: tuple[tuple[str, int], ...]
) -> None:
    """With a code of its own."""
    endpoint = PeerEndpoint(state=VN, addresses=addresses, certificates=(world.vn.certificate,))

    with pytest.raises(Unavailable) as error:
        world.client(endpoint=endpoint).get_ready(VN)
    assert (error.value.code, error.value.retry) == ("peer.unreachable", True)


def test_a_stranger_is_told_that_he_is_one(world: peer_world.World, tmp_path: Path) -> None:
    """So that the operator looks at the directory, not at the cable."""
    stranger = peer_world.identity(tmp_path, IL, name="stranger")

    with pytest.raises(Unavailable) as error:
        world.client(own=stranger.own).get_ready(VN)
    assert error.value.code in {"peer.turned-away", "peer.line-cut"}


def test_an_answer_that_is_too_large_is_not_read(world: peer_world.World) -> None:
    """The peer cannot fill our memory."""
    with pytest.raises(Exception, match="breaks the protocol"):
        world.client(answer_octets=3).get_entry(VN)


def test_idle_connections_are_few_and_fresh(world: peer_world.World) -> None:
    """Too many or too old ones are closed; a new entry of the directory begins anew."""
    moments = iter(range(100, 10_000, 100))
    client = world.client(idle_seconds=1.0)
    client.network._clock = lambda: 0.0
    client.get_ready(VN)
    first = client.network._idle[VN][0]
    client.network._clock = lambda: float(next(moments))

    assert client.network._take(world.endpoint) is None
    assert first.tls.fileno() == -1


# --- counting ------------------------------------------------------------------------------------


def test_addresses_are_counted_as_one_subscriber() -> None:
    """IPv4 by address, IPv6 by the network of one subscriber."""
    assert _source("192.0.2.7") == "192.0.2.7"
    assert _source("::ffff:192.0.2.7") == "192.0.2.7"
    assert _source("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::"
    assert _source("fe80::1%eth0") == "fe80::"


def test_handshakes_are_counted_by_source_and_in_all() -> None:
    """Each limit to the very number."""
    counts = _Counts(PeerLimits(handshakes=3, handshakes_per_source=2), lambda: 0.0)

    assert [counts.begin("a") for _ in range(3)] == [True, True, False]
    assert [counts.begin("b") for _ in range(2)] == [True, False]
    counts.shaken("a")
    assert counts.begin("b")
    assert not counts.begin("a")


def test_a_source_has_a_rate() -> None:
    """Beyond it nothing of TLS is done for it."""
    counts = _Counts(PeerLimits(handshake_rate=Rate(per_second=1, burst=2)), lambda: 0.0)

    for _ in range(2):
        assert counts.begin("a")
        counts.shaken("a")

    assert not counts.begin("a")
    assert counts.begin("b")


def test_connections_are_counted_by_peer_and_in_all() -> None:
    """Each limit to the very number."""
    counts = _Counts(PeerLimits(connections=3, connections_per_peer=2), lambda: 0.0)

    assert [counts.enter(IL) for _ in range(3)] == [True, True, False]
    assert counts.enter(VN)
    assert not counts.begin("a")
    counts.leave(IL)
    assert counts.begin("a")
    assert counts.enter(IL)


def test_idle_connections_keep_nobody_out(tmp_path: Path, socket_enabled: None) -> None:
    """When all are taken, the one idle for longest makes room, and its client goes on."""
    del socket_enabled
    limits = PeerLimits(connections=2, turned_away_seconds=0.0)
    with peer_world.world(tmp_path, limits=limits) as made:
        clients = [made.client() for _ in range(4)]

        for client in clients * 2:
            ready(client)


def ready(client: PeerClient) -> None:
    """Ask until there is an answer."""
    for _ in range(100):
        with contextlib.suppress(Unavailable):
            assert client.get_ready(VN)
            return
    msg = "no room was made"
    raise AssertionError(msg)


def test_a_peer_that_reconnects_all_the_time_is_slowed() -> None:
    """By a rate of its own."""
    counts = _Counts(PeerLimits(connection_rate=Rate(per_second=1, burst=1)), lambda: 0.0)

    assert counts.enter(IL)
    counts.leave(IL)
    assert not counts.enter(IL)
    assert counts.enter(VN)


def test_the_routes_are_nine() -> None:
    """A new one is a decision, not an accident; each has a cap."""
    routes = peer_routes(peer_world.MemoryNode())

    assert [(route.method, route.name, route.max_body) for route in routes] == [
        ("POST", "messages", 2**20),
        ("POST", "missing", 256),
        ("PUT", "list", 24 * 2**20),
        ("PUT", "header", 2**17),
        ("PUT", "part", 2**23),
        ("POST", "witness", 2**16),
        ("GET", "ready", 0),
        ("GET", "entry", 0),
        ("GET", "seen", 0),
    ]
