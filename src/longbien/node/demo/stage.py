"""The stage: folders, processes, what they say and how much memory they took."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from longbien.primitives.errors import Unavailable

PATIENCE: Final = 60.0  # seconds for a process to be ready, on a busy machine
_LOOK: Final = 0.02


@define(eq=False)
class Actor:
    """One process of a node: ``serve``, ``peer`` or ``worker``."""

    command: str
    folder: Path
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    peak: int = field(default=0, init=False)
    """The most memory that any process in this role took, bytes."""

    def start(self) -> None:
        """Start it; ``wait_ready`` tells when it works."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "longbien", self.command, str(self.folder)],
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self) -> dict[str, Any]:
        """Wait for its one line on stdout.  Raises Unavailable ``demo.process``."""
        process = self._running()
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise Unavailable(
                "demo.process",
                "longbien {command} {folder} did not start; see {log}",
                command=self.command,
                folder=self.folder,
                log=self.log,
            )
        ready: dict[str, Any] = json.loads(line)
        return ready

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        return self._running().pid

    def kill(self) -> None:
        """Kill it with SIGKILL, as a power cut would."""
        self.measure()
        process = self._running()
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        if self.process is None or self.process.poll() is not None:
            return
        self.measure()
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        if self.process.poll() is None:
            self.process.kill()

    def measure(self) -> None:
        """Note the most memory that it has taken."""
        with contextlib.suppress(OSError, ValueError):
            status = Path(f"/proc/{self.pid}/status").read_text()
            found = next(line for line in status.splitlines() if line.startswith("VmHWM"))
            self.peak = max(self.peak, int(found.split()[1]) * 1024)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.process is None:
            msg = "the process was not started"
            raise RuntimeError(msg)
        return self.process


def run_longbien(*arguments: str, expect: int = 0) -> str:
    """Run a command of this program and return what it printed.

    Raises Unavailable ``demo.command`` where it ends with another exit code.
    """
    done = subprocess.run(
        [sys.executable, "-m", "longbien", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != expect:
        raise Unavailable(
            "demo.command",
            "longbien {command} ended with {code}: {why}",
            command=" ".join(arguments),
            code=done.returncode,
            why=(done.stderr or done.stdout).strip()[-500:],
        )
    return done.stdout


def wait_for(what: str, found: Callable[[], Any], *, patience: float) -> Any:  # noqa: ANN401 - what is waited for
    """Look again and again until something is found.  Raises Unavailable ``demo.waited``."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        result = found()
        if result:
            return result
        time.sleep(_LOOK)
    raise Unavailable(
        "demo.waited",
        "waited {seconds} seconds for: {what}",
        seconds=round(patience),
        what=what,
    )


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    import socket  # noqa: PLC0415 - for one line

    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])
