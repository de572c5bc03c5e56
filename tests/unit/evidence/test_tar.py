import io
import tarfile

import pytest

from longbien.evidence import tar
from longbien.evidence.tar import (
    BLOCK,
    FileBegin,
    FileData,
    FileEnd,
    FileSpan,
    TarPlan,
    TarReader,
    encode_header,
    plan_tar,
)
from longbien.primitives.errors import Malformed

FOLDER = "LB-0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f"
MTIME = 1_790_000_000
LONG = "data/E0001/" + "/".join(["d" * 80] * 3)  # with the folder beyond ustar's two fields
FILES = {
    "signatures/tagmanifest-sha256.txt.p7s": b"sig",
    "tagmanifest-sha256.txt": b"t" * 512,
    "bagit.txt": b"",
    "trust/a.pem": b"p" * 513,
    "data/E0002/b": b"b" * 511,
    LONG: b"long",
    "data/E0001/a": b"a" * 1500,
}


def whole(plan: TarPlan, offset: int = 0, length: int | None = None) -> bytes:
    """Return a range of the tar."""
    length = plan.size if length is None else length
    return b"".join(
        piece
        if isinstance(piece, bytes)
        else FILES[piece.path][piece.offset : piece.offset + piece.length]
        for piece in plan.pieces(offset, length)
    )


@pytest.fixture
def plan() -> TarPlan:
    """Return the plan of the files above."""
    return plan_tar(FOLDER, mtime=MTIME, files=((path, len(data)) for path, data in FILES.items()))


def read(data: bytes, step: int = 1 << 20) -> dict[str, bytes]:
    """Read a tar in steps; return the files in the order of their coming."""
    reader = TarReader()
    found: dict[str, bytes] = {}
    path = ""
    for at in range(0, len(data), step):
        for event in reader.feed(data[at : at + step]):
            if isinstance(event, FileBegin):
                assert event.folder == FOLDER
                path = event.path
                found[path] = b""
            elif isinstance(event, FileData):
                found[path] += bytes(event.data)
            else:
                assert isinstance(event, FileEnd)
                path = ""
    reader.finish()
    return found


def test_payload_comes_first_and_signatures_last(plan: TarPlan) -> None:
    """A receiver has everything that was signed before it has the signature."""
    assert [segment.path for segment in plan.segments] == [
        "data/E0001/a",
        LONG,
        "data/E0002/b",
        "bagit.txt",
        "trust/a.pem",
        "tagmanifest-sha256.txt",
        "signatures/tagmanifest-sha256.txt.p7s",
    ]


def test_pythons_tarfile_reads_it(plan: TarPlan) -> None:
    """Names, sizes, times, modes and contents are what another reader finds."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(whole(plan)), mode="r:") as archive:
        for member in archive:
            assert member.isreg()
            assert (member.mode, member.uid, member.gid, member.mtime) == (0o644, 0, 0, MTIME)
            content = archive.extractfile(member)
            assert content is not None
            found[member.name] = content.read()

    assert found == {f"{FOLDER}/{path}": data for path, data in FILES.items()}


def test_any_range_is_named(plan: TarPlan) -> None:
    """A sealer may ask for any range, in any order, and gets what the whole has there."""
    data = whole(plan)

    assert len(data) == plan.size
    assert plan.size == plan.segments[-1].end + 1024
    for offset in range(0, plan.size, 97):
        for length in (0, 1, 511, 512, 513, 3000):
            assert whole(plan, offset, length) == data[offset : offset + length]
    assert whole(plan, plan.size - 1, 10) == b"\0"
    assert whole(plan, plan.size, 10) == b""


def test_an_empty_plan_is_an_empty_tar() -> None:
    """Two empty blocks."""
    plan = plan_tar(FOLDER, mtime=MTIME, files=())

    assert whole(plan) == bytes(1024)


def test_what_has_no_place_in_a_bag_is_not_planned() -> None:
    """Neither a stranger nor a payload name that is not portable."""
    for path in ("readme", "data/E0001/a b"):
        with pytest.raises(Malformed) as caught:
            plan_tar(FOLDER, mtime=MTIME, files=((path, 1),))
        assert caught.value.code == "tar.foreign"


@pytest.mark.parametrize("step", [1, 7, 511, 512, 513, 1 << 20])
def test_pieces_of_any_size_are_read(plan: TarPlan, step: int) -> None:
    """How the bytes arrive changes nothing."""
    assert read(whole(plan), step) == FILES


def test_a_name_uses_the_longest_prefix() -> None:
    """There is one way to write a name into ustar's two fields."""
    path = "data/E0001/" + "a" * 80 + "/" + "b" * 60
    header = encode_header(FOLDER, path, size=1, mtime=MTIME)

    assert len(header) == BLOCK
    assert header[:60] == b"b" * 60
    assert header[345:500].rstrip(b"\0").decode() == f"{FOLDER}/data/E0001/{'a' * 80}"


def test_a_short_name_has_no_prefix() -> None:
    """Up to 100 characters the first field alone holds it."""
    path = "data/E0001/" + "a" * 49

    assert len(f"{FOLDER}/{path}") == 100
    assert encode_header(FOLDER, path, size=1, mtime=MTIME)[:100] == f"{FOLDER}/{path}".encode()
    longer = encode_header(FOLDER, f"{path}a", size=1, mtime=MTIME)
    assert longer[:51] == b"a" * 50 + b"\0"
    assert longer[345:397].rstrip(b"\0") == f"{FOLDER}/data/E0001".encode()


def test_a_long_name_has_a_pax_header() -> None:
    """Its length counts itself (POSIX.1-2017, pax)."""
    header = encode_header(FOLDER, LONG, size=1, mtime=MTIME)
    full = f"{FOLDER}/{LONG}"

    assert len(header) == 3 * BLOCK
    assert header[156:157] == b"x"
    assert header[BLOCK:].startswith(f"{len(full) + 10} path={full}\n".encode())
    assert header[2 * BLOCK : 2 * BLOCK + 100] == full[:100].encode()


def test_a_size_beyond_8_gib_has_a_pax_header() -> None:
    """Eleven octal digits end at 8 GiB - 1."""
    path = "data/E0001/a"
    largest = encode_header(FOLDER, path, size=8**11 - 1, mtime=MTIME)
    larger = encode_header(FOLDER, path, size=8**11, mtime=MTIME)

    assert len(largest) == BLOCK
    assert largest[124:136] == b"77777777777\0"
    assert larger[BLOCK : BLOCK + 19] == b"19 size=8589934592\n"
    assert larger[2 * BLOCK + 124 : 2 * BLOCK + 136] == b"00000000000\0"


@pytest.mark.parametrize("size", [8**11, 2**53 - 1])
def test_a_huge_file_is_read_without_its_bytes(size: int) -> None:
    """Who can read at any place steps over the data."""
    reader = TarReader()
    header = encode_header(FOLDER, "data/E0001/a", size=size, mtime=MTIME)

    (begin,) = reader.feed(header)

    assert begin == FileBegin(folder=FOLDER, path="data/E0001/a", size=size)
    assert reader.skip() == size + (-size % BLOCK)
    assert list(reader.feed(tar.END)) == []
    reader.finish()


def header(path: str = "data/E0001/a", size: int = 0, folder: str = FOLDER) -> bytes:
    """Return one header."""
    return encode_header(folder, path, size=size, mtime=MTIME)


def forged(block: bytes, at: int, value: bytes) -> bytes:
    """Return a header with other bytes and the right checksum."""
    block = block[:at] + value + block[at + len(value) :]
    blank = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(blank) + block[156:]


PAX = encode_header(FOLDER, LONG, size=0, mtime=MTIME)
HUGE = encode_header(FOLDER, "data/E0001/a", size=8**11, mtime=MTIME)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "tar.truncated"),
        (bytes(512), "tar.truncated"),
        (bytes(512) + header(), "tar.header"),
        (bytes(1024) + b"x" * 512, "tar.trailing"),
        (bytes(1536), "tar.trailing"),
        (header(), "tar.truncated"),
        (header()[:511], "tar.truncated"),
        (header(size=1) + b"x", "tar.truncated"),
        (header(size=1) + b"xy" + bytes(510), "tar.padding"),
        (header() + header(), "tar.order"),
        (header("data/E0001/b") + header("data/E0001/a"), "tar.order"),
        (header("bagit.txt") + header("data/E0001/a"), "tar.order"),
        (header("tagmanifest-sha256.txt") + header("bagit.txt"), "tar.order"),
        (header() + header("data/E0001/b", folder=FOLDER.replace("f", "e")), "tar.folder"),
        (header(folder="LB-x"), "layout.folder"),
        (header("x"), "tar.foreign"),
        (header("data/E0001/con"), "tar.foreign"),
        (forged(header(), 0, b"/etc/passwd\0"), "layout.folder"),
        (forged(header(), 156, b"2"), "tar.header"),
        (forged(header(), 156, b"\0"), "tar.header"),
        (forged(header(), 156, b"5"), "tar.header"),
        (forged(header(), 100, b"0000755"), "tar.header"),
        (forged(header(), 108, b"0001750"), "tar.header"),
        (forged(header(), 157, b"target"), "tar.header"),
        (forged(header(), 265, b"root"), "tar.header"),
        (forged(header(), 263, b" "), "tar.header"),
        (forged(header(), 500, b"x"), "tar.header"),
        (forged(header(), 124, b"\x80"), "tar.header"),
        (forged(header(), 124, b"00000000008"), "tar.header"),
        (forged(header(), 135, b" "), "tar.header"),
        (forged(header(), 10, b"\xff"), "tar.header"),
        (header()[:148] + b"000000\0 " + header()[156:], "tar.header"),
        (header() + forged(header("data/E0001/b"), 136, b"00000000000"), "tar.header"),
        (forged(PAX[:512], 124, b"00000002001") + PAX[512:], "tar.header"),
        (forged(PAX[:512], 124, b"00000000000") + PAX[512:], "tar.header"),
        (PAX[:512] + b"x" + PAX[513:], "tar.header"),
        (PAX[:512] + PAX[512:1024].replace(b"path", b"link") + PAX[1024:], "tar.header"),
        (HUGE[:512] + HUGE[512:].replace(b"8589934592", b"85899345x2"), "tar.header"),
        (HUGE[:512] + HUGE[512:].replace(b"size=8589934592", b"size=0000000001"), "tar.header"),
        (HUGE[:512] + HUGE[512:].replace(b"size=8589934592", b"size=         1"), "tar.header"),
    ],
)
def test_what_our_writer_would_not_write_is_refused(data: bytes, code: str) -> None:
    """No links, devices, owners, other times, second names, or any other byte."""
    with pytest.raises(Malformed) as caught:
        read(data)

    assert caught.value.code == code


def test_the_number_of_files_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender cannot fill the disk with names."""
    monkeypatch.setattr(tar, "MAX_ENTRIES", 1)

    assert read(header() + tar.END) == {"data/E0001/a": b""}
    with pytest.raises(Malformed) as caught:
        read(header() + header("data/E0001/b"))
    assert caught.value.code == "tar.too-many"


def test_any_range_is_filled(plan: TarPlan) -> None:
    """Headers and ends come from the plan, the bytes of files from whoever has them."""

    def read(span: FileSpan, out: memoryview) -> None:
        out[:] = b"x" * span.length

    whole = bytearray(plan.size)
    plan.fill(0, memoryview(whole), read)
    part = bytearray(700)
    plan.fill(300, memoryview(part), read)

    named = [
        b"x" * one.length if isinstance(one, FileSpan) else bytes(one)
        for one in plan.pieces(0, plan.size)
    ]
    assert bytes(whole) == b"".join(named)
    assert part == whole[300:1000]
