"""Witness another State's ledger: decide, make it durable, and only then cosign.

The peer endpoint gives the body of ``POST /v1/witness`` in and sends the answer out as it is
(C2SP tlog-witness).
"""

from typing import Final

from attrs import field, frozen

from longbien.desk.gossip import is_split, learn_checkpoint
from longbien.desk.office import Office
from longbien.desk.records import too_busy
from longbien.ledger.checkpoints import Head
from longbien.ledger.notes import encode_note
from longbien.ledger.witness import (
    SIZE_CONTENT_TYPE,
    AddCheckpoint,
    Decision,
    Status,
    answer,
    decide_add_checkpoint,
    parse_add_checkpoint,
)
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import StateCode

TEXT: Final = "text/plain; charset=utf-8"


@frozen(kw_only=True)
class WitnessAnswer:
    """What is sent back, and what came of it."""

    status: Status
    media_type: str
    body: bytes = field(repr=False)
    reason: str
    """A documented code, ``witness.…``."""

    is_evidence: bool = False
    """The ledger contradicted itself: what proves it is kept, and people are told."""


def witness(office: Office, body: bytes, /, *, peer: StateCode) -> WitnessAnswer:
    """Answer a request to cosign a checkpoint of ``peer``'s ledger; a foreign one is unknown here.

    Never raises for a bad request.  Raises Unavailable ``store.stopped``, ``desk.too-busy``.
    """
    try:
        request = parse_add_checkpoint(body)
    except Malformed as error:
        text = f"{error.code}\n".encode()
        return WitnessAnswer(
            status=Status.BAD_REQUEST, media_type=TEXT, body=text, reason="witness.malformed"
        )
    for _ in range(office.settings.attempts):
        recorded = office.witnessings.recorded(request.signed.checkpoint.head.origin)
        decision = _decide(office, request, recorded, peer=peer)
        if decision.is_evidence:
            learn_checkpoint(office, peer, request.signed)
        if decision.head is None or _record(office, request, decision.head, recorded):
            return _answer(office, request, decision)
    raise too_busy()


def _decide(
    office: Office, request: AddCheckpoint, recorded: Head | None, *, peer: StateCode
) -> Decision:
    origin = request.signed.checkpoint.head.origin
    if is_split(office, origin):
        return Decision(status=Status.FORBIDDEN, reason="witness.split-view")
    return decide_add_checkpoint(
        recorded,
        request,
        log_keys=tuple(key for key in office.ledger_keys(peer) if key.name == origin),
        own_keys=tuple(cosigner.key for cosigner in office.cosigners),
    )


def _record(office: Office, request: AddCheckpoint, head: Head, recorded: Head | None) -> bool:
    # somebody else may have recorded a newer head since: then everything is decided again
    note = encode_note(request.signed.note)
    return office.witnessings.record(head.origin, head, expected=recorded, note=note)


def _answer(office: Office, request: AddCheckpoint, decision: Decision) -> WitnessAnswer:
    is_conflict = decision.status is Status.CONFLICT
    return WitnessAnswer(
        status=decision.status,
        media_type=SIZE_CONTENT_TYPE if is_conflict else TEXT,
        body=answer(decision, request, cosigners=office.cosigners, now=office.clock()),
        reason=decision.reason,
        is_evidence=decision.is_evidence,
    )
