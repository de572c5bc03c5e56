"""Rows of counts, filled case by case; how many rows there are depends on codes, not on cases."""

from collections.abc import Iterator
from typing import Final

from attrs import define, field, frozen

from longbien.casework.case import Side
from longbien.casework.statistics.facts import OUTCOMES, STAGES, CaseFacts
from longbien.casework.statistics.histogram import PERCENTILES, Histogram
from longbien.ledger.checkpoints import Head
from longbien.primitives.instants import Instant

ALL: Final = "all"
DIMENSIONS: Final = (ALL, "kind", "basis", "state", "offence")
"""The whole of one side, and by what it is divided.  A case with two bases or offences counts in
the row of each."""


@define
class Counter:
    """What is counted of the cases of one row."""

    cases: int = 0
    outcomes: dict[str, int] = field(factory=lambda: dict.fromkeys(OUTCOMES, 0))
    judged: int = 0
    """Cases of which it can be told if the first sending was enough."""

    complete: int = 0
    grounds: dict[str, int] = field(factory=dict)
    stages: dict[str, Histogram] = field(factory=lambda: {stage: Histogram() for stage in STAGES})

    def add(self, facts: CaseFacts) -> None:
        """Count a case."""
        self.cases += 1
        self.outcomes[facts.outcome] += 1
        self.judged += facts.is_complete is not None
        self.complete += facts.is_complete is True
        if facts.ground:
            self.grounds[facts.ground] = self.grounds.get(facts.ground, 0) + 1
        for stage, seconds in facts.times:
            self.stages[stage].add(seconds)


@frozen(kw_only=True)
class Times:
    """Response times of one stage: percentiles of the nearest rank, in seconds."""

    stage: str
    count: int | None
    """None in a form for publication."""

    percentiles: tuple[int, ...]


@frozen(kw_only=True)
class Line:
    """One row.  None is a number that is held back."""

    side: Side
    dimension: str
    value: str
    cases: int | None
    outcomes: tuple[tuple[str, int | None], ...]
    judged: int | None
    complete: int | None
    grounds: tuple[tuple[str, int | None], ...]
    times: tuple[Times, ...]


@frozen(kw_only=True)
class Statistics:
    """All rows, and what they were computed from."""

    head: Head
    """The journal up to this head; whoever has it gets the same bytes."""

    since: Instant | None
    until: Instant | None
    """Cases opened from the one, and before the other."""

    erased: int
    """Cases whose key was destroyed: nothing of them can be counted."""

    threshold: int
    """Numbers below this are held back; 0: none is."""

    lines: tuple[Line, ...]


@define
class Tables:
    """All counters of one run."""

    since: Instant | None = None
    until: Instant | None = None
    exercise: bool = False
    """Exercises are counted instead of true cases."""

    erased: int = 0
    counters: dict[tuple[Side, str, str], Counter] = field(factory=dict)

    def add(self, facts: CaseFacts | None) -> None:
        """Count a case, where it is in the period and no exercise."""
        if facts is None or facts.exercise is not self.exercise or not self._covers(facts):
            return
        for dimension, value in _places(facts):
            key = (facts.side, dimension, value)
            self.counters.setdefault(key, Counter()).add(facts)

    def _covers(self, facts: CaseFacts) -> bool:
        is_early = self.since is not None and facts.opened_at < self.since
        is_late = self.until is not None and facts.opened_at >= self.until
        return not (is_early or is_late)

    def statistics(self, head: Head) -> Statistics:
        """Return what was counted, in a fixed order."""
        return Statistics(
            head=head,
            since=self.since,
            until=self.until,
            erased=self.erased,
            threshold=0,
            lines=tuple(
                _line(side, dimension, value, counter)
                for (side, dimension, value), counter in sorted(
                    self.counters.items(),
                    key=lambda item: (item[0][0], DIMENSIONS.index(item[0][1]), item[0][2]),
                )
            ),
        )


def _places(facts: CaseFacts) -> Iterator[tuple[str, str]]:
    yield ALL, ALL
    yield "kind", facts.kind
    yield "state", facts.state
    yield from (("basis", basis) for basis in facts.bases)
    yield from (("offence", offence) for offence in facts.offences)


def _line(side: Side, dimension: str, value: str, counter: Counter) -> Line:
    return Line(
        side=side,
        dimension=dimension,
        value=value,
        cases=counter.cases,
        outcomes=tuple(counter.outcomes.items()),
        judged=counter.judged,
        complete=counter.complete,
        grounds=tuple(sorted(counter.grounds.items())),
        times=tuple(_times(stage, found) for stage, found in counter.stages.items() if found.count),
    )


def _times(stage: str, found: Histogram) -> Times:
    percentiles = (found.percentile(one) for one in PERCENTILES)
    return Times(
        stage=stage,
        count=found.count,
        percentiles=tuple(one for one in percentiles if one is not None),
    )
