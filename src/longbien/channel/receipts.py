"""Receipts: making one for a judged message, and believing one for a message that was posted.

The sender of a message never lets it go without this signed word (``outbound``).
"""

from attrs import evolve, frozen

from longbien.channel.envelope import OpenedMessage, OpenedReceipt
from longbien.channel.message import Message, Receipt, ReceiptOutcome
from longbien.channel.rules import SKEW_FLAGGED, KeyBook, is_revoked
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId, MessageId
from longbien.primitives.instants import Instant
from longbien.trust.dsse import find_hybrid


def receipt_for(
    opened: OpenedMessage, *, at: Instant, code: str = "", commitments: tuple[bytes, ...] = ()
) -> Receipt:
    """Return the receipt for a judged message; with a ``code`` it says that it was refused."""
    message = opened.message
    return Receipt(
        message=message.id,
        message_sha256=opened.sha256,
        sender=message.recipient,
        recipient=message.sender,
        received_at=at,
        outcome=ReceiptOutcome.REFUSED if code else ReceiptOutcome.ACCEPTED,
        code=code,
        commitments=commitments,
    )


@frozen(kw_only=True)
class Posted:
    """What the outbox knows about a message that was posted."""

    id: MessageId
    sha256: Digest
    """Over the signed envelope."""

    sender: AuthorityId
    recipient: AuthorityId

    @classmethod
    def of(cls, message: Message, *, signed: bytes) -> "Posted":
        """Take it from the message and its envelope."""
        return cls(
            id=message.id,
            sha256=Digest.of(signed),
            sender=message.sender,
            recipient=message.recipient,
        )


@frozen(kw_only=True)
class Believed:
    """A receipt that settles a message."""

    receipt: Receipt
    flags: tuple[str, ...] = ()
    """``clock.skew``: its time is more than 120 s off; it counts all the same."""


def require_receipt(
    opened: OpenedReceipt,
    *,
    posted: Posted,
    book: KeyBook,
    now: Instant,
    earlier: Receipt | None = None,
) -> Believed:
    """Believe a receipt, or refuse it; a message whose receipt is refused stays in the outbox.

    1. It names the message: ``receipt.other-message``.
    2. It is from the message's recipient to its sender: ``receipt.other-parties``.
    3. It is over the very bytes that were posted: ``receipt.other-digest``.
    4. Both signatures, by one pair of keys of the recipient that the directory holds valid at
       the time it states: ``receipt.not-signed``; not revoked by now: ``receipt.key-revoked``.
    5. It does not contradict an ``earlier`` one: ``receipt.contradiction``, which is evidence.
       After a restore the recipient may give a second one that says the same of a later time.

    A clock that is wrong never costs a receipt: it is flagged only.  Raises Refused.
    """
    receipt = opened.receipt
    if receipt.message != posted.id:  # 1
        raise Refused("receipt.other-message", "the receipt is for another message")
    if (receipt.sender, receipt.recipient) != (posted.recipient, posted.sender):  # 2
        raise Refused("receipt.other-parties", "the receipt is not from the recipient to us")
    if receipt.message_sha256 != posted.sha256:  # 3
        raise Refused("receipt.other-digest", "the receipt is over other bytes than were posted")
    _require_signed(opened, book, now)  # 4
    if earlier is not None and _says(earlier) != _says(receipt):  # 5
        raise Refused(
            "receipt.contradiction", "the recipient has signed two receipts that contradict"
        )
    skew = abs(receipt.received_at.moment - now.moment)
    return Believed(receipt=receipt, flags=("clock.skew",) if skew > SKEW_FLAGGED else ())


def _require_signed(opened: OpenedReceipt, book: KeyBook, now: Instant) -> None:
    receipt = opened.receipt
    pairs = book.find_signing_keys(receipt.sender, receipt.received_at)
    signed = find_hybrid(opened.envelope, pairs)
    if not signed:
        raise Refused(
            "receipt.not-signed", "the receipt does not bear both signatures of the recipient"
        )
    if all(is_revoked(pair, book, now) for pair in signed):
        raise Refused("receipt.key-revoked", "the key that signed the receipt is revoked")


def _says(receipt: Receipt) -> Receipt:
    # what must be the same in every receipt for one message
    return evolve(receipt, received_at=Instant.from_unix(0), commitments=())
