"""The keys of cases: wrapped in the database, opened for one piece of work."""

from longbien.adapters.at_rest import DataKey, MasterKey, place
from longbien.node.store.models import CaseKey
from longbien.primitives.errors import LongBienError, Refused


def key_place(case: str) -> bytes:
    """Return what a wrapped key is bound to."""
    return place("case-key", case)


def key_mark(master: MasterKey, row: CaseKey) -> bytes:
    """Return what a key's row counts for in its tally."""
    wrapped = None if row.wrapped is None else bytes(row.wrapped)
    return master.mark("case-key", row.case, wrapped)


def opened(master: MasterKey, row: CaseKey) -> DataKey | None:
    """Return the key of a row, None where it was destroyed.

    Raises Integrity ``at-rest.changed``.
    """
    if row.wrapped is None:
        return None
    return master.unwrap(bytes(row.wrapped), at=key_place(row.case))


def erased(case: str) -> LongBienError:
    """Return the error of a case whose key is gone."""
    return Refused(
        "case.erased",
        "case {case} was erased: its key is destroyed, its place in the ledger stays",
        case=case,
    )
