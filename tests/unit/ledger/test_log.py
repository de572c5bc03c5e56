from collections.abc import Sequence

import pytest

from ledger_cast import ORIGIN, entry_of, head_of, leaves_of
from longbien.ledger.checkpoints import Head
from longbien.ledger.log import (
    LogState,
    Witnessed,
    edge_files,
    grow,
    load_state,
    require_caught_up,
    require_same_history,
)
from longbien.ledger.tiles import Tile, encode_bundle, partial_tiles_of, tiles_of
from longbien.ledger.tree import EMPTY_ROOT, leaf_hash, root_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed, Refused

ENTRIES = [entry_of(number) for number in range(700)]
LEAVES = leaves_of(700)


def grown(*sizes: int) -> tuple[LogState, dict[str, bytes]]:
    """Grow a log through these sizes; return its state and all files that were written."""
    state, files = LogState(), dict[str, bytes]()
    for size in sizes:
        growth = grow(state, ENTRIES[state.size : size])
        for file in growth.files:
            assert files.setdefault(file.tile.path, file.data) == file.data
        state = growth.state
    return state, files


def bundles_of(size: int) -> dict[str, bytes]:
    """Return the bundles that a log of this size has."""
    return {
        Tile(level=None, index=at // 256, width=len(part)).path: encode_bundle(part)
        for at in range(0, size, 256)
        if (part := ENTRIES[:size][at : at + 256])
    }


def reader(files: dict[str, bytes]) -> object:
    """Return what reads tiles out of these files."""
    return lambda tile: files[tile.path]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 700])
def test_one_step_writes_exactly_the_files_of_its_size(size: int) -> None:
    """From nothing: each tile and bundle that the specification asks for, and no other."""
    state, files = grown(size)

    assert set(files) == {tile.path for tile in tiles_of(size)} | set(bundles_of(size))
    assert {name: data for name, data in files.items() if "entries" in name} == bundles_of(size)
    assert state.size == size
    assert state.root == root_of(LEAVES[: size * 32])
    assert state.head(ORIGIN) == head_of(size)


def test_tiles_hold_the_hashes_that_the_specification_names() -> None:
    """Level 0 holds leaf hashes, level 1 the roots of full tiles below."""
    _, files = grown(600)

    assert files["tile/0/000"] == LEAVES[: 256 * 32]
    assert files["tile/0/002.p/88"] == LEAVES[512 * 32 : 600 * 32]
    assert files["tile/1/000.p/2"] == b"".join(
        root_of(LEAVES[at * 32 : (at + 256) * 32]).raw for at in (0, 256)
    )


@pytest.mark.parametrize("sizes", [(1, 2, 3), (255, 256, 700), (100, 600, 700), (256, 512, 700)])
def test_the_batching_does_not_matter(sizes: tuple[int, ...]) -> None:
    """Any steps lead to the same state, and never to two contents of one file."""
    state, files = grown(*sizes)
    direct, needed = grown(sizes[-1])

    assert state == direct
    assert needed.items() <= files.items()


def test_growing_by_nothing_changes_and_writes_nothing() -> None:
    """An empty step is no step."""
    state, _ = grown(300)

    growth = grow(state, [])

    assert growth.state == state
    assert growth.files == ()


def test_a_step_does_not_write_what_was_there() -> None:
    """From 300 to 301: one tile, one bundle; the level above is as it was."""
    state, _ = grown(300)

    files = grow(state, ENTRIES[300:301]).files

    assert [file.tile for file in files] == [
        Tile(level=None, index=1, width=45),
        Tile(level=0, index=1, width=45),
    ]


def test_the_edge_is_all_partial_files() -> None:
    """Of a size, and of a size without those of an earlier one."""
    state, files = grown(600)

    edge = edge_files(state)

    assert {file.tile.path: file.data for file in edge} == {
        name: files[name] for name in ("tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88")
    }
    assert [file.tile.path for file in edge_files(state, since=599)] == [
        "tile/0/002.p/88",
        "tile/entries/002.p/88",
    ]
    assert edge_files(state, since=600) == ()
    assert edge_files(LogState()) == ()
    assert [file.tile.path for file in edge_files(grown(256)[0])] == ["tile/1/000.p/1"]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 600])
def test_a_state_is_loaded_from_the_edge_alone(size: int) -> None:
    """Only partial tiles and the last bundle are read, whatever the size."""
    state, files = grown(size)
    edge = {tile.path for tile in partial_tiles_of(size)}
    kept = {
        name: data
        for name, data in files.items()
        if name in edge or (name.startswith("tile/entries") and ".p" in name)
    }

    assert load_state(head_of(size), reader(kept)) == state  # type: ignore[arg-type]  # a reader


def spoiled(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    """Return the files with one bit of one of them changed."""
    return {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])}


@pytest.mark.parametrize("name", ["tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"])
def test_tiles_that_do_not_give_the_signed_root_stop_everything(name: str) -> None:
    """One bit in any file of the edge: Integrity, and nothing is signed over it."""
    _, files = grown(600)

    with pytest.raises(Integrity) as caught:
        load_state(head_of(600), reader(spoiled(files, name)))  # type: ignore[arg-type]  # a reader

    assert caught.value.code == "ledger.tiles-disagree"
    assert caught.value.facts == {"origin": ORIGIN, "size": 600}


def test_a_bundle_that_cannot_be_read_is_malformed() -> None:
    """A bundle's own bytes keep their own code."""
    _, files = grown(3)
    cut = {**files, "tile/entries/000.p/3": files["tile/entries/000.p/3"][:-1]}

    with pytest.raises(Malformed) as caught:
        load_state(head_of(3), reader(cut))  # type: ignore[arg-type]  # a reader

    assert caught.value.code == "ledger.bundle"


def test_an_empty_log_has_one_root_only() -> None:
    """A head of size 0 with another root is not ours."""
    head = Head(origin=ORIGIN, size=0, root=Digest(leaf_hash(b"")))

    with pytest.raises(Integrity):
        load_state(head, reader({}))  # type: ignore[arg-type]  # a reader
    assert LogState().root == EMPTY_ROOT


# --- the restore attack ------------------------------------------------------------------------


def seen(*sizes: int) -> Sequence[Witnessed]:
    """Return what honest witnesses have seen."""
    return [Witnessed(witness=f"w{size}", size=size, root=head_of(size).root) for size in sizes]


def test_a_log_that_holds_all_that_was_seen_goes_on() -> None:
    """Up to its own size, that included."""
    require_caught_up(ORIGIN, 5, seen(0, 4, 5))
    require_caught_up(ORIGIN, 5, [])


def test_a_log_that_is_behind_stops() -> None:
    """One entry missing is enough, and the error says what a person must know."""
    with pytest.raises(Refused) as caught:
        require_caught_up(ORIGIN, 5, seen(5, 6))

    assert caught.value.code == "ledger.behind-witness"
    assert caught.value.facts == {"origin": ORIGIN, "witness": "w6", "seen": 6, "size": 5}


def test_growing_past_what_was_seen_does_not_help() -> None:
    """A witness that was ahead and told no root keeps the log stopped, whatever its size."""
    told = Witnessed(witness="w", size=3)

    with pytest.raises(Refused) as caught:
        require_caught_up(ORIGIN, 5, [told])

    assert caught.value.code == "ledger.behind-witness"


def test_the_same_history_goes_on() -> None:
    """The root at the witnessed size is compared, not the newest one."""
    require_same_history(ORIGIN, seen(1, 3, 5), root_at=lambda size: head_of(size).root)
    require_same_history(
        ORIGIN, [Witnessed(witness="w", size=3)], root_at=lambda size: head_of(size).root
    )


def test_another_history_stops() -> None:
    """The same size with another root is a fork: Integrity."""
    with pytest.raises(Integrity) as caught:
        require_same_history(ORIGIN, seen(3), root_at=lambda size: head_of(size + 1).root)

    assert caught.value.code == "ledger.forked"
    assert caught.value.facts == {"origin": ORIGIN, "witness": "w3", "seen": 3}
