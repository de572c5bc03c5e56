"""What the long-running commands share: how they log, say that they are ready, and stop."""

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Self, TextIO, cast

import structlog

from longbien.primitives.canonical import encode_json


class _Stderr:
    """Whatever standard error is at the moment of a line: it may be another file by then."""

    def write(self, text: str) -> int:
        """Write to it."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush it."""
        sys.stderr.flush()


def log_to_stderr() -> None:
    """Write one JSON document a line to stderr: codes, ids, counts; never content."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )


class Signals:
    """SIGTERM and SIGINT ask the process to stop; what is begun is finished first."""

    def __init__(self) -> None:
        self.stopping = threading.Event()

    def __enter__(self) -> Self:
        """Listen from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Go back to what a second signal does by default."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def wait(self, seconds: float) -> bool:
        """Wait; tell if the process was asked to stop."""
        return self.stopping.wait(seconds)

    def ready(self, what: str, where: str) -> None:
        """Say on stdout, in one line, that work begins."""
        line = encode_json({"pid": os.getpid(), "ready": what, "where": where}).decode()
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
