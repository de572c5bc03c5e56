"""Disks that fail and fill: the store stops, says so, and goes on only where that is sound."""

import errno
import sqlite3
import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connections

from longbien.adapters.failpoints import FAILPOINTS
from longbien.node.store import health
from longbien.node.store.faults import Fault, fault_of
from longbien.node.store.health import PROBE_AFTER, PROBE_SECONDS, Readiness
from longbien.node.store.opening import Store
from longbien.node.store.turn import Turn
from longbien.primitives.errors import Integrity, LongBienError, Unavailable
from postgres_world import Cluster, new_postgres
from store_world import (
    IL,
    at,
    case_id,
    change,
    findings,
    incoming,
    new_sqlite,
    opened,
)


@pytest.fixture(autouse=True)
def mended_by_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nothing mend itself behind a test's back; what was armed is disarmed afterwards."""
    monkeypatch.setattr(health, "MEND_EVERY", 3600.0)
    yield
    FAILPOINTS.disarm()


def told(store: Store) -> str:
    """Return the code with which a commit is refused."""
    with pytest.raises(LongBienError) as caught:
        store.journal.commit(change(case_id(99), 0))
    return caught.value.code


@pytest.mark.parametrize(
    ("failpoint", "fault"),
    [("before_commit:eio", Fault.DISK), ("before_commit:enospc", Fault.NO_SPACE)],
)
def test_an_error_of_the_disk_stops_everything(store: Store, failpoint: str, fault: Fault) -> None:
    """The change is not there, nobody is acknowledged, readiness is false at once."""
    store.journal.commit(change(case_id(1), 0))
    FAILPOINTS.arm(failpoint)

    assert told(store) == "store.stopped"

    assert store.health.fault is fault
    assert store.health.ready() == Readiness(is_ready=False, code="store.stopped")
    for act in (
        lambda: store.journal.load(case_id(1)),
        lambda: store.journal.find_incoming(IL, incoming(case_id(1), 1).id),
        store.register.page,
        lambda: store.queue.lease_chores(now=at(0), until=at(1), limit=1),
        store.ledger.newest,
        lambda: store.witnessings.recorded("x"),
    ):
        with pytest.raises(Unavailable) as caught:
            act()
        assert caught.value.code == "store.stopped"
        assert caught.value.retry


@pytest.mark.parametrize("failpoint", ["before_commit:eio", "before_commit:enospc"])
def test_it_goes_on_by_itself_once_a_write_succeeds(store: Store, failpoint: str) -> None:
    """After the disk was mended everything acknowledged is there, and work goes on."""
    store.journal.commit(change(case_id(1), 0))
    FAILPOINTS.arm(failpoint)
    told(store)

    store.health._try_to_go_on()

    assert store.health.ready().is_ready
    assert len(store.journal.load(case_id(1))) == 1
    assert store.journal.commit(change(case_id(99), 0)).leaves == (1,)
    assert findings(store) == []


def test_it_stays_stopped_while_the_disk_still_fails(store: Store) -> None:
    """A try that fails changes nothing."""
    FAILPOINTS.arm("before_commit:eio")
    told(store)
    FAILPOINTS.arm("before_commit:eio")

    store.health._try_to_go_on()

    assert store.health.fault is Fault.DISK
    store.health._try_to_go_on()
    assert store.health.fault is None


def test_the_mender_mends_without_being_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread of its own tries until it succeeds, and ends."""
    monkeypatch.setattr(health, "MEND_EVERY", 0.01)
    FAILPOINTS.arm("before_commit:enospc")
    told(store)

    for thread in threading.enumerate():
        if thread.name.startswith("mender"):
            thread.join(timeout=60)

    assert store.health.ready().is_ready


def test_a_damaged_tree_is_not_built_upon_after_a_failure(store: Store) -> None:
    """What is read again after a failure is checked: with another root it stays stopped."""
    store.journal.commit(change(case_id(1), 0))
    FAILPOINTS.arm("before_commit:eio")
    told(store)
    with connections[store.keys.using].cursor() as cursor:
        cursor.execute("UPDATE store_event SET entry = %s", [b"\x01" + bytes(32)])

    store.health._try_to_go_on()

    assert store.health.fault is Fault.DAMAGED
    store.health._try_to_go_on()
    assert store.health.fault is Fault.DAMAGED
    assert told(store) == "store.stopped"


def test_a_full_database_is_noticed_as_such(tmp_path: object) -> None:
    """SQLite's own word for a full disk stops the store, and room lets it go on."""
    with opened(new_sqlite(tmp_path)) as store:  # type: ignore[arg-type]  # a path

        def limit(turn: Turn, pages: int) -> None:
            with connections[turn.using].cursor() as cursor:
                cursor.execute(f"PRAGMA max_page_count = {pages}")

        store.committer.run(lambda turn: limit(turn, 1))  # no more than there are
        code, number = "", 0
        while not code:
            number += 1
            try:
                store.journal.commit(change(case_id(number), 0, events=20))
            except LongBienError as error:
                code = error.code

        assert code == "store.stopped"
        assert store.health.fault is Fault.NO_SPACE
        assert not store.health.ready().is_ready
        store.health._try_to_go_on()  # its connection is a new one, without the limit
        assert store.health.ready().is_ready
        assert store.ledger.size() == 20 * (number - 1)
        assert findings(store) == []


def test_too_little_free_space_stops_before_the_disk_is_full(tmp_path: object) -> None:
    """The reserve is kept free: the store stops while it can still write down why."""
    alias = new_sqlite(tmp_path)  # type: ignore[arg-type]  # a path

    with opened(alias) as store:
        store.health._free_bytes = 2**62

        assert told(store) == "store.stopped"
        assert store.health.fault is Fault.NO_SPACE
        store.health._try_to_go_on()
        assert store.health.fault is Fault.NO_SPACE
        store.health._free_bytes = 0
        store.health._try_to_go_on()
        assert store.health.ready().is_ready


def test_readiness_tries_the_disk_when_nothing_was_written_of_late(store: Store) -> None:
    """A disk that fails without anybody writing is found by who asks for readiness."""
    store.health._last_commit -= 3600
    FAILPOINTS.arm("before_commit:eio")

    assert store.health.ready() == Readiness(is_ready=False, code="store.stopped")


def test_a_bad_disk_is_told_two_seconds_after_the_last_good_write() -> None:
    """So long a good write vouches for the disk, and so long a bad one may take."""
    assert PROBE_AFTER + PROBE_SECONDS <= 2.0


def test_readiness_waits_for_no_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that hangs is told as such instead of hanging the answer."""
    store.health._last_commit -= 3600
    monkeypatch.setattr("longbien.node.store.opening.PROBE_SECONDS", 0.05)
    hanging = threading.Event()
    began = threading.Event()

    def hang(_turn: Turn) -> None:
        began.set()
        hanging.wait(60)

    with store.committer._lock:
        store.committer._put(hang)
    began.wait(60)

    assert store.health.ready() == Readiness(is_ready=False, code="store.slow")
    hanging.set()


def test_a_server_that_went_away_is_waited_for(postgres: Cluster) -> None:
    """PostgreSQL crashes and is started again: nothing acknowledged is lost, work goes on."""
    with opened(new_postgres(postgres)) as store:
        store.journal.commit(change(case_id(1), 0))
        postgres.stop("immediate")

        assert told(store) == "store.stopped"
        assert store.health.fault is Fault.UNREACHABLE
        store.health._try_to_go_on()
        assert not store.health.ready().is_ready
        postgres.start()
        store.health._try_to_go_on()

        assert store.health.ready().is_ready
        assert len(store.journal.load(case_id(1))) == 1
        store.journal.commit(change(case_id(2), 0))
        assert findings(store) == []


def test_damage_that_one_case_shows_stops_that_case_alone(store: Store) -> None:
    """A flipped bit in one event is told to who asks for it; the others go on."""
    store.journal.commit(change(case_id(1), 0))
    store.journal.commit(change(case_id(2), 0))
    with connections[store.keys.using].cursor() as cursor:
        cursor.execute("UPDATE store_event SET kind = 'other' WHERE leaf = 0")

    with pytest.raises(Integrity) as caught:
        store.journal.load(case_id(1))

    assert caught.value.code == "journal.damaged"
    assert len(store.journal.load(case_id(2))) == 1
    assert store.health.ready().is_ready


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.ENOSPC, "full"), Fault.NO_SPACE),
        (OSError(errno.EDQUOT, "quota"), Fault.NO_SPACE),
        (OSError(errno.EIO, "broken"), Fault.DISK),
        (TimeoutError(), None),
        (ZeroDivisionError(), None),
        (Integrity("store.head", "x"), Fault.DAMAGED),
        (Unavailable("store.busy", "x"), None),
    ],
)
def test_what_an_error_means(error: BaseException, fault: Fault | None) -> None:
    """Only what shows a fault of the store stops it."""
    assert fault_of(error) is fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (sqlite3.SQLITE_FULL, Fault.NO_SPACE),
        (sqlite3.SQLITE_IOERR_FSYNC, Fault.DISK),
        (sqlite3.SQLITE_IOERR_WRITE, Fault.DISK),
        (sqlite3.SQLITE_READONLY_DBMOVED, Fault.DISK),
        (sqlite3.SQLITE_CORRUPT_INDEX, Fault.DAMAGED),
        (sqlite3.SQLITE_NOTADB, Fault.DAMAGED),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, None),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, None),
    ],
)
def test_what_a_word_of_sqlite_means(code: int, fault: Fault | None) -> None:
    """Extended codes are judged by their kind."""
    cause = sqlite3.OperationalError("x")
    cause.sqlite_errorcode = code
    error = OperationalError("x")
    error.__cause__ = cause

    assert fault_of(error) is fault
