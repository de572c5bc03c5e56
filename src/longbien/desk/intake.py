"""Take in an exhibit: what is asked before its first byte is read."""

from typing import Final

from longbien.casework.case import Officer
from longbien.casework.commands import TakeExhibit
from longbien.casework.events import Exhibit
from longbien.casework.life import decide
from longbien.channel.transfer import SealedObject
from longbien.desk.changes import load_file
from longbien.desk.office import Office
from longbien.desk.reading import get_summary
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import CaseId

_NOTHING: Final = Digest.of(b"")
_UNSEALED: Final = SealedObject(
    header=_NOTHING, header_size=1, parts_list=_NOTHING, part_count=1, part_size=99, size=100
)


def require_intake(
    office: Office, officer: Officer, case: CaseId, *, exhibit: str, name: str, note: str
) -> None:
    """Refuse an exhibit that could not be put on record, before anybody sends it.

    The decision itself is taken when it is in the vault, by what the case is then.  Raises what
    ``acting.act`` raises for ``TakeExhibit``, and Refused ``desk.no-such-case``.
    """
    get_summary(office, officer, case)
    rehearsed = TakeExhibit(
        exhibit=Exhibit(
            id=exhibit,
            sealed=_UNSEALED,
            sha256=_NOTHING,
            size=0,
            tree=_NOTHING,
            original_name=name,
            note=note,
        )
    )
    found = load_file(office, case).case
    taken = {one.id.casefold() for one in found.exhibits} if found else set()
    if exhibit.casefold() in taken:  # one folder of a package, on disks that see no difference
        raise Refused("exhibit.exists", "an exhibit has that name already")
    decide(found, rehearsed, officer=officer, now=office.clock(), policy=office.policy)


def get_exhibit(office: Office, case: CaseId, exhibit: str) -> Exhibit:
    """Return an exhibit of a case.  Raises Refused ``desk.no-such-exhibit``."""
    found = load_file(office, case).case
    known = found.exhibits if found else ()
    for one in known:
        if one.id == exhibit:
            return one
    raise Refused("desk.no-such-exhibit", "there is no such exhibit")
