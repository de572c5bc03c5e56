"""Cases at the points where officers are refused something."""

from attrs import evolve

from longbien.casework import commands as c
from longbien.casework.safeguards import Concern
from longbien.casework.statements import DestructionCause
from longbien.evidence.custody import TakenIn
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT

P1 = w.package_of(1)
TAKEN_IN = TakenIn(
    package_id=P1, request=w.CASE.urn, at=w.START, by="lab", exhibits=1, files=1, bytes=1
)


def released() -> w.World:
    """Return a world in which two officers have released a package."""
    world = w.executing()
    world.vn_does(w.PROPOSE_RELEASE)
    world.vn_does(c.ApproveRelease(package=w.package_of(1), reasons="within the order"), by=w.MINH)
    return world


def proposed() -> w.World:
    """Return a world in which a release waits for a second officer."""
    world = w.executing()
    world.vn_does(w.PROPOSE_RELEASE)
    return world


def doomed() -> w.World:
    """Return a world in which a destruction waits for a second officer."""
    world = w.announced()
    world.il_does(c.ProposeDestruction(package=w.package_of(1), cause=DestructionCause.CONDITION))
    return world


def drafted() -> w.World:
    """Return a world in which a request waits for a second officer."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    return world


def conditional() -> w.World:
    """Return a world in which conditions wait for an answer."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(conditions=(LIMIT,)), c.TakeExhibit(exhibit=w.EXHIBIT))
    return world


def withdrawn() -> w.World:
    """Return a world in which a request was withdrawn while a release waits."""
    world = released()
    world.il_does(c.Withdraw(reason="solved"))
    return world


def nothing() -> w.World:
    """Return a world in which nothing has happened."""
    return w.World()


def stored() -> w.World:
    """Return a world in which stored data were asked for."""
    return w.asked(w.ASK_STORED_DATA)


def drill() -> w.World:
    """Return a world in which a drill was called."""
    return w.asked(w.CALL_DRILL)


STOPPED = w.stopping(Concern.MINOR)
GO_ON = c.DecideStop(package=P1, goes_on=True, reasons="the minor is the victim, who asks for it")


def stopped() -> w.World:
    """Propose a release that the stop list stops."""
    world = w.executing()
    world.vn_does(evolve(w.PROPOSE_RELEASE, safeguards=STOPPED))
    return world


def held_up() -> w.World:
    """Let an authoriser decide that it does not go on."""
    world = stopped()
    world.vn_does(evolve(GO_ON, goes_on=False), by=w.MINH)
    return world


def asked_for_a_minor() -> w.World:
    """Let the requesting State itself say that its request is about a minor."""
    world = w.World()
    world.il_does(evolve(w.ASK_STORED_DATA, safeguards=STOPPED))
    world.il_does(c.DecideStop(proposal=1, goes_on=True, reasons="it protects the minor"), by=w.NOA)
    world.il_does(c.Approve(proposal=1, reasons="in order"), by=w.NOA)
    world.vn_does(c.Accept(), c.TakeExhibit(exhibit=w.EXHIBIT), w.PROPOSE_RELEASE)
    return world


def told() -> w.World:
    """Propose information that nobody asked for."""
    world = w.World()
    world.il_does(w.GIVE_INFORMATION)
    return world
