"""The safeguard record and the stop list, on both sides."""

from typing import Any

import pytest
from attrs import evolve

from casework_points import GO_ON, STOPPED, asked_for_a_minor, stopped
from casework_samples import events_of
from longbien.casework import commands as c
from longbien.casework import events as e
from longbien.casework.safeguarding import subject_of_proposal, subject_of_release
from longbien.casework.safeguards import Answer, Check, Concern, Safeguards
from longbien.casework.state import Proposal, Stop
from longbien.casework.statements import FurtherUseDecided, RequestAmended, RequestMade
from longbien.casework.wire import SAFEGUARDS
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Malformed, Refused

HIT = w.stopping(Concern.POLITICAL_OFFENCE)


def test_a_coercive_request_has_a_record() -> None:
    """Without one, nothing is even proposed."""
    with pytest.raises(Refused) as found:
        w.World().il.act(evolve(w.ASK_STORED_DATA, safeguards=None), w.DANA)

    assert found.value.code == "request.no-safeguards"


def test_the_record_travels() -> None:
    """The requested State reads what the requesting State has recorded."""
    request = w.asked(w.ASK_STORED_DATA).vn.held.request

    assert isinstance(request, RequestMade)
    assert request.safeguards == w.SAFEGUARDS


def test_a_light_measure_needs_none_and_may_have_one() -> None:
    """Preservation goes out at once; with a record that nothing stops it does so too."""
    assert w.asked().vn.held.request is not None

    calm = w.asked(evolve(w.ASK_PRESERVATION, safeguards=w.SAFEGUARDS))

    assert not calm.il.held.proposals
    assert calm.vn.held.request is not None


def test_what_is_stopped_takes_two_whatever_the_policy_says() -> None:
    """A preservation that one officer may send waits if an answer hits the stop list."""
    world = w.World()
    world.il_does(evolve(w.ASK_PRESERVATION, safeguards=HIT))
    (proposal,) = world.il.held.proposals
    with pytest.raises(Refused) as found:
        world.il.act(c.Approve(proposal=1), w.NOA)
    assert found.value.code == "stop-list.undecided"

    decide = c.DecideStop(proposal=1, goes_on=True, reasons="a fraud, politics are a pretext")
    world.il_does(decide, c.Approve(proposal=1), by=w.NOA)

    (decided,) = events_of(world.il, e.StopDecided)
    assert isinstance(decided, e.StopDecided)
    assert decided.concerns == (Concern.POLITICAL_OFFENCE,)
    assert decided.text == subject_of_proposal(world.il.held, proposal).text
    assert world.vn.held.request is not None


def test_not_known_stops_as_yes_does() -> None:
    """Who does not know says so, and an authoriser decides."""
    unknown = w.stopping(Concern.MINOR, Answer.NOT_KNOWN)

    assert unknown.stops == (Concern.MINOR,)
    assert w.SAFEGUARDS.stops == ()


def test_a_stopped_release_goes_on_by_a_reasoned_decision() -> None:
    """An authoriser who has not proposed it decides; the same one may approve."""
    world = stopped()
    world.vn_does(GO_ON, w.APPROVE_RELEASE, by=w.MINH)
    case = world.vn.held

    assert case.releases[0].approved_by == w.MINH.id
    subject = subject_of_release(case, case.releases[0])
    text = subject.text
    assert case.stops == (Stop(text=text, by=w.MINH.id, goes_on=True),)
    assert case.find_stop(text, subject.authors) == case.stops[0]


def test_what_the_request_says_of_itself_stops_the_release() -> None:
    """The requested State decides on it too, whatever its own record says."""
    world = asked_for_a_minor()
    world.vn_does(GO_ON, w.APPROVE_RELEASE, by=w.MINH)

    assert world.vn.held.releases[0].approved_by == w.MINH.id


def test_a_text_that_was_changed_is_stopped_anew() -> None:
    """The decision is about what was read, not about what it has become."""
    world = w.World()
    world.il_does(evolve(w.ASK_STORED_DATA, safeguards=HIT))
    world.il_does(c.DecideStop(proposal=1, goes_on=True, reasons="a fraud"), by=w.NOA)
    world.il_does(c.Revise(proposal=1, contents=(("purpose", "more"),), legal_basis=("x",)))
    assert world.il.held.proposals[0].statement.safeguards == HIT  # type: ignore[attr-defined]  # a request

    with pytest.raises(Refused) as found:
        world.il.act(c.Approve(proposal=1), w.NOA)

    assert found.value.code == "stop-list.undecided"


def test_who_decides_does_not_write_and_a_no_stands() -> None:
    """A yes of somebody who then writes the same text counts no more; a no does."""
    rewrite = c.Revise(
        proposal=1, contents=w.STORED_DATA_FORM, legal_basis=("UNCC 44",), safeguards=HIT
    )
    third = w.officer("third", w.IL)
    for goes_on, code in ((True, "stop-list.undecided"), (False, "stop-list.stopped")):
        world = w.World()
        world.il_does(evolve(w.ASK_STORED_DATA, safeguards=HIT))
        world.il_does(c.DecideStop(proposal=1, goes_on=goes_on, reasons="r"), rewrite, by=w.NOA)
        with pytest.raises(Refused) as found:
            world.il.act(c.Approve(proposal=1), third)
        assert found.value.code == code


def test_a_revision_may_bring_a_record_of_its_own() -> None:
    """Then there is nothing to decide any more."""
    world = w.World()
    world.il_does(evolve(w.ASK_STORED_DATA, safeguards=HIT))
    revise = c.Revise(
        proposal=1, contents=(("purpose", "p"),), legal_basis=("x",), safeguards=w.SAFEGUARDS
    )
    world.il_does(revise)
    world.il_does(c.Approve(proposal=1), by=w.NOA)

    assert world.vn.held.request is not None


@pytest.mark.parametrize("record", [None, STOPPED])
def test_an_amendment_keeps_the_record_or_brings_one(record: Safeguards | None) -> None:
    """The request reads so from now on, its record included, on both sides."""
    world = w.asked(w.ASK_STORED_DATA)
    amend = c.Amend(contents=(("purpose", "p"),), legal_basis=("x",), reason="r", safeguards=record)
    world.il_does(amend)
    if record:
        world.il_does(c.DecideStop(proposal=2, goes_on=True, reasons="it protects"), by=w.NOA)
    world.il_does(c.Approve(proposal=2), by=w.NOA)

    for case in (world.il.held, world.vn.held):
        assert isinstance(case.request, RequestMade)
        assert case.request.safeguards == (record or w.SAFEGUARDS)


def test_a_record_has_each_question_once() -> None:
    """One that is missing, twice or without words is named."""
    first, *others = w.CALM

    assert w.SAFEGUARDS.unanswered == ()
    assert evolve(w.SAFEGUARDS, checks=tuple(others)).unanswered == (first.concern,)
    silent = Check(concern=first.concern, answer=Answer.NOT_KNOWN, text=" ")
    assert evolve(w.SAFEGUARDS, checks=(silent, *others)).unanswered == (first.concern,)


def test_a_record_in_bytes_has_exactly_its_questions() -> None:
    """What another program leaves out is not taken for a no."""
    written = SAFEGUARDS.write(w.SAFEGUARDS)
    assert SAFEGUARDS.read(written) == w.SAFEGUARDS

    checks: dict[str, Any] = dict(written["checks"])  # type: ignore[arg-type]  # an object
    checks.popitem()
    others: tuple[Any, ...] = (checks, [], {**checks, "other": {"answer": "no", "text": ""}})
    for wrong in others:
        with pytest.raises(Malformed):
            SAFEGUARDS.read({**written, "checks": wrong})


def test_an_amendment_in_a_case_without_request_has_no_record() -> None:
    """The drill's table has no amendments: it is refused there, and not by its record."""
    world = w.asked(w.CALL_DRILL)
    amend = c.Amend(contents=(("purpose", "p"),), legal_basis=("x",), reason="r")

    with pytest.raises(Refused) as found:
        world.il.act(amend, w.DANA)

    assert found.value.code == "transition.refused"
    assert RequestAmended(contents=(), legal_basis=("x",), reason="r").safeguards is None


def test_what_discloses_nothing_is_not_stopped_by_what_the_request_says_of_itself() -> None:
    """A consent to further use is no disclosure: only its own record could stop it."""
    case = asked_for_a_minor().vn.held
    consent = Proposal(
        number=1,
        statement=FurtherUseDecided(request=1, is_granted=True, conditions=(), text=""),
        authors=(w.LINH.id,),
    )

    assert subject_of_release(case, case.releases[0]).concerns == (Concern.MINOR,)
    assert subject_of_proposal(case, consent).concerns == ()
