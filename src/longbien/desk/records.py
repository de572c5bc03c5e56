"""Books of the house that are not cases: who has read, which alarms were given, who was silent.

Each is a journal of its own, under an id that follows from what it is about, so that it is
encrypted, committed to in the ledger and proved like everything else, and outlives the key of
the case.  Its id is a UUID of version 5; no case has one (``require_case_id``), so no message
can write into it.  Its entries are kept, never shown in a list of cases.
"""

import uuid
from typing import Any, Final, cast

from attrs import field, frozen

from longbien.casework.case import Officer
from longbien.casework.texts import MAX_LINE, find_fault
from longbien.desk.office import Office
from longbien.desk.ports import Change, NewEvent, StoredEvent
from longbien.primitives.canonical import Json, encode_json, parse_canonical
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import CaseId, EventId, OfficerId
from longbien.primitives.instants import Instant

ACCESS: Final = "desk.access"
ALARM: Final = "desk.alarm"
SILENCE: Final = "desk.silence"

RECORD_KINDS: Final = frozenset({ACCESS, ALARM, SILENCE})
"""Kinds of journal entries that no case has: a journal that holds one is none of a case."""

_SPACE: Final = uuid.UUID("6f0c1f64-52cb-5b25-9b6e-70d5a4f0e1a3")  # drawn once, means nothing
_CASE_VERSION: Final = 4


@frozen(kw_only=True)
class Access:
    """Somebody has read the content of a case."""

    at: Instant
    by: OfficerId
    what: str
    """What was read, coded: ``case``, ``events``, ``receipts``, ``decisions``, or
    ``package`` with purpose and recipient: ``package.request.court``."""

    reason: str = field(repr=False)


@frozen(kw_only=True)
class Alarm:
    """Something that people must be told, and that no case is about."""

    code: str
    """Documented in ``spec/codes.md``."""

    subject: str
    """Whom or what it is about: a ledger's origin, a State."""

    facts: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class NotedAlarm:
    """An alarm as it was noted."""

    at: Instant
    alarm: Alarm


def access_file_of(case: CaseId) -> CaseId:
    """Return the id of the book that tells who has read a case."""
    return CaseId(str(uuid.uuid5(_SPACE, f"access {case}")))


def silence_file_of(case: CaseId) -> CaseId:
    """Return the id of the book that holds our word on a peer's silence in a case."""
    return CaseId(str(uuid.uuid5(_SPACE, f"silence {case}")))


def alarm_book_of(office: Office) -> CaseId:
    """Return the id of the book of the node's alarms."""
    return CaseId(str(uuid.uuid5(_SPACE, f"alarms {office.state}")))


def require_case_id(case: CaseId) -> CaseId:
    """Refuse an id that no case has: Refused ``desk.not-a-case``."""
    if uuid.UUID(case.text).version != _CASE_VERSION:
        raise Refused("desk.not-a-case", "the id of a case is drawn at random (UUID version 4)")
    return case


# --- who has read -------------------------------------------------------------------------------


def note_access(office: Office, officer: Officer, case: CaseId, *, what: str, reason: str) -> None:
    """Note, durably, that an officer is about to read.

    Raises Refused ``desk.no-reason`` where no reason is given.
    """
    fault = find_fault(reason, most=MAX_LINE)
    if fault:
        raise Refused("desk.no-reason", "say in a line why this is read: {why}", why=fault)
    body: Json = {
        "at": str(office.clock()),
        "by": str(officer.id),
        "reason": reason,
        "what": what,
    }
    append_record(office, access_file_of(case), ACCESS, encode_json(body))


def accesses_of(office: Office, case: CaseId) -> tuple[Access, ...]:
    """Return who has read a case, oldest first."""
    entries = map(_body, office.journal.load(access_file_of(case)))
    return tuple(
        Access(
            at=Instant.parse(entry["at"]),
            by=OfficerId(entry["by"]),
            what=entry["what"],
            reason=entry["reason"],
        )
        for entry in entries
    )


# --- alarms -------------------------------------------------------------------------------------


def note_alarm(office: Office, alarm: Alarm) -> bool:
    """Note an alarm, durably; tell if it is a new one.

    The same alarm of the same subject is noted once: a hostile peer cannot fill the book.
    """
    known = {(one.alarm.code, one.alarm.subject) for one in alarms_of(office)}
    if (alarm.code, alarm.subject) in known:
        return False
    body: Json = {
        "at": str(office.clock()),
        "code": alarm.code,
        "facts": dict(alarm.facts),
        "subject": alarm.subject,
    }
    append_record(office, alarm_book_of(office), ALARM, encode_json(body))
    return True


def alarms_of(office: Office) -> tuple[NotedAlarm, ...]:
    """Return the alarms of this node, oldest first."""
    entries = map(_body, office.journal.load(alarm_book_of(office)))
    return tuple(
        NotedAlarm(
            at=Instant.parse(entry["at"]),
            alarm=Alarm(
                code=entry["code"],
                subject=entry["subject"],
                facts=tuple(sorted(entry["facts"].items())),
            ),
        )
        for entry in entries
    )


# --- the book itself ----------------------------------------------------------------------------


def _body(stored: StoredEvent) -> dict[str, Any]:
    # our own bytes, out of our own journal
    return cast("dict[str, Any]", parse_canonical(stored.body))


def documents_of(office: Office, book: CaseId) -> tuple[bytes, ...]:
    """Return the entries of a book as they were written, oldest first."""
    return tuple(stored.body for stored in office.journal.load(book))


def append_record(office: Office, book: CaseId, kind: str, body: bytes) -> None:
    """Add an entry to a book, durably.  Raises Unavailable ``desk.too-busy``."""
    event = NewEvent(
        id=EventId.from_random(office.random_bytes(16)),
        kind=kind,
        at=office.clock(),
        body=body,
        salt=office.random_bytes(32),
    )
    for _ in range(office.settings.attempts):
        version = len(office.journal.load(book))
        change = Change(case=book, expected_version=version, events=(event,))
        try:
            office.journal.commit(change)
        except Refused as error:
            if error.code != "journal.conflict":
                raise
        else:
            return
    raise too_busy()


def too_busy() -> Unavailable:
    """Return the error for a race that was lost too often."""
    return Unavailable(
        "desk.too-busy", "others were quicker too often; try again in a moment", retry=True
    )
