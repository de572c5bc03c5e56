"""Clocks that a rule of law sets: found in the rule packs, by the legal basis that was named.

A figure of one instrument is never taken for another one: the eight hours and ten days of a
regulation run only where the request names that regulation.  A rule that no lawyer has signed
is shown as such; like every clock it reminds and does nothing else.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from longbien.casework.case import Due, Side
from longbien.casework.events import StatementReceived, StatementSent
from longbien.casework.state import Case
from longbien.casework.statements import (
    PreservationConfirmed,
    PreservationExtended,
    RequestMade,
)
from longbien.casework.steps import State, Track
from longbien.channel.message import Lane
from longbien.primitives.instants import Instant
from longbien.treaty.basis_names import names_code
from longbien.treaty.law import Law
from longbien.treaty.packs import LawRule

FLOOR: Final = "uncc-42-8-floor"
CEILING: Final = "uncc-25-2-ceiling"
EXTENSION: Final = "uncc-42-9-extension"

_UNANSWERED: Final = frozenset({State.ASKED, State.UNDER_REVIEW, State.RETURNED, State.CONSULTING})
_CLOCKS: Final = {"answer": "basis-answer-by", "acknowledgement": "basis-acknowledge-by"}


def due_by(clock: str, at: Instant, rule: LawRule, *, since: Instant | None = None) -> Due:
    """Return a clock with the rule that sets it."""
    return Due(
        clock=clock,
        at=at,
        rule=f"{rule.ref} {rule.grade.value}",
        since=since,
        rule_id=rule.id,
        is_binding=rule.may_bind,
    )


# --- answers ------------------------------------------------------------------------------------


def answer_clocks(case: Case, law: Law, state: State, asked_at: Instant | None) -> Iterator[Due]:
    """Yield by when the named instruments want an answer, or an acknowledgement."""
    request = case.request
    if not isinstance(request, RequestMade) or asked_at is None or state not in _UNANSWERED:
        return
    for rule in law.clocks:
        clock = _CLOCKS.get(str(rule.value.get("counts")))
        if clock is None or not _applies(rule, case, request):
            continue
        if clock == "basis-answer-by" or state is State.ASKED:
            yield due_by(clock, asked_at.plus(_span(rule)), rule, since=asked_at)


def _applies(rule: LawRule, case: Case, request: RequestMade) -> bool:
    if case.kind not in rule.applies_to:
        return False
    if not any(names_code(text, rule.basis) for text in request.legal_basis):
        return False
    only_if = rule.value.get("only_if")
    if only_if == "emergency":
        return request.is_emergency
    return only_if != "urgent" or case.lane is Lane.URGENT


def _span(rule: LawRule) -> timedelta:
    days, hours = (rule.value.get(unit, 0) for unit in ("days", "hours"))
    return timedelta(
        days=days if isinstance(days, int) else 0, hours=hours if isinstance(hours, int) else 0
    )


# --- preservation -------------------------------------------------------------------------------


def preserved_until(case: Case, law: Law) -> Iterator[Due]:
    """Yield the end of a preservation, unless a request for the data has stopped its expiry.

    It is what the requested State has promised, at least 60 days (42(8)).
    """
    confirmed, until = case.confirmed, case.preserved_until
    if case.requested is not Track.PRESERVING or confirmed is None or until is None:
        return
    if all(link.is_decided for link in case.links):
        promised = _promises(case)[-1]
        since = _counts_from(case, confirmed.effective_at)
        found = due_by("preserved-until", until, law.get_rule(FLOOR), since=since)
        yield found.confirmed(promised.by if isinstance(promised, StatementSent) else None)


def domestic_order_ends(case: Case, law: Law) -> Iterator[Due]:
    """Yield when the requested State's own order ends: a ceiling inside its law (25(2)).

    The second clock of a preservation, of that State alone.  It runs from the effect of the
    order, and anew from each extension: whoever extends has the order renewed.
    """
    if case.side is not Side.REQUESTED or case.requested is not Track.PRESERVING:
        return
    rule = law.get_rule(CEILING)
    days = rule.value.get("max_days")
    promises = _promises(case)
    if not isinstance(days, int) or not promises:
        return
    newest = promises[-1]
    said = newest.statement
    since = said.effective_at if isinstance(said, PreservationConfirmed) else newest.at
    found = due_by("domestic-order-ends", since.plus(timedelta(days=days)), rule, since=since)
    yield found.confirmed(newest.by if isinstance(newest, StatementSent) else None)


def decide_extension_by(case: Case, law: Law) -> Iterator[Due]:
    """Yield by when an extension that was asked for is decided: before the expiry (42(9))."""
    if case.requested is Track.PRESERVING and case.extensions and case.preserved_until is not None:
        yield due_by("decide-extension-by", case.preserved_until, law.get_rule(EXTENSION))


def _promises(case: Case) -> tuple[StatementSent | StatementReceived, ...]:
    """Return the confirmation and the extensions that stand, oldest first."""
    refused = {number for number, _ in case.turned_away}
    return tuple(
        event
        for event in case.history
        if isinstance(event, StatementSent | StatementReceived)
        and isinstance(event.statement, PreservationConfirmed | PreservationExtended)
        and not (isinstance(event, StatementSent) and event.number in refused)
    )


def _counts_from(case: Case, effective_at: Instant) -> Instant:
    """Return the later of receipt and effect: the text does not say which one counts."""
    if case.side is Side.REQUESTED:
        return max(case.opened_at, effective_at)
    received = [at for _, at in sorted(case.receipted)[:1]]
    return max([*received, effective_at])
