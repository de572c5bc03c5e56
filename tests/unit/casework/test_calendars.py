"""Calendars: time travel over leap days, summer time, year ends, half-hour zones, weekends."""

from datetime import date, timedelta

import pytest

from calendar_world import (
    BERLIN,
    CHATHAM,
    EIGHT_TO_FIVE,
    HANOI,
    JERUSALEM,
    KATHMANDU,
    KOLKATA,
    at,
    calendar,
)
from longbien.casework.calendars import Calendar, Closed, act_by, closed_at
from longbien.directory.entry import OfficeHours
from longbien.primitives.ids import StateCode


@pytest.mark.parametrize(
    ("where", "when", "shown"),
    [
        (HANOI, "2026-12-31T17:00:00Z", "2027-01-01 00:00+07:00"),
        (KOLKATA, "2026-12-31T18:29:00Z", "2026-12-31 23:59+05:30"),
        (KOLKATA, "2026-12-31T18:30:00Z", "2027-01-01 00:00+05:30"),
        (KATHMANDU, "2028-02-28T18:15:00Z", "2028-02-29 00:00+05:45"),
        (CHATHAM, "2026-04-04T13:59:00Z", "2026-04-05 03:44+13:45"),
        (CHATHAM, "2026-04-04T14:00:00Z", "2026-04-05 02:45+12:45"),
    ],
)
def test_a_time_is_shown_as_the_clock_there_shows_it(
    where: Calendar, when: str, shown: str
) -> None:
    """Half and quarter hours, the turn of the year, a leap day, the end of summer time."""
    assert where.shown(at(when)) == shown


def test_the_doubled_hour_is_told_apart_by_its_offset() -> None:
    """02:30 comes twice when summer time ends; both are shown, an hour apart."""
    first, second = at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")

    assert BERLIN.shown(first) == "2026-10-25 02:30+02:00"
    assert BERLIN.shown(second) == "2026-10-25 02:30+01:00"


def test_the_lost_hour_loses_no_time() -> None:
    """The minute over which summer time begins is a minute, whatever the walls show."""
    before, after = at("2026-03-29T00:59:00Z"), at("2026-03-29T01:00:00Z")

    assert (BERLIN.shown(before), BERLIN.shown(after)) == (
        "2026-03-29 01:59+01:00",
        "2026-03-29 03:00+02:00",
    )
    assert before.plus(timedelta(minutes=1)) == after


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2027-12-31T22:00:00Z", "2028-02-29T22:00:00Z"),  # ends on the leap day
        ("2028-01-15T10:00:00Z", "2028-03-15T10:00:00Z"),  # with it on the way
        ("2027-01-15T10:00:00Z", "2027-03-16T10:00:00Z"),  # without
        ("2026-02-10T01:30:00Z", "2026-04-11T01:30:00Z"),  # over the beginning of summer time
        ("2026-09-10T01:30:00Z", "2026-11-09T01:30:00Z"),  # over its end
        ("2026-11-15T23:59:59Z", "2027-01-14T23:59:59Z"),  # over the turn of the year
    ],
)
def test_sixty_days_are_sixty_times_24_hours(start: str, end: str) -> None:
    """The same for everybody, in whatever zone: never shorter by a change of clocks."""
    assert at(start).plus(timedelta(days=60)) == at(end)


def test_weekends_are_those_of_the_state() -> None:
    """Friday and Saturday, Saturday and Sunday, or Saturday alone; a day is a day there."""
    friday_evening = at("2026-11-20T23:30:00Z")  # Saturday in Hanoi and Kathmandu, Friday in UTC

    assert closed_at(friday_evening, [HANOI, JERUSALEM, KATHMANDU, BERLIN]) == (
        Closed(state=StateCode("VN"), day=date(2026, 11, 21), cause="weekend"),
        Closed(state=StateCode("IL"), day=date(2026, 11, 21), cause="weekend"),
        Closed(state=StateCode("NP"), day=date(2026, 11, 21), cause="weekend"),
        Closed(state=StateCode("DE"), day=date(2026, 11, 21), cause="weekend"),
    )
    assert JERUSALEM.closed_on(date(2026, 11, 22)) is None
    assert HANOI.closed_on(date(2026, 11, 20)) is None


def test_a_holiday_has_its_name() -> None:
    """Also where it falls on a weekend."""
    tet = {date(2026, 2, 17): "Tết", date(2026, 2, 21): "Tết"}
    hanoi = calendar("Asia/Ho_Chi_Minh", off=tet)

    assert hanoi.closed_on(date(2026, 2, 17)) == Closed(
        state=StateCode("VN"), day=date(2026, 2, 17), cause="holiday", name="Tết"
    )
    found = hanoi.closed_on(date(2026, 2, 21))
    assert found is not None
    assert found.cause == "holiday"


def test_an_end_on_a_day_off_of_either_side_is_to_be_acted_on_earlier() -> None:
    """Friday there and Sunday here: the last day on which both work is the Thursday before."""
    sunday = at("2026-11-22T10:00:00Z")

    assert act_by(sunday, [BERLIN]) == at("2026-11-20T23:00:00Z")  # midnight after Friday
    assert act_by(sunday, [JERUSALEM]) == sunday
    assert act_by(sunday, [BERLIN, JERUSALEM]) == at("2026-11-20T23:00:00Z")
    friday = at("2026-11-20T10:00:00Z")
    assert act_by(friday, [BERLIN, JERUSALEM]) == at("2026-11-19T22:00:00Z")
    assert act_by(friday, []) == friday


def test_office_hours_are_those_on_the_wall_there() -> None:
    """Summer time moves them in the world's time, and a holiday has none."""
    berlin = calendar("Europe/Berlin", hours=(EIGHT_TO_FIVE,), off={date(2026, 5, 1): "Mai"})

    assert berlin.is_open(at("2026-03-27T07:00:00Z"))
    assert not berlin.is_open(at("2026-03-27T06:59:59Z"))
    assert berlin.is_open(at("2026-03-30T06:00:00Z"))
    assert not berlin.is_open(at("2026-05-01T10:00:00Z"))
    assert not berlin.is_open(at("2026-03-28T10:00:00Z"))
    assert berlin.last_open_before(at("2026-05-02T10:00:00Z")) == at("2026-04-30T15:00:00Z")
    assert berlin.last_open_before(at("2026-04-30T10:00:00Z")) == at("2026-04-30T10:00:00Z")
    assert berlin.last_open_before(at("2026-04-30T05:00:00Z")) == at("2026-04-29T15:00:00Z")


def test_hours_until_midnight_end_with_the_day() -> None:
    """``24:00`` is the beginning of the next day, also when clocks change that night."""
    night = OfficeHours(days=(6,), opens="12:00", closes="24:00")
    berlin = calendar("Europe/Berlin", weekend=frozenset(), hours=(night,))

    assert berlin.last_open_before(at("2026-10-25T12:00:00Z")) == at("2026-10-24T22:00:00Z")


def test_an_office_that_never_opens_is_not_waited_for() -> None:
    """A calendar that says so says nothing that could be acted on."""
    never = calendar("UTC", weekend=frozenset(range(1, 8)))
    end = at("2026-11-22T10:00:00Z")

    assert never.last_open_before(end) is None
    assert act_by(end, [never]) == end
