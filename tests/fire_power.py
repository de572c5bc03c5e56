"""The power fails at some moment of a real day: what is left is opened, and the day told again.

A day of two nodes is recorded once (``power_cuts``).  For each point one of the nodes gets what a
power cut leaves of its disk; the other one, whose power did not fail, what it had at that
moment.  Then both are opened: what was acknowledged must be known, everything else is done
again, and the evening must be the one of a calm day, on both sides, with fsck content.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

import fire_days as days
from fire_child import BEGUN
from fire_pieces import PIECES
from longbien.primitives.errors import LongBienError
from power_cuts import Call, Cut, Disk, read_trace, watching

CHILD: Final = Path(__file__).with_name("fire_child.py")
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a disk that costs nothing, where there is one


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Give a folder that is quick, and gone afterwards."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="lb-power-", dir=where) as name:
        yield Path(name)


def child_environment() -> dict[str, str]:
    """Return the environment of a child that finds the worlds of the tests."""
    folders = (str(CHILD.parent), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}


@frozen(kw_only=True)
class Record:
    """A day as it was recorded."""

    disk: Path
    """What was on the disk before it."""

    trace: tuple[Call, ...]
    tokens: Path
    evening: days.Evening


def record_day(folder: Path) -> Record:
    """Make the nodes in a folder, and let a day be recorded."""
    disk = folder / "disk"
    days.prepare(disk)
    (disk / days.TOKENS).rename(folder / days.TOKENS)
    shutil.copytree(disk, folder / "before")
    calls = _recorded("day", folder, folder / "trace")
    with days.opened(disk, folder) as day:
        day.live()
        assert all(day.repeated.values()), day.repeated
        evening = days.evening(day)
    disk.rename(folder / "after")
    (folder / "before").rename(disk)
    return Record(disk=disk, trace=calls, tokens=folder, evening=evening)


def _recorded(what: str, folder: Path, trace: Path) -> tuple[Call, ...]:
    done = subprocess.run(
        [*watching(trace), sys.executable, str(CHILD), what, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        env=child_environment(),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    calls = tuple(read_trace(trace))
    trace.unlink()
    return calls


@define(kw_only=True)
class Result:
    """What came of some power cuts."""

    points: int = 0
    acknowledged_lost: int = 0
    kinds: "Counter[str]" = field(factory=Counter)
    remarks: list[str] = field(factory=list)
    """What was not as it should be, each with its point."""


def moments(disk: Disk, trace: Sequence[Call]) -> Sequence[int]:
    """Return after which calls the power may fail: those that change what is, or is durable."""
    return [place for place, call in enumerate(trace) if disk.play(call)]


def cut_at_points(record: Record, *, points: int, seed: int) -> Result:
    """Cut the power at so many moments, drawn from a seed."""
    draw = random.Random(seed)
    known = moments(Disk(record.disk), record.trace)
    chosen = sorted((draw.choice(known), number) for number in range(points))
    result, disk, at = Result(), Disk(record.disk), 0
    for place, number in chosen:
        while at <= place:
            disk.play(record.trace[at])
            at += 1
        cut = draw.choice(tuple(Cut))
        victim = draw.choice(sorted(days.OFFICERS))
        told = f"after call {place}, {cut.value}, {victim}, seed {seed}/{number}"
        _cut(record, disk, result, cut, victim, told)
    return result


def _cut(record: Record, disk: Disk, result: Result, cut: Cut, victim: str, told: str) -> None:
    with quick_folder() as folder:
        for code in days.OFFICERS:
            seed = len(result.remarks) + result.points
            disk.leave(folder / code, cut if code == victim else None, part=code, seed=seed)
        result.points += 1
        result.kinds[f"{cut.value} at {victim}"] += 1
        said = frozenset(disk.said)
        try:
            _told_again(record, folder, said, result, told)
        except (AssertionError, LongBienError) as error:
            result.acknowledged_lost += len(said)
            result.remarks.append(f"{told}: {error!r}")


def _told_again(
    record: Record, folder: Path, said: frozenset[str], result: Result, told: str
) -> None:
    with days.opened(folder, record.tokens) as day:
        day.deliver()
        day.live()
        lost = sorted(key for key in said if not day.repeated[key])
        evening: Any = days.evening(day)
    if lost:
        result.acknowledged_lost += len(lost)
        result.remarks.append(f"{told}: lost {lost}")
    if evening != record.evening:
        result.remarks.append(f"{told}: the evening differs: {evening}")


# --- small pieces of work -----------------------------------------------------------------------


@frozen(kw_only=True)
class Work:
    """Pieces of work as they were recorded, one after the other."""

    what: tuple[str, ...]
    disk: Path
    """What was on the disk before them."""

    trace: tuple[Call, ...]


def record_pieces(folder: Path, *what: str) -> Work:
    """Let pieces of work be recorded in a folder."""
    top = folder / "disk"
    top.mkdir()
    for one in what:
        PIECES[one].prepare(top)
    shutil.copytree(top, folder / "before")
    trace = _recorded(",".join(what), top, folder / "trace")
    shutil.rmtree(top)
    (folder / "before").rename(top)
    return Work(what=what, disk=top, trace=trace)


def cut_pieces(work: Work, *, kind: type[Disk] = Disk, share: float = 1.0, seed: int = 0) -> Result:
    """Cut the power at each moment of some work, in each of the ways.

    With a ``share`` only at so many of the moments, and at each after which something is known.
    """
    draw, result, disk = random.Random(seed), Result(), kind(work.disk)
    for call in work.trace:
        known = len(disk.said)
        if not disk.play(call):
            continue
        is_word = any(not one.startswith(BEGUN) for one in disk.said[known:])
        for cut in Cut:
            if is_word or draw.random() < share:
                _cut_work(work, disk, cut, result, call.name)
    assert "done" in disk.said, disk.said
    return result


def _cut_work(work: Work, disk: Disk, cut: Cut, result: Result, after: str) -> None:
    with quick_folder() as folder:
        where, said = folder / "left", frozenset(disk.said)
        disk.leave(where, cut, seed=result.points)
        result.points += 1
        result.kinds[cut.value] += 1
        for what in work.what:
            if f"{BEGUN} {what}" not in said:
                continue
            try:
                PIECES[what].check(where, said)
            except (AssertionError, LongBienError, OSError) as error:
                result.acknowledged_lost += 1
                told = f"{what} after {after}, {cut.value}, {result.points}"
                result.remarks.append(f"{told}: said {disk.said}: {error!r}")
