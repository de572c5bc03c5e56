"""What the vault holds, by the journal's word: for scrubbing, taking stock and fsck."""

from collections.abc import Iterator

from longbien.channel.transfer import SealedObject
from longbien.node.store.models import VaultObject
from longbien.node.store.rows import require_object, sealed_of
from longbien.node.store.turn import StoreKeys
from longbien.primitives.ids import CaseId


def objects_of(keys: StoreKeys, *, case: CaseId | None = None) -> Iterator[SealedObject]:
    """Yield the sealed objects of a case, or of all, each as often as it was noted.

    Raises Integrity ``journal.damaged``.
    """
    rows = VaultObject.objects.using(keys.using).order_by("id")
    if case is not None:
        rows = rows.filter(case=case.text)
    for row in rows.iterator():
        require_object(row, keys.master)
        yield sealed_of(bytes(row.sealed))
