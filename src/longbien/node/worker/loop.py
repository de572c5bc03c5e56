"""The worker's loop: lease what is due, do it on a few threads, look again.

Messages have threads of their own, so that a package of terabytes never holds up a request.
Several workers, on one machine or on many, share the same rows; a lease keeps them apart.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import structlog
from attrs import define, field, frozen
from django.db import connections

from longbien.adapters.peer_client import PeerClient
from longbien.channel.message import Lane
from longbien.desk.ports import LeasedChore, LeasedMessage
from longbien.desk.ring import Ringing, note_rung, ringing, ringing_early
from longbien.node.running import Node
from longbien.node.turned_away import Recorder
from longbien.node.worker.chores import Chores
from longbien.node.worker.posting import Poster
from longbien.node.worker.scrubbing import Scrubber
from longbien.node.worker.witnessing import Witnesses
from longbien.primitives.errors import LongBienError, Unavailable

if TYPE_CHECKING:
    from longbien.node.store.watch import Watch

log = structlog.get_logger("longbien.worker")

LOOK_AGAIN: Final = 0.02  # seconds between two looks if anything was committed
ASK_AGAIN: Final = 0.25  # seconds after which work is asked for in any case: a wait may be over
LEASE: Final = timedelta(seconds=5)
RENEWALS: Final = 3.3  # times in a lease that what is being worked on is leased for longer
SHARE: Final = 4  # work is leased when a quarter of the hands are free: a lease is a commit
AFTER_FAULT: Final = 1.0  # seconds to wait while the store has stopped
LANES: Final = frozenset(Lane)

Leased: TypeAlias = LeasedMessage | LeasedChore


@frozen(kw_only=True)
class Crew:
    """How many do what at the same time."""

    posters: int = 8
    porters: int = 2
    """Chores at a time: packing, sending, checking."""

    lease: timedelta = LEASE
    """So long the work of a worker that died waits for another one."""

    patience: timedelta = timedelta(seconds=3)
    """So long what is on its way may still end when the worker is told to stop."""

    witness_every: timedelta = timedelta(seconds=60)
    """A ledger that has grown is witnessed at least so often."""

    ring_every: timedelta = timedelta(seconds=5)
    ring_early_every: timedelta = timedelta(hours=1)
    scrub_every: timedelta = timedelta(seconds=30)


@define(kw_only=True)
class Worker:
    """Works for one node until it is told to stop."""

    node: Node
    crew: Crew = field(factory=Crew)
    progress: Callable[[str, int], None] = field(default=lambda _what, _octets: None)
    stopping: threading.Event = field(factory=threading.Event)
    _held: set[Leased] = field(factory=set, init=False)
    """What is being worked on at this moment."""

    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _recorder: Recorder = field(init=False)

    @_recorder.default
    def _new_recorder(self) -> Recorder:
        return Recorder(audit=self.node.store.audit, clock=self.node.office.clock)

    def run(self) -> None:
        """Work; returns when ``stopping`` is set and everything begun has ended.

        What waits for a peer then is broken off after a moment, and given back to the queue.
        """
        threads = [
            threading.Thread(target=self._post, name="posting"),
            threading.Thread(target=self._carry, name="chores"),
            threading.Thread(target=self._renew, name="leases"),
            threading.Thread(target=self._keep_house, name="housekeeping"),
        ]
        for thread in threads:
            thread.start()
        self.stopping.wait()
        until = time.monotonic() + self.crew.patience.total_seconds()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        self.node.network.break_off()
        for thread in threads:
            thread.join()

    # --- messages ---------------------------------------------------------------------------------

    def _post(self) -> None:
        poster = Poster(
            office=self.node.office,
            client=PeerClient(self.node.network),
            refused=self._recorder.note,
        )
        with ThreadPoolExecutor(self.crew.posters, "post") as pool:
            self._lease_and_do(
                pool, self.crew.posters, self._lease_messages, self._holding(poster.post)
            )

    def _lease_messages(self, limit: int) -> tuple[LeasedMessage, ...]:
        now = self.node.office.clock()
        return tuple(
            self.node.office.queue.lease_messages(
                now=now, until=now.plus(self.crew.lease), limit=limit, lanes=LANES
            )
        )

    # --- chores -----------------------------------------------------------------------------------

    def _carry(self) -> None:
        chores_ = Chores(
            node=self.node,
            client=PeerClient(self.node.network),
            progress=self._advance,
            refused=self._recorder.note,
        )
        with ThreadPoolExecutor(self.crew.porters, "carry") as pool:
            self._lease_and_do(
                pool, self.crew.porters, self._lease_chores, self._holding(chores_.do)
            )

    def _advance(self, what: str, octets: int) -> None:
        self.progress(what, octets)
        if self.stopping.is_set():  # what is left of a large package is for the next worker
            raise Unavailable("worker.stopping", "this worker was asked to stop", retry=True)

    def _lease_chores(self, limit: int) -> tuple[LeasedChore, ...]:
        now = self.node.office.clock()
        return tuple(
            self.node.office.queue.lease_chores(
                now=now, until=now.plus(self.crew.lease), limit=limit
            )
        )

    def _lease_and_do(
        self,
        pool: ThreadPoolExecutor,
        most: int,
        lease: Callable[[int], tuple[Leased, ...]],
        do: Callable[[Any], bool],
    ) -> None:
        busy: set[Future[bool]] = set()
        watch, ended = self.node.watch(), threading.Event()
        asked_at = 0.0
        while not self.stopping.is_set():
            ended.clear()  # before it is counted who has ended
            busy = {one for one in busy if not one.done()}
            found: tuple[Leased, ...] = ()
            is_time = time.monotonic() - asked_at >= ASK_AGAIN
            if most - len(busy) >= max(1, most // SHARE) and (is_time or self._looked(watch)):
                asked_at = time.monotonic()
                found = self._leased(lease, most - len(busy))
            for one in found:
                future = pool.submit(do, one)
                future.add_done_callback(lambda _: ended.set())
                busy.add(future)
            if not found:
                ended.wait(LOOK_AGAIN)

    def _looked(self, watch: "Watch") -> bool:
        try:
            return watch.has_changed()
        except LongBienError:
            return False

    def _leased(self, lease: Callable[[int], tuple[Leased, ...]], limit: int) -> tuple[Leased, ...]:
        try:
            return lease(limit)
        except LongBienError as error:
            log.warning("no work can be leased", code=error.code)
            self.stopping.wait(AFTER_FAULT)
            return ()

    def _holding(self, do: Callable[[Any], bool]) -> Callable[[Any], bool]:
        """Return the same, with the lease renewed until it is done; no error ends the worker."""

        def done(leased: Leased) -> bool:
            with self._lock:
                self._held.add(leased)
            try:
                return do(leased)
            except LongBienError as error:
                log.warning("left to its lease", code=error.code)
                return False
            finally:
                with self._lock:
                    self._held.discard(leased)

        return done

    def _renew(self) -> None:
        queue = self.node.office.queue
        every = self.crew.lease.total_seconds() / RENEWALS
        while not self.stopping.wait(every) or self._held:
            with self._lock:
                held = tuple(self._held)
            until = self.node.office.clock().plus(self.crew.lease)
            for leased in held:
                try:
                    queue.renew(leased, until=until)
                except LongBienError as error:
                    log.warning("lease not renewed", code=error.code)
        connections.close_all()

    # --- what comes round -------------------------------------------------------------------------

    def _keep_house(self) -> None:
        turns = (
            _Turn(every=self.crew.ring_every, do=self._ring),
            _Turn(every=self.crew.ring_early_every, do=self._ring_early),
            _Turn(every=self.crew.witness_every, do=self._witness),
            _Turn(every=self.crew.scrub_every, do=Scrubber(node=self.node).turn),
            _Turn(every=self.crew.ring_every, do=self._recorder.write),
        )
        while not self.stopping.wait(LOOK_AGAIN * 10):
            now = self.node.office.clock().moment.timestamp()
            for turn in turns:
                turn.take(now)
        self._recorder.write(everything=True)
        connections.close_all()

    def _ring(self) -> None:
        self._tell(ringing(self.node.office))

    def _ring_early(self) -> None:
        self._tell(ringing_early(self.node.office))

    def _tell(self, found: Iterable[Ringing]) -> None:
        for one in found:
            log.warning(
                "clock",
                case=str(one.case),
                clock=one.due.clock,
                kind=one.kind,
                lane=one.lane.value,
                late=round(one.late.total_seconds()),
            )
            note_rung(self.node.office, one)

    def _witness(self) -> None:
        office = self.node.office
        newest = office.ledger.newest().checkpoint.head
        names = {key.name for state in office.peers() for key in office.witness_keys(state)}
        heads = [office.ledger.cosigned_by(name) for name in names]
        if newest.size and any(head is None or head.size < newest.size for head in heads):
            Witnesses(office=office, client=PeerClient(self.node.network)).gather()


@define(kw_only=True)
class _Turn:
    """Something that is done every so often, first after one whole span."""

    every: timedelta
    do: Callable[[], object]
    _next: float = field(default=0.0, init=False)

    def take(self, now: float) -> None:
        if not self._next:
            self._next = now + self.every.total_seconds()
        if now < self._next:
            return
        self._next = now + self.every.total_seconds()
        try:
            self.do()
        except LongBienError as error:
            log.warning("housekeeping", what=getattr(self.do, "__name__", ""), code=error.code)
