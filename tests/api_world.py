"""Two States' real nodes in one process: the officers' door of each, and a line between them.

Nodes are made once a session and copied for each test.  ``Door`` asks the WSGI application of a
node as a case system does, without a socket; ``Pair.deliver`` is a worker's round on both sides.
"""

import io
import itertools
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import IOBase
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import define, field, frozen
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

import django_world  # noqa: F401 - the models need Django to be set up
from longbien.adapters.api_client import ApiClient
from longbien.adapters.api_exchange import ApiCall, Exchange, FileBody
from longbien.adapters.directory_files import DirectoryFolder
from longbien.adapters.keymaking import Workshop
from longbien.adapters.peer_client import PeerClient
from longbien.adapters.peer_http import HeldBody
from longbien.adapters.peer_problems import PROBLEM, encode_problem, status_of
from longbien.adapters.peer_routes import PeerRequest, Route, peer_routes
from longbien.casework.case import Duty, Officer
from longbien.channel.message import Lane
from longbien.desk.network import PeerCall, PeerReply
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.wire import parse_signed_entry
from longbien.exercise.safeguard_records import RECORD
from longbien.node.api.application import make_application
from longbien.node.making import Plan, make_node
from longbien.node.peer_door import PeerDoor
from longbien.node.running import Node, now, open_node
from longbien.node.store.officers import Officers, Scope
from longbien.node.worker.chores import Chores
from longbien.node.worker.posting import Poster
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import AuthorityId, OfficerId, StateCode
from longbien.primitives.instants import Instant

STATES = ("IL", "VN")
EVERYTHING = tuple(Scope)
ASK = {
    "verb": "ask",
    "kind": "preservation",
    "peer": "VN/contact-point",
    "contents": {"offence_and_facts": "a fraud, by mail"},
    "legal_basis": ["UNCC"],
}
NOBODY = "00000000-0000-4000-8000-000000000000"
"""A request that one officer may send alone."""

_aliases = itertools.count(1)


# --- nodes --------------------------------------------------------------------------------------


def make_nodes(folder: Path) -> Instant:
    """Make the nodes of all States, each with the entries of the others; return when."""
    made = now()
    entries = {code: _make(folder / code, code, made) for code in STATES}
    for code in STATES:
        for other, data in entries.items():
            if other != code:
                entry = parse_signed_entry(data).entry
                DirectoryFolder(folder / code / "directory").accept(
                    [data],
                    now=made,
                    state=StateCode(other),
                    confirmed=roots_fingerprint(entry),
                )
    return made


def _make(folder: Path, code: str, made: Instant) -> bytes:
    state = StateCode(code)
    plan = Plan(
        state=state,
        organisation=f"Exercise State {code}",
        authorities=(
            AuthorityId(f"{code}/central-authority"),
            AuthorityId(f"{code}/contact-point"),
        ),
        exercise=True,
        host="127.0.0.1",
        port=7420,
        api_listen="127.0.0.1:7421",
        peer_listen="127.0.0.1:7420",
    )
    make_node(folder, plan, workshop=Workshop(now=made, random_bytes=os.urandom))
    return DirectoryFolder(folder / "directory").book().history(state)[-1].data


@frozen(kw_only=True)
class Template:
    """Nodes that were made once."""

    folder: Path
    made: Instant


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def __call__(self) -> Instant:
        """Return the time."""
        return self.at

    def advance(self, **span: float) -> None:
        """Let time pass."""
        self.at = self.at.plus(timedelta(**span))


class Line:
    """Carries requests to the other nodes of this process (port ``PeerNetwork``)."""

    def __init__(self, sender: StateCode, doors: Mapping[StateCode, Sequence[Route]]) -> None:
        self._sender, self._doors = sender, doors

    def exchange(self, peer: StateCode, call: PeerCall, /) -> PeerReply:
        """Carry one request."""
        body = HeldBody(bytes(call.body))
        for route in self._doors[peer]:
            form = route.path.fullmatch(call.path)
            if form and route.method == call.method:
                try:
                    return self._answered(route, form.groupdict(), call, body)
                finally:
                    self._leave()
        raise AssertionError(call.path)

    @staticmethod
    def _leave() -> None:
        # a sender's own thread asked the other node's database; it may end at any time
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()

    def close(self) -> None:
        """Hang up."""

    def _answered(
        self, route: Route, arguments: dict[str, str], call: PeerCall, body: HeldBody
    ) -> PeerReply:
        request = PeerRequest(
            peer=self._sender,
            route=route.name,
            arguments=arguments,
            traffic=route.traffic or call.lane or Lane.ORDINARY,
            length=body.length,
        )
        try:
            route.admit(request)
            answer = route.answer(request, body)
        except LongBienError as error:
            return PeerReply(
                status=status_of(error), media_type=PROBLEM, body=encode_problem(error)
            )
        return PeerReply(
            status=answer.status, media_type=answer.media_type, body=bytes(answer.body)
        )


@define(kw_only=True)
class House:
    """One node with its officers' door."""

    node: Node
    clock: Callable[[], Instant]
    application: WSGIHandler
    alias: str
    seconds: "Seconds"

    @property
    def code(self) -> str:
        """Return the State's code."""
        return str(self.node.state)

    @property
    def contact_point(self) -> AuthorityId:
        """Return the authority of most stories."""
        return AuthorityId(f"{self.code}/contact-point")

    def door(
        self,
        name: str,
        *duties: Duty,
        authority: str = "contact-point",
        scopes: Sequence[Scope] = EVERYTHING,
    ) -> "Door":
        """Enter an officer and return the way in with a token of theirs."""
        officers = Officers.of(self.node.store)
        officer = Officer(
            id=OfficerId(name),
            authority=AuthorityId(f"{self.code}/{authority}"),
            duties=frozenset(duties or Duty),
        )
        officers.add(officer)
        issued = officers.issue(officer.id, scopes=scopes, days=30)
        return Door(application=self.application, token=issued.text)


class Seconds:
    """A monotonic clock for rates: a second a request, so that nobody is ever too quick."""

    def __init__(self) -> None:
        self.step, self.at = 1.0, 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        self.at += self.step
        return self.at


class Pair:
    """The nodes of a test."""

    lease = timedelta(minutes=5)

    def __init__(self, houses: Mapping[str, House]) -> None:
        self.houses = houses
        self.il, self.vn = houses["IL"], houses["VN"]

    def deliver(self, *, rounds: int = 30) -> None:
        """Let the workers of both do what is due, until there is nothing to do."""
        for _ in range(rounds):
            done = [self._work(house) for house in self.houses.values()]
            if not any(done):
                return
        msg = "the nodes do not come to rest"
        raise AssertionError(msg)

    def _work(self, house: House) -> int:
        office, client = house.node.office, PeerClient(house.node.network)
        at = house.clock()
        poster, chores = (
            Poster(office=office, client=client),
            Chores(node=house.node, client=client),
        )
        until = at.plus(self.lease)
        messages = office.queue.lease_messages(now=at, until=until, limit=20, lanes=frozenset(Lane))
        leased = office.queue.lease_chores(now=at, until=until, limit=20)
        done = [poster.post(one) for one in messages] + [chores.do(one) for one in leased]
        return len(done)


@contextmanager
def open_pair(template: Path, folder: Path, *, clock: Callable[[], Instant]) -> Iterator[Pair]:
    """Copy the nodes that were made, open them, join them by a line."""
    for code in STATES:
        shutil.copytree(template / code, folder / code)
    with join_pair(folder, clock=clock) as found:
        yield found


@contextmanager
def join_pair(
    folder: Path,
    *,
    clock: Callable[[], Instant],
    others: Mapping[str, Callable[[], Instant]] | None = None,
) -> Iterator[Pair]:
    """Open the nodes in a folder where they are, and join them by a line.

    ``others`` are the clocks of those nodes that have another one.
    """
    doors: dict[StateCode, Sequence[Route]] = {}
    with ExitStack() as stack:
        houses = {}
        for code in STATES:
            alias = f"api{next(_aliases)}"
            stack.callback(lambda alias=alias: connections[alias].close())
            own = (others or {}).get(code, clock)
            node = stack.enter_context(open_node(folder / code, clock=own, using=alias))
            node.network = Line(node.state, doors)
            door = PeerDoor(
                office=node.office,
                is_store_ready=lambda: True,
                own_export=lambda: b"",
            )
            doors[node.state] = tuple(peer_routes(door))
            seconds = Seconds()
            houses[code] = House(
                node=node,
                clock=own,
                application=make_application(node, monotonic=seconds),
                alias=alias,
                seconds=seconds,
            )
        yield Pair(houses)


# --- asking -------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:  # noqa: ANN401 - any document
        """Return the document."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Return the code of a problem."""
        return str(self.json["code"])


@frozen(kw_only=True)
class Door:
    """A case system of one officer."""

    application: WSGIHandler
    token: str = ""

    def get(self, path: str, *, reason: str = "", **headers: str) -> Answer:
        """Ask for something."""
        if reason:
            headers["Longbien-Reason"] = quote(reason, safe=" ")
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, told: object = None, *, key: str = "", **headers: str) -> Answer:
        """Change something; a key is drawn where none is given."""
        return self.ask(
            "POST",
            path,
            body=told if isinstance(told, bytes) else json.dumps(told or {}).encode(),
            headers={
                "Idempotency-Key": key or os.urandom(8).hex(),
                "Content-Type": "application/json",
                **headers,
            },
        )

    def act(self, case: str, verb: str, *, key: str = "", seen: str = "", **told: object) -> Answer:
        """Put a verb into effect."""
        headers = {"If-Match": seen} if seen else {}
        return self.post(f"/cases/{case}/acts/{verb}", told, key=key, **headers)

    def put(self, path: str, data: bytes, *, key: str = "", name: str = "x", **more: str) -> Answer:
        """Upload something."""
        headers = {
            "Idempotency-Key": key or os.urandom(8).hex(),
            "Content-Type": "application/octet-stream",
            "Longbien-Name": quote(name, safe=""),
            **more,
        }
        return self.ask("PUT", path, body=data, headers=headers)

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make one request."""
        given = dict(headers or {})
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        stream, length = io.BytesIO(body), str(len(body)) if body or method != "GET" else ""
        return request(
            self.application, method, f"/api/v1{path}", headers=given, stream=stream, length=length
        )

    def client(self) -> ApiClient:
        """Return the typed client of the same officer."""
        return ApiClient(
            exchange=wsgi_exchange(self.application), token=self.token, pause=lambda _: None
        )


def environ_of(
    method: str, target: str, *, headers: Mapping[str, str], stream: IOBase, length: str
) -> dict[str, Any]:
    """Return the WSGI environment of a request."""
    parts = urlsplit(target)
    found = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "7421",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:7421",
        "wsgi.input": stream,
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }
    if length:
        found["CONTENT_LENGTH"] = length
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        found[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return found


def begun(
    application: WSGIHandler, environ: dict[str, Any]
) -> tuple[int, dict[str, str], Iterator[bytes]]:
    """Begin a request; the body comes piece by piece."""
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _info: object = None) -> None:
        told.extend([int(status.split(maxsplit=1)[0]), dict(headers)])

    pieces = application(environ, start)

    def body() -> Iterator[bytes]:
        try:
            yield from pieces
        finally:
            close = getattr(pieces, "close", None)
            if close:
                close()

    return told[0], told[1], body()


def request(
    application: WSGIHandler,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str],
    stream: IOBase | None = None,
    length: str = "",
) -> Answer:
    """Make a request of a WSGI application."""
    environ = environ_of(
        method, target, headers=headers, stream=stream or io.BytesIO(), length=length
    )
    status, found, pieces = begun(application, environ)
    return Answer(status=status, headers=found, body=b"".join(map(bytes, pieces)))


class _Reply:
    def __init__(self, status: int, headers: dict[str, str], pieces: Iterator[bytes]) -> None:
        self.status, self._headers, self._pieces = status, headers, pieces

    def header(self, name: str, /) -> str:
        return self._headers.get(name, "")

    def read(self, limit: int, /) -> bytes:
        return b"".join(map(bytes, self._pieces))[:limit]

    def pieces(self) -> Iterator[bytes]:
        return self._pieces


class PieceStream(io.RawIOBase):
    """Bytes that come piece by piece, as from a socket."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def wsgi_exchange(application: WSGIHandler) -> Exchange:
    """Return an exchange of the typed client with an application in this process."""

    @contextmanager
    def exchange(call: ApiCall) -> Iterator[_Reply]:
        if isinstance(call.body, FileBody):
            stream, length = PieceStream(call.body.pieces()), str(call.body.size)
        else:
            stream, length = io.BytesIO(call.body), str(len(call.body)) if call.body else ""
        environ = environ_of(
            call.method, call.path, headers=call.headers, stream=stream, length=length
        )
        yield _Reply(*begun(application, environ))

    return exchange


def asked(pair: Pair) -> tuple[Door, str]:
    """Let IL ask VN; return IL's officer and the case."""
    dana = pair.il.door("dana")
    case = dana.post("/cases", ASK).json["case"]
    pair.deliver()
    return dana, case


def executing(pair: Pair) -> str:
    """Bring a request for stored data so far that VN carries it out; return the case."""
    dana, linh = pair.il.door("dana"), pair.vn.door("linh")
    case = dana.post("/cases", {**ASK, "kind": "mla_stored_data", "safeguards": RECORD}).json[
        "case"
    ]
    number = dana.get(f"/cases/{case}", reason="check").json["proposals"][0]["number"]
    pair.il.door("omar").act(case, "approve", proposal=number)
    pair.deliver()
    linh.act(case, "acknowledge")
    linh.act(case, "accept")
    pair.deliver()
    return str(case)
