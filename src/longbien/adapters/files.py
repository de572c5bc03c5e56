"""Files on a real disk: durable writes, reads that cannot be led astray, errors with a code.

Reading is by ``preadv``, never by ``mmap``: an I/O error on a failing disk must be an exception,
not a signal.  Nothing is ever followed: each part of a path is opened with O_NOFOLLOW below the
folder before it.
"""

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from longbien.primitives.digest import Octets
from longbien.primitives.errors import Unavailable

BLOCK = 4 * 2**20  # bytes of one read; bench/ingest.py compares sizes
CARRY = 8 * BLOCK  # bytes after which the disk is told to begin, so that the end waits for little
# bytes of one write, aligned: writes of 1 MiB and more cost up to four times the processor time on
# the machine of bench/ingest.py (ext4, Linux 6.18, virtual), these never did
_WRITE = 256 * 2**10
_SYNC_FILE_RANGE_WRITE = 2  # linux/fs.h: start, and do not wait
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = _READ | os.O_DIRECTORY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


@contextmanager
def coded(name: str) -> Iterator[None]:
    """Turn an OSError into Unavailable that names the file.

    ``disk.full``, ``disk.denied``, ``disk.absent``, or ``disk.failed``.
    """
    try:
        yield
    except OSError as error:
        raise _coded(error, name) from error


def _coded(error: OSError, name: str) -> Unavailable:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Unavailable("disk.full", "no space is left for {name}", name=name)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Unavailable("disk.denied", "no permission for {name}", name=name)
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
        return Unavailable("disk.absent", "{name} is not there", name=name)
    why = os.strerror(error.errno) if error.errno else str(error)
    return Unavailable("disk.failed", "{name}: {why}", name=name, why=why)


def open_folder(path: bytes | str | Path, *, below: int | None = None) -> int:
    """Return a descriptor of a folder; a link in its place is an OSError."""
    return os.open(path, _FOLDER, dir_fd=below)


def open_file(name: bytes | str, *, below: int | None = None) -> int:
    """Return a descriptor for reading; a link is an OSError, a FIFO does not block."""
    return os.open(name, _READ | os.O_NONBLOCK, dir_fd=below)


def create_file(name: bytes | str, *, below: int | None = None) -> int:
    """Return a descriptor of a new file; one that is there already is an OSError."""
    return os.open(name, _NEW, 0o644, dir_fd=below)


def read_blocks(fd: int, buffers: tuple[memoryview, ...]) -> Iterator[memoryview]:
    """Read a file from its begin to its end into the buffers in turn."""
    offset = turn = 0
    while True:
        buffer = buffers[turn % len(buffers)]
        count = os.preadv(fd, [buffer], offset)
        if not count:
            return
        yield buffer[:count]
        offset += count
        turn += 1


def write_all(fd: int, data: Octets, offset: int) -> None:
    """Write everything at the offset."""
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view[: _WRITE - offset % _WRITE], offset)
        view, offset = view[count:], offset + count


def read_small(path: Path, *, limit: int) -> bytes:
    """Return a whole file that the user named; Unavailable ``disk.…``, ``disk.too-large``."""
    with coded(path.name), path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unavailable(
            "disk.too-large", "{name} has more than {limit} bytes", name=path.name, limit=limit
        )
    return data


def write_durably(path: Path, data: bytes) -> None:
    """Put a small file in place: whole and on the disk, or not at all; an old one is replaced."""
    partial = path.with_name(f"{path.name}.partial")
    with coded(path.name):
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def make_folders(path: Path, *, mode: int = 0o777) -> None:
    """Make a folder, and those above it that are missing; their names are on the disk then.

    One that is there is left as it is.  ``mode`` is that of the last one.  OSError.
    """
    if path.is_dir():
        return
    if path.exists():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    make_folders(path.parent)
    path.mkdir(mode, exist_ok=True)
    sync_folder(path.parent)


def sync_tree(top: Path) -> None:
    """Make the names in a folder and in all folders below it durable."""
    for path, _, _ in os.walk(top):
        sync_folder(Path(path))


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_disk(fd: int) -> None:
    """Make everything on the disk that holds ``fd`` durable; OSError if a write to it failed.

    syncfs(2) tells of failed writes since ``fd`` was opened (Linux 5.8 and later), so it stands
    for an fsync of each file.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syncfs(fd):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def start_writing(fd: int, offset: int, length: int) -> None:
    """Begin to carry a range to the disk while the work goes on; only a hint.

    sync_file_range(2), which unlike posix_fadvise drops nothing from memory: whoever seals the
    copy next finds it there.
    """
    ctypes.CDLL(None).sync_file_range(
        fd, ctypes.c_int64(offset), ctypes.c_int64(length), _SYNC_FILE_RANGE_WRITE
    )


class FolderChain:
    """Descriptors of nested folders, kept open from one file to the next: files come sorted.

    Each folder is opened below the one before it, never through a link.
    """

    def __init__(self, top: int, *, create: bool = False) -> None:
        self._top = top
        self._create = create
        self._open: list[tuple[bytes, int]] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all but the top."""
        self.close()

    def close(self) -> None:
        """Close all but the top."""
        self._shut(0)

    def folder_of(self, path: bytes) -> tuple[int, bytes]:
        """Return the descriptor of the folder that holds ``path``, and the path's last part."""
        *folders, name = path.split(b"/")
        shared = 0
        for (known, _), wanted in zip(self._open, folders, strict=False):
            if known != wanted:
                break
            shared += 1
        self._shut(shared)
        for part in folders[shared:]:
            self._open.append((part, self._step(part)))
        return (self._open[-1][1] if self._open else self._top), name

    def _step(self, part: bytes) -> int:
        below = self._open[-1][1] if self._open else self._top
        if self._create:
            with suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=below)
        return open_folder(part, below=below)

    def _shut(self, keep: int) -> None:
        while len(self._open) > keep:
            os.close(self._open.pop()[1])
