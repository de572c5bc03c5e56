"""Calendars of contact points: which days are worked, by which clock, at which hours.

A calendar is a value that comes in: who makes it (``adapters.calendars``) asks the time-zone
data, the list of public holidays and the directory.  A calendar never moves a clock.  It tells
whoever looks at a clock what day that is there, and until when somebody works before it.

An instant has one meaning in every zone, so arithmetic is done on instants alone.  A local time
is only shown, with its offset: an hour that is left out or doubled when summer time begins or
ends is told apart by it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from longbien.directory.entry import OfficeHours
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant

_LOOK_BACK: Final = 30  # days: no stretch of closed days is as long
_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = "24:00"


@frozen(kw_only=True)
class Calendar:
    """Days and hours of one authority."""

    state: StateCode
    zone_name: str
    """IANA: ``Asia/Kathmandu``."""

    zone: tzinfo = field(repr=False)
    weekend: frozenset[int]
    """ISO weekdays, Monday 1 to Sunday 7: ``{5, 6}`` for Friday and Saturday."""

    holidays: Mapping[date, str] = field(factory=lambda: MappingProxyType({}), repr=False)
    """Public holidays of the whole State with their names, in its own language."""

    years: frozenset[int] = frozenset()
    """For which years the holidays are known; for others they are not, which is no free day."""

    hours: tuple[OfficeHours, ...] = ()
    """When its office is staffed; none: it says nothing, and a working day counts whole."""

    def local(self, at: Instant) -> datetime:
        """Return an instant by the clock on the wall there."""
        return at.moment.astimezone(self.zone)

    def shown(self, at: Instant) -> str:
        """Return it as people there read it, with the offset: ``2026-10-25 02:30+01:00``."""
        return self.local(at).isoformat(" ", "minutes")

    def closed_on(self, day: date) -> "Closed | None":
        """Tell if nobody works there on a day, and why."""
        name = self.holidays.get(day)
        if name is not None:
            return Closed(state=self.state, day=day, cause="holiday", name=name)
        if day.isoweekday() in self.weekend:
            return Closed(state=self.state, day=day, cause="weekend")
        return None

    def is_open(self, at: Instant) -> bool:
        """Tell if the office is staffed at an instant."""
        return any(opens <= at < closes for opens, closes in self._spans(self.local(at).date()))

    def last_open_before(self, end: Instant) -> Instant | None:
        """Return until when somebody works there before, or at, an instant.

        None: nobody does in the month before, which no calendar of a State says.
        """
        day = self.local(end).date()
        for back in range(_LOOK_BACK):
            begun = [span for span in self._spans(day - back * _DAY) if span[0] < end]
            if begun:
                return min(end, max(closes for _, closes in begun))
        return None

    def _spans(self, day: date) -> Iterator[tuple[Instant, Instant]]:
        if self.closed_on(day) is not None:
            return
        if not self.hours:
            yield self._at(day, "00:00"), self._at(day, _MIDNIGHT)
        for hours in self.hours:
            if day.isoweekday() in hours.days:
                yield self._at(day, hours.opens), self._at(day, hours.closes)

    def _at(self, day: date, clock: str) -> Instant:
        # a time that is left out or doubled there is read with the offset from before the change
        if clock == _MIDNIGHT:
            day, clock = day + _DAY, "00:00"
        return Instant(datetime.combine(day, time.fromisoformat(clock), self.zone))


@frozen(kw_only=True)
class Closed:
    """A day on which nobody works at one contact point."""

    state: StateCode
    day: date
    """By the calendar there."""

    cause: str
    """``holiday`` or ``weekend``."""

    name: str = ""
    """Of the holiday."""


def closed_at(end: Instant, calendars: Iterable[Calendar]) -> tuple[Closed, ...]:
    """Return for whom an instant falls on a day without work."""
    found = (one.closed_on(one.local(end).date()) for one in calendars)
    return tuple(closed for closed in found if closed is not None)


def act_by(end: Instant, calendars: Iterable[Calendar]) -> Instant:
    """Return until when everybody concerned can still be reached at work before an end.

    The end itself stays where it is; it is the end of the law's time, not of anybody's hours.
    """
    found = (one.last_open_before(end) for one in calendars)
    return min((at for at in found if at is not None), default=end)


@frozen(kw_only=True)
class Place:
    """An instant at one contact point."""

    state: StateCode
    zone: str
    local: str
    """``2026-10-25 02:30+01:00``."""

    is_open: bool
    """Whether the office is staffed then."""

    holidays_known: bool
    """Whether the holidays of that year are known."""


@frozen(kw_only=True)
class View:
    """What whoever looks at a clock should know of its end, at both contact points."""

    places: tuple[Place, ...]
    closed: tuple[Closed, ...]
    act_by: Instant
    """Until when everybody can still be reached at work; the end itself, where that is so."""


def view_of(end: Instant, calendars: Iterable[Calendar]) -> View:
    """Return how an end looks by some calendars."""
    known = tuple(calendars)
    return View(
        places=tuple(
            Place(
                state=one.state,
                zone=one.zone_name,
                local=one.shown(end),
                is_open=one.is_open(end),
                holidays_known=one.local(end).year in one.years,
            )
            for one in known
        ),
        closed=closed_at(end, known),
        act_by=act_by(end, known),
    )
