"""How work is leased: statements made once, run by every worker at every look.

The same text for both databases; PostgreSQL passes over the rows of other workers.
"""

from functools import cache
from typing import Any, TypeVar

from django.db import connections

from longbien.node.store.models import Chore, Outbox
from longbien.node.store.statements import execute, read, reading

Q = TypeVar("Q", Outbox, Chore)


def is_any_due(using: str, model: type[Outbox | Chore], now: int, lane: int | None) -> bool:
    """Tell whether a row may be leased, of one lane where the table has lanes."""
    sql = f"SELECT 1 {_due(model, has_lane=lane is not None)} LIMIT 1"
    return bool(execute(using, sql, (now,) if lane is None else (now, lane)))


def lease(
    using: str, model: type[Q], *, now: int, until: int, lane: int | None, limit: int
) -> list[Q]:
    """Lease rows that are due, oldest first; another worker's are passed over, not waited for."""
    names, table = reading(model)
    locks = connections[using].features.has_select_for_update_skip_locked
    sql = (
        f"SELECT {names} {_due(model, has_lane=lane is not None)} "
        f'ORDER BY "ready_at", "id" LIMIT %s{" FOR UPDATE SKIP LOCKED" if locks else ""}'
    )
    at: tuple[int, ...] = (now,) if lane is None else (now, lane)
    found: list[Q] = read(using, model, sql, (*at, limit))
    if found:
        places = ", ".join(["%s"] * len(found))
        execute(
            using,
            f'UPDATE "{table}" SET "fence" = "fence" + 1, "ready_at" = %s '  # noqa: S608 - names of our own models
            f'WHERE "id" IN ({places})',
            (until, *(row.id for row in found)),
        )
    for row in found:
        row.fence += 1
    return found


def change_held(
    using: str, model: type[Outbox | Chore], *, held: dict[str, Any], to: dict[str, Any]
) -> None:
    """Change columns of a row, if it is still held so."""
    _, table = reading(model)
    changed = ", ".join(f'"{one}" = %s' for one in to)
    asked = " AND ".join(f'"{one}" = %s' for one in held)
    execute(
        using,
        f'UPDATE "{table}" SET {changed} WHERE {asked}',  # noqa: S608 - names of our own models
        (*to.values(), *held.values()),
    )


@cache
def _due(model: type[Outbox | Chore], *, has_lane: bool) -> str:
    _, table = reading(model)
    lane = ' AND "lane" = %s' if has_lane else ""
    # a message waits for the one before it in its thread
    earlier = (
        f' AND NOT EXISTS (SELECT 1 FROM "{table}" AS earlier '  # noqa: S608 - names of our own models
        f'WHERE earlier."thread" = "{table}"."thread" AND earlier."peer" = "{table}"."peer" '
        f'AND earlier."is_open" AND earlier."sequence" < "{table}"."sequence")'
        if has_lane
        else ""
    )
    return f'FROM "{table}" WHERE "{table}"."is_open" AND "ready_at" <= %s{lane}{earlier}'
