"""Take the peer's receipt."""

from datetime import timedelta

import pytest

from longbien.casework.commands import CallDrill
from longbien.casework.standing import state_of
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.desk.post import post
from longbien.desk.receipt import take_receipt
from longbien.desk.receive import receive
from longbien.exercise.world import Node, World
from longbien.primitives.errors import Malformed, Refused


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def leased(node: Node) -> object:
    """Return the first row that is due."""
    now = node.clock()
    return node.machine.queue.lease_messages(
        now=now, until=now.plus(node.world.day), limit=1, lanes=frozenset(Lane)
    )[0]


def answered(world: World, row: object) -> bytes:
    """Let VN answer."""
    call = post(world["IL"].office, row.message).call
    return receive(
        world["VN"].office, bytes(call.body), peer=world["IL"].state.code, lane=call.lane
    ).answer


def test_a_receipt_is_noted_kept_and_settles_the_message(world: World) -> None:
    """The very bytes; the case knows since when the other State has it."""
    il = world["IL"]
    case = il.ask(world["VN"]).case
    row = leased(il)
    body = answered(world, row)

    settled = take_receipt(il.office, row, body)

    assert settled.receipt.outcome is ReceiptOutcome.ACCEPTED
    assert (settled.flags, settled.alarms) == ((), ())
    assert il.machine.queue.receipt_of(row.message.id) == settled.signed
    assert il.case(case).receipted == ((1, settled.receipt.received_at),)
    assert not il.is_busy


def test_a_call_that_came_too_late_is_turned_away_and_the_case_says_so(world: World) -> None:
    """The signed refusal comes back, and the case was never asked."""
    il, vn = world["IL"], world["VN"]
    vn.power_off()
    case = il.open(
        CallDrill(
            case_id=il.new_case_id(),
            peer=vn.authority,
            challenge=7,
            answer_by=world.now.plus(timedelta(hours=1)),
        )
    ).case
    world.wait(days=2)
    vn.restart()
    world.quiet()

    assert [one.code for one in vn.received] == ["message.expired"]
    assert il.case(case).turned_away == ((1, "message.expired"),)
    assert state_of(il.case(case)).value == "undelivered"


def test_a_stop_before_the_receipt_is_durable_leaves_the_message_waiting(world: World) -> None:
    """Neither noted nor settled; the next attempt gets the very same receipt."""
    il = world["IL"]
    case = il.ask(world["VN"]).case
    row = leased(il)
    body = answered(world, row)
    before = il.case(case).version
    il.machine.disk.cut_in(2)  # written, not synced
    assert not il.guarded(lambda: take_receipt(il.office, row, body))
    assert (il.case(case).version, il.is_busy) == (before, True)
    world.wait(days=2)  # until the lease of the worker that is gone is over

    world.quiet()

    assert il.case(case).receipted[0][0] == 1
    assert not il.is_busy


def test_a_receipt_that_the_case_knows_settles_the_row(world: World) -> None:
    """Noted by a worker whose lease was over: the next one settles, the case stays as it is."""
    il = world["IL"]
    case = il.ask(world["VN"]).case
    row = leased(il)
    body = answered(world, row)
    world.wait(days=2)
    second = leased(il)
    with pytest.raises(Refused):
        take_receipt(il.office, row, body)
    noted = il.case(case).version

    take_receipt(il.office, second, body)

    assert il.case(case).version == noted
    assert not il.is_busy


def test_bytes_that_are_no_answer_settle_nothing(world: World) -> None:
    """Malformed: the peer must act, and the message waits."""
    il = world["IL"]
    il.ask(world["VN"])
    row = leased(il)

    with pytest.raises(Malformed):
        take_receipt(il.office, row, b'{"receipt":1}')

    assert il.is_busy


def test_the_messages_of_an_erased_case_still_get_their_receipts(world: World) -> None:
    """There is no case to note them in."""
    il = world["IL"]
    case = il.ask(world["VN"]).case
    row = leased(il)
    body = answered(world, row)
    il.machine.tables.erased.add(case)

    take_receipt(il.office, row, body)

    assert not il.is_busy


def test_another_refusal_of_the_note_is_not_hidden(world: World) -> None:
    """Only an erased case is passed over."""
    il = world["IL"]
    il.ask(world["VN"])
    row = leased(il)
    body = answered(world, row)
    il.machine.tables.events.clear()

    with pytest.raises(Refused) as caught:
        take_receipt(il.office, row, body)

    assert caught.value.code == "desk.no-such-case"
    assert il.is_busy


def test_a_receipt_for_a_lease_that_is_over_is_noted_all_the_same(world: World) -> None:
    """Another worker has the row; it will get the very same receipt."""
    il = world["IL"]
    case = il.ask(world["VN"]).case
    row = leased(il)
    body = answered(world, row)
    world.wait(days=2)
    leased(il)

    with pytest.raises(Refused) as caught:
        take_receipt(il.office, row, body)

    assert caught.value.code == "lease.stale"
    assert il.case(case).receipted
    noted = il.case(case).version
    with pytest.raises(Refused, match="row"):
        take_receipt(il.office, row, body)
    assert il.case(case).version == noted
