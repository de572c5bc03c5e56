"""The folder ``law/`` of a node: packs of States, each version as it was signed and accepted.

    law/vn-law-000001.json          the exact bytes of a pack
    law/vn-law-000001.json.sig      the signatures of the State's root holders over them
    law/SHA256SUMS                  what was accepted, in order; sha256sum -c reads it

All versions stay: a decision that was taken under an older one can be read under its words.
Everything is verified again whenever it is read.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from longbien.adapters.ledger_disk import Disk, disk_errors, lock_folder, replace_file
from longbien.directory.book import Book
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Refused, Unavailable
from longbien.primitives.ids import StateCode
from longbien.treaty.contents import load
from longbien.treaty.law import Law, load_law
from longbien.treaty.packs import MAX_PACK, RulePack, parse_pack
from longbien.treaty.state_packs import (
    MAX_SIGNATURE,
    Holders,
    require_acceptable,
    require_signed,
    require_state,
)

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = ".sig"
_MAX_LIST: Final = 2**20  # bytes
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([a-z0-9]+(?:-[a-z0-9]+)*-[0-9]{6,10}\.json)", re.ASCII)


@frozen(kw_only=True)
class Accepted:
    """One line of the list."""

    name: str
    sha256: str


class LawFolder:
    """The packs of States that a node has accepted; none, where there is no such folder."""

    def __init__(self, folder: Path, *, disk: Disk | None = None) -> None:
        """Take the folder ``law`` of a node."""
        self.folder = folder
        self._disk = disk or Disk()

    def law(self, book: Book) -> Law:
        """Return the law of the node: the program's packs and the newest one of each other.

        Raises Integrity ``law.damaged``; Unavailable ``ledger.disk``.
        """
        newest = {pack.id: pack for pack in self.versions(book)}
        return load_law().with_packs(*newest.values()) if newest else load_law()

    def versions(self, book: Book) -> tuple[RulePack, ...]:
        """Return every version that was accepted, in that order, verified once more.

        Any generation of the State's root holders counts: they may have changed since.
        """
        return tuple(self._read(one, book) for one in self._listed())

    def accept(self, data: bytes, signature: bytes, *, book: Book, own: StateCode) -> RulePack:
        """Verify a pack against the directory, offline, and keep it.

        Raises Malformed ``law.*``, ``dsse.*``; Refused ``law.*``, ``directory.unknown-state``,
        ``ledger.busy``; Integrity ``law.damaged``; Unavailable ``ledger.disk``.
        """
        pack = parse_pack(data)
        roots = book.get_entry(require_state(pack)).roots
        newest = Holders(keys=roots.holders, threshold=roots.threshold)
        require_signed(data, signature, known=[newest])
        with disk_errors(self.folder):
            self.folder.mkdir(exist_ok=True, mode=0o700)
            lock = lock_folder(self.folder / "lock")
            try:
                law = self.law(book)
                held = law.find_pack(pack.id)
                require_acceptable(pack, held=held, law=law, own=own, catalogue=load())
                self._keep(pack, data, signature)
            finally:
                os.close(lock)
        return pack

    def _keep(self, pack: RulePack, data: bytes, signature: bytes) -> None:
        name = f"{pack.id}-{pack.version:06d}.json"
        listed = (*self._listed(), Accepted(name=name, sha256=pack.digest.hex))
        lines = "".join(f"{one.sha256}  {one.name}\n" for one in listed)
        replace_file(self._disk, self.folder / f"{name}{SIGNATURE}", signature)
        replace_file(self._disk, self.folder / name, data)
        replace_file(self._disk, self.folder / SUMS, lines.encode("ascii"))

    def _listed(self) -> tuple[Accepted, ...]:
        with disk_errors(self.folder):
            try:
                data = read_bounded(self.folder / SUMS, limit=_MAX_LIST)
            except FileNotFoundError:
                return ()
        *lines, rest = data.decode("ascii", "replace").split("\n")
        found = [_LINE.fullmatch(line) for line in lines]
        if rest or not all(found):
            raise _damaged(self.folder / SUMS)
        return tuple(Accepted(sha256=one[1], name=one[2]) for one in found if one is not None)

    def _read(self, listed: Accepted, book: Book) -> RulePack:
        path = self.folder / listed.name
        with disk_errors(self.folder):
            try:
                data = read_bounded(path, limit=MAX_PACK)
                signature = read_bounded(signature_beside(path), limit=MAX_SIGNATURE)
            except FileNotFoundError as error:
                raise _damaged(Path(error.filename)) from None
        if Digest.of(data).hex != listed.sha256:
            raise _damaged(path)
        try:
            pack = parse_pack(data)
            require_signed(data, signature, known=_generations(book, require_state(pack)))
        except LongBienError:
            raise _damaged(path) from None
        return pack


def _generations(book: Book, state: StateCode) -> Sequence[Holders]:
    roots = (one.entry.roots for one in book.history(state))
    return [Holders(keys=one.holders, threshold=one.threshold) for one in roots]


def _damaged(path: Path) -> Integrity:
    return Integrity(
        "law.damaged",
        "{path} is not what was accepted; put the file back from a backup",
        path=path,
    )


def signature_beside(path: Path) -> Path:
    """Return where the signatures over a pack lie."""
    return path.with_name(path.name + SIGNATURE)


def read_bounded(path: Path, *, limit: int) -> bytes:
    """Read a whole file of at most ``limit`` bytes, and one more of a longer one."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def read_pack_file(path: Path) -> bytes:
    """Read a pack that somebody named.

    Raises Refused ``law.absent``; Unavailable ``law.file``.  What is too large, the parser says.
    """
    return _read_named(path, MAX_PACK)


def read_signature_file(path: Path) -> bytes:
    """Read a file of signatures that somebody named.  Raises as ``read_pack_file``."""
    return _read_named(path, MAX_SIGNATURE)


def _read_named(path: Path, limit: int) -> bytes:
    try:
        return read_bounded(path, limit=limit)
    except FileNotFoundError:
        raise Refused("law.absent", "{path} is not there", path=path) from None
    except OSError as error:
        raise Unavailable(
            "law.file", "{path} cannot be read: {why}", path=path, why=error.strerror
        ) from error


def write_signature_file(path: Path, signature: bytes) -> None:
    """Put the signatures beside a pack, durably, in place of those before."""
    with disk_errors(path):
        replace_file(Disk(), path, signature)
