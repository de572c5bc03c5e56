"""Durations, counted: constant memory for any number of them, and integers only.

A duration is counted at the end of its interval: minutes up to an hour, hours up to thirty days,
days beyond, the last one for everything above ten years.  A percentile is that of the nearest
rank: the smallest counted duration that at least so many of a hundred do not exceed.  So a
printed percentile means "at most so long", and two histograms can be joined.
"""

from typing import Final

from attrs import define, field

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LONGEST: Final = 3653 * _DAY

PERCENTILES: Final = (50, 90, 95)


def end_of_interval(seconds: int) -> int:
    """Return the end of the interval in which a duration lies, in seconds."""
    if seconds <= _HOUR:
        return max(1, -(-seconds // _MINUTE)) * _MINUTE
    if seconds <= 30 * _DAY:
        return -(-seconds // _HOUR) * _HOUR
    return min(_LONGEST, -(-seconds // _DAY) * _DAY)


@define
class Histogram:
    """How often each interval was met."""

    counts: dict[int, int] = field(factory=dict)

    @property
    def count(self) -> int:
        """Return how many durations were counted."""
        return sum(self.counts.values())

    def add(self, seconds: int) -> None:
        """Count a duration."""
        end = end_of_interval(seconds)
        self.counts[end] = self.counts.get(end, 0) + 1

    def percentile(self, hundredth: int) -> int | None:
        """Return the percentile of the nearest rank in seconds; None where nothing was counted."""
        rank = (hundredth * self.count + 99) // 100
        seen = 0
        for end in sorted(self.counts):
            seen += self.counts[end]
            if seen >= rank:
                return end
        return None
