"""Running the library's coroutines without an event loop.

pyHanko and certvalidator are written for fetching; with everything at hand they never wait.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits; return its result.

    One that does wait would need the network: that is a bug of ours, and a RuntimeError.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        coroutine.close()
    msg = "a coroutine waits for something, although everything is at hand"
    raise RuntimeError(msg)
