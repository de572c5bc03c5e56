"""Files that appear whole or not at all: written beside their name, synced, then renamed.

What a crash leaves behind is ``<name>.partial``; the next writer of the same name removes it
and starts again.  A second writer of the same name, at the same time, is refused.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from longbien.primitives.digest import Octets
from longbien.primitives.errors import Refused, Unavailable

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_COPY = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM, errno.EBADF)
# what file systems and libraries answer that cannot reserve space
_COPY = 64 * 2**20  # bytes of one system call: short enough to be interrupted
_NO_RESERVATION = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM)


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[int]:
    """Give a descriptor to write ``path`` by; the file appears when the block ends well.

    It is then on disk, its name included, and only its owner may read it.  Any exception,
    an interrupt too, leaves neither the file nor its partial form.

    Raises Refused ``sealed.exists`` (unless ``replace``), ``sealed.busy``; Unavailable
    ``sealed.no-space``, ``sealed.write-failed``.
    """
    partial = path.with_name(path.name + ".partial")
    _require_free(path, replace=replace)
    with write_errors(path):
        descriptor = _create(partial)
    is_finished = False
    try:
        yield descriptor
        with write_errors(path):
            os.fsync(descriptor)
            _require_free(path, replace=replace)
            partial.replace(path)
            is_finished = True
            _sync_folder(path.parent)
    finally:
        if not is_finished:
            with suppress(OSError):
                partial.unlink()
        os.close(descriptor)


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn what the system says while writing ``path`` into a coded error."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise Unavailable(
                "sealed.no-space", "no space is left for {path}", retry=True, path=path
            ) from error
        raise Unavailable(
            "sealed.write-failed", "{path} cannot be written: {why}", path=path, why=error.strerror
        ) from error


def reserve(descriptor: int, size: int) -> None:
    """Set the file's size and reserve its space where the file system can.

    So a full disk is found before the work, not after it.
    """
    os.ftruncate(descriptor, size)
    if size:
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno not in _NO_RESERVATION:
                raise


def write_at(descriptor: int, data: Octets, offset: int) -> None:
    """Write all of ``data`` at ``offset``; safe from many threads."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest = rest[written:]
        offset += written


def start_writing_back(descriptor: int, offset: int, length: int) -> None:
    """Ask the system to carry a range to the disk now, while the work goes on.

    Else all of it waits for the fsync at the end.  Only a hint: dirty pages are written, not
    dropped, and a system that does not know the hint loses nothing.
    """
    with suppress(OSError):
        os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_DONTNEED)


def copy_range(source: int, start: int, target: int, offset: int, *, length: int) -> int:
    """Let the system copy some of ``length`` bytes; 0 when it cannot, and then by hand."""
    try:
        return os.copy_file_range(source, target, min(length, _COPY), start, offset)
    except OSError as error:
        if error.errno in _NO_COPY:
            return 0
        raise


def _require_free(path: Path, *, replace: bool) -> None:
    if not replace and os.path.lexists(path):
        raise Refused("sealed.exists", "{path} is there already", path=path)


def _create(partial: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(partial, flags, 0o600)
    except FileExistsError:
        _remove_leftover(partial)
        descriptor = os.open(partial, flags, 0o600)
    try:
        _lock(descriptor, partial)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _remove_leftover(partial: Path) -> None:
    if not stat.S_ISREG(partial.lstat().st_mode):
        partial.unlink()
        return
    descriptor = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _lock(descriptor, partial)
        partial.unlink()
    finally:
        os.close(descriptor)


def _lock(descriptor: int, partial: Path) -> None:
    """Hold the file until its descriptor closes; a crash lets it go."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _busy(partial) from None
    except OSError:  # a file system without locks: two writers at once stay the caller's care
        return
    if not os.fstat(descriptor).st_nlink:  # another writer took it for a leftover
        raise _busy(partial)


def _busy(partial: Path) -> Refused:
    return Refused("sealed.busy", "another program is writing {path} just now", path=partial)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
