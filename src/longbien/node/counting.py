"""Statistics of a node: out of its journal, up to a head of its ledger."""

from longbien.casework.statistics.facts import facts_of
from longbien.casework.statistics.tables import Statistics, Tables
from longbien.casework.wire import parse_event
from longbien.desk.records import RECORD_KINDS
from longbien.ledger.checkpoints import Head
from longbien.node.running import Node
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant


def count_cases(
    node: Node, *, since: Instant | None, until: Instant | None, size: int | None = None
) -> Statistics:
    """Return the statistics of all cases that were opened in a period.

    ``size`` is that of an older head of the ledger: what was computed then comes out again.
    Raises Refused ``statistics.head``, ``statistics.period``; Integrity ``journal.damaged``.
    """
    from longbien.node.store.every_case import every_case  # noqa: PLC0415 - Django is set up

    if since is not None and until is not None and since >= until:
        raise Refused("statistics.period", "the period ends before it begins")
    newest = node.office.ledger.newest().checkpoint.head
    size = newest.size if size is None else size
    if not 0 <= size <= newest.size:
        raise Refused("statistics.head", "the ledger holds {count} entries", count=newest.size)
    root = newest.root if size == newest.size else node.office.ledger.root_at(size)
    head = Head(origin=newest.origin, size=size, root=root)
    tables = Tables(since=since, until=until, exercise=node.office.exercise)
    for _, stored in every_case(node.store.keys.using, node.store.keys.master, size=size):
        if stored is None:
            tables.erased += 1
        elif not any(one.kind in RECORD_KINDS for one in stored):
            events = [parse_event(one.kind, one.body) for one in stored]
            tables.add(facts_of(events, node.office.policy.law))
    return tables.statistics(head)
