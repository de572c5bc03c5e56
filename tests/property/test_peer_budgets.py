"""Budgets and places under any sequence of requests."""

from hypothesis import given
from hypothesis import strategies as st

from longbien.adapters.peer_budgets import PeerLimits, Places, Rate, TokenBucket, Traffic, Waiter
from longbien.primitives.ids import StateCode

PEERS = tuple(StateCode(code) for code in ("VN", "IL", "FR"))
steps = st.lists(
    st.tuples(st.floats(0, 5), st.floats(0, 30), st.floats(0, 10)), min_size=1, max_size=60
)


@given(st.floats(0.1, 100), st.floats(0.1, 100), steps)
def test_nobody_gets_more_than_the_rate_and_one_burst(
    per_second: float, burst: float, taken: list[tuple[float, float, float]]
) -> None:
    """By the time a request may go on, no more has been given than burst + rate x time.

    One request larger than the burst may come on top of it: it is given at a full level.
    """
    bucket = TokenBucket.full(Rate(per_second=per_second, burst=burst), 0.0)
    now = given_out = largest = 0.0

    for passed, amount, patience in taken:
        now += passed
        fits, wait = bucket.reserve(amount, now=now, patience=patience)
        assert wait >= 0
        assert fits == (wait <= patience)
        if fits:
            given_out += amount
            largest = max(largest, amount - burst)
            allowed = burst + max(0.0, largest) + (now + wait) * per_second
            assert given_out <= allowed * (1 + 1e-9) + 1e-6


@given(st.floats(0.1, 100), st.floats(0.1, 100), st.floats(0, 200))
def test_the_wait_that_is_told_is_enough(per_second: float, burst: float, amount: float) -> None:
    """Who comes back after it gets what was asked for."""
    bucket = TokenBucket(Rate(per_second=per_second, burst=burst), 0.0, 0.0)
    _, wait = bucket.reserve(amount, now=0.0, patience=-1.0)

    fits, still = bucket.reserve(amount, now=wait, patience=1e-6)

    assert fits
    assert still <= 1e-6


requests = st.lists(
    st.tuples(st.sampled_from(PEERS), st.sampled_from(list(Traffic)), st.booleans()), max_size=80
)


@given(requests)
def test_places_are_never_over_their_limits(asked: list[tuple[StateCode, Traffic, bool]]) -> None:
    """Whatever comes and goes: no lane above its ceiling, no peer above its places."""
    limits = PeerLimits(places_per_peer=2)
    places, inside, waiting = Places(limits), [], []

    for turn, (peer, traffic, leaves) in enumerate(asked):
        if leaves and inside:
            places.give_back(*inside.pop(turn % len(inside)))
        waiting.append(Waiter(peer=peer, traffic=traffic, turn=turn))
        while (following := places.find_next(waiting)) is not None:
            before = places.taken
            assert before < limits.ceilings[following.traffic]
            places.take(following.peer, following.traffic)
            waiting.remove(following)
            inside.append((following.peer, following.traffic))
        assert places.taken == len(inside)
        assert all(inside.count(one) <= 2 for one in inside)
        assert all(not places.is_open(one.peer, one.traffic) for one in waiting)


@given(requests)
def test_an_urgent_request_of_a_quiet_peer_waits_for_no_other_lane(
    asked: list[tuple[StateCode, Traffic, bool]],
) -> None:
    """However much the others have begun below the urgent lane."""
    places = Places(PeerLimits())
    for peer, traffic, _ in asked:
        if traffic is not Traffic.URGENT and places.is_open(peer, traffic):
            places.take(peer, traffic)

    assert places.is_open(StateCode("SE"), Traffic.URGENT)
