"""A vault in a local folder: parts by their names, durable when ``put`` returns.

``<folder>/parts/<first two digits>/<digest>``.  A part is written below ``incoming``, synced,
renamed to its name, and the name synced: a reader never meets half a part, and what a crash
leaves behind lies in ``incoming`` alone.  obstore's own local store is not used: it syncs
neither files nor folders (0.12 gives no access to object_store's ``with_fsync``).
"""

import errno
import fcntl
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from longbien.adapters.files import make_folders, open_folder, sync_folder, write_all
from longbien.adapters.partial_files import reserve
from longbien.adapters.vault import MAX_PART, checked, lost, no_space
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused, Unavailable

SPARE = 256 * 2**20  # bytes left free for the journal and the ledger on the same disk
PARTS, INCOMING = "parts", "incoming"
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_SHARDS = tuple(f"{number:02x}" for number in range(256))

Sync = Callable[[int], None]


def create_vault(folder: Path) -> None:
    """Make an empty vault; Refused ``vault.exists``, Unavailable ``vault.write-failed``."""
    with _writing():
        make_folders(folder, mode=0o700)
        if any(folder.iterdir()):
            raise Refused("vault.exists", "{folder} is not empty", folder=folder)
        (folder / INCOMING).mkdir(mode=0o700)
        (folder / PARTS).mkdir(mode=0o700)
        for shard in _SHARDS:
            (folder / PARTS / shard).mkdir(mode=0o700)
        for one in (folder / PARTS, folder, folder.parent):
            sync_folder(one)


class LocalVault:
    """The port ``Vault`` over a folder that ``create_vault`` made; close it when done.

    Any number of processes may share the folder.  ``spare`` bytes of the disk are never used.
    After a failed sync every ``put`` raises Unavailable ``vault.write-failed`` until ``probe``
    finds that the disk writes again.  Raises Refused ``vault.absent``.
    """

    def __init__(self, folder: Path, *, spare: int = SPARE, sync: Sync = os.fsync) -> None:
        self._spare, self._sync = spare, sync
        self._opened: list[int] = []
        try:
            self._parts = self._open_folder(folder / PARTS)
            self._incoming = self._open_folder(folder / INCOMING)
        except OSError as error:
            self.close()
            raise Refused(
                "vault.absent",
                "{folder} is no vault ({why}); make one with: longbien init",
                folder=folder,
                why=error.strerror,
            ) from error
        self._names = _NameSync(self._sync_shard)
        self._numbers = itertools.count()
        self._is_stopped = False
        self._doubtful: set[Digest] = set()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the folder."""
        self.close()

    def close(self) -> None:
        """Close the folder."""
        while self._opened:
            os.close(self._opened.pop())

    # --- the port ---------------------------------------------------------------------------

    def put(self, sha256: Digest, part: bytes | memoryview, /) -> None:
        """Keep a part; durable on return.  The caller has hashed it.

        Raises Unavailable ``vault.no-space``, ``vault.write-failed``; Integrity
        ``vault.changed`` where other bytes stand under the name: they are not overwritten.
        """
        if len(part) > MAX_PART:
            msg = "a part has at most MAX_PART bytes"
            raise ValueError(msg)
        if self._is_stopped:
            raise _failed("a sync has failed before")
        shard, name = _place(sha256)
        if sha256 in self._doubtful or not self._holds(sha256, part):
            self._require_space(len(part))
            self._write(f"{shard}/{name}", part)
        try:
            self._names.sync(shard)
        except BaseException:
            self._doubtful.add(sha256)
            raise
        self._doubtful.discard(sha256)

    def get(self, sha256: Digest, /) -> bytes:
        """Return a part, its digest checked.

        Raises Integrity ``vault.changed``, ``vault.missing``; Unavailable
        ``vault.read-failed`` where the disk gives nothing back.
        """
        return checked(sha256, self._read(sha256))

    def missing(self, digests: Sequence[Digest], /) -> Sequence[int]:
        """Return the positions of those that the vault does not hold, unread."""
        return [at for at, digest in enumerate(digests) if not self._is_there(digest)]

    def free_bytes(self) -> int | None:
        """Return how much more fits, without the bytes that are kept spare."""
        found = os.fstatvfs(self._parts)
        return max(0, found.f_bavail * found.f_frsize - self._spare)

    # --- for the keeper ---------------------------------------------------------------------

    def held(self) -> Iterator[Digest]:
        """Name every part that is there, unread."""
        for shard in _SHARDS:
            fd = os.open(shard, _READ | os.O_DIRECTORY, dir_fd=self._parts)
            try:
                with os.scandir(fd) as found:
                    names = [entry.name for entry in found]
            finally:
                os.close(fd)
            yield from map(Digest.parse, names)

    def discard(self, digests: Iterable[Digest], /) -> int:
        """Remove parts for good; the removal is durable on return."""
        count = 0
        touched = set()
        with _writing():
            for digest in digests:
                shard, name = _place(digest)
                with suppress(FileNotFoundError):
                    os.unlink(f"{shard}/{name}", dir_fd=self._parts)
                    count += 1
                    touched.add(shard)
        for shard in sorted(touched):
            self._names.sync(shard)
        return count

    def clear_incoming(self) -> int:
        """Remove what writers that were killed left behind; return how many files that were."""
        count = 0
        with os.scandir(self._incoming) as found:
            names = [entry.name for entry in found]
        for name in names:
            with suppress(OSError):  # its writer is at work, or was quicker
                fd = os.open(name, _READ, dir_fd=self._incoming)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(name, dir_fd=self._incoming)
                    count += 1
                finally:
                    os.close(fd)
        return count

    def probe(self) -> None:
        """Find out whether the disk takes and syncs a file; if it does, ``put`` works again.

        What was put when the sync failed counts as missing and is written anew.  Raises
        Unavailable ``vault.no-space``, ``vault.write-failed``.
        """
        self._require_space(0)
        with self._new_file(b"probe") as (_fd, name), self._syncing():
            os.unlink(name, dir_fd=self._incoming)
            self._sync(self._incoming)
        self._is_stopped = False

    # --- inside -----------------------------------------------------------------------------

    def _open_folder(self, path: Path) -> int:
        self._opened.append(open_folder(path))
        return self._opened[-1]

    def _is_there(self, sha256: Digest) -> bool:
        if sha256 in self._doubtful:
            return False
        shard, name = _place(sha256)
        try:
            os.stat(f"{shard}/{name}", dir_fd=self._parts, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unreadable(error) from error
        return True

    def _holds(self, sha256: Digest, part: bytes | memoryview) -> bool:
        """Tell whether these bytes are there already."""
        if not self._is_there(sha256):
            return False
        if self._read(sha256) != part:
            checked(sha256, b"" if part else b"\0")  # says so: it cannot be the digest of that
        return True

    def _read(self, sha256: Digest) -> bytes:
        shard, name = _place(sha256)
        try:
            fd = os.open(f"{shard}/{name}", _READ, dir_fd=self._parts)
            try:
                return _read_all(fd)
            finally:
                os.close(fd)
        except FileNotFoundError:
            raise lost(sha256) from None
        except OSError as error:
            raise _unreadable(error) from error

    def _require_space(self, size: int) -> None:
        free = self.free_bytes()
        if free is not None and size >= free:
            raise no_space(size)

    def _write(self, place: str, part: bytes | memoryview) -> None:
        with self._new_file(part) as (_fd, name), _writing(len(part)):
            os.rename(name, place, src_dir_fd=self._incoming, dst_dir_fd=self._parts)

    @contextmanager
    def _new_file(self, part: bytes | memoryview) -> Iterator[tuple[int, str]]:
        """Give a file of these bytes in ``incoming``, on the disk; what is left of it goes."""
        with _writing(len(part)):
            fd, name = self._create()
        is_done = False
        try:
            with _writing(len(part)):
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                reserve(fd, len(part))
                write_all(fd, part, 0)
            with self._syncing():
                self._sync(fd)
            yield fd, name
            is_done = True
        finally:
            if not is_done:
                with suppress(OSError):
                    os.unlink(name, dir_fd=self._incoming)
            os.close(fd)

    def _create(self) -> tuple[int, str]:
        while True:
            name = f"{os.getpid()}-{next(self._numbers)}"
            with suppress(FileExistsError):  # another machine's process of that number
                return os.open(name, _NEW, 0o600, dir_fd=self._incoming), name

    def _sync_shard(self, shard: str) -> None:
        with self._syncing():
            fd = os.open(shard, _READ | os.O_DIRECTORY, dir_fd=self._parts)
            try:
                self._sync(fd)
            finally:
                os.close(fd)

    @contextmanager
    def _syncing(self) -> Iterator[None]:
        """Stop after a sync that failed: to try again could report what is not so."""
        try:
            yield
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise no_space(0) from error
            self._is_stopped = True
            raise _failed(error.strerror) from error


class _NameSync:
    """Makes names in folders durable.  Who comes while one sync runs shares the next one."""

    def __init__(self, sync: Callable[[str], None]) -> None:
        self._sync = sync
        self._turn = threading.Condition()
        self._waiting: set[str] = set()
        self._round = self._done = 0
        self._is_busy = False
        self._failed: dict[int, BaseException] = {}

    def sync(self, folder: str) -> None:
        """Return when the folder's names of now are on the disk; else raise what failed."""
        with self._turn:
            self._waiting.add(folder)
            mine = self._round
            while self._is_busy and self._done <= mine:
                self._turn.wait()
            if self._done > mine:
                if mine in self._failed:
                    raise self._failed[mine]
                return
            batch, self._waiting = self._waiting, set()
            self._round, self._is_busy = mine + 1, True
        self._run(batch, mine)

    def _run(self, batch: set[str], number: int) -> None:
        try:
            for folder in sorted(batch):
                self._sync(folder)
        except BaseException as error:
            self._failed[number] = error
            raise
        finally:
            with self._turn:
                self._is_busy, self._done = False, number + 1
                self._turn.notify_all()


def _place(sha256: Digest) -> tuple[str, str]:
    name = sha256.hex
    return name[:2], name


def _read_all(fd: int) -> bytes:
    # one more than there should be: a part that grew is read as changed
    most = min(os.fstat(fd).st_size, MAX_PART) + 1
    pieces = []
    offset = 0
    while offset < most and (piece := os.pread(fd, most - offset, offset)):
        pieces.append(piece)
        offset += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@contextmanager
def _writing(size: int = 0) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise no_space(size) from error
        raise _failed(error.strerror) from error


def _failed(why: str | None) -> Unavailable:
    return Unavailable(
        "vault.write-failed", "the vault cannot be written: {why}", retry=True, why=why
    )


def _unreadable(error: OSError) -> Unavailable:
    return Unavailable(
        "vault.read-failed", "the vault cannot be read: {why}", retry=True, why=error.strerror
    )
