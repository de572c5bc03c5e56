import pytest

import memory_bag
from longbien.evidence import checks_layout
from longbien.evidence._findings import failed, passed
from longbien.evidence.checks_layout import LAYOUT, PROFILE, Layout, check_layout, check_profile
from longbien.evidence.manifests import BAGIT_TXT
from longbien.evidence.source import Entry, EntryKind


def layout_of(*more: Entry, without: str = "") -> Layout:
    """Return the layout of the good package with changes."""
    files = {path: data for path, data in memory_bag.good().items() if path != without}
    return check_layout(memory_bag.MemoryBag(files, more).entries())


def test_a_good_package_is_sorted_by_what_its_files_are_for() -> None:
    """Payload, tags, signatures; nothing is left over."""
    found = layout_of()

    assert found.findings == (passed(LAYOUT, "layout.complete", files=28),)
    assert found.payload == tuple(sorted(memory_bag.PAYLOAD))
    assert len(found.tags) == 21
    assert len(found.signatures) == 3
    assert found.signers == (1,)
    assert found.to_read == (*found.tags, "tagmanifest-sha256.txt")


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("data/E0001/x", EntryKind.LINK, "layout.kind"),
        ("data/E0001/x", EntryKind.OTHER, "layout.kind"),
        ("data/E0001/a b", EntryKind.FILE, "layout.alien"),
        ("data/loose.txt", EntryKind.FILE, "layout.alien"),
        ("notes.txt", EntryKind.FILE, "layout.alien"),
        ("signatures/other.p7s", EntryKind.FILE, "layout.alien"),
        ("custody/0000.tlog-proof", EntryKind.FILE, "layout.alien"),
        ("empty", EntryKind.FOLDER, "layout.empty-folder"),
    ],
)
def test_what_does_not_belong_is_named(*, path: str, kind: EntryKind, reason: str) -> None:
    """Each stranger is FAILED by its path."""
    found = layout_of(Entry(path=path, kind=kind))

    assert [(one.reason, one.subject) for one in found.findings] == [(reason, path)]


def test_two_names_for_one_file_are_a_clash() -> None:
    """On a disk that does not tell case apart one of them would be lost."""
    found = layout_of(Entry(path="data/E0001/IMAGE.DD", kind=EntryKind.FILE))

    assert found.findings == (failed(LAYOUT, "layout.clash", "data/E0001/image.dd"),)


@pytest.mark.parametrize(
    "path", ["bagit.txt", "VERIFY.txt", "evidence/package.json", "tagmanifest-sha256.txt"]
)
def test_what_every_bag_must_have_is_missed(path: str) -> None:
    """Each required file is FAILED where it is absent."""
    found = layout_of(without=path)

    assert found.findings == (failed(LAYOUT, "layout.missing", path),)
    assert path not in found.to_read


def test_signers_are_numbered_without_a_gap() -> None:
    """A third set without a second one means that one was taken away."""
    third = Entry(path="signatures/tagmanifest-sha256.txt.3.p7s", kind=EntryKind.FILE)

    found = layout_of(third)

    expected = failed(LAYOUT, "layout.missing", "signatures/tagmanifest-sha256.txt.2.p7s")
    assert found.findings == (expected,)
    assert found.signers == (1, 3)


def test_too_many_entries_are_not_even_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of names is answered by one finding."""
    monkeypatch.setattr(checks_layout, "MAX_ENTRIES", 10)

    assert layout_of() == Layout(findings=(failed(LAYOUT, "layout.too-many", limit=10),))


def test_exactly_as_many_entries_as_allowed_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is allowed."""
    entries = list(memory_bag.MemoryBag(memory_bag.good()).entries())
    monkeypatch.setattr(checks_layout, "MAX_ENTRIES", len(entries))

    assert check_layout(entries).findings == (passed(LAYOUT, "layout.complete", files=28),)


def test_a_flood_of_certificates_is_refused() -> None:
    """More than 256 trust files are FAILED: path building over them would take long."""
    more = [Entry(path=f"trust/x{number}.pem", kind=EntryKind.FILE) for number in range(248)]

    assert layout_of(*more[:247]).findings == (passed(LAYOUT, "layout.complete", files=275),)
    assert layout_of(*more).findings == (
        failed(LAYOUT, "layout.too-much-trust", count=257, limit=256),
    )


def test_the_declaration_has_one_form() -> None:
    """BagIt 1.0 in UTF-8, to the byte."""
    assert list(check_profile(BAGIT_TXT)) == [passed(PROFILE, "profile.known")]
    assert list(check_profile(BAGIT_TXT + b"\n")) == [failed(PROFILE, "profile.declaration")]
