"""What every Journal promises: run over each implementation of the port."""

import pytest
from attrs import evolve

from longbien.channel.message import ReceiptOutcome
from longbien.channel.pins import PeerPins, SchemaPin
from longbien.desk.ports import Change, Journal, Numbers
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, StateCode
from store_world import (
    IL,
    START,
    answered,
    arrival,
    at,
    case_id,
    change,
    incoming,
    message_id,
    new_event,
    outgoing,
    sealed,
    summary,
    transfer_id,
)

ONE = case_id(1)
TWO = case_id(2)


def refusal(journal: Journal, one: Change) -> str:
    """Return the code with which a change is refused."""
    with pytest.raises(Refused) as caught:
        journal.commit(one)
    return caught.value.code


def test_an_unknown_case_has_no_events(journal: Journal) -> None:
    """Loading what nobody opened gives nothing and raises nothing."""
    assert journal.load(ONE) == ()


def test_events_come_back_as_they_were_given(journal: Journal) -> None:
    """Body, salt, id, kind and time are kept to the last bit, with version and leaf."""
    first, second = new_event("a"), new_event("b", when=at(1.000001))

    committed = journal.commit(
        Change(case=ONE, expected_version=0, summary=summary(ONE, 2), events=(first, second))
    )

    stored = journal.load(ONE)
    assert committed.version == 2
    assert committed.leaves == (0, 1)
    assert [(one.version, one.leaf) for one in stored] == [(1, 0), (2, 1)]
    for given, kept in zip((first, second), stored, strict=True):
        assert (kept.id, kept.kind, kept.at) == (given.id, given.kind, given.at)
        assert (kept.body, kept.salt) == (given.body, given.salt)


def test_leaves_go_on_over_all_cases(journal: Journal) -> None:
    """The ledger is one for all cases: no leaf is given twice, none is left out."""
    leaves = [
        *journal.commit(change(ONE, 0, events=2)).leaves,
        *journal.commit(change(TWO, 0)).leaves,
        *journal.commit(change(ONE, 2)).leaves,
    ]

    assert leaves == [0, 1, 2, 3]
    assert [one.leaf for one in journal.load(ONE)] == [0, 1, 3]


@pytest.mark.parametrize("expected", [0, 2, 3])
def test_a_case_that_moved_on_is_a_conflict(journal: Journal, expected: int) -> None:
    """A decision on another version than the newest changes nothing."""
    journal.commit(change(ONE, 0))

    assert refusal(journal, change(ONE, expected)) == "journal.conflict"
    assert len(journal.load(ONE)) == 1


def test_a_refused_change_leaves_nothing_behind(journal: Journal) -> None:
    """Events, messages, answers and transfers take effect as a whole or not at all."""
    journal.commit(change(ONE, 0))

    refusal(
        journal,
        change(
            ONE,
            0,
            outgoing=(outgoing(ONE, 1),),
            incoming=incoming(ONE, 1),
            arrivals=(arrival(ONE),),
            answered=answered(),
        ),
    )

    assert journal.numbers(ONE, IL) == Numbers(sent=0, received=0)
    assert journal.find_incoming(IL, incoming(ONE, 1).id) is None
    assert journal.find_arrival(transfer_id("transfer")) is None
    assert journal.find_answered("office", "key") is None


def test_a_message_takes_effect_once(journal: Journal) -> None:
    """The same message again is a duplicate, and its first receipt is found to the byte."""
    message = incoming(ONE, 1)
    journal.commit(change(ONE, 0, incoming=message))

    assert refusal(journal, change(ONE, 1, incoming=message)) == "inbox.duplicate"
    assert journal.find_incoming(IL, message.id) == message


def test_a_duplicate_is_told_as_such_whatever_else_is_wrong(journal: Journal) -> None:
    """A copy that comes late meets a case that moved on: it is still the same message."""
    message = incoming(ONE, 1)
    journal.commit(change(ONE, 0, incoming=message))
    journal.commit(change(ONE, 1))

    assert refusal(journal, change(ONE, 0, incoming=message)) == "inbox.duplicate"


def test_two_states_may_draw_the_same_message_id(journal: Journal) -> None:
    """An id is the sender's: another State's message of the same id is another message."""
    other = AuthorityId("XK/contact-point")
    first = incoming(ONE, 1, name="same")
    second = incoming(TWO, 1, name="same", sender=other)

    journal.commit(change(ONE, 0, incoming=first))
    journal.commit(change(TWO, 0, incoming=second))

    assert journal.find_incoming(IL, message_id("same")) == first
    assert journal.find_incoming(StateCode("XK"), message_id("same")) == second
    assert journal.find_incoming(StateCode("VN"), message_id("same")) is None


def test_a_refused_message_opens_no_case(journal: Journal) -> None:
    """Only the receipt and the number are kept of a message that was refused."""
    message = incoming(ONE, 1, outcome=ReceiptOutcome.REFUSED)

    committed = journal.commit(Change(case=ONE, expected_version=0, incoming=message))

    assert (committed.version, committed.leaves) == (0, ())
    assert journal.load(ONE) == ()
    assert journal.numbers(ONE, IL) == Numbers(sent=0, received=1)
    assert journal.find_incoming(IL, message.id) == message


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_number_of_a_thread_is_neither_skipped_nor_used_twice(
    journal: Journal, number: int
) -> None:
    """After the first message either way only the second one fits."""
    journal.commit(change(ONE, 0, outgoing=(outgoing(ONE, 1),), incoming=incoming(ONE, 1)))

    sent = change(ONE, 1, outgoing=(outgoing(ONE, number, name="other"),))
    received = change(ONE, 1, incoming=incoming(ONE, number, name="other"))

    assert refusal(journal, sent) == "journal.conflict"
    assert refusal(journal, received) == "journal.conflict"
    assert journal.numbers(ONE, IL) == Numbers(sent=1, received=1)


def test_a_change_may_send_several_messages(journal: Journal) -> None:
    """They carry the next numbers in their order."""
    journal.commit(change(ONE, 0, outgoing=(outgoing(ONE, 1), outgoing(ONE, 2))))
    journal.commit(change(ONE, 1, outgoing=(outgoing(ONE, 3),)))

    assert journal.numbers(ONE, IL) == Numbers(sent=3, received=0)
    assert journal.numbers(TWO, IL) == Numbers(sent=0, received=0)
    assert journal.numbers(ONE, StateCode("XK")) == Numbers(sent=0, received=0)


def test_an_answer_is_found_by_its_key(journal: Journal) -> None:
    """A call that is repeated gets the answer of the first one, in its own scope only."""
    journal.commit(change(ONE, 0, answered=answered("k", answer=b'{"case":1}')))

    assert refusal(journal, change(TWO, 0, answered=answered("k"))) == "answered.again"
    assert journal.find_answered("office", "k") == answered("k", answer=b'{"case":1}')
    assert journal.find_answered("other", "k") is None
    assert journal.find_answered("office", "other") is None


def test_a_transfer_is_found_by_its_id(journal: Journal) -> None:
    """What was announced is known to the last number; announcing the same again is harmless."""
    one = arrival(ONE, "first")
    journal.commit(change(ONE, 0, arrivals=(one,), objects=(sealed(),)))
    journal.commit(change(ONE, 1, arrivals=(one,)))

    assert journal.find_arrival(one.id) == one
    assert journal.find_arrival(transfer_id("other")) is None


def test_a_transfer_cannot_be_announced_as_another(journal: Journal) -> None:
    """Nobody takes over the id of a transfer, not for another case nor for other bytes."""
    one = arrival(ONE, "first")
    journal.commit(change(ONE, 0, arrivals=(one,)))

    for other in (
        evolve(one, case=TWO),
        evolve(one, peer=StateCode("XK")),
        evolve(one, sealed=sealed("other")),
    ):
        assert refusal(journal, change(TWO, 0, arrivals=(other,))) == "arrival.taken"
    assert journal.find_arrival(one.id) == one


def test_pins_only_go_up(journal: Journal) -> None:
    """What a State has shown to speak is merged, whichever message was committed last."""
    old = PeerPins(schemas=(SchemaPin(name="longbien:a", version=1, since=START),))
    new = PeerPins(
        schemas=(
            SchemaPin(name="longbien:a", version=2, since=at(5)),
            SchemaPin(name="longbien:b", version=1, since=START),
        )
    )

    assert journal.pins(IL) is None
    journal.commit(change(ONE, 0, incoming=incoming(ONE, 1), pins=new))
    journal.commit(change(TWO, 0, incoming=incoming(TWO, 1), pins=old))

    assert journal.pins(IL) == new
    assert journal.pins(StateCode("XK")) is None


def test_a_destroyed_key_erases_the_case(journal: Journal) -> None:
    """Nothing of the case can be read, nothing can be added, and the traces of it stay."""
    message = incoming(ONE, 1)
    journal.commit(
        change(ONE, 0, outgoing=(outgoing(ONE, 1),), incoming=message, answered=answered())
    )

    journal.commit(change(ONE, 1, outgoing=(outgoing(ONE, 2),), destroys_key=True))

    for act in (
        lambda: journal.load(ONE),
        lambda: journal.commit(change(ONE, 2)),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "case.erased"
    assert journal.find_incoming(IL, message.id) == message
    assert journal.numbers(ONE, IL) == Numbers(sent=2, received=1)


def test_a_message_about_an_erased_case_still_gets_its_receipt(journal: Journal) -> None:
    """The peer may not know yet: its message is refused, and its number is used up."""
    journal.commit(change(ONE, 0))
    journal.commit(change(ONE, 1, destroys_key=True))
    late = incoming(ONE, 1, outcome=ReceiptOutcome.REFUSED)

    journal.commit(Change(case=ONE, expected_version=2, incoming=late))

    assert journal.find_incoming(IL, late.id) == late


def test_the_entry_of_an_event_is_its_salted_commitment(journal: Journal) -> None:
    """Whoever is given body and salt can make the ledger entry again."""
    journal.commit(change(ONE, 0))

    (event,) = journal.load(ONE)

    assert len(encode_entry(EntryKind.EVENT, event.salt, event.body)) == 33
