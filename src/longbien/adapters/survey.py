"""Looking over the examiner's folder before anything is copied: what is there, and what is odd.

Nothing is followed and nothing is opened but folders.  Times of last access stay as they are
where the system allows it (O_NOATIME): taking in an exhibit must not write into it.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from longbien.adapters.files import coded
from longbien.evidence.names import MAX_DEPTH, name_notices, text_of
from longbien.evidence.package import MAX_FILES, IngestNotice
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.visible import visible

_BLOCK = 512  # st_blocks counts in these, whatever the disk
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Rule(StrEnum):
    """What to do with a thing that cannot become an exhibit."""

    REFUSE = "refuse"
    SKIP = "skip"


@frozen(kw_only=True)
class State:
    """By what a change of a file or folder is noticed."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


@frozen(kw_only=True)
class Found:
    """A regular file of the folder."""

    original: bytes
    """Its path below the folder."""

    state: State


@frozen(kw_only=True)
class Survey:
    """What the folder holds."""

    files: tuple[Found, ...]
    folders: tuple[tuple[bytes, State], ...]
    notices: tuple[IngestNotice, ...]

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(found.state.size for found in self.files)


def state_of(status: os.stat_result) -> State:
    """Return what to remember of a file."""
    return State(
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        changed_ns=status.st_ctime_ns,
    )


def open_quietly(
    name: bytes | str | Path, *, below: int | None = None, folder: bool = False
) -> int:
    """Open for reading: no link is followed, the access time stays if we may have it so."""
    flags = _FLAGS | (os.O_DIRECTORY if folder else 0)
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=below)
    except PermissionError:
        return os.open(name, flags, dir_fd=below)  # O_NOATIME is for the owner alone


def require_apart(source: Path, target: Path) -> None:
    """Raise Refused ``ingest.inside`` if one of the two folders holds the other."""
    one, other = source.resolve(), target.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise Refused(
            "ingest.inside",
            "the folder of exhibits and the folder for packages must lie apart, "
            "neither inside the other",
        )


def survey_folder(top: int, *, links: Rule = Rule.REFUSE, special: Rule = Rule.REFUSE) -> Survey:
    """Look over the folder with the descriptor ``top``.

    Raises Refused ``ingest.link``, ``ingest.special-file``, ``ingest.too-deep``,
    ``ingest.too-many-files``, ``ingest.empty``; Unavailable ``ingest.unreadable``.
    """
    surveyor = _Surveyor(links=links, special=special)
    with unreadable(b"."):
        surveyor.look(top, b"", 0)
    if not surveyor.files:
        raise Refused("ingest.empty", "there is no file in the folder")
    return Survey(
        files=tuple(surveyor.files),
        folders=tuple(surveyor.folders),
        notices=tuple(surveyor.notices),
    )


def survey_file(top: int, name: bytes) -> Survey:
    """Look at one file of the folder with the descriptor ``top``, and at nothing else there.

    Raises Refused ``ingest.link``, ``ingest.special-file``; Unavailable ``ingest.unreadable``.
    """
    surveyor = _Surveyor(links=Rule.REFUSE, special=Rule.REFUSE)
    surveyor.look_at_file(top, name)
    return Survey(files=tuple(surveyor.files), folders=(), notices=tuple(surveyor.notices))


@contextmanager
def unreadable(original: bytes) -> Iterator[None]:
    """Turn an OSError into Unavailable ``ingest.unreadable`` that names the exhibit."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "ingest.unreadable",
            "{name} cannot be read: {why}",
            name=visible(text_of(original)[0]),
            why=os.strerror(error.errno or 0),
        ) from error


class _Surveyor:
    def __init__(self, *, links: Rule, special: Rule) -> None:
        self._links = links
        self._special = special
        self.files: list[Found] = []
        self.folders: list[tuple[bytes, State]] = []
        self.notices: list[IngestNotice] = []

    def look(self, folder: int, path: bytes, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Refused(
                "ingest.too-deep",
                "more than {limit} folders one inside the other at {name}",
                limit=MAX_DEPTH,
                name=visible(text_of(path)[0])[:200],
            )
        self.folders.append((path, state_of(os.fstat(folder))))
        names = sorted(map(os.fsencode, os.listdir(folder)))
        self._note_names(path, names)
        if not names and path:
            self._note("ingest.empty-folder", path)
        for name in names:
            self._look_at(folder, name, path + b"/" + name if path else name, depth)

    def look_at_file(self, folder: int, name: bytes) -> None:
        with unreadable(name):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        self._note_names(b"", [name])
        if stat.S_ISREG(status.st_mode):
            self._take(name, status)
        elif stat.S_ISLNK(status.st_mode):
            self._leave_link(name)
        else:
            self._leave_special(name)

    def _look_at(self, folder: int, name: bytes, path: bytes, depth: int) -> None:
        with unreadable(path):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                fd = open_quietly(name, below=folder, folder=True)
                try:
                    self.look(fd, path, depth + 1)
                finally:
                    os.close(fd)
            elif stat.S_ISREG(status.st_mode):
                self._take(path, status)
            elif stat.S_ISLNK(status.st_mode):
                self._leave_link(path)
            else:
                self._leave_special(path)

    def _take(self, path: bytes, status: os.stat_result) -> None:
        if len(self.files) == MAX_FILES:
            raise Refused(
                "ingest.too-many-files",
                "more than {limit} files: pack them as a disk image or an archive",
                limit=MAX_FILES,
            )
        self.files.append(Found(original=path, state=state_of(status)))
        if status.st_nlink > 1:
            self._note("ingest.hard-link", path)
        if status.st_blocks * _BLOCK < status.st_size:
            self._note("ingest.sparse", path)

    def _leave_link(self, path: bytes) -> None:
        if self._links is Rule.REFUSE:
            raise Refused(
                "ingest.link",
                "{name} is a link; take it out of the folder, or leave it out with --links skip",
                name=visible(text_of(path)[0]),
            )
        self._note("ingest.link-left-out", path)

    def _leave_special(self, path: bytes) -> None:
        if self._special is Rule.REFUSE:
            raise Refused(
                "ingest.special-file",
                "{name} is a device, a pipe or a socket, not a file; "
                "take it out of the folder, or leave it out with --special skip",
                name=visible(text_of(path)[0]),
            )
        self._note("ingest.special-left-out", path)

    def _note_names(self, path: bytes, names: list[bytes]) -> None:
        for code, name in name_notices(names):
            self._note(code, path + b"/" + name if path else name)

    def _note(self, code: str, path: bytes) -> None:
        self.notices.append(IngestNotice(code=code, name=text_of(path)[0]))


def require_unchanged(top: int, survey: Survey) -> None:
    """Raise Refused ``ingest.changed`` if a folder is no longer as it was looked over."""
    for path, before in survey.folders:
        with coded(visible(text_of(path)[0])), suppress(FileNotFoundError):
            status = os.stat(path or b".", dir_fd=top, follow_symlinks=False)
            if state_of(status) == before:
                continue
        raise changed(path)


def changed(path: bytes) -> Refused:
    """Return the refusal of an exhibit that did not keep still."""
    return Refused(
        "ingest.changed",
        "{name} changed while it was read; stop what writes to it and begin again",
        name=visible(text_of(path)[0]) or "the folder",
    )
