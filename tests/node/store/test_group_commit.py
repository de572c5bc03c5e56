"""Sharing one write to the disk: who waits shares the next one, and nobody waits for company."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest

from longbien.desk.ports import Change
from longbien.node.store.committing import MAX_GROUP
from longbien.node.store.opening import Store
from longbien.primitives.errors import LongBienError
from store_world import IL, case_id, change, findings, incoming, outgoing


def together(store: Store, changes: Sequence[Change]) -> list[Future[Any]]:
    """Let changes wait at the same moment, as when many callers came while the disk wrote."""
    with store.committer._lock:
        waiting = [store.committer._put(one) for one in changes]
    for one in waiting:
        one.exception(timeout=60)
    return waiting


def codes(waiting: Sequence[Future[Any]]) -> list[str]:
    """Return what each was told: a code, or nothing."""
    errors = [one.exception() for one in waiting]
    return [error.code if isinstance(error, LongBienError) else "" for error in errors]


def test_all_that_waits_is_one_transaction(store: Store) -> None:
    """Thirty-two callers, one write to the disk; each gets its own leaf and version."""
    before = store.committer.counted

    waiting = together(store, [change(case_id(number), 0, events=2) for number in range(32)])

    after = store.committer.counted
    assert after.transactions == before.transactions + 1
    assert after.works == before.works + 32
    leaves = [leaf for one in waiting for leaf in one.result().leaves]
    assert leaves == list(range(64))
    assert findings(store) == []


def test_more_than_a_group_goes_into_the_next_one(store: Store) -> None:
    """A transaction has an end: what is over it follows at once."""
    before = store.committer.counted.transactions

    together(store, [change(case_id(number), 0) for number in range(MAX_GROUP + 1)])

    assert store.committer.counted.transactions == before + 2
    assert store.ledger.size() == MAX_GROUP + 1


def test_a_change_that_is_refused_hinders_no_other(store: Store) -> None:
    """Conflicts, duplicates and wrong numbers fail alone; their neighbours are kept."""
    store.journal.commit(change(case_id(1), 0, incoming=incoming(case_id(1), 1)))

    waiting = together(
        store,
        [
            change(case_id(2), 0),
            change(case_id(1), 0),
            change(case_id(1), 1, incoming=incoming(case_id(1), 1)),
            change(case_id(3), 0, outgoing=(outgoing(case_id(3), 2),)),
            change(case_id(4), 0),
        ],
    )

    assert codes(waiting) == ["", "journal.conflict", "inbox.duplicate", "journal.conflict", ""]
    assert [len(store.journal.load(case_id(number))) for number in (1, 2, 3, 4)] == [1, 1, 0, 1]
    assert findings(store) == []


def test_two_decisions_on_one_version_in_one_group(store: Store) -> None:
    """Of two that saw the same version one is kept, and the other decides again."""
    waiting = together(store, [change(case_id(1), 0), change(case_id(1), 0)])

    assert sorted(codes(waiting)) == ["", "journal.conflict"]
    assert len(store.journal.load(case_id(1))) == 1


def test_one_message_twice_in_one_group_takes_effect_once(store: Store) -> None:
    """Two copies that arrive together: one receipt is kept."""
    one = change(case_id(1), 0, incoming=incoming(case_id(1), 1))

    waiting = together(store, [one, one])

    assert sorted(codes(waiting)) == ["", "inbox.duplicate"]
    assert store.journal.numbers(case_id(1), IL).received == 1


def test_steps_of_one_case_may_stand_in_one_group(store: Store) -> None:
    """The second builds on the first although neither is on the disk yet."""
    one = case_id(1)

    waiting = together(
        store,
        [
            change(one, 0, outgoing=(outgoing(one, 1),)),
            change(one, 1, outgoing=(outgoing(one, 2),)),
        ],
    )

    assert codes(waiting) == ["", ""]
    assert [event.version for event in store.journal.load(one)] == [1, 2]
    assert findings(store) == []


def test_a_program_fault_reaches_only_the_one_who_made_it(store: Store) -> None:
    """An act with a bug is carried out alone, fails alone, and the rest is kept."""

    def faulty(_turn: object) -> None:
        raise ZeroDivisionError

    with store.committer._lock:
        waiting = [
            store.committer._put(change(case_id(1), 0)),
            store.committer._put(faulty),
            store.committer._put(change(case_id(2), 0)),
        ]
    errors = [one.exception(timeout=60) for one in waiting]

    assert [type(error) for error in errors] == [type(None), ZeroDivisionError, type(None)]
    assert store.ledger.size() == 2
    assert store.health.ready().is_ready
    assert findings(store) == []


def test_many_threads_lose_nothing(store: Store) -> None:
    """Sixteen writers at once: every acknowledged event is there, the ledger agrees."""
    acknowledged: list[int] = []
    lock = threading.Lock()

    def work(first: int) -> None:
        for number in range(first, first + 10):
            committed = store.journal.commit(change(case_id(number), 0))
            with lock:
                acknowledged.extend(committed.leaves)

    threads = [threading.Thread(target=work, args=(number * 10,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(acknowledged) == list(range(160))
    assert store.committer.counted.transactions < 160
    assert findings(store) == []


def test_a_closed_store_takes_nothing(store: Store) -> None:
    """What waits is finished; whoever comes later is told."""
    store.journal.commit(change(case_id(1), 0))
    store.close()

    with pytest.raises(LongBienError) as caught:
        store.journal.commit(change(case_id(2), 0))

    assert caught.value.code == "store.stopped"
