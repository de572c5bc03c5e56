import io

import pytest

from longbien.cli._progress import Progress, size_text, span_text


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Return True, as a terminal does."""
        return True


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (2**20 * 1.5, "1.5 MiB"),
        (2**30, "1.0 GiB"),
        (5 * 2**40, "5.0 TiB"),
        (5 * 2**50, "5120.0 TiB"),
    ],
)
def test_sizes_read_as_people_write_them(count: float, text: str) -> None:
    """Steps of 1024, one digit after the point from KiB on."""
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3600, "1 h 00 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_spans_read_as_people_say_them(seconds: float, text: str) -> None:
    """Seconds, then minutes and seconds, then hours and minutes."""
    assert span_text(seconds) == text


def test_a_terminal_sees_amount_share_rate_and_time_left() -> None:
    """The line says all four, and is wiped at the end."""
    stream, clock = Terminal(), Hand()

    with Progress("sealing", 4 * 2**20, stream=stream, clock=clock) as progress:
        clock.now += 1
        progress.advance(2**20)
    written = stream.getvalue()

    assert "sealing  1.0 MiB of 4.0 MiB  25 %  1.0 MiB/s  3 s left" in written
    assert written.endswith("\r\x1b[K")


def test_the_line_is_not_rewritten_faster_than_a_person_reads() -> None:
    """Many small steps within a fifth of a second cost one line."""
    stream, clock = Terminal(), Hand()
    progress = Progress("hashing", 1000, stream=stream, clock=clock)

    for _ in range(100):
        clock.now += 0.01
        progress.advance(1)

    assert 2 <= stream.getvalue().count("hashing") <= 5


def test_nobody_watching_means_nothing_written() -> None:
    """Without a terminal not a byte goes to the stream."""
    stream, clock = io.StringIO(), Hand()

    with Progress("sealing", 10, stream=stream, clock=clock) as progress:
        clock.now += 5
        progress.advance(10)

    assert stream.getvalue() == ""


def test_an_empty_or_finished_job_has_no_time_left() -> None:
    """Nothing is divided by nothing."""
    clock = Hand()
    empty = Progress("x", 0, stream=io.StringIO(), clock=clock)
    full = Progress("x", 5, stream=io.StringIO(), clock=clock)
    full.advance(5)

    assert empty.line(clock.now) == "x  0 B of 0 B  0 B/s"
    assert full.line(clock.now + 1) == "x  5 B of 5 B  100 %  5 B/s"
