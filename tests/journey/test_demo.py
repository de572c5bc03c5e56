import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_demonstration_plays_to_its_end() -> None:
    """Two nodes, a cut line, a killed process; the court passes the package and finds one bit."""
    played = subprocess.run(
        [sys.executable, "-m", "longbien", "demo", "--size", "12M"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert played.returncode == 0, played.stderr
    lines = played.stdout.splitlines()
    told = "\n".join(line[11:] for line in lines)
    for promise in (
        "IL asks; VN's node has it and has signed for it",
        "VN confirms: preserved until",
        "two officers of VN release them",
        "the line was cut after a third",
        "VN's worker killed with SIGKILL",
        "IL has verified at the door: PASSED",
        "longbien verify: PASSED",
        "one bit changed, longbien verify: FAILED",
    ):
        assert promise in told
    assert "EXERCISE" in lines[1]


@pytest.mark.parametrize("size", ["0", "64K", "1.5G", "-1M", "lots"])
def test_a_size_is_given_in_mebibytes_or_gibibytes(size: str) -> None:
    """Anything else is wrong usage, before anything is made."""
    told = subprocess.run(
        [sys.executable, "-m", "longbien", "demo", f"--size={size}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 2
    assert "64M or 1G" in told.stderr
