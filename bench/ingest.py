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
import sys
import tempfile
from pathlib import Path

from _harness import MIB, fill, interleave, report

SMALL = 1000  # bytes of one of many files
_PEER = "openssl dgst && cp"


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

    def clean() -> None:
        if options.files and out.exists():
            # ext4 searches long for inodes that were not deleted just now: nothing is deleted
            out.rename(folder / f"old-{len(list(folder.iterdir()))}")
        shutil.rmtree(out, ignore_errors=True)
        os.sync()  # nobody pays for the dirty pages of the one before

    what = f"{options.files} files" if options.files else f"{options.mib} MiB"
    runs = interleave(jobs, rounds=options.rounds, before=clean)
    report(what, runs, size=size, peer_of=_peer_of)


def _peer_of(job: str) -> str:
    return f"{_PEER}, synced" if "synced" in job else _PEER


def _fill(source: Path, options: argparse.Namespace) -> int:
    source.mkdir()
    if not options.files:
        fill(source / "exhibit.dd", options.mib * MIB)
        return options.mib * MIB
    for number in range(options.files):
        parent = source / f"exhibit{number % 10}" / f"folder{number // 100}"
        parent.mkdir(parents=True, exist_ok=True)
        (parent / f"message {number}.eml").write_bytes(os.urandom(SMALL))
    return options.files * SMALL


if __name__ == "__main__":
    raise SystemExit(main())
