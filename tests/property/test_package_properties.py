import os
from collections.abc import Callable
from datetime import date
from random import Random

import hypothesis.strategies as st
from attrs import evolve
from hypothesis import given

import memory_bag
from longbien.evidence.custody import encode_events, parse_events
from longbien.evidence.manifests import (
    BagInfo,
    ExhibitTree,
    ManifestLine,
    encode_bag_info,
    encode_manifest,
    parse_bag_info,
    parse_payload_manifest,
    parse_tag_manifest,
)
from longbien.evidence.measure import measure_blocks
from longbien.evidence.names import (
    MAX_PART,
    assign_paths,
    find_clash,
    is_payload_path,
    name_notices,
    portable_names,
    visible,
)
from longbien.evidence.package import IngestNotice, UseLimit, UseLimitKind
from longbien.evidence.tar import (
    FileBegin,
    FileData,
    FileSpan,
    TarReader,
    plan_tar,
)
from longbien.evidence.wire import canonical, encode_package, parse_file_record, parse_package
from longbien.ledger.tree import leaf_hash
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed

PACKAGE = memory_bag.describe(memory_bag.Plan())
GOOD = memory_bag.good()

_NO_NUL_NO_SLASH = bytes.maketrans(b"\0/", b"?!")
# what a disk may hold: any bytes but NUL and the slash, and not the two names of folders
_raw = st.binary(min_size=1, max_size=40).map(
    lambda raw: raw.replace(b"\0", b"?").replace(b"/", b"!")
)
_odd = st.sampled_from(
    [
        *("con", "CON.txt", "a", "A", "a.", "-x", ".x", "a b", "a_b", "x" * 90),
        *("\u00e9", "e\u0301", "\u202ex"),
    ]
).map(os.fsencode)
parts = st.one_of(_raw, _odd).filter(lambda raw: raw not in {b".", b".."})
paths = st.lists(parts, min_size=1, max_size=5).map(b"/".join)


def _free_of_folders(found: list[bytes]) -> list[bytes]:
    """Drop every path that is a folder of another: no disk has both."""
    folders = {path[:at] for path in found for at in range(len(path)) if path[at : at + 1] == b"/"}
    return [path for path in found if path not in folders]


folders = st.lists(paths, min_size=1, max_size=25, unique=True).map(_free_of_folders)
safe = st.text(st.sampled_from("abcXYZ019._-"), min_size=1, max_size=30)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
digests = st.binary(min_size=32, max_size=32).map(Digest)
payload_paths = folders.map(assign_paths)


@given(folders)
def test_names_are_mapped_one_to_one(found: list[bytes]) -> None:
    """Whatever the names: portable, all different in any case, none the folder of another."""
    mapped = assign_paths(found)

    assert len(set(mapped)) == len(found)
    assert all(map(is_payload_path, mapped))
    assert find_clash(sorted(mapped)) is None


@given(folders, st.randoms(use_true_random=False))
def test_the_mapping_depends_on_the_set_alone(found: list[bytes], random: Random) -> None:
    """Not on the order in which a disk names its files."""
    shuffled = random.sample(found, len(found))

    assert dict(zip(found, assign_paths(found), strict=True)) == dict(
        zip(shuffled, assign_paths(shuffled), strict=True)
    )


@given(st.lists(parts, min_size=1, max_size=20, unique=True))
def test_a_portable_name_stays(names: list[bytes]) -> None:
    """Who has good names keeps them; who has not gets one of at most 80 characters."""
    mapped = portable_names(names)

    assert mapped.keys() == set(names)
    assert len({one.lower() for one in mapped.values()}) == len(names)
    assert all(1 <= len(one) <= MAX_PART for one in mapped.values())


@given(st.lists(parts, max_size=20, unique=True))
def test_notices_name_what_is_there(names: list[bytes]) -> None:
    """Each notice is about one of the names."""
    for code, name in name_notices(names):
        assert code.startswith("ingest.name-")
        assert name in names


@given(st.text())
def test_what_is_shown_is_seen(text: str) -> None:
    """No control, format or separator character is left, and different names look different."""
    shown = visible(text)

    assert shown.isprintable() or any(char.isspace() for char in shown)
    assert "\n" not in shown
    assert "\u202e" not in shown


@given(st.binary(max_size=3000), st.lists(st.integers(1, 700), max_size=20), st.integers(1, 400))
def test_blocks_of_any_length_measure_the_same(data: bytes, cuts: list[int], leaf: int) -> None:
    """However a file is cut."""
    blocks, at = [], 0
    for cut in cuts:
        blocks.append(data[at : at + cut])
        at += cut
    blocks.append(data[at:])

    found = measure_blocks(blocks, leaf_size=leaf)

    assert found == measure_blocks([data], leaf_size=leaf)
    assert found.sha256 == Digest.of(data)
    assert found.leaves == b"".join(
        leaf_hash(data[start : start + leaf]) for start in range(0, len(data), leaf)
    )


@given(payload_paths, st.data())
def test_a_manifest_is_read_as_it_was_written(found: tuple[str, ...], data: st.DataObject) -> None:
    """Sorted, whatever order it was given in."""
    lines = [ManifestLine(path=path, sha256=data.draw(digests)) for path in found]

    assert parse_payload_manifest(encode_manifest(lines)) == tuple(
        sorted(lines, key=lambda line: line.path)
    )


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=50),
    st.dates(min_value=date(1000, 1, 1)),
    st.booleans(),
    st.integers(0, 10**15),
)
def test_bag_info_is_read_as_it_was_written(
    software: str,
    bagged_on: date,
    exercise: bool,  # noqa: FBT001 - hypothesis fills it
    count: int,
) -> None:
    """Every value that its fields can have."""
    info = BagInfo(
        software=software,
        bagged_on=bagged_on,
        request=PACKAGE.request,
        package_id=PACKAGE.package_id,
        exercise=exercise,
        exhibit_tree=ExhibitTree(count=count, root=Digest.of(b"")),
        head=Digest.of(b"h"),
        payload_bytes=count,
        payload_files=count,
    )

    assert parse_bag_info(encode_bag_info(info)) == info


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4), texts)
def test_a_description_is_read_as_it_was_written(
    basis: list[str], limits: list[str], by: str
) -> None:
    """Any text in any language, and always canonical JSON."""
    package = evolve(
        PACKAGE,
        legal_basis=tuple(basis),
        use_limits=tuple(UseLimit(kind=UseLimitKind.OTHER, text=text) for text in limits),
        created_by=by,
        notices=tuple(IngestNotice(code="ingest.sparse", name=text) for text in limits),
    )
    data = encode_package(package)

    assert parse_package(data) == package


_json = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), texts, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.sampled_from("abc_xyz"), max_size=5), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(_json)
def test_the_quick_encoder_is_rfc_8785(value: object) -> None:
    """For ASCII keys and whole numbers both encoders write the same bytes."""
    assert canonical(value) == encode_json(value)


@given(payload_paths, st.data())
def test_a_tar_is_read_as_it_was_laid_out(found: tuple[str, ...], data: st.DataObject) -> None:
    """Any names and sizes, written in any ranges, read in any pieces."""
    contents = {path: data.draw(st.binary(max_size=1200)) for path in (*found, "bagit.txt")}
    folder = f"LB-{PACKAGE.package_id}"
    plan = plan_tar(
        folder,
        mtime=data.draw(st.integers(0, 8**11 - 1)),
        files=((path, len(content)) for path, content in contents.items()),
    )
    step = data.draw(st.integers(1, 3000))
    reader, got, path = TarReader(), dict[str, bytes](), ""
    for offset in range(0, plan.size, step):
        block = b"".join(
            contents[piece.path][piece.offset : piece.offset + piece.length]
            if isinstance(piece, FileSpan)
            else piece
            for piece in plan.pieces(offset, step)
        )
        for event in reader.feed(block):
            if isinstance(event, FileBegin):
                path = event.path
                got[path] = b""
            elif isinstance(event, FileData):
                got[path] += bytes(event.data)
    reader.finish()

    assert got == contents


def _read_tar(data: bytes) -> None:
    reader = TarReader()
    for _ in reader.feed(data):
        pass
    reader.finish()


def _read_record(data: bytes) -> None:
    parse_file_record(data.decode("latin-1"))


PARSERS: tuple[tuple[Callable[[bytes], object], bytes], ...] = (
    (parse_package, GOOD["evidence/package.json"]),
    (parse_events, GOOD["custody/events.jsonl"]),
    (parse_payload_manifest, GOOD["manifest-sha256.txt"]),
    (parse_tag_manifest, GOOD["tagmanifest-sha256.txt"]),
    (parse_bag_info, GOOD["bag-info.txt"]),
    (_read_record, b"{}"),
    (
        _read_tar,
        b"".join(
            piece
            for plan in [plan_tar(f"LB-{PACKAGE.package_id}", mtime=7, files=[("bagit.txt", 0)])]
            for piece in plan.pieces(0, plan.size)
            if isinstance(piece, bytes)
        ),
    ),
)


@given(st.sampled_from(PARSERS), st.data())
def test_only_malformed_leaves(
    parser: tuple[Callable[[bytes], object], bytes], data: st.DataObject
) -> None:
    """Any bytes, and any piece of good bytes put in place of another."""
    parse, good = parser
    if data.draw(st.booleans()):
        raw = data.draw(st.binary(max_size=600))
    else:
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(good))] * 2)))
        raw = good[:start] + data.draw(st.binary(max_size=30)) + good[end:]
    try:
        parse(raw)
    except Malformed:
        return


@given(st.sampled_from(PARSERS[:5]), st.data())
def test_no_changed_byte_is_read_as_the_same(
    parser: tuple[Callable[[bytes], object], bytes], data: st.DataObject
) -> None:
    """There is one way to write each file: other bytes are refused, or mean something else."""
    parse, good = parser
    at = data.draw(st.integers(0, len(good) - 1))
    raw = good[:at] + bytes([good[at] ^ (1 << data.draw(st.integers(0, 7)))]) + good[at + 1 :]
    try:
        found = parse(raw)
    except Malformed:
        return

    assert found != parse(good)


def test_the_events_are_written_as_they_were_read() -> None:
    """Reading and writing is the identity on bytes."""
    data = GOOD["custody/events.jsonl"]

    assert encode_events(parse_events(data)) == data
