"""The form that may be published: no small number in it, and none that can be worked out.

A number from 1 to ``threshold - 1`` might point at a person or a proceeding.  It is held back
(primary suppression), and so is what it could be computed from (complementary suppression):

1. Rows divide the whole.  Rows with a small number of cases lose everything.  Where only one row
   is without its number, or all those without one make a small number together, the next
   smallest row loses its number too: nobody can subtract the others from the whole.
2. Outcomes divide a row.  A row with a small outcome loses all its outcomes, not one.  Where the
   whole still shows its own, at least two rows, or none, are without them, and in each outcome
   they make no small number together.
3. Whatever says how many cases there were in a stage is left out.  Response times, and the share
   that was complete at the first sending, are shown for a row only where its outcomes are, and
   for at least ``threshold`` cases on either side of the share.  Refusals by ground follow
   rule 2 as parts of the refusals.
"""

from collections.abc import Callable, Iterable, Sequence

from attrs import evolve

from longbien.casework.statistics.tables import ALL, DIMENSIONS, Line, Statistics, Times

THRESHOLD = 5


def publishable(statistics: Statistics, *, threshold: int = THRESHOLD) -> Statistics:
    """Return the statistics without what must be held back."""
    lines: list[Line] = []
    for side in sorted({line.side for line in statistics.lines}):
        of_side = [line for line in statistics.lines if line.side is side]
        (whole,) = (line for line in of_side if line.dimension == ALL)
        shown = _parts([whole], None, threshold)
        lines += shown
        for dimension in DIMENSIONS[1:]:
            rows = [line for line in of_side if line.dimension == dimension]
            lines += _parts(rows, (whole, shown[0]), threshold)
    return evolve(statistics, threshold=threshold, lines=tuple(lines))


def _is_small(number: int, threshold: int) -> bool:
    return 0 < number < threshold


def _parts(rows: Sequence[Line], of: tuple[Line, Line] | None, threshold: int) -> list[Line]:
    """Return the rows as they may be shown; ``of`` is the whole, as it is and as it is shown."""
    bare = {n for n, row in enumerate(rows) if _is_small(_number(row.cases), threshold)}
    if of is not None and of[1].cases is not None:
        bare = _widen(bare, [[_number(row.cases)] for row in rows], threshold)
    blank = bare | {n for n, row in enumerate(rows) if _has_small_part(row, threshold)}
    if of is not None and all(number is not None for _, number in of[1].outcomes):
        blank = _widen(blank, [_detail(row, of[0]) for row in rows], threshold)
    return [_shown(row, n in bare, n in blank, threshold) for n, row in enumerate(rows)]


def _widen(hidden: set[int], table: Sequence[Sequence[int]], threshold: int) -> set[int]:
    """Hide the smallest rows besides, until no hidden number follows from the shown ones."""
    found = set(hidden)
    while found and len(found) < len(table) and _is_exposed(found, table, threshold):
        rest = (n for n in range(len(table)) if n not in found)
        found.add(min(rest, key=lambda n: (sum(table[n]), n)))
    return found


def _is_exposed(hidden: set[int], table: Sequence[Sequence[int]], threshold: int) -> bool:
    together = [sum(column) for column in zip(*(table[n] for n in hidden), strict=True)]
    return len(hidden) == 1 or any(_is_small(number, threshold) for number in together)


def _has_small_part(row: Line, threshold: int) -> bool:
    parts = [number for _, number in (*row.outcomes, *row.grounds)]
    return any(_is_small(_number(part), threshold) for part in parts)


def _detail(row: Line, whole: Line) -> list[int]:
    grounds = dict(row.grounds)
    of_row = [grounds.get(ground) for ground, _ in whole.grounds]
    return [_number(one) for one in (*(number for _, number in row.outcomes), *of_row)]


def _number(number: int | None) -> int:
    return number or 0


def _shown(row: Line, is_bare: bool, is_blank: bool, threshold: int) -> Line:  # noqa: FBT001 - two marks of one row
    share = _share(row, threshold) if not (is_bare or is_blank) else (None, None)
    return evolve(
        row,
        cases=None if is_bare else row.cases,
        outcomes=tuple((outcome, None if is_blank else n) for outcome, n in row.outcomes),
        judged=share[0],
        complete=share[1],
        grounds=() if is_blank else row.grounds,
        times=() if is_blank else tuple(_times(row.times, lambda n: n >= threshold)),
    )


def _share(row: Line, threshold: int) -> tuple[int | None, int | None]:
    judged, complete = _number(row.judged), _number(row.complete)
    rest = (_number(row.cases) - judged, judged - complete, complete)
    if any(_is_small(number, threshold) for number in rest):
        return None, None
    return judged, complete


def _times(times: Iterable[Times], is_enough: Callable[[int], bool]) -> Iterable[Times]:
    return (evolve(one, count=None) for one in times if is_enough(_number(one.count)))
