"""The port ``WorkQueue`` over the database: leases with a fence, in the order of each thread."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connections, transaction

from longbien.adapters.at_rest import DataKey
from longbien.adapters.failpoints import reach
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.desk.ports import LeasedChore, LeasedMessage
from longbien.node.store import models, rows
from longbien.node.store.case_keys import opened
from longbien.node.store.committing import Committer
from longbien.node.store.group import settle, stale_lease
from longbien.node.store.health import Health
from longbien.node.store.leasing import Q, change_held, is_any_due, lease
from longbien.node.store.statements import rows_by, rows_in, update
from longbien.node.store.turn import StoreKeys, Turn
from longbien.primitives.errors import Integrity
from longbien.primitives.instants import Instant


class OrmWorkQueue:
    """The work to do, for any number of workers."""

    def __init__(self, keys: StoreKeys, committer: Committer, health: Health) -> None:
        self._keys = keys
        self._committer = committer
        self._health = health

    # --- leasing --------------------------------------------------------------------

    def lease_messages(
        self, *, now: Instant, until: Instant, limit: int, lanes: frozenset[Lane]
    ) -> Sequence[LeasedMessage]:
        """Lease messages that are due, most urgent lane first, then oldest.

        One that is not as it was written is kept back and marked ``journal.damaged``; it hinders no
        other.
        """
        places = [place for place, one in enumerate(rows.LANES) if one in lanes]
        found = self._lease(models.Outbox, places, now=now, until=until, limit=limit)
        keys = self._keys_of(found)
        leased = [one for row in found if (one := self._leased(row, keys, until)) is not None]
        if leased:
            reach("after_outbox_lease")
        return leased

    def lease_chores(self, *, now: Instant, until: Instant, limit: int) -> Sequence[LeasedChore]:
        """Lease chores that are due, oldest first.

        One that is not as it was written is kept back and marked ``journal.damaged``.
        """
        found = self._lease(models.Chore, [None], now=now, until=until, limit=limit)
        return [one for row in found if (one := self._leased_chore(row, until)) is not None]

    def _leased_chore(self, row: models.Chore, until: Instant) -> LeasedChore | None:
        try:
            chore = rows.chore_of(row, self._keys.master)
        except Integrity:
            self._keep_back(row)
            return None
        return LeasedChore(
            id=row.id, fence=row.fence, attempts=row.attempts + 1, until=until, chore=chore
        )

    def _keep_back(self, row: models.Outbox | models.Chore) -> None:
        row.code = "journal.damaged"
        self._write(lambda _: update(self._keys.using, row, ("code",)))

    def _lease(
        self,
        model: type[Q],
        lanes: Sequence[int | None],
        *,
        now: Instant,
        until: Instant,
        limit: int,
    ) -> list[Q]:
        at, end = rows.micros(now), rows.micros(until)
        with self._health.reading() as using:
            due = [lane for lane in lanes if is_any_due(using, model, at, lane)]
        if not due:  # an idle worker writes nothing
            return []

        def take(_turn: Turn | None) -> list[Q]:
            found: list[Q] = []
            for lane in due:
                left = limit - len(found)
                found += lease(using, model, now=at, until=end, lane=lane, limit=left)
            return found

        taken: list[Q] = self._write(take)
        return taken

    def _write(self, act: Callable[[Turn | None], Any]) -> Any:  # noqa: ANN401 - what the act returns
        # bookkeeping that need not wait for the ledger: PostgreSQL lets workers do it side by side
        if connections[self._keys.using].vendor == "sqlite":
            return self._committer.run(act)
        with self._health.reading() as using, transaction.atomic(using=using):
            return act(None)

    def _leased(
        self, row: models.Outbox, keys: Mapping[str, models.CaseKey], until: Instant
    ) -> LeasedMessage | None:
        try:
            key = self._keys.master.own if row.is_own else self._opened(keys.get(row.thread), row)
            envelope = key.open(bytes(row.envelope), at=rows.envelope_place(row))
            message = rows.outgoing_of(row, envelope, self._keys.master)
        except Integrity:
            self._keep_back(row)
            return None
        return LeasedMessage(
            fence=row.fence,
            attempts=row.attempts + 1,
            until=until,
            message=message,
        )

    def _keys_of(self, found: Sequence[models.Outbox]) -> Mapping[str, models.CaseKey]:
        cases = {row.thread for row in found if not row.is_own}
        with self._health.reading() as using:
            return {row.case: row for row in rows_in(using, models.CaseKey, "case", cases)}

    def _opened(self, kept: models.CaseKey | None, row: models.Outbox) -> DataKey:
        key = opened(self._keys.master, kept) if kept else None
        if key is None:
            raise rows.damaged("case-key", row.thread)
        return key

    # --- settling -------------------------------------------------------------------

    def settle_message(
        self, leased: LeasedMessage, /, *, receipt: bytes, outcome: ReceiptOutcome
    ) -> None:
        """Keep the peer's receipt for good, durably; the message is done.

        Raises Refused ``lease.stale``; Unavailable.
        """
        reach("after_post_before_settle")

        def act(turn: Turn) -> None:
            found = rows_by(turn.using, models.Outbox, message=leased.message.id.text)
            row = next(iter(found), None)
            if row is None or not row.is_open or row.fence != leased.fence:
                raise stale_lease()
            settle(turn, row, receipt=receipt, outcome=outcome)

        self._committer.run(act)

    def settle_chore(self, leased: LeasedChore, /) -> None:
        """Mark a chore as done, durably.  Raises Refused ``lease.stale``; Unavailable."""

        def settle(turn: Turn) -> None:
            row = next(iter(rows_by(turn.using, models.Chore, id=leased.id)), None)
            if row is None or not row.is_open or row.fence != leased.fence:
                raise stale_lease()
            rows.require_chore(row, turn.keys.master)
            turn.count_out("chore", bytes(row.mark))
            row.is_open, row.code = False, ""
            row.mark = rows.chore_mark(turn.keys.master, row)
            turn.count_in("chore", row.mark)
            update(turn.using, row, ("is_open", "code", "mark"))

        self._committer.run(settle)

    def renew(self, leased: LeasedMessage | LeasedChore, /, *, until: Instant) -> None:
        """Hold a row for longer.  A stale lease is ignored."""
        self._change_held(leased, {"ready_at": rows.micros(until)})

    def postpone(
        self, leased: LeasedMessage | LeasedChore, /, *, until: Instant, code: str, failed: int
    ) -> None:
        """Give a row back after a failed attempt.  A stale lease is ignored."""
        to = {"ready_at": rows.micros(until), "code": code, "attempts": failed}
        self._change_held(leased, to)

    def _change_held(self, leased: LeasedMessage | LeasedChore, to: dict[str, Any]) -> None:
        using, held = self._keys.using, {"fence": leased.fence, "is_open": True}

        def change(_turn: Turn | None) -> None:
            if isinstance(leased, LeasedMessage):
                named = {"message": leased.message.id.text, **held}
                change_held(using, models.Outbox, held=named, to=to)
            else:
                change_held(using, models.Chore, held={"id": leased.id, **held}, to=to)

        self._write(change)
