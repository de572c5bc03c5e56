"""Attacks on the channel, one a test: what a hostile State, a thief or a hub could try."""

import json
from datetime import timedelta

import pytest
from attrs import evolve

from channel_world import (
    DOOR,
    IL,
    IL_POINT,
    VN,
    after,
    frame_of,
    gossip_of,
    id_of,
    judge,
    message_of,
    opened_of,
    random_of,
    signed_of,
)
from longbien.channel.envelope import (
    open_frame,
    open_message,
    seal_frame,
    sign_document,
)
from longbien.channel.message import Lane, MessageKind
from longbien.channel.pins import PeerPins
from longbien.channel.rules import Admitted, Judgement, Known, Refusal, Repeated
from longbien.channel.wire import (
    MESSAGE_TYPE,
    RECEIPT_TYPE,
    encode_frame,
    encode_message,
    parse_frame,
)
from longbien.exercise.states import NOW, make_book, make_state, signer_pair
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.primitives.ids import AuthorityId
from longbien.trust.age.identities import new_classical_identity, recipient_of
from longbien.trust.dsse import (
    Envelope,
    EnvelopeSignature,
    encode_envelope,
    parse_envelope,
    sign_envelope,
)

EVE = make_state("XX", seed=666)
IDENTITY = VN.contact_point.identity


def code_of(judgement: Judgement) -> str:
    """Return the code of a refusal."""
    assert isinstance(judgement, Refusal)
    return judgement.code


def delivered(signed: bytes, **changes: object) -> Judgement:
    """Seal an envelope for VN, open it there and judge it."""
    sealed = seal_frame(
        frame_of(envelope=signed),
        recipients=[VN.contact_point.recipient],
        random_bytes=random_of("attack"),
    )
    return judge(open_frame(sealed, identities=[IDENTITY]), **changes)


def refused_by(data: bytes) -> str:
    """Return the code with which a posted plain frame is refused while it is read."""
    with pytest.raises(LongBienError) as caught:
        open_message(parse_frame(data).envelope)
    return caught.value.code


def with_signatures(signed: bytes, *signatures: EnvelopeSignature) -> bytes:
    """Return an envelope with other signatures."""
    envelope = parse_envelope(signed, payload_type=MESSAGE_TYPE)
    ordered = tuple(sorted(signatures, key=lambda one: one.key_id.text))
    return encode_envelope(evolve(envelope, signatures=ordered))


GOOD = signed_of(message_of())
ENVELOPE = parse_envelope(GOOD, payload_type=MESSAGE_TYPE)
BY_ID = {one.key_id: one for one in ENVELOPE.signatures}
EC, MLDSA = (BY_ID[key] for key in IL.contact_point.signers.public.ids)


def test_the_good_message_passes() -> None:
    """What is attacked below is accepted without the attack."""
    assert isinstance(delivered(GOOD), Admitted)


# --- forged --------------------------------------------------------------------------------------


def test_a_stranger_signs_in_the_name_of_another() -> None:
    """Eve's keys sign a message that names IL."""
    forged = signed_of(message_of(), EVE.contact_point.signers)

    assert code_of(delivered(forged)) == "message.not-signed"


def test_a_peer_speaks_for_another_state() -> None:
    """XX is admitted by its own certificate and posts a message of IL."""
    book = make_book(IL, VN, EVE)

    assert code_of(delivered(GOOD, peer=EVE.code, book=book)) == "message.other-state"


def test_an_office_speaks_for_another_office() -> None:
    """The central authority's keys are not the contact point's."""
    forged = signed_of(message_of(), IL.offices["central-authority"].signers)

    assert code_of(delivered(forged)) == "message.not-signed"


@pytest.mark.parametrize("kept", [EC, MLDSA])
def test_one_half_of_the_pair_is_replaced(kept: EnvelopeSignature) -> None:
    """One broken algorithm is not enough: the other signature must hold too."""
    other = MLDSA if kept is EC else EC
    broken = evolve(other, signature=other.signature[:-1] + bytes([other.signature[-1] ^ 1]))

    assert code_of(delivered(with_signatures(GOOD, kept, broken))) == "message.not-signed"


@pytest.mark.parametrize("kept", [EC, MLDSA])
def test_one_signature_is_left_out(kept: EnvelopeSignature) -> None:
    """Downgrade to one signature is refused while it is read."""
    assert refused_by(encode_frame(frame_of(envelope=with_signatures(GOOD, kept)))) == (
        "channel.signatures"
    )


def test_halves_of_two_signers_are_combined() -> None:
    """ECDSA by the authority and ML-DSA by somebody else are no pair."""
    pair = evolve(IL.contact_point.signers, mldsa=EVE.contact_point.signers.mldsa)
    book = make_book(IL, VN, EVE)

    assert code_of(delivered(signed_of(message_of(), pair), book=book)) == "message.not-signed"


def test_one_algorithm_signs_twice() -> None:
    """Two ECDSA signatures do not make a hybrid one."""
    pair = IL.contact_point.signers
    other = signer_pair("second").ec
    envelope = sign_envelope(
        encode_message(message_of()), payload_type=MESSAGE_TYPE, signers=[pair.ec, other]
    )

    assert code_of(delivered(encode_envelope(envelope))) == "message.not-signed"


def test_a_third_signature_is_added_to_change_the_digest() -> None:
    """Junk beside good signatures would give one message two digests."""
    junk = EnvelopeSignature(key_id=signer_pair("junk").ec.key_id, signature=b"junk")
    changed = with_signatures(GOOD, EC, MLDSA, junk)

    assert refused_by(encode_frame(frame_of(envelope=changed))) == "channel.signatures"


def test_signatures_are_moved_to_another_message() -> None:
    """Signatures over one payload say nothing about another."""
    other = evolve(ENVELOPE, payload=encode_message(message_of(content={"subject": "other"})))

    assert code_of(delivered(encode_envelope(other))) == "message.not-signed"


def test_a_receipt_is_presented_as_a_message() -> None:
    """The payload type is under the signature."""
    signed = sign_document(
        encode_message(message_of()),
        payload_type=RECEIPT_TYPE,
        signers=IL.contact_point.signers.both,
    )
    envelope = parse_envelope(signed, payload_type=RECEIPT_TYPE)
    renamed = Envelope(
        payload_type=MESSAGE_TYPE, payload=envelope.payload, signatures=envelope.signatures
    )

    assert refused_by(encode_frame(frame_of(envelope=signed))) == "dsse.payload-type"
    assert code_of(delivered(encode_envelope(renamed))) == "message.not-signed"


# --- keys out of their time ----------------------------------------------------------------------


def test_an_announced_key_is_used_too_early() -> None:
    """The next key is known by its digest only and signs nothing yet."""
    early = signed_of(message_of(), IL.contact_point.next_signers)

    assert code_of(delivered(early)) == "message.not-signed"


def test_a_message_is_dated_before_the_key() -> None:
    """A date before the key's time does not make the key good."""
    early = message_of(created_at=NOW.plus(timedelta(days=-2)))

    assert code_of(delivered(signed_of(early))) == "message.not-signed"


def test_a_message_is_signed_with_an_expired_key() -> None:
    """A key that ended a day ago signs nothing new."""
    late = NOW.plus(timedelta(days=30))
    message = message_of(created_at=late, expires_at=NOW.plus(timedelta(days=31)))
    opened = opened_of(message, gossip=gossip_of(at=late))

    assert code_of(judge(opened, at=late)) == "message.not-signed"


# --- replayed ------------------------------------------------------------------------------------


def test_a_message_is_replayed_to_the_same_node() -> None:
    """The copy gets the old receipt and has no second effect."""
    known = Known(sha256=Digest.of(GOOD), received=1)

    assert delivered(GOOD, known=known) == Repeated()


def test_a_message_is_replayed_to_another_office() -> None:
    """The recipient is under the signature: sealing it anew for another changes nothing."""
    door = evolve(DOOR, authorities=frozenset({AuthorityId("VN/central-authority")}))

    assert code_of(delivered(GOOD, door=door)) == "message.other-recipient"


def test_a_message_is_replayed_to_another_state() -> None:
    """A node that opens a message for somebody else does not take it in."""
    door = evolve(DOOR, authorities=frozenset({EVE.contact_point.id}))

    assert code_of(delivered(GOOD, door=door)) == "message.other-recipient"


def test_a_sealed_frame_is_replayed_to_another_state() -> None:
    """Without a new sealing nobody else can open it at all."""
    sealed = seal_frame(
        frame_of(), recipients=[VN.contact_point.recipient], random_bytes=random_of("x")
    )

    with pytest.raises(Refused) as caught:
        open_frame(sealed, identities=[EVE.contact_point.identity])
    assert caught.value.code == "age.no-match"


def test_a_message_is_replayed_long_after() -> None:
    """When its memory is gone the message has expired."""
    late = NOW.plus(timedelta(days=60))
    opened = opened_of(signed=GOOD, gossip=gossip_of(at=late))

    assert code_of(judge(opened, at=late)) == "message.expired"


def test_a_message_is_sent_back_to_its_sender() -> None:
    """Reflection: what VN has received is not for IL."""
    door = evolve(DOOR, authorities=frozenset({IL_POINT}))

    assert code_of(delivered(GOOD, door=door, peer=VN.code)) == "message.other-state"


# --- downgraded ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", ["LB0", "LB2", "LB999"])
def test_another_suite_is_offered(suite: str) -> None:
    """What this node does not know is never tried, higher or lower."""
    assert code_of(delivered(signed_of(message_of(suite=suite)))) == "message.suite-unknown"


@pytest.mark.parametrize("suite", ["none", "None", "", "lb1", "LB01x"])
def test_no_suite_is_offered(suite: str) -> None:
    """There is no way to write that nothing is signed."""
    with pytest.raises(Malformed, match="suite"):
        open_message(signed_of(message_of(suite=suite)))


def test_a_suite_below_the_pinned_one_is_offered() -> None:
    """A peer that has once used a stronger suite is held to it."""
    assert code_of(delivered(GOOD, pins=PeerPins(suite="LB2"))) == "message.suite-downgrade"


def test_an_old_protocol_is_offered() -> None:
    """A peer that has once spoken a newer protocol is held to it."""
    assert code_of(delivered(GOOD, pins=PeerPins(protocol=2))) == "message.protocol-downgrade"


def test_an_old_schema_is_offered() -> None:
    """A field that a newer schema requires cannot be avoided by the older one."""
    admitted = delivered(signed_of(message_of(schema="longbien:preservation.request/2")))
    assert isinstance(admitted, Admitted)

    later = message_of(2, created_at=after(1))
    found = delivered(signed_of(later), pins=admitted.pins, known=Known(received=1))

    assert code_of(found) == "message.schema-downgrade"


def test_a_frame_is_sealed_without_the_post_quantum_half() -> None:
    """A classical recipient beside a hybrid one is never written."""
    weak = recipient_of(new_classical_identity(random_of("weak")))
    with pytest.raises(Refused) as caught:
        seal_frame(
            frame_of(),
            recipients=[VN.contact_point.recipient, weak],
            random_bytes=random_of("x"),
        )
    assert caught.value.code == "age.recipients.mixed"


# --- time ----------------------------------------------------------------------------------------


def test_a_message_comes_from_the_future() -> None:
    """A date far ahead would outlive every replay window."""
    far = NOW.plus(timedelta(days=3000))
    message = message_of(created_at=after(5 * 3600), expires_at=after(6 * 3600))

    assert code_of(delivered(signed_of(message))) == "message.from-future"
    eternal = signed_of(message_of(expires_at=far))
    assert code_of(delivered(eternal)) == "message.lifetime"


def test_a_stale_message_is_delivered() -> None:
    """A hub that keeps a message back until it is worthless gets a signed refusal for it."""
    late = NOW.plus(timedelta(days=7))
    found = judge(opened_of(signed=GOOD, gossip=gossip_of(at=late)), at=late)

    assert found == Refusal(code="message.expired", is_judged=True)


def test_a_peer_turns_its_clock() -> None:
    """A clock far off stops the exchange, loudly, and costs no message."""
    opened = opened_of(signed=GOOD, gossip=gossip_of(at=NOW.plus(timedelta(days=365))))

    found = judge(opened)

    assert found == Refusal(code="clock.apart", is_judged=False)


# --- numbers and ids -----------------------------------------------------------------------------


def test_a_message_is_held_back() -> None:
    """Dropping number 1 holds up number 2: nothing is silently missing."""
    assert code_of(delivered(signed_of(message_of(2)))) == "thread.gap"


def test_a_number_is_jumped_to_the_end() -> None:
    """The largest number there is does not close a thread."""
    assert code_of(delivered(signed_of(message_of(1, sequence=2**53 - 1)))) == "thread.gap"


def test_a_second_history_of_a_thread_is_told() -> None:
    """Another message under a used number is evidence."""
    found = delivered(signed_of(message_of(1, id=id_of(99))), known=Known(received=1))

    assert found == Refusal(code="thread.number-reused", is_judged=False, is_evidence=True)


def test_an_id_is_used_for_other_words() -> None:
    """A message cannot be replaced after its receipt."""
    changed = signed_of(message_of(content={"subject": "account 18"}))
    found = delivered(changed, known=Known(sha256=Digest.of(GOOD), received=1))

    assert found == Refusal(code="message.id-reused", is_judged=False, is_evidence=True)


def test_a_refused_message_does_not_free_its_number() -> None:
    """A refusal uses the number up: nobody slips another message in at its place."""
    again = delivered(signed_of(message_of(1, id=id_of(7))), known=Known(received=1))

    assert code_of(again) == "thread.number-reused"


# --- exercise and lanes --------------------------------------------------------------------------


def test_an_exercise_enters_a_real_node() -> None:
    """Nothing that was played can have a real effect."""
    assert code_of(delivered(GOOD, door=evolve(DOOR, exercise=False))) == "message.exercise"


def test_a_real_message_enters_an_exercise() -> None:
    """Nothing real is lost in a game."""
    real = signed_of(message_of(exercise=False))

    assert code_of(delivered(real)) == "message.exercise"


def test_a_message_jumps_the_queue() -> None:
    """A header cannot claim another lane than the signed one."""
    assert code_of(delivered(GOOD, lane=Lane.URGENT)) == "message.lane-mismatch"


def test_a_status_report_wakes_the_officer() -> None:
    """Only some kinds may be urgent at all."""
    loud = message_of(kind=MessageKind.STATUS, lane=Lane.URGENT)

    assert delivered(signed_of(loud)) == Refusal(code="message.lane-not-allowed", is_judged=True)


# --- two meanings in one text --------------------------------------------------------------------


def test_a_key_stands_twice_in_a_message() -> None:
    """Two readers would see two recipients."""
    payload = encode_message(message_of())
    doubled = payload[:-1] + b',"recipient":"VN/central-authority"}'
    signed = sign_document(
        doubled, payload_type=MESSAGE_TYPE, signers=IL.contact_point.signers.both
    )

    with pytest.raises(Malformed) as caught:
        open_message(signed)
    assert caught.value.code == "json.duplicate-key"


def test_an_unknown_field_is_smuggled_in() -> None:
    """A field that one reader ignores and another obeys is refused, though it is signed."""
    value = json.loads(encode_message(message_of())) | {"approved": True}
    signed = sign_document(
        encode_json(value), payload_type=MESSAGE_TYPE, signers=IL.contact_point.signers.both
    )

    with pytest.raises(Malformed) as caught:
        open_message(signed)
    assert caught.value.code == "channel.fields"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"lane":"preservation"', b'"lane": "preservation"'),
        (b"account", b"acco\\u0075nt"),
        (b'"sequence":1', b'"sequence":1.0'),
        (b'{"content"', b'\xef\xbb\xbf{"content"'),
        (b'"}', b'"} '),
        (b"account", b"acc\xffunt"),
        (b"account", b"\\ud800"),
    ],
)
def test_a_message_is_spelled_in_another_way(old: bytes, new: bytes) -> None:
    """One meaning has one spelling, signed or not."""
    payload = encode_message(message_of()).replace(old, new)
    signed = sign_document(
        payload, payload_type=MESSAGE_TYPE, signers=IL.contact_point.signers.both
    )

    with pytest.raises(Malformed) as caught:
        open_message(signed)
    assert caught.value.code.startswith("json.")


def test_a_second_envelope_hides_in_the_frame() -> None:
    """A frame has one envelope and one gossip, whichever a reader would take."""
    data = encode_frame(frame_of())
    twice = data.replace(b'{"envelope":', b'{"envelope":' + GOOD + b',"envelope":', 1)

    assert refused_by(twice) in {"json.syntax", "dsse.form", "json.duplicate-key"}


def test_a_bomb_of_brackets_is_sealed() -> None:
    """Depth is capped before any parser recurses."""
    assert refused_by(b'{"envelope":' + b"[" * 100_000 + encode_frame(frame_of())[20:]) in {
        "json.depth",
        "channel.frame",
    }
