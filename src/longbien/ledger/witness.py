"""The witness, who decides whether a checkpoint may be cosigned.

C2SP tlog-witness v1.0.0, with the change of July 2026 (422, no longer 409, for the same
size with another root).

Three steps, and their order is the protection: ``decide_add_checkpoint`` says what to do,
the caller makes ``decision.head`` durable, and only then ``answer`` signs.  Between reading
the recorded head and recording the new one nobody else may do the same for that log.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from attrs import field, frozen

from longbien.ledger._letters import encode_base64, find_decimal, find_hashes
from longbien.ledger.checkpoints import Head, SignedCheckpoint, parse_signed_checkpoint
from longbien.ledger.cosignatures import Cosigner, verify_line
from longbien.ledger.notes import MAX_NOTE, VerifierKey, encode_note
from longbien.ledger.tree import EMPTY_ROOT, MAX_PROOF, verify_consistency
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

MAX_REQUEST: Final = MAX_NOTE + 4096  # bytes: a note, an old size and 63 hashes

SIZE_CONTENT_TYPE: Final = "text/x.tlog.size"


class Status(IntEnum):
    """The answers of tlog-witness, by their HTTP status."""

    COSIGNED = 200
    BAD_REQUEST = 400
    FORBIDDEN = 403
    UNKNOWN_LOG = 404
    CONFLICT = 409
    UNPROCESSABLE = 422


@frozen(kw_only=True)
class AddCheckpoint:
    """A request to cosign."""

    old_size: int
    """The size that the log believes this witness to have cosigned last."""

    proof: tuple[bytes, ...] = field(repr=False)
    signed: SignedCheckpoint


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Read a request body; the door answers 400 to a Malformed one.

    Raises Malformed ``ledger.add-checkpoint``, ``ledger.note`` or ``ledger.checkpoint``.
    """
    if len(data) > MAX_REQUEST:
        raise Malformed("ledger.add-checkpoint", "more than {limit} bytes", limit=MAX_REQUEST)
    top, gap, note = data.partition(b"\n\n")
    first, *lines = top.split(b"\n")
    word, _, number = first.partition(b" ")
    old_size = find_decimal(number) if word == b"old" else None
    if not gap or old_size is None:
        raise Malformed("ledger.add-checkpoint", "the first line is: old <size>")
    proof = find_hashes(lines) if len(lines) <= MAX_PROOF else None
    if proof is None:
        raise Malformed(
            "ledger.add-checkpoint",
            "a proof holds at most {limit} lines of one hash",
            limit=MAX_PROOF,
        )
    return AddCheckpoint(old_size=old_size, proof=proof, signed=parse_signed_checkpoint(note))


def encode_add_checkpoint(request: AddCheckpoint) -> bytes:
    """Write a request body."""
    lines = [b"old %d" % request.old_size, *(encode_base64(value) for value in request.proof)]
    return b"\n".join([*lines, b"", encode_note(request.signed.note)])


@frozen(kw_only=True)
class Decision:
    """What to answer, and what to make durable before."""

    status: Status

    reason: str
    """A documented code, ``witness.…``."""

    recorded_size: int = 0
    """What this witness has cosigned so far: the body of a 409."""

    head: Head | None = None
    """The new head to record.  It must be durable before ``answer`` is called."""

    is_evidence: bool = False
    """The log has signed something that contradicts its own history: keep the request."""


def decide_add_checkpoint(
    recorded: Head | None,
    request: AddCheckpoint,
    *,
    log_keys: Sequence[VerifierKey],
    own_keys: Sequence[VerifierKey],
) -> Decision:
    """Decide on one request.

    ``recorded`` is the last head that this witness cosigned for this origin; ``log_keys``
    are the keys that it trusts for this origin, none if it does not know the log.

    1. 404: the origin is not known.
    2. 403: a kind of trusted key has not signed, or the line of a trusted key fails.
    3. 409: our own cosignature stands on a larger tree than we remember.  This witness was
       restored from an old copy and must not sign (``witness.restored``).
    4. 400: the old size is larger than the new one.
    5. 409: the old size is not the recorded one.
    6. 422: an empty tree with a root that is not the empty one.
    7. 422: the same size with another root; or a proof that does not hold, or is not asked for.
    8. 200: record the head, then cosign.
    """
    known = recorded.size if recorded else 0
    if not log_keys:  # step 1
        return Decision(status=Status.UNKNOWN_LOG, reason="witness.log-unknown")
    if not _is_signed_by_log(request.signed, log_keys):  # step 2
        return Decision(status=Status.FORBIDDEN, reason="witness.signature")
    head = request.signed.checkpoint.head
    if head.size > known and _has_own_line(request.signed, own_keys):  # step 3
        return Decision(status=Status.CONFLICT, reason="witness.restored", recorded_size=known)
    return _decide_growth(recorded, request)


def _decide_growth(recorded: Head | None, request: AddCheckpoint) -> Decision:
    head = request.signed.checkpoint.head
    known = recorded.size if recorded else 0
    if request.old_size > head.size:  # step 4
        return Decision(status=Status.BAD_REQUEST, reason="witness.old-size-above-new")
    if request.old_size != known:  # step 5
        return Decision(status=Status.CONFLICT, reason="witness.old-size", recorded_size=known)
    if not _is_consistent(recorded, request):  # steps 6 and 7
        return Decision(
            status=Status.UNPROCESSABLE,
            reason="witness.inconsistent",
            recorded_size=known,
            is_evidence=_contradicts(recorded, head),
        )
    return Decision(
        status=Status.COSIGNED, reason="witness.cosigned", recorded_size=head.size, head=head
    )


def answer(
    decision: Decision, request: AddCheckpoint, *, cosigners: Sequence[Cosigner], now: Instant
) -> bytes:
    """Return the body of the answer.  For a 200, ``decision.head`` must be durable by now."""
    if decision.status is Status.CONFLICT:
        return b"%d\n" % decision.recorded_size
    if decision.status is Status.COSIGNED:
        text = request.signed.checkpoint.text
        return b"".join([cosigner.sign(text, now=now).line for cosigner in cosigners])
    return b"%s\n" % decision.reason.encode()


def _is_signed_by_log(signed: SignedCheckpoint, keys: Sequence[VerifierKey]) -> bool:
    kinds = set()
    for key in keys:
        for line in signed.note.signatures:
            if line.is_by(key):
                if not verify_line(key=key, checkpoint=signed.checkpoint, signature=line).is_valid:
                    return False
                kinds.add(key.kind)
    # a log that signs with two kinds of key must not be taken at the word of the weaker one
    return kinds == {key.kind for key in keys}


def _has_own_line(signed: SignedCheckpoint, keys: Sequence[VerifierKey]) -> bool:
    return any(
        verify_line(key=key, checkpoint=signed.checkpoint, signature=line).is_valid
        for key in keys
        for line in signed.note.signatures
    )


def _is_consistent(recorded: Head | None, request: AddCheckpoint) -> bool:
    head = request.signed.checkpoint.head
    if head.size == 0 and head.root != EMPTY_ROOT:
        return False
    if recorded is None or recorded.size == 0:
        return not request.proof  # an empty tree is a prefix of every tree: nothing to prove
    return verify_consistency(
        old_size=recorded.size,
        new_size=head.size,
        proof=request.proof,
        old_root=recorded.root.raw,
        new_root=head.root.raw,
    )


def _contradicts(recorded: Head | None, head: Head) -> bool:
    # two signed roots for one size need no proof; a bad proof may only be a bad request
    if head.size == 0:
        return True
    return recorded is not None and recorded.size == head.size and recorded.root != head.root
