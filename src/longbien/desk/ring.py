"""Ring: which clocks have run out, and that people were told.

An alarm is given first and noted afterwards: a stop between the two gives it twice, never not
at all.  What is overdue at a peer's machine is ``silence``'s.
"""

from datetime import timedelta
from typing import Final

from attrs import frozen

from longbien.casework.case import Due
from longbien.casework.clocks import ALARMED, ALARMS, early_alarms, pressing
from longbien.casework.commands import MachineNotesAlarm
from longbien.channel.message import Lane
from longbien.desk.acting import act
from longbien.desk.calls import Done
from longbien.desk.changes import load_file
from longbien.desk.office import Office
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, CaseId

_CLOSED_FOR: Final = timedelta(days=31)
"""No stretch of days without work is longer (``calendars``)."""


@frozen(kw_only=True)
class Ringing:
    """A clock of a case for which people must be told.  Codes only: alarms carry no content."""

    case: CaseId
    own: AuthorityId
    """Whose officers."""

    kind: str
    lane: Lane
    due: Due
    late: timedelta
    is_early: bool = False
    """Before its time: the end falls on a day without work at one of the contact points."""


def ringing(office: Office, *, limit: int = 100) -> tuple[Ringing, ...]:
    """Return what must be told now, longest overdue first within each case."""
    now = office.clock()
    return tuple(
        one
        for summary in office.register.due(now, limit=limit)
        for one in _ringing_in(office, summary.case_id)
    )


def _ringing_in(office: Office, case: CaseId) -> tuple[Ringing, ...]:
    try:
        found = load_file(office, case).case
    except Refused:  # its key is destroyed: nothing is due any more
        return ()
    now = office.clock()
    if found is None:
        return ()
    return tuple(
        Ringing(
            case=case,
            own=found.own,
            kind=found.kind,
            lane=found.lane,
            due=due,
            late=now.moment - due.at.moment,
        )
        for due in pressing(found, office.policy)
        if due.at <= now
    )


def ringing_early(office: Office, *, limit: int = 1000) -> tuple[Ringing, ...]:
    """Return alarms that are given before their time: asked for every hour or so.

    Only cases whose next clock runs out within the longest alarm and ``_CLOSED_FOR`` are read.
    """
    horizon = office.clock().plus(max(ALARMS.values()) + _CLOSED_FOR)
    return tuple(
        one
        for summary in office.register.due(horizon, limit=limit)
        if summary.next_due is not None and _has_alarms(summary.next_due)
        for one in _early_in(office, summary.case_id)
    )


def _has_alarms(due: Due) -> bool:
    return due.clock.partition(".")[0] in ALARMED


def _early_in(office: Office, case: CaseId) -> tuple[Ringing, ...]:
    try:
        found = load_file(office, case).case
    except Refused:
        return ()
    if found is None:
        return ()
    now = office.clock()
    calendars = office.calendars(found.own, found.peer)
    return tuple(
        Ringing(
            case=case,
            own=found.own,
            kind=found.kind,
            lane=found.lane,
            due=due,
            late=now.moment - due.at.moment,
            is_early=True,
        )
        for due in early_alarms(found, calendars, office.policy)
        if due.at <= now
    )


def note_rung(office: Office, one: Ringing) -> Done:
    """Note that people were told; noted once, however often they were."""
    note = MachineNotesAlarm(clock=one.due.clock, is_early=one.is_early)
    return act(office, one.case, note, by=None)
