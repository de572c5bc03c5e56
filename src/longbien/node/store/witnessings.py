"""The port ``Witnessings`` over the database: what was cosigned of other States' ledgers.

Trusted for: who can put an old head back can make this node cosign two histories, so a head
is marked, and a restored database asks each ledger to prove itself from where it stood.
"""

import hashlib
from collections.abc import Iterator
from operator import attrgetter

from longbien.adapters.at_rest import MasterKey
from longbien.desk.ports import Question
from longbien.ledger.checkpoints import Head
from longbien.node.store import models, rows
from longbien.node.store.committing import Committer
from longbien.node.store.health import Health
from longbien.node.store.statements import replace, rows_by
from longbien.node.store.turn import StoreKeys, Tallies, Turn
from longbien.primitives.digest import Digest

MAX_KEPT = 100  # proofs of one ledger; a second one adds little, and a flood must not fill the disk


class OrmWitnessings:
    """What this node has seen and cosigned."""

    def __init__(self, keys: StoreKeys, committer: Committer, health: Health) -> None:
        self._keys = keys
        self._committer = committer
        self._health = health

    def recorded(self, origin: str, /) -> Head | None:
        """Return the head that was cosigned last.  Raises Integrity ``journal.damaged``."""
        row = self._find(origin)
        return _head_of(row) if row else None

    def recorded_note(self, origin: str, /) -> bytes | None:
        """Return the signed checkpoint of the recorded head.

        Raises Integrity ``journal.damaged``.
        """
        row = self._find(origin)
        return bytes(row.note) or None if row else None

    def record(
        self, origin: str, head: Head, /, *, expected: Head | None, note: bytes = b""
    ) -> bool:
        """Make a new head durable if ``expected`` still stands; tell if it did.

        Raises Integrity ``journal.damaged``: rows are not those that were written last.
        """

        def act(turn: Turn) -> bool:
            self._require_newest(turn)
            row = next(iter(rows_by(turn.using, models.Witnessing, origin=origin)), None)
            if (_head_of(self._checked(row)) if row else None) != expected:
                return False
            new = models.Witnessing(origin=origin, size=head.size, root=head.root.raw, note=note)
            new.mark = witnessing_mark(self._keys.master, new)
            if row is not None:
                turn.count_out("witnessing", bytes(row.mark))
            turn.count_in("witnessing", new.mark)
            replace(turn.using, [new])
            return True

        return bool(self._committer.run(act))

    def question(self, origin: str, /) -> Question | None:
        """Return what that log was last asked to prove."""
        with self._health.reading() as using:
            row = next(iter(rows_by(using, models.AskedLog, origin=origin)), None)
        if row is None or bytes(row.mark) != rows.asked_mark(self._keys.master, row):
            return None  # it is put again when that log shows itself
        return Question(note=bytes(row.note), asked=row.asked)

    def put_question(self, origin: str, question: Question | None, /) -> None:
        """Remember a question, or drop it."""

        def act(turn: Turn) -> None:
            if question is None:
                models.AskedLog.objects.using(turn.using).filter(origin=origin).delete()
                return
            row = models.AskedLog(origin=origin, note=question.note, asked=question.asked)
            row.mark = rows.asked_mark(self._keys.master, row)
            replace(turn.using, [row])

        self._committer.run(act)

    def keep_evidence(self, origin: str, proof: bytes, /) -> None:
        """Keep the proof of a split view, durably and for good; the same one is kept once."""
        name = hashlib.sha256(origin.encode() + b"\0" + proof).hexdigest()

        def act(turn: Turn) -> None:
            table = models.SplitView.objects.using(turn.using)
            is_there = table.filter(sha256=name).exists()
            if is_there or table.filter(origin=origin).count() >= MAX_KEPT:
                return
            row = models.SplitView(sha256=name, origin=origin, proof=proof)
            row.mark = evidence_mark(self._keys.master, row)
            turn.count_in("evidence", row.mark)
            row.save(using=turn.using, force_insert=True)

        self._committer.run(act)

    def evidence(self) -> Iterator[tuple[str, bytes]]:
        """Return all such proofs with their origins.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            found = rows_by(using, models.SplitView)
        for row in found:
            if bytes(row.mark) != evidence_mark(self._keys.master, row):
                raise rows.damaged("proof", row.sha256)
        found.sort(key=attrgetter("origin", "sha256"))
        return iter([(row.origin, bytes(row.proof)) for row in found])

    def _find(self, origin: str) -> models.Witnessing | None:
        with self._health.reading() as using:
            row = next(iter(rows_by(using, models.Witnessing, origin=origin)), None)
        return self._checked(row) if row else None

    def _require_newest(self, turn: Turn) -> None:
        # an older row bears a true mark: who puts it back would have two histories cosigned
        found = Tallies.empty()
        for row in rows_by(turn.using, models.Witnessing):
            found.add("witnessing", bytes(row.mark))
        if found.of("witnessing") != turn.tally_of("witnessing"):
            raise rows.damaged("witnessing", "table")

    def _checked(self, row: models.Witnessing) -> models.Witnessing:
        if bytes(row.mark) != witnessing_mark(self._keys.master, row):
            raise rows.damaged("witnessing", row.origin)
        return row


def witnessing_mark(master: MasterKey, row: models.Witnessing) -> bytes:
    """Return the mark over a recorded head."""
    return master.mark("witnessing", row.origin, row.size, bytes(row.root), bytes(row.note))


def evidence_mark(master: MasterKey, row: models.SplitView) -> bytes:
    """Return the mark over a kept proof."""
    return master.mark("evidence", row.sha256, row.origin, bytes(row.proof))


def _head_of(row: models.Witnessing) -> Head:
    return Head(origin=row.origin, size=row.size, root=Digest(bytes(row.root)))
