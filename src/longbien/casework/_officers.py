"""What officers decide that is not simply said: approvals, releases, destructions, overrides."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve as changed

from longbien.casework import commands as c
from longbien.casework._saying import Setting, joined, require_timely, say, say_or_propose, warned
from longbien.casework._words import statement_of
from longbien.casework.case import ChoreDraft, ChoreKind, Decision, Side
from longbien.casework.events import (
    DestructionApproved,
    DestructionProposed,
    DestructionRejected,
    EmergencyStoodBehind,
    ExhibitTaken,
    GroundOverridden,
    ProposalRejected,
    ProposalRevised,
    ProposalTakenBack,
    ReleaseApproved,
    ReleaseProposed,
    ReleaseRejected,
    StopDecided,
)
from longbien.casework.evolving import evolve, other
from longbien.casework.footing import footing_of
from longbien.casework.rules import find_forbidden
from longbien.casework.safeguarding import (
    GUARDED,
    Subject,
    require_ready,
    require_reasons,
    require_record,
    require_safeguarded,
    require_unstopped,
    subject_of_proposal,
    subject_of_release,
)
from longbien.casework.standing import is_over, kind_of, may_say
from longbien.casework.state import Case, Package, Proposal, Release
from longbien.casework.statements import EmergencyConfirmed, RequestMade
from longbien.casework.steps import Step
from longbien.evidence.package import UseLimit
from longbien.primitives.errors import Refused
from longbien.primitives.ids import OfficerId, PackageId

Decider = Callable[[Case, Any, Setting], Decision]


def decide_officer(case: Case, command: c.Command, setting: Setting) -> Decision:
    """Decide on a command of an officer in a case that is open."""
    decider = _DECIDERS.get(type(command), _speak)
    return decider(case, command, setting)


def _speak(case: Case, command: c.SpeakingCommand, setting: Setting) -> Decision:
    return say_or_propose(case, statement_of(case, command, setting.now), setting)


def _refuse(case: Case, command: c.Refuse, setting: Setting) -> Decision:
    said = _speak(case, command, setting)
    if find_forbidden(command.ground) is None:
        return said
    if not command.override.strip():
        raise Refused(
            "ground.forbidden",
            "the ground {ground} must not be used; to use it all the same, record why",
            ground=command.ground,
        )
    overridden = GroundOverridden(
        at=setting.now, by=setting.by, ground=command.ground, reasons=command.override
    )
    return joined((overridden,), said)


# --- four eyes ----------------------------------------------------------------------------------


def require_second(officer: OfficerId, authors: tuple[OfficerId, ...]) -> None:
    """Refuse an officer who had a hand in it.  Raises Refused ``officer.four-eyes``."""
    if officer in authors:
        raise Refused("officer.four-eyes", "a second officer must do this, not the same one")


def _open_proposal(case: Case, number: int) -> Proposal:
    proposal = case.find_proposal(number)
    if proposal is None or not proposal.is_open:
        raise Refused("proposal.closed", "no proposal of that number waits for a second officer")
    return proposal


def _approve(case: Case, command: c.Approve, setting: Setting) -> Decision:
    proposal = _open_proposal(case, command.proposal)
    require_second(setting.by, proposal.authors)
    statement = proposal.statement
    if statement.step in GUARDED:
        require_reasons(command.reasons)
    require_unstopped(case, subject_of_proposal(case, proposal))
    return say(
        case,
        statement,
        setting,
        by=proposal.authors[-1],
        approved_by=setting.by,
        proposal=proposal.number,
        reasons=command.reasons,
    )


def _reject(case: Case, command: c.Reject, setting: Setting) -> Decision:
    proposal = _open_proposal(case, command.proposal)
    require_second(setting.by, proposal.authors)
    rejected = ProposalRejected(
        at=setting.now, proposal=proposal.number, by=setting.by, reasons=command.reasons
    )
    return Decision(events=(rejected,))


def _take_back(case: Case, command: c.TakeBack, setting: Setting) -> Decision:
    proposal = _open_proposal(case, command.proposal)
    if setting.by not in proposal.authors:
        raise Refused("proposal.foreign", "only who wrote it takes it back")
    taken = ProposalTakenBack(at=setting.now, proposal=proposal.number, by=setting.by)
    return Decision(events=(taken,))


def _revise(case: Case, command: c.Revise, setting: Setting) -> Decision:
    proposal = case.find_proposal(command.proposal)
    if proposal is None or not (proposal.is_open or proposal.is_rejected):
        raise Refused("proposal.closed", "no proposal of that number waits for a second officer")
    if not isinstance(proposal.statement, RequestMade):
        raise Refused("proposal.not-a-request", "only a request is written anew: propose it again")
    statement = changed(
        proposal.statement,
        contents=command.contents,
        legal_basis=command.legal_basis,
        safeguards=command.safeguards or proposal.statement.safeguards,
    )
    require_timely(case, statement)
    require_safeguarded(kind_of(case), statement, setting.now)
    revised = ProposalRevised(
        at=setting.now, proposal=proposal.number, by=setting.by, statement=statement
    )
    warnings = warned(case, statement, setting)
    return Decision(events=(revised,), warnings=warnings)


def _confirm_emergency(case: Case, command: c.ConfirmEmergency, setting: Setting) -> Decision:
    if case.sent_alone_by is None or case.stood_behind_by is not None:
        raise Refused("emergency.nothing-to-confirm", "no emergency waits for a second officer")
    require_second(setting.by, (case.sent_alone_by,))
    stood = EmergencyStoodBehind(at=setting.now, by=setting.by)
    after = evolve(case, stood)
    statement = EmergencyConfirmed(text=command.text)
    said = say(after, statement, setting, by=setting.by)
    return joined((stood,), said)


# --- the stop list -----------------------------------------------------------------------------


def _subject(case: Case, command: c.DecideStop) -> Subject:
    if command.package is None:
        return subject_of_proposal(case, _open_proposal(case, command.proposal))
    return subject_of_release(case, _waiting_release(case, command.package))


def _decide_stop(case: Case, command: c.DecideStop, setting: Setting) -> Decision:
    stopped = _subject(case, command)
    if not stopped.concerns:
        raise Refused("stop-list.nothing", "the stop list does not stop this")
    require_second(setting.by, stopped.authors)
    if case.find_stop(stopped.text, stopped.authors) is not None:
        raise Refused("stop-list.decided", "this was decided already: to change it, write it anew")
    decided = StopDecided(
        at=setting.now,
        by=setting.by,
        proposal=command.proposal,
        package=command.package,
        text=stopped.text,
        concerns=stopped.concerns,
        goes_on=command.goes_on,
        reasons=command.reasons,
        footing=footing_of(setting.around, setting.policy.law),
    )
    return Decision(events=(decided,))


# --- exhibits and their release -----------------------------------------------------------------


def require_releasable(case: Case) -> None:
    """Refuse a release where the case does not carry it.

    1. we are the requested State and carry the request out: ``release.not-executing``
    2. the requesting State has not withdrawn: ``case.over``
    3. conditions, where there are any, were agreed to: ``release.conditions``
    """
    if case.side is not Side.REQUESTED or not may_say(case, case.side, Step.EVIDENCE_ANNOUNCED):
        raise Refused("release.not-executing", "the request is not being carried out")
    if is_over(case, other(case.side)):
        raise Refused("case.over", "the other State has ended the matter")
    if case.offer is None or not case.offer.binds:
        raise Refused("release.conditions", "the conditions were not agreed to")


def _take_exhibit(case: Case, command: c.TakeExhibit, setting: Setting) -> Decision:
    if case.side is not Side.REQUESTED or not may_say(case, case.side, Step.EVIDENCE_ANNOUNCED):
        raise Refused("release.not-executing", "the request is not being carried out")
    if any(known.id == command.exhibit.id for known in case.exhibits):
        raise Refused("exhibit.exists", "an exhibit has that name already")
    taken = ExhibitTaken(at=setting.now, by=setting.by, exhibit=command.exhibit)
    return Decision(events=(taken,), objects=(command.exhibit.sealed,))


def _propose_release(case: Case, command: c.ProposeRelease, setting: Setting) -> Decision:
    require_releasable(case)
    known = {exhibit.id for exhibit in case.exhibits}
    wanted = command.exhibits
    if not wanted or len(set(wanted)) != len(wanted) or not known.issuperset(wanted):
        raise Refused("release.exhibits", "each exhibit is named once, and was taken in")
    if case.find_release(command.package) is not None:
        raise Refused("release.exists", "a release of that package was proposed already")
    record = require_ready(command.legal_basis, command.safeguards, setting.now)
    proposed = ReleaseProposed(
        at=setting.now,
        by=setting.by,
        package=command.package,
        exhibits=wanted,
        use_limits=_limits(case, command.use_limits),
        legal_basis=command.legal_basis,
        safeguards=record,
        recipient=case.peer,
        withheld=command.withheld,
    )
    return Decision(events=(proposed,))


def _limits(case: Case, given: tuple[UseLimit, ...]) -> tuple[UseLimit, ...]:
    agreed = case.offer.conditions if case.offer is not None else ()
    return tuple(dict.fromkeys((*agreed, *given)))


def _waiting_release(case: Case, package: PackageId) -> Release:
    release = case.find_release(package)
    if release is None or release.is_rejected or release.is_announced:
        raise Refused("release.closed", "no release of that package waits")
    return release


def _approve_release(case: Case, command: c.ApproveRelease, setting: Setting) -> Decision:
    require_releasable(case)
    release = _waiting_release(case, command.package)
    if release.approved_by is not None:
        raise Refused("release.closed", "no release of that package waits")
    require_second(setting.by, (release.proposed_by,))
    require_reasons(command.reasons)
    require_record(release.safeguards, setting.now)
    require_unstopped(case, subject_of_release(case, release))
    approved = ReleaseApproved(
        at=setting.now,
        by=setting.by,
        package=release.package,
        reasons=command.reasons,
        footing=footing_of(setting.around, setting.policy.law),
    )
    chore = ChoreDraft(kind=ChoreKind.PACK, subject=str(release.package))
    return Decision(events=(approved,), chores=(chore,))


def _reject_release(case: Case, command: c.RejectRelease, setting: Setting) -> Decision:
    release = _waiting_release(case, command.package)
    rejected = ReleaseRejected(
        at=setting.now, by=setting.by, package=release.package, reasons=command.reasons
    )
    return Decision(events=(rejected,))


# --- destruction --------------------------------------------------------------------------------


def _received_package(case: Case, package: PackageId) -> Package:
    known = case.find_package(package)
    if case.side is not Side.REQUESTING or known is None or known.is_destroyed:
        raise Refused("destruction.nothing", "no package of that id is held here")
    return known


def _propose_destruction(case: Case, command: c.ProposeDestruction, setting: Setting) -> Decision:
    known = _received_package(case, command.package)
    if known.destruction_by is not None:
        raise Refused("destruction.proposed", "it was proposed already")
    proposed = DestructionProposed(
        at=setting.now, by=setting.by, package=command.package, cause=command.cause
    )
    return Decision(events=(proposed,))


def _proposed_destruction(case: Case, package: PackageId) -> OfficerId:
    known = _received_package(case, package)
    if known.destruction_by is None or known.destruction_approved:
        raise Refused("destruction.not-proposed", "no destruction of that package waits")
    return known.destruction_by


def _approve_destruction(case: Case, command: c.ApproveDestruction, setting: Setting) -> Decision:
    require_second(setting.by, (_proposed_destruction(case, command.package),))
    approved = DestructionApproved(
        at=setting.now,
        by=setting.by,
        package=command.package,
        footing=footing_of(setting.around, setting.policy.law),
    )
    chore = ChoreDraft(kind=ChoreKind.DESTROY, subject=str(command.package))
    return Decision(events=(approved,), chores=(chore,))


def _reject_destruction(case: Case, command: c.RejectDestruction, setting: Setting) -> Decision:
    _proposed_destruction(case, command.package)
    rejected = DestructionRejected(
        at=setting.now, by=setting.by, package=command.package, reasons=command.reasons
    )
    return Decision(events=(rejected,))


_DECIDERS: Final[Mapping[type[c.Command], Decider]] = {
    c.Refuse: _refuse,
    c.Approve: _approve,
    c.Reject: _reject,
    c.TakeBack: _take_back,
    c.Revise: _revise,
    c.ConfirmEmergency: _confirm_emergency,
    c.DecideStop: _decide_stop,
    c.TakeExhibit: _take_exhibit,
    c.ProposeRelease: _propose_release,
    c.ApproveRelease: _approve_release,
    c.RejectRelease: _reject_release,
    c.ProposeDestruction: _propose_destruction,
    c.ApproveDestruction: _approve_destruction,
    c.RejectDestruction: _reject_destruction,
}
