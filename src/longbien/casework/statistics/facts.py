"""What statistics keep of one case: codes and durations, no text and no name of a person."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from longbien.casework.case import Event, Side
from longbien.casework.catalogue import KINDS
from longbien.casework.events import ReceiptNoted, StatementReceived, StatementSent
from longbien.casework.evolving import evolve
from longbien.casework.standing import is_decided, state_of
from longbien.casework.state import Case
from longbien.casework.statements import RequestMade, RequestRefused, Statement
from longbien.casework.steps import LOCAL, State, Step
from longbien.primitives.errors import Integrity
from longbien.primitives.instants import Instant
from longbien.treaty.basis_names import OF_ONE_SIDE, find_basis, names_code
from longbien.treaty.law import Law
from longbien.treaty.named_offences import ConventionOffence, NationalOffence, offences_in

STAGES: Final = (
    "receipt",
    "acknowledgement",
    "disposition",
    "preservation",
    "evidence",
    "decision",
)
"""From the sending to the signed receipt, and from the request's arrival to the first
acknowledgement by an officer, the first word on the matter, the confirmed preservation, the first
evidence, and the decision of the requested State."""

OPEN: Final = "open"
NOT_CODED: Final = "not-coded"
NATIONAL: Final = "national"
"""A provision of a State's own law."""

OUTCOMES: Final = tuple(
    sorted(
        {state.value for kind in KINDS.values() for state in kind.decided}
        | {State.UNDELIVERED.value, OPEN}
    )
)
"""How a case stands: a decided state, one that never arrived, or open."""

_INCOMPLETE: Final = frozenset({"40(21)(a)"})
"""Grounds that say that the request itself is not as it should be."""

_NO_WORD_ON_THE_MATTER: Final = frozenset({Step.ACKNOWLEDGEMENT, Step.STATUS, Step.ANSWER})
_FIRST: Final = {
    Step.ACKNOWLEDGEMENT: "acknowledgement",
    Step.PRESERVATION_CONFIRMED: "preservation",
    Step.EVIDENCE_ANNOUNCED: "evidence",
    Step.PARTIAL_DISCLOSURE: "evidence",
}


@frozen(kw_only=True)
class CaseFacts:
    """One case that was sent."""

    side: Side
    kind: str
    state: str
    """The other State."""

    bases: tuple[str, ...]
    offences: tuple[str, ...]
    """Offences that the request names in their form: ``UNCC 7``, ``national``; else
    ``not-coded``."""

    exercise: bool
    opened_at: Instant
    outcome: str
    ground: str
    """Of a refusal, else empty."""

    is_complete: bool | None
    """Whether the first sending was enough: nothing was asked back, nothing amended, and it was
    not refused as incomplete.  None: no word on the matter yet, or no request at all."""

    times: tuple[tuple[str, int], ...]
    """Stage and whole seconds, by the own clock."""


def facts_of(events: Iterable[Event], law: Law) -> CaseFacts | None:
    """Return the facts of a case; None where nothing was sent.

    ``law`` tells which legal bases have a code: those that its packs have rules of.

    Raises Integrity ``case.unopened``.
    """
    case: Case | None = None
    ended_at: Instant | None = None
    for event in events:
        case = evolve(case, event)
        if not is_decided(case):
            ended_at = None
        elif ended_at is None:
            ended_at = event.at
    if case is None:
        raise Integrity("case.unopened", "a journal does not begin with the opening of a case")
    state = state_of(case)
    if state in LOCAL - {State.UNDELIVERED}:
        return None
    said = tuple(_said(case))
    return CaseFacts(
        side=case.side,
        kind=case.kind,
        state=case.peer.state.text,
        bases=_bases(case, law),
        offences=_offences(case),
        exercise=case.exercise,
        opened_at=case.opened_at,
        outcome=_outcome(case, state),
        ground=_ground(case, said),
        is_complete=_is_complete(case, said),
        times=tuple(_times(case, said, ended_at)),
    )


@frozen
class _Said:
    at: Instant
    side: Side
    statement: Statement


def _said(case: Case) -> Iterator[_Said]:
    refused = {number for number, _ in case.turned_away}
    other = Side.REQUESTED if case.side is Side.REQUESTING else Side.REQUESTING
    for event in case.history:
        if isinstance(event, StatementSent) and event.number not in refused:
            yield _Said(event.at, case.side, event.statement)
        elif isinstance(event, StatementReceived):
            yield _Said(event.at, other, event.statement)


def _outcome(case: Case, state: State) -> str:
    return state.value if state is State.UNDELIVERED or is_decided(case) else OPEN


def _bases(case: Case, law: Law) -> tuple[str, ...]:
    given = case.request.legal_basis if isinstance(case.request, RequestMade) else ()
    found = {_basis(text, law) for text in given}
    return tuple(sorted(found)) or (NOT_CODED,)


def _basis(text: str, law: Law) -> str:
    found = find_basis(text)
    if found is not None and found not in OF_ONE_SIDE:
        return found.value
    named = next((basis for basis in law.bases if names_code(text, basis)), None)
    return named or (found.value if found is not None else NOT_CODED)


def _offences(case: Case) -> tuple[str, ...]:
    contents = case.request.contents if isinstance(case.request, RequestMade) else ()
    named = offences_in(dict(contents))
    articles = {one.article for one in named if isinstance(one, ConventionOffence)}
    others = (NATIONAL,) if any(isinstance(one, NationalOffence) for one in named) else ()
    return (*(f"UNCC {one}" for one in sorted(articles)), *others) or (NOT_CODED,)


def _ground(case: Case, said: Iterable[_Said]) -> str:
    if state_of(case) is not State.REFUSED:
        return ""
    grounds = (one.statement.ground for one in said if isinstance(one.statement, RequestRefused))
    return next(grounds, "")


def _is_complete(case: Case, said: tuple[_Said, ...]) -> bool | None:
    theirs = [one.statement for one in said if one.side is Side.REQUESTED]
    words = [one for one in theirs if one.step not in _NO_WORD_ON_THE_MATTER]
    if not isinstance(case.request, RequestMade) or not words:
        return None
    is_asked_back = any(one.step is Step.QUESTION for one in words)
    is_refused = any(isinstance(one, RequestRefused) and one.ground in _INCOMPLETE for one in words)
    return not (is_asked_back or is_refused or case.amendments)


def _times(
    case: Case, said: tuple[_Said, ...], ended_at: Instant | None
) -> Iterator[tuple[str, int]]:
    sent_at = next((one.at for one in said if one.side is Side.REQUESTING), case.opened_at)
    asked_at: Instant | None = case.opened_at
    if case.side is Side.REQUESTING:
        asked_at = next((e.at for e in case.history if isinstance(e, ReceiptNoted)), None)
        if asked_at is not None:
            yield "receipt", _seconds(sent_at, asked_at)
    if asked_at is None:
        return
    met: set[str] = set()
    for one in said:
        if one.side is Side.REQUESTED:
            for stage in _stages(one.statement.step):
                if stage not in met:
                    met.add(stage)
                    yield stage, _seconds(asked_at, one.at)
    if ended_at is not None and state_of(case) is not State.WITHDRAWN:
        yield "decision", _seconds(asked_at, ended_at)


def _stages(step: Step) -> Iterator[str]:
    if step in _FIRST:
        yield _FIRST[step]
    if step not in _NO_WORD_ON_THE_MATTER:
        yield "disposition"


def _seconds(start: Instant, end: Instant) -> int:
    # the own clock may have been set back between the two: then no time has passed
    return max(0, end.unix - start.unix)
