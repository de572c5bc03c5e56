"""Whether the store may be relied on; what stops it, and what lets it go on.

An error of the disk is never passed over: nobody knows what the disk then holds.  The store
stops, says so, and goes on by itself only where that is sound: after a full disk when a write
has succeeded, after any other failure when everything was closed, read again and found good.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen
from django.db import connections

from longbien.node.store.faults import Fault, busy, fault_of, is_busy
from longbien.primitives.errors import LongBienError, Unavailable

PROBE_AFTER: Final = 0.5  # seconds without a commit after which readiness is tried by a write
PROBE_SECONDS: Final = 1.5  # a write that takes longer is a disk that nobody can work with
# together two seconds: no later after its last good write is a bad disk told to who asks
MEND_EVERY: Final = 0.5  # seconds between two tries to go on

_WHY: Final = {
    Fault.NO_SPACE: "its disk is full; make room, then it goes on by itself",
    Fault.DISK: "its disk failed; it is read again and goes on by itself if all is well",
    Fault.UNREACHABLE: "its database server does not answer; start it, then it goes on by itself",
    Fault.DAMAGED: "what it holds disagrees with itself; keep a copy and run: longbien fsck",
}


@frozen(kw_only=True)
class Readiness:
    """Whether this node accepts anything, and if not, why."""

    is_ready: bool
    code: str = ""


class Health:
    """The state of one store in one process."""

    def __init__(
        self,
        using: str,
        *,
        monotonic: Callable[[], float],
        folder: Path | None,
        free_bytes: int,
    ) -> None:
        """Begin as running.

        ``folder`` is watched for ``free_bytes`` of free space; None where the database is on
        another machine.
        """
        self._using = using
        self._monotonic = monotonic
        self._folder = folder
        self._free_bytes = free_bytes
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self._generation = 0
        self._local = threading.local()
        self._last_commit = monotonic()
        self._mending: threading.Thread | None = None
        self._closed = threading.Event()
        self._probe: Callable[[], object] = lambda: None
        self._verify: Callable[[], object] = lambda: None

    def mend_with(self, *, probe: Callable[[], object], verify: Callable[[], object]) -> None:
        """Take what tries a durable write, and what reads the store again after a failure."""
        self._probe, self._verify = probe, verify

    def close(self) -> None:
        """End the tries to go on."""
        self._closed.set()

    # --- asking ---------------------------------------------------------------------

    @property
    def fault(self) -> Fault | None:
        """Return why the store has stopped; None while it runs."""
        return self._fault

    def require_running(self) -> None:
        """Raise Unavailable ``store.stopped`` unless the store runs and its disk has room."""
        if self._fault is None and not self._has_room():
            self.stop(Fault.NO_SPACE)
        if self._fault is not None:
            raise self.stopped_error()

    def ready(self) -> Readiness:
        """Tell whether the node accepts, trying a write if there was none of late.

        It answers within two seconds whatever the disk does.
        """
        try:
            self.require_running()
            if self._monotonic() - self._last_commit > PROBE_AFTER:
                self._probe()
        except TimeoutError:
            return Readiness(is_ready=False, code="store.slow")
        except LongBienError as error:
            return Readiness(is_ready=False, code=error.code)
        return Readiness(is_ready=True)

    def stopped_error(self) -> LongBienError:
        """Return the error of a store that has stopped."""
        return Unavailable(
            "store.stopped",
            "the store has stopped: {why}",
            retry=self._fault is not Fault.DAMAGED,
            why=_WHY[self._fault] if self._fault else "it was closed",
        )

    # --- learning -------------------------------------------------------------------

    def note_commit(self) -> None:
        """Learn that something has just reached the disk."""
        self._last_commit = self._monotonic()

    def judge(self, error: BaseException) -> LongBienError | None:
        """Stop where an error asks for it; return what callers are told, None for a bug."""
        fault = fault_of(error)
        if fault is not None:
            self.stop(fault)
        if isinstance(error, LongBienError):
            return error
        if fault is not None:
            return self.stopped_error()
        return busy() if is_busy(error) else None

    def stop(self, fault: Fault) -> None:
        """Stop everything; damage outweighs whatever else was wrong."""
        with self._lock:
            if self._fault is None or fault is Fault.DAMAGED:
                self._fault = fault
                self._generation += 1
            if self._mending is None and fault is not Fault.DAMAGED and not self._closed.is_set():
                self._mending = threading.Thread(
                    target=self._mend, name=f"mender {self._using}", daemon=True
                )
                self._mending.start()

    @contextmanager
    def reading(self) -> Iterator[str]:
        """Guard a read: the alias to read with comes out, only errors of ours leave."""
        self.require_running()
        self.renew_connection()
        try:
            yield self._using
        except Exception as error:
            known = self.judge(error)
            if known is None or known is error:
                raise
            raise known from error

    def renew_connection(self) -> None:
        """Let this thread's connection go if it is from before the last failure."""
        if getattr(self._local, "generation", None) != self._generation:
            self._local.generation = self._generation
            connections[self._using].close()

    # --- mending --------------------------------------------------------------------

    def _mend(self) -> None:
        try:
            while not self._closed.wait(MEND_EVERY):
                self._try_to_go_on()
                with self._lock:
                    if self._fault in {None, Fault.DAMAGED}:
                        self._mending = None
                        return
        finally:
            connections[self._using].close()

    def _try_to_go_on(self) -> None:
        fault = self._fault
        if not self._has_room():
            return
        try:
            self.renew_connection()
            if fault is not Fault.NO_SPACE:
                self._verify()
            self._probe()
        except Exception as error:  # noqa: BLE001 - whatever it is, the store stays stopped
            self.judge(error)
            return
        with self._lock:
            if self._fault is fault:
                self._fault = None

    def _has_room(self) -> bool:
        if self._folder is None:
            return True
        try:
            state = os.statvfs(self._folder)
        except OSError:
            return False
        return state.f_bavail * state.f_frsize >= self._free_bytes
