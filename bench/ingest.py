"""How fast exhibits are taken in, beside the tools that an examiner would take.

    python bench/ingest.py [--mib 1024] [--files 0] [--rounds 3] [--folder DIR]

Ours reads once: file digest, chunk tree and copy come from the same blocks.  The peers are
``openssl dgst -sha256`` (which makes no tree) and then ``cp``; with ``--files N`` there are N
small files and the peers are ``openssl dgst`` over all of them and ``cp -r``.  A row says whether
the copy is on the disk at the end ("synced").  All runs are interleaved, each is a process of its
own, start included, and each writes new files.  Wall times are only good as ratios within one
run; core-seconds are user and system time of the process and its children.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

MIB = 2**20
SMALL = 1000  # bytes of one of many files
_PEER = "openssl dgst && cp"


class Run(NamedTuple):
    """What one process took."""

    wall: float
    cores: float
    peak: int


def main() -> int:
    """Run the table, or, in a child process, one job of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of the one file, MiB")
    parser.add_argument("--files", type=int, default=0, help="so many small files instead")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work, default: the temporary folder")
    parser.add_argument("--job", nargs=2, metavar=("SOURCE", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=2, help=argparse.SUPPRESS)
    parser.add_argument("--block", type=int, default=4, help="MiB of one read")
    parser.add_argument("--unsynced", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        _take_in(Path(options.job[0]), Path(options.job[1]), options)
        return 0
    # this process stays small: Linux counts its peak as the peak of what it starts
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _compare(Path(folder), options)
    return 0


def _take_in(source: Path, out: Path, options: argparse.Namespace) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a child's work

    from longbien.adapters import ingest  # noqa: PLC0415 - a child's work
    from longbien.adapters.survey import Rule  # noqa: PLC0415 - a child's work

    ingest.BLOCK = options.block * MIB
    if options.unsynced:
        ingest._settle = lambda *_: None  # noqa: SLF001 - to time what the peers do, no more
    survey = ingest.look_over(source, links=Rule.REFUSE, special=Rule.REFUSE)
    out.mkdir()
    if options.threads == 1:
        ingest.take_in(source, out, survey)
        return
    with ThreadPoolExecutor(options.threads - 1) as executor:
        ingest.take_in(source, out, survey, executor=executor)


def _compare(folder: Path, options: argparse.Namespace) -> None:
    source, out = folder / "in", folder / "out"
    size = _fill(source, options)
    ours = [sys.executable, __file__, "--job", str(source), str(out)]
    ours += ["--block", str(options.block)]
    hashing = f"find {source} -type f -exec openssl dgst -sha256 {{}} + > /dev/null"
    peer = f"{hashing} && cp -r {source} {out}"
    jobs = {
        _PEER: ["sh", "-c", peer],
        f"{_PEER}, synced": ["sh", "-c", f"{peer} && sync {out}/*"],
        "ours, 1 thread": [*ours, "--threads", "1", "--unsynced"],
        "ours, 2 threads": [*ours, "--unsynced"],
        "ours, 1 thread, synced": [*ours, "--threads", "1"],
        "ours, 2 threads, synced": ours,
    }
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(options.rounds):
        for name, command in jobs.items():
            if options.files and out.exists():
                # ext4 searches long for inodes that were not deleted just now: nothing is deleted
                out.rename(folder / f"old-{len(list(folder.iterdir()))}")
            shutil.rmtree(out, ignore_errors=True)
            os.sync()  # nobody pays for the dirty pages of the one before
            runs[name].append(_run(command))
    _report(runs, size=size, options=options)


def _fill(source: Path, options: argparse.Namespace) -> int:
    source.mkdir()
    if not options.files:
        block = os.urandom(MIB)
        with (source / "exhibit.dd").open("wb") as file:
            for _ in range(options.mib):
                file.write(block)
        return options.mib * MIB
    for number in range(options.files):
        parent = source / f"exhibit{number % 10}" / f"folder{number // 100}"
        parent.mkdir(parents=True, exist_ok=True)
        (parent / f"message {number}.eml").write_bytes(os.urandom(SMALL))
    return options.files * SMALL


def _run(command: list[str]) -> Run:
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        msg = f"{command} ended with {child.returncode}"
        raise SystemExit(msg)
    return Run(wall=wall, cores=used.ru_utime + used.ru_stime, peak=used.ru_maxrss * 1024)


def _report(runs: dict[str, list[Run]], *, size: int, options: argparse.Namespace) -> None:
    what = f"{options.files} files" if options.files else f"{size // MIB} MiB"
    print(f"{what}, {options.rounds} interleaved rounds, {os.cpu_count()} cores; median (best)\n")
    print("| job | wall s | throughput ratio | core-s/GB | peak MiB |")
    print("|---|---|---|---|---|")
    for name, taken in runs.items():
        base = runs[f"{_PEER}, synced" if "synced" in name else _PEER]
        wall = statistics.median(run.wall for run in taken)
        best = min(run.wall for run in taken)
        ratio = statistics.median(run.wall for run in base) / wall
        cores = min(run.cores for run in taken) / size * 1e9
        peak = max(run.peak for run in taken) / MIB
        print(f"| {name} | {wall:.2f} ({best:.2f}) | {ratio:.2f} | {cores:.2f} | {peak:.0f} |")


if __name__ == "__main__":
    raise SystemExit(main())
