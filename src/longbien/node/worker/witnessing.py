"""Having our own ledger witnessed: each other State is asked to cosign its newest checkpoint.

The questions and answers are C2SP tlog-witness, over the peers' TLS.
"""

from http import HTTPStatus
from typing import Final

import structlog
from attrs import frozen

from longbien.adapters.peer_client import PeerClient
from longbien.desk.office import Office
from longbien.ledger.checkpoints import Checkpoint, SignedCheckpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.notes import NoteSignature, VerifierKey, parse_signature_line
from longbien.ledger.witness import AddCheckpoint, encode_add_checkpoint
from longbien.primitives.errors import LongBienError, Malformed
from longbien.primitives.ids import StateCode

log = structlog.get_logger("longbien.worker")

_ATTEMPTS: Final = 3  # the second tells the size that the first answer asked for


@frozen(kw_only=True)
class Witnesses:
    """The other States' nodes, as witnesses of our ledger."""

    office: Office
    client: PeerClient

    def gather(self) -> int:
        """Ask every peer to cosign the newest checkpoint; return how many have.

        A peer that does not answer is passed over: the policy says how many are needed.
        """
        newest = self.office.ledger.newest()
        count = 0
        for state in self.office.peers():
            try:
                count += self._ask(state, newest)
            except LongBienError as error:
                log.warning("not witnessed", peer=str(state), code=error.code)
        return count

    def _ask(self, state: StateCode, newest: SignedCheckpoint) -> bool:
        keys = self.office.witness_keys(state)
        old = self._cosigned(keys)
        for _ in range(_ATTEMPTS):
            reply = self.client.post_witness(state, self._request(newest, old))
            if reply.status == HTTPStatus.OK:
                lines = believed_lines(reply.body, newest.checkpoint, keys)
                self.office.ledger.add_cosignatures(newest.checkpoint.head, lines)
                return bool(lines)
            if reply.status != HTTPStatus.CONFLICT:
                break
            old = _size_of(reply.body, limit=newest.checkpoint.head.size)
        log.warning("not witnessed", peer=str(state), status=reply.status)
        return False

    def _cosigned(self, keys: tuple[VerifierKey, ...]) -> int:
        heads = [self.office.ledger.cosigned_by(key.name) for key in keys]
        return max((head.size for head in heads if head), default=0)

    def _request(self, newest: SignedCheckpoint, old: int) -> bytes:
        size = newest.checkpoint.head.size
        proof = (
            self.office.ledger.consistency(old_size=old, new_size=size) if 0 < old < size else ()
        )
        return encode_add_checkpoint(AddCheckpoint(old_size=old, proof=proof, signed=newest))


def believed_lines(
    body: bytes, checkpoint: Checkpoint, keys: tuple[VerifierKey, ...]
) -> tuple[NoteSignature, ...]:
    """Return the lines of an answer that are good cosignatures of one of these keys.

    Raises Malformed ``ledger.note``.
    """
    lines = [parse_signature_line(row) for row in body.splitlines() if row]
    return tuple(
        line
        for line in lines
        if any(
            line.is_by(key) and verify_line(key=key, checkpoint=checkpoint, signature=line).is_valid
            for key in keys
        )
    )


def _size_of(body: bytes, *, limit: int) -> int:
    text = body.strip()
    if not text.isdigit() or len(text) > len(str(limit)) or int(text) > limit:
        raise Malformed("witness.answer-size", "the witness names a size that our ledger has not")
    return int(text)
