"""The read model from the journal: made again, or compared.

What a case looks like is told by ``Summarise``: it is given all events of one case and returns
what lists show of it and find it by, or None for a journal that no list shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from longbien.adapters.at_rest import MasterKey
from longbien.casework.case import CaseSummary
from longbien.desk.ports import StoredEvent
from longbien.node.store import models, rows
from longbien.node.store.case_keys import opened
from longbien.node.store.group import write_summaries
from longbien.node.store.journal import open_events
from longbien.node.store.likenesses import hashes_of, write_likenesses
from longbien.node.store.turn import Act, Turn
from longbien.primitives.errors import Integrity
from longbien.primitives.ids import CaseId


@frozen(kw_only=True)
class Listed:
    """What lists hold of one case."""

    summary: CaseSummary
    tokens: tuple[str, ...] = field(default=(), repr=False)
    """What it names (``desk.ports.Change.tokens``)."""


Summarise: TypeAlias = Callable[[CaseId, Sequence[StoredEvent]], Listed | None]
Runner: TypeAlias = Callable[[Act], Any]

_COLUMNS: Final = attrgetter(
    *(one.attname for one in models.CaseRow._meta.concrete_fields)  # noqa: SLF001 - Django's documented model API
)
BATCH: Final = 200  # cases that are read at once: some megabytes, and one short hold of the lock


def rebuild(using: str, summarise: Summarise, *, run: Runner) -> int:
    """Make the read model again; return how many cases it shows.

    It may run beside a live node: each batch is read and written in one transaction.  Cases
    that were erased, or are damaged, keep what was last shown of them.
    """
    shown = 0
    for cases in _batches(using, models.Event):
        shown += run(partial(_rebuild, cases=cases, summarise=summarise))
    for table in (models.CaseRow, models.Likeness):
        for cases in _batches(using, table):
            run(partial(_drop_strays, cases=cases))
    return shown


def _rebuild(turn: Turn, cases: Sequence[str], summarise: Summarise) -> int:
    found = _summaries(turn.using, turn.keys.master, cases, summarise)
    shown = {case: one for case, one in found.items() if one is not None}
    write_summaries(turn.using, turn.keys.master, [one.summary for one in shown.values()])
    hidden = [case for case, one in found.items() if one is None]
    tokens = {case: one.tokens if one else () for case, one in found.items()}
    write_likenesses(turn.using, turn.keys.master, tokens)
    models.CaseRow.objects.using(turn.using).filter(case__in=hidden).delete()
    return len(shown)


def _drop_strays(turn: Turn, cases: Sequence[str]) -> None:
    events = models.Event.objects.using(turn.using).filter(case__in=cases)
    known = set(events.values_list("case", flat=True).distinct())
    strays = [case for case in cases if case not in known]
    models.CaseRow.objects.using(turn.using).filter(case__in=strays).delete()
    models.Likeness.objects.using(turn.using).filter(case__in=strays).delete()


def differing(using: str, master: MasterKey, summarise: Summarise) -> Iterator[str]:
    """Name the cases of which lists show something else than their events say."""
    for cases in _batches(using, models.Event):
        shown = models.CaseRow.objects.using(using).in_bulk(cases)
        hashes = _hashes(using, cases)
        for case, listed in _summaries(using, master, cases, summarise).items():
            expected = rows.case_row(listed.summary, master) if listed else None
            named = hashes_of(master, listed.tokens if listed else ())
            if _values(shown.get(case)) != _values(expected) or hashes[case] != sorted(named):
                yield case
    for table in (models.CaseRow, models.Likeness):
        for cases in _batches(using, table):
            events = models.Event.objects.using(using).filter(case__in=cases)
            known = set(events.values_list("case", flat=True).distinct())
            yield from (case for case in cases if case not in known)


def _hashes(using: str, cases: Sequence[str]) -> Mapping[str, Sequence[str]]:
    # one that stands there twice would count twice where cases are found that share most
    found: dict[str, list[str]] = {case: [] for case in cases}
    for row in models.Likeness.objects.using(using).filter(case__in=cases):
        found[row.case].append(row.hash)
    return {case: sorted(hashes) for case, hashes in found.items()}


def _values(row: models.CaseRow | None) -> tuple[object, ...]:
    return _COLUMNS(row) if row else ()


def _summaries(
    using: str, master: MasterKey, cases: Sequence[str], summarise: Summarise
) -> Mapping[str, Listed | None]:
    # those that cannot be read are left out: erased, or damaged, which other checks tell
    keys = {row.case: row for row in models.CaseKey.objects.using(using).filter(case__in=cases)}
    events: dict[str, list[models.Event]] = {case: [] for case in cases}
    found = models.Event.objects.using(using).filter(case__in=cases)
    for row in found.order_by("case", "version"):
        events[row.case].append(row)
    summaries: dict[str, Listed | None] = {}
    for case, of_case in events.items():
        try:
            key = opened(master, keys[case]) if case in keys else None
            if key is not None:
                summaries[case] = summarise(CaseId(case), open_events(of_case, key))
        except Integrity:
            continue
    return summaries


def _batches(
    using: str, table: "type[models.Event | models.CaseRow | models.Likeness]"
) -> Iterator[Sequence[str]]:
    # from one case to the next by the index; new ones that come meanwhile are in order already
    last = ""
    while True:
        found = table.objects.using(using).filter(case__gt=last).order_by("case")
        cases = list(found.values_list("case", flat=True).distinct()[:BATCH])
        if not cases:
            return
        yield cases
        last = cases[-1]
