"""Random walks of two honest States through a case, and all that each could do at a point."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import product
from random import Random

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework.case import Officer, Side
from longbien.casework.deeds import MeasureKind
from longbien.casework.policy import Policy, is_machine
from longbien.casework.statements import DestructionCause, EndCause, Topic, WarningCause
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.exercise import two_sides as w
from longbien.exercise.lives import OPENERS
from longbien.primitives.errors import Refused
from longbien.primitives.ids import PackageId

LIMIT = UseLimit(kind=UseLimitKind.OTHER, text="not for customs")
LATER = w.START.plus(timedelta(days=90))
NUMBERS = range(13)
LETHAL = (c.Withdraw, c.Refuse, c.EndPreservation, c.DeclareExecuted)
"""Commands that end a matter: rare in a walk, or it would be short."""

TALK = (
    c.Consult,
    c.GiveStatus,
    c.AskQuestion,
    c.AnswerQuestion,
    c.Accept,
    c.Reject,
    c.TakeBack,
    dc.ProposeArrangement,
    dc.RecordConsent,
    dc.GiveSafeConduct,
)
"""Commands that are nearly always possible, or lead back: rarer in a walk."""

PASSED_BY = 0.9
"""How often a rare command is passed by."""

OPENINGS = tuple(OPENERS.values())


def either() -> list[c.Command]:
    """Return what either side may try."""
    return [
        c.AskQuestion(text="which port?"),
        *(c.AnswerQuestion(question=n, text="443") for n in NUMBERS),
        *(c.Consult(topic=Topic.OTHER, text="a word", about=n) for n in NUMBERS),
        c.GiveStatus(text="under way"),
        dc.ProposeArrangement(text="at ten", at=LATER),
        *(dc.AgreeToArrangement(arrangement=n) for n in NUMBERS),
        *(c.Approve(proposal=n, reasons="in order") for n in NUMBERS),
        *(c.Reject(proposal=n, reasons="no") for n in NUMBERS),
        *(c.TakeBack(proposal=n) for n in NUMBERS),
    ]


def requesting() -> list[c.Command]:
    """Return what the requesting side may try besides."""
    packages = [w.package_of(1), w.package_of(2)]
    return [
        c.Revise(proposal=1, contents=(("purpose", "p"),), legal_basis=("x",)),
        c.ConfirmEmergency(),
        c.Amend(contents=(("purpose", "q"),), legal_basis=("x",), reason="more is known"),
        c.Withdraw(reason="no longer needed"),
        c.AskExtension(),
        *(c.AgreeToConditions(offer=n) for n in NUMBERS),
        *(c.DeclineConditions(offer=n, text="no") for n in NUMBERS),
        *(c.AskFurtherUse(package=p, use="tax") for p in (None, *packages)),
        *(dc.AnswerLifting(proposal=n, text="the trial is near") for n in NUMBERS),
        dc.GiveSafeConduct(begins_at=w.START, text="all earlier acts"),
        dc.EndPresence(told_at=LATER),
        dc.HandBack(at=LATER, place="the airport"),
        *(
            c.NotifyExculpatoryUse(package=p, is_advance=True, text="to the defence")
            for p in (None, *packages)
        ),
        *(c.ProposeDestruction(package=p, cause=DestructionCause.CONDITION) for p in packages),
        *(c.ApproveDestruction(package=p) for p in packages),
        *(c.RejectDestruction(package=p, reasons="no") for p in packages),
        *(c.MachineNotesArrived(transfer=w.transfer_of(n)) for n in (1, 2)),
        *(
            c.MachineNotesChecked(package=p, outcome=w.CHECKED.outcome, report=w.CHECKED.report)
            for p in packages
        ),
        *(c.MachineNotesDestroyed(package=p, method="keys destroyed") for p in packages),
    ]


def requested() -> list[c.Command]:
    """Return what the requested side may try besides."""
    packages = [w.package_of(1), w.package_of(2)]
    return [
        c.Acknowledge(),
        c.Warn(cause=WarningCause.NOT_SECURED, text="it may be gone"),
        c.Accept(),
        c.Accept(conditions=(LIMIT,)),
        c.Postpone(reasons="ongoing", review_at=LATER),
        c.Refuse(ground="40(21)(b)", reasons="security", consultation="held"),
        c.ConfirmPreservation(effective_at=w.START),
        *(c.ExtendPreservation(until=LATER, extension=n) for n in NUMBERS),
        *(c.RefuseExtension(extension=n, reasons="no") for n in NUMBERS),
        c.EndPreservation(cause=EndCause.OTHER),
        c.DisclosePartly(provider="p", path="q", legal_basis=("x",), safeguards=w.SAFEGUARDS),
        dc.DiscloseInformation(text="in XX", legal_basis=("x",), safeguards=w.SAFEGUARDS),
        dc.ReportMeasure(
            measure=MeasureKind.FREEZING,
            effective_at=w.START,
            authority="court",
            legal_basis=("x",),
            safeguards=w.SAFEGUARDS,
        ),
        dc.ProposeLifting(reasons="no evidence came"),
        dc.LiftMeasure(lifted_at=LATER, reasons="over"),
        dc.RecordConsent(is_given=True, given_at=w.START, before="the court"),
        dc.HandOver(
            at=LATER,
            place="the airport",
            text="a person",
            legal_basis=("x",),
            safeguards=w.SAFEGUARDS,
        ),
        *_giving(packages),
        c.DeclareExecuted(),
        *(
            c.DecideFurtherUse(request=n, is_granted=granted)
            for n, granted in product(NUMBERS, (True, False))
        ),
        c.AnswerDrill(challenge=4711),
    ]


def _giving(packages: list[PackageId]) -> list[c.Command]:
    return [
        c.TakeExhibit(exhibit=w.EXHIBIT),
        *(
            c.ProposeRelease(
                package=p, exhibits=("E1",), legal_basis=("x",), safeguards=w.SAFEGUARDS
            )
            for p in packages
        ),
        *(c.ApproveRelease(package=p, reasons="within the order") for p in packages),
        *(c.RejectRelease(package=p, reasons="no") for p in packages),
        *(
            c.MachineNotesPacked(
                package=w.package_of(n), transfer=w.transfer_of(n), sealed=w.SEALED
            )
            for n in (1, 2)
        ),
        *(c.MachineNotesPushed(transfer=w.transfer_of(n)) for n in (1, 2)),
    ]


TRIES: dict[Side, list[c.Command]] = {
    # a State that gives information decides on its further use; the other one asks
    Side.REQUESTING: [*either(), *requesting(), *requested()],
    Side.REQUESTED: [*either(), *requested(), *requesting()],
}
PAIRS: dict[Side, tuple[Officer, Officer]] = {
    Side.REQUESTING: (w.DANA, w.NOA),
    Side.REQUESTED: (w.LINH, w.MINH),
}


def opened(opening: c.OpeningCommand) -> w.World:
    """Open a case and let whatever approval it takes be given; nothing has arrived."""
    world = w.World(policy=Policy(is_emergency_alone=True))
    world.il.act(opening, w.DANA)
    if world.il.held.proposals:
        world.il.act(c.Approve(proposal=1, reasons="in order"), w.NOA)
    return world


Start = Callable[[], w.World]
FURTHER: tuple[Start, ...] = (w.asked, w.executing, w.announced)
"""Cases that have gone some way already."""

STARTS: tuple[Start, ...] = (*(partial(opened, opening) for opening in OPENINGS), *FURTHER)


def take_a_step(world: w.World, side: Side, random: Random) -> None:
    """Let one side do something that it may do, chosen at random, kind by kind."""
    node = world.side(side)
    kinds = list(dict.fromkeys(map(type, TRIES[side])))
    random.shuffle(kinds)
    for kind in kinds:
        rare = issubclass(kind, LETHAL) or issubclass(kind, TALK)
        if rare and random.random() < PASSED_BY:
            continue
        if done(node, [one for one in TRIES[side] if type(one) is kind], side, random):
            return


def done(node: w.Node, tries: list[c.Command], side: Side, random: Random) -> bool:
    """Do one of these, the first that may be done; tell if there was one."""
    for command in random.sample(tries, len(tries)):
        by = None if is_machine(command) else random.choice(PAIRS[side])
        with suppress(Refused):
            if node.act(command, by).events:
                return True
    return False


def walk(start: Start, random: Random, *, length: int) -> w.World:
    """Let two honest States act, and their messages cross, at random."""
    world = start()
    haste = random.choice((0.3, 0.5, 0.8))  # how often something arrives
    for _ in range(length):
        side = random.choice(tuple(Side))
        node = world.side(side)
        if node.outbox and random.random() < haste:
            world.deliver(node)
        elif node.case is not None:
            take_a_step(world, side, random)
    return world
