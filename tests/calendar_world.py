"""Calendars of some States, as values."""

from datetime import date
from zoneinfo import ZoneInfo

from longbien.casework.calendars import Calendar
from longbien.directory.entry import OfficeHours
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant

SUNDAY_TO_THURSDAY = frozenset({5, 6})
MONDAY_TO_FRIDAY = frozenset({6, 7})
EIGHT_TO_FIVE = OfficeHours(days=(1, 2, 3, 4, 5), opens="08:00", closes="17:00")


def at(text: str) -> Instant:
    """Return an instant."""
    return Instant.parse(text)


def calendar(
    zone: str,
    *,
    state: str = "VN",
    weekend: frozenset[int] = MONDAY_TO_FRIDAY,
    off: dict[date, str] | None = None,
    hours: tuple[OfficeHours, ...] = (),
) -> Calendar:
    """Return a calendar."""
    return Calendar(
        state=StateCode(state),
        zone_name=zone,
        zone=ZoneInfo(zone),
        weekend=weekend,
        holidays=off or {},
        years=frozenset({2026}),
        hours=hours,
    )


HANOI = calendar("Asia/Ho_Chi_Minh")
JERUSALEM = calendar("Asia/Jerusalem", state="IL", weekend=SUNDAY_TO_THURSDAY)
KATHMANDU = calendar("Asia/Kathmandu", state="NP", weekend=frozenset({6}))
KOLKATA = calendar("Asia/Kolkata", state="IN")
BERLIN = calendar("Europe/Berlin", state="DE")
CHATHAM = calendar("Pacific/Chatham", state="NZ")
