"""Budgets of peers: exact levels, exact waits, who comes next."""

import pytest

from longbien.adapters.peer_budgets import (
    Buckets,
    Granted,
    OverBudget,
    PeerBudgets,
    PeerLimits,
    Places,
    Rate,
    TokenBucket,
    Traffic,
    Waiter,
)
from longbien.channel.message import Lane
from longbien.primitives.ids import StateCode

VN, IL = StateCode("VN"), StateCode("IL")
RATE = Rate(per_second=2, burst=10)


def test_every_lane_of_a_message_has_its_traffic() -> None:
    """And bulk is the one that no message can name."""
    assert [Traffic.of(lane) for lane in Lane] == [
        Traffic.URGENT,
        Traffic.PRESERVATION,
        Traffic.ORDINARY,
    ]
    assert list(Traffic)[-1] is Traffic.BULK


@pytest.mark.parametrize("wrong", [{"per_second": 0, "burst": 1}, {"per_second": 1, "burst": 0}])
def test_a_rate_of_nothing_is_a_mistake(wrong: dict[str, float]) -> None:
    """It would shut a peer out without a word."""
    with pytest.raises(ValueError, match="must be > 0"):
        Rate(**wrong)


def test_a_full_bucket_gives_its_burst_at_once() -> None:
    """Then it gives as fast as it fills."""
    bucket = TokenBucket.full(RATE, 100.0)

    assert bucket.reserve(10, now=100.0, patience=0) == (True, 0.0)
    assert bucket.reserve(1, now=100.0, patience=0) == (False, 0.5)
    assert bucket.reserve(1, now=100.5, patience=0) == (True, 0.0)


def test_who_waits_has_a_turn() -> None:
    """Two who come together wait one after the other."""
    bucket = TokenBucket(RATE, 0.0, 0.0)

    assert bucket.reserve(1, now=0.0, patience=1) == (True, 0.5)
    assert bucket.reserve(1, now=0.0, patience=1) == (True, 1.0)
    assert bucket.reserve(1, now=0.0, patience=1) == (False, 1.5)
    assert bucket.level == -2


def test_patience_is_inclusive() -> None:
    """A turn that comes just then is taken."""
    assert TokenBucket(RATE, 0.0, 0.0).reserve(2, now=0.0, patience=1.0) == (True, 1.0)
    assert TokenBucket(RATE, 0.0, 0.0).reserve(2, now=0.0, patience=0.99)[0] is False


def test_more_than_the_burst_is_given_at_a_full_level() -> None:
    """A large part passes through a small budget; the next one waits for it."""
    bucket = TokenBucket.full(RATE, 0.0)

    assert bucket.reserve(30, now=0.0, patience=0) == (True, 0.0)
    assert bucket.level == -20
    assert bucket.reserve(30, now=0.0, patience=0) == (False, 15.0)


def test_a_bucket_is_never_more_than_full() -> None:
    """A quiet year gives no more than a quiet minute; a clock that goes back gives nothing."""
    bucket = TokenBucket(RATE, 0.0, 50.0)

    bucket.reserve(0, now=1e9, patience=0)
    assert bucket.level == 10
    bucket.reserve(4, now=3.0, patience=0)
    assert (bucket.level, bucket.at) == (6, 1e9)


def test_full_means_nothing_was_taken_lately() -> None:
    """To the very level."""
    bucket = TokenBucket.full(RATE, 0.0)
    bucket.reserve(2, now=0.0, patience=0)

    assert not bucket.is_full(0.99)
    assert bucket.is_full(1.0)


def test_sources_are_remembered_up_to_a_number() -> None:
    """The one not seen for longest is forgotten; strangers cannot fill the memory."""
    sources: Buckets[str] = Buckets(Rate(per_second=1, burst=1), most=2)

    assert sources.reserve("a", now=0) == (True, 0.0)
    assert sources.reserve("b", now=0)[0]
    assert not sources.reserve("a", now=0)[0]
    assert sources.reserve("c", now=0)[0]  # b is forgotten, not a
    assert not sources.reserve("a", now=0)[0]
    assert sources.reserve("b", now=0)[0]
    assert len(sources) == 2


def limits(**changes: object) -> PeerLimits:
    """Return small limits."""
    rates = dict.fromkeys(Traffic, Rate(per_second=1, burst=2))
    sizes = dict.fromkeys(Traffic, Rate(per_second=10, burst=100))
    return PeerLimits(**{"requests": rates, "octets": sizes, "patience": 3.0, **changes})


def test_lanes_and_peers_have_budgets_of_their_own() -> None:
    """One used up leaves the others."""
    budgets = PeerBudgets(limits(patience=0.0))
    for _ in range(2):
        assert budgets.reserve(VN, Traffic.ORDINARY, octets=1, now=0) == Granted(0)

    assert budgets.reserve(VN, Traffic.ORDINARY, octets=1, now=0) == OverBudget(1.0)
    assert budgets.reserve(VN, Traffic.URGENT, octets=1, now=0) == Granted(0)
    assert budgets.reserve(IL, Traffic.ORDINARY, octets=1, now=0) == Granted(0)


def test_the_longer_of_two_waits_counts() -> None:
    """Bytes here, requests there."""
    budgets = PeerBudgets(limits())

    assert budgets.reserve(VN, Traffic.BULK, octets=110, now=0) == Granted(0)
    assert budgets.reserve(VN, Traffic.BULK, octets=5, now=0) == Granted(1.5)
    assert budgets.reserve(VN, Traffic.BULK, octets=1, now=0) == Granted(1.6)
    assert budgets.reserve(VN, Traffic.BULK, octets=0, now=0) == Granted(2.0)


def test_a_refused_request_takes_nothing() -> None:
    """Neither of the two budgets."""
    budgets = PeerBudgets(limits(patience=0.0))
    budgets.reserve(VN, Traffic.BULK, octets=60, now=0)
    budgets.reserve(VN, Traffic.BULK, octets=0, now=0)

    assert budgets.reserve(VN, Traffic.BULK, octets=40, now=0) == OverBudget(1.0)
    assert budgets.reserve(VN, Traffic.BULK, octets=90, now=1) == OverBudget(4.0)
    assert budgets.reserve(VN, Traffic.BULK, octets=50, now=1) == Granted(0)


CEILINGS = {Traffic.URGENT: 4, Traffic.PRESERVATION: 3, Traffic.ORDINARY: 2, Traffic.BULK: 1}


def test_the_last_places_are_kept_for_the_urgent() -> None:
    """Each lane stops one place before the one above it."""
    places = Places(limits(ceilings=CEILINGS, places_per_peer=9))
    begun = []

    for traffic in reversed(Traffic):
        while places.is_open(VN, traffic):
            places.take(VN, traffic)
            begun.append(traffic)

    assert begun == [Traffic.BULK, Traffic.ORDINARY, Traffic.PRESERVATION, Traffic.URGENT]


def test_one_peer_takes_no_more_than_its_places_in_a_lane() -> None:
    """Another finds room; what was given back can be taken again."""
    places = Places(limits(ceilings=dict.fromkeys(Traffic, 9), places_per_peer=1))
    places.take(VN, Traffic.ORDINARY)

    assert not places.is_open(VN, Traffic.ORDINARY)
    assert places.is_open(VN, Traffic.URGENT)
    assert places.is_open(IL, Traffic.ORDINARY)
    places.give_back(VN, Traffic.ORDINARY)
    assert places.is_open(VN, Traffic.ORDINARY)
    assert places.taken == 0


def test_the_order_of_those_who_wait() -> None:
    """Lane, then the peer with the least work going on, then who came first."""
    places = Places(limits(ceilings=dict.fromkeys(Traffic, 9), places_per_peer=9))
    places.take(VN, Traffic.ORDINARY)
    waiting = [
        Waiter(peer=VN, traffic=Traffic.ORDINARY, turn=1),
        Waiter(peer=IL, traffic=Traffic.ORDINARY, turn=3),
        Waiter(peer=IL, traffic=Traffic.ORDINARY, turn=2),
        Waiter(peer=VN, traffic=Traffic.PRESERVATION, turn=9),
        Waiter(peer=VN, traffic=Traffic.BULK, turn=0),
    ]
    order = []

    while (following := places.find_next(waiting)) is not None:
        order.append(following.turn)
        waiting.remove(following)

    assert order == [9, 2, 3, 1, 0]
    assert places.find_next([]) is None


def test_who_may_not_begin_is_passed_over() -> None:
    """A full lane does not hold up one below it that has room."""
    places = Places(limits(ceilings=dict.fromkeys(Traffic, 9), places_per_peer=1))
    places.take(VN, Traffic.URGENT)
    urgent = Waiter(peer=VN, traffic=Traffic.URGENT, turn=0)
    bulk = Waiter(peer=VN, traffic=Traffic.BULK, turn=1)

    assert places.find_next([urgent, bulk]) is bulk
