"""Calendars out of the libraries' data."""

from datetime import date

import pytest

from longbien.adapters.calendars import make_calendar
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant

YEARS = frozenset({2026, 2027})


def test_a_state_has_its_weekend_and_its_holidays() -> None:
    """Friday and Saturday in Israel and Egypt, Friday in Iran, the new year of each."""
    israel = make_calendar(StateCode("IL"), time_zone="Asia/Jerusalem", years=YEARS)
    vietnam = make_calendar(StateCode("VN"), time_zone="Asia/Ho_Chi_Minh", years=YEARS)
    iran = make_calendar(StateCode("IR"), time_zone="Asia/Tehran", years=YEARS)

    assert (israel.weekend, vietnam.weekend, iran.weekend) == ({5, 6}, {6, 7}, {5})
    tet = vietnam.closed_on(date(2026, 2, 17))
    assert tet is not None
    assert tet.cause == "holiday"
    assert israel.closed_on(date(2026, 2, 17)) is None
    assert israel.years == YEARS


def test_a_state_that_no_list_knows_has_no_known_holidays() -> None:
    """Which is said, so that nobody takes it for a year without holidays."""
    found = make_calendar(StateCode("XA"), time_zone="UTC", years=YEARS)

    assert (found.weekend, found.holidays, found.years) == ({6, 7}, {}, frozenset())


def test_a_state_adds_days_of_its_own() -> None:
    """A day that was declared at short notice."""
    day = date(2026, 11, 23)
    found = make_calendar(
        StateCode("VN"), time_zone="Asia/Ho_Chi_Minh", years=YEARS, own={day: "declared"}
    )

    assert found.holidays[day] == "declared"
    assert found.shown(Instant.parse("2026-11-22T17:00:00Z")) == "2026-11-23 00:00+07:00"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "/etc/passwd", "../x"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    """And no path is read for one."""
    with pytest.raises(Refused) as caught:
        make_calendar(StateCode("VN"), time_zone=name, years=YEARS)

    assert caught.value.code == "calendar.time-zone"
