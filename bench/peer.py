"""How fast the peer endpoint is, and what a flood does to a good peer.

    python bench/peer.py [--mib 512] [--rounds 3] [--messages 3000] [--seconds 6]

Listener and clients are processes of their own on loopback; all share the machine's cores.
Bulk is compared with a bare ``ssl`` socket pair in the same shape (what Python's TLS allows at
all) and with curl as the sender.  Messages are answered by a node that does nothing: what is
measured is the overhead of the endpoint and its client.  In the flood a message costs the node
one millisecond of Python, and the figures are ratios to a quiet time of the same run.  The flooder
runs at a low priority, because a real one does not use the processors of the node.
"""

import argparse
import contextlib
import hashlib
import json
import os
import queue
import resource
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate

from longbien.adapters.peer_budgets import PeerLimits, Rate, Traffic
from longbien.adapters.peer_connections import PeerConnections, PeerEndpoint
from longbien.adapters.peer_http import Body
from longbien.adapters.peer_listener import PeerListener, prefer_short_turns
from longbien.adapters.peer_routes import PeerAnswer, Upload, peer_routes
from longbien.adapters.peer_tls import (
    Admission,
    OwnTls,
    issue_peer_certificate,
    parse_peer_certificate,
)
from longbien.channel.message import Lane
from longbien.channel.transfer import PART_SIZE
from longbien.desk.network import PeerCall
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import StateCode, TransferId
from longbien.primitives.instants import Instant
from longbien.trust.issuing import Name, Validity

MIB = 2**20
VN, IL, FR = StateCode("VN"), StateCode("IL"), StateCode("FR")
TRANSFER = TransferId("7d444840-9dc0-41d1-b245-5ffdce74fad2")
RECEIPT = bytes(6000)  # two signatures, a checkpoint and a proof have about so many bytes
OPEN = Rate(per_second=1e9, burst=1e12)


def main() -> int:
    """Print the tables, or, in a child process, do one job of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=512, help="bulk, MiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=6, help="of each part of the flood")
    parser.add_argument("--only", choices=["bulk", "messages", "flood"])
    parser.add_argument("--job", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        JOBS[options.job[0]](*options.job[1:])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for state in (VN, IL, FR):
            _identity(Path(folder), state)
        if options.only in (None, "bulk"):
            _bulk(folder, options.mib, options.rounds)
        if options.only in (None, "messages"):
            _messages(folder, options.messages, options.rounds)
        if options.only in (None, "flood"):
            _flood(folder, options.seconds, options.rounds)
    return 0


# --- who they are --------------------------------------------------------------------------------


def _identity(folder: Path, state: StateCode) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    start = Instant(datetime.now(UTC) - timedelta(days=1))
    made = issue_peer_certificate(
        key,
        name=Name(country=state.text, organisation="Bench", common_name="node", is_exercise=True),
        validity=Validity.of_days(start, 30),
        serial=1,
    )
    pem = load_der_x509_certificate(made.der).public_bytes(Encoding.PEM)
    (folder / f"{state}.pem").write_bytes(pem)
    (folder / f"{state}.der").write_bytes(made.der)
    (folder / f"{state}.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


def _own(folder: str, state: StateCode) -> OwnTls:
    return OwnTls(certificate=Path(folder, f"{state}.pem"), key=Path(folder, f"{state}.key"))


def _admission(folder: str, *states: StateCode) -> Admission:
    return Admission(
        parse_peer_certificate(Path(folder, f"{state}.der").read_bytes(), state=state)
        for state in states
    )


def _connections(folder: str, state: StateCode, port: str) -> PeerConnections:
    certificate = parse_peer_certificate(Path(folder, "VN.der").read_bytes(), state=VN)
    endpoint = PeerEndpoint(
        state=VN, addresses=(("127.0.0.1", int(port)),), certificates=(certificate,)
    )
    return PeerConnections(own=_own(folder, state), find_endpoint=lambda _: endpoint)


class Node:
    """A node that does as little as it is told."""

    def __init__(self, *, work: float, hashes: bool) -> None:
        self.work, self.hashes = work, hashes

    def receive_message(self, _peer: StateCode, _lane: Lane, _sealed: bytes) -> bytes:
        """Work for the given time."""
        until = time.thread_time() + self.work
        while time.thread_time() < until:
            pass
        return RECEIPT

    def missing_parts(self, _peer: StateCode, _transfer: TransferId, _window: bytes) -> bytes:
        """Say nothing."""
        return b"{}"

    def admit_upload(self, _peer: StateCode, _upload: Upload) -> None:
        """Admit."""

    def store_upload(self, _peer: StateCode, _upload: Upload, body: Body) -> None:
        """Read it, and hash it if wished."""
        digest = hashlib.sha256()
        for piece in body.pieces():
            if self.hashes:
                digest.update(piece)

    def cosign(self, _peer: StateCode, _request: bytes) -> PeerAnswer:
        """Decline."""
        return PeerAnswer(status=HTTPStatus.CONFLICT)

    def is_ready(self) -> bool:
        """Agree."""
        return True

    def own_entry(self) -> bytes:
        """Say nothing."""
        return b"{}"


# --- children ------------------------------------------------------------------------------------


def _listen(folder: str, limits: str, work: str, hashes: str) -> None:
    """Run a listener until told to stop; then say how much memory and time it took."""
    rates = dict.fromkeys(Traffic, OPEN)
    opened = PeerLimits(requests=rates, octets=rates, connection_rate=OPEN)
    listener = PeerListener(
        own=_own(folder, VN),
        admission=_admission(folder, IL, FR),
        routes=peer_routes(Node(work=float(work), hashes=hashes == "hash")),
        limits=opened if limits == "open" else PeerLimits(),
    )
    prefer_short_turns()
    listener.start()
    stop: queue.SimpleQueue[int] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, lambda number, _: stop.put(number))
    print(listener.port, flush=True)
    stop.get()
    listener.stop(within=5)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}))


def _listen_bare(folder: str) -> None:
    """Take bytes over TLS with the least that Python needs for it; answer each part."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(folder, "VN.pem"), Path(folder, "VN.key"))
    listening = socket.create_server(("127.0.0.1", 0))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(listening.getsockname()[1], flush=True)

    def take(one: socket.socket) -> None:
        tls = context.wrap_socket(one, server_side=True)
        buffer = memoryview(bytearray(2**18))
        while True:
            left = PART_SIZE
            while left:
                count = tls.recv_into(buffer[:left])
                if not count:
                    return
                left -= count
            tls.sendall(b"+")

    while True:
        one, _ = listening.accept()
        threading.Thread(target=take, args=(one,), daemon=True).start()


def _send_bare(_folder: str, port: str, count: str, connections: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    part = memoryview(os.urandom(PART_SIZE))

    def send(share: int) -> None:
        tls = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))))
        for _ in range(share):
            tls.sendall(part)
            tls.recv(1)

    _in_threads(send, int(count), int(connections))


def _send(folder: str, port: str, count: str, connections: str) -> None:
    network = _connections(folder, IL, port)
    part = os.urandom(PART_SIZE)

    def send(share: int) -> None:
        path = f"/v1/transfers/{TRANSFER}/parts/0"
        for _ in range(share):
            reply = network.exchange(VN, PeerCall(method="PUT", path=path, body=part))
            if reply.status != HTTPStatus.NO_CONTENT:
                raise SystemExit(reply)

    _in_threads(send, int(count), int(connections))


def _in_threads(work: Callable[[int], None], count: int, threads: int) -> None:
    started = time.perf_counter()
    running = [threading.Thread(target=work, args=(count // threads,)) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    print(json.dumps({"seconds": time.perf_counter() - started}))


def _ask(folder: str, port: str, count: str, threads: str, size: str) -> None:
    """Post messages as quickly as the answers come."""
    network = _connections(folder, IL, port)
    body = os.urandom(int(size))
    times: list[float] = []

    def ask(share: int) -> None:
        for _ in range(share):
            started = time.perf_counter()
            _post(network, body, Lane.ORDINARY)
            times.append(time.perf_counter() - started)

    _post(network, body, Lane.ORDINARY)
    started = time.perf_counter()
    running = [
        threading.Thread(target=ask, args=(int(count) // int(threads),))
        for _ in range(int(threads))
    ]
    for one in running:
        one.start()
    for one in running:
        one.join()
    print(json.dumps({"seconds": time.perf_counter() - started, "times": times}))


def _post(network: PeerConnections, body: bytes, lane: Lane) -> bool:
    call = PeerCall(method="POST", path="/v1/messages", body=body, lane=lane)
    return network.exchange(VN, call).status == HTTPStatus.OK


def _good(folder: str, port: str, seconds: str) -> None:
    """Post 40 messages a second, half of them urgent, and note how long each takes."""
    network = _connections(folder, IL, port)
    body, times, failed = os.urandom(8192), [], 0
    end = time.perf_counter() + float(seconds)
    turn = 0
    while (now := time.perf_counter()) < end:
        turn += 1
        try:
            fine = _post(network, body, Lane.URGENT if turn % 2 else Lane.ORDINARY)
        except LongBienError:
            fine = False
        failed += not fine
        times.append(time.perf_counter() - now)
        time.sleep(max(0.0, now + 1 / 40 - time.perf_counter()))
    print(json.dumps({"times": times, "failed": failed}))


def _flooder(folder: str, port: str, seconds: str, kind: str, connections: str) -> None:
    """Ask for as much as the listener gives, over many connections."""
    os.nice(15)  # a real flooder has a processor of its own
    end = time.perf_counter() + float(seconds)
    counts: list[int] = []

    def messages() -> None:
        network = _connections(folder, FR, port)
        body, done = os.urandom(8192), 0
        while time.perf_counter() < end:
            with contextlib.suppress(LongBienError):
                _post(network, body, Lane.ORDINARY if kind == "ordinary" else Lane.URGENT)
                done += 1
        counts.append(done)

    def bulk() -> None:
        network = _connections(folder, FR, port)
        part, path, done = os.urandom(PART_SIZE), f"/v1/transfers/{TRANSFER}/parts/0", 0
        while time.perf_counter() < end:
            with contextlib.suppress(LongBienError):
                network.exchange(VN, PeerCall(method="PUT", path=path, body=part))
                done += 1
        counts.append(done)

    def handshakes() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        done = 0
        while time.perf_counter() < end:
            with contextlib.suppress(OSError):
                one = socket.create_connection(
                    ("127.0.0.1", int(port)), timeout=5, source_address=("127.0.0.2", 0)
                )
                context.wrap_socket(one).recv(1)
            done += 1
        counts.append(done)

    work = {"bulk": bulk, "handshakes": handshakes}.get(kind, messages)
    running = [threading.Thread(target=work) for _ in range(int(connections))]
    for one in running:
        one.start()
    for one in running:
        one.join()
    print(json.dumps({"done": sum(counts)}))


# --- tables --------------------------------------------------------------------------------------


def _child(*job: object) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--job", *(str(word) for word in job)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextlib.contextmanager
def _listening(*job: object) -> Iterator[tuple[str, dict[str, float]]]:
    child = _child(*job)
    used: dict[str, float] = {}
    try:
        yield child.stdout.readline().strip(), used
    finally:
        child.terminate()
        out, _ = child.communicate(timeout=20)
        used.update(json.loads(out) if out.strip() else {})


def _result(*job: object) -> dict:
    out, _ = (child := _child(*job)).communicate()
    if child.returncode:
        raise SystemExit(child.returncode)
    return json.loads(out)


def _bulk(folder: str, mib: int, rounds: int) -> None:
    count = mib * MIB // PART_SIZE
    part = Path(folder, "part")
    part.write_bytes(os.urandom(PART_SIZE))
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        for connections in (1, 2, 4):
            with _listening("listen-bare", folder) as (port, _used):
                taken = _result("send-bare", folder, port, count, connections)["seconds"]
                rates.setdefault(f"bare ssl, {connections}", []).append(mib / taken)
            for hashes in ("", "hash"):
                with _listening("listen", folder, "open", "0", hashes or "no") as (port, used):
                    taken = _result("send", folder, port, count, connections)["seconds"]
                label = f"ours{' and sha256' if hashes else ''}, {connections}"
                rates.setdefault(label, []).append(mib / taken)
                rates.setdefault(f"memory {label}", []).append(used["mib"])
            if shutil.which("curl"):
                with _listening("listen", folder, "open", "0", "no") as (port, _used):
                    rates.setdefault(f"curl to ours, {connections}", []).append(
                        mib / _curl(folder, port, part, count, connections)
                    )
    print(f"\nbulk: {mib} MiB in parts of 8 MiB, median of {rounds}\n")
    print("| sender and receiver, connections | MiB/s | ratio to bare ssl | listener MiB |")
    print("|---|---|---|---|")
    for label in sorted(one for one in rates if not one.startswith("memory")):
        rate = statistics.median(rates[label])
        bare = statistics.median(rates[f"bare ssl, {label[-1]}"])
        memory = max(rates.get(f"memory {label}", [0]))
        print(f"| {label} | {rate:.0f} | {rate / bare:.2f} | {memory or 0:.0f} |")


def _curl(folder: str, port: str, part: Path, count: int, connections: int) -> float:
    url = f"https://127.0.0.1:{port}/v1/transfers/{TRANSFER}/parts/[1-{count // connections}]"
    command = [
        *("curl", "-s", "-f", "-k", "--tlsv1.3", "--curves", "P-256"),
        *("--cert", f"{folder}/IL.pem", "--key", f"{folder}/IL.key", "-H", "Expect:"),
        *("-T", str(part), url),
    ]
    started = time.perf_counter()
    running = [subprocess.Popen(command) for _ in range(connections)]
    for one in running:
        if one.wait():
            raise SystemExit(one.returncode)
    return time.perf_counter() - started


def _messages(folder: str, count: int, rounds: int) -> None:
    rows: dict[str, list[tuple[float, float, float, float]]] = {}
    for _ in range(rounds):
        for threads, size in ((1, 4096), (4, 4096), (4, 65536)):
            with _listening("listen", folder, "open", "0", "no") as (port, used):
                result = _result("ask", folder, port, count, threads, size)
            times = sorted(result["times"])
            rows.setdefault(f"{size // 1024} KiB, {threads} at a time", []).append(
                (
                    len(times) / result["seconds"],
                    _percentile(times, 50),
                    _percentile(times, 99),
                    used["cpu"] / len(times),
                )
            )
    print(f"\nmessages: {count}, the node does nothing, answer of 6 KB, median of {rounds}\n")
    print("| message | a second | p50 ms | p99 ms | listener CPU ms each |")
    print("|---|---|---|---|---|")
    for label, taken in rows.items():
        rate, p50, p99, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
        print(f"| {label} | {rate:.0f} | {p50 * 1e3:.2f} | {p99 * 1e3:.2f} | {cpu * 1e3:.2f} |")


def _flood(folder: str, seconds: float, rounds: int) -> None:
    kinds = (("ordinary", 64), ("urgent", 64), ("bulk", 16), ("handshakes", 64))
    print("\nflood: a good peer posts 40 messages of 8 KiB a second, each costs the node 1 ms;")
    print(f"each flood between quiet times of its own, median of {rounds}\n")
    print("| flood by another | p50 ms | p50 to quiet | p99 ms | p99 to quiet | failed | it got |")
    print("|---|---|---|---|---|---|---|")
    for flood in kinds:
        taken = []
        for _ in range(rounds):
            quiet = _flooded(folder, seconds, None)
            taken.append((_flooded(folder, seconds, flood), quiet))
        _row(f"{flood[0]}, {flood[1]} connections", taken)


def _flooded(folder: str, seconds: float, flood: tuple[str, int] | None) -> dict:
    with _listening("listen", folder, "default", "0.001", "hash") as (port, _used):
        other = _child("flood", folder, port, seconds + 8, *flood) if flood else None
        time.sleep(6 if flood else 0.5)  # what a flooder may take at once is used up by then
        result = _result("good", folder, port, seconds)
        if other:
            result["done"] = json.loads(other.communicate()[0])["done"]
    return result


def _row(label: str, taken: list[tuple[dict, dict]]) -> None:
    columns = []
    for flooded, quiet in taken:
        times, base = sorted(flooded["times"]), sorted(quiet["times"])
        p50, p99 = _percentile(times, 50), _percentile(times, 99)
        columns.append((p50, p50 / _percentile(base, 50), p99, p99 / _percentile(base, 99)))
    p50, to50, p99, to99 = (statistics.median(column) for column in zip(*columns, strict=True))
    failed = sum(flooded["failed"] for flooded, _ in taken)
    count = sum(len(flooded["times"]) for flooded, _ in taken)
    got = sum(flooded["done"] for flooded, _ in taken)
    print(
        f"| {label} | {p50 * 1e3:.1f} | {to50:.2f} | {p99 * 1e3:.1f} | {to99:.2f} |"
        f" {failed} of {count} | {got} |",
        flush=True,
    )


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


JOBS: dict[str, Callable[..., None]] = {
    "listen": _listen,
    "listen-bare": _listen_bare,
    "send-bare": _send_bare,
    "send": _send,
    "ask": _ask,
    "good": _good,
    "flood": _flooder,
}


if __name__ == "__main__":
    sys.exit(main())
