"""What is measured: ``measures.toml``, read and held to its form."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

TABLE: Final = Path(__file__).with_name("measures.toml")
TIERS: Final = ("quick", "ci", "soak")
JOINS: Final = ("sum", "max", "min", "same")
_KNOWN: Final = frozenset(
    (
        *("id", "title", "anchor", "shown", "figures", "goals", "aims"),
        *("alone", "span", "limits", "seed"),
    )
)
_GOAL = re.compile(r"([a-z_0-9]+) (==|>=|<=) (-?[0-9_]+(?:\.[0-9]+)?)")


class BadTable(Exception):
    """The table of measures is not in its form."""


@frozen(kw_only=True)
class Figure:
    """One number: where it stands in what a program printed, and how slices are joined."""

    name: str
    at: str
    """Empty for a share."""
    join: str
    share: tuple[str, ...] = ()
    """Of a share in percent: the figure that is counted, and the one that is all of it."""


@frozen(kw_only=True)
class Goal:
    """What a figure must be."""

    figure: str
    compare: str
    value: float

    @property
    def text(self) -> str:
        """Return the goal as people read it: ``lost = 0``, ``seeds ≥ 100,000``."""
        sign = {"==": "=", ">=": "≥", "<=": "≤"}[self.compare]
        return f"{self.figure.replace('_', ' ')} {sign} {number(self.value)}"

    def is_met(self, figures: Mapping[str, float]) -> bool:
        """Tell if it is met; a figure that is missing meets nothing."""
        found = figures.get(self.figure)
        if found is None:
            return False
        if self.compare == "==":
            return found == self.value
        return found >= self.value if self.compare == ">=" else found <= self.value


@frozen(kw_only=True)
class Run:
    """How a measure is taken in one tier: a command, or what the test run has left behind."""

    command: tuple[str, ...] = ()
    """Words; ``{seed}`` and ``{folder}`` (an empty one, gone afterwards) are filled in."""
    tests: tuple[str, ...] = ()
    """Paths below ``tests/`` whose results of the last test run are counted."""
    seconds: int = 600
    """When the command is ended, and counts as not run."""
    goals: tuple[Goal, ...]


@frozen(kw_only=True)
class Measure:
    """One line of the report."""

    id: str
    title: str
    anchor: str
    shown: str
    """How its figures are said; a format of Python."""
    figures: tuple[Figure, ...]
    goals: tuple[Goal, ...]
    """Of the whole: all slices joined."""
    aims: tuple[Goal, ...]
    """What is wished for beyond the goals; said with every figure, reached or not."""
    runs: Mapping[str, Run]
    alone: bool
    """A speed: nothing else runs meanwhile."""
    span: str
    """The figure that says how many seeds from the seed on a slice has used; empty: one."""
    seed: str
    """Where the program's document says its seed."""
    limits: str
    """What the figure does not show, in one sentence."""

    def whole(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Return figures with the shares that follow from them; of nothing there is no share."""
        shares = {
            one.name: 100 * figures[one.share[0]] / figures[one.share[1]]
            for one in self.figures
            if one.share and figures.get(one.share[1])
        }
        return {**figures, **shares}

    def words(self, figures: Mapping[str, float]) -> str:
        """Say the figures."""
        told = {one.name: "?" for one in self.figures}
        told |= {name: number(value) for name, value in figures.items()}
        return self.shown.format_map(told)


def number(value: float) -> str:
    """Write a number for people: no needless digits, thousands apart."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"


def read_measures(path: Path = TABLE) -> tuple[Measure, ...]:
    """Read the table.  Raises ``BadTable`` with the measure and what is wrong with it."""
    found = tomllib.loads(path.read_text())["measure"]
    measures = tuple(_measure(one) for one in found)
    ids = [one.id for one in measures]
    if len(set(ids)) != len(ids):
        raise BadTable("an id stands twice")
    return measures


def _measure(one: Mapping[str, Any]) -> Measure:
    if unknown := set(one) - _KNOWN - set(TIERS):
        msg = f"{one.get('id')}: {sorted(unknown)}"
        raise BadTable(msg)
    figures = tuple(
        Figure(
            name=name,
            at=said.get("at", ""),
            join=said.get("join", "share"),
            share=tuple(said.get("share", ())),
        )
        for name, said in one["figures"].items()
    )
    goals = tuple(map(_goal, one["goals"]))
    if one.get("ci") == "quick":  # the same in both
        one = {**one, "ci": one["quick"]}
    runs = {tier: _run(one[tier], goals) for tier in TIERS if tier in one}
    measure = Measure(
        id=one["id"],
        title=one["title"],
        anchor=one["anchor"],
        shown=one["shown"],
        figures=figures,
        goals=goals,
        aims=tuple(map(_goal, one.get("aims", ()))),
        runs=runs,
        alone=one.get("alone", False),
        span=one.get("span", ""),
        seed=one.get("seed", "seed"),
        limits=one.get("limits", ""),
    )
    _require_sound(measure)
    return measure


def _run(one: Mapping[str, Any], goals: tuple[Goal, ...]) -> Run:
    return Run(
        command=tuple(one.get("command", ())),
        tests=tuple(one.get("tests", ())),
        seconds=one.get("seconds", 600),
        goals=tuple(map(_goal, one["goals"])) if "goals" in one else goals,
    )


def _goal(text: str) -> Goal:
    form = _GOAL.fullmatch(text)
    if form is None:
        msg = f"not a goal: {text!r}"
        raise BadTable(msg)
    return Goal(figure=form[1], compare=form[2], value=float(form[3].replace("_", "")))


def _require_sound(measure: Measure) -> None:
    """Refuse what could not be judged: a measure without goal, run or known figures."""
    names = {one.name for one in measure.figures}
    asked = {goal.figure for run in measure.runs.values() for goal in run.goals}
    asked |= {goal.figure for goal in measure.goals} | ({measure.span} - {""})
    asked |= {goal.figure for goal in measure.aims}
    asked |= {name for one in measure.figures for name in one.share}
    faults = [
        (not measure.goals or not measure.runs, "no goal or no run"),
        (any(not run.goals for run in measure.runs.values()), "a tier without a goal"),
        (not asked <= names, f"unknown figures {sorted(asked - names)}"),
        (
            any((one.join in JOINS) is bool(one.share) for one in measure.figures),
            "an unknown way to join",
        ),
        (any(bool(one.at) is bool(one.share) for one in measure.figures), "a figure is nowhere"),
        (
            any(bool(run.command) == bool(run.tests) for run in measure.runs.values()),
            "a run is a command or tests",
        ),
        (not measure.anchor, "no anchor"),
    ]
    for is_wrong, why in faults:
        if is_wrong:
            msg = f"{measure.id}: {why}"
            raise BadTable(msg)
    measure.words(dict.fromkeys(names, 1.0))
