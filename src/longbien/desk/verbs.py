"""The officers' verbs by their names: what each one's command is.

A verb is put into effect by ``acting.open_case`` or ``acting.act``.  Doors name verbs as they
stand here; who may use which is ``casework.policy``'s.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.primitives.errors import Refused

OPENING: Final[Mapping[str, type[c.OpeningCommand]]] = MappingProxyType(
    {
        "ask": c.Ask,
        "give-information": c.GiveInformation,
        "call-drill": c.CallDrill,
    }
)
"""Verbs that open a case."""

VERBS: Final[Mapping[str, type[c.OfficerCommand]]] = MappingProxyType(
    {
        # four eyes
        "approve": c.Approve,
        "reject": c.Reject,
        "take-back": c.TakeBack,
        "revise": c.Revise,
        "confirm-emergency": c.ConfirmEmergency,
        "decide-stop": c.DecideStop,
        # the requesting State
        "amend": c.Amend,
        "withdraw": c.Withdraw,
        "ask-extension": c.AskExtension,
        "agree-to-conditions": c.AgreeToConditions,
        "decline-conditions": c.DeclineConditions,
        "ask-further-use": c.AskFurtherUse,
        "notify-exculpatory-use": c.NotifyExculpatoryUse,
        "propose-destruction": c.ProposeDestruction,
        "approve-destruction": c.ApproveDestruction,
        "reject-destruction": c.RejectDestruction,
        # either State
        "ask-question": c.AskQuestion,
        "answer-question": c.AnswerQuestion,
        "consult": c.Consult,
        "give-status": c.GiveStatus,
        # the requested State
        "acknowledge": c.Acknowledge,
        "warn": c.Warn,
        "accept": c.Accept,
        "postpone": c.Postpone,
        "refuse": c.Refuse,
        "confirm-preservation": c.ConfirmPreservation,
        "extend-preservation": c.ExtendPreservation,
        "refuse-extension": c.RefuseExtension,
        "end-preservation": c.EndPreservation,
        "disclose-partly": c.DisclosePartly,
        "take-exhibit": c.TakeExhibit,
        "propose-release": c.ProposeRelease,
        "approve-release": c.ApproveRelease,
        "reject-release": c.RejectRelease,
        "declare-executed": c.DeclareExecuted,
        "decide-further-use": c.DecideFurtherUse,
        "answer-drill": c.AnswerDrill,
        # information, measures, persons and things
        "disclose-information": dc.DiscloseInformation,
        "report-measure": dc.ReportMeasure,
        "propose-lifting": dc.ProposeLifting,
        "lift-measure": dc.LiftMeasure,
        "record-consent": dc.RecordConsent,
        "hand-over": dc.HandOver,
        "answer-lifting": dc.AnswerLifting,
        "give-safe-conduct": dc.GiveSafeConduct,
        "end-presence": dc.EndPresence,
        "hand-back": dc.HandBack,
        "propose-arrangement": dc.ProposeArrangement,
        "agree-to-arrangement": dc.AgreeToArrangement,
    }
)
"""Verbs in a case that is open."""


def get_verb(name: str) -> type[c.OfficerCommand]:
    """Return the command of a verb.  Raises Refused ``desk.no-such-verb``."""
    found = VERBS.get(name) or OPENING.get(name)
    if found is None:
        raise Refused("desk.no-such-verb", "nobody can do {verb}", verb=name)
    return found
