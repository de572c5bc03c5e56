"""The ledger's tree as this process knows it, so that a proof costs hashes and no reading.

Complete subtrees never change, and the right edge only grows: what a head adds is read once.
Nothing is believed without the head in the database: where what is known does not give its
root, because an old copy was put back or somebody changed the tables, all of it is read anew.
"""

import threading
from collections.abc import Sequence
from typing import Final

from attrs import define, field

from longbien.ledger.checkpoints import Head
from longbien.ledger.log import LogState, grow
from longbien.ledger.tiles import WIDTH, Tile, nodes_in
from longbien.ledger.tree import EMPTY_ROOT, Nodes, range_root
from longbien.node.store.tiles import TileReader, entries_between, read_state
from longbien.primitives.digest import Digest

_MAX_NODES: Final = 16_384  # hashes of complete subtrees, some hundred bytes each
_MAX_TILES: Final = 128  # full tiles of 8 KiB
_MAX_STEP: Final = 4 * WIDTH  # entries; for more of them the tiles are the shorter way


def read_on(using: str, state: LogState, head: Head) -> LogState:
    """Return the edge at a head from an earlier one: only the entries in between are read.

    Raises Integrity ``ledger.tiles-disagree``, ``ledger.tile-damaged``.
    """
    if state.size and 0 <= head.size - state.size <= _MAX_STEP:
        grown = _grown(state, entries_between(using, state.size, head.size))
        if grown.size == head.size and grown.root == head.root:
            return grown
    return read_state(using, head)


def _grown(state: LogState, entries: Sequence[bytes]) -> LogState:
    return grow(state, entries).state if entries else state


@define(eq=False)
class _Known:
    """One history up to a size: what was read and computed of it."""

    state: LogState
    tiles: TileReader
    nodes: dict[tuple[int, int], bytes] = field(factory=dict)

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        found = self.nodes.get((height, index))
        if found is None:
            found = nodes_in(self.state.size, self._tile)(height, index)
            if len(self.nodes) >= _MAX_NODES:
                self.nodes.clear()
            self.nodes[height, index] = found
        return found

    def root_at(self, size: int) -> Digest:
        """Return the root at a size that is not above this one's."""
        return Digest(range_root(self.node, start=0, end=size)) if size else EMPTY_ROOT

    def _tile(self, tile: Tile) -> bytes:
        if tile.width < WIDTH:
            return self.state.edges[tile.level or 0]
        return self.tiles(tile)


class History:
    """The tree of one database; any number of threads ask."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._lock = threading.Lock()
        self._known = self._begun(LogState())

    def _begun(self, state: LogState) -> _Known:
        return _Known(state=state, tiles=TileReader(self._using, most=_MAX_TILES))

    def keep(self, state: LogState) -> None:
        """Learn an edge that is on the disk by now, from whoever has just written it."""
        with self._lock:
            if state.size > self._known.state.size:
                self._go_on(state)

    def nodes(self, head: Head) -> Nodes:
        """Return the complete subtrees of the tree under a head that the database states.

        Raises Integrity ``ledger.tiles-disagree``, ``ledger.tile-damaged``.
        """
        return self._at(head).node

    def root_at(self, size: int, head: Head) -> Digest:
        """Return the root at a size, in the history of that head."""
        return self._at(head).root_at(size)

    def _at(self, head: Head) -> _Known:
        with self._lock:
            known = self._known
            if not (head.size <= known.state.size and known.root_at(head.size) == head.root):
                known = self._read(head)
            return known

    def _read(self, head: Head) -> _Known:
        old = self._known.state
        new = read_on(self._using, old, head) if head.size > old.size else None
        if new is not None and self._continues(new):
            self._go_on(new)
        else:
            self._known = self._begun(new or read_state(self._using, head))
        return self._known

    def _continues(self, new: LogState) -> bool:
        # what was known must be a part of it, else nothing of it may be used again
        size = self._known.state.size
        after = _Known(state=new, tiles=self._known.tiles)
        return after.root_at(size) == self._known.root_at(size)

    def _go_on(self, state: LogState) -> None:
        known = self._known
        self._known = _Known(state=state, tiles=known.tiles, nodes=known.nodes)
