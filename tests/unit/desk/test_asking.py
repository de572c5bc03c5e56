"""What is known around a request, and the check that stores nothing."""

from collections.abc import Callable

import pytest
from attrs import evolve

from longbien.casework import commands as c
from longbien.casework.case import Officer, Severity, Warned
from longbien.casework.completeness.asked import NOTHING, Surroundings
from longbien.desk.asking import check, surroundings_of
from longbien.desk.office import Office
from longbien.exercise import two_sides as w
from longbien.exercise.world import Node, World
from longbien.primitives.errors import Refused
from longbien.primitives.ids import AuthorityId
from longbien.treaty.states import load_examples, load_states

DATA = "Access logs of 2026-11-01:\naccount seller-4711@market.example"
OTHER = "Access logs of 2026-11-01:\naccount seller-4712@market.example"


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def ask(node: Node, data: str = DATA, **changes: object) -> c.Ask:
    """Return the command to ask VN for a preservation."""
    made = c.Ask(
        case_id=node.new_case_id(),
        kind="preservation",
        peer=AuthorityId("VN/contact-point"),
        contents=(("data_and_relation", data),),
        legal_basis=("UNCC 42",),
        safeguards=w.SAFEGUARDS,
    )
    return evolve(made, **changes)


def told(found: tuple[Warned, ...]) -> dict[str, dict[str, str]]:
    """Return the remarks on other cases by their codes."""
    return {one.code: dict(one.facts) for one in found if one.code.startswith("duplicate.")}


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def test_a_check_stores_nothing(world: World) -> None:
    """Neither a case nor an entry of the ledger, whatever is wrong with the request."""
    il = world["IL"]

    found = check(il.office, il.officer(), ask(il))

    assert any(one.severity is Severity.MISSING for one in found)
    assert il.machine.ledger.size() == 0
    assert il.office.register.page() == ((), None)


def test_a_check_says_what_sending_says(world: World) -> None:
    """The same remarks in the same order."""
    il = world["IL"]
    command = ask(il)

    assert check(il.office, il.officer(), command) == il.open(command).warnings


def test_the_same_request_is_found_on_both_sides(world: World) -> None:
    """The case is named; another kind, and a case that is over, are related and no more."""
    il, vn = world["IL"], world["VN"]
    done = il.open(ask(il))
    world.quiet()

    again = told(check(il.office, il.officer(), ask(il)))
    other = told(check(il.office, il.officer(), ask(il, OTHER)))
    stored = told(check(il.office, il.officer(), ask(il, kind="mla_stored_data")))
    il.act(done.case, c.Withdraw(reason="found elsewhere"))
    over = told(check(il.office, il.officer(), ask(il)))

    named = {"case": done.case.text, "kind": "preservation", "peer": "VN"}
    assert again == {"duplicate.request": named}
    assert other == {}
    assert stored == over == {"duplicate.related": named}
    assert [one.case_id for one in vn.office.register.alike(["account seller-4711@market.example"])]


def test_a_preservation_is_no_duplicate_of_the_request_that_follows_it(world: World) -> None:
    """It is named as what the request follows."""
    il = world["IL"]
    done = il.open(ask(il))

    found = check(il.office, il.officer(), ask(il, kind="mla_stored_data", preservation=done.case))

    assert told(found) == {}


def test_a_case_of_another_authority_is_told_without_its_number(world: World) -> None:
    """Which authority has asked whom, so that it can be called; nothing else."""
    il = world["IL"]
    done = il.open(ask(il))
    central = next(one for one in il.office.seats if one != il.authority)
    officer = Officer(id=il.officer().id, authority=central, duties=il.officer().duties)

    found = told(check(il.office, officer, ask(il)))

    assert found == {"duplicate.other-authority": {"own": il.authority.text, "peer": "VN"}}
    assert done.case.text not in str(found)


def test_a_case_does_not_find_itself(world: World) -> None:
    """An amendment, a draft written anew and its approval find other cases alone."""
    il = world["IL"]
    first = il.open(ask(il, kind="mla_stored_data"))
    case = il.case(first.case)
    revised = c.Revise(proposal=1, contents=(("data_and_relation", DATA),), legal_basis=("UNCC",))

    def alike(command: c.Command) -> int:
        return len(surroundings_of(il.office, il.officer(), case, command).alike)

    assert alike(revised) == alike(c.Approve(proposal=1)) == alike(c.Approve(proposal=9)) == 0
    il.open(ask(il))
    assert alike(revised) == alike(c.Approve(proposal=1)) == 1
    assert alike(c.Amend(contents=revised.contents, legal_basis=("UNCC",), reason="x")) == 1
    assert alike(c.Approve(proposal=9)) == 0


def test_nothing_is_looked_up_for_what_is_no_request(world: World) -> None:
    """Neither for the machine's notes nor for other verbs, nor without a case."""
    il = world["IL"]
    done = il.open(ask(il))
    case, officer = il.case(done.case), il.officer()

    assert surroundings_of(il.office, None, case, c.GiveStatus(text="x")) is NOTHING
    assert surroundings_of(il.office, officer, case, c.GiveStatus(text="x")) is NOTHING
    assert surroundings_of(il.office, officer, None, c.GiveStatus(text="x")) is NOTHING


def test_information_is_checked_too(world: World) -> None:
    """By its own form; a drill has none."""
    il = world["IL"]
    given = c.GiveInformation(
        case_id=il.new_case_id(),
        peer=AuthorityId("VN/contact-point"),
        contents=(("information", "iban GB82 WEST 1234 5698 7654 33"),),
        legal_basis=("UNCC 40(4)",),
    )
    drill = c.CallDrill(case_id=il.new_case_id(), peer=given.peer, challenge=1, answer_by=world.now)

    codes = {one.code for one in check(il.office, il.officer(), given)}
    assert {"form.field-missing", "identifier.checksum"} <= codes
    assert check(il.office, il.officer(), drill) == ()


def test_a_check_is_refused_where_nothing_could_be_sent(world: World) -> None:
    """Unknown States, authorities and kinds."""
    il = world["IL"]
    known = ask(il)

    def refused(**changes: object) -> str:
        return code_of(lambda: check(il.office, il.officer(), evolve(known, **changes)))

    assert refused(peer=AuthorityId("XX/contact-point")) == "directory.unknown-state"
    assert refused(peer=AuthorityId("VN/nobody")) == "directory.unknown-authority"
    assert refused(kind="of-tomorrow") == "case.kind"
    foreign = evolve(il.officer(), authority=AuthorityId("VN/contact-point"))
    assert code_of(lambda: check(il.office, foreign, known)) == "desk.not-our-authority"


def test_treaties_and_languages_are_those_of_the_states(world: World) -> None:
    """On the day: what binds both, what surely does not; languages as the State itself says."""
    il = world["IL"]
    real = evolve(il.office, exercise=False)

    def around(office: Office) -> Surroundings:
        return surroundings_of(office, il.officer(), None, ask(il))

    bare = around(real)
    assert (bare.in_force, bare.not_in_force) == ((), ("UNCC",))
    assert bare.languages == ("en", "fr")
    assert around(il.office).not_in_force == ()

    states = load_states()
    for profile in load_examples():
        states = states.with_profile(profile)
    known = around(evolve(real, states=states))
    assert set(known.in_force or ()) >= {"UNTOC", "UNCAC"}
    assert known.languages == {p.state.text: p.languages for p in load_examples()}["VN"]
    nameless = evolve(load_examples()[1], languages=())
    assert around(evolve(real, states=states.with_profile(nameless))).languages == ("en", "fr")


def test_a_dormant_convention_alone_carries_no_request(world: World) -> None:
    """It is said where the request is real; an exercise is played as if it were in force."""
    il = world["IL"]

    def told(*, exercise: bool) -> list[str]:
        found = check(evolve(il.office, exercise=exercise), il.officer(), ask(il))
        return [one.code for one in found if one.code == "basis.not-in-force"]

    assert (told(exercise=False), told(exercise=True)) == (["basis.not-in-force"], [])


def test_a_check_says_why_a_request_would_be_refused(world: World) -> None:
    """A record that is missing, ended, or not whole; where none is owed, none is asked for."""
    il = world["IL"]

    def told(**changes: object) -> list[str]:
        found = check(il.office, il.officer(), ask(il, **changes))
        return [one.code for one in found if one.code.startswith("safeguard.")]

    over = evolve(w.SAFEGUARDS, ends_at=il.office.clock())
    silent = evolve(w.SAFEGUARDS, checks=())
    assert told(kind="mla_stored_data", safeguards=None) == ["safeguard.missing"]
    assert told(kind="mla_stored_data", safeguards=over) == ["safeguard.ended"]
    assert told(safeguards=silent) == ["safeguard.unanswered"]
    assert told(kind="mla_stored_data") == told(safeguards=None) == []
    given = c.GiveInformation(
        case_id=il.new_case_id(),
        peer=AuthorityId("VN/contact-point"),
        contents=(("information", "x"),),
        legal_basis=("UNCC 40(4)",),
        safeguards=None,
    )
    assert "safeguard.missing" in [one.code for one in check(il.office, il.officer(), given)]
