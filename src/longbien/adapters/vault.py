"""What every vault of sealed parts has in common: reading is checking, and nothing is mended alone.

``vault_local`` keeps the parts in a folder, ``vault_remote`` in an object store.  The bytes are
ciphertext throughout; who can open them is ``sealed_objects``' business.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from attrs import field, frozen

from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.primitives.digest import SIZE, Digest, Octets
from longbien.primitives.errors import Integrity, LongBienError, Unavailable
from longbien.primitives.instants import Instant

MAX_PART: Final = 24 * 2**20
"""Bytes: the list of the parts of 6 TiB.  Parts themselves have 8 MiB and a little."""


class PartStore(Vault, Protocol):
    """A vault as its keeper sees it: the port, and what only an explicit order may do."""

    def held(self) -> Iterator[Digest]:
        """Name every part that is there, in any order, unread."""
        ...

    def discard(self, digests: Iterable[Digest], /) -> int:
        """Remove parts for good, and return how many were there.

        Nothing in this program calls it by itself: a part may belong to many objects.
        """
        ...


def checked(sha256: Digest, part: bytes) -> bytes:
    """Return the part; Integrity ``vault.changed`` if it is not what its name says."""
    if Digest.of(part) != sha256:
        raise Integrity(
            "vault.changed", "part {part} of the vault is not what was put there", part=sha256
        )
    return part


def lost(sha256: Digest) -> Integrity:
    """Return the error for a part that should be there."""
    return Integrity("vault.missing", "part {part} is not in the vault", part=sha256)


def no_space(size: int) -> Unavailable:
    """Return the error for a part that does not fit."""
    return Unavailable(
        "vault.no-space", "the vault has no space for {size} bytes more", retry=True, size=size
    )


# --- scrubbing --------------------------------------------------------------------------------


@frozen(kw_only=True)
class Mark:
    """Where a scrub stopped: the next one goes on there."""

    parts_list: Digest
    part: int
    """The next part of that object."""


@frozen(kw_only=True)
class Damage:
    """A part that is lost, changed or cannot be read, and an object that needs it."""

    part: Digest
    sealed: SealedObject
    code: str
    """``vault.changed``, ``vault.missing``, ``vault.read-failed``, ``vault.list``."""


@frozen(kw_only=True)
class Scrubbed:
    """What one scrub found.  It changes nothing: mending is for people, from a copy or a peer."""

    at: Instant
    parts: int
    bytes: int
    damages: tuple[Damage, ...]
    mark: Mark | None
    """None: all objects were read to the end."""


def scrub(
    vault: Vault,
    objects: Iterable[SealedObject],
    *,
    now: Instant,
    budget: int,
    mark: Mark | None = None,
) -> Scrubbed:
    """Read sealed objects part by part, about ``budget`` bytes, and name what is damaged.

    Go through the same objects again with ``mark`` of the last call, until it is None: then
    every part was read once.  An object that is gone meanwhile is passed over.
    """
    walk = _Walk(vault, budget)
    for sealed in _from(objects, mark):
        first = mark.part if mark and sealed.parts_list == mark.parts_list else 0
        stop = walk.read(sealed, first)
        if stop is not None:
            end = Mark(parts_list=sealed.parts_list, part=stop)
            return walk.scrubbed(now, end)
    return walk.scrubbed(now, None)


def _from(objects: Iterable[SealedObject], mark: Mark | None) -> list[SealedObject]:
    """Return the objects from the mark on, in an order that is the same every time."""
    ordered = sorted(objects, key=lambda sealed: (sealed.parts_list.raw, sealed.header.raw))
    if mark is None:
        return ordered
    return [sealed for sealed in ordered if sealed.parts_list.raw >= mark.parts_list.raw]


class _Walk:
    def __init__(self, vault: Vault, budget: int) -> None:
        self._vault = vault
        self._left = budget
        self._parts = self._bytes = 0
        self._has_moved = False
        self._damages: list[Damage] = []

    def read(self, sealed: SealedObject, first: int) -> int | None:
        """Read an object from a part on; return the next part if the budget ends before it does."""
        if not first:
            self._take(sealed.header, sealed)
        row = self._take(sealed.parts_list, sealed)
        if row is None:
            return None
        if len(row) != sealed.part_count * SIZE:
            self._note(sealed.parts_list, sealed, "vault.list")
            return None
        for index in range(first, sealed.part_count):
            # at least one, so that the smallest budget comes to the end
            if self._left <= 0 and self._has_moved:
                return index
            self._has_moved = True
            self._take(Digest(row[index * SIZE : (index + 1) * SIZE]), sealed)
        return None

    def scrubbed(self, now: Instant, mark: Mark | None) -> Scrubbed:
        return Scrubbed(
            at=now,
            parts=self._parts,
            bytes=self._bytes,
            damages=tuple(self._damages),
            mark=mark,
        )

    def _take(self, sha256: Digest, sealed: SealedObject) -> bytes | None:
        try:
            part = self._vault.get(sha256)
        except LongBienError as error:
            self._note(sha256, sealed, error.code)
            return None
        finally:
            self._parts += 1
        self._left -= len(part)
        self._bytes += len(part)
        return part

    def _note(self, sha256: Digest, sealed: SealedObject, code: str) -> None:
        self._damages.append(Damage(part=sha256, sealed=sealed, code=code))


# --- keeping house ----------------------------------------------------------------------------


def digests_of(vault: Vault, sealed: SealedObject) -> Iterator[Digest]:
    """Name everything that an object consists of: its header, its list, its parts."""
    yield sealed.header
    yield sealed.parts_list
    row = vault.get(sealed.parts_list)
    for start in range(0, len(row), SIZE):
        yield Digest(row[start : start + SIZE])


@frozen(kw_only=True)
class Stock:
    """What a vault holds, beside what it should hold."""

    orphans: frozenset[Digest] = field(repr=False)
    """Parts of no object: of a transfer that goes on, of a sealing that was interrupted."""

    missing: frozenset[Digest] = field(repr=False)


def take_stock(vault: PartStore, objects: Iterable[SealedObject]) -> Stock:
    """Compare a vault with the objects that it should hold, by names alone.

    Raises Integrity ``vault.missing`` and ``vault.changed`` for a list that cannot be read.
    """
    wanted = {digest for sealed in objects for digest in digests_of(vault, sealed)}
    held = frozenset(vault.held())
    return Stock(orphans=held - wanted, missing=frozenset(wanted) - held)


def as_bytes(part: Octets) -> bytes:
    """Return the part as bytes, copied only where it is not."""
    return part if isinstance(part, bytes) else bytes(part)
