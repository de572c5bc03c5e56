"""The light profile: marks in place of signatures, and nothing left behind."""

import sys
from types import ModuleType

import pytest
from attrs import evolve

from longbien.exercise.light import Seals, light, lightened, standing_in
from longbien.exercise.simulation import FULL, LIGHT, cast_of, simulate
from longbien.trust import dsse
from longbien.trust.dsse import find_hybrid, sign_envelope

pytestmark = pytest.mark.usefixtures("serving_nobody")


def test_a_mark_counts_as_little_as_a_forged_signature_outside() -> None:
    """What was marked is believed inside the ``with`` statement, and nowhere else."""
    state = cast_of(is_light=True)[0][0]
    pair = cast_of(is_light=False)[0][0].contact_point.signers.public
    keys = state.contact_point.signers.both
    marked = sign_envelope(b"word", payload_type="text/plain", signers=keys)
    changed = evolve(marked, payload=b"another")

    simulate(1)

    assert find_hybrid(marked, [pair]) == ()
    with light(Seals(cast_of(is_light=True)[0])):
        assert find_hybrid(marked, [pair]) == (pair,)
        assert find_hybrid(changed, [pair]) == ()
    assert find_hybrid(marked, [pair]) == ()


def test_a_process_that_serves_a_state_verifies_signatures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a node is loaded there is no light profile."""
    monkeypatch.setitem(sys.modules, "longbien.node.running", ModuleType("running"))

    with pytest.raises(RuntimeError, match="verifies signatures"):
        simulate(1, profile=LIGHT)


def test_the_full_profile_takes_nothing_away() -> None:
    """With the real cryptography no function of the program is replaced."""
    before = dict(vars(dsse))

    simulate(3, profile=FULL)

    assert dict(vars(dsse)) == before


def test_what_stood_in_goes_again_even_after_a_fault() -> None:
    """The old function is back, whatever was raised meanwhile; a static method stays one."""

    class Owner:
        @staticmethod
        def name() -> str:
            return "real"

    def fail() -> None:
        with standing_in([(Owner, "name", staticmethod(lambda: "false"))]):
            assert Owner().name() == "false"
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert Owner().name() == "real"


def test_a_lightened_state_keeps_its_entry() -> None:
    """The directory knows the same keys; only what signs is another thing."""
    state = cast_of(is_light=False)[0][0]

    assert lightened(state).chain == state.chain
    assert lightened(state).log[0].key == state.log[0].key
