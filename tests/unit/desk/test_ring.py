"""Clocks that have run out."""

from datetime import timedelta

from desk_stories import asked
from desk_world import World
from longbien.casework import commands as c
from longbien.desk.ring import note_rung, ringing


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
    assert [row.due.clock for row in ringing(vn.office)] == []
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

    assert len(ringing(world["VN"].office)) == 2
    assert len(ringing(world["VN"].office, limit=1)) == 1
