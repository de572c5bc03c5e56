import errno
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from longbien.adapters import files, ingest
from longbien.adapters.ingest import Intake, look_over, spare_thread, take_in
from longbien.adapters.survey import Rule
from longbien.evidence.measure import measure_blocks
from longbien.ledger.tree import root_of
from longbien.primitives.errors import LongBienError, Refused, Unavailable

MIB = 2**20


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return an examiner's folder."""
    folder = tmp_path / "in"
    (folder / "disk").mkdir(parents=True)
    (folder / "disk" / "image.dd").write_bytes(bytes(range(256)) * 12_000)
    (folder / "disk" / "empty").write_bytes(b"")
    (folder / "letter \u00fc.txt").write_bytes(b"hello")
    return folder


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Return an empty folder for the copies."""
    folder = tmp_path / "bag"
    folder.mkdir()
    return folder


def run(source: Path, bag: Path, **changes: object) -> Intake:
    """Look over and take in."""
    return take_in(source, bag, look_over(source, links=Rule.SKIP, special=Rule.SKIP), **changes)


def test_copies_are_what_was_measured(source: Path, bag: Path) -> None:
    """Size, digest, tree, names and leaves fit the copied bytes, and the bytes the originals."""
    with ThreadPoolExecutor(1) as executor:
        found = run(source, bag, executor=executor)

    assert [(file.path, file.original_name) for file in found.files] == [
        ("data/E0001/empty", "disk/empty"),
        ("data/E0001/image.dd", "disk/image.dd"),
        ("data/E0002/letter__-29227f2890.txt", "letter \u00fc.txt"),
    ]
    for file in found.files:
        copy, original = (bag / file.path).read_bytes(), (source / file.original_name).read_bytes()
        expected = measure_blocks([copy])
        assert copy == original
        assert (file.size, file.sha256) == (expected.size, expected.sha256)
        assert file.tree.root == root_of(expected.leaves)
    assert found.leaves.keys() == {2}
    assert found.leaves[2] == measure_blocks([(bag / "data/E0001/image.dd").read_bytes()]).leaves


def test_progress_counts_every_byte(source: Path, bag: Path) -> None:
    """The sum is the size of the exhibits."""
    counted: list[int] = []

    run(source, bag, advance=counted.append)

    assert sum(counted) == 256 * 12_000 + 5


def test_many_files_are_synced_by_one_call(
    tmp_path: Path, bag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 64 files on the whole disk is synced once, and that call tells of failures."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(64):
        (folder / f"{number}").write_bytes(b"%d" % number)
    synced: list[int] = []
    monkeypatch.setattr(ingest, "sync_disk", synced.append)

    assert len(run(folder, bag).files) == 64
    assert len(synced) == 1


def fails(call: Callable[[], object]) -> LongBienError:
    """Return the error of a call."""
    with pytest.raises(LongBienError) as caught:
        call()
    return caught.value


def test_a_failed_sync_is_heard_of(
    source: Path, bag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An fsync error means that the copy is not on the disk: there is no package."""

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)

    error = fails(lambda: run(source, bag))

    assert (type(error), error.code) == (Unavailable, "disk.failed")


def test_a_full_disk_is_said_so(source: Path, bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator learns that space is missing, not that a file is broken."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)

    assert fails(lambda: run(source, bag)).code == "disk.full"


def test_a_read_error_names_the_exhibit(
    source: Path, bag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing disk is an error with the exhibit's name, never a short file."""

    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "preadv", broken)

    error = fails(lambda: run(source, bag))

    assert (type(error), error.code) == (Unavailable, "ingest.unreadable")
    assert "disk/empty" in str(error)


@pytest.mark.parametrize("change", ["grow", "shrink", "touch", "replace", "link", "folder"])
def test_a_file_that_changes_is_no_exhibit(source: Path, bag: Path, change: str) -> None:
    """Whatever changes between the first look and the last, the package is not made."""
    survey = look_over(source, links=Rule.REFUSE, special=Rule.REFUSE)
    path = source / "disk" / "image.dd"
    if change == "grow":
        with path.open("ab") as file:
            file.write(b"x")
    elif change == "shrink":
        os.truncate(path, 5)
    elif change == "touch":
        os.utime(path, ns=(0, 0))
    elif change == "replace":
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    elif change == "link":
        path.rename(source / "disk" / "other")
        path.symlink_to("other")
    else:
        (source / "disk" / "new").write_bytes(b"x")

    error = fails(lambda: take_in(source, bag, survey))

    assert error.code in {"ingest.changed", "ingest.unreadable"}
    assert isinstance(error, Refused) or change == "link"


def test_a_file_that_changes_while_it_is_read_is_no_exhibit(source: Path, bag: Path) -> None:
    """The second look after the last byte finds it."""
    path = source / "disk" / "image.dd"

    def meddle(_count: int) -> None:
        os.utime(path, ns=(1, 1))

    error = fails(lambda: run(source, bag, advance=meddle))

    assert error.code == "ingest.changed"
    assert "disk/image.dd" in str(error)


def test_a_file_that_grows_while_it_is_read_ends(
    source: Path, bag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that is written faster than it is read does not fill the disk."""
    real = os.preadv

    def endless(fd: int, buffers: list[memoryview], offset: int) -> int:
        return real(fd, buffers, 0) if offset < 100 * MIB else 0

    monkeypatch.setattr(os, "preadv", endless)

    error = fails(lambda: run(source, bag))

    assert error.code == "ingest.changed"
    assert (bag / "data/E0001/image.dd").stat().st_size <= 256 * 12_000 + files.BLOCK


def test_a_file_that_ends_early_is_no_exhibit(
    source: Path, bag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short read at the end is not taken for the end."""
    real = os.preadv

    def short(fd: int, buffers: list[memoryview], offset: int) -> int:
        return real(fd, buffers, offset) if offset < MIB else 0

    monkeypatch.setattr(os, "preadv", short)
    monkeypatch.setattr(ingest, "BLOCK", MIB)

    assert fails(lambda: run(source, bag)).code == "ingest.changed"


def test_a_removed_file_is_missed(source: Path, bag: Path) -> None:
    """A file that is gone when its turn comes is named."""
    survey = look_over(source, links=Rule.REFUSE, special=Rule.REFUSE)
    (source / "disk" / "image.dd").unlink()

    error = fails(lambda: take_in(source, bag, survey))

    assert error.code == "ingest.unreadable"
    assert "disk/image.dd" in str(error)


def test_a_removed_folder_is_missed(source: Path, bag: Path) -> None:
    """An empty folder that disappears meanwhile is a change too."""
    (source / "e").mkdir()
    survey = look_over(source, links=Rule.REFUSE, special=Rule.REFUSE)
    (source / "e").rmdir()

    assert fails(lambda: take_in(source, bag, survey)).code == "ingest.changed"


def test_the_originals_are_only_read(source: Path, bag: Path) -> None:
    """Content, times and inodes of the examiner's files stay as they were."""

    def states() -> dict[str, tuple[int, ...]]:
        return {
            str(path): (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_atime_ns)
            for path in sorted(source.rglob("*"))
            for found in [path.stat()]
            if path.is_file()
        }

    before = states()
    digests = {path: hashlib.sha256(Path(path).read_bytes()).digest() for path in before}
    before = states()
    run(source, bag)

    assert states() == before
    assert {path: hashlib.sha256(Path(path).read_bytes()).digest() for path in before} == digests


def test_one_processor_gets_no_second_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads on one processor would only wait for each other."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    with spare_thread() as executor:
        assert executor is None
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with spare_thread() as executor:
        assert executor is not None
