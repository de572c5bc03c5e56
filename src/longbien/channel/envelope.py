"""Signing and sealing: a message becomes bytes that only one authority can read, and back.

Signed first and sealed afterwards, so that a signature outlives the sealing and can be shown
to a third party.  Whether the signer was entitled to sign is decided in ``rules``: here only
the form is read.  No function here keeps a key or a plaintext.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import field, frozen

from longbien.channel.message import Message, Receipt
from longbien.channel.wire import (
    MAX_ENVELOPE,
    MAX_FRAME,
    MAX_MESSAGE,
    MAX_RECEIPT,
    MAX_SEALED,
    MESSAGE_TYPE,
    RECEIPT_TYPE,
    Frame,
    Gossip,
    encode_frame,
    encode_message,
    encode_receipt,
    parse_frame,
    parse_message,
    parse_receipt,
)
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.trust.age.envelope import encode_header, get_file_key, new_file_key
from longbien.trust.age.header import parse_header
from longbien.trust.age.identities import Identity
from longbien.trust.age.recipients import RandomBytes, Recipient
from longbien.trust.age.stream import (
    NONCE,
    open_chunks,
    payload_cipher,
    plain_size,
    seal_chunks,
    sealed_size,
)
from longbien.trust.dsse import (
    Envelope,
    RawSigner,
    encode_envelope,
    parse_envelope,
    sign_envelope,
)

MAX_RECIPIENTS: Final = 4  # stanzas of a frame; each costs one decapsulation for each identity
SIGNATURES: Final = 2  # one of each kind, and none that nobody checks


@frozen(kw_only=True)
class OpenedMessage:
    """A message as it was received: readable, and nothing of it believed yet."""

    message: Message
    envelope: Envelope
    signed: bytes = field(repr=False)
    """The envelope's bytes, exactly as received: what is hashed, receipted and stored."""

    sha256: Digest
    gossip: Gossip


@frozen(kw_only=True)
class OpenedReceipt:
    """A receipt as it was received; nothing of it is believed yet."""

    receipt: Receipt
    envelope: Envelope
    signed: bytes = field(repr=False)


# --- signing -----------------------------------------------------------------------------------


def sign_message(message: Message, *, signers: Iterable[RawSigner]) -> bytes:
    """Return the signed envelope of a message: the bytes that every attempt carries.

    ``signers`` are the authority's two: ECDSA and ML-DSA.  Raises Refused
    ``message.content-size`` and Unavailable where a key cannot be reached.
    """
    return sign_document(encode_message(message), payload_type=MESSAGE_TYPE, signers=signers)


def sign_receipt(receipt: Receipt, *, signers: Iterable[RawSigner]) -> bytes:
    """Return the signed envelope of a receipt.  Call it once a message, and keep the bytes.

    Raises Unavailable where a key cannot be reached.
    """
    return sign_document(encode_receipt(receipt), payload_type=RECEIPT_TYPE, signers=signers)


def sign_document(payload: bytes, *, payload_type: str, signers: Iterable[RawSigner]) -> bytes:
    """Return the signed envelope of any document of the channel."""
    envelope = sign_envelope(payload, payload_type=payload_type, signers=signers)
    return encode_envelope(envelope)


def open_message(signed: bytes) -> tuple[Envelope, Message]:
    """Read a signed message.

    Raises Malformed ``dsse.*``, ``channel.signatures`` and what ``parse_message`` raises.
    """
    if len(signed) > MAX_ENVELOPE:
        raise Malformed("channel.size", "an envelope above {limit} bytes", limit=MAX_ENVELOPE)
    envelope = read_document(signed, payload_type=MESSAGE_TYPE, max_payload=MAX_MESSAGE)
    return envelope, parse_message(envelope.payload)


def open_receipt(signed: bytes) -> OpenedReceipt:
    """Read a signed receipt.

    Raises Malformed ``dsse.*``, ``channel.signatures`` and what ``parse_receipt`` raises.
    """
    envelope = read_document(signed, payload_type=RECEIPT_TYPE, max_payload=MAX_RECEIPT)
    receipt = parse_receipt(envelope.payload)
    return OpenedReceipt(receipt=receipt, envelope=envelope, signed=signed)


def read_document(signed: bytes, *, payload_type: str, max_payload: int) -> Envelope:
    """Read an envelope with exactly two signatures, of one payload type.

    A third signature could be put there by anybody, and the same message would have two
    digests.  Raises Malformed ``json.*``, ``dsse.*`` and ``channel.signatures``.
    """
    envelope = parse_envelope(signed, payload_type=payload_type, max_payload=max_payload)
    if len(envelope.signatures) != SIGNATURES:
        raise Malformed(
            "channel.signatures",
            "a document of the channel has {count} signatures",
            count=SIGNATURES,
        )
    return envelope


# --- sealing -----------------------------------------------------------------------------------


def seal_frame(
    frame: Frame, *, recipients: Sequence[Recipient], random_bytes: RandomBytes
) -> bytes:
    """Seal a frame for the recipient authority: one age v1 file, in memory.

    A new file key each time.  Raises Refused ``age.recipients.*``; ValueError for a frame that
    no recipient would accept, which is a bug.
    """
    plain = encode_frame(frame)
    if len(plain) > MAX_FRAME or len(recipients) > MAX_RECIPIENTS:
        msg = "a frame within its limits, for few recipients"
        raise ValueError(msg)
    file_key = new_file_key(random_bytes)
    nonce = random_bytes(NONCE)
    header = encode_header(file_key, recipients, random_bytes)
    out = bytearray(len(header) + NONCE + sealed_size(len(plain)))
    out[: len(header)] = header
    out[len(header) : len(header) + NONCE] = nonce
    seal_chunks(
        payload_cipher(file_key, nonce),
        memoryview(plain),
        memoryview(out)[len(header) + NONCE :],
        first_index=0,
        is_end=True,
    )
    return bytes(out)


def open_frame(sealed: bytes, *, identities: Iterable[Identity]) -> OpenedMessage:
    """Open and read what a peer has posted; nothing of it is believed yet.

    1. The size, and the number of recipients, before anything is decrypted.
    2. The age file, whole: Malformed ``age.*``, Refused ``age.no-match``.
    3. The frame, its gossip, the envelope and the message: Malformed.

    Raises Malformed ``channel.size``, ``channel.recipients`` and those named above.
    """
    frame = parse_frame(open_sealed(sealed, identities=identities))
    envelope, message = open_message(frame.envelope)
    return OpenedMessage(
        message=message,
        envelope=envelope,
        signed=frame.envelope,
        sha256=Digest.of(frame.envelope),
        gossip=frame.gossip,
    )


def open_sealed(sealed: bytes, *, identities: Iterable[Identity]) -> bytes:
    """Decrypt a small age file in memory, all of it or nothing.

    Raises Malformed ``channel.size``, ``channel.recipients``, ``age.*``, Refused ``age.no-match``.
    """
    if len(sealed) > MAX_SEALED:
        raise Malformed("channel.size", "a body above {limit} bytes", limit=MAX_SEALED)
    header = parse_header(sealed)
    if len(header.stanzas) > MAX_RECIPIENTS:
        raise Malformed(
            "channel.recipients", "a frame for more than {limit} keys", limit=MAX_RECIPIENTS
        )
    file_key = get_file_key(header, identities)
    view = memoryview(sealed)
    cipher = payload_cipher(file_key, sealed[header.size : header.size + NONCE])
    chunks = view[header.size + NONCE :]
    plain = bytearray(plain_size(len(chunks)))
    run = open_chunks(cipher, chunks, memoryview(plain), first_index=0, is_end=True)
    if run.fault:
        raise run.fault
    return bytes(plain)
