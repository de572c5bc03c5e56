"""Every figure of docs/figures.md, in one run: python bench/all.py [--quick] [--folder DIR]."""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ONE_ROUND = ["--mib", "64", "--rounds", "1"]
SMALL = {
    "seal.py": ONE_ROUND,
    "ingest.py": ONE_ROUND,
    "verify.py": ONE_ROUND,
    "ledger.py": [],
    "store.py": ["--rows", "20000", "--leaves", "20000", "--commits", "50"],
    "vault.py": ONE_ROUND,
    "peer.py": [*ONE_ROUND, "--messages", "200", "--seconds", "2"],
    "messages.py": ["--messages", "100", "--seconds", "3"],
    "urgent.py": ["--seconds", "3"],
    "restart.py": ["--leaves", "20000", "--rounds", "1"],
    "counting.py": ["--cases", "1000"],
    "gate.py": ["--rounds", "3"],
    "transfer.py": ["--size", "32M", "--cuts", "2"],
}
"""The programs in their order, and what each is told for a quick run."""

WITH_FOLDER = ("seal.py", "ingest.py", "verify.py", "vault.py")


def main() -> int:
    """Run the programs one after the other; 1 if one of them failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--quick", action="store_true", help="small sizes, one round: no figures"
    )
    arguments.add_argument("--folder", type=Path, help="where to work, for what writes large files")
    options = arguments.parse_args()
    load = os.getloadavg()[0]
    python = platform.python_version()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {python}, load {load:.1f}")
    failed = 0
    for program, small in SMALL.items():
        extra = small if options.quick else []
        if options.folder and program in WITH_FOLDER:
            extra = [*extra, "--folder", str(options.folder)]
        print(f"\n## {program} {' '.join(extra)}\n", flush=True)
        failed += (
            subprocess.run([sys.executable, HERE / program, *extra], check=False).returncode != 0
        )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
