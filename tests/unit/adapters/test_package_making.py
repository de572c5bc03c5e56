"""Packages out of the vault: described without reading, sealed without a disk, judged in place."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

import memory_bag
import packing_world as packing
import vault_world as vaults
from longbien.adapters import package_making
from longbien.adapters.exhibits import Bench, StoredExhibit
from longbien.adapters.export import WrittenBag, export_bag, export_sealed
from longbien.adapters.package_making import (
    PackageDraft,
    SealedPackage,
    custody_events,
    describe_package,
    package_salt,
    require_as_logged,
    stored_exhibits,
)
from longbien.adapters.sealed_bag import SealedBag
from longbien.adapters.sealed_files import open_sealed
from longbien.adapters.sealed_objects import (
    PLAIN_PART,
    MemoryPlaintext,
    open_object,
    seal_object,
)
from longbien.adapters.vault_local import LocalVault
from longbien.casework.events import Exhibit
from longbien.cli._bag_folder import BagFolder
from longbien.evidence.custody import encode_event
from longbien.evidence.package import IngestNotice
from longbien.evidence.source import EntryKind
from longbien.evidence.wire import encode_package, parse_package
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Unavailable
from longbien.primitives.ids import PackageId
from longbien.primitives.verdict import Outcome
from longbien.trust.age.identities import recipient_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the vault is, for all tests here: they change nothing in it."""
    return tmp_path_factory.mktemp("package") / "vault"


@pytest.fixture(scope="module")
def vault(folder: Path) -> Iterator[LocalVault]:
    """Return the vault."""
    with vaults.local_vault(folder) as made:
        yield made


CONTENT = {
    b"image.dd": vaults.noise(PLAIN_PART + 3_000_001),
    b"mail/inbox.mbox": b"From a@example\n",
    b"mail/empty": b"",
    b"two leaves.bin": vaults.noise(2**20 + 1, 1),
}


@pytest.fixture(scope="module")
def exhibits(vault: LocalVault) -> tuple[StoredExhibit, ...]:
    """Return exhibits of several sizes."""
    with Bench(workers=1) as bench:
        found = []
        for name, content in CONTENT.items():
            with vaults.writer(vault, bench) as writer:
                writer.write(content)
                found.append(writer.finish(name))
        return tuple(found)


@pytest.fixture(scope="module")
def draft(vault: LocalVault, exhibits: tuple[StoredExhibit, ...]) -> PackageDraft:
    """Return the package of them, described."""
    return vaults.draft_of(vault, exhibits)


@pytest.fixture(scope="module")
def package(vault: LocalVault, draft: PackageDraft) -> SealedPackage:
    """Return the package, sealed."""
    return vaults.packed_into(vault, draft)


def code_of(work: Callable[[], object]) -> str:
    """Return the code of the error that ``work`` ends with."""
    with pytest.raises(LongBienError) as caught:
        work()
    return caught.value.code


# --- describing --------------------------------------------------------------------------------


def test_a_description_carries_the_hashes_of_ingest(
    draft: PackageDraft, exhibits: tuple[StoredExhibit, ...]
) -> None:
    """Sizes, digests and roots are those on record, under portable paths."""
    files = {file.original_name: file for file in draft.package.files}

    assert len(files) == len(exhibits)
    for exhibit in exhibits:
        file = files[exhibit.original_name]
        assert (file.size, file.sha256, file.tree.root) == (
            exhibit.size,
            exhibit.sha256,
            exhibit.tree,
        )
        assert draft.exhibits[file.path] == exhibit
    assert parse_package(encode_package(draft.package)) == draft.package


def test_describing_reads_no_content(vault: LocalVault, folder: Path, tmp_path: Path) -> None:
    """Of a large exhibit only the last part, which holds its leaf hashes."""
    big = vaults.exhibit(vault, b"big.dd", vaults.noise(3 * PLAIN_PART, 5))
    first, *_ = vaults.digests_of(vault, big.sealed)
    vaults.place(folder, first).rename(tmp_path / "away")

    made = vaults.draft_of(vault, [big])

    (tmp_path / "away").rename(vaults.place(folder, first))
    assert made.package.files[0].sha256 == big.sha256


def test_describing_again_makes_the_same_bytes(
    vault: LocalVault, draft: PackageDraft, exhibits: tuple[StoredExhibit, ...]
) -> None:
    """A worker that was killed in between goes on; the order of the exhibits does not matter."""
    again = vaults.draft_of(vault, list(reversed(exhibits)))

    assert again.described.files == draft.described.files


def test_a_salt_belongs_to_one_case_and_one_package() -> None:
    """The same when asked again, another for anything else."""
    other = PackageId("00000000-0000-4000-8000-000000000000")
    salts = {
        package_salt(vaults.CASE, packing.ID),
        package_salt(vaults.CASE, other),
        package_salt(vaults.STRANGER, packing.ID),
        package_salt(vaults.CASE, packing.ID),
    }

    assert len(salts) == 3
    assert {len(salt) for salt in salts} == {32}


def test_a_package_without_exhibit_is_refused(vault: LocalVault) -> None:
    """Nothing was released."""
    assert code_of(lambda: vaults.draft_of(vault, [])) == "package.no-exhibit"


def test_facts_that_no_reader_accepts_are_refused_first(vault: LocalVault) -> None:
    """Before any exhibit is opened."""
    assert code_of(lambda: vaults.draft_of(vault, [], created_by="")) == "package.field"


def test_an_exhibit_that_is_not_on_record_is_not_described(
    vault: LocalVault, exhibits: tuple[StoredExhibit, ...]
) -> None:
    """Its object holds something else."""
    wrong = evolve(exhibits[0], tree=Digest.of(b"other"))

    assert code_of(lambda: vaults.draft_of(vault, [wrong])) == "exhibit.differs"


def test_notices_of_the_ingest_are_carried(
    vault: LocalVault, exhibits: tuple[StoredExhibit, ...]
) -> None:
    """What was odd is said in the package."""
    notice = IngestNotice(code="ingest.sparse", name="image.dd")

    made = describe_package(
        packing.head(),
        exhibits,
        salt=bytes(32),
        vault=vault,
        identities=[vaults.CASE],
        notices=(notice,),
    )

    assert made.package.notices == (notice,)


def test_digests_inside_images_are_said_not_to_be_checked(vault: LocalVault) -> None:
    """The library for them reads a disk only, and plaintext touches none."""
    image = vaults.exhibit(vault, b"disk.E01", b"EVF")

    made = vaults.draft_of(vault, [image])

    assert made.package.notices == (IngestNotice(code="ingest.ewf-not-checked", name="disk.E01"),)


@pytest.mark.parametrize(
    ("names", "originals"),
    [
        (["a.dd", "b.dd"], [b"a.dd", b"b.dd"]),
        (["a.dd", "a.dd"], [b"E1/a.dd", b"E2/a.dd"]),
        (["mail", "mail/inbox"], [b"E1/mail", b"E2/mail/inbox"]),
        (["mail/a", "mail/b"], [b"mail/a", b"mail/b"]),
    ],
    ids=str,
)
def test_exhibits_of_a_case_get_names_that_are_apart(
    exhibits: tuple[StoredExhibit, ...], names: list[str], originals: list[bytes]
) -> None:
    """As they are where that is possible, else below their ids."""
    case = [
        Exhibit(
            id=f"E{number}",
            sealed=one.sealed,
            sha256=one.sha256,
            size=one.size,
            tree=one.tree,
            original_name=name,
        )
        for number, (name, one) in enumerate(zip(names, exhibits, strict=False), 1)
    ]

    found = stored_exhibits(case)

    assert [one.original for one in found] == originals
    assert [evolve(one, original=b"") for one in found] == [
        evolve(one, original=b"") for one in exhibits[:2]
    ]


# --- the ledger in between ---------------------------------------------------------------------


def test_events_about_another_package_are_found(draft: PackageDraft) -> None:
    """Each event is compared whole; one too few or too many is no match."""
    good = vaults.logged(draft).events
    first, second = good
    lies = [
        (first,),
        (second, first),
        (*good, second),
        (evolve(first, bytes=1), second),
        (first, evolve(second, description_sha256=Digest.of(b"other"))),
    ]

    require_as_logged(draft, good)
    for lie in lies:
        assert code_of(lambda lie=lie: require_as_logged(draft, lie)) == "package.not-as-logged"


def test_the_events_are_those_of_the_package(draft: PackageDraft) -> None:
    """Counts and times are the caller's and the description's."""
    taken_at, packed_at = memory_bag.CREATED, memory_bag.NOW

    first, second = custody_events(draft, taken_at=taken_at, packed_at=packed_at)

    assert (first.at, second.at) == (taken_at, packed_at)
    assert first.files == second.files == len(CONTENT)
    assert second.description_sha256 == draft.described.description_sha256
    assert encode_event(first) != encode_event(second)


def test_nothing_is_signed_before_the_ledger_is_witnessed(
    vault: LocalVault, draft: PackageDraft
) -> None:
    """One cosignature where the policy asks for two."""
    custody = vaults.logged(draft, cosigners=1)

    assert (
        code_of(lambda: vaults.packed_into(vault, draft, custody=custody)) == "pack.not-witnessed"
    )


def test_nothing_is_sealed_for_whom_the_package_does_not_name(
    vault: LocalVault, draft: PackageDraft
) -> None:
    """Its holder would have to refuse it: surreptitious forwarding."""
    assert (
        code_of(lambda: vaults.packed_into(vault, draft, sent_to=vaults.STRANGER))
        == "package.not-addressed"
    )


# --- sealing -----------------------------------------------------------------------------------


def test_the_recipient_opens_what_home_keeps(vault: LocalVault, package: SealedPackage) -> None:
    """One payload, two headers; neither opens the other's."""
    assert package.sent.parts_list == package.home.parts_list
    assert open_object(package.sent, vault, [vaults.PEER]).size == package.size
    assert open_object(package.home, vault, [vaults.CASE]).size == package.size
    for sealed, other in ((package.sent, vaults.CASE), (package.home, vaults.PEER)):
        assert (
            code_of(lambda sealed=sealed, other=other: open_object(sealed, vault, [other]))
            == "age.no-match"
        )


def test_progress_counts_the_tar(vault: LocalVault, exhibits: tuple[StoredExhibit, ...]) -> None:
    """Every byte of it, once."""
    told: list[int] = []

    made = vaults.packed_into(vault, vaults.draft_of(vault, exhibits[1:]), advance=told.append)

    assert sum(told) == made.size


def test_more_exhibits_than_are_kept_open_are_packed(
    vault: LocalVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers come and go; the result is judged PASSED."""
    monkeypatch.setattr(package_making, "_OPEN_EXHIBITS", 2)
    with Bench(workers=1) as bench:
        many = []
        for number in range(7):
            with vaults.writer(vault, bench) as writer:
                writer.write(b"%d" % number)
                many.append(writer.finish(b"%d.txt" % number))

    made = vaults.packed_into(vault, vaults.draft_of(vault, many))

    with SealedBag(open_object(made.sent, vault, [vaults.PEER])) as bag:
        assert vaults.judged(bag).outcome is Outcome.PASSED


def test_an_exhibit_that_was_swapped_after_the_description_is_found(
    vault: LocalVault, draft: PackageDraft, exhibits: tuple[StoredExhibit, ...]
) -> None:
    """The draft's record of where it lies was changed meanwhile."""
    path = draft.package.files[0].path
    swapped = evolve(draft.exhibits[path], sealed=exhibits[3].sealed)
    lie = evolve(draft, exhibits={**draft.exhibits, path: swapped})

    with pytest.raises(Integrity) as caught:
        vaults.packed_into(vault, lie)

    assert caught.value.code == "exhibit.differs"


# --- judging in place --------------------------------------------------------------------------


@pytest.mark.parametrize("quick", [False, True])
def test_a_good_package_passes_where_it_lies(
    vault: LocalVault, package: SealedPackage, *, quick: bool
) -> None:
    """In full and quickly, with one thread and with several."""
    for workers in (1, 3):
        reader = open_object(package.sent, vault, [vaults.PEER])
        with SealedBag(reader, workers=workers) as bag:
            report = vaults.judged(bag, quick=quick)

        assert report.outcome is Outcome.PASSED
        assert bag.folder == f"LB-{packing.ID}"


def test_a_package_for_somebody_else_fails_in_place(
    vault: LocalVault, package: SealedPackage
) -> None:
    """The door asks whether it is named."""
    with SealedBag(open_object(package.home, vault, [vaults.CASE])) as bag:
        assert vaults.judged(bag, identity=vaults.STRANGER).outcome is Outcome.FAILED


def test_the_source_keeps_its_promises(vault: LocalVault, package: SealedPackage) -> None:
    """Folders are named once, limits hold, what is not there is absent; progress counts payload."""
    told: list[int] = []
    reader = open_object(package.sent, vault, [vaults.PEER])
    with SealedBag(reader, progress=told.append) as bag:
        entries = list(bag.entries())
        vaults.judged(bag)

        assert len({entry.path for entry in entries}) == len(entries)
        folders = {entry.path for entry in entries if entry.kind is EntryKind.FOLDER}
        assert {"data", "data/E0001", "custody", "evidence/leaves"} <= folders
        assert bag.read("bagit.txt", limit=1000).startswith(b"BagIt-Version")
        assert code_of(lambda: bag.read("bagit.txt", limit=5)) == "source.too-large"
        for ask in (
            lambda: bag.read("none", limit=1),
            lambda: bag.measure("data", leaf_size=2**20),
            lambda: bag.measure_leaves("none", leaf_size=2**20),
        ):
            assert code_of(ask) == "source.absent"
    assert sum(told) >= sum(map(len, CONTENT.values()))


# --- export ------------------------------------------------------------------------------------


def test_an_exported_bag_is_judged_like_the_sealed_one(
    vault: LocalVault, package: SealedPackage, tmp_path: Path
) -> None:
    """Word for word, by our reader and by the one of ``longbien verify``."""
    reader = open_object(package.sent, vault, [vaults.PEER])
    with SealedBag(reader) as bag:
        in_place, quickly = vaults.judged(bag), vaults.judged(bag, quick=True)

    exported = export_bag(reader, tmp_path / "out", judge=vaults.judged)

    assert exported.folder == tmp_path / "out" / f"LB-{packing.ID}"
    assert exported.report == in_place
    with BagFolder(exported.folder) as folder:
        assert vaults.judged(folder) == in_place
        assert vaults.judged(folder, quick=True) == quickly
    with WrittenBag(exported.folder) as written:
        assert vaults.judged(written, quick=True) == quickly
    image = next(exported.folder.glob("data/*/image.dd"))
    assert image.read_bytes() == CONTENT[b"image.dd"]


def test_a_package_that_fails_is_not_exported_unless_asked_for(
    vault: LocalVault, package: SealedPackage, tmp_path: Path
) -> None:
    """Nothing is left of it; or it lies there under a name that says so."""
    reader = open_object(package.sent, vault, [vaults.PEER])

    def judge(source: object) -> object:
        return vaults.judged(source, identity=vaults.STRANGER)

    assert code_of(lambda: export_bag(reader, tmp_path / "out", judge=judge)) == "export.failed"
    assert list((tmp_path / "out").iterdir()) == []
    kept = export_bag(reader, tmp_path / "out", judge=judge, keep_failed=True)
    assert kept.folder.name == f"LB-{packing.ID}.failed"
    assert kept.report.outcome is Outcome.FAILED


def test_an_interrupted_export_leaves_nothing(
    vault: LocalVault, package: SealedPackage, tmp_path: Path
) -> None:
    """Ctrl-C while it is written, or while it is judged."""
    reader = open_object(package.sent, vault, [vaults.PEER])

    def interrupt(_what: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_bag(reader, tmp_path / "out", judge=vaults.judged, advance=interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_bag(reader, tmp_path / "out", judge=interrupt)

    assert list((tmp_path / "out").iterdir()) == []


def test_an_exported_file_opens_for_its_recipient_alone(
    vault: LocalVault, package: SealedPackage, tmp_path: Path
) -> None:
    """The vault gets no new header; the file is the package, byte for byte."""
    before = set(vault.held())
    out = tmp_path / "LB.tar.age"
    told: list[int] = []

    written = export_sealed(
        package.home,
        vault,
        out,
        identities=[vaults.CASE],
        recipients=[recipient_of(vaults.STRANGER)],
        advance=told.append,
    )

    assert set(vault.held()) == before
    assert written.size == out.stat().st_size == sum(told)
    with open_sealed(out, [vaults.STRANGER]) as reader:
        whole = b"".join(map(bytes, reader.blocks()))
    assert whole == vaults.opened(vault, package.home)
    assert code_of(lambda: open_sealed(out, [vaults.CASE])) == "age.no-match"
    assert (
        code_of(
            lambda: export_sealed(
                package.home,
                vault,
                out,
                identities=[vaults.CASE],
                recipients=[recipient_of(vaults.STRANGER)],
            )
        )
        == "sealed.exists"
    )


def test_a_file_that_was_not_written_as_it_should_be_is_no_export(
    vault: LocalVault, package: SealedPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that lies is found before the file gets its name."""
    monkeypatch.setattr("longbien.adapters.export.write_all", lambda *_: None)

    def work() -> object:
        return export_sealed(
            package.home,
            vault,
            tmp_path / "out.age",
            identities=[vaults.CASE],
            recipients=[recipient_of(vaults.PEER)],
        )

    assert code_of(work) == "export.differs"
    assert list(tmp_path.iterdir()) == []


def test_a_written_bag_keeps_the_promises_of_a_source(tmp_path: Path) -> None:
    """Links and pipes are named, not followed; limits hold; what is not there is absent."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("data/file")

    with WrittenBag(tmp_path) as bag:
        kinds = {entry.path: entry.kind for entry in bag.entries()}
        assert kinds == {
            "data": EntryKind.FOLDER,
            "data/file": EntryKind.FILE,
            "link": EntryKind.LINK,
        }
        assert bag.read("data/file", limit=1) == b"x"
        assert code_of(lambda: bag.read("data/file", limit=0)) == "source.too-large"
        for path in ("none", "link", "none/x"):
            with pytest.raises(Unavailable) as caught:
                bag.read(path, limit=1)
            assert caught.value.code == "source.absent"
    assert code_of(lambda: WrittenBag(tmp_path / "none")) == "disk.absent"


def test_an_object_that_is_no_tar_is_no_bag(vault: LocalVault) -> None:
    """Nothing, and something else."""
    for content, code in ((b"", "tar.truncated"), (bytes(1024), "tar.empty"), (b"x" * 512, "")):
        sealed = seal_object(
            MemoryPlaintext(content), vault, recipients=[recipient_of(vaults.PEER)]
        )
        reader = open_object(sealed, vault, [vaults.PEER])

        assert code_of(lambda reader=reader: SealedBag(reader)).startswith(code or "tar.")


def test_the_time_of_signing_is_the_callers(vault: LocalVault, draft: PackageDraft) -> None:
    """A stamp before the claimed time is found by whoever verifies."""
    late = memory_bag.NOW.plus(timedelta(days=1))
    made = package_making.seal_package(
        draft,
        vaults.logged(draft),
        signing=packing.signing(),
        signed_at=late,
        sealing=package_making.Sealing(
            vault=vault,
            identities=[vaults.CASE],
            home=[recipient_of(vaults.CASE)],
            sent_to=[recipient_of(vaults.PEER)],
        ),
    )

    with SealedBag(open_object(made.sent, vault, [vaults.PEER])) as bag:
        assert vaults.judged(bag).outcome is not Outcome.PASSED
