"""The port ``Ledger`` over the database: proofs, cosignatures, and the stop of a restored copy."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from longbien.ledger.checkpoints import Head, SignedCheckpoint, parse_signed_checkpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.notes import NoteSignature, parse_signature_line
from longbien.ledger.policy import NONE, Policy
from longbien.ledger.proof import TlogProof
from longbien.ledger.tree import consistency_proof_from, inclusion_proof_from
from longbien.node.store import models
from longbien.node.store.ahead import behind_witness, clear_if_caught_up, note_ahead
from longbien.node.store.committing import Committer
from longbien.node.store.health import Health
from longbien.node.store.history import History
from longbien.node.store.rows import cosignature_mark, cosigned_mark
from longbien.node.store.statements import insert, largest, rows_by
from longbien.node.store.turn import Notary, StoreKeys, Turn, get_log, head_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused, Unavailable


class OrmLedger:
    """The log over the journal."""

    def __init__(
        self,
        keys: StoreKeys,
        committer: Committer,
        health: Health,
        policy: Callable[[], Policy],
        history: History,
    ) -> None:
        """``policy`` gives what a proof has to meet; it follows the directory of States."""
        self._history = history
        self._keys = keys
        self._committer = committer
        self._health = health
        self._policy = policy
        self._notary = Notary(keys)

    def newest(self) -> SignedCheckpoint:
        """Return the newest checkpoint with the cosignatures known so far.

        Raises Unavailable ``ledger.behind-witness``.
        """
        with self._health.reading() as using:
            log = get_log(using)
            lines = self._lines(using, log.size)
        if log.is_behind and not self._committer.run(clear_if_caught_up):
            raise behind_witness(log.origin, log.size)
        return _with_lines(self._notary.note(head_of(log)), lines)

    def size(self) -> int:
        """Return how many entries the log holds."""
        with self._health.reading() as using:
            return get_log(using).size

    def consistency(self, *, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Prove that the log of the new size continues the one of the old size.

        Raises Refused ``ledger.no-such-size``; Integrity ``ledger.tile-damaged``.
        """
        with self._health.reading() as using:
            log = get_log(using)
            _require_size(log, new_size)
            if not 0 <= old_size <= new_size:
                raise _no_such_size(old_size)
            nodes = self._history.nodes(head_of(log))
            return consistency_proof_from(nodes, old_size=old_size, new_size=new_size)

    def root_at(self, size: int, /) -> Digest:
        """Return the root that this log had at a size.

        Raises Refused ``ledger.no-such-size``; Integrity ``ledger.tile-damaged``.
        """
        with self._health.reading() as using:
            log = get_log(using)
            _require_size(log, size)
            return self._history.root_at(size, head_of(log))

    def prove(self, leaf: int, /) -> TlogProof:
        """Prove a leaf under the newest checkpoint whose cosignatures meet the policy.

        Raises Refused ``ledger.not-published``; Unavailable ``ledger.not-witnessed``; Integrity
        ``ledger.tile-damaged``.
        """
        policy = self._policy()
        with self._health.reading() as using:
            log = get_log(using)
            if not 0 <= leaf < log.size:
                raise Refused(
                    "ledger.not-published",
                    "entry {index} is not under the checkpoint of {size} entries",
                    index=leaf,
                    size=log.size,
                )
            signed = self._signed_for(using, log, leaf, policy)
            size = signed.checkpoint.head.size
            nodes = self._history.nodes(head_of(log))
            hashes = inclusion_proof_from(nodes, index=leaf, size=size)
        return TlogProof(index=leaf, hashes=hashes, signed=signed)

    def _signed_for(
        self, using: str, log: models.Log, leaf: int, policy: Policy
    ) -> SignedCheckpoint:
        if policy.quorum == NONE:
            return _with_lines(self._notary.note(head_of(log)), self._lines(using, log.size))
        rows = models.Cosigned.objects.using(using).filter(size__gt=leaf).order_by("-size")
        for row in rows.iterator(chunk_size=16):
            if not self._is_true(row):
                continue
            signed = _with_lines(bytes(row.note), self._lines(using, row.size))
            if policy.is_met_by(_witnesses_of(signed, policy)):
                return signed
        raise Unavailable(
            "ledger.not-witnessed",
            "not enough witnesses have cosigned a checkpoint that holds entry {index} yet",
            retry=True,
            index=leaf,
        )

    def add_cosignatures(self, head: Head, lines: Iterable[NoteSignature], /) -> None:
        """Keep verified cosignatures over one of our own heads, one a key.

        Raises Refused ``ledger.not-our-head``.
        """
        given = tuple(lines)
        self._committer.run(lambda turn: self._keep_lines(turn, head, given))

    def _keep_lines(self, turn: Turn, head: Head, lines: tuple[NoteSignature, ...]) -> None:
        using, log = turn.using, turn.log
        is_ours = head.origin == log.origin and 0 <= head.size <= log.size
        if not is_ours or self._history.root_at(head.size, head_of(log)) != head.root:
            raise Refused(
                "ledger.not-our-head",
                "{origin} of {size} entries is no head of this ledger",
                origin=head.origin,
                size=head.size,
            )
        if not rows_by(using, models.Cosigned, size=head.size):
            # it is of our history, so that signing it once more tells nothing new
            note = self._notary.note(head)
            own = models.Cosigned(size=head.size, root=head.root.raw, note=note)
            own.mark = cosigned_mark(self._keys.master, own)
            insert(using, [own])
        there = {(line.name, line.key_id) for line in self._lines(using, head.size)}
        new = {(line.name, line.key_id): line for line in reversed(lines)}
        rows = [
            models.Cosignature(name=line.name, size=head.size, line=line.line.removesuffix(b"\n"))
            for key, line in new.items()
            if key not in there
        ]
        for row in rows:
            row.mark = cosignature_mark(self._keys.master, row)
        if rows:
            insert(using, rows)

    def cosigned_by(self, witness: str, /) -> Head | None:
        """Return the largest of our heads that bears a kept cosignature of that key name.

        None too where the row of that head is not as it was written: it is asked for anew.
        """
        with self._health.reading() as using:
            size = largest(using, models.Cosignature, "size", name=witness)
            if size is None:
                return None
            row = next(iter(rows_by(using, models.Cosigned, size=size)), None)
        if row is None or not self._is_true(row):
            return None
        return Head(origin=self._keys.origin, size=row.size, root=Digest(bytes(row.root)))

    def behind(self, witness: str, seen: Head, /) -> None:
        """Stop signing, durably, unless the log holds this very head."""
        self._committer.run(lambda turn: note_ahead(turn, witness, seen))

    # --- cosignatures ---------------------------------------------------------------

    def _lines(self, using: str, size: int) -> tuple[NoteSignature, ...]:
        # one that somebody changed is as none: its witness can be asked again
        rows = sorted(rows_by(using, models.Cosignature, size=size), key=attrgetter("id"))
        master = self._keys.master
        true = [row for row in rows if bytes(row.mark) == cosignature_mark(master, row)]
        return tuple(parse_signature_line(bytes(row.line)) for row in true)

    def _is_true(self, row: models.Cosigned) -> bool:
        return bytes(row.mark) == cosigned_mark(self._keys.master, row)


def _with_lines(note: bytes, lines: tuple[NoteSignature, ...]) -> SignedCheckpoint:
    signed = parse_signed_checkpoint(note)
    return SignedCheckpoint(checkpoint=signed.checkpoint, note=signed.note.with_signatures(lines))


def _witnesses_of(signed: SignedCheckpoint, policy: Policy) -> set[str]:
    return {
        witness.name
        for witness in policy.witnesses
        for line in signed.note.signatures
        if verify_line(key=witness.key, checkpoint=signed.checkpoint, signature=line).is_valid
    }


def _require_size(log: models.Log, size: int) -> None:
    if not 0 <= size <= log.size:
        raise _no_such_size(size)


def _no_such_size(size: int) -> Refused:
    return Refused("ledger.no-such-size", "this ledger never had {size} entries", size=size)
