"""From an officer's command to the statement that it makes.  One function a command."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework import deeds as d
from longbien.casework import statements as s
from longbien.casework.rules import least_until
from longbien.casework.state import Case
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant

Maker = Callable[[Case, Any], s.Statement]


def statement_of(case: Case, command: c.SpeakingCommand, now: Instant) -> s.Statement:
    """Return what a command says.  Raises Refused where it is about something that is settled."""
    if isinstance(command, c.AnswerDrill):
        return _drill_answer(case, command, now)
    return _MAKERS[type(command)](case, command)


def _amend(case: Case, command: c.Amend) -> s.Statement:
    made = case.request
    before = made.safeguards if isinstance(made, s.RequestMade) else None
    return s.RequestAmended(
        contents=command.contents,
        legal_basis=command.legal_basis,
        reason=command.reason,
        safeguards=command.safeguards or before,
    )


def _withdraw(_case: Case, command: c.Withdraw) -> s.Statement:
    return s.RequestWithdrawn(reason=command.reason)


def _extension(_case: Case, command: c.AskExtension) -> s.Statement:
    return s.ExtensionAsked(until=command.until, progress=command.progress)


def _agree(case: Case, command: c.AgreeToConditions) -> s.Statement:
    _require_open_offer(case, command.offer)
    return s.ConditionsAgreed(offer=command.offer)


def _decline(case: Case, command: c.DeclineConditions) -> s.Statement:
    _require_open_offer(case, command.offer)
    return s.ConditionsDeclined(offer=command.offer, text=command.text)


def _require_open_offer(case: Case, number: int) -> None:
    if case.offer is None or case.offer.number != number or not case.offer.is_open:
        raise Refused("case.offer", "there are no open conditions of that number")


def _use(_case: Case, command: c.AskFurtherUse) -> s.Statement:
    return s.FurtherUseAsked(package=command.package, use=command.use, recipient=command.recipient)


def _exculpatory(_case: Case, command: c.NotifyExculpatoryUse) -> s.Statement:
    return s.ExculpatoryUseNotified(
        package=command.package, is_advance=command.is_advance, text=command.text
    )


def _question(_case: Case, command: c.AskQuestion) -> s.Statement:
    return s.QuestionAsked(text=command.text)


def _answer(_case: Case, command: c.AnswerQuestion) -> s.Statement:
    return s.QuestionAnswered(question=command.question, text=command.text)


def _consult(_case: Case, command: c.Consult) -> s.Statement:
    return s.Consulted(
        topic=command.topic, ground=command.ground, about=command.about, text=command.text
    )


def _status(_case: Case, command: c.GiveStatus) -> s.Statement:
    return s.StatusGiven(text=command.text)


def _acknowledge(_case: Case, command: c.Acknowledge) -> s.Statement:
    return s.Acknowledged(reference=command.reference, text=command.text)


def _warn(_case: Case, command: c.Warn) -> s.Statement:
    return s.Warned42(cause=command.cause, text=command.text)


def _accept(_case: Case, command: c.Accept) -> s.Statement:
    return s.RequestAccepted(conditions=command.conditions, text=command.text)


def _postpone(_case: Case, command: c.Postpone) -> s.Statement:
    return s.RequestPostponed(
        ground=command.ground, reasons=command.reasons, review_at=command.review_at
    )


def _refuse(_case: Case, command: c.Refuse) -> s.Statement:
    return s.RequestRefused(
        ground=command.ground,
        detail=command.detail,
        reasons=command.reasons,
        consultation=command.consultation,
    )


def _confirm(case: Case, command: c.ConfirmPreservation) -> s.Statement:
    until = command.until or least_until(
        received_at=case.opened_at, effective_at=command.effective_at
    )
    return s.PreservationConfirmed(
        effective_at=command.effective_at,
        until=until,
        reference=command.reference,
        text=command.text,
    )


def _extend(case: Case, command: c.ExtendPreservation) -> s.Statement:
    if command.extension:
        _require_open_extension(case, command.extension)
    return s.PreservationExtended(
        until=command.until, extension=command.extension, text=command.text
    )


def _refuse_extension(case: Case, command: c.RefuseExtension) -> s.Statement:
    _require_open_extension(case, command.extension)
    return s.ExtensionRefused(extension=command.extension, reasons=command.reasons)


def _require_open_extension(case: Case, number: int) -> None:
    if number not in case.extensions:
        raise Refused("case.extension", "no extension of that number waits for a decision")


def _end(_case: Case, command: c.EndPreservation) -> s.Statement:
    return s.PreservationEnded(cause=command.cause, text=command.text)


def _partly(_case: Case, command: c.DisclosePartly) -> s.Statement:
    return s.PartlyDisclosed(
        provider=command.provider,
        path=command.path,
        legal_basis=command.legal_basis,
        use_limits=command.use_limits,
        safeguards=command.safeguards,
    )


def _executed(case: Case, command: c.DeclareExecuted) -> s.Statement:
    waiting = any(not (r.is_rejected or r.is_announced) for r in case.releases)
    if waiting:
        raise Refused("release.waiting", "a release is still on its way: let it go or reject it")
    return s.RequestExecuted(is_partly=command.is_partly, left_out=command.left_out)


def _use_decided(_case: Case, command: c.DecideFurtherUse) -> s.Statement:
    return s.FurtherUseDecided(
        request=command.request,
        is_granted=command.is_granted,
        conditions=command.conditions,
        text=command.text,
    )


def _drill_answer(case: Case, command: c.AnswerDrill, now: Instant) -> s.Statement:
    if isinstance(case.request, s.DrillCalled) and case.request.challenge != command.challenge:
        raise Refused("drill.challenge", "this is not the number of the drill: read it again")
    return s.DrillAnswered(challenge=command.challenge, answered_at=now)


# --- deeds --------------------------------------------------------------------------------------


def _inform(_case: Case, command: dc.DiscloseInformation) -> s.Statement:
    return d.InformationDisclosed(
        text=command.text,
        legal_basis=command.legal_basis,
        use_limits=command.use_limits,
        safeguards=command.safeguards,
    )


def _measure(_case: Case, command: dc.ReportMeasure) -> s.Statement:
    return d.MeasureTaken(
        measure=command.measure,
        effective_at=command.effective_at,
        until=command.until,
        authority=command.authority,
        legal_basis=command.legal_basis,
        text=command.text,
        safeguards=command.safeguards,
    )


def _propose_lifting(_case: Case, command: dc.ProposeLifting) -> s.Statement:
    return d.LiftingProposed(
        ground=command.ground, reasons=command.reasons, lift_at=command.lift_at
    )


def _lifting_views(_case: Case, command: dc.AnswerLifting) -> s.Statement:
    return d.LiftingViewed(proposal=command.proposal, text=command.text)


def _lift(_case: Case, command: dc.LiftMeasure) -> s.Statement:
    return d.MeasureLifted(lifted_at=command.lifted_at, reasons=command.reasons)


def _arrange(_case: Case, command: dc.ProposeArrangement) -> s.Statement:
    return d.ArrangementProposed(
        at=command.at, until=command.until, place=command.place, text=command.text
    )


def _arranged(_case: Case, command: dc.AgreeToArrangement) -> s.Statement:
    return d.ArrangementAgreed(arrangement=command.arrangement, text=command.text)


def _consent(_case: Case, command: dc.RecordConsent) -> s.Statement:
    return d.ConsentRecorded(
        is_given=command.is_given,
        given_at=command.given_at,
        before=command.before,
        text=command.text,
    )


def _safe_conduct(_case: Case, command: dc.GiveSafeConduct) -> s.Statement:
    return d.SafeConductGiven(begins_at=command.begins_at, text=command.text)


def _presence(_case: Case, command: dc.EndPresence) -> s.Statement:
    return d.PresenceEnded(told_at=command.told_at, text=command.text)


def _hand_over(_case: Case, command: dc.HandOver) -> s.Statement:
    return d.HandedOver(
        at=command.at,
        place=command.place,
        text=command.text,
        legal_basis=command.legal_basis,
        safeguards=command.safeguards,
    )


def _hand_back(_case: Case, command: dc.HandBack) -> s.Statement:
    return d.HandedBack(at=command.at, place=command.place, text=command.text)


_MAKERS: Final[Mapping[type[c.SpeakingCommand], Maker]] = {
    c.Amend: _amend,
    c.Withdraw: _withdraw,
    c.AskExtension: _extension,
    c.AgreeToConditions: _agree,
    c.DeclineConditions: _decline,
    c.AskFurtherUse: _use,
    c.NotifyExculpatoryUse: _exculpatory,
    c.AskQuestion: _question,
    c.AnswerQuestion: _answer,
    c.Consult: _consult,
    c.GiveStatus: _status,
    c.Acknowledge: _acknowledge,
    c.Warn: _warn,
    c.Accept: _accept,
    c.Postpone: _postpone,
    c.Refuse: _refuse,
    c.ConfirmPreservation: _confirm,
    c.ExtendPreservation: _extend,
    c.RefuseExtension: _refuse_extension,
    c.EndPreservation: _end,
    c.DisclosePartly: _partly,
    c.DeclareExecuted: _executed,
    c.DecideFurtherUse: _use_decided,
    dc.DiscloseInformation: _inform,
    dc.ReportMeasure: _measure,
    dc.ProposeLifting: _propose_lifting,
    dc.AnswerLifting: _lifting_views,
    dc.LiftMeasure: _lift,
    dc.ProposeArrangement: _arrange,
    dc.AgreeToArrangement: _arranged,
    dc.RecordConsent: _consent,
    dc.GiveSafeConduct: _safe_conduct,
    dc.EndPresence: _presence,
    dc.HandOver: _hand_over,
    dc.HandBack: _hand_back,
}
