"""What a new version of the program adds to rows that an older one wrote: marks, and sums of them.

Only ``longbien init --upgrade`` does it, once, at the operator's word: nothing else gives a mark
to a row that has none.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from longbien.adapters.at_rest import MasterKey
from longbien.node.store import models, rows
from longbien.node.store.officer_tables import OfficerRow, TokenRow
from longbien.node.store.turn import EdgeCache, StoreKeys, Tallies, Turn

_Marking = tuple[type[models.Row], Callable[[MasterKey, Any], bytes]]

_MARKED: tuple[_Marking, ...] = (
    (models.CaseRow, rows.case_mark),
    (models.Cosigned, rows.cosigned_mark),
    (models.Cosignature, rows.cosignature_mark),
    (models.AskedLog, rows.asked_mark),
)
_SUMMED: tuple[tuple[str, type[models.Row]], ...] = (("officer", OfficerRow), ("token", TokenRow))


def bring_up_to_date(keys: StoreKeys) -> None:
    """Mark the rows that have no mark yet, and count those that were not counted.

    Raises Integrity ``store.head-damaged``.
    """
    with transaction.atomic(using=keys.using):
        turn = Turn(keys, EdgeCache())
        for table, mark_of in _MARKED:
            for row in table._default_manager.using(keys.using).filter(mark=b""):  # noqa: SLF001 - Django's documented model API
                row.mark = mark_of(keys.master, row)  # type: ignore[attr-defined]  # each of these tables has one
                row.save(using=keys.using)
        if len(turn.log.tallies) < len(Tallies.empty().encode()):
            for name, table in _SUMMED:
                for row in table._default_manager.using(keys.using).all():  # noqa: SLF001 - the same
                    turn.count_in(name, bytes(row.mark))  # type: ignore[attr-defined]  # the same
        turn.end()
