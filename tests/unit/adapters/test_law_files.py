import json
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib import resources
from pathlib import Path

import pytest
from attrs import evolve

from law_world import pack_bytes, rule_row, signed_by
from longbien.adapters.law_files import (
    KEPT,
    SUMS,
    LawFolder,
    read_pack_file,
    signature_beside,
    write_signature_file,
)
from longbien.adapters.ledger_disk import Disk, lock_folder
from longbien.directory.entry import Roots
from longbien.exercise.states import State, make_book, make_state, signer_pair
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Refused, Unavailable
from longbien.treaty.contents import forms_bytes, forms_digest, load
from longbien.treaty.law import PackEdition, load_law

VN = make_state("VN")
IL = make_state("IL")
BOOK = make_book(VN, IL)
FLOOR = rule_row("vn-law-1", replaces="uncc-42-8-floor", text="Kept for 90 days.")
FIRST = pack_bytes(FLOOR)
SECOND = pack_bytes(FLOOR, version=2, title="The second")


@pytest.fixture
def folder(tmp_path: Path) -> LawFolder:
    """Return the folder of a node that has adopted nothing yet."""
    return LawFolder(tmp_path / "law")


def accept(folder: LawFolder, data: bytes, *, by: State = VN, own: State = VN) -> None:
    """Offer a pack with the signatures of a State's root holders."""
    folder.accept(data, signed_by(by, data), book=BOOK, own=own.code)


def profile(version: int = 1, **more: object) -> bytes:
    """Return a profile that VN may sign."""
    file = resources.files("longbien.treaty").joinpath("example_profiles", "vn.json")
    whole = json.loads(file.read_text("utf-8"))
    return json.dumps({**whole, "example": False, "version": version, **more}).encode()


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(LongBienError) as caught:
        act()
    return caught.value.code


def test_a_node_without_packs_has_the_programs_law(folder: LawFolder) -> None:
    """No folder, no rules of a State."""
    assert folder.law(BOOK) is load_law()
    assert folder.versions(BOOK) == ()


def test_the_newest_version_is_in_force_and_every_one_is_kept(folder: LawFolder) -> None:
    """Old versions stay, for decisions that were taken under them."""
    accept(folder, FIRST)
    accept(folder, SECOND)

    assert [pack.version for pack in folder.versions(BOOK)] == [1, 2]
    law = LawFolder(folder.folder).law(BOOK)
    assert law.find_pack("vn-law").title == "The second"
    assert law.get_rule("uncc-42-8-floor").text == "Kept for 90 days."
    assert (folder.folder / "vn-law-000001.json").read_bytes() == FIRST


def test_what_was_not_signed_by_the_state_is_refused(folder: LawFolder) -> None:
    """The roots of another State, or signatures over other bytes, count for nothing."""
    assert code_of(lambda: accept(folder, FIRST, by=IL)) == "law.not-signed"
    stolen = signed_by(VN, SECOND)
    refused = code_of(lambda: folder.accept(FIRST, stolen, book=BOOK, own=VN.code))
    assert refused == "law.not-signed"
    assert not folder.folder.exists()


def test_a_version_never_goes_back(folder: LawFolder) -> None:
    """An older version, well signed, is refused, and nothing changes."""
    accept(folder, SECOND)

    assert code_of(lambda: accept(folder, FIRST)) == "law.rollback"
    assert code_of(lambda: accept(folder, SECOND)) == "law.rollback"
    assert [pack.version for pack in folder.versions(BOOK)] == [2]


def test_another_states_pack_replaces_nothing(folder: LawFolder) -> None:
    """IL's node may read what VN adds; VN's override is refused there."""
    adding = pack_bytes(rule_row("vn-law-1"))
    accept(folder, adding, own=IL)

    assert folder.law(BOOK).find_rule("vn-law-1") is not None
    replacing = pack_bytes(FLOOR, version=2)
    assert code_of(lambda: accept(folder, replacing, own=IL)) == "law.foreign-override"


def test_an_unknown_state_or_none_at_all(folder: LawFolder) -> None:
    """A pack belongs to a State of the directory."""
    foreign = pack_bytes(rule_row("xx-law-1"), id="xx-law", state="XX")

    assert code_of(lambda: accept(folder, foreign)) == "directory.unknown-state"
    assert code_of(lambda: accept(folder, pack_bytes(state=None))) == "law.no-state"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("vn-law-000001.json", lambda data: data.replace(b"90", b"91")),
        ("vn-law-000001.json", lambda _: None),
        ("vn-law-000001.json.sig", lambda _: None),
        ("vn-law-000001.json.sig", lambda data: data[:-9]),
        ("vn-law-000001.json.sig", lambda _: signed_by(IL, FIRST)),
        (SUMS, lambda data: data[:-1]),
        (SUMS, lambda data: data + b"more\n"),
        (SUMS, lambda data: data.replace(b"0", b"1").replace(b"2", b"3")),
    ],
    ids=(
        "words",
        "no pack",
        "no signatures",
        "cut",
        "another's",
        "list cut",
        "list longer",
        "list",
    ),
)
def test_what_was_changed_on_the_disk_is_found(
    folder: LawFolder, name: str, change: Callable[[bytes], bytes | None]
) -> None:
    """The pack, its signatures, or the list: the node stops rather than work with them."""
    accept(folder, FIRST)
    path = folder.folder / name
    new = change(path.read_bytes())
    path.unlink()
    if new is not None:
        path.write_bytes(new)

    with pytest.raises(Integrity) as caught:
        folder.law(BOOK)
    assert caught.value.code == "law.damaged"


def test_a_pack_stays_good_when_the_roots_change(folder: LawFolder) -> None:
    """What a generation of root holders signed counts as long as the directory remembers them."""
    accept(folder, FIRST)
    heirs = (signer_pair("VN/heir"),)
    roots = Roots(threshold=1, holders=(heirs[0].public,))
    later = VN.renewed(lambda entry: evolve(entry, roots=roots), signers=(*VN.holders, *heirs))

    assert folder.law(make_book(later)).find_pack("vn-law").version == 1
    assert later.entry.roots.holders != VN.entry.roots.holders


def test_only_one_adopts_at_a_time(folder: LawFolder) -> None:
    """While another program writes, the second one is told so."""
    folder.folder.mkdir()
    held = lock_folder(folder.folder / "lock")
    try:
        assert code_of(lambda: accept(folder, FIRST)) == "ledger.busy"
    finally:
        os.close(held)
    accept(folder, FIRST)


def test_a_profile_is_taken_as_a_pack_is(folder: LawFolder) -> None:
    """Signed by its State, versions only up, the newest counts; it is no pack and makes none."""
    accept(folder, FIRST)
    accept(folder, profile())
    accept(folder, profile(version=2, name="Again"))

    assert [one.name for one in folder.profiles(BOOK)] == ["Again"]
    assert [one.id for one in folder.versions(BOOK)] == ["vn-law"]
    assert (folder.folder / "profile-vn-000001.json").read_bytes() == profile()
    assert code_of(lambda: accept(folder, profile(version=2))) == "law.rollback"
    assert code_of(lambda: accept(folder, profile(version=3), by=IL)) == "law.not-signed"
    made_up = profile(version=3, example=True)
    assert code_of(lambda: accept(folder, made_up)) == "state-profile.example"


def test_what_is_signed_as_one_thing_is_not_another(folder: LawFolder) -> None:
    """A profile's signature says that it is one over a profile."""
    envelope = signed_by(VN, profile())
    as_pack = envelope.replace(b"state-profile", b"rule-pack")

    refused = code_of(lambda: folder.accept(profile(), as_pack, book=BOOK, own=VN.code))
    assert refused.startswith("dsse.")


def test_the_law_of_an_edition_is_put_together_again(folder: LawFolder) -> None:
    """The State's older version, the program's packs and forms, whatever is in force now."""
    accept(folder, FIRST)
    then = (PackEdition(id="forms", version=1, digest=forms_digest()), *folder.law(BOOK).edition)
    folder.keep_program()
    accept(folder, SECOND)

    found = folder.law_of(then, forms="forms", book=BOOK)

    assert found.packs.edition == then[1:]
    assert found.packs.find_pack("vn-law").version == 1
    assert found.packs.get_rule("uncc-42-8-floor").id == "vn-law-1"
    assert found.forms == load()
    assert folder.law_of((), forms="forms", book=BOOK).forms is load()


def test_forms_and_packs_of_an_older_program_are_kept(folder: LawFolder) -> None:
    """By their digests; one that ran nowhere here is missed, one that was changed is found."""
    old, older = forms_bytes().replace(b"60", b"61", 1), pack_bytes(state=None, id="uncc")
    for data in (old, older):
        path = folder.folder / KEPT / f"{Digest.of(data).hex}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    then = [
        PackEdition(id="forms", version=1, digest=Digest.of(old)),
        PackEdition(id="uncc", version=1, digest=Digest.of(older)),
    ]

    found = folder.law_of(then, forms="forms", book=BOOK)
    assert found.forms != load()
    assert [one.text for one in found.packs.rules] == ["Words for an officer."]

    for number in (0, 1):
        unknown = list(then)
        unknown[number] = evolve(then[number], digest=Digest.of(b"x"))
        missing = code_of(lambda: folder.law_of(unknown, forms="forms", book=BOOK))  # noqa: B023 - at once
        assert missing == "law.edition-missing"
    path.write_bytes(older + b" ")
    assert code_of(lambda: folder.law_of(then, forms="forms", book=BOOK)) == "law.damaged"


def test_what_the_program_brings_is_kept_once(folder: LawFolder) -> None:
    """Each start looks; only the first one of an edition writes."""
    folder.keep_program()
    kept = {one: one.stat().st_mtime_ns for one in (folder.folder / KEPT).iterdir()}
    folder.keep_program()

    assert {one: one.stat().st_mtime_ns for one in (folder.folder / KEPT).iterdir()} == kept
    assert len(kept) == 1 + len(load_law().packs)
    assert folder.law(BOOK) is load_law()


def test_processes_that_start_together_keep_the_law_once(tmp_path: Path) -> None:
    """One writes and the others wait for it: none finds the file of another half written."""
    begun: list[Future[None]] = []

    class Meanwhile(Disk):
        def rename(self, source: Path, target: Path) -> None:
            if not begun:
                begun.append(pool.submit(LawFolder(tmp_path / "law").keep_program))
                wait(begun, timeout=0.1)  # as long as it likes to go wrong
            super().rename(source, target)

    with ThreadPoolExecutor(1) as pool:
        LawFolder(tmp_path / "law", disk=Meanwhile()).keep_program()
        begun[0].result()

    for path in (tmp_path / "law" / KEPT).iterdir():
        assert path.name == f"{Digest.of(path.read_bytes()).hex}.json"


def test_files_that_somebody_names(tmp_path: Path) -> None:
    """A file that is missing, one that is a folder, and one that is written and read."""
    path = tmp_path / "vn-law.json"
    with pytest.raises(Refused):
        read_pack_file(path)
    with pytest.raises(Unavailable):
        read_pack_file(tmp_path)
    write_signature_file(signature_beside(path), b"x")
    assert (tmp_path / "vn-law.json.sig").read_bytes() == b"x"
