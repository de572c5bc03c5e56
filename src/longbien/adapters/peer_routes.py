"""What can be asked of a node by its peers: paths, limits, and what the node must do for each.

The listener knows routes only; ``peer_routes`` makes those of ``spec/channel.md`` out of a
``PeerApplication``, which the node implements.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol

from attrs import field, frozen

from longbien.adapters.peer_budgets import MIB, Traffic
from longbien.adapters.peer_http import Body
from longbien.channel.message import Lane
from longbien.channel.transfer import MAX_PARTS_LIST, PART_SIZE
from longbien.primitives.digest import Octets
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode, TransferId
from longbien.trust.age.header import MAX_HEADER

MAX_SEALED: Final = MIB  # bytes of a sealed message: 256 KiB of content, signatures and gossip
MAX_WITNESS: Final = 2**16  # bytes of an add-checkpoint request: a note and 63 hashes at most
MAX_WINDOW: Final = 256  # bytes of a question about missing parts
JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
_TRANSFER: Final = r"/v1/transfers/(?P<transfer>[0-9a-f-]{36})"


@frozen(kw_only=True)
class PeerRequest:
    """A request of an admitted peer, before its body is read."""

    peer: StateCode
    """Whose certificate the connection was made with."""

    route: str
    arguments: Mapping[str, str]
    traffic: Traffic
    length: int
    """Bytes of the body."""


@frozen(kw_only=True)
class PeerAnswer:
    """What is answered: bytes, or pieces that make up ``length`` bytes."""

    status: HTTPStatus = HTTPStatus.OK
    media_type: str = JSON
    body: Octets = field(default=b"", repr=False)
    pieces: Iterable[Octets] | None = None
    length: int = 0


@frozen(kw_only=True)
class Route:
    """One method on one form of path."""

    name: str
    """For logs and counters: it says nothing about a case."""

    method: str
    path: re.Pattern[str]
    max_body: int

    traffic: Traffic | None = None
    """None where the request says it itself, in ``Longbien-Lane``."""

    streams: bool = False
    """The body is handed on as it comes.  Otherwise it is whole before the work begins."""

    admit: Callable[[PeerRequest], None] = lambda _: None
    """Refuses, before the body is read."""

    answer: Callable[[PeerRequest, Body], PeerAnswer]
    """Does the work.  Errors of the house become coded refusals; others end the connection."""


class UploadKind(StrEnum):
    """What is put: the list of parts, the sealed header, or one part."""

    LIST = "list"
    HEADER = "header"
    PART = "part"


@frozen(kw_only=True)
class Upload:
    """A piece of a transfer that a peer wants to put."""

    transfer: TransferId
    kind: UploadKind
    index: int
    """Of a part; 0 for the list and the header."""

    length: int


class PeerApplication(Protocol):
    """What a node does for its peers.  Called by many threads at once.

    Each method may raise Refused, Malformed, Unavailable and Integrity: the peer gets a problem
    document with the code, never with the facts.
    """

    def receive_message(self, peer: StateCode, lane: Lane, sealed: bytes, /) -> bytes:
        """Take a sealed message and return ``{"receipt": ..., "gossip": ...}``, once durable."""
        ...

    def missing_parts(self, peer: StateCode, transfer: TransferId, window: bytes, /) -> bytes:
        """Answer which parts of a transfer are missing, in the form of ``encode_missing``."""
        ...

    def admit_upload(self, peer: StateCode, upload: Upload, /) -> None:
        """Refuse what was not announced by this peer, has another size, or has no room."""
        ...

    def store_upload(self, peer: StateCode, upload: Upload, body: Body, /) -> None:
        """Read the body, check its digest and keep it; durable on return."""
        ...

    def cosign(self, peer: StateCode, request: bytes, /) -> PeerAnswer:
        """Answer a C2SP add-checkpoint request."""
        ...

    def is_ready(self) -> bool:
        """Tell whether messages are accepted at this moment."""
        ...

    def own_entry(self) -> bytes:
        """Return the node's own signed directory entry."""
        ...

    def seen_of(self, peer: StateCode, /) -> bytes:
        """Return the newest checkpoint of the peer's ledger that was recorded here, or nothing."""
        ...


def peer_routes(node: PeerApplication) -> tuple[Route, ...]:
    """Return the routes of ``spec/channel.md``, answered by the node."""
    return (
        Route(
            name="messages",
            method="POST",
            path=re.compile(r"/v1/messages"),
            max_body=MAX_SEALED,
            answer=lambda request, body: _message(node, request, body),
        ),
        Route(
            name="missing",
            method="POST",
            path=re.compile(_TRANSFER + "/missing"),
            traffic=Traffic.BULK,
            max_body=MAX_WINDOW,
            answer=lambda request, body: PeerAnswer(
                body=node.missing_parts(request.peer, _transfer(request), body.read())
            ),
        ),
        _upload(node, UploadKind.LIST, "/list", max_body=MAX_PARTS_LIST),
        _upload(node, UploadKind.HEADER, "/header", max_body=MAX_HEADER),
        _upload(node, UploadKind.PART, "/parts/(?P<index>0|[1-9][0-9]{0,6})", max_body=PART_SIZE),
        *_small_questions(node),
    )


def _small_questions(node: PeerApplication) -> tuple[Route, ...]:
    return (
        Route(
            name="witness",
            method="POST",
            path=re.compile(r"/v1/witness"),
            traffic=Traffic.ORDINARY,
            max_body=MAX_WITNESS,
            answer=lambda request, body: node.cosign(request.peer, body.read()),
        ),
        Route(
            name="ready",
            method="GET",
            path=re.compile(r"/v1/ready"),
            traffic=Traffic.ORDINARY,
            max_body=0,
            answer=lambda _request, _body: _ready(node),
        ),
        Route(
            name="entry",
            method="GET",
            path=re.compile(r"/v1/entry"),
            traffic=Traffic.ORDINARY,
            max_body=0,
            answer=lambda _request, _body: PeerAnswer(body=node.own_entry()),
        ),
        Route(
            name="seen",
            method="GET",
            path=re.compile(r"/v1/seen"),
            traffic=Traffic.ORDINARY,
            max_body=0,
            answer=lambda request, _body: _seen(node.seen_of(request.peer)),
        ),
    )


def _message(node: PeerApplication, request: PeerRequest, body: Body) -> PeerAnswer:
    lane = Lane(request.traffic.value)
    return PeerAnswer(body=node.receive_message(request.peer, lane, body.read()))


def _upload(node: PeerApplication, kind: UploadKind, ending: str, *, max_body: int) -> Route:
    def store(request: PeerRequest, body: Body) -> PeerAnswer:
        node.store_upload(request.peer, _upload_of(request, kind), body)
        return PeerAnswer(status=HTTPStatus.NO_CONTENT)

    return Route(
        name=kind.value,
        method="PUT",
        path=re.compile(_TRANSFER + ending),
        traffic=Traffic.BULK,
        max_body=max_body,
        streams=True,
        admit=lambda request: node.admit_upload(request.peer, _upload_of(request, kind)),
        answer=store,
    )


def _upload_of(request: PeerRequest, kind: UploadKind) -> Upload:
    return Upload(
        transfer=_transfer(request),
        kind=kind,
        index=int(request.arguments.get("index", "0")),
        length=request.length,
    )


def _transfer(request: PeerRequest) -> TransferId:
    return TransferId.parse(request.arguments["transfer"])


def _ready(node: PeerApplication) -> PeerAnswer:
    if node.is_ready():
        return PeerAnswer(body=b'{"ready":true}')
    return PeerAnswer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=b'{"ready":false}')


def _seen(note: bytes) -> PeerAnswer:
    if not note:
        return PeerAnswer(status=HTTPStatus.NO_CONTENT)
    return PeerAnswer(media_type=TEXT, body=note)


def require_route(
    routes: Iterable[Route], *, method: str, target: str
) -> tuple[Route, Mapping[str, str]]:
    """Return the route of a request and the arguments in its path.

    Raises Refused ``peer.no-such-path`` and ``peer.method``.
    """
    is_known = False
    for route in routes:
        found = route.path.fullmatch(target)
        if found is None:
            continue
        if route.method == method:
            return route, found.groupdict()
        is_known = True
    if is_known:
        raise Refused("peer.method", "this path is not asked with this method")
    raise Refused("peer.no-such-path", "there is nothing at this path")
