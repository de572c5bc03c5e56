"""Nodes of the journeys: made once a session, used by many tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from node_world import Forker, Pair, make_pair, running_forker, start_all
from postgres_world import Cluster, postgres

__all__ = ["postgres"]


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    """Give what starts processes."""
    with (
        tempfile.TemporaryDirectory(prefix="lb-") as folder,
        running_forker(Path(folder)) as found,
    ):
        yield found


@pytest.fixture(scope="session")
def pair(forker: Forker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Give two running nodes, both on SQLite; a test leaves all of their processes running."""
    made = make_pair(forker, tmp_path_factory.mktemp("pair"), databases=("sqlite", "sqlite"))
    start_all(made.stations)
    yield made
    made.kill()


def on(cluster: Cluster) -> str:
    """Return the address of a new database."""
    return cluster.url(cluster.new_database())
