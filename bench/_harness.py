"""What the programs share that time whole processes: one run, interleaved rounds, the table."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

MIB = 2**20


class Run(NamedTuple):
    """What one process took, its start and its children included."""

    wall: float
    """Seconds."""

    cores: float
    """Core-seconds, user and system."""

    peak: int
    """Largest resident set of one process, bytes; not below this program's own."""


def run(command: Sequence[str]) -> Run:
    """Run one process; it must succeed.  Byte code is written: an installed program has it."""
    shown = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=shown)
    _pid, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        msg = f"{command} ended with {child.returncode}"
        raise SystemExit(msg)
    return Run(wall=wall, cores=used.ru_utime + used.ru_stime, peak=used.ru_maxrss * 1024)


def interleave(
    jobs: Mapping[str, Sequence[str]], *, rounds: int, before: Callable[[], None]
) -> dict[str, list[Run]]:
    """Run all jobs in turn, so many times over; ``before`` each, outside of the clock."""
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, command in jobs.items():
            before()
            runs[name].append(run(command))
    return runs


def report(
    what: str, runs: Mapping[str, list[Run]], *, size: int, peer_of: Callable[[str], str]
) -> None:
    """Print a row a job; its ratio is taken round by round, for the machine's speed drifts."""
    rounds = max(map(len, runs.values()))
    print(f"{what}, {rounds} interleaved rounds, {os.cpu_count()} cores; median (least to most)\n")
    print("| job | wall s | GB/s | times the peer's speed | core-s/GB | peak MiB |")
    print("|---|---|---|---|---|---|")
    for name, taken in runs.items():
        walls = [one.wall for one in taken]
        peers = [one.wall for one in runs.get(peer_of(name), taken)]
        ratios = [peer / ours for peer, ours in zip(peers, walls, strict=True)]
        cores = statistics.median(one.cores for one in taken) / size * 1e9
        peak = max(one.peak for one in taken) / MIB
        rate = size / statistics.median(walls) / 1e9
        print(f"| {name} | {_spread(walls)} | {rate:.2f} | {_spread(ratios)} ", end="")
        print(f"| {cores:.2f} | {peak:.0f} |", flush=True)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def fill(path: Path, size: int) -> None:
    """Write so many random bytes, that no file system and no processor can shorten."""
    with path.open("wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, MIB)))
