"""Proving that a run of leaves belongs to an RFC 6962 tree, with as few hashes as possible.

For one leaf these are the hashes of its inclusion proof; for a run, only the subtrees left
and right of it.  They stand in the order in which a walk from the root meets them, the left
branch first (``spec/package.md``, "Runs of leaves").
"""

from collections.abc import Iterator

from longbien.ledger.tree import HASH_SIZE, node_hash, root_of


def prove_run(leaves: bytes, *, first: int, end: int) -> tuple[bytes, ...]:
    """Return the roots of the subtrees outside leaves ``first`` to ``end`` - 1.

    ``leaves`` are all leaf hashes, 32 bytes each.  ValueError: the run is empty or not
    inside the tree.
    """
    count = len(leaves) // HASH_SIZE
    if not 0 <= first < end <= count:
        msg = f"leaves {first} to {end} of {count} are no run"
        raise ValueError(msg)

    def outside(low: int, high: int) -> Iterator[bytes]:
        if high <= first or low >= end:
            yield root_of(leaves[low * HASH_SIZE : high * HASH_SIZE]).raw
        elif low < first or high > end:
            middle = low + _split(high - low)
            yield from outside(low, middle)
            yield from outside(middle, high)

    return tuple(outside(0, count))


def verify_run(
    leaves: bytes, *, first: int, count: int, proof: tuple[bytes, ...], root: bytes
) -> bool:
    """Say whether the leaf hashes are those from ``first`` on in a tree of ``count`` leaves.

    Never raises.  Each hash of the proof must be used, and the run must not be empty.
    """
    run, rest = divmod(len(leaves), HASH_SIZE)
    end = first + run
    if rest or not 0 <= first < end <= count or any(len(hash_) != HASH_SIZE for hash_ in proof):
        return False
    left = list(reversed(proof))

    def climb(low: int, high: int) -> bytes:
        if high <= first or low >= end:
            return left.pop()
        if first <= low and high <= end:
            return root_of(leaves[(low - first) * HASH_SIZE : (high - first) * HASH_SIZE]).raw
        middle = low + _split(high - low)
        return node_hash(climb(low, middle), climb(middle, high))

    try:
        found = climb(0, count)
    except IndexError:  # the proof has too few hashes
        return False
    return not left and found == root


def _split(count: int) -> int:
    # RFC 6962, 2.1: the largest power of two smaller than the count
    return 1 << ((count - 1).bit_length() - 1)
