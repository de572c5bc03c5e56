import pytest
from attrs import evolve

from channel_world import (
    IL,
    VN,
    frame_of,
    gossip_of,
    message_of,
    random_of,
    receipt_of,
    signed_of,
)
from longbien.channel.envelope import (
    MAX_RECIPIENTS,
    open_frame,
    open_message,
    open_receipt,
    open_sealed,
    read_document,
    seal_frame,
    sign_document,
    sign_message,
    sign_receipt,
)
from longbien.channel.wire import (
    MAX_ENVELOPE,
    MAX_FRAME,
    MAX_SEALED,
    MESSAGE_TYPE,
    RECEIPT_TYPE,
    Frame,
    encode_frame,
)
from longbien.exercise.states import signer_pair
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused
from longbien.trust.age.envelope import encode_header
from longbien.trust.age.header import FileKey
from longbien.trust.age.identities import new_identity, recipient_of
from longbien.trust.dsse import parse_envelope, require_hybrid

IDENTITY = VN.contact_point.identity
RECIPIENT = VN.contact_point.recipient
PAIR = IL.contact_point.signers


def test_a_signed_message_is_read_and_verified() -> None:
    """Both signatures are over the message, under its own payload type."""
    signed = sign_message(message_of(), signers=PAIR.both)

    envelope, message = open_message(signed)

    assert message == message_of()
    assert envelope.payload_type == "application/vnd.longbien.message+json"
    assert require_hybrid(envelope, [PAIR.public]) == PAIR.public


def test_a_signed_receipt_is_read_and_verified() -> None:
    """So is a receipt; its bytes stay at hand."""
    signed = sign_receipt(receipt_of(), signers=PAIR.both)

    opened = open_receipt(signed)

    assert opened.receipt == receipt_of()
    assert opened.signed == signed
    assert opened.envelope.payload_type == "application/vnd.longbien.receipt+json"
    assert require_hybrid(opened.envelope, [PAIR.public]) == PAIR.public


def test_a_message_is_no_receipt() -> None:
    """The payload type is asked for where it is read."""
    with pytest.raises(Malformed) as caught:
        open_receipt(signed_of(message_of()))

    assert caught.value.code == "dsse.payload-type"


@pytest.mark.parametrize("count", [1, 3])
def test_a_document_has_exactly_two_signatures(count: int) -> None:
    """One is too few, and a third would give one message two digests."""
    signers = [*PAIR.both, *signer_pair("third").both][:count]
    signed = sign_document(b"{}", payload_type=MESSAGE_TYPE, signers=signers)

    with pytest.raises(Malformed) as caught:
        read_document(signed, payload_type=MESSAGE_TYPE, max_payload=10)

    assert caught.value.code == "channel.signatures"
    assert caught.value.facts == {"count": 2}


def test_an_envelope_is_bounded() -> None:
    """What is larger than any message is not parsed."""
    with pytest.raises(Malformed) as caught:
        open_message(b"{" * (MAX_ENVELOPE + 1))
    assert caught.value.code == "channel.size"
    with pytest.raises(Malformed) as caught:
        open_message(b"{" * MAX_ENVELOPE)
    assert caught.value.code == "json.depth"


def test_a_sealed_frame_is_opened_by_its_recipient() -> None:
    """What is opened is the message, its bytes, their digest and the gossip."""
    frame = frame_of()
    sealed = seal_frame(frame, recipients=[RECIPIENT], random_bytes=random_of("seal"))

    opened = open_frame(sealed, identities=[new_identity(random_of("other")), IDENTITY])

    assert opened.message == message_of()
    assert opened.signed == frame.envelope
    assert opened.sha256 == Digest.of(frame.envelope)
    assert opened.gossip == frame.gossip
    assert opened.envelope == parse_envelope(frame.envelope, payload_type=MESSAGE_TYPE)


def test_what_is_sealed_is_the_frame() -> None:
    """Any age program finds exactly the frame inside."""
    frame = frame_of()
    sealed = seal_frame(frame, recipients=[RECIPIENT], random_bytes=random_of("seal"))

    assert open_sealed(sealed, identities=[IDENTITY]) == encode_frame(frame)


def test_two_attempts_look_different() -> None:
    """Each attempt has its own file key and nonce."""
    random_bytes = random_of("two")
    frame = frame_of()

    one = seal_frame(frame, recipients=[RECIPIENT], random_bytes=random_bytes)
    two = seal_frame(frame, recipients=[RECIPIENT], random_bytes=random_bytes)

    assert one[-64:] != two[-64:]


def test_a_large_message_takes_several_chunks() -> None:
    """A message at the limit of its content is sealed and opened."""
    message = message_of(content={"a": "x" * (256 * 1024 - 8)})
    frame = Frame(envelope=signed_of(message), gossip=gossip_of())
    sealed = seal_frame(frame, recipients=[RECIPIENT], random_bytes=random_of("large"))

    assert len(sealed) < MAX_SEALED
    assert open_frame(sealed, identities=[IDENTITY]).message == message


def test_somebody_else_opens_nothing() -> None:
    """Another identity finds nothing that is for it."""
    sealed = seal_frame(frame_of(), recipients=[RECIPIENT], random_bytes=random_of("seal"))

    with pytest.raises(Refused) as caught:
        open_frame(sealed, identities=[IL.contact_point.identity])

    assert caught.value.code == "age.no-match"


def test_a_body_is_bounded_before_it_is_opened() -> None:
    """The size is looked at first."""
    with pytest.raises(Malformed) as caught:
        open_sealed(bytes(MAX_SEALED + 1), identities=[IDENTITY])
    assert caught.value.code == "channel.size"
    with pytest.raises(Malformed) as caught:
        open_sealed(bytes(MAX_SEALED), identities=[IDENTITY])
    assert caught.value.code == "age.header.version"


def test_few_recipients_are_tried() -> None:
    """Each recipient costs a decapsulation, so that their number is bounded."""
    others = [recipient_of(new_identity(random_of(str(n)))) for n in range(MAX_RECIPIENTS)]
    frame = frame_of()
    sealed = seal_frame(frame, recipients=[*others[:-1], RECIPIENT], random_bytes=random_of("four"))
    assert open_frame(sealed, identities=[IDENTITY]).message == message_of()

    with pytest.raises(ValueError, match="few recipients"):
        seal_frame(frame, recipients=[*others, RECIPIENT], random_bytes=random_of("five"))


def test_more_recipients_are_refused() -> None:
    """A header with more keys than a frame may have is not tried."""
    keys = [recipient_of(new_identity(random_of(str(n)))) for n in range(5)]
    header = encode_header(FileKey(bytes(16)), keys, random_of("h"))

    with pytest.raises(Malformed) as caught:
        open_sealed(header + bytes(64), identities=[IDENTITY])

    assert caught.value.code == "channel.recipients"
    assert caught.value.facts == {"limit": 4}


def test_a_frame_beyond_its_limit_is_a_bug() -> None:
    """What no recipient would accept is never sealed."""
    frame = evolve(frame_of(), envelope=bytes(MAX_FRAME))

    with pytest.raises(ValueError, match="within its limits"):
        seal_frame(frame, recipients=[RECIPIENT], random_bytes=random_of("x"))


def test_a_changed_body_is_refused() -> None:
    """A flipped bit of the payload gives nothing out."""
    sealed = bytearray(
        seal_frame(frame_of(), recipients=[RECIPIENT], random_bytes=random_of("seal"))
    )
    sealed[-1] ^= 1

    with pytest.raises(Malformed) as caught:
        open_sealed(bytes(sealed), identities=[IDENTITY])

    assert caught.value.code == "age.payload.chunk"


def test_documents_of_the_channel_have_their_own_types() -> None:
    """A receipt can never be taken for a message."""
    assert MESSAGE_TYPE != RECEIPT_TYPE
