"""How long what was received may be kept: a clock of its own, served by a destruction."""

from datetime import timedelta

from attrs import evolve

from longbien.casework import commands as c
from longbien.casework.clocks import dues
from longbien.casework.deed_commands import DiscloseInformation
from longbien.casework.policy import Policy
from longbien.casework.statements import DestructionCause
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.exercise import two_sides as w
from longbien.primitives.instants import Instant

DAY = timedelta(days=1)
KEEP = UseLimit(kind=UseLimitKind.RETENTION, text="until the end", until=w.START.plus(30 * DAY))
SECRET = evolve(KEEP, kind=UseLimitKind.CONFIDENTIALITY, until=w.START.plus(20 * DAY))


def given(*limits: UseLimit) -> w.World:
    """Return a world in which a package with these labels has arrived at IL."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(), c.TakeExhibit(exhibit=w.EXHIBIT))
    world.vn_does(evolve(w.PROPOSE_RELEASE, use_limits=limits))
    world.vn_does(w.APPROVE_RELEASE, by=w.MINH)
    world.vn.act(w.PACKED, None)
    world.settle()
    return world


def clocks(node: w.Node, policy: Policy | None = None) -> list[tuple[str, Instant, str]]:
    """Return the clocks of what was received, without those that come before."""
    found = dues(node.held, policy or Policy())
    return [(due.clock, due.at, due.rule) for due in found if ".alarm" not in due.clock]


def test_a_label_of_retention_is_a_clock_apart() -> None:
    """Until when it is kept, and until when another limit runs: two clocks, at the receiver's."""
    world = given(KEEP, SECRET, evolve(KEEP, until=None))

    assert clocks(world.il) == [
        ("use-limit-ends", w.START.plus(20 * DAY), "40(19) P"),
        ("destroy-by", w.START.plus(30 * DAY), "40(19) P"),
    ]
    assert clocks(world.vn) == []


def test_it_rings_before_and_ends_with_the_destruction() -> None:
    """14, 7 and 2 days and 24 hours before; never once the data are destroyed."""
    world = given(KEEP)
    before = [due.at for due in dues(world.il.held) if due.clock.startswith("destroy-by.alarm")]
    assert before == [w.START.plus(days * DAY) for days in (16, 23, 28, 29)]

    package = w.package_of(1)
    world.il_does(c.ProposeDestruction(package=package, cause=DestructionCause.CONDITION))
    world.il_does(c.ApproveDestruction(package=package), by=w.NOA)
    world.il.act(c.MachineNotesDestroyed(package=package, method="key destroyed"), None)
    world.settle()
    assert clocks(world.il) == []


def test_the_own_law_sets_an_end_too() -> None:
    """From the announcement of what has arrived; the earlier day counts."""
    short, long = (Policy(keep_received=days * DAY) for days in (10, 40))
    world = given(KEEP)
    assert [one[1:] for one in clocks(world.il, short)] == [(w.START.plus(30 * DAY), "40(19) P")]
    world.il.act(c.MachineNotesArrived(transfer=w.transfer_of(1)), None)

    assert clocks(world.il, short) == [("destroy-by", w.START.plus(10 * DAY), "own law")]
    assert clocks(world.il, long) == [("destroy-by", w.START.plus(30 * DAY), "40(19) P")]


def test_limits_on_what_was_told_run_as_well() -> None:
    """Information comes in a message and lasts as long as its case."""
    world = w.asked(w.ask("location_enquiry"))
    world.vn_does(
        DiscloseInformation(
            text="it is there",
            legal_basis=("UNCC 41",),
            use_limits=(SECRET,),
            safeguards=w.SAFEGUARDS,
        )
    )
    world.vn_does(c.Approve(proposal=1, reasons="asked for"), by=w.MINH)

    assert ("use-limit-ends", SECRET.until, "40(19) P") in clocks(world.il)
