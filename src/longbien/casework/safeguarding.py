"""Our own product rule: nothing is asked by force, and nothing leaves, without its safeguards.

It may refuse, because it is ours and not the Convention's (DESIGN section 7): a coercive request
has a safeguard record; what leaves has a legal basis, a safeguard record and two officers; and
what the stop list stops goes on only after a named authoriser's reasoned decision.
"""

from typing import Final

from attrs import frozen

from longbien.casework.case import Severity, Side, Warned
from longbien.casework.completeness.remarks import fault, remark
from longbien.casework.events import ReleaseProposed
from longbien.casework.kind import Kind, Measure
from longbien.casework.policy import record_of
from longbien.casework.safeguards import Concern, Safeguards
from longbien.casework.state import Case, Proposal, Release
from longbien.casework.statements import RequestMade, Statement
from longbien.casework.steps import Step
from longbien.casework.wire import content_of, encode_event
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import OfficerId
from longbien.primitives.instants import Instant

GUARDED: Final = frozenset(
    {
        Step.PARTIAL_DISCLOSURE,
        Step.SPONTANEOUS_INFORMATION,
        Step.INFORMATION,
        Step.MEASURE_IN_FORCE,
        Step.HANDED_OVER,
    }
)
"""Statements by which something leaves the State, or a measure was taken for another one.

Packages have releases of their own.
"""

ASKING: Final = frozenset({Step.REQUEST, Step.AMENDMENT})
"""Statements that need a record where the kind is coercive."""


def require_safeguarded(kind: Kind, statement: Statement, now: Instant) -> None:
    """Refuse a statement that lacks what it must carry.

    1. a request for a coercive measure has a record: Refused ``request.no-safeguards``
    2. what discloses, and a measure, has a legal basis and a record: Refused ``release.no-basis``,
       ``release.no-safeguards``
    3. a record that is there is whole and in force: as ``require_record``
    """
    record = record_of(statement)
    if record is None and statement.step in ASKING and kind.measure is Measure.COERCIVE:
        raise Refused("request.no-safeguards", "a coercive measure needs a safeguard record")
    if statement.step in GUARDED:
        require_ready(getattr(statement, "legal_basis", ()), record, now)
    elif record is not None:
        require_record(record, now)


def require_ready(basis: tuple[str, ...], record: Safeguards | None, now: Instant) -> Safeguards:
    """Refuse a disclosure without legal basis or safeguard record; return the record.

    Raises Refused ``release.no-basis``, ``release.no-safeguards`` and as ``require_record``.
    """
    if not basis:
        raise Refused("release.no-basis", "nothing leaves without a legal basis")
    if record is None:
        raise Refused("release.no-safeguards", "nothing leaves without a safeguard record")
    require_record(record, now)
    return record


def require_record(record: Safeguards, now: Instant) -> None:
    """Refuse a record with open questions, or one whose authorisation has ended.

    Raises Refused ``safeguards.unanswered``, ``safeguards.ended``.
    """
    if record.unanswered:
        raise Refused(
            "safeguards.unanswered",
            "the stop list has questions without an answer in words: {concerns}",
            concerns=", ".join(record.unanswered),
        )
    if record.ends_at <= now:
        raise Refused("safeguards.ended", "the authorisation has ended at {at}", at=record.ends_at)


def remarks_on_record(kind: Kind, record: Safeguards | None, now: Instant) -> tuple[Warned, ...]:
    """Tell of a request, before it is sent, why it would be refused for its safeguard record."""
    if record is None:
        is_owed = kind.measure is Measure.COERCIVE or kind.opening in GUARDED
        return (_remark("safeguard.missing"),) if is_owed else ()
    try:
        require_record(record, now)
    except Refused as refused:
        facts = {name: str(value) for name, value in refused.facts.items()}
        return (_remark(f"safeguard.{refused.code.partition('.')[2]}", **facts),)
    return ()


def _remark(code: str, **facts: str) -> Warned:
    return remark(fault(code, Severity.MISSING, **facts), ref="24(2)", confidence="M")


def require_reasons(reasons: str) -> None:
    """Refuse to let something leave without a word why.  Raises Refused ``release.no-reasons``."""
    if not reasons.strip():
        raise Refused("release.no-reasons", "whoever lets something leave says why")


# --- the stop list ------------------------------------------------------------------------------


def _concerns_of(case: Case, record: Safeguards | None) -> tuple[Concern, ...]:
    # what the requesting State itself says of its request stops a release of ours as well
    found = set(record.stops if record is not None else ())
    request = case.request
    if case.side is Side.REQUESTED and isinstance(request, RequestMade) and request.safeguards:
        found |= set(request.safeguards.stops)
    return tuple(sorted(found))


@frozen(kw_only=True)
class Subject:
    """What an authoriser decides on: whose text, which, and what stops it."""

    authors: tuple[OfficerId, ...]
    text: Digest
    """Of what is decided on, byte for byte."""

    concerns: tuple[Concern, ...]


def subject_of_proposal(case: Case, proposal: Proposal) -> Subject:
    """Return a proposal as the stop list sees it: the content of its message."""
    statement = proposal.statement
    return Subject(
        authors=proposal.authors,
        text=Digest.of(encode_json(content_of(statement))),
        concerns=_stops_in(case, statement),
    )


def _stops_in(case: Case, statement: Statement) -> tuple[Concern, ...]:
    record = record_of(statement)
    if statement.step in GUARDED:
        return _concerns_of(case, record)
    return record.stops if record is not None else ()


def subject_of_release(case: Case, release: Release) -> Subject:
    """Return a release as the stop list sees it: its proposal, as it stands in the journal."""
    proposed = next(
        event
        for event in case.history
        if isinstance(event, ReleaseProposed) and event.package == release.package
    )
    return Subject(
        authors=(release.proposed_by,),
        text=Digest.of(encode_event(proposed)),
        concerns=_concerns_of(case, release.safeguards),
    )


def require_unstopped(case: Case, subject: Subject) -> None:
    """Refuse what the stop list stops and nobody has let go on.

    Raises Refused ``stop-list.undecided``, ``stop-list.stopped``.
    """
    if not subject.concerns:
        return
    stop = case.find_stop(subject.text, subject.authors)
    if stop is None:
        raise Refused(
            "stop-list.undecided",
            "an authoriser has to decide first, with reasons, because of: {concerns}",
            concerns=", ".join(subject.concerns),
        )
    if not stop.goes_on:
        raise Refused("stop-list.stopped", "an authoriser has decided that this does not go on")
