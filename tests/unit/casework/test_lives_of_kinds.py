"""Each kind of request lives its whole life, with both sides, from draft to its end."""

from datetime import timedelta

import pytest

from casework_samples import STATEMENTS
from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework.case import Side
from longbien.casework.catalogue import KINDS, get_kind
from longbien.casework.clocks import dues
from longbien.casework.deeds import MeasureKind
from longbien.casework.kind import Measure
from longbien.casework.policy import Policy, is_machine
from longbien.casework.rules import warnings_of
from longbien.casework.standing import is_decided, state_of
from longbien.casework.statements import Topic
from longbien.casework.steps import State, Step
from longbien.exercise import two_sides as w
from longbien.exercise.lives import HANDED_OVER, LATER, LIMIT, LIVES, OPENERS, Turn
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant
from longbien.treaty.contents import load

ASKED = [code for code, kind in KINDS.items() if kind.opening is Step.REQUEST]
PAIRS = {Side.REQUESTING: (w.DANA, w.NOA), Side.REQUESTED: (w.LINH, w.MINH)}


def act(world: w.World, side: Side, command: c.Command) -> list[str]:
    """Let a State do something, by two where that takes two; return what spoke against it."""
    node = world.side(side)
    first, second = PAIRS[side]
    by = None if is_machine(command) else first
    if isinstance(command, c.ApproveRelease):
        by = second
    codes = [one.code for one in node.act(command, by).warnings]
    open_ones = [one.number for one in node.held.proposals if one.is_open]
    for number in open_ones:
        codes += [
            one.code
            for one in node.act(c.Approve(proposal=number, reasons="in order"), second).warnings
        ]
    world.settle()
    return codes


def play(world: w.World, turn: Turn) -> list[str]:
    """Let one turn be taken."""
    return act(world, turn.by, turn.command)


def states(world: w.World) -> set[State]:
    """Return where both sides stand."""
    return {state_of(world.il.held), state_of(world.vn.held)}


def test_each_kind_has_its_life() -> None:
    """No kind without a story."""
    assert set(LIVES) == set(KINDS)


@pytest.mark.parametrize("code", KINDS)
def test_a_whole_life(code: str) -> None:
    """Both sides stand where the story says after each turn, and no rule speaks against any."""
    world = w.World()
    world.il.act(OPENERS[code], w.DANA)
    if get_kind(code).measure is Measure.COERCIVE:
        assert state_of(world.il.held) is State.DRAFTED
    if world.il.held.proposals:
        world.il.act(c.Approve(proposal=1, reasons="in order"), w.NOA)
    world.settle()

    for turn in LIVES[code]:
        assert play(world, turn) == [], turn
        assert states(world) == {turn.state}, turn
        assert w.shared(world.il.held) == w.shared(world.vn.held)

    assert world.il.held.turned_away == world.vn.held.turned_away == ()
    assert is_decided(world.il.held) == (code in ASKED)


@pytest.mark.parametrize("code", ASKED)
def test_each_request_can_be_refused_on_its_own_grounds(code: str) -> None:
    """Consulted, then refused on a ground of the kind's list: nothing speaks against it."""
    known = load().find_grounds(code)
    may = known.may if known else ("40(21)(b)",)

    for ground in may:
        world = w.asked(OPENERS[code])
        act(world, Side.REQUESTED, c.Consult(topic=Topic.REFUSAL, ground=ground, text="we think"))
        assert states(world) == {State.CONSULTING}
        refusal = c.Refuse(ground=ground, reasons="reasons", consultation="two letters")
        codes = act(world, Side.REQUESTED, refusal)

        is_first = known is not None and ground in known.conditions_first
        assert codes == (["refusal.conditions-first"] if is_first else [])
        assert states(world) == {State.REFUSED}


@pytest.mark.parametrize("code", ASKED)
def test_each_request_can_be_withdrawn_and_postponed(code: str) -> None:
    """Postponed, taken up again, and then no longer needed."""
    world = w.asked(OPENERS[code])
    act(world, Side.REQUESTED, c.Postpone(reasons="a trial goes on", review_at=LATER))
    assert states(world) == {State.POSTPONED}
    act(world, Side.REQUESTED, c.Acknowledge())
    assert states(world) == {State.UNDER_REVIEW}

    act(world, Side.REQUESTING, c.Withdraw(reason="solved"))

    assert states(world) == {State.WITHDRAWN}
    with pytest.raises(Refused) as found:
        world.vn.act(c.Refuse(ground="40(21)(b)", reasons="too late"), w.LINH)
    assert found.value.code == "case.over"


@pytest.mark.parametrize("code", ASKED)
def test_what_is_coercive_takes_two_whatever_the_policy_says(code: str) -> None:
    """A State may let one officer send other kinds; a coercive one never."""
    world = w.World(policy=Policy(alone=frozenset(KINDS)))

    world.il.act(OPENERS[code], w.DANA)

    is_coercive = get_kind(code).measure is Measure.COERCIVE
    assert (state_of(world.il.held) is State.DRAFTED) == is_coercive


@pytest.mark.parametrize("code", KINDS)
def test_each_kind_has_a_form(code: str) -> None:
    """A kind is a form of the treaty data with a life; a drill alone has none."""
    assert (load().find_form(code) is None) == (code == "drill")
    assert code not in load().steps


# --- what the data say against a deed -----------------------------------------------------------


def after(code: str, turns: int) -> w.World:
    """Return a world in which a life has come so far."""
    world = w.asked(OPENERS[code])
    for turn in LIVES[code][:turns]:
        play(world, turn)
    return world


def test_lifting_without_a_hearing_warns_where_assets_are_concerned() -> None:
    """Article 50(8); for a measure that is no freezing nobody is heard."""
    lift = dc.LiftMeasure(lifted_at=LATER, reasons="over")

    assert act(after("asset_trace_freeze_seize", 3), Side.REQUESTED, lift) == [
        "lifting.not-heard",
        "lifting.not-heard",
    ]
    assert act(after("provisional_arrest", 3), Side.REQUESTED, lift) == []


def test_a_hand_over_without_consent_or_assurance_warns() -> None:
    """Articles 40(9)(a) and 40(11); a consent that was taken back is none."""
    hand_over = dc.HandOver(
        at=LATER,
        place="the airport",
        text="x",
        legal_basis=("UNCC 40(9)",),
        safeguards=w.SAFEGUARDS,
    )
    world = w.asked(OPENERS["transfer_of_detained_person"])
    refused = dc.RecordConsent(is_given=False, given_at=w.START, before="the court")
    act(world, Side.REQUESTED, refused)
    act(world, Side.REQUESTED, c.Accept())

    codes = act(world, Side.REQUESTED, hand_over)

    assert set(codes) == {"hand-over.no-consent", "hand-over.no-safe-conduct"}
    assert states(world) == {State.HANDED_OVER}


def test_a_measure_without_end_warns() -> None:
    """Article 24(2), for what reads or binds people; a freezing order may have no date."""
    for code, measure, expected in (
        ("mla_content_interception", MeasureKind.INTERCEPTION, {"measure.no-end"}),
        ("asset_trace_freeze_seize", MeasureKind.FREEZING, set[str]()),
    ):
        world = w.asked(OPENERS[code])
        act(world, Side.REQUESTED, c.Accept())
        command = dc.ReportMeasure(
            measure=measure,
            effective_at=w.START,
            authority="the court",
            legal_basis=("x",),
            safeguards=w.SAFEGUARDS,
        )
        assert set(act(world, Side.REQUESTED, command)) == expected


def test_a_ground_of_another_kind_warns() -> None:
    """A ground of extradition is none against service of documents."""
    world = w.asked(OPENERS["service_of_documents"])

    codes = act(world, Side.REQUESTED, c.Refuse(ground="37(8)", reasons="x", consultation="held"))

    assert codes == ["ground.not-for-kind"]


def test_a_refusal_for_nationality_leads_to_own_prosecutors() -> None:
    """Article 37(11); what becomes of it is told as a status, after the refusal."""
    world = w.asked(OPENERS["extradition"])
    refusal = c.Refuse(ground="37(8)", detail="nationality", reasons="ours", consultation="held")

    assert act(world, Side.REQUESTED, refusal) == ["refusal.own-prosecution"]
    act(world, Side.REQUESTED, c.GiveStatus(text="submitted to the district prosecutor"))
    assert states(world) == {State.REFUSED}


def test_conditions_that_were_offered_are_enough() -> None:
    """36(1)(b): tried first, then refused for the protection of personal data."""
    world = w.asked(OPENERS["records"])
    act(world, Side.REQUESTED, c.Accept(conditions=(LIMIT,)))

    codes = act(world, Side.REQUESTED, c.Refuse(ground="36(1)", reasons="x", consultation="held"))

    assert codes == []


@pytest.mark.parametrize("step", [Step.MEASURE_LIFTED, Step.HANDED_OVER])
def test_nothing_speaks_against_a_deed_without_its_case(step: Step) -> None:
    """What is looked at alone is not judged by a case."""
    assert warnings_of("extradition", STATEMENTS[step], case=None, now=w.START) == ()


def test_nothing_is_told_while_conditions_are_open() -> None:
    """Information, a measure and a hand-over wait for the answer to conditions."""
    world = w.asked(OPENERS["asset_return"])
    act(world, Side.REQUESTED, c.Accept(conditions=(LIMIT,)))

    for command in (
        dc.DiscloseInformation(text="an account", legal_basis=("x",), safeguards=w.SAFEGUARDS),
        dc.HandOver(
            at=LATER, place="a bank", text="the rest", legal_basis=("x",), safeguards=w.SAFEGUARDS
        ),
    ):
        with pytest.raises(Refused) as found:
            world.vn.act(command, w.LINH)
        assert found.value.code == "release.conditions"


# --- clocks -------------------------------------------------------------------------------------


def clocks(node: w.Node) -> dict[str, Instant]:
    """Return the clocks of a case."""
    return {due.clock: due.at for due in dues(node.held)}


def test_the_end_of_a_measure_is_a_clock() -> None:
    """While it is in force; not once it is lifted, and not where the order has no end."""
    world = after("mla_content_interception", 4)
    assert clocks(world.il)["measure-until"] == clocks(world.vn)["measure-until"] == LATER
    act(world, Side.REQUESTED, dc.LiftMeasure(lifted_at=LATER, reasons="over"))
    assert "measure-until" not in clocks(world.vn)

    act(
        world,
        Side.REQUESTED,
        dc.ReportMeasure(
            measure=MeasureKind.SEARCH,
            effective_at=LATER,
            authority="court",
            legal_basis=("x",),
            safeguards=w.SAFEGUARDS,
        ),
    )
    assert "measure-until" not in clocks(world.vn)


def test_safe_conduct_ends_fifteen_days_after_the_word() -> None:
    """40(29): from when the person was told; a recalled start, so a clock that only rings."""
    world = after("voluntary_appearance", len(LIVES["voluntary_appearance"]))

    assert clocks(world.il)["safe-conduct-ends"] == LATER.plus(timedelta(days=15))


def test_an_appointment_is_a_clock_once_both_have_agreed() -> None:
    """Until it is over: handed over, or decided."""
    world = after("transfer_of_detained_person", 4)
    assert "arranged-at" not in clocks(world.vn)
    for turn in LIVES["transfer_of_detained_person"][4:6]:
        play(world, turn)
    assert clocks(world.vn)["arranged-at"] == LATER

    play(world, HANDED_OVER)

    assert "arranged-at" not in clocks(world.vn)


def test_each_arrangement_is_agreed_to_by_its_own_number() -> None:
    """An agreement to one says nothing of another, nor of one's own of the same number."""
    world = w.asked(OPENERS["joint_investigation"])
    act(world, Side.REQUESTED, dc.ProposeArrangement(text="one"))
    act(world, Side.REQUESTING, dc.ProposeArrangement(text="two"))
    act(world, Side.REQUESTED, dc.ProposeArrangement(text="three"))

    act(world, Side.REQUESTING, dc.AgreeToArrangement(arrangement=1))

    agreed = {(one.proposed_by, one.number): one.agreed for one in world.vn.held.arrangements}
    assert agreed == {
        (Side.REQUESTED, 1): 3,
        (Side.REQUESTED, 2): 0,
        (Side.REQUESTING, 2): 0,
    }
