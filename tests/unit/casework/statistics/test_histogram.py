"""Durations, counted: defined to the second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longbien.casework.statistics.histogram import Histogram, end_of_interval

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "end"),
    [
        (0, 60),
        (60, 60),
        (61, 120),
        (HOUR, HOUR),
        (HOUR + 1, 2 * HOUR),
        (30 * DAY, 30 * DAY),
        (30 * DAY + 1, 31 * DAY),
        (3653 * DAY, 3653 * DAY),
        (99999 * DAY, 3653 * DAY),
    ],
)
def test_a_duration_is_counted_at_the_end_of_its_interval(seconds: int, end: int) -> None:
    """Minutes, then hours, then days; above ten years there is one."""
    assert end_of_interval(seconds) == end


@given(
    st.lists(st.integers(0, 400 * DAY), min_size=1, max_size=60),
    st.sampled_from((1, 50, 90, 95, 100)),
)
def test_a_percentile_is_that_of_the_nearest_rank(durations: list[int], hundredth: int) -> None:
    """The smallest counted duration that at least so many of a hundred do not exceed."""
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)

    found = histogram.percentile(hundredth)

    counted = sorted(map(end_of_interval, durations))
    assert found == next(
        one
        for one in counted
        if 100 * sum(other <= one for other in counted) >= hundredth * len(counted)
    )


def test_nothing_has_no_percentile() -> None:
    """Nor a count."""
    assert (Histogram().percentile(50), Histogram().count) == (None, 0)
