"""Nodes for the tests of the officers' API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_world import Clock, Pair, Template, make_nodes, open_pair
from longbien.node.running import now


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Make the nodes."""
    folder = tmp_path_factory.mktemp("nodes")
    return Template(folder=folder, made=make_nodes(folder))


@pytest.fixture
def clock(template: Template) -> Clock:
    """Give the clock of both nodes: it stands at the moment when they were made."""
    return Clock(template.made)


@pytest.fixture
def pair(template: Template, tmp_path: Path, clock: Clock) -> Iterator[Pair]:
    """Give both nodes."""
    with open_pair(template.folder, tmp_path, clock=clock) as found:
        yield found


@pytest.fixture
def running_pair(template: Template, tmp_path: Path) -> Iterator[Pair]:
    """Give both nodes on the machine's clock, as the time-stamp authority's is."""
    with open_pair(template.folder, tmp_path, clock=now) as found:
        yield found
