"""Measure the store: commits, lists, restarts; print a table with ratios, all of one run.

The peer of a commit is what a program does that has no store: one bare row in SQLite, WAL with
synchronous=FULL, or in PostgreSQL, one commit each.  Ours is a signed, encrypted change of a case
with its event, ledger entry, checkpoint, read model and a message in the outbox.

usage: store.py [--rows 1000000] [--leaves 1000000] [--commits 400] [--no-postgresql]
"""

import argparse
import hashlib
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import psycopg
from attrs import evolve

import django_world  # noqa: F401 - the models need Django to be set up
import store_world as world
from longbien.casework.case import CaseSummary
from longbien.node.store.group import write_summaries
from longbien.node.store.opening import Store
from longbien.primitives.ids import AuthorityId, CaseId, StateCode
from postgres_world import Cluster, new_postgres, running_cluster

THREADS = 16
BODY = b'{"kind":"asked","note":"%s"}' % (b"x" * 400)
PEERS = [
    AuthorityId(f"{first}{second}/contact-point") for first in "ABCDEFG" for second in "AKLMNPRSTU"
]
KINDS = ["preservation", "mla_stored_data", "subscriber_information", "emergency_data"]
STATES = ["asked", "acknowledged", "accepted", "closed", "withdrawn"]


def row(*cells: object) -> None:
    """Print one row of the table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# --- commits ------------------------------------------------------------------------------------


def bare_sqlite(folder: Path, count: int) -> float:
    """Return bare commits a second in SQLite."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (a BLOB)")
    seconds = timed(
        lambda: [connection.execute("INSERT INTO t VALUES (?)", (BODY,)) for _ in range(count)]
    )
    connection.close()
    return count / seconds


def bare_postgresql(cluster: Cluster, count: int) -> float:
    """Return bare commits a second in PostgreSQL."""
    with psycopg.connect(
        host=cluster.socket, user="longbien", dbname=cluster.new_database(), autocommit=True
    ) as connection:
        connection.execute("CREATE TABLE t (a BYTEA)")
        seconds = timed(
            lambda: [connection.execute("INSERT INTO t VALUES (%s)", (BODY,)) for _ in range(count)]
        )
    return count / seconds


def commits(
    store: Store, *, threads: int, count: int, first: int
) -> tuple[float, list[float], int]:
    """Return commits a second, the milliseconds of each, and how many writes to the disk."""
    each = count // threads
    spent: list[float] = []
    changes = {
        number: world.change(
            world.case_id(first + number),
            0,
            outgoing=(world.outgoing(world.case_id(first + number), 1),),
        )
        for number in range(each * threads)
    }

    def work(start: int) -> None:
        for number in range(start, start + each):
            seconds = timed(partial(store.journal.commit, changes[number]))
            spent.append(1000 * seconds)

    before = store.committer.counted.transactions
    workers = [threading.Thread(target=work, args=(place * each,)) for place in range(threads)]

    def run() -> None:
        for one in workers:
            one.start()
        for one in workers:
            one.join()

    seconds = timed(run)
    return each * threads / seconds, spent, store.committer.counted.transactions - before


def compare_commits(name: str, store: Store, bare: Callable[[int], float], count: int) -> None:
    """Print the commits of one database beside its bare ones, taken before and after."""
    store.journal.commit(world.change(world.case_id(0), 0))
    first = bare(count)
    for threads in (1, THREADS):
        rate, spent, writes = commits(
            store, threads=threads, count=count * (1 if threads == 1 else 4), first=threads * 10**6
        )
        base = (first + bare(count)) / 2
        row(
            f"{name}, {threads} writer{'s' if threads > 1 else ''}",
            f"{rate:,.0f}/s",
            f"{base:,.0f}/s",
            f"{rate / base:.2f}x",
            f"{statistics.median(spent):.1f} / {statistics.quantiles(spent, n=100)[98]:.1f} ms",
            f"{len(spent) / writes:.1f}",
        )


# --- lists --------------------------------------------------------------------------------------


def summaries(count: int) -> Iterator[CaseSummary]:
    """Return that many cases as lists show them."""
    case = world.summary(world.case_id(0), 1)
    for number in range(count):
        digest = hashlib.sha256(b"%d" % number).digest()
        due = None
        if digest[0] < 128:  # every second case has a clock that runs
            at = world.at(int.from_bytes(digest[1:4], "big"))
            due = world.Due(clock="reply-due", at=at, rule="policy")
        yield evolve(
            case,
            case_id=CaseId.from_random(digest[:16]),
            kind=KINDS[digest[4] % len(KINDS)],
            state=STATES[digest[5] % len(STATES)],
            peer=PEERS[digest[6] % len(PEERS)],
            next_due=due,
        )


def compare_lists(name: str, store: Store, count: int) -> None:
    """Fill the table of lists and print how long a page of 50 takes."""
    batch: list[CaseSummary] = []
    for one in summaries(count):
        batch.append(one)
        if len(batch) == 20_000:
            held = list(batch)
            store.committer.run(
                lambda turn, held=held: write_summaries(turn.using, turn.keys.master, held)
            )
            batch.clear()
    peer = StateCode("AA")
    asked: dict[str, dict[str, object]] = {
        "all": {},
        "one state": {"state": "closed"},
        "one peer": {"peer": peer},
        "one kind, state and peer": {"kind": KINDS[0], "state": STATES[0], "peer": peer},
    }
    for what, chosen in asked.items():
        spent = []
        cursor: str | None = None
        for _ in range(40):
            started = time.perf_counter()
            _, cursor = store.register.page(after=cursor, **chosen)  # type: ignore[arg-type]  # as above
            spent.append(1000 * (time.perf_counter() - started))
        row(
            f"{name}, page of 50 of {count:,}: {what}",
            f"{statistics.median(spent):.1f} ms",
            f"{max(spent):.1f} ms",
        )


# --- restarts -----------------------------------------------------------------------------------


def restart(name: str, alias: str, count: int) -> None:
    """Fill the ledger, close the store, and time its opening up to the first commit."""
    with world.opened(alias) as store:
        left, number = count - store.ledger.size(), 0
        while left > 0:
            events = min(left, 2000)
            store.journal.commit(world.change(world.case_id(-1 - number), 0, events=events))
            left, number = left - events, number + 1
    spent = []
    for again in range(5):
        started = time.perf_counter()
        with world.opened(alias) as store:
            case = world.case_id(-10_000_000 - again)
            store.journal.commit(world.change(case, 0, incoming=world.incoming(case, 1)))
            spent.append(time.perf_counter() - started)
            size = store.ledger.size()
    row(f"{name}, opened to first commit, {size:,} leaves", f"{statistics.median(spent):.3f} s")


def measure(
    name: str, alias: str, bare: Callable[[int], float], options: argparse.Namespace
) -> None:
    """Print all figures of one database."""
    with world.opened(alias) as store:
        print("\n| commits | ours | bare | ratio | p50 / p99 | commits a write |")
        print("|---|---|---|---|---|---|")
        compare_commits(name, store, bare, options.commits)
        print("\n| lists | median | worst |\n|---|---|---|")
        compare_lists(name, store, options.rows)
    print("\n| restart | time |\n|---|---|")
    restart(name, alias, options.leaves)


def main() -> None:
    """Measure SQLite, then PostgreSQL."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--leaves", type=int, default=1_000_000)
    arguments.add_argument("--commits", type=int, default=400)
    arguments.add_argument("--no-postgresql", action="store_true")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = iter(range(100))

        def bare(count: int) -> float:
            below = folder / str(next(names))
            below.mkdir()
            return bare_sqlite(below, count)

        measure("SQLite", world.new_sqlite(folder), bare, options)
    if not options.no_postgresql:
        with running_cluster() as cluster:
            measure(
                "PostgreSQL",
                new_postgres(cluster),
                lambda count: bare_postgresql(cluster, count),
                options,
            )


if __name__ == "__main__":
    main()
