"""The ledger's tree as it lies in the tables: tiles of hashes, and entries beside their events.

A full tile of level 0 is kept; the one that still grows is made from the entries of the last
events.  Partial tiles of the levels above are kept as they grow.
"""

from collections.abc import Sequence
from typing import Final

from longbien.ledger.checkpoints import Head
from longbien.ledger.log import FileToWrite, LogState, load_state
from longbien.ledger.tiles import FULL_TILE, WIDTH, Tile, encode_bundle, nodes_in
from longbien.ledger.tree import EMPTY_ROOT, HASH_SIZE, leaf_hash, range_root
from longbien.node.store.models import Tile as TileRow
from longbien.node.store.statements import entries_of, replace, rows_by
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity

_LEVEL_SHIFT: Final = 56  # level and index in one number: 2**56 full tiles are 2**64 leaves


def tile_id(level: int, index: int) -> int:
    """Return the key of a tile's row."""
    return (level << _LEVEL_SHIFT) | index


class TileReader:
    """Reads tiles of one database, each at most once as long as it is full."""

    def __init__(self, using: str, *, most: int = 2**16) -> None:
        """``most`` is how many tiles are remembered."""
        self._using = using
        self._most = most
        self._known: dict[int, bytes] = {}

    def __call__(self, tile: Tile) -> bytes:
        """Return a tile's bytes.  Raises Integrity ``ledger.tile-damaged``."""
        if tile.level is None:
            return encode_bundle(self._entries(tile.index, tile.width))
        if tile.level == 0 and tile.width < WIDTH:
            return b"".join([leaf_hash(one) for one in self._entries(tile.index, tile.width)])
        data = self._stored(tile_id(tile.level, tile.index))
        if len(data) < tile.width * HASH_SIZE:
            raise _damaged(tile)
        return data[: tile.width * HASH_SIZE]

    def _stored(self, key: int) -> bytes:
        found = self._known.get(key)
        if found is None:
            row = next(iter(rows_by(self._using, TileRow, id=key)), None)
            found = bytes(row.data) if row else b""
            if len(found) == FULL_TILE:  # it never changes again
                if len(self._known) >= self._most:
                    self._known.clear()
                self._known[key] = found
        return found

    def _entries(self, index: int, width: int) -> Sequence[bytes]:
        first = index * WIDTH
        found = entries_between(self._using, first, first + width)
        if len(found) != width:
            raise _damaged(Tile(level=None, index=index, width=width))
        return found


def entries_between(using: str, first: int, end: int) -> Sequence[bytes]:
    """Return the entries from one leaf up to another; none at all where one is missing."""
    found = entries_of(using, first, end)
    if [leaf for leaf, _ in found] != list(range(first, end)):
        return []
    return [entry for _, entry in found]


def _damaged(tile: Tile) -> Integrity:
    return Integrity(
        "ledger.tile-damaged",
        "{path} of {folder} is missing or damaged; look with: longbien fsck",
        path=tile.path,
        folder="the database",
    )


def read_state(using: str, head: Head) -> LogState:
    """Return the right edge of the tree that the tables hold, checked against the signed root.

    Raises Integrity ``ledger.tiles-disagree``, ``ledger.tile-damaged``.
    """
    return load_state(head, TileReader(using))


def root_at(using: str, size: int) -> Digest:
    """Return the root that the tables give for that size; ``history`` is the quicker way."""
    if not size:
        return EMPTY_ROOT
    return Digest(range_root(nodes_in(size, TileReader(using)), start=0, end=size))


def write_tiles(using: str, files: Sequence[FileToWrite]) -> None:
    """Keep what a step of growth has changed; entries are beside their events already."""
    rows = [
        TileRow(id=tile_id(file.tile.level, file.tile.index), data=file.data)
        for file in files
        if file.tile.level is not None and (file.tile.level or file.tile.width == WIDTH)
    ]
    if rows:
        replace(using, rows)
