"""The ledger's tree as it lies in the tables: tiles of hashes, and entries beside their events.

A full tile of level 0 is kept; the one that still grows is made from the entries of the last
events.  Partial tiles of the levels above are kept as they grow.
"""

from collections.abc import Sequence
from typing import Final

from longbien.ledger.checkpoints import Head
from longbien.ledger.log import FileToWrite, LogState, load_state
from longbien.ledger.tiles import WIDTH, Tile, encode_bundle, nodes_in
from longbien.ledger.tree import EMPTY_ROOT, HASH_SIZE, Nodes, leaf_hash, range_root
from longbien.node.store.models import Event
from longbien.node.store.models import Tile as TileRow
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity

_LEVEL_SHIFT: Final = 56  # level and index in one number: 2**56 full tiles are 2**64 leaves


def tile_id(level: int, index: int) -> int:
    """Return the key of a tile's row."""
    return (level << _LEVEL_SHIFT) | index


class TileReader:
    """Reads tiles of one database; a reader lives as long as one question."""

    def __init__(self, using: str) -> None:
        self._using = using
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
        if key not in self._known:
            row = TileRow.objects.using(self._using).filter(id=key).first()
            self._known[key] = bytes(row.data) if row else b""
        return self._known[key]

    def _entries(self, index: int, width: int) -> Sequence[bytes]:
        first = index * WIDTH
        rows = (
            Event.objects.using(self._using)
            .filter(leaf__gte=first, leaf__lt=first + width)
            .order_by("leaf")
            .values_list("leaf", "entry")
        )
        found = [(leaf, bytes(entry)) for leaf, entry in rows]
        if [leaf for leaf, _ in found] != list(range(first, first + width)):
            raise _damaged(Tile(level=None, index=index, width=width))
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


def nodes_of_size(using: str, size: int) -> Nodes:
    """Return the nodes of the tree as it was at that size."""
    return nodes_in(size, TileReader(using))


def root_at(using: str, size: int) -> Digest:
    """Return the root that the log had at that size."""
    if not size:
        return EMPTY_ROOT
    return Digest(range_root(nodes_of_size(using, size), start=0, end=size))


def write_tiles(using: str, files: Sequence[FileToWrite]) -> None:
    """Keep what a step of growth has changed; entries are beside their events already."""
    rows = [
        TileRow(id=tile_id(file.tile.level, file.tile.index), data=file.data)
        for file in files
        if file.tile.level is not None and (file.tile.level or file.tile.width == WIDTH)
    ]
    if rows:
        TileRow.objects.using(using).bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=["data"]
        )
