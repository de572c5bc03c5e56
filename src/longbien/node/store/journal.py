"""The port ``Journal`` over the database."""

from collections.abc import Sequence
from operator import attrgetter
from typing import cast

from longbien.adapters.at_rest import DataKey
from longbien.adapters.failpoints import reach
from longbien.channel.pins import PeerPins
from longbien.desk.ports import (
    Answered,
    Arrival,
    Change,
    Committed,
    Incoming,
    Numbers,
    StoredEvent,
)
from longbien.ledger.entry import SALT_SIZE, EntryKind, encode_entry
from longbien.node.store import models, rows
from longbien.node.store.case_keys import erased, opened
from longbien.node.store.committing import Committer
from longbien.node.store.group import answer_place
from longbien.node.store.health import Health
from longbien.node.store.statements import largest, rows_by
from longbien.node.store.turn import StoreKeys
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity
from longbien.primitives.ids import CaseId, EventId, MessageId, StateCode, TransferId


class OrmJournal:
    """The truth in tables."""

    def __init__(self, keys: StoreKeys, committer: Committer, health: Health) -> None:
        self._keys = keys
        self._master = keys.master
        self._committer = committer
        self._health = health

    def commit(self, change: Change, /) -> Committed:
        """Put a change into effect; concurrent callers share one write to the disk.

        Raises Refused ``journal.conflict``, ``inbox.duplicate``, ``answered.again``,
        ``case.erased``, ``lease.stale``, ``arrival.taken``; Unavailable ``store.stopped``,
        ``store.busy``, ``ledger.behind-witness``; Integrity ``journal.damaged``.
        """
        if change.settles:
            reach("after_post_before_settle")
        return cast("Committed", self._committer.run(change))

    def load(self, case: CaseId, /) -> tuple[StoredEvent, ...]:
        """Return the events of a case in their order.

        Raises Integrity ``journal.damaged``; Refused ``case.erased``; Unavailable.
        """
        with self._health.reading() as using:
            # the events first: a key that is there afterwards was there for all of them
            found = rows_by(using, models.Event, case=case.text)
            kept = rows_by(using, models.CaseKey, case=case.text) if found else []
        if not found:
            return ()
        key = self._opened(case.text, kept)
        if key is None:
            self._require_erased(found)
            raise erased(case.text)
        return open_events(sorted(found, key=attrgetter("version")), key)

    def numbers(self, thread: CaseId, peer: StateCode, /) -> Numbers:
        """Return how far a thread was counted with that State."""
        with self._health.reading() as using:
            sent, received = (
                largest(using, table, "sequence", thread=thread.text, peer=peer.text)
                for table in (models.Outbox, models.Inbox)
            )
        return Numbers(sent=sent or 0, received=received or 0)

    def pins(self, peer: StateCode, /) -> PeerPins | None:
        """Return what a State has shown to speak.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            row = next(iter(rows_by(using, models.Pin, peer=peer.text)), None)
        return rows.pins_of(row, self._master) if row else None

    def find_incoming(self, sender: StateCode, message: MessageId, /) -> Incoming | None:
        """Return what became of a message.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            found = rows_by(using, models.Inbox, peer=sender.text, message=message.text)
            row = next(iter(found), None)
        return rows.incoming_of(row, self._master) if row else None

    def find_answered(self, scope: str, key: str, /) -> Answered | None:
        """Return the answer that an idempotency key already got.

        Raises Refused ``case.erased``; Integrity ``journal.damaged``.
        """
        with self._health.reading() as using:
            row = next(iter(rows_by(using, models.Answer, scope=scope, key=key)), None)
            kept = rows_by(using, models.CaseKey, case=row.case) if row else []
        if row is None:
            return None
        if bytes(row.mark) != rows.answer_mark(self._master, row):
            raise rows.damaged("answer", key)
        case_key = self._opened(row.case, kept)
        return Answered(
            scope=scope,
            key=key,
            request_sha256=Digest(bytes(row.request_sha256)),
            answer=self._answer(row, case_key),
        )

    def find_arrival(self, transfer: TransferId, /) -> Arrival | None:
        """Return an announced transfer.  Raises Integrity ``journal.damaged``."""
        with self._health.reading() as using:
            row = next(iter(rows_by(using, models.Arrival, transfer=transfer.text)), None)
        return rows.arrival_of(row, self._master) if row else None

    def _opened(self, case: str, kept: Sequence[models.CaseKey]) -> DataKey | None:
        if not kept:
            raise rows.damaged("case-key", case)
        return opened(self._master, kept[0])

    def _require_erased(self, found: Sequence[models.Event]) -> None:
        # the act that destroys a key is in the journal, under the node's own key
        if not any(row.is_own and open_event(row, self._master.own) for row in found):
            raise rows.damaged("case-key", found[0].case)

    def _answer(self, row: models.Answer, key: DataKey | None) -> bytes:
        at = answer_place(row.scope, row.key, row.case)
        try:
            # an answer to the call that erased its case is under the node's own key
            return (key or self._master.own).open(bytes(row.sealed), at=at)
        except Integrity:
            raise (rows.damaged("answer", row.key) if key else erased(row.case)) from None


def open_events(found: Sequence[models.Event], key: DataKey) -> tuple[StoredEvent, ...]:
    """Decrypt the events of a case, in order, compared with the ledger's entries.

    Raises Integrity ``journal.damaged``: one is changed, missing, or another's.
    """
    if [row.version for row in found] != list(range(1, len(found) + 1)):
        raise rows.damaged("event", f"{found[0].case}: a version is missing")
    return tuple(open_event(row, key) for row in found)


def open_event(row: models.Event, key: DataKey) -> StoredEvent:
    """Decrypt one event and compare it with its entry.  Raises Integrity ``journal.damaged``."""
    try:
        plain = key.open(bytes(row.sealed), at=rows.event_place(row))
    except Integrity:
        raise rows.damaged("event", f"{row.case}/{row.version}") from None
    salt, body = plain[:SALT_SIZE], plain[SALT_SIZE:]
    if encode_entry(EntryKind.EVENT, salt, body) != bytes(row.entry):
        raise rows.damaged("event", f"{row.case}/{row.version}: the ledger has another one")
    return StoredEvent(
        id=EventId.parse(row.event),
        kind=row.kind,
        at=rows.instant_of(row.at),
        body=body,
        salt=salt,
        version=row.version,
        leaf=row.leaf,
    )
