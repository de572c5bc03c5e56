import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from longbien.node.demo.line import Line


class Echo(socketserver.ThreadingTCPServer):
    """A server that answers what it is told."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = int(self.server_address[1])
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def end(self) -> None:
        """Stop, and let go of everything."""
        self.shutdown()
        self.server_close()
        self.thread.join()


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.request.recv(1024):
                self.request.sendall(data)


@pytest.fixture
def line(socket_enabled: None) -> Iterator[Line]:
    """Give a line to a server that answers what it is told."""
    del socket_enabled
    echo = Echo()
    made = Line(echo.port)
    yield made
    made.close()
    echo.end()


def called(line: Line) -> socket.socket:
    """Return a connection over the line."""
    one = socket.create_connection(("127.0.0.1", line.port))
    one.settimeout(20)
    return one


def ended(one: socket.socket) -> bool:
    """Read until the end, or until the connection is broken."""
    with contextlib.suppress(ConnectionError):
        while one.recv(16):
            pass
    return True


def test_a_line_carries_both_ways(line: Line) -> None:
    """What goes in comes out at the other end, and is counted one way."""
    with called(line) as one:
        one.sendall(b"xin chao")

        assert one.recv(1024) == b"xin chao"
    assert line.carried == 8


def test_a_cut_line_breaks_what_stands_and_carries_again(line: Line) -> None:
    """Both ends see an end; a new connection works."""
    with called(line) as one:
        one.sendall(b"a")
        assert one.recv(1) == b"a"
        line.cut()
        assert ended(one)
    with called(line) as one:
        one.sendall(b"b")
        assert one.recv(1) == b"b"
    assert line.cuts == 1


def test_a_line_can_be_cut_after_so_many_bytes(line: Line) -> None:
    """The cut comes in the middle, once."""
    line.cut_after = 4
    with called(line) as one:
        one.sendall(b"abcd")
        assert ended(one)
    assert line.cuts == 1
    assert line.cut_after is None


def test_a_held_line_carries_nothing_until_it_is_released(line: Line) -> None:
    """Whoever waits for the hold can do something in the middle of a transfer."""
    line.hold_after = 1
    with called(line) as one:
        one.sendall(b"a")
        assert line.held.wait(20)
        one.sendall(b"b")
        line.release()

        assert one.recv(1) + one.recv(1) == b"ab"
