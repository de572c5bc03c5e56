import errno
import os
import threading
import tracemalloc
from pathlib import Path

import pytest

from longbien.adapters.sealed_files import add_recipients_to, open_sealed
from longbien.adapters.sealing import BLOCK, SealedFile, seal
from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused, Unavailable
from longbien.trust.age.identities import X25519Identity, recipient_of
from longbien.trust.age.stream import CHUNK, SEALED_CHUNK
from sealing_world import IDENTITY, OTHER, names_in, open_descriptors, opened_by, sealed_by

DATA = os.urandom(2 * BLOCK + CHUNK + 321)
NEW = recipient_of(OTHER)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """Give a sealed file of some blocks."""
    sealed_by(tmp_path / "f.age", DATA)
    return tmp_path / "f.age"


def code_at_open(path: Path) -> str:
    """Return the code that opening and reading all ends with."""
    with pytest.raises(LongBienError) as caught:
        opened_by(path)
    return caught.value.code


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        (0, 0),
        (0, 1),
        (0, len(DATA)),
        (1, CHUNK),
        (CHUNK - 1, 2),
        (CHUNK, CHUNK),
        (BLOCK - 5, 10),
        (5, BLOCK),
        (7, 2 * BLOCK),
        (len(DATA) - 1, 1),
        (len(DATA) - 1, 500),
        (len(DATA), 5),
        (len(DATA) + 99, 5),
        (17, -1),
    ],
)
def test_any_range_can_be_read(sealed: Path, offset: int, length: int) -> None:
    """A range gives the bytes of that range, fewer at the end."""
    with open_sealed(sealed, [IDENTITY]) as reader:
        assert reader.read_at(offset, length) == DATA[offset : offset + max(0, length)]


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, len(DATA) + 1), (len(DATA), 1)])
def test_a_range_outside_is_a_bug_of_the_caller(sealed: Path, offset: int, length: int) -> None:
    """read_into promises all bytes, so it takes no range that has fewer."""
    with (
        open_sealed(sealed, [IDENTITY]) as reader,
        pytest.raises(ValueError, match="outside of the plaintext"),
    ):
        reader.read_into(offset, memoryview(bytearray(length)))


def test_a_range_costs_only_its_chunks(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten bytes in the middle read the last chunk once, for the size, and their own chunk."""
    lengths: list[int] = []
    real = os.preadv

    def count(descriptor: int, views: list[memoryview], offset: int) -> int:
        lengths.append(len(views[0]))
        return real(descriptor, views, offset)

    with open_sealed(sealed, [IDENTITY]) as reader:
        monkeypatch.setattr(os, "preadv", count)
        for _ in range(2):
            reader.read_at(BLOCK, 10)

    assert lengths == [321 + 16, SEALED_CHUNK, SEALED_CHUNK]


def test_a_reader_is_a_plaintext(sealed: Path, tmp_path: Path) -> None:
    """A sealed file can be sealed anew for somebody else without a copy in the clear."""
    with open_sealed(sealed, [IDENTITY]) as reader:
        assert reader.size == len(DATA)
        seal(reader, tmp_path / "g.age", recipients=[NEW])

    assert opened_by(tmp_path / "g.age", OTHER) == DATA


def test_a_block_is_valid_until_the_next(sealed: Path) -> None:
    """A block that is kept too long fails loudly; it never shows bytes of another place."""
    with open_sealed(sealed, [IDENTITY]) as reader:
        blocks = reader.blocks()
        first = next(blocks)
        assert bytes(first) == DATA[:BLOCK]
        next(blocks)
        with pytest.raises(ValueError, match="released"):
            bytes(first)
        blocks.close()  # type: ignore[attr-defined] # it is a generator


def test_an_iterator_that_is_left_ends_its_threads(sealed: Path) -> None:
    """Nobody works any more after the iterator was closed."""
    before = threading.active_count()
    with open_sealed(sealed, [IDENTITY]) as reader:
        blocks = reader.blocks(workers=2)
        next(blocks)
        blocks.close()  # type: ignore[attr-defined] # it is a generator

    assert threading.active_count() == before


def test_opening_takes_little_memory(tmp_path: Path) -> None:
    """48 MiB go through the buffers of four blocks in their two forms."""
    sealed_by(tmp_path / "f", bytes(48 * BLOCK))

    with open_sealed(tmp_path / "f", [IDENTITY]) as reader:
        tracemalloc.start()
        try:
            for _block in reader.blocks(workers=2):
                pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert 2 * BLOCK < peak < 9 * BLOCK


@pytest.mark.parametrize(
    ("cut", "code"),
    [
        (1, "age.payload.chunk"),
        (321 + 16, "age.payload.truncated"),
        (321, "age.payload.empty-chunk"),
        (321 + 1, "age.payload.truncated"),
    ],
)
def test_a_cut_file_is_told_before_anything_is_released(sealed: Path, cut: int, code: str) -> None:
    """Asking for the size authenticates the end of the file."""
    os.truncate(sealed, sealed.stat().st_size - cut)

    with open_sealed(sealed, [IDENTITY]) as reader, pytest.raises(Malformed) as caught:
        reader.size  # noqa: B018 - asking is the act

    assert caught.value.code == code
    assert code_at_open(sealed) == code


def test_a_cut_file_that_is_streamed_gives_its_good_part(sealed: Path) -> None:
    """In order, what is authentic is given before the fault is raised."""
    os.truncate(sealed, sealed.stat().st_size - 321 - 16)
    given: list[bytes] = []

    with open_sealed(sealed, [IDENTITY]) as reader, pytest.raises(Malformed) as caught:
        given.extend(bytes(block) for block in reader.blocks())

    assert caught.value.code == "age.payload.truncated"
    assert b"".join(given) == DATA[:-321]


def test_a_file_without_payload_is_told(sealed: Path) -> None:
    """A cut right behind the header, in the nonce, or behind it, has its code."""
    with open_sealed(sealed, [IDENTITY]) as reader:
        size = reader.header.size
    for length, code in (
        (size + 16, "age.payload.truncated"),
        (size + 15, "age.header.nonce"),
        (size, "age.header.nonce"),
        (size - 1, "age.header.truncated"),
        (0, "age.header.version"),
    ):
        os.truncate(sealed, length)
        assert code_at_open(sealed) == code


def test_a_file_that_shrinks_while_it_is_open_is_told(sealed: Path) -> None:
    """The file under the reader was changed: stop."""
    with open_sealed(sealed, [IDENTITY]) as reader:
        os.truncate(sealed, BLOCK)

        with pytest.raises(Integrity) as caught:
            list(reader.blocks())

    assert caught.value.code == "sealed.source-changed"


def test_a_file_that_cannot_be_opened_leaves_no_descriptor(tmp_path: Path) -> None:
    """After a refusal nothing stays open."""
    (tmp_path / "f").write_bytes(b"not an age file")
    before = open_descriptors()

    assert code_at_open(tmp_path / "f") == "age.header.version"
    assert code_at_open(tmp_path / "none") == "sealed.read-failed"

    assert open_descriptors() == before


@pytest.mark.parametrize("data", [b"", DATA], ids=["empty", "some blocks"])
def test_a_recipient_is_added_by_the_header_alone(tmp_path: Path, data: bytes) -> None:
    """The payload stays byte for byte; old and new keys open the new file; the old one stays."""
    old_result = sealed_by(tmp_path / "old", data)
    told: list[int] = []

    result = add_recipients_to(
        tmp_path / "old",
        tmp_path / "new",
        identities=[IDENTITY],
        recipients=[NEW],
        advance=told.append,
    )

    old, new = (tmp_path / "old").read_bytes(), (tmp_path / "new").read_bytes()
    assert new[result.header_size :] == old[old_result.header_size :]
    assert result == SealedFile(
        size=len(new), header_size=result.header_size, plaintext_size=len(data)
    )
    assert sum(told) == len(new) - result.header_size
    assert opened_by(tmp_path / "new") == opened_by(tmp_path / "new", OTHER) == data
    with pytest.raises(Refused):
        opened_by(tmp_path / "old", OTHER)


@pytest.mark.parametrize("number", [errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_system_cannot_copy_we_do(
    sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Between file systems the payload is copied by hand, to the same bytes."""

    def fail(*_arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", fail)
    add_recipients_to(sealed, tmp_path / "new", identities=[IDENTITY], recipients=[NEW])

    assert opened_by(tmp_path / "new", OTHER) == DATA


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "sealed.no-space"), (errno.EIO, "sealed.write-failed")]
)
def test_a_full_disk_ends_the_copy(
    sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    """An error of the disk is not taken for a system that cannot copy."""

    def fail(*_arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", fail)
    with pytest.raises(Unavailable) as caught:
        add_recipients_to(sealed, tmp_path / "new", identities=[IDENTITY], recipients=[NEW])

    assert caught.value.code == code
    assert names_in(tmp_path) == {"f.age"}


def test_nothing_is_added_to_a_cut_file(sealed: Path, tmp_path: Path) -> None:
    """A payload that is not complete is not passed on."""
    os.truncate(sealed, sealed.stat().st_size - 1)

    with pytest.raises(Malformed) as caught:
        add_recipients_to(sealed, tmp_path / "new", identities=[IDENTITY], recipients=[NEW])

    assert caught.value.code == "age.payload.chunk"
    assert names_in(tmp_path) == {"f.age"}


def test_the_rules_for_recipients_hold_when_adding(sealed: Path, tmp_path: Path) -> None:
    """A classical recipient is not added to a post-quantum file; nobody's key adds anybody."""
    for identity, recipient, code in (
        (IDENTITY, recipient_of(X25519Identity(bytes(32))), "age.recipients.mixed"),
        (OTHER, NEW, "age.no-match"),
    ):
        with pytest.raises(Refused) as caught:
            add_recipients_to(
                sealed, tmp_path / "new", identities=[identity], recipients=[recipient]
            )
        assert caught.value.code == code
    assert names_in(tmp_path) == {"f.age"}


def test_adding_refuses_to_overwrite(sealed: Path) -> None:
    """The output is a new object; to take the place of the old one must be asked for."""
    with pytest.raises(Refused) as caught:
        add_recipients_to(sealed, sealed, identities=[IDENTITY], recipients=[NEW])
    assert caught.value.code == "sealed.exists"

    add_recipients_to(sealed, sealed, identities=[IDENTITY], recipients=[NEW], replace=True)

    assert opened_by(sealed, OTHER) == DATA
