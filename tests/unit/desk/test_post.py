"""Wrap a message for one attempt."""

from datetime import timedelta

import pytest
from attrs import evolve

from longbien.channel.envelope import open_frame
from longbien.channel.message import Lane
from longbien.desk.post import PATH, post
from longbien.exercise.states import make_book
from longbien.exercise.world import World
from longbien.primitives.errors import Refused, Unavailable


@pytest.fixture
def world() -> World:
    """Return two States; IL has asked."""
    world = World("IL", "VN")
    world["IL"].ask(world["VN"])
    return world


def test_the_request_carries_the_signed_bytes_in_their_lane(world: World) -> None:
    """Only the recipient can open it."""
    (row,) = world["IL"].machine.queue.unsent()

    call = post(world["IL"].office, row).call

    assert (call.method, call.path, call.lane) == ("POST", PATH, Lane.PRESERVATION)
    opened = open_frame(bytes(call.body), identities=world["VN"].office.identities)
    assert opened.signed == row.envelope
    with pytest.raises(Refused, match="somebody else"):
        open_frame(bytes(call.body), identities=world["IL"].office.identities)


def test_each_attempt_is_sealed_anew_around_the_same_bytes(world: World) -> None:
    """Gossip is of the moment, the envelope never changes."""
    il, vn = world["IL"], world["VN"]
    (row,) = il.machine.queue.unsent()
    first = post(il.office, row).call
    world.wait(seconds=1)
    second = post(il.office, row).call

    assert first.body != second.body
    one, other = (
        open_frame(bytes(call.body), identities=vn.office.identities) for call in (first, second)
    )
    assert one.signed == other.signed
    assert one.gossip.at < other.gossip.at


def test_nothing_is_sealed_by_a_directory_that_has_expired(world: World) -> None:
    """A frozen directory could name an old key: the newest one must be fetched first."""
    (row,) = world["IL"].machine.queue.unsent()
    world.wait(days=91)

    with pytest.raises(Refused) as caught:
        post(world["IL"].office, row)

    assert caught.value.code == "directory.expired"


def test_nothing_is_sealed_for_an_authority_without_a_key(world: World) -> None:
    """It waits until the recipient's State names one."""
    il, vn = world["IL"], world["VN"]
    (row,) = il.machine.queue.unsent()

    def without_keys(entry: object) -> object:
        authorities = tuple(evolve(one, sealing_keys=()) for one in entry.authorities)
        return evolve(entry, authorities=authorities)

    renewed = vn.state.renewed(without_keys)
    world.wait(hours=2)
    il.believes(make_book(il.state, renewed))

    with pytest.raises(Unavailable) as caught:
        post(il.office, row)

    assert caught.value.code == "desk.no-sealing-key"
    assert caught.value.retry
    assert timedelta(hours=2) <= world.now.moment - row.created_at.moment
