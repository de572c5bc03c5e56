"""Results that are kept: slices of long runs, each with its own commit, date and machine."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict

from assure.judging import Result
from assure.machine import Machine
from assure.measures import Measure
from assure.reading import figures_of, last_document
from assure.running import Stand


class Overlap(Exception):
    """Two slices have used the same seed, which would count one thing twice."""


def keep(result: Result, folder: Path) -> Path:
    """Write a result; the same measure with the same seed takes the place of the older one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.measure}-{result.seed}.json"
    path.write_text(json.dumps(asdict(result), indent=1, sort_keys=True) + "\n")
    return path


def kept(folder: Path) -> list[Result]:
    """Read all that was kept, in order of measure and seed."""
    found = [_result(json.loads(path.read_text())) for path in folder.glob("*.json")]
    return sorted(found, key=lambda one: (one.measure, one.seed))


def added(measure: Measure, stand: Stand, file: Path, commit: str) -> Iterator[Result]:
    """Give the results in a file that the program of a measure has written on this machine.

    One document, or one a line.  A document that names its commit is believed, not ``commit``.
    Raises ``Unreadable``.
    """
    text = file.read_text()
    whole = text.lstrip().startswith("{") and "\n{" not in text.strip()
    for one in [text] if whole else text.splitlines():
        document = last_document(one)
        yield Result(
            measure=measure.id,
            tier="soak",
            seed=int(document.get(measure.seed, stand.seed)),
            commit=str(document.get("commit") or commit)[:12],
            date=stand.date,
            machine=stand.machine,
            seconds=float(document.get("seconds", 0)),
            command=measure.runs["soak"].command,
            figures=measure.whole(figures_of(document, measure.figures)),
        )


def _result(value: Mapping[str, Any]) -> Result:
    machine = Machine(**value["machine"])
    return Result(**{**value, "machine": machine, "command": tuple(value["command"])})


def joined(measure: Measure, slices: Sequence[Result]) -> dict[str, float]:
    """Join the figures of slices.  Raises ``Overlap``.  None: no figures."""
    _require_apart(measure, slices)
    if not slices:
        return {}
    figures = {
        one.name: _joined(one.join, [part.figures[one.name] for part in slices])
        for one in measure.figures
        if not one.share
    }
    return measure.whole(figures)


def _joined(how: str, values: Sequence[float]) -> float:
    if how == "sum":
        return sum(values)
    return max(values) if how == "max" else min(values)  # same: it counts at its worst


def _require_apart(measure: Measure, slices: Iterable[Result]) -> None:
    end = None
    for one in sorted(slices, key=lambda part: part.seed):
        if end is not None and one.seed < end:
            msg = f"{measure.id}: seed {one.seed} was used by an earlier slice"
            raise Overlap(msg)
        end = one.seed + (int(one.figures[measure.span]) if measure.span else 1)
