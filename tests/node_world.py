"""Nodes of States as real processes on this machine: made, started, killed, compared.

``Forker`` starts commands of this program quickly, ``Station`` is one State's node with its three
processes and its officers, ``Pair`` two of them that know each other.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Final, Protocol

from attrs import define, field, frozen

from longbien.adapters.api_client import ApiClient
from longbien.adapters.api_exchange import ApiCall, http_exchange
from longbien.adapters.failpoints import SWITCH, VARIABLE
from longbien.node.demo.stage import free_port, wait_for
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import AuthorityId

PATIENCE: Final = 240.0  # seconds: longer than any back-off; nothing is measured by it
ROLES: Final = ("serve", "peer", "worker")
OFFICERS: Final = ("first", "second")
DUTIES: Final = ("case-officer", "duty-officer", "authoriser", "evidence-custodian")
SCOPES: Final = ("read", "act", "ingest", "export")
ATTEMPTS: Final = 600
AWAY: Final = 2.0  # seconds
THERE: Final = 1.0
_LOOK: Final = 0.1  # seconds between two looks through the officers' door, which counts them
_DIED: Final = (
    -signal.SIGKILL,
    1,
)  # ``serve`` ends with 1 when the process that answers was killed


def until(what: str, found: Callable[[], Any]) -> Any:  # noqa: ANN401 - what is waited for
    """Look again and again until something is found; a test that waits in vain fails."""
    pause = threading.Event()

    def look() -> Any:  # noqa: ANN401 - as above
        result = found()
        return result or (pause.wait(_LOOK) or None)

    return wait_for(what, look, patience=PATIENCE)


class Way(Protocol):
    """What others reach a node over: it takes connections and carries them to the target."""

    @property
    def port(self) -> int:
        """Return the port at this end."""
        ...

    @property
    def target(self) -> int:
        """Return the port of the node."""
        ...


# --- processes ----------------------------------------------------------------------------------


@define(eq=False)
class Running:
    """A process that was started."""

    pid: int
    said: IO[bytes]
    """What it writes on its standard output."""

    _answer: IO[bytes]
    _code: int | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def wait(self) -> int:
        """Wait for its end; return its exit code, negative for a signal."""
        with self._lock:
            if self._code is None:
                self._code = int(self._answer.readline())
                self._answer.close()
            return self._code

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, so long at most; tell if it has come."""
        if self._code is not None:
            return True
        return bool(select.select([self._answer], [], [], seconds)[0])

    def signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                if number == signal.SIGKILL:  # with all that it started
                    os.killpg(self.pid, number)
                else:
                    os.kill(self.pid, number)


@define(eq=False)
class Forker:
    """Starts commands of this program as processes."""

    path: str
    _process: "subprocess.Popen[bytes]"

    def start(
        self, *arguments: str, log: IO[bytes], environ: dict[str, str] | None = None
    ) -> Running:
        """Start ``longbien <arguments>``; what it writes to stderr goes to ``log``."""
        reading, writing = os.pipe()
        asked = socket.socket(socket.AF_UNIX)
        with asked, os.fdopen(writing, "wb"):
            asked.connect(self.path)
            request = json.dumps({"arguments": arguments, "environ": environ or {}})
            socket.send_fds(asked, [request.encode()], [writing, log.fileno()])
            answer = asked.makefile("rb")
        return Running(int(answer.readline()), os.fdopen(reading, "rb"), answer)

    def run(self, *arguments: str, expect: int | None = 0) -> str:
        """Run a command to its end; return what it printed."""
        code, said, complaint = self.outcome(*arguments)
        assert expect is None or code == expect, (arguments, code, complaint, said)
        return said

    def outcome(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end; return its exit code, and what it wrote to either stream."""
        with Path(self.path).with_name(f"{threading.get_ident()}.stderr").open("w+b") as log:
            running = self.start(*arguments, log=log)
            with running.said:
                said = running.said.read()
            code = running.wait()
            log.seek(0)
            return code, said.decode(), log.read().decode()

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        return self._process.pid

    def close(self) -> None:
        """End it, with all processes that it started."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def running_forker(folder: Path, *, before: Sequence[str] = ()) -> Iterator[Forker]:
    """Run one; ``folder`` has a short path, ``before`` is what the command begins with."""
    path = str(folder / "forker")
    process = subprocess.Popen(
        [*before, sys.executable, str(Path(__file__).with_name("node_forker.py")), path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # the tracer would cost a third more, and those who are killed tell it nothing
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    forker = Forker(path, process)
    try:
        yield forker
    finally:
        forker.close()
        process.stdout.close()


@define(kw_only=True, eq=False)
class Role:
    """One of a node's processes: ``serve``, ``peer`` or ``worker``."""

    command: str
    folder: Path
    forker: Forker
    options: tuple[str, ...] = ()
    running: Running | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Return where it complains."""
        return self.folder.with_name(f"{self.folder.name}-{self.command}.log")

    def start(self, *, failpoint: str = "") -> None:
        """Start it; ``failpoint`` is armed in it."""
        armed = {VARIABLE: failpoint, SWITCH: "yes"} if failpoint else {}
        with self.log.open("ab") as log:
            self.running = self.forker.start(
                self.command, str(self.folder), *self.options, log=log, environ=armed
            )

    def wait_ready(self) -> None:
        """Wait until it says that it works."""
        assert self.running
        assert self.running.said.readline(), self.log.read_text()[-2000:]

    def kill(self) -> None:
        """Kill it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.running is not None:
            self.running.signal(number)
            self.running.wait()
            self.running.said.close()
            self.running = None

    @contextmanager
    def dying(self, failpoint: str, lives: Sequence[int]) -> Iterator["Deaths"]:
        """Let it be killed at a failpoint in each of its lives, and start it again each time.

        ``lives`` says at which passing each life ends; then it begins anew with the first.
        """
        self.stop()
        deaths = Deaths()
        keeper = threading.Thread(target=self._keep, args=(failpoint, lives, deaths))
        keeper.start()
        try:
            yield deaths
        finally:
            deaths.enough.set()
            with deaths.lock:
                if self.running is not None:
                    self.running.signal(signal.SIGKILL)
            keeper.join()
            self.start()
            self.wait_ready()

    @contextmanager
    def absent(self, times: int = 3) -> Iterator[None]:
        """Let it be away some times, each time long enough that others try in vain."""
        enough = threading.Event()

        def come_and_go() -> None:
            for _ in range(times):
                self.stop()
                enough.wait(AWAY)
                self.start()
                self.wait_ready()
                enough.wait(THERE)

        keeper = threading.Thread(target=come_and_go)
        keeper.start()
        try:
            yield
        finally:
            keeper.join()

    def _keep(self, failpoint: str, lives: Sequence[int], deaths: "Deaths") -> None:
        life = 0
        while not deaths.enough.is_set():
            with deaths.lock:
                self.start(failpoint=f"{failpoint}:kill:{lives[life % len(lives)]}")
            life += 1
            assert self.running
            code = self.running.wait()
            self.running.said.close()
            if code in _DIED and not deaths.enough.is_set():
                deaths.count += 1
        self.running = None


@define(eq=False)
class Deaths:
    """How often a process was killed at its failpoint."""

    count: int = 0
    enough: threading.Event = field(factory=threading.Event)
    lock: threading.Lock = field(factory=threading.Lock)


# --- nodes --------------------------------------------------------------------------------------


class PatientClient(ApiClient):
    """An officer whose program asks again, also what it only reads, until the node answers."""

    def _get(self, path: str, *, reason: str = "") -> dict[str, Any]:
        for _ in range(self.attempts - 1):
            try:
                return super()._get(path, reason=reason)
            except Unavailable as error:
                if not error.retry:
                    raise
                self.pause(_LOOK)
        return super()._get(path, reason=reason)


def _pause(seconds: float) -> None:
    threading.Event().wait(min(seconds, _LOOK))


@define(kw_only=True, eq=False)
class Station:
    """One State's node: its folder, its processes, its officers."""

    code: str
    folder: Path
    api_port: int
    peer_port: int
    forker: Forker
    roles: dict[str, Role]
    tokens: dict[str, str] = field(factory=dict)

    @property
    def authority(self) -> AuthorityId:
        """Return the authority of all stories."""
        return AuthorityId(f"{self.code}/central-authority")

    def officer(self, name: str = "first") -> ApiClient:
        """Return an officer's way in; each thread takes one of its own."""
        exchange = http_exchange(f"http://127.0.0.1:{self.api_port}")
        return PatientClient(
            exchange=exchange, token=self.tokens[name], attempts=ATTEMPTS, pause=_pause
        )

    def start(self) -> None:
        """Start all processes, and wait until they work."""
        for role in self.roles.values():
            role.start()
        for role in self.roles.values():
            role.wait_ready()

    def stop(self) -> None:
        """Stop all processes."""
        for role in self.roles.values():
            role.stop()

    def status(self) -> dict[str, Any]:
        """Return what its operator is told."""
        found: dict[str, Any] = json.loads(
            self.forker.run("status", str(self.folder), "--json", expect=None)
        )
        return found

    def is_ready(self) -> bool:
        """Tell what ``GET /ready`` says."""
        exchange = http_exchange(f"http://127.0.0.1:{self.api_port}")
        with exchange(ApiCall(method="GET", path="/api/v1/ready", headers={})) as reply:
            return reply.status == HTTPStatus.OK

    def is_quiet(self) -> bool:
        """Tell whether nothing waits to be sent or done."""
        found = self.status()
        return not found["to_send"] and not found["chores"]

    def fsck(self) -> str:
        """Return what ``longbien fsck --vault`` finds, in one word."""
        found = self.forker.run("fsck", str(self.folder), "--vault", "--json", expect=None)
        outcome: str = json.loads(found)["outcome"]
        return outcome

    def enter_officers(self) -> None:
        """Enter two officers who may do everything."""
        folder = str(self.folder)
        duties = [word for one in DUTIES for word in ("--duty", one)]
        for name in OFFICERS:
            who = ("officer", folder, "add", name, "--authority", str(self.authority))
            self.forker.run(*who, *duties)
            self.tokens[name] = self.new_token(name)

    def new_token(self, name: str) -> str:
        """Give an officer one more token; each has a rate of its own."""
        scopes = [word for one in SCOPES for word in ("--scope", one)]
        issued = self.forker.run("officer", str(self.folder), "token", name, *scopes, "--json")
        token: str = json.loads(issued)["token"]
        return token


def make_station(
    forker: Forker,
    folder: Path,
    code: str,
    *,
    database: str = "sqlite",
    line: Way | None = None,
) -> Station:
    """Make a node; others reach it over ``line`` where one is given."""
    api_port, listen = free_port(), line.target if line else free_port()
    forker.run(
        *("init", str(folder), "--state", code, "--exercise", "--database", database),
        *("--peer-port", str(line.port if line else listen), "--listen", f"127.0.0.1:{listen}"),
        *("--api-port", str(api_port)),
    )
    options = {"worker": ("--lease", "1"), "serve": ("--threads", "8")}
    roles = {
        one: Role(command=one, folder=folder, forker=forker, options=options.get(one, ()))
        for one in ROLES
    }
    station = Station(
        code=code,
        folder=folder,
        api_port=api_port,
        peer_port=listen,
        forker=forker,
        roles=roles,
    )
    station.enter_officers()
    return station


def introduce(here: Station, there: Station) -> None:
    """Let ``here`` take in the entry of ``there``, its fingerprint compared."""
    file = str(Path(there.forker.path).with_name(f"{there.code}-{free_number()}.entry"))
    there.forker.run("directory", "export", str(there.folder), "--out", file)
    shown = there.forker.run("directory", "fingerprint", str(there.folder), "--json")
    heard = json.loads(shown)["fingerprint"]
    here.forker.run("directory", "import", str(here.folder), file, "--fingerprint", heard)


_numbers = iter(range(1, 10**9))


def free_number() -> int:
    """Return a number that was not returned before."""
    return next(_numbers)


@frozen(kw_only=True)
class Pair:
    """Two nodes that know each other: IL asks, VN answers."""

    il: Station
    vn: Station

    @property
    def stations(self) -> tuple[Station, Station]:
        """Return both."""
        return self.il, self.vn

    def quiet(self) -> None:
        """Wait until nothing waits to be sent or done on either side."""
        for _ in range(2):  # what one has done may give the other something to do
            for station in self.stations:
                until(f"{station.code} is quiet", station.is_quiet)

    def kill(self) -> None:
        """Kill both, whatever they are doing."""
        for station in self.stations:
            for role in station.roles.values():
                role.kill()


def make_pair(
    forker: Forker,
    folder: Path,
    *,
    databases: tuple[str, str] = ("sqlite", "sqlite"),
    line: Way | None = None,
    back: Way | None = None,
) -> Pair:
    """Make two nodes that know each other; nothing runs yet.

    ``line`` leads to IL, ``back`` to VN.
    """
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(
            make_station, forker, folder / "il", "IL", database=databases[0], line=line
        )
        second = pool.submit(
            make_station, forker, folder / "vn", "VN", database=databases[1], line=back
        )
        il, vn = first.result(), second.result()
    introduce(il, vn)
    introduce(vn, il)
    return Pair(il=il, vn=vn)


def start_all(stations: Iterable[Station]) -> None:
    """Start all processes of nodes at the same time."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Station.start, stations))
