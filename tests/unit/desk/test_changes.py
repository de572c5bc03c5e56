"""From a decision to one change."""

import pytest

from desk_stories import asked, stored_data
from longbien.casework import commands as c
from longbien.casework.wire import parse_event
from longbien.channel.envelope import open_message
from longbien.channel.message import MessageKind
from longbien.channel.rules import MAX_LIFETIME
from longbien.desk.changes import EXPIRY, case_after, load_file
from longbien.exercise.world import World
from longbien.ledger.entry import EntryKind, encode_entry


def test_a_message_is_numbered_dated_and_signed_once() -> None:
    """What is in the outbox is what will be sent, whatever comes later."""
    world = World("IL", "VN")
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn).case
    (row,) = il.machine.queue.unsent()

    _, message = open_message(row.envelope)

    assert (message.id, message.sequence, message.thread) == (row.id, 1, case)
    assert (message.sender, message.recipient) == (il.authority, vn.authority)
    assert (message.created_at, message.expires_at) == (row.created_at, row.expires_at)
    assert message.created_at == world.now
    assert message.expires_at == world.now.plus(EXPIRY[MessageKind.REQUEST])
    assert (message.purpose, message.schema) == (
        "preservation",
        "longbien:preservation.request/1",
    )
    assert (message.lane, message.exercise) == (row.lane, True)


def test_messages_of_one_thread_are_numbered_one_after_the_other() -> None:
    """The second one is 2, whether the first has its receipt or not."""
    world = World("IL", "VN")
    case = asked(world)
    vn = world["VN"]
    vn.act(case, c.Acknowledge())
    vn.act(case, c.AskQuestion(text="when?"))

    assert [one.sequence for one in vn.machine.queue.unsent()] == [1, 2]


def test_an_answer_names_what_it_answers() -> None:
    """Through the id of the message."""
    world = World("IL", "VN")
    case = asked(world)
    il, vn = world["IL"], world["VN"]
    question = vn.act(case, c.AskQuestion(text="when?")).messages[0]
    world.quiet()
    il.act(case, c.AnswerQuestion(question=1, text="then"))
    (row,) = il.machine.queue.unsent()

    assert open_message(row.envelope)[1].in_reply_to == question


def test_each_kind_expires_in_time_and_not_too_late() -> None:
    """Every kind has an expiry that every node accepts."""
    assert set(EXPIRY) == set(MessageKind)
    assert max(EXPIRY.values()) < MAX_LIFETIME
    assert EXPIRY[MessageKind.DRILL].days == 1


def test_an_event_is_kept_as_it_is_committed_to() -> None:
    """The leaf is over salt and body; salts are never the same."""
    world = World("IL", "VN")
    case = asked(world)
    tables = world["VN"].machine.tables
    stored = world["VN"].machine.journal.load(case)

    for event in stored:
        assert tables.tree.entries[event.leaf] == encode_entry(
            EntryKind.EVENT, event.salt, event.body
        )
        assert parse_event(event.kind, event.body).at == event.at
    assert len({event.salt for event in stored}) == len(stored)


def test_the_summary_is_that_of_the_case_after_the_change() -> None:
    """Lists show what is, with the next clock."""
    world = World("IL", "VN")
    case = asked(world)
    found = world["VN"].machine.register.find(case)

    assert (found.state, found.version, found.next_due.clock) == ("asked", 2, "acknowledge-by")


def test_a_transfer_that_was_announced_may_come() -> None:
    """The peer endpoint finds it by its id."""
    world = World("IL", "VN")
    case = stored_data(world)
    (package,) = world["IL"].case(case).packages
    arrival = world["IL"].machine.journal.find_arrival(package.announced.transfer)

    assert (arrival.case, str(arrival.peer)) == (case, "VN")
    assert arrival.sealed == package.announced.sealed


def test_an_unknown_case_is_an_empty_file() -> None:
    """No events, no case."""
    world = World("IL", "VN")
    file = load_file(world["IL"].office, world["IL"].new_case_id())

    assert (file.case, file.version) == (None, 0)


def test_a_decision_on_nothing_that_opens_nothing_is_a_bug() -> None:
    """There is no case without its opening."""
    with pytest.raises(ValueError, match="opens"):
        case_after(None, ())
