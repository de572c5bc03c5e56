"""Step 12: for whom the package is, what it may be used for, and whether it is an exercise."""

from collections.abc import Iterator

from longbien.evidence._findings import failed, passed
from longbien.evidence.package import Package
from longbien.primitives.ids import KeyId
from longbien.primitives.verdict import Finding

ADDRESSEE = "package.addressee"
LIMITS = "package.use-limits"
EXERCISE = "package.exercise"


def check_addressee(package: Package, *, recipient: KeyId | None) -> Iterator[Finding]:
    """Say who is addressed.

    With ``recipient`` the package must name that key: sealing does not authenticate the
    sender, so a package that was signed for somebody else could be sealed again for us.
    """
    if recipient is None:
        yield passed(ADDRESSEE, "addressee.listed", count=len(package.recipients))
    elif recipient in package.recipients:
        yield passed(ADDRESSEE, "addressee.named", str(recipient))
    else:
        yield failed(ADDRESSEE, "addressee.not-named", str(recipient))


def check_use_limits(package: Package) -> Iterator[Finding]:
    """Say how many use limits there are; that they are kept is for people."""
    if package.use_limits:
        yield passed(LIMITS, "limits.listed", count=len(package.use_limits))
    else:
        yield passed(LIMITS, "limits.none")


def check_exercise(*, is_marked: bool, by_exercise_key: bool) -> Iterator[Finding]:
    """Say whether it is training material; what an exercise key signed must be marked as such."""
    if is_marked:
        yield passed(EXERCISE, "exercise.marked")
    elif by_exercise_key:
        yield failed(EXERCISE, "exercise.not-marked")
    else:
        yield passed(EXERCISE, "exercise.none")
