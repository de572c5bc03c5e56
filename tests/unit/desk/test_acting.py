"""Load, decide, commit, and again."""

from collections.abc import Callable

import pytest
from attrs import evolve

from desk_stories import asked
from longbien.casework import commands as c
from longbien.casework.case import Duty
from longbien.desk.acting import act, open_case
from longbien.desk.office import Settings
from longbien.exercise.parcels import put_object
from longbien.exercise.world import Node, World
from longbien.primitives.errors import Refused, Unavailable
from longbien.primitives.ids import AuthorityId, CaseId


@pytest.fixture
def world() -> World:
    """Return two States."""
    return World("IL", "VN")


def ask(node: Node, **changes: object) -> c.Ask:
    """Return the command to ask VN."""
    made = c.Ask(
        case_id=node.new_case_id(),
        kind="preservation",
        peer=AuthorityId("VN/contact-point"),
        contents=(("offence_and_facts", "a fraud"),),
        legal_basis=("UNCC",),
    )
    return evolve(made, **changes)


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises((Refused, Unavailable)) as caught:
        act()
    return caught.value.code


def test_an_office_of_exercises_opens_exercises(world: World) -> None:
    """Whatever the command says."""
    il = world["IL"]
    done = open_case(il.office, il.officer(), ask(il, exercise=False))

    assert il.case(done.case).exercise is True
    (message,) = il.machine.queue.unsent()
    assert done.messages == (message.id,)


def test_nobody_opens_a_case_with_an_authority_that_is_not_known(world: World) -> None:
    """Neither with an unknown State nor with an unknown authority of a known one."""
    il = world["IL"]
    for peer, code in (
        ("XX/contact-point", "directory.unknown-state"),
        ("VN/nobody", "directory.unknown-authority"),
    ):
        command = ask(il, peer=AuthorityId(peer))
        assert code_of(lambda command=command: open_case(il.office, il.officer(), command)) == code
    assert il.machine.disk.records == []


def test_an_officer_of_another_authority_opens_nothing(world: World) -> None:
    """The officer belongs to this node."""
    il, vn = world["IL"], world["VN"]

    assert code_of(lambda: open_case(il.office, vn.officer(), ask(il))) == (
        "desk.not-our-authority"
    )


def test_a_case_is_opened_once(world: World) -> None:
    """A second request under the same id is refused."""
    il = world["IL"]
    command = ask(il)
    open_case(il.office, il.officer(), command)

    assert code_of(lambda: open_case(il.office, il.officer(), command)) == "case.exists"


def test_a_case_has_an_id_that_was_drawn(world: World) -> None:
    """The ids of the books of the house cannot be taken."""
    il = world["IL"]
    command = ask(il, case_id=CaseId("6f0c1f64-52cb-5b25-9b6e-70d5a4f0e1a3"))

    assert code_of(lambda: open_case(il.office, il.officer(), command)) == "desk.not-a-case"


def test_nothing_is_done_in_a_case_that_does_not_exist(world: World) -> None:
    """Only an opening command makes a case."""
    il = world["IL"]

    assert code_of(lambda: il.act(il.new_case_id(), c.Withdraw(reason="x"))) == "desk.no-such-case"


def test_an_officer_without_the_duty_is_refused_and_nothing_is_kept(world: World) -> None:
    """The rules of casework come through with their codes."""
    il = world["IL"]
    case = il.ask(world["VN"]).case
    before = len(il.machine.disk.records)
    auditor = il.officer("omar", Duty.AUDITOR)

    assert (
        code_of(lambda: act(il.office, case, c.Withdraw(reason="x"), by=auditor)) == "officer.duty"
    )
    assert len(il.machine.disk.records) == before


def test_a_lost_race_is_run_again(world: World) -> None:
    """Somebody else acted between load and commit: the decision is taken anew, on what is now."""
    vn = world["VN"]
    case = asked(world)
    commit = vn.machine.journal.commit

    def overtaken(change: object) -> object:
        vn.machine.journal.commit = commit
        vn.act(case, c.GiveStatus(text="first"))
        return commit(change)

    vn.machine.journal.commit = overtaken
    done = vn.act(case, c.AskQuestion(text="second"))

    assert done.version == 4
    assert [one.sequence for one in vn.machine.queue.unsent()] == [1, 2]


def test_a_race_that_is_always_lost_ends(world: World) -> None:
    """After a bounded number of attempts the caller is told to come back."""
    vn = world["VN"]
    case = asked(world)
    attempts = []

    def never(change: object) -> object:
        attempts.append(change)
        raise Refused("journal.conflict", "the case has moved on")

    vn.machine.journal.commit = never
    vn.tuned(settings=Settings(attempts=3))

    assert code_of(lambda: vn.act(case, c.Acknowledge())) == "desk.too-busy"
    assert len(attempts) == 3


def test_a_refusal_that_is_no_race_is_not_tried_again(world: World) -> None:
    """It would be refused each time."""
    vn = world["VN"]
    case = asked(world)
    attempts = []

    def refuse(change: object) -> object:
        attempts.append(change)
        raise Refused("case.erased", "the key of the case is destroyed")

    vn.machine.journal.commit = refuse

    assert code_of(lambda: vn.act(case, c.Acknowledge())) == "case.erased"
    assert len(attempts) == 1


def test_what_is_done_already_is_not_committed_again(world: World) -> None:
    """A note of the machine that changes nothing writes nothing."""
    il = world["IL"]
    case = asked(world)
    before = len(il.machine.disk.records)
    (number, at) = il.case(case).receipted[0]
    note = c.MachineNotesReceipt(number=number, received_at=at, outcome="accepted")

    done = act(il.office, case, note, by=None)

    assert (done.version, done.messages) == (il.case(case).version, ())
    assert len(il.machine.disk.records) == before


def test_what_the_vault_holds_besides_is_kept_with_the_case(world: World) -> None:
    """Scrub reads it from then on."""
    vn = world["VN"]
    case = asked(world)
    more = put_object(vn)

    act(vn.office, case, c.Acknowledge(), by=vn.officer(), objects=(more,))

    assert vn.machine.tables.objects == [(case, more)]


def test_an_officer_who_looked_at_an_older_version_is_told(world: World) -> None:
    """Nobody decides on what they have not seen."""
    vn = world["VN"]
    case = asked(world)

    def acknowledge(seen: int) -> object:
        return act(vn.office, case, c.Acknowledge(), by=vn.officer(), seen=seen)

    assert code_of(lambda: acknowledge(1)) == "desk.moved-on"
    assert acknowledge(2).version == 3


def test_a_stopped_store_does_nothing(world: World) -> None:
    """A full disk: nothing is promised; after mending everything goes on."""
    il = world["IL"]
    il.machine.disk.is_full = True
    assert code_of(lambda: il.ask(world["VN"])) == "store.stopped"
    assert code_of(lambda: il.ask(world["VN"])) == "store.stopped"

    il.restart()

    assert il.ask(world["VN"]).version == 3
