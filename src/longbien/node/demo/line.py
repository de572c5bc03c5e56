"""A line between two nodes that can be cut: what a digger does to a cable."""

import contextlib
import socket
import threading

from attrs import define, field

_PIECE = 2**16


@define(eq=False)
class _Pair:
    """One connection: its near and its far end, closed when both directions have ended."""

    near: socket.socket
    far: socket.socket
    _ended: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def break_off(self) -> None:
        """Make both ends see an end."""
        for one in (self.near, self.far):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Note that one direction has ended; close with the second."""
        with self._lock:
            self._ended += 1
            is_last = self._ended == 2  # noqa: PLR2004 - there and back
        self.break_off()
        if is_last:
            self.near.close()
            self.far.close()


@define(eq=False)
class Line:
    """Forwards connections from one loopback port to another, until it is cut."""

    target: int
    _listener: socket.socket = field(init=False)
    _open: set[_Pair] = field(factory=set, init=False)
    _threads: list[threading.Thread] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    carried: int = field(default=0, init=False)
    """Bytes towards the target so far."""

    cut_after: int | None = field(default=None, init=False)
    """Cut once, when so many bytes have passed."""

    cuts: int = field(default=0, init=False)
    hold_after: int | None = field(default=None, init=False)
    """Carry nothing more when so many bytes have passed, until ``release``."""

    held: threading.Event = field(factory=threading.Event, init=False)
    _free: threading.Event = field(factory=threading.Event, init=False)

    def __attrs_post_init__(self) -> None:
        """Take a free port and begin."""
        self._free.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)

    @property
    def port(self) -> int:
        """Return the port at this end."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Break every connection that stands, without a word."""
        with self._lock:
            broken, self._open = self._open, set()
            self.cuts += 1
        for pair in broken:
            pair.break_off()

    def release(self) -> None:
        """Carry again what was held."""
        self._free.set()

    def close(self) -> None:
        """End for good."""
        self.release()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # any callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            pair = _Pair(near, far)
            with self._lock:
                self._open.add(pair)
            self._start(self._carry, pair, near, far)
            self._start(self._carry, pair, far, near)

    def _carry(self, pair: _Pair, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                self._free.wait()
                if source is pair.near:
                    self._count(len(data))
                sink.sendall(data)
        pair.end()
        with self._lock:
            self._open.discard(pair)

    def _count(self, octets: int) -> None:
        with self._lock:
            self.carried += octets
            is_cut = self.cut_after is not None and self.carried >= self.cut_after
            if is_cut:
                self.cut_after = None
            if self.hold_after is not None and self.carried >= self.hold_after:
                self.hold_after = None
                self._free.clear()
                self.held.set()
        if is_cut:
            self.cut()
