"""Clocks that have run out."""

from datetime import timedelta

from attrs import evolve

from calendar_world import HANOI
from desk_stories import asked
from longbien.casework import commands as c
from longbien.desk.ring import note_rung, ringing, ringing_early
from longbien.exercise.world import World
from longbien.primitives.instants import Instant


def test_a_clock_rings_when_it_has_run_out_and_once() -> None:
    """Not a moment before; after it was noted, not again for the same clock."""
    world = World("IL", "VN")
    vn = world["VN"]
    case = asked(world)
    due = vn.machine.register.find(case).next_due
    world.wait(seconds=(due.at.moment - world.now.moment).total_seconds() - 1)
    assert ringing(vn.office) == ()
    world.wait(seconds=1)

    (one,) = ringing(vn.office)

    assert (one.case, one.own, one.kind, one.due) == (case, vn.authority, "preservation", due)
    assert (one.late, one.lane.value) == (timedelta(0), "preservation")
    assert ringing(vn.office) == (one,)  # given again until it was noted
    note_rung(vn.office, one)
    assert ringing(vn.office) == ()
    assert note_rung(vn.office, one).version == vn.case(case).version


def test_every_clock_of_a_case_that_has_run_out_rings() -> None:
    """Several at once, the earliest first."""
    world = World("IL", "VN")
    vn = world["VN"]
    case = asked(world)
    vn.act(case, c.ConfirmPreservation(effective_at=world.now))
    world.quiet()
    world.wait(days=91)

    clocks = [one.due for one in ringing(vn.office)]

    assert len(clocks) > 2
    assert clocks == sorted(clocks, key=lambda due: due.at)


def test_a_case_that_is_gone_rings_no_more() -> None:
    """Its key is destroyed, or the list is ahead of the journal."""
    world = World("IL", "VN")
    vn = world["VN"]
    case = asked(world)
    world.wait(days=1)
    assert ringing(vn.office)
    vn.machine.tables.events.clear()
    assert ringing(vn.office) == ()
    vn.machine.tables.erased.add(case)
    assert ringing(vn.office) == ()


def test_only_so_many_cases_are_looked_at_in_one_round() -> None:
    """The most pressing ones."""
    world = World("IL", "VN")
    asked(world)
    asked(world)
    world.wait(days=1)

    office = world["VN"].office
    assert len({one.case for one in ringing(office)}) == 2
    assert len({one.case for one in ringing(office, limit=1)}) == 1


def test_an_end_on_a_day_off_rings_early_and_once() -> None:
    """Only where calendars say so; noted under the alarm's own name."""
    world = World("IL", "VN")
    vn = world["VN"]
    case = asked(world)
    saturday = Instant.parse("2027-01-23T09:00:00Z")
    vn.act(case, c.ConfirmPreservation(effective_at=world.now, until=saturday))
    world.quiet()
    for one in ringing(vn.office):
        note_rung(vn.office, one)
    friday_night = Instant.parse("2027-01-22T17:00:00Z")  # midnight in Hanoi
    early = friday_night.plus(timedelta(days=-14))
    world.wait(seconds=(early.moment - world.now.moment).total_seconds())
    assert ringing_early(vn.office) == ()
    office = evolve(vn.office, calendar=lambda one: HANOI if one == vn.authority else None)

    (one,) = ringing_early(office)

    assert (one.due.clock, one.is_early) == ("preserved-until.alarm-14", True)
    assert one not in ringing(office)
    note_rung(office, one)
    assert ringing_early(office) == ()


def test_what_is_gone_rings_early_no_more() -> None:
    """Neither a case whose key is destroyed nor one that the list alone still knows."""
    world = World("IL", "VN")
    vn = world["VN"]
    case = asked(world)
    vn.act(case, c.ConfirmPreservation(effective_at=world.now))
    world.quiet()
    for one in ringing(vn.office):
        note_rung(vn.office, one)
    world.wait(days=40)
    vn.machine.tables.events.clear()
    assert ringing_early(vn.office) == ()
    vn.machine.tables.erased.add(case)
    assert ringing_early(vn.office) == ()
