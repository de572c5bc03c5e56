"""What the treaty data say against a statement on a measure or a hand-over: warnings only."""

from longbien.casework.case import Severity, Warned
from longbien.casework.deeds import HandedOver, MeasureKind, MeasureLifted, MeasureTaken
from longbien.casework.state import Case
from longbien.casework.statements import Statement
from longbien.treaty.contents import Catalogue, Confidence

_NEEDS_END = frozenset({MeasureKind.COLLECTION, MeasureKind.INTERCEPTION, MeasureKind.CUSTODY})


def deed_warnings(law: Catalogue, statement: Statement, case: Case | None) -> tuple[Warned, ...]:
    """Return what speaks against a deed."""
    if isinstance(statement, MeasureTaken):
        return _on_measure(statement)
    if isinstance(statement, MeasureLifted) and case is not None:
        return _on_lifting(law, case)
    if isinstance(statement, HandedOver) and case is not None:
        return _on_hand_over(law, case)
    return ()


def _on_measure(said: MeasureTaken) -> tuple[Warned, ...]:
    if said.until is not None or said.measure not in _NEEDS_END:
        return ()
    return (_warned("measure.no-end", "24(2)", Confidence.RECALLED),)


def _on_lifting(law: Catalogue, case: Case) -> tuple[Warned, ...]:
    known = law.find_grounds(case.kind)
    is_about_assets = known is not None and "50(7)" in known.may
    if not is_about_assets or any(one.views for one in case.liftings):
        return ()
    return (_warned("lifting.not-heard", "50(8)", Confidence.SUPPORTED),)


def _on_hand_over(law: Catalogue, case: Case) -> tuple[Warned, ...]:
    found = []
    consent = law.consents.get(case.kind)
    if consent is not None and (case.consent is None or not case.consent.is_given):
        found.append(_warned("hand-over.no-consent", consent.ref, consent.confidence))
    assurance = law.assurances.get(case.kind)
    if assurance is not None and case.safe_conduct is None:
        found.append(_warned("hand-over.no-safe-conduct", assurance.ref, assurance.confidence))
    return tuple(found)


def _warned(code: str, ref: str, confidence: Confidence) -> Warned:
    return Warned(code=code, ref=ref, confidence=confidence.value, severity=Severity.MISSING)
