"""The record of safeguards and decisions that may lie in a package: readable, and about it."""

from collections.abc import Iterator
from typing import Final

from longbien.evidence._findings import failed, passed, unreadable
from longbien.evidence.checks_description import DESCRIPTION_CHECK
from longbien.evidence.layout import RECORD
from longbien.evidence.package import Package
from longbien.primitives.canonical import parse_canonical
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding

FORMAT: Final = "LB-Record 1"
MEMBERS: Final = frozenset({"decisions", "format", "package", "safeguards", "use_limits"})
_MOST: Final = 2**24  # bytes


def check_record(data: bytes, package: Package | None) -> Iterator[Finding]:
    """Yield what is wrong with ``evidence/record.json``, or that it is there; never raises.

    Its content is the giving State's own word: it is shown, and not judged.
    """
    try:
        found = parse_canonical(data, max_size=_MOST)
    except Malformed as error:
        yield unreadable(DESCRIPTION_CHECK, "record.unreadable", RECORD, error)
        return
    if not isinstance(found, dict) or found.keys() != MEMBERS or found["format"] != FORMAT:
        yield failed(DESCRIPTION_CHECK, "record.form", RECORD)
        return
    if package is not None and found["package"] != str(package.package_id):
        yield failed(DESCRIPTION_CHECK, "record.other-package", RECORD)
        return
    decisions = found["decisions"]
    count = len(decisions) if isinstance(decisions, list) else 0
    yield passed(DESCRIPTION_CHECK, "record.stated", decisions=count)
