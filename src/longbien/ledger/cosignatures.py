"""Cosignatures: who saw which tree head, and when (C2SP tlog-cosignature).

Ed25519 ``cosignature/v1`` (type 0x04, v1.0.1) and ML-DSA-44 ``subtree/v1`` (type 0x06,
v1.1.0-rc.1).  A log signs its own checkpoints with type 0x06 as well, under its origin
(tlog-checkpoint, Signatures).  Whether a witness may sign is decided in ``witness``.
"""

import struct
from typing import Protocol

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from longbien.ledger.checkpoints import Checkpoint, Head, parse_checkpoint
from longbien.ledger.notes import (
    Ed25519Signer,
    NoteSignature,
    SignatureType,
    VerifierKey,
    verify_text_signature,
)
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.trust.ed25519 import SIGNATURE_SIZE, verify_ed25519

_TIME = struct.Struct(">Q")
_LABEL = b"subtree/v1\n\0"  # 12 bytes; separates this message from every other one


@frozen(kw_only=True)
class LineCheck:
    """What one signature line is worth, checked against one key."""

    is_valid: bool

    signed_at: Instant | None = None
    """When the cosigner says it signed; None where the type or the signer states no time."""


_INVALID = LineCheck(is_valid=False)


class Cosigner(Protocol):
    """A private key that signs checkpoints with a time."""

    @property
    def key(self) -> VerifierKey:
        """Return the public half."""
        ...

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Cosign the checkpoint ``text`` as of ``now``."""
        ...


@frozen(kw_only=True)
class Ed25519Cosigner(Ed25519Signer):
    """An Ed25519 witness.  The message does not name the cosigner: one key for one cosigner."""

    kind = SignatureType.ED25519_COSIGNATURE

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Cosign the checkpoint ``text``, extension lines included, as of ``now``."""
        signature = self.private_key.sign(ed25519_message(text, timestamp=now.unix))
        return _line(self.key, now.unix, signature)


@frozen(kw_only=True)
class MlDsa44Cosigner:
    """A post-quantum witness; a log too, under its own origin.

    The library draws randomness of its own while it signs (hedged signing, FIPS 204, 3.4).
    """

    name: str
    private_key: MLDSA44PrivateKey = field(repr=False)

    @property
    def key(self) -> VerifierKey:
        """Return the public half."""
        return VerifierKey(
            name=self.name,
            kind=SignatureType.ML_DSA_44,
            public_key=self.private_key.public_key().public_bytes_raw(),
        )

    @property
    def vkey(self) -> str:
        """Return the public half as a vkey."""
        return self.key.text

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Cosign the head in the checkpoint ``text`` as of ``now``; extension lines stay unsigned.

        Raises Malformed ``ledger.checkpoint`` where ``text`` is no checkpoint.
        """
        head = parse_checkpoint(text).head
        message = ml_dsa_44_message(self.name, head, timestamp=now.unix)
        return _line(self.key, now.unix, self.private_key.sign(message))


def _line(key: VerifierKey, timestamp: int, signature: bytes) -> NoteSignature:
    blob = _TIME.pack(timestamp) + signature
    return NoteSignature(name=key.name, key_id=key.key_id, blob=blob)


def ed25519_message(text: bytes, *, timestamp: int) -> bytes:
    """Return what an Ed25519 cosigner signs: two header lines and the whole checkpoint text."""
    return b"cosignature/v1\ntime %d\n%s" % (timestamp, text)


def ml_dsa_44_message(cosigner: str, head: Head, *, timestamp: int) -> bytes:
    """Return what an ML-DSA-44 cosigner signs: ``cosigned_message`` from leaf 0 to the size."""
    return b"".join(
        (
            _LABEL,
            _short(cosigner),
            _TIME.pack(timestamp),
            _short(head.origin),
            _TIME.pack(0),
            _TIME.pack(head.size),
            head.root.raw,
        )
    )


def _short(text: str) -> bytes:
    # opaque<1..2^8-1>; longer names and origins were refused where they were parsed
    raw = text.encode()
    return bytes([len(raw)]) + raw


# --- checking one line -----------------------------------------------------------------------


def verify_line(*, key: VerifierKey, checkpoint: Checkpoint, signature: NoteSignature) -> LineCheck:
    """Check one signature line of a checkpoint against one key, whatever its type.

    Never raises.  A line of another key is simply not valid for this one.
    """
    if not signature.is_by(key):
        return _INVALID
    if key.kind is SignatureType.ED25519:
        valid = verify_text_signature(key=key, text=checkpoint.text, signature=signature)
        return LineCheck(is_valid=valid)
    return _verify_timed(key, checkpoint, signature.blob)


def _verify_timed(key: VerifierKey, checkpoint: Checkpoint, blob: bytes) -> LineCheck:
    if len(blob) < _TIME.size:
        return _INVALID
    (timestamp,), signature = _TIME.unpack_from(blob), blob[_TIME.size :]
    try:
        signed_at = Instant.from_unix(timestamp) if timestamp else None
    except Malformed:  # beyond the calendar: nobody signed then
        return _INVALID
    if key.kind is SignatureType.ED25519_COSIGNATURE:
        valid = len(signature) == SIGNATURE_SIZE and verify_ed25519(
            public_key=key.public_key,
            signature=signature,
            message=ed25519_message(checkpoint.text, timestamp=timestamp),
        )
    else:
        message = ml_dsa_44_message(key.name, checkpoint.head, timestamp=timestamp)
        valid = _verify_ml_dsa_44(key.public_key, signature, message)
    return LineCheck(is_valid=valid, signed_at=signed_at) if valid else _INVALID


def _verify_ml_dsa_44(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
