"""Exhibits go into the vault in one reading, with the hashes that packages will carry."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve

import vault_world as vaults
from longbien.adapters import exhibits as module
from longbien.adapters.exhibits import (
    Bench,
    ExhibitWriter,
    Intake,
    Stored,
    StoredExhibit,
    read_leaves,
    require_room,
    take_in_file,
    take_in_folder,
    upload_notices,
)
from longbien.adapters.sealed_objects import PART, PLAIN_PART, open_object
from longbien.adapters.survey import Rule
from longbien.adapters.vault_local import LocalVault
from longbien.evidence.measure import measure_blocks
from longbien.evidence.package import IngestNotice
from longbien.ledger.tree import EMPTY_ROOT, root_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Unavailable
from longbien.trust.age.identities import recipient_of

LEAF = 2**20
SIZES = [
    0,
    1,
    LEAF,
    LEAF + 1,
    PLAIN_PART - 225,  # with its leaf hashes one byte more than a part
    PLAIN_PART - 224,
    PLAIN_PART - 1,
    PLAIN_PART,
    PLAIN_PART + 1,
    2 * PLAIN_PART,
    2 * PLAIN_PART + 3 * LEAF + 5,
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the vault is."""
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path) -> Iterator[LocalVault]:
    """Return an empty vault."""
    with vaults.local_vault(folder) as made:
        yield made


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return a bench with two threads."""
    with Bench(workers=2) as made:
        yield made


@pytest.fixture
def intake(vault: LocalVault, bench: Bench) -> Intake:
    """Return what takes in for the case."""
    return Intake(vault=vault, recipients=[recipient_of(vaults.CASE)], bench=bench)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return an examiner's folder."""
    folder = tmp_path / "in"
    (folder / "mail").mkdir(parents=True)
    (folder / "disk.dd").write_bytes(vaults.noise(PLAIN_PART + 5))
    (folder / "mail" / "inbox.mbox").write_bytes(b"From a@example\n")
    (folder / "mail" / "empty").write_bytes(b"")
    return folder


def code_of(work: Callable[[], object]) -> str:
    """Return the code of the error that ``work`` ends with."""
    with pytest.raises(LongBienError) as caught:
        work()
    return caught.value.code


def require_good(vault: LocalVault, found: StoredExhibit, data: bytes) -> None:
    """Compare an exhibit with what it was made of, measured by another hand."""
    measured = measure_blocks([data])
    reader = open_object(found.sealed, vault, [vaults.CASE])
    assert (found.size, found.sha256) == (len(data), measured.sha256)
    assert found.tree == root_of(measured.leaves)
    assert read_leaves(reader, size=found.size, tree=found.tree) == measured.leaves
    assert b"".join(map(bytes, reader.blocks(end=len(data)))) == data


# --- bytes that come to us ---------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_is_hashed_sealed_and_kept(
    vault: LocalVault, bench: Bench, size: int
) -> None:
    """Digest, tree, leaves and content, at every edge of parts and leaves."""
    data = vaults.noise(size)

    with vaults.writer(vault, bench) as writer:
        writer.write(data)
        found = writer.finish(b"disk.dd")

    require_good(vault, found, data)
    assert found.original_name == "disk.dd"


@pytest.mark.parametrize("piece", [1000, LEAF, PLAIN_PART, PLAIN_PART + 1])
def test_pieces_of_any_size_make_the_same_exhibit(
    vault: LocalVault, bench: Bench, piece: int
) -> None:
    """A connection gives what it has; the hashes do not depend on it."""
    data = vaults.noise(PLAIN_PART + 3 * LEAF)

    with vaults.writer(vault, bench) as writer:
        for at in range(0, len(data), piece):
            writer.write(memoryview(data)[at : at + piece])
            assert writer.size == min(at + piece, len(data))
        found = writer.finish(b"x")

    require_good(vault, found, data)


def test_nothing_written_is_an_empty_exhibit(vault: LocalVault, bench: Bench) -> None:
    """It has the empty tree, and a sealed object like any other."""
    with vaults.writer(vault, bench) as writer:
        found = writer.finish(b"empty")

    assert found.tree == EMPTY_ROOT
    assert found.sha256 == Digest.of(b"")
    require_good(vault, found, b"")


def test_one_bench_serves_one_exhibit_after_the_other(vault: LocalVault, bench: Bench) -> None:
    """Buffers are used again, also after an exhibit that was given up."""
    for number in range(8):
        data = vaults.noise(2 * PLAIN_PART + number, number)
        with vaults.writer(vault, bench) as writer:
            writer.write(data)
            if number % 2:
                continue  # aborted
            require_good(vault, writer.finish(b"x"), data)


def test_an_aborted_exhibit_leaves_no_object(vault: LocalVault, bench: Bench) -> None:
    """Only whole parts without list, header or key."""
    writer = vaults.writer(vault, bench)
    writer.write(vaults.noise(2 * PLAIN_PART + 1))

    writer.abort()
    writer.abort()

    assert {len(vault.get(digest)) for digest in vault.held()} <= {PART}


def test_a_vault_that_fails_is_heard_of_and_the_bench_goes_on(
    vault: LocalVault, bench: Bench
) -> None:
    """The error leaves while writing or at the end, and no buffer is lost."""

    class Full:
        def put(self, *_part: object) -> None:
            raise Unavailable("vault.no-space", "full", retry=True)

    def write() -> None:
        with ExhibitWriter(Full(), recipients=[recipient_of(vaults.CASE)], bench=bench) as writer:
            writer.write(vaults.noise(9 * PLAIN_PART))
            writer.finish(b"x")

    for _ in range(3):
        assert code_of(write) == "vault.no-space"
    assert bench.plain.qsize() == bench.crew + 2
    assert bench.sealed.qsize() == bench.crew + 1
    require_good(vault, vaults.exhibit(vault, b"x", b"good", bench=bench), b"good")


def test_what_no_object_holds_is_refused_while_it_comes(
    vault: LocalVault, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the end of an endless stream."""

    def too_large(size: int) -> None:
        if size > 2 * LEAF:
            raise Unavailable("sealed.too-large", "test")

    monkeypatch.setattr(module, "require_sealable", too_large)

    with vaults.writer(vault, bench) as writer:
        writer.write(vaults.noise(2 * LEAF - 64))
        assert code_of(lambda: writer.write(b"x")) == "sealed.too-large"


def test_memory_is_bounded_by_the_crew() -> None:
    """However many cores: two parts a thread and three more."""
    with Bench(workers=64) as bench:
        assert bench.crew == 4
        assert bench.plain.qsize() == 6
        assert bench.sealed.qsize() == 5


# --- from a disk -------------------------------------------------------------------------------


def test_a_folder_is_taken_in_file_by_file(vault: LocalVault, intake: Intake, source: Path) -> None:
    """Large and small ones, in the order of their paths."""
    stored = take_in_folder(source, intake)

    assert [one.original for one in stored.exhibits] == [
        b"disk.dd",
        b"mail/empty",
        b"mail/inbox.mbox",
    ]
    for one in stored.exhibits:
        require_good(vault, one, (source / one.original_name).read_bytes())


def test_many_small_files_are_taken_in(vault: LocalVault, intake: Intake, tmp_path: Path) -> None:
    """Several at a time, each as if it were alone."""
    source = tmp_path / "in"
    source.mkdir()
    for number in range(30):
        (source / f"{number:02}.eml").write_bytes(b"%d" % number)
    told: list[int] = []

    stored = take_in_folder(source, evolve(intake, advance=told.append))

    assert [one.original for one in stored.exhibits] == [b"%02d.eml" % n for n in range(30)]
    assert sum(told) == 50
    for number, one in enumerate(stored.exhibits):
        require_good(vault, one, b"%d" % number)


@pytest.mark.parametrize("size", [5, PLAIN_PART, 2 * PLAIN_PART])
def test_one_file_is_taken_in_under_its_name(
    vault: LocalVault, intake: Intake, tmp_path: Path, size: int
) -> None:
    """Nothing else of its folder is looked at."""
    (tmp_path / "neighbour").symlink_to("/nowhere")
    file = tmp_path / "disk.dd"
    file.write_bytes(vaults.noise(size))

    stored = take_in_file(file, intake)

    (one,) = stored.exhibits
    assert one.original == b"disk.dd"
    assert stored.notices == ()
    require_good(vault, one, vaults.noise(size))


def test_oddities_are_answered_as_in_a_survey(intake: Intake, tmp_path: Path) -> None:
    """Links and special files are refused, or left out with a notice; holes are noticed."""
    source = tmp_path / "in"
    source.mkdir()
    with (source / "sparse.dd").open("wb") as file:
        file.truncate(LEAF)
    (source / "link").symlink_to("sparse.dd")
    assert code_of(lambda: take_in_folder(source, intake)) == "ingest.link"
    assert code_of(lambda: take_in_file(source / "link", intake)) == "ingest.link"
    os.mkfifo(source / "pipe")
    assert code_of(lambda: take_in_file(source / "pipe", intake)) == "ingest.special-file"
    assert code_of(lambda: take_in_folder(source, intake, links=Rule.SKIP)) == "ingest.special-file"

    stored = take_in_folder(source, intake, links=Rule.SKIP, special=Rule.SKIP)

    assert {(notice.code, notice.name) for notice in stored.notices} == {
        ("ingest.sparse", "sparse.dd"),
        ("ingest.link-left-out", "link"),
        ("ingest.special-left-out", "pipe"),
    }
    alone = take_in_file(source / "sparse.dd", intake)
    assert alone.notices == (IngestNotice(code="ingest.sparse", name="sparse.dd"),)


def test_a_socket_is_a_special_file(intake: Intake, tmp_path: Path) -> None:
    """It is not opened."""
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))

        assert code_of(lambda: take_in_file(tmp_path / "socket", intake)) == "ingest.special-file"


def test_a_name_that_is_not_text_is_kept_as_it_is(intake: Intake, tmp_path: Path) -> None:
    """Bytes are bytes; the notice says so."""
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.dd"))
    file.write_bytes(b"x")

    stored = take_in_file(file, intake)

    assert stored.exhibits[0].original == b"\xff.dd"
    assert [notice.code for notice in stored.notices] == ["ingest.name-not-utf8"]


@pytest.mark.parametrize("size", [100, 2 * PLAIN_PART])
@pytest.mark.parametrize("change", ["grows", "shrinks", "is written to", "is replaced"])
def test_a_file_that_does_not_keep_still_is_no_exhibit(
    vault: LocalVault, bench: Bench, tmp_path: Path, size: int, change: str
) -> None:
    """Whatever is done to it while it is read; no object is made of it."""
    file = tmp_path / "disk.dd"
    file.write_bytes(vaults.noise(size))
    os.utime(file, ns=(1, 1))

    def disturb(_count: int) -> None:
        if change == "grows":
            with file.open("ab") as out:
                out.write(b"x")
        elif change == "shrinks":
            os.truncate(file, size // 2)
        elif change == "is written to":
            with file.open("r+b") as out:
                out.write(b"x")
        else:
            (tmp_path / "new").write_bytes(vaults.noise(size, 1))
            (tmp_path / "new").rename(file)

    intake = Intake(
        vault=vault, recipients=[recipient_of(vaults.CASE)], bench=bench, advance=disturb
    )

    assert code_of(lambda: take_in_file(file, intake)) == "ingest.changed"
    assert {len(vault.get(digest)) for digest in vault.held()} <= {PART}


def test_a_folder_that_gets_a_file_meanwhile_is_refused(intake: Intake, source: Path) -> None:
    """What was surveyed is what is taken in."""

    def disturb(_count: int) -> None:
        (source / "late.txt").write_text("late")

    work = evolve(intake, advance=disturb)

    assert code_of(lambda: take_in_folder(source, work)) == "ingest.changed"


def test_what_cannot_be_read_is_said(intake: Intake, tmp_path: Path) -> None:
    """A file that is not there, a folder that is not there."""
    assert code_of(lambda: take_in_file(tmp_path / "none", intake)) == "ingest.unreadable"
    assert code_of(lambda: take_in_folder(tmp_path / "none", intake)) == "disk.absent"
    assert code_of(lambda: take_in_file(tmp_path / "none" / "x", intake)) == "disk.absent"


def test_a_folder_without_a_file_is_no_exhibit(intake: Intake, tmp_path: Path) -> None:
    """There is nothing to take in."""
    (tmp_path / "in").mkdir()

    assert code_of(lambda: take_in_folder(tmp_path / "in", intake)) == "ingest.empty"


def test_what_does_not_fit_is_refused_before_it_is_read(
    folder: Path, bench: Bench, source: Path
) -> None:
    """A full disk is found before the work, not after it."""

    def read(_count: int) -> None:
        raise AssertionError

    with vaults.local_vault(folder, spare=2**60) as vault:
        intake = Intake(
            vault=vault, recipients=[recipient_of(vaults.CASE)], bench=bench, advance=read
        )

        assert code_of(lambda: take_in_folder(source, intake)) == "vault.no-space"
        require_room(vault, 0)


def test_a_store_that_cannot_tell_is_tried() -> None:
    """An object store has no known end."""

    class Unknown:
        def free_bytes(self) -> None:
            return None

    require_room(Unknown(), 2**60)


def test_an_upload_has_the_notices_of_its_name() -> None:
    """As if it had lain in a folder."""
    assert upload_notices("disk.dd") == ()
    assert [one.code for one in upload_notices("invoice\u202efdp.exe")] == ["ingest.name-bidi"]
    assert [one.code for one in upload_notices("\udcff")] == ["ingest.name-not-utf8"]


# --- out of the vault --------------------------------------------------------------------------


def test_an_object_that_is_not_the_exhibit_on_record_is_found(
    vault: LocalVault, bench: Bench
) -> None:
    """Another size, another root, another object."""
    found = vaults.exhibit(vault, b"x", vaults.noise(3 * LEAF), bench=bench)
    reader = open_object(found.sealed, vault, [vaults.CASE])
    other = Digest.of(b"other")

    for size, tree in (
        (found.size - 1, found.tree),
        (found.size + 1, found.tree),
        (found.size, other),
        (found.size + 33, found.tree),
    ):
        assert (
            code_of(lambda size=size, tree=tree: read_leaves(reader, size=size, tree=tree))
            == "exhibit.differs"
        )


def test_two_results_are_compared_by_value(vault: LocalVault, bench: Bench) -> None:
    """Frozen facts, fit for an event."""
    one = vaults.exhibit(vault, b"x", b"1", bench=bench)

    assert Stored(exhibits=(one,), notices=()) == Stored(exhibits=(evolve(one),), notices=())
