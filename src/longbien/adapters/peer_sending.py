"""Sending a sealed object in parts: several at a time, and only what the other node lacks.

It asks, sends, and asks again until nothing is missing, so an interrupted hand-over goes on
where it was cut: at most the parts that were on their way are sent twice.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Protocol

from attrs import frozen

from longbien.adapters.peer_client import PeerClient
from longbien.channel.transfer import Missing, SealedObject, indices_of
from longbien.primitives.digest import Octets
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode, TransferId


class PartSource(Protocol):
    """A sealed object that is to be sent.  Called by several threads at once."""

    def header(self) -> Octets:
        """Return the age header for this recipient."""
        ...

    def parts_list(self) -> Octets:
        """Return the digests of all parts, 32 bytes each."""
        ...

    def part(self, index: int, /) -> Octets:
        """Return a part, its digest checked."""
        ...


@frozen(kw_only=True)
class Sent:
    """How much went over the line."""

    parts: int = 0
    octets: int = 0

    def plus(self, other: "Sent") -> "Sent":
        """Return the sum."""
        return Sent(parts=self.parts + other.parts, octets=self.octets + other.octets)


@frozen(kw_only=True)
class HandOver:
    """One object on its way to one peer."""

    client: PeerClient
    peer: StateCode
    transfer: TransferId
    sealed: SealedObject
    source: PartSource
    connections: int = 2
    """Parts on their way at the same time; so many parts are in memory."""

    progress: Callable[[int], None] = lambda _octets: None
    """Told the bytes of each part that has arrived; called by several threads."""

    def send(self) -> Sent:
        """Send what the peer lacks until it lacks nothing; return what this call sent.

        Raises as the single requests do, and Unavailable ``peer.no-progress`` where the peer
        keeps asking for what it has taken.
        """
        total, missing = Sent(), self._ask(0)
        while not missing.is_complete(self.sealed):
            if missing.header or missing.parts_list:
                following = self._send_frame(missing)
            else:
                total = total.plus(self._send_parts(missing))
                following = self._ask(missing.through + 1)
            if following == missing:
                raise Unavailable(
                    "peer.no-progress",
                    "the other node keeps asking for what it has taken",
                    retry=True,
                )
            missing = following
        return total

    def _ask(self, first: int) -> Missing:
        """Ask from a part on; behind the last one begin again, so that the end is an ending."""
        last = self.sealed.part_count - 1
        window = (first, last) if 0 < first <= last else None
        missing = self.client.ask_missing(self.peer, self.transfer, self.sealed, window=window)
        if window and missing.is_complete(self.sealed):
            return self._ask(0)
        return missing

    def _send_frame(self, missing: Missing) -> Missing:
        if missing.header:
            self.client.put_header(self.peer, self.transfer, self.source.header())
        if missing.parts_list:
            self.client.put_list(self.peer, self.transfer, self.source.parts_list())
        return self._ask(0)

    def _send_parts(self, missing: Missing) -> Sent:
        indices = _Shared(indices_of(missing.ranges))
        with ThreadPoolExecutor(self.connections, thread_name_prefix="peer-sender") as pool:
            jobs = [pool.submit(self._send_some, indices) for _ in range(self.connections)]
            wait(jobs, return_when=FIRST_EXCEPTION)
            indices.stop()  # all were taken, or one of the senders has failed
        total = Sent()
        try:
            # an error holds the frames it came through, and they the part that was on its way:
            # if a frame of ours held its job, each cut would cost that memory for a long time
            while jobs:
                total = total.plus(jobs.pop().result())
        finally:
            jobs.clear()
        return total

    def _send_some(self, indices: Iterator[int]) -> Sent:
        total = Sent()
        for index in indices:
            part = self.source.part(index)
            self.client.put_part(self.peer, self.transfer, index, part)
            self.progress(len(part))
            total = total.plus(Sent(parts=1, octets=len(part)))
        return total


class _Shared(Iterator[int]):
    """One iterator for several threads."""

    def __init__(self, indices: Iterable[int]) -> None:
        self._indices: Iterator[int] = iter(indices)
        self._lock = threading.Lock()

    def __next__(self) -> int:
        with self._lock:
            return next(self._indices)

    def stop(self) -> None:
        """Give out nothing more."""
        with self._lock:
            self._indices = iter(())
