"""Calendars of States, from the time-zone data and the lists of public holidays.

The lists are those of the library ``holidays``: a good guide, and no State's own word.  A State
that knows better says so in its own settings (``own``).
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from longbien.casework.calendars import Calendar
from longbien.directory.entry import OfficeHours
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode

_SATURDAY_AND_SUNDAY: Final = frozenset({6, 7})


def make_calendar(
    state: StateCode,
    *,
    time_zone: str,
    hours: tuple[OfficeHours, ...] = (),
    years: frozenset[int],
    own: Mapping[date, str] = MappingProxyType({}),
) -> Calendar:
    """Return the calendar of an authority for some years.

    ``own`` are days off that the list does not have.  A State that no list knows has its weekend
    on Saturday and Sunday and no known holidays.  Raises Refused ``calendar.time-zone``.
    """
    try:
        listed = holidays.country_holidays(str(state), years=sorted(years))
    except NotImplementedError:
        weekend, found, known = _SATURDAY_AND_SUNDAY, {}, frozenset[int]()
    else:
        # the library counts from Monday 0
        weekend, found = frozenset(day + 1 for day in listed.weekend), dict(listed)
        known = years
    return Calendar(
        state=state,
        zone_name=time_zone,
        zone=_zone(time_zone),
        weekend=weekend,
        holidays=MappingProxyType({**found, **own}),
        years=known,
        hours=hours,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("calendar.time-zone", "there is no time zone {name}", name=name) from None
