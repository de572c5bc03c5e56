"""The tally of what was refused: each State and code is counted, and seldom written down."""

from datetime import timedelta
from itertools import pairwise

import pytest

from longbien.desk.turned_away import SELDOM, SOON, Tally, TurnedAway, is_of_the_peer
from longbien.exercise.states import NOW
from longbien.primitives.ids import StateCode

MY, IL = StateCode("MY"), StateCode("IL")
SECOND = timedelta(seconds=1)


def found(count: int, *, at: timedelta = timedelta(0), to: timedelta | None = None) -> TurnedAway:
    """Return what is told of MY."""
    return TurnedAway(
        peer=MY,
        code="message.not-signed",
        count=count,
        since=NOW.plus(at),
        until=NOW.plus(at if to is None else to),
    )


def noted(tally: Tally, *, at: timedelta = timedelta(0)) -> None:
    """Count one act of MY."""
    tally.note(MY, "message.not-signed", now=NOW.plus(at))


def test_the_first_act_is_told_at_once() -> None:
    """Nobody waits for a flood to be told of the first one."""
    tally = Tally()
    noted(tally)

    assert tally.take(NOW) == (found(1),)
    assert tally.take(NOW) == ()


def test_states_codes_and_strangers_are_counted_apart() -> None:
    """A row for each."""
    tally = Tally()
    for peer, code in ((MY, "json.form"), (MY, "json.form"), (IL, "json.form"), (None, "x")):
        tally.note(peer, code, now=NOW)

    rows = [(one.peer, one.code, one.count) for one in tally.take(NOW)]
    assert rows == [(MY, "json.form", 2), (IL, "json.form", 1), (None, "x", 1)]


def test_a_flood_is_a_few_rows_a_day() -> None:
    """An act every ten minutes for thirty days: a row at once, then ever more seldom, none lost."""
    tally, rows = Tally(), []
    for turn in range(30 * 24 * 6):
        at = timedelta(minutes=10 * turn)
        noted(tally, at=at)
        rows += tally.take(NOW.plus(at))
    rows += tally.take(NOW.plus(timedelta(days=30)), everything=True)

    assert sum(one.count for one in rows) == 30 * 24 * 6
    assert len(rows) == 35
    gaps = [later.until.moment - one.until.moment for one, later in pairwise(rows)]
    assert gaps[0] == SOON
    assert max(gaps) == SELDOM


def test_what_was_quiet_for_a_day_is_told_at_once_again() -> None:
    """And nothing is remembered of it meanwhile."""
    tally = Tally()
    noted(tally)
    tally.take(NOW)
    quiet = SOON + SELDOM
    assert tally.take(NOW.plus(quiet)) == ()
    assert tally == Tally()

    noted(tally, at=quiet + SECOND)
    assert tally.take(NOW.plus(quiet + SECOND)) == (found(1, at=quiet + SECOND),)


def test_what_could_not_be_written_is_counted_on() -> None:
    """It is due at once, together with what came since."""
    tally = Tally()
    noted(tally)
    (taken,) = tally.take(NOW)
    noted(tally, at=SECOND)

    tally.put_back(taken)
    assert tally.take(NOW.plus(SECOND)) == (found(2, to=SECOND),)
    tally.put_back(taken)
    assert tally.take(NOW) == (found(1),)


@pytest.mark.parametrize(
    ("code", "is_theirs"),
    [
        ("", False),
        ("store.stopped", False),
        ("peer.line-cut", False),
        ("desk.too-busy", False),
        ("ledger.split-view", True),
        ("message.not-signed", True),
        ("thread.gap", True),
        ("peer.slow", True),
    ],
)
def test_our_own_faults_are_not_counted_to_a_peer(code: str, *, is_theirs: bool) -> None:
    """Neither our disk nor the line is an act of a State."""
    assert is_of_the_peer(code) is is_theirs
