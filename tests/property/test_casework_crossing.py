from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from longbien.casework import commands as c
from longbien.casework import life
from longbien.casework.standing import state_of
from longbien.casework.wire import encode_event, kind_of, parse_event
from longbien.channel.message import ReceiptOutcome
from longbien.exercise import two_sides as w
from longbien.exercise.walks import STARTS, Start, walk

START = st.sampled_from(STARTS)
RANDOM = st.integers(0, 2**32).map(Random)
LENGTH = st.integers(0, 60)


def assert_agreed(world: w.World) -> None:
    """Both sides hold the same statements, and stand in the same state."""
    il, vn = world.il.held, world.vn.held
    assert w.shared(il) == w.shared(vn)
    assert state_of(il) is state_of(vn)


@settings(max_examples=150)
@given(START, RANDOM, LENGTH)
def test_two_honest_states_agree_however_their_messages_cross(
    start: Start, random: Random, length: int
) -> None:
    """Nothing an honest State says is refused, and after quiet both stand in the same state."""
    world = walk(start, random, length=length)

    world.settle()

    assert world.il.held.turned_away == world.vn.held.turned_away == ()
    assert_agreed(world)


@settings(max_examples=60)
@given(START, RANDOM, LENGTH)
def test_a_journal_tells_the_whole_case(start: Start, random: Random, length: int) -> None:
    """Replaying the journal, from its bytes, gives the same case, step by step."""
    world = walk(start, random, length=length)
    world.settle()

    for node in (world.il, world.vn):
        written = [(kind_of(event), encode_event(event)) for event in node.held.history]
        events = [parse_event(kind, data) for kind, data in written]
        assert life.replay(events) == node.held
        assert node.held.version == len(events)


@settings(max_examples=150)
@given(START, RANDOM, LENGTH, st.sets(st.integers(0, 9), max_size=4))
def test_a_message_that_the_other_node_refuses_was_never_said(
    start: Start, random: Random, length: int, lost: set[int]
) -> None:
    """Messages overtaken by time are refused; both sides agree on what is left."""
    world = walk(start, random, length=length)
    waiting = [(node, message) for node in (world.il, world.vn) for message in node.outbox]
    for at, (node, message) in enumerate(waiting):
        if at in lost and message.sequence > 1:
            node.outbox.remove(message)
            refused(node, message.sequence)

    world.settle()

    if world.vn.case is not None:
        assert_agreed(world)


def refused(node: w.Node, number: int) -> None:
    """Note the receipt that refuses a message."""
    receipt = c.MachineNotesReceipt(
        number=number,
        received_at=node.now,
        outcome=ReceiptOutcome.REFUSED,
        code="message.expired",
    )
    node.act(receipt, None)
