"""Connections to other States' nodes, kept open between requests (port ``PeerNetwork``).

The server must show a certificate of the peer's directory entry before a single byte is sent
to it.  A connection that the other side has closed is noticed before it is used again; a
request is never sent twice by itself.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from attrs import frozen

from longbien.adapters.peer_budgets import MIB, PeerLimits
from longbien.adapters.peer_http import (
    AnswerHead,
    IncomingBody,
    RequestLine,
    answer_form,
    encode_request_head,
    read_answer_head,
)
from longbien.adapters.peer_line import Clock, Line, line_error
from longbien.adapters.peer_tls import Admission, OwnTls, PeerCertificate, client_context
from longbien.desk.network import PeerCall, PeerReply
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import StateCode

_TOGETHER: Final = 2**16  # bytes of a body that go out in one piece with the head
_SLICE: Final = 2**18  # bytes between two looks if the answer is there already
_SECONDS_MOST: Final = 3600.0


@frozen(kw_only=True)
class PeerEndpoint:
    """Where a State's node is reached and how it is known, from its directory entry."""

    state: StateCode
    addresses: tuple[tuple[str, int], ...]
    """Hosts and ports, the preferred one first."""

    certificates: tuple[PeerCertificate, ...]


@frozen(kw_only=True)
class CallLimits:
    """Limits of the side that asks.  Seconds, bytes, counts."""

    connect_seconds: float = 10.0
    """For each address: TCP and TLS together."""

    answer_seconds: float = 90.0
    """From the last byte sent to the first of the answer: the peer may be working."""

    answer_octets: int = MIB
    send_grace: float = 20.0
    send_rate: float = 16 * 1024
    """Bytes a second that a peer must take at least."""

    idle_seconds: float = 60.0
    """Shorter than the listener's, so that it is seldom the other side that closes."""

    idle_connections: int = 8
    """To one peer."""


@frozen(eq=False, kw_only=True)
class _Open:
    endpoint: PeerEndpoint
    tls: ssl.SSLSocket
    line: Line
    host: str
    used_at: float


class PeerConnections:
    """TLS connections to peers, used by any number of threads."""

    def __init__(
        self,
        *,
        own: OwnTls,
        find_endpoint: Callable[[StateCode], PeerEndpoint | None],
        limits: CallLimits | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._own, self._find_endpoint = own, find_endpoint
        self._limits, self._clock = limits or CallLimits(), clock
        self._heads = PeerLimits()
        self._lock = threading.Lock()
        self._idle: dict[StateCode, list[_Open]] = {}
        self._busy: set[ssl.SSLSocket] = set()
        self._is_over = False
        self._contexts: dict[StateCode, tuple[PeerEndpoint, ssl.SSLContext, Admission]] = {}

    def exchange(self, peer: StateCode, call: PeerCall, /) -> PeerReply:
        """Carry one request, once, and return the answer.

        Raises Refused ``peer.unknown``, ``peer.own-tls``; Unavailable ``peer.unreachable``,
        ``peer.not-the-peer``, ``peer.turned-away``, ``peer.slow``, ``peer.line-cut``; Malformed
        ``peer.answer-form``, ``peer.answer-size``.
        """
        endpoint = self._find_endpoint(peer)
        if endpoint is None:
            raise Refused("peer.unknown", "the directory has no node of {state}", state=peer)
        opened = self._take(endpoint) or self._connect(endpoint)
        keeps = False
        try:
            with self._waiting_on(opened.tls):
                reply, keeps = self._exchange(opened, call)
        finally:
            if keeps:
                self._give_back(opened)
            else:
                opened.tls.close()
        return reply

    def break_off(self) -> None:
        """End every request that is under way, and all later ones, with ``peer.line-cut``.

        A process that is told to stop need not wait for a peer that says nothing.
        """
        with self._lock:
            self._is_over = True
            for tls in self._busy:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(tls, socket.SHUT_RDWR)  # SSLSocket's own does less

    @contextmanager
    def _waiting_on(self, tls: ssl.SSLSocket) -> Iterator[None]:
        with self._lock:
            if self._is_over:
                raise line_error(ConnectionAbortedError("this process was told to stop"))
            self._busy.add(tls)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(tls)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            kept = [one for idle in self._idle.values() for one in idle]
            self._idle.clear()
        for one in kept:
            one.tls.close()

    # --- one request -----------------------------------------------------------------------------

    def _exchange(self, opened: _Open, call: PeerCall) -> tuple[PeerReply, bool]:
        line, limits = opened.line, self._limits
        is_whole = self._send(opened, call)
        head = read_answer_head(line, self._heads, until=self._clock() + limits.answer_seconds)
        if head.length > limits.answer_octets:
            raise answer_form()
        body = IncomingBody(line, head.length, self._heads).read()
        reply = PeerReply(
            status=head.status,
            media_type=head.fields.get("content-type", ""),
            body=body,
            retry_after=_retry_after(head),
        )
        return reply, is_whole and not head.closes and not line.pending

    def _send(self, opened: _Open, call: PeerCall) -> bool:
        """Send the request; False where the answer came before its end."""
        line, limits = opened.line, self._limits
        body = memoryview(call.body)
        until = self._clock() + limits.send_grace + len(body) / limits.send_rate
        head = encode_request_head(
            RequestLine(
                method=call.method,
                target=call.path,
                host=opened.host,
                length=len(body),
                media_type=call.media_type,
                lane=call.lane,
            )
        )
        if len(body) <= _TOGETHER:
            line.send(head + body, until)
            return True
        try:
            line.send(head, until)
            for start in range(0, len(body), _SLICE):
                if line.is_readable():
                    return False
                line.send(body[start : start + _SLICE], until)
        except Unavailable:
            if line.is_readable():  # a refusal may lie there, sent before the line was cut
                return False
            raise
        return True

    # --- connections -----------------------------------------------------------------------------

    def _take(self, endpoint: PeerEndpoint) -> _Open | None:
        """Return an idle connection that is still good."""
        while True:
            with self._lock:
                idle = self._idle.get(endpoint.state)
                if not idle:
                    return None
                found = idle.pop()
            is_fresh = self._clock() - found.used_at < self._limits.idle_seconds
            if is_fresh and found.endpoint == endpoint and not found.line.is_readable():
                return found
            found.tls.close()

    def _give_back(self, opened: _Open) -> None:
        kept = _Open(
            endpoint=opened.endpoint,
            tls=opened.tls,
            line=opened.line,
            host=opened.host,
            used_at=self._clock(),
        )
        with self._lock:
            idle = self._idle.setdefault(opened.endpoint.state, [])
            has_room = len(idle) < self._limits.idle_connections
            if has_room:
                idle.append(kept)
        if not has_room:
            opened.tls.close()

    def _connect(self, endpoint: PeerEndpoint) -> _Open:
        context, admission = self._context(endpoint)
        failure = Unavailable(
            "peer.unreachable",
            "no address of the node of {state} can be reached",
            retry=True,
            state=endpoint.state,
        )
        for host, port in endpoint.addresses:
            try:
                tls = self._shake_hands(context, host, port)
            except Unavailable as error:
                failure = error
                continue
            if admission.find(tls.getpeercert(binary_form=True)) == endpoint.state:
                return _Open(
                    endpoint=endpoint,
                    tls=tls,
                    line=Line(tls, self._clock),
                    host=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                    used_at=self._clock(),
                )
            tls.close()
            failure = _not_the_peer()
        raise failure

    def _shake_hands(self, context: ssl.SSLContext, host: str, port: int) -> ssl.SSLSocket:
        seconds = self._limits.connect_seconds
        until = self._clock() + seconds
        try:
            raw = socket.create_connection((host, port), timeout=seconds)
        except OSError as error:
            raise _unreachable(error) from None
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.settimeout(max(0.001, until - self._clock()))
            tls = context.wrap_socket(raw, do_handshake_on_connect=False)
            return self._handshake(tls)
        except ssl.SSLCertVerificationError:
            raise _not_the_peer() from None
        except OSError as error:
            raise line_error(error) from None
        finally:
            raw.close()  # after a handshake it is an empty shell

    def _handshake(self, tls: ssl.SSLSocket) -> ssl.SSLSocket:
        try:
            with self._waiting_on(tls):
                tls.do_handshake()
        except BaseException:
            tls.close()
            raise
        return tls

    def _context(self, endpoint: PeerEndpoint) -> tuple[ssl.SSLContext, Admission]:
        with self._lock:
            kept = self._contexts.get(endpoint.state)
        if kept is None or kept[0] != endpoint:
            admission = Admission(endpoint.certificates)
            kept = (endpoint, client_context(self._own, admission), admission)
            with self._lock:
                self._contexts[endpoint.state] = kept
        return kept[1], kept[2]


def _unreachable(error: OSError) -> Unavailable:
    return Unavailable(
        "peer.unreachable",
        "the other node cannot be reached: {why}",
        retry=True,
        why=error.strerror or str(error),
    )


def _not_the_peer() -> Unavailable:
    return Unavailable(
        "peer.not-the-peer",
        "what answers there has no certificate of the other State's directory entry",
        retry=True,
    )


def _retry_after(head: AnswerHead) -> float | None:
    text = head.fields.get("retry-after", "")
    return min(float(text), _SECONDS_MOST) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - no year has as many seconds
