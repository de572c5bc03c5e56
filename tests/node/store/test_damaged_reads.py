"""What somebody changed in the tables is never read as true, and never marked as true."""

import pytest
from django.db import connections

from ledger_cast import ALPHA, NOW
from longbien.casework.case import Duty, Officer
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.desk.ports import Question
from longbien.ledger.checkpoints import Head
from longbien.node.store import models
from longbien.node.store.audit import AuditEntry
from longbien.node.store.objects import objects_of
from longbien.node.store.officer_tables import OfficerRow, TokenRow
from longbien.node.store.officers import Officers, Scope
from longbien.node.store.opening import Store, create_store
from longbien.node.store.turn import Tallies, log_mark
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Refused
from longbien.primitives.ids import OfficerId
from store_world import (
    OWN,
    START,
    answered,
    at,
    case_id,
    change,
    chore,
    clock,
    findings,
    outgoing,
    sealed,
)

LANES = frozenset(Lane)


def tampered(store: Store, table: type[models.Row], **values: object) -> None:
    """Change every row of a table behind the program's back."""
    table._default_manager.using(store.keys.using).update(**values)


def damaged(what: object) -> str:
    """Return what is said of something that was changed."""
    with pytest.raises(Integrity) as caught:
        what()  # type: ignore[operator]  # a piece of the test
    return caught.value.code


def test_a_chore_that_somebody_changed_is_not_done(store: Store) -> None:
    """Neither another kind of work nor work on another case: it is kept back, and told."""
    store.journal.commit(change(case_id(1), chores=(chore(case_id(1)),)))
    tampered(store, models.Chore, kind="destroy")

    assert store.queue.lease_chores(now=at(1), until=at(2), limit=5) == []
    assert models.Chore.objects.using(store.keys.using).get().code == "journal.damaged"


def test_a_chore_that_is_changed_while_it_is_done_is_not_marked_as_true(store: Store) -> None:
    """Settling writes a new mark: only over what bore a true one."""
    store.journal.commit(change(case_id(1), chores=(chore(case_id(1)),)))
    (leased,) = store.queue.lease_chores(now=at(1), until=at(2), limit=5)
    tampered(store, models.Chore, case=case_id(2).text)

    assert damaged(lambda: store.queue.settle_chore(leased)) == "journal.damaged"
    assert ("store.others", "store.row-damaged") in findings(store)


@pytest.mark.parametrize(
    ("column", "value"), [("recipient", "XK/contact-point"), ("lane", 0), ("expires_at", 2**50)]
)
def test_a_message_that_somebody_readdressed_is_not_sent(
    store: Store, column: str, value: object
) -> None:
    """The sealed envelope is the same, and yet it would be sealed for another State."""
    store.journal.commit(change(case_id(1), outgoing=(outgoing(case_id(1), 1),)))
    tampered(store, models.Outbox, **{column: value})

    assert store.queue.lease_messages(now=at(1), until=at(2), limit=5, lanes=LANES) == []
    assert models.Outbox.objects.using(store.keys.using).get().code == "journal.damaged"


def test_a_message_that_is_changed_while_it_is_sent_is_not_marked_as_true(store: Store) -> None:
    """Neither by the receipt that settles it, nor by a change that brings one along."""
    store.journal.commit(change(case_id(1), outgoing=(outgoing(case_id(1), 1),)))
    (leased,) = store.queue.lease_messages(now=at(1), until=at(2), limit=5, lanes=LANES)
    tampered(store, models.Outbox, recipient="XK/contact-point")

    def settle() -> None:
        store.queue.settle_message(leased, receipt=b"r", outcome=ReceiptOutcome.ACCEPTED)

    assert damaged(settle) == "journal.damaged"
    assert ("store.outbox", "store.row-damaged") in findings(store)


@pytest.mark.parametrize("column", ["request_sha256", "sealed"])
def test_an_answer_that_somebody_changed_is_not_given_again(store: Store, column: str) -> None:
    """Neither its text, nor the digest of the call that it answers."""
    store.journal.commit(change(case_id(1), answered=answered()))
    tampered(store, models.Answer, **{column: bytes(32)})

    assert damaged(lambda: store.journal.find_answered("office", "key")) == "journal.damaged"


@pytest.mark.parametrize(
    ("column", "value"), [("state", "closed"), ("due_at", 1), ("peer", "VN/x")]
)
def test_a_list_that_somebody_changed_is_not_shown(
    store: Store, column: str, value: object
) -> None:
    """One case, or a page of them: it is made again from the journal first."""
    store.journal.commit(change(case_id(1)))
    tampered(store, models.CaseRow, **{column: value})

    assert damaged(lambda: store.register.find(case_id(1))) == "journal.damaged"
    assert damaged(store.register.page) == "journal.damaged"


def test_an_audit_trail_that_somebody_changed_is_not_shown(store: Store) -> None:
    """A changed record, and one whose predecessor is gone; the records before it are shown."""
    for number in range(3):
        store.audit.record(
            AuditEntry(at=START, actor="linh", action="case.read", subject=str(number))
        )
    trail = models.AuditRecord.objects.using(store.keys.using)
    trail.filter(id=3).update(actor="minh")
    assert damaged(store.audit.page) == "journal.damaged"
    assert [number for number, _ in store.audit.page(before=3)] == [2, 1]
    trail.filter(id=1).delete()
    assert damaged(lambda: store.audit.page(before=3)) == "journal.damaged"


def test_a_proof_of_a_split_view_that_somebody_changed_is_not_shown(store: Store) -> None:
    """It accuses a State: nothing is shown that was not kept so."""
    store.witnessings.keep_evidence("longbien.il/node", b"proof")
    tampered(store, models.SplitView, origin="longbien.xk/node")

    assert damaged(store.witnessings.evidence) == "journal.damaged"


def test_a_question_that_somebody_changed_is_put_again(store: Store) -> None:
    """It is as none: the other ledger is asked when it shows itself."""
    store.witnessings.put_question("x", Question(note=b"note", asked=1))
    assert store.witnessings.question("x") == Question(note=b"note", asked=1)
    tampered(store, models.AskedLog, asked=0)

    assert store.witnessings.question("x") is None
    assert findings(store) == [("store.others", "store.row-damaged")]


def test_an_older_head_of_another_ledger_is_not_believed(store: Store) -> None:
    """Its mark is true, and yet whoever put it back would have two histories cosigned."""
    one, two = (Head(origin="x", size=size, root=Digest.of(b"%d" % size)) for size in (1, 2))
    store.witnessings.record("x", one, expected=None)
    old = models.Witnessing.objects.using(store.keys.using).get()
    store.witnessings.record("x", two, expected=one)
    old.save(using=store.keys.using)

    assert damaged(lambda: store.witnessings.record("x", two, expected=one)) == "journal.damaged"


def test_objects_that_somebody_changed_are_not_named(store: Store) -> None:
    """What is scrubbed or removed is what was kept."""
    store.journal.commit(change(case_id(1), objects=(sealed(),)))
    tampered(store, models.VaultObject, case=case_id(2).text)

    assert damaged(lambda: list(objects_of(store))) == "journal.damaged"


def test_cosignatures_that_somebody_changed_are_as_none(store: Store) -> None:
    """A line, or the head under it: not shown, asked for again, and told by fsck."""
    store.journal.commit(change(case_id(1)))
    signed = store.ledger.newest()
    store.ledger.add_cosignatures(
        signed.checkpoint.head, [ALPHA.sign(signed.checkpoint.text, now=NOW)]
    )
    lines = len(store.ledger.newest().note.signatures)
    row = models.Cosignature.objects.using(store.keys.using).get()
    good = bytes(row.line)
    at_a_bit = good[:-20] + bytes([good[-20] ^ 1]) + good[-19:]
    tampered(store, models.Cosignature, line=at_a_bit)
    assert len(store.ledger.newest().note.signatures) == lines - 1
    assert ("store.head", "store.row-damaged") in findings(store)

    tampered(store, models.Cosignature, line=good)
    tampered(store, models.Cosigned, root=bytes(32))
    assert store.ledger.cosigned_by(ALPHA.name) is None


def test_a_case_without_its_key_is_damaged_and_not_erased(store: Store) -> None:
    """A key that is gone without the act that destroys it: nothing is read, nothing is added."""
    store.journal.commit(change(case_id(1), answered=answered()))
    tampered(store, models.CaseKey, wrapped=None)
    assert damaged(lambda: store.journal.load(case_id(1))) == "journal.damaged"

    models.CaseKey.objects.using(store.keys.using).all().delete()
    assert damaged(lambda: store.journal.load(case_id(1))) == "journal.damaged"
    assert damaged(lambda: store.journal.find_answered("office", "key")) == "journal.damaged"
    assert damaged(lambda: store.journal.commit(change(case_id(1), 1))) == "journal.damaged"


def test_an_erased_case_is_still_told_from_a_damaged_one(store: Store) -> None:
    """The act that destroyed its key stands in the journal, under the node's own key."""
    store.journal.commit(change(case_id(1)))
    store.journal.commit(change(case_id(1), 1, destroys_key=True))

    with pytest.raises(Refused) as caught:
        store.journal.load(case_id(1))
    assert caught.value.code == "case.erased"


def entered(store: Store) -> Officers:
    """Enter an officer with a token."""
    officers = Officers.of(store)
    officer = Officer(id=OfficerId("linh"), authority=OWN, duties=frozenset(Duty))
    officers.add(officer)
    officers.issue(officer.id, scopes=[Scope.READ], days=1)
    return officers


def test_a_token_that_was_revoked_and_put_back_is_found(store: Store) -> None:
    """Its old row bears a true mark: the sum over all rows does not; nor does a missing officer."""
    officers = entered(store)
    old = TokenRow.objects.using(store.keys.using).get()
    officers.revoke(old.token)
    assert findings(store) == []
    old.save(using=store.keys.using)
    assert findings(store) == [("store.others", "store.rows-missing")]

    officers.revoke(old.token)
    OfficerRow.objects.using(store.keys.using).all().delete()
    assert ("store.others", "store.rows-missing") in findings(store)


def test_an_officer_that_somebody_changed_is_not_overwritten(store: Store) -> None:
    """Entrusting someone anew reads first what was entered: a changed row is told."""
    officers = entered(store)
    tampered(store, OfficerRow, added_at=1)
    officer = Officer(id=OfficerId("linh"), authority=OWN, duties=frozenset({Duty.AUDITOR}))

    assert damaged(lambda: officers.add(officer)) == "journal.damaged"


def test_rows_of_an_older_program_are_marked_once_by_the_upgrade(store: Store) -> None:
    """Lists, cosignatures and officers get their marks and sums; then everything is sound."""
    store.journal.commit(change(case_id(1)))
    entered(store)
    using, master = store.keys.using, store.keys.master
    tampered(store, models.CaseRow, mark=b"")
    log = models.Log.objects.using(using).get()
    log.tallies = bytes(log.tallies)[: -2 * len(Tallies.empty().of("token"))]
    log.mark = log_mark(master, log)
    log.save(using=using)
    assert ("store.others", "store.rows-missing") in findings(store)

    create_store(store.keys)

    assert findings(store) == []
    assert store.register.find(case_id(1)) is not None
    assert clock() == store.keys.clock()


def test_a_text_that_is_no_text_is_told_with_a_code(store: Store) -> None:
    """SQLite keeps whatever bytes stand there: the head of the ledger, and a case's event."""
    if connections[store.keys.using].vendor != "sqlite":
        return  # PostgreSQL takes no such bytes
    store.journal.commit(change(case_id(1)))
    with connections[store.keys.using].cursor() as cursor:
        cursor.execute("UPDATE store_log SET origin = CAST(%s AS TEXT)", [b"\xff"])
        cursor.execute("UPDATE store_event SET kind = CAST(%s AS TEXT)", [b"\xff"])

    reasons = {reason for _, reason in findings(store)}

    assert "store.unreadable" in reasons
    with pytest.raises(LongBienError) as caught:
        store.journal.load(case_id(1))
    assert caught.value.code == "store.stopped"


def test_values_of_another_kind_are_told(store: Store) -> None:
    """A number that is neither true nor false, and a text where bytes belong."""
    if connections[store.keys.using].vendor != "sqlite":
        return  # PostgreSQL keeps kinds apart
    store.journal.commit(change(case_id(1), chores=(chore(case_id(1)),)))
    with connections[store.keys.using].cursor() as cursor:
        cursor.execute("UPDATE store_event SET is_own = 4")

    assert ("store.database", "store.value-odd") in findings(store)


def test_work_that_is_put_off_is_told(store: Store) -> None:
    """Open work that nobody will look at for hours."""
    store.journal.commit(change(case_id(1), outgoing=(outgoing(case_id(1), 1),)))
    assert findings(store) == []
    tampered(store, models.Outbox, ready_at=2**60)

    assert findings(store) == [("store.outbox", "store.work-put-off")]
