"""What an officer, or the machine, wants to be done in a case.  One class an act, imperative.

Texts are checked when the command is decided on.  A command of the machine (``Machine…``) has
no officer; every other one has.
"""

from typing import TypeAlias

from attrs import field, frozen

from longbien.casework.deed_commands import DeedCommand
from longbien.casework.events import Exhibit
from longbien.casework.safeguards import Safeguards
from longbien.casework.statements import (
    Contents,
    DestructionCause,
    EndCause,
    Topic,
    WarningCause,
)
from longbien.channel.message import ReceiptOutcome
from longbien.channel.transfer import SealedObject
from longbien.evidence.custody import Packed, TakenIn
from longbien.evidence.package import UseLimit
from longbien.primitives.digest import Digest
from longbien.primitives.ids import AuthorityId, CaseId, PackageId, TransferId
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome

# --- opening a case -----------------------------------------------------------------------------


@frozen(kw_only=True)
class Ask:
    """Open a case by a request of a kind; the officer's authority is the asking one."""

    case_id: CaseId
    kind: str
    peer: AuthorityId
    contents: Contents = field(repr=False)
    legal_basis: tuple[str, ...]
    is_emergency: bool = False
    emergency: str = field(default="", repr=False)
    reply_by: Instant | None = None
    reply_reason: str = field(default="", repr=False)
    preservation: CaseId | None = None
    safeguards: Safeguards | None = None
    exercise: bool = False


@frozen(kw_only=True)
class GiveInformation:
    """Open a case by information that nobody asked for: article 40(4)."""

    case_id: CaseId
    peer: AuthorityId
    contents: Contents = field(repr=False)
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    safeguards: Safeguards | None = None
    exercise: bool = False


@frozen(kw_only=True)
class CallDrill:
    """Open a case that asks the other desk for a sign of life."""

    case_id: CaseId
    peer: AuthorityId
    challenge: int
    """Drawn at random by the caller, below ``channel.drill.CHALLENGES``."""

    answer_by: Instant
    exercise: bool = False


# --- four eyes ----------------------------------------------------------------------------------


@frozen(kw_only=True)
class Approve:
    """Let a proposed statement go; somebody else must have written it."""

    proposal: int
    reasons: str = field(default="", repr=False)
    """Why; needed where something leaves the State by it.  Kept at home."""


@frozen(kw_only=True)
class Reject:
    """Do not let it go."""

    proposal: int
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class TakeBack:
    """Take back what one has proposed oneself."""

    proposal: int


@frozen(kw_only=True)
class Revise:
    """Write a proposed request anew, before it is approved; also after it was rejected."""

    proposal: int
    contents: Contents = field(repr=False)
    legal_basis: tuple[str, ...]
    safeguards: Safeguards | None = None
    """None: as it was."""


@frozen(kw_only=True)
class DecideStop:
    """Decide on what the stop list has stopped: a proposal, or the release of a package."""

    proposal: int = 0
    package: PackageId | None = None
    goes_on: bool
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class ConfirmEmergency:
    """Stand behind what another officer sent alone in an emergency."""

    text: str = field(default="", repr=False)


# --- the requesting State -----------------------------------------------------------------------


@frozen(kw_only=True)
class Amend:
    """Change a request that was sent."""

    contents: Contents = field(repr=False)
    legal_basis: tuple[str, ...]
    reason: str = field(repr=False)
    safeguards: Safeguards | None = None
    """None: as it was."""


@frozen(kw_only=True)
class Withdraw:
    """Say that help is no longer needed."""

    reason: str = field(repr=False)


@frozen(kw_only=True)
class AskExtension:
    """Ask to keep the data longer."""

    until: Instant | None = None
    progress: str = field(default="", repr=False)


@frozen(kw_only=True)
class AgreeToConditions:
    """Agree to the conditions of an acceptance, named by its number."""

    offer: int


@frozen(kw_only=True)
class DeclineConditions:
    """Do not agree to them."""

    offer: int
    text: str = field(repr=False)


@frozen(kw_only=True)
class AskFurtherUse:
    """Ask for a use that the request did not name, or to pass it on."""

    package: PackageId | None = None
    use: str = field(repr=False)
    recipient: str = field(default="", repr=False)


@frozen(kw_only=True)
class NotifyExculpatoryUse:
    """Tell that something goes to the defence."""

    package: PackageId | None = None
    is_advance: bool
    text: str = field(repr=False)


@frozen(kw_only=True)
class ProposeDestruction:
    """Ask a second officer to let a received package be destroyed."""

    package: PackageId
    cause: DestructionCause


@frozen(kw_only=True)
class ApproveDestruction:
    """Let it be destroyed."""

    package: PackageId


@frozen(kw_only=True)
class RejectDestruction:
    """Do not, or take the own proposal back."""

    package: PackageId
    reasons: str = field(repr=False)


# --- either State -------------------------------------------------------------------------------


@frozen(kw_only=True)
class AskQuestion:
    """Ask the other State."""

    text: str = field(repr=False)


@frozen(kw_only=True)
class AnswerQuestion:
    """Answer a question, named by its number."""

    question: int
    text: str = field(repr=False)


@frozen(kw_only=True)
class Consult:
    """Say something in a consultation."""

    topic: Topic
    text: str = field(repr=False)
    ground: str = ""
    about: int = 0


@frozen(kw_only=True)
class GiveStatus:
    """Tell how things stand."""

    text: str = field(repr=False)


# --- the requested State ------------------------------------------------------------------------


@frozen(kw_only=True)
class Acknowledge:
    """Say that an officer has taken it up."""

    reference: str = ""
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class Warn:
    """Warn under article 42(7)."""

    cause: WarningCause
    text: str = field(repr=False)


@frozen(kw_only=True)
class Accept:
    """Say that it will be carried out, perhaps under conditions."""

    conditions: tuple[UseLimit, ...] = ()
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class Postpone:
    """Postpone under article 40(27)."""

    reasons: str = field(repr=False)
    review_at: Instant
    ground: str = "40(27)"


@frozen(kw_only=True)
class Refuse:
    """Refuse, with ground and reasons."""

    ground: str
    reasons: str = field(repr=False)
    detail: str = ""
    consultation: str = field(default="", repr=False)
    override: str = field(default="", repr=False)
    """Why a forbidden ground is used all the same; kept at home."""


@frozen(kw_only=True)
class ConfirmPreservation:
    """Confirm that the data are preserved."""

    effective_at: Instant
    until: Instant | None = None
    """None: as long as the treaty data say at least (``clocks.least_until``)."""

    reference: str = ""
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class ExtendPreservation:
    """Preserve until a later date, asked for or not."""

    until: Instant
    extension: int = 0
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class RefuseExtension:
    """Let the preservation stand as it was."""

    extension: int
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class EndPreservation:
    """End it."""

    cause: EndCause
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class DisclosePartly:
    """Name the provider and the path of article 43(1); a second officer must approve."""

    provider: str = field(repr=False)
    path: str = field(repr=False)
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class TakeExhibit:
    """Put an exhibit on record that the vault has just taken in."""

    exhibit: Exhibit


@frozen(kw_only=True)
class ProposeRelease:
    """Ask a second officer to let exhibits leave as one package."""

    package: PackageId
    exhibits: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    legal_basis: tuple[str, ...]
    safeguards: Safeguards | None = None
    withheld: str = field(default="", repr=False)


@frozen(kw_only=True)
class ApproveRelease:
    """Let them go."""

    package: PackageId
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class RejectRelease:
    """Do not, or take the own proposal back; possible until the package is announced."""

    package: PackageId
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class DeclareExecuted:
    """Say that nothing more will be given."""

    is_partly: bool = False
    left_out: str = field(default="", repr=False)


@frozen(kw_only=True)
class DecideFurtherUse:
    """Decide on a further use, named by the number of its request."""

    request: int
    is_granted: bool
    conditions: tuple[UseLimit, ...] = ()
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class AnswerDrill:
    """Answer a drill, in person: the number as it was read."""

    challenge: int


# --- the machine --------------------------------------------------------------------------------


@frozen(kw_only=True)
class MachineNotesReceipt:
    """The other node's signed receipt for one of our messages was verified."""

    number: int
    received_at: Instant
    outcome: ReceiptOutcome
    code: str = ""


@frozen(kw_only=True)
class MachineNotesLink:
    """Another case follows this preservation, or has come to its end."""

    case: CaseId
    is_decided: bool


@frozen(kw_only=True)
class MachineNotesAlarm:
    """An alarm was given for a clock."""

    clock: str
    is_early: bool = False
    """Before its time, because the end falls on a day without work (``clocks.early_alarms``)."""


@frozen(kw_only=True)
class MachineNotesCustody:
    """A released package is being made: what the ledger must hold before it is signed."""

    custody: TakenIn | Packed


@frozen(kw_only=True)
class MachineNotesPacked:
    """A released package is sealed and in the vault; it is announced."""

    package: PackageId
    transfer: TransferId
    sealed: SealedObject


@frozen(kw_only=True)
class MachineNotesPushed:
    """The other node holds all parts of a package."""

    transfer: TransferId


@frozen(kw_only=True)
class MachineNotesArrived:
    """All parts of an announced package are here."""

    transfer: TransferId


@frozen(kw_only=True)
class MachineNotesChecked:
    """A package that arrived was opened and verified."""

    package: PackageId
    outcome: Outcome
    findings: tuple[str, ...] = ()
    report: Digest


@frozen(kw_only=True)
class MachineNotesDestroyed:
    """What two officers let go is destroyed."""

    package: PackageId
    method: str


OpeningCommand: TypeAlias = Ask | GiveInformation | CallDrill
ApprovalCommand: TypeAlias = Approve | Reject | TakeBack | Revise | ConfirmEmergency | DecideStop
ReleaseCommand: TypeAlias = TakeExhibit | ProposeRelease | ApproveRelease | RejectRelease
DestructionCommand: TypeAlias = ProposeDestruction | ApproveDestruction | RejectDestruction
SpeakingCommand: TypeAlias = (
    Amend
    | Withdraw
    | AskExtension
    | AgreeToConditions
    | DeclineConditions
    | AskFurtherUse
    | NotifyExculpatoryUse
    | AskQuestion
    | AnswerQuestion
    | Consult
    | GiveStatus
    | Acknowledge
    | Warn
    | Accept
    | Postpone
    | Refuse
    | ConfirmPreservation
    | ExtendPreservation
    | RefuseExtension
    | EndPreservation
    | DisclosePartly
    | DeclareExecuted
    | DecideFurtherUse
    | AnswerDrill
    | DeedCommand
)
MachineCommand: TypeAlias = (
    MachineNotesReceipt
    | MachineNotesLink
    | MachineNotesAlarm
    | MachineNotesCustody
    | MachineNotesPacked
    | MachineNotesPushed
    | MachineNotesArrived
    | MachineNotesChecked
    | MachineNotesDestroyed
)
OfficerCommand: TypeAlias = (
    OpeningCommand | ApprovalCommand | ReleaseCommand | DestructionCommand | SpeakingCommand
)
Command: TypeAlias = OfficerCommand | MachineCommand
