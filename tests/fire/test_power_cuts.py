"""The power fails while real processes work on disks; the long runs are ``tools/fire``."""

from pathlib import Path

import pytest

import fire_power
from fire_power import Work
from power_cuts import Call, Cut, Disk, read_trace

pytestmark = pytest.mark.slow


class DeafDisk(Disk):
    """A disk on which nothing ever becomes durable."""

    def _fsync(self, call: Call) -> bool:
        """Do nothing."""
        return bool(call)

    _fdatasync = _fsync
    _syncfs = _fsync


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Record the making of a bag, a ledger with its witness, a vault and a whole node."""
    folder = tmp_path_factory.mktemp("work")
    return fire_power.record_pieces(folder, "bag", "ledger", "vault", "node")


def test_what_was_acknowledged_is_there_after_a_power_cut(work: Work) -> None:
    """At each word of the work, in each of the ways in which disks lose what they may."""
    result = fire_power.cut_pieces(work, share=0)

    assert result.remarks == []
    assert result.points >= 10 * len(Cut)


def test_a_disk_that_only_pretends_to_sync_is_found_out(work: Work) -> None:
    """The same check, where a sync does nothing: what was acknowledged is gone, and it is said."""
    assert fire_power.cut_pieces(work, kind=DeafDisk, share=0).acknowledged_lost > 0


@pytest.mark.soak
def test_a_day_of_two_nodes_survives_power_cuts(tmp_path: Path) -> None:
    """From the first request to the verified package: the same evening, each effect once."""
    record = fire_power.record_day(tmp_path)
    result = fire_power.cut_at_points(record, points=20, seed=1)

    assert (result.points, result.acknowledged_lost, result.remarks) == (20, 0, [])
    assert record.evening.checks == ("PASSED", "PASSED")
    assert record.evening.verified == "['passed']"


def test_the_record_of_the_kernel_is_played_back(tmp_path: Path) -> None:
    """Contents and names, each as durable as the calls have made them."""
    top = tmp_path / "disk"
    top.mkdir()
    fd = f"3<{top}/a>"
    lines = [
        f'7 openat(AT_FDCWD</>, "{top}/a", O_WRONLY|O_CREAT, 0600) = {fd}',
        f'7 write({fd}, "\\x6f\\x6e\\x65", 3) = 3',
        f"7 fsync({fd}) = 0",
        f'7 pwrite64({fd}, "\\x74\\x77\\x6f", 3, 3 <unfinished ...>',
        '8 write(1<pipe:[1]>, "\\x68\\x69\\x0a", 3) = 3',
        "7 <... pwrite64 resumed>) = 3",
        f"7 fsync(4<{top}>) = 0",
        f'7 rename("{top}/a", "{top}/b") = 0',
    ]
    (tmp_path / "trace").write_text("\n".join(lines) + "\n")

    left = []
    disk = Disk(top)
    for number, call in enumerate(read_trace(tmp_path / "trace")):
        disk.play(call)
        where = tmp_path / str(number)
        found = []
        for cut in (Cut.LOST, Cut.CONTENTS, Cut.NAMES, None):
            disk.leave(where / str(cut), cut)
            files = sorted((where / str(cut)).iterdir())
            found.append([(one.name, one.read_bytes()) for one in files])
        left.append(found)

    assert disk.said == ["hi"]
    assert left[1] == [[], [], [("a", bytes(3))], [("a", b"one")]]
    assert left[2] == [[], [], [("a", b"one")], [("a", b"one")]]
    assert left[4] == [[], [], [("a", b"one\0\0\0")], [("a", b"onetwo")]]
    assert left[5][:2] == [[("a", b"one")], [("a", b"onetwo")]]
    assert left[6][:3] == [[("a", b"one")], [("a", b"onetwo")], [("b", b"one\0\0\0")]]
