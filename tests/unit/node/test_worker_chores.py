"""Chores: how long the next attempt waits after one that failed."""

from types import SimpleNamespace
from typing import Any

import pytest

from longbien.adapters.peer_sending import HandOver, Sent
from longbien.casework.case import ChoreKind
from longbien.casework.commands import NewChore
from longbien.desk import work
from longbien.desk.ports import LeasedChore
from longbien.node.worker.chores import Chores
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import CaseId, TransferId
from longbien.primitives.instants import Instant

NOW = Instant.parse("2026-11-01T12:00:00Z")
