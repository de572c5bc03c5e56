"""Each implementation of the ports that keep things, made anew for each test that asks for it.

Whoever implements the ports adds a maker.
"""

from collections.abc import Callable, Iterator

import pytest
from attrs import frozen

from longbien.desk.ports import Journal, Ledger, Register, Witnessings, WorkQueue
from longbien.exercise.machine import MemoryMachine
from postgres_world import Cluster, new_postgres
from store_world import ORIGIN, SIGNERS, clock, new_sqlite, opened


@frozen(kw_only=True)
class Ports:
    """One implementation of all of them, over one state."""

    journal: Journal
    register: Register
    queue: WorkQueue
    ledger: Ledger
    witnessings: Witnessings


def _opened(alias: str) -> Iterator[Ports]:
    with opened(alias) as store:
        yield Ports(
            journal=store.journal,
            register=store.register,
            queue=store.queue,
            ledger=store.ledger,
            witnessings=store.witnessings,
        )


def on_sqlite(request: pytest.FixtureRequest) -> Iterator[Ports]:
    """Make a node's store on SQLite."""
    yield from _opened(new_sqlite(request.getfixturevalue("tmp_path")))


def on_postgresql(request: pytest.FixtureRequest) -> Iterator[Ports]:
    """Make a node's store on PostgreSQL."""
    cluster: Cluster = request.getfixturevalue("postgres")
    yield from _opened(new_postgres(cluster))


def in_memory(_request: pytest.FixtureRequest) -> Iterator[Ports]:
    """Make the simulators that the tests of the desk run on."""
    machine = MemoryMachine(origin=ORIGIN, log_signers=SIGNERS, clock=clock)
    yield Ports(
        journal=machine.journal,
        register=machine.register,
        queue=machine.queue,
        ledger=machine.ledger,
        witnessings=machine.witnessings,
    )


MAKERS: dict[str, Callable[[pytest.FixtureRequest], Iterator[Ports]]] = {
    "memory": in_memory,
    "postgresql": on_postgresql,
    "sqlite": on_sqlite,
}


@pytest.fixture(params=sorted(MAKERS))
def ports(request: pytest.FixtureRequest) -> Iterator[Ports]:
    """Give each implementation in turn."""
    yield from MAKERS[request.param](request)
