"""What the treaty data say against a statement: said, recorded, and never in the way."""

from datetime import timedelta

import pytest

from casework_samples import STATEMENTS
from law_world import make_pack, rule_row
from longbien.casework import commands as c
from longbien.casework import events as e
from longbien.casework.case import Decision, Severity, Warned
from longbien.casework.policy import Policy
from longbien.casework.rules import find_forbidden, least_until, warnings_of
from longbien.casework.statements import RequestMade, Topic
from longbien.casework.steps import Step
from longbien.exercise import two_sides as w
from longbien.treaty.law import Law, load_law

DAY = timedelta(days=1)


def codes(decision: Decision) -> list[tuple[str, str, str]]:
    """Return the warnings of a decision: code, article, grade."""
    return [(warned.code, warned.ref, warned.confidence) for warned in decision.warnings]


def test_missing_fields_are_told_and_do_not_stop_the_request() -> None:
    """Each with its paragraph; the request leaves all the same, the warnings recorded."""
    world = w.World()

    decision = world.il.act(w.evolved(w.ASK_PRESERVATION, contents=w.PRESERVATION_FORM[2:]), w.DANA)

    assert decision.warnings == (
        Warned(
            code="form.field-missing",
            ref="42(3)(a)",
            confidence="P",
            severity=Severity.MISSING,
            facts=(("field", "requesting_authority"),),
        ),
        Warned(
            code="form.field-missing",
            ref="42(3)(b)",
            confidence="P",
            severity=Severity.MISSING,
            facts=(("field", "offence_and_facts"),),
        ),
    )
    assert len(world.il.outbox) == 1
    recorded = [event for event in decision.events if isinstance(event, e.RulesWarned)]
    assert recorded[0].warnings == decision.warnings


def test_a_complete_request_is_not_warned_about() -> None:
    """Nothing to say, nothing recorded."""
    decision = w.World().il.act(w.ASK_PRESERVATION, w.DANA)

    assert decision.warnings == ()
    assert not any(isinstance(event, e.RulesWarned) for event in decision.events)


def test_a_draft_is_warned_about_when_it_is_proposed_and_revised() -> None:
    """Its author reads it in time; it is recorded when it is sent."""
    world = w.World()

    proposed = world.il.act(w.evolved(w.ASK_STORED_DATA, contents=()), w.DANA)
    revised = world.il.act(c.Revise(proposal=1, contents=(), legal_basis=("x",)), w.DANA)
    sent = world.il.act(c.Approve(proposal=1), w.NOA)

    missing = [
        [one.code for one in decision.warnings].count("form.field-missing")
        for decision in (proposed, revised, sent)
    ]
    assert missing == [8, 8, 8]
    assert [type(event) for event in sent.events] == [e.RulesWarned, e.StatementSent]


@pytest.mark.parametrize(
    ("opening", "ground", "consultation", "expected"),
    [
        (w.ASK_PRESERVATION, "40(21)(b)", "held", []),
        (w.ASK_PRESERVATION, "40(22)", "held", []),
        (
            w.ASK_PRESERVATION,
            "40(8)",
            "held",
            [("ground.not-in-closed-list", "42(6)", "M")],
        ),
        (w.ASK_PRESERVATION, "40(21)(b)", " ", [("refusal.no-consultation", "40(28)", "P")]),
        (w.ASK_STORED_DATA, "40(8)", "held", []),
        (w.ASK_STORED_DATA, "99(1)", "held", [("ground.not-listed", "40(21)", "P")]),
    ],
)
def test_a_ground_is_judged_by_a_person(
    opening: c.Ask, ground: str, consultation: str, expected: list[tuple[str, str, str]]
) -> None:
    """A ground outside of the list warns; it is never refused."""
    world = w.asked(opening)

    decision = world.vn.act(
        c.Refuse(ground=ground, reasons="reasons", consultation=consultation), w.LINH
    )

    assert codes(decision) == expected
    assert len(decision.drafts) == 1


def test_a_forbidden_ground_warns_too() -> None:
    """With the override recorded, the warning goes on record beside it."""
    world = w.asked(w.ASK_STORED_DATA)

    decision = world.vn.act(
        c.Refuse(ground="40(23)", reasons="tax", consultation="held", override="ruled"), w.LINH
    )

    assert codes(decision) == [("ground.forbidden", "40(23)", "P")]
    rule = find_forbidden("40(23)")
    assert rule is not None
    assert not rule.may_bind
    assert find_forbidden("40(22)") is None


def test_a_postponement_without_consultation_or_ground() -> None:
    """40(27) and 40(28), both to be read before it is done."""
    world = w.asked()
    silent = world.vn.act(c.Postpone(ground="40(26)", reasons="x", review_at=w.START), w.LINH)
    world.vn.act(c.Consult(topic=Topic.POSTPONEMENT, text="x"), w.LINH)
    spoken = world.vn.act(c.Postpone(reasons="x", review_at=w.START), w.LINH)

    assert codes(silent) == [
        ("postponement.not-listed", "40(27)", "P"),
        ("postponement.no-consultation", "40(28)", "P"),
    ]
    assert codes(spoken) == []


def test_sixty_days_count_from_the_later_instant() -> None:
    """Receipt or effect, whichever is later: the text does not say."""
    early, late = w.START, w.START.plus(DAY)

    assert least_until(received_at=early, effective_at=late) == late.plus(60 * DAY)
    assert least_until(received_at=late, effective_at=early) == late.plus(60 * DAY)


@pytest.mark.parametrize(
    ("until", "warned"),
    [(61 * DAY - timedelta(microseconds=1), True), (61 * DAY, False)],
)
def test_a_shorter_preservation_warns(until: timedelta, *, warned: bool) -> None:
    """One microsecond below the floor is below it; it is confirmed all the same."""
    world = w.asked()

    decision = world.vn.act(
        c.ConfirmPreservation(effective_at=w.START.plus(DAY), until=w.START.plus(until)), w.LINH
    )

    assert codes(decision) == ([("preservation.too-short", "42(8)", "M")] if warned else [])
    assert len(decision.drafts) == 1


@pytest.mark.parametrize(
    ("until", "warned"),
    [(90 * DAY, False), (90 * DAY + timedelta(microseconds=1), True)],
)
def test_a_promise_beyond_the_domestic_order_warns(until: timedelta, *, warned: bool) -> None:
    """The order ends before the promise: it must be renewed; also where it is extended."""
    world = w.asked()
    decision = world.vn.act(
        c.ConfirmPreservation(effective_at=w.START, until=w.START.plus(until)), w.LINH
    )
    assert codes(decision) == ([("preservation.beyond-order", "25(2)", "M")] if warned else [])

    world.settle()
    world.il_does(c.AskExtension())
    world.pass_time(DAY)
    longer = world.vn.act(c.ExtendPreservation(until=w.START.plus(DAY + until)), w.LINH)
    assert codes(longer) == codes(decision)
    assert len(longer.drafts) == 1


def test_a_law_without_a_ceiling_warns_of_none() -> None:
    """A State whose packs set none, or set one without a figure."""
    far = c.ConfirmPreservation(effective_at=w.START, until=w.START.plus(900 * DAY))
    value = {"figure": "domestic_law", "counts": "domestic_order"}
    row = rule_row("vn-law-1", ref="25(2)", replaces="uncc-25-2-ceiling", value=value)
    for law in (Law(packs=load_law().packs[:1]), load_law().with_packs(make_pack(row))):
        assert codes(w.asked(policy=Policy(law=law)).vn.act(far, w.LINH)) == []


def test_an_extension_after_the_end_warns() -> None:
    """It should have been asked for before; it is asked all the same."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    in_time = world.il.act(c.AskExtension(), w.DANA)
    world.settle()
    world.pass_time(60 * DAY)

    late = world.il.act(c.AskExtension(), w.DANA)

    assert codes(in_time) == []
    assert codes(late) == [("extension.late", "42(9)", "M")]


def test_passing_on_warns_that_it_may_have_to_be_in_writing() -> None:
    """Article 36(3); a use of one's own does not."""
    world = w.announced()

    onward = world.il.act(c.AskFurtherUse(use="x", recipient="State XX"), w.DANA)
    own = world.il.act(c.AskFurtherUse(use="x"), w.DANA)

    assert codes(onward) == [("onward-transfer.written", "36(3)", "M")]
    assert codes(own) == []


def test_a_drill_has_no_form() -> None:
    """The treaty data say nothing of it, so nothing is missing."""
    assert w.World().il.act(w.CALL_DRILL, w.DANA).warnings == ()


def test_a_kind_without_a_form_misses_nothing() -> None:
    """Where the data are silent about a form, so are we."""
    request = w.asked().il.held.request
    assert isinstance(request, RequestMade)

    found = warnings_of("of tomorrow", request, case=None, now=w.START)
    assert not any(one.code.startswith("form.") for one in found)


def test_without_a_case_there_is_nothing_to_compare_with() -> None:
    """A confirmation, an extension, a postponement, looked at by themselves."""
    confirmed = STATEMENTS[Step.PRESERVATION_CONFIRMED]

    assert warnings_of("preservation", confirmed, case=None, now=w.START) == ()
    assert (
        warnings_of("preservation", STATEMENTS[Step.EXTENSION_REQUEST], case=None, now=w.START)
        == ()
    )
    postponed = warnings_of("preservation", STATEMENTS[Step.POSTPONEMENT], case=None, now=w.START)
    assert [warned.code for warned in postponed] == ["postponement.no-consultation"]
