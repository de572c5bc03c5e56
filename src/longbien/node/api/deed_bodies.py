"""What the verbs on information, measures, persons and things are told; as ``bodies``."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from longbien.casework import deed_commands as dc
from longbien.casework.deeds import MeasureKind
from longbien.node.api.body import Body, Limits, Record
from longbien.node.api.values import Bases, Line, Number, OptionalCode, Remark, Text, Time, Words


class DiscloseInformationBody(Body):
    """Tell what was asked for, as information."""

    command = dc.DiscloseInformation
    text: Text
    legal_basis: Bases
    use_limits: Limits = ()
    safeguards: Record | None = None


class ReportMeasureBody(Body):
    """Tell that a measure is in force, or goes on."""

    command = dc.ReportMeasure
    measure: Annotated[MeasureKind, Field(strict=False)]
    effective_at: Time
    until: Time | None = None
    authority: Line
    legal_basis: Bases
    text: Words = ""
    safeguards: Record | None = None


class ProposeLiftingBody(Body):
    """Hear the requesting State before a measure is lifted."""

    command = dc.ProposeLifting
    ground: OptionalCode = ""
    reasons: Text
    lift_at: Time | None = None


class LiftMeasureBody(Body):
    """Tell that a measure is over."""

    command = dc.LiftMeasure
    lifted_at: Time
    reasons: Text


class RecordConsentBody(Body):
    """Tell what a person has answered who was asked for consent."""

    command = dc.RecordConsent
    is_given: bool
    given_at: Time
    before: Line
    text: Words = ""


class HandOverBody(Body):
    """Tell that a person, an object or property was handed over."""

    command = dc.HandOver
    at: Time
    place: Line
    text: Text
    legal_basis: Bases
    safeguards: Record | None = None


class AnswerLiftingBody(Body):
    """Say why a measure should go on."""

    command = dc.AnswerLifting
    proposal: Number
    text: Text


class GiveSafeConductBody(Body):
    """Assure safe conduct."""

    command = dc.GiveSafeConduct
    begins_at: Time
    text: Text


class EndPresenceBody(Body):
    """Tell that the person was told to be free to go."""

    command = dc.EndPresence
    told_at: Time
    text: Words = ""


class HandBackBody(Body):
    """Tell that a person or an object went back."""

    command = dc.HandBack
    at: Time
    place: Line
    text: Words = ""


class ProposeArrangementBody(Body):
    """Propose when, where and how."""

    command = dc.ProposeArrangement
    at: Time | None = None
    until: Time | None = None
    place: Remark = ""
    text: Text


class AgreeToArrangementBody(Body):
    """Agree to an arrangement of the other State."""

    command = dc.AgreeToArrangement
    arrangement: Number
    text: Words = ""


DEEDS: Final[Mapping[str, type[Body]]] = MappingProxyType(
    {
        "disclose-information": DiscloseInformationBody,
        "report-measure": ReportMeasureBody,
        "propose-lifting": ProposeLiftingBody,
        "lift-measure": LiftMeasureBody,
        "record-consent": RecordConsentBody,
        "hand-over": HandOverBody,
        "answer-lifting": AnswerLiftingBody,
        "give-safe-conduct": GiveSafeConductBody,
        "end-presence": EndPresenceBody,
        "hand-back": HandBackBody,
        "propose-arrangement": ProposeArrangementBody,
        "agree-to-arrangement": AgreeToArrangementBody,
    }
)
"""Bodies by the names of their verbs."""
