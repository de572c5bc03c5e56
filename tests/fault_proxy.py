"""A TCP proxy on this machine that does what networks do: delay, cut, fall silent, reset, repeat.

Each connection gets the next fault of the script, and when that has run out the standing one.
``hold`` lets nothing more through in one direction, or in both, until ``release``: a partition
under connections that stand.  Bytes are counted both ways, so a test can say how much was sent
again.
"""

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum

from attrs import frozen

PIECE = 2**14
WAYS = ("up", "down")


class Ending(StrEnum):
    """How a connection ends that has carried what it may."""

    CLOSE = "close"
    """Both directions end in good order."""

    RESET = "reset"
    """Both sides get RST, and what was on its way is lost."""

    SILENCE = "silence"
    """Half-open: nothing comes through any more, and nobody is told."""


@frozen(kw_only=True)
class Fault:
    """What one connection suffers.  Bytes and seconds."""

    refused: bool = False
    """It is reset before a single byte."""

    up: int | None = None
    """So many bytes reach the listener, then it ends."""

    down: int | None = None
    """So many bytes of the answers come back, then it ends."""

    ending: Ending = Ending.CLOSE
    delay: float = 0.0
    """Before each piece, in each direction."""

    rate: float | None = None
    """Bytes a second, in each direction."""

    stammers: int | None = None
    """The piece that reaches so many bytes towards the listener goes there twice."""

    doubled: bool = False
    """The listener gets all of it once more, on a second connection, when the first has ended."""


NONE = Fault()


class FaultProxy:
    """Stands between one client and one listener."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self.standing = NONE
        self._script: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._cut = threading.Event()
        self._passing = {way: threading.Event() for way in WAYS}
        self.release()
        self.up = self.down = self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Return where the client connects."""
        return int(self._listening.getsockname()[1])

    @property
    def target(self) -> int:
        """Return the port of the listener."""
        return self._target[1]

    def play(self, faults: Iterable[Fault]) -> None:
        """Give the next connections one fault each."""
        with self._lock:
            self._script.extend(faults)

    def cut(self) -> None:
        """Reset every connection that stands."""
        with self._lock:
            standing = tuple(self._open)
            cut, self._cut = self._cut, threading.Event()
        for one in standing:
            _reset(one)
        cut.set()

    def hold(self, *ways: str) -> None:
        """Carry nothing more ``up`` (to the listener) or ``down``; nobody is told."""
        for way in ways:
            self._passing[way].clear()

    def release(self) -> None:
        """Carry again, also what was held."""
        for passing in self._passing.values():
            passing.set()

    def close(self) -> None:
        """End everything."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        self.release()

    # --- one connection --------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                fault = self._script.popleft() if self._script else self.standing
            threading.Thread(target=self._carry, args=(client, fault), daemon=True).start()

    def _carry(self, client: socket.socket, fault: Fault) -> None:
        if fault.refused:
            _reset(client)
            return
        try:
            server = socket.create_connection(self._target)
        except OSError:
            _reset(client)
            return
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
            cut = self._cut
        said = bytearray()
        back = threading.Thread(
            target=self._pump, args=(server, client, fault, "down", cut, None), daemon=True
        )
        back.start()
        self._pump(client, server, fault, "up", cut, said if fault.doubled else None)
        back.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()
        if fault.doubled:
            self._repeat(bytes(said))

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        fault: Fault,
        way: str,
        cut: threading.Event,
        said: bytearray | None,
    ) -> None:
        left = getattr(fault, way)
        clean = fault.stammers if way == "up" else None
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                self._wait(fault, len(piece))
                self._passing[way].wait()
                if clean is not None:
                    clean -= len(piece)
                    if clean <= 0:
                        piece, clean = piece * 2, None
                passed = piece if left is None else piece[:left]
                sink.sendall(passed)
                with self._lock:
                    setattr(self, way, getattr(self, way) + len(passed))
                if said is not None:
                    said += passed
                if left is not None:
                    left -= len(passed)
                    if left <= 0:
                        self._end(source, sink, fault, cut)
                        return
            sink.shutdown(socket.SHUT_WR)

    def _wait(self, fault: Fault, count: int) -> None:
        seconds = fault.delay + (count / fault.rate if fault.rate else 0.0)
        if seconds:
            self._ended.wait(seconds)

    def _end(
        self, source: socket.socket, sink: socket.socket, fault: Fault, cut: threading.Event
    ) -> None:
        if fault.ending is Ending.SILENCE:
            cut.wait()  # the client's own patience ends it, or the test
        for one in (source, sink):
            if fault.ending is Ending.RESET:
                _reset(one)
            else:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _repeat(self, said: bytes) -> None:
        with contextlib.suppress(OSError), socket.create_connection(self._target) as again:
            again.sendall(said)
            again.shutdown(socket.SHUT_WR)
            while again.recv(PIECE):
                pass


def _reset(one: socket.socket) -> None:
    """End a connection with RST; wake who waits on it."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # wakes a reader; a descriptor that is closed under it would leave it waiting
        one.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        one.close()


@contextlib.contextmanager
def between(port: int) -> Iterator[FaultProxy]:
    """Run a proxy in front of a port of this machine."""
    made = FaultProxy(port)
    try:
        yield made
    finally:
        made.close()
