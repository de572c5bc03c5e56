import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from ledger_disks import FailingDisk, Killed, KillingDisk, PowerCutDisk
from longbien.adapters.directory_files import (
    MAX_EXPORT,
    DirectoryFolder,
    create_directory,
    read_export,
    split_export,
)
from longbien.adapters.directory_repair import repair_directory
from longbien.directory.book import History
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.mirror import list_entries, sign_set
from longbien.directory.trusted import MAX_CHAIN
from longbien.exercise.states import NOW, State, make_state, signer_pair
from longbien.primitives.errors import Integrity, LongBienError, Malformed, Refused, Unavailable

IL, VN = make_state("IL"), make_state("VN")
VN2 = VN.renewed()
VN3 = VN2.renewed()
HOUR = timedelta(hours=1)
LATER = NOW.plus(HOUR * 3)
MIRROR = signer_pair("mirror")


def introduce(folder: DirectoryFolder, *states: State) -> None:
    """Accept all versions of these States, fingerprints compared."""
    for state in states:
        folder.accept(
            [one.data for one in state.chain],
            now=LATER,
            confirmed=roots_fingerprint(state.entry),
        )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a new directory folder of an exercise, IL's own."""
    create_directory(tmp_path / "directory", own=IL.code, exercise=True)
    return tmp_path / "directory"


def code_of(call: object, *arguments: object, **named: object) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(LongBienError) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_a_new_folder_is_empty(path: Path) -> None:
    """A new book knows whose it is and nobody else."""
    folder = DirectoryFolder(path)
    assert folder.own == IL.code
    assert folder.book().states() == ()
    assert folder.book().exercise


def test_real_books_are_kept_apart(tmp_path: Path) -> None:
    """A book that is not of an exercise stays so."""
    create_directory(tmp_path / "d", own=IL.code, exercise=False)
    folder = DirectoryFolder(tmp_path / "d")
    assert not folder.book().exercise
    confirmed = roots_fingerprint(IL.entry)
    code = code_of(folder.accept, [IL.data], now=NOW, confirmed=confirmed)
    assert code == "directory.exercise"


def test_made_once(path: Path) -> None:
    """A directory is never made over another one, and never silently."""
    assert code_of(create_directory, path, own=VN.code, exercise=True) == "directory.exists"
    assert code_of(DirectoryFolder, path.parent) == "directory.missing"


def test_accepted_is_kept(path: Path) -> None:
    """What was accepted is there after a restart, byte for byte, and sha256sum agrees."""
    folder = DirectoryFolder(path)
    introduce(folder, IL, VN3)
    again = DirectoryFolder(path).book()
    assert again == folder.book()
    assert again.history(VN.code) == VN3.chain
    assert (path / "states/VN/000002.json").read_bytes() == VN2.data
    judged = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        cwd=path / "states/VN",
        capture_output=True,
        check=True,
    )
    assert judged.stdout.count(b": OK") == 3


def test_nothing_new_writes_nothing(path: Path) -> None:
    """The same entry again changes no file."""
    folder = DirectoryFolder(path)
    introduce(folder, VN)
    before = {one: one.stat().st_mtime_ns for one in path.rglob("*.json")}
    stamp = (path / "changed").stat().st_ino
    assert folder.accept([VN.data], now=NOW).accepted == ()
    assert {one: one.stat().st_mtime_ns for one in path.rglob("*.json")} == before
    assert (path / "changed").stat().st_ino == stamp


def test_refused_leaves_nothing(path: Path) -> None:
    """An update that is refused leaves no trace."""
    folder = DirectoryFolder(path)
    assert code_of(folder.accept, [VN.data], now=NOW) == "directory.unconfirmed"
    assert list((path / "states").iterdir()) == []


def test_other_processes_see_it(path: Path) -> None:
    """What one program accepts is in the other one's book at its next look."""
    one, two = DirectoryFolder(path), DirectoryFolder(path)
    introduce(one, VN)
    first = two.book()
    assert first.history(VN.code) == VN.chain
    assert two.book() is first
    assert two.accept([VN2.data], now=LATER).accepted == (VN2.signed,)
    assert one.book().find_entry(VN.code) == VN2.entry


def test_writers_take_turns(path: Path) -> None:
    """Two programs that accept at the same time end with one history, nothing lost."""
    introduce(DirectoryFolder(path), IL, VN)
    data = [one.data for one in VN3.chain]
    news = []

    def work() -> None:
        news.extend(DirectoryFolder(path).accept(data, now=LATER).accepted)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert news == [VN2.signed, VN3.signed]
    assert DirectoryFolder(path).book().history(VN.code) == VN3.chain


def test_verifier_keys_are_read_in_full(path: Path) -> None:
    """A ledger key that looks right and is none is refused at the door."""
    bad = VN.entry.ledger_keys[0][:-4] + "AAA="
    state = evolve(VN, chain=()).with_version(evolve(VN.entry, ledger_keys=(bad,)))
    folder = DirectoryFolder(path)
    with pytest.raises(Malformed) as caught:
        folder.accept([state.data], now=NOW, confirmed=roots_fingerprint(state.entry))
    assert caught.value.code == "ledger.vkey"
    assert folder.book().states() == ()


# --- mirrors -----------------------------------------------------------------------------------


def test_a_mirrors_set_is_kept(path: Path) -> None:
    """A set is durable before it is used: after a restart an older one is refused."""
    sets = [
        sign_set(
            list_entries([VN2.signed], exercise=True, version=version, now=NOW),
            signers=MIRROR.both,
        )
        for version in (1, 2)
    ]
    folder = DirectoryFolder(path)
    listing = folder.accept_set(sets[1].data, mirror=MIRROR.public, now=NOW).listing
    code = code_of(DirectoryFolder(path).accept_set, sets[0].data, mirror=MIRROR.public, now=NOW)
    assert code == "directory.set-rollback"
    confirmed = roots_fingerprint(VN.entry)
    asked = {"now": LATER, "listing": listing, "confirmed": confirmed}
    assert code_of(folder.accept_from_mirror, [VN.data], **asked) == "directory.not-in-set"
    assert folder.accept_from_mirror([VN.data, VN2.data], **asked).accepted == VN2.chain
    (file,) = (path / "mirrors").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    code = code_of(folder.accept_set, sets[1].data, mirror=MIRROR.public, now=NOW)
    assert code == "directory.damaged"


# --- files to hand over ------------------------------------------------------------------------


def test_export_and_import(path: Path, tmp_path: Path) -> None:
    """The newest version, or all of them, go through a file into another node's book."""
    folder = DirectoryFolder(path)
    introduce(folder, VN3)
    assert folder.export(VN.code) == VN3.data + b"\n"
    (tmp_path / "vn").write_bytes(folder.export(VN.code, with_history=True))
    assert read_export(tmp_path / "vn") == tuple(one.data for one in VN3.chain)
    assert code_of(folder.export, IL.code) == "directory.unknown-state"


def test_files_are_bounded(tmp_path: Path) -> None:
    """Too many lines, too many bytes, nothing, or no file: refused before anything is judged."""
    assert split_export(b"a\n\nb") == (b"a", b"b")
    assert len(split_export(b"a\n" * MAX_CHAIN)) == MAX_CHAIN
    assert code_of(split_export, b"a\n" * (MAX_CHAIN + 1)) == "directory.chain"
    assert code_of(split_export, b"\n") == "directory.chain"
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_EXPORT + 1)
    assert code_of(read_export, tmp_path / "huge") == "directory.chain"
    with pytest.raises(Unavailable) as caught:
        read_export(tmp_path / "none")
    assert caught.value.code == "directory.file"


# --- damage ------------------------------------------------------------------------------------

FILES = ("book.txt", "states/VN/SHA256SUMS", "states/VN/000001.json", "states/VN/000002.json")


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_bit_is_found(path: Path, name: str) -> None:
    """Whatever bit flips on the disk, the node stops and names the repair."""
    introduce(DirectoryFolder(path), VN2)
    file = path / name
    sound = file.read_bytes()
    step = 1 if len(sound) < 500 else 977
    for at in range(0, len(sound), step):
        data = bytearray(sound)
        data[at] ^= 1 << at % 8
        file.write_bytes(data)
        with pytest.raises(Integrity) as caught:
            DirectoryFolder(path)
        assert caught.value.code == "directory.damaged"
        assert "longbien directory repair" in str(caught.value)
    file.write_bytes(sound)
    assert DirectoryFolder(path).book().history(VN.code) == VN2.chain


def test_other_damage_is_found(path: Path) -> None:
    """A missing, cut, exchanged or foreign file is found too."""
    introduce(DirectoryFolder(path), IL, VN2)
    first, sums = path / "states/VN/000001.json", path / "states/VN/SHA256SUMS"
    whole, listed = first.read_bytes(), sums.read_bytes()
    first.unlink()
    assert code_of(DirectoryFolder, path) == "directory.damaged"
    first.write_bytes(whole[:-1])
    assert code_of(DirectoryFolder, path) == "directory.damaged"
    first.write_bytes(whole)
    for bad in (b"", listed[:-1], listed + b"more\n", listed[79:] + b"\n"):
        sums.write_bytes(bad)
        assert code_of(DirectoryFolder, path) == "directory.damaged"
    sums.write_bytes(listed)
    (path / "states/VN").rename(path / "states/FR")
    assert code_of(DirectoryFolder, path) == "directory.damaged"


def test_listed_rubbish_is_found(path: Path) -> None:
    """A file that matches its digest and is still no entry, or no chain, is damage."""
    introduce(DirectoryFolder(path), VN2)
    folder = path / "states/VN"
    digest = subprocess.run(
        ["sha256sum", "000002.json"], cwd=folder, capture_output=True, check=True
    ).stdout
    (folder / "000002.json").write_bytes(b"rubbish")
    made = subprocess.run(["sha256sum"], input=b"rubbish", capture_output=True, check=True).stdout
    sums = (folder / "SHA256SUMS").read_bytes()
    (folder / "SHA256SUMS").write_bytes(sums.replace(digest[:64], made[:64]))
    assert code_of(DirectoryFolder, path) == "directory.damaged"


# --- crashes -----------------------------------------------------------------------------------


def find_after(path: Path, disk: KillingDisk, *, data: list[bytes]) -> History | None:
    """Return what is there after a crash; None where there was none."""
    try:
        DirectoryFolder(path, disk=disk).accept(
            data, now=LATER, confirmed=roots_fingerprint(VN.entry)
        )
    except Killed:
        return DirectoryFolder(path).book().history(VN.code)
    return None


@pytest.mark.parametrize("kind", [KillingDisk, PowerCutDisk])
@pytest.mark.parametrize("before", [(), VN.chain], ids=["first contact", "update"])
def test_a_crash_at_any_act_leaves_a_whole_book(
    tmp_path: Path, kind: type[KillingDisk], before: History
) -> None:
    """Killed, or without power, at any act: the old history is there or the new one, no half."""
    for acts in range(1, 30):
        path = tmp_path / str(acts)
        create_directory(path, own=IL.code, exercise=True)
        if before:
            introduce(DirectoryFolder(path), VN)
        found = find_after(path, kind(acts), data=[one.data for one in VN3.chain])
        if found is None:
            break
        assert found in (before, VN3.chain)
        assert repair_directory(path, []).restored == ()
        introduce(DirectoryFolder(path), VN3)
        assert DirectoryFolder(path).book().history(VN.code) == VN3.chain
    assert acts > 12


def test_a_failing_disk_is_said(path: Path) -> None:
    """An error of the disk is Unavailable, and nothing is believed that is not kept."""
    folder = DirectoryFolder(path, disk=FailingDisk(2))
    confirmed = roots_fingerprint(VN.entry)
    code = code_of(folder.accept, [VN.data], now=NOW, confirmed=confirmed)
    assert code == "ledger.disk"
    assert folder.book().states() == ()


# --- repair ------------------------------------------------------------------------------------


def test_repair_restores_what_was_accepted(path: Path) -> None:
    """A damaged version comes back from another's export, and only as it was accepted."""
    folder = DirectoryFolder(path)
    introduce(folder, IL, VN3)
    given = split_export(folder.export(VN.code, with_history=True))
    assert repair_directory(path, given).restored == ()
    file = path / "states/VN/000002.json"
    file.write_bytes(b"rubbish")
    assert code_of(repair_directory, path, []) == "directory.cannot-repair"
    assert code_of(repair_directory, path, [IL.data]) == "directory.cannot-repair"
    assert repair_directory(path, given).restored == ("VN/000002.json",)
    assert DirectoryFolder(path).book().history(VN.code) == VN3.chain
    assert folder.book().history(VN.code) == VN3.chain


def test_repair_of_the_list(path: Path) -> None:
    """A damaged list is made again from the files that it was about."""
    introduce(DirectoryFolder(path), VN3)
    sums = path / "states/VN/SHA256SUMS"
    sound = sums.read_bytes()
    for bad in (b"", b"rubbish", sound.replace(b"a", b"b"), sound[:-80]):
        sums.write_bytes(bad)
        if bad != sound[:-80] or b"\n" not in bad[-1:]:
            assert repair_directory(path, []).restored == ("VN/SHA256SUMS",)
            assert sums.read_bytes() == sound


def test_repair_takes_no_other_history(path: Path) -> None:
    """Versions that do not form one sound history are not put in place of a damaged one."""
    introduce(DirectoryFolder(path), VN3)
    other = VN.renewed(now=NOW.plus(HOUR * 2))
    (path / "states/VN/000002.json").unlink()
    with pytest.raises(Refused) as caught:
        repair_directory(path, [other.data])
    assert caught.value.code == "directory.cannot-repair"
