"""A node with a long ledger is started: how long until it has accepted the first message.

    python bench/restart.py [--leaves 1000000] [--rounds 5] [--json]

From the start of the process (the program is loaded, the store opened and compared with its head,
the peer asked what it has seen) to an answer that stands on a commit: the endpoint takes another
State's request and signs its receipt; the officers' door takes a request.  Each round ends with
SIGKILL, so that the next one begins as after a power cut.
"""

import argparse
import json
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from longbien.adapters.api_client import ApiClient
from longbien.adapters.api_exchange import http_exchange
from longbien.adapters.peer_client import PeerClient
from longbien.casework.case import Duty, Officer
from longbien.channel.message import Lane
from longbien.node.commands._running import log_to_stderr
from longbien.node.demo.stage import Actor, run_longbien
from longbien.node.running import Node, open_node
from longbien.node.worker.posting import Poster
from longbien.primitives.canonical import parse_json
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import AuthorityId, OfficerId
from messages import CONTENTS, Stage, ask

IL, VN = AuthorityId("IL/contact-point"), AuthorityId("VN/contact-point")
EVENTS = 2000
LOOK = 0.005  # seconds
HUNDRED = 100


def fill(folder: Path, count: int) -> int:
    """Write entries into a node's ledger; return how many it holds."""
    with open_node(folder) as node:
        import store_world as world  # noqa: PLC0415 - Django is set up now, for this node

        number = 0
        while (left := count - node.store.ledger.size()) > 0:
            change = world.change(world.case_id(number), 0, events=min(left, EVENTS))
            node.store.journal.commit(change)
            number += 1
        return node.store.ledger.size()


def until(found: Callable[[], bool]) -> None:
    """Try again and again."""
    while not found():
        time.sleep(LOOK)


def is_heard(port: int) -> bool:
    """Tell whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def time_endpoint(home: Path, port: int, asking: Node) -> float:
    """Start the endpoint, and send it a request of another State as soon as it listens."""
    officer = Officer(
        id=OfficerId("linh"),
        authority=VN,
        duties=frozenset({Duty.CASE_OFFICER, Duty.DUTY_OFFICER}),
    )
    ask(asking, officer, IL)
    poster = Poster(office=asking.office, client=PeerClient(asking.network))
    now = asking.office.clock()
    (leased,) = asking.office.queue.lease_messages(
        now=now, until=now.plus(timedelta(minutes=5)), limit=1, lanes=frozenset(Lane)
    )
    actor = Actor("peer", home, home.with_name("peer.log"))
    begun = time.perf_counter()
    actor.start()
    until(lambda: is_heard(port))
    if not poster.post(leased):
        sys.exit("the request was not taken")
    took = time.perf_counter() - begun
    actor.kill()
    return took


def time_door(home: Path, port: int, token: str) -> float:
    """Start the officers' door, and ask through it as soon as it answers."""
    client = ApiClient(exchange=http_exchange(f"http://127.0.0.1:{port}"), token=token, attempts=1)

    def is_taken() -> bool:
        try:
            client.ask(kind="preservation", peer=VN, contents=dict(CONTENTS), legal_basis=["UNCC"])
        except Unavailable:
            return False
        return True

    actor = Actor("serve", home, home.with_name("serve.log"))
    begun = time.perf_counter()
    actor.start()
    until(is_taken)
    took = time.perf_counter() - begun
    actor.kill()
    until(lambda: not is_heard(port))  # the process behind it ends when it is alone
    return took


def token_of(home: Path) -> str:
    """Enter an officer."""
    who = ("officer", str(home), "add", "dana", "--authority", str(IL))
    run_longbien(*who, "--duty", "case-officer", "--duty", "duty-officer")
    issued = run_longbien("officer", str(home), "token", "dana", "--scope", "act", "--json")
    found = parse_json(issued.encode())
    return str(found["token"])


def main() -> int:
    """Fill, then start each process some times."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--leaves", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--json", action="store_true", help="one JSON document at the end")
    options = arguments.parse_args()
    words = sys.stderr if options.json else sys.stdout
    log_to_stderr()
    with tempfile.TemporaryDirectory(prefix="longbien-bench.") as name:
        stage = Stage(Path(name), ["sqlite", "sqlite"])
        home = stage.folders["IL"]
        token = token_of(home)
        leaves = fill(home, options.leaves)
        peer_port, api_port = stage.ports["IL"]
        head = "| from start to the first message | s |\n|---|---|"
        print(f"{leaves:,} entries\n\n{head}", file=words)
        everything: list[float] = []
        with open_node(stage.folders["VN"], using="vn") as asking:
            for what, one in (
                (
                    "another State's request has its signed receipt",
                    lambda: time_endpoint(home, peer_port, asking),
                ),
                ("an officer's request is taken", lambda: time_door(home, api_port, token)),
            ):
                took = [one() for _ in range(options.rounds)]
                median = statistics.median(took)
                spread = f"{median:.2f} ({min(took):.2f} to {max(took):.2f})"
                print(f"| {what} | {spread} |", flush=True, file=words)
                everything += took
    if options.json:
        print(json.dumps(told(leaves, everything)))
    return 0


def told(leaves: int, took: list[float]) -> dict[str, float]:
    """Return what all starts say; below a hundred of them the p99 is the slowest."""
    worst = statistics.quantiles(took, n=100)[-1] if len(took) >= HUNDRED else max(took)
    return {
        "leaves": leaves,
        "starts": len(took),
        "p50_s": statistics.median(took),
        "p99_s": worst,
    }


if __name__ == "__main__":
    sys.exit(main())
