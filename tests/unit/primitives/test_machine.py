from enum import Enum

import pytest

from longbien.primitives.errors import Refused
from longbien.primitives.machine import Machine


class Lamp(Enum):
    """States of a lamp."""

    OFF = "off"
    ON = "on"
    BROKEN = "broken"


class Act(Enum):
    """What happens to a lamp."""

    PRESS = "press"
    DROP = "drop"


TABLE = {
    Lamp.OFF: {Act.PRESS: Lamp.ON, Act.DROP: Lamp.BROKEN},
    Lamp.ON: {Act.PRESS: Lamp.OFF},
    Lamp.BROKEN: {},
}
LAMP = Machine(name="lamp", initial=Lamp.OFF, table=TABLE)


@pytest.mark.parametrize("state", Lamp)
@pytest.mark.parametrize("event", Act)
def test_every_cell_is_in_the_table_or_refused(state: Lamp, event: Act) -> None:
    """No pair of state and event is left to chance."""
    if event in TABLE[state]:
        assert LAMP.step(state, event) is TABLE[state][event]
    else:
        with pytest.raises(Refused) as caught:
            LAMP.step(state, event)
        assert caught.value.code == "transition.refused"
        assert str(caught.value) == f"lamp: {event.value!r} is not allowed in {state.value!r}"


def test_final_states_are_those_with_an_empty_row() -> None:
    """Nothing leaves a final state."""
    assert LAMP.final() == {Lamp.BROKEN}


def test_the_table_cannot_be_changed_afterwards() -> None:
    """A life cycle is a fact: neither the caller's dictionary nor the copy can alter it."""
    table = {Lamp.OFF: {Act.PRESS: Lamp.ON}, Lamp.ON: {}, Lamp.BROKEN: {}}
    machine = Machine(name="lamp", initial=Lamp.OFF, table=table)

    table[Lamp.OFF][Act.DROP] = Lamp.BROKEN
    table[Lamp.ON] = {Act.PRESS: Lamp.OFF}

    assert dict(machine.table[Lamp.OFF]) == {Act.PRESS: Lamp.ON}
    assert machine.final() == {Lamp.ON, Lamp.BROKEN}
    with pytest.raises(TypeError):
        machine.table[Lamp.ON] = {}  # type: ignore[index]
