"""The tree cut into files, as C2SP tlog-tiles v0.1.0 lays them out.

Paths, which tiles a tree of a size has, nodes read out of tiles, entry bundles.  Which
files a growth writes is worked out in ``log``; who puts them on a disk lives in the adapters.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from attrs import frozen

from longbien.ledger.tree import HASH_SIZE, Nodes, root_of
from longbien.primitives.errors import Malformed

WIDTH: Final = 256  # hashes of a full tile
HEIGHT: Final = 8  # rows of the tree in one tile
FULL_TILE: Final = WIDTH * HASH_SIZE  # 8,192 bytes
MAX_ENTRY: Final = 2**16 - 1  # bytes; the length of an entry is an unsigned 16-bit number
MAX_LEVEL: Final = 63  # as the specification says; 7 are enough for 2^63 entries

_LENGTH = struct.Struct(">H")
_PATH = re.compile(
    r"tile/(?:(?P<level>0|[1-9][0-9]?)|entries)/(?P<upper>(?:x[0-9]{3}/)*)(?P<last>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@frozen(kw_only=True)
class Tile:
    """One file of the layout; ``level`` is None for a bundle of entries."""

    level: int | None
    index: int

    width: int = WIDTH
    """How many hashes, or entries, it holds: fewer than 256 make it partial."""

    @property
    def path(self) -> str:
        """Return its place below the ledger's prefix."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        kind = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{kind}/{'/'.join(reversed(groups))}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Read a path of the layout; anything else is Malformed ``ledger.tile-path``."""
    found = _PATH.fullmatch(path) if len(path) <= 64 else None  # noqa: PLR2004 - an index below 2^63 has 7 groups
    if not found:
        raise _bad_path()
    groups = found["upper"].replace("x", "").replace("/", "") + found["last"]
    tile = Tile(
        level=None if found["level"] is None else int(found["level"]),
        index=int(groups),
        width=int(found["width"] or WIDTH),
    )
    if tile.path != path or (tile.level or 0) > MAX_LEVEL or tile.width > WIDTH:
        raise _bad_path()
    return tile


def _bad_path() -> Malformed:
    return Malformed("ledger.tile-path", "a tile is at tile/<level>/<index>[.p/<width>]")


# --- which tiles a tree has ----------------------------------------------------------------


def tiles_of(size: int) -> Iterator[Tile]:
    """Name every hash tile of a tree of ``size``, level by level, the partial one last."""
    level, count = 0, size
    while count:
        full, width = divmod(count, WIDTH)
        yield from (Tile(level=level, index=index) for index in range(full))
        if width:
            yield Tile(level=level, index=full, width=width)
        level, count = level + 1, full


def partial_tiles_of(size: int) -> Iterator[Tile]:
    """Name only the partial hash tiles of a tree of ``size``: its right edge."""
    level, count = 0, size
    while count:
        full, width = divmod(count, WIDTH)
        if width:
            yield Tile(level=level, index=full, width=width)
        level, count = level + 1, full


def tile_at(size: int, level: int | None, index: int) -> Tile:
    """Return the tile as a tree of ``size`` has it; ValueError where it has none there."""
    count = size >> (HEIGHT * (level or 0))
    width = min(WIDTH, count - index * WIDTH)
    if index < 0 or width <= 0:
        msg = f"a tree of {size} has no tile {index} on level {level}"
        raise ValueError(msg)
    return Tile(level=level, index=index, width=width)


# --- reading nodes ---------------------------------------------------------------------------

ReadTile: TypeAlias = Callable[[Tile], bytes]
"""Return the bytes of a tile; a tile that is missing or damaged is the reader's own error."""


def nodes_in(size: int, read: ReadTile) -> Nodes:
    """Return the getter of the complete subtrees of a tree of ``size``, out of its tiles."""

    def node(height: int, index: int) -> bytes:
        level, inside = divmod(height, HEIGHT)
        count = 1 << inside  # hashes of the tile that this node spans
        number, at = divmod(index * count, WIDTH)
        tile = read(tile_at(size, level, number))
        return root_of(tile[at * HASH_SIZE : (at + count) * HASH_SIZE]).raw

    return node


# --- bundles of entries ------------------------------------------------------------------------


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries one after the other, each behind its length; ValueError above 65,535 bytes."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        msg = "an entry is at most 65,535 bytes"
        raise ValueError(msg)
    pack = _LENGTH.pack
    return b"".join([part for entry in entries for part in (pack(len(entry)), entry)])


def parse_bundle(data: bytes) -> tuple[bytes, ...]:
    """Read a bundle of at most 256 entries; anything else is Malformed ``ledger.bundle``."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH.size
        length = int.from_bytes(data[at:start])
        at = start + length
        if at > len(data) or len(entries) == WIDTH:
            raise Malformed("ledger.bundle", "a bundle holds at most 256 whole entries")
        entries.append(data[start:at])
    return tuple(entries)
