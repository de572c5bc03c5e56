import functools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import memory_bag
import packing_world as packing
from longbien.adapters.bag_tar import BagTar
from longbien.adapters.opener import MeasuredSource, begin, events_of, find_description, unpack
from longbien.adapters.sealed_files import open_sealed
from longbien.adapters.sealing import seal
from longbien.evidence.hashing import Hasher
from longbien.evidence.measure import measure_blocks
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.source import Measurement
from longbien.evidence.tar import END, plan_tar
from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused, Unavailable
from longbien.trust.age.identities import recipient_of

MIB = 2**20
BIG = "data/E0001/image.dd"
SMALL = "data/E0002/mail/inbox.mbox"


@functools.cache
def files() -> Mapping[str, bytes]:
    """Return a signed package with a file of three chunks, made once."""
    payload = {**memory_bag.PAYLOAD, BIG: bytes(range(251)) * 10_000, SMALL: b"mail" * 9}
    return memory_bag.build(
        memory_bag.changed(payload=payload, recipients=(packing.key_of(packing.ME),))
    )


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Return the package on a disk."""
    folder = tmp_path / f"LB-{memory_bag.PACKAGE_ID}"
    for path, data in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def whole(plaintext: BagTar, step: int = MIB) -> bytes:
    """Read all of it in blocks, from the last to the first."""
    data = bytearray(plaintext.size)
    for offset in reversed(range(0, plaintext.size, step)):
        end = min(offset + step, plaintext.size)
        plaintext.read_into(offset, memoryview(data)[offset:end])
    return bytes(data)


def test_the_tar_is_the_bag(bag: Path, tmp_path: Path) -> None:
    """What is read at any place, unpacked again, is the same bag."""
    with BagTar(bag) as plaintext:
        data = whole(plaintext)
    out = tmp_path / "out"
    out.mkdir()

    name, events = begin(events_of([memoryview(data)]))
    measured = unpack(events, out)

    assert name == bag.name
    assert {path: (out / path).read_bytes() for path in files()} == files()
    assert measured.keys() == {path for path in files() if path.startswith("data/")}
    assert measured[BIG] == measure_blocks([files()[BIG]])


def test_many_threads_read_it_at_once(bag: Path) -> None:
    """Each has descriptors of its own."""
    with BagTar(bag) as plaintext:
        expected = whole(plaintext)
        gate = threading.Barrier(4, timeout=60)

        def read(_number: int) -> bytes:
            gate.wait()
            return whole(plaintext, 10_000)

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(read, range(4))) == {expected}


@pytest.mark.parametrize("step", [MIB, 700_000, 100_001])
def test_rehashing_compares_every_chunk(bag: Path, step: int) -> None:
    """In whatever pieces and order the chunks are read."""
    with BagTar(bag, rehash=True) as plaintext:
        with pytest.raises(Integrity):
            plaintext.require_all_compared()
        assert whole(plaintext, step)
        plaintext.require_all_compared()


def flip(path: Path, at: int) -> None:
    """Change one bit and keep the times: what a failing disk does."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(("path", "at"), [(BIG, 0), (BIG, MIB), (BIG, -1), (SMALL, 3)])
def test_rehashing_finds_a_flipped_bit(bag: Path, path: str, at: int) -> None:
    """In the first chunk, a later one, the short last one, a file of one chunk."""
    flip(bag / path, at)

    with BagTar(bag, rehash=True) as plaintext, pytest.raises(Integrity, match=path) as caught:
        whole(plaintext)

    assert caught.value.code == "seal.differs"


def test_without_rehashing_content_is_believed(bag: Path) -> None:
    """The exhibits were hashed when they were taken in; the receiver hashes them again."""
    flip(bag / BIG, 5)

    with BagTar(bag) as plaintext:
        assert whole(plaintext)
        plaintext.require_all_compared()


def write(path: str, data: bytes) -> Callable[[Path], object]:
    """Return a change."""
    return lambda bag: (bag / path).write_bytes(data)


def remove(path: str) -> Callable[[Path], object]:
    """Return a change."""
    return lambda bag: (bag / path).unlink()


def link(path: str) -> Callable[[Path], object]:
    """Return a change: the file is elsewhere and a link leads to it."""

    def change(bag: Path) -> None:
        (bag / path).rename(bag.parent / "elsewhere")
        (bag / path).symlink_to(bag.parent / "elsewhere")

    return change


CHANGES = {
    "shorter exhibit": (write(SMALL, b"mail"), "seal.differs"),
    "missing exhibit": (remove(SMALL), "seal.differs"),
    "added exhibit": (write("data/E0002/mail/new", b""), "seal.differs"),
    "added stranger": (write("readme.txt", b""), "seal.differs"),
    "linked exhibit": (link(SMALL), "seal.differs"),
    "changed bag-info": (write("bag-info.txt", b"x"), "seal.differs"),
    "changed manifest": (write("manifest-sha256.txt", b""), "seal.differs"),
    "changed leaves": (write("evidence/leaves/1.bin", b""), "seal.differs"),
    "missing tag file": (remove("VERIFY.txt"), "seal.differs"),
    "changed tag manifest": (write("tagmanifest-sha256.txt", b"x\n"), "manifest.line"),
    "no tag manifest": (remove("tagmanifest-sha256.txt"), "seal.not-signed"),
    "no signature": (remove("signatures/tagmanifest-sha256.txt.p7s"), "seal.not-signed"),
    "no second signature": (
        remove("signatures/tagmanifest-sha256.txt.mldsa65"),
        "seal.not-signed",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_what_was_signed_is_not_sent(bag: Path, name: str) -> None:
    """Found before the first byte is sealed."""
    change, code = CHANGES[name]
    change(bag)

    with pytest.raises(LongBienError) as caught:
        BagTar(bag)

    assert caught.value.code == code


def test_a_manifest_that_names_other_digests_is_not_sent(bag: Path) -> None:
    """Also one that the tag manifest covers: a lying signer is found out here already."""
    plan = memory_bag.changed(
        edit=lambda made: made.__setitem__("manifest-sha256.txt", b""),
    )
    for path, data in memory_bag.build(plan).items():
        (bag / path).write_bytes(data)
    (bag / "evidence/leaves/1.bin").unlink()

    with pytest.raises(Integrity, match=r"manifest-sha256\.txt"):
        BagTar(bag)


def test_a_file_that_changes_while_it_is_sealed_is_found(bag: Path) -> None:
    """Its state is looked at again at each read."""
    with BagTar(bag) as plaintext:
        (bag / BIG).write_bytes(files()[BIG])
        with pytest.raises(Integrity, match=BIG):
            whole(plaintext)


def test_a_file_that_ends_early_is_found(bag: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short read is not filled up with zeros."""
    with BagTar(bag) as plaintext:
        monkeypatch.setattr(os, "preadv", lambda *_: 0)
        with pytest.raises(Integrity):
            whole(plaintext)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """A mistyped path is no package."""
    with pytest.raises(Unavailable) as caught:
        BagTar(tmp_path / "none")
    assert caught.value.code == "disk.absent"


def test_an_empty_folder_is_no_package(tmp_path: Path) -> None:
    """Nothing signed, nothing sealed."""
    with pytest.raises(Refused) as caught:
        BagTar(tmp_path)
    assert caught.value.code == "seal.not-signed"


# --- opening -----------------------------------------------------------------------------------


@pytest.fixture
def sealed(bag: Path, tmp_path: Path) -> Path:
    """Return the sealed package."""
    out = tmp_path / "a.tar.age"
    with BagTar(bag) as plaintext:
        seal(plaintext, out, recipients=[recipient_of(packing.ME)])
    return out


def test_a_sealed_package_is_opened_with_two_threads(sealed: Path, tmp_path: Path) -> None:
    """Decrypted, unpacked and measured in one pass; progress counts the files' bytes."""
    out = tmp_path / "out"
    out.mkdir()
    counted: list[int] = []
    with open_sealed(sealed, [packing.ME]) as reader, ThreadPoolExecutor(1) as executor:
        _, events = begin(events_of(reader.blocks()))
        measured = unpack(events, out, executor=executor, advance=counted.append)

    assert {path: (out / path).read_bytes() for path in files()} == files()
    assert measured[BIG] == measure_blocks([files()[BIG]])
    assert sum(counted) == sum(map(len, files().values()))


def test_the_description_is_found_without_reading_the_exhibits(sealed: Path) -> None:
    """Stepping over the data, a few kilobytes are enough."""
    with open_sealed(sealed, [packing.ME]) as reader:
        read: list[int] = []

        class Counting:
            def read_at(self, offset: int, length: int) -> bytes:
                read.append(length)
                return reader.read_at(offset, length)

        found = find_description(Counting())

    assert found.package_id == memory_bag.PACKAGE_ID
    assert sum(read) < 20_000


class Bytes:
    """A plaintext in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes there."""
        return self._data[offset : offset + length]


def test_a_tar_without_a_description_is_said_so() -> None:
    """Nobody guesses whom it is for."""
    plan = plan_tar(f"LB-{memory_bag.PACKAGE_ID}", mtime=0, files=[("bagit.txt", 0)])
    data = b"".join(piece for piece in plan.pieces(0, plan.size) if isinstance(piece, bytes))

    with pytest.raises(Malformed) as caught:
        find_description(Bytes(data))

    assert caught.value.code == "tar.no-description"


def test_a_tar_without_a_file_is_refused() -> None:
    """There is nothing to name a folder after."""
    with pytest.raises(Malformed) as caught:
        begin(events_of([memoryview(END)]))

    assert caught.value.code == "tar.empty"


def test_a_failed_write_waits_for_the_other_thread(
    bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks at a block after it was given back."""
    out = tmp_path / "out"
    out.mkdir()
    with BagTar(bag) as plaintext:
        data = whole(plaintext)
    joined: list[object] = []
    monkeypatch.setattr(Hasher, "join", lambda _self, begun: joined.append(begun))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    _, events = begin(events_of([memoryview(data)]))
    with ThreadPoolExecutor(1) as executor, pytest.raises(Unavailable) as caught:
        unpack(events, out, executor=executor)

    assert caught.value.code == "disk.full"
    assert len(joined) == 1


def test_what_was_measured_is_not_read_again() -> None:
    """The verifier asks; the source remembers, and reads only what it does not know."""
    asked: list[str] = []

    class Source(memory_bag.MemoryBag):
        def measure(self, path: str, *, leaf_size: int) -> Measurement:
            asked.append(path)
            return super().measure(path, leaf_size=leaf_size)

    known = measure_blocks([b"known"])
    source = MeasuredSource(Source({"data/E0001/b": b"b"}), {"data/E0001/a": known})

    assert source.measure("data/E0001/a", leaf_size=LEAF_SIZE) == known
    assert source.measure("data/E0001/b", leaf_size=LEAF_SIZE).size == 1
    assert asked == ["data/E0001/b"]
    with pytest.raises(Unavailable):
        source.measure("data/E0001/a", leaf_size=4096)
    leaves = source.measure_leaves("data/E0001/a", leaf_size=LEAF_SIZE)
    assert (leaves.size, leaves.leaves) == (5, known.leaves)
    assert source.measure_leaves("data/E0001/b", leaf_size=LEAF_SIZE).size == 1
    with pytest.raises(Unavailable):
        source.measure_leaves("data/E0001/a", leaf_size=4096)
    assert source.read("data/E0001/b", limit=1) == b"b"
    assert [entry.path for entry in source.entries()][-1] == "data/E0001/b"


def test_blocks_may_come_in_any_size(bag: Path, tmp_path: Path) -> None:
    """How the decrypted bytes are cut changes nothing."""
    with BagTar(bag) as plaintext:
        data = whole(plaintext)

    def blocks() -> Iterator[memoryview]:
        for at in range(0, len(data), 99_999):
            yield memoryview(data)[at : at + 99_999]

    out = tmp_path / "out"
    out.mkdir()
    measured = unpack(begin(events_of(blocks()))[1], out)

    assert measured[BIG] == measure_blocks([files()[BIG]])
