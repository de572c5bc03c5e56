"""What officers decide and the machine notes, beside whole lives and refusals."""

from datetime import timedelta
from typing import get_args

import pytest
from attrs import evolve, fields

from casework_points import P1, TAKEN_IN, doomed, drafted, released, stored
from longbien.casework import commands as c
from longbien.casework import events as e
from longbien.casework import life
from longbien.casework._words import SAYS
from longbien.casework.case import Duty
from longbien.casework.policy import DUTIES, Policy, is_machine
from longbien.casework.statements import ConditionsAgreed, DestructionCause
from longbien.channel.message import ReceiptOutcome
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Integrity, LongBienError, Refused


def test_a_statement_has_no_field_that_its_command_has_not() -> None:
    """What an officer typed is said field by field; nothing has to be invented for it."""
    for command, statement in SAYS.items():
        given = {one.name for one in fields(command)}
        assert {one.name for one in fields(statement)} <= given, command


def test_a_proposal_that_is_not_a_request_is_not_revised() -> None:
    """It is taken back and proposed again."""
    world = w.announced()
    world.il.act(c.AskFurtherUse(use="x"), w.DANA)

    with pytest.raises(Refused) as found:
        world.il.act(c.Revise(proposal=2, contents=(), legal_basis=("x",)), w.DANA)

    assert found.value.code == "proposal.not-a-request"


def test_whoever_writes_on_a_draft_does_not_approve_it() -> None:
    """Also not the officer who only revised it."""
    world = drafted()
    world.il.act(c.Revise(proposal=1, contents=(), legal_basis=("x",)), w.NOA)

    for officer in (w.DANA, w.NOA):
        with pytest.raises(Refused, match="second officer"):
            world.il.act(c.Approve(proposal=1), officer)
    world.il.act(c.Approve(proposal=1), w.officer("avi", w.IL))

    sent = world.il.held.history[-1]
    assert isinstance(sent, e.StatementSent)
    assert sent.by == w.NOA.id


def test_an_emergency_is_not_confirmed_by_who_sent_it() -> None:
    """Nor confirmed twice."""
    world = w.World(policy=Policy(is_emergency_alone=True))
    world.il_does(w.evolved(w.ASK_STORED_DATA, is_emergency=True))
    with pytest.raises(Refused) as same:
        world.il.act(c.ConfirmEmergency(), w.DANA)
    world.il_does(c.ConfirmEmergency(), by=w.NOA)

    with pytest.raises(Refused) as twice:
        world.il.act(c.ConfirmEmergency(), w.NOA)

    assert same.value.code == "officer.four-eyes"
    assert twice.value.code == "emergency.nothing-to-confirm"


def test_a_forbidden_ground_with_reasons_is_recorded_and_not_blocked() -> None:
    """The override stays at home; the refusal goes out, with its warning."""
    world = stored()

    decision = world.vn.act(
        c.Refuse(ground="40(24)", reasons="a bank", override="our court has ruled so"), w.LINH
    )

    kinds = [type(event) for event in decision.events]
    assert kinds == [e.GroundOverridden, e.RulesWarned, e.StatementSent]
    assert "ground.forbidden" in {warned.code for warned in decision.warnings}
    assert "our court" not in str(decision.drafts[0].content)


def test_a_release_can_be_taken_back_until_it_is_announced() -> None:
    """Also when two officers have let it go already."""
    world = released()

    world.vn_does(c.RejectRelease(package=P1, reasons="one exhibit too many"))

    with pytest.raises(Refused) as found:
        world.vn.act(w.PACKED, None)
    assert found.value.code == "release.not-approved"
    world.vn_does(c.DeclareExecuted())


def test_a_destruction_can_be_taken_back() -> None:
    """And proposed again."""
    world = doomed()

    world.il_does(c.RejectDestruction(package=P1, reasons="it is still needed"))
    world.il_does(c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION), by=w.NOA)

    assert world.il.held.packages[0].destruction_by == w.NOA.id


def test_what_the_machine_notes_twice_changes_nothing() -> None:
    """A worker that was stopped does its work again."""
    world = released()
    transfer = w.transfer_of(1)
    for node, command in (
        (world.vn, c.MachineNotesCustody(custody=TAKEN_IN)),
        (world.vn, w.PACKED),
        (world.vn, c.MachineNotesPushed(transfer=transfer)),
        (world.il, c.MachineNotesArrived(transfer=transfer)),
        (world.il, w.CHECKED),
        (world.vn, c.MachineNotesLink(case=w.PRESERVATION, is_decided=True)),
    ):
        world.settle()
        assert node.act(command, None).events
        again = node.act(command, None)
        assert again == type(again)(events=())
    destroyed = c.MachineNotesDestroyed(package=P1, method="key destroyed")
    world.il_does(c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION))
    world.il_does(c.ApproveDestruction(package=P1), by=w.NOA)
    assert world.il.act(destroyed, None).events
    assert not world.il.act(destroyed, None).events
    with pytest.raises(Refused, match="held here"):
        world.il.act(c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION), w.DANA)


def test_a_receipt_is_noted_once() -> None:
    """Whatever its outcome was."""
    world = w.asked()
    receipt = c.MachineNotesReceipt(
        number=1, received_at=w.START, outcome=ReceiptOutcome.REFUSED, code="x.y"
    )

    assert world.il.act(receipt, None).events == ()
    assert world.il.held.turned_away == ()


def test_custody_goes_into_the_journal_as_the_package_will_tell_it() -> None:
    """Counted, and not taken twice."""
    world = released()

    world.vn.act(c.MachineNotesCustody(custody=TAKEN_IN), None)

    assert world.vn.held.custody == 1
    assert world.vn.held.history[-1] == e.CustodyNoted(custody=TAKEN_IN)


def test_another_verdict_counts_instead_of_the_first() -> None:
    """A package that was mended in transit is verified again."""
    world = w.announced()
    world.il.act(c.MachineNotesArrived(transfer=w.transfer_of(1)), None)
    world.il.act(evolve(w.CHECKED, findings=("a.b",)), None)

    assert world.il.act(w.CHECKED, None).drafts


def test_a_journal_begins_with_an_opening() -> None:
    """Nothing, an event before the opening, or a kind of tomorrow: stop."""
    opening = w.asked().il.held.history[0]
    assert isinstance(opening, e.CaseOpened)
    alarm = e.AlarmNoted(at=w.START, clock="x")

    for events in ([], [alarm], [evolve(opening, kind="tomorrow")]):
        with pytest.raises(Integrity) as found:
            life.replay(events)
        assert found.value.code == "case.unopened"


def test_a_second_opening_changes_nothing_but_the_count() -> None:
    """``evolve`` is total: whatever a journal holds behind its opening is a fact."""
    case = w.asked().il.held

    after = life.evolve(case, case.history[0])

    assert after.version == case.version + 1
    assert w.shared(after) == w.shared(case)


def test_a_statement_that_its_table_does_not_allow_changes_nothing() -> None:
    """The other side's node will have refused it: so both sides go on without it."""
    case = w.asked().vn.held
    sent = e.StatementSent(at=w.START, number=1, statement=ConditionsAgreed(offer=1))

    after = life.evolve(case, sent)

    assert w.shared(after) == w.shared(case)
    assert after.sent == 1


def test_a_revision_of_nothing_changes_nothing() -> None:
    """Totality again: an event about a proposal that is not there."""
    case = w.asked().il.held
    statement = case.request
    assert statement is not None

    after = life.evolve(
        case, e.ProposalRevised(at=w.START, proposal=9, by=w.DANA.id, statement=statement)
    )

    assert after.proposals == ()


def test_every_command_has_its_duties_or_is_the_machines() -> None:
    """No command is forgotten, and none stands in both lists."""
    commands = set(get_args(c.Command))

    assert set(DUTIES) == {each for each in commands if "Machine" not in each.__name__}
    assert is_machine(w.PACKED)
    assert not is_machine(c.Acknowledge())
    assert not any({Duty.AUDITOR, Duty.ADMINISTRATOR} & duties for duties in DUTIES.values())


def test_time_is_the_callers() -> None:
    """Events carry the instant that was given, and nothing else."""
    world = w.asked()
    world.pass_time(timedelta(minutes=5))

    world.vn.act(c.Acknowledge(), w.LINH)

    assert world.vn.held.changed_at == w.START.plus(timedelta(minutes=5))
    assert world.vn.held.opened_at == w.START


def test_errors_can_be_told_to_people() -> None:
    """Each of them has a code and a text with its facts filled in."""
    with pytest.raises(LongBienError) as found:
        w.World().il.act(w.evolved(w.ASK_PRESERVATION, kind="x"), w.DANA)

    assert str(found.value) == "requests of the kind x are not known here"
