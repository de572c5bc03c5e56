"""Stories that tests tell in a world: who does what, in which order, until a case is closed.

Every officer's act carries an idempotency key and is repeated until it was answered, as a case
system does whose node went down in the middle.
"""

from collections.abc import Callable
from datetime import timedelta

from attrs import frozen

from longbien.casework import commands as c
from longbien.casework.events import Exhibit
from longbien.casework.standing import state_of
from longbien.channel.message import MessageKind
from longbien.exercise.safeguard_records import SAFE, WHY
from longbien.exercise.world import Node, World
from longbien.primitives.ids import CaseId, PackageId


@frozen(kw_only=True)
class Ending:
    """What must be the same, whatever happened on the way."""

    states: tuple[tuple[str, str], ...]
    """Of each case, at the requesting and the requested State."""

    events: tuple[tuple[str, ...], ...]
    """Kinds of all journal entries of each case on each side, sorted."""

    numbers: tuple[tuple[int, int], ...]
    """Messages sent and received in each case, as each side counts."""


def ending_of(world: World, *cases: CaseId) -> Ending:
    """Return how cases between IL and VN have ended."""
    sides = (world["IL"], world["VN"])
    return Ending(
        states=tuple(tuple(stand(side, case) for side in sides) for case in cases),
        events=tuple(
            tuple(sorted(one.kind for one in side.machine.tables.events[case]))
            for case in cases
            for side in sides
        ),
        numbers=tuple(
            (counted.sent, counted.received)
            for case in cases
            for side, peer in (sides, sides[::-1])
            for counted in [side.machine.journal.numbers(case, peer.state.code)]
        ),
    )


def stand(node: Node, case: CaseId) -> str:
    """Return where a case stands at a node."""
    found = node.case(case)
    return state_of(found).value if found else "unknown"


def preservation(world: World) -> CaseId:
    """IL asks VN to preserve, VN acknowledges and confirms."""
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn).case
    world.quiet()
    vn.act(case, c.Acknowledge(reference="VN-7"))
    vn.act(case, c.ConfirmPreservation(effective_at=world.now))
    world.quiet()
    return case


def stored_data(world: World, preserved: CaseId | None = None) -> CaseId:
    """IL asks for the data, two officers of VN release them, IL verifies, VN closes."""
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn, "mla_stored_data", preservation=preserved).case
    il.act(case, c.Approve(proposal=1, reasons=WHY), "second")
    world.quiet()
    vn.act(case, c.Acknowledge())
    vn.act(case, c.Accept())
    release(world, case)
    world.quiet()
    vn.act(case, c.DeclareExecuted())
    world.quiet()
    return case


def release(world: World, case: CaseId) -> PackageId:
    """VN takes an exhibit in, and two officers let it go."""
    vn = world["VN"]
    package = PackageId.from_random(world.rng.randbytes(16))
    vn.act(case, c.TakeExhibit(exhibit=exhibit(vn)))
    vn.act(
        case,
        c.ProposeRelease(
            package=package,
            exhibits=("E1",),
            legal_basis=("UNCC 40(3)(c)",),
            safeguards=SAFE,
        ),
    )
    vn.act(case, c.ApproveRelease(package=package, reasons=WHY), "second")
    return package


def exhibit(node: Node, name: str = "E1") -> Exhibit:
    """Return an exhibit that the vault of a node has taken in."""
    return node.exhibit(name)


def destruction(world: World, case: CaseId, package: PackageId) -> None:
    """IL destroys what it was given, two officers agreeing."""
    il = world["IL"]
    cause = c.DestructionCause.PROCEEDINGS_ENDED
    il.act(case, c.ProposeDestruction(package=package, cause=cause))
    il.act(case, c.ApproveDestruction(package=package), "second")
    world.quiet()


# --- one story for each kind of message -----------------------------------------------------------


def asked(world: World, kind: str = "preservation") -> CaseId:
    """IL asks, and VN has it."""
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn, kind).case
    if il.case(case).proposals:
        il.act(case, c.Approve(proposal=1, reasons=WHY), "second")
    world.quiet()
    return case


def amendment(world: World) -> CaseId:
    """IL changes its request."""
    case = asked(world)
    contents = (("offence_and_facts", "a fraud, by mail and telephone"),)
    world["IL"].act(case, c.Amend(contents=contents, legal_basis=("UNCC",), reason="new facts"))
    world.quiet()
    return case


def withdrawal(world: World) -> CaseId:
    """IL no longer needs it."""
    case = asked(world)
    world["IL"].act(case, c.Withdraw(reason="the suspect has confessed"))
    world.quiet()
    return case


def question(world: World) -> CaseId:
    """VN asks something and IL answers."""
    case = asked(world)
    world["VN"].act(case, c.Acknowledge())
    world["VN"].act(case, c.AskQuestion(text="Which time zone?"))
    world.quiet()
    number = world["IL"].case(case).questions[0].number
    world["IL"].act(case, c.AnswerQuestion(question=number, text="UTC"))
    world.quiet()
    return case


def refusal(world: World) -> CaseId:
    """VN consults, hears IL and refuses."""
    case = asked(world)
    il, vn = world["IL"], world["VN"]
    text = "our law knows no such offence"
    vn.act(case, c.Consult(topic=c.Topic.REFUSAL, ground="40(21)(b)", text=text))
    world.quiet()
    il.act(case, c.Consult(topic=c.Topic.REFUSAL, text="it is a fraud", about=1))
    world.quiet()
    vn.act(case, c.Refuse(ground="40(21)(b)", reasons=text, consultation="on 1 November"))
    world.quiet()
    return case


def postponement(world: World) -> CaseId:
    """VN postpones."""
    case = asked(world)
    review = world.now.plus(timedelta(days=30))
    world["VN"].act(case, c.Postpone(reasons="a search is under way", review_at=review))
    world.quiet()
    return case


def extension(world: World) -> CaseId:
    """IL asks for more time, VN gives it and ends the preservation at last."""
    case = preservation(world)
    il, vn = world["IL"], world["VN"]
    until = world.now.plus(timedelta(days=150))
    il.act(case, c.AskExtension(until=until, progress="the letter is at the ministry"))
    world.quiet()
    vn.act(case, c.ExtendPreservation(until=until))
    vn.act(case, c.EndPreservation(cause=c.EndCause.DISCLOSED))
    world.quiet()
    return case


def partial_disclosure(world: World) -> CaseId:
    """VN names the provider of another State; two officers agree."""
    case = preservation(world)
    vn = world["VN"]
    vn.act(
        case,
        c.DisclosePartly(
            provider="a provider in a third State",
            path="two hops",
            legal_basis=("UNCC 43(1)",),
            safeguards=SAFE,
        ),
    )
    vn.act(case, c.Approve(proposal=1, reasons=WHY), "second")
    world.quiet()
    return case


def further_use(world: World) -> CaseId:
    """IL asks to use it for another case; VN consents; IL gives notice of use by the defence."""
    case = stored_data(world)
    il, vn = world["IL"], world["VN"]
    package = il.case(case).packages[0].announced.package
    il.act(case, c.AskFurtherUse(package=package, use="in the case against the brother"))
    il.act(case, c.Approve(proposal=2), "second")
    world.quiet()
    number = vn.case(case).uses[0].number
    vn.act(case, c.DecideFurtherUse(request=number, is_granted=True))
    vn.act(case, c.Approve(proposal=1, reasons=WHY), "second")
    il.act(
        case,
        c.NotifyExculpatoryUse(package=package, is_advance=True, text="page 3 is for the defence"),
    )
    world.quiet()
    return case


def destroyed(world: World) -> CaseId:
    """IL destroys what it was given and certifies it."""
    case = stored_data(world)
    destruction(world, case, world["IL"].case(case).packages[0].announced.package)
    return case


def status(world: World) -> CaseId:
    """VN tells how things stand."""
    case = asked(world)
    world["VN"].act(case, c.Acknowledge())
    world["VN"].act(case, c.GiveStatus(text="the provider was asked"))
    world.quiet()
    return case


def spontaneous(world: World) -> CaseId:
    """IL gives information that nobody asked for."""
    il, vn = world["IL"], world["VN"]
    case = il.open(
        c.GiveInformation(
            case_id=il.new_case_id(),
            peer=vn.authority,
            contents=(("facts", "a server in your capital"),),
            legal_basis=("UNCC 40(4)",),
            safeguards=SAFE,
        )
    ).case
    il.act(case, c.Approve(proposal=1, reasons=WHY), "second")
    world.quiet()
    return case


def drill(world: World) -> CaseId:
    """IL calls, and a person at VN answers with the number that they read."""
    il, vn = world["IL"], world["VN"]
    challenge = il.office.new_challenge()
    case = il.open(
        c.CallDrill(
            case_id=il.new_case_id(),
            peer=vn.authority,
            challenge=challenge,
            answer_by=world.now.plus(timedelta(hours=1)),
        )
    ).case
    world.quiet()
    vn.act(case, c.AnswerDrill(challenge=vn.case(case).request.challenge))
    world.quiet()
    return case


STORIES: dict[MessageKind, Callable[[World], CaseId]] = {
    MessageKind.REQUEST: asked,
    MessageKind.AMENDMENT: amendment,
    MessageKind.WITHDRAWAL: withdrawal,
    MessageKind.ACKNOWLEDGEMENT: preservation,
    MessageKind.QUESTION: question,
    MessageKind.ANSWER: question,
    MessageKind.CONSULTATION: refusal,
    MessageKind.ACCEPTANCE: stored_data,
    MessageKind.POSTPONEMENT: postponement,
    MessageKind.REFUSAL: refusal,
    MessageKind.EXTENSION_REQUEST: extension,
    MessageKind.PRESERVATION_CONFIRMED: preservation,
    MessageKind.PRESERVATION_EXTENDED: extension,
    MessageKind.PRESERVATION_ENDED: extension,
    MessageKind.PARTIAL_DISCLOSURE: partial_disclosure,
    MessageKind.EVIDENCE_ANNOUNCED: stored_data,
    MessageKind.EVIDENCE_DELIVERED: stored_data,
    MessageKind.EVIDENCE_VERIFIED: stored_data,
    MessageKind.FURTHER_USE_REQUEST: further_use,
    MessageKind.FURTHER_USE_CONSENT: further_use,
    MessageKind.EXCULPATORY_USE: further_use,
    MessageKind.DESTRUCTION_CERTIFIED: destroyed,
    MessageKind.STATUS: status,
    MessageKind.SPONTANEOUS_INFORMATION: spontaneous,
    MessageKind.DRILL: drill,
    MessageKind.DRILL_ANSWER: drill,
}
"""For each kind of message a story in which it is sent."""
