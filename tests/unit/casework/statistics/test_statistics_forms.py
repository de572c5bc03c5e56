"""Tables, their bytes, and the form for publication."""

import csv
import io
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from longbien.casework.case import Side
from longbien.casework.statistics.facts import OUTCOMES, CaseFacts
from longbien.casework.statistics.suppression import THRESHOLD, publishable
from longbien.casework.statistics.tables import ALL, Line, Statistics, Tables
from longbien.casework.statistics.wire import to_csv, to_json
from longbien.ledger.checkpoints import Head
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.instants import Instant

HEAD = Head(origin="xa.example/ledger", size=9, root=Digest.of(b"root"))
START = Instant.parse("2026-03-01T00:00:00Z")


def facts(
    outcome: str = "open",
    *,
    state: str = "IL",
    kind: str = "preservation",
    side: Side = Side.REQUESTED,
    is_complete: bool | None = True,
    exercise: bool = False,
    at: Instant = START,
) -> CaseFacts:
    """Return one case."""
    return CaseFacts(
        side=side,
        kind=kind,
        state=state,
        bases=("UNCC",),
        offences=("UNCC 7",),
        exercise=exercise,
        opened_at=at,
        outcome=outcome,
        ground="40(22)" if outcome == "refused" else "",
        is_complete=is_complete,
        times=(("acknowledgement", 100), ("decision", 90000)),
    )


def counted(*cases: CaseFacts | None, tables: Tables | None = None) -> Statistics:
    """Return the statistics of some cases."""
    tables = tables or Tables()
    for case in cases:
        tables.add(case)
    return tables.statistics(HEAD)


def line(found: Statistics, dimension: str, value: str) -> Line:
    """Return one row."""
    return next(one for one in found.lines if (one.dimension, one.value) == (dimension, value))


def test_each_case_counts_in_the_rows_that_it_belongs_to() -> None:
    """The whole, its kind, its State, each basis and each offence; sides are never mixed."""
    found = counted(facts(), facts("refused", state="VN"), facts(side=Side.REQUESTING), None)

    whole = line(found, ALL, ALL)
    assert (whole.cases, dict(whole.outcomes)["refused"], whole.grounds) == (2, 1, (("40(22)", 1),))
    assert (whole.judged, whole.complete) == (2, 2)
    assert line(found, "state", "VN").cases == 1
    assert line(found, "offence", "UNCC 7").cases == 2
    assert [one.percentiles for one in whole.times] == [(120,) * 3, (90000,) * 3]
    assert sum(one.dimension == ALL for one in found.lines) == 2


def test_a_period_and_exercises_are_kept_apart() -> None:
    """From its first instant until before its last one; exercises are counted alone."""
    later = START.plus((Instant.parse("2026-04-01T00:00:00Z")).moment - START.moment)
    cases = [facts(), facts(at=later), facts(exercise=True)]

    assert line(counted(*cases, tables=Tables(since=START, until=later)), ALL, ALL).cases == 1
    assert line(counted(*cases, tables=Tables(since=later)), ALL, ALL).cases == 1
    assert line(counted(*cases, tables=Tables(exercise=True)), ALL, ALL).cases == 1


def test_the_same_cases_in_any_order_give_the_same_bytes() -> None:
    """And the bytes say out of which head they were computed."""
    cases = [facts(), facts("refused", state="VN"), facts("executed", kind="mla_stored_data")]
    one, other = counted(*cases), counted(*reversed(cases))

    assert encode_json(to_json(one)) == encode_json(to_json(other))
    assert to_csv(one) == to_csv(other)
    assert to_json(one)["ledger"] == {
        "origin": "xa.example/ledger",
        "size": 9,
        "root": HEAD.root.hex,
    }


def test_a_table_has_a_cell_for_every_heading() -> None:
    """Also where a stage was never reached, or a number is held back."""
    found = counted(*[facts() for _ in range(9)], facts("refused"), tables=Tables(since=START))
    for each in (found, publishable(found)):
        rows = list(csv.reader(io.StringIO(to_csv(each), newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows) == 1 + len(each.lines)
    assert "x" in to_csv(publishable(found))


def test_what_is_published_has_no_small_number() -> None:
    """Neither counts nor shares; a row without them keeps its name."""
    cases = [facts() for _ in range(20)] + [facts(state="VN")] * 3 + [facts("refused")] * 6
    found = publishable(counted(*cases))

    assert found.threshold == THRESHOLD
    assert line(found, ALL, ALL).cases == 29
    assert line(found, "state", "VN").cases is None
    assert line(found, "state", "IL").cases is None  # 29 less 26 would tell
    assert line(found, "state", "IL").times == ()
    assert dict(line(found, ALL, ALL).outcomes)["refused"] == 6
    assert line(found, "kind", "preservation").times[0].count is None
    assert line(counted(*cases), "state", "VN").cases == 3


def test_a_share_is_shown_only_where_nobody_is_alone_on_a_side_of_it() -> None:
    """Two requests of thirty that came back are two that somebody could name."""
    alone = [facts() for _ in range(28)] + [facts(is_complete=False)] * 2
    many = [facts() for _ in range(20)] + [facts(is_complete=False)] * 10

    assert line(publishable(counted(*alone)), ALL, ALL).complete is None
    shown = line(publishable(counted(*many)), ALL, ALL)
    assert (shown.judged, shown.complete) == (30, 20)


def test_a_whole_that_is_small_shows_nothing() -> None:
    """Then no part of it need be hidden from subtraction."""
    found = publishable(counted(facts(), facts("refused", state="VN")))

    assert all(one.cases is None for one in found.lines)
    assert all(number is None for one in found.lines for _, number in one.outcomes)


_SHAPES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(any), min_size=1, max_size=4
)


@settings(max_examples=80, deadline=None)
@given(_SHAPES)
def test_no_held_back_number_can_be_worked_out(shape: list[tuple[int, int]]) -> None:
    """For each small number there is another table that agrees with all that was published."""
    cases: list[CaseFacts] = []
    for number, (refused, still_open) in enumerate(shape):
        state = f"X{'ABCD'[number]}"
        cases += [facts("refused", state=state)] * refused + [facts(state=state)] * still_open
    told = publishable(counted(*cases))
    rows = [one for one in told.lines if one.dimension == "state"]
    whole = line(told, ALL, ALL)

    changes = product(product((-1, 0, 1), repeat=2), repeat=len(rows))
    possible = [table for change in changes if _agrees(table := _moved(shape, change), rows, whole)]

    assert tuple(shape) in possible
    for n, column in product(range(len(rows)), range(2)):
        is_small = 0 < shape[n][column] < THRESHOLD
        values = {table[n][column] for table in possible}
        assert len(values) > 1 or not is_small, (n, column)


Table = tuple[tuple[int, int], ...]


def _moved(shape: list[tuple[int, int]], change: Table) -> Table:
    return tuple((a + c, b + d) for (a, b), (c, d) in zip(shape, change, strict=True))


def _agrees(table: Table, rows: list[Line], whole: Line) -> bool:
    can_be = all(min(pair) >= 0 and any(pair) for pair in table)
    return can_be and _fits(_sums(table), whole) and all(map(_fits, table, rows))


def _sums(table: Table) -> tuple[int, int]:
    return sum(pair[0] for pair in table), sum(pair[1] for pair in table)


def _fits(pair: tuple[int, int], row: Line) -> bool:
    shown = dict(row.outcomes)
    told = (row.cases, shown["refused"], shown["open"])
    true = (sum(pair), *pair)
    return all(number is None or number == one for number, one in zip(told, true, strict=True))


def test_outcomes_are_all_there() -> None:
    """Each row has each outcome, in one order."""
    assert [outcome for outcome, _ in line(counted(facts()), ALL, ALL).outcomes] == list(OUTCOMES)
