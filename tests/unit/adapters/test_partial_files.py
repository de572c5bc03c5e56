import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from longbien.adapters.partial_files import copy_range, new_file, reserve, start_writing_back
from longbien.primitives.errors import Refused, Unavailable
from sealing_world import names_in, open_descriptors


def write(path: Path, data: bytes = b"new", *, replace: bool = False) -> None:
    """Write a file whole."""
    with new_file(path, replace=replace) as descriptor:
        os.write(descriptor, data)


def refusal(path: Path) -> str:
    """Return the code that writing a file is refused with."""
    with pytest.raises(Refused) as caught:
        write(path)
    return caught.value.code


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """Until the block ends there is only the partial name, afterwards only the final one."""
    with new_file(tmp_path / "f", replace=False) as descriptor:
        os.write(descriptor, b"new")
        assert names_in(tmp_path) == {"f.partial"}

    assert names_in(tmp_path) == {"f"}
    assert (tmp_path / "f").read_bytes() == b"new"


def test_what_a_crash_left_is_removed(tmp_path: Path) -> None:
    """A leftover is removed, whatever it is, and never written into or followed."""
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "f.partial").write_bytes(b"left over and longer")
    (tmp_path / "g.partial").symlink_to("other")

    write(tmp_path / "f")
    write(tmp_path / "g")

    assert names_in(tmp_path) == {"f", "g", "other"}
    assert (tmp_path / "f").read_bytes() == (tmp_path / "g").read_bytes() == b"new"
    assert (tmp_path / "other").read_bytes() == b"other"


def test_two_writers_of_one_name_are_not_let_in(tmp_path: Path) -> None:
    """While one writes, the second is refused, and the first one's file is whole."""
    with new_file(tmp_path / "f", replace=False) as descriptor:
        assert refusal(tmp_path / "f") == "sealed.busy"
        os.write(descriptor, b"first")

    assert (tmp_path / "f").read_bytes() == b"first"
    assert names_in(tmp_path) == {"f"}


def test_a_file_that_was_taken_for_a_leftover_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making and locking its file, a writer may lose it to another; it then stops."""
    real = fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        (tmp_path / "f.partial").unlink()
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)

    assert refusal(tmp_path / "f") == "sealed.busy"
    assert names_in(tmp_path) == set()


def test_a_file_system_without_locks_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locks are a help where they exist, not a condition."""

    def none(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", none)
    (tmp_path / "f.partial").touch()
    write(tmp_path / "f")

    assert names_in(tmp_path) == {"f"}


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody else's file of the same name is found at the end as well."""
    with pytest.raises(Refused) as caught, new_file(tmp_path / "f", replace=False):
        (tmp_path / "f").write_bytes(b"theirs")

    assert caught.value.code == "sealed.exists"
    assert (tmp_path / "f").read_bytes() == b"theirs"
    assert names_in(tmp_path) == {"f"}


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    """A dangling link is not replaced without being asked."""
    (tmp_path / "f").symlink_to("nowhere")

    assert refusal(tmp_path / "f") == "sealed.exists"


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    """Where nothing can be written, the error says so."""
    with pytest.raises(Unavailable) as caught:
        write(tmp_path / "none" / "f")

    assert (caught.value.code, caught.value.retry) == ("sealed.write-failed", False)
    assert caught.value.facts["path"] == tmp_path / "none" / "f"


def test_the_file_and_its_name_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fsync is called for the file before its renaming, and for the folder after it."""
    synced: list[tuple[bool, bool]] = []
    real = os.fsync

    def watch(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((is_folder, (tmp_path / "f").exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    write(tmp_path / "f")

    assert synced == [(False, False), (True, True)]


def test_a_failing_fsync_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may not be on the disk is not given a name."""

    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable) as caught:
        write(tmp_path / "f")

    assert caught.value.code == "sealed.write-failed"
    assert names_in(tmp_path) == set()


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    """Whether it ends well or not, nothing stays open."""
    before = open_descriptors()

    write(tmp_path / "f")
    with pytest.raises(Refused):
        write(tmp_path / "f")
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "g", replace=False):
        raise ZeroDivisionError

    assert open_descriptors() == before


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM])
def test_space_is_reserved_where_that_is_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Where a file system cannot reserve, the size is set all the same."""

    def fail(*_arguments: object) -> None:
        raise OSError(number, "cannot")

    with (tmp_path / "f").open("wb") as file:
        reserve(file.fileno(), 100_000)
        assert os.fstat(file.fileno()).st_blocks >= 100_000 // 512
        monkeypatch.setattr(os, "posix_fallocate", fail)
        reserve(file.fileno(), 200_000)
        reserve(file.fileno(), 200_001)

    assert (tmp_path / "f").stat().st_size == 200_001


def test_a_full_disk_is_told_when_reserving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is not about the file system's abilities comes out."""

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with (tmp_path / "f").open("wb") as file:
        reserve(file.fileno(), 0)
        with pytest.raises(OSError, match="full"):
            reserve(file.fileno(), 1)


def test_a_hint_that_is_not_understood_loses_nothing() -> None:
    """Writing back early is a hint only: a pipe cannot, and that is no error."""
    reading, writing = os.pipe()
    try:
        start_writing_back(writing, 0, 1)
    finally:
        os.close(reading)
        os.close(writing)


def test_a_copy_by_the_system_tells_how_far_it_came(tmp_path: Path) -> None:
    """At most 64 MiB at once, from one place to another."""
    (tmp_path / "a").write_bytes(b"0123456789")
    with (tmp_path / "a").open("rb") as source, (tmp_path / "b").open("wb") as target:
        assert copy_range(source.fileno(), 3, target.fileno(), 1, length=5) == 5

    assert (tmp_path / "b").read_bytes() == b"\x0034567"
