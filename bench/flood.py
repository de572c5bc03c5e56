"""An urgent request while another State floods: how long until it stands on the far desk.

    python bench/flood.py [--rate 10] [--seconds 10] [--rounds 3] [--budget N] [--json]

Three nodes as they are run, with the budgets that they have out of the box and no proxy in front
of any: IL asks VN to preserve data, at a steady rate; MY floods VN's endpoint from 64 lines with
new requests, copies of old ones and bytes that are no message, as quickly as it is answered.
Quiet and flooded parts take turns, for the machine's speed drifts; the figure is the ratio of
the 99th percentiles over all parts of a kind.  From the moment in which IL's officer sends until
VN's list of cases has it, durable there.  The flooder runs at a low priority, because a real one
does not use the processors of the node.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import IO, cast

from longbien.adapters.peer_client import PeerClient
from longbien.casework.case import Duty, Officer
from longbien.channel.message import Lane
from longbien.desk.post import post
from longbien.node.commands._running import log_to_stderr
from longbien.node.demo.stage import free_port, run_longbien
from longbien.node.running import Node, open_node
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import AuthorityId, OfficerId, StateCode
from messages import ASKED, Stage, ask
from urgent import OFFICER, Desk, at_a_rate

VN = StateCode("VN")
LINES = 64
NEW = 100
"""New requests that the flooder has ready; each of them is posted again and again."""

NICENESS = 15
_BUDGET = "LONGBIEN_NODE_PEER_MESSAGES"  # the other benchmarks lift it


class ThreeStates(Stage):
    """IL and VN with their processes, and the folder of MY, which only floods."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ["sqlite", "sqlite"])
        self.folders["MY"] = folder / "my"
        ports = (str(free_port()), str(free_port()))
        run_longbien(
            "init", str(self.folders["MY"]), "--state", "MY", "--exercise",
            "--peer-port", ports[0], "--api-port", ports[1],
        )  # fmt: skip
        for state, other in (("MY", "VN"), ("VN", "MY")):
            self._introduce(folder, state, other)


# --- the flooder ----------------------------------------------------------------------------------


def frames_of(node: Node) -> list[bytes]:
    """Return requests to VN, sealed and ready."""
    officer = Officer(
        id=OfficerId("eve"),
        authority=AuthorityId("MY/contact-point"),
        duties=frozenset({Duty.CASE_OFFICER, Duty.DUTY_OFFICER}),
    )
    for _ in range(NEW):
        ask(node, officer, ASKED)
    now = node.office.clock()
    rows = node.office.queue.lease_messages(now=now, until=now, limit=NEW, lanes=frozenset(Lane))
    return [bytes(post(node.office, row.message).call.body) for row in rows]


def flood(folder: Path) -> None:
    """Flood while lines come on standard input: ``flood`` begins, ``rest`` ends, the end ends."""
    os.nice(NICENESS)
    counts: Counter[str] = Counter()
    flooding, ended = threading.Event(), threading.Event()
    with open_node(folder) as node:
        frames = frames_of(node)
        client = PeerClient(node.network)

        def go(number: int) -> None:
            turn = number
            while not ended.is_set():
                flooding.wait()
                turn += 1
                body = os.urandom(8192) if turn % 3 == 0 else frames[turn % NEW]
                try:
                    client.post_message(VN, body, lane=Lane.PRESERVATION)
                    counts["answered"] += 1
                except LongBienError as error:
                    counts[str(error.facts.get("peer_code") or error.code)] += 1

        threads = [threading.Thread(target=go, args=(one,), daemon=True) for one in range(LINES)]
        for one in threads:
            one.start()
        print("ready", flush=True)
        for line in sys.stdin:
            (flooding.set if line == "flood\n" else flooding.clear)()
        ended.set()
        print(json.dumps(counts), flush=True)
        os._exit(0)  # the lines are cut; nothing of them matters


class Flooder:
    """The flooder's process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--flooder", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told = cast("IO[str]", self._process.stdin)
        self._said = cast("IO[str]", self._process.stdout)
        self._said.readline()  # ready

    def say(self, word: str) -> None:
        """Let it begin or rest."""
        self._told.write(word + "\n")
        self._told.flush()

    def end(self) -> dict[str, int]:
        """End it; return how often it was answered, and how."""
        self._told.close()
        counts = json.loads(self._said.readline())
        self._process.wait()
        return dict(counts)


# --- measuring ------------------------------------------------------------------------------------


def part(asking: Node, far: Path, options: argparse.Namespace) -> list[float]:
    """Return how long each urgent request of one part took, ms."""
    desk = Desk(far)
    at_a_rate(asking, desk, rate=options.rate, seconds=options.seconds)
    desk.close()
    return desk.took


def percentile(taken: list[float], share: float) -> float:
    """Return a percentile."""
    return sorted(taken)[int(len(taken) * share)]


def measure(options: argparse.Namespace) -> tuple[list[float], list[float], dict[str, int]]:
    """Return what was taken in quiet, in the flood, and what the flooder got."""
    quiet: list[float] = []
    flooded: list[float] = []
    with tempfile.TemporaryDirectory(prefix="longbien-bench.") as name:
        stage = ThreeStates(Path(name))
        os.environ.pop(_BUDGET, None)
        if options.budget:
            os.environ[_BUDGET] = str(options.budget)
        with stage.running() as asking:
            for _ in range(20):  # warm: modules, connections, pages
                ask(asking, OFFICER)
            flooder = Flooder(stage.folders["MY"])
            for _ in range(options.rounds):
                quiet += part(asking, stage.folders["VN"], options)
                flooder.say("flood")
                time.sleep(1.0)  # its lines stand, and the work of its burst waits
                flooded += part(asking, stage.folders["VN"], options)
                flooder.say("rest")
                time.sleep(1.0)
            return quiet, flooded, flooder.end()


def main() -> int:
    """Run and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=float, default=10.0)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument(
        "--budget", type=int, help="messages a second of one State (default: as out of the box)"
    )
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--flooder", type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    log_to_stderr()
    if options.flooder:
        with contextlib.redirect_stderr(Path(os.devnull).open("w")):
            flood(options.flooder)
    quiet, flooded, got = measure(options)
    ratio = percentile(flooded, 0.99) / percentile(quiet, 0.99)
    if options.json:
        print(json.dumps({"flood_ratio": round(ratio, 2), "flooder": got}))
        return 0
    print("| urgent requests | asked | p50 ms | p99 ms | worst |\n|---|---|---|---|---|")
    for title, taken in (("in quiet", quiet), ("while another State floods", flooded)):
        p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
        print(f"| {title} | {len(taken)} | {p50:.0f} | {p99:.0f} | {max(taken):.0f} |")
    print(f"\np99 in the flood to p99 in quiet: {ratio:.2f}")
    print("the flooder got: " + ", ".join(f"{code} {n}" for code, n in sorted(got.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
