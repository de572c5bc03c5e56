"""One statement of each step, and a case in which every one of them refers to something."""

from functools import cache

from attrs import evolve

from longbien.casework import deeds as d
from longbien.casework import statements as s
from longbien.casework.case import Event, Side
from longbien.casework.state import (
    Arrangement,
    Case,
    FurtherUse,
    Heard,
    Lifting,
    Offer,
    Package,
    Question,
)
from longbien.casework.steps import Step, Track
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LATER, LIMIT, OPENERS
from longbien.primitives.digest import Digest
from longbien.primitives.verdict import Outcome

ANNOUNCED = s.EvidenceAnnounced(
    package=w.package_of(1),
    transfer=w.transfer_of(1),
    sealed=w.SEALED,
    exhibits=1,
    use_limits=(LIMIT,),
    withheld="a disk of a lawyer",
)

CONFIRMED = s.PreservationConfirmed(
    effective_at=w.START, until=LATER, reference="P-1", text="all but the logs"
)

MEASURED = d.MeasureTaken(
    measure=d.MeasureKind.FREEZING,
    effective_at=w.START,
    until=LATER,
    authority="the district court",
    legal_basis=("UNCC 50(2)",),
    text="one account",
    safeguards=w.SAFEGUARDS,
)
_ALL = (
    s.RequestMade(
        contents=(("b", "two"), ("a", "one")),
        legal_basis=("UNCC 42", "treaty of 1999"),
        is_emergency=True,
        emergency="a child is in danger",
        reply_by=LATER,
        reply_reason="a hearing",
        preservation=w.PRESERVATION,
        safeguards=w.SAFEGUARDS,
    ),
    s.RequestAmended(
        contents=(("a", "more"),),
        legal_basis=("UNCC 42",),
        reason="a typing error",
        safeguards=w.SAFEGUARDS,
    ),
    s.RequestWithdrawn(reason="solved"),
    s.Acknowledged(reference="VN-7", text="in hand"),
    s.QuestionAsked(text="which time zone?"),
    s.QuestionAnswered(question=1, text="UTC"),
    s.Consulted(topic=s.Topic.REFUSAL, ground="40(21)(b)", about=1, text="we think of refusing"),
    s.Warned42(cause=s.WarningCause.CONFIDENTIALITY, text="the provider tells its users"),
    s.RequestAccepted(conditions=(LIMIT,), text="gladly"),
    s.ConditionsAgreed(offer=1),
    s.ConditionsDeclined(offer=1, text="too narrow"),
    s.RequestPostponed(ground="40(27)", reasons="a trial goes on", review_at=LATER),
    s.RequestRefused(ground="40(8)", detail="dc", reasons="no offence here", consultation="held"),
    s.ExtensionAsked(until=LATER, progress="drafted"),
    s.ExtensionRefused(extension=1, reasons="the law ends here"),
    CONFIRMED,
    s.PreservationExtended(until=LATER, extension=1, text="once more"),
    s.PreservationEnded(cause=s.EndCause.RUN_OUT, text="the term is over"),
    s.PartlyDisclosed(
        provider="a provider in XX",
        path="two hops",
        legal_basis=("UNCC 43",),
        use_limits=(LIMIT,),
        safeguards=w.SAFEGUARDS,
    ),
    ANNOUNCED,
    s.EvidenceDelivered(package=w.package_of(1), transfer=w.transfer_of(1)),
    s.EvidenceVerified(
        package=w.package_of(1),
        outcome=Outcome.FAILED,
        findings=("manifest.changed",),
        report=Digest.of(b"report"),
    ),
    s.FurtherUseAsked(package=w.package_of(1), use="a tax case", recipient="State XX"),
    s.FurtherUseDecided(request=1, is_granted=True, conditions=(LIMIT,), text="once"),
    s.ExculpatoryUseNotified(package=w.package_of(1), is_advance=False, text="shown in court"),
    s.DestructionCertified(
        package=w.package_of(1),
        cause=s.DestructionCause.RETENTION_ENDED,
        method="key destroyed",
        destroyed_at=w.START,
    ),
    s.StatusGiven(text="before the court"),
    s.RequestExecuted(is_partly=True, left_out="one account does not exist"),
    s.EmergencyConfirmed(text="confirmed"),
    s.InformationGiven(
        contents=(("information", "x"),), legal_basis=("40(4)",), safeguards=w.SAFEGUARDS
    ),
    s.DrillCalled(challenge=4711, answer_by=LATER),
    s.DrillAnswered(challenge=4711, answered_at=w.START),
    d.InformationDisclosed(
        text="the account is kept in XX",
        legal_basis=("UNCC 42(2)",),
        use_limits=(LIMIT,),
        safeguards=w.SAFEGUARDS,
    ),
    MEASURED,
    d.LiftingProposed(ground="50(7)", reasons="no evidence came", lift_at=LATER),
    d.LiftingViewed(proposal=1, text="the trial begins next month"),
    d.MeasureLifted(lifted_at=LATER, reasons="the term is over"),
    d.ArrangementProposed(at=LATER, until=LATER, place="a court", text="by video, at ten"),
    d.ArrangementAgreed(arrangement=1, text="gladly"),
    d.ConsentRecorded(is_given=True, given_at=w.START, before="the court", text="in writing"),
    d.SafeConductGiven(begins_at=w.START, text="for everything before the departure"),
    d.PresenceEnded(told_at=w.START, text="in the court room"),
    d.HandedOver(
        at=w.START,
        place="the airport",
        text="one person",
        legal_basis=("UNCC 40(9)",),
        safeguards=w.SAFEGUARDS,
    ),
    d.HandedBack(at=LATER, place="the airport", text="in good health"),
)
STATEMENTS: dict[Step, s.Statement] = {statement.step: statement for statement in _ALL}


@cache
def _opened(kind: str, own: Side) -> Case:
    return w.asked(OPENERS[kind]).side(own).held


def rich_case(kind: str, own: Side, *, requesting: Track, requested: Track) -> Case:
    """Return a case at given positions, in which all samples refer to something said before."""
    case = _opened(kind, own)
    request = case.request
    if isinstance(request, s.RequestMade):
        request = evolve(request, is_emergency=True)
    # an announcement names a package that is not there yet, everything else one that is
    return evolve(
        case,
        request=request,
        requesting=requesting,
        requested=requested,
        questions=tuple(Question(number=1, asked_by=side) for side in Side),
        heard=tuple(Heard(side=side, number=1, at=w.START, said_at=w.START) for side in Side),
        offer=Offer(number=1, conditions=()),
        confirmed=CONFIRMED,
        extensions=(1,),
        uses=(FurtherUse(number=1, asked=s.FurtherUseAsked(use="x")),),
        packages=(Package(announced=ANNOUNCED, number=2),),
        liftings=(Lifting(number=1),),
        arrangements=tuple(Arrangement(number=1, proposed_by=side, at=None) for side in Side),
        handed_over_at=w.START,
    )


def without_packages(case: Case) -> Case:
    """Return the case before anything was announced."""
    return evolve(case, packages=())


def events_of(node: w.Node, kind: type[Event]) -> list[Event]:
    """Return the events of one class in a node's journal."""
    return [event for event in node.held.history if isinstance(event, kind)]
