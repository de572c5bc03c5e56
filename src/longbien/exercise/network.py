"""A network and a calendar that a seed decides on: what is lost, late, doubled, out of order.

Nothing happens by itself: ``Calendar.run`` takes the next thing that is due and moves the
clock to it.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from attrs import frozen

from longbien.primitives.errors import LongBienError
from longbien.primitives.instants import Instant

Answer: TypeAlias = bytes | LongBienError
"""The body of a 200, or what the problem document says."""


@frozen(kw_only=True)
class Faults:
    """How bad the network is.  Chances are from 0 to 1, times in seconds."""

    lost: float = 0.0
    answer_lost: float = 0.0
    doubled: float = 0.0
    slowest: float = 0.05
    flipped: float = 0.0


CALM = Faults()
STORM = Faults(lost=0.2, answer_lost=0.2, doubled=0.2, slowest=40.0, flipped=0.02)


class Calendar:
    """What happens when, in one order for one seed."""

    def __init__(self, start: Instant) -> None:
        self.now = start
        self._agenda: list[tuple[Instant, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something so many seconds from now."""
        at = self.now.plus(timedelta(seconds=seconds))
        heapq.heappush(self._agenda, (at, next(self._order), act))

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is planned any more."""
        return not self._agenda

    def step(self) -> bool:
        """Do the next thing; tell if there was one."""
        if not self._agenda:
            return False
        at, _, act = heapq.heappop(self._agenda)
        self.now = max(self.now, at)
        act()
        return True

    def run(self, *, until: Instant | None = None, steps: int = 100_000) -> None:
        """Do all that is planned, at most up to ``until``; a loop without end is a failure."""
        for _ in range(steps):
            if until is not None and (not self._agenda or self._agenda[0][0] > until):
                self.now = max(self.now, until)
                return
            if not self.step():
                return
        msg = "the calendar does not come to an end"
        raise AssertionError(msg)


class MemoryNetwork:
    """Carries bytes from node to node, and the answers back; or not."""

    def __init__(self, calendar: Calendar, rng: random.Random, faults: Faults = CALM) -> None:
        self.calendar, self.rng, self.faults = calendar, rng, faults
        self.cuts: set[tuple[str, str]] = set()
        self.slow: dict[str, float] = {}
        """Seconds that everything to and from a slow node takes besides."""

        self.happened: Counter[str] = Counter()
        """How often the network did what it should not."""

        self.sent = 0
        self.seen: list[tuple[str, str, bytes]] = []
        """What an eavesdropper has: sender, recipient, body."""

    def cut(self, sender: str, recipient: str, *, both: bool = True) -> None:
        """Cut the line, in one direction or in both."""
        self.cuts |= {(sender, recipient), (recipient, sender)} if both else {(sender, recipient)}

    def heal(self) -> None:
        """Mend all lines, and lose nothing from now on."""
        self.cuts.clear()
        self.slow.clear()
        self.faults = CALM

    def post(
        self,
        *,
        sender: str,
        recipient: str,
        body: bytes,
        deliver: Callable[[bytes], Answer | None],
        answered: Callable[[Answer], None],
    ) -> None:
        """Send a body; ``deliver`` runs at the recipient, ``answered`` back at the sender."""
        self.sent += 1
        self.seen.append((sender, recipient, body))
        copies = 2 if self._happens("doubled", self.faults.doubled) else 1
        for _ in range(copies):
            if self._happens("lost", self.faults.lost):
                continue
            bytes_there = self._spoiled(body)
            self.calendar.later(
                self._delay(sender, recipient),
                partial(self._arrive, sender, recipient, bytes_there, deliver, answered),
            )

    def _arrive(
        self,
        sender: str,
        recipient: str,
        body: bytes,
        deliver: Callable[[bytes], Answer | None],
        answered: Callable[[Answer], None],
    ) -> None:
        if self._is_cut(sender, recipient):
            return
        answer = deliver(body)
        lost = self._happens("answer-lost", self.faults.answer_lost)
        if answer is not None and not lost and not self._is_cut(recipient, sender):
            self.calendar.later(self._delay(recipient, sender), lambda: answered(answer))

    def _happens(self, what: str, chance: float) -> bool:
        it_does = self.rng.random() < chance
        self.happened[what] += it_does
        return it_does

    def _is_cut(self, sender: str, recipient: str) -> bool:
        is_cut = (sender, recipient) in self.cuts
        self.happened["cut-off"] += is_cut
        return is_cut

    def _delay(self, sender: str, recipient: str) -> float:
        slow = max(self.slow.get(sender, 0.0), self.slow.get(recipient, 0.0))
        self.happened["slowed"] += slow > 0
        return 0.001 + self.rng.random() * self.faults.slowest + slow

    def _spoiled(self, body: bytes) -> bytes:
        if not body or not self._happens("corrupted", self.faults.flipped):
            return body
        at = int(self.rng.random() * len(body))
        return body[:at] + bytes([body[at] ^ 1 << self.rng.randrange(8)]) + body[at + 1 :]
