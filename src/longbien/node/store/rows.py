"""Shapes of the ports to rows and back, field by field; what binds a sealed value to its row."""

from datetime import UTC, datetime, timedelta
from typing import Final

from longbien.adapters.at_rest import MasterKey, place
from longbien.casework.case import CaseSummary, ChoreKind, Due, Side
from longbien.channel.message import Lane, MessageKind, ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.channel.transfer import SealedObject, encode_sealed_object, parse_sealed_object
from longbien.desk.pins import encode_pins, parse_pins
from longbien.desk.ports import Arrival, Incoming, NewChore, NewEvent, Outgoing
from longbien.node.store import models
from longbien.node.store.officer_tables import OfficerRow, TokenRow
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed
from longbien.primitives.ids import AuthorityId, CaseId, MessageId, StateCode, TransferId
from longbien.primitives.instants import Instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
LANES: Final = tuple(Lane)  # most urgent first: their places in the order are what is stored


def micros(at: Instant) -> int:
    """Return microseconds since 1970, exactly."""
    return (at.moment - _EPOCH) // _MICROSECOND


def instant_of(count: int) -> Instant:
    """Return the instant that ``micros`` made the number of."""
    return Instant(_EPOCH + timedelta(microseconds=count))


# --- events --------------------------------------------------------------------------------------


def event_place(row: models.Event) -> bytes:
    """Return what an event's sealed value is bound to: everything else in its row."""
    return place(
        "event", row.case, row.version, row.event, row.kind, row.at, row.leaf, int(row.is_own)
    )


def event_row(event: NewEvent, *, case: CaseId, version: int, leaf: int, own: bool) -> models.Event:
    """Return an event's row, still without its sealed value and entry."""
    return models.Event(
        leaf=leaf,
        case=case.text,
        version=version,
        event=event.id.text,
        kind=event.kind,
        at=micros(event.at),
        is_own=own,
    )


# --- outbox and inbox ----------------------------------------------------------------------------


def envelope_place(row: models.Outbox) -> bytes:
    """Return what a sealed envelope is bound to."""
    return place("outbox", row.thread, row.message, row.sequence, row.peer, int(row.is_own))


def outbox_row(message: Outgoing, *, own: bool) -> models.Outbox:
    """Return a message's row, still without envelope and mark."""
    return models.Outbox(
        message=message.id.text,
        thread=message.thread.text,
        kind=message.kind.value,
        sequence=message.sequence,
        recipient=message.recipient.text,
        peer=message.recipient.state.text,
        lane=LANES.index(message.lane),
        created_at=micros(message.created_at),
        expires_at=micros(message.expires_at),
        ready_at=micros(message.created_at),
        is_own=own,
    )


def outbox_mark(key: MasterKey, row: models.Outbox) -> bytes:
    """Return the mark over all of an outbox row that does not change with a lease."""
    return key.mark(
        "outbox",
        *(row.message, row.thread, row.kind, row.sequence, row.recipient, row.peer),
        *(row.lane, row.created_at, row.expires_at, int(row.is_own), bytes(row.envelope)),
        *(int(row.is_open), row.outcome, bytes(row.receipt)),
    )


def require_outbox(row: models.Outbox, key: MasterKey) -> None:
    """Refuse a row of the outbox that is not as it was written: Integrity ``journal.damaged``."""
    if bytes(row.mark) != outbox_mark(key, row):
        raise damaged("outbox", row.message)


def outgoing_of(row: models.Outbox, envelope: bytes, key: MasterKey) -> Outgoing:
    """Return the message of a row.  Raises Integrity ``journal.damaged``."""
    require_outbox(row, key)
    return Outgoing(
        id=MessageId.parse(row.message),
        thread=CaseId.parse(row.thread),
        kind=MessageKind(row.kind),
        sequence=row.sequence,
        recipient=AuthorityId.parse(row.recipient),
        lane=LANES[row.lane],
        created_at=instant_of(row.created_at),
        expires_at=instant_of(row.expires_at),
        envelope=envelope,
    )


def inbox_row(message: Incoming, key: MasterKey) -> models.Inbox:
    """Return a received message's row."""
    row = models.Inbox(
        peer=message.sender.state.text,
        message=message.id.text,
        sender=message.sender.text,
        thread=message.thread.text,
        sequence=message.sequence,
        sha256=message.sha256.raw,
        received_at=micros(message.received_at),
        outcome=message.outcome.value,
        code=message.code,
        receipt=message.receipt,
        keep_until=micros(message.keep_until),
    )
    row.mark = inbox_mark(key, row)
    return row


def inbox_mark(key: MasterKey, row: models.Inbox) -> bytes:
    """Return the mark over an inbox row."""
    return key.mark(
        "inbox",
        *(row.peer, row.message, row.sender, row.thread, row.sequence, bytes(row.sha256)),
        *(row.received_at, row.outcome, row.code, bytes(row.receipt), row.keep_until),
    )


def incoming_of(row: models.Inbox, key: MasterKey) -> Incoming:
    """Return the received message of a row.  Raises Integrity ``journal.damaged``."""
    if bytes(row.mark) != inbox_mark(key, row):
        raise damaged("inbox", row.message)
    return Incoming(
        id=MessageId.parse(row.message),
        sender=AuthorityId.parse(row.sender),
        thread=CaseId.parse(row.thread),
        sequence=row.sequence,
        sha256=Digest(bytes(row.sha256)),
        received_at=instant_of(row.received_at),
        outcome=ReceiptOutcome(row.outcome),
        code=row.code,
        receipt=bytes(row.receipt),
        keep_until=instant_of(row.keep_until),
    )


# --- pins ----------------------------------------------------------------------------------------


def pin_row(peer: StateCode, pins: PeerPins, key: MasterKey) -> models.Pin:
    """Return the row of what a State has shown to speak."""
    row = models.Pin(peer=peer.text, pins=encode_pins(pins))
    row.mark = pin_mark(key, row)
    return row


def pin_mark(key: MasterKey, row: models.Pin) -> bytes:
    """Return the mark over a row of pins."""
    return key.mark("pin", row.peer, bytes(row.pins))


def pins_of(row: models.Pin, key: MasterKey) -> PeerPins:
    """Return the pins of a row.  Raises Integrity ``journal.damaged``."""
    if bytes(row.mark) != pin_mark(key, row):
        raise damaged("pin", row.peer)
    return parse_pins(bytes(row.pins))


# --- transfers and chores ------------------------------------------------------------------------


def arrival_row(arrival: Arrival, key: MasterKey) -> models.Arrival:
    """Return the row of an announced transfer."""
    row = models.Arrival(
        transfer=arrival.id.text,
        case=arrival.case.text,
        peer=arrival.peer.text,
        sealed=encode_json(encode_sealed_object(arrival.sealed)),
    )
    row.mark = arrival_mark(key, row)
    return row


def arrival_mark(key: MasterKey, row: models.Arrival) -> bytes:
    """Return the mark over an arrival's row."""
    return key.mark("arrival", row.transfer, row.case, row.peer, bytes(row.sealed))


def arrival_of(row: models.Arrival, key: MasterKey) -> Arrival:
    """Return the transfer of a row.  Raises Integrity ``journal.damaged``."""
    if bytes(row.mark) != arrival_mark(key, row):
        raise damaged("arrival", row.transfer)
    return Arrival(
        id=TransferId.parse(row.transfer),
        case=CaseId.parse(row.case),
        peer=StateCode.parse(row.peer),
        sealed=sealed_of(bytes(row.sealed)),
    )


def object_row(case: CaseId, sealed: SealedObject, key: MasterKey) -> models.VaultObject:
    """Return the row of what the vault holds for a case."""
    row = models.VaultObject(case=case.text, sealed=encode_json(encode_sealed_object(sealed)))
    row.mark = object_mark(key, row)
    return row


def object_mark(key: MasterKey, row: models.VaultObject) -> bytes:
    """Return the mark over a vault object's row."""
    return key.mark("object", row.case, bytes(row.sealed))


def require_object(row: models.VaultObject, key: MasterKey) -> None:
    """Refuse a vault object that is not as it was written: Integrity ``journal.damaged``."""
    if bytes(row.mark) != object_mark(key, row):
        raise damaged("object", str(row.pk))


def sealed_of(value: bytes) -> SealedObject:
    """Return the sealed object that a row holds.  Raises Integrity ``journal.damaged``."""
    try:
        return parse_sealed_object(parse_canonical(value))
    except Malformed:
        raise damaged("object", "sealed") from None


def chore_row(chore: NewChore, key: MasterKey) -> models.Chore:
    """Return the row of a chore."""
    at = micros(chore.not_before)
    row = models.Chore(
        kind=chore.kind.value,
        case=chore.case.text,
        subject=chore.subject,
        not_before=at,
        ready_at=at,
    )
    row.mark = chore_mark(key, row)
    return row


def chore_mark(key: MasterKey, row: models.Chore) -> bytes:
    """Return the mark over all of a chore's row that does not change with a lease."""
    return key.mark("chore", row.kind, row.case, row.subject, row.not_before, int(row.is_open))


def require_chore(row: models.Chore, key: MasterKey) -> None:
    """Refuse a chore that is not as it was written: Integrity ``journal.damaged``."""
    if bytes(row.mark) != chore_mark(key, row):
        raise damaged("chore", str(row.pk))


def chore_of(row: models.Chore, key: MasterKey) -> NewChore:
    """Return the chore of a row.  Raises Integrity ``journal.damaged``."""
    require_chore(row, key)
    return NewChore(
        kind=ChoreKind(row.kind),
        case=CaseId.parse(row.case),
        subject=row.subject,
        not_before=instant_of(row.not_before),
    )


def answer_mark(key: MasterKey, row: models.Answer) -> bytes:
    """Return the mark over an answer's row."""
    return key.mark(
        "answer",
        *(row.scope, row.key, bytes(row.request_sha256), row.case, bytes(row.sealed)),
    )


# --- the read model ------------------------------------------------------------------------------


def case_row(summary: CaseSummary, key: MasterKey) -> models.CaseRow:
    """Return a case as the table of lists holds it."""
    due = summary.next_due
    row = models.CaseRow(
        case=summary.case_id.text,
        kind=summary.kind,
        side=summary.side.value,
        own=summary.own.text,
        peer=summary.peer.text,
        peer_state=summary.peer.state.text,
        state=summary.state,
        lane=LANES.index(summary.lane),
        exercise=summary.exercise,
        opened_at=micros(summary.opened_at),
        changed_at=micros(summary.changed_at),
        version=summary.version,
        due_at=micros(due.at) if due else models.NEVER,
        due_clock=due.clock if due else "",
        due_rule=due.rule if due else "",
    )
    row.mark = case_mark(key, row)
    return row


def case_mark(key: MasterKey, row: models.CaseRow) -> bytes:
    """Return the mark over a row of lists."""
    return key.mark(
        "case",
        *(row.case, row.kind, row.side, row.own, row.peer, row.peer_state, row.state, row.lane),
        *(int(row.exercise), row.opened_at, row.changed_at, row.version),
        *(row.due_at, row.due_clock, row.due_rule),
    )


def summary_of(row: models.CaseRow, key: MasterKey) -> CaseSummary:
    """Return the case of a row.  Raises Integrity ``journal.damaged``."""
    if bytes(row.mark) != case_mark(key, row):
        raise damaged("list", row.case)
    due = None
    if row.due_at != models.NEVER:
        due = Due(clock=row.due_clock, at=instant_of(row.due_at), rule=row.due_rule)
    return CaseSummary(
        case_id=CaseId.parse(row.case),
        kind=row.kind,
        side=Side(row.side),
        own=AuthorityId.parse(row.own),
        peer=AuthorityId.parse(row.peer),
        state=row.state,
        lane=LANES[row.lane],
        exercise=row.exercise,
        opened_at=instant_of(row.opened_at),
        changed_at=instant_of(row.changed_at),
        version=row.version,
        next_due=due,
    )


# --- officers and their tokens -------------------------------------------------------------------


def officer_mark(key: MasterKey, row: OfficerRow) -> bytes:
    """Return the mark over an officer's row."""
    return key.mark("officer", row.officer, row.authority, row.duties, row.added_at)


def token_mark(key: MasterKey, row: TokenRow) -> bytes:
    """Return the mark over a token's row."""
    return key.mark(
        "token",
        *(row.token, row.officer, bytes(row.sha256), row.scopes),
        *(row.issued_at, row.expires_at, row.revoked_at),
    )


# --- our own heads that others cosigned -----------------------------------------------------------


def cosigned_mark(key: MasterKey, row: models.Cosigned) -> bytes:
    """Return the mark over a head of ours that somebody has cosigned."""
    return key.mark("cosigned", row.size, bytes(row.root), bytes(row.note))


def cosignature_mark(key: MasterKey, row: models.Cosignature) -> bytes:
    """Return the mark over a witness's line."""
    return key.mark("cosignature", row.name, row.size, bytes(row.line))


def asked_mark(key: MasterKey, row: models.AskedLog) -> bytes:
    """Return the mark over a question to another ledger."""
    return key.mark("asked", row.origin, bytes(row.note), row.asked)


def damaged(table: str, name: str) -> Integrity:
    """Return the error of a row that is not as it was written."""
    return Integrity(
        "journal.damaged",
        "{table} {name} is not as it was written; keep a copy of the database and run: "
        "longbien fsck",
        table=table,
        name=name,
    )
