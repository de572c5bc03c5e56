"""A case as it stands: what its events add up to.

What both States must agree on is folded from the two sides' statements alone, each side's in
its own order, and never from the order in which they crossed.
"""

from attrs import field, frozen

from longbien.casework.case import Event, Side
from longbien.casework.deeds import ConsentRecorded, MeasureTaken, SafeConductGiven
from longbien.casework.events import Exhibit
from longbien.casework.safeguards import Safeguards
from longbien.casework.statements import (
    DestructionCause,
    DrillCalled,
    EvidenceAnnounced,
    EvidenceVerified,
    FurtherUseAsked,
    InformationGiven,
    PreservationConfirmed,
    RequestMade,
    Statement,
)
from longbien.casework.steps import Track
from longbien.channel.message import Lane
from longbien.evidence.package import UseLimit
from longbien.primitives.digest import Digest
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    MessageId,
    OfficerId,
    PackageId,
)
from longbien.primitives.instants import Instant


@frozen(kw_only=True)
class Question:
    """A question and whether it was answered."""

    number: int
    asked_by: Side
    answer: int = 0
    """The number of the answer; 0: none yet."""


@frozen(kw_only=True)
class Offer:
    """The newest acceptance."""

    number: int
    conditions: tuple[UseLimit, ...]
    agreed: bool | None = None
    """None: not answered."""

    @property
    def is_open(self) -> bool:
        """Tell if there are conditions that nobody answered."""
        return bool(self.conditions) and self.agreed is None

    @property
    def binds(self) -> bool:
        """Tell if it can be carried out: no conditions, or all agreed to."""
        return not self.conditions or self.agreed is True


@frozen(kw_only=True)
class Package:
    """An announced package, as both sides see it."""

    announced: EvidenceAnnounced
    number: int
    is_delivered: bool = False
    has_arrived: bool = False
    """On the receiving side only: all parts are in the vault."""

    verified: EvidenceVerified | None = None
    destruction_by: OfficerId | None = None
    destruction_cause: DestructionCause | None = None
    destruction_approved: bool = False
    is_destroyed: bool = False


@frozen(kw_only=True)
class Release:
    """Exhibits on their way out, as the giving side sees it."""

    package: PackageId
    exhibits: tuple[str, ...]
    use_limits: tuple[UseLimit, ...]
    legal_basis: tuple[str, ...]
    safeguards: Safeguards
    recipient: AuthorityId
    withheld: str = field(repr=False)
    proposed_by: OfficerId
    approved_by: OfficerId | None = None
    is_rejected: bool = False
    is_announced: bool = False


@frozen(kw_only=True)
class FurtherUse:
    """A use that was asked for."""

    number: int
    asked: FurtherUseAsked
    decision: int = 0
    is_granted: bool = False


@frozen(kw_only=True)
class Lifting:
    """A measure that the requested State thinks of lifting."""

    number: int
    views: int = 0
    """The number of the requesting State's views; 0: none yet."""


@frozen(kw_only=True)
class Arrangement:
    """A practical arrangement that one State has proposed."""

    number: int
    proposed_by: Side
    at: Instant | None
    agreed: int = 0
    """The number of the other State's agreement; 0: none yet."""


@frozen(kw_only=True)
class Proposal:
    """A statement that waits for a second officer."""

    number: int
    statement: Statement
    authors: tuple[OfficerId, ...]
    """Everybody who wrote on it; none of them may approve it."""

    is_open: bool = True
    is_rejected: bool = False


@frozen(kw_only=True)
class Stop:
    """What a named authoriser has said to something that the stop list had stopped."""

    text: Digest
    by: OfficerId
    goes_on: bool


@frozen(kw_only=True)
class Link:
    """A request that follows this preservation."""

    case: CaseId
    is_decided: bool


@frozen(kw_only=True)
class Heard:
    """A statement of either side: when it was made and, here, heard."""

    side: Side
    number: int
    at: Instant
    """By the own clock: when it was sent, or received."""

    said_at: Instant
    message: MessageId | None = None
    """The other side's message; None for the own ones."""


@frozen(kw_only=True)
class Case:
    """One case, on one side."""

    id: CaseId
    kind: str
    side: Side
    own: AuthorityId
    peer: AuthorityId
    lane: Lane
    exercise: bool
    opened_at: Instant
    changed_at: Instant
    version: int

    # what both sides agree on
    requesting: Track = Track.SILENT
    requested: Track = Track.SILENT
    request: RequestMade | InformationGiven | DrillCalled | None = None
    amendments: int = 0
    is_emergency_confirmed: bool = False
    questions: tuple[Question, ...] = ()
    warned: tuple[int, ...] = ()
    """Warnings under 42(7), by their numbers."""

    consulted: tuple[tuple[Side, int], ...] = ()
    offer: Offer | None = None
    review_at: Instant | None = None
    ground: str = ""
    confirmed: PreservationConfirmed | None = None
    preserved_until: Instant | None = None
    extensions: tuple[int, ...] = ()
    """Extensions that were asked for and are not decided."""

    has_disclosed: bool = False
    """Something left by message: article 43, information, asked for or not."""

    measure: MeasureTaken | None = None
    """The newest word on a measure that is, or was, in force."""

    lifted_at: Instant | None = None
    liftings: tuple[Lifting, ...] = ()
    arrangements: tuple[Arrangement, ...] = ()
    consent: ConsentRecorded | None = None
    safe_conduct: SafeConductGiven | None = None
    presence_ended_at: Instant | None = None
    handed_over_at: Instant | None = None
    handed_back_at: Instant | None = None

    packages: tuple[Package, ...] = ()
    uses: tuple[FurtherUse, ...] = ()
    exculpatory: tuple[int, ...] = ()

    # what this side alone knows
    proposals: tuple[Proposal, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    releases: tuple[Release, ...] = ()
    stops: tuple[Stop, ...] = ()
    custody: int = 0
    """Events of custody so far."""

    links: tuple[Link, ...] = ()
    alarms: tuple[tuple[str, Instant], ...] = ()
    """For which clocks an alarm was given, and when last."""

    preserved_at: Instant | None = None
    """When we said, or heard, until when the data are preserved."""

    heard: tuple[Heard, ...] = ()
    receipted: tuple[tuple[int, Instant], ...] = ()
    """Own messages that the other node took, and when."""

    turned_away: tuple[tuple[int, str], ...] = ()
    """Own messages that the other node refused: they count as never said."""

    sent: int = 0
    """The number of our newest message, refused ones included."""

    stood_behind_by: OfficerId | None = None
    sent_alone_by: OfficerId | None = None
    """The officer who sent an emergency request without a second one."""

    history: tuple[Event, ...] = field(default=(), repr=False)

    def find_package(self, package: PackageId) -> Package | None:
        """Return an announced package."""
        return next((p for p in self.packages if p.announced.package == package), None)

    def find_release(self, package: PackageId) -> Release | None:
        """Return a proposed release."""
        return next((r for r in self.releases if r.package == package), None)

    def find_proposal(self, number: int) -> Proposal | None:
        """Return a proposal."""
        return next((p for p in self.proposals if p.number == number), None)

    def find_stop(self, text: Digest, authors: tuple[OfficerId, ...]) -> Stop | None:
        """Return what was decided on a text that the stop list had stopped.

        A no stands, whoever said it; a yes counts from somebody who has not written on it.
        """
        stops = [stop for stop in self.stops if stop.text == text]
        said_no = (stop for stop in stops if not stop.goes_on)
        return next(said_no, None) or next((s for s in stops if s.by not in authors), None)

    def find_use(self, number: int) -> FurtherUse | None:
        """Return a further use that was asked for."""
        return next((u for u in self.uses if u.number == number), None)

    def find_heard(self, side: Side, number: int) -> Heard | None:
        """Return when a statement was made."""
        return next((h for h in self.heard if h.side is side and h.number == number), None)
