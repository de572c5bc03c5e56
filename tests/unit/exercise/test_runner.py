"""Many seeds, and the hunt for a bug."""

from contextlib import nullcontext

import pytest

from longbien.exercise.runner import hunt, hunts_as_json, run_seeds
from longbien.exercise.simulation import LIGHT, simulate
from planted_bugs import BUGS

pytestmark = pytest.mark.usefixtures("serving_nobody")


def test_many_seeds_are_the_sum_of_each() -> None:
    """Effects, steps and faults are added up, on one processor as on two."""
    alone = [simulate(seed) for seed in range(20, 24)]

    one = run_seeds(range(20, 24), profile=LIGHT)
    two = run_seeds(range(20, 24), profile=LIGHT, jobs=2)

    assert one.effects == sum(outcome.effects for outcome in alone) == two.effects
    assert one.steps == sum(outcome.steps for outcome in alone) == two.steps
    assert one.faults == two.faults
    assert one.violations == two.violations == ()


def test_a_result_says_which_seeds_were_lived_through() -> None:
    """Other programs read profile, first seed, number, steps, effects, faults, violations."""
    document = run_seeds(range(20, 22), profile=LIGHT).as_json()

    assert document.keys() == {
        *("profile", "first_seed", "seeds", "steps", "effects", "acts", "seconds"),
        *("faults", "violations"),
    }
    assert (document["first_seed"], document["seeds"]) == (20, 2)


def test_a_broken_seed_is_told_with_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads the result can live through it again and sees the same history."""
    bug = BUGS["acknowledged early"]
    broken = simulate(3, planted=bug)
    monkeypatch.setattr(
        "longbien.exercise.runner.simulate", lambda seed, **_: simulate(seed, planted=bug)
    )

    (row,) = run_seeds(range(3, 4), profile=LIGHT).as_json()["violations"]

    assert row == {"seed": 3, "violation": broken.violation, "digest": broken.digest}
    assert broken.story[-1].endswith(f"BROKEN {broken.violation}")


def test_a_hunt_counts_the_seeds_until_a_promise_breaks() -> None:
    """A bug has a median; what is not there is not found, and a fault of the bug is no find."""

    def fault(_simulation: object) -> object:
        raise LookupError

    found = hunt("early", BUGS["acknowledged early"], hunts=2, most=5, profile=LIGHT)
    missed = hunt("none", lambda _: nullcontext(), hunts=1, most=3, profile=LIGHT)

    assert found.median_seeds is not None
    assert found.codes == ("acknowledged.early",)
    assert missed.median_seeds is None
    rows = hunts_as_json([found, missed])["bugs"]
    assert [(row["name"], row["found"]) for row in rows] == [("early", True), ("none", False)]
    with pytest.raises(LookupError):
        hunt("fault", fault, hunts=1, most=1, profile=LIGHT)
