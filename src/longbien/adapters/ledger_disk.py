"""The few acts on a disk that the ledger's durability rests on, each of them once.

The stores decide the order; a test puts a failing disk in their place.  An error of the
system leaves as Unavailable and is never tried again here: after a failed fsync nobody
knows what is on the disk, so the store that met one stops.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from longbien.primitives.errors import Refused, Unavailable

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Disk:
    """A real disk."""

    def append(self, descriptor: int, data: bytes) -> None:
        """Write all of ``data`` at the descriptor's end; not durable before ``sync``."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def write(self, path: Path, data: bytes) -> None:
        """Write a whole file, in place of what was there; not durable before ``sync_file``."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            self.append(descriptor, data)
        finally:
            os.close(descriptor)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of ``data`` at ``offset``; not durable before ``sync``."""
        rest = memoryview(data)
        while rest:
            written = os.pwrite(descriptor, rest, offset)
            rest, offset = rest[written:], offset + written

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file off at ``size``; not durable before ``sync``."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Make what was written by this descriptor durable."""
        os.fsync(descriptor)

    def sync_file(self, path: Path) -> None:
        """Make a file's content durable; its name needs ``sync_folder``."""
        self._sync_path(path, os.O_RDONLY)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        self._sync_path(path, os.O_RDONLY | os.O_DIRECTORY)

    def rename(self, source: Path, target: Path) -> None:
        """Put ``source`` in the place of ``target`` in one step."""
        source.replace(target)

    def _sync_path(self, path: Path, flags: int) -> None:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)


def replace_file(disk: Disk, path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, durably: after a crash the old content is there, or the new."""
    partial = path.with_name(path.name + ".partial")
    disk.write(partial, data)
    disk.sync_file(partial)
    disk.rename(partial, path)
    disk.sync_folder(path.parent)


def write_files(disk: Disk, root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write many new files below ``root``, durably, their folders included.

    All are written before the first is synced: the disk then has one flush to do, not one
    a file.
    """
    paths = []
    for name, data in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        disk.write(path, data)
        paths.append(path)
    for path in paths:
        disk.sync_file(path)
    folders = {folder for path in paths for folder in path.parents if _is_inside(folder, root)}
    for folder in sorted(folders, reverse=True):  # a folder before the one that names it
        disk.sync_folder(folder)


def _is_inside(folder: Path, root: Path) -> bool:
    return folder == root or root in folder.parents


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the system says into Unavailable ``ledger.no-space`` or ``ledger.disk``."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise Unavailable(
                "ledger.no-space", "no space is left for {path}", retry=True, path=path
            ) from error
        raise Unavailable(
            "ledger.disk", "{path}: {why}", path=error.filename or path, why=error.strerror
        ) from error


def lock_folder(path: Path, *, waits: bool = False) -> int:
    """Hold ``path`` until the returned descriptor closes; a crash lets it go.

    Raises Refused ``ledger.busy`` where another program holds it, unless it ``waits``.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refused(
            "ledger.busy", "another program is writing {folder} just now", folder=path.parent
        ) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
