"""Signed request to signed receipt, durable on both sides: how many a second, and how long each.

Two nodes as they are run: an endpoint and a worker each, on loopback TLS, on these cores
together with this program, which asks as an officer's door would.  Single fsynced commits of a
bare SQLite file are measured in the same run: figures are also given as a multiple of them.
First with SQLite on both sides, then with PostgreSQL (the one of the tests, out of a wheel).

    python bench/messages.py [--messages 1000] [--rate 50] [--seconds 20] [--database ONE OTHER]
"""

import argparse
import gc
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from longbien.casework import commands
from longbien.casework.case import Duty, Officer
from longbien.desk.acting import open_case
from longbien.node.commands._running import log_to_stderr
from longbien.node.demo.stage import Actor, free_port, run_longbien
from longbien.node.running import Node, open_node
from longbien.primitives.ids import AuthorityId, CaseId, OfficerId

ROLES = ("peer", "worker")
ASKED = AuthorityId("VN/contact-point")
os.environ["LONGBIEN_NODE_PEER_MESSAGES"] = "100000"  # the budget of a peer is not what is measured
CONTENTS = (
    ("data_and_relation", "Mail of account box-7, used to send the demand of payment"),
    ("intent_mla", "A request for the stored data follows"),
    ("necessity", "The provider keeps it for 30 days"),
    ("offence_and_facts", "Fraud; the account was used on 3 June 2026"),
    ("requesting_authority", "Exercise contact point"),
)


class Stage:
    """Two nodes and their processes."""

    def __init__(self, folder: Path, databases: list[str]) -> None:
        self.folders = {state: folder / state.lower() for state in ("IL", "VN")}
        self.ports = {state: (free_port(), free_port()) for state in self.folders}
        """Of each: that of its endpoint, and that of its officers' door."""

        for (state, home), database in zip(self.folders.items(), databases, strict=True):
            peer_port, api_port = map(str, self.ports[state])
            run_longbien(
                "init", str(home), "--state", state, "--exercise", "--database", database,
                "--peer-port", peer_port, "--api-port", api_port,
            )  # fmt: skip
        for state, other in (("IL", "VN"), ("VN", "IL")):
            self._introduce(folder, state, other)
        self.actors = {
            (state, role): Actor(role, home, folder / f"{state}-{role}.log")
            for state, home in self.folders.items()
            for role in ROLES
        }

    def _introduce(self, folder: Path, state: str, other: str) -> None:
        entry = folder / f"{other}.entry"
        home = str(self.folders[other])
        run_longbien("directory", "export", home, "--out", str(entry))
        shown = json.loads(run_longbien("directory", "fingerprint", home, "--json"))
        run_longbien(
            "directory", "import", str(self.folders[state]), str(entry),
            "--fingerprint", shown["fingerprint"],
        )  # fmt: skip
        entry.unlink()

    @contextmanager
    def running(self) -> Iterator[Node]:
        """Start every process; give the asking node, opened here as a door opens it."""
        for actor in self.actors.values():
            actor.start()
        with ExitStack() as stack:
            for actor in self.actors.values():
                stack.callback(actor.stop)
                actor.wait_ready()
            yield stack.enter_context(open_node(self.folders["IL"]))

    def cores(self) -> dict[str, float]:
        """Return the core-seconds that each process has used."""
        ticks = os.sysconf("SC_CLK_TCK")
        found = {}
        for (state, role), actor in self.actors.items():
            fields = Path(f"/proc/{actor.pid}/stat").read_text().rpartition(")")[2].split()
            found[f"{state} {role}"] = (int(fields[11]) + int(fields[12])) / ticks
        return found


class Receipts:
    """Watches the outbox of the asking node for receipts."""

    def __init__(self, node: Node) -> None:
        from longbien.node.store.models import Outbox  # noqa: PLC0415 - Django is set up now

        self._rows = Outbox.objects.using(node.store.keys.using)

    def count(self) -> int:
        """Return how many messages have their receipt."""
        return int(self._rows.exclude(receipt=b"").count())

    def wait_for(self, count: int) -> float:
        """Wait until so many have; return when that was seen."""
        while self.count() < count:
            time.sleep(0.025)
        return time.perf_counter()


def ask(node: Node, officer: Officer, peer: AuthorityId = ASKED) -> CaseId:
    """Ask for a preservation; durable and on its way when this returns."""
    case = CaseId.from_random(os.urandom(16))
    open_case(
        node.office,
        officer,
        commands.Ask(
            case_id=case,
            kind="preservation",
            peer=peer,
            contents=CONTENTS,
            legal_basis=("UNCC",),
        ),
    )
    return case


def single_commits(folder: Path, seconds: float = 2.0) -> float:
    """Return how many fsynced commits of one small row a bare SQLite file does in a second."""
    connection = sqlite3.connect(folder / "baseline.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB)")
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        connection.execute("INSERT INTO row (body) VALUES (?)", (os.urandom(512),))
        count += 1
    connection.close()
    return count / (time.perf_counter() - begun)


def flood(stage: Stage, node: Node, officer: Officer, messages: int) -> float:
    """Ask as quickly as it goes; print rate and cores; return the rate."""
    receipts = Receipts(node)
    before, cores, own = receipts.count(), stage.cores(), time.process_time()
    begun = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ask(node, officer), range(messages)))
    asked = time.perf_counter()
    ended = receipts.wait_for(before + messages)
    used = {name: one - cores[name] for name, one in stage.cores().items()}
    used["this program"] = time.process_time() - own
    rate = messages / (ended - begun)
    print(f"\n{messages} requests, 8 askers: asked at {messages / (asked - begun):.0f}/s, ", end="")
    print(f"receipted at {rate:.0f}/s")
    for name, one in used.items():
        print(f"  {name:14} {1000 * one / messages:6.2f} core-ms a message")
    print(f"  {'together':14} {1000 * sum(used.values()) / messages:6.2f} core-ms a message")
    return rate


def steady(node: Node, officer: Officer, *, rate: float, seconds: float) -> list[float]:
    """Ask at a steady rate and return how long each took until its receipt was kept, in ms."""
    from longbien.node.store.models import Outbox  # noqa: PLC0415 - Django is set up now

    asked: dict[str, float] = {}
    done: dict[str, float] = {}
    stop = threading.Event()

    def watch() -> None:
        rows = Outbox.objects.using(node.store.keys.using)
        while not stop.is_set() or len(done) < len(asked):
            open_ones = [case for case in list(asked) if case not in done]
            settled = rows.filter(thread__in=open_ones).exclude(receipt=b"")
            now = time.perf_counter()
            for case in settled.values_list("thread", flat=True):
                done.setdefault(case, now)
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            at = time.perf_counter()

            def one(at: float = at) -> None:
                asked[str(ask(node, officer))] = at

            pool.submit(one)
    stop.set()
    watcher.join()
    return sorted(1000 * (done[case] - at) for case, at in asked.items())


def main() -> int:
    """Run and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=1000)
    arguments.add_argument("--rate", type=float, default=50.0)
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument(
        "--database", nargs=2, metavar="URL", help="only with these: sqlite, or postgresql://..."
    )
    options = arguments.parse_args()
    return measure(options) if options.database else both()


def both() -> int:
    """Measure with each database, in a process of its own: Django is set up once in each."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from postgres_world import running_cluster  # noqa: PLC0415 - it sets Django up for tests

    def run(*databases: str) -> int:
        command = [sys.executable, __file__, *sys.argv[1:], "--database", *databases]
        return subprocess.run(command, check=False).returncode

    print("### SQLite\n", flush=True)
    failed = run("sqlite", "sqlite")
    print("\n### PostgreSQL\n", flush=True)
    with running_cluster() as cluster:
        return failed or run(*(cluster.url(cluster.new_database()) for _ in range(2)))


def measure(options: argparse.Namespace) -> int:
    """Measure with the databases that are named."""
    log_to_stderr()
    gc.set_threshold(100_000, 20, 50)  # as every process of the program does
    officer = Officer(
        id=OfficerId("dana"),
        authority=AuthorityId("IL/contact-point"),
        duties=frozenset({Duty.CASE_OFFICER, Duty.DUTY_OFFICER}),
    )
    with tempfile.TemporaryDirectory(prefix="longbien-bench.") as folder:
        stage = Stage(Path(folder), options.database)
        base = single_commits(Path(folder))
        print(f"bare SQLite, one row a commit, WAL and FULL: {base:.0f} commits/s")
        with stage.running() as node:
            flood(stage, node, officer, 50)  # warm: modules, connections, pages
            rate = flood(stage, node, officer, options.messages)
            print(f"  that is {rate / base:.3f} of the bare commits")
            taken = steady(node, officer, rate=options.rate, seconds=options.seconds)
        p50, p95, p99 = (taken[int(len(taken) * part)] for part in (0.5, 0.95, 0.99))
        print(f"\nat {options.rate:.0f}/s for {options.seconds:.0f} s: ", end="")
        print(f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, ", end="")
        print(f"mean {statistics.mean(taken):.0f} ms")
        for (state, role), actor in stage.actors.items():
            print(f"  {state} {role}: peak {actor.peak / 2**20:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
