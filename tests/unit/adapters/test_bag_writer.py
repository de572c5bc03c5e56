import errno
import os
from pathlib import Path

import pytest

from longbien.adapters import bag_writer
from longbien.adapters.bag_writer import new_bag
from longbien.adapters.files import read_small, write_durably
from longbien.primitives.errors import Refused, Unavailable


def test_a_bag_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    """Until the end it is called partial."""
    with new_bag(tmp_path, "LB-x") as bag:
        bag.write({"a/b.txt": b"1", "c": b""})
        assert bag.folder == tmp_path / "LB-x.partial"
        assert not bag.final.exists()

    assert (tmp_path / "LB-x" / "a" / "b.txt").read_bytes() == b"1"
    assert [path.name for path in tmp_path.iterdir()] == ["LB-x"]


def test_many_files_are_synced_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call for files, one for folders, whatever their number."""
    synced: list[int] = []
    monkeypatch.setattr(bag_writer, "sync_disk", synced.append)

    with new_bag(tmp_path, "LB-x") as bag:
        bag.write({f"{number}/f": b"" for number in range(64)})

    assert len(synced) == 2


def test_a_name_that_is_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Looked at before the work and again at its end."""
    with pytest.raises(Refused) as caught, new_bag(tmp_path, "LB-x"):
        (tmp_path / "LB-x").mkdir()
    assert caught.value.code == "bag.exists"
    assert [path.name for path in tmp_path.iterdir()] == ["LB-x"]


def test_a_file_is_written_once(tmp_path: Path) -> None:
    """Nothing in a bag is written over, and what was begun is removed."""

    def write_twice() -> None:
        with new_bag(tmp_path, "LB-x") as bag:
            bag.write({"a": b"1"})
            bag.write({"a": b"2"})

    with pytest.raises(Unavailable) as caught:
        write_twice()

    assert caught.value.code == "disk.failed"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing permission has a code of its own."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(Unavailable) as caught, new_bag(tmp_path, "LB-x"):
        pass
    assert caught.value.code == "disk.denied"


def test_a_small_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole and on the disk, or the old one stays."""
    path = tmp_path / "f"
    write_durably(path, b"1")
    write_durably(path, b"2")
    assert path.read_bytes() == b"2"

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(Unavailable):
        write_durably(path, b"3")
    assert path.read_bytes() == b"2"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    """The size is bounded before the content is looked at."""
    path = tmp_path / "f"
    path.write_bytes(b"12345")

    assert read_small(path, limit=5) == b"12345"
    with pytest.raises(Unavailable) as caught:
        read_small(path, limit=4)
    assert caught.value.code == "disk.too-large"
