"""Disks that fail: at the n-th act, in one of the ways in which disks and machines fail."""

import errno
import os
from pathlib import Path

from longbien.adapters.ledger_disk import Disk


class Killed(BaseException):
    """The process is gone; nothing after this runs."""


class FailingDisk(Disk):
    """A disk whose n-th act fails with an error of the system; n = 0 never fails."""

    def __init__(self, fails_at: int = 0, *, code: int = errno.EIO) -> None:
        self.acts = 0
        self._fails_at = fails_at
        self._code = code

    def _act(self) -> None:
        self.acts += 1
        if self.acts == self._fails_at:
            self.fail()

    def fail(self) -> None:
        """Fail as this disk fails."""
        raise OSError(self._code, os.strerror(self._code))

    def append(self, descriptor: int, data: bytes) -> None:
        """Count, then append."""
        self._act()
        super().append(descriptor, data)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """Count, then write."""
        self._act()
        super().write_at(descriptor, data, offset)

    def truncate(self, descriptor: int, size: int) -> None:
        """Count, then cut."""
        self._act()
        super().truncate(descriptor, size)

    def sync(self, descriptor: int) -> None:  # noqa: ARG002 - as the real one is called
        """Count; what a real disk would keep is the business of ``PowerCutDisk``."""
        self._act()

    def rename(self, source: Path, target: Path) -> None:
        """Count, then rename."""
        self._act()
        super().rename(source, target)


class KillingDisk(FailingDisk):
    """A disk on which the process is killed at the n-th act."""

    def fail(self) -> None:
        """Die."""
        raise Killed


class TearingDisk(KillingDisk):
    """The same, but a write that is cut off leaves its first half behind."""

    def append(self, descriptor: int, data: bytes) -> None:
        """Write half of it where this is the last act."""
        try:
            super().append(descriptor, data)
        except Killed:
            Disk.append(self, descriptor, data[: len(data) // 2])
            raise


class PowerCutDisk(KillingDisk):
    """A disk that loses everything that was not synced when the power goes.

    The hardest case that a file system may make of it: contents go back to what was synced,
    names to what was there when their folder was synced.
    """

    def __init__(self, fails_at: int = 0) -> None:
        super().__init__(fails_at)
        self._contents: dict[Path, bytes] = {}
        self._names: dict[Path, bytes | None] = {}

    def fail(self) -> None:
        """Lose what is not durable, then die."""
        for path, content in self._contents.items():
            if path.exists():
                path.write_bytes(content)
        for path, content in self._names.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        super().fail()

    def write(self, path: Path, data: bytes) -> None:
        """Note what was there before."""
        if path.exists():
            self._contents.setdefault(path, path.read_bytes())
        else:
            self._contents.setdefault(path, b"")
            self._names.setdefault(path, None)
        super().write(path, data)

    def append(self, descriptor: int, data: bytes) -> None:
        """Note what was there before."""
        self._note(descriptor)
        super().append(descriptor, data)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """Note what was there before."""
        self._note(descriptor)
        super().write_at(descriptor, data, offset)

    def truncate(self, descriptor: int, size: int) -> None:
        """Note what was there before."""
        self._note(descriptor)
        super().truncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Make content or names durable."""
        super().sync(descriptor)
        path = _path_of(descriptor)
        self._contents.pop(path, None)
        for name in [name for name in self._names if name.parent == path]:
            del self._names[name]

    def rename(self, source: Path, target: Path) -> None:
        """Note what the name meant before."""
        before = target.read_bytes() if target.exists() else None
        super().rename(source, target)
        self._names.setdefault(target, before)
        self._names.pop(source, None)
        if source in self._contents:
            self._contents[target] = self._contents.pop(source)

    def _note(self, descriptor: int) -> None:
        path = _path_of(descriptor)
        self._contents.setdefault(path, path.read_bytes())


def _path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()
