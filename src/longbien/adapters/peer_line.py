"""A TLS connection to another node, on which every wait has an end."""

import re
import select
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, TypeAlias

from longbien.primitives.digest import Octets
from longbien.primitives.errors import Unavailable

Clock: TypeAlias = Callable[[], float]
"""Seconds that never go back."""

Surround: TypeAlias = Callable[[], AbstractContextManager[None]]
"""What is put around a wait."""

RECORD: Final = 2**14  # bytes: the largest TLS record, and so what one read can bring
_LEFTOVER: Final = 2**18  # bytes that are read of what nobody wants any more
# how OpenSSL names the alerts about our certificate, 42 to 46, 48 and 116 of RFC 8446, 6.2
_ALERT: Final = re.compile("ALERT_(?:.*CERTIFICATE|UNKNOWN_CA)")


class Line:
    """A TLS connection on which every wait has an end."""

    def __init__(self, tls: ssl.SSLSocket, clock: Clock) -> None:
        self._tls, self._clock = tls, clock
        self.pending = b""
        """What has been received and not yet been used."""

        self.is_broken = False
        """Nothing more can be received or sent."""

    def receive(self, until: float) -> bytes:
        """Return some bytes, none at the end.

        Raises Unavailable ``peer.slow`` and ``peer.line-cut``.
        """
        if self.pending:
            data, self.pending = self.pending, b""
            return data
        try:
            self._tls.settimeout(self._left(until))
            return self._tls.recv(RECORD)
        except OSError as error:
            raise self._broken(error) from None

    def receive_into(self, buffer: memoryview, until: float, waiting: Surround) -> int:
        """Put some bytes into the buffer and return how many, 0 at the end; as ``receive``.

        ``waiting`` surrounds each wait for bytes that are not there yet.
        """
        if self.pending:
            count = min(len(buffer), len(self.pending))
            buffer[:count] = self.pending[:count]
            self.pending = self.pending[count:]
            return count
        try:
            self._tls.settimeout(0)
            while True:
                try:
                    return self._tls.recv_into(buffer)
                except ssl.SSLWantReadError:
                    event = select.POLLIN
                except ssl.SSLWantWriteError:
                    event = select.POLLOUT
                with waiting():
                    self._wait(event, until)
        except OSError as error:
            raise self._broken(error) from None

    def _wait(self, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(self._tls, event)
        if not poll.poll(self._left(until) * 1000):
            raise TimeoutError

    def send(self, data: Octets, until: float) -> None:
        """Send all of it.  Raises Unavailable ``peer.slow`` and ``peer.line-cut``."""
        view = memoryview(data)
        try:
            while view:
                self._tls.settimeout(self._left(until))
                view = view[self._tls.send(view) :]
        except OSError as error:
            raise self._broken(error) from None

    def finish(self, until: float) -> None:
        """Say nothing more, and read on until the other side has got that, or until ``until``.

        Closing while bytes lie unread would destroy what was said on its way.
        """
        left = _LEFTOVER
        try:
            # SSLSocket.shutdown would turn this into a plain connection
            socket.socket.shutdown(self._tls, socket.SHUT_WR)
            while left > 0 and (data := self.receive(until)):
                left -= len(data)
        except (OSError, Unavailable):
            return

    def is_readable(self) -> bool:
        """Tell whether something came that nobody waits for yet: an answer, or the end."""
        poll = select.poll()
        poll.register(self._tls, select.POLLIN)
        return bool(self.pending or self._tls.pending() or poll.poll(0))

    def ended(self) -> Unavailable:
        """Return the error for an end in the middle of something."""
        return self._broken(ConnectionResetError("it ended too early"))

    def _left(self, until: float) -> float:
        left = until - self._clock()
        if left <= 0:
            raise TimeoutError
        return left

    def now(self) -> float:
        """Return the time by the connection's clock."""
        return self._clock()

    def _broken(self, error: OSError) -> Unavailable:
        self.is_broken = True
        return line_error(error)


def line_error(error: OSError) -> Unavailable:
    """Return the error for a connection that broke or took too long; all may be tried again."""
    if isinstance(error, TimeoutError):
        return Unavailable("peer.slow", "the other node is too slow", retry=True)
    reason = getattr(error, "reason", None)  # OpenSSL's; not every SSLError has one
    if reason is not None and _ALERT.search(reason):
        return Unavailable(
            "peer.turned-away",
            "the other node does not take our certificate: {why}",
            retry=True,
            why=reason,
        )
    return Unavailable(
        "peer.line-cut",
        "the connection to the other node broke: {why}",
        retry=True,
        why=reason or error.strerror or str(error),
    )
