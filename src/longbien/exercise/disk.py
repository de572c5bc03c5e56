"""A simulated disk: what was written and not yet synced is lost when the power goes.

Every write, sync and return is a step that a test can let the power fail at.
"""

from collections.abc import Callable
from typing import Final

from longbien.primitives.errors import Unavailable


class PowerCut(BaseException):
    """The machine stopped here.  Nothing but the world of a test may catch it."""


TORN: Final[tuple[object, ...]] = ("torn",)
"""What is left of a record that was being written when the power went."""


class MemoryDisk:
    """Records in their order, and how many of them are safe."""

    def __init__(self) -> None:
        self.records: list[tuple[object, ...]] = []
        self.synced = 0
        self.steps = 0
        self.cut_at: int | None = None
        self.is_full = False
        self.sync_fails = False
        self.is_stopped = False
        self.loses_syncs = False
        """A planted fault: the disk says that it has synced, and has not."""

    def keep(self, record: tuple[object, ...], apply: Callable[[], object]) -> None:
        """Write one record, sync it, then let it take effect: three steps, each may be the last."""
        self.require_running()
        self._step()
        if self.is_full:
            self.is_stopped = True
            self.require_running()
        self.records.append(record)
        self._step()
        if self.sync_fails:
            self.is_stopped = True
            self.require_running()
        if not self.loses_syncs:
            self.synced = len(self.records)
        apply()
        self._step()

    def require_running(self) -> None:
        """Refuse all work after a failed write or sync, until somebody has mended the disk."""
        if self.is_stopped:
            raise Unavailable("store.stopped", "the disk is full or broken", retry=True)

    def power_off(self, *, keep: int = 0, torn: bool = False) -> None:
        """Lose what was not synced, except the first ``keep`` records of it.

        ``torn``: of the next one a part has reached the platter.
        """
        unsynced = len(self.records) - self.synced
        del self.records[self.synced + keep :]
        if torn and keep < unsynced:
            self.records.append(TORN)
        self.synced = len(self.records)
        self.cut_at = None

    def recover(self) -> int:
        """Drop a record that was written in part: its checksum says so.  Return how many."""
        whole = [record for record in self.records if record is not TORN]
        dropped = len(self.records) - len(whole)
        self.records = whole
        self.synced = len(whole)
        return dropped

    def mend(self) -> None:
        """Free space, or put in a new cable; the node must be started anew."""
        self.is_full = self.sync_fails = self.is_stopped = False

    def cut_in(self, steps: int) -> None:
        """Let the power fail at the so-manyth step from now on, 1 being the next one."""
        self.cut_at = self.steps + steps

    def _step(self) -> None:
        self.steps += 1
        if self.cut_at == self.steps:
            raise PowerCut
