"""Group commit: whoever waits while the disk writes shares the next write.

One thread a process runs transactions, one after the other.  Each takes all that waits; nobody
is made to wait for company.  A caller is released after the commit is on the disk.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, TypeAlias

from attrs import define, field, frozen
from django.db import connections, transaction

from longbien.adapters.failpoints import reach
from longbien.desk.ports import Change
from longbien.node.store.group import Group
from longbien.node.store.health import Health
from longbien.node.store.history import History
from longbien.node.store.last_seen import LastSeen
from longbien.node.store.models import CaseKey
from longbien.node.store.turn import Act, EdgeCache, StoreKeys, Turn, head_of
from longbien.primitives.errors import LongBienError

MAX_GROUP: Final = 256  # pieces of work in one transaction; what is over it is in the next one

Work: TypeAlias = Change | Act


@define(eq=False)
class _Waiting:
    work: Work
    future: "Future[Any]" = field(factory=Future)


@frozen(kw_only=True)
class Counted:
    """How much was shared, since this process began."""

    transactions: int
    works: int


class Committer:
    """The one writer of a process."""

    def __init__(
        self,
        keys: StoreKeys,
        health: Health,
        *,
        turnstile: Path | None,
        last_seen: LastSeen,
        history: History,
    ) -> None:
        """Prepare; the thread begins with the first work, in the process that brings it.

        ``turnstile`` is a file beside an SQLite database: processes queue there instead of
        asking the busy database again and again.
        """
        self._last_seen = last_seen
        self._history = history
        self._keys = keys
        self._health = health
        self._turnstile = turnstile
        self._lock = threading.Condition()
        self._reset()

    def _reset(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()
        self._is_closed = False
        self._edges = EdgeCache()
        self._transactions = self._works = 0

    @property
    def counted(self) -> Counted:
        """Return how many transactions carried how much work."""
        return Counted(transactions=self._transactions, works=self._works)

    def run(self, work: Work) -> Any:  # noqa: ANN401 - a change gives Committed, an act what it returns
        """Do a piece of work; it is on the disk when this returns.

        Raises what the work raises; Unavailable ``store.stopped``, ``store.busy``.
        """
        self._health.require_running()
        return self._put(work).result()

    def run_anyway(self, work: Work, *, seconds: float) -> Any:  # noqa: ANN401 - as above
        """Do a piece of work even while the store is stopped: only the probe may.

        TimeoutError: it is not done in time; it may still be done.
        """
        return self._put(work).result(seconds)

    def _put(self, work: Work) -> "Future[Any]":
        waiting = _Waiting(work=work)
        with self._lock:
            if self._process != os.getpid():  # a child has no thread of its parent
                self._reset()
            if self._is_closed:
                raise self._health.stopped_error()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name=f"committer {self._keys.using}", daemon=True
                )
                self._thread.start()
            self._waiting.append(waiting)
            self._lock.notify()
        return waiting.future

    def close(self) -> None:
        """Finish what waits and end the thread."""
        with self._lock:
            self._is_closed = True
            self._lock.notify()
            thread = self._thread if self._process == os.getpid() else None
        if thread is not None:
            thread.join()

    # --- in the thread ------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            while group := self._take():
                self._carry_out(group)
        finally:
            connections[self._keys.using].close()

    def _take(self) -> list[_Waiting]:
        with self._lock:
            self._lock.wait_for(lambda: self._waiting or self._is_closed)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_GROUP))]

    def _carry_out(self, group: Sequence[_Waiting]) -> None:
        try:
            outcomes = self._in_one_transaction([one.work for one in group])
            reach("after_commit_before_ack")
        except Exception as error:  # noqa: BLE001 - handed to those who wait, whatever it is
            self._failed(group, error)
            return
        self._health.note_commit()
        self._transactions += 1
        self._works += len(group)
        for waiting, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, LongBienError):
                waiting.future.set_exception(outcome)
            else:
                waiting.future.set_result(outcome)

    def _in_one_transaction(self, works: Sequence[Work]) -> list[object]:
        self._health.renew_connection()
        with self._turn_among_processes(), transaction.atomic(using=self._keys.using):
            turn = Turn(self._keys, self._edges)
            changes = [work for work in works if isinstance(work, Change)]
            acts = [_done(work, turn) for work in works if not isinstance(work, Change)]
            done: list[object] = list(Group(turn, changes).apply(changes)) if changes else []
            turn.end()
            reach("before_commit")
        if turn.has_grown:  # and is on the disk
            self._last_seen.note(head_of(turn.log))
            self._history.keep(self._edges.state)
        if turn.has_destroyed:
            forget_old_versions(self._keys.using)
        of_changes, of_acts = iter(done), iter(acts)
        return [next(of_changes if isinstance(work, Change) else of_acts) for work in works]

    def _failed(self, group: Sequence[_Waiting], error: Exception) -> None:
        known = self._health.judge(error)
        if known is None and len(group) > 1 and not isinstance(error, LongBienError):
            for one in group:  # only the one at fault shall have it
                self._carry_out([one])
            return
        for one in group:
            one.future.set_exception(known or error)

    @contextmanager
    def _locked_file(self, path: Path) -> Iterator[None]:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _turn_among_processes(self) -> Any:  # noqa: ANN401 - any context manager
        return self._locked_file(self._turnstile) if self._turnstile else nullcontext()


def forget_old_versions(using: str) -> None:
    """Let the database drop what it keeps of a row that was overwritten: a destroyed key.

    SQLite empties its write-ahead log; PostgreSQL frees the old row.  Copies that were made
    before, and PostgreSQL's archived logs, hold it still: they have an end date of their own.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute(f'VACUUM "{CaseKey._meta.db_table}"')  # noqa: SLF001 - Django's documented model API


def _done(act: Act, turn: Turn) -> object:
    try:
        return act(turn)
    except LongBienError as error:
        return error
