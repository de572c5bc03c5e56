"""What the network may do between two nodes: whatever happens, the sender knows where it stands."""

import select
from collections.abc import Iterator
from pathlib import Path

import pytest

import fault_proxy
import peer_world
from fault_proxy import Ending, Fault, FaultProxy
from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_connections import PeerEndpoint
from longbien.adapters.peer_sending import HandOver, Sent
from longbien.channel.message import Lane
from longbien.primitives.errors import Unavailable

COUNT, SIZE = 30, 100_000


@pytest.fixture
def world(tmp_path: Path, socket_enabled: None) -> Iterator[peer_world.World]:
    """Run the two States."""
    del socket_enabled
    with peer_world.world(tmp_path) as made:
        yield made


@pytest.fixture
def proxy(world: peer_world.World) -> Iterator[FaultProxy]:
    """Put the bad network before VN."""
    with fault_proxy.between(world.listener.port) as made:
        yield made


def client(world: peer_world.World, proxy: FaultProxy, **limits: object) -> PeerClient:
    """Return IL's client on the other side of the bad network."""
    endpoint = PeerEndpoint(
        state=peer_world.VN,
        addresses=(("127.0.0.1", proxy.port),),
        certificates=(world.vn.certificate,),
    )
    return world.client(endpoint=endpoint, **limits)


BROKEN = {
    # the system may notice before or after it says that the connection stands
    "refused": (Fault(refused=True), "peer.line-cut peer.unreachable"),
    "cut in the handshake": (Fault(up=100), "peer.line-cut"),
    "reset in the handshake": (Fault(down=100, ending=Ending.RESET), "peer.line-cut"),
    "silent in the handshake": (Fault(up=100, ending=Ending.SILENCE), "peer.slow"),
    "cut in the message": (Fault(up=30_000), "peer.line-cut"),
    "reset in the message": (Fault(up=30_000, ending=Ending.RESET), "peer.line-cut"),
    "silent in the message": (Fault(up=30_000, ending=Ending.SILENCE), "peer.slow"),
    "the answer is cut": (Fault(down=900), "peer.line-cut"),
    "the answer is reset": (Fault(down=900, ending=Ending.RESET), "peer.line-cut"),
    "the answer does not come": (Fault(down=900, ending=Ending.SILENCE), "peer.slow"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_every_break_is_told_and_the_next_try_succeeds(
    world: peer_world.World, proxy: FaultProxy, kind: str
) -> None:
    """The error says that trying again may help, and it does."""
    fault, code = BROKEN[kind]
    proxy.play([fault])
    asking = client(world, proxy, connect_seconds=1.5, answer_seconds=1.5)

    with pytest.raises(Unavailable) as error:
        asking.post_message(peer_world.VN, bytes(50_000), lane=Lane.ORDINARY)

    assert error.value.code in code.split()
    assert error.value.retry
    assert asking.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY) == b'{"length": 1}'


def test_bytes_that_come_twice_break_the_line(world: peer_world.World, proxy: FaultProxy) -> None:
    """Nothing that was repeated within a connection is taken for anything."""
    proxy.play([Fault(stammers=30_000)])
    asking = client(world, proxy, connect_seconds=5.0, answer_seconds=5.0)

    with pytest.raises(Unavailable) as error:
        asking.post_message(peer_world.VN, bytes(50_000), lane=Lane.ORDINARY)

    assert error.value.code == "peer.line-cut"
    assert not world.node.messages
    assert asking.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY) == b'{"length": 1}'


@pytest.mark.parametrize(("ways", "effects"), [(("up",), 1), (("down",), 2), (("up", "down"), 1)])
def test_a_partition_under_a_line_that_stands_is_told(
    world: peer_world.World, proxy: FaultProxy, ways: tuple[str, ...], effects: int
) -> None:
    """In one direction or both: too slow; once it is over the next try succeeds."""
    asking = client(world, proxy, connect_seconds=1.5, answer_seconds=1.5)
    asking.get_ready(peer_world.VN)
    proxy.hold(*ways)

    with pytest.raises(Unavailable) as error:
        asking.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY)
    proxy.cut()
    proxy.release()

    assert (error.value.code, error.value.retry) == ("peer.slow", True)
    assert asking.post_message(peer_world.VN, b"x", lane=Lane.ORDINARY) == b'{"length": 1}'
    assert len(world.node.messages) == effects


def test_a_weak_line_is_no_failure(world: peer_world.World, proxy: FaultProxy) -> None:
    """Slow and late is still a message."""
    proxy.standing = Fault(delay=0.01, rate=2e6)

    answer = client(world, proxy).post_message(peer_world.VN, bytes(50_000), lane=Lane.URGENT)

    assert answer == b'{"length": 50000}'


def test_a_recorded_connection_says_nothing_when_played_again(
    world: peer_world.World, proxy: FaultProxy
) -> None:
    """Who records all bytes of a connection and sends them again gets nothing done."""
    proxy.play([Fault(doubled=True)])
    asking = client(world, proxy)
    asking.post_message(peer_world.VN, b"once", lane=Lane.ORDINARY)
    asking.network.close()
    world.listener.stop(within=30)

    assert [message for _, _, message in world.node.messages] == [b"once"]


def test_a_hand_over_goes_on_where_it_was_cut(world: peer_world.World, proxy: FaultProxy) -> None:
    """Ten cuts: everything arrives, and each cut costs at most the parts on their way."""
    some = peer_world.parts(COUNT, SIZE)
    world.node.announce(peer_world.IL, some.sealed)
    proxy.play([Fault(up=3 * SIZE + 5000 * turn, ending=Ending.RESET) for turn in range(10)])
    asking, cuts, total = client(world, proxy), 0, Sent()

    def hand_over() -> Sent:
        return HandOver(
            client=asking,
            peer=peer_world.VN,
            transfer=peer_world.TRANSFER,
            sealed=some.sealed,
            source=some,
            connections=2,
        ).send()

    for _ in range(COUNT):
        try:
            total = total.plus(hand_over())
            break
        except Unavailable:
            cuts += 1

    assert cuts >= 5
    kept = {index: part for (_, kind, index), part in world.node.kept.items() if kind == "part"}
    assert kept == dict(enumerate(some.parts))
    assert len(some.asked) <= COUNT + 2 * cuts
    assert proxy.up < (COUNT + 2 * cuts + 2) * (SIZE + 2000) + 20_000 * proxy.connections


def test_all_lines_cut_at_once_is_survived(world: peer_world.World, proxy: FaultProxy) -> None:
    """Kept connections that died are noticed before the next request goes out."""
    asking = client(world, proxy)
    asking.get_ready(peer_world.VN)
    kept = asking.network._idle[peer_world.VN][0]
    proxy.cut()
    end = select.poll()
    end.register(kept.tls, select.POLLIN)
    end.poll()

    assert asking.get_ready(peer_world.VN)
