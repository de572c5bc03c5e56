"""One connection of a peer, from its first request to its last: a thread of its own.

The order is fixed: who is it, what is asked, is it within its caps and its budget, may it (all
before the body is read), then the body, then the work at the gate, then the answer.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from attrs import evolve, field, frozen

from longbien.adapters.peer_budgets import (
    Granted,
    PeerBudgets,
    PeerLimits,
    Traffic,
)
from longbien.adapters.peer_gate import Gate
from longbien.adapters.peer_http import (
    Body,
    HeldBody,
    IncomingBody,
    RequestHead,
    encode_answer_head,
    read_request_head,
)
from longbien.adapters.peer_line import Clock, Line
from longbien.adapters.peer_problems import PROBLEM, encode_problem, retry_after, status_of
from longbien.adapters.peer_routes import PeerAnswer, PeerRequest, Route, require_route
from longbien.channel.message import Lane
from longbien.primitives.errors import LongBienError, Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode

_DISCARDED: Final = 2**16  # bytes of a refused body that are read to keep the connection
_FINAL: Final = frozenset({"peer.not-admitted", "peer.no-length"})
# a third of the share of the others, where both want the processor; with much less, a thread
# that holds Python's lock could be kept from giving it back
_BULK_NICENESS: Final = 5
_LINGER: Final = 1.0  # seconds for the peer to take a refusal before its connection is closed


@frozen(kw_only=True)
class Served:
    """What became of one request, or of a connection that came to none: codes and counts only."""

    peer: StateCode | None
    route: str
    traffic: Traffic | None
    status: int
    code: str = ""
    received: int = 0
    sent: int = 0
    seconds: float = 0.0


@frozen(kw_only=True)
class House:
    """What all conversations of one listener share."""

    routes: tuple[Route, ...]
    limits: PeerLimits
    clock: Clock
    gate: Gate
    budgets: PeerBudgets
    find_peer: Callable[[bytes], StateCode | None]
    observe: Callable[[Served], None]
    stopping: threading.Event = field(factory=threading.Event)
    lock: threading.Lock = field(factory=threading.Lock)


class Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, house: House, line: Line, certificate: bytes) -> None:
        self._house, self._line, self._certificate = house, line, certificate
        self._is_behind = self._has_begun = False
        self.idle_since: float | None = None
        """Since when it waits for a request, if it does: the listener may cut it here."""

    def run(self) -> None:
        """Serve until either side ends it.  What is not an error of the house leaves."""
        while not self._house.stopping.is_set():
            try:
                head = read_request_head(self._line, self._house.limits, idle=self._idle)
            except (Malformed, Refused) as error:
                self._turn_away(error)
                return
            except Unavailable as error:
                if self._has_begun:  # half a head; a connection that was only idle did no wrong
                    self._note(error, status=0)
                return
            if head is None or not self._serve(head):
                return

    @contextmanager
    def _idle(self) -> Iterator[None]:
        self.idle_since = self._house.clock()
        self._has_begun = False
        try:
            # whoever stops looks at idle_since after setting stopping: one of us sees the other
            if self._house.stopping.is_set():
                raise self._line.ended()
            yield
            self._has_begun = True
        finally:
            self.idle_since = None

    def _turn_away(self, error: LongBienError) -> None:
        answer = _problem(error)
        self._note(error, status=answer.status)
        if self._send(answer, retry=None, closes=True):
            self._line.finish(self._house.clock() + _LINGER)

    def _note(self, error: LongBienError, *, status: int) -> None:
        self._house.observe(
            Served(
                peer=self._house.find_peer(self._certificate),
                route="",
                traffic=None,
                status=status,
                code=error.code,
            )
        )

    def _serve(self, head: RequestHead) -> bool:
        """Answer one request; tell whether another may follow."""
        started = self._house.clock()
        body = IncomingBody(
            self._line, head.length, self._house.limits, before=lambda: self._continue(head)
        )
        peer = self._house.find_peer(self._certificate)
        served = Served(peer=peer, route="", traffic=None, status=0)
        retry = None
        try:
            request, route = self._admit(head, peer)
            served = evolve(served, route=route.name, traffic=request.traffic)
            answer = self._work(route, request, body)
        except LongBienError as error:
            answer, retry = _problem(error), retry_after(error)
            served = evolve(served, code=error.code)
        closes = self._must_close(head, body, served.code)
        is_sent = not self._line.is_broken and self._send(answer, retry=retry, closes=closes)
        self._house.observe(
            evolve(
                served,
                status=int(answer.status) if is_sent else 0,
                received=head.length - body.left,
                sent=len(answer.body) + answer.length if is_sent else 0,
                seconds=self._house.clock() - started,
            )
        )
        if not is_sent:
            return False
        if closes:
            self._line.finish(self._house.clock() + _LINGER)
            return False
        return self._discard(body)

    def _must_close(self, head: RequestHead, body: IncomingBody, code: str) -> bool:
        return (
            head.closes
            or code in _FINAL
            or self._house.stopping.is_set()
            or body.left > _DISCARDED
            # the peer may or may not send what it was not asked for
            or (head.expects_continue and body.is_untouched and body.left > 0)
        )

    # --- before the body -------------------------------------------------------------------------

    def _admit(self, head: RequestHead, peer: StateCode | None) -> tuple[PeerRequest, Route]:
        if peer is None:
            raise Refused("peer.not-admitted", "the directory does not know this certificate")
        try:
            route, arguments = require_route(
                self._house.routes, method=head.method, target=head.target
            )
            traffic = route.traffic or _lane(head)
            _require_length(route, head)
        except LongBienError:
            self._spend(peer, Traffic.ORDINARY, 0)  # what is refused costs us work, too
            raise
        self._spend(peer, traffic, head.length)
        request = PeerRequest(
            peer=peer,
            route=route.name,
            arguments=arguments,
            traffic=traffic,
            length=head.length,
        )
        return request, route

    def _spend(self, peer: StateCode, traffic: Traffic, octets: int) -> None:
        """Wait until the peer's budget allows the request: meanwhile nothing of it is read."""
        house = self._house
        with house.lock:
            verdict = house.budgets.reserve(peer, traffic, octets=octets, now=house.clock())
        if isinstance(verdict, Granted):
            if verdict.wait:
                house.stopping.wait(verdict.wait)
            return
        house.stopping.wait(min(house.limits.turned_away_seconds, verdict.retry_after))
        raise Unavailable(
            "peer.over-budget",
            "this State's node has used up its budget; try again later",
            retry=True,
            retry_after=verdict.retry_after,
        )

    def _continue(self, head: RequestHead) -> None:
        if head.expects_continue:
            until = self._house.clock() + self._house.limits.answer_seconds
            self._line.send(b"HTTP/1.1 100 Continue\r\n\r\n", until)

    # --- the work --------------------------------------------------------------------------------

    def _work(self, route: Route, request: PeerRequest, body: IncomingBody) -> PeerAnswer:
        place = _Place(self._house.gate, request)
        with place.held():
            route.admit(request)
            if route.streams:
                body.waiting = place.left
                self._step_back()
                return route.answer(request, body)
        held: Body = HeldBody(body.read())
        with place.held():
            return route.answer(request, held)

    def _step_back(self) -> None:
        """Let this thread come after those that serve messages: bulk has time."""
        if not self._is_behind:
            self._is_behind = True
            # Linux counts niceness by thread; it ends with the thread, and so with the connection
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BULK_NICENESS)

    # --- after it --------------------------------------------------------------------------------

    def _send(self, answer: PeerAnswer, *, retry: int | None, closes: bool) -> bool:
        pieces = answer.pieces
        head = encode_answer_head(
            answer.status,
            media_type=answer.media_type,
            length=len(answer.body) if pieces is None else answer.length,
            closes=closes,
            retry_after=retry,
        )
        try:
            self._put(head + answer.body)
            for piece in pieces or ():
                self._put(piece)
        except Unavailable:
            return False
        return True

    def _put(self, data: bytes | bytearray | memoryview) -> None:
        self._line.send(data, self._house.clock() + self._house.limits.answer_seconds)

    def _discard(self, body: IncomingBody) -> bool:
        try:
            body.read()
        except Unavailable:
            return False
        return True


class _Place:
    """A place at the gate that is given up while the work waits for the network."""

    def __init__(self, gate: Gate, request: PeerRequest) -> None:
        self._gate, self._peer, self._traffic = gate, request.peer, request.traffic
        self._is_held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def left(self) -> Iterator[None]:
        self._leave()
        yield
        self._enter()

    def _enter(self) -> None:
        self._gate.enter(self._peer, self._traffic)
        self._is_held = True

    def _leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._gate.leave(self._peer, self._traffic)


def _lane(head: RequestHead) -> Traffic:
    try:
        return Traffic.of(Lane(head.fields.get("longbien-lane", "")))
    except ValueError:
        raise Malformed("peer.lane", "a message names its lane in Longbien-Lane") from None


def _require_length(route: Route, head: RequestHead) -> None:
    if route.max_body and not head.has_length:
        raise Refused("peer.no-length", "a body needs Content-Length and nothing beside it")
    if head.length > route.max_body:
        raise Refused("peer.body-size", "the body is larger than this path takes")


def _problem(error: LongBienError) -> PeerAnswer:
    return PeerAnswer(status=status_of(error), media_type=PROBLEM, body=encode_problem(error))
