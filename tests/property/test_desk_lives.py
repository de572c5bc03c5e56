"""Whatever officers do and whatever fails: each acknowledged effect once, and both sides agree."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk_lives import Life, require_sound


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_after_quiet_nothing_is_lost_or_doubled_and_both_sides_agree(seed: int) -> None:
    """Random acts, faults, power cuts, clocks: after quiet the invariants hold."""
    life = Life(seed)
    life.live(40)

    life.rest()

    require_sound(life)


def test_a_life_follows_from_its_seed() -> None:
    """The same seed gives the same world: what failed can be looked at again."""
    heads = []
    for _ in range(2):
        life = Life(7)
        life.live(40)
        life.rest()
        heads.append(
            [
                [event.kind for event in events]
                for node in life.world.nodes.values()
                for events in node.machine.tables.events.values()
            ]
        )

    assert heads[0] == heads[1]
    assert sum(map(len, heads[0])) > 20
