"""The age identity of a case: everything sealed at home for a case opens with it.

It follows from the key of the case, so that destroying that one key erases exhibits, packages
and events alike.
"""

from typing import TYPE_CHECKING

from longbien.primitives.errors import Refused
from longbien.primitives.ids import CaseId
from longbien.trust.age.identities import HybridIdentity

if TYPE_CHECKING:
    from longbien.node.store.turn import StoreKeys


def case_identity(keys: "StoreKeys", case: CaseId) -> HybridIdentity:
    """Return the identity of a case that is open.

    Raises Refused ``desk.no-such-case`` and ``case.erased``; Integrity ``at-rest.changed``.
    """
    from longbien.node.store.case_keys import erased, opened  # noqa: PLC0415 - Django is set up
    from longbien.node.store.models import CaseKey  # noqa: PLC0415

    row = CaseKey.objects.using(keys.using).filter(case=case.text).first()
    if row is None:
        raise Refused("desk.no-such-case", "there is no such case")
    key = opened(keys.master, row)
    if key is None:
        raise erased(case.text)
    return HybridIdentity(key.derive(b"age identity"))
