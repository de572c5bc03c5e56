"""Processes that are killed: what was acknowledged is kept, and nothing has two effects."""

import signal
from subprocess import Popen

import pytest

from longbien.channel.message import Lane, ReceiptOutcome
from store_world import (
    at,
    case_id,
    change,
    clock,
    database_of,
    findings,
    opened,
    outgoing,
    run_child,
)


def lines_of(child: Popen[str]) -> list[str]:
    """Return everything that a process said, once it is gone."""
    with child:
        assert child.stdout
        return child.stdout.read().splitlines()  # and what was read ahead; communicate() loses it


def kept(lines: list[str]) -> list[int]:
    """Return the numbers of the cases whose commit was acknowledged."""
    return [int(line.split()[1]) for line in lines if line.startswith("kept")]


@pytest.mark.parametrize(
    ("failpoint", "there"), [("before_commit:kill:4", 3), ("after_commit_before_ack:kill:4", 4)]
)
def test_a_kill_around_the_commit(alias: str, failpoint: str, there: int) -> None:
    """Before the commit nothing of the change is there; after it all of it, told or not."""
    child = run_child(database_of(alias), "write", count=10, failpoint=failpoint)

    acknowledged = kept(lines_of(child))

    assert child.returncode == -signal.SIGKILL
    assert acknowledged == [1, 2, 3]
    with opened(alias) as store:
        found = [number for number in range(1, 11) if store.journal.load(case_id(number))]
        assert found == list(range(1, there + 1))
        assert findings(store) == []
        assert store.journal.commit(change(case_id(50), 0)).leaves == (there,)


@pytest.mark.parametrize("after", [0, 1, 7, 20])
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(alias: str, after: int) -> None:
    """SIGKILL from outside, wherever the process just is."""
    child = run_child(database_of(alias), "write", count=1000)
    assert child.stdout
    lines = [child.stdout.readline()]
    assert lines == ["open\n"]
    lines += [child.stdout.readline() for _ in range(after)]

    child.kill()
    acknowledged = kept(lines + lines_of(child))

    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert len(acknowledged) >= after
    with opened(alias) as store:
        assert all(store.journal.load(case_id(number)) for number in acknowledged)
        assert store.ledger.size() - len(acknowledged) in {0, 1}
        assert findings(store) == []


@pytest.mark.parametrize("failpoint", ["after_outbox_lease:kill", "after_post_before_settle:kill"])
def test_a_killed_worker_leaves_its_work_to_the_next(alias: str, failpoint: str) -> None:
    """Nothing is lost: when the lease has run out another worker posts the same message again."""
    with opened(alias) as store:
        for number in range(1, 4):
            message = outgoing(case_id(number), 1)
            store.journal.commit(change(case_id(number), 0, outgoing=(message,)))

        child = run_child(database_of(alias), "send", count=3, failpoint=failpoint)
        said = lines_of(child)
        leased = store.queue.lease_messages(
            now=at(200_000), until=at(300_000), limit=10, lanes=frozenset(Lane)
        )

        assert child.returncode == -signal.SIGKILL
        assert not [line for line in said if line.startswith("settled")]
        assert [one.message for one in leased] == [
            outgoing(case_id(number), 1) for number in range(1, 4)
        ]
        assert {(one.fence, one.attempts) for one in leased} == {(2, 1)}
        for one in leased:
            store.queue.settle_message(one, receipt=b"r", outcome=ReceiptOutcome.ACCEPTED)
        assert findings(store) == []


def test_two_processes_write_one_ledger(alias: str) -> None:
    """Their commits interleave, none is lost, no leaf is given twice, the root is right."""
    children = [
        run_child(database_of(alias), "write", first=first, count=40) for first in (100, 200)
    ]

    said = [kept(lines_of(child)) for child in children]

    assert said == [list(range(100, 140)), list(range(200, 240))]
    with opened(alias) as store:
        assert store.ledger.size() == 80
        assert findings(store) == []


def test_two_processes_race_for_one_case(alias: str) -> None:
    """Whoever comes second decides again; in the end every event of both is there once."""
    children = [run_child(database_of(alias), "race", first=first, count=15) for first in (1, 2)]

    said = [len(kept(lines_of(child))) for child in children]

    assert said == [15, 15]
    with opened(alias) as store:
        assert [one.version for one in store.journal.load(case_id(0))] == list(range(1, 31))
        assert findings(store) == []


def test_two_workers_share_the_outbox(alias: str) -> None:
    """Each message is posted by exactly one of them."""
    with opened(alias) as store:
        for number in range(30):
            message = outgoing(case_id(number), 1)
            store.journal.commit(change(case_id(number), 0, outgoing=(message,)))

        children = [run_child(database_of(alias), "send", count=100) for _ in range(2)]
        posted = [
            line.split()[1]
            for child in children
            for line in lines_of(child)
            if line.startswith("posted")
        ]

        assert len(posted) == 30
        assert set(posted) == {outgoing(case_id(number), 1).id.text for number in range(30)}
        assert findings(store) == []
        assert clock() == at(86_400)
