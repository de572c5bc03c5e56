"""Books of the house."""

import pytest

from desk_stories import asked
from longbien.casework.wire import EVENT_KINDS
from longbien.desk.office import Settings
from longbien.desk.records import (
    RECORD_KINDS,
    Access,
    Alarm,
    NotedAlarm,
    access_file_of,
    accesses_of,
    alarm_book_of,
    alarms_of,
    note_access,
    note_alarm,
    require_case_id,
    silence_file_of,
)
from longbien.exercise.world import World
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import CaseId

CASE = CaseId("3f1f38f2-4c4e-4f0b-9a3b-0c7f1a9c2d11")


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def test_the_books_have_ids_that_no_case_can_have(world: World) -> None:
    """Each its own, the same for ever, and never of version 4."""
    il = world["IL"].office
    books = [access_file_of(CASE), silence_file_of(CASE), alarm_book_of(il)]

    # on the disks of nodes: they may never change
    assert [str(book) for book in books[:2]] == [
        "ff8f966f-9c36-5461-957c-e771ec7919d3",
        "2b130577-48bf-514e-8930-6e060df4438c",
    ]
    assert alarm_book_of(il) != alarm_book_of(world["VN"].office)
    for book in books:
        with pytest.raises(Refused) as caught:
            require_case_id(book)
        assert caught.value.code == "desk.not-a-case"
    assert require_case_id(CASE) is CASE


def test_no_journal_entry_of_a_case_has_a_kind_of_the_books() -> None:
    """Whoever rebuilds lists can tell them apart."""
    assert not RECORD_KINDS & EVENT_KINDS


def test_who_reads_is_noted_with_time_and_reason(world: World) -> None:
    """In the ledger too; the case itself does not change, and no list shows it."""
    vn = world["VN"]
    case = asked(world)
    size = vn.machine.ledger.size()

    note_access(vn.office, vn.officer(), case, what="case", reason="shift begins")
    note_access(vn.office, vn.officer("second"), case, what="package", reason="hearing")

    first, second = accesses_of(vn.office, case)
    assert first == Access(at=world.now, by=vn.officer().id, what="case", reason="shift begins")
    assert (second.by.text, second.what) == ("second", "package")
    assert vn.machine.ledger.size() == size + 2
    assert vn.case(case).version == 2
    assert list(vn.machine.tables.summaries) == [case]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\u202eb"])
def test_no_reason_no_reading(world: World, reason: str) -> None:
    """A line that people can read, or nothing is shown."""
    vn = world["VN"]

    with pytest.raises(Refused) as caught:
        note_access(vn.office, vn.officer(), CASE, what="case", reason=reason)

    assert caught.value.code == "desk.no-reason"
    assert vn.machine.disk.records == []


def test_an_alarm_is_noted_once(world: World) -> None:
    """The same code of the same subject; another subject is another alarm."""
    office = world["IL"].office
    alarm = Alarm(code="ledger.split-view", subject="a", facts=(("b", "2"), ("a", "1")))

    assert note_alarm(office, alarm)
    assert not note_alarm(office, Alarm(code="ledger.split-view", subject="a"))
    assert note_alarm(office, Alarm(code="ledger.split-view", subject="b"))

    first, second = alarms_of(office)
    assert first == NotedAlarm(
        at=world.now,
        alarm=Alarm(code="ledger.split-view", subject="a", facts=(("a", "1"), ("b", "2"))),
    )
    assert second.alarm.subject == "b"


def test_two_who_write_at_once_both_get_in(world: World) -> None:
    """The later one is put behind the first."""
    vn = world["VN"]
    commit = vn.machine.journal.commit

    def overtaken(change: object) -> object:
        vn.machine.journal.commit = commit
        note_access(vn.office, vn.officer("second"), CASE, what="case", reason="first in")
        return commit(change)

    vn.machine.journal.commit = overtaken
    note_access(vn.office, vn.officer(), CASE, what="case", reason="second in")

    assert [one.reason for one in accesses_of(vn.office, CASE)] == ["first in", "second in"]


def test_a_race_that_is_always_lost_ends(world: World) -> None:
    """The caller is told to come back."""
    vn = world["VN"]

    def never(_change: object) -> object:
        raise Refused("journal.conflict", "the case has moved on")

    vn.machine.journal.commit = never
    vn.tuned(settings=Settings(attempts=2))
    with pytest.raises(Unavailable) as caught:
        note_alarm(vn.office, Alarm(code="ledger.split-view", subject="a"))
    assert (caught.value.code, caught.value.retry) == ("desk.too-busy", True)


def test_another_refusal_is_not_a_race(world: World) -> None:
    """It comes through at once."""
    vn = world["VN"]

    def refuse(_change: object) -> object:
        raise Refused("case.erased", "the key is destroyed")

    vn.machine.journal.commit = refuse
    with pytest.raises(Refused) as caught:
        note_alarm(vn.office, Alarm(code="ledger.split-view", subject="a"))
    assert caught.value.code == "case.erased"
