"""A large exhibit from one State's node to another's, over a line that is cut ten times.

    python bench/transfer.py [--size 1G] [--cuts 10] [--folder DIR]

Two real nodes on loopback.  Told: the rate of each stage, bytes sent again, the peak memory of
every process; and beside it the usual pipeline on the same file in the same run: sha256sum, age,
curl over TLS 1.3 to a small sink, age -d, sha256sum -c.  Needs 3 times the size of free disk.
"""

import argparse
import hashlib
import http.server
import random
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

from longbien.adapters.api_client import ApiClient
from longbien.adapters.api_exchange import ApiCall
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.node.demo import story as story_module
from longbien.node.demo.line import Line
from longbien.node.demo.stage import wait_for
from longbien.node.demo.story import STORED_DATA, VN, Story, record
from longbien.primitives.ids import CaseId

MIB = 2**20
PIECE = 4 * MIB
UNITS = {"M": 2**20, "G": 2**30, "": 1}
CURL = ("curl", "--silent", "--show-error", "--fail", "--tlsv1.3")


class WeakLine(Line):
    """A line that is cut every so many bytes, so many times, once it was cut first."""

    step = 0
    most = 0

    def cut(self) -> None:
        """Break what stands, and again after the next bytes."""
        super().cut()
        if self.cuts < self.most:
            self.cut_after = self.carried + self.step


def main() -> int:
    """Run both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1G", help="of the exhibit, like 512M or 10G")
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--folder", type=Path, help="where there is room (default: temporary)")
    options = parser.parse_args()
    number, unit = re.fullmatch(r"(\d+)([MG]?)", options.size).groups()
    size = int(number) * UNITS[unit]
    with tempfile.TemporaryDirectory(prefix="lb-bench-", dir=options.folder) as name:
        folder = Path(name)
        exhibit = folder / "disk.img"
        _make(exhibit, size)
        ours = _ours(folder, exhibit, cuts=options.cuts)
        _make(exhibit, size)  # the same again: it was removed when the node had it
        theirs = _pipeline(folder, exhibit)
        _tell(ours, theirs, size)
    return 0


def _make(path: Path, size: int) -> None:
    # nothing in it can be compressed or left out; read once, so that neither side finds it cold
    source = random.Random(7)  # noqa: S311 - bytes for measuring
    with path.open("wb") as file:
        for start in range(0, size, PIECE):
            file.write(source.randbytes(min(PIECE, size - start)))


# --- two nodes ----------------------------------------------------------------------------------


def _ours(folder: Path, exhibit: Path, *, cuts: int) -> dict:
    size = exhibit.stat().st_size
    home = folder / "nodes"
    home.mkdir()
    story_module.Line = WeakLine
    story = Story(folder=home, mib=size // MIB)
    story._make_nodes()  # noqa: SLF001 - the demonstration's own stage
    line = story.line
    line.step, line.most = size // (cuts + 1), cuts
    story._start()  # noqa: SLF001 - as above
    try:
        return _hand_over(story, exhibit, size, cuts)
    finally:
        story.close()
        shutil.rmtree(home)


def _hand_over(story: Story, exhibit: Path, size: int, cuts: int) -> dict:
    il, vn = story.il.officers, story.vn.officers
    patience = 600 + size / MIB
    case = il["dana"].ask(kind="mla_stored_data", peer=VN, contents=STORED_DATA,
                          legal_basis=("UNCC",), safeguards=record()).case  # fmt: skip
    if il["dana"].summary(case).state == "drafted":
        il["noa"].act(case, "approve", proposal=1)
    wait_for("VN has it", lambda: _known(vn["linh"], case), patience=60)
    vn["linh"].acknowledge(case)
    vn["linh"].accept(case)
    wait_for("accepted", lambda: il["dana"].summary(case).state == "executing", patience=60)
    stages = Stages(story)
    vn["an"].upload_exhibit(case, "E1", exhibit)
    stages.end("take in")
    with exhibit.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    exhibit.unlink()
    carried = story.line.carried
    if cuts:
        story.line.cut_after = carried + size // (cuts + 1)
    stages.begin()
    limit = UseLimit(kind=UseLimitKind.SPECIALTY, text="Only for this measurement")
    package = vn["an"].propose_release(case, exhibits=("E1",), legal_basis=("UNCC",),
                                       safeguards=record(), use_limits=(limit,))  # fmt: skip
    vn["binh"].approve_release(case, package, reasons="Within the order")
    for stage, pick in (
        ("pack, sign, seal", lambda one: one["size"]),
        (f"send, {cuts} cuts", lambda one: one["has_arrived"]),
        ("verify", lambda one: one["verified"]),
    ):
        found = wait_for(stage, _moved(il["dana"], case, pick), patience=patience)
        stages.end(stage)
    if found["outcome"] != "passed":
        sys.exit(f"the package was not verified: {found}")
    inside = _digest_inside(il["noa"], f"cases/{case}/packages/{package}/export", size)
    stages.end("export, not counted")
    return {
        "stages": {name: took for name, took in stages.took.items() if "not counted" not in name},
        "cuts": story.line.cuts,
        "again": story.line.carried - carried - size,
        "is_equal": digest == inside,
        "peaks": stages.peaks,
    }


class Stages:
    """How long each stage took, and the most memory that each process had in it."""

    def __init__(self, story: Story) -> None:
        self._actors = {
            f"{side.state} {role}": actor
            for side in (story.il, story.vn)
            for role, actor in side.actors.items()
        }
        self.took: dict[str, float] = {}
        self.peaks: dict[str, dict[str, int]] = {}
        self.begin()

    def begin(self) -> None:
        """Begin to count anew."""
        for actor in self._actors.values():
            Path(f"/proc/{actor.pid}/clear_refs").write_text("5")  # the peak, back to what it is
        self._begun = time.perf_counter()

    def end(self, stage: str) -> None:
        """Note what was since the beginning, and begin the next one."""
        self.took[stage] = time.perf_counter() - self._begun
        for name, actor in self._actors.items():
            actor.peak = 0
            actor.measure()
            self.peaks.setdefault(name, {})[stage] = actor.peak
        self.begin()


def _known(officer: ApiClient, case: CaseId) -> bool:
    return any(one.case == case for one in officer.list_cases())


def _moved(officer: ApiClient, case: CaseId, pick: Callable) -> Callable:
    def look() -> object:
        packages = officer.read_case(case, reason="bench").packages
        time.sleep(0.1)
        return next((found for one in packages if (found := pick(one))), None)

    return look


def _digest_inside(officer: ApiClient, path: str, size: int) -> bytes:
    """Return the digest of the one large file in an exported tar, which touches no disk."""
    headers = {
        "Authorization": f"Bearer {officer.token}",
        "Longbien-Reason": quote("the digest", safe=""),
    }
    asked = urlencode({"purpose": "request", "to": "court", "name": "a court"})
    call = ApiCall(method="GET", path=f"/api/v1/{path}?{asked}", headers=headers)
    with (
        officer.exchange(call) as reply,
        tarfile.open(fileobj=_Pieces(reply.pieces()), mode="r|") as tar,
    ):
        member = next(one for one in tar if one.size == size)
        digest = hashlib.sha256()
        file = tar.extractfile(member)
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.digest()


class _Pieces:
    """Pieces as a file that is read from its beginning to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        found = [self._rest]
        have = len(self._rest)
        while have < size and (piece := next(self._pieces, b"")):
            found.append(piece)
            have += len(piece)
        whole = b"".join(found)
        self._rest = whole[size:]
        return whole[:size]


# --- the usual pipeline -------------------------------------------------------------------------


class _Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    path_of = Path()

    def do_PUT(self) -> None:
        """Write what comes to a file."""
        left = int(self.headers["Content-Length"])
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        with self.path_of.open("wb") as file:
            while left:
                piece = self.rfile.read(min(left, MIB))
                file.write(piece)
                left -= len(piece)
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def handle_expect_100(self) -> bool:
        """Leave it to ``do_PUT``."""
        return True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _pipeline(folder: Path, exhibit: Path) -> dict[str, float]:
    run = lambda *words: subprocess.run(words, check=True, cwd=folder, capture_output=True)  # noqa: E731
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "tls.key", "-out", "tls.pem", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost")  # fmt: skip
    run("age-keygen", "-o", "age.key")
    recipient = run("age-keygen", "-y", "age.key").stdout.decode().strip()
    _Sink.path_of = folder / "arrived.age"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://localhost:{server.server_port}/x"
    stages = {
        "sha256sum": ("sh", "-c", f"sha256sum < {exhibit.name} | sed 's/-$/back.img/' > sums"),
        "age": ("age", "-r", recipient, "-o", "sent.age", exhibit.name),
        "curl": (*CURL, "--cacert", "tls.pem", "-T", "sent.age", url),
        "age -d": ("age", "-d", "-i", "age.key", "-o", "back.img", "arrived.age"),
        "sha256sum -c": ("sha256sum", "-c", "sums"),
    }
    took = {}
    for name, words in stages.items():
        begun = time.perf_counter()
        run(*words)
        took[name] = time.perf_counter() - begun
        if name == "curl":
            (folder / "sent.age").unlink()
    server.shutdown()
    server.server_close()
    return took


def _tell(ours: dict, theirs: dict[str, float], size: int) -> None:
    print(f"\n{size / MIB:.0f} MiB\n\n| stage | s | MiB/s |\n|---|---|---|")
    for title, stages in (("two nodes", ours["stages"]), ("the pipeline", theirs)):
        for name, took in stages.items():
            print(f"| {title}: {name} | {took:.2f} | {size / MIB / took:.0f} |")
        total = sum(stages.values())
        print(f"| **{title}, all** | {total:.2f} | {size / MIB / total:.0f} |")
    ratio = sum(ours["stages"].values()) / sum(theirs.values())
    print(f"\nall to the pipeline: {ratio:.2f}")
    print(f"cuts: {ours['cuts']}; sent again: {ours['again'] / MIB:.1f} MiB")
    print(f"digest equal: {'yes' if ours['is_equal'] else 'NO'}")
    stages = tuple(next(iter(ours["peaks"].values())))
    print(f"\n| peak memory, MiB | {' | '.join(stages)} |\n|---|{'---|' * len(stages)}")
    for name, peaks in ours["peaks"].items():
        print(f"| {name} | {' | '.join(f'{one / MIB:.0f}' for one in peaks.values())} |")


if __name__ == "__main__":
    sys.exit(main())
