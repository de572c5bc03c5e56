"""What each verb is told: one class a verb, field by field as its command.

A body has exactly its fields; an unknown one is refused.  What the house draws or knows by
itself (ids of cases, numbers of drills, who acts) stands in no body.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from longbien.casework import commands as c
from longbien.casework.statements import DestructionCause, EndCause, Topic, WarningCause
from longbien.desk.office import Office
from longbien.node.api.body import Body, Limits, Record
from longbien.node.api.deed_bodies import DEEDS
from longbien.node.api.values import (
    Authority,
    Bases,
    Case,
    Code,
    Form,
    Names,
    Number,
    OptionalCode,
    Package,
    Remark,
    Text,
    Time,
    Words,
)

# --- verbs that open a case ---------------------------------------------------------------------


class AskBody(Body):
    """Ask another State for something."""

    command = c.Ask
    verb: Literal["ask"]
    kind: Code
    peer: Authority
    contents: Form
    legal_basis: Bases
    is_emergency: bool = False
    emergency: Words = ""
    reply_by: Time | None = None
    reply_reason: Words = ""
    preservation: Case | None = None
    safeguards: Record | None = None


class GiveInformationBody(Body):
    """Give information that nobody asked for (article 40(4))."""

    command = c.GiveInformation
    verb: Literal["give-information"]
    peer: Authority
    contents: Form
    legal_basis: Bases
    use_limits: Limits = ()
    safeguards: Record | None = None


class CallDrillBody(Body):
    """Ask the other desk for a sign of life."""

    command = c.CallDrill
    verb: Literal["call-drill"]
    peer: Authority
    answer_by: Time


Opening = Annotated[AskBody | GiveInformationBody | CallDrillBody, Field(discriminator="verb")]


Checked = Annotated[AskBody | GiveInformationBody, Field(discriminator="verb")]
"""What the completeness gate takes."""


def opening_command(body: Body, office: Office) -> c.OpeningCommand:
    """Return the command of a body that opens a case, with what the house draws for it."""
    drawn: dict[str, Any] = {"case_id": office.new_case_id()}
    if body.command is c.CallDrill:
        drawn["challenge"] = office.new_challenge()
    command: c.OpeningCommand = body.command(**body.told(), **drawn)
    return command


# --- four eyes ----------------------------------------------------------------------------------


class ApproveBody(Body):
    """Let a proposed statement go."""

    command = c.Approve
    proposal: Number
    reasons: Words = ""


class RejectBody(Body):
    """Do not let it go."""

    command = c.Reject
    proposal: Number
    reasons: Text


class TakeBackBody(Body):
    """Take back one's own proposal."""

    command = c.TakeBack
    proposal: Number


class ReviseBody(Body):
    """Write a proposed request anew."""

    command = c.Revise
    proposal: Number
    contents: Form
    legal_basis: Bases
    safeguards: Record | None = None


class DecideStopBody(Body):
    """Decide on what the stop list has stopped: a proposal, or the release of a package."""

    command = c.DecideStop
    proposal: Number = 0
    package: Package | None = None
    goes_on: bool
    reasons: Text


class ConfirmEmergencyBody(Body):
    """Stand behind what another officer sent alone in an emergency."""

    command = c.ConfirmEmergency
    text: Words = ""


# --- the requesting State -----------------------------------------------------------------------


class AmendBody(Body):
    """Change a request that was sent."""

    command = c.Amend
    contents: Form
    legal_basis: Bases
    reason: Text
    safeguards: Record | None = None


class WithdrawBody(Body):
    """Say that help is no longer needed."""

    command = c.Withdraw
    reason: Text


class AskExtensionBody(Body):
    """Ask to keep the data longer."""

    command = c.AskExtension
    until: Time | None = None
    progress: Words = ""


class AgreeToConditionsBody(Body):
    """Agree to the conditions of an acceptance."""

    command = c.AgreeToConditions
    offer: Number


class DeclineConditionsBody(Body):
    """Do not agree to them."""

    command = c.DeclineConditions
    offer: Number
    text: Text


class AskFurtherUseBody(Body):
    """Ask for a use that the request did not name."""

    command = c.AskFurtherUse
    package: Package | None = None
    use: Text
    recipient: Remark = ""


class NotifyExculpatoryUseBody(Body):
    """Tell that something goes to the defence."""

    command = c.NotifyExculpatoryUse
    package: Package | None = None
    is_advance: bool
    text: Text


class ProposeDestructionBody(Body):
    """Ask a second officer to let a received package be destroyed."""

    command = c.ProposeDestruction
    package: Package
    cause: Annotated[DestructionCause, Field(strict=False)]


class ApproveDestructionBody(Body):
    """Let it be destroyed."""

    command = c.ApproveDestruction
    package: Package


class RejectDestructionBody(Body):
    """Do not, or take the own proposal back."""

    command = c.RejectDestruction
    package: Package
    reasons: Text


# --- either State -------------------------------------------------------------------------------


class AskQuestionBody(Body):
    """Ask the other State."""

    command = c.AskQuestion
    text: Text


class AnswerQuestionBody(Body):
    """Answer a question of the other State."""

    command = c.AnswerQuestion
    question: Number
    text: Text


class ConsultBody(Body):
    """Say something in a consultation."""

    command = c.Consult
    topic: Annotated[Topic, Field(strict=False)]
    text: Text
    ground: OptionalCode = ""
    about: Number = 0


class GiveStatusBody(Body):
    """Tell how things stand."""

    command = c.GiveStatus
    text: Text


# --- the requested State ------------------------------------------------------------------------


class AcknowledgeBody(Body):
    """Say that an officer has taken it up."""

    command = c.Acknowledge
    reference: Remark = ""
    text: Words = ""


class WarnBody(Body):
    """Warn under article 42(7)."""

    command = c.Warn
    cause: Annotated[WarningCause, Field(strict=False)]
    text: Text


class AcceptBody(Body):
    """Say that it will be carried out, perhaps under conditions."""

    command = c.Accept
    conditions: Limits = ()
    text: Words = ""


class PostponeBody(Body):
    """Postpone under article 40(27)."""

    command = c.Postpone
    reasons: Text
    review_at: Time
    ground: Code = "40(27)"


class RefuseBody(Body):
    """Refuse, with ground and reasons."""

    command = c.Refuse
    ground: Code
    reasons: Text
    detail: OptionalCode = ""
    consultation: Words = ""
    override: Words = ""


class ConfirmPreservationBody(Body):
    """Confirm that the data are preserved."""

    command = c.ConfirmPreservation
    effective_at: Time
    until: Time | None = None
    reference: Remark = ""
    text: Words = ""


class ExtendPreservationBody(Body):
    """Preserve until a later date."""

    command = c.ExtendPreservation
    until: Time
    extension: Number = 0
    text: Words = ""


class RefuseExtensionBody(Body):
    """Let the preservation stand as it was."""

    command = c.RefuseExtension
    extension: Number
    reasons: Text


class EndPreservationBody(Body):
    """End it."""

    command = c.EndPreservation
    cause: Annotated[EndCause, Field(strict=False)]
    text: Words = ""


class DisclosePartlyBody(Body):
    """Name the provider and the path of article 43(1)."""

    command = c.DisclosePartly
    provider: Text
    path: Text
    legal_basis: Bases
    use_limits: Limits = ()
    safeguards: Record | None = None


class ProposeReleaseBody(Body):
    """Ask a second officer to let exhibits leave as one package; the caller draws its id."""

    command = c.ProposeRelease
    package: Package
    exhibits: Names
    use_limits: Limits = ()
    legal_basis: Bases
    safeguards: Record | None = None
    withheld: Words = ""


class ApproveReleaseBody(Body):
    """Let them go."""

    command = c.ApproveRelease
    package: Package
    reasons: Text


class RejectReleaseBody(Body):
    """Do not, or take the own proposal back."""

    command = c.RejectRelease
    package: Package
    reasons: Text


class DeclareExecutedBody(Body):
    """Say that nothing more will be given."""

    command = c.DeclareExecuted
    is_partly: bool = False
    left_out: Words = ""


class DecideFurtherUseBody(Body):
    """Decide on a further use."""

    command = c.DecideFurtherUse
    request: Number
    is_granted: bool
    conditions: Limits = ()
    text: Words = ""


class AnswerDrillBody(Body):
    """Answer a drill: the number as a person has read it."""

    command = c.AnswerDrill
    challenge: Number


ACTS: Final[Mapping[str, type[Body]]] = MappingProxyType(
    {
        "approve": ApproveBody,
        "reject": RejectBody,
        "take-back": TakeBackBody,
        "revise": ReviseBody,
        "confirm-emergency": ConfirmEmergencyBody,
        "decide-stop": DecideStopBody,
        "amend": AmendBody,
        "withdraw": WithdrawBody,
        "ask-extension": AskExtensionBody,
        "agree-to-conditions": AgreeToConditionsBody,
        "decline-conditions": DeclineConditionsBody,
        "ask-further-use": AskFurtherUseBody,
        "notify-exculpatory-use": NotifyExculpatoryUseBody,
        "propose-destruction": ProposeDestructionBody,
        "approve-destruction": ApproveDestructionBody,
        "reject-destruction": RejectDestructionBody,
        "ask-question": AskQuestionBody,
        "answer-question": AnswerQuestionBody,
        "consult": ConsultBody,
        "give-status": GiveStatusBody,
        "acknowledge": AcknowledgeBody,
        "warn": WarnBody,
        "accept": AcceptBody,
        "postpone": PostponeBody,
        "refuse": RefuseBody,
        "confirm-preservation": ConfirmPreservationBody,
        "extend-preservation": ExtendPreservationBody,
        "refuse-extension": RefuseExtensionBody,
        "end-preservation": EndPreservationBody,
        "disclose-partly": DisclosePartlyBody,
        "propose-release": ProposeReleaseBody,
        "approve-release": ApproveReleaseBody,
        "reject-release": RejectReleaseBody,
        "declare-executed": DeclareExecutedBody,
        "decide-further-use": DecideFurtherUseBody,
        "answer-drill": AnswerDrillBody,
        **DEEDS,
    }
)
"""Every verb of ``desk.verbs`` in an open case but ``take-exhibit``: nobody types a digest, so
that one belongs to the upload."""
