"""Whatever officers, a hostile State, lines, clocks and disks do: the promises hold."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longbien.exercise.simulation import FULL, LIGHT, LONG, PROFILES, Outcome, simulate
from outside import REPOSITORY
from planted_bugs import BUGS
from simulation_seeds import FOUND, ONCE_BROKEN

pytestmark = pytest.mark.usefixtures("serving_nobody")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_no_promise_is_broken_in_any_seed(seed: int) -> None:
    """Three States, one of them hostile, and every fault there is: after each step all holds."""
    outcome = simulate(seed)

    assert outcome.violation == "", "\n".join(outcome.story)


@pytest.mark.parametrize(("profile", "seed"), [(LONG, 1), (FULL, 3), (FULL, 4)])
def test_nor_in_a_long_life_nor_with_the_real_cryptography(profile: object, seed: int) -> None:
    """The other profiles keep the same promises."""
    outcome = simulate(seed, profile=profile)

    assert outcome.violation == "", "\n".join(outcome.story)
    assert outcome.effects > 0


@pytest.mark.parametrize(("profile", "seed"), ONCE_BROKEN)
def test_what_was_broken_once_stays_mended(profile: str, seed: int) -> None:
    """A seed that has shown a defect of the product is lived through in every run of the tests."""
    outcome = simulate(seed, profile=PROFILES[profile])

    assert outcome.violation == "", "\n".join(outcome.story)


@pytest.mark.parametrize("name", sorted(BUGS))
def test_each_planted_bug_is_found(name: str) -> None:
    """A simulation that could not fail would prove nothing: each bug breaks a promise."""
    profile, seed, code = FOUND[name]

    outcome = _found(name, profile, seed)

    assert outcome.violation.partition(":")[0] == code
    assert simulate(outcome.seed, profile=PROFILES[profile]).violation == ""


def _found(name: str, profile: str, seed: int) -> Outcome:
    # the seed that is written down; where the program has changed since, one of those after it
    near = range(seed, seed + (200 if profile == "light" else 30))
    lives = (simulate(at, profile=PROFILES[profile], planted=BUGS[name]) for at in near)
    outcome = next((one for one in lives if one.violation), None)
    assert outcome is not None, f"not found in {len(near)} seeds from {seed} on"
    return outcome


def test_a_seed_is_the_same_history_bit_for_bit() -> None:
    """Twice in this process and once in another one: the same bytes on every disk and line."""
    command = [sys.executable, "-m", "longbien.cli.sim", "replay", "11"]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    other = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, cwd=Path.cwd()
    )

    digests = {simulate(11).digest for _ in range(2)}

    assert other.stdout.splitlines()[-1] == f"digest {digests.pop()}"
    assert not digests
    assert simulate(12).digest != simulate(11).digest


def test_a_seed_with_the_real_cryptography_is_the_same_story() -> None:
    """Real signatures differ each time; what happens does not."""
    first, second = (simulate(5, profile=FULL) for _ in range(2))

    assert first.story == second.story
    assert first.digest == second.digest


def test_everything_that_may_fail_does() -> None:
    """Over some seeds each kind of fault has happened: no promise is kept by good luck."""
    happened: set[str] = set()
    for seed in range(60):
        happened |= simulate(seed, profile=LIGHT).faults.keys()

    assert happened >= {
        *("lost", "answer-lost", "doubled", "corrupted", "slowed", "cut-off"),
        *("partition", "one-way-partition", "crash", "crash-soon", "down", "slow-peer"),
        *("torn-write", "lost-write", "kept-write", "full-disk", "failed-sync"),
        *("clock-step", "old-backup", "hostile-act"),
    }


def test_no_planted_bug_is_part_of_the_distribution() -> None:
    """A release cannot be told to be wrong: the bugs lie outside of what is built."""
    inside = [
        path for path in (REPOSITORY / "src").rglob("*.py") if "planted_bugs" in path.read_text()
    ]

    assert inside == []
