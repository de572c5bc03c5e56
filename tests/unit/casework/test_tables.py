from itertools import product

import pytest
from attrs import evolve

from casework_samples import STATEMENTS, rich_case, without_packages
from longbien.casework import life
from longbien.casework._saying import Moment, say
from longbien.casework.case import Draft, Side
from longbien.casework.catalogue import KINDS, get_kind
from longbien.casework.diagrams import positions
from longbien.casework.evolving import other
from longbien.casework.kind import Kind
from longbien.casework.policy import STANDARD
from longbien.casework.standing import track_of
from longbien.casework.state import Case
from longbien.casework.steps import MESSAGE_KIND, State, Step, Track
from longbien.casework.wire import content_of, schema_of
from longbien.channel.message import MessageKind
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Refused

ROWS = [
    pytest.param(kind, side, track, id=f"{kind.code}-{side.value}-{track.value}")
    for kind in KINDS.values()
    for side in Side
    for track in kind.machine(side).table
]
"""Each is a row of a table; a test tries every step, and so every cell of it."""


def at(kind: Kind, own: Side, speaker: Side, track: Track, step: Step) -> Case:
    """Return a case, held by ``own``, in which ``speaker`` has come to ``track``."""
    opened = kind.requesting.step(Track.SILENT, kind.opening)
    tracks = {Side.REQUESTING: opened, Side.REQUESTED: Track.SILENT, speaker: track}
    case = rich_case(
        kind.code,
        own,
        requesting=tracks[Side.REQUESTING],
        requested=tracks[Side.REQUESTED],
    )
    return without_packages(case) if step is Step.EVIDENCE_ANNOUNCED else case


def expected(kind: Kind, speaker: Side, track: Track, step: Step) -> Track | None:
    """Return what the table says of a cell."""
    return kind.machine(speaker).table[track].get(step)


@pytest.mark.parametrize(("kind", "speaker", "track"), ROWS)
def test_every_cell_as_the_listener_hears_it(kind: Kind, speaker: Side, track: Track) -> None:
    """A step that the sender's table has is taken, to where the table says; any other is not."""
    for step in Step:
        hears(kind, speaker, track, step)


def hears(kind: Kind, speaker: Side, track: Track, step: Step) -> None:
    """Let a case hear one step."""
    node = w.Node(w.VN if speaker is Side.REQUESTING else w.IL)
    node.case = at(kind, other(speaker), speaker, track, step)
    draft = Draft(
        kind=MESSAGE_KIND[step],
        schema=schema_of(kind.code, step),
        lane=node.case.lane,
        content=content_of(STATEMENTS[step]),
    )
    sender = w.Node(node.case.peer)
    sender.case = evolve(node.case, own=node.case.peer, peer=node.case.own)
    message = sender.message(draft, 9)
    after = expected(kind, speaker, track, step)

    is_first = track is Track.SILENT and speaker is Side.REQUESTING
    if is_first:
        node.case = None
    if after is None:
        with pytest.raises(Refused) as found:
            node.take(message)
        assert found.value.code == ("case.unknown" if is_first else "transition.refused")
    else:
        node.take(message)
        assert track_of(node.held, speaker) is after


@pytest.mark.parametrize(("kind", "speaker", "track"), ROWS)
def test_every_cell_as_the_speaker_says_it(kind: Kind, speaker: Side, track: Track) -> None:
    """A step that the own table has is said, and moves the own track to where the table says."""
    for step in Step:
        says(kind, speaker, track, step)


def says(kind: Kind, speaker: Side, track: Track, step: Step) -> None:
    """Let a side say one step."""
    case = at(kind, speaker, speaker, track, step)
    after = expected(kind, speaker, track, step)

    if after is None:
        with pytest.raises(Refused) as found:
            say(case, STATEMENTS[step], Moment(now=w.START, policy=STANDARD), by=w.DANA.id)
        assert found.value.code == "transition.refused"
    else:
        decision = say(case, STATEMENTS[step], Moment(now=w.START, policy=STANDARD), by=w.DANA.id)
        for event in decision.events:
            case = life.evolve(case, event)
        assert track_of(case, speaker) is after
        assert [draft.kind for draft in decision.drafts] == [MESSAGE_KIND[step]]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("side", Side)
def test_all_positions_are_reached(kind: Kind, side: Side) -> None:
    """No row of a table is dead, and every step leads to a row."""
    machine = kind.machine(side)
    reached = {machine.initial}
    while True:
        more = {after for track in reached for after in machine.table[track].values()} - reached
        if not more:
            break
        reached |= more

    assert reached == set(machine.table)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_pair_of_positions_is_a_state(kind: Kind) -> None:
    """The rule of precedence decides every pair, and none of its lines is idle."""
    found = {kind.state_of(requesting=r, requested=q) for r, q in positions(kind)}

    assert found == {rank.state for rank in kind.precedence}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_may_be_said_after_the_last_word_can_be_said(kind: Kind) -> None:
    """Nothing is allowed after the end that no table has."""
    known = {step for side in Side for row in kind.machine(side).table.values() for step in row}

    assert kind.even_after <= known
    assert kind.over <= set(kind.requesting.table) | set(kind.requested.table)
    assert kind.opening in kind.requesting.table[Track.SILENT]


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS.values() if kind.opening is Step.REQUEST],
    ids=lambda kind: kind.code,
)
def test_the_rule_of_precedence(kind: Kind) -> None:
    """What the requested State has finally done stands; then a withdrawal; then its position."""
    done = {
        Track.REFUSED: State.REFUSED,
        Track.ENDED: State.ENDED,
        Track.EXECUTED: State.EXECUTED,
        Track.HANDED_OVER: State.HANDED_OVER,
    }

    for requested in kind.requested.table:
        state = kind.state_of(requesting=Track.WITHDRAWN, requested=requested)
        assert state is done.get(requested, State.WITHDRAWN)
        asking = kind.state_of(requesting=Track.ASKING, requested=requested)
        assert (asking is state) == (requested in done)


def test_every_message_kind_is_said_by_somebody() -> None:
    """The channel carries no kind of message that no table knows."""
    said = {
        MESSAGE_KIND[step]
        for kind, side in product(KINDS.values(), Side)
        for row in kind.machine(side).table.values()
        for step in row
    }

    assert said == set(MessageKind)
    assert set(MESSAGE_KIND) == set(Step)


def test_a_kind_that_is_not_known() -> None:
    """An unknown kind is refused with its code."""
    with pytest.raises(Refused) as found:
        get_kind("horoscope")

    assert found.value.code == "case.kind"
