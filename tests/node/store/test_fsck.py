"""Fsck: a store that was used is sound, and every change to what it holds is found."""

from collections.abc import Iterator, Sequence

import pytest
from attrs import evolve
from django.db import connections
from django.db import models as django_models

from ledger_cast import ALPHA, NOW
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.desk.ports import StoredEvent
from longbien.ledger.checkpoints import Head
from longbien.node.store import models
from longbien.node.store.audit import AuditEntry
from longbien.node.store.lists import Listed
from longbien.node.store.opening import Store
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId
from longbien.primitives.verdict import Outcome
from store_world import (
    START,
    answered,
    arrival,
    at,
    case_id,
    change,
    chore,
    findings,
    incoming,
    outgoing,
    sealed,
    summarise,
)

# bookkeeping of leases: whatever it says, the work is done at least once, and its effect is once
_OF_A_LEASE = {"ready_at", "fence", "attempts", "code"}
_UNGUARDED = {
    *(("chore", name) for name in _OF_A_LEASE),
    *(("outbox", name) for name in _OF_A_LEASE),
    ("log", "id"),  # without that row there is no store at all, which opening tells
}
_TABLES = {
    "log": models.Log,
    "event": models.Event,
    "tile": models.Tile,
    "cosigned": models.Cosigned,
    "cosignature": models.Cosignature,
    "ahead": models.Ahead,
    "casekey": models.CaseKey,
    "outbox": models.Outbox,
    "inbox": models.Inbox,
    "pin": models.Pin,
    "arrival": models.Arrival,
    "vaultobject": models.VaultObject,
    "chore": models.Chore,
    "caserow": models.CaseRow,
    "witnessing": models.Witnessing,
    "splitview": models.SplitView,
    "answer": models.Answer,
    "auditrecord": models.AuditRecord,
}
_COLUMNS = [
    (table, field.attname)
    for table, model in _TABLES.items()
    for field in model._meta.concrete_fields
    if (table, field.attname) not in _UNGUARDED and not isinstance(field, django_models.AutoField)
]


@pytest.fixture
def used(store: Store) -> Store:
    """Give a store that has at least one row in each table, and a full tile."""
    one, two, three = case_id(1), case_id(2), case_id(3)
    store.journal.commit(
        change(
            one,
            0,
            events=260,
            outgoing=(outgoing(one, 1), outgoing(one, 2)),
            incoming=incoming(one, 1),
            arrivals=(arrival(one),),
            objects=(sealed(),),
            chores=(chore(one),),
            answered=answered(),
            pins=PeerPins(),
        )
    )
    store.journal.commit(change(two, 0, outgoing=(outgoing(two, 1),), incoming=incoming(two, 1)))
    store.journal.commit(change(two, 1, destroys_key=True))
    store.journal.commit(change(three, 0))
    (leased, *_) = store.queue.lease_messages(
        now=at(1), until=at(2), limit=1, lanes=frozenset(Lane)
    )
    store.queue.settle_message(leased, receipt=b"receipt", outcome=ReceiptOutcome.ACCEPTED)
    signed = store.ledger.newest()
    line = ALPHA.sign(signed.checkpoint.text, now=NOW)
    store.ledger.add_cosignatures(signed.checkpoint.head, [line])
    theirs = Head(origin="longbien.il/node", size=5, root=Digest.of(b"5"))
    store.witnessings.record(theirs.origin, theirs, expected=None, note=b"note")
    store.witnessings.keep_evidence(theirs.origin, b"proof")
    for number in range(3):
        store.audit.record(
            AuditEntry(at=START, actor="linh", action="case.read", subject=str(number))
        )
    store.ledger.behind("alpha.example", Head(origin="x", size=9_999, root=Digest.of(b"9")))
    return store


def first_row(store: Store, table: str) -> models.Row:
    """Return the first row of a table."""
    row = _TABLES[table].objects.using(store.keys.using).order_by("pk").first()
    assert row is not None, f"the test's world has no row in {table}"
    return row


def other(value: object) -> object:
    """Return another value of the same kind, as near as can be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, str):
        return value[:-1] + ("a" if value[-1:] != "a" else "b") if value else "a"
    if value is None:
        return b"x"
    raw = bytes(value)  # type: ignore[call-overload]  # nothing else is in these tables
    return bytes([*raw[:-1], raw[-1] ^ 1]) if raw else b"x"


def set_column(store: Store, table: str, key: object, column: str, value: object) -> None:
    """Change one value behind the back of the program."""
    model = _TABLES[table]
    with connections[store.keys.using].cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET "{column}" = %s '  # noqa: S608 - our own names
            f'WHERE "{model._meta.pk.column}" = %s',
            [value, key],
        )


def test_a_used_store_is_sound(used: Store) -> None:
    """Each of the ten checks leaves its finding, and all pass, erased cases included."""
    verdict = used.check(summarise=summarise, holds_object=lambda _: True)

    assert {one.reason for one in verdict.findings} == {"store.sound"}
    assert len(verdict.findings) == 10
    assert verdict.outcome is Outcome.PASSED


def test_every_changed_value_is_found(used: Store) -> None:
    """One value of one row at a time, of every column of every table that holds anything."""
    unseen = []
    for table, column in _COLUMNS:
        row = first_row(used, table)
        before = getattr(row, column)
        changed = other(before)
        set_column(used, table, row.pk, column, changed)
        if not findings(used):
            unseen.append((table, column))
        is_key = column == row._meta.pk.attname
        set_column(used, table, changed if is_key else row.pk, column, before)

    assert unseen == []
    assert findings(used) == []


# a cosignature can be asked for again; lists are compared with the journal, in a test of their own
_REPLACEABLE = {"log", "cosigned", "cosignature", "caserow"}


@pytest.mark.parametrize("table", sorted(set(_TABLES) - _REPLACEABLE))
def test_every_missing_row_is_found(used: Store, table: str) -> None:
    """The last row of any table that holds something for good, taken away."""
    rows = _TABLES[table].objects.using(used.keys.using)
    rows.filter(pk=rows.order_by("-pk").values_list("pk", flat=True)[0]).delete()

    assert findings(used) != []


@pytest.mark.parametrize("table", ["event", "outbox", "inbox", "casekey"])
def test_rows_that_changed_places_are_found(used: Store, table: str) -> None:
    """What is sealed for one place opens in no other: two rows exchange what they hold."""
    column = {"event": "sealed", "outbox": "envelope", "inbox": "receipt", "casekey": "wrapped"}
    name = column[table]
    rows = list(_TABLES[table].objects.using(used.keys.using).order_by("pk"))
    first, second = [row for row in rows if getattr(row, name)][:2]

    set_column(used, table, first.pk, name, bytes(getattr(second, name)))
    set_column(used, table, second.pk, name, bytes(getattr(first, name)))

    assert findings(used) != []


def test_a_copied_row_is_found(used: Store) -> None:
    """A true row once more, under another number, is one too many."""
    row = first_row(used, "vaultobject")
    row.pk = None
    row.save(using=used.keys.using)

    assert findings(used) == [("store.vault", "store.rows-missing")]


def test_an_object_that_the_vault_has_lost_is_found(used: Store) -> None:
    """The vault is asked for every object that the journal says it holds."""
    assert findings(used, holds_object=False) == [("store.vault", "store.object-missing")]


def test_a_list_that_shows_something_else_is_found_and_mended(used: Store) -> None:
    """Read models follow from the journal: they are compared with it, and made again from it."""
    using = used.keys.using
    models.CaseRow.objects.using(using).filter(case=case_id(1).text).update(state="closed")
    models.CaseRow.objects.using(using).filter(case=case_id(3).text).delete()
    stray = models.CaseRow.objects.using(using).get(case=case_id(1).text)
    stray.case = case_id(77).text
    stray.save(using=using, force_insert=True)

    assert findings(used) == [("store.lists", "store.list-differs")] * 3
    assert used.rebuild(summarise) == 2
    assert findings(used) == []


def test_a_case_that_no_list_shows_has_no_row(store: Store) -> None:
    """Journals of the house are in no list, and are not missed there."""
    store.journal.commit(change(case_id(1), 0, summary=None))

    verdict = store.check(summarise=lambda _case, _events: None, holds_object=lambda _: True)

    assert verdict.outcome is Outcome.PASSED
    assert store.rebuild(lambda _case, _events: None) == 0


def test_fsck_runs_beside_a_writer(store: Store) -> None:
    """It looks at one moment: what is committed meanwhile is neither seen nor hindered."""
    store.journal.commit(change(case_id(1), 0))
    added: list[int] = []

    def holds(_: object) -> bool:
        added.extend(store.journal.commit(change(case_id(50), 0)).leaves)
        return True

    store.journal.commit(change(case_id(2), 0, objects=(sealed(),)))
    verdict = store.check(summarise=summarise, holds_object=holds)

    assert verdict.outcome is Outcome.PASSED
    assert added == [2]


@pytest.fixture(autouse=True)
def let_go(alias: str) -> Iterator[None]:
    """Close what a failing test may leave open."""
    yield
    connections[alias].close()


def test_what_cases_name_is_made_again_from_the_journal(used: Store) -> None:
    """Rows that are missing, wrong or left over are found, and gone after a rebuild."""

    def naming(case: CaseId, events: Sequence[StoredEvent]) -> Listed:
        return evolve(summarise(case, events), tokens=("user 1",))

    def found() -> int:
        verdict = used.check(summarise=naming, holds_object=lambda _: True)
        return sum(one.reason == "store.list-differs" for one in verdict.findings)

    using = used.keys.using
    assert found() == 2
    assert used.rebuild(naming) == 2
    assert found() == 0
    models.Likeness.objects.using(using).create(case=case_id(77).text, hash="0" * 64)
    models.Likeness.objects.using(using).filter(case=case_id(1).text).update(hash="1" * 64)
    assert found() == 2
    stray = models.CaseRow.objects.using(using).get(case=case_id(1).text)
    stray.case = case_id(77).text
    stray.save(using=using, force_insert=True)
    assert used.rebuild(naming) == 2
    assert found() == 0
    assert not models.Likeness.objects.using(using).filter(case=case_id(77).text).exists()
