"""Receive a message: one effect, one receipt."""

from datetime import timedelta

import pytest
from attrs import evolve

from desk_stories import asked
from longbien.casework import commands as c
from longbien.casework.statements import EvidenceAnnounced, RequestAccepted
from longbien.channel.envelope import open_receipt
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.rules import SKEW_FLAGGED
from longbien.channel.wire import parse_answer
from longbien.desk.office import Settings
from longbien.desk.receive import receive
from longbien.desk.records import access_file_of, alarms_of
from longbien.exercise.forge import QUESTION, frame_of, kept_by, message_of, taken
from longbien.exercise.parcels import put_object
from longbien.exercise.world import World
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import StateCode


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def test_an_accepted_message_becomes_events_and_a_receipt(world: World) -> None:
    """The receipt names message, bytes, time and the leaves that the message became."""
    il, vn = world["IL"], world["VN"]
    message = message_of(il, vn)

    received = taken(il, vn, message)

    receipt = open_receipt(parse_answer(received.answer).receipt).receipt
    stored = vn.machine.journal.load(message.thread)
    assert (received.message, received.thread, received.lane) == (
        message.id,
        message.thread,
        Lane.PRESERVATION,
    )
    assert (received.outcome, received.code, received.is_repeated) == (
        ReceiptOutcome.ACCEPTED,
        "",
        False,
    )
    assert (receipt.message, receipt.outcome) == (message.id, ReceiptOutcome.ACCEPTED)
    assert (receipt.sender, receipt.recipient) == (vn.authority, il.authority)
    assert receipt.received_at == world.now
    assert receipt.commitments == tuple(
        encode_entry(EntryKind.EVENT, event.salt, event.body) for event in stored
    )
    assert [event.kind for event in stored] == ["case-opened", "statement-received"]


def test_the_inbox_row_is_kept_past_expiry_and_restore(world: World) -> None:
    """As long as an old copy, or a sender that was put back, could come."""
    il, vn = world["IL"], world["VN"]
    message = message_of(il, vn)
    taken(il, vn, message)
    kept = vn.machine.journal.find_incoming(StateCode("IL"), message.id)

    assert kept.keep_until == message.expires_at.plus(Settings().restore_reach)
    assert (kept.sequence, kept.thread, kept.sender) == (1, message.thread, il.authority)


def test_a_judged_refusal_is_signed_and_changes_no_case(world: World) -> None:
    """It uses up the number, tells the code, and has no leaves."""
    il, vn = world["IL"], world["VN"]
    message = message_of(il, vn, QUESTION)

    received = taken(il, vn, message)

    receipt = open_receipt(parse_answer(received.answer).receipt).receipt
    assert (received.outcome, received.code) == (ReceiptOutcome.REFUSED, "case.unknown")
    assert (receipt.outcome, receipt.code, receipt.commitments) == (
        ReceiptOutcome.REFUSED,
        "case.unknown",
        (),
    )
    assert vn.machine.journal.load(message.thread) == ()
    assert vn.machine.tables.summaries == {}
    assert vn.machine.journal.numbers(message.thread, StateCode("IL")).received == 1


def test_a_copy_gets_the_receipt_that_was_kept_and_fresh_gossip(world: World) -> None:
    """Nothing else is done for it."""
    il, vn = world["IL"], world["VN"]
    message = message_of(il, vn)
    sealed = frame_of(il, vn, message)
    first = receive(vn.office, sealed, peer=il.state.code, lane=message.lane)
    world.wait(seconds=5)
    size = vn.machine.ledger.size()

    second = receive(vn.office, sealed, peer=il.state.code, lane=message.lane)

    assert second.is_repeated
    assert (second.outcome, second.code, second.flags) == (first.outcome, first.code, ())
    one, other = parse_answer(first.answer), parse_answer(second.answer)
    assert one.receipt == other.receipt
    assert one.gossip.at < other.gossip.at
    assert vn.machine.ledger.size() == size


def test_two_copies_at_the_same_time_have_one_effect(world: World) -> None:
    """The one that comes too late for the commit finds the receipt of the other."""
    il, vn = world["IL"], world["VN"]
    message = message_of(il, vn)
    sealed = frame_of(il, vn, message)
    commit = vn.machine.journal.commit
    first = []

    def overtaken(change: object) -> object:
        vn.machine.journal.commit = commit
        first.append(receive(vn.office, sealed, peer=il.state.code, lane=message.lane))
        return commit(change)

    vn.machine.journal.commit = overtaken
    second = receive(vn.office, sealed, peer=il.state.code, lane=message.lane)

    assert second.is_repeated
    assert parse_answer(second.answer).receipt == parse_answer(first[0].answer).receipt
    assert vn.case(message.thread).version == 2


def test_an_officer_who_acts_at_the_same_time_costs_nothing(world: World) -> None:
    """The message is decided on again, on the case as it is then."""
    il, vn = world["IL"], world["VN"]
    case = asked(world)
    message = message_of(il, vn, QUESTION, thread=case, sequence=2)
    commit = vn.machine.journal.commit

    def overtaken(change: object) -> object:
        vn.machine.journal.commit = commit
        vn.act(case, c.Acknowledge())
        return commit(change)

    vn.machine.journal.commit = overtaken
    received = taken(il, vn, message)

    assert received.outcome is ReceiptOutcome.ACCEPTED
    assert vn.case(case).version == 4


def test_a_clock_that_is_a_little_off_is_flagged(world: World) -> None:
    """It refuses nothing; people are told."""
    il, vn = world["IL"], world["VN"]
    il.skew = SKEW_FLAGGED + timedelta(seconds=1)

    assert taken(il, vn, message_of(il, vn)).flags == ("clock.skew",)
    il.skew = timedelta(0)
    assert taken(il, vn, message_of(il, vn)).flags == ()


def test_what_a_peer_has_spoken_is_pinned(world: World) -> None:
    """With the first message of each form."""
    il, vn = world["IL"], world["VN"]
    assert vn.machine.journal.pins(StateCode("IL")) is None
    message = message_of(il, vn)
    taken(il, vn, message)
    pins = vn.machine.journal.pins(StateCode("IL"))

    assert [(one.name, one.version) for one in pins.schemas] == [
        ("longbien:preservation.request", 1)
    ]
    assert pins.schemas[0].since == message.created_at


def test_a_message_to_a_case_whose_key_is_gone_is_refused_for_good(world: World) -> None:
    """The sender gets a signed word; nothing can be read and nothing is written."""
    il, vn = world["IL"], world["VN"]
    case = asked(world)
    vn.machine.tables.erased.add(case)

    received = taken(il, vn, message_of(il, vn, QUESTION, thread=case, sequence=2))

    assert received.code == "case.erased"


def test_a_stopped_store_signs_nothing(world: World) -> None:
    """No receipt without a commit: the sender tries again."""
    il, vn = world["IL"], world["VN"]
    sealed = frame_of(il, vn, message_of(il, vn))
    vn.machine.disk.sync_fails = True

    with pytest.raises(Unavailable) as caught:
        receive(vn.office, sealed, peer=il.state.code, lane=Lane.PRESERVATION)

    assert caught.value.code == "store.stopped"
    vn.restart()
    received = receive(vn.office, sealed, peer=il.state.code, lane=Lane.PRESERVATION)
    assert not received.is_repeated


def test_a_state_that_is_not_in_the_directory_is_refused(world: World) -> None:
    """Its certificate alone opens no door here."""
    il, vn = world["IL"], world["VN"]
    sealed = frame_of(il, vn, message_of(il, vn))

    with pytest.raises(Refused) as caught:
        receive(vn.office, sealed, peer=StateCode("XX"), lane=Lane.PRESERVATION)

    assert caught.value.code == "directory.unknown-state"


def test_a_refusal_without_a_signed_word_leaves_nothing(world: World) -> None:
    """A gap: later, and nothing is remembered."""
    il, vn = world["IL"], world["VN"]
    before = kept_by(vn)

    with pytest.raises(Unavailable) as caught:
        taken(il, vn, message_of(il, vn, sequence=2))

    assert (caught.value.code, caught.value.retry) == ("thread.gap", True)
    assert kept_by(vn) == before


def test_two_envelopes_under_one_id_are_noted_as_an_alarm(world: World) -> None:
    """With the id and the digest of the second one."""
    il, vn = world["IL"], world["VN"]
    message = message_of(il, vn)
    taken(il, vn, message)

    with pytest.raises(Refused) as caught:
        taken(il, vn, evolve(message, lane=Lane.ORDINARY))

    assert caught.value.code == "message.id-reused"
    (noted,) = alarms_of(vn.office)
    assert dict(noted.alarm.facts).keys() == {"message", "sha256"}


def test_a_thread_that_no_case_can_have_is_refused(world: World) -> None:
    """The books of the house have ids that anybody can compute."""
    il, vn = world["IL"], world["VN"]
    book = access_file_of(asked(world))
    before = kept_by(vn)

    with pytest.raises(Refused) as caught:
        taken(il, vn, message_of(il, vn, thread=book))

    assert caught.value.code == "desk.not-a-case"
    assert kept_by(vn) == before


def test_a_package_that_does_not_fit_is_not_announced(world: World) -> None:
    """The announcement waits at the sender's until there is room."""
    il, vn = world["IL"], world["VN"]
    case = asked(world, "mla_stored_data")
    taken(vn, il, message_of(vn, il, RequestAccepted(), kind="mla_stored_data", thread=case))
    said = EvidenceAnnounced(
        package=vn.office.new_package_id(),
        transfer=vn.office.new_transfer_id(),
        sealed=put_object(vn),
        exhibits=1,
        use_limits=(),
    )
    message = message_of(vn, il, said, kind="mla_stored_data", thread=case, sequence=2)
    il.machine.vault.capacity = il.office.settings.vault_reserve

    with pytest.raises(Unavailable) as caught:
        taken(vn, il, message)

    assert (caught.value.code, caught.value.retry) == ("transfer.no-room", True)
    il.machine.vault.capacity = None
    assert taken(vn, il, message).code == ""
    assert il.machine.journal.find_arrival(said.transfer)


def test_the_id_of_another_transfer_is_refused_with_a_signed_word(world: World) -> None:
    """The sender learns why, once and for ever, and the first announcement stands."""
    il, vn = world["IL"], world["VN"]
    transfer = vn.office.new_transfer_id()
    for code in ("", "arrival.taken"):
        case = asked(world, "mla_stored_data")
        said = EvidenceAnnounced(
            package=vn.office.new_package_id(),
            transfer=transfer,
            sealed=put_object(vn),
            exhibits=1,
            use_limits=(),
        )
        for sequence, one in enumerate((RequestAccepted(), said), 1):
            received = taken(
                vn,
                il,
                message_of(vn, il, one, kind="mla_stored_data", thread=case, sequence=sequence),
            )

        assert received.code == code
        assert open_receipt(parse_answer(received.answer).receipt).receipt.code == code
        assert il.machine.journal.find_arrival(transfer).case != (case if code else None)
