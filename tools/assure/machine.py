"""On what and of what a figure was taken: nothing that names a computer, a person or a place."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen


@frozen(kw_only=True)
class Machine:
    """The machine, as far as a figure depends on it."""

    cpu: str
    cores: int
    memory_gib: float
    python: str
    kernel: str
    system: str


def this_machine() -> Machine:
    """Look at this machine."""
    return Machine(
        cpu=_line(Path("/proc/cpuinfo"), "model name", ":") or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, ndigits=1
        ),
        python=platform.python_version(),
        kernel=f"{platform.system()} {platform.release().partition('-')[0]}",
        system=_line(Path("/etc/os-release"), "PRETTY_NAME", "=").strip('"'),
    )


def _line(path: Path, name: str, separator: str) -> str:
    if not path.exists():
        return ""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip()
    return ""


def commit_of(repository: Path) -> str:
    """Return the commit, with ``+`` behind it where files were changed since; or ``unknown``.

    What the runs themselves write (results, the two reports) does not count as a change.
    """
    head = _git(repository, "rev-parse", "--short=12", "HEAD")
    if head is None:
        return "unknown"
    own = (":!assurance", ":!assurance.json", ":!ASSURANCE.md")
    changed = _git(repository, "status", "--porcelain", "--", ".", *own)
    return head + ("+" if changed else "")


def _git(repository: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=repository, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def today() -> str:
    """Return the date, UTC."""
    return datetime.now(UTC).date().isoformat()
