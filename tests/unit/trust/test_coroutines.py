"""Running library coroutines without an event loop."""

import pytest

from longbien.trust._coroutines import run_now


class Waiting:
    """Something that has to be waited for."""

    def __await__(self) -> object:
        """Ask the loop to come back later."""
        yield "later"


async def give(value: object) -> object:
    """Return at once."""
    return value


async def wait() -> object:
    """Wait for what never comes."""
    await Waiting()


async def fail() -> object:
    """Raise at once."""
    raise KeyError


def test_a_result_comes_at_once() -> None:
    """What never waits returns its value."""
    assert run_now(give(7)) == 7


def test_an_error_comes_through() -> None:
    """What the coroutine raises is raised."""
    with pytest.raises(KeyError):
        run_now(fail())


def test_waiting_is_a_bug() -> None:
    """A coroutine that waits is stopped loudly, and closed."""
    coroutine = wait()

    with pytest.raises(RuntimeError, match="waits for something"):
        run_now(coroutine)

    assert coroutine.cr_frame is None
