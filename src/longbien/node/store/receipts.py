"""The signed receipts of a case, both ways: theirs for our messages, ours for theirs."""

from typing import Final

from attrs import field, frozen

from longbien.channel.message import ReceiptOutcome
from longbien.node.store import models, rows
from longbien.node.store.opening import Store
from longbien.primitives.ids import CaseId, MessageId

UNKNOWN: Final = ""
"""The kind of a message that was received: the inbox keeps its receipt, the journal the rest."""


@frozen(kw_only=True)
class KeptReceipt:
    """A receipt as it was signed."""

    message: MessageId
    kind: str
    number: int
    """Of the message, among its sender's in the case."""

    is_ours: bool
    """True: the message was ours, the other State's node has signed."""

    outcome: ReceiptOutcome
    document: bytes = field(repr=False)


def receipts_of(store: Store, case: CaseId) -> tuple[KeptReceipt, ...]:
    """Return all receipts of a case, ours for their messages last.

    Raises Integrity ``journal.damaged``; Unavailable ``store.stopped``.
    """
    with store.health.reading() as using:
        sent = tuple(
            models.Outbox.objects.using(using)
            .filter(thread=case.text, is_open=False)
            .order_by("sequence")
        )
        received = tuple(
            models.Inbox.objects.using(using).filter(thread=case.text).order_by("sequence")
        )
    theirs = [_sent(store, row) for row in sent if row.receipt]
    return (*theirs, *(_received(store, row) for row in received))


def _sent(store: Store, row: models.Outbox) -> KeptReceipt:
    rows.require_outbox(row, store.keys.master)
    return KeptReceipt(
        message=MessageId.parse(row.message),
        kind=row.kind,
        number=row.sequence,
        is_ours=True,
        outcome=ReceiptOutcome(row.outcome),
        document=bytes(row.receipt),
    )


def _received(store: Store, row: models.Inbox) -> KeptReceipt:
    found = rows.incoming_of(row, store.keys.master)
    return KeptReceipt(
        message=found.id,
        kind=UNKNOWN,
        number=found.sequence,
        is_ours=False,
        outcome=found.outcome,
        document=found.receipt,
    )
