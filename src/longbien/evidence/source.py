"""The port through which a package is read.  The shells implement it; tests keep one in memory."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from longbien.primitives.digest import Digest


class EntryKind(StrEnum):
    """What stands at a path.  Only files and folders belong into a bag."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@frozen(kw_only=True)
class Entry:
    """One thing found in the bag, by its path below the bag's root, ``/`` between the parts."""

    path: str
    kind: EntryKind
    size: int = 0


@frozen(kw_only=True)
class Measurement:
    """What one pass over a file found: its size, its digest, the leaf hashes of its tree."""

    size: int
    sha256: Digest
    leaves: bytes
    """RFC 6962 leaf hashes, 32 bytes each, in order; empty for an empty file."""


@frozen(kw_only=True)
class LeafMeasurement:
    """What one pass over a file found that hashed its blocks only: no digest of the whole file."""

    size: int
    leaves: bytes
    """RFC 6962 leaf hashes, 32 bytes each, in order; empty for an empty file."""


class BagSource(Protocol):
    """A bag that can be read.

    Nothing is followed: a link is reported, never opened.  Errors of the world leave as
    Unavailable; a path that ``entries`` did not name as a FILE raises Unavailable
    ``source.absent``.  The calls may come in any order and more than once.
    """

    def entries(self) -> Iterator[Entry]:
        """Name everything in the bag, folders included, in any order, each path once."""
        ...

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file; one above ``limit`` bytes is Refused ``source.too-large``."""
        ...

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Read the file once, in constant memory, and hash it both ways."""
        ...

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Read the file once and hash its blocks only; blocks may be shared among threads."""
        ...
