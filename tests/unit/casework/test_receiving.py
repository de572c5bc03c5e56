"""Every reason for which a message of the other State is refused."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from casework_samples import STATEMENTS
from longbien.casework import commands as c
from longbien.casework import life
from longbien.casework.case import Draft
from longbien.casework.guards import require_references
from longbien.casework.statements import Statement
from longbien.casework.steps import MESSAGE_KIND, Step
from longbien.casework.wire import content_of, schema_of
from longbien.channel.message import Lane, Message, MessageKind
from longbien.exercise import two_sides as w
from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.primitives.ids import AuthorityId


def first(command: c.OpeningCommand = w.ASK_PRESERVATION) -> Message:
    """Return the first message of a case, on its way."""
    world = w.World()
    world.il.act(command, w.DANA)
    if world.il.held.proposals:
        world.il.act(c.Approve(proposal=1), w.NOA)
    return world.il.outbox[0]


FIRST: list[tuple[str, dict[str, Any], str]] = [
    ("another authority", {"recipient": AuthorityId("VN/police")}, "case.not-addressed"),
    ("unknown kind", {"purpose": "horoscope"}, "case.kind"),
    ("schema of another kind", {"purpose": "mla_stored_data"}, "case.schema"),
    ("schema of another step", {"schema": "longbien:case.question/1"}, "case.schema"),
    ("message of another kind", {"kind": MessageKind.STATUS}, "case.schema"),
    ("next version", {"schema": "longbien:preservation.request/2"}, "case.schema"),
    ("no content", {"content": {}}, "case.field"),
    ("own State", {"sender": AuthorityId("VN/police")}, "case.own-state"),
    ("overstated lane", {"lane": Lane.URGENT}, "case.lane"),
]


@pytest.mark.parametrize(("changes", "code"), [r[1:] for r in FIRST], ids=[r[0] for r in FIRST])
def test_a_first_message_is_refused_with_its_reason(changes: dict[str, Any], code: str) -> None:
    """No case is opened by it."""
    with pytest.raises(LongBienError) as found:
        life.receive(None, evolve(first(), **changes), own=w.VN, now=w.START)

    assert found.value.code == code


def test_a_calmer_lane_than_could_be_is_taken() -> None:
    """Whoever is modest is heard all the same."""
    decision = life.receive(None, evolve(first(), lane=Lane.ORDINARY), own=w.VN, now=w.START)

    assert decision.events


def next_message() -> tuple[w.World, Message]:
    """Return a world and IL's second message, on its way."""
    world = w.asked()
    world.il.act(c.AskQuestion(text="when?"), w.DANA)
    return world, world.il.outbox[0]


NEXT: list[tuple[str, dict[str, Any], str]] = [
    ("a stranger", {"sender": AuthorityId("US/contact-point")}, "case.foreign-peer"),
    ("another office", {"sender": AuthorityId("IL/police")}, "case.foreign-peer"),
    ("another kind", {"purpose": "mla_stored_data"}, "case.purpose"),
    ("an exercise", {"exercise": True}, "case.exercise"),
    ("overstated lane", {"lane": Lane.URGENT}, "case.lane"),
]


@pytest.mark.parametrize(("changes", "code"), [r[1:] for r in NEXT], ids=[r[0] for r in NEXT])
def test_a_further_message_is_refused_with_its_reason(changes: dict[str, Any], code: str) -> None:
    """The case stays as it was."""
    world, message = next_message()
    before = world.vn.case

    with pytest.raises(Refused) as found:
        world.vn.take(evolve(message, **changes))

    assert found.value.code == code
    assert world.vn.case is before


def test_our_own_office_is_the_one_that_has_the_case() -> None:
    """A message to another office of ours does not reach into this one's case."""
    world, message = next_message()

    with pytest.raises(Refused) as found:
        life.receive(
            world.vn.case,
            evolve(message, recipient=AuthorityId("VN/police")),
            own=AuthorityId("VN/police"),
            now=w.START,
        )

    assert found.value.code == "case.foreign-peer"


def test_a_draft_is_nobody_elses_case() -> None:
    """Whoever guesses the id of a case that was not sent yet learns nothing."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    other = w.asked(w.ASK_STORED_DATA)
    other.vn.act(c.Acknowledge(), w.LINH)

    with pytest.raises(Refused) as found:
        world.il.take(other.vn.outbox[0])

    assert found.value.code == "case.unknown"


GUARDED = [
    Step.ANSWER,
    Step.CONSULTATION,
    Step.AGREEMENT,
    Step.DECLINE,
    Step.EXTENSION_REQUEST,
    Step.PRESERVATION_EXTENDED,
    Step.EXTENSION_REFUSAL,
    Step.EVIDENCE_DELIVERED,
    Step.EVIDENCE_VERIFIED,
    Step.DESTRUCTION_CERTIFIED,
    Step.FURTHER_USE_REQUEST,
    Step.EXCULPATORY_USE,
    Step.FURTHER_USE_CONSENT,
    Step.EMERGENCY_CONFIRMED,
    Step.DRILL_ANSWER,
    Step.LIFTING_VIEWS,
    Step.ARRANGEMENT_AGREED,
    Step.HANDED_BACK,
]


def far(statement: Statement) -> Statement:
    """Return a statement that refers to the ninth message, where it refers to one."""
    for name in ("question", "about", "offer", "extension", "request", "proposal", "arrangement"):
        if isinstance(getattr(statement, name, None), int):
            return evolve(statement, **{name: 9})
    return statement


@pytest.mark.parametrize("step", GUARDED)
def test_a_reference_to_what_was_never_said_is_refused(step: Step) -> None:
    """Each of these refers to something; in a young case there is nothing yet."""
    world = w.asked()

    for node in (world.il, world.vn):
        with pytest.raises(Refused) as found:
            require_references(node.held, node.held.side, far(STATEMENTS[step]))
        assert found.value.code == "case.reference"


@pytest.mark.parametrize("step", sorted(set(Step) - set(GUARDED)))
def test_everything_else_refers_to_nothing(step: Step) -> None:
    """It needs no more than its place in the table."""
    require_references(w.asked().il.held, w.asked().il.held.side, STATEMENTS[step])


def test_a_drill_is_not_answered_with_another_number() -> None:
    """Also not by a node that was changed."""
    world = w.asked(w.CALL_DRILL)
    statement = evolve(STATEMENTS[Step.DRILL_ANSWER], challenge=4712)
    draft = Draft(
        kind=MESSAGE_KIND[Step.DRILL_ANSWER],
        schema=schema_of("drill", Step.DRILL_ANSWER),
        lane=world.vn.held.lane,
        content=content_of(statement),
    )

    with pytest.raises(Refused) as found:
        world.il.take(world.vn.message(draft, 1))

    assert found.value.code == "case.reference"


def test_a_package_or_a_transfer_is_announced_once() -> None:
    """Two packages never share an id, nor do two transfers."""
    world = w.announced()
    announced = world.vn.held.packages[0].announced
    side = world.vn.held.side

    for again in (
        evolve(announced, package=w.package_of(2)),
        evolve(announced, transfer=w.transfer_of(2)),
    ):
        with pytest.raises(Refused):
            require_references(world.vn.held, side, again)
    require_references(
        world.vn.held,
        side,
        evolve(announced, package=w.package_of(2), transfer=w.transfer_of(2)),
    )


def test_a_delivery_names_package_and_transfer() -> None:
    """Both, and as they were announced."""
    world = w.announced()
    statement = STATEMENTS[Step.EVIDENCE_DELIVERED]

    require_references(world.vn.held, world.vn.held.side, statement)
    with pytest.raises(Refused):
        require_references(
            world.vn.held, world.vn.held.side, evolve(statement, transfer=w.transfer_of(2))
        )


def test_what_was_given_in_messages_needs_no_package() -> None:
    """Further use and exculpatory use of words."""
    world = w.asked()

    for step in (Step.FURTHER_USE_REQUEST, Step.EXCULPATORY_USE):
        statement = evolve(STATEMENTS[step], package=None)
        require_references(world.il.held, world.il.held.side, statement)


def test_both_instants_of_a_message_are_kept() -> None:
    """When it was said, by their clock, and when it came, by ours."""
    world = w.asked()
    world.vn.now = w.START.plus(timedelta(minutes=3))
    world.vn.act(c.Acknowledge(), w.LINH)
    world.il.now = w.START.plus(timedelta(minutes=5))
    world.settle()

    heard = world.il.held.heard[-1]

    assert (heard.said_at, heard.at) == (world.vn.now, world.il.now)


def test_only_malformed_or_refused_leaves() -> None:
    """Whatever stands in the content of a message with a good header."""
    message = first()
    for content in ({}, {"contents": 1}, {"x": "\ud800"}, {"contents": {"a": []}}):
        with pytest.raises(Malformed):
            life.receive(None, evolve(message, content=content), own=w.VN, now=w.START)
