"""The gate before the work: threads wait here until their lane and their peer have a place."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from longbien.adapters.peer_budgets import PeerLimits, Places, Traffic, Waiter
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode


class Gate:
    """Lets in as many as ``Places`` allows, the most urgent first."""

    def __init__(self, limits: PeerLimits) -> None:
        self._patience = limits.wait_seconds
        self._lock = threading.Lock()
        self._places = Places(limits)
        self._waiting: dict[Waiter, threading.Event] = {}
        self._turns = itertools.count()

    @contextmanager
    def place(self, peer: StateCode, traffic: Traffic) -> Iterator[None]:
        """Hold a place while the block runs.  Raises Unavailable ``peer.busy``."""
        self.enter(peer, traffic)
        try:
            yield
        finally:
            self.leave(peer, traffic)

    def enter(self, peer: StateCode, traffic: Traffic) -> None:
        """Wait for a place and take it.  Raises Unavailable ``peer.busy``: come again."""
        with self._lock:
            if self._places.is_open(peer, traffic):
                self._places.take(peer, traffic)
                return
            waiter = Waiter(peer=peer, traffic=traffic, turn=next(self._turns))
            called = self._waiting[waiter] = threading.Event()
        if called.wait(self._patience):
            return
        with self._lock:
            if called.is_set():  # called in the very last moment: the place is ours
                return
            del self._waiting[waiter]
        raise Unavailable(
            "peer.busy", "this node has too much to do; try again", retry=True, retry_after=5
        )

    def leave(self, peer: StateCode, traffic: Traffic) -> None:
        """Give the place to whoever comes next."""
        with self._lock:
            self._places.give_back(peer, traffic)
            while (following := self._places.find_next(self._waiting)) is not None:
                self._places.take(following.peer, following.traffic)
                self._waiting.pop(following).set()
