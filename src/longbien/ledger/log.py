"""One step of a log's growth: entries in, new state and files to write out.

The state is the tree's right edge, a few kilobytes whatever the size.  When which file must
be on the disk is the store's business (``adapters.ledger_store``).
"""

from collections.abc import Callable, Iterable, Sequence

from attrs import field, frozen

from longbien.ledger.checkpoints import Head
from longbien.ledger.tiles import (
    FULL_TILE,
    HEIGHT,
    WIDTH,
    ReadTile,
    Tile,
    encode_bundle,
    parse_bundle,
    partial_tiles_of,
    tile_at,
)
from longbien.ledger.tree import HASH_SIZE, CompactRange, leaf_hash, root_of, root_of_peaks
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Refused


@frozen(kw_only=True)
class LogState:
    """The right edge of a log."""

    size: int = 0

    edges: tuple[bytes, ...] = field(default=(), repr=False)
    """The partial hash tile of each level from 0 up; empty where that level has none."""

    bundle: tuple[bytes, ...] = field(default=(), repr=False)
    """The entries of the partial bundle, fewer than 256."""

    peaks: tuple[bytes, ...] = field(repr=False)
    """The roots of the complete subtrees, largest first: what the edges add up to."""

    @peaks.default
    def _summed(self) -> tuple[bytes, ...]:
        edges = reversed(self.edges)
        return tuple(peak for edge in edges for peak in CompactRange().extend(edge).peaks)

    @property
    def root(self) -> Digest:
        """Return the root at this size."""
        return root_of_peaks(self.peaks)

    def head(self, origin: str) -> Head:
        """Return the tree head that a checkpoint states."""
        return Head(origin=origin, size=self.size, root=self.root)


@frozen(kw_only=True)
class FileToWrite:
    """One tile or bundle and its bytes.  The same tile always gets the same bytes."""

    tile: Tile
    data: bytes = field(repr=False)


@frozen(kw_only=True)
class Growth:
    """What a step gives: the new state, and the files that the new size needs."""

    state: LogState
    files: tuple[FileToWrite, ...]


def grow(state: LogState, entries: Sequence[bytes]) -> Growth:
    """Append entries in their order.

    The files are those that a tree of the new size has and one of the old size has not.
    """
    files: list[FileToWrite] = []
    bundle = _bundles(state, entries, files)
    edges: list[bytes] = []
    row = leaves = b"".join([leaf_hash(entry) for entry in entries])
    level = 0
    while row or level < len(state.edges):
        row, edge = _level(state, level, row, files)
        edges.append(edge)
        level += 1
    after = CompactRange(size=state.size, peaks=state.peaks).extend(leaves)
    grown = LogState(size=after.size, edges=tuple(edges), bundle=bundle, peaks=after.peaks)
    return Growth(state=grown, files=tuple(files))


def _level(
    state: LogState, level: int, row: bytes, files: list[FileToWrite]
) -> tuple[bytes, bytes]:
    # returns what the full tiles of this level add to the one above, and the partial tile left
    old = state.edges[level] if level < len(state.edges) else b""
    tiles = old + row
    first = state.size >> (HEIGHT * (level + 1))
    roots: list[bytes] = []
    end = len(tiles) - len(tiles) % FULL_TILE
    for at in range(0, end, FULL_TILE):
        data = tiles[at : at + FULL_TILE]
        roots.append(root_of(data).raw)
        files.append(FileToWrite(tile=Tile(level=level, index=first + at // FULL_TILE), data=data))
    edge = tiles[end:]
    if row and edge:
        tile = Tile(level=level, index=first + end // FULL_TILE, width=len(edge) // HASH_SIZE)
        files.append(FileToWrite(tile=tile, data=edge))
    return b"".join(roots), edge


def _bundles(
    state: LogState, entries: Sequence[bytes], files: list[FileToWrite]
) -> tuple[bytes, ...]:
    waiting = [*state.bundle, *entries]
    first = state.size // WIDTH
    for at in range(0, len(waiting) if entries else 0, WIDTH):
        part = waiting[at : at + WIDTH]
        tile = Tile(level=None, index=first + at // WIDTH, width=len(part))
        files.append(FileToWrite(tile=tile, data=encode_bundle(part)))
    return tuple(waiting[len(waiting) - len(waiting) % WIDTH :])


def load_state(head: Head, read: ReadTile) -> LogState:
    """Rebuild the state of a published size out of its tiles, and check it against the root.

    Raises Integrity ``ledger.tiles-disagree`` where the tiles do not give the root that was
    signed: then nothing may be appended or signed.
    """
    edges: list[bytes] = []
    for tile in partial_tiles_of(head.size):
        level = tile.level or 0
        edges.extend([b""] * (level - len(edges)))
        edges.append(read(tile))
    bundle = _bundle_of(head, read)
    state = LogState(size=head.size, edges=tuple(edges), bundle=bundle)
    if state.root != head.root:
        raise _disagree(head)
    return state


def _bundle_of(head: Head, read: ReadTile) -> tuple[bytes, ...]:
    if not head.size % WIDTH:
        return ()
    index = head.size // WIDTH
    bundle = parse_bundle(read(tile_at(head.size, None, index)))
    leaves = b"".join([leaf_hash(entry) for entry in bundle])
    if leaves != read(tile_at(head.size, 0, index)):
        raise _disagree(head)
    return bundle


def _disagree(head: Head) -> Integrity:
    return Integrity(
        "ledger.tiles-disagree",
        "the tiles of {origin} do not give the root that was signed at {size}",
        origin=head.origin,
        size=head.size,
    )


def edge_files(state: LogState, *, since: int = 0) -> tuple[FileToWrite, ...]:
    """Return the partial files of this size, without those that size ``since`` had already."""
    old = {*partial_tiles_of(since), *_partial_bundle(since)}
    files = [
        FileToWrite(tile=tile, data=state.edges[tile.level or 0])
        for tile in partial_tiles_of(state.size)
    ]
    files += [
        FileToWrite(tile=tile, data=encode_bundle(state.bundle))
        for tile in _partial_bundle(state.size)
    ]
    return tuple(file for file in files if file.tile not in old)


def _partial_bundle(size: int) -> tuple[Tile, ...]:
    return (tile_at(size, None, size // WIDTH),) if size % WIDTH else ()


# --- the restore attack ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Witnessed:
    """What somebody outside says to have seen of this log."""

    witness: str
    size: int

    root: Digest | None = None
    """None where only the size was told: the body of a 409."""


def require_caught_up(origin: str, size: int, witnessed: Iterable[Witnessed]) -> None:
    """Refuse to go on where a witness has seen more of this log than it holds.

    A log that was restored from an old copy would fork itself by its next signature.  Growing
    past the size that was seen does not help: the tree must hold what was seen, so a witness
    that was ahead and told no root keeps the log stopped until it tells one.  Raises Refused
    ``ledger.behind-witness``.
    """
    for seen in witnessed:
        if seen.size > size or seen.root is None:
            raise Refused(
                "ledger.behind-witness",
                "{origin}: {witness} has seen {seen} entries and this ledger holds {size}: it was "
                "restored from an old copy and must catch up before it goes on",
                origin=origin,
                witness=seen.witness,
                seen=seen.size,
                size=size,
            )


def require_same_history(
    origin: str, witnessed: Iterable[Witnessed], *, root_at: Callable[[int], Digest]
) -> None:
    """Stop where a witness holds another root for a size that this log has passed.

    ``root_at`` gives our root at that size.  Raises Integrity ``ledger.forked``.
    """
    for seen in witnessed:
        if seen.root is not None and root_at(seen.size) != seen.root:
            raise Integrity(
                "ledger.forked",
                "{origin}: {witness} holds another root for size {seen}; keep both, sign nothing",
                origin=origin,
                witness=seen.witness,
                seen=seen.size,
            )
