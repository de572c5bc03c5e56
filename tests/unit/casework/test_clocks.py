"""Clocks ring; none of them does anything."""

from datetime import timedelta

import pytest
from attrs import evolve

from longbien.casework import commands as c
from longbien.casework.case import Due
from longbien.casework.clocks import dues, next_due, pressing
from longbien.casework.policy import STANDARD, Policy
from longbien.casework.statements import EndCause
from longbien.casework.summaries import summary_of
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT
from longbien.primitives.instants import Instant

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def clocks(node: w.Node) -> list[tuple[str, Instant]]:
    """Return the clocks of a case."""
    return [(due.clock, due.at) for due in dues(node.held)]


@pytest.mark.parametrize(
    ("command", "within"),
    [
        (w.ASK_PRESERVATION, HOUR),
        (w.ASK_STORED_DATA, 8 * HOUR),
        (w.evolved(w.ASK_PRESERVATION, is_emergency=True, emergency="x"), HOUR / 2),
    ],
)
def test_an_acknowledgement_is_due_from_the_receipt(command: c.Ask, within: timedelta) -> None:
    """On both sides from the same instant: when the other node took the request in."""
    world = w.World()
    world.vn.now = w.START.plus(timedelta(minutes=7))
    world.il.act(command, w.DANA)
    if world.il.held.proposals:
        world.il.act(c.Approve(proposal=1), w.NOA)
    assert "acknowledge-by" not in dict(clocks(world.il))
    world.settle()

    due = world.vn.now.plus(within)

    assert ("acknowledge-by", due) in clocks(world.il)
    assert ("acknowledge-by", due) in clocks(world.vn)
    world.vn_does(c.Acknowledge())
    assert "acknowledge-by" not in dict(clocks(world.il))


def test_a_draft_has_no_clock() -> None:
    """Nobody waits for what was not sent."""
    world = w.World()
    world.il.act(w.evolved(w.ASK_STORED_DATA, reply_by=w.START), w.DANA)

    assert dues(world.il.held) == ()
    assert next_due(world.il.held) is None


def test_a_reply_is_due_until_there_is_one() -> None:
    """By the date that the request gave."""
    by = w.START.plus(3 * DAY)
    world = w.asked(w.evolved(w.ASK_PRESERVATION, reply_by=by, reply_reason="hearing"))
    assert Due(clock="reply-due", at=by, rule="40(26) P") in dues(world.vn.held)

    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    assert "reply-due" not in dict(clocks(world.vn))

    refused = w.asked(w.evolved(w.ASK_STORED_DATA, reply_by=by))
    refused.vn_does(c.Refuse(ground="40(22)", reasons="x"))
    assert clocks(refused.vn) == clocks(refused.il) == []


def test_a_preservation_rings_before_its_end_and_ends_by_nobody() -> None:
    """14, 7 and 2 days and 24 hours before; after the end it stays preserved."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    end = w.START.plus(60 * DAY)

    assert clocks(world.il) == [
        ("preserved-until.alarm-14", end.plus(-14 * DAY)),
        ("preserved-until.alarm-7", end.plus(-7 * DAY)),
        ("preserved-until.alarm-2", end.plus(-2 * DAY)),
        ("preserved-until.alarm-24h", end.plus(-24 * HOUR)),
        ("preserved-until", end),
    ]
    assert dues(world.il.held)[-1].rule == "42(8) M"
    world.pass_time(100 * DAY)
    assert ("preserved-until", end) in clocks(world.vn)
    world.vn_does(c.EndPreservation(cause=EndCause.RUN_OUT))
    assert clocks(world.vn) == []


def test_a_short_preservation_rings_only_for_what_lies_ahead() -> None:
    """An alarm that lies before the promise would say nothing."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START, until=w.START.plus(7 * DAY)))

    assert [clock for clock, _ in clocks(world.il)] == [
        "preserved-until.alarm-2",
        "preserved-until.alarm-24h",
        "preserved-until",
    ]


def test_a_request_for_the_data_stops_the_expiry() -> None:
    """Until it is decided: article 42(8)."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    made = c.MachineNotesLink(case=w.PRESERVATION, is_decided=False)
    world.vn.act(made, None)
    assert "preserved-until" not in dict(clocks(world.vn))
    assert "domestic-order-ends" in dict(clocks(world.vn))  # the own order ends all the same

    world.vn.act(c.MachineNotesLink(case=w.PRESERVATION, is_decided=True), None)

    assert ("preserved-until", w.START.plus(60 * DAY)) in clocks(world.vn)
    assert len(world.vn.held.links) == 1


def test_an_alarm_is_given_once_and_then_again_when_time_is_out() -> None:
    """The next clock comes to the front; one that has run out comes back after an hour."""
    world = w.asked()
    due = w.START.plus(HOUR)
    alarm = c.MachineNotesAlarm(clock="acknowledge-by")
    assert not world.vn.act(alarm, None).events  # it is not time yet
    world.pass_time(HOUR)

    assert world.vn.act(alarm, None).events
    assert not world.vn.act(alarm, None).events
    assert clocks(world.vn) == [
        ("acknowledge-by", due),
        ("acknowledge-by.overdue", due.plus(HOUR)),
        ("first-word-by", due.plus(7 * HOUR)),
    ]
    assert next_due(world.vn.held) == pressing(world.vn.held)[0]
    assert next_due(world.vn.held) == Due(
        clock="acknowledge-by.overdue", at=due.plus(HOUR), rule="own policy"
    )

    world.pass_time(HOUR)
    again = c.MachineNotesAlarm(clock="acknowledge-by.overdue")
    assert world.vn.act(again, None).events
    assert not world.vn.act(again, None).events
    assert dict(clocks(world.vn))["acknowledge-by.overdue"] == due.plus(2 * HOUR)
    assert not world.vn.act(c.MachineNotesAlarm(clock="nothing"), None).events


def test_an_alarm_before_the_end_goes_once_it_was_given() -> None:
    """And comes back with a new end."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    world.pass_time(46 * DAY)
    world.vn.act(c.MachineNotesAlarm(clock="preserved-until.alarm-14"), None)
    assert next_due(world.vn.held) is not None
    assert "preserved-until.alarm-14" not in dict(clocks(world.vn))

    world.vn_does(c.ExtendPreservation(until=w.START.plus(90 * DAY)))

    assert ("preserved-until.alarm-14", w.START.plus(76 * DAY)) in clocks(world.vn)


def test_a_new_end_forgets_only_its_own_alarms() -> None:
    """Other clocks have nothing to do with it."""
    world = w.asked(w.evolved(w.ASK_PRESERVATION, reply_by=w.START))
    world.vn.act(c.MachineNotesAlarm(clock="reply-due"), None)

    world.vn_does(c.ConfirmPreservation(effective_at=w.START))

    assert [clock for clock, _ in world.vn.held.alarms] == ["reply-due"]


def test_an_emergency_waits_for_its_second_officer() -> None:
    """Four hours, from when it was sent; at home only."""
    world = w.World(policy=Policy(is_emergency_alone=True))
    world.il_does(w.evolved(w.ASK_STORED_DATA, is_emergency=True))

    assert ("confirm-emergency-by", w.START.plus(4 * HOUR)) in clocks(world.il)
    assert "confirm-emergency-by" not in dict(clocks(world.vn))
    world.il_does(c.ConfirmEmergency(), by=w.NOA)
    assert "confirm-emergency-by" not in dict(clocks(world.il))


def test_a_decided_emergency_needs_no_confirmation_any_more() -> None:
    """Nothing is left that a second officer could stop."""
    world = w.World(policy=Policy(is_emergency_alone=True))
    world.il_does(w.evolved(w.ASK_STORED_DATA, is_emergency=True))
    world.vn_does(c.Refuse(ground="40(22)", reasons="x"))

    assert clocks(world.il) == []


def test_a_postponement_is_reviewed() -> None:
    """At the date that was given."""
    world = w.asked()
    world.vn_does(c.Postpone(reasons="x", review_at=w.START.plus(30 * DAY)))

    review = Due(clock="review-postponement", at=w.START.plus(30 * DAY), rule="40(27) P")
    assert dues(world.il.held) == (review,)


def test_a_drill_is_answered_in_time() -> None:
    """By the time that the caller gave."""
    world = w.asked(w.CALL_DRILL)

    assert clocks(world.vn) == [("answer-drill-by", w.START.plus(HOUR))]
    world.vn_does(c.AnswerDrill(challenge=4711))
    assert clocks(world.il) == []


def test_a_use_limit_ends_where_the_evidence_is() -> None:
    """At the receiver's, the earliest of all; not for what is destroyed, and not at the giver's."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(conditions=(LIMIT, evolve(LIMIT, until=None))))
    world.il_does(c.AgreeToConditions(offer=1))
    world.vn_does(c.TakeExhibit(exhibit=w.EXHIBIT), w.PROPOSE_RELEASE)
    world.vn_does(c.ApproveRelease(package=w.package_of(1), reasons="within the order"), by=w.MINH)
    world.vn.act(w.PACKED, None)
    world.settle()

    assert LIMIT.until is not None
    assert clocks(world.il) == [("use-limit-ends", LIMIT.until)]
    assert clocks(world.vn) == []


def test_a_use_limit_of_spontaneous_information_ends_at_the_receivers() -> None:
    """The State that gave it has no clock for it."""
    world = w.World()
    world.il.act(
        c.GiveInformation(
            case_id=w.CASE,
            peer=w.VN,
            contents=(("information", "x"),),
            legal_basis=("40(4)",),
            use_limits=(LIMIT,),
            safeguards=w.SAFEGUARDS,
        ),
        w.DANA,
    )
    world.il_does(c.Approve(proposal=1, reasons="useful to them"), by=w.NOA)

    assert LIMIT.until is not None
    assert clocks(world.vn) == [("use-limit-ends", LIMIT.until)]
    assert clocks(world.il) == []


def test_a_row_of_a_list_is_coded() -> None:
    """State, side, lane, the next clock and the count; no word of what it is about."""
    world = w.asked()

    row = summary_of(world.vn.held)

    assert row.state == "asked"
    assert (row.kind, row.own, row.peer) == ("preservation", w.VN, w.IL)
    assert row.version == world.vn.held.version == 2
    assert row.next_due == next_due(world.vn.held, STANDARD)
    assert "as the case has it" not in repr(row)


def test_a_receipt_is_due_in_a_minute() -> None:
    """For the oldest word that is under way; a receipt of either kind serves it."""
    world = w.World()
    world.il.act(w.ASK_PRESERVATION, w.DANA)
    assert clocks(world.il) == [("receipt-by", w.START.plus(timedelta(minutes=1)))]

    world.il.now = w.START.plus(HOUR)
    world.il.act(c.GiveStatus(text="still waiting"), w.DANA)
    assert clocks(world.il)[0] == ("receipt-by", w.START.plus(timedelta(minutes=1)))
    world.settle()
    assert "receipt-by" not in dict(clocks(world.il))
