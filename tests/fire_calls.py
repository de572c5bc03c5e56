"""The n-th call of a kind fails, for every n: done, or given up with a code; nothing lost.

strace lets the kernel's answer be an error, in real processes that do small pieces of work
(``fire_pieces``).  Whatever came of it, the next start must find all that was acknowledged, and
work.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from attrs import define, field, frozen

from fire_child import MUTE
from fire_pieces import PIECES
from fire_power import CHILD, child_environment, quick_folder
from longbien.primitives.errors import LongBienError

GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "write": ("write", "pwrite64", "ftruncate", "fallocate"),
    "fsync": ("fsync", "fdatasync", "syncfs"),
    "rename": ("rename", "renameat", "renameat2", "unlink", "unlinkat"),
    "open": ("openat", "mkdir", "mkdirat"),
}
ERRORS: Final[Mapping[str, Sequence[str]]] = {
    "write": ("EIO", "ENOSPC"),
    "fsync": ("EIO", "ENOSPC"),
    "rename": ("EIO", "ENOSPC"),
    "open": ("EIO", "ENOSPC", "EMFILE"),
}
_CALL = re.compile(r"(\d+) +(\w+)\(")


@define(kw_only=True)
class Sweep:
    """What came of it."""

    calls: "Counter[str]" = field(factory=Counter)
    """How many calls have failed, by their group."""

    violations: int = 0
    remarks: list[str] = field(factory=list)

    def blame(self, remark: str) -> None:
        """Note what was not as it should be."""
        self.violations += 1
        self.remarks.append(remark)


@frozen(kw_only=True)
class Server:
    """Forks the children."""

    asked: IO[str]
    told: IO[str]

    def run(self, what: str, folder: Path, told: Sequence[str]) -> tuple[int, list[str], str]:
        """Do a piece under strace; return its exit code, its words and the record."""
        self.asked.write(f"{what} {folder}\n")
        self.asked.flush()
        child = int(self.told.readline())
        trace = folder.with_name("trace")
        with subprocess.Popen(
            ["strace", "-f", "-y", "-o", trace, *told, "-p", str(child)],
            stderr=subprocess.PIPE,
            text=True,
        ) as watcher:
            assert watcher.stderr
            said = watcher.stderr.readline()
            assert "attached" in said, said
            os.kill(child, signal.SIGCONT)
            watcher.stderr.read()
        code = int(self.told.readline())
        words = Path(f"{folder}.said").read_text().splitlines()
        return code, words, trace.read_text()


@contextmanager
def serving() -> Iterator[Server]:
    """Run the server."""
    with subprocess.Popen(
        [sys.executable, str(CHILD), "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Server(asked=process.stdin, told=process.stdout)
        process.stdin.close()


def sweep(server: Server, what: str, *, groups: Sequence[str] = tuple(GROUPS)) -> Sweep:
    """Let each call of a piece of work fail, one run for each."""
    found = Sweep()
    with quick_folder() as folder:
        template = folder / "template"
        template.mkdir()
        PIECES[what].prepare(template)
        counts = _counted(server, what, template, folder / "calm")
        for group in groups:
            for name in GROUPS[group]:
                for error in ERRORS[group]:
                    for number in range(1, counts[name] + 1):
                        inject = f"{name}:error={error}:when={number}"
                        found.calls[group] += 1
                        _one(server, what, template, folder / "left", inject, found)
    return found


def _counted(server: Server, what: str, template: Path, where: Path) -> "Counter[str]":
    """Return how often a thread makes each call at most, when nothing fails."""
    shutil.copytree(template, where)
    names = ",".join(name for group in GROUPS.values() for name in group)
    code, words, trace = server.run(what, where, ["-e", f"trace={names}"])
    assert (code, words[-1]) == (0, "done"), words
    calls = (_CALL.match(line) for line in trace.splitlines())
    threads = Counter(call.groups() for call in calls if call)
    most: Counter[str] = Counter()
    for (_, name), count in threads.items():
        most[name] = max(most[name], count)
    return most


def _one(server: Server, what: str, template: Path, where: Path, inject: str, found: Sweep) -> None:
    shutil.copytree(template, where)
    name = inject.partition(":")[0]
    code, words, trace = server.run(what, where, ["-e", f"trace={name}", "-e", f"inject={inject}"])
    hit = [line for line in trace.splitlines() if "(INJECTED)" in line]
    told = f"{what}, {inject}, {hit[:1]}: {words[-1:]}"
    if code not in {0, MUTE}:
        found.blame(f"{told}: ended with {code}")
    elif code == 0 and words[-1].startswith("raised") and any(str(where) in one for one in hit):
        found.blame(f"{told}: no code")
    try:
        PIECES[what].check(where, frozenset(words))
    except (AssertionError, LongBienError, OSError) as error:
        found.blame(f"{told}: {words}: then {error!r}")
    shutil.rmtree(where, ignore_errors=True)
