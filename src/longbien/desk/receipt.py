"""Take the peer's receipt for one of our messages: believed, noted in the case, kept for good."""

from attrs import field, frozen

from longbien.casework.commands import MachineNotesReceipt
from longbien.channel.envelope import OpenedReceipt, open_message, open_receipt
from longbien.channel.message import Receipt
from longbien.channel.receipts import Posted, require_receipt
from longbien.channel.wire import parse_answer
from longbien.desk.acting import act
from longbien.desk.gossip import learn
from longbien.desk.office import Office
from longbien.desk.ports import LeasedMessage
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
    2. Note the receipt in the case.  A repeated one changes nothing there.
    3. Settle the outbox row with the very bytes of the receipt.
    4. Learn from the gossip, last: nothing in it can cost us the receipt.

    A stop between any two of them is mended by the next attempt.  Raises Malformed, Refused
    ``receipt.…``, ``lease.stale`` where another worker has the row by now; Unavailable
    ``store.stopped``, ``desk.too-busy``, ``ledger.behind-witness``.
    """
    answer = parse_answer(body)
    opened = open_receipt(answer.receipt)
    flags = _believe(office, leased, opened)  # 1
    _note(office, leased, opened.receipt)  # 2
    office.queue.settle_message(  # 3
        leased, receipt=answer.receipt, outcome=opened.receipt.outcome
    )
    learnt = learn(office, leased.message.recipient.state, answer.gossip, shown=shown)  # 4
    return Settled(receipt=opened.receipt, signed=answer.receipt, flags=flags, alarms=learnt.alarms)


def _believe(office: Office, leased: LeasedMessage, opened: OpenedReceipt) -> tuple[str, ...]:
    signed = leased.message.envelope
    _, message = open_message(signed)
    posted = Posted.of(message, signed=signed)
    book, now = office.book(), office.clock()
    return require_receipt(opened, posted=posted, book=book, now=now).flags


def _note(office: Office, leased: LeasedMessage, receipt: Receipt) -> None:
    note = MachineNotesReceipt(
        number=leased.message.sequence,
        received_at=receipt.received_at,
        outcome=receipt.outcome,
        code=receipt.code,
    )
    try:
        act(office, leased.message.thread, note, by=None)
    except Refused as error:
        # a case whose key is destroyed needs no notes; its messages still get their receipts
        if error.code != "case.erased":
            raise
