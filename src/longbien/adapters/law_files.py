"""The folder ``law/`` of a node: what States have signed, each version as it was accepted.

    law/vn-law-000001.json          the exact bytes of a pack
    law/profile-vn-000001.json      the exact bytes of a State's profile
    law/....json.sig                the signatures of the State's root holders over them
    law/SHA256SUMS                  what was accepted, in order; sha256sum -c reads it
    law/kept/DIGEST.json            forms and packs of the program, of each edition that ran here

All versions stay: a decision that was taken under an older one can be asked again under its
words, after any number of updates of the program.  Everything is verified whenever it is read;
of what is kept the digest stands in the decision.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from longbien.adapters.files import make_folders
from longbien.adapters.ledger_disk import Disk, disk_errors, lock_folder, replace_file
from longbien.directory.book import Book
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Refused, Unavailable
from longbien.primitives.ids import StateCode
from longbien.treaty.contents import Catalogue, forms_bytes, forms_digest, load, read_forms
from longbien.treaty.law import Law, PackEdition, load_law, load_pack_files
from longbien.treaty.packs import RulePack, parse_pack
from longbien.treaty.profiles import MAX_PROFILE, StateProfile, parse_profile
from longbien.treaty.state_packs import (
    MAX_FILE,
    MAX_SIGNATURE,
    Holders,
    parse_state_file,
    require_acceptable,
    require_fact,
    require_later,
    require_signed,
    require_state,
    type_of,
)

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = ".sig"
KEPT: Final = "kept"
_PROFILE: Final = "profile-"
_MAX_FORMS: Final = 4 * 2**20  # bytes; ours have a twentieth of it
_MAX_LIST: Final = 2**20  # bytes
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([a-z0-9]+(?:-[a-z0-9]+)*-[0-9]{6,10}\.json)", re.ASCII)


@frozen(kw_only=True)
class Accepted:
    """One line of the list."""

    name: str
    sha256: str


def _brought() -> tuple[bytes, ...]:
    return (forms_bytes(), *load_pack_files())


@frozen(kw_only=True)
class LawThen:
    """The law of some time: forms and grounds, and rule packs."""

    forms: Catalogue
    packs: Law


class LawFolder:
    """What States have signed and a node has accepted; nothing, where there is no such folder."""

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
        """Return every version of each pack that was accepted, in that order, verified once more.

        Any generation of the State's root holders counts: they may have changed since.
        """
        return tuple(one for one in self._all(book) if isinstance(one, RulePack))

    def profiles(self, book: Book) -> tuple[StateProfile, ...]:
        """Return the newest profile of each State.  Raises as ``versions``."""
        found = (one for one in self._all(book) if isinstance(one, StateProfile))
        return tuple({one.state: one for one in found}.values())

    def keep_program(self) -> None:
        """Keep the forms and packs of this program, if they are not kept yet.

        The processes of a node start together: one writes, the others wait for it.  Raises
        Unavailable ``ledger.disk``.
        """
        folder = self.folder / KEPT
        files = {folder / f"{Digest.of(one).hex}.json": one for one in _brought()}
        with disk_errors(folder):
            if all(path.exists() for path in files):
                return
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = lock_folder(self.folder / "lock", waits=True)
            try:
                for path, data in files.items():
                    if not path.exists():
                        replace_file(self._disk, path, data)
            finally:
                os.close(lock)

    def law_of(self, edition: Iterable[PackEdition], *, forms: str, book: Book) -> LawThen:
        """Return the law of an edition; ``forms`` is the id under which it lists the forms.

        Raises Refused ``law.edition-missing``; Integrity ``law.damaged``; Unavailable
        ``ledger.disk``.
        """
        wanted = list(edition)
        packs = [one for one in wanted if one.id != forms]
        held = [*load_law().packs, *self.versions(book)]
        kept = [parse_pack(data) for one in packs if (data := self._find_kept(one.digest))]
        return LawThen(
            forms=self._forms([one for one in wanted if one.id == forms]),
            packs=Law.of_edition(packs, [*held, *kept]),
        )

    def _forms(self, wanted: Sequence[PackEdition]) -> Catalogue:
        for one in wanted:
            data = self._find_kept(one.digest)
            if data is not None:
                return read_forms(data)
            if one.digest != forms_digest():
                raise Refused("law.edition-missing", "{edition} is not kept here", edition=one)
        return load()

    def _find_kept(self, digest: Digest) -> bytes | None:
        path = self.folder / KEPT / f"{digest.hex}.json"
        with disk_errors(path):
            try:
                data = read_bounded(path, limit=_MAX_FORMS)
            except FileNotFoundError:
                return None
        if Digest.of(data) != digest:
            raise _damaged(path)
        return data

    def accept(
        self, data: bytes, signature: bytes, *, book: Book, own: StateCode
    ) -> RulePack | StateProfile:
        """Verify a pack or a profile against the directory, offline, and keep it.

        Raises Malformed ``law.*``, ``state-profile.*``, ``dsse.*``; Refused ``law.*``,
        ``directory.unknown-state``, ``ledger.busy``; Integrity ``law.damaged``; Unavailable
        ``ledger.disk``.
        """
        made = parse_state_file(data)
        roots = book.get_entry(_state_of(made)).roots
        newest = Holders(keys=roots.holders, threshold=roots.threshold)
        require_signed(data, signature, known=[newest], payload_type=type_of(made))
        with disk_errors(self.folder):
            make_folders(self.folder, mode=0o700)
            lock = lock_folder(self.folder / "lock")
            try:
                self._require_acceptable(made, book, own)
                self._keep(f"{_name_of(made)}-{made.version:06d}.json", data, signature)
            finally:
                os.close(lock)
        return made

    def _require_acceptable(
        self, made: RulePack | StateProfile, book: Book, own: StateCode
    ) -> None:
        if isinstance(made, StateProfile):
            require_fact(made)
            held = (one.version for one in self.profiles(book) if one.state == made.state)
            require_later(_name_of(made), made.version, next(held, None))
            return
        law = self.law(book)
        require_acceptable(made, held=law.find_pack(made.id), law=law, own=own, catalogue=load())

    def _keep(self, name: str, data: bytes, signature: bytes) -> None:
        listed = (*self._listed(), Accepted(name=name, sha256=Digest.of(data).hex))
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

    def _all(self, book: Book) -> tuple[RulePack | StateProfile, ...]:
        return tuple(self._read(one, book) for one in self._listed())

    def _read(self, listed: Accepted, book: Book) -> RulePack | StateProfile:
        path = self.folder / listed.name
        with disk_errors(self.folder):
            try:
                data = read_bounded(path, limit=MAX_FILE)
                signature = read_bounded(signature_beside(path), limit=MAX_SIGNATURE)
            except FileNotFoundError as error:
                raise _damaged(Path(error.filename)) from None
        if Digest.of(data).hex != listed.sha256:
            raise _damaged(path)
        try:
            made = parse_state_file(data)
            known = _generations(book, _state_of(made))
            require_signed(data, signature, known=known, payload_type=type_of(made))
        except LongBienError:
            raise _damaged(path) from None
        return made


def _state_of(made: RulePack | StateProfile) -> StateCode:
    return made.state if isinstance(made, StateProfile) else require_state(made)


def _name_of(made: RulePack | StateProfile) -> str:
    if isinstance(made, StateProfile):
        return f"{_PROFILE}{made.state.text.lower()}"
    return made.id


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
    return _read_named(path, MAX_FILE)


def read_signature_file(path: Path) -> bytes:
    """Read a file of signatures that somebody named.  Raises as ``read_pack_file``."""
    return _read_named(path, MAX_SIGNATURE)


def read_profile(path: Path) -> StateProfile:
    """Read the profile of a State out of a file that somebody named.

    Raises Unavailable ``state-profile.unreadable``; Malformed as ``parse_profile`` does.
    """
    try:
        data = read_bounded(path, limit=MAX_PROFILE)
    except OSError as error:
        raise Unavailable(
            "state-profile.unreadable", "{path} cannot be read: {why}",
            path=path, why=error.strerror,
        ) from error  # fmt: skip
    return parse_profile(data)


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
