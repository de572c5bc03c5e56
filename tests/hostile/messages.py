"""Acts with signatures, copies and versions: forged, replayed, downgraded messages."""

from datetime import timedelta

from attrs import evolve

from hostile.registry import FRAME, JUDGED, SIGNED, Kept, act, add
from hostile.stage import Stage
from longbien.channel.envelope import sign_document, sign_message
from longbien.channel.message import Lane, Message
from longbien.channel.wire import MESSAGE_TYPE, RECEIPT_TYPE, encode_message
from longbien.desk.gossip import tell
from longbien.directory.entry import Minimum, RevocationReason
from longbien.directory.renewal import revoke_key
from longbien.exercise.forge import frame_of, message_of, taken, with_content
from longbien.exercise.states import SignerPair, make_book, signer_pair
from longbien.trust.dsse import (
    Envelope,
    EnvelopeSignature,
    encode_envelope,
    parse_envelope,
    sign_envelope,
)

NOT_SIGNED = "message.not-signed"


def signed_by(message: Message, pair: SignerPair) -> bytes:
    """Return a message signed with any pair of keys."""
    return sign_message(message, signers=pair.both)


def envelope_of(stage: Stage, **changes: object) -> Envelope:
    """Return a good message of MY, taken apart."""
    signed = signed_by(stage.message(**changes), stage.my.state.contact_point.signers)
    return parse_envelope(signed, payload_type=MESSAGE_TYPE)


def sent_with(stage: Stage, *signatures: EnvelopeSignature) -> str:
    """Send a good message under other signatures."""
    ordered = tuple(sorted(signatures, key=lambda one: one.key_id.text))
    return stage.send_signed(encode_envelope(evolve(envelope_of(stage), signatures=ordered)))


def halves(stage: Stage, envelope: Envelope) -> tuple[EnvelopeSignature, EnvelopeSignature]:
    """Return the ECDSA and the ML-DSA signature."""
    by_id = {one.key_id: one for one in envelope.signatures}
    ec, mldsa = (by_id[key] for key in stage.my.state.contact_point.signers.public.ids)
    return ec, mldsa


def broken(one: EnvelopeSignature) -> EnvelopeSignature:
    """Return a signature with one bit flipped."""
    return evolve(one, signature=one.signature[:-1] + bytes([one.signature[-1] ^ 1]))


# --- forged ---------------------------------------------------------------------------------------


@act("forged.keys-of-another-state", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def keys_of_another(stage: Stage) -> str:
    """Sign in one's own name with keys that another State has lost."""
    return stage.send(stage.message(), signers=stage.il)


@act("forged.name-of-another-state", threat="T1", code="message.other-state", bound=SIGNED)
def name_of_another(stage: Stage) -> str:
    """Write in the name of another State, signed with that State's own keys."""
    return stage.send(message_of(stage.il, stage.vn), signers=stage.il)


@act("forged.keys-of-another-office", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def keys_of_another_office(stage: Stage) -> str:
    """Sign for the contact point with the keys of the central authority."""
    pair = stage.my.state.offices["central-authority"].signers
    return stage.send_signed(signed_by(stage.message(), pair))


@act("forged.invented-keys", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def invented_keys(stage: Stage) -> str:
    """Sign with a pair of keys that no directory knows."""
    return stage.send_signed(signed_by(stage.message(), signer_pair("nobody")))


@act("forged.ecdsa-broken", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def ecdsa_broken(stage: Stage) -> str:
    """Rely on the ML-DSA signature alone: the ECDSA one does not hold."""
    ec, mldsa = halves(stage, envelope_of(stage))
    return sent_with(stage, broken(ec), mldsa)


@act("forged.mldsa-broken", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def mldsa_broken(stage: Stage) -> str:
    """Rely on the ECDSA signature alone: the ML-DSA one does not hold."""
    ec, mldsa = halves(stage, envelope_of(stage))
    return sent_with(stage, ec, broken(mldsa))


@act("forged.halves-of-two-signers", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def halves_of_two(stage: Stage) -> str:
    """Put ECDSA by the authority beside ML-DSA by somebody else."""
    pair = evolve(stage.my.state.contact_point.signers, mldsa=signer_pair("nobody").mldsa)
    return stage.send_signed(signed_by(stage.message(), pair))


@act("forged.one-algorithm-twice", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def one_algorithm_twice(stage: Stage) -> str:
    """Put two ECDSA signatures where one of each kind is asked for."""
    pair = stage.my.state.contact_point.signers
    envelope = sign_envelope(
        encode_message(stage.message()),
        payload_type=MESSAGE_TYPE,
        signers=[pair.ec, signer_pair("second").ec],
    )
    return stage.send_signed(encode_envelope(envelope))


@act("forged.third-signature", threat="T1", code="channel.signatures", bound=FRAME)
def third_signature(stage: Stage) -> str:
    """Add junk beside two good signatures, so that one message has two digests."""
    junk = EnvelopeSignature(key_id=signer_pair("junk").ec.key_id, signature=b"junk")
    return sent_with(stage, *halves(stage, envelope_of(stage)), junk)


@act("forged.moved-signatures", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def moved_signatures(stage: Stage) -> str:
    """Put good signatures under another message."""
    other = encode_message(stage.message())
    return stage.send_signed(encode_envelope(evolve(envelope_of(stage), payload=other)))


@act("forged.receipt-as-message", threat="T1", code="dsse.payload-type", bound=FRAME)
def receipt_as_message(stage: Stage) -> str:
    """Post a document that was signed as a receipt."""
    return stage.send_signed(_as_receipt(stage))


@act("forged.payload-type-renamed", threat="T1", code=NOT_SIGNED, bound=SIGNED)
def payload_type_renamed(stage: Stage) -> str:
    """Rename the type of a document that was signed as a receipt."""
    envelope = parse_envelope(_as_receipt(stage), payload_type=RECEIPT_TYPE)
    return stage.send_signed(encode_envelope(evolve(envelope, payload_type=MESSAGE_TYPE)))


def _as_receipt(stage: Stage) -> bytes:
    return sign_document(
        encode_message(stage.message()),
        payload_type=RECEIPT_TYPE,
        signers=stage.my.state.contact_point.signers.both,
    )


# --- keys out of their time -----------------------------------------------------------------------


@act("key.announced", threat="T4", code=NOT_SIGNED, bound=SIGNED)
def announced_key(stage: Stage) -> str:
    """Sign with the next key, which is only announced by its digest."""
    pair = stage.my.state.contact_point.next_signers
    return stage.send_signed(signed_by(stage.message(), pair))


@act("key.before-its-time", threat="T4", code=NOT_SIGNED, bound=SIGNED)
def before_its_time(stage: Stage) -> str:
    """Date a message back to before its key was valid."""
    early = stage.world.now.plus(timedelta(days=-2))
    return stage.send(stage.message(created_at=early))


@act("key.after-its-time", threat="T4", code=NOT_SIGNED, bound=SIGNED)
def after_its_time(stage: Stage) -> str:
    """Use a key for a date at which it has ended."""
    late = stage.world.now.plus(timedelta(days=30))
    return stage.send(stage.message(created_at=late, expires_at=late.plus(timedelta(days=1))))


def changed_entry(stage: Stage, change: object) -> None:
    """Let VN import a new version of MY's entry."""
    state = stage.my.state.renewed(change, now=stage.world.now)
    stage.vn.believes(
        make_book(stage.il.state, stage.vn.state, state, now=stage.world.now.plus(timedelta(0)))
    )


@act("key.revoked", threat="T4", code=NOT_SIGNED, bound=SIGNED)
def revoked_key(stage: Stage) -> str:
    """Use a stolen key after it was revoked."""
    _revoke(stage, timedelta(0))
    return stage.send(stage.message())


@act("key.revoked-and-dated-back", threat="T4", code="message.key-revoked", bound=SIGNED)
def dated_back(stage: Stage) -> str:
    """Use a stolen key after it was revoked, and date the message back to before."""
    _revoke(stage, timedelta(0))
    early = stage.world.now.plus(timedelta(seconds=-1))
    return stage.send(stage.message(created_at=early))


def _revoke(stage: Stage, ago: timedelta) -> None:
    key = stage.my.state.contact_point.signers.ec.key_id
    at, reason = stage.world.now.plus(-ago), RevocationReason.KEY_COMPROMISE
    changed_entry(stage, lambda entry: revoke_key(entry, key=key, at=at, reason=reason))


# --- replayed and misdirected ---------------------------------------------------------------------


@act("replay.to-another-state", threat="T2", code="message.other-recipient", bound=SIGNED)
def to_another_state(stage: Stage) -> str:
    """Seal anew, for VN, what was signed for IL."""
    return stage.send(message_of(stage.my, stage.il))


@act("replay.sealed-for-another-state", threat="T2", code="age.no-match", bound=FRAME)
def sealed_for_another(stage: Stage) -> str:
    """Post to VN the very frame that was sealed for IL."""
    return stage.post(frame_of(stage.my, stage.il, message_of(stage.my, stage.il)))


@act("replay.captured", threat="T2", code="message.other-state", bound=SIGNED)
def captured(stage: Stage) -> str:
    """Post again, over one's own line, a frame that IL has sent to VN."""
    return stage.post(stage.captured)


@act("replay.reflected", threat="T2", code="message.other-state", bound=SIGNED)
def reflected(stage: Stage) -> str:
    """Send VN's own message back to VN."""
    message = message_of(stage.vn, stage.my)
    signed = signed_by(message, stage.vn.state.contact_point.signers)
    return stage.send_signed(signed)


@act("replay.after-expiry", threat="T2", code="message.expired", bound=JUDGED)
def after_expiry(stage: Stage) -> str:
    """Keep a message back until its time is over, and post it then."""
    message = stage.message(expires_at=stage.world.now.plus(timedelta(minutes=1)))
    stage.world.wait(minutes=2)
    return stage.send(message)


@act(
    "replay.id-for-other-words",
    threat="T2",
    code="message.id-reused",
    kept=Kept.ALARM,
    bound=evolve(SIGNED, rows=1),
)
def other_words(stage: Stage) -> str:
    """Give other words under the id of a message that has its receipt."""
    first = stage.message()
    taken(stage.my, stage.vn, first)
    return stage.send(with_content(first, contents={"offence_and_facts": "another"}))


@act(
    "replay.number-twice",
    threat="T2",
    code="thread.number-reused",
    kept=Kept.ALARM,
    bound=evolve(SIGNED, rows=1),
)
def number_twice(stage: Stage) -> str:
    """Tell a second history of a thread, under a number that is used up."""
    first = stage.message()
    taken(stage.my, stage.vn, first)
    return stage.send(stage.message(thread=first.thread))


@act("replay.number-of-a-refused-message", threat="T2", code="thread.number-reused",
     kept=Kept.ALARM, bound=evolve(SIGNED, rows=1))  # fmt: skip
def number_of_refused(stage: Stage) -> str:
    """Slip another message in at the number of one that was refused."""
    first = stage.message(lane=Lane.URGENT)
    assert taken(stage.my, stage.vn, first).code == "case.lane"
    return stage.send(stage.message(thread=first.thread))


for name, number, tries in (
    ("replay.gap", 2, "Hold number 1 back, so that number 2 is taken without it"),
    ("replay.last-number", 2**53 - 1, "Close a thread with the largest number there is"),
):
    add(
        name,
        lambda stage, number=number: stage.send(stage.message(sequence=number)),
        tries=tries,
        threat="T2",
        code="thread.gap",
        bound=SIGNED,
    )


# --- downgraded -----------------------------------------------------------------------------------

for name, suite, code, bound, tries in (
    ("downgrade.suite-below", "LB0", "message.suite-unknown", SIGNED, "Offer a weaker suite"),
    (
        "downgrade.suite-above", "LB999", "message.suite-unknown", SIGNED,
        "Offer a suite that nobody knows",
    ),
    ("downgrade.no-suite", "none", "channel.form", FRAME, "Offer that nothing is signed"),
    ("downgrade.empty-suite", "", "channel.form", FRAME, "Leave the suite empty"),
):  # fmt: skip
    add(
        name,
        lambda stage, suite=suite: stage.send(stage.message(suite=suite)),
        tries=tries,
        threat="T3",
        code=code,
        bound=bound,
    )


@act("downgrade.suite-of-the-directory", threat="T3", code="message.suite-downgrade", bound=SIGNED)
def suite_of_the_directory(stage: Stage) -> str:
    """Use a suite below the one that the State's own signed entry demands."""
    changed_entry(stage, lambda entry: evolve(entry, minimum=Minimum(protocol=1, suite="LB2")))
    return stage.send(stage.message())


@act(
    "downgrade.protocol-of-the-directory",
    threat="T3",
    code="message.protocol-downgrade",
    bound=SIGNED,
)
def protocol_of_the_directory(stage: Stage) -> str:
    """Speak a protocol below the one that the State's own signed entry demands."""
    changed_entry(stage, lambda entry: evolve(entry, minimum=Minimum(protocol=2, suite="LB1")))
    return stage.send(stage.message())


@act("downgrade.schema", threat="T3", code="case.schema", bound=JUDGED)
def schema(stage: Stage) -> str:
    """Write by a schema that this node does not speak, to leave required fields out."""
    return stage.send(stage.message(schema="longbien:preservation.request/2"))


for name, left_out, tries in (
    ("downgrade.without-mldsa", 0, "Leave the post-quantum signature out"),
    ("downgrade.without-ecdsa", 1, "Leave the classical signature out"),
):
    add(
        name,
        lambda stage, kept=left_out: sent_with(stage, halves(stage, envelope_of(stage))[kept]),
        tries=tries,
        threat="T3",
        code="channel.signatures",
        bound=FRAME,
    )


# --- out of time ----------------------------------------------------------------------------------


def with_clock(stage: Stage, **span: float) -> str:
    """Send a good message by a clock that is wrong."""
    gossip = evolve(
        tell(stage.my.office, stage.vn.state.code), at=stage.world.now.plus(timedelta(**span))
    )
    return stage.send(stage.message(), gossip=gossip)


for name, days, tries in (
    ("clock.a-year-ahead", 365, "Speak with a clock that is a year ahead"),
    ("clock.a-year-behind", -365, "Speak with a clock that is a year behind"),
):
    add(
        name,
        lambda stage, days=days: with_clock(stage, days=days),
        tries=tries,
        threat="T19",
        code="clock.apart",
        bound=SIGNED,
    )


@act("clock.from-the-future", threat="T19", code="message.from-future", bound=SIGNED)
def from_the_future(stage: Stage) -> str:
    """Date a message five hours ahead, to outlive every window of replays."""
    later = stage.world.now.plus(timedelta(hours=5))
    return stage.send(stage.message(created_at=later, expires_at=later.plus(timedelta(days=1))))


@act("clock.eternal-message", threat="T19", code="message.lifetime", bound=JUDGED)
def eternal(stage: Stage) -> str:
    """Let a message be valid for ten years."""
    return stage.send(stage.message(expires_at=stage.world.now.plus(timedelta(days=3650))))


@act("clock.expired-when-made", threat="T19", code="message.lifetime", bound=JUDGED)
def expired_when_made(stage: Stage) -> str:
    """Let a message expire before it was made."""
    return stage.send(stage.message(expires_at=stage.world.now.plus(timedelta(days=-1))))


# --- lanes and exercises --------------------------------------------------------------------------


@act("lane.header-alone", threat="T18", code="message.lane-mismatch", bound=SIGNED)
def header_alone(stage: Stage) -> str:
    """Claim the urgent lane by the header alone."""
    sealed = frame_of(stage.my, stage.vn, stage.message())
    return stage.post(sealed, Lane.URGENT)


@act("exercise.real-message", threat="T1", code="message.exercise", bound=SIGNED)
def real_message(stage: Stage) -> str:
    """Bring a real message into a node of an exercise."""
    return stage.send(stage.message(exercise=False))


@act("exercise.played-message", threat="T1", code="message.exercise", bound=SIGNED)
def played_message(stage: Stage) -> str:
    """Bring the message of an exercise into a node that is real."""
    real = stage.vn.office
    stage.vn.tuned(exercise=False)
    try:
        return stage.send(stage.message())
    finally:
        stage.vn.office = real
