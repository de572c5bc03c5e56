"""Many seeds one after another, or on several processors, and what came of them."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, repeat
from statistics import median
from typing import Any, Final

from attrs import field, frozen

from longbien.exercise.simulation import FAULT, PROFILES, Outcome, Planted, Profile, simulate

_PORTION: Final = 50  # seeds that a process takes at a time


@frozen(kw_only=True)
class Broken:
    """A seed in which a promise was broken."""

    seed: int
    violation: str

    digest: str
    """Of its history: a replay has the same."""


@frozen(kw_only=True)
class Summary:
    """What came of many seeds."""

    profile: str
    first_seed: int
    seeds: int
    steps: int
    effects: int
    acts: int
    seconds: float
    """By the wall clock, all processes together."""

    faults: Counter[str]
    violations: tuple[Broken, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as a document for other programs."""
        return {
            "profile": self.profile,
            "first_seed": self.first_seed,
            "seeds": self.seeds,
            "steps": self.steps,
            "effects": self.effects,
            "acts": self.acts,
            "seconds": round(self.seconds, 1),
            "faults": dict(sorted(self.faults.items())),
            "violations": [
                {"seed": one.seed, "violation": one.violation, "digest": one.digest}
                for one in self.violations
            ],
        }


def run_seeds(
    seeds: range,
    *,
    profile: Profile,
    jobs: int = 1,
    told: Callable[[int], object] = lambda _done: None,
) -> Summary:
    """Live through seeds; ``told`` hears now and then how many are done."""
    begun = time.monotonic()
    total = _Total()
    for done, outcome in enumerate(_outcomes(seeds, profile, jobs), 1):
        total.add(outcome)
        if done % 1000 == 0:
            told(done)
    return Summary(
        profile=profile.name,
        first_seed=seeds.start,
        seeds=len(seeds),
        steps=total.steps,
        effects=total.effects,
        acts=total.acts,
        seconds=time.monotonic() - begun,
        faults=total.faults,
        violations=tuple(total.violations),
    )


class _Total:
    def __init__(self) -> None:
        self.steps = self.effects = self.acts = 0
        self.faults: Counter[str] = Counter()
        self.violations: list[Broken] = []

    def add(self, outcome: Outcome) -> None:
        self.steps += outcome.steps
        self.effects += outcome.effects
        self.acts += outcome.acts
        self.faults.update(outcome.faults)
        if outcome.violation:
            broken = Broken(seed=outcome.seed, violation=outcome.violation, digest=outcome.digest)
            self.violations.append(broken)


def _outcomes(seeds: range, profile: Profile, jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        with _little_collecting():
            for seed in seeds:
                yield simulate(seed, profile=profile)
        return
    portions = [seeds[at : at + _PORTION] for at in range(0, len(seeds), _PORTION)]
    with ProcessPoolExecutor(jobs) as pool:
        yield from chain.from_iterable(pool.map(_portion, portions, repeat(profile.name)))


def _portion(seeds: range, profile: str) -> list[Outcome]:
    with _little_collecting():
        return [simulate(seed, profile=PROFILES[profile]) for seed in seeds]


@contextmanager
def _little_collecting() -> Iterator[None]:
    # a seed leaves a world behind; what the process has loaded needs no looking at
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


# --- planted bugs -----------------------------------------------------------------------------


@frozen(kw_only=True)
class Hunt:
    """How many seeds it takes to find a planted bug."""

    name: str
    found: tuple[int, ...] = field(default=())
    """Of each hunt that found it: how many seeds it took."""

    hunts: int
    codes: tuple[str, ...] = ()
    """Which promises were seen broken."""

    @property
    def median_seeds(self) -> float | None:
        """Return the median over the hunts; None unless each hunt has found it."""
        return median(self.found) if len(self.found) == self.hunts else None


def hunt(name: str, bug: Planted, *, hunts: int, most: int, profile: Profile) -> Hunt:
    """Look for a planted bug some times, each time among other seeds, ``most`` of them at most.

    A seed that ends by an exception has not found it: it may be the bug's own awkwardness.
    """
    found: list[int] = []
    codes: Counter[str] = Counter()
    for at in range(hunts):
        for taken, seed in enumerate(range(at * most, (at + 1) * most), 1):
            violation = simulate(seed, profile=profile, planted=bug).violation
            if violation and not violation.startswith(FAULT):
                found.append(taken)
                codes[violation.partition(":")[0]] += 1
                break
    return Hunt(name=name, found=tuple(found), hunts=hunts, codes=tuple(sorted(codes)))


def hunts_as_json(hunts: Iterable[Hunt]) -> dict[str, Any]:
    """Return the table of the bugs as a document for other programs."""
    return {
        "bugs": [
            {
                "name": one.name,
                "found": len(one.found) == one.hunts,
                "median_seeds": one.median_seeds,
                "hunts": one.hunts,
                "codes": list(one.codes),
            }
            for one in hunts
        ]
    }
