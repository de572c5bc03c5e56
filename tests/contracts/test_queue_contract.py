"""What every WorkQueue promises: run over each implementation of the port."""

from collections.abc import Sequence

import pytest
from attrs import evolve

from longbien.channel.message import Lane, ReceiptOutcome
from longbien.desk.ports import Change, LeasedChore, LeasedMessage, Outgoing, Settling
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, CaseId
from ports_world import Ports
from store_world import at, case_id, change, chore, outgoing

ONE, TWO, THREE = case_id(1), case_id(2), case_id(3)
ALL = frozenset(Lane)
ACCEPTED = ReceiptOutcome.ACCEPTED


def put(ports: Ports, case: CaseId, *messages: Outgoing) -> None:
    """Commit messages of one case."""
    version = len(ports.journal.load(case))
    ports.journal.commit(change(case, version, outgoing=messages))


def lease(
    ports: Ports,
    now: float = 1,
    *,
    until: float = 60,
    limit: int = 10,
    lanes: frozenset[Lane] = ALL,
) -> Sequence[LeasedMessage]:
    """Lease messages at an instant of the world."""
    return ports.queue.lease_messages(now=at(now), until=at(until), limit=limit, lanes=lanes)


def lease_chores(ports: Ports, now: float = 1, *, until: float = 60) -> Sequence[LeasedChore]:
    """Lease chores at an instant of the world."""
    return ports.queue.lease_chores(now=at(now), until=at(until), limit=10)


def settle(ports: Ports, leased: LeasedMessage) -> None:
    """Settle with a receipt."""
    ports.queue.settle_message(leased, receipt=b"receipt", outcome=ACCEPTED)


def refusal_of_settling(ports: Ports, leased: LeasedMessage) -> str:
    """Return the code with which a settlement is refused."""
    with pytest.raises(Refused) as caught:
        settle(ports, leased)
    return caught.value.code


def test_a_message_is_leased_as_it_was_committed(ports: Ports) -> None:
    """The envelope is the same to the last byte, and everything that stands beside it."""
    message = outgoing(ONE, 1)
    put(ports, ONE, message)

    (leased,) = lease(ports)

    assert leased.message == message
    assert (leased.fence, leased.attempts, leased.until) == (1, 1, at(60))


def test_a_leased_message_is_nobody_elses_until_the_lease_ends(ports: Ports) -> None:
    """Two workers never hold one row; a dead worker's row comes back with a higher fence."""
    put(ports, ONE, outgoing(ONE, 1))
    (first,) = lease(ports, until=60)

    assert not lease(ports, now=59.999999)
    (second,) = lease(ports, now=60, until=120)
    assert (second.fence, second.attempts) == (2, 1)
    assert refusal_of_settling(ports, first) == "lease.stale"
    settle(ports, second)
    assert not lease(ports, now=1000)


def test_a_settled_message_cannot_be_settled_again(ports: Ports) -> None:
    """The receipt that was kept first is the one that stays."""
    put(ports, ONE, outgoing(ONE, 1))
    (leased,) = lease(ports)
    settle(ports, leased)

    assert refusal_of_settling(ports, leased) == "lease.stale"


def test_a_thread_is_sent_in_its_order(ports: Ports) -> None:
    """The next message of a thread goes only after the receipt for the one before it."""
    put(ports, ONE, outgoing(ONE, 1), outgoing(ONE, 2))
    put(ports, ONE, outgoing(ONE, 3))

    for number in (1, 2, 3):
        (leased,) = lease(ports)
        assert leased.message.sequence == number
        assert not lease(ports)
        settle(ports, leased)


def test_a_postponed_message_holds_its_thread_back_and_no_other(ports: Ports) -> None:
    """A peer that does not answer delays what follows in the thread, not other threads."""
    put(ports, ONE, outgoing(ONE, 1), outgoing(ONE, 2))
    put(ports, TWO, outgoing(TWO, 1))
    first, other = lease(ports)
    settle(ports, other)
    ports.queue.postpone(first, until=at(500), code="peer.silent", failed=1)

    assert not lease(ports, now=499)
    (again,) = lease(ports, now=500, until=600)
    assert again.message == first.message
    assert (again.fence, again.attempts) == (2, 2)


def test_threads_to_two_states_do_not_wait_for_each_other(ports: Ports) -> None:
    """One case may be spoken of with two States: each has its own order."""
    third = AuthorityId("XK/contact-point")
    put(ports, ONE, outgoing(ONE, 1), outgoing(ONE, 1, recipient=third))

    assert len(lease(ports)) == 2


def test_a_stale_lease_postpones_nothing(ports: Ports) -> None:
    """A worker that comes back late does not take the row from the one who has it now."""
    put(ports, ONE, outgoing(ONE, 1))
    (first,) = lease(ports, until=60)
    (second,) = lease(ports, now=60, until=120)

    ports.queue.postpone(first, until=at(5000), code="peer.silent", failed=1)

    settle(ports, second)


def test_attempts_are_those_that_failed_since_something_got_through(ports: Ports) -> None:
    """A failure counts; the lease of a worker that died, or one that was renewed, does not."""
    put(ports, ONE, outgoing(ONE, 1))
    counted = []
    for now, failed in ((10, 1), (20, 2), (30, None), (40, 3), (50, 0), (60, 1)):
        (leased,) = lease(ports, now=now, until=now + 5)
        counted.append(leased.attempts)
        if failed is not None:
            ports.queue.postpone(leased, until=at(now + 1), code="peer.silent", failed=failed)

    assert counted == [1, 2, 3, 3, 4, 1]


def test_a_renewed_lease_is_the_same_lease_for_longer(ports: Ports) -> None:
    """Nobody else has the row meanwhile, and it is settled with the fence that it had."""
    put(ports, ONE, outgoing(ONE, 1))
    (first,) = lease(ports, until=60)

    ports.queue.renew(first, until=at(120))

    assert not lease(ports, now=119)
    settle(ports, first)


def test_a_stale_lease_is_not_renewed(ports: Ports) -> None:
    """A worker that comes back late does not hold the row of the one who has it now."""
    put(ports, ONE, outgoing(ONE, 1))
    (first,) = lease(ports, until=60)
    (second,) = lease(ports, now=60, until=120)

    ports.queue.renew(first, until=at(5000))

    (third,) = lease(ports, now=120, until=180)
    assert refusal_of_settling(ports, second) == "lease.stale"
    settle(ports, third)


def test_the_most_urgent_lane_goes_first(ports: Ports) -> None:
    """An emergency overtakes everything that waits, and preservation what is ordinary."""
    for case, lane, second in (
        (case_id(11), Lane.ORDINARY, 1),
        (case_id(12), Lane.PRESERVATION, 3),
        (case_id(13), Lane.URGENT, 4),
        (case_id(14), Lane.PRESERVATION, 2),
    ):
        put(ports, case, outgoing(case, 1, lane=lane, when=at(second)))

    found = [one.message.thread for one in lease(ports, now=10, limit=3)]

    assert found[0] == case_id(13)
    assert set(found[1:]) == {case_id(12), case_id(14)}
    assert [one.message.thread for one in lease(ports, now=10)] == [case_id(11)]


def test_a_worker_takes_only_its_lanes(ports: Ports) -> None:
    """A worker for urgent mail leaves the rest to others."""
    put(ports, ONE, outgoing(ONE, 1, lane=Lane.ORDINARY))
    put(ports, TWO, outgoing(TWO, 1, lane=Lane.URGENT))

    (leased,) = lease(ports, lanes=frozenset({Lane.URGENT}))

    assert leased.message.thread == TWO


def test_chores_are_leased_settled_and_postponed_like_messages(ports: Ports) -> None:
    """Not before their time, by one worker at a time, and once."""
    ports.journal.commit(
        change(ONE, 0, chores=(chore(ONE, "early", when=at(10)), chore(ONE, "late", when=at(100))))
    )

    assert not lease_chores(ports, now=9)
    (early,) = lease_chores(ports, now=10)
    assert early.chore == chore(ONE, "early", when=at(10))
    assert not lease_chores(ports, now=11)
    ports.queue.postpone(early, until=at(20), code="vault.no-space", failed=1)
    (again,) = lease_chores(ports, now=20)
    assert (again.id, again.fence, again.attempts) == (early.id, 2, 2)
    with pytest.raises(Refused) as caught:
        ports.queue.settle_chore(early)
    assert caught.value.code == "lease.stale"
    ports.queue.settle_chore(again)
    (late,) = lease_chores(ports, now=100)
    assert late.chore.subject == "late"


# --- settling with a change ----------------------------------------------------------------------


def settling(leased: LeasedMessage) -> Settling:
    """Return a receipt for a leased message."""
    return Settling(
        message=leased.message.id, fence=leased.fence, receipt=b"receipt", outcome=ACCEPTED
    )


def test_a_change_may_settle_a_message(ports: Ports) -> None:
    """The receipt is kept with the events that speak of it, and the row is done."""
    put(ports, ONE, outgoing(ONE, 1))
    (leased,) = lease(ports)

    ports.journal.commit(evolve(change(ONE, 1), settles=settling(leased)))

    assert len(ports.journal.load(ONE)) == 2
    assert list(lease(ports, 100, until=200)) == []
    assert refusal_of_settling(ports, leased) == "lease.stale"


def test_a_change_without_events_may_settle_a_message(ports: Ports) -> None:
    """Nothing of the case changes, so its version is not asked about."""
    put(ports, ONE, outgoing(ONE, 1))
    (leased,) = lease(ports)

    ports.journal.commit(Change(case=ONE, expected_version=7, settles=settling(leased)))

    assert len(ports.journal.load(ONE)) == 1
    assert list(lease(ports, 100, until=200)) == []


def test_a_change_that_settles_by_an_old_lease_changes_nothing(ports: Ports) -> None:
    """Neither the case nor the row: both belong to whoever holds the lease now."""
    put(ports, ONE, outgoing(ONE, 1))
    (old,) = lease(ports)
    (new,) = lease(ports, 100, until=200)

    with pytest.raises(Refused) as caught:
        ports.journal.commit(evolve(change(ONE, 1), settles=settling(old)))

    assert caught.value.code == "lease.stale"
    assert len(ports.journal.load(ONE)) == 1
    settle(ports, new)
