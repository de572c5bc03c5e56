"""Calendars of the authorities in the directory."""

from functools import lru_cache

from longbien.casework.calendars import Calendar
from longbien.directory.book import Book
from longbien.directory.entry import OfficeHours
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.primitives.instants import Instant


def find_calendar(book: Book, authority: AuthorityId, *, now: Instant) -> Calendar | None:
    """Return the calendar of an authority, by the zone and hours of its State's own entry.

    None where the directory does not know it, or it names a time zone that does not exist:
    another State's entry stops nothing here.
    """
    found = book.find_authority(authority)
    if found is None:
        return None
    try:
        return _made(authority.state, found.time_zone, found.office_hours, now.moment.year)
    except Refused:
        return None


@lru_cache(maxsize=1024)  # one an authority and year: a list of holidays costs milliseconds
def _made(state: StateCode, time_zone: str, hours: tuple[OfficeHours, ...], year: int) -> Calendar:
    from longbien.adapters.calendars import make_calendar  # noqa: PLC0415 - most processes need none

    years = frozenset(range(year - 1, year + 3))
    return make_calendar(state, time_zone=time_zone, hours=hours, years=years)
