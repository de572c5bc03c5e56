"""What was refused of peers is on the disk, is listed, and is found by fsck when it is changed."""

from datetime import timedelta

from longbien.node.store import models
from longbien.node.store.opening import Store
from longbien.node.turned_away import Recorder, code_of_peer, turned_away
from longbien.primitives.errors import Malformed, Refused, Unavailable
from longbien.primitives.ids import StateCode
from store_world import clock, findings

MY = StateCode("MY")


def recorder_of(store: Store) -> Recorder:
    """Return a recorder that writes there."""
    return Recorder(audit=store.audit, clock=clock)


def listed(store: Store, *, days: int = 0) -> list[tuple[str, str, int]]:
    """Return what is listed so many days later."""
    found = turned_away(store.audit, now=clock().plus(timedelta(days=days)))
    return [(one.peer, one.code, one.count) for one in found]


def test_a_refusal_is_written_down_and_listed(store: Store) -> None:
    """By State and code; strangers too, our own faults not; for thirty days."""
    recorder = recorder_of(store)
    for code in ("message.not-signed", "store.stopped", "message.not-signed", "json.size"):
        recorder.note(MY, code)
    recorder.note(None, "peer.not-admitted")
    recorder.write()
    recorder.note(MY, "json.size")
    recorder.write()
    recorder.write(everything=True)

    assert listed(store) == [
        ("", "peer.not-admitted", 1),
        ("MY", "json.size", 2),
        ("MY", "message.not-signed", 2),
    ]
    assert listed(store, days=31) == []
    assert findings(store) == []


def test_ten_thousand_refusals_are_one_row(store: Store) -> None:
    """A flood costs the disk nothing but its first row, and the counter at the end."""
    recorder = recorder_of(store)
    for _ in range(10_000):
        recorder.note(MY, "peer.over-budget")
        recorder.write()
    assert models.AuditRecord.objects.using(store.keys.using).count() == 1
    recorder.write(everything=True)

    assert models.AuditRecord.objects.using(store.keys.using).count() == 2
    assert listed(store) == [("MY", "peer.over-budget", 10_000)]


def test_a_changed_or_removed_record_is_found(store: Store) -> None:
    """Nobody makes a State look better or worse afterwards."""
    recorder = recorder_of(store)
    recorder.note(MY, "message.not-signed")
    recorder.write()
    table = models.AuditRecord.objects.using(store.keys.using)
    table.update(actor="IL")
    assert findings(store) == [("store.others", "store.audit-broken")]
    table.update(actor="MY")
    assert findings(store) == []
    table.all().delete()
    assert findings(store) == [("store.others", "store.rows-missing")]


def test_a_store_that_is_stopped_loses_no_count(store: Store) -> None:
    """What could not be written is written when the store goes on."""
    recorder = recorder_of(store)
    record = store.audit.record

    def stopped(*_entries: object) -> None:
        raise Unavailable("store.stopped", "the disk is full", retry=True)

    recorder.note(MY, "json.size")
    store.audit.record = stopped
    recorder.write()
    store.audit.record = record
    recorder.note(MY, "json.size")
    recorder.write()

    assert listed(store) == [("MY", "json.size", 2)]


def test_a_long_trail_is_read_in_pages(store: Store) -> None:
    """More records than a page holds are all counted."""
    for number in range(3):
        recorder = recorder_of(store)
        for code in range(400):
            recorder.note(MY, f"code.{code}")
        recorder.write()
        assert len(listed(store)) == 400, number

    assert {count for _, _, count in listed(store)} == {3}


def test_only_a_wrong_answer_is_counted_to_a_peer() -> None:
    """A refusal of ours by a peer is its right; bytes that break the protocol are not."""
    assert code_of_peer(Malformed("peer.answer-form", "x")) == "peer.answer-form"
    assert code_of_peer(Refused("receipt.not-signed", "x")) == "receipt.not-signed"
    assert code_of_peer(Refused("peer.refused", "x", peer_code="case.kind")) == ""
    assert code_of_peer(Unavailable("peer.slow", "x", retry=True)) == ""
