"""How fast a package is verified, beside ``bagit.py --validate``, and in how much memory.

    python bench/verify.py [--mib 1024] [--files 1] [--rounds 3] [--folder DIR]

One package is made (with an exercise set of keys) out of random bytes, or, with ``--sparse``,
out of holes; then verified in turn by ``longbien verify --quick`` and ``longbien verify``, with two
threads and with one, and by ``bagit.py --validate``.  Ours checks the manifests, the chunk tree of
every file, signatures, times and the ledger; the peer checks the manifests.  ``--quick`` hashes
each byte once, as the peer does; the full one twice.  Every run is a process of its own, start
included, byte code written; the cache is warm.  Wall times are only good as ratios within one run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

MIB = 2**20
LONGBIEN = (sys.executable, "-m", "longbien")
# bagit 1.8.1 asks pkg_resources for its own version, which warns that it will go away
BAGIT = (sys.executable, "-W", "ignore", str(Path(sys.executable).with_name("bagit.py")))
PEER = "bagit.py --validate"


class Run(NamedTuple):
    """What one process took."""

    wall: float
    cores: float
    peak: int


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of all files, MiB")
    parser.add_argument("--files", type=int, default=1, help="number of files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sparse", action="store_true", help="holes instead of random bytes")
    parser.add_argument("--ours-only", action="store_true", help="leave the peer out")
    parser.add_argument("--folder", type=Path, help="where to work, default: the temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bag, trust = make_package(Path(folder), options)
        compare(bag, trust, options)
    return 0


def make_package(folder: Path, options: argparse.Namespace) -> tuple[Path, Path]:
    """Pack the exhibits with an exercise set of keys; return the bag and the folder of trust."""
    source, keys = folder / "case", folder / "keys"
    source.mkdir()
    for number in range(options.files):
        with (source / f"exhibit-{number}.dd").open("wb") as file:
            size = options.mib * MIB // options.files
            if options.sparse:
                file.truncate(size)
            while not options.sparse and size > 0:
                size -= file.write(os.urandom(min(size, 8 * MIB)))
    run = [*LONGBIEN, "keys", "exercise", str(keys)]
    subprocess.run(run, check=True, capture_output=True)
    run = [*LONGBIEN, "ledger", "init", str(folder / "ledger"), "--keys", str(keys / "log")]
    subprocess.run(run, check=True, capture_output=True)
    run = [*LONGBIEN, "pack", str(source), "--out", str(folder / "out")]
    run += ["--request", "urn:example:bench", "--by", "Bench", "--exercise"]
    run += ["--keys", str(keys / "signer"), "--tsa-keys", str(keys / "tsa")]
    run += ["--ledger", str(folder / "ledger"), "--log-keys", str(keys / "log")]
    run += ["--witness", str(keys / "witness-1"), "--witness", str(keys / "witness-2")]
    subprocess.run(run, check=True, capture_output=True)
    return next((folder / "out").glob("LB-*")), keys / "trust"


def compare(bag: Path, trust: Path, options: argparse.Namespace) -> None:
    """Run everything in turn and print the best of each."""
    ours = (*LONGBIEN, "verify", str(bag), "--trust", str(trust))
    jobs = {
        f"longbien verify{mode}, {threads} thread(s)": (*ours, *mode.split(), "--threads", threads)
        for mode in (" --quick", "")
        for threads in ("2", "1")
    }
    if not options.ours_only:
        jobs[PEER] = (*BAGIT, "--validate", "--quiet", str(bag))
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for command in jobs.values():
        timed(command)  # byte code and cache
    for _ in range(options.rounds):
        for name, command in jobs.items():
            runs[name].append(timed(command))
    show({name: best(found) for name, found in runs.items()}, options)


def timed(command: tuple[str, ...]) -> Run:
    """Run one process; it must succeed."""
    start = time.monotonic()
    # an installed program has its byte code
    shown = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=shown)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} failed with {process.returncode}")
    return Run(wall=wall, cores=used.ru_utime + used.ru_stime, peak=used.ru_maxrss)


def best(runs: list[Run]) -> Run:
    """Return the least of each figure, but the greatest peak."""
    return Run(
        wall=min(run.wall for run in runs),
        cores=min(run.cores for run in runs),
        peak=max(run.peak for run in runs),
    )


def show(found: dict[str, Run], options: argparse.Namespace) -> None:
    """Print one row a job; the ratio is how many times faster than the peer, by wall time."""
    size = options.mib * MIB / 1e9
    print(
        f"{options.mib} MiB in {options.files} file(s), best of {options.rounds}, 1 GB = 10^9 bytes"
    )
    print("| job | wall s | GB/s | core-s/GB | peak MiB | times the peer's speed |")
    print("|---|---|---|---|---|---|")
    for name, run in found.items():
        ratio = f"{found[PEER].wall / run.wall:.2f}" if PEER in found else ""
        print(
            f"| {name} | {run.wall:.2f} | {size / run.wall:.2f} | {run.cores / size:.2f} "
            f"| {run.peak / 1024:.0f} | {ratio} |"
        )


if __name__ == "__main__":
    sys.exit(main())
