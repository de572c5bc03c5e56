"""The clocks of a case: computed from its events, the treaty data and the State's policy.

None of them does anything by itself.  A clock that has run out gives alarms, and an officer
acts: data are never released, and nothing is refused, by the clock alone.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from types import MappingProxyType
from typing import Final

from attrs import evolve

from longbien.casework.calendars import Calendar, act_by, closed_at
from longbien.casework.case import Due, Side
from longbien.casework.evolving import OVERDUE
from longbien.casework.law_clocks import (
    answer_clocks,
    decide_extension_by,
    domestic_order_ends,
    preserved_until,
)
from longbien.casework.policy import STANDARD, Policy
from longbien.casework.retention import retention_clocks
from longbien.casework.standing import is_decided, state_of
from longbien.casework.state import Case
from longbien.casework.statements import DrillCalled, RequestMade
from longbien.casework.steps import LOCAL, State, Track
from longbien.channel.message import Lane
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load

ALARMS: Final = MappingProxyType(
    {
        "alarm-14": timedelta(days=14),
        "alarm-7": timedelta(days=7),
        "alarm-2": timedelta(days=2),
        "alarm-24h": timedelta(hours=24),
    }
)
"""How long before such an end alarms are given (convention.md 16.4)."""

ALARMED: Final = frozenset({"destroy-by", "domestic-order-ends", "preserved-until"})
"""Clocks with such alarms."""

OWN_POLICY: Final = "own policy"
"""The rule of a clock that no treaty sets."""


def dues(case: Case, policy: Policy = STANDARD) -> tuple[Due, ...]:
    """Return every clock of a case, the earliest first; also those that have run out."""
    clocks = list(_clocks(case, policy))
    reminders = _reminders(case, clocks, policy)
    return _in_order((*clocks, *_alarms_before(case, clocks), *reminders))


def pressing(case: Case, policy: Policy = STANDARD) -> tuple[Due, ...]:
    """Return the clocks for which no alarm was given yet, the earliest first."""
    given = {clock for clock, _ in case.alarms}
    return tuple(due for due in dues(case, policy) if due.clock not in given)


def next_due(case: Case, policy: Policy = STANDARD) -> Due | None:
    """Return the clock that somebody must look at next."""
    return next(iter(pressing(case, policy)), None)


def _in_order(found: tuple[Due, ...]) -> tuple[Due, ...]:
    return tuple(sorted(found, key=lambda due: (due.at, due.clock)))


def _clocks(case: Case, policy: Policy) -> Iterator[Due]:
    state = state_of(case)
    if state not in LOCAL:
        yield from _receipt_by(case, policy)
        yield from _acknowledge_by(case, state, policy)
        yield from _reply_due(case, state)
        yield from _first_word_by(case, state, policy)
        yield from answer_clocks(case, policy.law, state, _asked_at(case))
        yield from preserved_until(case, policy.law)
        yield from domestic_order_ends(case, policy.law)
        yield from decide_extension_by(case, policy.law)
        yield from _review(case, state)
        yield from _drill(case, state)
        yield from _confirm_emergency(case, policy)
        yield from retention_clocks(case, policy)
        yield from _of_deeds(case)


def _reminders(case: Case, clocks: list[Due], policy: Policy) -> Iterator[Due]:
    given = dict(case.alarms)
    for due in clocks:
        if due.clock in given:
            at = given[due.clock].plus(policy.remind_after)
            yield Due(clock=due.clock + OVERDUE, at=at, rule=due.rule)


# --- from the request to its decision -----------------------------------------------------------


def _asked_at(case: Case) -> Instant | None:
    """Return when the requested State's node took the request in: its receipt says so."""
    if case.side is Side.REQUESTED:
        return case.opened_at
    first = next((h.number for h in case.heard if h.side is Side.REQUESTING), 0)
    return dict(case.receipted).get(first)


def _receipt_by(case: Case, policy: Policy) -> Iterator[Due]:
    """Yield by when the other node should have given its receipt for our oldest open word."""
    settled = {number for number, _ in (*case.receipted, *case.turned_away)}
    open_ones = [h.at for h in case.heard if h.side is case.side and h.number not in settled]
    if open_ones:
        at = min(open_ones)
        yield Due(clock="receipt-by", at=at.plus(policy.receipt_within), rule=OWN_POLICY, since=at)


def _acknowledge_by(case: Case, state: State, policy: Policy) -> Iterator[Due]:
    asked_at = _asked_at(case)
    if state is State.ASKED and asked_at is not None:
        yield Due(
            clock="acknowledge-by",
            at=asked_at.plus(_acknowledge_within(case, policy)),
            rule=OWN_POLICY,
            since=asked_at,
        )


def _first_word_by(case: Case, state: State, policy: Policy) -> Iterator[Due]:
    """Yield by when the requested State should have said something on the matter itself."""
    asked_at = _asked_at(case)
    waits = isinstance(case.request, RequestMade) and state in {State.ASKED, State.UNDER_REVIEW}
    if waits and asked_at is not None and case.requested in {Track.SILENT, Track.ACKNOWLEDGED}:
        at = asked_at.plus(policy.first_word_within)
        yield Due(clock="first-word-by", at=at, rule=OWN_POLICY, since=asked_at)


def _acknowledge_within(case: Case, policy: Policy) -> timedelta:
    if case.lane is Lane.URGENT:
        return policy.acknowledge_emergency_within
    if case.lane is Lane.PRESERVATION:
        return policy.acknowledge_preservation_within
    return policy.acknowledge_within


def _reply_due(case: Case, state: State) -> Iterator[Due]:
    request = case.request
    if not isinstance(request, RequestMade) or request.reply_by is None:
        return
    if state is not State.PRESERVING and not is_decided(case):
        yield Due(clock="reply-due", at=request.reply_by, rule="40(26) P")


def _review(case: Case, state: State) -> Iterator[Due]:
    if state is State.POSTPONED and case.review_at is not None:
        yield Due(clock="review-postponement", at=case.review_at, rule="40(27) P")


def _confirm_emergency(case: Case, policy: Policy) -> Iterator[Due]:
    if case.sent_alone_by is None or case.stood_behind_by is not None or is_decided(case):
        return
    sent_at = next(h.at for h in case.heard if h.side is case.side)
    at = sent_at.plus(policy.confirm_emergency_within)
    yield Due(clock="confirm-emergency-by", at=at, rule=OWN_POLICY)


def _drill(case: Case, state: State) -> Iterator[Due]:
    if state is State.CALLED and isinstance(case.request, DrillCalled):
        yield Due(clock="answer-drill-by", at=case.request.answer_by, rule=OWN_POLICY)


# --- preservation -------------------------------------------------------------------------------


def _alarms_before(case: Case, clocks: list[Due]) -> Iterator[Due]:
    given = {clock for clock, _ in case.alarms}
    for due, (name, before) in product(clocks, ALARMS.items()):
        clock = f"{due.clock}.{name}"
        at = due.at.plus(-before)
        # an alarm that lies before the promise itself would ring at once and say nothing
        promised = due.since if due.clock == "destroy-by" else case.preserved_at
        is_ahead = promised is not None and at > promised
        if due.clock in ALARMED and is_ahead and clock not in given:
            yield evolve(due, clock=clock, at=at)


def early_alarms(
    case: Case, calendars: Sequence[Calendar], policy: Policy = STANDARD
) -> tuple[Due, ...]:
    """Return the alarms that are given before their time, the earliest first.

    Where an end falls on a day without work at either contact point, everybody is warned as if
    it fell at the end of the last working day before.  The end itself stays where it is.
    """
    waiting = {due.clock: due for due in pressing(case, policy)}
    found = []
    for end in _clocks(case, policy):
        ahead = act_by(end.at, calendars)
        if end.clock in ALARMED and closed_at(end.at, calendars) and ahead < end.at:
            for name, before in ALARMS.items():
                due = waiting.get(f"{end.clock}.{name}")
                if due is not None:
                    found.append(evolve(due, at=ahead.plus(-before)))
    return _in_order(tuple(found))


# --- measures, persons and arrangements ---------------------------------------------------------


def _of_deeds(case: Case) -> Iterator[Due]:
    """Yield what the officers of a measure, a person or an appointment must not miss."""
    in_force = case.requested in {Track.MEASURED, Track.LIFTING}
    if in_force and case.measure is not None and case.measure.until is not None:
        yield Due(clock="measure-until", at=case.measure.until, rule="24(2) M")
    if case.presence_ended_at is not None:
        yield _safe_conduct_ends(case.presence_ended_at)
    agreed = [one.at for one in case.arrangements if one.agreed and one.at is not None]
    if agreed and case.handed_over_at is None and not is_decided(case):
        yield Due(clock="arranged-at", at=max(agreed), rule=OWN_POLICY)


def _safe_conduct_ends(told_at: Instant) -> Due:
    form = load().forms["safe_conduct"]
    days = timedelta(days=form.rules["safe_conduct_days"])
    grade = form.rules_confidence["safe_conduct_days"]
    rule = f"{form.rules['safe_conduct_ref']} {grade.value}"
    return Due(clock="safe-conduct-ends", at=told_at.plus(days), rule=rule)
