"""Two real nodes under fire: officers talk, processes die, lines fail, and then it is counted.

Nothing acknowledged may be lost, nothing may take effect twice: ``run`` gives the figures.
"""

import random
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from attrs import define, frozen

from fault_proxy import FaultProxy
from fire_faults import FAILPOINTS, KILLS, LINES, WIRES, Conductor, Pace, Wire
from fire_talk import Judgment, Talk, judge_all, talker
from longbien.node.demo.stage import free_port
from longbien.node.settings import SQLITE_FILE
from node_world import Pair, Station, make_pair, running_forker, start_all
from postgres_world import Cluster

TALKERS: Final = 12
_OPEN: Final = "SELECT count(*) FROM store_outbox WHERE is_open"


@frozen(kw_only=True)
class Order:
    """What is to be run."""

    cycles: int
    messages: int
    seed: int
    talkers: int = TALKERS
    with_wire: bool = False
    """In a network namespace of our own: packets suffer as well."""

    cluster: Cluster | None = None
    """Both nodes are on it, and it is killed like everything else."""

    kinds: tuple[tuple[str, ...], ...] = (KILLS, tuple(FAILPOINTS), LINES)


@frozen(kw_only=True)
class Outcome:
    """What came of it."""

    order: Order
    judgment: Judgment
    kinds: "Counter[str]"
    checks: tuple[str, ...]
    """What ``longbien fsck --vault`` says of each node."""

    seconds: float

    def document(self) -> dict[str, Any]:
        """Return it for a file of results."""
        return {
            "cycles": self.kinds.total(),
            "messages": self.judgment.messages,
            "lost": self.judgment.lost,
            "doubled": self.judgment.doubled,
            "fsck": list(self.checks),
            "database": "postgresql" if self.order.cluster else "sqlite",
            "seed": self.order.seed,
            "seconds": round(self.seconds, 1),
            "kinds": dict(sorted(self.kinds.items())),
        }


def run(order: Order) -> Outcome:
    """Run a slice from new nodes to the judgment."""
    begun = time.monotonic()
    with _stage(order) as stage:
        start_all(stage.pair.stations)
        kinds = _talk_under_fire(order, stage)
        stage.pair.quiet()
        judgment = judge_all(stage.pair, stage.talk.said)
        checks = tuple(one.fsck() for one in stage.pair.stations)
    return Outcome(
        order=order,
        judgment=judgment,
        kinds=kinds,
        checks=checks,
        seconds=time.monotonic() - begun,
    )


@define(kw_only=True)
class _Stage:
    pair: Pair
    lines: dict[str, FaultProxy]
    talk: Talk
    wire: Wire | None


@contextmanager
def _stage(order: Order) -> Iterator[_Stage]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb-fire-")))
        forker = stack.enter_context(running_forker(folder))
        lines = {code: FaultProxy(free_port()) for code in ("IL", "VN")}
        for line in lines.values():
            stack.callback(line.close)
        databases = ("sqlite", "sqlite")
        if order.cluster:
            first, second = (order.cluster.url(order.cluster.new_database()) for _ in range(2))
            databases = (first, second)
        pair = make_pair(forker, folder, databases=databases, line=lines["IL"], back=lines["VN"])
        stack.callback(pair.kill)
        _give_tokens(pair, order.talkers)
        talk = Talk(pair=pair, backlog=_backlog(pair, databases))
        wire = stack.enter_context(Wire()) if order.with_wire else None
        yield _Stage(pair=pair, lines=lines, talk=talk, wire=wire)


def _give_tokens(pair: Pair, talkers: int) -> None:
    """Give each talker tokens of its own: a token has a rate."""
    with ThreadPoolExecutor(4) as pool:
        for station in pair.stations:
            issued = pool.map(lambda _, one=station: one.new_token("first"), range(talkers))
            station.tokens |= {talker(number): one for number, one in enumerate(issued)}


def _talk_under_fire(order: Order, stage: _Stage) -> "Counter[str]":
    talk = stage.talk
    pace = Pace(cycles=order.cycles, messages=order.messages, said=lambda: talk.said.count)
    conductors = [
        _conductor(order, stage, pace, station, number)
        for number, station in enumerate(stage.pair.stations)
    ]
    with ThreadPoolExecutor(len(conductors) + 1) as pool:
        begun = [pool.submit(talk.run, order.talkers)]
        begun += [pool.submit(one.run) for one in conductors]
        for future in begun:
            future.add_done_callback(lambda one: _stop_on_error(one, pace.over, talk.enough))
        pace.wait()
        for future in begun[1:]:
            future.exception()  # all cycles are done before the talk ends
        talk.enough.set()
        for future in begun:
            future.result()
    return sum((one.done for one in conductors), Counter())


def _stop_on_error(future: "Future[None]", *events: threading.Event) -> None:
    if future.exception():
        for event in events:
            event.set()


def _conductor(order: Order, stage: _Stage, pace: Pace, station: Station, number: int) -> Conductor:
    extra: dict[str, Callable[[], None]] = {}
    cluster = order.cluster
    if cluster and number == 0:  # one alone: both nodes are on it
        extra = {"kill-database": lambda: _restart(cluster, "immediate")}
        extra["restart-database"] = lambda: _restart(cluster, "fast")
    more = (tuple(extra), WIRES if stage.wire else ())
    kinds = (*order.kinds, *(one for one in more if one))
    return Conductor(
        station=station,
        line=stage.lines[station.code],
        draw=random.Random(f"{order.seed}/{number}"),
        turn=pace.turn,
        kinds=kinds,
        wire=stage.wire,
        extra=extra,
    )


def _restart(cluster: Cluster, mode: str) -> None:
    cluster.stop(mode)
    cluster.start()


def _backlog(pair: Pair, databases: Sequence[str]) -> Callable[[], int]:
    """Return what counts the messages that wait, at most four times a second."""
    lock = threading.Lock()
    seen: list[float] = [0.0, 0]

    def count() -> int:
        with lock:
            if time.monotonic() - seen[0] > 0.25:
                known = zip(pair.stations, databases, strict=True)
                seen[1] = sum(_waiting(station.folder, url) for station, url in known)
                seen[0] = time.monotonic()
            return int(seen[1])

    return count


def _waiting(folder: Path, url: str) -> int:
    try:
        if url == "sqlite":
            path = f"file:{folder / SQLITE_FILE}?mode=ro"
            with closing(sqlite3.connect(path, uri=True)) as reader:
                return int(reader.execute(_OPEN).fetchone()[0])
        with psycopg.connect(url) as connection:
            found = connection.execute(_OPEN).fetchone()
            return int(found[0]) if found else 0
    except (sqlite3.Error, psycopg.Error):
        return 0  # the database is away for a moment
