"""Attacks on receipts, ledgers and transfers of the channel, one a test."""

import json

import pytest
from attrs import evolve

from channel_world import (
    BOOK,
    IL,
    IL_POINT,
    VN,
    VN_POINT,
    checkpoint,
    consistency_of,
    head_at,
    id_of,
    keys_of,
    message_of,
    opened_of,
    sealed_of,
    signed_of,
)
from ledger_cast import signed_by
from longbien.channel.envelope import (
    open_receipt,
    sign_document,
    sign_receipt,
)
from longbien.channel.gossip import Standing, View, decide_view, judge_seen
from longbien.channel.message import Message, MessageKind, ReceiptOutcome
from longbien.channel.outbound import OUTBOUND, Outbound, OutboundEvent
from longbien.channel.receipts import Posted, receipt_for, require_receipt
from longbien.channel.split_view import SplitView, encode_split_view, verify_split_view
from longbien.channel.transfer import (
    encode_sealed_object,
    parse_missing,
    parse_sealed_object,
    require_announced_to,
    require_part_size,
)
from longbien.channel.wire import (
    RECEIPT_TYPE,
    encode_receipt,
    parse_gossip,
)
from longbien.exercise.states import NOW, State, make_state
from longbien.ledger.checkpoints import SignedCheckpoint
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.verdict import Outcome

EVE = make_state("XX", seed=666)
GOOD = signed_of(message_of())


# --- receipts ------------------------------------------------------------------------------------

POSTED = Posted.of(message_of(), signed=GOOD)
RECEIPT = receipt_for(opened_of(signed=GOOD), at=NOW)


def receipt_code(receipt: object, *, state: State = VN, earlier: object = None) -> str:
    """Return the code with which IL refuses a receipt."""
    signed = sign_receipt(receipt, signers=state.contact_point.signers.both)  # type: ignore[arg-type]
    with pytest.raises(Refused) as caught:
        require_receipt(open_receipt(signed), posted=POSTED, book=BOOK, now=NOW, earlier=earlier)  # type: ignore[arg-type]
    return caught.value.code


def test_a_receipt_is_forged_by_a_stranger() -> None:
    """A message is not dropped for a stranger's word."""
    assert receipt_code(RECEIPT, state=EVE) == "receipt.not-signed"


def test_a_sender_writes_its_own_receipt() -> None:
    """Nobody proves delivery by his own word."""
    assert receipt_code(RECEIPT, state=IL) == "receipt.not-signed"


def test_a_receipt_for_a_message_that_was_never_sent() -> None:
    """A receipt settles the posted message alone."""
    never = evolve(RECEIPT, message=id_of(77))

    assert receipt_code(never) == "receipt.other-message"


def test_two_receipts_with_two_digests() -> None:
    """A recipient cannot receipt other words than were sent."""
    other = evolve(RECEIPT, message_sha256=Digest.of(b"other words"))

    assert receipt_code(other) == "receipt.other-digest"


def test_a_recipient_takes_its_word_back() -> None:
    """Accepted first and refused later: both receipts are evidence."""
    refused = evolve(RECEIPT, outcome=ReceiptOutcome.REFUSED, code="message.expired")

    assert receipt_code(refused, earlier=RECEIPT) == "receipt.contradiction"


def test_a_receipt_is_turned_around() -> None:
    """A receipt of IL to VN is none of VN to IL."""
    turned = evolve(RECEIPT, sender=IL_POINT, recipient=VN_POINT)

    assert receipt_code(turned, state=IL) == "receipt.other-parties"


def test_a_refusal_is_dressed_as_an_acceptance() -> None:
    """An acceptance with a code, or a refusal without one, has no meaning."""
    payload = encode_receipt(RECEIPT).replace(b'"code":""', b'"code":"message.expired"')
    signed = sign_document(
        payload, payload_type=RECEIPT_TYPE, signers=VN.contact_point.signers.both
    )

    with pytest.raises(Malformed) as caught:
        open_receipt(signed)
    assert caught.value.code == "channel.form"


def test_a_problem_document_ends_no_message() -> None:
    """Whoever can answer with an error cannot make the sender forget."""
    assert OUTBOUND.step(Outbound.POSTED, OutboundEvent.FAIL) is Outbound.QUEUED


# --- ledgers -------------------------------------------------------------------------------------


def view_of(
    recorded: SignedCheckpoint, received: SignedCheckpoint, **changes: object
) -> tuple[View, SplitView | None]:
    """Return what VN makes of a checkpoint of IL's ledger."""
    found = decide_view(recorded, received, log_keys=keys_of(IL), **{"consistency": None} | changes)
    return found.view, found.split


def test_a_ledger_shows_two_histories() -> None:
    """Same size, two roots: proved at once, to anybody."""
    view, split = view_of(checkpoint(IL, 5), checkpoint(IL, 5, fork=3))

    assert view is View.SPLIT
    assert split is not None
    verdict = verify_split_view(encode_split_view(split), keys=keys_of(IL))
    assert verdict.outcome is Outcome.PASSED


def test_a_ledger_is_rolled_back() -> None:
    """A smaller checkpoint never becomes the recorded one."""
    found = decide_view(
        checkpoint(IL, 9), checkpoint(IL, 4), consistency=None, log_keys=keys_of(IL)
    )

    assert found.view is View.OLDER
    assert found.record is None


def test_a_ledger_rewrites_and_grows() -> None:
    """Growth on another history is not recorded, and not cosigned."""
    view, _ = view_of(
        checkpoint(IL, 5), checkpoint(IL, 9, fork=3), consistency=consistency_of(5, 9)
    )

    assert view is View.UNPROVEN


def test_a_ledger_loses_one_of_its_signatures() -> None:
    """A checkpoint under the weaker key alone says nothing."""
    weak = signed_by(head_at(IL, 9), IL.log[0])
    view, _ = view_of(checkpoint(IL, 5), weak, consistency=consistency_of(5, 9))

    assert view is View.UNSIGNED


def test_a_peer_invents_a_checkpoint_of_a_third_state() -> None:
    """Gossip about others accuses nobody without that ledger's own signatures."""
    invented = signed_by(head_at(IL, 5, fork=1), *EVE.log)

    assert view_of(checkpoint(IL, 5), invented) == (View.UNSIGNED, None)


def test_a_split_view_is_invented() -> None:
    """An accuser without the ledger's signatures proves nothing."""
    fake = SplitView(first=checkpoint(IL, 5), second=signed_by(head_at(IL, 5, fork=1), *EVE.log))

    verdict = verify_split_view(encode_split_view(fake), keys=keys_of(IL))

    assert verdict.outcome is Outcome.FAILED


def test_a_peer_stops_us_by_a_lie() -> None:
    """A larger tree of ours that we never signed stops nothing."""
    lie = signed_by(head_at(VN, 99), *EVE.log)
    found = judge_seen(
        lie, own_keys=keys_of(VN), own_size=3, root_at=lambda size: head_at(VN, size).root
    )

    assert found.standing is Standing.NOT_OURS


def test_an_old_backup_is_restored_to_erase_a_case() -> None:
    """What a peer has seen of us, under our own signature, stops us."""
    found = judge_seen(
        checkpoint(VN, 9),
        own_keys=keys_of(VN),
        own_size=3,
        root_at=lambda size: head_at(VN, size).root,
    )

    assert found.standing is Standing.BEHIND


def test_gossip_is_used_as_a_flood() -> None:
    """Number and size of what is told are bounded."""
    value = json.loads(b"{}") | {
        "at": str(NOW),
        "checkpoint": "x",
        "consistency": None,
        "others": ["x"] * 1000,
        "seen": None,
    }
    with pytest.raises(Malformed):
        parse_gossip(encode_json(value))


# --- transfers -----------------------------------------------------------------------------------


def test_parts_are_pushed_that_nobody_announced() -> None:
    """Disk is given to announced transfers alone."""
    with pytest.raises(Refused) as caught:
        require_announced_to(None, peer=IL.code)
    assert caught.value.code == "transfer.unknown"


def test_parts_are_pushed_into_the_transfer_of_another() -> None:
    """The answer is the same as for one that does not exist."""
    with pytest.raises(Refused) as caught:
        require_announced_to(VN.code, peer=IL.code)
    assert caught.value.code == "transfer.unknown"


def test_a_part_is_larger_than_announced() -> None:
    """It is refused by its length, before it is read."""
    with pytest.raises(Refused) as caught:
        require_part_size(sealed_of(), index=0, length=2**40)
    assert caught.value.code == "transfer.size"


def test_an_object_claims_a_huge_number_of_parts() -> None:
    """The list of parts is bounded at 24 MiB by the announcement already."""
    value = encode_sealed_object(sealed_of()) | {"part_count": 2**50, "size": 2**52}
    with pytest.raises(Malformed) as caught:
        parse_sealed_object(value)
    assert caught.value.code == "transfer.sealed-sizes"


def test_a_receiver_asks_for_the_same_parts_again_and_again() -> None:
    """Overlapping runs would make a sender send more than the object."""
    data = b'{"header":false,"list":false,"missing":[[0,2],[0,2]],"through":2}'
    with pytest.raises(Malformed) as caught:
        parse_missing(data, sealed=sealed_of())
    assert caught.value.code == "transfer.missing-form"


def test_the_attacked_message_is_an_ordinary_one() -> None:
    """The sample is of the kind that matters most."""
    assert isinstance(message_of(), Message)
    assert message_of().kind is MessageKind.REQUEST
