from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_cast import entry_of
from longbien.ledger.log import LogState, grow
from longbien.ledger.tree import (
    CompactRange,
    consistency_proof_from,
    inclusion_proof,
    leaf_hash,
    nodes_of,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(b"%d" % number) for number in range(600)]
ENTRIES = [entry_of(number) for number in range(600)]


def flipped(data: bytes, bit: int) -> bytes:
    """Return the bytes with one bit changed."""
    at, inside = divmod(bit % (len(data) * 8), 8)
    return data[:at] + bytes([data[at] ^ 1 << inside]) + data[at + 1 :]


@given(data=st.data(), size=st.integers(1, 600))
def test_any_leaf_of_any_tree_is_proven_and_no_flipped_bit_is(
    data: st.DataObject, size: int
) -> None:
    """The proof of each leaf verifies; one bit changed in leaf, proof or root does not."""
    row, index = b"".join(LEAVES[:size]), data.draw(st.integers(0, size - 1))
    bit = data.draw(st.integers(0, 2**16))
    proof, root = inclusion_proof(row, index), root_of(row).raw
    parts = [LEAVES[index], root, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))

    def verdict(leaf: bytes, root: bytes, *proof: bytes) -> bool:
        return verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)

    assert verdict(*parts)
    parts[which] = flipped(parts[which], bit)
    assert not verdict(*parts)


@given(data=st.data(), new_size=st.integers(2, 600))
def test_any_prefix_is_proven_and_no_flipped_bit_is(data: st.DataObject, new_size: int) -> None:
    """The proof between any two sizes verifies; one bit changed in it or a root does not."""
    old_size = data.draw(st.integers(1, new_size - 1))
    row = b"".join(LEAVES[:new_size])
    proof = consistency_proof_from(nodes_of(row), old_size=old_size, new_size=new_size)
    parts = [root_of(row[: old_size * 32]).raw, root_of(row).raw, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))

    def verdict(old_root: bytes, new_root: bytes, *proof: bytes) -> bool:
        return verify_consistency(
            old_size=old_size,
            new_size=new_size,
            proof=proof,
            old_root=old_root,
            new_root=new_root,
        )

    assert verdict(*parts)
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 2**16)))
    assert not verdict(*parts)


@given(
    size=st.integers(0, 2**62),
    index=st.integers(-2, 2**63),
    proof=st.lists(st.binary(max_size=40), max_size=70),
    root=st.binary(max_size=40),
)
def test_no_bytes_make_a_verification_raise(
    size: int, index: int, proof: list[bytes], root: bytes
) -> None:
    """Whatever comes in, the answer is True or False."""
    assert verify_inclusion(leaf=root, index=index, size=size, proof=proof, root=root) in {
        True,
        False,
    }
    assert not verify_consistency(
        old_size=index, new_size=size, proof=proof, old_root=root, new_root=b"other"
    )


@settings(max_examples=40)
@given(st.lists(st.integers(0, 300), max_size=6))
def test_any_batching_gives_the_same_root_and_tiles(steps: list[int]) -> None:
    """However the entries arrive, tree and files are the same."""
    state, files, edge = LogState(), dict[str, bytes](), CompactRange()
    for step in steps:
        entries = ENTRIES[state.size : state.size + step]
        growth = grow(state, entries)
        edge = edge.extend(b"".join(LEAVES_OF[state.size : state.size + step]))
        files.update({file.tile.path: file.data for file in growth.files})
        state = growth.state
    direct = grow(LogState(), ENTRIES[: state.size])

    assert state == direct.state
    assert state.root == edge.root == root_of(b"".join(LEAVES_OF[: state.size]))
    assert {file.tile.path: file.data for file in direct.files}.items() <= files.items()


LEAVES_OF = [leaf_hash(entry) for entry in ENTRIES]
