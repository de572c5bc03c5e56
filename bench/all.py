"""Every figure of docs/figures.md, in one run: python bench/all.py [--quick] [--folder DIR]."""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = ("seal.py", "ingest.py", "verify.py", "ledger.py")
SMALL = {
    "seal.py": ["--mib", "64", "--rounds", "1"],
    "ingest.py": ["--mib", "64", "--rounds", "1"],
    "verify.py": ["--mib", "64", "--rounds", "1"],
    "ledger.py": [],
}


def main() -> int:
    """Run the programs one after the other; 1 if one of them failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--quick", action="store_true", help="small sizes, one round: no figures"
    )
    arguments.add_argument("--folder", type=Path, help="where to work (not for the ledger)")
    options = arguments.parse_args()
    load = os.getloadavg()[0]
    python = platform.python_version()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {python}, load {load:.1f}")
    failed = 0
    for program in PROGRAMS:
        extra = SMALL[program] if options.quick else []
        if options.folder and program != "ledger.py":
            extra = [*extra, "--folder", str(options.folder)]
        print(f"\n## {program} {' '.join(extra)}\n", flush=True)
        failed += (
            subprocess.run([sys.executable, HERE / program, *extra], check=False).returncode != 0
        )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
