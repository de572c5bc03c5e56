"""Opening a store: what is checked before the first message, and what stops it."""

import shutil
from pathlib import Path

import pytest
from attrs import evolve
from django.db import connections

from ledger_cast import ALPHA, NOW, log_signers
from longbien.adapters.at_rest import MasterKey
from longbien.ledger.checkpoints import Head
from longbien.node.settings import add_database, sqlite_database
from longbien.node.store import models
from longbien.node.store.opening import (
    Store,
    create_sqlite_file,
    create_store,
    open_store,
)
from longbien.primitives.errors import LongBienError
from postgres_world import Cluster, new_postgres
from store_world import (
    MASTER,
    SIGNERS,
    at,
    case_id,
    change,
    clock,
    findings,
    forget,
    keys_for,
    new_event,
    new_sqlite,
    opened,
    random_bytes,
    sqlite_alias,
)


def code_of_opening(alias: str, **more: object) -> str:
    """Return the code with which a store does not open."""
    given = {"master": MASTER, "signers": SIGNERS, "clock": clock, **more}
    with pytest.raises(LongBienError) as caught:
        open_store(
            monotonic=lambda: 0.0,
            random_bytes=random_bytes,
            using=alias,
            **given,  # type: ignore[arg-type]  # as the caller says
        )
    return caught.value.code


def test_what_was_kept_is_there_when_it_is_opened_again(alias: str) -> None:
    """A store that was closed goes on where it stood."""
    with opened(alias) as store:
        store.journal.commit(change(case_id(1), 0, events=300))

    with opened(alias) as store:
        assert len(store.journal.load(case_id(1))) == 300
        assert store.journal.commit(change(case_id(1), 300)).leaves == (300,)
        assert findings(store) == []


def test_a_clock_before_the_last_entry_opens_nothing(alias: str) -> None:
    """To the microsecond: a machine whose clock went back would put false times on record."""
    with opened(alias) as store:
        event = new_event(when=at(500))
        store.journal.commit(evolve(change(case_id(1), 0), events=(event,)))

    assert code_of_opening(alias, clock=lambda: at(499.999999)) == "store.clock"
    with opened(alias, now=lambda: at(500)):
        pass


def test_another_nodes_keys_open_nothing(alias: str) -> None:
    """Neither with another master key nor for another ledger."""
    assert code_of_opening(alias, master=MasterKey(bytes(32))) == "store.head-damaged"
    assert code_of_opening(alias, signers=log_signers("longbien.xk/node")) == "store.other-ledger"
    assert code_of_opening(alias, signers=log_signers(SIGNERS[0].key.name, "other")) == (
        "store.head-damaged"
    )


def test_creating_again_changes_nothing(alias: str) -> None:
    """Making a store is safe to repeat, and does not take over another one."""
    with opened(alias) as store:
        store.journal.commit(change(case_id(1), 0))

    create_store(keys_for(alias))
    other = evolve(keys_for(alias), signers=log_signers("longbien.xk/node"))
    with pytest.raises(LongBienError) as caught:
        create_store(other)

    assert caught.value.code == "store.other-ledger"
    with opened(alias) as store:
        assert store.ledger.size() == 1


def test_a_damaged_edge_of_the_tree_opens_nothing(alias: str) -> None:
    """Nothing is built upon a tree that does not give its signed root."""
    with opened(alias) as store:
        store.journal.commit(change(case_id(1), 0, events=3))
    models.Event.objects.using(alias).filter(leaf=1).update(entry=bytes(33))

    assert code_of_opening(alias) == "ledger.tiles-disagree"


def test_serving_creates_no_database(tmp_path: Path, postgres: Cluster) -> None:
    """Where there is none, or an empty one, the command that makes one is named."""
    missing = sqlite_alias(tmp_path / "store.sqlite3")
    assert code_of_opening(missing) == "store.absent"
    assert not (tmp_path / "store.sqlite3").exists()

    create_sqlite_file(tmp_path / "store.sqlite3")
    assert code_of_opening(missing) == "store.absent"
    forget(missing)

    empty = new_postgres(postgres)
    connections[empty].cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert code_of_opening(empty) == "store.absent"
    forget(empty)


def test_a_database_is_never_overwritten(tmp_path: Path) -> None:
    """Whose file is there already keeps it."""
    create_sqlite_file(tmp_path / "store.sqlite3")

    with pytest.raises(LongBienError) as caught:
        create_sqlite_file(tmp_path / "store.sqlite3")

    assert caught.value.code == "store.exists"
    assert (tmp_path / "store.sqlite3").stat().st_mode & 0o777 == 0o600


def test_tables_of_another_version_open_nothing(alias: str) -> None:
    """A program does not write into tables that it does not know."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('store', '9999_of_tomorrow', '2026-11-21')"
        )

    assert code_of_opening(alias) == "store.schema"


def test_a_database_that_forgets_is_not_opened(tmp_path: Path) -> None:
    """An acknowledgement means: on the disk.  A database set up otherwise is refused."""
    alias = new_sqlite(tmp_path)
    unsafe = sqlite_database(tmp_path / "store.sqlite3")
    unsafe["OPTIONS"]["init_command"] += "PRAGMA synchronous=NORMAL;"
    add_database(alias, unsafe)

    assert code_of_opening(alias) == "store.unsafe-database"
    forget(alias)


@pytest.mark.parametrize("is_file_gone", [False, True])
def test_a_restored_old_copy_is_noticed_and_signs_nothing(
    tmp_path: Path, *, is_file_gone: bool
) -> None:
    """An hour-old backup is put back to erase a case: this machine tells, or the next witness."""
    with opened(new_sqlite(tmp_path)) as store:
        store.journal.commit(change(case_id(1), 0))
    copy = tmp_path / "copy"
    shutil.copyfile(tmp_path / "store.sqlite3", copy)
    with opened(sqlite_alias(tmp_path / "store.sqlite3")) as store:
        store.journal.commit(change(case_id(2), 0))
        seen = store.ledger.newest().checkpoint.head
    newest = tmp_path / "newest"
    shutil.copyfile(tmp_path / "store.sqlite3", newest)

    (tmp_path / "store.sqlite3").unlink()
    for name in ("store.sqlite3-wal", "store.sqlite3-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copyfile(copy, tmp_path / "store.sqlite3")
    if is_file_gone:  # who removed it as well is found out by the first witness
        (tmp_path / "store.sqlite3.head").unlink()
    with opened(sqlite_alias(tmp_path / "store.sqlite3")) as store:
        if is_file_gone:
            store.ledger.behind("alpha.example", seen)
        assert code_of(store) == "ledger.behind-witness"
    with opened(sqlite_alias(tmp_path / "store.sqlite3")) as store:  # it is remembered
        assert code_of(store) == "ledger.behind-witness"
        assert findings(store) == []

    with opened(sqlite_alias(newest)) as store:
        assert store.journal.commit(change(case_id(3), 0)).leaves == (2,)


def code_of(store: Store) -> str:
    """Return the code with which a change is not signed."""
    with pytest.raises(LongBienError) as caught:
        store.journal.commit(change(case_id(9), 0))
    return caught.value.code


def test_a_witness_that_is_met_again_after_the_ledger_caught_up(store: Store) -> None:
    """What stopped the ledger ends by itself as soon as the ledger holds what was seen."""
    store.journal.commit(change(case_id(1), 0))
    head = store.ledger.newest().checkpoint.head
    store.ledger.behind("alpha.example", Head(origin=head.origin, size=9, root=head.root))
    row = models.Ahead.objects.using(store.keys.using).get()
    assert code_of(store) == "ledger.behind-witness"

    def catch_up(turn: object) -> None:  # as a newer copy of the database would have it
        turn.count_out("ahead", bytes(row.mark))  # type: ignore[attr-defined]  # a turn
        row.size = 1
        row.mark = MASTER.mark("ahead", row.witness, row.size, bytes(row.root))
        turn.count_in("ahead", row.mark)  # type: ignore[attr-defined]  # a turn
        row.save(using=store.keys.using)

    store.committer.run(catch_up)

    assert store.ledger.newest().checkpoint.head == head
    assert store.journal.commit(change(case_id(1), 1)).leaves == (1,)
    assert findings(store) == []


def test_who_removes_what_a_witness_has_seen_gains_nothing(store: Store) -> None:
    """The row that holds a ledger back is missed when it is gone."""
    head = store.ledger.newest().checkpoint.head
    store.ledger.behind("alpha.example", Head(origin=head.origin, size=9, root=head.root))
    models.Ahead.objects.using(store.keys.using).all().delete()

    assert code_of(store) == "store.head-damaged"


def test_a_cosignature_over_a_foreign_head_is_not_kept(store: Store) -> None:
    """Only heads that this log had: neither another root nor a size still to come."""
    store.journal.commit(change(case_id(1), 0))
    head = store.ledger.newest().checkpoint.head
    line = ALPHA.sign(store.ledger.newest().checkpoint.text, now=NOW)

    for wrong in (
        evolve(head, size=2),
        evolve(head, origin="longbien.xk/node"),
        Head(origin=head.origin, size=0, root=head.root),
    ):
        with pytest.raises(LongBienError) as caught:
            store.ledger.add_cosignatures(wrong, [line])
        assert caught.value.code == "ledger.not-our-head"
    assert store.ledger.cosigned_by(ALPHA.name) is None
