"""Conductors: each lets one node suffer one fault after the other, drawn from a seed.

A cycle is a process that was killed and started again, or a time in which the line was bad.  The
faults are spread evenly over the messages of a run.
"""

import contextlib
import random
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Self

from attrs import define, field

from fault_proxy import NONE, Ending, Fault, FaultProxy
from node_world import ROLES, Role, Station

FAILPOINTS: Final = {
    "before_commit": ROLES,
    "after_commit_before_ack": ROLES,
    "after_outbox_lease": ("worker",),
    "after_post_before_settle": ("worker",),
}
KILLS: Final = (*(f"kill-{role}" for role in ROLES), "kill-node")
LINES: Final = (
    *("cut", "refuse", "reset-up", "reset-down", "truncate-up", "truncate-down"),
    *("half-open-up", "half-open-down", "double", "stammer", "delay", "slow"),
    *("hold-both", "hold-questions", "hold-answers"),
)
WIRES: Final = ("drop-both", "drop-questions", "drop-answers", "reject", "lose-a-third")
"""What nftables do to the packets themselves; only in a network of one's own."""

_LONGEST: Final = 1.2  # seconds of a bad line
_DOOMED: Final = 2.0  # seconds for a process to reach its failpoint
_MOST: Final = 6000  # bytes of a connection before it suffers: within the handshake, or after it


@define(eq=False)
class Wire:
    """The packet filter of a network namespace of our own (``tools/fire`` makes it)."""

    def __enter__(self) -> Self:
        """Make a table of our own."""
        _nft("add table inet fire")
        _nft("add chain inet fire input { type filter hook input priority 0; policy accept; }")
        return self

    def __exit__(self, *_error: object) -> None:
        """Take it away."""
        _nft("delete table inet fire")

    @contextlib.contextmanager
    def spoilt(self, kind: str, port: int) -> Iterator[None]:
        """Let the packets to and from a listener's port suffer."""
        rules = {
            "drop-both": (f"tcp dport {port} drop", f"tcp sport {port} drop"),
            "drop-questions": (f"tcp dport {port} drop",),
            "drop-answers": (f"tcp sport {port} drop",),
            "reject": (f"tcp dport {port} reject with tcp reset",),
            "lose-a-third": (
                f"tcp dport {port} numgen random mod 3 == 0 drop",
                f"tcp sport {port} numgen random mod 3 == 0 drop",
            ),
        }[kind]
        for rule in rules:
            _nft(f"add rule inet fire input {rule}")
        try:
            yield
        finally:
            _nft("flush chain inet fire input")


def _nft(rule: str) -> None:
    subprocess.run(["nft", *rule.split()], check=True, stdout=subprocess.DEVNULL)


# --- a conductor --------------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class Conductor:
    """Lets one node, and the line to it, suffer."""

    station: Station
    line: FaultProxy
    draw: random.Random
    turn: Callable[[], bool]
    """Waits for the time of the next cycle; False when there is none."""

    kinds: Sequence[Sequence[str]]
    """What may happen, in groups that are as likely as each other."""

    wire: Wire | None = None
    extra: "dict[str, Callable[[], None]]" = field(factory=dict)
    """What else may happen, by its name."""

    done: "Counter[str]" = field(factory=Counter, init=False)
    _calm: threading.Event = field(factory=threading.Event, init=False)

    def run(self) -> None:
        """Let it suffer until it is enough; leave everything running and the line good."""
        while self.turn():
            kind = self.draw.choice(self.draw.choice(self.kinds))
            self.done[self._suffer(kind)] += 1

    def _suffer(self, kind: str) -> str:
        if kind in self.extra:
            self.extra[kind]()
        elif kind == "kill-node":
            self._kill(tuple(self.station.roles.values()))
        elif kind.startswith("kill-"):
            self._kill((self.station.roles[kind.removeprefix("kill-")],))
        elif kind in FAILPOINTS:
            return self._doom(kind)
        elif kind in WIRES:
            assert self.wire
            with self.wire.spoilt(kind, self.station.peer_port):
                self._pause(_LONGEST)
        else:
            self._spoil_line(kind)
        return kind

    def _kill(self, roles: Iterable[Role]) -> None:
        self._pause(0.05)  # wherever they just are
        for role in roles:
            role.kill()
        for role in roles:
            role.start()
        for role in roles:
            role.wait_ready()

    def _doom(self, failpoint: str) -> str:
        """Let a process die at a step of its work; where it does not get there, at any."""
        name = self.draw.choice(FAILPOINTS[failpoint])
        role = self.station.roles[name]
        role.kill()
        role.start(failpoint=f"{failpoint}:kill:{self.draw.randint(1, 9)}")
        assert role.running
        has_died = role.running.ends_within(_DOOMED)
        role.kill()
        role.start()
        role.wait_ready()
        return failpoint if has_died else f"kill-{name}"

    def _pause(self, longest: float) -> None:
        self._calm.wait(self.draw.uniform(0, longest))

    def _spoil_line(self, kind: str) -> None:
        if kind.startswith("hold-"):
            ways = {"both": ("up", "down"), "questions": ("up",), "answers": ("down",)}
            self.line.hold(*ways[kind.removeprefix("hold-")])
            self._pause(_LONGEST)
            self.line.release()
            return
        self.line.standing = self._fault(kind)
        self.line.cut()  # what comes now suffers from its first byte
        self._pause(_LONGEST)
        self.line.standing = NONE
        self.line.cut()

    def _fault(self, kind: str) -> Fault:
        after = self.draw.randint(1, _MOST)
        endings = {"reset": Ending.RESET, "truncate": Ending.CLOSE, "half-open": Ending.SILENCE}
        name, _, way = kind.rpartition("-")
        if name in endings:
            up, down = (after, None) if way == "up" else (None, after)
            return Fault(up=up, down=down, ending=endings[name])
        return {
            "cut": NONE,
            "refuse": Fault(refused=True),
            "double": Fault(doubled=True),
            "stammer": Fault(stammers=after),
            "delay": Fault(delay=self.draw.uniform(0.01, 0.2)),
            "slow": Fault(rate=self.draw.uniform(20_000, 200_000)),
        }[kind]


# --- how they are spread ------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class Pace:
    """So many cycles over so many messages, for all conductors together."""

    cycles: int
    messages: int
    said: Callable[[], int]
    over: threading.Event = field(factory=threading.Event)
    """Set when all cycles are begun and all was said, or somebody has failed."""

    _begun: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def turn(self) -> bool:
        """Wait until enough was said for the next cycle; False when there is no more."""
        with self._lock:
            number = self._begun
            if number >= self.cycles:
                return False
            self._begun += 1
        due = number * self.messages / self.cycles
        while self.said() < due:
            if self.over.wait(0.02):
                return False
        return not self.over.is_set()

    def wait(self) -> None:
        """Wait until all was said."""
        while self.said() < self.messages and not self.over.wait(0.1):
            pass
