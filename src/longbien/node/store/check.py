"""Fsck: does the store agree with itself?  It may run beside a live node and changes nothing.

1. ``store.database``: the database finds its own pages in order.
2. ``store.head``: the head is this node's, signed with each key of the log.
3. ``store.events``: no event missing, each opens and is what the ledger committed to.
4. ``store.tree``: the events give the signed root, and every stored tile.
5. ``store.keys``: each case has its key, or the trace of one that was destroyed.
6. ``store.outbox``: no message missing, each opens, each that is done has its receipt.
7. ``store.inbox``: no message missing, each with its receipt.
8. ``store.vault``: transfers and objects are as recorded, and the vault holds the objects.
9. ``store.others``: pins, answers, heads of other ledgers and the audit trail are as written.
10. ``store.lists``: what lists show follows from the events.

Every check leaves a finding, PASSED if nothing was found.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from django.db import Error as DatabaseProblem
from django.db import connections
from django.db.models import Count, F, Max

from longbien.adapters.at_rest import MasterKey
from longbien.channel.transfer import SealedObject
from longbien.ledger.checkpoints import Head
from longbien.ledger.notes import parse_signature_line
from longbien.node.store import models, rows
from longbien.node.store.ahead import ahead_mark
from longbien.node.store.audit import broken_links
from longbien.node.store.case_keys import key_mark, opened
from longbien.node.store.check_kinds import odd_values
from longbien.node.store.check_tree import Problem, check_events, check_tree
from longbien.node.store.group import answer_place
from longbien.node.store.lists import Summarise, differing
from longbien.node.store.officer_tables import OfficerRow, TokenRow
from longbien.node.store.snapshot import snapshot
from longbien.node.store.turn import (
    StoreKeys,
    Tallies,
    get_log,
    head_damaged,
    is_signed,
    log_mark,
    states,
)
from longbien.node.store.witnessings import evidence_mark, witnessing_mark
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Malformed
from longbien.primitives.verdict import Finding, Outcome, Verdict

R = TypeVar("R", bound=models.Row)

HoldsObject: TypeAlias = Callable[[SealedObject], bool]
"""Tells whether the vault holds a sealed object with all its parts."""

MOST_WAITING: Final = timedelta(hours=1)  # ``channel.outbound.LONGEST_WAIT`` many times over
MAX_FINDINGS: Final = 1000  # of one check; who has more does not read them one by one


def check_store(keys: StoreKeys, *, summarise: Summarise, holds_object: HoldsObject) -> Verdict:
    """Run all checks on one consistent view of the database; never raises for what it finds.

    Raises Refused ``store.absent`` where there is no store at all.
    """
    with snapshot(keys.using):
        checks = checks_of(keys, summarise=summarise, holds_object=holds_object)
        findings = [one for name, check in checks.items() for one in findings_of(name, check)]
    return Verdict.of(findings, required=checks)


def checks_of(
    keys: StoreKeys, *, summarise: Summarise, holds_object: HoldsObject
) -> Mapping[str, Callable[[], Iterator[Problem]]]:
    """Return all checks of a store by their names, to be run by ``findings_of``.

    Raises Refused ``store.absent``.
    """
    inspection = _Inspection(keys, summarise, holds_object)
    return {
        "store.database": inspection.database,
        "store.head": inspection.head,
        "store.events": inspection.events,
        "store.tree": inspection.tree,
        "store.keys": inspection.case_keys,
        "store.outbox": inspection.outbox,
        "store.inbox": inspection.inbox,
        "store.vault": inspection.vault,
        "store.others": inspection.others,
        "store.lists": inspection.lists,
    }


def findings_of(name: str, check: Callable[[], Iterator[Problem]]) -> Iterator[Finding]:
    """Run one check: a finding for each problem, or one that says that there is none."""
    found = False
    try:
        for problem in islice(check(), MAX_FINDINGS):
            found = True
            yield Finding(
                check=name, outcome=Outcome.FAILED, reason=problem.reason, subject=problem.subject
            )
    except Integrity as error:
        found = True
        yield Finding(check=name, outcome=Outcome.FAILED, reason=error.code)
    except (
        Malformed,
        ArithmeticError,
        ValueError,
        LookupError,
        TypeError,
        DatabaseProblem,
    ) as error:  # a value that nothing ever wrote there
        found = True
        why = (("why", type(error).__name__),)
        yield Finding(check=name, outcome=Outcome.FAILED, reason="store.unreadable", facts=why)
    if not found:
        yield Finding(check=name, outcome=Outcome.PASSED, reason="store.sound")


class _Inspection:
    """The checks over one view."""

    def __init__(self, keys: StoreKeys, summarise: Summarise, holds_object: HoldsObject) -> None:
        self._keys, self._using, self._master = keys, keys.using, keys.master
        self._summarise, self._holds_object = summarise, holds_object

    @cached_property
    def _log(self) -> models.Log:
        # read by the first check that asks for it: what is wrong with it is that check's to tell
        return get_log(self._using)

    def database(self) -> Iterator[Problem]:
        """Check 1."""
        if connections[self._using].vendor == "sqlite":
            with connections[self._using].cursor() as cursor:
                cursor.execute("PRAGMA integrity_check(100)")  # indexes against their tables too
                for (line,) in cursor.fetchall():
                    if line != "ok":
                        yield Problem(reason="store.pages", subject=str(line)[:200])
            yield from odd_values(self._using)

    def head(self) -> Iterator[Problem]:
        """Check 2."""
        if bytes(self._log.mark) != log_mark(self._master, self._log):
            raise head_damaged()
        if not is_signed(self._keys, self._log):
            yield Problem(reason="store.head-unsigned", subject="0")
        if models.Log.objects.using(self._using).count() != 1:
            yield Problem(reason="store.rows-missing", subject="log")
        yield from self._marked(models.Ahead, "ahead", ahead_mark)
        yield from self._changed(models.Cosigned, rows.cosigned_mark)
        yield from self._changed(models.Cosignature, rows.cosignature_mark)
        for row in models.Cosigned.objects.using(self._using).iterator():
            if not self._is_ours(row):
                yield Problem(reason="store.head-unsigned", subject=str(row.size))
        for line in models.Cosignature.objects.using(self._using).iterator():
            if not self._is_under_a_head(line):
                yield Problem(reason="store.row-damaged", subject=f"cosignature {line.pk}")

    def events(self) -> Iterator[Problem]:
        """Check 3."""
        yield from check_events(self._using, self._master, self._log)

    def tree(self) -> Iterator[Problem]:
        """Check 4."""
        yield from check_tree(self._using, self._log)

    def case_keys(self) -> Iterator[Problem]:
        """Check 5."""
        marks = []
        for row in models.CaseKey.objects.using(self._using).iterator():
            marks.append(key_mark(self._master, row))
            try:
                opened(self._master, row)
            except Integrity:
                yield Problem(reason="store.key-damaged", subject=row.case)
        yield from self._tally("case-key", marks)

    def outbox(self) -> Iterator[Problem]:
        """Check 6."""
        yield from self._marked(models.Outbox, "outbox", rows.outbox_mark)
        for row in models.Outbox.objects.using(self._using).order_by("id").iterator():
            if not self._opens(row):
                yield Problem(reason="store.message-damaged", subject=row.message)
            if row.is_open == bool(row.receipt):
                yield Problem(reason="store.receipt-missing", subject=row.message)
        yield from self._gaps(models.Outbox)
        yield from self._put_off(models.Outbox, "created_at")

    def inbox(self) -> Iterator[Problem]:
        """Check 7."""
        yield from self._marked(models.Inbox, "inbox", rows.inbox_mark)
        for row in models.Inbox.objects.using(self._using).filter(receipt=b"").iterator():
            yield Problem(reason="store.receipt-missing", subject=row.message)
        yield from self._gaps(models.Inbox)

    def vault(self) -> Iterator[Problem]:
        """Check 8."""
        yield from self._marked(models.Arrival, "arrival", rows.arrival_mark)
        yield from self._marked(models.VaultObject, "object", rows.object_mark)
        for row in models.VaultObject.objects.using(self._using).order_by("id").iterator():
            try:
                is_there = self._holds_object(rows.sealed_of(bytes(row.sealed)))
            except Integrity:
                continue  # told by its mark
            if not is_there:
                yield Problem(reason="store.object-missing", subject=row.case)

    def others(self) -> Iterator[Problem]:
        """Check 9."""
        yield from self._marked(models.Pin, "pin", rows.pin_mark)
        yield from self._marked(models.Chore, "chore", rows.chore_mark)
        yield from self._put_off(models.Chore, "not_before")
        yield from self._marked(models.Witnessing, "witnessing", witnessing_mark)
        yield from self._marked(models.SplitView, "evidence", evidence_mark)
        yield from self._marked(models.Answer, "answer", rows.answer_mark)
        yield from self._marked(OfficerRow, "officer", rows.officer_mark)
        yield from self._marked(TokenRow, "token", rows.token_mark)
        yield from self._changed(models.AskedLog, rows.asked_mark)
        for answer in models.Answer.objects.using(self._using).iterator():
            if not self._opens_answer(answer):
                yield Problem(reason="store.row-damaged", subject=f"answer {answer.pk}")
        for link in broken_links(self._using, self._master):
            yield Problem(reason="store.audit-broken", subject=link)
        trail = models.AuditRecord.objects.using(self._using).values_list("mark", flat=True)
        yield from self._tally("audit", [bytes(mark) for mark in trail.iterator()])

    def lists(self) -> Iterator[Problem]:
        """Check 10."""
        for case in differing(self._using, self._master, self._summarise):
            yield Problem(reason="store.list-differs", subject=case)

    # --- what several checks ask ------------------------------------------------------

    def _marked(
        self, table: type[R], name: str, mark_of: Callable[[MasterKey, R], bytes]
    ) -> Iterator[Problem]:
        yield from self._changed(table, mark_of)
        marks = table._default_manager.using(self._using).values_list("mark", flat=True)  # noqa: SLF001 - Django's documented model API
        yield from self._tally(name, [bytes(mark) for mark in marks.iterator()])

    def _changed(
        self, table: type[R], mark_of: Callable[[MasterKey, R], bytes]
    ) -> Iterator[Problem]:
        for row in table._default_manager.using(self._using).order_by("pk").iterator():  # noqa: SLF001 - Django's documented model API
            mark = bytes(row.mark)  # type: ignore[attr-defined]  # each table that is given has one
            if mark != mark_of(self._master, row):
                yield Problem(reason="store.row-damaged", subject=str(row))

    def _tally(self, table: str, marks: Sequence[bytes]) -> Iterator[Problem]:
        found = Tallies.empty()
        for mark in marks:
            found.add(table, mark)
        if found.of(table) != Tallies(bytes(self._log.tallies)).of(table):
            yield Problem(reason="store.rows-missing", subject=table)

    def _gaps(self, table: "type[models.Outbox | models.Inbox]") -> Iterator[Problem]:
        gaps = (
            table.objects.using(self._using)
            .values("thread", "peer")
            .annotate(count=Count("id"), last=Max("sequence"))
            .exclude(count=F("last"))
        )
        for gap in gaps.iterator():
            yield Problem(reason="store.number-missing", subject=f"{gap['thread']} {gap['peer']}")

    def _put_off(
        self, table: "type[models.Outbox | models.Chore]", begins: str
    ) -> Iterator[Problem]:
        # no lease and no back-off is so long: somebody holds the work back
        latest = rows.micros(self._keys.clock().plus(MOST_WAITING))
        late = table._default_manager.using(self._using).filter(is_open=True, ready_at__gt=latest)  # noqa: SLF001 - Django's documented model API
        for row in late.exclude(ready_at=F(begins)).order_by("pk").iterator():
            yield Problem(reason="store.work-put-off", subject=str(row))

    def _is_ours(self, row: models.Cosigned) -> bool:
        head = Head(origin=self._log.origin, size=row.size, root=Digest(bytes(row.root)))
        return states(self._keys, head, bytes(row.note))

    def _is_under_a_head(self, row: models.Cosignature) -> bool:
        try:
            line = parse_signature_line(bytes(row.line))
        except Malformed:
            return False
        heads = models.Cosigned.objects.using(self._using).filter(size=row.size)
        return line.name == row.name and heads.exists()

    def _opens(self, row: models.Outbox) -> bool:
        try:
            key = self._master.own
            if not row.is_own:
                kept = models.CaseKey.objects.using(self._using).filter(case=row.thread).first()
                found = opened(self._master, kept) if kept else None
                if found is None:
                    return kept is not None and not row.is_open  # erased after it was delivered
                key = found
            key.open(bytes(row.envelope), at=rows.envelope_place(row))
        except Integrity:
            return False
        return True

    def _opens_answer(self, row: models.Answer) -> bool:
        kept = models.CaseKey.objects.using(self._using).filter(case=row.case).first()
        try:
            key = opened(self._master, kept) if kept else None
            if key is not None:
                key.open(bytes(row.sealed), at=answer_place(row.scope, row.key, row.case))
        except Integrity:
            return False
        return True
