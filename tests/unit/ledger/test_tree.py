import hashlib

import pytest

from longbien.ledger.tree import (
    EMPTY_ROOT,
    MAX_PROOF,
    MAX_TREE_SIZE,
    CompactRange,
    consistency_proof_from,
    inclusion_proof,
    inclusion_proof_from,
    leaf_hash,
    node_hash,
    nodes_of,
    parents_of,
    range_root,
    root_of,
    root_of_peaks,
    verify_consistency,
    verify_inclusion,
)
from longbien.primitives.digest import Digest

# the seven entries of C2SP merkle-tree, section Example
SEVEN = [leaf_hash(bytes([number])) for number in range(7)]
A, B, C, D, E, F, G = SEVEN
H, I, J = node_hash(A, B), node_hash(C, D), node_hash(E, F)  # noqa: E741 - as the example calls it
K, L = node_hash(H, I), node_hash(J, G)
ROW = b"".join(SEVEN)


def mth(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash by the recursive definition of RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def test_leaves_and_nodes_are_hashed_apart() -> None:
    """RFC 6962: a leaf begins with 0x00 and a node with 0x01, so one is never the other."""
    assert leaf_hash(b"ab") == hashlib.sha256(b"\x00ab").digest()
    assert node_hash(A, B) == hashlib.sha256(b"\x01" + A + B).digest()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    """The root of no leaves is SHA-256 of no bytes."""
    assert root_of(b"") == EMPTY_ROOT == Digest(hashlib.sha256(b"").digest())
    assert CompactRange().root == EMPTY_ROOT
    assert root_of_peaks([]) == EMPTY_ROOT


@pytest.mark.parametrize("count", range(1, 40))
def test_the_root_is_that_of_the_recursive_definition(count: int) -> None:
    """Pairing from below gives the tree that RFC 6962 splits from above."""
    leaves = [leaf_hash(bytes([number])) for number in range(count)]

    assert root_of(b"".join(leaves)) == Digest(mth(leaves))


def test_the_example_of_the_specification() -> None:
    """The seven-leaf tree of C2SP merkle-tree, with its proofs to the letter."""
    nodes = nodes_of(ROW)

    assert root_of(ROW).raw == node_hash(K, L)
    assert inclusion_proof(ROW, 0) == (B, I, L)
    assert inclusion_proof(ROW, 3) == (C, H, L)
    assert inclusion_proof(ROW, 4) == (F, G, K)
    assert inclusion_proof(ROW, 6) == (J, K)
    assert consistency_proof_from(nodes, old_size=3, new_size=7) == (C, D, H, L)
    assert consistency_proof_from(nodes, old_size=4, new_size=7) == (L,)
    assert consistency_proof_from(nodes, old_size=6, new_size=7) == (J, G, K)


def test_a_row_is_whole_hashes() -> None:
    """Half a hash at the end is a bug of the caller, not a tree."""
    with pytest.raises(ValueError, match="32 bytes"):
        root_of(ROW[:-1])
    with pytest.raises(ValueError, match="32 bytes"):
        inclusion_proof(ROW + b"\0", 0)
    with pytest.raises(ValueError, match="32 bytes"):
        CompactRange().extend(b"\0")


def test_parents_leave_the_lonely_one_out() -> None:
    """Three nodes have one parent; the third waits for its neighbour."""
    assert parents_of(A + B + C) == H
    assert parents_of(A) == b""
    assert parents_of(A + B + C + D) == H + I


def test_a_range_keeps_one_peak_for_each_bit_of_its_size() -> None:
    """The right edge is all that is kept, largest subtree first."""
    grown = CompactRange().extend(ROW)

    assert grown.size == 7
    assert grown.peaks == (K, J, G)
    assert grown.root.raw == node_hash(K, L)


def test_a_range_grows_by_any_batches() -> None:
    """Batches of any size, empty ones too, give the same edge."""
    for first in range(8):
        for second in range(first, 8):
            grown = (
                CompactRange()
                .extend(ROW[: first * 32])
                .extend(ROW[first * 32 : second * 32])
                .extend(ROW[second * 32 :])
            )
            assert grown == CompactRange(size=7, peaks=(K, J, G))


def test_a_range_root_reads_only_complete_subtrees() -> None:
    """The root of leaves 0 to 5 and of 4 to 7 of the example."""
    nodes = nodes_of(ROW)

    assert range_root(nodes, start=0, end=6) == node_hash(K, J)
    assert range_root(nodes, start=4, end=7) == L


@pytest.mark.parametrize("index", [-1, 7, 8])
def test_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    """A leaf outside the tree is a bug of the caller."""
    with pytest.raises(ValueError, match=f"leaf {index} is not in a tree of 7"):
        inclusion_proof(ROW, index)
    with pytest.raises(ValueError, match=f"leaf {index} is not in a tree of 7"):
        inclusion_proof_from(nodes_of(ROW), index=index, size=7)


def test_no_consistency_proof_backwards() -> None:
    """From larger to smaller, or from below zero, there is no proof."""
    with pytest.raises(ValueError, match="larger tree"):
        consistency_proof_from(nodes_of(ROW), old_size=7, new_size=6)
    with pytest.raises(ValueError, match="larger tree"):
        consistency_proof_from(nodes_of(ROW), old_size=-1, new_size=6)


def test_the_trivial_consistency_proofs_are_empty() -> None:
    """From nothing, and from a size to itself, there is nothing to show."""
    assert consistency_proof_from(nodes_of(ROW), old_size=0, new_size=7) == ()
    assert consistency_proof_from(nodes_of(ROW), old_size=7, new_size=7) == ()


@pytest.mark.parametrize("size", range(1, 20))
def test_every_inclusion_proof_verifies_only_where_it_belongs(size: int) -> None:
    """Right leaf, index, size and root: True.  Any of them changed: False."""
    row = b"".join(leaf_hash(bytes([number])) for number in range(size))
    nodes, root = nodes_of(row), root_of(row).raw
    for index in range(size):
        leaf = row[index * 32 : index * 32 + 32]
        proof = inclusion_proof(row, index)

        assert proof == inclusion_proof_from(nodes, index=index, size=size)
        assert verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root) is True
        for other in range(-1, size + 2):
            if other != index:
                assert not verify_inclusion(
                    leaf=leaf, index=other, size=size, proof=proof, root=root
                )
        assert not verify_inclusion(leaf=root, index=index, size=size, proof=proof, root=leaf) or (
            size == 1
        )
        assert not verify_inclusion(
            leaf=leaf, index=index, size=size, proof=(*proof, root), root=root
        )
        if proof:
            assert not verify_inclusion(
                leaf=leaf, index=index, size=size, proof=proof[:-1], root=root
            )


@pytest.mark.parametrize(
    ("leaf", "proof", "root"),
    [(A[:-1], (B, I, L), node_hash(K, L)), (A, (B, I + b"\0", L), node_hash(K, L)), (A, (), A[:9])],
)
def test_what_is_not_32_bytes_is_no_hash(
    leaf: bytes, proof: tuple[bytes, ...], root: bytes
) -> None:
    """Lengths are checked before anything is hashed: no bytes can move between two hashes."""
    assert verify_inclusion(leaf=leaf, index=0, size=7, proof=proof, root=root) is False


def test_nothing_is_in_an_empty_tree() -> None:
    """Size 0 refuses every proof."""
    assert not verify_inclusion(leaf=A, index=0, size=0, proof=(), root=EMPTY_ROOT.raw)


@pytest.mark.parametrize("new_size", range(1, 20))
def test_every_consistency_proof_verifies_only_where_it_belongs(new_size: int) -> None:
    """Right sizes and roots: True.  A neighbouring size, a swapped root, a longer proof: False."""
    leaves = [leaf_hash(bytes([number])) for number in range(new_size)]
    nodes, new_root = nodes_of(b"".join(leaves)), mth(leaves)
    for old_size in range(1, new_size + 1):
        proof = consistency_proof_from(nodes, old_size=old_size, new_size=new_size)
        facts = {"proof": proof, "old_root": mth(leaves[:old_size]), "new_root": new_root}

        assert verify_consistency(old_size=old_size, new_size=new_size, **facts) is True
        longer = {**facts, "proof": (*proof, A)}
        assert not verify_consistency(old_size=old_size, new_size=new_size, **longer)
        if old_size < new_size:
            swapped = {**facts, "old_root": new_root, "new_root": facts["old_root"]}
            shorter = {**facts, "proof": proof[:-1]}
            assert not verify_consistency(old_size=old_size, new_size=new_size, **swapped)
            assert not verify_consistency(old_size=old_size, new_size=new_size, **shorter)
            assert not verify_consistency(old_size=new_size, new_size=old_size, **facts)
            assert not verify_consistency(old_size=new_size, new_size=new_size, **facts)


def test_consistency_from_nothing_is_refused() -> None:
    """An empty tree is a prefix of all trees, so such a proof shows nothing."""
    root = EMPTY_ROOT.raw

    assert not verify_consistency(old_size=0, new_size=0, proof=(), old_root=root, new_root=root)
    assert not verify_consistency(old_size=0, new_size=7, proof=(), old_root=root, new_root=A)
    assert not verify_consistency(old_size=-1, new_size=7, proof=(), old_root=root, new_root=A)


@pytest.mark.parametrize(
    ("old_root", "new_root", "proof"),
    [(K[:-1], node_hash(K, L), (L,)), (K, K + b"\0", (L,)), (K, node_hash(K, L), (L[:-1],))],
)
def test_consistency_takes_only_hashes(
    old_root: bytes, new_root: bytes, proof: tuple[bytes, ...]
) -> None:
    """A root or a step of another length is refused before anything is hashed."""
    assert not verify_consistency(
        old_size=4, new_size=7, proof=proof, old_root=old_root, new_root=new_root
    )


def test_a_root_of_the_right_length_that_is_wrong_is_refused() -> None:
    """Both roots must come out of the one path."""
    good = {"old_size": 3, "new_size": 7, "proof": (C, D, H, L)}
    old = node_hash(H, C)

    assert verify_consistency(**good, old_root=old, new_root=node_hash(K, L))
    assert not verify_consistency(**good, old_root=H, new_root=node_hash(K, L))
    assert not verify_consistency(**good, old_root=old, new_root=node_hash(L, K))


def test_the_limits_are_those_of_c2sp() -> None:
    """63 hashes a proof, sizes of 63 bits."""
    assert (MAX_PROOF, MAX_TREE_SIZE) == (63, 2**63 - 1)
