"""Make the golden package anew: keys, exhibits, ledger, witnesses, package, disclosure.

Signatures, salts and times differ from run to run, so the files are kept as they were made;
``check_package.py`` and the tests judge them.  Private keys are thrown away.

usage: generate_package.py FOLDER     (FOLDER must not exist)
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REQUEST = "urn:longbien:exercise:xb:xa:2026:0001"
BY = "Exercise Central Authority XA"


def longbien(*arguments: str | Path, at: Path) -> None:
    """Run one command of the product; a failure ends the run."""
    command = [sys.executable, "-m", "longbien", *arguments]
    subprocess.run(command, cwd=at, check=True, stdout=subprocess.DEVNULL)


def make_exhibits(folder: Path) -> None:
    """Write four small files: plain, empty, of two blocks, and with a name that must change."""
    (folder / "disk").mkdir(parents=True)
    (folder / "disk" / "two-blocks.bin").write_bytes(bytes(2**20) + b"second block\n")
    (folder / "disk" / "empty").write_bytes(b"")
    (folder / "Thư điện tử.mbox").write_text("From exercise\n\nnothing real\n")
    (folder / "log.txt").write_text("2026-06-21T09:30:00Z exercise entry\n")


def main() -> None:
    """Make everything in a temporary folder, then put the public part in place."""
    target = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        longbien("keys", "exercise", "keys", at=at)
        make_exhibits(at / "exhibits")
        longbien("ledger", "init", "ledger", "--keys", "keys/log", at=at)
        (at / "out").mkdir()
        longbien(
            *("pack", "exhibits", "--out", "out", "--exercise", "--request", REQUEST, "--by", BY),
            *("--legal-basis", "UN Convention against Cybercrime, article 44"),
            *("--use-limit", "specialty:Only for the investigation named in the request"),
            *("--to", "keys/recipient", "--keys", "keys/signer", "--tsa-keys", "keys/tsa"),
            *("--ledger", "ledger", "--log-keys", "keys/log"),
            *("--witness", "keys/witness-1", "--witness", "keys/witness-2"),
            at=at,
        )
        (package,) = (at / "out").iterdir()
        longbien(
            *("disclose", package, "--give", "E0001", "--out", "out", "--by", BY),
            *("--reason", "not-relevant", "--keys", "keys/signer", "--tsa-keys", "keys/tsa"),
            *("--trust", "keys/trust"),
            at=at,
        )
        shutil.copytree(at / "out", target)
        shutil.copytree(at / "keys" / "trust", target / "trust")


if __name__ == "__main__":
    main()
