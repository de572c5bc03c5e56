"""What the API answers: one class a document, and how it is made of what the desk returns."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field

from longbien.casework import clocks, wire
from longbien.casework.case import CaseSummary, Due, Warned
from longbien.casework.events import CaseEvent, Exhibit
from longbien.casework.policy import Policy
from longbien.casework.state import Case as DeskCase
from longbien.casework.state import Package as DeskPackage
from longbien.casework.state import Proposal as DeskProposal
from longbien.casework.statements import Statement
from longbien.casework.summaries import summary_of
from longbien.desk.calls import Done
from longbien.desk.records import Access, NotedAlarm
from longbien.desk.ring import Ringing
from longbien.directory.book import Book
from longbien.directory.entry import StateEntry
from longbien.node.api import values as v
from longbien.node.api.bodies import Limit
from longbien.node.store.officers import Bearer, Token
from longbien.node.store.receipts import KeptReceipt
from longbien.primitives.canonical import parse_canonical
from longbien.primitives.instants import Instant

Document = Annotated[dict[str, Any], Field(description="an object as the casework writes it")]


class Answer(BaseModel):
    """A document of the API."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Problem(Answer):
    """An error (RFC 9457); ``code`` is explained in spec/codes.md."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list["FieldProblem"] = []


class FieldProblem(Answer):
    """A field that is not in its form."""

    at: str
    code: str


# --- acting -------------------------------------------------------------------------------------


class RuleWarning(Answer):
    """An unverified rule that speaks against what was done; it was done all the same."""

    code: str
    ref: str
    confidence: str
    facts: dict[str, str]


class DoneAnswer(Answer):
    """What a verb has done."""

    case: v.Case
    version: int
    messages: list[v.Message]
    warnings: list[RuleWarning]
    repeated: bool
    """True: an earlier call with this idempotency key had done it."""


def done_of(done: Done) -> DoneAnswer:
    """Return what is told of a verb."""
    return DoneAnswer(
        case=done.case,
        version=done.version,
        messages=list(done.messages),
        warnings=[_warning(one) for one in done.warnings],
        repeated=done.is_repeated,
    )


def _warning(one: Warned) -> RuleWarning:
    return RuleWarning(code=one.code, ref=one.ref, confidence=one.confidence, facts=dict(one.facts))


class ExhibitAnswer(Answer):
    """What is known of an exhibit: computed here, typed by nobody."""

    id: str
    original_name: str
    note: str
    size: int
    sha256: v.Sha256
    tree: v.Sha256


class TakenAnswer(Answer):
    """An exhibit that is in the vault and on record."""

    exhibit: ExhibitAnswer
    done: DoneAnswer


def exhibit_of(exhibit: Exhibit) -> ExhibitAnswer:
    """Return what is told of an exhibit; where it lies in the vault is nobody's business."""
    return ExhibitAnswer.model_validate(
        {name: getattr(exhibit, name) for name in ExhibitAnswer.model_fields}
    )


# --- lists --------------------------------------------------------------------------------------


class DueAnswer(Answer):
    """A clock of a case."""

    clock: str
    at: v.Time
    rule: str


class CaseLine(Answer):
    """A case as a list shows it: coded metadata, no content."""

    case: v.Case
    kind: str
    side: v.SideWord
    own: v.Authority
    peer: v.Authority
    state: str
    lane: v.LaneWord
    exercise: bool
    opened_at: v.Time
    changed_at: v.Time
    version: int
    next_due: DueAnswer | None


class CasePage(Answer):
    """A page of a list; ``next`` is the cursor of the following one."""

    cases: list[CaseLine]
    next: str | None


def line_of(summary: CaseSummary) -> CaseLine:
    """Return a line of a list."""
    return CaseLine(**_line(summary))


def _line(summary: CaseSummary) -> dict[str, Any]:
    given = {
        name: getattr(summary, name)
        for name in CaseLine.model_fields
        if name not in {"case", "next_due"}
    }
    return {**given, "case": summary.case_id, "next_due": _due(summary.next_due)}


def _due(due: Due | None) -> DueAnswer | None:
    return DueAnswer.model_validate(due) if due else None


# --- one case -----------------------------------------------------------------------------------


class QuestionAnswer(Answer):
    """A question; ``answer`` is the number of its answer, 0 for none yet."""

    number: int
    asked_by: v.SideWord
    answer: int


class OfferAnswer(Answer):
    """The newest acceptance."""

    number: int
    conditions: list[Limit]
    agreed: bool | None


class ProposalAnswer(Answer):
    """A statement that waits, or waited, for a second officer."""

    number: int
    step: str
    content: Document
    authors: list[v.Officer]
    is_open: bool
    is_rejected: bool


class ReleaseAnswer(Answer):
    """Exhibits on their way out."""

    package: v.Package
    exhibits: list[str]
    use_limits: list[Limit]
    legal_basis: list[str]
    authorisation: str
    withheld: str
    recipient: v.Authority
    proposed_by: v.Officer
    approved_by: v.Officer | None
    is_rejected: bool
    is_announced: bool


class VerdictAnswer(Answer):
    """What the receiver found when it verified a package."""

    outcome: str
    findings: list[str]
    report: v.Sha256


class PackageAnswer(Answer):
    """An announced package."""

    package: v.Package
    transfer: v.Transfer
    number: int
    exhibits: int
    size: int
    """Bytes, sealed."""

    use_limits: list[Limit]
    withheld: str
    is_delivered: bool
    has_arrived: bool
    verified: VerdictAnswer | None
    destruction_by: v.Officer | None
    destruction_approved: bool
    is_destroyed: bool


class FurtherUseAnswer(Answer):
    """A further use that was asked for; ``decision`` is 0 before there is one."""

    number: int
    use: str
    recipient: str
    package: v.Package | None
    decision: int
    is_granted: bool


class MessageReceipt(Answer):
    """An own message that the other node signed for."""

    number: int
    received_at: v.Time


class TurnedAway(Answer):
    """An own message that the other node refused."""

    number: int
    code: str


class CaseAnswer(CaseLine):
    """A case with its content."""

    clocks: list[DueAnswer]
    request: Document | None
    amendments: int
    is_emergency_confirmed: bool
    questions: list[QuestionAnswer]
    offer: OfferAnswer | None
    ground: str
    review_at: v.Time | None
    preserved_until: v.Time | None
    extensions: list[int]
    proposals: list[ProposalAnswer]
    exhibits: list[ExhibitAnswer]
    releases: list[ReleaseAnswer]
    packages: list[PackageAnswer]
    uses: list[FurtherUseAnswer]
    receipted: list[MessageReceipt]
    turned_away: list[TurnedAway]


def case_of(case: DeskCase, policy: Policy) -> CaseAnswer:
    """Return a case with its content."""
    return CaseAnswer(
        **_line(summary_of(case, policy)),
        clocks=[DueAnswer.model_validate(due) for due in clocks.dues(case, policy)],
        request=_statement(case.request),
        amendments=case.amendments,
        is_emergency_confirmed=case.is_emergency_confirmed,
        questions=[QuestionAnswer.model_validate(one) for one in case.questions],
        offer=OfferAnswer.model_validate(case.offer) if case.offer else None,
        ground=case.ground,
        review_at=case.review_at,
        preserved_until=case.preserved_until,
        extensions=list(case.extensions),
        proposals=[_proposal(one) for one in case.proposals],
        exhibits=[exhibit_of(one) for one in case.exhibits],
        releases=[ReleaseAnswer.model_validate(one) for one in case.releases],
        packages=[_package(one) for one in case.packages],
        uses=[
            FurtherUseAnswer(
                number=one.number,
                use=one.asked.use,
                recipient=one.asked.recipient,
                package=one.asked.package,
                decision=one.decision,
                is_granted=one.is_granted,
            )
            for one in case.uses
        ],
        receipted=[MessageReceipt(number=n, received_at=at) for n, at in case.receipted],
        turned_away=[TurnedAway(number=n, code=code) for n, code in case.turned_away],
    )


def _statement(statement: Statement | None) -> dict[str, Any] | None:
    return dict(wire.content_of(statement)) if statement else None


def _proposal(proposal: DeskProposal) -> ProposalAnswer:
    return ProposalAnswer(
        number=proposal.number,
        step=proposal.statement.step.value,
        content=dict(wire.content_of(proposal.statement)),
        authors=list(proposal.authors),
        is_open=proposal.is_open,
        is_rejected=proposal.is_rejected,
    )


def _package(package: DeskPackage) -> PackageAnswer:
    announced, verified = package.announced, package.verified
    return PackageAnswer(
        package=announced.package,
        transfer=announced.transfer,
        number=package.number,
        exhibits=announced.exhibits,
        size=announced.sealed.size,
        use_limits=[Limit.model_validate(one) for one in announced.use_limits],
        withheld=announced.withheld,
        is_delivered=package.is_delivered,
        has_arrived=package.has_arrived,
        verified=VerdictAnswer(
            outcome=verified.outcome.name.lower(),
            findings=list(verified.findings),
            report=verified.report,
        )
        if verified
        else None,
        destruction_by=package.destruction_by,
        destruction_approved=package.destruction_approved,
        is_destroyed=package.is_destroyed,
    )


class EventAnswer(Answer):
    """An entry of the case's journal."""

    version: int
    kind: str
    at: v.Time
    body: Document


class EventsAnswer(Answer):
    """The journal of a case, oldest first."""

    events: list[EventAnswer]


def events_of(case: DeskCase) -> EventsAnswer:
    """Return the journal of a case."""
    entries = cast("Sequence[CaseEvent]", case.history)
    return EventsAnswer(
        events=[
            EventAnswer(version=at, kind=wire.kind_of(one), at=one.at, body=_body(one))
            for at, one in enumerate(entries, 1)
        ]
    )


def _body(event: CaseEvent) -> dict[str, Any]:
    return cast("dict[str, Any]", parse_canonical(wire.encode_event(event)))


class ReceiptAnswer(Answer):
    """A signed receipt: ``document`` has the very bytes that were signed for, as DSSE."""

    message: v.Message
    kind: str
    number: int
    direction: str
    outcome: str
    document: str


class ReceiptsAnswer(Answer):
    """What can be shown of a case's messages: receipts, and our word on silence (DSSE)."""

    receipts: list[ReceiptAnswer]
    silences: list[str]


def receipts_of(receipts: Iterable[KeptReceipt], silences: Iterable[bytes]) -> ReceiptsAnswer:
    """Return the signed documents of a case."""
    return ReceiptsAnswer(
        receipts=[
            ReceiptAnswer(
                message=one.message,
                kind=one.kind,
                number=one.number,
                direction="sent" if one.is_ours else "received",
                outcome=one.outcome,
                document=one.document.decode(),
            )
            for one in receipts
        ],
        silences=[one.decode() for one in silences],
    )


class AccessAnswer(Answer):
    """Who has read a case, and why."""

    at: v.Time
    by: v.Officer
    what: str
    reason: str


class AccessesAnswer(Answer):
    """All who have read a case, oldest first."""

    accesses: list[AccessAnswer]


def accesses_of(accesses: Iterable[Access]) -> AccessesAnswer:
    """Return who has read a case."""
    return AccessesAnswer(accesses=[AccessAnswer.model_validate(one) for one in accesses])


# --- the house ----------------------------------------------------------------------------------


class ReadyAnswer(Answer):
    """Whether the node accepts anything."""

    ready: bool


class LocalNameAnswer(Answer):
    """An authority's name in one language."""

    language: str
    text: str


class AuthorityAnswer(Answer):
    """An authority that can be written to."""

    id: v.Authority
    names: list[LocalNameAnswer]
    competences: list[str]
    languages: list[str]
    time_zone: str


class StateAnswer(Answer):
    """A State in the directory."""

    state: v.State
    version: int
    expires_at: v.Time
    is_expired: bool
    authorities: list[AuthorityAnswer]


class DirectoryAnswer(Answer):
    """The phone book."""

    exercise: bool
    own: v.State
    states: list[StateAnswer]


def directory_of(book: Book, *, own: Any, now: Instant) -> DirectoryAnswer:  # noqa: ANN401 - a StateCode
    """Return the States of the book."""
    found = (book.find_entry(state) for state in book.states())
    return DirectoryAnswer(
        exercise=book.exercise, own=own, states=[_state(one, now) for one in found if one]
    )


def _state(entry: StateEntry, now: Instant) -> StateAnswer:
    return StateAnswer(
        state=entry.state,
        version=entry.version,
        expires_at=entry.expires_at,
        is_expired=entry.expires_at <= now,
        authorities=[AuthorityAnswer.model_validate(one) for one in entry.authorities],
    )


class AlarmAnswer(Answer):
    """Something that people must be told and that no case is about."""

    at: v.Time
    code: str
    subject: str
    facts: dict[str, str]


class RingingAnswer(Answer):
    """A clock that has run out."""

    case: v.Case
    kind: str
    lane: v.LaneWord
    due: DueAnswer
    late: int
    """Whole seconds."""


class AlarmsAnswer(Answer):
    """What people must be told now."""

    ringing: list[RingingAnswer]
    alarms: list[AlarmAnswer]


MAX_ALARMS: Final = 500


def alarms_of(ringing: Iterable[Ringing], noted: Sequence[NotedAlarm]) -> AlarmsAnswer:
    """Return what people must be told; of the node's alarms the newest."""
    return AlarmsAnswer(
        ringing=[
            RingingAnswer(
                case=one.case,
                kind=one.kind,
                lane=one.lane,
                due=DueAnswer.model_validate(one.due),
                late=int(one.late.total_seconds()),
            )
            for one in ringing
        ],
        alarms=[
            AlarmAnswer(
                at=one.at,
                code=one.alarm.code,
                subject=one.alarm.subject,
                facts=dict(one.alarm.facts),
            )
            for one in noted[-MAX_ALARMS:]
        ],
    )


# --- officers -----------------------------------------------------------------------------------


class TokenAnswer(Answer):
    """A token; its secret is kept nowhere."""

    id: str
    officer: v.Officer
    scopes: list[str]
    issued_at: v.Time
    expires_at: v.Time
    revoked_at: v.Time | None


class TokensAnswer(Answer):
    """The tokens of the authority's officers."""

    tokens: list[TokenAnswer]


class WhoAnswer(Answer):
    """Who this token speaks for."""

    officer: v.Officer
    authority: v.Authority
    duties: list[str]
    token: TokenAnswer


def token_of(token: Token) -> TokenAnswer:
    """Return a token without anything that opens a door."""
    return TokenAnswer(
        id=token.id,
        officer=token.officer,
        scopes=sorted(scope.value for scope in token.scopes),
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )


def who_of(bearer: Bearer) -> WhoAnswer:
    """Return who has come in."""
    return WhoAnswer(
        officer=bearer.officer.id,
        authority=bearer.officer.authority,
        duties=sorted(duty.value for duty in bearer.officer.duties),
        token=token_of(bearer.token),
    )
