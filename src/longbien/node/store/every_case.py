"""Every case of the journal, one after another, in constant memory."""

from collections.abc import Iterator, Sequence
from typing import Final

from longbien.adapters.at_rest import MasterKey
from longbien.desk.ports import StoredEvent
from longbien.node.store import models
from longbien.node.store.case_keys import opened
from longbien.node.store.journal import open_events
from longbien.primitives.ids import CaseId

_BATCH: Final = 200  # cases that are read at once: some megabytes


def every_case(
    using: str, master: MasterKey, *, size: int
) -> Iterator[tuple[CaseId, Sequence[StoredEvent] | None]]:
    """Give each case with its events among the first ``size`` entries of the ledger.

    None stands for the events of a case whose key was destroyed.  In the order of their ids, so
    the same journal gives the same.  Raises Integrity ``journal.damaged``, ``at-rest.changed``.
    """
    last = ""
    while True:
        cases = _next(using, last, size)
        if not cases:
            return
        keys = {row.case: row for row in models.CaseKey.objects.using(using).filter(case__in=cases)}
        events: dict[str, list[models.Event]] = {case: [] for case in cases}
        found = models.Event.objects.using(using).filter(case__in=cases, leaf__lt=size)
        for row in found.order_by("case", "version"):
            events[row.case].append(row)
        for case, of_case in events.items():
            key = opened(master, keys[case]) if case in keys else None
            yield CaseId(case), open_events(of_case, key) if key is not None else None
        last = cases[-1]


def _next(using: str, last: str, size: int) -> Sequence[str]:
    found = models.Event.objects.using(using).filter(case__gt=last, leaf__lt=size)
    return list(found.order_by("case").values_list("case", flat=True).distinct()[:_BATCH])
