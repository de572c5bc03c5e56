"""What a statement must refer to.  The same check on both sides.

Each check asks for something that the other side has said and that, once said, stays said: a
speaker knows it before the statement, and the listener said it itself.  That is why a guard
never turns away what an honest State could have sent, however the messages crossed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from longbien.casework.case import Side
from longbien.casework.deeds import ArrangementAgreed, HandedBack, LiftingViewed
from longbien.casework.evolving import other
from longbien.casework.state import Case
from longbien.casework.statements import (
    ConditionsAgreed,
    ConditionsDeclined,
    Consulted,
    DestructionCertified,
    DrillAnswered,
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
    PreservationExtended,
    QuestionAnswered,
    RequestMade,
    Statement,
)
from longbien.primitives.errors import Refused
from longbien.primitives.ids import PackageId

Guard = Callable[[Case, Side, Any], bool]


def require_references(case: Case, speaker: Side, statement: Statement) -> None:
    """Refuse a statement that refers to nothing.  Raises Refused ``case.reference``."""
    guard = _GUARDS.get(type(statement))
    if guard is not None and not guard(case, speaker, statement):
        raise Refused("case.reference", "what this refers to was never said in this case")


def _heard(case: Case, speaker: Side, number: int) -> bool:
    return case.find_heard(other(speaker), number) is not None


def _answer(case: Case, speaker: Side, said: QuestionAnswered) -> bool:
    return any(q.number == said.question and q.asked_by is not speaker for q in case.questions)


def _consulted(case: Case, speaker: Side, said: Consulted) -> bool:
    return not said.about or _heard(case, speaker, said.about)


def _offer(case: Case, speaker: Side, said: ConditionsAgreed | ConditionsDeclined) -> bool:
    return _heard(case, speaker, said.offer)


def _extension(case: Case, _speaker: Side, _said: ExtensionAsked) -> bool:
    return case.confirmed is not None


def _extended(case: Case, speaker: Side, said: PreservationExtended) -> bool:
    return not said.extension or _heard(case, speaker, said.extension)


def _not_extended(case: Case, speaker: Side, said: ExtensionRefused) -> bool:
    return _heard(case, speaker, said.extension)


def _announced(case: Case, _speaker: Side, said: EvidenceAnnounced) -> bool:
    return all(
        known.announced.package != said.package and known.announced.transfer != said.transfer
        for known in case.packages
    )


def _delivered(case: Case, _speaker: Side, said: EvidenceDelivered) -> bool:
    package = case.find_package(said.package)
    return package is not None and package.announced.transfer == said.transfer


def _package(case: Case, _speaker: Side, said: EvidenceVerified | DestructionCertified) -> bool:
    return case.find_package(said.package) is not None


def _given(case: Case, _speaker: Side, said: FurtherUseAsked | ExculpatoryUseNotified) -> bool:
    return _knows(case, said.package)


def _knows(case: Case, package: PackageId | None) -> bool:
    return package is None or case.find_package(package) is not None


def _use(case: Case, _speaker: Side, said: FurtherUseDecided) -> bool:
    return case.find_use(said.request) is not None


def _emergency(case: Case, _speaker: Side, _said: EmergencyConfirmed) -> bool:
    return isinstance(case.request, RequestMade) and case.request.is_emergency


def _drill(case: Case, _speaker: Side, said: DrillAnswered) -> bool:
    return isinstance(case.request, DrillCalled) and case.request.challenge == said.challenge


def _lifting(case: Case, _speaker: Side, said: LiftingViewed) -> bool:
    return any(one.number == said.proposal for one in case.liftings)


def _arrangement(case: Case, speaker: Side, said: ArrangementAgreed) -> bool:
    return any(
        one.number == said.arrangement and one.proposed_by is not speaker
        for one in case.arrangements
    )


def _handed_back(case: Case, _speaker: Side, _said: HandedBack) -> bool:
    return case.handed_over_at is not None


_GUARDS: Final[Mapping[type[Statement], Guard]] = {
    QuestionAnswered: _answer,
    Consulted: _consulted,
    ConditionsAgreed: _offer,
    ConditionsDeclined: _offer,
    ExtensionAsked: _extension,
    PreservationExtended: _extended,
    ExtensionRefused: _not_extended,
    EvidenceAnnounced: _announced,
    EvidenceDelivered: _delivered,
    EvidenceVerified: _package,
    DestructionCertified: _package,
    FurtherUseAsked: _given,
    ExculpatoryUseNotified: _given,
    FurtherUseDecided: _use,
    EmergencyConfirmed: _emergency,
    DrillAnswered: _drill,
    LiftingViewed: _lifting,
    ArrangementAgreed: _arrangement,
    HandedBack: _handed_back,
}
