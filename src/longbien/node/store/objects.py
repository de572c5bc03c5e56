"""What the vault holds, by the journal's word: for scrubbing, taking stock and fsck."""

from collections.abc import Iterator

from longbien.channel.transfer import SealedObject
from longbien.node.store.models import VaultObject
from longbien.node.store.opening import Store
from longbien.node.store.rows import require_object, sealed_of
from longbien.primitives.ids import CaseId


def objects_of(store: Store, *, case: CaseId | None = None) -> Iterator[SealedObject]:
    """Yield the sealed objects of a case, or of all, each as often as it was noted.

    Raises Integrity ``journal.damaged``; Unavailable ``store.stopped``.
    """
    with store.health.reading() as using:
        rows = VaultObject.objects.using(using).order_by("id")
        if case is not None:
            rows = rows.filter(case=case.text)
        found = list(rows)
    for row in found:
        require_object(row, store.keys.master)
        yield sealed_of(bytes(row.sealed))
