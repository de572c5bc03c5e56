"""An urgent request: how long until it stands on the far desk, in calm and while others flood.

    python bench/urgent.py [--rate 5] [--seconds 30]

Two nodes as they are run: an endpoint and a worker each, on loopback TLS, on these cores together
with this program.  From the moment in which an officer sends an expedited preservation until the
other State's list of cases has it, durable there; the list is what an officers' desk shows and
rings from.  The flood: ordinary requests to the same node, asked as quickly as it goes.
"""

import argparse
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from longbien.casework import commands
from longbien.casework.case import Duty, Officer
from longbien.desk.acting import open_case
from longbien.node.commands._running import log_to_stderr
from longbien.node.running import Node
from longbien.node.settings import SQLITE_FILE
from longbien.primitives.ids import AuthorityId, CaseId, OfficerId
from messages import ASKED, Stage, ask

OFFICER = Officer(
    id=OfficerId("dana"),
    authority=AuthorityId("IL/contact-point"),
    duties=frozenset({Duty.CASE_OFFICER, Duty.DUTY_OFFICER}),
)
FLOODERS = 4
LOOK = 0.002  # seconds


def ask_advice(node: Node) -> None:
    """Send something that nobody waits for."""
    open_case(
        node.office,
        OFFICER,
        commands.GiveInformation(
            case_id=CaseId.from_random(node.office.random_bytes(16)),
            peer=ASKED,
            contents=(("facts", "Exercise: a server in your capital"),),
            legal_basis=("UNCC",),
        ),
    )


class Desk:
    """The list of cases of the far node, looked at all the time."""

    def __init__(self, home: Path) -> None:
        self._file = home / SQLITE_FILE
        self._waiting: dict[str, float] = {}
        self.took: list[float] = []
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()

    def expect(self, case: CaseId, since: float) -> None:
        """Wait for a case that was sent at ``since``."""
        self._waiting[case.text] = since

    def close(self) -> None:
        """Wait for all of them."""
        self._stop.set()
        self._watcher.join()

    def _watch(self) -> None:
        rows = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, isolation_level=None)
        while self._waiting or not self._stop.is_set():
            for case in list(self._waiting):
                if rows.execute('SELECT 1 FROM store_caserow WHERE "case" = ?', (case,)).fetchone():
                    self.took.append(1000 * (time.perf_counter() - self._waiting.pop(case)))
            time.sleep(LOOK)
        rows.close()


def at_a_rate(node: Node, desk: Desk, *, rate: float, seconds: float) -> None:
    """Ask at a steady rate."""
    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        since = time.perf_counter()
        desk.expect(ask(node, OFFICER), since)


def measure(title: str, asking: Node, far: Path, options: argparse.Namespace) -> float:
    """Print one row; return the 99th percentile in ms."""
    desk = Desk(far)
    at_a_rate(asking, desk, rate=options.rate, seconds=options.seconds)
    desk.close()
    taken = sorted(desk.took)
    p50, p99 = (taken[int(len(taken) * part)] for part in (0.5, 0.99))
    print(f"| {title} | {len(taken)} | {p50:.0f} | {p99:.0f} | {taken[-1]:.0f} |", flush=True)
    return p99


def flooding(work: Callable[[], None]) -> tuple[ThreadPoolExecutor, threading.Event]:
    """Do something as often as it goes, until the event is set."""
    enough = threading.Event()

    def again() -> None:
        while not enough.is_set():
            work()

    pool = ThreadPoolExecutor(FLOODERS)
    for _ in range(FLOODERS):
        pool.submit(again)
    return pool, enough


def main() -> int:
    """Run and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=float, default=5.0)
    arguments.add_argument("--seconds", type=float, default=30.0)
    options = arguments.parse_args()
    log_to_stderr()
    with tempfile.TemporaryDirectory(prefix="longbien-bench.") as name:
        stage = Stage(Path(name), ["sqlite", "sqlite"])
        far = stage.folders["VN"]
        with stage.running() as asking:
            for _ in range(20):  # warm: modules, connections, pages
                ask(asking, OFFICER)
            print("| urgent requests | asked | p50 ms | p99 ms | worst |\n|---|---|---|---|---|")
            calm = measure("in calm", asking, far, options)
            pool, enough = flooding(lambda: ask_advice(asking))
            flooded = measure("while ordinary ones flood", asking, far, options)
            enough.set()
            pool.shutdown()
            print(f"\np99 in the flood to p99 in calm: {flooded / calm:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
