"""From an officer's command to the statement that it makes.

Most say what the officer typed, field by field under the same names: a table.  The others look at
the case first, or fill something in: a function each.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import fields

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework import deeds as d
from longbien.casework import statements as s
from longbien.casework.rules import least_until
from longbien.casework.state import Case
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant


def statement_of(case: Case, command: c.SpeakingCommand, now: Instant) -> s.Statement:
    """Return what a command says.  Raises Refused where it is about something that is settled."""
    if isinstance(command, c.AnswerDrill):
        return _drill_answer(case, command, now)
    before = _BEFORE.get(type(command))
    own = {} if before is None else before(case, command)
    statement = SAYS[type(command)]
    names = (one.name for one in fields(statement) if one.name not in own)
    return statement(**{name: getattr(command, name) for name in names}, **own)


def _drill_answer(case: Case, command: c.AnswerDrill, now: Instant) -> s.Statement:
    if isinstance(case.request, s.DrillCalled) and case.request.challenge != command.challenge:
        raise Refused("drill.challenge", "this is not the number of the drill: read it again")
    return s.DrillAnswered(challenge=command.challenge, answered_at=now)


SAYS: Final[Mapping[type[c.SpeakingCommand], type[s.Statement]]] = {
    c.Amend: s.RequestAmended,
    c.Withdraw: s.RequestWithdrawn,
    c.AskExtension: s.ExtensionAsked,
    c.AgreeToConditions: s.ConditionsAgreed,
    c.DeclineConditions: s.ConditionsDeclined,
    c.AskFurtherUse: s.FurtherUseAsked,
    c.NotifyExculpatoryUse: s.ExculpatoryUseNotified,
    c.AskQuestion: s.QuestionAsked,
    c.AnswerQuestion: s.QuestionAnswered,
    c.Consult: s.Consulted,
    c.GiveStatus: s.StatusGiven,
    c.Acknowledge: s.Acknowledged,
    c.Warn: s.Warned42,
    c.Accept: s.RequestAccepted,
    c.Postpone: s.RequestPostponed,
    c.Refuse: s.RequestRefused,
    c.ConfirmPreservation: s.PreservationConfirmed,
    c.ExtendPreservation: s.PreservationExtended,
    c.RefuseExtension: s.ExtensionRefused,
    c.EndPreservation: s.PreservationEnded,
    c.DisclosePartly: s.PartlyDisclosed,
    c.DeclareExecuted: s.RequestExecuted,
    c.DecideFurtherUse: s.FurtherUseDecided,
    dc.DiscloseInformation: d.InformationDisclosed,
    dc.ReportMeasure: d.MeasureTaken,
    dc.ProposeLifting: d.LiftingProposed,
    dc.AnswerLifting: d.LiftingViewed,
    dc.LiftMeasure: d.MeasureLifted,
    dc.ProposeArrangement: d.ArrangementProposed,
    dc.AgreeToArrangement: d.ArrangementAgreed,
    dc.RecordConsent: d.ConsentRecorded,
    dc.GiveSafeConduct: d.SafeConductGiven,
    dc.EndPresence: d.PresenceEnded,
    dc.HandOver: d.HandedOver,
    dc.HandBack: d.HandedBack,
}
"""What each command says.  A statement has no field that its command has not."""


# --- what is looked at, or filled in, before ------------------------------------------------------


def _amend(case: Case, command: c.Amend) -> dict[str, Any]:
    made = case.request
    before = made.safeguards if isinstance(made, s.RequestMade) else None
    return {"safeguards": command.safeguards or before}


def _answer_offer(case: Case, command: c.AgreeToConditions | c.DeclineConditions) -> dict[str, Any]:
    if case.offer is None or case.offer.number != command.offer or not case.offer.is_open:
        raise Refused("case.offer", "there are no open conditions of that number")
    return {}


def _confirm(case: Case, command: c.ConfirmPreservation) -> dict[str, Any]:
    least = least_until(received_at=case.opened_at, effective_at=command.effective_at)
    return {"until": command.until or least}


def _extend(case: Case, command: c.ExtendPreservation) -> dict[str, Any]:
    return _decide_extension(case, command) if command.extension else {}


def _decide_extension(
    case: Case, command: c.ExtendPreservation | c.RefuseExtension
) -> dict[str, Any]:
    if command.extension not in case.extensions:
        raise Refused("case.extension", "no extension of that number waits for a decision")
    return {}


def _executed(case: Case, _command: c.DeclareExecuted) -> dict[str, Any]:
    if any(not (r.is_rejected or r.is_announced) for r in case.releases):
        raise Refused("release.waiting", "a release is still on its way: let it go or reject it")
    return {}


_BEFORE: Final[Mapping[type[c.SpeakingCommand], Callable[[Case, Any], dict[str, Any]]]] = {
    c.Amend: _amend,
    c.AgreeToConditions: _answer_offer,
    c.DeclineConditions: _answer_offer,
    c.ConfirmPreservation: _confirm,
    c.ExtendPreservation: _extend,
    c.RefuseExtension: _decide_extension,
    c.DeclareExecuted: _executed,
}
