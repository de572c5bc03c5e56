"""The power fails at any step of either node: the same end state, each effect once."""

from collections.abc import Callable

import pytest

from desk_stories import Ending, ending_of, preservation, stored_data
from longbien.exercise.world import World
from longbien.primitives.ids import CaseId


def told(world: World, *stories: Callable[[World], CaseId]) -> Ending:
    """Tell stories and return how they ended."""
    return ending_of(world, *[story(world) for story in stories])


def steps_of(code: str, *stories: Callable[[World], CaseId]) -> int:
    """Return how many steps a node's disk takes in undisturbed stories."""
    world = World("IL", "VN")
    told(world, *stories)
    return world[code].machine.disk.steps


@pytest.mark.parametrize("code", ["IL", "VN"])
def test_a_power_cut_at_any_step_of_a_preservation_changes_nothing(code: str) -> None:
    """Ask, receipt, acknowledge, confirm: whenever the power fails, both sides end alike."""
    expected = told(World("IL", "VN"), preservation)

    for step in range(1, steps_of(code, preservation) + 1):
        world = World("IL", "VN")
        world[code].machine.disk.cut_in(step)
        assert told(world, preservation) == expected, step
        assert world[code].life == 1, step


@pytest.mark.slow
@pytest.mark.parametrize("code", ["IL", "VN"])
def test_a_power_cut_while_evidence_is_handed_over_changes_nothing(code: str) -> None:
    """From the request for the data to its end: the same end state, each effect once."""
    expected = told(World("IL", "VN"), stored_data)

    for step in range(1, steps_of(code, stored_data) + 1, 3):
        world = World("IL", "VN")
        world[code].machine.disk.cut_in(step)
        assert told(world, stored_data) == expected, step


def test_a_disk_that_only_pretends_to_sync_is_found_out() -> None:
    """The simulated disk can lie; then acknowledged work is lost, and the test above would see."""
    expected = told(World("IL", "VN"), preservation)
    endings = []
    for step in range(1, steps_of("VN", preservation) + 1):
        world = World("IL", "VN")
        world["VN"].machine.disk.loses_syncs = True
        world["VN"].machine.disk.cut_in(step)
        try:
            endings.append(told(world, preservation))
        except Exception:  # noqa: BLE001 - whatever follows from lost data is a finding here
            endings.append(None)

    assert any(ending != expected for ending in endings)
