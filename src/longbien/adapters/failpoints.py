"""Named places where a test may have the program killed or a disk fail.

``LB_FAILPOINT=after_commit_before_ack:kill`` kills the process at that place with SIGKILL;
``before_commit:eio:3`` lets the third passing there fail as a disk does.  A program that meets
the variable without ``LB_FAILPOINTS_ALLOWED=yes`` does not start: nobody crashes a node in
service by an environment.
"""

import errno
import os
import signal
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from longbien.primitives.errors import Refused

VARIABLE: Final = "LB_FAILPOINT"
SWITCH: Final = "LB_FAILPOINTS_ALLOWED"

NAMES: Final = frozenset(
    {"before_commit", "after_commit_before_ack", "after_outbox_lease", "after_post_before_settle"}
)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _input_output_error() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _no_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


_ACTIONS: Final[Mapping[str, Callable[[], None]]] = MappingProxyType(
    {"kill": _kill, "eio": _input_output_error, "enospc": _no_space}
)


class Failpoints:
    """What is armed in this process: nothing, unless ``arm`` was called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[str, tuple[str, int]] = {}

    def arm(self, text: str) -> None:
        """Arm ``name:action[:nth]``, several with commas between.

        Each acts once, at the nth passing (the first if no number is given).  Raises Refused
        ``failpoint.unknown``.
        """
        armed = dict(_parsed(one) for one in text.split(",") if one)
        with self._lock:
            self._armed = armed

    def disarm(self) -> None:
        """Forget everything that was armed."""
        with self._lock:
            self._armed = {}

    def reach(self, name: str) -> None:
        """Pass the place ``name``: act if it is armed and its turn has come."""
        if not self._armed:
            return
        with self._lock:
            action, left = self._armed.get(name, ("", 0))
            if left > 1:
                self._armed[name] = (action, left - 1)
            elif left == 1:
                del self._armed[name]
        if left == 1:
            _ACTIONS[action]()


def _parsed(text: str) -> tuple[str, tuple[str, int]]:
    name, action, nth = (*text.split(":"), "1", "1")[:3]
    if name not in NAMES or action not in _ACTIONS or not nth.isdecimal() or int(nth) < 1:
        raise Refused("failpoint.unknown", "there is no failpoint {text}", text=text)
    return name, (action, int(nth))


FAILPOINTS: Final = Failpoints()
"""Those of this process."""


def reach(name: str) -> None:
    """Pass a place where this process may have been told to fail."""
    FAILPOINTS.reach(name)


def arm_from(environ: Mapping[str, str]) -> None:
    """Arm what the environment asks for; each process of a node calls this when it starts.

    Raises Refused ``failpoint.forbidden`` where the switch for tests is not on.
    """
    text = environ.get(VARIABLE, "")
    if not text:
        return
    if environ.get(SWITCH) != "yes":
        raise Refused(
            "failpoint.forbidden",
            "{variable} is set, which is for tests alone: unset {variable} and start again",
            variable=VARIABLE,
        )
    FAILPOINTS.arm(text)
