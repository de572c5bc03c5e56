"""How fast a package is verified, beside ``bagit.py --validate``, and in how much memory.

    python bench/verify.py [--mib 1024] [--files 1] [--rounds 7] [--folder DIR]

One package is made (with an exercise set of keys) out of random bytes, or, with ``--sparse``,
out of holes; then verified in turn by ``longbien verify --quick`` and ``longbien verify``, with two
threads and with one, and by ``bagit.py --validate``.  Ours checks the manifests, the chunk tree of
every file, signatures, times and the ledger; the peer checks the manifests.  ``--quick`` hashes
each byte once, as the peer does; the full one twice.  Every run is a process of its own, start
included, byte code written; the cache is warm.  Wall times are only good as ratios within one run.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from _harness import MIB, fill, interleave, report, run

LONGBIEN = (str(Path(sys.executable).with_name("longbien")),)
# bagit 1.8.1 asks pkg_resources for its own version, which warns that it will go away
BAGIT = (sys.executable, "-W", "ignore", str(Path(sys.executable).with_name("bagit.py")))
PEER = "bagit.py --validate"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of all files, MiB")
    parser.add_argument("--files", type=int, default=1, help="number of files")
    parser.add_argument("--rounds", type=int, default=7)
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
        exhibit, size = source / f"exhibit-{number}.dd", options.mib * MIB // options.files
        fill(exhibit, 0 if options.sparse else size)
        os.truncate(exhibit, size)
    run([*LONGBIEN, "keys", "exercise", str(keys)])
    run([*LONGBIEN, "ledger", "init", str(folder / "ledger"), "--keys", str(keys / "log")])
    pack = [*LONGBIEN, "pack", str(source), "--out", str(folder / "out")]
    pack += ["--request", "urn:example:bench", "--by", "Bench", "--exercise"]
    pack += ["--keys", str(keys / "signer"), "--tsa-keys", str(keys / "tsa")]
    pack += ["--ledger", str(folder / "ledger"), "--log-keys", str(keys / "log")]
    pack += ["--witness", str(keys / "witness-1"), "--witness", str(keys / "witness-2")]
    run(pack)
    return next((folder / "out").glob("LB-*")), keys / "trust"


def compare(bag: Path, trust: Path, options: argparse.Namespace) -> None:
    """Run everything in turn and print the table."""
    ours = (*LONGBIEN, "verify", str(bag), "--trust", str(trust))
    jobs = {
        f"longbien verify{mode}, {threads} thread(s)": (*ours, *mode.split(), "--threads", threads)
        for mode in (" --quick", "")
        for threads in ("2", "1")
    }
    if not options.ours_only:
        jobs[PEER] = (*BAGIT, "--validate", "--quiet", str(bag))
    for command in jobs.values():
        run(command)  # byte code and cache
    runs = interleave(jobs, rounds=options.rounds, before=lambda: None)
    what = f"{options.mib} MiB in {options.files} file(s)"
    report(what, runs, size=options.mib * MIB, peer_of=lambda _: PEER)


if __name__ == "__main__":
    sys.exit(main())
