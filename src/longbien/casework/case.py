"""The shapes that all kinds of request share: who acts, what a decision is, what lists show."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from attrs import evolve, field, frozen

from longbien.channel.message import Lane, MessageKind
from longbien.channel.transfer import SealedObject
from longbien.primitives.canonical import Json
from longbien.primitives.ids import AuthorityId, CaseId, MessageId, OfficerId, TransferId
from longbien.primitives.instants import Instant


class Side(StrEnum):
    """On which side of a case this node stands.

    The State that opened the case is the requesting one, also where it gives information that
    nobody asked for, or calls a drill.
    """

    REQUESTING = "requesting"
    REQUESTED = "requested"


class Duty(StrEnum):
    """What an officer is entrusted with (DESIGN section 7)."""

    DUTY_OFFICER = "duty-officer"
    CASE_OFFICER = "case-officer"
    AUTHORISER = "authoriser"
    EVIDENCE_CUSTODIAN = "evidence-custodian"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@frozen(kw_only=True)
class Officer:
    """Who acts.  The doors make it from a login; the machine's own acts have no officer."""

    id: OfficerId
    authority: AuthorityId
    duties: frozenset[Duty]


class Event(Protocol):
    """Something that happened in a case.  Concrete events are frozen objects of ``events``."""

    @property
    def at(self) -> Instant:
        """Return when it happened, by the own node's clock."""
        ...


@frozen(kw_only=True)
class Draft:
    """A message that a decision wants to be sent; the desk numbers, dates and signs it."""

    kind: MessageKind
    schema: str
    lane: Lane
    content: Mapping[str, Json] = field(repr=False)
    in_reply_to: MessageId | None = None


class ChoreKind(StrEnum):
    """Work that follows from a decision and is done by the worker, not in the transaction."""

    PACK = "pack"
    """Seal what two officers released."""

    PUSH = "push"
    """Send the parts of an announced package."""

    CHECK = "check"
    """Open and verify a package that has arrived whole."""

    LINK = "link"
    """Tell the case of a preservation what became of the request that follows it."""

    DESTROY = "destroy"
    """Destroy what two officers let go."""


@frozen(kw_only=True)
class ChoreDraft:
    """One piece of such work.

    ``subject`` is the id of the package (PACK, CHECK, DESTROY), of the transfer (PUSH), or of
    the preservation's case (LINK).
    """

    kind: ChoreKind
    subject: str


@frozen(kw_only=True)
class Announcement:
    """A transfer that the other State has announced: the peer endpoint may accept it."""

    transfer: TransferId
    sealed: SealedObject


class Severity(StrEnum):
    """How much an officer loses who passes a warning over; the worst first."""

    MISSING = "missing"
    """Something that belongs there is not there: it will be asked for, and time is lost."""

    WRONG = "wrong"
    """Something cannot be right as it stands: nothing can be done with it."""

    RISKY = "risky"
    """Requests like this one come back, or bring less than they could."""

    NOTE = "note"
    """Good to know."""


@frozen(kw_only=True)
class Warned:
    """An unverified rule that speaks against what was done; it is shown and never blocks."""

    code: str
    ref: str
    """Article(paragraph)(letter), or ``practice``."""

    confidence: str
    severity: Severity = Severity.RISKY
    facts: tuple[tuple[str, str], ...] = ()
    """What it is about, sorted by name: ``field``, ``line``, ``days``.  Never what an officer
    typed: a warning may be shown where the content of a case is not."""


@frozen(kw_only=True)
class Decision:
    """What follows from a command or from a message."""

    events: tuple[Event, ...]
    drafts: tuple[Draft, ...] = ()
    chores: tuple[ChoreDraft, ...] = ()
    warnings: tuple[Warned, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    objects: tuple[SealedObject, ...] = ()
    """What the vault holds for this case from now on."""

    bodies: tuple[bytes, ...] = field(default=(), eq=False, repr=False)
    """The events as they go into the journal, where they were written already."""


@frozen(kw_only=True)
class Due:
    """A clock of a case, computed from its events and never stored as a timer."""

    clock: str
    """A documented code: ``acknowledge-by``, ``preserved-until``, ``reply-due`` ..."""

    at: Instant
    rule: str
    """The article or policy it comes from, with its confidence."""

    # what a case shows and a list does not keep: it says nothing of when the clock runs out
    since: Instant | None = field(default=None, eq=False)
    """From when it counts, where it counts from something."""

    rule_id: str = field(default="", eq=False)
    """The rule of a pack; empty: an own policy, or a date that a State has given."""

    is_binding: bool = field(default=False, eq=False)
    """A lawyer has signed the rule.  No clock expires anything by itself, signed or not."""

    confirmed_by: OfficerId | None = field(default=None, eq=False)
    """The own officer whose word the date is; None: the other State's word, or nobody's."""

    def confirmed(self, by: OfficerId | None) -> "Due":
        """Return it with the officer whose word it is."""
        return evolve(self, confirmed_by=by)


@frozen(kw_only=True)
class CaseSummary:
    """A case as a list shows it: coded metadata only, no free text, no personal data."""

    case_id: CaseId
    kind: str
    side: Side
    own: AuthorityId
    peer: AuthorityId
    state: str
    lane: Lane
    exercise: bool
    opened_at: Instant
    changed_at: Instant
    version: int
    """The number of events; also what an ETag is made of."""

    next_due: Due | None = None
