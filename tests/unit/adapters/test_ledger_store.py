import json
import shutil
from pathlib import Path

import pytest
from attrs import evolve

from ledger_cast import (
    ALPHA,
    BETA,
    LATER,
    NOW,
    ORIGIN,
    ed25519_log,
    head_of,
    log_signers,
    policy_of,
)
from ledger_store_world import KEYS, SIGNERS, code_of, event, fill, names_in, published, randomness
from longbien.adapters import ledger_store
from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_journal import MAX_EVENT
from longbien.adapters.ledger_repair import audit_ledger
from longbien.adapters.ledger_store import MAX_BATCH, LedgerStore
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.log import Witnessed
from longbien.ledger.notes import NoteSigner
from longbien.ledger.proof import encode_proof, parse_proof, verify_proof
from longbien.ledger.tiles import tiles_of
from longbien.ledger.tree import EMPTY_ROOT, verify_consistency
from longbien.primitives.errors import Integrity, Refused
from longbien.primitives.verdict import Outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty ledger."""
    create_ledger(tmp_path / "ledger", origin=ORIGIN, keys=KEYS)
    return tmp_path / "ledger"


# --- the straight way --------------------------------------------------------------------------


def test_events_are_kept_and_come_back(folder: Path) -> None:
    """What was appended is there after opening again, with its salt, under its index."""
    with LedgerStore(folder) as store:
        assert list(fill(store, 3)) == [0, 1, 2]
        assert list(store.append([], random_bytes=randomness)) == []
        assert (store.size, store.published) == (3, None)
    with LedgerStore(folder) as store:
        assert store.size == 3
        store.checkpoint(signers=SIGNERS, now=NOW)
        assert list(fill(store, 2)) == [3, 4]
    with LedgerStore(folder) as store:
        store.checkpoint(signers=SIGNERS, now=LATER)
        records = [store.record(index) for index in range(5)]

    assert [record.event for record in records] == [event(number) for number in range(5)]
    assert [record.salt for record in records] == [
        randomness(96)[at : at + 32] for at in (0, 32, 64, 0, 32)
    ]


@pytest.mark.parametrize("counts", [(1,), (256,), (255, 1, 1), (600,), (3, 300, 512)])
def test_what_is_published_is_proven(folder: Path, counts: tuple[int, ...]) -> None:
    """A proof out of the folder passes a policy; files are those of the specification."""
    published(folder, *counts)
    policy = policy_of(*(f"log {key.text}" for key in KEYS), "quorum none")
    total = sum(counts)

    with LedgerStore(folder) as store:
        assert (store.origin, store.keys) == (ORIGIN, KEYS)
        for index in {0, total // 2, total - 1}:
            data = encode_proof(store.prove(index))
            record = store.record(index)
            check = verify_proof(parse_proof(data), entry=record.entry, policy=policy)
            assert check.verdict.outcome is Outcome.PASSED
            assert (check.index, check.tree_size) == (index, total)
            assert record.entry == encode_entry(EntryKind.EVENT, record.salt, record.event)
    for tile in tiles_of(total):
        assert (folder / tile.path).stat().st_size == tile.width * 32
    assert audit_ledger(folder).differing == ()


def test_partial_tiles_go_when_the_full_one_is_there(folder: Path) -> None:
    """They stay as long as their tile is partial, for every size that was published."""
    published(folder, 3, 4)
    assert names_in(folder / "tile/0/000.p") == ["3", "7"]

    published(folder, 249)

    assert not (folder / "tile/0/000.p").exists()
    assert not (folder / "tile/entries/000.p").exists()
    assert names_in(folder / "tile/1/000.p") == ["1"]


def test_an_empty_log_can_be_published(folder: Path) -> None:
    """A checkpoint of nothing has the empty root."""
    with LedgerStore(folder) as store:
        head = store.checkpoint(signers=SIGNERS, now=NOW).checkpoint.head

    assert (head.size, head.root) == (0, EMPTY_ROOT)
    with LedgerStore(folder) as store:
        fill(store, 1)
        assert store.request_for(0).proof == ()


def test_nothing_new_is_not_signed_again(folder: Path) -> None:
    """The published checkpoint stays, with its cosignatures."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        text = store.get_published().checkpoint.text
        store.add_cosignatures([ALPHA.sign(text, now=NOW)], keys=[ALPHA.key])
        before = (folder / "checkpoint").read_bytes()

        store.checkpoint(signers=SIGNERS, now=LATER)

    assert (folder / "checkpoint").read_bytes() == before


def test_large_publications_go_in_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files come out when memory is bounded."""
    monkeypatch.setattr(ledger_store, "_STEP", 100)

    published(folder, 700)

    assert audit_ledger(folder).differing == ()


# --- who may what --------------------------------------------------------------------------------


def test_only_one_program_at_a_time(folder: Path) -> None:
    """A second one is refused, and let in when the first has gone."""
    with LedgerStore(folder):
        assert code_of(folder) == "ledger.busy"
    with LedgerStore(folder) as store:
        assert store.size == 0


def test_a_ledger_is_made_once(folder: Path) -> None:
    """An existing ledger is never made anew."""
    with pytest.raises(Refused) as caught:
        create_ledger(folder, origin=ORIGIN, keys=KEYS)

    assert caught.value.code == "ledger.exists"


@pytest.mark.parametrize(
    ("origin", "keys"),
    [("other", KEYS), (ORIGIN, ()), ("a b", (ed25519_log("a b").key,)), (ORIGIN, (ALPHA.key,))],
)
def test_a_ledger_bears_the_name_of_its_keys(
    tmp_path: Path, origin: str, keys: tuple[object, ...]
) -> None:
    """Another name, no keys, a name that no key can have: refused."""
    with pytest.raises(Refused) as caught:
        create_ledger(tmp_path / "x", origin=origin, keys=keys)  # type: ignore[arg-type]  # all are keys

    assert caught.value.code == "ledger.origin"


def test_there_must_be_a_ledger(tmp_path: Path) -> None:
    """Opening never creates."""
    assert code_of(tmp_path) == "ledger.absent"


@pytest.mark.parametrize(
    "signers", [(), SIGNERS[:1], SIGNERS[1:], (*SIGNERS, ALPHA), log_signers(key="mallory")]
)
def test_a_log_signs_with_each_of_its_keys(folder: Path, signers: tuple[NoteSigner, ...]) -> None:
    """Fewer, more, or others: refused before anything is written."""
    with LedgerStore(folder) as store:
        fill(store, 1)
        with pytest.raises(Refused) as caught:
            store.checkpoint(signers=signers, now=NOW)

    assert caught.value.code == "ledger.signers"
    assert not (folder / "tile").exists()


def test_a_batch_is_bounded(folder: Path) -> None:
    """Number and size of events have limits; at the limit it works."""
    with LedgerStore(folder) as store:
        assert store.append([b"0" * MAX_EVENT], random_bytes=randomness) == range(1)
        assert len(store.append([b"1"] * MAX_BATCH, random_bytes=bytes)) == MAX_BATCH == 65_536
        for events in ([b"1"] * (MAX_BATCH + 1), [b"0" * (MAX_EVENT + 1)]):
            with pytest.raises(Refused) as caught:
                store.append(events, random_bytes=randomness)
            assert caught.value.code == "ledger.batch"


def test_only_what_is_published_is_proven(folder: Path) -> None:
    """Before the first checkpoint nothing, afterwards only what it covers."""
    with LedgerStore(folder) as store:
        fill(store, 2)
        codes = []
        for act in (
            lambda: store.prove(0),
            store.get_published,
            lambda: store.request_for(0),
            lambda: store.add_cosignatures([], keys=[]),
        ):
            with pytest.raises(Refused) as caught:
                act()
            codes.append(caught.value.code)
        store.checkpoint(signers=SIGNERS, now=NOW)
        fill(store, 1)
        for index in (-1, 2, 3):
            for act in (store.prove, store.record):
                with pytest.raises(Refused) as caught:
                    act(index)
                assert caught.value.code == "ledger.not-published"

    assert codes == ["ledger.no-checkpoint"] * 4


# --- witnesses -----------------------------------------------------------------------------------


def test_cosignatures_are_kept_one_a_key(folder: Path) -> None:
    """Good lines of known witnesses; no strangers, no false lines, no second ones."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        text = store.get_published().checkpoint.text
        good = ALPHA.sign(text, now=NOW)
        false = evolve(BETA.sign(text, now=NOW), blob=b"x" * 2428)

        assert store.add_cosignatures([good, false], keys=[ALPHA.key, BETA.key]) == (ALPHA.name,)
        assert store.add_cosignatures([BETA.sign(text, now=NOW)], keys=[ALPHA.key]) == ()
        assert store.add_cosignatures([ALPHA.sign(text, now=LATER)], keys=[ALPHA.key]) == ()
        lines = store.get_published().note.signatures
    with LedgerStore(folder) as store:
        assert store.get_published().note.signatures == lines

    assert lines[2:] == (good,)


def test_a_request_proves_the_growth_since_any_size(folder: Path) -> None:
    """From each size that a witness may have seen to the published one."""
    published(folder, 300)
    with LedgerStore(folder) as store:
        for old_size in (1, 2, 255, 256, 257, 299, 300):
            request = store.request_for(old_size)
            head = request.signed.checkpoint.head
            assert request.old_size == old_size
            assert verify_consistency(
                old_size=old_size,
                new_size=300,
                proof=request.proof,
                old_root=root_at(folder, old_size),
                new_root=head.root.raw,
            )
        with pytest.raises(Refused) as caught:
            store.request_for(301)

    assert caught.value.code == "ledger.behind-witness"


def root_at(folder: Path, size: int) -> bytes:
    """Return the root of an earlier size, out of the folder's full row of leaves."""
    from longbien.ledger.tree import root_of  # noqa: PLC0415 - used here only

    row = (folder / "tile/0/000").read_bytes() + (folder / "tile/0/001.p/44").read_bytes()
    return root_of(row[: size * 32]).raw


def told(store: LedgerStore, size: int) -> Witnessed:
    """Return an honest witness's view of the published ledger."""
    head = store.get_published().checkpoint.head
    assert head.size == size
    return Witnessed(witness="w", size=size, root=head.root)


def test_a_restored_ledger_stops_and_stays_stopped(folder: Path, tmp_path: Path) -> None:
    """T29: put back from an old copy and told so, it accepts and signs nothing."""
    published(folder, 3)
    shutil.copytree(folder, tmp_path / "backup")
    published(folder, 2)
    with LedgerStore(folder) as store:
        seen = told(store, 5)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)

    with LedgerStore(folder) as store, pytest.raises(Refused) as first:
        store.checkpoint(signers=SIGNERS, now=LATER, witnessed=[seen])
    with LedgerStore(folder) as store:
        with pytest.raises(Refused) as second:
            fill(store, 9)
        with pytest.raises(Refused) as third:
            store.checkpoint(signers=SIGNERS, now=LATER)

    codes = {caught.value.code for caught in (first, second, third)}
    assert codes == {"ledger.behind-witness"}
    assert first.value.facts["seen"] == 5


def test_a_bare_size_keeps_it_stopped_until_the_root_is_told(folder: Path) -> None:
    """A 409 names only a size; growing past it would be a fork, so the root must come first."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        honest = told(store, 3)
        store.remember([Witnessed(witness="w", size=3)])
        with pytest.raises(Refused):
            fill(store, 1)
        store.remember([Witnessed(witness="w", size=2, root=EMPTY_ROOT)])
        with pytest.raises(Refused):
            fill(store, 1)
        store.remember([honest])
        fill(store, 1)
        store.remember([Witnessed(witness="w", size=3)])
        store.checkpoint(signers=SIGNERS, now=LATER)

    assert json.loads((folder / "private/witnessed.json").read_bytes()) == [
        {"root": honest.root.hex if honest.root else "", "size": 3, "witness": "w"}
    ]


def test_a_fork_is_not_signed(folder: Path) -> None:
    """A witness holds another root for a size that we have passed: Integrity, nothing new."""
    published(folder, 3)
    before = (folder / "checkpoint").read_bytes()
    forked = Witnessed(witness="w", size=2, root=head_of(2).root)

    with LedgerStore(folder) as store:
        fill(store, 1)
        with pytest.raises(Integrity) as caught:
            store.checkpoint(signers=SIGNERS, now=LATER, witnessed=[forked])

    assert caught.value.code == "ledger.forked"
    assert (folder / "checkpoint").read_bytes() == before


def test_a_witness_that_has_seen_nothing_does_not_stop_us(folder: Path) -> None:
    """Size 0 is in every history."""
    published(folder, 3)
    with LedgerStore(folder) as store:
        fill(store, 1)
        seen = Witnessed(witness="w", size=0, root=EMPTY_ROOT)
        assert (
            store.checkpoint(signers=SIGNERS, now=LATER, witnessed=[seen]).checkpoint.head.size == 4
        )
