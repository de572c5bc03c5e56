import errno
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from longbien.adapters import sealing
from longbien.adapters.sealing import (
    BLOCK,
    MAX_WORKERS,
    FilePlaintext,
    SealedFile,
    run_workers,
    seal,
    worker_count,
)
from longbien.primitives.errors import Integrity, Malformed, Refused, Unavailable
from longbien.trust.age.header import parse_header
from longbien.trust.age.identities import X25519Identity, recipient_of
from longbien.trust.age.stream import CHUNK, MAX_PLAINTEXT, SEALED_CHUNK
from outside import REPOSITORY
from sealing_world import (
    IDENTITY,
    OTHER,
    MemoryPlaintext,
    names_in,
    opened_by,
    sealed_by,
    sealed_file,
)

RECIPIENTS = [recipient_of(IDENTITY)]
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 9 * BLOCK + 7]


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_again(tmp_path: Path, size: int, workers: int) -> None:
    """Any size, on any number of threads, opens to the same bytes."""
    data = os.urandom(size)

    sealed_by(tmp_path / "f.age", data, workers=workers)

    assert opened_by(tmp_path / "f.age", workers=workers) == data
    assert names_in(tmp_path) == {"f.age"}


@pytest.mark.parametrize("size", [0, 1, BLOCK, BLOCK + CHUNK + 1])
def test_the_figures_of_the_result_are_those_of_the_file(tmp_path: Path, size: int) -> None:
    """Sizes are told as they are on disk; the file is for its owner only."""
    result = sealed_by(tmp_path / "f.age", bytes(size))

    header = parse_header((tmp_path / "f.age").read_bytes())
    assert result == SealedFile(
        size=(tmp_path / "f.age").stat().st_size, header_size=header.size, plaintext_size=size
    )
    chunks = max(1, -(-size // CHUNK))
    assert result.size == header.size + 16 + size + 16 * chunks
    assert (tmp_path / "f.age").stat().st_mode & 0o777 == 0o600


def test_a_sparse_file_is_sealed_whole(tmp_path: Path) -> None:
    """Holes are zeros; one byte behind them arrives."""
    with (tmp_path / "disk").open("wb") as file:
        file.seek(5 * BLOCK + 12)
        file.write(b"x")

    sealed_file(tmp_path / "disk", tmp_path / "f.age")

    assert opened_by(tmp_path / "f.age") == bytes(5 * BLOCK + 12) + b"x"


def test_every_sealing_has_a_new_key_and_a_new_nonce(tmp_path: Path) -> None:
    """Two sealings of one plaintext have nothing in common behind their version line."""
    for name in ("a", "b"):
        sealed_by(tmp_path / name, bytes(100))

    first, second = ((tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first[-132:-116] != second[-132:-116]
    assert first[-116:] != second[-116:]


def test_randomness_is_asked_for_key_nonce_and_ephemeral_key(tmp_path: Path) -> None:
    """File key, payload nonce and X25519 key are drawn anew, each in its size."""
    asked: list[int] = []

    def draw(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    identity = X25519Identity(bytes(32))
    recipients = [recipient_of(identity)]
    seal(MemoryPlaintext(b"x"), tmp_path / "f", recipients=recipients, random_bytes=draw)

    assert asked == [16, 16, 32]
    assert opened_by(tmp_path / "f", identity) == b"x"


def test_progress_counts_every_byte_in_the_calling_thread(tmp_path: Path) -> None:
    """The figures add up to the size, and the caller needs no lock."""
    told: list[int] = []
    threads: set[int] = set()

    def advance(count: int) -> None:
        told.append(count)
        threads.add(threading.get_ident())

    plaintext = MemoryPlaintext(bytes(3 * BLOCK + 5))
    seal(plaintext, tmp_path / "f", recipients=RECIPIENTS, workers=2, advance=advance)

    assert sorted(told) == [5, BLOCK, BLOCK, BLOCK]
    assert threads == {threading.get_ident()}


def test_a_finished_file_is_not_overwritten(tmp_path: Path) -> None:
    """An output that is there is refused, untouched; with replace it is exchanged."""
    (tmp_path / "f").write_bytes(b"old")

    with pytest.raises(Refused) as caught:
        sealed_by(tmp_path / "f", b"new")

    assert caught.value.code == "sealed.exists"
    assert (tmp_path / "f").read_bytes() == b"old"
    assert names_in(tmp_path) == {"f"}
    seal(MemoryPlaintext(b"new"), tmp_path / "f", recipients=RECIPIENTS, replace=True)
    assert opened_by(tmp_path / "f") == b"new"
    assert names_in(tmp_path) == {"f"}


def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    """Too large a plaintext, and recipients against the rules, are refused before any file is."""
    huge = MemoryPlaintext(b"")
    huge.size = MAX_PLAINTEXT + 1
    mixed = [*RECIPIENTS, recipient_of(X25519Identity(bytes(32)))]

    for plaintext, recipients, code in (
        (huge, RECIPIENTS, "sealed.too-large"),
        (MemoryPlaintext(b""), mixed, "age.recipients.mixed"),
        (MemoryPlaintext(b""), [], "age.recipients.none"),
    ):
        with pytest.raises(Refused) as caught:
            seal(plaintext, tmp_path / "f", recipients=recipients)
        assert caught.value.code == code
    assert names_in(tmp_path) == set()


def test_five_tebibytes_are_not_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is allowed; a disk without room for it says so before any work."""
    huge = MemoryPlaintext(b"")
    huge.size = MAX_PLAINTEXT
    asked: list[int] = []

    def full(_descriptor: int, size: int) -> None:
        asked.append(size)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "ftruncate", full)
    with pytest.raises(Unavailable) as caught:
        seal(huge, tmp_path / "f", recipients=RECIPIENTS)

    assert (caught.value.code, caught.value.retry) == ("sealed.no-space", True)
    assert asked[0] > MAX_PLAINTEXT // CHUNK * SEALED_CHUNK
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "error", [Integrity("sealed.source-changed", "x"), KeyboardInterrupt(), ZeroDivisionError()]
)
def test_an_error_of_the_source_leaves_nothing(
    tmp_path: Path, error: BaseException, workers: int
) -> None:
    """Whatever a worker raises comes out as it is; no file and no thread is left."""

    def fail(offset: int) -> None:
        if offset == 3 * BLOCK:
            raise error

    before = threading.active_count()
    plaintext = MemoryPlaintext(bytes(9 * BLOCK), before=fail)
    with pytest.raises(type(error)) as caught:
        seal(plaintext, tmp_path / "f", recipients=RECIPIENTS, workers=workers)

    assert caught.value is error
    assert names_in(tmp_path) == set()
    assert threading.active_count() == before


def test_an_error_of_the_progress_leaves_nothing(tmp_path: Path) -> None:
    """An interrupt that reaches the caller's own code ends the work as well."""

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(MemoryPlaintext(bytes(BLOCK)), tmp_path / "f", recipients=RECIPIENTS, advance=stop)

    assert names_in(tmp_path) == set()


_INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from longbien.adapters.sealing import BLOCK, seal
from sealing_world import MemoryPlaintext
from longbien.trust.age.identities import new_identity, recipient_of

def interrupt(offset):
    if offset == 2 * BLOCK:
        os.kill(os.getpid(), signal.SIGINT)

# whoever started us in the background may have had this signal ignored, for all its children
signal.signal(signal.SIGINT, signal.default_int_handler)
folder = Path(sys.argv[1])
recipients = (recipient_of(new_identity(os.urandom)),)
try:
    seal(MemoryPlaintext(bytes(64 * BLOCK), before=interrupt), folder / "f",
         recipients=recipients, workers=2)
except KeyboardInterrupt:
    print("interrupted", sorted(path.name for path in folder.iterdir()))
"""


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """The real signal, in the middle of the work, removes the partial file."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tests")},
    )

    assert done.stdout == "interrupted []\n", done.stderr


def test_a_second_ctrl_c_does_not_leave_a_worker_behind() -> None:
    """While the workers are waited for, further interrupts wait too, and then come out."""
    gate = threading.Event()
    interrupts = [KeyboardInterrupt(), KeyboardInterrupt()]

    class Impatient(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            if interrupts:
                raise interrupts.pop()
            gate.set()
            super().join(timeout)

    thread = Impatient(target=gate.wait)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        sealing._join([thread, threading.Thread()])

    assert interrupts == []
    assert not thread.is_alive()


def test_a_killed_sealing_starts_again_with_a_new_key(tmp_path: Path) -> None:
    """What SIGKILL leaves is only the partial file; the next run removes it and starts anew."""
    program = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from sealing_world import MemoryPlaintext, IDENTITY
from longbien.adapters.sealing import BLOCK, seal
from longbien.trust.age.identities import recipient_of
def die(offset):
    if offset == 4 * BLOCK:
        os.kill(os.getpid(), signal.SIGKILL)
seal(MemoryPlaintext(bytes(9 * BLOCK), before=die), Path(sys.argv[1]),
     recipients=[recipient_of(IDENTITY)], workers=1)
"""
    tests = str(Path(__file__).resolve().parents[2])
    killed = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "f", tests], check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert names_in(tmp_path) == {"f.partial"}
    left = (tmp_path / "f.partial").read_bytes()

    sealed_by(tmp_path / "f", bytes(9 * BLOCK))

    new = (tmp_path / "f").read_bytes()
    size = parse_header(left).size
    assert names_in(tmp_path) == {"f"}
    assert len(new) == len(left)
    assert new[size : size + 16] != left[size : size + 16]
    assert new[size + 16 : size + 1000] != left[size + 16 : size + 1000]
    assert opened_by(tmp_path / "f") == bytes(9 * BLOCK)


@pytest.mark.parametrize(
    ("number", "code", "retry"),
    [
        (errno.ENOSPC, "sealed.no-space", True),
        (errno.EDQUOT, "sealed.no-space", True),
        (errno.EFBIG, "sealed.no-space", True),
        (errno.EIO, "sealed.write-failed", False),
    ],
)
def test_a_disk_that_fails_in_the_middle_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, *, retry: bool
) -> None:
    """A full or broken disk has its code, and leaves nothing."""
    real = os.pwrite

    def fail(descriptor: int, data: memoryview, offset: int) -> int:
        if offset > 2 * BLOCK:
            raise OSError(number, os.strerror(number))
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(Unavailable) as caught:
        sealed_by(tmp_path / "f", bytes(5 * BLOCK))

    assert (caught.value.code, caught.value.retry) == (code, retry)
    assert names_in(tmp_path) == set()


def test_short_writes_and_short_reads_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that takes and gives less than asked changes nothing but the time."""
    data = os.urandom(2 * BLOCK + 99)
    (tmp_path / "plain").write_bytes(data)
    write, read = os.pwrite, os.preadv
    monkeypatch.setattr(os, "pwrite", lambda fd, view, at: write(fd, view[:100_001], at))
    monkeypatch.setattr(os, "preadv", lambda fd, views, at: read(fd, [views[0][:99_999]], at))

    sealed_file(tmp_path / "plain", tmp_path / "f")

    assert opened_by(tmp_path / "f") == data


def test_a_source_that_became_shorter_stops_the_sealing(tmp_path: Path) -> None:
    """A file that ends before its size is a change of the exhibit."""
    (tmp_path / "plain").write_bytes(bytes(2 * BLOCK))
    with FilePlaintext(tmp_path / "plain") as plaintext:
        os.truncate(tmp_path / "plain", BLOCK)

        with pytest.raises(Integrity) as caught:
            seal(plaintext, tmp_path / "f", recipients=RECIPIENTS)

    assert caught.value.code == "sealed.source-changed"
    assert names_in(tmp_path) == {"plain"}


def test_a_source_that_was_written_to_stops_the_sealing(tmp_path: Path) -> None:
    """A file of the same size with a new time of change may hold other bytes."""
    path = tmp_path / "plain"
    path.write_bytes(bytes(BLOCK))
    with FilePlaintext(path) as plaintext:
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))

        with pytest.raises(Integrity) as caught:
            plaintext.read_into(0, memoryview(bytearray(1)))

    assert caught.value.code == "sealed.source-changed"


def test_a_source_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing file, and a disk that fails, are the world's fault."""
    (tmp_path / "plain").write_bytes(b"x")
    with pytest.raises(Unavailable) as caught:
        FilePlaintext(tmp_path / "none")
    assert caught.value.code == "sealed.read-failed"

    def fail(*_arguments: object) -> int:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "preadv", fail)
    with (
        FilePlaintext(tmp_path / "plain") as plaintext,
        pytest.raises(Unavailable) as caught,
    ):
        plaintext.read_into(0, memoryview(bytearray(1)))
    assert caught.value.code == "sealed.read-failed"


def test_only_a_regular_file_is_a_source(tmp_path: Path) -> None:
    """A pipe does not block, a device is not taken for an empty file, a folder is none."""
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path / "pipe", tmp_path, Path("/dev/null")):
        with pytest.raises(Refused) as caught:
            FilePlaintext(path)
        assert caught.value.code == "sealed.not-a-file"


def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    """64 MiB need two workers' buffers, four blocks, and nothing that counts."""
    (tmp_path / "plain").touch()
    os.truncate(tmp_path / "plain", 64 * BLOCK)

    tracemalloc.start()
    try:
        sealed_file(tmp_path / "plain", tmp_path / "f")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert 2 * BLOCK < peak < 5 * BLOCK


def test_opening_is_for_the_recipient_only(tmp_path: Path) -> None:
    """Another identity finds nothing for itself."""
    sealed_by(tmp_path / "f", b"x")

    with pytest.raises(Refused) as caught:
        opened_by(tmp_path / "f", OTHER)

    assert caught.value.code == "age.no-match"


@pytest.mark.parametrize(
    ("wanted", "blocks", "expected"),
    [(1, 9, 1), (2, 9, 2), (2, 1, 1), (99, 99, MAX_WORKERS), (0, 9, 1), (-1, 9, 1)],
)
def test_the_number_of_workers_is_bounded(wanted: int, blocks: int, expected: int) -> None:
    """Never more than there are blocks, never more than eight, never none."""
    assert worker_count(wanted, blocks=blocks) == expected


def test_by_default_every_usable_core_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is the number of cores that this process may use."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3, 5, 7})

    assert worker_count(None, blocks=99) == 3


def test_each_index_is_worked_on_once() -> None:
    """Workers share the indexes without overlap, and stop by themselves."""
    seen: list[int] = []

    def worker() -> Callable[[int], int]:
        def one(index: int) -> int:
            seen.append(index)
            return 1

        return one

    told: list[int] = []
    run_workers(worker, 100, workers=4, advance=told.append)

    assert sorted(seen) == list(range(100))
    assert told == [1] * 100


def test_a_worker_that_cannot_begin_ends_the_work() -> None:
    """An error before the first block comes out as well."""

    def worker() -> Callable[[int], int]:
        raise MemoryError

    with pytest.raises(MemoryError):
        run_workers(worker, 3, workers=2, advance=lambda _count: None)


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    """One flipped bit in the payload is a fault of its chunk; the block before it is given."""
    result = sealed_by(tmp_path / "f", bytes(3 * BLOCK))
    data = bytearray((tmp_path / "f").read_bytes())
    data[result.header_size + 16 + 16 * SEALED_CHUNK + 5] ^= 1
    (tmp_path / "f").write_bytes(data)

    with pytest.raises(Malformed) as caught:
        opened_by(tmp_path / "f")

    assert (caught.value.code, caught.value.facts) == ("age.payload.chunk", {"index": 16})
