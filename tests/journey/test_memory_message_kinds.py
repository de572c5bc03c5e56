"""Every kind of message, end to end in memory: in calm, in a storm, with the other node down.

Each time the same end state and each effect once.
"""

from collections.abc import Callable

import pytest

from desk_stories import STORIES, ending_of
from longbien.channel.envelope import open_receipt
from longbien.channel.message import MessageKind, ReceiptOutcome
from longbien.exercise.network import STORM
from longbien.exercise.world import World

EVERY = sorted(set(STORIES.values()), key=lambda story: story.__name__)


def calm_ending(story: Callable) -> object:
    """Return how a story ends when nothing goes wrong."""
    world = World("IL", "VN")
    return ending_of(world, story(world))


def test_every_kind_of_message_has_a_story() -> None:
    """No kind is left out, and each story sends what it is there for."""
    assert set(STORIES) == set(MessageKind)


@pytest.mark.parametrize("kind", STORIES, ids=lambda kind: kind.value)
def test_the_message_arrives_takes_effect_and_is_receipted(kind: MessageKind) -> None:
    """One message of the kind is sent, accepted by the other State and signed for."""
    world = World("IL", "VN")
    STORIES[kind](world)

    rows = [
        row
        for node in world.nodes.values()
        for row in node.machine.tables.outbox.values()
        if row.work.kind is kind
    ]
    assert rows
    for row in rows:
        assert open_receipt(row.receipt).receipt.outcome is ReceiptOutcome.ACCEPTED


@pytest.mark.parametrize("story", EVERY, ids=lambda story: story.__name__)
def test_a_storm_changes_nothing(story: Callable) -> None:
    """Messages lost, doubled, late, out of order and spoilt: the same end state."""
    world = World("IL", "VN", seed=11, faults=STORM)

    assert ending_of(world, story(world)) == calm_ending(story)


@pytest.mark.parametrize("story", EVERY, ids=lambda story: story.__name__)
def test_nodes_that_start_anew_at_each_turn_change_nothing(story: Callable) -> None:
    """Both nodes lose their memory again and again: the same end state."""
    world = World("IL", "VN", seed=5)
    turn = world.turn

    def restarting_turn() -> None:
        turn()
        for node in world.nodes.values():
            node.restart()

    world.turn = restarting_turn
    assert ending_of(world, story(world)) == calm_ending(story)


def test_a_peer_that_is_down_for_two_days_gets_everything_in_order() -> None:
    """What IL says meanwhile waits, and arrives in its order."""
    world = World("IL", "VN")
    il, vn = world["IL"], world["VN"]
    vn.power_off()
    case = il.ask(vn).case
    world.turn()
    world.wait(days=2)
    world.turn()
    assert il.is_busy

    vn.restart()
    world.quiet()

    assert vn.case(case) is not None
    assert il.case(case).receipted
