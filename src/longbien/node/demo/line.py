"""A line between two nodes that can be cut: what a digger does to a cable."""

import contextlib
import socket
import threading

from attrs import define, field

_PIECE = 2**16


@define
class Line:
    """Forwards connections from one loopback port to another, until it is cut."""

    target: int
    _listener: socket.socket = field(init=False)
    _open: set[socket.socket] = field(factory=set, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    carried: int = field(default=0, init=False)
    """Bytes towards the target so far."""

    cut_after: int | None = field(default=None, init=False)
    """Cut once when so many more bytes have passed."""

    cuts: int = field(default=0, init=False)
    hold_after: int | None = field(default=None, init=False)
    """Carry nothing more when so many bytes have passed, until ``release``."""

    held: threading.Event = field(factory=threading.Event, init=False)
    _free: threading.Event = field(factory=threading.Event, init=False)

    def __attrs_post_init__(self) -> None:
        """Take a free port and begin."""
        self._free.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="line", daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port at this end."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Break every connection that stands, without a word."""
        with self._lock:
            broken, self._open = self._open, set()
            self.cuts += 1
        for one in broken:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Carry again what was held."""
        self._free.set()

    def close(self) -> None:
        """End for good."""
        self.release()
        self._listener.close()
        self.cut()

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
            with self._lock:
                self._open |= {near, far}
            for source, sink, counts in ((near, far, True), (far, near, False)):
                threading.Thread(
                    target=self._carry, args=(source, sink, counts), daemon=True
                ).start()

    def _carry(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:  # noqa: FBT001 - one of two ends
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                self._free.wait()
                sink.sendall(data)
                if counts:
                    self._count(len(data))
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, sink}

    def _count(self, octets: int) -> None:
        with self._lock:
            self.carried += octets
            due = self.cut_after is not None and self.carried >= self.cut_after
            if due:
                self.cut_after = None
            if self.hold_after is not None and self.carried >= self.hold_after:
                self.hold_after = None
                self._free.clear()
                self.held.set()
        if due:
            self.cut()
