"""Statements: what one State says to the other, as objects.  The content of a message each.

Both sides apply the same statement in the same way, whoever made it.  A statement points at
another one by its number: the sequence of the message, counted for each sender from 1.
"""

from enum import StrEnum
from typing import ClassVar

from attrs import field, frozen

from longbien.casework.safeguards import Safeguards
from longbien.casework.steps import Step
from longbien.channel.transfer import SealedObject
from longbien.evidence.package import UseLimit
from longbien.primitives.digest import Digest
from longbien.primitives.ids import CaseId, PackageId, TransferId
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome

Contents = tuple[tuple[str, str], ...]
"""What a form holds: field by field, sorted by its name.  Names come from the treaty data."""


def in_order(contents: Contents) -> Contents:
    """Return a form with its fields sorted by name, as they are written."""
    return tuple(sorted(contents))


class Topic(StrEnum):
    """What a consultation is about."""

    REFUSAL = "refusal"
    """The requested State intends to refuse: article 40(28)."""

    POSTPONEMENT = "postponement"
    """The requested State intends to postpone: articles 40(27) and 40(28)."""

    CONDITIONS = "conditions"
    COSTS = "costs"
    """Substantial or extraordinary costs: article 40(30)."""

    OTHER = "other"


class WarningCause(StrEnum):
    """Why the requested State warns before it preserves: article 42(7)."""

    NOT_SECURED = "not-secured"
    CONFIDENTIALITY = "confidentiality"
    PREJUDICE = "prejudice"


class EndCause(StrEnum):
    """Why a preservation ends.  It never ends by the clock alone: an officer says so."""

    WITHDRAWN = "withdrawn"
    RUN_OUT = "run-out"
    DISCLOSED = "disclosed"
    NO_LONGER_POSSIBLE = "no-longer-possible"
    OTHER = "other"


class DestructionCause(StrEnum):
    """Why evidence is destroyed."""

    RETENTION_ENDED = "retention-ended"
    CONDITION = "condition"
    """A condition of the State that gave it."""

    PROCEEDINGS_ENDED = "proceedings-ended"
    NOT_COVERED = "not-covered"
    """It should not have been given, or is outside of the request."""


@frozen(kw_only=True)
class Statement:
    """One thing said."""

    step: ClassVar[Step]


@frozen(kw_only=True)
class RequestMade(Statement):
    """A request of any kind; the kind is the case's."""

    step = Step.REQUEST
    contents: Contents = field(converter=in_order, repr=False)
    legal_basis: tuple[str, ...]
    """One or more (convention.md 16.2)."""

    is_emergency: bool = False
    emergency: str = field(default="", repr=False)
    """Facts that show a significant and imminent risk to life or safety: article 2(o)."""

    reply_by: Instant | None = None
    reply_reason: str = field(default="", repr=False)
    """Why by then: article 40(26)."""

    preservation: CaseId | None = None
    """The preservation that this request follows: article 44(1)."""

    safeguards: Safeguards | None = None
    """Of every request for a coercive measure."""


@frozen(kw_only=True)
class RequestAmended(Statement):
    """The request reads so from now on."""

    step = Step.AMENDMENT
    contents: Contents = field(converter=in_order, repr=False)
    legal_basis: tuple[str, ...]
    reason: str = field(repr=False)
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class RequestWithdrawn(Statement):
    """Help is no longer needed: article 40(26)."""

    step = Step.WITHDRAWAL
    reason: str = field(repr=False)


@frozen(kw_only=True)
class Acknowledged(Statement):
    """An officer has read it and takes it up, for the first time or again."""

    step = Step.ACKNOWLEDGEMENT
    reference: str = ""
    """The own file number."""

    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class QuestionAsked(Statement):
    """A question to the other State: article 40(16)."""

    step = Step.QUESTION
    text: str = field(repr=False)


@frozen(kw_only=True)
class QuestionAnswered(Statement):
    """The answer to one question of the other State."""

    step = Step.ANSWER
    question: int
    text: str = field(repr=False)


@frozen(kw_only=True)
class Consulted(Statement):
    """A word in a consultation: article 40(28)."""

    step = Step.CONSULTATION
    topic: Topic
    ground: str = ""
    """The ground that the requested State thinks of, as a code."""

    about: int = 0
    """The other State's statement that this replies to; 0 for none."""

    text: str = field(repr=False)


@frozen(kw_only=True)
class Warned42(Statement):
    """The warning of article 42(7).  The requesting State decides whether to go on."""

    step = Step.WARNING
    cause: WarningCause
    text: str = field(repr=False)


@frozen(kw_only=True)
class RequestAccepted(Statement):
    """The request will be carried out; under conditions, once these are agreed to."""

    step = Step.ACCEPTANCE
    conditions: tuple[UseLimit, ...] = ()
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class ConditionsAgreed(Statement):
    """The conditions of one acceptance bind the requesting State from now on."""

    step = Step.AGREEMENT
    offer: int


@frozen(kw_only=True)
class ConditionsDeclined(Statement):
    """The conditions of one acceptance cannot be agreed to."""

    step = Step.DECLINE
    offer: int
    text: str = field(repr=False)


@frozen(kw_only=True)
class RequestPostponed(Statement):
    """It would interfere with ongoing proceedings: article 40(27).  Not a refusal."""

    step = Step.POSTPONEMENT
    ground: str
    reasons: str = field(repr=False)
    review_at: Instant


@frozen(kw_only=True)
class RequestRefused(Statement):
    """A refusal with its ground, its reasons and the record of the consultation."""

    step = Step.REFUSAL
    ground: str
    detail: str = ""
    """The reason within the ground, where it joins several: ``dc``, ``de_minimis``."""

    reasons: str = field(repr=False)
    consultation: str = field(default="", repr=False)


@frozen(kw_only=True)
class ExtensionAsked(Statement):
    """Keep the data longer: article 42(9)."""

    step = Step.EXTENSION_REQUEST
    until: Instant | None = None
    progress: str = field(default="", repr=False)
    """How far the request for the data has come."""


@frozen(kw_only=True)
class ExtensionRefused(Statement):
    """The preservation stands as it was; it is not extended."""

    step = Step.EXTENSION_REFUSAL
    extension: int
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class PreservationConfirmed(Statement):
    """The data are preserved, from the effect of the order until a date."""

    step = Step.PRESERVATION_CONFIRMED
    effective_at: Instant
    until: Instant
    reference: str = ""
    text: str = field(default="", repr=False)
    """What is preserved, and what could not be."""


@frozen(kw_only=True)
class PreservationExtended(Statement):
    """The data are preserved until a later date."""

    step = Step.PRESERVATION_EXTENDED
    until: Instant
    extension: int = 0
    """The extension that was asked for; 0: on our own account."""

    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class PreservationEnded(Statement):
    """The data are no longer preserved for this request."""

    step = Step.PRESERVATION_ENDED
    cause: EndCause
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class PartlyDisclosed(Statement):
    """Another State's provider is in the path: article 43(1).  Two officers released this."""

    step = Step.PARTIAL_DISCLOSURE
    provider: str = field(repr=False)
    path: str = field(repr=False)
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class EvidenceAnnounced(Statement):
    """A package is ready to be fetched; what is signed here fixes all that may follow."""

    step = Step.EVIDENCE_ANNOUNCED
    package: PackageId
    transfer: TransferId
    sealed: SealedObject
    exhibits: int
    use_limits: tuple[UseLimit, ...]
    withheld: str = field(default="", repr=False)
    """What was left out, and why."""


@frozen(kw_only=True)
class EvidenceDelivered(Statement):
    """All parts were handed over."""

    step = Step.EVIDENCE_DELIVERED
    package: PackageId
    transfer: TransferId


@frozen(kw_only=True)
class EvidenceVerified(Statement):
    """What the receiver found when it verified the package at its door."""

    step = Step.EVIDENCE_VERIFIED
    package: PackageId
    outcome: Outcome
    findings: tuple[str, ...] = ()
    """Codes of everything that did not pass."""

    report: Digest
    """Over the whole report, which the receiver keeps."""


@frozen(kw_only=True)
class FurtherUseAsked(Statement):
    """A use that the request did not name, or a passing on: articles 40(19) and 36(3)."""

    step = Step.FURTHER_USE_REQUEST
    package: PackageId | None = None
    """None: what was given in messages."""

    use: str = field(repr=False)
    recipient: str = field(default="", repr=False)
    """The third State or organisation; empty where it is the own one."""


@frozen(kw_only=True)
class FurtherUseDecided(Statement):
    """The State that gave it decides freely."""

    step = Step.FURTHER_USE_CONSENT
    request: int
    is_granted: bool
    conditions: tuple[UseLimit, ...] = ()
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class ExculpatoryUseNotified(Statement):
    """It goes to the defence: a notice, never a question (40(19), 40(5))."""

    step = Step.EXCULPATORY_USE
    package: PackageId | None = None
    is_advance: bool
    """False: notice in advance was not possible."""

    text: str = field(repr=False)


@frozen(kw_only=True)
class DestructionCertified(Statement):
    """The receiver's copies of a package are destroyed."""

    step = Step.DESTRUCTION_CERTIFIED
    package: PackageId
    cause: DestructionCause
    method: str
    destroyed_at: Instant


@frozen(kw_only=True)
class StatusGiven(Statement):
    """How things stand: article 40(26)."""

    step = Step.STATUS
    text: str = field(repr=False)


@frozen(kw_only=True)
class RequestExecuted(Statement):
    """All that will be given was given."""

    step = Step.EXECUTION
    is_partly: bool
    left_out: str = field(default="", repr=False)


@frozen(kw_only=True)
class EmergencyConfirmed(Statement):
    """A second officer of the requesting State confirms its emergency request."""

    step = Step.EMERGENCY_CONFIRMED
    text: str = field(default="", repr=False)


@frozen(kw_only=True)
class InformationGiven(Statement):
    """Information without a request: article 40(4).  Two officers released it."""

    step = Step.SPONTANEOUS_INFORMATION
    contents: Contents = field(converter=in_order, repr=False)
    legal_basis: tuple[str, ...]
    use_limits: tuple[UseLimit, ...] = ()
    """Article 40(5)."""

    safeguards: Safeguards | None = None


@frozen(kw_only=True)
class DrillCalled(Statement):
    """Is somebody there?  A person must read the number and type it (``channel.drill``)."""

    step = Step.DRILL
    challenge: int
    answer_by: Instant


@frozen(kw_only=True)
class DrillAnswered(Statement):
    """Somebody is."""

    step = Step.DRILL_ANSWER
    challenge: int
    answered_at: Instant
