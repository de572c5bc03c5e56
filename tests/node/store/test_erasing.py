"""Erasing a case: its key is destroyed, nothing of it can be read, the ledger still verifies."""

from pathlib import Path

from attrs import evolve
from django.db import connections

from longbien.channel.message import Lane, ReceiptOutcome
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.tree import leaf_hash, verify_inclusion
from longbien.node.store import models
from longbien.node.store.opening import Store
from store_world import (
    answered,
    at,
    case_id,
    change,
    findings,
    new_event,
    outgoing,
    sqlite_store,
)

ONE, TWO = case_id(1), case_id(2)
NAMED = "the name of a witness"
ALL = frozenset(Lane)


def whole_database(store: Store) -> bytes:
    """Return everything that the tables hold, as bytes."""
    found = []
    connection = connections[store.keys.using]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of the database itself
            for row in cursor.fetchall():
                found += [
                    bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode()
                    for one in row
                ]
    return b"\n".join(found)


def test_nothing_of_a_case_stands_readable_in_the_database(store: Store) -> None:
    """Event bodies, salts, envelopes and answers are encrypted; lists hold codes alone."""
    event, message = new_event(NAMED), outgoing(ONE, 1)
    given = answered(answer=NAMED.encode())

    store.journal.commit(
        evolve(
            change(ONE, 0, outgoing=(message,), answered=given, tokens=(NAMED,)), events=(event,)
        )
    )

    kept = whole_database(store)
    for hidden in (NAMED.encode(), event.body, event.salt, message.envelope):
        assert hidden not in kept
    assert store.journal.load(ONE)[0].body == event.body


def test_the_ledger_of_an_erased_case_still_verifies(store: Store) -> None:
    """Who was given event and salt before proves it afterwards; fsck finds nothing wrong."""
    store.journal.commit(change(ONE, 0, events=3))
    store.journal.commit(change(TWO, 0, events=2))
    disclosed = store.journal.load(ONE)[1]

    store.journal.commit(change(ONE, 3, destroys_key=True))

    proof = store.ledger.prove(disclosed.leaf)
    head = proof.signed.checkpoint.head
    assert verify_inclusion(
        leaf=leaf_hash(encode_entry(EntryKind.EVENT, disclosed.salt, disclosed.body)),
        index=disclosed.leaf,
        size=head.size,
        proof=proof.hashes,
        root=head.root.raw,
    )
    assert len(store.journal.load(TWO)) == 2
    assert findings(store) == []


def test_the_key_itself_is_gone(store: Store) -> None:
    """No copy of the wrapped key is left in any row: nobody can undo it with the master key."""
    store.journal.commit(change(ONE, 0))
    row = models.CaseKey.objects.using(store.keys.using).get(case=ONE.text)
    wrapped = bytes(row.wrapped or b"")
    assert wrapped in whole_database(store)

    store.journal.commit(change(ONE, 1, destroys_key=True))

    assert wrapped not in whole_database(store)


def test_the_file_itself_forgets_the_key(tmp_path: Path) -> None:
    """SQLite leaves no copy of it in a free page nor in the write-ahead log."""
    with sqlite_store(tmp_path) as store:
        for number in range(20):
            store.journal.commit(change(case_id(number), 0))
        row = models.CaseKey.objects.using(store.keys.using).get(case=ONE.text)
        wrapped = bytes(row.wrapped or b"")
        store.journal.commit(change(ONE, 1, destroys_key=True))

        files = [path for path in tmp_path.iterdir() if path.is_file()]

        assert [path.name for path in files if wrapped in path.read_bytes()] == []


def test_what_was_to_be_said_of_it_is_still_said(store: Store) -> None:
    """The certificate of destruction, and what waited before it, reach the other State."""
    store.journal.commit(change(ONE, 0, outgoing=(outgoing(ONE, 1),)))
    certificate = outgoing(ONE, 2)
    store.journal.commit(change(ONE, 1, outgoing=(certificate,), destroys_key=True))

    sent = []
    while leased := store.queue.lease_messages(now=at(100), until=at(200), limit=5, lanes=ALL):
        for one in leased:
            sent.append(one.message)
            store.queue.settle_message(one, receipt=b"r", outcome=ReceiptOutcome.ACCEPTED)

    assert sent == [outgoing(ONE, 1), certificate]
    assert findings(store) == []


def test_a_message_that_cannot_be_read_hinders_no_other(store: Store) -> None:
    """It is kept back and marked; the rest of the outbox goes its way."""
    for case in (ONE, TWO):
        store.journal.commit(change(case, 0, outgoing=(outgoing(case, 1),)))
    table = models.Outbox.objects.using(store.keys.using)
    table.filter(thread=ONE.text).update(envelope=b"changed")

    leased = store.queue.lease_messages(now=at(100), until=at(200), limit=5, lanes=ALL)

    assert [one.message.thread for one in leased] == [TWO]
    assert table.get(thread=ONE.text).code == "journal.damaged"
    assert store.health.ready().is_ready


def test_a_case_whose_key_is_damaged_stops_alone(store: Store) -> None:
    """Its own changes fail with a code; those that wait with them are kept."""
    for case in (ONE, TWO):
        store.journal.commit(change(case, 0))
    table = models.CaseKey.objects.using(store.keys.using)
    table.filter(case=ONE.text).update(wrapped=b"changed")

    with store.committer._lock:
        waiting = [
            store.committer._put(change(ONE, 1)),
            store.committer._put(change(TWO, 1)),
        ]
    errors = [one.exception(timeout=60) for one in waiting]

    assert [getattr(error, "code", "") for error in errors] == ["journal.damaged", ""]
    assert store.health.ready().is_ready
