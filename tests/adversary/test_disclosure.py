"""Nothing leaves a State without a request, a legal basis and two officers: every way is tried."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import pytest

from casework_policy import (
    DEED_SCENES,
    SCENES,
    Scene,
    answering_to,
    cast,
    find_late_approvals,
    find_lax_emergencies,
    find_open_doors,
    find_wrong_cells,
    reached,
    search,
)
from longbien.casework import _machine, _officers, _saying, life, policy
from longbien.casework import commands as c
from longbien.casework import deed_commands as dc
from longbien.casework.case import Duty
from longbien.casework.state import Case
from longbien.casework.steps import Step
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Refused
from request_examples import Example, examples

NAMES = [scene.name for scene in SCENES]
GIVING_SCENES = [
    scene for scene in SCENES if scene.name in {"stored data, giving", "preservation, telling"}
]


@pytest.mark.parametrize("scene", SCENES, ids=NAMES)
def test_no_way_through_any_state_breaks_the_rules(scene: Scene) -> None:
    """Every officer tries every command in every state that can be reached."""
    found, states = search(scene)

    assert found == []
    assert states > 1


def test_each_cell_of_role_and_action_is_as_it_should_be() -> None:
    """Every duty, every verb: told anew, and asked of the program."""
    assert find_wrong_cells() == []


def test_no_case_is_opened_without_its_safeguards() -> None:
    """Every kind, every officer, with records that are missing, open, ended or stopped."""
    assert find_open_doors() == []
    assert find_lax_emergencies() == []
    assert find_late_approvals() == []


@pytest.mark.parametrize("scene", GIVING_SCENES, ids=[scene.name for scene in GIVING_SCENES])
def test_two_persons_can_and_one_person_cannot(scene: Scene) -> None:
    """The walk does reach a disclosure with two; with one, whatever the duties, it never does."""
    own = scene.start().own
    *_, first, second, _foreign = cast(own)

    assert reached(scene, (first, second, None))
    assert not reached(scene, (first, None))
    assert not reached(scene, (second, None))


ABUSIVE = [one for one in examples() if one.is_abusive]


@pytest.mark.parametrize("abuse", ABUSIVE, ids=[one.name for one in ABUSIVE])
def test_no_abusive_request_brings_anything_out_without_a_second_officers_reasons(
    abuse: Example,
) -> None:
    """Even one whose record conceals everything: no step breaks the rules, and one cannot."""
    scene = answering_to(abuse.command(w.CASE))
    *_, first, _second, _foreign = cast(w.VN)
    found, _states = search(scene)

    assert len(ABUSIVE) >= 25
    assert found == []
    assert not reached(scene, (first, None))


def noop(*_args: object, **_kwargs: object) -> None:
    """Check nothing."""


def nothing_written(_events: object) -> tuple[bytes, ...]:
    """Check nothing, and leave the writing to the journal."""
    return ()


def entitled(_command: object, officer: object) -> object:
    """Let everybody in."""
    return there(officer)


def there(thing: object) -> object:
    """Return what is there; refuse what is not."""
    if thing is None:
        raise Refused("officer.missing", "a person must do this")
    return thing


def never(*_args: object, **_kwargs: object) -> bool:
    """Ask for one officer only."""
    return False


def any_release(case: Case, package: Any) -> object:  # noqa: ANN401 - a package id
    """Take any release that was proposed for an approved one."""
    return there(case.find_release(package))


def without(step: Step) -> frozenset[Step]:
    """Return the steps that need two, less one."""
    return policy.ALWAYS_TWO - {step}


def more(command: type[c.Command], duty: Duty) -> Mapping[type[c.Command], frozenset[Duty]]:
    """Return the duties with one more for one command."""
    return {**policy.DUTIES, command: policy.DUTIES[command] | {duty}}


def only_step(step: Step) -> Callable[..., bool]:
    """Return a rule that asks for two for one step alone."""
    return lambda _kind, statement, _policy, **_more: statement.step is step


FAST = {
    "stored data, giving",
    "stored data, giving what is stopped",
    "preservation, telling",
    "stored data, receiving",
    "information",
}
"""Scenes that find most of it, tried first."""

MUTANTS: list[tuple[str, ModuleType, str, object]] = [
    ("the second officer may be the first", _officers, "require_second", noop),
    ("duties are not looked at", life, "require_entitled", entitled),
    ("officers of other authorities act", life, "require_own", noop),
    ("a person notes what the machine did", life, "require_machine", noop),
    ("nothing takes two officers", _saying, "needs_two", never),
    ("article 43 takes one", policy, "ALWAYS_TWO", without(Step.PARTIAL_DISCLOSURE)),
    ("further use takes one", policy, "ALWAYS_TWO", without(Step.FURTHER_USE_REQUEST)),
    ("consent takes one", _saying, "needs_two", only_step(Step.PARTIAL_DISCLOSURE)),
    ("packing needs no approval", _machine, "_approved", any_release),
    ("conditions and withdrawals are not looked at", _machine, "require_releasable", noop),
    ("legal bases may be missing", life, "sound_bodies", nothing_written),
    ("auditors propose", policy, "DUTIES", more(c.ProposeRelease, Duty.AUDITOR)),
    ("administrators take in", policy, "DUTIES", more(c.TakeExhibit, Duty.ADMINISTRATOR)),
    ("custodians let go", policy, "DUTIES", more(c.ApproveRelease, Duty.EVIDENCE_CUSTODIAN)),
    ("case officers approve", policy, "DUTIES", more(c.Approve, Duty.CASE_OFFICER)),
    ("custodians destroy", policy, "DUTIES", more(c.ApproveDestruction, Duty.EVIDENCE_CUSTODIAN)),
    ("authorisers propose", policy, "DUTIES", more(c.ProposeRelease, Duty.AUTHORISER)),
]


@pytest.mark.parametrize(
    ("module", "name", "weaker"), [row[1:] for row in MUTANTS], ids=[row[0] for row in MUTANTS]
)
def test_every_weaker_policy_is_caught(
    module: ModuleType, name: str, weaker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The walk finds what each of these changes would let through."""
    monkeypatch.setattr(module, name, weaker)

    quickest = sorted(SCENES, key=lambda scene: scene.name not in FAST)
    assert any(search(scene)[0] for scene in quickest)


DEED_NAMES = [scene.name for scene in DEED_SCENES]


@pytest.mark.parametrize("scene", DEED_SCENES, ids=DEED_NAMES)
def test_no_way_through_a_measure_or_a_hand_over_breaks_the_rules(scene: Scene) -> None:
    """The same of information, measures and persons: two officers, a basis, a record."""
    found, states = search(scene)

    assert found == []
    assert states > 3


DEED_MUTANTS: list[tuple[str, ModuleType, str, object]] = [
    ("nothing takes two officers", _saying, "needs_two", never),
    ("the second officer may be the first", _officers, "require_second", noop),
    ("information takes one", policy, "ALWAYS_TWO", without(Step.INFORMATION)),
    ("a measure takes one", policy, "ALWAYS_TWO", without(Step.MEASURE_IN_FORCE)),
    ("lifting takes one", policy, "ALWAYS_TWO", without(Step.MEASURE_LIFTED)),
    ("the consent of a person takes one", policy, "ALWAYS_TWO", without(Step.PERSON_CONSENT)),
    ("safe conduct takes one", policy, "ALWAYS_TWO", without(Step.SAFE_CONDUCT)),
    ("a hand-over takes one", policy, "ALWAYS_TWO", without(Step.HANDED_OVER)),
    ("conditions do not bind", _saying, "require_agreed", noop),
    ("auditors hand over", policy, "DUTIES", more(dc.HandOver, Duty.AUDITOR)),
    ("authorisers measure", policy, "DUTIES", more(dc.ReportMeasure, Duty.AUTHORISER)),
]


@pytest.mark.parametrize(
    ("module", "name", "weaker"),
    [row[1:] for row in DEED_MUTANTS],
    ids=[row[0] for row in DEED_MUTANTS],
)
def test_every_weaker_policy_of_deeds_is_caught(
    module: ModuleType, name: str, weaker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The walk finds what each of these changes would let through."""
    monkeypatch.setattr(module, name, weaker)

    assert any(search(scene)[0] for scene in DEED_SCENES)


def test_information_takes_two_officers() -> None:
    """One officer's information is a proposal, whatever the policy says."""
    node = w.Node(w.IL, policy=policy.Policy(alone=frozenset({"spontaneous_information"})))

    decision = node.act(w.GIVE_INFORMATION, w.DANA)

    assert decision.drafts == ()
