"""The decision record: who, on which text, under which rules; and the rules asked again."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from casework_points import GO_ON, P1, stopped
from law_world import make_pack, rule_row
from longbien.casework import commands as c
from longbien.casework import rules
from longbien.casework.completeness.asked import Alike
from longbien.casework.decision_text import (
    document_of,
    lines_of,
    replay_document,
    replay_lines,
)
from longbien.casework.decisions import Replayed, decisions_of, replayed
from longbien.casework.events import StatementSent
from longbien.casework.evolving import replay
from longbien.casework.footing import FORMS, Footing, edition
from longbien.casework.policy import Policy
from longbien.casework.statements import DestructionCause
from longbien.casework.wire import encode_event, kind_of, parse_event
from longbien.casework.words import english
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Refused
from longbien.primitives.ids import CaseId
from longbien.treaty.contents import Catalogue, load
from longbien.treaty.law import Law, load_law

TOO_SHORT = c.ConfirmPreservation(effective_at=w.START, until=w.START.plus(timedelta(days=61)))


def older(least_days: int) -> Catalogue:
    """Return forms of another time, in which a preservation lasts so long."""
    law = load()
    form = law.forms["preservation"]
    changed = evolve(form, rules={**form.rules, "min_preservation_days": least_days})
    return evolve(law, forms={**law.forms, "preservation": changed})


def test_every_decision_is_on_record() -> None:
    """On both sides: who, in which order, and what; talk is no decision."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Acknowledge(), c.Accept(), c.TakeExhibit(exhibit=w.EXHIBIT))
    world.vn_does(w.PROPOSE_RELEASE)
    world.vn_does(w.APPROVE_RELEASE, by=w.MINH)
    world.vn.act(w.PACKED, None)
    world.settle()
    world.il_does(c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION))
    world.il_does(c.ApproveDestruction(package=P1), by=w.NOA)

    il, vn = decisions_of(world.il.held), decisions_of(world.vn.held)

    assert [(one.what, one.by) for one in il] == [
        ("request", (w.DANA.id, w.NOA.id)),
        ("destruction", (w.DANA.id, w.NOA.id)),
    ]
    assert [(one.what, one.by, one.reasons) for one in vn] == [
        ("acceptance", (w.LINH.id,), ""),
        ("release", (w.LINH.id, w.MINH.id), "within the order"),
    ]
    assert {one.footing.edition for one in (*il, *vn) if one.footing} == {edition(load_law())}
    assert [one.id for one in edition(load_law())] == [FORMS, *(p.id for p in load_law().edition)]


def test_a_decision_names_the_packs_of_its_own_node() -> None:
    """A State that has fewer packs, or others, decides under these and not under ours."""
    own = Law(packs=load_law().packs[:1])
    world = w.asked(w.ASK_STORED_DATA, policy=Policy(law=own))
    world.vn_does(c.Acknowledge(), c.Accept())

    found = (*decisions_of(world.il.held), *decisions_of(world.vn.held))
    assert [one.footing.edition for one in found if one.footing] == [edition(own)] * 2


def test_a_decision_on_the_stop_list_is_on_record() -> None:
    """A yes and a no, with the reasons, on the text that the release had."""
    texts: list[Any] = []
    for goes_on, what in ((True, "stop-list-yes"), (False, "stop-list-no")):
        world = stopped()
        world.vn_does(evolve(GO_ON, goes_on=goes_on), by=w.MINH)
        (*_, found) = decisions_of(world.vn.held)
        assert (found.what, found.by, found.package) == (what, (w.MINH.id,), P1)
        assert found.reasons == GO_ON.reasons
        texts.append(found.text)

    assert texts[0] == texts[1]


def test_the_rules_of_that_time_say_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decided under an older edition: that edition warns as it did, today's does not."""
    monkeypatch.setattr(rules, "load", lambda: older(90))
    world = w.asked()
    world.vn_does(TOO_SHORT)
    monkeypatch.undo()
    case = world.vn.held
    (decided,) = decisions_of(case)

    assert [one.code for one in decided.rules] == ["preservation.too-short"]
    assert replayed(case, decided, older(90)).is_same
    assert replayed(case, decided, load()).again == ()
    assert not replayed(case, decided, load()).is_same


def test_the_packs_of_that_time_are_asked_again() -> None:
    """The State's own ceiling of then, and not what it is today."""
    row = rule_row("vn-law-1", ref="25(2)", replaces="uncc-25-2-ceiling", value={"max_days": 30})
    own = load_law().with_packs(make_pack(row))
    world = w.asked(policy=Policy(law=own))
    world.vn_does(TOO_SHORT)
    case = world.vn.held
    (decided,) = decisions_of(case)

    assert [one.code for one in decided.rules] == ["preservation.beyond-order"]
    same, other = replayed(case, decided, load(), own), replayed(case, decided, load())
    assert (same.is_same, other.is_same) == (True, False)
    words = english()
    assert list(replay_lines(same, words, kind="preservation")) == [
        "     asked again, the rules of that time say the same"
    ]
    told = list(replay_lines(evolve(other, again=decided.rules), words, kind="preservation"))
    assert told == list(replay_lines(same, words, kind="preservation"))
    swapped = Replayed(then=(), again=decided.rules)
    head, rule = replay_lines(swapped, words, kind="preservation")
    assert head.endswith("say something else:")
    assert rule.endswith("[preservation.beyond-order]")
    assert replay_document(swapped)["same"] is False
    missing = Refused("law.edition-missing", "{edition} is not kept here", edition="uncc 0")
    (line,) = replay_lines(missing, words, kind="preservation")
    assert line.endswith("cannot be asked again: uncc 0 is not kept here")
    assert replay_document(missing) == {"code": "law.edition-missing", "same": None}


def test_like_cases_replay_as_they_stood() -> None:
    """A like case that was over then is related and no duplicate, also out of the journal."""
    world = w.World()
    world.il.act(w.ASK_PRESERVATION, w.DANA)
    other = CaseId("00000000-0000-4000-8000-0000000000aa")
    alike = Alike(case=other, kind="preservation", own=w.IL, peer=w.VN.state, is_over=True)
    history: list[Any] = []
    for event in world.il.held.history:
        if isinstance(event, StatementSent):
            stood = Footing(edition=edition(load_law()), alike=(alike,))
            kept = encode_event(evolve(event, footing=stood))
            history.append(parse_event(kind_of(event), kept))
        else:
            history.append(event)
    (record,) = decisions_of(case := replay(tuple(history)))

    again = replayed(case, record, load()).again
    assert [one.code for one in again if one.code.startswith("dup")] == ["duplicate.related"]


def test_what_no_rule_is_asked_for_replays_as_it_is() -> None:
    """A release is decided on by persons alone."""
    world = stopped()
    world.vn_does(GO_ON, by=w.MINH)
    case = world.vn.held

    assert all(replayed(case, one, load()).is_same for one in decisions_of(case))


def test_a_decision_is_told_in_plain_words() -> None:
    """Line by line, and as one document."""
    world = w.asked(evolve(w.ASK_STORED_DATA, contents=(("purpose", "p"),)))
    world.vn_does(c.Accept(), c.TakeExhibit(exhibit=w.EXHIBIT), w.PROPOSE_RELEASE)
    world.vn_does(w.APPROVE_RELEASE, by=w.MINH)
    (request,) = decisions_of(world.il.held)
    *_, release = decisions_of(world.vn.held)

    told = list(lines_of(request, english(), kind="mla_stored_data"))
    assert told[0].endswith("Request")
    assert "     by: dana" in told
    assert "     second officer: noa" in told
    assert any("[form.field-missing]" in line for line in told)
    assert any(line.startswith("     under the rules: forms 1 (") for line in told)
    assert "     reasons: within the order" in list(lines_of(release, english(), kind="x"))
    bare = evolve(request, footing=None, rules=(), what="something")
    assert len(list(lines_of(bare, english(), kind="x"))) == 5
    unreasoned = list(lines_of(evolve(release, reasons=""), english(), kind="x"))
    assert not any(line.startswith("     reasons: ") for line in unreasoned)
    document: dict[str, Any] = document_of(release)
    assert (document["what"], document["package"]) == ("release", str(P1))
    assert document_of(bare)["edition"] == []
