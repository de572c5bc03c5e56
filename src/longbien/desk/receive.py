"""Receive a sealed message from another State's node: one effect, one receipt, for ever.

The peer endpoint gives the bytes in and sends the answer out; it must not answer before
``receive`` has returned, for only then is it durable what the receipt says.
"""

from typing import Final

from attrs import evolve, field, frozen

from longbien.casework.case import Decision
from longbien.casework.life import receive as decide_on
from longbien.channel.envelope import OpenedMessage, open_frame, sign_receipt
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.channel.receipts import receipt_for
from longbien.channel.refusals import error_of
from longbien.channel.rules import (
    Admitted,
    Delivery,
    Door,
    Judgement,
    Known,
    Refusal,
    Repeated,
    judge_message,
)
from longbien.channel.transfer import require_room
from longbien.channel.wire import Answer, encode_answer
from longbien.desk.acting import retried
from longbien.desk.changes import File, change_of, load_file
from longbien.desk.gossip import Learnt, learn, tell
from longbien.desk.office import Office
from longbien.desk.ports import Change, Incoming
from longbien.desk.records import Alarm, note_alarm, require_case_id
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import CaseId, MessageId, StateCode

_TAKEN: Final = "arrival.taken"  # the id of a transfer that means another one already


@frozen(kw_only=True)
class Received:
    """What to answer, and what has come of it."""

    answer: bytes = field(repr=False)
    """The body of a 200: receipt and gossip."""

    message: MessageId
    thread: CaseId
    lane: Lane
    outcome: ReceiptOutcome
    code: str
    """Why it was refused; empty when it was accepted."""

    is_repeated: bool
    """A copy of what was received before: nothing was done."""

    flags: tuple[str, ...] = ()
    """Codes to show and record, as ``clock.skew``."""

    alarms: tuple[Alarm, ...] = ()


@frozen(kw_only=True)
class _Reception:
    """One message, on its way through this module."""

    opened: OpenedMessage
    delivery: Delivery
    learnt: Learnt
    pins: PeerPins
    flags: tuple[str, ...]
    is_repeated: bool


def receive(office: Office, sealed: bytes, /, *, peer: StateCode, lane: Lane) -> Received:
    """Take a sealed message in.

    1. Open it; nothing of it is believed yet.
    2. Judge it (``channel.rules.judge_message``).  What is refused without a signed word is
       raised, and leaves nothing behind: Refused or Malformed with the rule's code, Unavailable
       ``thread.gap`` with the number that is awaited.
    3. Learn from the gossip that came with it; a node that is behind stops here.
    4. A copy gets the very receipt that was kept.
    5. Let ``casework`` decide, or refuse.
    6. Commit events, inbox row, receipt, pins and what is to be sent: one change.
    7. Answer with the receipt, and with gossip of this moment.

    ``peer`` is the State whose certificate was shown, ``lane`` what the header said.  Raises
    also Unavailable ``store.stopped``, ``ledger.behind-witness``, ``transfer.no-room``,
    ``desk.too-busy``.
    """
    opened = open_frame(sealed, identities=office.identities_for(peer))  # 1
    office.written_to[peer] = opened.message.recipient  # a hint: believed for nothing
    return retried(office, lambda: _receive_once(office, opened, peer=peer, lane=lane))


def _receive_once(
    office: Office, opened: OpenedMessage, *, peer: StateCode, lane: Lane
) -> Received:
    delivery = Delivery(peer=peer, lane=lane, at=office.clock())
    kept = office.journal.find_incoming(peer, opened.message.id)
    held = _pins(office, peer)
    judgement = _judge(office, opened, delivery, kept, held)  # 2
    _require_judged(office, opened, judgement)
    reception = _Reception(
        opened=opened,
        delivery=delivery,
        learnt=learn(office, peer, opened.gossip),  # 3
        pins=judgement.pins if isinstance(judgement, Admitted) else held,
        flags=() if isinstance(judgement, Repeated) else judgement.flags,
        is_repeated=isinstance(judgement, Repeated),
    )
    if kept:  # 4: only a copy gets as far as this with a receipt kept
        return _answered(office, reception, kept)
    if isinstance(judgement, Refusal):
        return _refuse(office, reception, judgement.code)
    return _decide(office, reception)


# --- judging -----------------------------------------------------------------------------------


def _pins(office: Office, peer: StateCode) -> PeerPins:
    minimum = office.book().minimum(peer)
    held = office.journal.pins(peer) or PeerPins()
    return held.raised_to(protocol=minimum.protocol, suite=minimum.suite)


def _judge(
    office: Office,
    opened: OpenedMessage,
    delivery: Delivery,
    kept: Incoming | None,
    pins: PeerPins,
) -> Judgement:
    numbers = office.journal.numbers(opened.message.thread, delivery.peer)
    return judge_message(
        opened,
        door=Door(authorities=frozenset(office.seats), exercise=office.exercise),
        delivery=delivery,
        book=office.book(),
        pins=pins,
        known=Known(sha256=kept.sha256 if kept else None, received=numbers.received),
    )


def _require_judged(office: Office, opened: OpenedMessage, judgement: Judgement) -> None:
    if isinstance(judgement, Repeated):
        return
    if isinstance(judgement, Refusal) and not judgement.is_judged:
        if judgement.is_evidence:
            _note_evidence(office, opened, judgement)
        raise error_of(judgement)
    require_case_id(opened.message.thread)


def _note_evidence(office: Office, opened: OpenedMessage, refusal: Refusal) -> None:
    # once for each State and code: enough to call them, and no way to fill our disk
    message = opened.message
    facts = (("message", str(message.id)), ("sha256", opened.sha256.hex))
    subject = str(message.sender.state)
    note_alarm(office, Alarm(code=refusal.code, subject=subject, facts=facts))


# --- deciding ----------------------------------------------------------------------------------


def _decide(office: Office, reception: _Reception) -> Received:
    message, now = reception.opened.message, reception.delivery.at
    try:
        file = load_file(office, message.thread)
        decision = decide_on(file.case, message, own=message.recipient, now=now)
    except (Refused, Malformed) as error:
        return _refuse(office, reception, error.code)
    for one in decision.announcements:
        free, reserve = office.vault.free_bytes(), office.settings.vault_reserve
        require_room(one.sealed, free_bytes=free, reserve=reserve)
    return _accept(office, reception, file, decision)


def _accept(office: Office, reception: _Reception, file: File, decision: Decision) -> Received:
    change = change_of(office, file, decision, now=reception.delivery.at)
    commitments = tuple(
        encode_entry(EntryKind.EVENT, event.salt, event.body) for event in change.events
    )
    incoming = _incoming(office, reception, commitments=commitments)
    try:
        office.journal.commit(evolve(change, incoming=incoming, pins=reception.pins))
    except Refused as error:
        if error.code != _TAKEN:
            raise
        return _refuse(office, reception, error.code)
    return _answered(office, reception, incoming)


def _refuse(office: Office, reception: _Reception, code: str) -> Received:
    incoming = _incoming(office, reception, code=code)
    # nothing of the case changes, so its version is not asked about
    office.journal.commit(Change(case=incoming.thread, expected_version=0, incoming=incoming))
    return _answered(office, reception, incoming)


def _incoming(
    office: Office,
    reception: _Reception,
    *,
    code: str = "",
    commitments: tuple[bytes, ...] = (),
) -> Incoming:
    opened, now = reception.opened, reception.delivery.at
    receipt = receipt_for(opened, at=now, code=code, commitments=commitments)
    seat = office.seat_of(opened.message.recipient)
    return Incoming(
        id=opened.message.id,
        sender=opened.message.sender,
        thread=opened.message.thread,
        sequence=opened.message.sequence,
        sha256=opened.sha256,
        received_at=now,
        outcome=receipt.outcome,
        code=code,
        receipt=sign_receipt(receipt, signers=seat.signers),
        keep_until=opened.message.expires_at.plus(office.settings.restore_reach),
    )


def _answered(office: Office, reception: _Reception, incoming: Incoming) -> Received:
    peer, learnt = reception.delivery.peer, reception.learnt
    gossip = tell(office, peer, told=learnt.told)
    return Received(
        answer=encode_answer(Answer(receipt=incoming.receipt, gossip=gossip)),
        message=incoming.id,
        thread=incoming.thread,
        lane=reception.opened.message.lane,
        outcome=incoming.outcome,
        code=incoming.code,
        is_repeated=reception.is_repeated,
        flags=reception.flags,
        alarms=learnt.alarms,
    )
