"""What happened in a case: the journal's entries, shared by all kinds of request.

What a State said is one event on either side, ``StatementSent`` here and ``StatementReceived``
there, around the same statement.  Everything else is the own house's alone.
"""

from typing import TypeAlias

from attrs import field, frozen

from longbien.casework.case import Side, Warned
from longbien.casework.footing import Footing
from longbien.casework.safeguards import Concern, Safeguards
from longbien.casework.statements import DestructionCause, Statement
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.transfer import SealedObject
from longbien.evidence.custody import Packed, TakenIn
from longbien.evidence.package import UseLimit
from longbien.primitives.digest import Digest
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    MessageId,
    OfficerId,
    PackageId,
    TransferId,
)
from longbien.primitives.instants import Instant


@frozen(kw_only=True)
class Exhibit:
    """What is known of an exhibit once it was taken in.  Nobody typed its digest."""

    id: str
    """Its name in the package, a portable one: ``E1``."""

    sealed: SealedObject
    sha256: Digest
    size: int
    tree: Digest
    """Root of the chunk tree (``evidence.package.Tree``)."""

    original_name: str = field(repr=False)
    note: str = field(default="", repr=False)
    """The examiner's words."""


@frozen(kw_only=True)
class _Happened:
    at: Instant
    """By the own node's clock."""


@frozen(kw_only=True)
class CaseOpened(_Happened):
    """The first event of every case."""

    case_id: CaseId
    kind: str
    side: Side
    own: AuthorityId
    peer: AuthorityId
    lane: Lane
    exercise: bool


@frozen(kw_only=True)
class StatementProposed(_Happened):
    """Somebody wants to say something that needs a second officer."""

    proposal: int
    """1 for the first of the case."""

    by: OfficerId
    statement: Statement


@frozen(kw_only=True)
class ProposalRevised(_Happened):
    """The proposal reads so from now on."""

    proposal: int
    by: OfficerId
    statement: Statement


@frozen(kw_only=True)
class ProposalRejected(_Happened):
    """A second officer does not approve."""

    proposal: int
    by: OfficerId
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class ProposalTakenBack(_Happened):
    """One of its authors took it back."""

    proposal: int
    by: OfficerId


@frozen(kw_only=True)
class StatementSent(_Happened):
    """We said it; the message is on its way with this event's commit."""

    number: int
    """The sequence of its message among ours in this case."""

    statement: Statement
    by: OfficerId | None = None
    """None: the machine says what it did or found."""

    approved_by: OfficerId | None = None
    proposal: int = 0
    """The proposal that was approved; 0 where none was needed."""

    reasons: str = field(default="", repr=False)
    """Of the second officer."""

    footing: Footing | None = None
    """What the decision to say it stood on; None where the machine speaks."""


@frozen(kw_only=True)
class StatementReceived(_Happened):
    """They said it."""

    number: int
    """The sequence of its message among theirs in this case."""

    statement: Statement
    message: MessageId
    said_at: Instant
    """By the other State's clock."""


@frozen(kw_only=True)
class ReceiptNoted(_Happened):
    """The other State's node has signed for one of our messages."""

    number: int
    received_at: Instant
    outcome: ReceiptOutcome
    code: str = ""


@frozen(kw_only=True)
class EmergencyStoodBehind(_Happened):
    """A second officer confirmed what one officer had sent in an emergency."""

    by: OfficerId


@frozen(kw_only=True)
class GroundOverridden(_Happened):
    """A ground was chosen that must not be used; the reasons for it all the same."""

    by: OfficerId
    ground: str
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class StopDecided(_Happened):
    """A named authoriser has decided on what the stop list had stopped."""

    by: OfficerId
    proposal: int = 0
    package: PackageId | None = None
    text: Digest
    """Of what it is about, byte for byte: anything else is stopped anew."""

    concerns: tuple[Concern, ...]
    goes_on: bool
    reasons: str = field(repr=False)
    footing: Footing | None = None


@frozen(kw_only=True)
class RulesWarned(_Happened):
    """What unverified rules said against it, and that it was done all the same."""

    warnings: tuple[Warned, ...]


@frozen(kw_only=True)
class RequestLinked(_Happened):
    """Another case asks for the data that this one preserves, or has come to its end."""

    case: CaseId
    is_decided: bool


@frozen(kw_only=True)
class AlarmNoted(_Happened):
    """An alarm was given for one of the case's clocks."""

    clock: str


@frozen(kw_only=True)
class ExhibitTaken(_Happened):
    """An exhibit is in the vault."""

    by: OfficerId
    exhibit: Exhibit


@frozen(kw_only=True)
class CustodyNoted:
    """An event of custody that the package will disclose; its bytes are the package's own."""

    custody: TakenIn | Packed

    @property
    def at(self) -> Instant:
        """Return when it happened."""
        return self.custody.at


@frozen(kw_only=True)
class ReleaseProposed(_Happened):
    """The first officer wants these exhibits to leave."""

    by: OfficerId
    package: PackageId
    exhibits: tuple[str, ...]
    use_limits: tuple[UseLimit, ...]
    """Those of the officer and the conditions that were agreed to."""

    legal_basis: tuple[str, ...]
    safeguards: Safeguards
    """Of the State that gives: article 24(4)."""

    recipient: AuthorityId
    withheld: str = field(default="", repr=False)


@frozen(kw_only=True)
class ReleaseApproved(_Happened):
    """The second officer lets them go."""

    by: OfficerId
    package: PackageId
    reasons: str = field(repr=False)
    footing: Footing | None = None


@frozen(kw_only=True)
class ReleaseRejected(_Happened):
    """The second officer does not, or the first one took it back."""

    by: OfficerId
    package: PackageId
    reasons: str = field(repr=False)


@frozen(kw_only=True)
class PackageArrived(_Happened):
    """All parts of an announced package are here."""

    transfer: TransferId


@frozen(kw_only=True)
class DestructionProposed(_Happened):
    """The first officer wants a received package to be destroyed."""

    by: OfficerId
    package: PackageId
    cause: DestructionCause


@frozen(kw_only=True)
class DestructionApproved(_Happened):
    """The second officer agrees; the worker destroys it."""

    by: OfficerId
    package: PackageId
    footing: Footing | None = None


@frozen(kw_only=True)
class DestructionRejected(_Happened):
    """The second officer does not agree, or the first one took it back."""

    by: OfficerId
    package: PackageId
    reasons: str = field(repr=False)


CaseEvent: TypeAlias = (
    CaseOpened
    | StatementProposed
    | ProposalRevised
    | ProposalRejected
    | ProposalTakenBack
    | StatementSent
    | StatementReceived
    | ReceiptNoted
    | EmergencyStoodBehind
    | GroundOverridden
    | StopDecided
    | RulesWarned
    | RequestLinked
    | AlarmNoted
    | ExhibitTaken
    | CustodyNoted
    | ReleaseProposed
    | ReleaseApproved
    | ReleaseRejected
    | PackageArrived
    | DestructionProposed
    | DestructionApproved
    | DestructionRejected
)
