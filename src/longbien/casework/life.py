"""The life of a case: ``decide``, ``receive``, ``evolve``, ``replay``.  The room's face.

``decide`` judges by all that we know, ``receive`` only by what its sender could have known
(``guards``): so nothing that an honest State could send is refused, however messages crossed.
"""

from collections.abc import Iterable

from longbien.casework import commands as c
from longbien.casework import evolving
from longbien.casework._machine import decide_machine
from longbien.casework._officers import decide_officer
from longbien.casework._saying import (
    Moment,
    Setting,
    announcements_of,
    joined,
    lane_of,
    link_chores,
    say_or_propose,
    sound_bodies,
)
from longbien.casework.case import Decision, Event, Officer, Side
from longbien.casework.catalogue import get_kind
from longbien.casework.completeness.asked import NOTHING, Surroundings
from longbien.casework.events import CaseOpened, StatementReceived
from longbien.casework.evolving import other
from longbien.casework.guards import require_references
from longbien.casework.policy import (
    STANDARD,
    Policy,
    require_entitled,
    require_machine,
    require_own,
)
from longbien.casework.standing import kind_of, state_of, track_of
from longbien.casework.state import Case
from longbien.casework.statements import DrillCalled, InformationGiven, RequestMade, Statement
from longbien.casework.steps import LOCAL, MESSAGE_KIND
from longbien.casework.wire import parse_content, step_of
from longbien.channel.message import Lane, Message
from longbien.primitives.changing import changed
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import AuthorityId
from longbien.primitives.instants import Instant


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case after an event; ``None`` before its opening.

    Total for every history that begins with the opening of a case of a known kind; anything
    else is Integrity ``case.unopened``.
    """
    return evolving.evolve(case, event)


def replay(events: Iterable[Event]) -> Case:
    """Return the case that its events make.  Raises Integrity ``case.unopened`` for none."""
    return evolving.replay(events)


def decide(
    case: Case | None,
    command: c.Command,
    *,
    officer: Officer | None,
    now: Instant,
    policy: Policy = STANDARD,
    around: Surroundings = NOTHING,
) -> Decision:
    """Decide on a command of an officer, or of the machine (then ``officer`` is None).

    ``around`` is what is known around a request; it is warned about and never decided by.

    1. the officer is entitled to it: Refused ``officer.…``
    2. an opening command opens a new case: Refused ``case.exists``, ``case.unknown``
    3. the case allows it: Refused ``transition.refused``, ``case.…``, ``release.…`` and others
    4. what follows can be recorded and read by the other State: Refused ``case.unsound``

    A decision without events means that nothing is to be done any more.
    """
    moment = Moment(now=now, policy=policy, around=around)
    if isinstance(command, c.MachineCommand):
        require_machine(officer)
        decision = decide_machine(_known(case), command, moment)
    else:
        decision = _decide(case, command, moment, officer)
    return changed(decision, bodies=sound_bodies(decision.events))


def _known(case: Case | None) -> Case:
    if case is None:
        raise Refused("case.unknown", "there is no such case")
    return case


def _decide(
    case: Case | None, command: c.OfficerCommand, moment: Moment, officer: Officer | None
) -> Decision:
    entitled = require_entitled(command, officer)
    setting = Setting(now=moment.now, policy=moment.policy, around=moment.around, officer=entitled)
    if isinstance(command, c.Ask | c.GiveInformation | c.CallDrill):
        if case is not None:
            raise Refused("case.exists", "there is a case of that id already")
        return _open(command, setting)
    known = _known(case)
    require_own(entitled, known.own)
    return decide_officer(known, command, setting)


def _open(command: c.OpeningCommand, setting: Setting) -> Decision:
    kind, statement = _opening(command)
    own = setting.officer.authority
    if command.peer.state == own.state:
        raise Refused("case.own-state", "a request goes to another State")
    opened = CaseOpened(
        at=setting.now,
        case_id=command.case_id,
        kind=get_kind(kind).code,
        side=Side.REQUESTING,
        own=own,
        peer=command.peer,
        lane=lane_of(kind, statement),
        exercise=command.exercise,
    )
    return joined((opened,), say_or_propose(evolve(None, opened), statement, setting))


def _opening(command: c.OpeningCommand) -> tuple[str, Statement]:
    if isinstance(command, c.CallDrill):
        called = DrillCalled(challenge=command.challenge, answer_by=command.answer_by)
        return "drill", called
    if isinstance(command, c.GiveInformation):
        return "spontaneous_information", InformationGiven(
            contents=command.contents,
            legal_basis=command.legal_basis,
            use_limits=command.use_limits,
            safeguards=command.safeguards,
        )
    return command.kind, RequestMade(
        contents=command.contents,
        legal_basis=command.legal_basis,
        is_emergency=command.is_emergency,
        emergency=command.emergency,
        reply_by=command.reply_by,
        reply_reason=command.reply_reason,
        preservation=command.preservation,
        safeguards=command.safeguards,
    )


# --- from the other State -----------------------------------------------------------------------


def receive(case: Case | None, message: Message, *, own: AuthorityId, now: Instant) -> Decision:
    """Decide on a message of the other State whose header and signatures were checked.

    1. it is for us, and its form is known: Refused ``case.not-addressed``, ``case.kind``;
       Malformed ``case.schema``, ``case.field``, ``case.text`` and what values raise
    2. it opens a case, or belongs to this one: Refused ``case.unknown``, ``case.foreign-peer``,
       ``case.purpose``, ``case.exercise``, ``case.lane``
    3. its sender's own table allows it: Refused ``transition.refused``
    4. what it refers to was said: Refused ``case.reference``
    """
    if message.recipient != own:
        raise Refused("case.not-addressed", "this is addressed to another authority")
    kind = get_kind(message.purpose)
    step = step_of(kind.code, message.schema)
    if MESSAGE_KIND[step] is not message.kind:
        raise Malformed(
            "case.schema", "the schema of a message is not known: {kind}", kind=kind.code
        )
    statement = parse_content(step, message.content)
    if case is None:
        return _receive_first(message, statement, now)
    return _receive_next(case, message, statement, now)


def _receive_first(message: Message, statement: Statement, now: Instant) -> Decision:
    kind = get_kind(message.purpose)
    if statement.step is not kind.opening:
        raise Refused("case.unknown", "there is no such case")
    if message.sender.state == message.recipient.state:
        raise Refused("case.own-state", "a request goes to another State")
    _require_lane(message, lane_of(kind.code, statement))
    opened = CaseOpened(
        at=now,
        case_id=message.thread,
        kind=kind.code,
        side=Side.REQUESTED,
        own=message.recipient,
        peer=message.sender,
        lane=message.lane,
        exercise=message.exercise,
    )
    return joined((opened,), _heard(evolve(None, opened), message, statement, now))


def _require_lane(message: Message, lane: Lane) -> None:
    lanes = list(Lane)
    if lanes.index(message.lane) < lanes.index(lane):
        raise Refused("case.lane", "the message is in a more urgent lane than its content")


def _receive_next(case: Case, message: Message, statement: Statement, now: Instant) -> Decision:
    if message.sender != case.peer or message.recipient != case.own:
        raise Refused("case.foreign-peer", "the case is with another authority")
    if message.purpose != case.kind:
        raise Refused("case.purpose", "the case is about another kind of request")
    if message.exercise != case.exercise:
        raise Refused("case.exercise", "exercise and reality do not mix in one case")
    if state_of(case) in LOCAL:
        raise Refused("case.unknown", "there is no such case")
    _require_lane(message, case.lane)
    speaker = other(case.side)
    kind_of(case).machine(speaker).step(track_of(case, speaker), statement.step)
    require_references(case, speaker, statement)
    return _heard(case, message, statement, now)


def _heard(case: Case, message: Message, statement: Statement, now: Instant) -> Decision:
    received = StatementReceived(
        at=now,
        number=message.sequence,
        statement=statement,
        message=message.id,
        said_at=message.created_at,
    )
    return Decision(
        events=(received,),
        chores=link_chores(case, evolve(case, received)),
        announcements=announcements_of(statement),
    )
