"""Checks 3 and 4: the events one by one, and the tree over them, all from the beginning."""

from collections.abc import Iterator
from typing import Final

from attrs import frozen
from django.db.models import Count, F, Max

from longbien.adapters.at_rest import DataKey, MasterKey
from longbien.ledger.log import LogState, grow
from longbien.ledger.tiles import WIDTH
from longbien.node.store import models
from longbien.node.store.case_keys import opened
from longbien.node.store.journal import open_event
from longbien.node.store.tiles import root_at, tile_id
from longbien.primitives.errors import Integrity

_STEP: Final = 16 * WIDTH  # events that go through memory at once
_KEYS: Final = 4096  # keys of cases that are held open


@frozen(kw_only=True)
class Problem:
    """Something that does not hold: a documented code, and where."""

    reason: str
    subject: str


class _Keys:
    """Keys of cases as events ask for them; None where the case was erased."""

    def __init__(self, using: str, master: MasterKey) -> None:
        self._using, self._master = using, master
        self._known: dict[str, DataKey | None] = {}

    def of(self, row: models.Event) -> DataKey | None:
        """Return what opens an event.  Raises Integrity."""
        if row.is_own:
            return self._master.own
        if row.case not in self._known:
            if len(self._known) >= _KEYS:
                self._known.clear()
            kept = models.CaseKey.objects.using(self._using).filter(case=row.case).first()
            if kept is None:
                raise Integrity("at-rest.changed", "there is no key for this case")
            self._known[row.case] = opened(self._master, kept)
        return self._known[row.case]


def check_events(using: str, master: MasterKey, log: models.Log) -> Iterator[Problem]:
    """Open every event, and see that none is missing in the ledger nor in its case."""
    keys = _Keys(using, master)
    expected = last_at = 0
    for row in models.Event.objects.using(using).order_by("leaf").iterator(chunk_size=_STEP):
        if row.leaf != expected:
            yield Problem(reason="store.event-missing", subject=str(expected))
        expected, last_at = row.leaf + 1, max(last_at, row.at)
        try:
            key = keys.of(row)
            if key is not None:
                open_event(row, key)
        except Integrity:
            yield Problem(reason="store.event-damaged", subject=str(row.leaf))
    if expected != log.size or last_at != log.last_at:
        yield Problem(reason="store.event-missing", subject=f"{expected} of {log.size}")
    gaps = (
        models.Event.objects.using(using)
        .values("case")
        .annotate(count=Count("leaf"), last=Max("version"))
        .exclude(count=F("last"))
    )
    for gap in gaps.iterator():
        yield Problem(reason="store.version-missing", subject=gap["case"])


def check_tree(using: str, log: models.Log) -> Iterator[Problem]:
    """Build the tree again and compare its root and each stored tile."""
    state, tiles = LogState(), 0
    while entries := _entries(using, state.size):
        growth = grow(state, entries)
        state = growth.state
        for file in growth.files:
            if file.tile.level is not None and file.tile.width == WIDTH:
                tiles += 1
                yield from _compare(using, file.tile.level, file.tile.index, file.data)
    for level, edge in enumerate(state.edges):
        if level and edge:
            tiles += 1
            yield from _compare(using, level, state.size >> (8 * (level + 1)), edge)
    if models.Tile.objects.using(using).count() != tiles:
        yield Problem(reason="store.tile-stray", subject=str(tiles))
    if state.size != log.size or state.root.raw != bytes(log.root):
        yield Problem(reason="store.root-differs", subject=str(log.size))
    else:
        yield from _cosigned(using, log)


def _cosigned(using: str, log: models.Log) -> Iterator[Problem]:
    for row in models.Cosigned.objects.using(using).order_by("size"):
        if row.size > log.size or root_at(using, row.size).raw != bytes(row.root):
            yield Problem(reason="store.root-differs", subject=str(row.size))


def _entries(using: str, first: int) -> list[bytes]:
    found = models.Event.objects.using(using).filter(leaf__gte=first, leaf__lt=first + _STEP)
    return [bytes(one) for one in found.order_by("leaf").values_list("entry", flat=True)]


def _compare(using: str, level: int, index: int, data: bytes) -> Iterator[Problem]:
    row = models.Tile.objects.using(using).filter(id=tile_id(level, index)).first()
    if row is None or bytes(row.data) != data:
        yield Problem(reason="store.tile-damaged", subject=f"{level}/{index}")
