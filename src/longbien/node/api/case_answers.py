"""What the API answers of one case with its content: the case, its journal, receipts, readers."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, cast

from pydantic import Field

from longbien.casework import clocks, wire
from longbien.casework.advice import Advice
from longbien.casework.advice_shown import advice_json
from longbien.casework.calendars import Calendar, view_of
from longbien.casework.case import Due
from longbien.casework.events import CaseEvent
from longbien.casework.policy import Policy
from longbien.casework.safeguarding import Subject, subject_of_proposal, subject_of_release
from longbien.casework.state import Case, Package, Proposal, Release
from longbien.casework.statements import Statement
from longbien.casework.summaries import summary_of
from longbien.desk.records import Access
from longbien.node.api import values as v
from longbien.node.api.answers import (
    Answer,
    CaseLine,
    DueAnswer,
    ExhibitAnswer,
    exhibit_of,
    line_fields,
)
from longbien.node.api.body import Limit
from longbien.node.store.receipts import KeptReceipt
from longbien.primitives.canonical import parse_canonical

Document = Annotated[dict[str, Any], Field(description="an object as the casework writes it")]


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


class StopAnswer(Answer):
    """What an authoriser has said to something that the stop list had stopped."""

    by: v.Officer
    goes_on: bool


class ProposalAnswer(Answer):
    """A statement that waits, or waited, for a second officer."""

    number: int
    step: str
    content: Document
    authors: list[v.Officer]
    is_open: bool
    is_rejected: bool
    concerns: list[str]
    """Why the stop list stops it, until an authoriser has decided."""

    stop: StopAnswer | None


class ReleaseAnswer(Answer):
    """Exhibits on their way out."""

    package: v.Package
    exhibits: list[str]
    use_limits: list[Limit]
    legal_basis: list[str]
    safeguards: Document
    withheld: str
    recipient: v.Authority
    proposed_by: v.Officer
    approved_by: v.Officer | None
    is_rejected: bool
    is_announced: bool
    concerns: list[str]
    """Why the stop list stops it, until an authoriser has decided."""

    stop: StopAnswer | None


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


class MeasureAnswer(Answer):
    """The newest word on a measure; ``lifted_at`` where it is over."""

    measure: str
    effective_at: v.Time
    until: v.Time | None
    authority: str
    lifted_at: v.Time | None


class LiftingAnswer(Answer):
    """A lifting that was proposed; ``views`` is the number of the answer, 0 for none yet."""

    number: int
    views: int


class ArrangementAnswer(Answer):
    """An arrangement that was proposed; ``agreed`` is the number of the answer, 0 for none."""

    number: int
    proposed_by: v.SideWord
    at: v.Time | None
    agreed: int


class PersonAnswer(Answer):
    """What is known of the person, or the thing, that the case is about."""

    consent: bool | None
    safe_conduct_from: v.Time | None
    presence_ended_at: v.Time | None
    handed_over_at: v.Time | None
    handed_back_at: v.Time | None


class MessageReceipt(Answer):
    """An own message that the other node signed for."""

    number: int
    received_at: v.Time


class TurnedAway(Answer):
    """An own message that the other node refused."""

    number: int
    code: str


class PlaceAnswer(Answer):
    """An instant at one contact point, by the clock on the wall there."""

    state: v.State
    zone: str
    local: str
    is_open: bool
    holidays_known: bool


class ClosedAnswer(Answer):
    """A day without work at one contact point."""

    state: v.State
    day: date
    cause: str
    name: str


class ClockAnswer(DueAnswer):
    """A clock with its rule, its start, whose word it is, and how its end looks on both sides.

    An end on a day without work is where it is; ``act_by`` is until when people are at work.
    """

    since: v.Time | None
    rule_id: str
    is_binding: bool
    confirmed_by: v.Officer | None
    act_by: v.Time
    places: list[PlaceAnswer]
    closed: list[ClosedAnswer]


class CaseAnswer(CaseLine):
    """A case with its content."""

    clocks: list[ClockAnswer]
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
    measure: MeasureAnswer | None
    liftings: list[LiftingAnswer]
    arrangements: list[ArrangementAnswer]
    person: PersonAnswer
    receipted: list[MessageReceipt]
    turned_away: list[TurnedAway]


def _clock(due: Due, calendars: Sequence[Calendar]) -> ClockAnswer:
    view = view_of(due.at, calendars)
    return ClockAnswer(
        clock=due.clock,
        at=due.at,
        rule=due.rule,
        since=due.since,
        rule_id=due.rule_id,
        is_binding=due.is_binding,
        confirmed_by=due.confirmed_by,
        act_by=view.act_by,
        places=[PlaceAnswer.model_validate(one) for one in view.places],
        closed=[ClosedAnswer.model_validate(one) for one in view.closed],
    )


def case_of(case: Case, policy: Policy, calendars: Sequence[Calendar] = ()) -> CaseAnswer:
    """Return a case with its content."""
    return CaseAnswer(
        **line_fields(summary_of(case, policy)),
        clocks=[_clock(due, calendars) for due in clocks.dues(case, policy)],
        request=_statement(case.request),
        amendments=case.amendments,
        is_emergency_confirmed=case.is_emergency_confirmed,
        questions=[QuestionAnswer.model_validate(one) for one in case.questions],
        offer=OfferAnswer.model_validate(case.offer) if case.offer else None,
        ground=case.ground,
        review_at=case.review_at,
        preserved_until=case.preserved_until,
        extensions=list(case.extensions),
        proposals=[_proposal(case, one) for one in case.proposals],
        exhibits=[exhibit_of(one) for one in case.exhibits],
        releases=[_release(case, one) for one in case.releases],
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
        measure=_measure(case),
        liftings=[LiftingAnswer.model_validate(one) for one in case.liftings],
        arrangements=[ArrangementAnswer.model_validate(one) for one in case.arrangements],
        person=_person(case),
        receipted=[MessageReceipt(number=n, received_at=at) for n, at in case.receipted],
        turned_away=[TurnedAway(number=n, code=code) for n, code in case.turned_away],
    )


def _measure(case: Case) -> MeasureAnswer | None:
    if case.measure is None:
        return None
    return MeasureAnswer(
        measure=case.measure.measure.value,
        effective_at=case.measure.effective_at,
        until=case.measure.until,
        authority=case.measure.authority,
        lifted_at=case.lifted_at,
    )


def _person(case: Case) -> PersonAnswer:
    return PersonAnswer(
        consent=case.consent.is_given if case.consent else None,
        safe_conduct_from=case.safe_conduct.begins_at if case.safe_conduct else None,
        presence_ended_at=case.presence_ended_at,
        handed_over_at=case.handed_over_at,
        handed_back_at=case.handed_back_at,
    )


def _statement(statement: Statement | None) -> dict[str, Any] | None:
    return dict(wire.content_of(statement)) if statement else None


def _stop(case: Case, subject: Subject) -> StopAnswer | None:
    stop = case.find_stop(subject.text, subject.authors)
    return StopAnswer(by=stop.by, goes_on=stop.goes_on) if stop else None


def _release(case: Case, release: Release) -> ReleaseAnswer:
    subject = subject_of_release(case, release)
    return ReleaseAnswer(
        package=release.package,
        exhibits=list(release.exhibits),
        use_limits=[Limit.model_validate(one) for one in release.use_limits],
        legal_basis=list(release.legal_basis),
        safeguards=dict(wire.SAFEGUARDS.write(release.safeguards)),
        withheld=release.withheld,
        recipient=release.recipient,
        proposed_by=release.proposed_by,
        approved_by=release.approved_by,
        is_rejected=release.is_rejected,
        is_announced=release.is_announced,
        concerns=list(subject.concerns),
        stop=_stop(case, subject),
    )


def _proposal(case: Case, proposal: Proposal) -> ProposalAnswer:
    subject = subject_of_proposal(case, proposal)
    return ProposalAnswer(
        number=proposal.number,
        step=proposal.statement.step.value,
        content=dict(wire.content_of(proposal.statement)),
        authors=list(proposal.authors),
        is_open=proposal.is_open,
        is_rejected=proposal.is_rejected,
        concerns=list(subject.concerns),
        stop=_stop(case, subject),
    )


def _package(package: Package) -> PackageAnswer:
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


def events_of(case: Case) -> EventsAnswer:
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


class AdviceAnswer(Answer):
    """What the law as data says of a case.  Advice to a person: nothing in it decides."""

    on: str
    requesting: v.State
    requested: v.State
    named: list[Document]
    bases: list[Document]
    scope: Document
    comparisons: list[Document]
    remarks: list[Document]


def advice_of(advice: Advice) -> AdviceAnswer:
    """Return advice as it is shown."""
    return AdviceAnswer.model_validate(advice_json(advice))


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
