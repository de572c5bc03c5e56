import hashlib
from itertools import combinations

import pytest

from longbien.evidence.ranges import prove_run, verify_run
from longbien.ledger.tree import HASH_SIZE, inclusion_proof, leaf_hash, root_of


def leaves_of(count: int) -> bytes:
    """Return leaf hashes of a tree."""
    return b"".join(leaf_hash(b"%d" % number) for number in range(count))


@pytest.mark.parametrize("count", range(1, 18))
def test_every_run_of_every_small_tree_is_proven(count: int) -> None:
    """All runs of all trees up to 17 leaves: the proof holds, and only at its place."""
    leaves = leaves_of(count)
    root = root_of(leaves).raw

    for first, end in combinations(range(count + 1), 2):
        run = leaves[first * HASH_SIZE : end * HASH_SIZE]
        proof = prove_run(leaves, first=first, end=end)
        assert verify_run(run, first=first, count=count, proof=proof, root=root)
        assert not verify_run(run, first=first + 1, count=count, proof=proof, root=root)
        assert not verify_run(run, first=first, count=count, proof=(*proof, root), root=root)
        if proof:
            assert not verify_run(run, first=first, count=count, proof=proof[1:], root=root)
            assert not verify_run(run, first=first, count=count, proof=proof[:-1], root=root)


def test_one_leaf_is_proven_by_the_hashes_of_its_inclusion_proof() -> None:
    """A court's RFC 6962 tool finds the same hashes, in another order."""
    leaves = leaves_of(13)

    for index in range(13):
        proof = prove_run(leaves, first=index, end=index + 1)
        assert sorted(proof) == sorted(inclusion_proof(leaves, index))


def test_the_whole_tree_needs_no_hash() -> None:
    """Who has everything proves it by itself."""
    leaves = leaves_of(9)

    assert prove_run(leaves, first=0, end=9) == ()
    assert verify_run(leaves, first=0, count=9, proof=(), root=root_of(leaves).raw)


@pytest.mark.parametrize(("first", "end"), [(-1, 1), (2, 2), (3, 2), (0, 6)])
def test_a_run_outside_the_tree_is_a_bug(*, first: int, end: int) -> None:
    """Only our own code can ask for it."""
    with pytest.raises(ValueError, match="are no run"):
        prove_run(leaves_of(5), first=first, end=end)


@pytest.mark.parametrize(
    ("leaves", "first", "count", "proof"),
    [
        (b"", 0, 5, ()),
        (b"x" * 31, 0, 1, ()),
        (b"x" * 32, -1, 5, ()),
        (b"x" * 32, 5, 5, ()),
        (b"x" * 32, 0, 0, ()),
        (b"x" * 32, 0, 2, (b"short",)),
        (b"x" * 32, 0, 2**53, ()),
    ],
)
def test_hostile_claims_are_answered_no(
    *, leaves: bytes, first: int, count: int, proof: tuple[bytes, ...]
) -> None:
    """Nothing is raised, and no long work is done, for any claim."""
    root = hashlib.sha256().digest()

    assert verify_run(leaves, first=first, count=count, proof=proof, root=root) is False
