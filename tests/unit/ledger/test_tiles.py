import pytest

from ledger_cast import leaves_of
from longbien.ledger.tiles import (
    FULL_TILE,
    Tile,
    encode_bundle,
    nodes_in,
    parse_bundle,
    parse_tile_path,
    partial_tiles_of,
    tile_at,
    tiles_of,
)
from longbien.ledger.tree import nodes_of, parents_of, root_of
from longbien.primitives.errors import Malformed

PATHS = {
    Tile(level=0, index=0): "tile/0/000",
    Tile(level=0, index=999): "tile/0/999",
    Tile(level=0, index=1000): "tile/0/x001/000",
    Tile(level=1, index=1234067): "tile/1/x001/x234/067",
    Tile(level=3, index=5, width=1): "tile/3/005.p/1",
    Tile(level=63, index=1000000, width=255): "tile/63/x001/x000/000.p/255",
    Tile(level=None, index=273, width=112): "tile/entries/273.p/112",
    Tile(level=None, index=1000): "tile/entries/x001/000",
}


@pytest.mark.parametrize(("tile", "path"), PATHS.items(), ids=PATHS.values())
def test_paths(tile: Tile, path: str) -> None:
    """A tile stands where C2SP tlog-tiles puts it, and the path leads back to it."""
    assert tile.path == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/Entries/000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/999",
        "tile/0/000.p",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/" + "x001/" * 12 + "001",
    ],
)
def test_what_is_no_path(path: str) -> None:
    """One way to write a path: nothing that could leave the folder."""
    with pytest.raises(Malformed) as caught:
        parse_tile_path(path)

    assert caught.value.code == "ledger.tile-path"


def test_the_example_of_the_specification() -> None:
    """70,000 entries: 273 full and one of 112, one full and one of 17, one of 1."""
    tiles = list(tiles_of(70_000))

    assert tiles[:273] == [Tile(level=0, index=index) for index in range(273)]
    assert tiles[273:] == [
        Tile(level=0, index=273, width=112),
        Tile(level=1, index=0),
        Tile(level=1, index=1, width=17),
        Tile(level=2, index=0, width=1),
    ]
    assert list(partial_tiles_of(70_000)) == [tiles[273], tiles[275], tiles[276]]


def test_256_entries_fill_a_tile_and_begin_the_next_level() -> None:
    """The second example of the specification; and the sizes around it."""
    assert list(tiles_of(0)) == list(partial_tiles_of(0)) == []
    assert list(tiles_of(255)) == [Tile(level=0, index=0, width=255)]
    assert list(tiles_of(256)) == [Tile(level=0, index=0), Tile(level=1, index=0, width=1)]
    assert list(partial_tiles_of(256)) == [Tile(level=1, index=0, width=1)]
    assert list(tiles_of(257)) == [
        Tile(level=0, index=0),
        Tile(level=0, index=1, width=1),
        Tile(level=1, index=0, width=1),
    ]


def test_a_tile_is_as_wide_as_the_tree_makes_it() -> None:
    """Full in the middle, partial at the edge, nothing beyond it."""
    assert tile_at(300, 0, 0) == Tile(level=0, index=0)
    assert tile_at(300, 0, 1) == Tile(level=0, index=1, width=44)
    assert tile_at(300, 1, 0) == Tile(level=1, index=0, width=1)
    assert tile_at(300, None, 1) == Tile(level=None, index=1, width=44)
    assert tile_at(512, 0, 1) == Tile(level=0, index=1)
    for level, index in ((0, 2), (0, -1), (1, 1), (2, 0), (None, 2)):
        with pytest.raises(ValueError, match="a tree of 300 has no tile"):
            tile_at(300, level, index)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_nodes_are_read_out_of_tiles(size: int) -> None:
    """Every complete subtree comes out of the tiles as it comes out of the leaves."""
    row = leaves_of(size)
    upper = row
    for _ in range(8):
        upper = parents_of(upper)
    rows = {0: row, 1: upper}

    def read(tile: Tile) -> bytes:
        start = tile.index * FULL_TILE
        data = rows[tile.level or 0][start : start + tile.width * 32]
        assert len(data) == tile.width * 32
        return data

    ours, theirs = nodes_in(size, read), nodes_of(row)
    for height in range(size.bit_length()):
        for index in range(size >> height):
            assert ours(height, index) == theirs(height, index)
            start = index << height
            assert ours(height, index) == root_of(row[start * 32 : (start + 2**height) * 32]).raw


def test_bundles_are_length_prefixed_entries() -> None:
    """Two bytes of length, big-endian, before each entry; any bytes, also none."""
    entries = (b"", b"a", b"\xff" * 65_535)

    assert encode_bundle(entries[:2]) == b"\0\0\0\x01a"
    assert parse_bundle(encode_bundle(entries)) == entries
    assert parse_bundle(b"") == ()


def test_a_bundle_holds_at_most_256_entries() -> None:
    """As many as a tile has hashes."""
    assert len(parse_bundle(b"\0\0" * 256)) == 256
    with pytest.raises(Malformed) as caught:
        parse_bundle(b"\0\0" * 257)
    assert caught.value.code == "ledger.bundle"


@pytest.mark.parametrize("data", [b"\0", b"\0\x01", b"\0\x02a", b"\0\x01ab"])
def test_a_cut_bundle_is_refused(data: bytes) -> None:
    """An entry that ends after the bundle does, or half a length."""
    with pytest.raises(Malformed) as caught:
        parse_bundle(data)
    assert caught.value.code == "ledger.bundle"


def test_an_entry_has_at_most_65535_bytes() -> None:
    """More than 16 bits of length cannot be written."""
    with pytest.raises(ValueError, match="65,535"):
        encode_bundle([b"x" * 65_536])
