import pytest
from attrs import evolve

from channel_world import IL, VN, sealed_of
from longbien.channel import transfer
from longbien.channel.transfer import (
    MAX_MISSING,
    MAX_OBJECT,
    MAX_PARTS,
    MAX_RANGES,
    PART_SIZE,
    Missing,
    SealedObject,
    encode_missing,
    encode_parts_list,
    encode_sealed_object,
    encode_window,
    indices_of,
    list_size,
    missing_of,
    parse_missing,
    parse_parts_list,
    parse_sealed_object,
    parse_window,
    require_announced_to,
    require_digest,
    require_header_size,
    require_list_size,
    require_part_size,
    require_room,
)
from longbien.desk import ports
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused, Unavailable

PARTS = (b"a" * 64, b"b" * 64, b"c" * 10)
SEALED = sealed_of(PARTS)
LIST = encode_parts_list(Digest.of(part) for part in PARTS)


def test_the_ports_show_the_same_class() -> None:
    """Whoever asks the desk's ports for a sealed object gets this one."""
    assert ports.SealedObject is SealedObject


def test_a_sealed_object_comes_back_as_it_was() -> None:
    """What an announcement says is read."""
    value = encode_sealed_object(SEALED)

    assert parse_sealed_object(value) == SEALED
    assert value == {
        "header": SEALED.header.hex,
        "header_size": 6,
        "part_count": 3,
        "part_size": 64,
        "parts_list": SEALED.parts_list.hex,
        "size": 144,
    }


def test_the_largest_object_is_accepted() -> None:
    """Five tebibytes, sealed, in parts of 8 MiB, fit within every limit."""
    payload = MAX_OBJECT - 131072
    largest = evolve(
        SEALED,
        header_size=131072,
        size=MAX_OBJECT,
        part_size=PART_SIZE,
        part_count=-(-payload // PART_SIZE),
    )

    assert parse_sealed_object(encode_sealed_object(largest)) == largest
    assert largest.part_count < MAX_PARTS
    assert (
        largest.length_of(largest.part_count - 1) + PART_SIZE * (largest.part_count - 1) == payload
    )
    assert MAX_OBJECT > 5 * 2**40


@pytest.mark.parametrize(
    "changes",
    [
        {"part_count": 2},
        {"part_count": 4},
        {"size": 6 + 15, "part_count": 1},
        {"size": 6 + 129 + 64},
        {"size": 6 + 128},
        {"part_size": PART_SIZE + 1, "part_count": 1},
        {"header_size": 131073, "size": 131073 + 138},
        {"size": MAX_OBJECT + 1, "part_size": PART_SIZE, "part_count": 655_521},
        {"size": 6 + MAX_PARTS + 1, "part_size": 1, "part_count": MAX_PARTS + 1},
    ],
)
def test_sizes_must_make_one_file(changes: dict[str, int]) -> None:
    """Numbers that contradict each other, or the limits, are refused."""
    with pytest.raises(Malformed) as caught:
        parse_sealed_object(encode_sealed_object(evolve(SEALED, **changes)))

    assert caught.value.code == "transfer.sealed-sizes"


def test_sizes_at_their_limits_are_accepted() -> None:
    """The payload of an empty file; the most parts; full last part."""
    for changes in (
        {"size": 6 + 16, "part_count": 1},
        {"size": 6 + MAX_PARTS, "part_size": 1, "part_count": MAX_PARTS},
        {"size": 6 + 192},
        {"header_size": 131072, "size": 131072 + 138},
    ):
        sealed = evolve(SEALED, **changes)
        assert parse_sealed_object(encode_sealed_object(sealed)) == sealed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("header", "x"),
        ("header", None),
        ("parts_list", "A" * 64),
        ("size", 0),
        ("size", -1),
        ("size", "144"),
        ("size", True),
        ("part_count", None),
        ("more", 1),
    ],
)
def test_a_sealed_object_has_its_form(field: str, value: object) -> None:
    """Two digests and four numbers above zero, nothing else."""
    with pytest.raises(Malformed) as caught:
        parse_sealed_object({**encode_sealed_object(SEALED), field: value})
    assert caught.value.code == "transfer.sealed-form"
    with pytest.raises(Malformed):
        parse_sealed_object([])


def test_the_length_of_each_part() -> None:
    """All parts but the last are full."""
    assert [SEALED.length_of(index) for index in range(3)] == [64, 64, 10]
    for index in (-1, 3):
        with pytest.raises(ValueError, match="of 3"):
            SEALED.length_of(index)


def test_the_list_of_parts_is_the_announced_one() -> None:
    """Size and digest are those that were signed."""
    assert list_size(SEALED) == 96
    assert parse_parts_list(LIST, sealed=SEALED) == tuple(Digest.of(part) for part in PARTS)
    assert parse_parts_list(memoryview(LIST), sealed=SEALED)[0] == Digest.of(PARTS[0])
    with pytest.raises(Malformed) as caught:
        parse_parts_list(LIST[:-1], sealed=SEALED)
    assert caught.value.code == "transfer.list-size"
    with pytest.raises(Malformed) as caught:
        parse_parts_list(LIST[32:] + LIST[:32], sealed=SEALED)
    assert caught.value.code == "transfer.list-digest"


def test_nobody_learns_of_the_transfers_of_others() -> None:
    """Unknown and another State's are refused alike."""
    require_announced_to(IL.code, peer=IL.code)
    for announced in (None, VN.code):
        with pytest.raises(Refused) as caught:
            require_announced_to(announced, peer=IL.code)
        assert caught.value.code == "transfer.unknown"
        assert caught.value.facts == {}


def test_a_body_has_the_announced_length() -> None:
    """Header, list and parts are judged before they are read."""
    require_header_size(SEALED, length=6)
    require_list_size(SEALED, length=96)
    require_part_size(SEALED, index=0, length=64)
    require_part_size(SEALED, index=2, length=10)
    for refuse in (
        lambda: require_header_size(SEALED, length=7),
        lambda: require_list_size(SEALED, length=95),
        lambda: require_part_size(SEALED, index=2, length=64),
        lambda: require_part_size(SEALED, index=1, length=0),
    ):
        with pytest.raises(Refused) as caught:
            refuse()
        assert caught.value.code == "transfer.size"


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_such_part(index: int) -> None:
    """An index outside of the object is refused."""
    with pytest.raises(Refused) as caught:
        require_part_size(SEALED, index=index, length=64)

    assert caught.value.code == "transfer.index"


def test_the_bytes_are_the_announced_ones() -> None:
    """Another digest is refused."""
    require_digest(Digest.of(b"x"), expected=Digest.of(b"x"))
    with pytest.raises(Malformed) as caught:
        require_digest(Digest.of(b"x"), expected=Digest.of(b"y"))
    assert caught.value.code == "transfer.part-digest"


def test_there_must_be_room() -> None:
    """Object, list and reserve must fit; where nobody can tell, it is tried."""
    require_room(SEALED, free_bytes=None, reserve=10**9)
    require_room(SEALED, free_bytes=144 + 96 + 5, reserve=5)
    with pytest.raises(Unavailable) as caught:
        require_room(SEALED, free_bytes=144 + 96 + 4, reserve=5)
    assert caught.value.code == "transfer.no-room"
    assert caught.value.retry


# --- what is missing ---


def large(count: int) -> SealedObject:
    """Return an object of that many parts of one byte."""
    return evolve(SEALED, part_size=1, part_count=count, size=6 + count)


def test_missing_parts_are_told_in_runs() -> None:
    """Neighbours make one run."""
    found = missing_of([0, 1, 2, 5, 7, 8], header=False, parts_list=False, first=0, last=9)

    assert found == Missing(
        header=False, parts_list=False, ranges=((0, 2), (5, 5), (7, 8)), through=9
    )
    assert list(indices_of(found.ranges)) == [0, 1, 2, 5, 7, 8]


def test_without_the_list_everything_is_missing() -> None:
    """No part can be accepted before its digest is known."""
    found = missing_of([], header=True, parts_list=True, first=2, last=9)

    assert found == Missing(header=True, parts_list=True, ranges=((2, 9),), through=9)


def test_too_many_gaps_are_told_in_pieces() -> None:
    """After the last run that fits the answer says how far it goes."""
    every_second = range(0, 4 * MAX_RANGES, 2)

    found = missing_of(every_second, header=False, parts_list=False, first=0, last=9999)

    assert len(found.ranges) == MAX_RANGES
    assert found.through == 2 * MAX_RANGES - 2
    full = missing_of(
        range(0, 2 * MAX_RANGES, 2), header=False, parts_list=False, first=0, last=9999
    )
    assert full.through == 9999


def test_when_nothing_is_missing() -> None:
    """Header, list and all parts up to the last one."""
    done = Missing(header=False, parts_list=False, ranges=(), through=2)

    assert done.is_complete(SEALED)
    assert not evolve(done, header=True).is_complete(SEALED)
    assert not evolve(done, parts_list=True).is_complete(SEALED)
    assert not evolve(done, ranges=((0, 0),)).is_complete(SEALED)
    assert not evolve(done, through=1).is_complete(SEALED)


def test_what_is_missing_comes_back_as_it_was() -> None:
    """The largest answer fits into its limit."""
    sealed = large(700_000)
    most = Missing(
        header=True,
        parts_list=False,
        ranges=tuple((699_999 - 4 * n, 699_999 - 4 * n + 1) for n in range(1024, 0, -1)),
        through=699_999,
    )
    data = encode_missing(most)

    assert len(data) < MAX_MISSING
    assert parse_missing(data, sealed=sealed) == most
    small = missing_of([1], header=False, parts_list=False, first=0, last=2)
    assert encode_missing(small) == (b'{"header":false,"list":false,"missing":[[1,1]],"through":2}')


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b'{"header":false,"list":false,"missing":[]}',
        b'{"header":0,"list":false,"missing":[],"through":2}',
        b'{"header":false,"list":0,"missing":[],"through":2}',
        b'{"header":false,"list":false,"missing":{},"through":2}',
        b'{"header":false,"list":false,"missing":[1],"through":2}',
        b'{"header":false,"list":false,"missing":[[1]],"through":2}',
        b'{"header":false,"list":false,"missing":[[0,3]],"through":2}',
        b'{"header":false,"list":false,"missing":[[1,0]],"through":2}',
        b'{"header":false,"list":false,"missing":[[0,0],[1,1]],"through":2}',
        b'{"header":false,"list":false,"missing":[[2,2],[0,0]],"through":2}',
        b'{"header":false,"list":false,"missing":[[2,2]],"through":1}',
        b'{"header":false,"list":false,"missing":[],"through":3}',
        b'{"header":false,"list":false,"missing":[],"through":true}',
        b'{"header":false,"list":false,"missing":[],"through":-1}',
    ],
)
def test_what_is_missing_has_its_form(data: bytes) -> None:
    """Ascending runs with gaps between them, within the object and the answer."""
    with pytest.raises(Malformed) as caught:
        parse_missing(data, sealed=SEALED)

    assert caught.value.code == "transfer.missing-form"


def test_the_number_of_runs_is_bounded() -> None:
    """An answer with more runs is refused."""
    runs = ",".join(f"[{n},{n}]" for n in range(0, 2 * MAX_RANGES + 2, 2))
    data = f'{{"header":false,"list":false,"missing":[{runs}],"through":9999}}'.encode()

    with pytest.raises(Malformed) as caught:
        parse_missing(data, sealed=large(10_000))

    assert caught.value.code == "transfer.missing-form"


def test_a_window_may_be_asked_for() -> None:
    """An empty body asks for everything."""
    assert parse_window(b"", sealed=SEALED) == (0, 2)
    assert parse_window(encode_window(first=1, last=2), sealed=SEALED) == (1, 2)
    assert encode_window(first=1, last=1) == b'{"first":1,"last":1}'
    assert parse_window(encode_window(first=1, last=1), sealed=SEALED) == (1, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b'{"first":0}',
        b'{"first":2,"last":1}',
        b'{"first":0,"last":3}',
        b'{"first":0,"last":"1"}',
    ],
)
def test_a_window_has_its_form(data: bytes) -> None:
    """First and last are parts of the object, in order."""
    with pytest.raises(Malformed) as caught:
        parse_window(data, sealed=SEALED)

    assert caught.value.code == "transfer.missing-form"


def test_the_limits_are_the_documented_ones() -> None:
    """8 MiB a part, 24 MiB a list."""
    assert transfer.PART_SIZE == 8_388_608
    assert transfer.MAX_PARTS_LIST == 25_165_824
    assert transfer.MAX_PARTS == 786_432
