"""The verifier's own way to the disk: nothing followed, nothing missed, errors with a code."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from longbien.cli import _bag_folder
from longbien.cli._bag_folder import BagFolder
from longbien.evidence.measure import measure_blocks
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.source import Entry, EntryKind, LeafMeasurement
from longbien.primitives.errors import Refused, Unavailable

BIG = bytes(range(256)) * 4096 * 5 + b"tail"  # five blocks of 1 MiB and four bytes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files, a link, a pipe and an odd name."""
    (tmp_path / "data" / "E0001").mkdir(parents=True)
    (tmp_path / "data" / "E0001" / "big.dd").write_bytes(BIG)
    (tmp_path / "data" / "E0001" / "small.txt").write_bytes(b"small")
    (tmp_path / "data" / "empty").write_bytes(b"")
    (tmp_path / "link").symlink_to("data")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"x")
    return tmp_path


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """Return two threads."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def test_everything_is_named_and_nothing_followed(folder: Path) -> None:
    """Links and pipes by their kind, odd names as they are."""
    with BagFolder(folder) as bag:
        found = {entry.path: entry for entry in bag.entries()}

    assert {path: entry.kind for path, entry in found.items()} == {
        "data": EntryKind.FOLDER,
        "data/E0001": EntryKind.FOLDER,
        "data/E0001/big.dd": EntryKind.FILE,
        "data/E0001/small.txt": EntryKind.FILE,
        "data/empty": EntryKind.FILE,
        "link": EntryKind.LINK,
        "pipe": EntryKind.OTHER,
        os.fsdecode(b"\xff"): EntryKind.FILE,
    }
    assert found["data/E0001/big.dd"] == Entry(
        path="data/E0001/big.dd", kind=EntryKind.FILE, size=len(BIG)
    )


def test_a_file_is_read_up_to_its_limit(folder: Path) -> None:
    """The limit itself is allowed; one byte more is Refused."""
    with BagFolder(folder) as bag:
        assert bag.read("data/E0001/small.txt", limit=5) == b"small"
        assert bag.read("data/empty", limit=0) == b""
        with pytest.raises(Refused) as caught:
            bag.read("data/E0001/small.txt", limit=4)

    assert caught.value.code == "source.too-large"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("absent", "source.absent"),
        ("data/absent/x", "source.absent"),
        ("data", "source.absent"),
        ("pipe", "source.absent"),
        ("link", "source.unreadable"),
        ("link/E0001/small.txt", "source.absent"),
        ("data/E0001/small.txt/x", "source.absent"),
    ],
)
def test_links_folders_and_pipes_are_not_files(*, folder: Path, path: str, code: str) -> None:
    """No part of a path is followed through a link, and a pipe does not block."""
    with BagFolder(folder) as bag:
        for read in (
            lambda: bag.read(path, limit=9),
            lambda: bag.measure(path, leaf_size=LEAF_SIZE),
            lambda: bag.measure_leaves(path, leaf_size=LEAF_SIZE),
        ):
            with pytest.raises(Unavailable) as caught:
                read()
            assert caught.value.code == code


def test_a_folder_that_is_not_there_has_a_code(tmp_path: Path) -> None:
    """The officer mistyped it."""
    with pytest.raises(Unavailable) as caught:
        BagFolder(tmp_path / "absent")

    assert caught.value.code == "source.absent"


@pytest.mark.parametrize("name", ["data/E0001/big.dd", "data/E0001/small.txt", "data/empty"])
def test_one_thread_and_two_measure_alike(
    *, folder: Path, executor: ThreadPoolExecutor, name: str
) -> None:
    """Digest, size and leaves do not depend on who hashes."""
    expected = measure_blocks([(folder / name).read_bytes()])
    told: list[int] = []

    with BagFolder(folder, progress=told.append) as bag:
        assert bag.measure(name, leaf_size=LEAF_SIZE) == expected
        assert bag.measure(name, leaf_size=LEAF_SIZE) == expected
    with BagFolder(folder, executor=executor) as bag:
        assert bag.measure(name, leaf_size=LEAF_SIZE) == expected

    assert sum(told) == 2 * expected.size


@pytest.mark.parametrize("name", ["data/E0001/big.dd", "data/E0001/small.txt", "data/empty"])
def test_one_thread_and_two_hash_the_same_blocks(
    *, folder: Path, executor: ThreadPoolExecutor, name: str
) -> None:
    """The leaves are those of the full measurement, whoever hashes."""
    full = measure_blocks([(folder / name).read_bytes()])
    expected = LeafMeasurement(size=full.size, leaves=full.leaves)
    told: list[int] = []

    with BagFolder(folder, progress=told.append) as bag:
        assert bag.measure_leaves(name, leaf_size=LEAF_SIZE) == expected
    with BagFolder(folder, executor=executor, progress=told.append) as bag:
        assert bag.measure_leaves(name, leaf_size=LEAF_SIZE) == expected
        assert bag.measure_leaves(name, leaf_size=1000).size == full.size
    assert sum(told) == 3 * full.size


@pytest.mark.parametrize("bad", [0, 5 * LEAF_SIZE])
def test_an_error_in_any_block_leaves_and_no_thread_reads_on(
    *, folder: Path, executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    """A failing disk is told, whichever thread met it."""
    real = os.preadv

    def broken(fd: int, buffers: list[memoryview], offset: int) -> int:
        if offset == bad:
            raise OSError(5, "Input/output error")
        return real(fd, buffers, offset)

    monkeypatch.setattr(os, "preadv", broken)
    for pool in (None, executor):
        with BagFolder(folder, executor=pool) as bag, pytest.raises(Unavailable) as caught:
            bag.measure_leaves("data/E0001/big.dd", leaf_size=LEAF_SIZE)
        assert caught.value.code == "source.unreadable"


def test_an_error_of_the_helping_thread_alone_leaves(
    folder: Path, executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half of the file was hashed; that is not enough."""
    real, caller, met = os.preadv, threading.get_ident(), threading.Event()

    def broken(fd: int, buffers: list[memoryview], offset: int) -> int:
        if threading.get_ident() != caller:
            met.set()
            raise OSError(5, "Input/output error")
        met.wait()
        return real(fd, buffers, offset)

    monkeypatch.setattr(os, "preadv", broken)
    with BagFolder(folder, executor=executor) as bag, pytest.raises(Unavailable) as caught:
        bag.measure_leaves("data/E0001/big.dd", leaf_size=LEAF_SIZE)

    assert caught.value.code == "source.unreadable"


def test_a_disk_that_gives_little_at_a_time_is_read_to_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short read is no end of file."""
    real = os.preadv

    def little(fd: int, buffers: list[memoryview], offset: int) -> int:
        return real(fd, [buffers[0][:700_000]], offset)

    monkeypatch.setattr(os, "preadv", little)
    with BagFolder(folder) as bag:
        found = bag.measure_leaves("data/E0001/big.dd", leaf_size=LEAF_SIZE)

    assert found.leaves == measure_blocks([BIG]).leaves


def test_a_file_that_became_shorter_has_no_leaves(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was hashed is not the file."""
    real = os.preadv

    def short(fd: int, buffers: list[memoryview], offset: int) -> int:
        return 0 if offset >= 4 * LEAF_SIZE else real(fd, buffers, offset)

    monkeypatch.setattr(os, "preadv", short)
    with BagFolder(folder) as bag, pytest.raises(Unavailable) as caught:
        bag.measure_leaves("data/E0001/big.dd", leaf_size=LEAF_SIZE)

    assert caught.value.code == "source.changed"


def test_a_file_waits_for_no_thread_that_is_busy(folder: Path) -> None:
    """A helper that has not begun is not waited for."""
    busy = threading.Event()
    with ThreadPoolExecutor(1) as pool, BagFolder(folder, executor=pool) as bag:
        pool.submit(busy.wait)
        found = bag.measure_leaves("data/E0001/big.dd", leaf_size=LEAF_SIZE)
        busy.set()

    assert found.leaves == measure_blocks([BIG]).leaves


@pytest.mark.parametrize("method", ["read", "measure", "measure_leaves"])
def test_a_file_that_changes_while_it_is_read_is_told(
    *, folder: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Its digest would be nobody's."""
    path = folder / "data" / "E0001" / "small.txt"
    name = "pread" if method == "read" else "preadv"
    real = getattr(os, name)

    def meddling(*args: object) -> object:
        found = real(*args)
        path.write_bytes(b"other")
        os.utime(path, ns=(1, 1))
        return found

    monkeypatch.setattr(os, name, meddling)
    arguments = {"limit": 9} if method == "read" else {"leaf_size": LEAF_SIZE}
    with BagFolder(folder) as bag, pytest.raises(Unavailable) as caught:
        getattr(bag, method)("data/E0001/small.txt", **arguments)

    assert (caught.value.code, caught.value.retry) == ("source.changed", True)


def test_many_files_come_back_in_order(tmp_path: Path, executor: ThreadPoolExecutor) -> None:
    """Small ones shared out, large ones between them, none lost."""
    names = [f"f{number:03}" for number in range(150)]
    for number, name in enumerate(names):
        size = 2**20 if number in {40, 149} else number
        (tmp_path / name).write_bytes(b"x" * size)

    for pool in (None, executor):
        with BagFolder(tmp_path, executor=pool) as bag:
            sizes = list(bag.spread(lambda name: bag.measure(name, leaf_size=2**20).size, names))
        assert sizes == [2**20 if n in {40, 149} else n for n in range(150)]


@pytest.mark.parametrize("bad", [3, 60])
def test_an_error_in_either_half_leaves(
    *, tmp_path: Path, executor: ThreadPoolExecutor, bad: int
) -> None:
    """The other half is waited for, then the error comes out."""
    names = [f"f{number:03}" for number in range(64)]
    for name in names:
        (tmp_path / name).write_bytes(b"x")

    def measure(name: str) -> int:
        if name == names[bad]:
            raise Unavailable("source.unreadable", "no")
        return 1

    with BagFolder(tmp_path, executor=executor) as bag, pytest.raises(Unavailable):
        list(bag.spread(measure, names))


def test_a_range_is_read_in_blocks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first byte to before the last one; a file that is too short is told."""
    monkeypatch.setattr(_bag_folder, "BLOCK", 1000)

    with BagFolder(folder) as bag:
        blocks = list(bag.read_range("data/E0001/big.dd", start=10, end=3010))
        assert b"".join(blocks) == BIG[10:3010]
        assert [len(block) for block in blocks] == [1000, 1000, 1000]
        with pytest.raises(Unavailable) as caught:
            list(bag.read_range("data/E0001/small.txt", start=0, end=6))

    assert caught.value.code == "source.changed"
