"""Clocks that rules of law set: from the packs, by the basis that was named, never mixed."""

from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve

from calendar_world import BERLIN, HANOI, JERUSALEM, at
from longbien.casework import commands as c
from longbien.casework.calendars import view_of
from longbien.casework.case import Due
from longbien.casework.clocks import dues, early_alarms, pressing
from longbien.casework.policy import STANDARD, Policy
from longbien.casework.statements import EndCause, Topic
from longbien.channel.message import ReceiptOutcome
from longbien.exercise import two_sides as w
from longbien.primitives.instants import Instant
from longbien.treaty.law import Law

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EU = "Regulation (EU) 2023/1543, article 10"


def found(node: w.Node, clock: str, policy: Policy = STANDARD) -> Due | None:
    """Return a clock of a case."""
    return next((due for due in dues(node.held, policy) if due.clock == clock), None)


def get(node: w.Node, clock: str) -> Due:
    """Return a clock that is there."""
    due = found(node, clock)
    assert due is not None
    return due


def preserved(at: Instant = w.START, until: Instant | None = None) -> w.World:
    """Return a world in which data are preserved."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=at, until=until))
    return world


# --- preservation -------------------------------------------------------------------------------


def test_a_clock_tells_its_rule_its_start_and_whose_word_it_is() -> None:
    """Both sides the same end; the officer is named where the officer is."""
    world = preserved()

    here, there = get(world.vn, "preserved-until"), get(world.il, "preserved-until")
    assert here == there == Due(clock="preserved-until", at=w.START.plus(60 * DAY), rule="42(8) M")
    assert (here.rule_id, here.since, here.is_binding) == ("uncc-42-8-floor", w.START, False)
    assert (here.confirmed_by, there.confirmed_by) == (w.LINH.id, None)
    assert there.since == w.START


@pytest.mark.parametrize(("late", "since"), [(-3 * DAY, w.START), (3 * DAY, w.START.plus(3 * DAY))])
def test_sixty_days_count_from_the_later_of_receipt_and_effect(
    late: timedelta, since: Instant
) -> None:
    """The text does not say which one: the data are kept the longer time."""
    world = preserved(w.START.plus(late))

    assert get(world.vn, "preserved-until").at == since.plus(60 * DAY)
    assert get(world.vn, "preserved-until").since == since
    assert get(world.il, "preserved-until").since == since


def test_the_own_order_is_a_second_clock_of_the_requested_state() -> None:
    """90 days from its effect; the other State has no clock for it."""
    world = preserved(w.START.plus(-3 * DAY))

    order = get(world.vn, "domestic-order-ends")
    assert order.at == w.START.plus(87 * DAY)
    assert (order.rule, order.rule_id) == ("25(2) M", "uncc-25-2-ceiling")
    assert order.confirmed_by == w.LINH.id
    assert found(world.il, "domestic-order-ends") is None


def test_an_extension_renews_the_order() -> None:
    """The second clock begins anew, with its alarms; what was refused on the way renews nothing."""
    world = preserved()
    world.pass_time(50 * DAY)
    world.vn.act(c.ExtendPreservation(until=w.START.plus(120 * DAY)), w.LINH)
    assert get(world.vn, "domestic-order-ends").at == w.START.plus(140 * DAY)
    refused = c.MachineNotesReceipt(
        number=2, received_at=w.START, outcome=ReceiptOutcome.REFUSED, code="x.y"
    )
    world.vn.act(refused, None)

    assert get(world.vn, "domestic-order-ends").at == w.START.plus(90 * DAY)
    assert get(world.vn, "preserved-until").at == w.START.plus(60 * DAY)


def test_an_extension_that_was_asked_for_is_decided_before_the_end() -> None:
    """Until it is: then the clock is gone."""
    world = preserved()
    assert found(world.vn, "decide-extension-by") is None
    world.il_does(c.AskExtension(until=w.START.plus(100 * DAY)))
    assert get(world.vn, "decide-extension-by").at == w.START.plus(60 * DAY)

    world.vn_does(c.ExtendPreservation(until=w.START.plus(100 * DAY), extension=2))

    assert found(world.vn, "decide-extension-by") is None
    assert get(world.il, "preserved-until").at == w.START.plus(100 * DAY)


@pytest.mark.parametrize("years", [1, 10])
def test_no_clock_ends_a_preservation(years: int) -> None:
    """However late it is, and whatever was rung: an officer says that it has ended."""
    world = preserved()
    world.pass_time(365 * DAY * years)
    for _ in range(40):
        for due in pressing(world.vn.held):
            world.vn.act(c.MachineNotesAlarm(clock=due.clock), None)

    assert world.vn.held.requested.value == "preserving"
    world.vn_does(c.EndPreservation(cause=EndCause.RUN_OUT))
    assert dues(world.vn.held) == ()


def test_a_state_may_set_another_ceiling() -> None:
    """In a pack of its own, by the id of the rule that it replaces; without a number: no clock."""
    world = preserved()
    rule = STANDARD.law.get_rule("uncc-25-2-ceiling")
    for value, days in (({"max_days": 30}, 30), ({"figure": "domestic_law"}, None)):
        own = evolve(rule, id="xa-1", replaces=rule.id, value=value)
        pack = evolve(STANDARD.law.packs[0], id="xa", rules=(own,))
        policy = evolve(STANDARD, law=Law(packs=(*STANDARD.law.packs, pack)))
        due = found(world.vn, "domestic-order-ends", policy)
        assert (due.at if due else None) == (w.START.plus(days * DAY) if days else None)


# --- answers ------------------------------------------------------------------------------------


def test_the_clock_of_an_instrument_runs_only_where_it_is_named() -> None:
    """Ten days; in an emergency eight hours; under the Convention alone there is none."""
    plain = w.asked(w.evolved(w.ASK_STORED_DATA, legal_basis=("UNCC 44",)))
    named = w.asked(w.evolved(w.ASK_STORED_DATA, legal_basis=("UNCC 44", EU)))
    urgent = w.asked(
        w.evolved(w.ASK_STORED_DATA, legal_basis=(EU,), is_emergency=True, emergency="a life")
    )

    assert found(plain.vn, "basis-answer-by") is None
    ten = get(named.vn, "basis-answer-by")
    assert (ten.at, ten.rule_id) == (w.START.plus(10 * DAY), "eu-2023-1543-10-normal")
    assert ten.since == w.START
    assert {due.at for due in dues(urgent.vn.held) if due.clock == "basis-answer-by"} == {
        w.START.plus(8 * HOUR),
        w.START.plus(10 * DAY),
    }
    named.vn_does(c.Accept())
    assert found(named.vn, "basis-answer-by") is None


def test_an_acknowledgement_that_an_instrument_wants_is_due_until_there_is_one() -> None:
    """Eight hours, for urgent requests through contact points, where that act is named."""
    basis = ("EU-2013-40 13",)
    slow = w.asked(w.evolved(w.ASK_PRESERVATION, legal_basis=basis))
    in_emergency = w.evolved(w.ASK_PRESERVATION, is_emergency=True, emergency="x")
    urgent = w.asked(w.evolved(in_emergency, legal_basis=basis))

    assert found(slow.vn, "basis-acknowledge-by") is None
    assert get(urgent.vn, "basis-acknowledge-by").at == w.START.plus(8 * HOUR)
    urgent.vn_does(c.Acknowledge())
    assert found(urgent.vn, "basis-acknowledge-by") is None


def test_the_first_word_is_due_in_eight_hours() -> None:
    """An acknowledgement is not enough; a question is."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Acknowledge())
    assert get(world.il, "first-word-by").at == w.START.plus(8 * HOUR)
    world.vn_does(c.Consult(topic=Topic.COSTS, text="x"))
    assert found(world.vn, "first-word-by") is None


# --- calendars ----------------------------------------------------------------------------------


def test_an_end_on_a_day_off_of_the_other_side_is_warned_about_earlier() -> None:
    """By the last working day of both; the end does not move by a second."""
    end = at("2027-01-23T09:00:00Z")  # a Saturday
    world = preserved(until=end)
    calendars = [HANOI, JERUSALEM]

    early = {due.clock: due.at for due in early_alarms(world.il.held, calendars)}

    thursday = at("2027-01-21T22:00:00Z")  # midnight in Jerusalem, where Friday is free too
    assert early == {
        "preserved-until.alarm-14": thursday.plus(-14 * DAY),
        "preserved-until.alarm-7": thursday.plus(-7 * DAY),
        "preserved-until.alarm-2": thursday.plus(-2 * DAY),
        "preserved-until.alarm-24h": thursday.plus(-DAY),
    }
    assert get(world.il, "preserved-until").at == end
    assert list(early.values()) == sorted(early.values())


def test_an_end_on_a_working_day_is_warned_about_at_its_time() -> None:
    """And without calendars nothing is known of days."""
    world = preserved(until=at("2027-01-20T09:00:00Z"))

    assert early_alarms(world.il.held, [HANOI, JERUSALEM]) == ()
    assert early_alarms(world.il.held, []) == ()


def test_an_alarm_that_was_given_early_is_not_given_again() -> None:
    """It is noted under its own name, once."""
    world = preserved(until=at("2027-01-23T09:00:00Z"))
    first = early_alarms(world.il.held, [HANOI])[0]
    world.il.now = first.at
    note = c.MachineNotesAlarm(clock=first.clock)
    assert not world.il.act(note, None).events  # by the clock itself it is not time yet

    assert world.il.act(evolve(note, is_early=True), None).events
    assert not world.il.act(evolve(note, is_early=True), None).events
    assert first.clock not in {due.clock for due in early_alarms(world.il.held, [HANOI])}
    assert first.clock not in {due.clock for due in pressing(world.il.held)}


@pytest.mark.parametrize(
    "start", ["2027-10-29T22:30:00Z", "2028-02-28T23:59:59Z", "2026-12-31T18:30:00Z"]
)
def test_alarms_are_whole_days_before_the_end_whatever_walls_show(start: str) -> None:
    """Over the end of summer time, a leap day and the turn of the year."""
    until = at(start).plus(70 * DAY)
    world = preserved(until=until)

    ends = [due.at for due in dues(world.il.held) if due.clock.startswith("preserved-until")]
    spans = [after.moment - before.moment for before, after in pairwise(ends)]

    assert spans == [7 * DAY, 5 * DAY, DAY, DAY]
    assert ends[-1] == until


def test_an_end_is_shown_by_both_clocks() -> None:
    """Local times with their offsets, who works then, and until when both do."""
    end = at("2026-10-25T00:30:00Z")  # Sunday, in the doubled hour of Berlin

    view = view_of(end, [HANOI, BERLIN])

    assert [(one.zone, one.local, one.is_open) for one in view.places] == [
        ("Asia/Ho_Chi_Minh", "2026-10-25 07:30+07:00", False),
        ("Europe/Berlin", "2026-10-25 02:30+02:00", False),
    ]
    assert [one.cause for one in view.closed] == ["weekend", "weekend"]
    assert view.act_by == at("2026-10-23T17:00:00Z")
    assert view.places[0].holidays_known
