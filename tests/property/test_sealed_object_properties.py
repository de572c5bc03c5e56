"""Sealed objects, exhibits and bags in the vault: any size near an edge, any range."""

import functools
import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore as ObjectsInMemory

import vault_world as vaults
from longbien.adapters.exhibits import Bench, read_leaves
from longbien.adapters.sealed_bag import SealedBag
from longbien.adapters.sealed_objects import PLAIN_PART, MemoryPlaintext, open_object, seal_object
from longbien.adapters.vault_remote import RemoteVault
from longbien.channel.transfer import SealedObject
from longbien.evidence.measure import measure_blocks
from longbien.evidence.source import EntryKind
from longbien.evidence.tar import FileSpan, plan_tar
from longbien.ledger.tree import root_of
from longbien.trust.age.identities import recipient_of
from longbien.trust.age.stream import CHUNK
from memory_bag import MemoryBag

LEAF = 2**20
DATA = vaults.noise(2 * PLAIN_PART + 2 * LEAF)
EDGES = (0, CHUNK, LEAF, PLAIN_PART - 224, PLAIN_PART, PLAIN_PART + CHUNK, 2 * PLAIN_PART)

near_edges = st.builds(
    lambda edge, off: max(0, edge + off), st.sampled_from(EDGES), st.integers(-300, 300)
)
any_size = near_edges | st.integers(0, len(DATA))


@functools.cache
def vault() -> RemoteVault:
    """Return one vault in memory for all examples."""
    return RemoteVault(ObjectsInMemory())


@functools.cache
def fixed() -> SealedObject:
    """Return all of DATA, sealed once."""
    return seal_object(
        MemoryPlaintext(DATA), vault(), recipients=[recipient_of(vaults.CASE)], workers=2
    )


@settings(max_examples=25)
@given(size=any_size, workers=st.integers(1, 3))
def test_sealed_and_opened_is_the_same(size: int, workers: int) -> None:
    """For every size, whoever does the work."""
    one = seal_object(
        MemoryPlaintext(DATA[:size]),
        vault(),
        recipients=[recipient_of(vaults.CASE)],
        workers=workers,
    )

    reader = open_object(one, vault(), [vaults.CASE])

    assert b"".join(map(bytes, reader.blocks(workers=workers))) == DATA[:size]
    assert one.part_count == max(1, -(-size // PLAIN_PART))


@settings(max_examples=60)
@given(start=any_size, length=any_size)
@example(start=len(DATA), length=0)
def test_random_access_equals_reading_straight(start: int, length: int) -> None:
    """Any range, by each of the ways to read."""
    start = min(start, len(DATA))
    wanted = DATA[start : start + length]
    reader = open_object(fixed(), vault(), [vaults.CASE])
    out = bytearray(len(wanted))

    reader.read_into(start, memoryview(out))

    assert out == wanted
    assert reader.read_at(start, length) == wanted
    stop = start + len(wanted)
    assert b"".join(map(bytes, reader.blocks(start=start, end=stop, workers=2))) == wanted


@settings(max_examples=25)
@given(size=any_size, cuts=st.lists(any_size, max_size=4))
def test_an_exhibit_is_the_same_however_it_comes(size: int, cuts: list[int]) -> None:
    """Digest, tree, leaves and content, for every size and every cut of the stream."""
    data = DATA[:size]
    places = [0, *sorted(min(cut, size) for cut in cuts), size]

    with Bench(workers=2) as bench, vaults.writer(vault(), bench) as writer:
        for start, stop in itertools.pairwise(places):
            writer.write(data[start:stop])
        found = writer.finish(b"x")

    measured = measure_blocks([data])
    reader = open_object(found.sealed, vault(), [vaults.CASE])
    assert (found.size, found.sha256, found.tree) == (
        measured.size,
        measured.sha256,
        root_of(measured.leaves),
    )
    assert read_leaves(reader, size=size, tree=found.tree) == measured.leaves
    assert b"".join(map(bytes, reader.blocks(end=size))) == data


@settings(max_examples=15)
@given(sizes=st.lists(any_size, min_size=1, max_size=3))
def test_a_bag_in_the_vault_reads_as_one_in_memory(sizes: list[int]) -> None:
    """Entries, contents and measurements of files of every size."""
    files = {f"data/E0001/{number}.bin": DATA[:size] for number, size in enumerate(sizes)}
    files["bagit.txt"] = b"small"
    plan = plan_tar(
        "LB-0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f",
        mtime=1,
        files=[(path, len(data)) for path, data in files.items()],
    )
    tar = b"".join(
        files[piece.path] if isinstance(piece, FileSpan) else piece
        for piece in plan.pieces(0, plan.size)
    )
    one = seal_object(MemoryPlaintext(tar), vault(), recipients=[recipient_of(vaults.CASE)])
    memory = MemoryBag(files)

    with SealedBag(open_object(one, vault(), [vaults.CASE]), workers=2) as bag:
        found = {entry for entry in bag.entries() if entry.kind is EntryKind.FILE}
        assert found == {entry for entry in memory.entries() if entry.kind is EntryKind.FILE}
        assert {entry.path for entry in bag.entries()} == {entry.path for entry in memory.entries()}
        for path, data in files.items():
            assert bag.read(path, limit=len(data)) == data
            assert bag.measure(path, leaf_size=LEAF) == memory.measure(path, leaf_size=LEAF)
            assert bag.measure_leaves(path, leaf_size=LEAF) == memory.measure_leaves(
                path, leaf_size=LEAF
            )
        assert list(bag.spread(lambda path: bag.measure(path, leaf_size=LEAF), files)) == [
            memory.measure(path, leaf_size=LEAF) for path in files
        ]
