"""The two reports: ``assurance.json`` for programs, ``ASSURANCE.md`` for people."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from assure.judging import Result, State, judged
from assure.keeping import joined
from assure.machine import Machine
from assure.measures import Goal, Measure
from assure.running import Stand


@frozen(kw_only=True)
class Line:
    """One measure in a report."""

    measure: Measure
    state: State
    figures: Mapping[str, float]
    goals: tuple[Goal, ...]
    slices: tuple[Result, ...]
    """What it stands on: one run now, or what was kept."""
    reason: str = ""

    @property
    def value(self) -> str:
        """Return the figures in words."""
        return self.measure.words(self.figures) if self.figures else ""

    @property
    def goal(self) -> str:
        """Return the goals in words, and what is wished for beyond them."""
        goals = ", ".join(goal.text for goal in self.goals)
        aims = "".join(
            f"; aim: {aim.text} ({'reached' if aim.is_met(self.figures) else 'not reached'})"
            for aim in self.measure.aims
        )
        return goals + aims


def lines_of_run(measures: Iterable[Measure], results: Iterable[Result]) -> list[Line]:
    """Return a line for each measure that this run should have taken."""
    by_id = {one.measure: one for one in results}
    lines = []
    for measure in measures:
        if (one := by_id.get(measure.id)) is not None:
            goals = measure.runs[one.tier].goals
            lines.append(
                Line(
                    measure=measure,
                    state=judged(goals, one.figures, one.reason),
                    figures=one.figures,
                    goals=goals,
                    slices=(one,),
                    reason=one.reason,
                )
            )
    return lines


def lines_of_whole(measures: Iterable[Measure], slices: Sequence[Result]) -> list[Line]:
    """Return a line for each measure that has a long run: its slices joined, or NOT RUN."""
    lines = []
    for measure in measures:
        if "soak" not in measure.runs:
            continue
        own = tuple(one for one in slices if one.measure == measure.id and one.figures)
        figures = joined(measure, own)
        reason = "; ".join(one.reason for one in own if one.reason)
        lines.append(
            Line(
                measure=measure,
                state=judged(measure.goals, figures, reason),
                figures=figures,
                goals=measure.goals,
                slices=own,
                reason=reason if own else "no long run is kept",
            )
        )
    return lines


# --- for programs --------------------------------------------------------------------------------


def as_document(stand: Stand, run: Sequence[Line], whole: Sequence[Line]) -> dict[str, Any]:
    """Return the report as JSON."""
    return {
        "format": "longbien-assurance-1",
        "commit": stand.commit,
        "date": stand.date,
        "machine": asdict(stand.machine),
        "tier": stand.tier,
        "seed": stand.seed,
        "run": [_line_document(one) for one in run],
        "whole": [_line_document(one) for one in whole],
    }


def _line_document(line: Line) -> dict[str, Any]:
    return {
        "measure": line.measure.id,
        "title": line.measure.title,
        "state": line.state.value,
        "value": line.value,
        "figures": dict(line.figures),
        "goal": [goal.text for goal in line.goals],
        "aim": [aim.text for aim in line.measure.aims],
        "anchor": line.measure.anchor,
        "limits": line.measure.limits,
        "reason": line.reason,
        "slices": [asdict(one) for one in line.slices],
    }


# --- for people ----------------------------------------------------------------------------------

_HEAD = """\
# Assurance

What Long Bien promises, as figures. Written by `./do assure`; measures, programs and goals are data
in [tools/assure/measures.toml](tools/assure/measures.toml), the same report for programs is
`assurance.json`. MET: the goal is reached. MISSED: it is not. NOT RUN: nobody knows; the reason
stands beside it. An anchor says what a figure stands on: a promise of [SECURITY.md](SECURITY.md), a
threat (T) or measure (R) of the design's threat catalogue, a figure of the design.
"""


def as_text(stand: Stand, run: Sequence[Line], whole: Sequence[Line]) -> str:
    """Return the report as Markdown."""
    parts = [_HEAD]
    if run:
        parts += [
            f"\n## This run: tier `{stand.tier}`, seed {stand.seed}\n",
            f"Commit `{stand.commit}`, {stand.date}. {machine_words(stand.machine)}\n",
            *_table(run, "s", lambda one: f"{sum(part.seconds for part in one.slices):.0f}"),
        ]
    if whole:
        parts += [
            "\n## The long runs, slice by slice\n",
            *_table(whole, "slices", lambda one: str(len(one.slices))),
            *_slices(whole),
        ]
    parts += ["\n## Measure again\n", *_again(run, whole)]
    return "\n".join(parts).rstrip("\n") + "\n"


def machine_words(machine: Machine) -> str:
    """Say a machine in one line."""
    return (
        f"{machine.cores} cores of {machine.cpu}, {machine.memory_gib:g} GiB, "
        f"Python {machine.python}, {machine.kernel}, {machine.system}."
    )


def _table(lines: Sequence[Line], last: str, last_of: Any) -> list[str]:  # noqa: ANN401 - a function
    rows = [f"| measure | value | goal | | anchor | {last} |", "|---|---|---|---|---|---|"]
    for one in lines:
        value = "; ".join(word for word in (one.value, one.reason) if word)
        cells = (one.measure.title, value, one.goal, f"**{one.state}**", one.measure.anchor)
        rows.append("| " + " | ".join((*map(_cell, cells), last_of(one))) + " |")
    return rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _slices(lines: Sequence[Line]) -> list[str]:
    rows = ["\n### Slices\n", "| measure | seed | commit | date | s | value | machine |"]
    rows.append("|---|---|---|---|---|---|---|")
    machines: list[Machine] = []
    for line in lines:
        for one in line.slices:
            if one.machine not in machines:
                machines.append(one.machine)
            cells = (
                line.measure.id,
                str(one.seed),
                f"`{one.commit}`",
                one.date,
                f"{one.seconds:.0f}",
                _cell(line.measure.words(one.figures)),
                str(machines.index(one.machine) + 1),
            )
            rows.append("| " + " | ".join(cells) + " |")
    rows.append("")
    rows += [f"{place}. {machine_words(one)}" for place, one in enumerate(machines, 1)]
    return rows if machines else []


def _again(run: Sequence[Line], whole: Sequence[Line]) -> list[str]:
    """Return each measure's command and limits, once."""
    rows = ["| measure | tier | command | what it does not show |", "|---|---|---|---|"]
    shown = {one.measure.id: one.measure for one in (*run, *whole)}
    for measure in shown.values():
        for tier, how in measure.runs.items():
            words = " ".join(how.tests) if how.tests else shlex.join(how.command)
            told = f"`{words}`" if how.command else f"counted from `./do test`: `{words}`"
            rows.append(f"| {measure.title} | {tier} | {_cell(told)} | {_cell(measure.limits)} |")
    return rows


def write(folder: Path, stand: Stand, run: Sequence[Line], whole: Sequence[Line]) -> None:
    """Write both reports into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps(as_document(stand, run, whole), indent=1, ensure_ascii=False)
    (folder / "assurance.json").write_text(document + "\n")
    (folder / "ASSURANCE.md").write_text(as_text(stand, run, whole))
