"""An exhaustive walk: everything that every officer can do in every state, and what must hold.

What must hold is written here anew, from DESIGN section 7, and not taken from the program.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from attrs import evolve, frozen

from casework_points import asked_for_a_minor
from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework import events as e
from longbien.casework import life, policy
from longbien.casework import statements as s
from longbien.casework.case import Decision, Draft, Duty, Officer, Side
from longbien.casework.catalogue import KINDS
from longbien.casework.deeds import MeasureKind
from longbien.casework.safeguards import Answer, Concern, Safeguards
from longbien.casework.state import Case
from longbien.casework.steps import MESSAGE_KIND, Step, Track
from longbien.casework.wire import content_of, encode_event, schema_of
from longbien.channel.message import MessageKind
from longbien.desk.verbs import OPENING, VERBS
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT, OPENERS
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import AuthorityId, OfficerId

P1: Final = w.package_of(1)
STOPPED: Final = w.stopping(Concern.MINOR)
ENDED: Final = evolve(w.SAFEGUARDS, ends_at=w.START)
OPEN: Final = evolve(w.SAFEGUARDS, checks=w.CALM[1:])
GIVING: Final = frozenset(
    {
        MessageKind.EVIDENCE_ANNOUNCED,
        MessageKind.PARTIAL_DISCLOSURE,
        MessageKind.SPONTANEOUS_INFORMATION,
    }
)
"""Messages by which something leaves the State."""

DEEDS: Final = frozenset({Step.INFORMATION, Step.MEASURE_IN_FORCE, Step.HANDED_OVER})
"""Steps by which something leaves it, or is done for another State, in messages of other kinds."""

WAITING: Final = DEEDS | {Step.PARTIAL_DISCLOSURE}
"""What is never done while conditions wait for their answer."""

WORKING: Final = frozenset(
    {Track.EXECUTING, Track.MEASURED, Track.LIFTING, Track.LIFTED, Track.HANDED_OVER}
)
"""Where the requested State carries something out."""

PROMISES: Final = frozenset({Step.MEASURE_LIFTED, Step.PERSON_CONSENT, Step.SAFE_CONDUCT})
"""What binds the State, or cannot be undone."""

Act = tuple[c.Command | s.Statement, Officer | None]


@frozen
class Found:
    """Something that must not happen."""

    what: str
    act: str


def leaders(own: AuthorityId) -> tuple[Officer, Officer]:
    """Return two officers with all duties that act in a case: they lead the walk."""
    return w.officer("all-1", own), w.officer("all-2", own)


KNOWN: Final = (w.DANA, w.NOA, w.LINH, w.MINH)
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
    c.Approve(proposal=1, reasons="in order"),
    c.Approve(proposal=2, reasons="in order"),
    c.Reject(proposal=1, reasons="no"),
)
GIVER: Final[tuple[c.Command, ...]] = (
    c.Accept(),
    c.Accept(conditions=(LIMIT,)),
    c.Refuse(ground="40(22)", reasons="x"),
    c.TakeExhibit(exhibit=w.EXHIBIT),
    w.PROPOSE_RELEASE,
    evolve(w.PROPOSE_RELEASE, legal_basis=()),
    evolve(w.PROPOSE_RELEASE, safeguards=None),
    evolve(w.PROPOSE_RELEASE, safeguards=ENDED),
    evolve(w.PROPOSE_RELEASE, safeguards=OPEN),
    c.ApproveRelease(package=P1, reasons=" "),
    c.ApproveRelease(package=P1, reasons="within the order"),
    c.RejectRelease(package=P1, reasons="no"),
    w.PACKED,
    c.MachineNotesPushed(transfer=w.transfer_of(1)),
)
STOPPER: Final[tuple[c.Command, ...]] = (
    evolve(w.PROPOSE_RELEASE, safeguards=STOPPED),
    w.PROPOSE_RELEASE,
    *(
        c.DecideStop(package=P1, goes_on=goes_on, reasons=reasons)
        for goes_on, reasons in ((True, "it protects"), (False, "it harms"), (True, " "))
    ),
    c.ApproveRelease(package=P1, reasons="within the order"),
    c.RejectRelease(package=P1, reasons="no"),
    w.PACKED,
)
_STOPS: Final[tuple[c.Command, ...]] = tuple(
    c.DecideStop(proposal=1, goes_on=goes_on, reasons=reasons)
    for goes_on, reasons in ((True, "it protects"), (False, "it harms"), (True, " "))
)
PARTLY: Final = c.DisclosePartly(
    provider="p", path="q", legal_basis=("x",), safeguards=w.SAFEGUARDS
)
_PARTLY: Final[tuple[c.Command, ...]] = (
    PARTLY,
    evolve(PARTLY, legal_basis=()),
    evolve(PARTLY, safeguards=None),
    evolve(PARTLY, safeguards=ENDED),
)
STOPPED_TELLER: Final[tuple[c.Command, ...]] = (
    evolve(PARTLY, safeguards=STOPPED),
    *_STOPS,
    c.Approve(proposal=1, reasons="in order"),
    c.Approve(proposal=1, reasons=" "),
)
_REVISE: Final = c.Revise(proposal=1, contents=w.STORED_DATA_FORM, legal_basis=("x",))
ASKER: Final[tuple[c.Command, ...]] = (
    *_STOPS,
    c.Approve(proposal=1),
    c.Approve(proposal=2),
    c.Reject(proposal=1, reasons="no"),
    c.TakeBack(proposal=1),
    _REVISE,
    evolve(_REVISE, safeguards=w.SAFEGUARDS),
    evolve(_REVISE, safeguards=ENDED),
    c.Amend(contents=w.STORED_DATA_FORM, legal_basis=("x",), reason="r"),
    c.Amend(contents=w.STORED_DATA_FORM, legal_basis=("x",), reason="r", safeguards=ENDED),
)
TELLER: Final[tuple[c.Command, ...]] = (
    *_COMMON,
    c.Accept(),
    c.Refuse(ground="40(22)", reasons="x"),
    *_PARTLY,
    c.DecideFurtherUse(request=2, is_granted=True),
)
PRESERVER: Final[tuple[c.Command, ...]] = (
    *_COMMON,
    c.ConfirmPreservation(effective_at=w.START),
    *_PARTLY,
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
    most: int = 2
    """Proposals."""


def _opened(command: c.OpeningCommand) -> Callable[[], Case]:
    def start() -> Case:
        world = w.World()
        world.il.act(command, w.DANA)
        return world.il.held

    return start


_ANY_RECORD: Final = (w.SAFEGUARDS, None, ENDED, OPEN)
_GUARDED: Final[tuple[c.Command, ...]] = (
    *(evolve(PARTLY, safeguards=record) for record in _ANY_RECORD),
    *(
        dc.DiscloseInformation(text="x", legal_basis=("x",), safeguards=record)
        for record in _ANY_RECORD
    ),
    *(
        dc.ReportMeasure(
            measure=MeasureKind.SEARCH,
            effective_at=w.START,
            authority="court",
            legal_basis=("x",),
            safeguards=record,
        )
        for record in _ANY_RECORD
    ),
    *(
        dc.HandOver(at=w.START, place="x", text="x", legal_basis=("x",), safeguards=record)
        for record in _ANY_RECORD
    ),
    dc.DiscloseInformation(text="x", legal_basis=(), safeguards=w.SAFEGUARDS),
    dc.LiftMeasure(lifted_at=w.START, reasons="over"),
    dc.RecordConsent(is_given=True, given_at=w.START, before="court"),
)
ANSWERER: Final[tuple[c.Command, ...]] = (
    c.Accept(),
    *_GUARDED,
    c.TakeExhibit(exhibit=w.EXHIBIT),
    w.PROPOSE_RELEASE,
    evolve(w.PROPOSE_RELEASE, safeguards=None),
    c.ApproveRelease(package=P1, reasons="within the order"),
    w.PACKED,
    c.Approve(proposal=1, reasons="in order"),
    c.Approve(proposal=1, reasons=" "),
)
HOST: Final[tuple[c.Command, ...]] = (
    dc.GiveSafeConduct(begins_at=w.START, text="for all earlier acts"),
    c.Approve(proposal=2, reasons="in order"),
    c.Withdraw(reason="x"),
)


def _answering(kind: str) -> Scene:
    return Scene(
        name=f"{kind}, answering",
        start=lambda: w.asked(OPENERS[kind]).vn.held,
        commands=ANSWERER,
        heard=FROM_ASKER[:1],
        most=1,
    )


HASTY: Final[tuple[c.Command, ...]] = (
    c.Accept(),
    PARTLY,
    dc.DiscloseInformation(text="x", legal_basis=("x",), safeguards=w.SAFEGUARDS),
    c.TakeExhibit(exhibit=w.EXHIBIT),
    w.PROPOSE_RELEASE,
    c.ApproveRelease(package=P1, reasons="within the order"),
    c.ApproveRelease(package=P1, reasons=" "),
    w.PACKED,
    c.Approve(proposal=1, reasons="in order"),
    c.Approve(proposal=1, reasons=" "),
)


def answering_to(asked: c.Ask) -> Scene:
    """Return a walk through the answers to a request that conceals what it is."""
    request = evolve(asked, case_id=w.CASE, peer=w.VN, safeguards=w.SAFEGUARDS)
    return Scene(name=asked.kind, start=lambda: w.asked(request).vn.held, commands=HASTY, most=1)


SCENES: Final = (
    *(_answering(code) for code, kind in KINDS.items() if kind.opening is Step.REQUEST),
    Scene(
        name="voluntary appearance, assuring",
        start=lambda: w.asked(OPENERS["voluntary_appearance"]).il.held,
        commands=HOST,
    ),
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
    Scene(
        name="information",
        start=_opened(w.GIVE_INFORMATION),
        commands=INFORMER,
        heard=FROM_INFORMED,
    ),
    Scene(
        name="stored data, giving what is stopped",
        start=lambda: w.executing().vn.held,
        commands=STOPPER,
        heard=FROM_ASKER[:1],
    ),
    Scene(
        name="stored data, giving what the request itself stops",
        start=lambda: asked_for_a_minor().vn.held,
        commands=STOPPER,
    ),
    Scene(
        name="stored data, telling what the request itself stops",
        start=lambda: asked_for_a_minor().vn.held,
        commands=(PARTLY, *_STOPS, c.Approve(proposal=1, reasons="in order")),
    ),
    Scene(
        name="preservation, telling what is stopped",
        start=lambda: w.asked().vn.held,
        commands=(c.ConfirmPreservation(effective_at=w.START), *STOPPED_TELLER),
    ),
    Scene(
        name="information that is stopped",
        start=_opened(evolve(w.GIVE_INFORMATION, safeguards=STOPPED)),
        commands=STOPPED_TELLER[1:],
    ),
    Scene(
        name="stored data, asking",
        start=_opened(evolve(w.ASK_STORED_DATA, safeguards=STOPPED)),
        commands=ASKER,
    ),
    Scene(
        name="preservation, asking what is stopped",
        start=_opened(evolve(w.ASK_PRESERVATION, safeguards=STOPPED)),
        commands=ASKER,
    ),
)


MEASURE: Final = dc.ReportMeasure(
    measure=MeasureKind.FREEZING,
    effective_at=w.START,
    authority="the court",
    legal_basis=("x",),
    safeguards=w.SAFEGUARDS,
)
INFORM: Final = dc.DiscloseInformation(
    text="an account", legal_basis=("x",), safeguards=w.SAFEGUARDS
)
HAND_OVER: Final = dc.HandOver(
    at=w.START, place="the airport", text="x", legal_basis=("x",), safeguards=w.SAFEGUARDS
)
_APPROVE: Final = c.Approve(proposal=1, reasons="in order")


def _lacking(command: dc.ReportMeasure | dc.DiscloseInformation | dc.HandOver) -> list[c.Command]:
    return [
        command,
        evolve(command, legal_basis=()),
        evolve(command, safeguards=None),
        evolve(command, safeguards=ENDED),
    ]


def _accepted(kind: str) -> Case:
    world = w.asked(OPENERS[kind])
    world.vn_does(c.Accept())
    return world.vn.held


def _measured() -> Case:
    world = w.asked(OPENERS["asset_trace_freeze_seize"])
    world.vn_does(c.Accept(), MEASURE)
    world.vn_does(_APPROVE, by=w.MINH)
    return world.vn.held


DEED_SCENES: Final = (
    Scene(
        name="question, answering",
        start=lambda: w.asked(OPENERS["location_enquiry"]).vn.held,
        commands=(*_lacking(INFORM), c.Accept(conditions=(LIMIT,)), _APPROVE),
        heard=FROM_ASKER[:2],
    ),
    Scene(
        name="assets, taking a measure",
        start=lambda: w.asked(OPENERS["asset_trace_freeze_seize"]).vn.held,
        commands=(*_lacking(MEASURE), c.Accept(), c.Accept(conditions=(LIMIT,)), _APPROVE),
        heard=FROM_ASKER[:2],
    ),
    Scene(
        name="assets, lifting a measure",
        start=_measured,
        commands=(
            dc.ProposeLifting(reasons="x"),
            dc.LiftMeasure(lifted_at=w.START, reasons="x"),
            c.Approve(proposal=2, reasons="in order"),
        ),
        heard=FROM_ASKER[:1],
    ),
    Scene(
        name="person, handing over",
        start=lambda: _accepted("transfer_of_detained_person"),
        commands=(
            *_lacking(HAND_OVER),
            dc.RecordConsent(is_given=True, given_at=w.START, before="the court"),
            _APPROVE,
        ),
        heard=FROM_ASKER[:1],
    ),
    Scene(
        name="person, hosting",
        start=lambda: w.asked(OPENERS["transfer_of_detained_person"]).il.held,
        commands=(
            dc.GiveSafeConduct(begins_at=w.START, text="x"),
            dc.EndPresence(told_at=w.START),
            dc.HandBack(at=w.START, place="x"),
            c.Approve(proposal=2, reasons="in order"),
        ),
    ),
)
"""Where something else than evidence is told, taken, lifted or handed over."""


# --- who may give which command, told anew, duty by duty --------------------------------------

_TALK: Final = (
    "acknowledge answer-question ask-extension ask-question consult end-presence give-status "
    "extend-preservation confirm-preservation notify-exculpatory-use propose-arrangement warn "
    "withdraw answer-drill call-drill"
)
_WRITE: Final = (
    "amend ask ask-further-use disclose-information disclose-partly give-information revise "
    "give-safe-conduct hand-back hand-over lift-measure record-consent report-measure take-back"
)
_DECIDE: Final = (
    "accept agree-to-arrangement agree-to-conditions answer-lifting decide-further-use postpone "
    "declare-executed decline-conditions end-preservation propose-lifting refuse refuse-extension"
)
_SECOND: Final = "approve approve-destruction approve-release confirm-emergency decide-stop reject"
_GIVE: Final = "propose-destruction propose-release reject-destruction reject-release"
MATRIX: Final[dict[Duty, frozenset[str]]] = {
    Duty.DUTY_OFFICER: frozenset(f"{_TALK} {_WRITE}".split()),
    Duty.CASE_OFFICER: frozenset(f"{_TALK} {_WRITE} {_DECIDE} {_GIVE}".split()),
    Duty.AUTHORISER: frozenset(
        f"{_TALK} {_DECIDE} {_SECOND} reject-destruction reject-release".split()
    ),
    Duty.EVIDENCE_CUSTODIAN: frozenset(f"take-exhibit {_GIVE}".split()),
    Duty.AUDITOR: frozenset(),
    Duty.ADMINISTRATOR: frozenset(),
}


def find_wrong_cells() -> list[tuple[Duty, str]]:
    """Return the cells of role and action in which the program says something else."""
    wrong = []
    for verb, command in {**VERBS, **OPENING}.items():
        given = object.__new__(command)
        for duty in Duty:
            try:
                policy.require_entitled(given, w.officer("one", w.IL, duty))
                may = True
            except LongBienError:
                may = False
            if may != (verb in MATRIX[duty]):
                wrong.append((duty, verb))
    return wrong


# --- how cases are opened -----------------------------------------------------------------------


def find_open_doors() -> list[Found]:
    """Return what must not happen and does when a case is opened, whoever opens it."""
    found = []
    lax = policy.Policy(alone=frozenset(KINDS), is_emergency_alone=True)
    for code, command in OPENERS.items():
        if isinstance(command, c.CallDrill):
            continue
        for record in (*_ANY_RECORD, STOPPED):
            for is_emergency in {False, isinstance(command, c.Ask)}:
                more = {"is_emergency": True, "emergency": "a life"} if is_emergency else {}
                asked = evolve(command, safeguards=record, **more)
                found += _opened_by_all(code, asked, lax)
    return found


def find_lax_emergencies() -> list[Found]:
    """Return coercive requests that one officer sends although the policy does not let them."""
    found = []
    urgent = {"is_emergency": True, "emergency": "a life"}
    cases = ((policy.STANDARD, urgent), (policy.Policy(is_emergency_alone=True), {}))
    for rules, more in cases:
        for code in COERCIVE - {"spontaneous_information"}:
            asked = evolve(OPENERS[code], **more)
            decision = life.decide(None, asked, officer=w.DANA, now=w.START, policy=rules)
            if any(isinstance(event, e.StatementSent) for event in decision.events):
                found.append(Found("one person alone", code))
    return found


def find_late_approvals() -> list[Found]:
    """Return what is let go after its authorisation has ended."""
    late = w.SAFEGUARDS.ends_at
    release = w.executing()
    release.vn_does(w.PROPOSE_RELEASE)
    partly = w.asked(w.ASK_STORED_DATA)
    partly.vn_does(c.Accept(), PARTLY)
    request = w.World()
    request.il_does(w.ASK_STORED_DATA)
    waiting: tuple[tuple[Case, c.Command, Officer], ...] = (
        (release.vn.held, w.APPROVE_RELEASE, w.MINH),
        (partly.vn.held, c.Approve(proposal=1, reasons="in order"), w.MINH),
        (request.il.held, c.Approve(proposal=1), w.NOA),
    )
    found = []
    for case, command, officer in waiting:
        try:
            life.decide(case, command, officer=officer, now=late)
        except LongBienError:
            continue
        found.append(Found("let go after its authorisation has ended", f"{command}"))
    return found


def _opened_by_all(code: str, command: c.OpeningCommand, lax: policy.Policy) -> list[Found]:
    found = []
    for officer in (*cast(w.IL), None):
        try:
            decision = life.decide(None, command, officer=officer, now=w.START, policy=lax)
        except LongBienError:
            continue
        for event in decision.events:
            said = getattr(event, "statement", None)
            record = getattr(said, "safeguards", None)
            if said is None or (record is None and code not in COERCIVE):
                continue
            found += [Found(what, f"{code} by {officer}") for what in _recorded(record, code)]
            hit = record is not None and any(c.answer is not Answer.NO for c in record.checks)
            if isinstance(event, e.StatementSent) and (hit or code == "spontaneous_information"):
                found.append(Found("one person alone", code))
    return found


COERCIVE: Final = frozenset(
    {
        "asset_trace_freeze_seize",
        "confiscation_enforce_order",
        "confiscation_obtain_order",
        "emergency_data",
        "extradition",
        "mla_content_interception",
        "mla_general",
        "mla_stored_data",
        "mla_traffic_realtime",
        "provisional_arrest",
        "records",
        "search_seizure",
        "spontaneous_information",
        "subscriber_information",
        "traffic_data_partial_disclosure",
        "transfer_of_detained_person",
        "transfer_of_sentenced_person",
    }
)
"""Kinds that may not even be asked for without a record; what is given as information too."""


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
            yield from _tried(scene, case, (command, officer))
    for statement in scene.heard:
        yield from _tried(scene, case, (statement, None))


def _tried(scene: Scene, case: Case, act: Act) -> Iterator[tuple[Act, Decision, Case]]:
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
    if bounded(after, scene.most):
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


def bounded(case: Case, most: int) -> bool:
    """Keep the walk finite: few proposals, one further use."""
    fresh = sum(isinstance(one.statement, s.RequestMade) for one in case.proposals[:1])
    return len(case.proposals) - fresh <= most and len(case.uses) <= 1


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
            (r.proposed_by, r.approved_by, r.is_rejected, r.is_announced, r.safeguards)
            for r in case.releases
        ),
        tuple(
            (p.statement, tuple(dict.fromkeys(p.authors)), p.is_open, p.is_rejected)
            for p in case.proposals
        ),
        tuple((stop.text, stop.by, stop.goes_on) for stop in case.stops),
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
        if isinstance(event, e.StatementProposed) and event.statement.step in DEEDS | PROMISES:
            found += _one(case, event.by)
        if isinstance(event, e.ReleaseProposed):
            found += _in_proposal(case, event)
        if isinstance(event, e.ReleaseApproved):
            found += _in_release(case, event)
        if isinstance(event, e.StopDecided):
            found += _in_stop(case, event)
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
    gives = MESSAGE_KIND[said.step] in GIVING or said.step in DEEDS
    frees = isinstance(said, s.FurtherUseAsked) or (
        isinstance(said, s.FurtherUseDecided) and said.is_granted
    )
    if said.step in WAITING and case.offer is not None and not case.offer.binds:
        yield "done while conditions are open"
    if gives or frees or said.step in PROMISES:
        yield from _two(case, event.by, event.approved_by)
        if not basis:
            yield "no legal basis"
    if gives and not isinstance(said, s.EvidenceAnnounced):
        record = getattr(said, "safeguards", None)
        yield from _recorded(record, "something leaves")
        if not event.reasons.strip():
            yield "something leaves without reasons"
        yield from _let_go_on(case, _text(content_of(said)), record, event.by, theirs=True)
    if said.step in {Step.REQUEST, Step.AMENDMENT}:
        yield from _in_request(case, event, getattr(said, "safeguards", None))
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
    return {each.id: each.duties for each in (*cast(case.own), *KNOWN)}[officer]


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
    if not proposals[0].legal_basis:
        yield "released without legal basis"
    if case.offer is None or not case.offer.binds:
        yield "released before its conditions were agreed to"


def _in_proposal(case: Case, event: e.ReleaseProposed) -> Iterator[str]:
    if not event.legal_basis:
        yield "a release is proposed without legal basis"
    yield from _recorded(event.safeguards, "a release is proposed")
    yield from _one(case, event.by)
    yield from _carried_out(case)


def _carried_out(case: Case) -> Iterator[str]:
    if case.requested not in WORKING:
        yield "a release while nothing is carried out"
    if case.requesting is Track.WITHDRAWN:
        yield "a release after the request was withdrawn"


def _in_release(case: Case, event: e.ReleaseApproved) -> Iterator[str]:
    release = case.find_release(event.package)
    yield from _two(case, release.proposed_by if release else None, event.by)
    if not event.reasons.strip():
        yield "a release is approved without reasons"
    if release is not None and release.approved_by is not None:
        yield "a release is approved twice"
    yield from _carried_out(case)
    if release is not None and not release.is_rejected:
        (proposed,) = (
            each
            for each in case.history
            if isinstance(each, e.ReleaseProposed) and each.package == event.package
        )
        yield from _recorded(proposed.safeguards, "a release is approved")
        text = Digest.of(encode_event(proposed))
        yield from _let_go_on(case, text, proposed.safeguards, proposed.by, theirs=True)
    if release is not None and release.is_rejected:
        yield "a release is approved that was rejected"


def _in_request(case: Case, event: e.StatementSent, record: Safeguards | None) -> Iterator[str]:
    if case.kind != "preservation":
        yield from _recorded(record, "a coercive request is sent")
        yield from _two(case, event.by, event.approved_by)
    if record is not None:
        text = _text(content_of(event.statement))
        yield from _let_go_on(case, text, record, event.by, theirs=False)


def _in_stop(case: Case, event: e.StopDecided) -> Iterator[str]:
    if Duty.AUTHORISER not in _duties(case, event.by):
        yield "the stop list is decided on by somebody who may not"
    if not event.reasons.strip():
        yield "the stop list is decided on without reasons"
    authors = {
        each.by
        for each in case.history
        if isinstance(each, e.StatementProposed | e.ProposalRevised | e.ReleaseProposed)
        and (
            each.package == event.package
            if isinstance(each, e.ReleaseProposed)
            else each.proposal == event.proposal
        )
    }
    if event.by in authors:
        yield "who wrote it decides on the stop list"


def _recorded(record: Safeguards | None, what: str) -> Iterator[str]:
    if record is None:
        yield f"{what} without a safeguard record"
        return
    answers = [check.concern for check in record.checks if check.answer is Answer.NO or check.text]
    if sorted(answers) != sorted(Concern):
        yield f"{what} with open questions"
    if record.ends_at <= w.START:
        yield f"{what} under an authorisation that has ended"


def _let_go_on(
    case: Case, text: Digest, record: Safeguards | None, author: OfficerId | None, *, theirs: bool
) -> Iterator[str]:
    asked = case.request.safeguards if isinstance(case.request, s.RequestMade) else None
    records = [record, asked if theirs and case.side is Side.REQUESTED else None]
    hits = [
        check
        for each in records
        if each is not None
        for check in each.checks
        if check.answer is not Answer.NO
    ]
    decided = [
        each for each in case.history if isinstance(each, e.StopDecided) and each.text == text
    ]
    if hits and not any(each.goes_on and each.by != author for each in decided):
        yield "what the stop list stops goes on without a second officer's decision"
    if not all(each.goes_on for each in decided):
        yield "it goes on although an authoriser has said no"


def _text(content: object) -> Digest:
    return Digest.of(encode_json(content))  # type: ignore[arg-type]  # the content of a message


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
