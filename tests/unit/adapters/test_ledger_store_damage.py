import json
import shutil
from pathlib import Path

import pytest
from attrs import evolve

from ledger_cast import (
    LATER,
    ORIGIN,
    log_signers,
    signed_by,
)
from ledger_store_world import KEYS, SIGNERS, code_of, event, fill, published
from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_repair import audit_ledger, repair_ledger
from longbien.adapters.ledger_store import LedgerStore
from longbien.ledger.notes import encode_note
from longbien.ledger.tree import EMPTY_ROOT
from longbien.primitives.errors import Integrity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty ledger."""
    create_ledger(tmp_path / "ledger", origin=ORIGIN, keys=KEYS)
    return tmp_path / "ledger"


# --- damage ----------------------------------------------------------------------------------


def spoil(path: Path, at: int = -1) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ledger.json", "ledger.settings"),
        ("checkpoint", "ledger.checkpoint-damaged"),
        ("tile/0/001.p/44", "ledger.tiles-disagree"),
        ("tile/1/000.p/1", "ledger.tiles-disagree"),
        ("tile/entries/001.p/44", "ledger.tiles-disagree"),
        ("private/offsets", "ledger.journal-damaged"),
        ("private/journal", "ledger.journal-damaged"),
    ],
)
def test_one_flipped_bit_is_found_when_it_is_opened(folder: Path, name: str, code: str) -> None:
    """The edge of everything is compared with what was signed before anything goes on."""
    published(folder, 300)
    with LedgerStore(folder) as store:
        fill(store, 1)

    spoil(folder / name)

    assert code_of(folder) == code


@pytest.mark.parametrize("name", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_missing_tile_is_found_and_made_again(folder: Path, name: str) -> None:
    """The error names the file and the repair; the repair makes the same bytes."""
    published(folder, 300)
    data = (folder / name).read_bytes()
    (folder / name).unlink()

    assert code_of(folder) == "ledger.tile-damaged"
    assert repair_ledger(folder).differing == (name,)
    assert (folder / name).read_bytes() == data


@pytest.mark.parametrize("at", [0, 100, 8191])
def test_a_tile_in_the_middle_is_found_by_an_audit(folder: Path, at: int) -> None:
    """T20: opening reads only the edge, the audit reads everything, the repair mends it."""
    published(folder, 300)
    spoil(folder / "tile/0/000", at)
    spoil(folder / "tile/entries/000", at)

    audit = audit_ledger(folder)

    assert (audit.differing, audit.published) == (("tile/entries/000", "tile/0/000"), 300)
    assert audit.set_aside == 0
    assert repair_ledger(folder).differing == audit.differing
    assert audit_ledger(folder).differing == ()


def test_a_cut_tile_is_found(folder: Path) -> None:
    """A tile of another length is not read at all."""
    published(folder, 300)
    (folder / "tile/0/000").write_bytes((folder / "tile/0/000").read_bytes()[:-1])

    with LedgerStore(folder) as store, pytest.raises(Integrity) as caught:
        store.prove(0)

    assert caught.value.code == "ledger.tile-damaged"
    assert str(caught.value).endswith(f"longbien ledger repair {folder}")


def test_a_changed_event_is_not_given_out(folder: Path) -> None:
    """One bit in the journal's published part: the event is compared with its commitment."""
    published(folder, 300)
    journal = folder / "private/journal"
    spoil(journal, journal.read_bytes().index(event(7)) + 3)

    with LedgerStore(folder) as store:
        assert store.record(8).event == event(8)
        with pytest.raises(Integrity) as caught:
            store.record(7)

    assert caught.value.code == "ledger.event-differs"
    with pytest.raises(Integrity) as audit:
        audit_ledger(folder)
    assert audit.value.code == "ledger.journal-damaged"


def test_every_flipped_bit_of_a_journal_is_found(folder: Path) -> None:
    """T20: wherever the bit is, the audit finds it; only behind the last batch it may be torn."""
    published(folder, 2)
    good = (folder / "private/journal").read_bytes()

    for bit in range(len(good) * 8):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        (folder / "private/journal").write_bytes(changed)
        with pytest.raises(Integrity):
            audit_ledger(folder)


def test_a_journal_that_was_put_back_is_found(folder: Path) -> None:
    """An older journal under a newer checkpoint: nothing is signed over it."""
    published(folder, 3)
    old = (folder / "private/journal").read_bytes()
    published(folder, 2)

    (folder / "private/journal").write_bytes(old)

    assert code_of(folder) == "ledger.journal-damaged"
    with pytest.raises(Integrity) as caught:
        repair_ledger(folder)
    assert caught.value.code == "ledger.beyond-repair"


def test_the_journal_of_another_run_is_found(folder: Path, tmp_path: Path) -> None:
    """The same events under other salts are not what the checkpoint was made from."""
    create_ledger(tmp_path / "other", origin=ORIGIN, keys=KEYS)
    with LedgerStore(tmp_path / "other") as store:
        store.append([event(number) for number in range(3)], random_bytes=bytes)
    published(folder, 3)

    shutil.copy(tmp_path / "other/private/journal", folder / "private/journal")

    assert code_of(folder) == "ledger.journal-behind"


def test_a_journal_that_is_none_is_found(folder: Path) -> None:
    """The first line says what the file is."""
    (folder / "private/journal").write_bytes(b"")

    assert code_of(folder) == "ledger.journal-damaged"


def test_lost_offsets_are_made_again(folder: Path) -> None:
    """The table of places is found too short, and rebuilt."""
    published(folder, 3)
    good = (folder / "private/offsets").read_bytes()
    (folder / "private/offsets").write_bytes(good[:-1])

    assert code_of(folder) == "ledger.offsets-damaged"
    assert repair_ledger(folder).differing == ("private/offsets",)
    assert (folder / "private/offsets").read_bytes() == good


def test_a_damaged_end_is_set_aside_only_by_a_repair(folder: Path) -> None:
    """Accepted but unpublished entries that are damaged: a person has to look at them."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        fill(store, 1)
        fill(store, 1)
    whole = len((folder / "private/journal").read_bytes())
    spoil(folder / "private/journal", -1)

    assert code_of(folder) == "ledger.journal-damaged"
    with pytest.raises(Integrity):
        audit_ledger(folder)
    repaired = repair_ledger(folder)

    assert (repaired.published, repaired.waiting) == (3, 1)
    aside = next((folder / "private").glob("torn-*"))
    assert aside.stat().st_size == repaired.set_aside
    with LedgerStore(folder) as store:
        assert store.size == 4
    assert (folder / "private/journal").stat().st_size + repaired.set_aside == whole


def test_an_audit_of_an_unpublished_ledger(folder: Path) -> None:
    """Nothing is published, nothing is compared, what waits is counted."""
    with LedgerStore(folder) as store:
        fill(store, 2)

    audit = audit_ledger(folder)

    assert (audit.published, audit.waiting, audit.differing) == (0, 2, ())


def test_a_checkpoint_of_another_log_is_not_ours(folder: Path) -> None:
    """Another origin, a missing signature, another root: the store does not open."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        head = store.get_published().checkpoint.head
    for signed in (
        signed_by(evolve(head, origin="other"), *SIGNERS),
        signed_by(head, SIGNERS[0]),
        signed_by(head, *log_signers(key="mallory")),
    ):
        (folder / "checkpoint").write_bytes(encode_note(signed.note))
        assert code_of(folder) == "ledger.checkpoint-damaged"
    (folder / "checkpoint").write_bytes(b"nonsense")
    assert code_of(folder) == "ledger.checkpoint-damaged"
    wrong_root = signed_by(evolve(head, root=EMPTY_ROOT), *SIGNERS)
    (folder / "checkpoint").write_bytes(encode_note(wrong_root.note))
    assert code_of(folder) == "ledger.tiles-disagree"


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"nonsense",
        b'{"format":"longbien-ledger-2","keys":[],"origin":"o"}',
        b'{"format":"longbien-ledger-1","keys":[],"origin":"o"}',
        b'{"format":"longbien-ledger-1","keys":["x"],"origin":"o"}',
        json.dumps(
            {"format": "longbien-ledger-1", "keys": [KEYS[0].text], "origin": "other"},
            separators=(",", ":"),
        ).encode(),
    ],
)
def test_settings_that_cannot_be_read_stop_everything(folder: Path, data: bytes) -> None:
    """An unknown format, no keys, keys of another name: Integrity."""
    (folder / "ledger.json").write_bytes(data)

    assert code_of(folder) == "ledger.settings"


@pytest.mark.parametrize(
    "data", [b"x", b"{}", b"[1]", b'[{"size":1}]', b'[{"root":"x","size":1,"witness":"w"}]']
)
def test_a_damaged_memory_of_witnesses_stops_everything(folder: Path, data: bytes) -> None:
    """What witnesses have seen protects against forks: damaged, it is not ignored."""
    (folder / "private/witnessed.json").write_bytes(data)

    assert code_of(folder) == "ledger.settings"


def test_a_deleted_checkpoint_is_signed_again_over_the_same_tree(folder: Path) -> None:
    """The journal is the truth: losing the checkpoint loses no entry and forks nothing."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        root = store.get_published().checkpoint.head.root
    (folder / "checkpoint").unlink()

    with LedgerStore(folder) as store:
        assert store.size == 3
        assert store.checkpoint(signers=SIGNERS, now=LATER).checkpoint.head.root == root


def test_private_files_are_private(folder: Path) -> None:
    """Events and salts are for their owner only."""
    published(folder, 3)

    assert (folder / "private").stat().st_mode & 0o077 == 0
    assert (folder / "private/journal").stat().st_mode & 0o077 == 0
