"""Statistics as bytes: one JSON document, or a table for any spreadsheet."""

import csv
import io
from typing import Final

from longbien.casework.statistics.facts import OUTCOMES, STAGES
from longbien.casework.statistics.histogram import PERCENTILES
from longbien.casework.statistics.tables import Line, Statistics, Times
from longbien.primitives.canonical import Json

FORMAT: Final = "longbien:statistics/1"


def to_json(statistics: Statistics) -> dict[str, Json]:
    """Return the document; null is a number that is held back."""
    head = statistics.head
    return {
        "format": FORMAT,
        "ledger": {"origin": head.origin, "size": head.size, "root": head.root.hex},
        "since": str(statistics.since) if statistics.since else None,
        "until": str(statistics.until) if statistics.until else None,
        "erased": statistics.erased,
        "threshold": statistics.threshold,
        "percentiles": list(PERCENTILES),
        "rows": [_row(line) for line in statistics.lines],
    }


def _row(line: Line) -> Json:
    return {
        "side": line.side.value,
        "by": line.dimension,
        "value": line.value,
        "cases": line.cases,
        "outcomes": dict(line.outcomes),
        "first_sending": {"judged": line.judged, "complete": line.complete},
        "refusals": dict(line.grounds),
        "seconds": {
            one.stage: {"count": one.count, "at_most": list(one.percentiles)} for one in line.times
        },
    }


def to_csv(statistics: Statistics) -> str:
    """Return a table: a heading, a line a row; ``x`` is a number that is held back.

    The ledger's head stands in every line, so that a line that is cut out keeps its source.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    table.writerow(_heading())
    table.writerows(_cells(statistics, line) for line in statistics.lines)
    return out.getvalue()


def _heading() -> list[str]:
    stages = [
        f"{stage}_{name}"
        for stage in STAGES
        for name in ("count", *(f"p{one}_seconds" for one in PERCENTILES))
    ]
    return [
        *("side", "by", "value", "cases"),
        *(f"outcome_{outcome}" for outcome in OUTCOMES),
        *("first_sending_judged", "first_sending_complete", "refusals"),
        *stages,
        *("ledger_size", "ledger_root"),
    ]


def _cells(statistics: Statistics, line: Line) -> list[str]:
    times = {one.stage: one for one in line.times}
    return [
        *(line.side.value, line.dimension, line.value, _text(line.cases)),
        *(_text(number) for _, number in line.outcomes),
        *(_text(line.judged), _text(line.complete)),
        " ".join(f"{ground}={_text(number)}" for ground, number in line.grounds),
        *(cell for stage in STAGES for cell in _time_cells(times.get(stage))),
        *(str(statistics.head.size), statistics.head.root.hex),
    ]


def _time_cells(times: Times | None) -> list[str]:
    if times is None:
        return [""] * (1 + len(PERCENTILES))
    return [_text(times.count), *map(str, times.percentiles)]


def _text(number: int | None) -> str:
    return "x" if number is None else str(number)
