"""The audit trail: who did what, newest first, none taken out."""

from longbien.node.store.audit import AuditEntry
from longbien.node.store.opening import Store
from store_world import START, at, findings

READ = AuditEntry(
    at=START, actor="linh", action="case.read", subject="case 1", facts=(("reason", "duty"),)
)


def test_records_come_back_as_they_were_given(store: Store) -> None:
    """Numbered from one on, the newest first, page by page."""
    other = AuditEntry(at=at(5), actor="worker", action="message.posted", subject="case 2")
    for one in (READ, other, READ):
        store.audit.record(one)

    assert store.audit.page() == [(3, READ), (2, other), (1, READ)]
    assert store.audit.page(limit=1) == [(3, READ)]
    assert store.audit.page(before=3, limit=1) == [(2, other)]
    assert store.audit.page(subject="case 1") == [(3, READ), (1, READ)]
    assert findings(store) == []


def test_an_empty_trail_is_an_empty_page(store: Store) -> None:
    """Nothing was done yet."""
    assert store.audit.page() == []
