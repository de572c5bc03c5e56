"""The RFC 6962 tree over SHA-256: roots, growth, inclusion and consistency proofs.

It serves two masters: the ledger, and the chunk trees of evidence files.  Hashes are raw
32 bytes; a row of hashes is their concatenation.  How a tree is cut into files lives in
``tiles``.

The promise of every ``verify_…`` here: it returns True or False and raises for no bytes.
The promise of every maker: it raises ValueError for an index or a size that the tree does
not have, because only a bug can ask for it.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from attrs import field, frozen

from longbien.primitives.digest import Digest

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = Digest.of(b"")  # RFC 6962, 2.1: the hash of an empty list
MAX_PROOF: Final = 63  # hashes; C2SP tlog-witness caps a consistency proof here
MAX_TREE_SIZE: Final = 2**63 - 1  # what a signed 64-bit counter holds; C2SP tools count with one

_LEAF = b"\x00"  # RFC 6962, 2.1: domain separation of leaves and nodes
_NODE = b"\x01"

Nodes: TypeAlias = Callable[[int, int], bytes]
"""Return the hash of the complete subtree (height, index): the 2^height leaves from
index·2^height on."""

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf: SHA-256(0x00 ‖ data)."""
    return _sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children: SHA-256(0x01 ‖ left ‖ right)."""
    return _sha256(_NODE + left + right).digest()


def parents_of(row: bytes) -> bytes:
    """Hash a row of nodes pair by pair; a last one without a neighbour is left out."""
    pair = 2 * HASH_SIZE
    return b"".join(
        [
            _sha256(_NODE + row[at : at + pair]).digest()
            for at in range(0, len(row) - pair + 1, pair)
        ]
    )


def root_of(leaves: bytes) -> Digest:
    """Return the root over leaf hashes, 32 bytes each; an empty row gives ``EMPTY_ROOT``."""
    if not leaves:
        return EMPTY_ROOT
    _count(leaves)
    row = leaves
    while len(row) > HASH_SIZE:
        row = _row_above(row)
    return Digest(bytes(row))


def _row_above(row: bytes) -> bytes:
    # RFC 6962 splits at the largest power of two: from below, a lonely last node just moves up
    odd = len(row) % (2 * HASH_SIZE)
    return parents_of(row) + (row[-HASH_SIZE:] if odd else b"")


def _count(leaves: bytes) -> int:
    count, rest = divmod(len(leaves), HASH_SIZE)
    if rest:
        msg = "a row of hashes is a whole number of 32 bytes"
        raise ValueError(msg)
    return count


def _node_at(row: bytes, index: int) -> bytes:
    return row[index * HASH_SIZE : (index + 1) * HASH_SIZE]


# --- growth --------------------------------------------------------------------------------


@frozen(kw_only=True)
class CompactRange:
    """The right edge of a growing tree: all that is needed to append and to know the root."""

    size: int = 0

    peaks: tuple[bytes, ...] = field(default=(), repr=False)
    """The roots of the complete subtrees, largest first: one per 1-bit of ``size``."""

    def extend(self, leaves: bytes) -> "CompactRange":
        """Append leaf hashes, 32 bytes each.  The cost is one hash a leaf, whatever the batch."""
        size = self.size + _count(leaves)
        waiting = list(self.peaks)
        found: list[bytes] = []
        row, height = leaves, 0
        while row or waiting:
            if self.size >> height & 1:
                row = waiting.pop() + row
            if len(row) % (2 * HASH_SIZE):
                found.append(row[-HASH_SIZE:])
            row, height = parents_of(row), height + 1
        return CompactRange(size=size, peaks=tuple(reversed(found)))

    @property
    def root(self) -> Digest:
        """Return the root at this size."""
        return root_of_peaks(self.peaks)


def root_of_peaks(peaks: Sequence[bytes]) -> Digest:
    """Fold the roots of complete subtrees, largest first, into the root of the whole tree."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return Digest(root)


# --- making proofs -------------------------------------------------------------------------


def nodes_of(leaves: bytes) -> Nodes:
    """Hash all rows once and return the getter of their complete subtrees, for many proofs."""
    rows = [leaves]
    while len(rows[-1]) > HASH_SIZE:
        rows.append(parents_of(rows[-1]))

    def node(height: int, index: int) -> bytes:
        return _node_at(rows[height], index)

    return node


def inclusion_proof(leaves: bytes, index: int) -> tuple[bytes, ...]:
    """Prove that leaf ``index`` is in the tree over the leaf hashes: its siblings, upwards."""
    _require_index(index, _count(leaves))
    path: list[bytes] = []
    row, at = leaves, index
    while len(row) > HASH_SIZE:
        # past the end the slice is empty: that node has no sibling and just moves up
        if sibling := _node_at(row, at ^ 1):
            path.append(sibling)
        row, at = _row_above(row), at >> 1
    return tuple(path)


def inclusion_proof_from(nodes: Nodes, *, index: int, size: int) -> tuple[bytes, ...]:
    """Prove the same out of stored nodes, reading only what the proof needs (RFC 6962, 2.1.1)."""
    _require_index(index, size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(nodes, start=middle, end=end))
            end = middle
        else:
            path.append(range_root(nodes, start=start, end=middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof_from(nodes: Nodes, *, old_size: int, new_size: int) -> tuple[bytes, ...]:
    """Prove that the tree of ``old_size`` is a prefix of the one of ``new_size`` (RFC 6962, 2.1.2).

    Equal sizes, and an old size of 0, give the empty proof.
    """
    if not 0 <= old_size <= new_size:
        msg = "no proof from a larger tree to a smaller one"
        raise ValueError(msg)
    if old_size in {0, new_size}:
        return ()
    path: list[bytes] = []
    start, end, is_old_root = 0, new_size, True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(range_root(nodes, start=middle, end=end))
            end = middle
        else:
            path.append(range_root(nodes, start=start, end=middle))
            start, is_old_root = middle, False
    if not is_old_root:
        path.append(range_root(nodes, start=start, end=end))
    return tuple(reversed(path))


def range_root(nodes: Nodes, *, start: int, end: int) -> bytes:
    """Return the root over leaves ``start`` to ``end - 1``; ``start`` is a node's left edge."""
    peaks: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        peaks.append(nodes(height, start >> height))
        start += 1 << height
    return root_of_peaks(peaks).raw


def _split(count: int) -> int:
    # the largest power of two smaller than count
    return 1 << ((count - 1).bit_length() - 1)


def _require_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        msg = f"leaf {index} is not in a tree of {size}"
        raise ValueError(msg)


# --- verifying proofs ----------------------------------------------------------------------


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether ``proof`` shows the leaf hash at ``index`` in the tree (RFC 9162, 2.1.3.2).

    A tree of size 0 holds nothing, so nothing is shown to be in it.
    """
    if not 0 <= index < size or not _are_hashes((leaf, root, *proof)):
        return False
    at, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            value = node_hash(sibling, value)
            at, last = _past_left_edge(at, last)
        else:
            value = node_hash(value, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(
    *,
    old_size: int,
    new_size: int,
    proof: Sequence[bytes],
    old_root: bytes,
    new_root: bytes,
) -> bool:
    """Say whether ``proof`` shows the old tree to be a prefix of the new one (RFC 9162, 2.1.4.2).

    Size 0 is refused: an empty tree is a prefix of every tree, so such a proof proves nothing;
    a witness decides that case before it asks here.
    """
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if not _are_hashes((old_root, new_root, *proof)):
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)  # a complete old tree is itself the first node
    return bool(path) and _climb(path, old_size - 1, new_size - 1) == (old_root, new_root)


def _climb(path: list[bytes], at: int, last: int) -> tuple[bytes, bytes] | None:
    # steps 4 to 8 of RFC 9162, 2.1.4.2: both roots out of one path
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            at, last = _past_left_edge(at, last)
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None


def _past_left_edge(at: int, last: int) -> tuple[int, int]:
    # a lonely right node moves up without a sibling until it is a right child, or the edge ends
    while not at & 1 and at:
        at, last = at >> 1, last >> 1
    return at, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
