"""Every test of the store runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import django_world  # noqa: F401 - the models need Django to be set up
from longbien.node.store.opening import Store
from postgres_world import new_postgres, postgres
from store_world import forget, new_sqlite, opened

__all__ = ["alias", "postgres", "store"]


@pytest.fixture(params=["sqlite", "postgresql"])
def alias(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Make a new, empty store in a database of either kind; give its alias."""
    if request.param == "sqlite":
        made = new_sqlite(tmp_path)
    else:
        made = new_postgres(request.getfixturevalue("postgres"))
    yield made
    forget(made)


@pytest.fixture
def store(alias: str) -> Iterator[Store]:
    """Open that store."""
    with opened(alias) as one:
        yield one
