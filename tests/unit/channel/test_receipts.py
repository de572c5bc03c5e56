from datetime import timedelta

import pytest
from attrs import evolve

from channel_world import BOOK, IL, IL_POINT, VN, VN_POINT, after, message_of, opened_of, receipt_of
from longbien.channel.envelope import OpenedReceipt, open_receipt, sign_receipt
from longbien.channel.message import Receipt, ReceiptOutcome
from longbien.channel.receipts import Believed, Posted, receipt_for, require_receipt
from longbien.directory.entry import RevocationReason, StateEntry
from longbien.exercise.states import NOW, SignerPair, make_book
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant

OPENED = opened_of()
POSTED = Posted.of(message_of(), signed=OPENED.signed)
RECEIPT = receipt_for(OPENED, at=NOW, commitments=(bytes(33),))


def signed(receipt: Receipt = RECEIPT, pair: SignerPair | None = None) -> OpenedReceipt:
    """Return a receipt signed by VN's contact point, or by somebody else."""
    signers = (pair or VN.contact_point.signers).both
    return open_receipt(sign_receipt(receipt, signers=signers))


def refusal_of(receipt: Receipt, *, earlier: Receipt | None = None) -> str:
    """Return the code with which a signed receipt is refused."""
    with pytest.raises(Refused) as caught:
        require_receipt(signed(receipt), posted=POSTED, book=BOOK, now=NOW, earlier=earlier)
    return caught.value.code


def test_a_receipt_says_what_became_of_a_message() -> None:
    """It names the message, its bytes, both sides and the time."""
    assert receipt_for(OPENED, at=after(5)) == Receipt(
        message=OPENED.message.id,
        message_sha256=OPENED.sha256,
        sender=VN_POINT,
        recipient=IL_POINT,
        received_at=after(5),
        outcome=ReceiptOutcome.ACCEPTED,
    )
    refused = receipt_for(OPENED, at=NOW, code="message.expired")
    assert refused.outcome is ReceiptOutcome.REFUSED
    assert refused.code == "message.expired"


def test_what_the_outbox_knows() -> None:
    """The digest is over the signed envelope."""
    assert (
        Posted(id=OPENED.message.id, sha256=OPENED.sha256, sender=IL_POINT, recipient=VN_POINT)
        == POSTED
    )


def test_a_good_receipt_is_believed() -> None:
    """Signed by the recipient, over the very bytes."""
    found = require_receipt(signed(), posted=POSTED, book=BOOK, now=NOW)

    assert found == Believed(receipt=RECEIPT)


def test_a_receipt_for_another_message_settles_nothing() -> None:
    """The id must be the posted one."""
    assert refusal_of(evolve(RECEIPT, message=message_of(2).id)) == "receipt.other-message"


@pytest.mark.parametrize("side", ["sender", "recipient"])
def test_a_receipt_is_between_the_same_two(side: str) -> None:
    """It comes from the recipient and goes to the sender."""
    other = VN.offices["central-authority"].id
    assert refusal_of(evolve(RECEIPT, **{side: other})) == "receipt.other-parties"


def test_a_receipt_is_over_the_posted_bytes() -> None:
    """Another digest settles nothing."""
    changed = evolve(RECEIPT, message_sha256=Digest.of(b"x"))
    assert refusal_of(changed) == "receipt.other-digest"


def test_the_recipient_signs_its_receipts() -> None:
    """The sender's own key, or another authority's, is not the recipient's."""
    for pair in (IL.contact_point.signers, VN.offices["central-authority"].signers):
        with pytest.raises(Refused) as caught:
            require_receipt(signed(pair=pair), posted=POSTED, book=BOOK, now=NOW)
        assert caught.value.code == "receipt.not-signed"


def test_the_key_was_good_at_the_time_of_the_receipt() -> None:
    """A receipt dated before the key began is not signed."""
    early = evolve(RECEIPT, received_at=NOW.plus(timedelta(days=-2)))
    assert refusal_of(early) == "receipt.not-signed"


def revoked_at(at: Instant) -> SignerPair:
    """Return a book in which VN's keys are revoked at that instant."""

    def change(entry: StateEntry) -> StateEntry:
        return evolve(
            entry,
            authorities=tuple(
                evolve(
                    one,
                    signing_keys=tuple(
                        evolve(key, revoked_at=at, reason=RevocationReason.KEY_COMPROMISE)
                        for key in one.signing_keys
                    ),
                )
                for one in entry.authorities
            ),
        )

    return make_book(IL, VN.renewed(change), now=after(3600))


def test_a_revoked_key_gives_no_receipt() -> None:
    """Seen first after the revocation, a receipt may be a thief's."""
    book = revoked_at(after(60))

    with pytest.raises(Refused) as caught:
        require_receipt(signed(), posted=POSTED, book=book, now=after(60))
    assert caught.value.code == "receipt.key-revoked"
    assert require_receipt(signed(), posted=POSTED, book=book, now=after(59)).receipt == RECEIPT


def test_two_receipts_say_the_same() -> None:
    """Another outcome contradicts; another time, after a restore, does not."""
    refused = receipt_for(OPENED, at=NOW, code="message.expired")
    later = evolve(RECEIPT, received_at=after(9), commitments=())

    assert refusal_of(refused, earlier=RECEIPT) == "receipt.contradiction"
    found = require_receipt(signed(later), posted=POSTED, book=BOOK, now=NOW, earlier=RECEIPT)
    assert found.receipt == later


@pytest.mark.parametrize(("seconds", "flags"), [(120, ()), (121, ("clock.skew",))])
def test_a_wrong_clock_costs_no_receipt(seconds: int, flags: tuple[str, ...]) -> None:
    """It is told, and the receipt counts."""
    for now in (after(seconds), after(-seconds)):
        found = require_receipt(signed(), posted=POSTED, book=BOOK, now=now)
        assert found == Believed(receipt=RECEIPT, flags=flags)


def test_the_sample_receipt_is_of_the_sample_message() -> None:
    """The world's receipt names the world's message."""
    assert receipt_of().message == message_of().id
