"""The simulated disk: what a power cut may leave behind."""

import pytest

from longbien.exercise.disk import MemoryDisk, PowerCut
from longbien.primitives.errors import Unavailable


def cut_while_writing() -> MemoryDisk:
    """Return a disk with one safe record, and one that was written and not synced."""
    disk = MemoryDisk()
    disk.keep(("first",), lambda: None)
    disk.cut_in(2)
    with pytest.raises(PowerCut):
        disk.keep(("second",), lambda: None)
    return disk


@pytest.mark.parametrize(
    ("keep", "torn", "left"),
    [(0, 0, [("first",)]), (1, 0, [("first",), ("second",)]), (0, 1, [("first",)])],
)
def test_an_unsynced_record_is_lost_or_kept_and_a_torn_one_dropped(
    keep: int, torn: int, left: list[object]
) -> None:
    """What was synced stays in every case; half a record is recognised and dropped."""
    disk = cut_while_writing()

    disk.power_off(keep=keep, torn=bool(torn))

    assert disk.recover() == torn
    assert disk.records == left
    assert disk.synced == len(left)


def test_a_full_disk_stops_until_it_is_mended() -> None:
    """After a write that failed nothing is accepted any more."""
    disk = MemoryDisk()
    disk.is_full = True

    for _ in range(2):
        with pytest.raises(Unavailable, match="full or broken"):
            disk.keep(("one",), lambda: None)
    disk.mend()
    disk.keep(("one",), lambda: None)

    assert disk.records == [("one",)]
