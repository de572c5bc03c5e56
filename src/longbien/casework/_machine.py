"""What the machine notes of its own work.

Noting the same thing twice changes nothing: a worker that was stopped does its work again.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from longbien.casework import commands as c
from longbien.casework._officers import require_releasable
from longbien.casework._saying import Moment, say
from longbien.casework.case import ChoreDraft, ChoreKind, Decision, Side
from longbien.casework.clocks import pressing
from longbien.casework.events import (
    AlarmNoted,
    CustodyNoted,
    PackageArrived,
    ReceiptNoted,
    RequestLinked,
)
from longbien.casework.state import Case, Link, Package, Release
from longbien.casework.statements import (
    DestructionCertified,
    EvidenceAnnounced,
    EvidenceDelivered,
    EvidenceVerified,
)
from longbien.primitives.errors import Refused
from longbien.primitives.ids import PackageId, TransferId

Noter = Callable[[Case, Any, Moment], Decision]

NOTHING: Final = Decision(events=())


def decide_machine(case: Case, command: c.MachineCommand, moment: Moment) -> Decision:
    """Decide on a command of the machine."""
    return _NOTERS[type(command)](case, command, moment)


def _receipt(case: Case, command: c.MachineNotesReceipt, moment: Moment) -> Decision:
    if not 1 <= command.number <= case.sent:
        raise Refused("case.reference", "what this refers to was never said in this case")
    known = {number for number, _ in (*case.receipted, *case.turned_away)}
    if command.number in known:
        return NOTHING
    noted = ReceiptNoted(
        at=moment.now,
        number=command.number,
        received_at=command.received_at,
        outcome=command.outcome,
        code=command.code,
    )
    return Decision(events=(noted,))


def _link(case: Case, command: c.MachineNotesLink, moment: Moment) -> Decision:
    if Link(case=command.case, is_decided=command.is_decided) in case.links:
        return NOTHING
    linked = RequestLinked(at=moment.now, case=command.case, is_decided=command.is_decided)
    return Decision(events=(linked,))


def _alarm(case: Case, command: c.MachineNotesAlarm, moment: Moment) -> Decision:
    current = {due.clock: due for due in pressing(case, moment.policy)}
    due = current.get(command.clock)
    if due is None or (moment.now < due.at and not command.is_early):
        return NOTHING
    return Decision(events=(AlarmNoted(at=moment.now, clock=command.clock),))


def _approved(case: Case, package: PackageId) -> Release:
    release = case.find_release(package)
    if release is None or release.approved_by is None or release.is_rejected:
        raise Refused("release.not-approved", "two officers have not released that package")
    return release


def _custody(case: Case, command: c.MachineNotesCustody, _moment: Moment) -> Decision:
    _approved(case, command.custody.package_id)
    noted = CustodyNoted(custody=command.custody)
    return NOTHING if noted in case.history else Decision(events=(noted,))


def _packed(case: Case, command: c.MachineNotesPacked, moment: Moment) -> Decision:
    release = _approved(case, command.package)
    if release.is_announced:
        return NOTHING
    require_releasable(case)
    announced = EvidenceAnnounced(
        package=command.package,
        transfer=command.transfer,
        sealed=command.sealed,
        exhibits=len(release.exhibits),
        use_limits=release.use_limits,
        withheld=release.withheld,
    )
    said = say(
        case,
        announced,
        moment,
        by=release.proposed_by,
        approved_by=release.approved_by,
    )
    push = ChoreDraft(kind=ChoreKind.PUSH, subject=str(command.transfer))
    return Decision(
        events=said.events,
        drafts=said.drafts,
        chores=(*said.chores, push),
        warnings=said.warnings,
        objects=(command.sealed,),
    )


def _transfer(case: Case, transfer: TransferId, side: Side) -> Package:
    for known in case.packages:
        if known.announced.transfer == transfer and case.side is side:
            return known
    raise Refused("case.reference", "what this refers to was never said in this case")


def _pushed(case: Case, command: c.MachineNotesPushed, moment: Moment) -> Decision:
    known = _transfer(case, command.transfer, Side.REQUESTED)
    if known.is_delivered:
        return NOTHING
    delivered = EvidenceDelivered(package=known.announced.package, transfer=command.transfer)
    return say(case, delivered, moment, by=None)


def _arrived(case: Case, command: c.MachineNotesArrived, moment: Moment) -> Decision:
    known = _transfer(case, command.transfer, Side.REQUESTING)
    if known.has_arrived:
        return NOTHING
    check = ChoreDraft(kind=ChoreKind.CHECK, subject=str(known.announced.package))
    return Decision(
        events=(PackageArrived(at=moment.now, transfer=command.transfer),),
        chores=(check,),
        objects=(known.announced.sealed,),
    )


def _arrived_package(case: Case, package: PackageId) -> Package:
    known = case.find_package(package)
    if known is None or not known.has_arrived:
        raise Refused("package.not-arrived", "no package of that id has arrived here")
    return known


def _checked(case: Case, command: c.MachineNotesChecked, moment: Moment) -> Decision:
    known = _arrived_package(case, command.package)
    verified = EvidenceVerified(
        package=command.package,
        outcome=command.outcome,
        findings=command.findings,
        report=command.report,
    )
    if known.verified == verified:
        return NOTHING
    return say(case, verified, moment, by=None)


def _destroyed(case: Case, command: c.MachineNotesDestroyed, moment: Moment) -> Decision:
    known = case.find_package(command.package)
    if known is None or known.destruction_cause is None or not known.destruction_approved:
        raise Refused("destruction.not-approved", "two officers have not let it go")
    if known.is_destroyed:
        return NOTHING
    certified = DestructionCertified(
        package=command.package,
        cause=known.destruction_cause,
        method=command.method,
        destroyed_at=moment.now,
    )
    return say(case, certified, moment, by=None)


_NOTERS: Final[Mapping[type[c.MachineCommand], Noter]] = {
    c.MachineNotesReceipt: _receipt,
    c.MachineNotesLink: _link,
    c.MachineNotesAlarm: _alarm,
    c.MachineNotesCustody: _custody,
    c.MachineNotesPacked: _packed,
    c.MachineNotesPushed: _pushed,
    c.MachineNotesArrived: _arrived,
    c.MachineNotesChecked: _checked,
    c.MachineNotesDestroyed: _destroyed,
}
