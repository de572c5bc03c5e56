"""The port ``Register`` over the read model: lists of cases, page by page."""

import base64
import binascii
import heapq
import hmac
import itertools
from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from longbien.casework.case import CaseSummary
from longbien.node.store import models, rows
from longbien.node.store.health import Health
from longbien.node.store.likenesses import cases_like
from longbien.node.store.turn import StoreKeys
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import AuthorityId, CaseId, StateCode
from longbien.primitives.instants import Instant

MAX_PAGE: Final = 500  # cases; nobody reads more at once
_CURSOR_MARK: Final = 16  # bytes; who guesses one sees only another place of the same list
_MAX_CURSOR: Final = 128  # characters


class OrmRegister:
    """The lists."""

    def __init__(self, keys: StoreKeys, health: Health) -> None:
        self._master = keys.master
        self._health = health

    def find(self, case: CaseId, /) -> CaseSummary | None:
        """Return one case as lists show it."""
        with self._health.reading() as using:
            row = models.CaseRow.objects.using(using).filter(case=case.text).first()
        return rows.summary_of(row, self._master) if row else None

    def page(
        self,
        *,
        own: AuthorityId | None = None,
        state: str | None = None,
        kind: str | None = None,
        peer: StateCode | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[Sequence[CaseSummary], str | None]:
        """Return cases by time left, and the cursor of the next page.

        A cursor belongs to the list that it was given for.  Raises Malformed
        ``register.cursor``.
        """
        chosen = {
            "own": own.text if own else None,
            "state": state,
            "kind": kind,
            "peer_state": peer.text if peer else None,
        }
        wanted = {name: value for name, value in chosen.items() if value is not None}
        start = self._parse(after, wanted) if after is not None else None
        size = min(max(limit, 1), MAX_PAGE)
        with self._health.reading() as using:
            page = _merged(using, wanted, start, size + 1)
        more = self._cursor(page[size - 1], wanted) if len(page) > size else None
        return [rows.summary_of(row, self._master) for row in page[:size]], more

    def due(self, now: Instant, /, *, limit: int = 100) -> Sequence[CaseSummary]:
        """Return cases whose next clock has run out, the longest overdue first."""
        with self._health.reading() as using:
            page = _merged(using, {}, None, limit, until=rows.micros(now))
        return [rows.summary_of(row, self._master) for row in page]

    def alike(self, tokens: Sequence[str], /, *, limit: int = 20) -> Sequence[CaseSummary]:
        """Return cases that name one of these things, those that share most of them first."""
        with self._health.reading() as using:
            cases = cases_like(using, self._master, tokens, limit=limit)
            found = models.CaseRow.objects.using(using).in_bulk(cases)
        return [rows.summary_of(found[case], self._master) for case in cases if case in found]

    # --- cursors --------------------------------------------------------------------

    def _cursor(self, row: models.CaseRow, wanted: dict[str, str]) -> str:
        place = f"{row.due_at}.{row.case}".encode()
        return base64.urlsafe_b64encode(self._mark(place, wanted) + place).decode().rstrip("=")

    def _parse(self, text: str, wanted: dict[str, str]) -> tuple[int, str]:
        try:
            padded = text[:_MAX_CURSOR].encode("ascii") + b"=" * (-len(text) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raw = b""
        mark, place = raw[:_CURSOR_MARK], raw[_CURSOR_MARK:]
        if not hmac.compare_digest(mark, self._mark(place, wanted)):
            raise Malformed("register.cursor", "this cursor was not given for this list")
        due, _, case = place.decode().partition(".")
        return int(due), case

    def _mark(self, place: bytes, wanted: dict[str, str]) -> bytes:
        chosen = [part for pair in sorted(wanted.items()) for part in pair]
        return self._master.mark("cursor", place, *chosen)[:_CURSOR_MARK]


def _merged(
    using: str,
    wanted: dict[str, str],
    start: tuple[int, str] | None,
    limit: int,
    *,
    until: int = models.NEVER,
) -> list[models.CaseRow]:
    # a list of all authorities is the lists of each, put together: each has its indexes
    owns = [wanted["own"]] if "own" in wanted else _authorities(using)
    others = {name: value for name, value in wanted.items() if name != "own"}
    lists = []
    for own in owns:
        found = models.CaseRow.objects.using(using).filter(own=own, due_at__lte=until, **others)
        if start is not None:
            due, case = start
            # the second condition is the one that an index can begin at
            found = found.filter(Q(due_at__gt=due) | Q(due_at=due, case__gt=case), due_at__gte=due)
        lists.append(found.order_by("due_at", "case")[:limit])
    merged = heapq.merge(*lists, key=lambda row: (row.due_at, row.case))
    return list(itertools.islice(merged, limit))


def _authorities(using: str) -> list[str]:
    # from one to the next by the index, a few steps: DISTINCT would read every case
    found: list[str] = []
    while True:
        after = models.CaseRow.objects.using(using).filter(own__gt=found[-1] if found else "")
        following = after.order_by("own").values_list("own", flat=True).first()
        if following is None:
            return found
        found.append(following)
