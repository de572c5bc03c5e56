"""The n-th call to the kernel fails, in real processes; the whole sweep is ``tools/fire``."""

from collections.abc import Iterator

import pytest

import fire_calls

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[fire_calls.Server]:
    """Give what forks the processes."""
    with fire_calls.serving() as made:
        yield made


def test_each_call_may_fail(server: fire_calls.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Done, or given up with a code; nothing acknowledged is lost, and the next start works."""
    monkeypatch.setattr(fire_calls, "ERRORS", dict.fromkeys(fire_calls.GROUPS, ("EIO",)))

    found = [fire_calls.sweep(server, what) for what in ("words", "bag", "keys")]

    assert [one.remarks for one in found] == [[], [], []]
    for one in found:
        assert all(one.calls[group] for group in fire_calls.GROUPS), one.calls


def test_a_store_that_cannot_open_a_file_says_so(
    server: fire_calls.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file that is opened while a store is opened and used, the head it saw last too."""
    monkeypatch.setattr(fire_calls, "ERRORS", {"open": ("EIO",)})

    found = fire_calls.sweep(server, "store", groups=("open",))

    assert found.remarks == []
    assert found.calls["open"] >= 10
