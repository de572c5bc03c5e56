"""What a single identifier turned out to be."""

from typing import Final

from attrs import frozen

from longbien.casework.case import Severity
from longbien.casework.completeness.remarks import Fault, fault


@frozen(kw_only=True)
class Judged:
    """An identifier's one form, and what is wrong with it."""

    canonical: str = ""
    """Two spellings of one identifier have one such form; empty: it cannot be read."""

    faults: tuple[Fault, ...] = ()
    state: str = ""
    """The State that its form points to, as of a telephone number: a hint and no more."""

    def has(self, code: str) -> bool:
        """Tell whether that is wrong with it."""
        return any(one.code == code for one in self.faults)


WRONG_FORM: Final = Judged(faults=(fault("identifier.form", Severity.WRONG),))
WRONG_CHECKSUM: Final = Judged(faults=(fault("identifier.checksum", Severity.WRONG),))


def good(canonical: str, *faults: Fault, state: str = "") -> Judged:
    """Return what can be read, with what speaks against it."""
    return Judged(canonical=canonical, faults=faults, state=state)
