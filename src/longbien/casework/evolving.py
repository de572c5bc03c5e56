"""``evolve`` and ``replay``: from events to the case.  Total: an event of the past is a fact."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from longbien.casework._speaking import on_package, speak
from longbien.casework.case import Event, Side
from longbien.casework.catalogue import KINDS
from longbien.casework.events import (
    AlarmNoted,
    CaseOpened,
    CustodyNoted,
    DestructionApproved,
    DestructionProposed,
    DestructionRejected,
    EmergencyStoodBehind,
    ExhibitTaken,
    PackageArrived,
    ProposalRejected,
    ProposalRevised,
    ProposalTakenBack,
    ReceiptNoted,
    ReleaseApproved,
    ReleaseProposed,
    ReleaseRejected,
    RequestLinked,
    StatementProposed,
    StatementReceived,
    StatementSent,
    StopDecided,
)
from longbien.casework.state import Case, Heard, Link, Proposal, Release, Stop
from longbien.casework.statements import (
    EvidenceAnnounced,
    PreservationConfirmed,
    PreservationExtended,
    RequestMade,
)
from longbien.channel.message import ReceiptOutcome
from longbien.primitives.changing import changed
from longbien.primitives.errors import Integrity
from longbien.primitives.ids import PackageId

_ANEW: Final = ("decide-extension-by", "domestic-order-ends", "preserved-until")
OVERDUE: Final = ".overdue"
"""What the name of a clock ends in that has run out and whose alarm is given again."""


def replay(events: Iterable[Event]) -> Case:
    """Return the case that a journal tells of; there is at least one event.

    Raises Integrity ``case.unopened``: the journal does not begin with the opening of a case,
    or with that of a kind that this program does not know.
    """
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    if case is None:
        raise _unopened()
    return case


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case after an event.  Total for every history that begins with its opening."""
    if isinstance(event, CaseOpened) and case is None and event.kind in KINDS:
        return _opened(event)
    if case is None:
        raise _unopened()
    return _kept(_apply(case, event), event, case)


def _unopened() -> Integrity:
    return Integrity("case.unopened", "a journal does not begin with the opening of a case")


def _opened(event: CaseOpened) -> Case:
    return Case(
        id=event.case_id,
        kind=event.kind,
        side=event.side,
        own=event.own,
        peer=event.peer,
        lane=event.lane,
        exercise=event.exercise,
        opened_at=event.at,
        changed_at=event.at,
        version=1,
        history=(event,),
    )


def _kept(case: Case, event: Event, before: Case) -> Case:
    return changed(
        case,
        changed_at=event.at,
        version=before.version + 1,
        history=(*before.history, event),
    )


def _apply(case: Case, event: Event) -> Case:
    change = _CHANGES.get(type(event))
    return case if change is None else change(case, event)


# --- statements ---------------------------------------------------------------------------------


def other(side: Side) -> Side:
    """Return the other side."""
    return Side.REQUESTED if side is Side.REQUESTING else Side.REQUESTING


def _sent(case: Case, event: StatementSent) -> Case:
    spoken = speak(case, case.side, event.number, event.statement)
    heard = Heard(side=case.side, number=event.number, at=event.at, said_at=event.at)
    spoken = changed(_timed(spoken, event), heard=(*case.heard, heard), sent=event.number)
    if event.proposal:
        spoken = _proposal(spoken, event.proposal, is_open=False)
    return _sent_alone(_announced(spoken, event), event)


def _announced(case: Case, event: StatementSent) -> Case:
    if not isinstance(event.statement, EvidenceAnnounced):
        return case
    return _release(case, event.statement.package, is_announced=True)


def _sent_alone(case: Case, event: StatementSent) -> Case:
    said = event.statement
    if isinstance(said, RequestMade) and said.is_emergency and event.approved_by is None:
        return changed(case, sent_alone_by=event.by)
    return case


def _received(case: Case, event: StatementReceived) -> Case:
    side = other(case.side)
    spoken = speak(case, side, event.number, event.statement)
    heard = Heard(
        side=side,
        number=event.number,
        at=event.at,
        said_at=event.said_at,
        message=event.message,
    )
    return changed(_timed(spoken, event), heard=(*case.heard, heard))


def _timed(case: Case, event: StatementSent | StatementReceived) -> Case:
    """Begin the clock of a preservation anew: alarms for its old end say nothing of the new."""
    if not isinstance(event.statement, PreservationConfirmed | PreservationExtended):
        return case
    alarms = tuple(noted for noted in case.alarms if not noted[0].startswith(_ANEW))
    return changed(case, preserved_at=event.at, alarms=alarms)


def _receipt(case: Case, event: ReceiptNoted) -> Case:
    if event.outcome is ReceiptOutcome.ACCEPTED:
        return changed(case, receipted=(*case.receipted, (event.number, event.received_at)))
    return _unsaid(case, event)


def _unsaid(case: Case, refused: ReceiptNoted) -> Case:
    """Return the case as if the refused statement had never been made.

    The other side never heard it.  What was built on it is folded again without it, exactly as
    the other side folds it.
    """
    without = replay(
        event
        for event in case.history
        if not (isinstance(event, StatementSent) and event.number == refused.number)
    )
    return changed(
        without,
        turned_away=(*case.turned_away, (refused.number, refused.code)),
        sent=case.sent,
    )


# --- proposals ----------------------------------------------------------------------------------


def _proposed(case: Case, event: StatementProposed) -> Case:
    proposal = Proposal(number=event.proposal, statement=event.statement, authors=(event.by,))
    return changed(case, proposals=(*case.proposals, proposal))


def _proposal(case: Case, number: int, **changes: Any) -> Case:  # noqa: ANN401 - fields of Proposal
    proposals = tuple(
        changed(known, **changes) if known.number == number else known for known in case.proposals
    )
    return changed(case, proposals=proposals)


def _revised(case: Case, event: ProposalRevised) -> Case:
    known = case.find_proposal(event.proposal)
    authors = () if known is None else known.authors
    return _proposal(
        case,
        event.proposal,
        statement=event.statement,
        authors=(*authors, event.by),
        is_open=True,
        is_rejected=False,
    )


def _rejected(case: Case, event: ProposalRejected) -> Case:
    return _proposal(case, event.proposal, is_open=False, is_rejected=True)


def _taken_back(case: Case, event: ProposalTakenBack) -> Case:
    return _proposal(case, event.proposal, is_open=False)


def _stood_behind(case: Case, event: EmergencyStoodBehind) -> Case:
    return changed(case, stood_behind_by=event.by)


def _stop(case: Case, event: StopDecided) -> Case:
    stop = Stop(text=event.text, by=event.by, goes_on=event.goes_on)
    return changed(case, stops=(*case.stops, stop))


# --- evidence -----------------------------------------------------------------------------------


def _exhibit(case: Case, event: ExhibitTaken) -> Case:
    return changed(case, exhibits=(*case.exhibits, event.exhibit))


def _custody(case: Case, _event: CustodyNoted) -> Case:
    return changed(case, custody=case.custody + 1)


def _release_proposed(case: Case, event: ReleaseProposed) -> Case:
    release = Release(
        package=event.package,
        exhibits=event.exhibits,
        use_limits=event.use_limits,
        legal_basis=event.legal_basis,
        safeguards=event.safeguards,
        recipient=event.recipient,
        withheld=event.withheld,
        proposed_by=event.by,
    )
    return changed(case, releases=(*case.releases, release))


def _release(case: Case, package: PackageId, **changes: Any) -> Case:  # noqa: ANN401 - fields of Release
    releases = tuple(
        changed(known, **changes) if known.package == package else known for known in case.releases
    )
    return changed(case, releases=releases)


def _release_approved(case: Case, event: ReleaseApproved) -> Case:
    return _release(case, event.package, approved_by=event.by)


def _release_rejected(case: Case, event: ReleaseRejected) -> Case:
    return _release(case, event.package, is_rejected=True)


def _arrived(case: Case, event: PackageArrived) -> Case:
    packages = tuple(
        changed(known, has_arrived=True) if known.announced.transfer == event.transfer else known
        for known in case.packages
    )
    return changed(case, packages=packages)


def _destruction(case: Case, event: DestructionProposed) -> Case:
    return on_package(case, event.package, destruction_by=event.by, destruction_cause=event.cause)


def _destruction_approved(case: Case, event: DestructionApproved) -> Case:
    return on_package(case, event.package, destruction_approved=True)


def _destruction_rejected(case: Case, event: DestructionRejected) -> Case:
    return on_package(case, event.package, destruction_by=None, destruction_cause=None)


# --- clocks -----------------------------------------------------------------------------------


def _linked(case: Case, event: RequestLinked) -> Case:
    others = tuple(link for link in case.links if link.case != event.case)
    link = Link(case=event.case, is_decided=event.is_decided)
    return changed(case, links=(*others, link))


def _alarm(case: Case, event: AlarmNoted) -> Case:
    clock = event.clock.removesuffix(OVERDUE)
    others = tuple(noted for noted in case.alarms if noted[0] != clock)
    return changed(case, alarms=(*others, (clock, event.at)))


_CHANGES: Final[Mapping[type[Event], Callable[[Case, Any], Case]]] = {
    StatementProposed: _proposed,
    ProposalRevised: _revised,
    ProposalRejected: _rejected,
    ProposalTakenBack: _taken_back,
    StatementSent: _sent,
    StatementReceived: _received,
    ReceiptNoted: _receipt,
    EmergencyStoodBehind: _stood_behind,
    StopDecided: _stop,
    ExhibitTaken: _exhibit,
    CustodyNoted: _custody,
    ReleaseProposed: _release_proposed,
    ReleaseApproved: _release_approved,
    ReleaseRejected: _release_rejected,
    PackageArrived: _arrived,
    DestructionProposed: _destruction,
    DestructionApproved: _destruction_approved,
    DestructionRejected: _destruction_rejected,
    RequestLinked: _linked,
    AlarmNoted: _alarm,
}
