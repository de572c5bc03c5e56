"""What speaks against a statement: warnings, for a person to read.

A request is judged by the gate (``completeness``), everything else here, by the treaty data.
None of these rules was verified by a lawyer, so none of them refuses, blocks or expires
anything.  They are recorded with what was done all the same.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from longbien.casework.case import Severity, Warned
from longbien.casework.completeness.asked import NOTHING, Asked, Surroundings
from longbien.casework.completeness.gate import check_request
from longbien.casework.deed_rules import deed_warnings
from longbien.casework.law_clocks import CEILING
from longbien.casework.state import Case
from longbien.casework.statements import (
    ExtensionAsked,
    FurtherUseAsked,
    InformationGiven,
    PreservationConfirmed,
    PreservationExtended,
    RequestAmended,
    RequestMade,
    RequestPostponed,
    RequestRefused,
    Statement,
)
from longbien.primitives.instants import Instant
from longbien.treaty.contents import Catalogue, Confidence, GroundsOf, Rule, load
from longbien.treaty.law import Law, load_law


def warnings_of(
    kind: str,
    statement: Statement,
    *,
    case: Case | None,
    now: Instant,
    around: Surroundings = NOTHING,
    law: Catalogue | None = None,
    packs: Law | None = None,
) -> tuple[Warned, ...]:
    """Return what speaks against a statement of ours.

    ``law`` (forms and grounds) and ``packs`` (rules) are asked, or those of the program.
    """
    law = law if law is not None else load()
    asked = asked_by(kind, statement, case=case)
    if asked is not None:
        return check_request(asked, law=law, now=now, around=around)
    if isinstance(statement, RequestRefused):
        return _on_refusal(law, kind, statement, case)
    found = _on_others(law, statement, case, now)
    return (*found, *_on_ceiling(packs or load_law(), statement, now))


def asked_by(kind: str, statement: Statement, *, case: Case | None) -> Asked | None:
    """Return what a statement asks, or gives, in the form of its kind; None where it does not."""
    if isinstance(statement, RequestMade):
        return Asked(
            kind=kind,
            contents=statement.contents,
            legal_basis=statement.legal_basis,
            is_emergency=statement.is_emergency,
            emergency=statement.emergency,
            reply_by=statement.reply_by,
            reply_reason=statement.reply_reason,
            preservation=statement.preservation,
        )
    if not isinstance(statement, RequestAmended | InformationGiven):
        return None
    before = case.request if case is not None else None
    return Asked(
        kind=kind,
        contents=statement.contents,
        legal_basis=statement.legal_basis,
        preservation=before.preservation if isinstance(before, RequestMade) else None,
    )


def _on_others(
    law: Catalogue, statement: Statement, case: Case | None, now: Instant
) -> tuple[Warned, ...]:
    if isinstance(statement, RequestPostponed):
        return _on_postponement(law, statement, case)
    if isinstance(statement, PreservationConfirmed):
        return _on_confirmation(law, statement, case)
    if isinstance(statement, ExtensionAsked):
        return _on_extension(law, case, now)
    if isinstance(statement, FurtherUseAsked) and statement.recipient:
        form = law.forms["onward_transfer_authorization"]
        return (_warned("onward-transfer.written", form.fields[2].ref, form.fields[2].confidence),)
    return deed_warnings(law, statement, case)


_SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "ground.forbidden": Severity.WRONG,
        "ground.not-for-kind": Severity.WRONG,
        "ground.not-in-closed-list": Severity.WRONG,
        "onward-transfer.written": Severity.NOTE,
        "postponement.no-consultation": Severity.MISSING,
        "preservation.too-short": Severity.WRONG,
        "refusal.no-consultation": Severity.MISSING,
        "refusal.own-prosecution": Severity.NOTE,
    }
)


def _warned(code: str, ref: str, confidence: Confidence, **facts: str) -> Warned:
    return Warned(
        code=code,
        ref=ref,
        confidence=confidence.value,
        severity=_SEVERITIES.get(code, Severity.RISKY),
        facts=tuple(sorted(facts.items())),
    )


def _on_refusal(
    law: Catalogue, kind: str, said: RequestRefused, case: Case | None
) -> tuple[Warned, ...]:
    known = law.find_grounds(kind)
    found = list(_on_ground(law, known, said.ground))
    if known is not None and said.ground in known.conditions_first and not _were_offered(case):
        found.append(_warned("refusal.conditions-first", "36(1)(b)", Confidence.RECALLED))
    owed = law.owed.get((kind, said.detail))
    if owed is not None:
        found.append(_warned("refusal.own-prosecution", owed.ref, owed.confidence))
    if not said.consultation.strip():
        before = known.before if known is not None else "40(28)"
        found.append(_warned("refusal.no-consultation", before, Confidence.SUPPORTED))
    return tuple(found)


def _were_offered(case: Case | None) -> bool:
    return case is not None and case.offer is not None and bool(case.offer.conditions)


def _on_ground(law: Catalogue, known: GroundsOf | None, ground: str) -> tuple[Warned, ...]:
    forbidden = law.forbidden.get(ground)
    if forbidden is not None:
        return (_warned("ground.forbidden", ground, forbidden.confidence),)
    if known is not None and known.is_closed and ground not in known.may:
        return (_warned("ground.not-in-closed-list", known.ref, known.confidence),)
    if ground not in law.grounds:
        return (_warned("ground.not-listed", "40(21)", Confidence.SUPPORTED),)
    if known is not None and ground not in known.may:
        return (_warned("ground.not-for-kind", known.ref, known.confidence),)
    return ()


def _on_postponement(
    law: Catalogue, said: RequestPostponed, case: Case | None
) -> tuple[Warned, ...]:
    found = []
    if said.ground not in law.postponement:
        found.append(_warned("postponement.not-listed", "40(27)", Confidence.SUPPORTED))
    if case is None or not case.consulted:
        found.append(_warned("postponement.no-consultation", "40(28)", Confidence.SUPPORTED))
    return tuple(found)


def least_until(
    *, received_at: Instant, effective_at: Instant, law: Catalogue | None = None
) -> Instant:
    """Return the end of the shortest preservation: 60 days from the later of both instants.

    The text does not say from when they count (convention.md section 13), so from the later one.
    """
    days = timedelta(days=(law or load()).preserving.least_days)
    return max(received_at, effective_at).plus(days)


def _on_confirmation(
    law: Catalogue, said: PreservationConfirmed, case: Case | None
) -> tuple[Warned, ...]:
    received_at = case.opened_at if case is not None else said.effective_at
    if said.until >= least_until(received_at=received_at, effective_at=said.effective_at, law=law):
        return ()
    floor = law.preserving
    return (
        _warned("preservation.too-short", floor.ref, floor.confidence, days=str(floor.least_days)),
    )


def _on_ceiling(packs: Law, said: Statement, now: Instant) -> tuple[Warned, ...]:
    """Tell that an order of the own law ends before what is promised to the other State."""
    if not isinstance(said, PreservationConfirmed | PreservationExtended):
        return ()
    rule = packs.find_rule(CEILING)
    days = rule.value.get("max_days") if rule is not None else None
    if rule is None or not isinstance(days, int):
        return ()
    since = said.effective_at if isinstance(said, PreservationConfirmed) else now
    ends = since.plus(timedelta(days=days))
    if said.until <= ends:
        return ()
    told = {"days": str(days), "ends": str(ends), "rule": rule.id}
    return (_warned("preservation.beyond-order", rule.ref, rule.grade, **told),)


def _on_extension(law: Catalogue, case: Case | None, now: Instant) -> tuple[Warned, ...]:
    if case is None or case.preserved_until is None or now < case.preserved_until:
        return ()
    grade = law.forms["preservation"].rules_confidence["extension_before_expiry"]
    return (_warned("extension.late", "42(9)", grade),)


def find_forbidden(ground: str) -> Rule | None:
    """Return the rule that forbids a ground; using it takes a recorded override."""
    return load().forbidden.get(ground)
