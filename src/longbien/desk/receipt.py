"""Take the peer's receipt for one of our messages: believed, noted in the case, kept for good."""

from attrs import evolve, field, frozen

from longbien.casework.commands import MachineNotesReceipt
from longbien.casework.life import decide
from longbien.channel.envelope import OpenedReceipt, open_message, open_receipt
from longbien.channel.message import Receipt
from longbien.channel.receipts import Posted, require_receipt
from longbien.channel.wire import parse_answer
from longbien.desk.acting import retried
from longbien.desk.changes import change_of, load_file
from longbien.desk.gossip import learn
from longbien.desk.office import Office
from longbien.desk.ports import LeasedMessage, Settling
from longbien.desk.records import Alarm
from longbien.ledger.checkpoints import Head
from longbien.primitives.errors import Refused


@frozen(kw_only=True)
class Settled:
    """A message that the recipient has signed for."""

    receipt: Receipt
    signed: bytes = field(repr=False)
    flags: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()


def take_receipt(
    office: Office, leased: LeasedMessage, body: bytes, *, shown: Head | None = None
) -> Settled:
    """Take the body of a 200 that answers a posted message; ``shown`` as ``post`` has told it.

    1. Take it apart; believe the receipt (``channel.receipts.require_receipt``) or refuse it:
       then the message stays in the outbox.
    2. Note the receipt in the case and settle the outbox row with its very bytes: one change.
       A repeated one changes nothing in the case; where another worker has the row by now it is
       noted all the same, and where the case was erased the row alone is settled.
    3. Learn from the gossip, last: nothing in it can cost us the receipt.

    A stop between them is mended by the next attempt.  Raises Malformed, Refused
    ``receipt.…``, ``lease.stale`` where another worker has the row by now; Unavailable
    ``store.stopped``, ``desk.too-busy``, ``ledger.behind-witness``.
    """
    answer = parse_answer(body)
    opened = open_receipt(answer.receipt)
    flags = _believe(office, leased, opened)  # 1
    _settle(office, leased, opened)  # 2
    peer = leased.message.recipient.state
    learnt = learn(office, peer, answer.gossip, shown=shown, waits=False)  # 3
    return Settled(receipt=opened.receipt, signed=answer.receipt, flags=flags, alarms=learnt.alarms)


def _believe(office: Office, leased: LeasedMessage, opened: OpenedReceipt) -> tuple[str, ...]:
    signed = leased.message.envelope
    _, message = open_message(signed)
    posted = Posted.of(message, signed=signed)
    book, now = office.book(), office.clock()
    return require_receipt(opened, posted=posted, book=book, now=now).flags


def _settle(office: Office, leased: LeasedMessage, opened: OpenedReceipt) -> None:
    receipt = opened.receipt
    settling = Settling(
        message=leased.message.id,
        fence=leased.fence,
        receipt=opened.signed,
        outcome=receipt.outcome,
    )
    try:
        retried(office, lambda: _note(office, leased, receipt, settling))
    except Refused as error:
        if error.code == "lease.stale":
            retried(office, lambda: _note(office, leased, receipt, None))
        # a case whose key is destroyed needs no notes; its messages still get their receipts
        if error.code != "case.erased":
            raise
        office.queue.settle_message(leased, receipt=opened.signed, outcome=receipt.outcome)


def _note(
    office: Office, leased: LeasedMessage, receipt: Receipt, settling: Settling | None
) -> None:
    note = MachineNotesReceipt(
        number=leased.message.sequence,
        received_at=receipt.received_at,
        outcome=receipt.outcome,
        code=receipt.code,
    )
    file, now = load_file(office, leased.message.thread), office.clock()
    if file.case is None:
        raise Refused("desk.no-such-case", "there is no such case")
    decision = decide(file.case, note, officer=None, now=now, policy=office.policy)
    change = change_of(office, file, decision, now=now)
    if change.events or settling:
        office.journal.commit(evolve(change, settles=settling))
