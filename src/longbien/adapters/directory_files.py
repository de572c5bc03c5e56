"""The book of States in a folder: every accepted version, durable before it is believed.

``book.txt`` says whose book it is; ``states/VN/000007.json`` is version 7 of an entry exactly
as it was signed; ``states/VN/SHA256SUMS`` (for sha256sum -c) says which files count.  An entry is
written first and listed second, so a crash leaves either book whole.  Trusted for: not being
put back to an older copy, for then it would believe what was revoked since.
"""

import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from attrs import frozen

from longbien.adapters.files import make_folders
from longbien.adapters.ledger_disk import Disk, disk_errors, replace_file
from longbien.directory.book import Book, History
from longbien.directory.fingerprint import Fingerprint
from longbien.directory.mirror import (
    DirectorySet,
    SignedSet,
    decide_set,
    parse_signed_set,
    require_listed,
)
from longbien.directory.trusted import MAX_CHAIN, Update, require_chain
from longbien.directory.wire import MAX_SIGNED, SignedEntry, parse_signed_entry
from longbien.ledger.notes import parse_vkey
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant
from longbien.trust.dsse import HybridKey

FORMAT: Final = "longbien:directory.book/1"
MAX_EXPORT: Final = MAX_CHAIN * 128 * 1024  # bytes of a file of versions, one a line

_BOOK = "book.txt"
SUMS = "SHA256SUMS"
STAMP = "changed"
SUM_LINE = re.compile(r"([0-9a-f]{64})  ([0-9]{6})\.json", re.ASCII)
_MAX_LIST = 2**26  # bytes; a million versions of 79 bytes each, see directory.entry.MAX_VERSION


class Directory(Protocol):
    """What the node asks of its directory."""

    def book(self) -> Book:
        """Return the newest book; what another process accepted is in it."""
        ...

    def accept(
        self,
        candidates: Sequence[bytes],
        *,
        now: Instant,
        state: StateCode | None = None,
        confirmed: Fingerprint | None = None,
    ) -> Update:
        """Decide on new versions and keep what is accepted; durable when this returns.

        Raises Malformed, Refused ``directory.*``, Unavailable, Integrity ``directory.damaged``.
        """
        ...


@frozen(kw_only=True)
class _Loaded:
    stamp: tuple[int, int]
    own: StateCode
    book: Book
    lists: Mapping[StateCode, bytes]
    """The SHA256SUMS of each State: where one is the same, so is the history."""


def create_directory(folder: Path, *, own: StateCode, exercise: bool) -> None:
    """Make an empty book.  Raises Refused ``directory.exists``; Unavailable ``ledger.*``."""
    disk = Disk()
    with disk_errors(folder):
        make_folders(folder / "states", mode=0o700)
        if (folder / _BOOK).exists():
            raise Refused("directory.exists", "{folder} holds a directory already", folder=folder)
        replace_file(disk, folder / STAMP, b"")
        replace_file(disk, folder / _BOOK, _encode_head(own, exercise=exercise))


class DirectoryFolder:
    """One directory folder (port ``Directory``).  Any threads and processes may share it."""

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        """Open the folder and check all that is in it.

        Raises Refused ``directory.missing``; Integrity ``directory.damaged``; Unavailable.
        """
        self.folder = folder
        self._disk = disk or Disk()
        self._guard = threading.Lock()
        self._loaded = self._load()

    @property
    def own(self) -> StateCode:
        """Return whose node this is."""
        return self._loaded.own

    def book(self) -> Book:
        """Return the newest book; what another process accepted is in it.

        Costs one stat where nothing has changed.  Raises as the constructor does.
        """
        with disk_errors(self.folder):
            stamp = self._stamp()
        if stamp != self._loaded.stamp:
            with self._guard:
                self._loaded = self._load(self._loaded)
        return self._loaded.book

    def accept(
        self,
        candidates: Sequence[bytes],
        *,
        now: Instant,
        state: StateCode | None = None,
        confirmed: Fingerprint | None = None,
    ) -> Update:
        """Decide on new versions and keep what is accepted; durable when this returns.

        Raises Malformed, Refused ``directory.*``, Unavailable, Integrity ``directory.damaged``.
        """
        return self._accept(candidates, now=now, state=state, confirmed=confirmed, listing=None)

    def accept_from_mirror(
        self,
        candidates: Sequence[bytes],
        *,
        now: Instant,
        listing: DirectorySet,
        confirmed: Fingerprint | None = None,
    ) -> Update:
        """Do the same for versions that a mirror handed out; ``listing`` is its accepted set.

        Raises Refused ``directory.not-in-set`` besides.
        """
        return self._accept(candidates, now=now, state=None, confirmed=confirmed, listing=listing)

    def accept_set(self, data: bytes, *, mirror: HybridKey, now: Instant) -> SignedSet:
        """Decide on a mirror's set and keep it; durable when this returns.

        Raises what ``directory.mirror.decide_set`` raises, Unavailable, Integrity.
        """
        name = mirror.ids[0].text.removeprefix("sha256:")
        path = self.folder / "mirrors" / f"{name}.json"
        with self._writing():
            held = self._find_set(path)
            signed = decide_set(
                held, data, mirror=mirror, exercise=self._loaded.book.exercise, now=now
            )
            make_folders(path.parent, mode=0o700)
            replace_file(self._disk, path, signed.data)
        return signed

    def export(self, state: StateCode, *, with_history: bool = False) -> bytes:
        """Return a State's newest version, or all (256 at most), one a line, as they were signed.

        Raises Refused ``directory.unknown-state``.
        """
        book = self.book()
        book.get_entry(state)
        history = book.history(state)
        chosen = history[-MAX_CHAIN:] if with_history else history[-1:]
        return b"".join(one.data + b"\n" for one in chosen)

    # --- inside ---

    def _accept(
        self,
        candidates: Sequence[bytes],
        *,
        now: Instant,
        state: StateCode | None,
        confirmed: Fingerprint | None,
        listing: DirectorySet | None,
    ) -> Update:
        with self._writing():
            self._loaded = self._load(self._loaded)  # of this very moment: nobody else writes now
            book = self._loaded.book
            update = book.decide(candidates, now=now, state=state, confirmed=confirmed)
            for one in update.accepted:
                _require_vkeys(one)
            if listing is not None:
                require_listed(listing, update)
            if update.accepted:
                self._keep(update, before=book.history(update.state))
                self._loaded = self._load(self._loaded)
        return update

    def _keep(self, update: Update, *, before: History) -> None:
        folder = self.folder / "states" / update.state.text
        folder.mkdir(exist_ok=True, mode=0o700)
        self._disk.sync_folder(folder.parent)
        for one in update.accepted:
            replace_file(self._disk, folder / name_of(one), one.data)
        replace_file(self._disk, folder / SUMS, encode_sums((*before, *update.accepted)))
        replace_file(self._disk, self.folder / STAMP, b"")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only writer among all threads and processes; waits for the one before."""
        with self._guard, disk_errors(self.folder):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.folder / "lock", flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    def _stamp(self) -> tuple[int, int]:
        found = (self.folder / STAMP).stat()
        return found.st_ino, found.st_mtime_ns

    def _load(self, before: _Loaded | None = None) -> _Loaded:
        with disk_errors(self.folder):
            own, exercise = read_head(self.folder)
            stamp = self._stamp()  # before the entries: what is written meanwhile is seen next time
            folders = {
                StateCode(one.name): one
                for one in sorted((self.folder / "states").iterdir())
                if (one / SUMS).exists()  # else a crash came before anything was accepted
            }
            lists = {state: (folder / SUMS).read_bytes() for state, folder in folders.items()}
            histories = {
                state: before.book.history(state)
                if before and before.lists.get(state) == lists[state]
                else read_history(folder, exercise=exercise)
                for state, folder in folders.items()
            }
        book = Book(exercise=exercise, histories=histories)
        return _Loaded(stamp=stamp, own=own, book=book, lists=lists)

    def _find_set(self, path: Path) -> SignedSet | None:
        try:
            return parse_signed_set(path.read_bytes())
        except FileNotFoundError:
            return None
        except Malformed:
            raise _damaged(path) from None


# --- reading -----------------------------------------------------------------------------------


def read_head(folder: Path) -> tuple[StateCode, bool]:
    """Return whose book it is, and whether of an exercise.

    Raises Refused ``directory.missing``; Integrity ``directory.damaged``.
    """
    try:
        data = (folder / _BOOK).read_bytes()
    except FileNotFoundError:
        raise Refused(
            "directory.missing",
            "{folder} holds no directory; a node and its directory are made with: longbien init",
            folder=folder,
        ) from None
    for exercise in (True, False):
        own = data.decode("ascii", "replace").split("\n")[0][:2]
        with suppress(Malformed):
            if data == _encode_head(StateCode(own), exercise=exercise):
                return StateCode(own), exercise
    raise _damaged(folder / _BOOK)


def _encode_head(own: StateCode, *, exercise: bool) -> bytes:
    line = f"{own} {'exercise' if exercise else 'real'} {FORMAT}\n".encode("ascii")
    return line + hashlib.sha256(line).hexdigest().encode() + b"\n"


def read_history(folder: Path, *, exercise: bool) -> History:
    """Read all versions of one State that were accepted, and check them once more.

    Raises Integrity ``directory.damaged``; OSError.
    """
    entries = []
    for version, sha256 in _listed(folder).items():
        path = folder / f"{version:06d}.json"
        found = _find_entry(path, sha256)
        if found is None:
            raise _damaged(path)
        entries.append(found)
    require_sound(entries, folder, exercise=exercise)
    return tuple(entries)


def _listed(folder: Path) -> Mapping[int, str]:
    found: dict[int, str] = {}
    with (folder / SUMS).open("rb") as file:
        lines = file.read(_MAX_LIST).decode("ascii", "replace").split("\n")
    for line in lines[:-1]:
        match = SUM_LINE.fullmatch(line)
        if match is None:
            raise _damaged(folder / SUMS)
        found[int(match[2])] = match[1]
    if lines[-1] or not found:
        raise _damaged(folder / SUMS)
    return found


def _find_entry(path: Path, sha256: str) -> SignedEntry | None:
    """Read one version; None where it is missing or is not what was accepted."""
    data = find_file(path)
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        return None
    with suppress(Malformed):
        return parse_signed_entry(data)
    return None


def find_file(path: Path) -> bytes | None:
    """Read a file of the folder; None where it is not there."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        return file.read(MAX_SIGNED + 1)
    return None


def require_sound(entries: Sequence[SignedEntry], folder: Path, *, exercise: bool) -> None:
    """Raise Integrity ``directory.damaged`` unless the entries are one history of that State."""
    belongs = all(
        one.entry.state.text == folder.name and one.entry.exercise == exercise for one in entries
    )
    try:
        require_chain(entries)
    except Refused:
        belongs = False
    if not belongs:
        raise _damaged(folder)


def _damaged(path: Path) -> Integrity:
    # <node>/directory/..., and the command takes the node's folder
    return Integrity(
        "directory.damaged",
        "{path} is not what was accepted; put it right from an export of that State's entries: "
        "longbien directory repair NODE --from FILE",
        path=path,
    )


def _require_vkeys(signed: SignedEntry) -> None:
    """Read the verifier keys in full (Malformed ``ledger.vkey``); an entry's form says less."""
    for key in (*signed.entry.ledger_keys, *signed.entry.witness_keys):
        parse_vkey(key.encode())


def name_of(signed: SignedEntry) -> str:
    """Return the name of a version's file."""
    return f"{signed.entry.version:06d}.json"


def encode_sums(history: Iterable[SignedEntry]) -> bytes:
    """Return the list of a history as ``sha256sum -c`` reads it."""
    rows = (f"{Digest.of(one.data)}  {name_of(one)}\n" for one in history)
    return "".join(rows).encode("ascii")


# --- files to hand over ------------------------------------------------------------------------


def split_export(data: bytes) -> tuple[bytes, ...]:
    """Take a file of versions apart, one a line.  Raises Refused ``directory.chain``.

    Canonical JSON has no line ends of its own.  What the lines hold is judged by ``accept``.
    """
    lines = tuple(line for line in data.split(b"\n", MAX_CHAIN + 1) if line)
    if not 1 <= len(lines) <= MAX_CHAIN:
        raise Refused(
            "directory.chain", "an update holds 1 to {limit} versions of one entry", limit=MAX_CHAIN
        )
    return lines


def read_export(path: Path) -> tuple[bytes, ...]:
    """Read a file of versions.

    Raises Refused ``directory.chain``, Unavailable ``directory.file``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_EXPORT + 1)
    except OSError as error:
        raise Unavailable(
            "directory.file", "{path} cannot be read: {why}", path=path, why=error.strerror
        ) from error
    if len(data) > MAX_EXPORT:
        raise Refused(
            "directory.chain", "an update holds 1 to {limit} versions of one entry", limit=MAX_CHAIN
        )
    return split_export(data)
