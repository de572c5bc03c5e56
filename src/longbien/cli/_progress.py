"""Progress of long work: how much, how fast, how long still.  Silent when nobody watches."""

import sys
import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self, TextIO

_EVERY = 0.2  # seconds between two lines: a person reads no faster
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_MINUTE = 60
_HOUR = 3600


def size_text(count: float) -> str:
    """Return a number of bytes as people read it: ``412.0 MiB``."""
    for unit in _UNITS[:-1]:
        if count < 1024:  # noqa: PLR2004 - KiB, MiB ... are steps of 1024
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {_UNITS[-1]}"


def span_text(seconds: float) -> str:
    """Return a time span as people read it: ``45 s``, ``3 min 05 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"


class Progress:
    """A line on stderr that is rewritten while work goes on; ``advance`` may come from any thread.

    Without a terminal on ``stream`` nothing is written at all.
    """

    def __init__(
        self,
        label: str,
        total: int,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._label, self._total, self._clock = label, total, clock
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._done = 0
        self._lock = threading.Lock()
        self._started = self._last = clock()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the line: what remains on the terminal is the result."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def advance(self, count: int) -> None:
        """Tell that ``count`` more bytes are done."""
        with self._lock:
            self._done += count
            now = self._clock()
            if self._shown and now - self._last >= _EVERY:
                self._last = now
                self._stream.write(f"\r\x1b[K{self.line(now)}")
                self._stream.flush()

    def line(self, now: float) -> str:
        """Return the line as it stands at ``now``, on the scale of the clock."""
        spent = max(now - self._started, 1e-9)
        rate = self._done / spent
        parts = [self._label, f"{size_text(self._done)} of {size_text(self._total)}"]
        if self._total:
            parts.append(f"{min(100, 100 * self._done // self._total)} %")
        parts.append(f"{size_text(rate)}/s")
        if rate and self._done < self._total:
            parts.append(f"{span_text((self._total - self._done) / rate)} left")
        return "  ".join(parts)
