"""From a decision to one change: numbered, dated, signed, and every byte fixed.

Nothing is sent or stored here; what a peer will be shown is decided for good by what these
functions return.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final, cast

from attrs import field, frozen

from longbien.casework import wire
from longbien.casework.case import Decision, Draft
from longbien.casework.events import CaseEvent
from longbien.casework.life import evolve, replay
from longbien.casework.likeness import requests_of, tokens_of_case
from longbien.casework.state import Case
from longbien.casework.summaries import summary_of
from longbien.channel.envelope import sign_message
from longbien.channel.message import Message, MessageKind
from longbien.channel.rules import lane_for
from longbien.desk.office import Office
from longbien.desk.ports import (
    Arrival,
    Change,
    NewChore,
    NewEvent,
    Outgoing,
    StoredEvent,
)
from longbien.primitives.ids import CaseId, EventId, MessageId
from longbien.primitives.instants import Instant

_LASTING: Final = timedelta(days=180)
EXPIRY: Final[Mapping[MessageKind, timedelta]] = MappingProxyType(
    dict.fromkeys(MessageKind, _LASTING)
    | {
        # a call for a sign of life that nobody heard within a day has its answer
        MessageKind.DRILL: timedelta(days=1),
        MessageKind.DRILL_ANSWER: timedelta(days=1),
    }
)
"""How long a message may wait for the other State's node before it has become meaningless.

Half a year: a node that was down for a month must still get what was meant for it, and each
clock of a request rings long before.
"""


@frozen(kw_only=True)
class File:
    """A case as it was loaded."""

    id: CaseId
    stored: tuple[StoredEvent, ...] = field(repr=False)
    case: Case | None

    @property
    def version(self) -> int:
        """Return how many events it has."""
        return len(self.stored)


def load_file(office: Office, case: CaseId) -> File:
    """Load a case; an unknown one has no events.

    Raises Refused ``case.erased``, Integrity ``journal.damaged`` and ``case.unopened``.
    """
    stored = office.journal.load(case)
    events = [wire.read_event(each.kind, each.body) for each in stored]
    return File(id=case, stored=stored, case=replay(events) if events else None)


def change_of(office: Office, file: File, decision: Decision, *, now: Instant) -> Change:
    """Return the one change that puts a decision into effect.

    Raises Unavailable where a signing key cannot be reached; then nothing has happened.
    """
    events = cast("tuple[CaseEvent, ...]", decision.events)
    after = case_after(file.case, events)
    return Change(
        case=file.id,
        expected_version=file.version,
        summary=summary_of(after, office.policy),
        tokens=_tokens(file.case, after),
        events=tuple(
            _new_event(office, event, body)
            for event, body in zip(events, _bodies(decision), strict=True)
        ),
        outgoing=_outgoing(office, after, decision.drafts, now),
        arrivals=tuple(
            Arrival(id=one.transfer, case=file.id, peer=after.peer.state, sealed=one.sealed)
            for one in decision.announcements
        ),
        chores=tuple(
            NewChore(kind=one.kind, case=file.id, subject=one.subject, not_before=now)
            for one in decision.chores
        ),
        objects=decision.objects,
    )


def _tokens(before: Case | None, after: Case) -> tuple[str, ...] | None:
    return None if requests_of(before) == requests_of(after) else tokens_of_case(after)


def case_after(case: Case | None, events: Sequence[CaseEvent]) -> Case:
    """Return the case after events; there is at least one, or a case already."""
    after = case
    for event in events:
        after = evolve(after, event)
    if after is None:
        msg = "a decision on a new case opens it"
        raise ValueError(msg)
    return after


def _bodies(decision: Decision) -> Iterable[bytes]:
    return decision.bodies or map(wire.encode_event, decision.events)


def _new_event(office: Office, event: CaseEvent, body: bytes) -> NewEvent:
    return NewEvent(
        id=EventId.from_random(office.random_bytes(16)),
        kind=wire.kind_of(event),
        at=event.at,
        body=body,
        salt=office.random_bytes(32),
    )


# --- messages ----------------------------------------------------------------------------------


def _outgoing(
    office: Office, case: Case, drafts: Sequence[Draft], now: Instant
) -> tuple[Outgoing, ...]:
    if not drafts:
        return ()
    first = office.journal.numbers(case.id, case.peer.state).sent + 1
    return tuple(
        _signed(office, _message(office, case, draft, sequence=first + at, now=now))
        for at, draft in enumerate(drafts)
    )


def _message(office: Office, case: Case, draft: Draft, *, sequence: int, now: Instant) -> Message:
    return Message(
        id=MessageId.from_random(office.random_bytes(16)),
        kind=draft.kind,
        thread=case.id,
        sequence=sequence,
        sender=case.own,
        recipient=case.peer,
        purpose=case.kind,
        created_at=now,
        expires_at=now.plus(EXPIRY[draft.kind]),
        schema=draft.schema,
        lane=lane_for(draft.kind, draft.lane),
        exercise=case.exercise,
        in_reply_to=draft.in_reply_to,
        content=draft.content,
    )


def _signed(office: Office, message: Message) -> Outgoing:
    seat = office.seat_of(message.sender)
    return Outgoing(
        id=message.id,
        thread=message.thread,
        kind=message.kind,
        sequence=message.sequence,
        recipient=message.recipient,
        lane=message.lane,
        created_at=message.created_at,
        expires_at=message.expires_at,
        envelope=sign_message(message, signers=seat.signers),
    )
