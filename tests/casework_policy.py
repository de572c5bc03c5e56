"""An exhaustive walk: everything that every officer can do in every state, and what must hold.

What must hold is written here anew, from DESIGN section 7, and not taken from the program.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from attrs import evolve, frozen

import casework_world as w
from casework_samples import LIMIT
from longbien.casework import commands as c
from longbien.casework import events as e
from longbien.casework import life
from longbien.casework import statements as s
from longbien.casework.case import Decision, Draft, Duty, Officer
from longbien.casework.state import Case
from longbien.casework.steps import MESSAGE_KIND, Step, Track
from longbien.casework.wire import content_of, schema_of
from longbien.channel.message import MessageKind
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import AuthorityId, OfficerId

P1: Final = w.package_of(1)
GIVING: Final = frozenset(
    {
        MessageKind.EVIDENCE_ANNOUNCED,
        MessageKind.PARTIAL_DISCLOSURE,
        MessageKind.SPONTANEOUS_INFORMATION,
    }
)
"""Messages by which something leaves the State."""

Act = tuple[c.Command | s.Statement, Officer | None]


@frozen
class Found:
    """Something that must not happen."""

    what: str
    act: str


def leaders(own: AuthorityId) -> tuple[Officer, Officer]:
    """Return two officers with all duties that act in a case: they lead the walk."""
    return w.officer("all-1", own), w.officer("all-2", own)


LEADING: Final = {*leaders(w.IL), *leaders(w.VN), None}


def cast(own: AuthorityId) -> tuple[Officer, ...]:
    """Return the officers of a walk: one a duty, two with all, one of another authority."""
    foreign = AuthorityId(f"{own.state}/police")
    return (
        *(w.officer(duty.value, own, duty) for duty in Duty),
        *leaders(own),
        w.officer("foreign", foreign, *Duty),
    )


# --- what everybody tries -----------------------------------------------------------------------

_COMMON: Final[tuple[c.Command, ...]] = (
    c.Approve(proposal=1),
    c.Approve(proposal=2),
    c.Reject(proposal=1, reasons="no"),
)
GIVER: Final[tuple[c.Command, ...]] = (
    c.Accept(),
    c.Accept(conditions=(LIMIT,)),
    c.Refuse(ground="40(22)", reasons="x"),
    c.TakeExhibit(exhibit=w.EXHIBIT),
    w.PROPOSE_RELEASE,
    evolve(w.PROPOSE_RELEASE, legal_basis=()),
    evolve(w.PROPOSE_RELEASE, authorisation=""),
    c.ApproveRelease(package=P1),
    c.RejectRelease(package=P1, reasons="no"),
    w.PACKED,
    c.MachineNotesPushed(transfer=w.transfer_of(1)),
)
TELLER: Final[tuple[c.Command, ...]] = (
    *_COMMON,
    c.Accept(),
    c.Refuse(ground="40(22)", reasons="x"),
    c.DisclosePartly(provider="p", path="q", legal_basis=("x",)),
    c.DisclosePartly(provider="p", path="q", legal_basis=()),
    c.DecideFurtherUse(request=2, is_granted=True),
)
PRESERVER: Final[tuple[c.Command, ...]] = (
    *_COMMON,
    c.ConfirmPreservation(effective_at=w.START),
    c.DisclosePartly(provider="p", path="q", legal_basis=("x",)),
    c.DisclosePartly(provider="p", path="q", legal_basis=()),
    c.DecideFurtherUse(request=2, is_granted=True),
)
RECEIVER: Final[tuple[c.Command, ...]] = (
    *_COMMON,
    c.AskFurtherUse(package=P1, use="tax"),
    c.ProposeDestruction(package=P1, cause=s.DestructionCause.CONDITION),
    c.ApproveDestruction(package=P1),
    c.RejectDestruction(package=P1, reasons="no"),
    c.MachineNotesDestroyed(package=P1, method="key destroyed"),
    c.Withdraw(reason="x"),
)
INFORMER: Final[tuple[c.Command, ...]] = (*_COMMON, c.DecideFurtherUse(request=1, is_granted=True))

FROM_ASKER: Final[tuple[s.Statement, ...]] = (
    s.RequestWithdrawn(reason="solved"),
    s.ConditionsAgreed(offer=1),
    s.ConditionsDeclined(offer=1, text="no"),
)
FROM_USER: Final[tuple[s.Statement, ...]] = (
    s.RequestWithdrawn(reason="solved"),
    s.FurtherUseAsked(use="tax"),
)
FROM_INFORMED: Final[tuple[s.Statement, ...]] = (s.FurtherUseAsked(use="tax"),)


@frozen(kw_only=True)
class Scene:
    """Where a walk begins, and what is tried in it."""

    name: str
    start: Callable[[], Case]
    commands: tuple[c.Command, ...]
    heard: tuple[s.Statement, ...] = ()


def _informing() -> Case:
    world = w.World()
    world.il.act(w.GIVE_INFORMATION, w.DANA)
    return world.il.held


SCENES: Final = (
    Scene(
        name="stored data, giving",
        start=lambda: w.asked(w.ASK_STORED_DATA).vn.held,
        commands=GIVER,
        heard=FROM_ASKER,
    ),
    Scene(
        name="preservation, telling",
        start=lambda: w.asked().vn.held,
        commands=PRESERVER,
        heard=FROM_USER,
    ),
    Scene(
        name="stored data, telling",
        start=lambda: w.asked(w.ASK_STORED_DATA).vn.held,
        commands=TELLER,
        heard=FROM_USER,
    ),
    Scene(name="stored data, receiving", start=lambda: w.announced().il.held, commands=RECEIVER),
    Scene(name="information", start=_informing, commands=INFORMER, heard=FROM_INFORMED),
)


# --- the walk -----------------------------------------------------------------------------------


def search(scene: Scene, *, limit: int = 20_000) -> tuple[list[Found], int]:
    """Visit every state that can be reached; return what must not happen, and how many states."""
    first = scene.start()
    seen, queue, found = {signature(first)}, deque([first]), list[Found]()
    while queue and not found:
        case = queue.popleft()
        for act, decision, after in steps(scene, case):
            found += violations(case, act, decision)
            # whoever did it, the state is that of somebody with all duties: only these go on
            if act[1] in LEADING and signature(after) not in seen:
                seen.add(signature(after))
                queue.append(after)
        assert len(seen) < limit
    return found, len(seen)


def steps(scene: Scene, case: Case) -> Iterator[tuple[Act, Decision, Case]]:
    """Yield everything that can happen in a case."""
    for officer in (*cast(case.own), None):
        for command in scene.commands:
            yield from _tried(case, (command, officer))
    for statement in scene.heard:
        yield from _tried(case, (statement, None))


def _tried(case: Case, act: Act) -> Iterator[tuple[Act, Decision, Case]]:
    what, officer = act
    try:
        if isinstance(what, s.Statement):
            decision = _heard(case, what)
        else:
            decision = life.decide(case, what, officer=officer, now=w.START)
    except LongBienError:
        return
    after = case
    for event in decision.events:
        after = life.evolve(after, event)
    if bounded(after):
        yield act, decision, after


def _heard(case: Case, statement: s.Statement) -> Decision:
    node = w.Node(case.peer)
    node.case = evolve(case, own=case.peer, peer=case.own)
    draft = Draft(
        kind=MESSAGE_KIND[statement.step],
        schema=schema_of(case.kind, statement.step),
        lane=case.lane,
        content=content_of(statement),
    )
    theirs = sum(heard.side is not case.side for heard in case.heard)
    message = node.message(draft, theirs + 1)
    return life.receive(case, message, own=case.own, now=w.START)


def bounded(case: Case) -> bool:
    """Keep the walk finite: two proposals, one further use, a few of everything."""
    return len(case.proposals) <= 2 and len(case.uses) <= 1


def signature(case: Case) -> object:
    """Return what two states must have in common to be one: no numbers, no times."""
    return (
        case.requesting,
        case.requested,
        None
        if case.offer is None
        else (case.offer.binds, case.offer.is_open, case.offer.number == 1),
        case.has_disclosed,
        len(case.exhibits),
        tuple(
            (r.proposed_by, r.approved_by, r.is_rejected, r.is_announced, r.legal_basis == ())
            for r in case.releases
        ),
        tuple((p.statement.step, p.authors, p.is_open, p.is_rejected) for p in case.proposals),
        tuple((u.decision > 0, u.is_granted) for u in case.uses),
        tuple(
            (p.is_delivered, p.destruction_by, p.destruction_approved, p.is_destroyed)
            for p in case.packages
        ),
    )


# --- what must hold -----------------------------------------------------------------------------


def violations(case: Case, act: Act, decision: Decision) -> list[Found]:
    """Return what must not happen and has happened with one step."""
    found = [*_by_the_wrong_person(case, act, decision)]
    for event in decision.events:
        if isinstance(event, e.StatementSent):
            found += _in_what_is_said(case, event)
        if isinstance(event, e.ReleaseProposed):
            found += _in_proposal(case, event)
        if isinstance(event, e.ReleaseApproved):
            found += _in_release(case, event)
        if isinstance(event, e.DestructionApproved):
            found += _in_destruction(case, event.package, event.by)
    told = [event for event in decision.events if isinstance(event, e.StatementSent)]
    if len(told) != len(decision.drafts):
        found.append("a message without its event")
    return [Found(what, f"{act[0]} by {act[1]}") for what in found]


def _by_the_wrong_person(case: Case, act: Act, decision: Decision) -> Iterator[str]:
    what, officer = act
    if not decision.events or isinstance(what, s.Statement):
        return
    if type(what).__name__.startswith("Machine") != (officer is None):
        yield "a person does the machine's work, or the machine a person's"
    if officer is not None and officer.authority != case.own:
        yield "an officer of another authority acts"
    if officer is not None and officer.duties <= {Duty.AUDITOR, Duty.ADMINISTRATOR}:
        yield "an auditor or administrator acts in a case"


def _in_what_is_said(case: Case, event: e.StatementSent) -> Iterator[str]:
    said = event.statement
    basis = getattr(said, "legal_basis", ("none is asked for",))
    gives = MESSAGE_KIND[said.step] in GIVING
    frees = isinstance(said, s.FurtherUseAsked) or (
        isinstance(said, s.FurtherUseDecided) and said.is_granted
    )
    if gives or frees:
        yield from _two(case, event.by, event.approved_by)
        if not basis:
            yield "no legal basis"
    if gives and said.step is not Step.SPONTANEOUS_INFORMATION:
        yield from _asked_for(case)
    if isinstance(said, s.EvidenceAnnounced):
        yield from _released(case, event)


def _two(case: Case, first: OfficerId | None, second: OfficerId | None) -> Iterator[str]:
    if first is None or second is None or first == second:
        yield "one person alone"
        return
    if Duty.AUTHORISER not in _duties(case, second):
        yield "approved by somebody who may not approve"
    yield from _one(case, first)


def _one(case: Case, first: OfficerId) -> Iterator[str]:
    if _duties(case, first) <= {Duty.AUDITOR, Duty.ADMINISTRATOR, Duty.AUTHORISER}:
        yield "proposed by somebody who may not propose"


def _duties(case: Case, officer: OfficerId) -> frozenset[Duty]:
    return {each.id: each.duties for each in (*cast(case.own), w.DANA, w.NOA)}[officer]


def _asked_for(case: Case) -> Iterator[str]:
    if case.request is None or case.requesting is Track.SILENT:
        yield "nobody has asked"
    if case.requesting is Track.WITHDRAWN:
        yield "the request was withdrawn"


def _released(case: Case, event: e.StatementSent) -> Iterator[str]:
    proposals = [each for each in case.history if isinstance(each, e.ReleaseProposed)]
    approvals = [each for each in case.history if isinstance(each, e.ReleaseApproved)]
    rejections = [each for each in case.history if isinstance(each, e.ReleaseRejected)]
    if not (proposals and approvals) or rejections:
        yield "not released"
        return
    if (event.by, event.approved_by) != (proposals[0].by, approvals[0].by):
        yield "the message names other officers than the release"
    if not proposals[0].legal_basis or not proposals[0].authorisation.strip():
        yield "released without legal basis or authorisation"
    if case.offer is None or not case.offer.binds:
        yield "released before its conditions were agreed to"


def _in_proposal(case: Case, event: e.ReleaseProposed) -> Iterator[str]:
    if not event.legal_basis or not event.authorisation.strip():
        yield "a release is proposed without legal basis or authorisation"
    yield from _one(case, event.by)


def _in_release(case: Case, event: e.ReleaseApproved) -> Iterator[str]:
    release = case.find_release(event.package)
    yield from _two(case, release.proposed_by if release else None, event.by)


def _in_destruction(case: Case, package: object, second: OfficerId) -> Iterator[str]:
    first = [
        each
        for each in case.history
        if isinstance(each, e.DestructionProposed) and each.package == package
    ]
    yield from _two(case, first[-1].by if first else None, second)


def gave_something(case: Case) -> bool:
    """Tell if anything has left."""
    sent = [each for each in case.history if isinstance(each, e.StatementSent)]
    return any(MESSAGE_KIND[each.statement.step] in GIVING for each in sent)


def reached(scene: Scene, only: tuple[Officer | None, ...]) -> bool:
    """Tell if these officers alone bring something out."""
    first = scene.start()
    seen, queue = {signature(first)}, deque([first])
    while queue:
        case = queue.popleft()
        for act, _decision, after in steps(scene, case):
            if isinstance(act[0], s.Statement) or act[1] in only:
                if gave_something(after):
                    return True
                if signature(after) not in seen:
                    seen.add(signature(after))
                    queue.append(after)
    return False
