"""The contracts run over each implementation."""

import pytest

from longbien.desk.ports import Journal
from ports_world import Ports, ports
from postgres_world import postgres

__all__ = ["ports", "postgres"]


@pytest.fixture
def journal(ports: Ports) -> Journal:
    """Give its journal."""
    return ports.journal
