"""Hashing in another process: the same results, or none; never a wrong one, never one left over."""

import mmap
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from longbien.cli import _bag_files, _hash_ahead
from longbien.cli._bag_folder import BagFolder
from longbien.cli._hash_ahead import HashAhead
from longbien.evidence.hashing import hash_blocks
from longbien.evidence.measure import leaf_measurement_of, measurement_of
from longbien.evidence.package import LEAF_SIZE
from longbien.primitives.errors import Unavailable

# the runner of the tests may have a thread that waits for orders; it holds no lock meanwhile
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

COUNT = _hash_ahead._thread_count
BIG = bytes(range(256)) * 4096 * 9 + b"tail"  # nine blocks of 1 MiB and four bytes
BLOCK = bytes(2**20)
NAME, ODD = "data/E0001/big.dd", "data/" + os.fsdecode(b"\xff")
EXPECTED = hash_blocks([BIG])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a bag with two large files, one of just one block, and a small one."""
    (tmp_path / "data" / "E0001").mkdir(parents=True)
    (tmp_path / NAME).write_bytes(BIG)
    (tmp_path / ODD).write_bytes(BIG)
    (tmp_path / "data" / "block").write_bytes(BLOCK)
    (tmp_path / "data" / "small").write_bytes(b"small")
    (tmp_path / "data" / "link").symlink_to("block")
    (tmp_path / "not-payload").write_bytes(BIG)
    return tmp_path


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no notice of the runner's thread."""
    monkeypatch.setattr(_hash_ahead, "_thread_count", lambda: 1)


def begin(folder: Path, *, blocks_only: bool = False) -> HashAhead:
    """Start it; the tests have one thread."""
    ahead = HashAhead.start(folder, blocks_only=blocks_only)
    assert ahead is not None
    return ahead


def in_the_other_process(monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    """Let reads in the forked process fail, or never come back."""
    real, here = os.preadv, os.getpid()

    def strange(fd: int, buffers: list[memoryview], offset: int) -> int:
        if os.getpid() == here:
            return real(fd, buffers, offset)
        if behaviour == "hang":
            signal.pause()
        if behaviour == "die":
            os._exit(1)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "preadv", strange)


@pytest.mark.parametrize("name", [NAME, ODD])
def test_the_other_process_finds_what_this_one_would(*, folder: Path, name: str) -> None:
    """Size, digest and leaves; a second question is answered by hashing again."""
    told: list[int] = []
    with begin(folder) as ahead:
        assert ahead.find(name, progress=told.append) == EXPECTED
        assert ahead.find(name, progress=told.append) is None
        assert ahead.find("data/block", progress=told.append) == hash_blocks([BLOCK])

    assert sum(told) >= len(BIG)


def test_a_quick_verification_gets_the_leaves_alone(folder: Path) -> None:
    """Of a file above one block no digest is made; one block is cheap enough for both."""
    told: list[int] = []
    with begin(folder, blocks_only=True) as ahead:
        assert ahead.find("data/block", progress=told.append) == hash_blocks([BLOCK])
        assert ahead.find(ODD, progress=told.append) == EXPECTED._replace(sha256=None)

    assert sum(told) == 2 * len(BIG) + len(BLOCK)


@pytest.mark.parametrize("name", ["data/small", "data/link", "not-payload", "data/absent"])
def test_what_was_not_promised_is_not_waited_for(*, folder: Path, name: str) -> None:
    """Small files, links and what lies beside the payload."""
    with begin(folder) as ahead:
        assert ahead.find(name, progress=lambda _: None) is None


@pytest.mark.parametrize("blocks_only", [False, True])
def test_each_byte_of_a_large_file_is_read_by_one_process(
    *, folder: Path, monkeypatch: pytest.MonkeyPatch, blocks_only: bool
) -> None:
    """The folder's reader takes what was found, typed, and reads nothing itself."""
    with (
        begin(folder, blocks_only=blocks_only) as ahead,
        BagFolder(folder, ahead=ahead) as bag,
        monkeypatch.context() as patch,
    ):
        patch.delattr(os, "preadv")
        if blocks_only:
            found = bag.measure_leaves(NAME, leaf_size=LEAF_SIZE)
            assert found == leaf_measurement_of(EXPECTED)
        else:
            assert bag.measure(NAME, leaf_size=LEAF_SIZE) == measurement_of(EXPECTED)


def test_a_digest_that_nobody_made_is_made_now(folder: Path) -> None:
    """Leaves that were hashed ahead do not stand for the digest of the file."""
    with begin(folder, blocks_only=True) as ahead, BagFolder(folder, ahead=ahead) as bag:
        assert bag.measure(NAME, leaf_size=LEAF_SIZE) == measurement_of(EXPECTED)


def test_leaves_of_another_size_are_not_taken(folder: Path) -> None:
    """The other process knows one size only."""
    with begin(folder) as ahead, BagFolder(folder, ahead=ahead) as bag:
        found = bag.measure(NAME, leaf_size=2**21)

    assert found == measurement_of(hash_blocks([BIG], leaf_size=2**21))


def test_both_processes_see_the_same_folder(folder: Path) -> None:
    """Another folder that is put in its place while the program loads is not read by anybody."""
    with begin(folder) as ahead:
        other = folder.with_name("other")
        folder.rename(other)
        folder.mkdir()
        with BagFolder(folder, ahead=ahead) as bag:
            assert {entry.path for entry in bag.entries()} >= {"data", NAME, "not-payload"}


@pytest.mark.parametrize("behaviour", ["fail", "die"])
def test_what_the_other_process_could_not_hash_is_hashed_here(
    *, folder: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    """It spares time; it decides nothing."""
    in_the_other_process(monkeypatch, behaviour)
    with begin(folder) as ahead, BagFolder(folder, ahead=ahead) as bag:
        for name in (NAME, ODD):
            assert bag.measure(name, leaf_size=LEAF_SIZE) == measurement_of(EXPECTED)


def test_a_file_is_mapped_window_by_window(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No block is lost where one window ends and the next begins, and little is mapped at once."""
    monkeypatch.setattr(_bag_files, "_WINDOW", 2 * 2**20)
    with begin(folder, blocks_only=True) as ahead:
        assert ahead.find(NAME, progress=lambda _: None) == EXPECTED._replace(sha256=None)


@pytest.mark.parametrize("ending", [signal.SIGBUS, None])
def test_a_disk_that_fails_under_a_map_is_met_by_a_read(
    *,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    ending: signal.Signals | None,
) -> None:
    """The signal ends the other process silently; this one reads, and is told."""
    here = os.getpid()

    def failing(*_: object, **__: object) -> mmap.mmap:
        assert os.getpid() != here, "a file was mapped in a process that would be missed"
        if ending is not None:
            signal.raise_signal(ending)
        raise ValueError("mmap length is greater than file size")

    monkeypatch.setattr(mmap, "mmap", failing)
    with begin(folder, blocks_only=True) as ahead, BagFolder(folder, ahead=ahead) as bag:
        found = bag.measure_leaves(NAME, leaf_size=LEAF_SIZE)

    assert found == leaf_measurement_of(EXPECTED)
    assert capfd.readouterr() == ("", "")


def test_an_error_of_the_disk_comes_out_where_the_file_is_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its code, as if nothing had been begun."""

    def broken(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "preadv", broken)
    with (
        begin(folder) as ahead,
        BagFolder(folder, ahead=ahead) as bag,
        pytest.raises(Unavailable) as caught,
    ):
        bag.measure(NAME, leaf_size=LEAF_SIZE)

    assert caught.value.code == "source.unreadable"


@pytest.mark.parametrize("changed", ["during", "shorter"])
def test_a_file_that_changed_while_it_was_hashed_ahead_is_hashed_again(
    *, folder: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """What the other process saw is nobody's file."""
    real, here, path, done = os.preadv, os.getpid(), folder / NAME, []

    def meddling(fd: int, buffers: list[memoryview], offset: int) -> int:
        if os.getpid() != here and changed == "shorter":
            return 0
        if os.getpid() != here and not done:
            done.append(path)
            path.write_bytes(b"other")
            os.utime(path, ns=(1, 1))
        return real(fd, buffers, offset)

    monkeypatch.setattr(os, "preadv", meddling)
    with begin(folder) as ahead, BagFolder(folder, ahead=ahead) as bag:
        found = bag.measure(NAME, leaf_size=LEAF_SIZE)

    assert found == measurement_of(hash_blocks([path.read_bytes()]))


def test_nothing_is_left_running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verification that ended early waits for nothing and leaves no process."""
    in_the_other_process(monkeypatch, "hang")
    with begin(folder) as ahead:
        other = ahead._pid

    with pytest.raises(ProcessLookupError):
        os.kill(other, 0)


def test_an_interrupt_ends_the_other_process_quietly(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The terminal sends it to both; one of them speaks."""
    in_the_other_process(monkeypatch, "hang")
    with begin(folder) as ahead:
        ahead.find("data/small", progress=lambda _: None)  # it has begun
        os.kill(ahead._pid, signal.SIGINT)
        assert ahead.find(NAME, progress=lambda _: None) is None

    assert capfd.readouterr() == ("", "")


def test_what_waited_to_be_printed_is_printed_once(folder: Path) -> None:
    """The other process writes nothing of what it was copied from."""
    program = (
        "import sys\n"
        "from longbien.cli._hash_ahead import HashAhead\n"
        "sys.stdout.write('once')\n"
        f"with HashAhead.start({str(folder)!r}, blocks_only=False) as ahead:\n"
        "    ahead.find('data/block', progress=lambda _: None)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert (done.stdout, done.stderr) == (b"once", b"")


@pytest.mark.parametrize("proc", [True, False])
def test_a_process_with_several_threads_is_not_forked(
    *, folder: Path, monkeypatch: pytest.MonkeyPatch, proc: bool
) -> None:
    """A lock that another thread holds would stay locked for ever in the copy."""
    monkeypatch.setattr(_hash_ahead, "_thread_count", COUNT)

    def absent(path: str) -> list[str]:
        raise FileNotFoundError(2, "No such file", path)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        if not proc:
            monkeypatch.setattr(os, "listdir", absent)
        assert HashAhead.start(folder, blocks_only=False) is None


def test_a_folder_that_is_not_there_is_told_before_anything_begins(tmp_path: Path) -> None:
    """The officer mistyped it."""
    with pytest.raises(Unavailable) as caught:
        HashAhead.start(tmp_path / "absent", blocks_only=False)

    assert caught.value.code == "source.absent"


def test_a_bag_without_payload_has_nothing_to_hash(tmp_path: Path) -> None:
    """A strange bag is the verifier's business."""
    with begin(tmp_path) as ahead:
        assert ahead.find("data/x", progress=lambda _: None) is None
