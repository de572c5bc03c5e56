"""What holds for every test: hypothesis has no clock, so that a busy machine fails nothing."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

if sys.dont_write_bytecode:
    # the hundreds of processes that tests start would each compile the program anew
    _compiled = str(Path(__file__).resolve().parents[1] / ".cache" / "bytecode")
    sys.dont_write_bytecode, sys.pycache_prefix = False, _compiled
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = _compiled

settings.register_profile(
    "house",
    deadline=None,
    database=None,  # nothing is written beside the tests
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_collection_finish() -> None:
    """Take the ten thousand tests, which live to the end, out of every later collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def databases_of_our_own(django_db_blocker: Any) -> Iterator[None]:  # noqa: ANN401 - pytest-django names no type
    """Let tests reach databases: each makes its own, none uses the one that Django would make."""
    if django_db_blocker is None:  # no test of this run has set Django up
        yield
        return
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def serving_nobody() -> Iterator[None]:
    """Hide that other tests of this process have loaded a node: the light profile asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "longbien.node.running", raising=False)
        yield
