"""What a statement changes, whoever made it: the part of ``evolve`` that both States share.

Every change is keyed to one speaker's own words, or to a statement of the other that the
speaker names by number.  So two histories that hold the same statements of each side give the
same case, in whatever order the two sides' statements crossed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS
from longbien.casework.deeds import (
    ArrangementAgreed,
    ArrangementProposed,
    ConsentRecorded,
    HandedBack,
    HandedOver,
    InformationDisclosed,
    LiftingProposed,
    LiftingViewed,
    MeasureLifted,
    MeasureTaken,
    PresenceEnded,
    SafeConductGiven,
)
from longbien.casework.state import (
    Arrangement,
    Case,
    FurtherUse,
    Lifting,
    Offer,
    Package,
    Question,
)
from longbien.casework.statements import (
    ConditionsAgreed,
    ConditionsDeclined,
    Consulted,
    DestructionCertified,
    DrillCalled,
    EmergencyConfirmed,
    EvidenceAnnounced,
    EvidenceDelivered,
    EvidenceVerified,
    ExculpatoryUseNotified,
    ExtensionAsked,
    ExtensionRefused,
    FurtherUseAsked,
    FurtherUseDecided,
    InformationGiven,
    PartlyDisclosed,
    PreservationConfirmed,
    PreservationExtended,
    QuestionAnswered,
    QuestionAsked,
    RequestAccepted,
    RequestAmended,
    RequestMade,
    RequestPostponed,
    RequestRefused,
    Statement,
    Warned42,
)
from longbien.primitives.changing import changed as evolve
from longbien.primitives.ids import PackageId

Change = Callable[[Case, Side, int, Any], Case]


def speak(case: Case, side: Side, number: int, statement: Statement) -> Case:
    """Return the case after one side's statement.

    A statement that its side's own table does not allow changes nothing: the other side's node
    has refused it, or will.
    """
    machine = KINDS[case.kind].machine(side)
    track = case.requesting if side is Side.REQUESTING else case.requested
    after = machine.table[track].get(statement.step)
    if after is None:
        return case
    moved = (
        evolve(case, requesting=after) if side is Side.REQUESTING else evolve(case, requested=after)
    )
    change = _CHANGES.get(type(statement))
    return moved if change is None else change(moved, side, number, statement)


def _request(case: Case, _side: Side, _number: int, said: RequestMade | DrillCalled) -> Case:
    return evolve(case, request=said)


def _information(case: Case, _side: Side, _number: int, said: InformationGiven) -> Case:
    return evolve(case, request=said, has_disclosed=True)


def _amended(case: Case, _side: Side, _number: int, said: RequestAmended) -> Case:
    # the tables have amendments only where a request opened the case
    made = cast("RequestMade", case.request)
    request = evolve(
        made,
        contents=said.contents,
        legal_basis=said.legal_basis,
        safeguards=said.safeguards,
    )
    return evolve(case, request=request, amendments=case.amendments + 1)


def _emergency(case: Case, _side: Side, _number: int, _said: EmergencyConfirmed) -> Case:
    return evolve(case, is_emergency_confirmed=True)


def _question(case: Case, side: Side, number: int, _said: QuestionAsked) -> Case:
    questions = (*case.questions, Question(number=number, asked_by=side))
    return evolve(case, questions=tuple(sorted(questions, key=lambda q: (q.asked_by, q.number))))


def _answer(case: Case, side: Side, number: int, said: QuestionAnswered) -> Case:
    questions = tuple(
        evolve(question, answer=number)
        if question.number == said.question and question.asked_by is not side
        else question
        for question in case.questions
    )
    return evolve(case, questions=questions)


def _consulted(case: Case, side: Side, number: int, _said: Consulted) -> Case:
    return evolve(case, consulted=tuple(sorted((*case.consulted, (side, number)))))


def _warned(case: Case, _side: Side, number: int, _said: Warned42) -> Case:
    return evolve(case, warned=(*case.warned, number))


def _accepted(case: Case, _side: Side, number: int, said: RequestAccepted) -> Case:
    return evolve(case, offer=Offer(number=number, conditions=said.conditions))


def _agreed(case: Case, _side: Side, _number: int, said: ConditionsAgreed) -> Case:
    return _answered_offer(case, said.offer, agreed=True)


def _declined(case: Case, _side: Side, _number: int, said: ConditionsDeclined) -> Case:
    return _answered_offer(case, said.offer, agreed=False)


def _answered_offer(case: Case, number: int, *, agreed: bool) -> Case:
    # an answer to an older offer crossed a newer one: only the newer one counts
    if case.offer is None or case.offer.number != number:
        return case
    return evolve(case, offer=evolve(case.offer, agreed=agreed))


def _postponed(case: Case, _side: Side, _number: int, said: RequestPostponed) -> Case:
    return evolve(case, review_at=said.review_at, ground=said.ground)


def _refused(case: Case, _side: Side, _number: int, said: RequestRefused) -> Case:
    return evolve(case, ground=said.ground)


def _confirmed(case: Case, _side: Side, _number: int, said: PreservationConfirmed) -> Case:
    return evolve(case, confirmed=said, preserved_until=said.until)


def _extension(case: Case, _side: Side, number: int, _said: ExtensionAsked) -> Case:
    return evolve(case, extensions=(*case.extensions, number))


def _extended(case: Case, _side: Side, _number: int, said: PreservationExtended) -> Case:
    return evolve(_extension_decided(case, said.extension), preserved_until=said.until)


def _not_extended(case: Case, _side: Side, _number: int, said: ExtensionRefused) -> Case:
    return _extension_decided(case, said.extension)


def _extension_decided(case: Case, number: int) -> Case:
    return evolve(case, extensions=tuple(n for n in case.extensions if n != number))


def _partly(
    case: Case, _side: Side, _number: int, _said: PartlyDisclosed | InformationDisclosed
) -> Case:
    return evolve(case, has_disclosed=True)


def _announced(case: Case, _side: Side, number: int, said: EvidenceAnnounced) -> Case:
    return evolve(case, packages=(*case.packages, Package(announced=said, number=number)))


def on_package(case: Case, package: PackageId, **changes: Any) -> Case:  # noqa: ANN401 - fields of Package
    """Change what is known of one package."""
    packages = tuple(
        evolve(known, **changes) if known.announced.package == package else known
        for known in case.packages
    )
    return evolve(case, packages=packages)


def _delivered(case: Case, _side: Side, _number: int, said: EvidenceDelivered) -> Case:
    return on_package(case, said.package, is_delivered=True)


def _verified(case: Case, _side: Side, _number: int, said: EvidenceVerified) -> Case:
    return on_package(case, said.package, verified=said)


def _destroyed(case: Case, _side: Side, _number: int, said: DestructionCertified) -> Case:
    return on_package(case, said.package, is_destroyed=True)


def _use(case: Case, _side: Side, number: int, said: FurtherUseAsked) -> Case:
    return evolve(case, uses=(*case.uses, FurtherUse(number=number, asked=said)))


def _use_decided(case: Case, _side: Side, number: int, said: FurtherUseDecided) -> Case:
    uses = tuple(
        evolve(use, decision=number, is_granted=said.is_granted)
        if use.number == said.request
        else use
        for use in case.uses
    )
    return evolve(case, uses=uses)


def _exculpatory(case: Case, _side: Side, number: int, _said: ExculpatoryUseNotified) -> Case:
    return evolve(case, exculpatory=(*case.exculpatory, number))


# --- measures, arrangements, persons and things ---------------------------------------------------


def _measure(case: Case, _side: Side, _number: int, said: MeasureTaken) -> Case:
    return evolve(case, measure=said, lifted_at=None)


def _lifting(case: Case, _side: Side, number: int, _said: LiftingProposed) -> Case:
    return evolve(case, liftings=(*case.liftings, Lifting(number=number)))


def _views(case: Case, _side: Side, number: int, said: LiftingViewed) -> Case:
    liftings = tuple(
        evolve(one, views=number) if one.number == said.proposal else one for one in case.liftings
    )
    return evolve(case, liftings=liftings)


def _lifted(case: Case, _side: Side, _number: int, said: MeasureLifted) -> Case:
    return evolve(case, lifted_at=said.lifted_at)


def _arrangement(case: Case, side: Side, number: int, said: ArrangementProposed) -> Case:
    made = Arrangement(number=number, proposed_by=side, at=said.at)
    arrangements = (*case.arrangements, made)
    return evolve(
        case,
        arrangements=tuple(sorted(arrangements, key=lambda one: (one.proposed_by, one.number))),
    )


def _arranged(case: Case, side: Side, number: int, said: ArrangementAgreed) -> Case:
    arrangements = tuple(
        evolve(one, agreed=number)
        if one.number == said.arrangement and one.proposed_by is not side
        else one
        for one in case.arrangements
    )
    return evolve(case, arrangements=arrangements)


def _consent(case: Case, _side: Side, _number: int, said: ConsentRecorded) -> Case:
    return evolve(case, consent=said)


def _safe_conduct(case: Case, _side: Side, _number: int, said: SafeConductGiven) -> Case:
    return evolve(case, safe_conduct=said)


def _presence(case: Case, _side: Side, _number: int, said: PresenceEnded) -> Case:
    return evolve(case, presence_ended_at=said.told_at)


def _handed_over(case: Case, _side: Side, _number: int, said: HandedOver) -> Case:
    return evolve(case, handed_over_at=said.at)


def _handed_back(case: Case, _side: Side, _number: int, said: HandedBack) -> Case:
    return evolve(case, handed_back_at=said.at)


_CHANGES: Final[Mapping[type[Statement], Change]] = {
    RequestMade: _request,
    DrillCalled: _request,
    InformationGiven: _information,
    RequestAmended: _amended,
    EmergencyConfirmed: _emergency,
    QuestionAsked: _question,
    QuestionAnswered: _answer,
    Consulted: _consulted,
    Warned42: _warned,
    RequestAccepted: _accepted,
    ConditionsAgreed: _agreed,
    ConditionsDeclined: _declined,
    RequestPostponed: _postponed,
    RequestRefused: _refused,
    PreservationConfirmed: _confirmed,
    ExtensionAsked: _extension,
    PreservationExtended: _extended,
    ExtensionRefused: _not_extended,
    PartlyDisclosed: _partly,
    EvidenceAnnounced: _announced,
    EvidenceDelivered: _delivered,
    EvidenceVerified: _verified,
    DestructionCertified: _destroyed,
    FurtherUseAsked: _use,
    FurtherUseDecided: _use_decided,
    ExculpatoryUseNotified: _exculpatory,
    InformationDisclosed: _partly,
    MeasureTaken: _measure,
    LiftingProposed: _lifting,
    LiftingViewed: _views,
    MeasureLifted: _lifted,
    ArrangementProposed: _arrangement,
    ArrangementAgreed: _arranged,
    ConsentRecorded: _consent,
    SafeConductGiven: _safe_conduct,
    PresenceEnded: _presence,
    HandedOver: _handed_over,
    HandedBack: _handed_back,
}
