"""A vault in a folder: what is durable when, what a failing disk does, what is left behind."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import vault_world as vaults
from longbien.adapters import vault_local
from longbien.adapters.vault import MAX_PART
from longbien.adapters.vault_local import LocalVault, create_vault
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Refused, Unavailable

DATA = b"a part"
NAME = Digest.of(DATA)


class Disk:
    """A sync that can fail, and says what it was asked to sync."""

    def __init__(self) -> None:
        self.synced: list[str] = []
        self.error: int | None = None
        self.fails_at = ""

    def __call__(self, fd: int) -> None:
        """Sync as ``os.fsync``."""
        name = Path(f"/proc/self/fd/{fd}").readlink()
        kind = "folder" if name.is_dir() else name.parent.name
        if self.error and self.fails_at in {"", kind}:
            raise OSError(self.error, os.strerror(self.error))
        os.fsync(fd)
        self.synced.append(f"{name.name} in {name.parent.name}" if name.is_dir() else kind)


@pytest.fixture
def disk() -> Disk:
    """Return the disk."""
    return Disk()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the vault is."""
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path, disk: Disk) -> Iterator[LocalVault]:
    """Return an empty vault on that disk."""
    with vaults.local_vault(folder, sync=disk) as made:
        yield made


def names(folder: Path) -> set[str]:
    """Return the names of all files of a vault."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


def code_of(work: Callable[[], object]) -> str:
    """Return the code of the error that ``work`` ends with."""
    with pytest.raises(LongBienError) as caught:
        work()
    return caught.value.code


# --- making and opening ------------------------------------------------------------------------


def test_a_vault_is_for_its_owner_alone(vault: LocalVault, folder: Path) -> None:
    """Folders and parts can be read by nobody else."""
    vault.put(NAME, DATA)

    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes == {0o700, 0o600}


def test_a_folder_in_use_is_not_made_a_vault(tmp_path: Path) -> None:
    """What lies there may be somebody's."""
    (tmp_path / "thesis.txt").write_text("mine")

    assert code_of(lambda: create_vault(tmp_path)) == "vault.exists"


def test_a_vault_is_not_made_by_opening_it(tmp_path: Path) -> None:
    """A mistyped path is refused, with the command that makes one; no descriptor stays open."""
    (tmp_path / "parts").mkdir()

    with pytest.raises(Refused) as caught:
        LocalVault(tmp_path)

    assert caught.value.code == "vault.absent"
    assert "longbien init" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]


def test_a_vault_cannot_be_made_where_nobody_may_write(tmp_path: Path) -> None:
    """A file in the way."""
    (tmp_path / "file").write_text("")

    assert code_of(lambda: create_vault(tmp_path / "file" / "vault")) == "vault.write-failed"


# --- durable on return -------------------------------------------------------------------------


def test_the_part_is_synced_before_its_name(vault: LocalVault, disk: Disk, folder: Path) -> None:
    """A name on the disk always leads to a whole part."""
    vault.put(NAME, DATA)

    assert disk.synced == ["incoming", f"{NAME.hex[:2]} in parts"]
    assert vaults.place(folder, NAME).read_bytes() == DATA
    assert names(folder) == {NAME.hex}


def test_a_part_that_is_there_is_synced_but_not_written(vault: LocalVault, disk: Disk) -> None:
    """Whoever put it first may have been killed before its name was durable."""
    vault.put(NAME, DATA)
    disk.synced.clear()

    vault.put(NAME, DATA)

    assert disk.synced == [f"{NAME.hex[:2]} in parts"]


def test_threads_that_wait_for_a_name_share_one_sync() -> None:
    """While one sync runs, all who come meanwhile are served by the next one together."""
    begun, go_on = threading.Event(), threading.Event()
    synced: list[str] = []

    def sync(folder: str) -> None:
        synced.append(folder)
        begun.set()
        assert go_on.wait(30)

    names_sync = vault_local._NameSync(sync)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(names_sync.sync, "7f")
        assert begun.wait(30)
        rest = [pool.submit(names_sync.sync, folder) for folder in ("aa", "bb") * 4]
        while len(names_sync._turn._waiters) < len(rest):
            pass  # until all of them wait
        go_on.set()
        for one in (first, *rest):
            one.result(30)

    assert synced == ["7f", "aa", "bb"]


# --- a disk that fails -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["incoming", "folder"])
def test_after_a_failed_sync_nothing_is_accepted(vault: LocalVault, disk: Disk, kind: str) -> None:
    """To sync again could report what is not so: only ``probe`` ends it."""
    disk.error, disk.fails_at = errno.EIO, kind

    assert code_of(lambda: vault.put(NAME, DATA)) == "vault.write-failed"
    disk.error = None
    assert code_of(lambda: vault.put(NAME, DATA)) == "vault.write-failed"
    assert list(vault.missing([NAME])) == [0]

    vault.probe()
    disk.synced.clear()
    vault.put(NAME, DATA)

    assert disk.synced == ["incoming", f"{NAME.hex[:2]} in parts"]
    assert vault.get(NAME) == DATA
    assert list(vault.missing([NAME])) == []


def test_a_probe_of_a_broken_disk_says_so(vault: LocalVault, disk: Disk, folder: Path) -> None:
    """And leaves nothing behind."""
    disk.error = errno.EIO

    assert code_of(vault.probe) == "vault.write-failed"
    assert names(folder) == set()


def test_a_probe_of_a_good_disk_leaves_nothing_behind(vault: LocalVault, folder: Path) -> None:
    """It is asked every few seconds."""
    vault.probe()

    assert names(folder) == set()


@pytest.mark.parametrize("kind", ["incoming", "folder"])
def test_a_sync_without_space_is_a_full_disk(vault: LocalVault, disk: Disk, kind: str) -> None:
    """Space can be made: nothing is stopped, and the part is not held to be there."""
    disk.error, disk.fails_at = errno.ENOSPC, kind

    assert code_of(lambda: vault.put(NAME, DATA)) == "vault.no-space"
    assert list(vault.missing([NAME])) == [0]
    disk.error = None
    vault.put(NAME, DATA)

    assert vault.get(NAME) == DATA


def test_who_waits_for_a_sync_that_fails_is_told(folder: Path) -> None:
    """All who shared the sync hear of it, not only the one who made it."""
    begun, go_on = threading.Event(), threading.Event()

    def sync(fd: int) -> None:
        if Path(f"/proc/self/fd/{fd}").readlink().parent.name == "parts":
            begun.set()
            go_on.wait(30)
            raise OSError(errno.EIO, "broken")

    with vaults.local_vault(folder, sync=sync) as vault, ThreadPoolExecutor(3) as pool:
        parts = [b"one", b"two", b"three"]
        rest = [pool.submit(vault.put, Digest.of(data), data) for data in parts]
        assert begun.wait(30)
        go_on.set()
        codes = [getattr(one.exception(30), "code", "") for one in rest]
        gone = list(vault.missing(list(map(Digest.of, parts))))

    assert codes == ["vault.write-failed"] * 3
    assert gone == [0, 1, 2]


def test_no_space_is_said_before_anything_is_written(folder: Path, disk: Disk) -> None:
    """What is kept spare is not ours to fill."""
    with vaults.local_vault(folder, spare=2**60, sync=disk) as vault:
        assert vault.free_bytes() == 0
        with pytest.raises(Unavailable) as caught:
            vault.put(NAME, DATA)

    assert caught.value.code == "vault.no-space"
    assert caught.value.retry
    assert disk.synced == []
    assert names(folder) == set()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "vault.no-space"),
        (errno.EDQUOT, "vault.no-space"),
        (errno.EFBIG, "vault.no-space"),
        (errno.EIO, "vault.write-failed"),
    ],
)
def test_a_write_that_fails_leaves_nothing(
    vault: LocalVault, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    """Half a part is no part."""

    def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(vault_local, "write_all", fail)

    assert code_of(lambda: vault.put(NAME, DATA)) == code
    assert names(folder) == set()


def test_a_folder_for_incoming_parts_that_is_gone_is_said(vault: LocalVault, folder: Path) -> None:
    """Somebody has removed it while the node runs."""
    (folder / "incoming").rmdir()

    assert code_of(lambda: vault.put(NAME, DATA)) == "vault.write-failed"


def test_a_part_that_is_too_large_is_a_bug(vault: LocalVault) -> None:
    """Every caller has bounds of its own."""
    with pytest.raises(ValueError, match="MAX_PART"):
        vault.put(NAME, bytes(MAX_PART + 1))


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [b"a pork", b"a par", b"a part ", b""])
def test_a_changed_part_is_never_returned_nor_overwritten(
    vault: LocalVault, folder: Path, now: bytes
) -> None:
    """Another byte, one less, one more, none; a put does not mend it silently either."""
    vault.put(NAME, DATA)
    path = vaults.place(folder, NAME)
    path.write_bytes(now)

    with pytest.raises(Integrity) as caught:
        vault.get(NAME)
    assert caught.value.code == "vault.changed"
    assert code_of(lambda: vault.put(NAME, DATA)) == "vault.changed"
    assert path.read_bytes() == now


def test_a_part_that_grew_beyond_all_bounds_is_not_read_whole(
    vault: LocalVault, folder: Path
) -> None:
    """A hole of a terabyte costs no memory."""
    vault.put(NAME, DATA)
    with vaults.place(folder, NAME).open("r+b") as file:
        file.truncate(2**40)

    assert code_of(lambda: vault.get(NAME)) == "vault.changed"


def test_a_link_in_the_place_of_a_part_is_not_followed(
    vault: LocalVault, folder: Path, tmp_path: Path
) -> None:
    """Not even to the right bytes."""
    (tmp_path / "elsewhere").write_bytes(DATA)
    vaults.place(folder, NAME).symlink_to(tmp_path / "elsewhere")

    assert code_of(lambda: vault.get(NAME)) == "vault.read-failed"


def test_a_shard_that_is_no_folder_is_said(vault: LocalVault, folder: Path) -> None:
    """Not taken for a part that is missing."""
    shard = vaults.place(folder, NAME).parent
    shard.rmdir()
    shard.write_text("")

    assert code_of(lambda: vault.missing([NAME])) == "vault.read-failed"
    assert code_of(lambda: vault.get(NAME)) == "vault.read-failed"


# --- keeping house -----------------------------------------------------------------------------


def test_parts_are_listed_and_discarded_by_order_alone(vault: LocalVault, disk: Disk) -> None:
    """The removal is durable; one that is not there is not counted."""
    parts = [b"one", b"two", b"three"]
    digests = [Digest.of(data) for data in parts]
    for data in parts:
        vault.put(Digest.of(data), data)
    assert set(vault.held()) == set(digests)
    disk.synced.clear()

    assert vault.discard([*digests[:2], NAME]) == 2

    assert set(vault.held()) == {digests[2]}
    assert sorted(disk.synced) == sorted({f"{one.hex[:2]} in parts" for one in digests[:2]})


def test_what_killed_writers_left_is_cleared_and_nothing_else(
    vault: LocalVault, folder: Path
) -> None:
    """The file of a writer that is at work stays."""
    (folder / "incoming" / "1-1").write_bytes(b"left over")
    vault.put(NAME, DATA)

    with vault._new_file(b"at work") as (_fd, name):
        assert vault.clear_incoming() == 1
        assert names(folder) == {name, NAME.hex}


def test_two_machines_that_share_a_folder_do_not_meet(vault: LocalVault, folder: Path) -> None:
    """A name in ``incoming`` that is taken is left alone."""
    taken = folder / "incoming" / f"{os.getpid()}-0"
    taken.write_bytes(b"theirs")

    vault.put(NAME, DATA)

    assert taken.read_bytes() == b"theirs"
    assert vault.get(NAME) == DATA


def test_a_closed_vault_holds_no_descriptor(folder: Path) -> None:
    """Opening and closing may be repeated for ever."""
    vault = vaults.local_vault(folder)
    before = len(list(Path("/proc/self/fd").iterdir()))
    vault.close()
    vault.close()

    assert len(list(Path("/proc/self/fd").iterdir())) == before - 2
