"""Read: lists for everybody, content only with a reason that is noted before it is shown."""

from collections.abc import Sequence
from typing import Final

from longbien.casework.advice import Advice, advise, asking_of
from longbien.casework.case import CaseSummary, Duty, Officer
from longbien.casework.state import Case, Package
from longbien.casework.use_limits import Use, require_covered
from longbien.desk.changes import load_file
from longbien.desk.office import Office
from longbien.desk.records import Access, accesses_of, note_access
from longbien.primitives.errors import Refused
from longbien.primitives.ids import CaseId, PackageId, StateCode

_NO_CONTENT = frozenset({Duty.ADMINISTRATOR})

EXPORTING: Final = frozenset({Duty.CASE_OFFICER, Duty.EVIDENCE_CUSTODIAN})
"""Who may take a package out of the node, for a court or the defence."""


def list_cases(
    office: Office,
    officer: Officer,
    *,
    state: str | None = None,
    kind: str | None = None,
    peer: StateCode | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[Sequence[CaseSummary], str | None]:
    """Return the cases of the officer's authority, most pressing first, and the next cursor.

    Coded metadata only, so nothing is noted.  Raises Malformed ``register.cursor``, Refused
    ``desk.not-our-authority``.
    """
    office.seat_of(officer.authority)
    return office.register.page(
        own=officer.authority, state=state, kind=kind, peer=peer, after=after, limit=limit
    )


def get_summary(office: Office, officer: Officer, case: CaseId) -> CaseSummary:
    """Return one case as lists show it; nothing is noted.  Raises Refused ``desk.no-such-case``."""
    found = office.register.find(case)
    # the same answer for a case of another authority: nobody can probe for one
    if found is None or found.own != officer.authority:
        raise _no_such_case()
    return found


def read_case(
    office: Office, officer: Officer, case: CaseId, *, reason: str, what: str = "case"
) -> Case:
    """Return a case with all its content; that it was read, and why, is noted first.

    ``what`` is what of it will be shown (``records.Access.what``).  Raises Refused
    ``desk.no-such-case``, ``desk.may-not-read``, ``desk.no-reason``, ``case.erased``.
    """
    found = _get_readable(office, officer, case)
    note_access(office, officer, case, what=what, reason=reason)
    return found


def read_advice(
    office: Office,
    officer: Officer,
    case: CaseId,
    *,
    reason: str,
    with_comparison: bool | None = None,
) -> Advice:
    """Return what the law as data has to say of a case today; that it was read is noted first.

    Raises what ``read_case`` raises.
    """
    found = read_case(office, officer, case, reason=reason, what="advice")
    return advise(
        asking_of(found),
        office.states,
        on=office.clock().moment.date(),
        with_comparison=with_comparison,
    )


def read_package(
    office: Office,
    officer: Officer,
    case: CaseId,
    package: PackageId,
    *,
    use: Use,
    reason: str,
) -> Package:
    """Return what is known of a package that is to be opened or exported for a use.

    That it was asked for, for what, for whom and why, is noted first.  Raises what ``read_case``
    raises, Refused ``package.not-arrived``, ``package.destroyed``, and where its labels do not
    cover the use ``export.…`` (``use_limits.require_covered``).
    """
    known = _get_readable(office, officer, case)
    found = known.find_package(package)
    if found is None or not found.has_arrived:
        raise Refused("package.not-arrived", "no package of that id has arrived here")
    if found.is_destroyed:
        raise Refused("package.destroyed", "this package was destroyed, as two officers decided")
    require_covered(known, found, use, office.clock())
    note_access(
        office,
        officer,
        case,
        what=f"package.{use.purpose}.{use.to}",
        reason=f"{reason} ({use.name})" if use.name else reason,
    )
    return found


def require_exporting(officer: Officer) -> None:
    """Refuse an officer who takes no package out of the node.  Raises Refused ``officer.duty``."""
    if not officer.duties & EXPORTING:
        raise Refused("officer.duty", "this officer is not entrusted with that")


def read_accesses(office: Office, officer: Officer, case: CaseId) -> tuple[Access, ...]:
    """Return who has read a case, for the auditor of its authority.

    Raises Refused ``desk.auditor-only``, ``desk.no-such-case``.
    """
    if Duty.AUDITOR not in officer.duties:
        raise Refused("desk.auditor-only", "only an auditor sees who has read what")
    get_summary(office, officer, case)
    return accesses_of(office, case)


def _get_readable(office: Office, officer: Officer, case: CaseId) -> Case:
    get_summary(office, officer, case)
    found = load_file(office, case).case
    if found is None or found.own != officer.authority:
        raise _no_such_case()
    if officer.duties <= _NO_CONTENT:
        raise Refused("desk.may-not-read", "who keeps the machine running reads no content")
    return found


def _no_such_case() -> Refused:
    return Refused("desk.no-such-case", "there is no such case")
