"""The audit trail: who did what, by codes and ids; each record marks the one before it."""

from collections.abc import Iterator, Sequence

from attrs import field, frozen

from longbien.adapters.at_rest import MasterKey
from longbien.node.store import models, rows
from longbien.node.store.committing import Committer
from longbien.node.store.health import Health
from longbien.node.store.turn import StoreKeys, Turn
from longbien.primitives.canonical import encode_json, parse_canonical
from longbien.primitives.instants import Instant


@frozen(kw_only=True)
class AuditEntry:
    """One act.  It holds no content and no personal data beyond the officer's id."""

    at: Instant
    actor: str
    """An officer's id, a token's id, a State, or ``worker``."""

    action: str
    """A documented code."""

    subject: str = ""
    """What it was done to: a case, a package, a token."""

    facts: tuple[tuple[str, str], ...] = field(default=())


class OrmAudit:
    """The trail in its table."""

    def __init__(self, keys: StoreKeys, committer: Committer, health: Health) -> None:
        self._master = keys.master
        self._committer = committer
        self._health = health

    def record(self, *entries: AuditEntry) -> None:
        """Keep records, in their order, durably and in one transaction."""

        def act(turn: Turn) -> None:
            last = models.AuditRecord.objects.using(turn.using).order_by("-id").first()
            for entry in entries:
                last = self._append(turn, entry, last)

        self._committer.run(act)

    def _append(
        self, turn: Turn, entry: AuditEntry, last: models.AuditRecord | None
    ) -> models.AuditRecord:
        row = models.AuditRecord(
            id=last.id + 1 if last else 1,
            at=rows.micros(entry.at),
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            facts=encode_json(dict(entry.facts)),
        )
        row.mark = audit_mark(self._master, row, bytes(last.mark) if last else b"")
        turn.count_in("audit", row.mark)
        row.save(using=turn.using, force_insert=True)
        return row

    def page(
        self, *, before: int | None = None, subject: str | None = None, limit: int = 100
    ) -> Sequence[tuple[int, AuditEntry]]:
        """Return records with their numbers, newest first.

        Raises Integrity ``journal.damaged``: one is not as it was written, or the one before it.
        """
        with self._health.reading() as using:
            found = models.AuditRecord.objects.using(using).order_by("-id")
            if before is not None:
                found = found.filter(id__lt=before)
            if subject is not None:
                found = found.filter(subject=subject)
            page = list(found[:limit])
            before_them = [row.id - 1 for row in page]
            trail = models.AuditRecord.objects.using(using).filter(id__in=before_them)
            marks = {number: bytes(mark) for number, mark in trail.values_list("id", "mark")}
        for row in page:
            if bytes(row.mark) != audit_mark(self._master, row, marks.get(row.id - 1, b"")):
                raise rows.damaged("audit", str(row.id))
        return [(row.id, _entry_of(row)) for row in page]


def audit_mark(master: MasterKey, row: models.AuditRecord, before: bytes) -> bytes:
    """Return the mark over a record and the one before it."""
    return master.mark(
        "audit", row.id, row.at, row.actor, row.action, row.subject, bytes(row.facts), before
    )


def broken_links(using: str, master: MasterKey) -> Iterator[str]:
    """Name the records that do not follow from the one before."""
    before, number = b"", 0
    for row in models.AuditRecord.objects.using(using).order_by("id").iterator():
        number += 1
        if row.id != number or bytes(row.mark) != audit_mark(master, row, before):
            yield str(row.id)
        before, number = bytes(row.mark), row.id


def _entry_of(row: models.AuditRecord) -> AuditEntry:
    facts = parse_canonical(bytes(row.facts))
    pairs = facts.items() if isinstance(facts, dict) else ()
    return AuditEntry(
        at=rows.instant_of(row.at),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        facts=tuple((str(name), str(value)) for name, value in pairs),
    )
