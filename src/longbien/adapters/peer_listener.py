"""The peer endpoint: a listener for other States' nodes alone, apart from the officers' one.

Before TLS, connections are counted by where they come from; after it, by the State whose
certificate they showed.  What goes beyond is left unanswered for a moment and then closed: a
flood costs an ``accept`` and waits, where an answer would let it run.  Each conversation has a
thread; their number is bounded.  ``start`` and ``stop`` belong to the door; so does the log,
which is fed through ``observe``.
"""

import ipaddress
import socket
import ssl
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from longbien.adapters.peer_budgets import Buckets, PeerBudgets, PeerLimits
from longbien.adapters.peer_conversation import Conversation, House, Served
from longbien.adapters.peer_gate import Gate
from longbien.adapters.peer_line import Clock, Line
from longbien.adapters.peer_routes import Route
from longbien.adapters.peer_tls import Admission, OwnTls, server_context
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode

_TURN: Final = 0.0005  # seconds; Python's own is ten times as long
_BACKLOG: Final = 256
_GLANCE: Final = 0.2  # seconds between two looks at those turned away
_LINGER: Final = 0.5  # seconds
_NO_DESCRIPTORS: Final = 0.1  # seconds to wait when nothing can be accepted


def prefer_short_turns() -> None:
    """Let threads of this process take turns often: for the endpoint's own process, at its start.

    A message then waits less for the threads of a peer that floods, and bulk loses little.
    """
    sys.setswitchinterval(_TURN)


class PeerListener:
    """Takes connections of admitted peers and answers their requests."""

    def __init__(
        self,
        *,
        own: OwnTls,
        admission: Admission,
        routes: tuple[Route, ...],
        host: str = "127.0.0.1",
        port: int = 0,
        limits: PeerLimits | None = None,
        clock: Clock = time.monotonic,
        observe: Callable[[Served], None] = lambda _: None,
    ) -> None:
        """Bind the address.  Raises Unavailable ``peer.address``; Refused ``peer.own-tls``."""
        self._limits = limits or PeerLimits()
        self._own = own
        self._tls = (server_context(own, admission), admission)
        self._house = House(
            routes=routes,
            limits=self._limits,
            clock=clock,
            gate=Gate(self._limits),
            budgets=PeerBudgets(self._limits),
            find_peer=self._find_peer,
            observe=observe,
        )
        self._counts = _Counts(self._limits, clock)
        self._lock = threading.Lock()
        self._open: set[_Line] = set()
        self._turned_away: deque[tuple[float, socket.socket]] = deque()
        self._acceptor = threading.Thread(target=self._accept, name="peer-acceptor", daemon=True)
        self._socket = _bound(host, port)
        self._port = int(self._socket.getsockname()[1])

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return self._port

    def admit(self, admission: Admission) -> None:
        """Take a new directory: for new connections, and for the next request on open ones.

        Raises Refused ``peer.own-tls``, and then nothing has changed.
        """
        self._tls = (server_context(self._own, admission), admission)

    def start(self) -> None:
        """Begin to take connections."""
        self._acceptor.start()

    def stop(self, *, within: float = 10.0) -> bool:
        """Take nothing more, finish what is being answered, close.

        Requests that are not done after so many seconds are cut.  Returns whether all was done.
        """
        until = time.monotonic() + within
        self._house.stopping.set()
        _shut_down(self._socket)
        if self._acceptor.is_alive():
            self._acceptor.join(within)
        self._socket.close()
        with self._lock:
            lines = tuple(self._open)
        for line in lines:
            if line.is_idle:
                line.cut()
        for line in lines:
            if line.thread is not None:
                line.thread.join(max(0.0, until - time.monotonic()))
        with self._lock:
            left = tuple(self._open)
        for line in left:
            line.cut()
        return not left

    # --- before TLS ------------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._house.stopping.is_set():
            self._let_go(everybody=False)
            try:
                one, address = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                self._house.stopping.wait(_NO_DESCRIPTORS)
                continue
            self._receive(one, _source(address[0]))
        self._let_go(everybody=True)

    def _receive(self, one: socket.socket, source: str) -> None:
        if self._counts.is_full:
            self._make_room()
        if not self._counts.begin(source):
            self._turned_away.append((self._house.clock(), one))
            self._note(None, "peer.over-budget")
            return
        line = _Line(one)
        line.thread = threading.Thread(
            target=self._talk, args=(line, source), name="peer-conversation", daemon=True
        )
        with self._lock:
            self._open.add(line)
        line.thread.start()

    def _make_room(self) -> None:
        """Cut the connection that has been idle for longest of the peer that has most.

        So the idle connections of some never keep the others out.
        """
        with self._lock:
            lines = [one for one in self._open if one.talk is not None]
        most = Counter(one.peer for one in lines)
        idle = [
            (-most[one.peer], since, number, one)
            for number, one in enumerate(lines)
            if one.talk is not None and (since := one.talk.idle_since) is not None
        ]
        if idle:
            min(idle)[-1].cut()

    def _let_go(self, *, everybody: bool) -> None:
        """Close those turned away long enough ago, or too many."""
        limits, now = self._limits, self._house.clock()
        while self._turned_away and (
            everybody
            or len(self._turned_away) > limits.turned_away
            or self._turned_away[0][0] + limits.turned_away_seconds <= now
        ):
            self._turned_away.popleft()[1].close()

    # --- a conversation --------------------------------------------------------------------------

    def _talk(self, line: "_Line", source: str) -> None:
        try:
            try:
                tls = self._shake_hands(line)
            finally:
                self._counts.shaken(source)
            if tls is not None:
                self._converse(line, tls)
        finally:
            with self._lock:
                self._open.discard(line)
            line.socket.close()

    def _shake_hands(self, line: "_Line") -> ssl.SSLSocket | None:
        context, _ = self._tls
        try:
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = context.wrap_socket(line.socket, server_side=True, do_handshake_on_connect=False)
            line.socket = tls
            tls.settimeout(self._limits.handshake_seconds)
            tls.do_handshake()
        except OSError:
            self._note(None, "peer.not-admitted")
            _linger(line.socket)
            return None
        return tls

    def _converse(self, line: "_Line", tls: ssl.SSLSocket) -> None:
        certificate = tls.getpeercert(binary_form=True) or b""
        peer = self._find_peer(certificate)
        if peer is None or not self._counts.enter(peer):
            self._note(peer, "peer.over-budget" if peer else "peer.not-admitted")
            self._house.stopping.wait(self._limits.turned_away_seconds)
            return
        try:
            line.peer = peer
            line.talk = Conversation(self._house, Line(tls, self._house.clock), certificate)
            line.talk.run()
        finally:
            self._counts.leave(peer)

    def _find_peer(self, certificate: bytes) -> StateCode | None:
        return self._tls[1].find(certificate)

    def _note(self, peer: StateCode | None, code: str) -> None:
        self._house.observe(Served(peer=peer, route="", traffic=None, status=0, code=code))


class _Line:
    """A connection: its socket, which TLS replaces, and what is said on it."""

    def __init__(self, one: socket.socket) -> None:
        self.socket = one
        self.thread: threading.Thread | None = None
        self.peer: StateCode | None = None
        self.talk: Conversation | None = None

    @property
    def is_idle(self) -> bool:
        """Tell whether it may be cut without cutting off an answer."""
        return self.talk is None or self.talk.idle_since is not None

    def cut(self) -> None:
        """Wake whoever waits on it, from another thread."""
        _shut_down(self.socket)


class _Counts:
    """How many connections there are, by source before TLS and by peer after it."""

    def __init__(self, limits: PeerLimits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._shaking: Counter[str] = Counter()
        self._peers: Counter[StateCode] = Counter()
        self._sources: Buckets[str] = Buckets(limits.handshake_rate)
        self._arrivals: Buckets[StateCode] = Buckets(limits.connection_rate)

    @property
    def is_full(self) -> bool:
        """Tell whether there are as many connections as there may be."""
        with self._lock:
            return self._all() >= self._limits.connections

    def _all(self) -> int:
        return self._shaking.total() + self._peers.total()

    def begin(self, source: str) -> bool:
        """Tell whether a handshake may begin, and count it."""
        limits = self._limits
        with self._lock:
            may = (
                self._shaking.total() < limits.handshakes
                and self._shaking[source] < limits.handshakes_per_source
                and self._all() < limits.connections
                and self._sources.reserve(source, now=self._clock())[0]
            )
            if may:
                self._shaking[source] += 1
            return may

    def shaken(self, source: str) -> None:
        """Count the end of a handshake."""
        with self._lock:
            self._shaking[source] -= 1
            if not self._shaking[source]:
                del self._shaking[source]

    def enter(self, peer: StateCode) -> bool:
        """Tell whether the peer may have one more connection, and count it."""
        with self._lock:
            may = (
                self._peers[peer] < self._limits.connections_per_peer
                and self._arrivals.reserve(peer, now=self._clock())[0]
            )
            if may:
                self._peers[peer] += 1
            return may

    def leave(self, peer: StateCode) -> None:
        """Count the end of a connection."""
        with self._lock:
            self._peers[peer] -= 1


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Unavailable(
            "peer.address",
            "the peer endpoint cannot listen on {host}, port {port}: {why}",
            host=host,
            port=port,
            why=error.strerror,
        ) from None
    made.settimeout(_GLANCE)
    return made


def _source(address: str) -> str:
    """Return whom to count a connection to: an IPv4 address, an IPv6 network of 64 bits."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.ip_address(int(found) >> 64 << 64)
    return str(found)


def _linger(one: socket.socket) -> None:
    """Let the TLS alert arrive: closing while bytes lie unread would destroy it on its way."""
    try:
        socket.socket.shutdown(one, socket.SHUT_WR)
        one.settimeout(_LINGER)
        for _ in range(4):
            if not socket.socket.recv(one, 2**14):  # what is encrypted stays so
                return
    except OSError:
        return


def _shut_down(one: socket.socket) -> None:
    try:
        # SSLSocket.shutdown would turn the connection into a plain one under its reader's feet
        socket.socket.shutdown(one, socket.SHUT_RDWR)
    except OSError:
        return
