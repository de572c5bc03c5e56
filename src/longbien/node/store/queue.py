"""The port ``WorkQueue`` over the database: leases with a fence, in the order of each thread."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connections, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from longbien.adapters.at_rest import DataKey
from longbien.adapters.failpoints import reach
from longbien.channel.message import Lane, ReceiptOutcome
from longbien.desk.ports import LeasedChore, LeasedMessage
from longbien.node.store import models, rows
from longbien.node.store.case_keys import opened
from longbien.node.store.committing import Committer
from longbien.node.store.health import Health
from longbien.node.store.turn import StoreKeys, Turn
from longbien.primitives.errors import Integrity, Refused
from longbien.primitives.instants import Instant

_R = TypeVar("_R", models.Outbox, models.Chore)


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

        One that cannot be decrypted is kept back and marked ``journal.damaged``; it hinders no
        other.
        """
        found: list[models.Outbox] = []
        for lane in (place for place, one in enumerate(rows.LANES) if one in lanes):
            if len(found) < limit:
                found += self._lease(_due_messages(lane), now, until, limit - len(found))
        leased = [one for row in found if (one := self._leased(row, until)) is not None]
        if leased:
            reach("after_outbox_lease")
        return leased

    def lease_chores(self, *, now: Instant, until: Instant, limit: int) -> Sequence[LeasedChore]:
        """Lease chores that are due, oldest first."""
        return [
            LeasedChore(
                id=row.id,
                fence=row.fence,
                attempts=row.attempts,
                until=until,
                chore=rows.chore_of(row),
            )
            for row in self._lease(_due_chores, now, until, limit)
        ]

    def _lease(
        self, due: "Callable[[str, int], QuerySet[_R]]", now: Instant, until: Instant, limit: int
    ) -> "list[_R]":
        at, end = rows.micros(now), rows.micros(until)
        with self._health.reading() as using:
            if not due(using, at)[:1].exists():  # an idle worker writes nothing
                return []

        def take(turn: Turn | None) -> "list[_R]":  # noqa: ARG001 - an act is given its turn
            return _take(due(using, at)[:limit], using, end)

        taken: list[_R] = self._write(take)
        return taken

    def _write(self, act: Callable[[Turn | None], Any]) -> Any:  # noqa: ANN401 - what the act returns
        # bookkeeping that need not wait for the ledger: PostgreSQL lets workers do it side by side
        if connections[self._keys.using].vendor == "sqlite":
            return self._committer.run(act)
        with self._health.reading() as using, transaction.atomic(using=using):
            return act(None)

    def _leased(self, row: models.Outbox, until: Instant) -> LeasedMessage | None:
        try:
            envelope = self._key_of(row).open(bytes(row.envelope), at=rows.envelope_place(row))
        except Integrity:
            table = models.Outbox.objects.using(self._keys.using)
            self._write(lambda _: table.filter(id=row.id).update(code="journal.damaged"))
            return None
        return LeasedMessage(
            fence=row.fence,
            attempts=row.attempts,
            until=until,
            message=rows.outgoing_of(row, envelope),
        )

    def _key_of(self, row: models.Outbox) -> DataKey:
        if row.is_own:
            return self._keys.master.own
        with self._health.reading() as using:
            kept = models.CaseKey.objects.using(using).filter(case=row.thread).first()
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

        def settle(turn: Turn) -> None:
            table = models.Outbox.objects.using(turn.using)
            row = table.filter(message=leased.message.id.text).first()
            if row is None or not row.is_open or row.fence != leased.fence:
                raise _stale()
            turn.count_out("outbox", bytes(row.mark))
            row.is_open, row.receipt, row.outcome, row.code = False, receipt, outcome.value, ""
            row.mark = rows.outbox_mark(turn.keys.master, row)
            turn.count_in("outbox", row.mark)
            row.save(using=turn.using, update_fields=_SETTLED)

        self._committer.run(settle)

    def settle_chore(self, leased: LeasedChore, /) -> None:
        """Mark a chore as done, durably.  Raises Refused ``lease.stale``; Unavailable."""

        def settle(turn: Turn) -> None:
            table = models.Chore.objects.using(turn.using)
            row = table.filter(id=leased.id, fence=leased.fence, is_open=True).first()
            if row is None:
                raise _stale()
            turn.count_out("chore", bytes(row.mark))
            row.is_open, row.code = False, ""
            row.mark = rows.chore_mark(turn.keys.master, row)
            turn.count_in("chore", row.mark)
            row.save(using=turn.using, update_fields=("is_open", "code", "mark"))

        self._committer.run(settle)

    def postpone(
        self, leased: LeasedMessage | LeasedChore, /, *, until: Instant, code: str
    ) -> None:
        """Give a row back after a failed attempt.  A stale lease is ignored."""
        using, at = self._keys.using, rows.micros(until)

        def give_back(_turn: Turn | None) -> None:
            if isinstance(leased, LeasedMessage):
                message = models.Outbox.objects.using(using).filter(
                    message=leased.message.id.text, fence=leased.fence, is_open=True
                )
                message.update(ready_at=at, code=code)
            else:
                chore = models.Chore.objects.using(using).filter(
                    id=leased.id, fence=leased.fence, is_open=True
                )
                chore.update(ready_at=at, code=code)

        self._write(give_back)


_SETTLED = ("is_open", "receipt", "outcome", "code", "mark")


def _due_messages(lane: int) -> "Callable[[str, int], QuerySet[models.Outbox]]":
    def due(using: str, now: int) -> "QuerySet[models.Outbox]":
        earlier = models.Outbox.objects.using(using).filter(
            thread=OuterRef("thread"),
            peer=OuterRef("peer"),
            is_open=True,
            sequence__lt=OuterRef("sequence"),
        )
        found = models.Outbox.objects.using(using).filter(
            ~Exists(earlier), is_open=True, lane=lane, ready_at__lte=now
        )
        return found.order_by("ready_at", "id")

    return due


def _due_chores(using: str, now: int) -> "QuerySet[models.Chore]":
    found = models.Chore.objects.using(using).filter(is_open=True, ready_at__lte=now)
    return found.order_by("ready_at", "id")


def _take(due: "QuerySet[_R]", using: str, until: int) -> "list[_R]":
    # another worker's rows are passed over, not waited for
    if connections[using].features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    found = list(due)
    due.model._base_manager.using(using).filter(  # noqa: SLF001 - Django's own name for the plain manager
        id__in=[row.id for row in found]
    ).update(fence=F("fence") + 1, attempts=F("attempts") + 1, ready_at=until)
    for row in found:
        row.fence, row.attempts = row.fence + 1, row.attempts + 1
    return found


def _stale() -> Refused:
    return Refused(
        "lease.stale", "this lease has run out or was given to another worker; leave the work to it"
    )
