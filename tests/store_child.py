"""A process of its own that works on a store: ``store_child.py <database> <what> <first> <count>``.

It prints a line for each piece of work that was acknowledged.  Tests kill it, and start several.
"""

import os
import sys
import threading
from pathlib import Path

import django_world  # noqa: F401 - the models need Django to be set up
import store_world as world
from longbien.adapters.failpoints import arm_from
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.node.settings import add_database, postgresql_database
from longbien.node.store.opening import Store


def alias_of(database: str) -> str:
    """Know the database: an address of PostgreSQL, or a file."""
    if not database.startswith("postgresql://"):
        return world.sqlite_alias(Path(database))
    add_database("child", postgresql_database(database))
    return "child"


def say(text: str) -> None:
    """Tell the parent at once: a killed process flushes nothing."""
    os.write(1, f"{text}\n".encode())


def write(store: Store, first: int, count: int) -> None:
    """Open cases, one after the other."""
    for number in range(first, first + count):
        case = world.case_id(number)
        message = world.outgoing(case, 1)
        store.journal.commit(
            world.change(case, 0, outgoing=(message,), incoming=world.incoming(case, 1))
        )
        say(f"kept {number}")


def race(store: Store, first: int, count: int) -> None:
    """Add events to one case that others add to as well, each again until it succeeds."""
    case = world.case_id(0)
    done = 0
    while done < count:
        version = len(store.journal.load(case))
        try:
            store.journal.commit(world.change(case, version))
        except world.Refused as error:
            assert error.code == "journal.conflict", error  # noqa: PT017 - any other is a failure
        else:
            done += 1
            say(f"kept {first}")


def send(store: Store, _first: int, count: int) -> None:
    """Lease and settle messages as a worker does, each of which is posted in between."""
    while count > 0:
        leased = store.queue.lease_messages(
            now=world.clock(), until=world.at(200_000), limit=4, lanes=frozenset(Lane)
        )
        if not leased:
            return
        for one in leased:
            say(f"posted {one.message.id} {one.fence}")
            store.queue.settle_message(one, receipt=b"receipt", outcome=ReceiptOutcome.ACCEPTED)
            say(f"settled {one.message.id}")
            count -= 1


def crowd(store: Store, first: int, count: int) -> None:
    """Write from sixteen threads at once."""

    def work(start: int) -> None:
        for number in range(start, start + count):
            store.journal.commit(world.change(world.case_id(number), 0))
            say(f"kept {number}")

    threads = [threading.Thread(target=work, args=(first + place * count,)) for place in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say(f"transactions {store.committer.counted.transactions}")


def endure(store: Store, first: int, count: int) -> None:
    """Open cases; when the store stops, say so, wait for it to go on, and do it again."""
    for number in range(first, first + count):
        while True:
            try:
                store.journal.commit(world.change(world.case_id(number), 0))
            except world.Unavailable as error:
                say(f"{error.code} {store.health.fault} {store.health.ready().is_ready}")
                for thread in threading.enumerate():
                    if thread.name.startswith("mender"):
                        thread.join()
            else:
                say(f"kept {number}")
                break


def ask(store: Store, _first: int, count: int) -> None:
    """Ask whether the store is ready, each time long after the last commit."""
    for _ in range(count):
        store.health._last_commit -= 3600
        say(f"ready {store.health.ready().is_ready}")


WORK = {"write": write, "race": race, "send": send, "crowd": crowd, "endure": endure, "ask": ask}


def main() -> None:
    """Do what the parent asks for."""
    database, what, first, count = sys.argv[1:]
    arm_from(os.environ)
    world.mark_randomness(os.urandom(16))
    with world.opened(alias_of(database)) as store:
        say("open")
        WORK[what](store, int(first), int(count))
    say("done")


if __name__ == "__main__":
    main()
