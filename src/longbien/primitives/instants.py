"""Instants: points in time in UTC, to the microsecond, and how they are written.

No clock lives here: ``now`` is always an argument.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Self

from attrs import field, frozen

from longbien.primitives.errors import Malformed

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:[0-5]\d)",
    re.ASCII,
)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "an instant needs a time zone"
        raise ValueError(msg)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


@frozen(order=True)
class Instant:
    """A point in time, UTC."""

    moment: datetime = field(converter=_in_utc)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read RFC 3339 with at most microseconds; anything else is Malformed ``instant.text``.

        A leap second (``:60``) is refused: no clock that we compare with has one.
        """
        if not _RFC3339.fullmatch(text):  # Python reads many other forms, more in each version
            raise _malformed()
        try:
            return cls(datetime.fromisoformat(text))
        except (ValueError, OverflowError):
            raise _malformed() from None

    @classmethod
    def from_unix(cls, seconds: int) -> Self:
        """Take whole seconds since 1970; out of the calendar is Malformed ``instant.range``."""
        try:
            return cls(datetime.fromtimestamp(seconds, tz=UTC))
        except (ValueError, OverflowError, OSError):
            raise Malformed("instant.range", "a time outside the calendar") from None

    @property
    def unix(self) -> int:
        """Return whole seconds since 1970, rounded down."""
        return int(self.moment.timestamp() // 1)

    def plus(self, span: timedelta) -> Self:
        """Return the instant ``span`` later."""
        return type(self)(self.moment + span)

    def __str__(self) -> str:
        """Return RFC 3339 in UTC with ``Z``; microseconds only where there are any."""
        return self.moment.isoformat().replace("+00:00", "Z")


def _malformed() -> Malformed:
    return Malformed("instant.text", "a time is written 2026-11-21T09:30:00Z (RFC 3339)")
