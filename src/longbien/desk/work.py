"""What the worker notes when a piece of its work is done.

Each note may be made again after a stop: the second one changes nothing.  The work itself, disks
and sockets, is done outside; only its result comes in here.
"""

from collections.abc import Iterable

from longbien.casework.case import Side
from longbien.casework.commands import (
    MachineNotesArrived,
    MachineNotesChecked,
    MachineNotesCustody,
    MachineNotesDestroyed,
    MachineNotesLink,
    MachineNotesPacked,
    MachineNotesPushed,
)
from longbien.casework.events import CustodyNoted
from longbien.casework.standing import is_decided
from longbien.casework.state import Case, Package, Release
from longbien.casework.wire import parse_event
from longbien.channel.transfer import SealedObject
from longbien.desk.acting import act
from longbien.desk.calls import Done
from longbien.desk.changes import load_file
from longbien.desk.office import Office
from longbien.desk.ports import StoredEvent
from longbien.evidence.custody import Packed, TakenIn
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import CaseId, PackageId, TransferId
from longbien.primitives.verdict import Outcome, Verdict

# --- packing and sending: the giving State -----------------------------------------------------


def get_release(office: Office, case: CaseId, package: PackageId) -> tuple[Case, Release]:
    """Return what two officers released and has to be packed.

    Raises Refused ``release.not-approved``.
    """
    found = get_case(office, case)
    release = found.find_release(package)
    if release is None or release.approved_by is None or release.is_rejected:
        raise Refused("release.not-approved", "two officers have not released that package")
    return found, release


def note_custody(office: Office, case: CaseId, custody: TakenIn | Packed) -> Done:
    """Put an event of custody into the ledger, with the bytes that the package will disclose."""
    return act(office, case, MachineNotesCustody(custody=custody), by=None)


def custody_of(office: Office, case: CaseId, package: PackageId) -> tuple[StoredEvent, ...]:
    """Return a package's events of custody with their salts and leaves, oldest first."""
    return tuple(stored for stored in office.journal.load(case) if _package_of(stored) == package)


def _package_of(stored: StoredEvent) -> PackageId | None:
    event = parse_event(stored.kind, stored.body)
    return event.custody.package_id if isinstance(event, CustodyNoted) else None


def note_packed(
    office: Office,
    case: CaseId,
    package: PackageId,
    *,
    transfer: TransferId,
    sealed: SealedObject,
    at_home: Iterable[SealedObject] = (),
) -> Done:
    """Announce a package that is sealed for the recipient and whole in the vault.

    ``at_home`` is the same package under the case's own key.
    """
    note = MachineNotesPacked(package=package, transfer=transfer, sealed=sealed)
    return act(office, case, note, by=None, objects=tuple(at_home))


def get_push(office: Office, case: CaseId, transfer: TransferId) -> Package:
    """Return the package to be pushed.  Raises Refused ``transfer.unknown``."""
    found = get_case(office, case)
    for package in found.packages:
        if package.announced.transfer == transfer and found.side is Side.REQUESTED:
            return package
    raise Refused("transfer.unknown", "no such transfer was announced by this State")


def note_pushed(office: Office, case: CaseId, transfer: TransferId) -> Done:
    """Tell the other State that all parts were handed over; its node has said that none lacks."""
    return act(office, case, MachineNotesPushed(transfer=transfer), by=None)


# --- checking and destroying: the receiving State ------------------------------------------------


def note_arrived(office: Office, transfer: TransferId) -> Done:
    """Note that all parts of an announced package are in the vault.

    Raises Refused ``transfer.unknown``.
    """
    arrival = office.journal.find_arrival(transfer)
    if arrival is None:
        raise Refused("transfer.unknown", "no such transfer was announced by this State")
    return act(office, arrival.case, MachineNotesArrived(transfer=transfer), by=None)


def get_arrived(office: Office, case: CaseId, package: PackageId) -> Package:
    """Return a package that has arrived whole.  Raises Refused ``package.not-arrived``."""
    found = get_case(office, case).find_package(package)
    if found is None or not found.has_arrived:
        raise Refused("package.not-arrived", "no package of that id has arrived here")
    return found


def note_checked(
    office: Office,
    case: CaseId,
    package: PackageId,
    *,
    verdict: Verdict,
    report: Digest,
    at_home: Iterable[SealedObject] = (),
) -> Done:
    """Tell the other State what the verification at the door has found.

    ``verdict`` is that of ``evidence.verify``, ``report`` the digest of the report that is kept,
    ``at_home`` the package under the case's own key.
    """
    note = MachineNotesChecked(
        package=package,
        outcome=verdict.outcome,
        findings=codes_of(verdict),
        report=report,
    )
    return act(office, case, note, by=None, objects=tuple(at_home))


def codes_of(verdict: Verdict) -> tuple[str, ...]:
    """Return the reasons of everything that did not pass, each once, in their order."""
    bad = (one.reason for one in verdict.findings if one.outcome is not Outcome.PASSED)
    return tuple(dict.fromkeys(bad))


def note_destroyed(office: Office, case: CaseId, package: PackageId, *, method: str) -> Done:
    """Certify to the other State that a package is destroyed; its parts are gone by now."""
    known = get_case(office, case).find_package(package)
    removed = (known.announced.sealed.parts_list,) if known else ()
    note = MachineNotesDestroyed(package=package, method=method)
    return act(office, case, note, by=None, removed=removed)


# --- linked cases ------------------------------------------------------------------------------


def link(office: Office, request: CaseId, preservation: CaseId) -> Done | None:
    """Tell a preservation what became of the request that follows it.

    A request may name any case as its preservation: only one between the same two authorities,
    on the same side, is told.  None: there is none such.
    """
    follower = get_case(office, request)
    followed = load_file(office, preservation).case
    if followed is None or not _belongs(follower, followed):
        return None
    note = MachineNotesLink(case=request, is_decided=is_decided(follower))
    return act(office, preservation, note, by=None)


def _belongs(follower: Case, followed: Case) -> bool:
    return (
        followed.kind == "preservation"
        and followed.side is follower.side
        and followed.peer.state == follower.peer.state
    )


def get_case(office: Office, case: CaseId) -> Case:
    """Return a case for the machine's own work.

    Raises Refused ``desk.no-such-case`` and ``case.erased``; Integrity ``journal.damaged``.
    """
    found = load_file(office, case).case
    if found is None:
        raise Refused("desk.no-such-case", "there is no such case")
    return found
