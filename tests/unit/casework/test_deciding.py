"""Every reason for which a command is refused, and what the machine may note again."""

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
from attrs import evolve

import casework_world as w
from casework_samples import LIMIT
from longbien.casework import commands as c
from longbien.casework import events as e
from longbien.casework import life
from longbien.casework.case import Duty, Officer, Side
from longbien.casework.policy import DUTIES, Policy, is_machine
from longbien.casework.statements import ConditionsAgreed, DestructionCause, Topic
from longbien.casework.wire import MAX_FIELD_TEXT
from longbien.channel.message import ReceiptOutcome
from longbien.evidence.custody import TakenIn
from longbien.primitives.errors import Integrity, LongBienError, Refused
from longbien.primitives.ids import AuthorityId

World = Callable[[], w.World]


def released() -> w.World:
    """Return a world in which two officers have released a package."""
    world = w.executing()
    world.vn_does(w.PROPOSE_RELEASE)
    world.vn_does(c.ApproveRelease(package=w.package_of(1)), by=w.MINH)
    return world


def proposed() -> w.World:
    """Return a world in which a release waits for a second officer."""
    world = w.executing()
    world.vn_does(w.PROPOSE_RELEASE)
    return world


def doomed() -> w.World:
    """Return a world in which a destruction waits for a second officer."""
    world = w.announced()
    world.il_does(c.ProposeDestruction(package=w.package_of(1), cause=DestructionCause.CONDITION))
    return world


def drafted() -> w.World:
    """Return a world in which a request waits for a second officer."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    return world


def conditional() -> w.World:
    """Return a world in which conditions wait for an answer."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(conditions=(LIMIT,)), c.TakeExhibit(exhibit=w.EXHIBIT))
    return world


def withdrawn() -> w.World:
    """Return a world in which a request was withdrawn while a release waits."""
    world = released()
    world.il_does(c.Withdraw(reason="solved"))
    return world


def nothing() -> w.World:
    """Return a world in which nothing has happened."""
    return w.World()


def stored() -> w.World:
    """Return a world in which stored data were asked for."""
    return w.asked(w.ASK_STORED_DATA)


def drill() -> w.World:
    """Return a world in which a drill was called."""
    return w.asked(w.CALL_DRILL)


IL, VN = Side.REQUESTING, Side.REQUESTED
P1 = w.package_of(1)
NOBODY = None
TAKEN_IN = TakenIn(
    package_id=P1, request=w.CASE.urn, at=w.START, by="lab", exhibits=1, files=1, bytes=1
)
REFUSALS: list[tuple[str, World, Side, c.Command, Officer | None, str]] = [
    ("no case", nothing, IL, c.Acknowledge(), w.DANA, "case.unknown"),
    ("no case, machine", nothing, IL, w.PACKED, NOBODY, "case.unknown"),
    ("case twice", w.asked, IL, w.ASK_PRESERVATION, w.DANA, "case.exists"),
    ("own State", nothing, IL, evolve(w.CALL_DRILL, peer=w.IL), w.DANA, "case.own-state"),
    ("kind", nothing, IL, w.evolved(w.ASK_PRESERVATION, kind="x"), w.DANA, "case.kind"),
    (
        "kind of another opening",
        nothing,
        IL,
        w.evolved(w.ASK_PRESERVATION, kind="drill"),
        w.DANA,
        "transition.refused",
    ),
    ("machine's command by a person", released, VN, w.PACKED, w.LINH, "officer.machine-only"),
    ("person's command by the machine", w.asked, VN, c.Acknowledge(), NOBODY, "officer.missing"),
    ("opening by the machine", nothing, IL, w.ASK_PRESERVATION, NOBODY, "officer.missing"),
    ("duty", w.asked, VN, c.Acknowledge(), w.officer("omar", w.VN, Duty.AUDITOR), "officer.duty"),
    (
        "other authority",
        w.asked,
        VN,
        c.Acknowledge(),
        w.officer("ha", AuthorityId("VN/central-authority")),
        "officer.foreign-authority",
    ),
    ("other State's officer", w.asked, VN, c.Acknowledge(), w.DANA, "officer.foreign-authority"),
    ("wrong side", w.asked, IL, c.Acknowledge(), w.DANA, "transition.refused"),
    ("after the end", withdrawn, VN, c.Acknowledge(), w.LINH, "case.over"),
    ("question", w.asked, IL, c.AnswerQuestion(question=1, text="x"), w.DANA, "case.reference"),
    (
        "about",
        w.asked,
        VN,
        c.Consult(topic=Topic.OTHER, text="x", about=2),
        w.LINH,
        "case.reference",
    ),
    ("offer", conditional, IL, c.AgreeToConditions(offer=2), w.DANA, "case.offer"),
    ("no offer", stored, IL, c.DeclineConditions(offer=1, text="x"), w.DANA, "case.offer"),
    ("unconditional offer", w.executing, IL, c.AgreeToConditions(offer=1), w.DANA, "case.offer"),
    ("extension before confirmation", w.asked, IL, c.AskExtension(), w.DANA, "case.reference"),
    (
        "extension unknown",
        w.asked,
        VN,
        c.RefuseExtension(extension=1, reasons="x"),
        w.LINH,
        "case.extension",
    ),
    (
        "extended unknown",
        w.asked,
        VN,
        c.ExtendPreservation(until=w.START, extension=1),
        w.LINH,
        "case.extension",
    ),
    ("package", stored, IL, c.AskFurtherUse(package=P1, use="x"), w.DANA, "case.reference"),
    (
        "use",
        w.executing,
        VN,
        c.DecideFurtherUse(request=1, is_granted=True),
        w.LINH,
        "case.reference",
    ),
    ("same officer", drafted, IL, c.Approve(proposal=1), w.DANA, "officer.four-eyes"),
    (
        "same officer rejects",
        drafted,
        IL,
        c.Reject(proposal=1, reasons="x"),
        w.DANA,
        "officer.four-eyes",
    ),
    ("foreign draft", drafted, IL, c.TakeBack(proposal=1), w.NOA, "proposal.foreign"),
    ("no proposal", drafted, IL, c.Approve(proposal=2), w.NOA, "proposal.closed"),
    ("closed proposal", stored, IL, c.Approve(proposal=1), w.NOA, "proposal.closed"),
    (
        "closed draft",
        stored,
        IL,
        c.Revise(proposal=1, contents=(), legal_basis=("x",)),
        w.DANA,
        "proposal.closed",
    ),
    (
        "unknown draft",
        stored,
        IL,
        c.Revise(proposal=7, contents=(), legal_basis=("x",)),
        w.DANA,
        "proposal.closed",
    ),
    ("nothing to confirm", stored, IL, c.ConfirmEmergency(), w.NOA, "emergency.nothing-to-confirm"),
    (
        "exhibit too early",
        stored,
        VN,
        c.TakeExhibit(exhibit=w.EXHIBIT),
        w.LINH,
        "release.not-executing",
    ),
    (
        "exhibit on the wrong side",
        w.executing,
        IL,
        c.TakeExhibit(exhibit=w.EXHIBIT),
        w.DANA,
        "release.not-executing",
    ),
    ("exhibit twice", w.executing, VN, c.TakeExhibit(exhibit=w.EXHIBIT), w.LINH, "exhibit.exists"),
    ("release too early", stored, VN, w.PROPOSE_RELEASE, w.LINH, "release.not-executing"),
    (
        "release on the wrong side",
        w.executing,
        IL,
        w.PROPOSE_RELEASE,
        w.DANA,
        "release.not-executing",
    ),
    (
        "release under open conditions",
        conditional,
        VN,
        w.PROPOSE_RELEASE,
        w.LINH,
        "release.conditions",
    ),
    (
        "release of nothing",
        w.executing,
        VN,
        evolve(w.PROPOSE_RELEASE, exhibits=()),
        w.LINH,
        "release.exhibits",
    ),
    (
        "release twice of one",
        w.executing,
        VN,
        evolve(w.PROPOSE_RELEASE, exhibits=("E1", "E1")),
        w.LINH,
        "release.exhibits",
    ),
    (
        "release of the unknown",
        w.executing,
        VN,
        evolve(w.PROPOSE_RELEASE, exhibits=("E1", "E2")),
        w.LINH,
        "release.exhibits",
    ),
    ("release again", proposed, VN, w.PROPOSE_RELEASE, w.LINH, "release.exists"),
    (
        "release without a basis",
        w.executing,
        VN,
        evolve(w.PROPOSE_RELEASE, legal_basis=()),
        w.LINH,
        "case.unsound",
    ),
    (
        "release without authorisation",
        w.executing,
        VN,
        evolve(w.PROPOSE_RELEASE, authorisation=" "),
        w.LINH,
        "case.unsound",
    ),
    ("release by one", proposed, VN, c.ApproveRelease(package=P1), w.LINH, "officer.four-eyes"),
    (
        "release approved twice",
        released,
        VN,
        c.ApproveRelease(package=P1),
        w.MINH,
        "release.closed",
    ),
    (
        "release of another",
        proposed,
        VN,
        c.ApproveRelease(package=w.package_of(2)),
        w.MINH,
        "release.closed",
    ),
    (
        "release rejected late",
        w.announced,
        VN,
        c.RejectRelease(package=P1, reasons="x"),
        w.MINH,
        "release.closed",
    ),
    ("packed unreleased", proposed, VN, w.PACKED, NOBODY, "release.not-approved"),
    (
        "custody unreleased",
        proposed,
        VN,
        c.MachineNotesCustody(custody=TAKEN_IN),
        NOBODY,
        "release.not-approved",
    ),
    ("packed after withdrawal", withdrawn, VN, w.PACKED, NOBODY, "case.over"),
    (
        "executed with a release waiting",
        proposed,
        VN,
        c.DeclareExecuted(),
        w.LINH,
        "release.waiting",
    ),
    (
        "pushed the unknown",
        w.announced,
        VN,
        c.MachineNotesPushed(transfer=w.transfer_of(2)),
        NOBODY,
        "case.reference",
    ),
    (
        "pushed on the wrong side",
        w.announced,
        IL,
        c.MachineNotesPushed(transfer=w.transfer_of(1)),
        NOBODY,
        "case.reference",
    ),
    (
        "arrived on the wrong side",
        w.announced,
        VN,
        c.MachineNotesArrived(transfer=w.transfer_of(1)),
        NOBODY,
        "case.reference",
    ),
    ("checked before arrival", w.announced, IL, w.CHECKED, NOBODY, "package.not-arrived"),
    (
        "checked the unknown",
        w.announced,
        IL,
        evolve(w.CHECKED, package=w.package_of(2)),
        NOBODY,
        "package.not-arrived",
    ),
    (
        "receipt for nothing",
        w.asked,
        IL,
        c.MachineNotesReceipt(number=2, received_at=w.START, outcome=ReceiptOutcome.ACCEPTED),
        NOBODY,
        "case.reference",
    ),
    (
        "receipt for zero",
        w.asked,
        IL,
        c.MachineNotesReceipt(number=0, received_at=w.START, outcome=ReceiptOutcome.ACCEPTED),
        NOBODY,
        "case.reference",
    ),
    (
        "destruction of nothing",
        stored,
        IL,
        c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION),
        w.DANA,
        "destruction.nothing",
    ),
    (
        "destruction at the giver's",
        w.announced,
        VN,
        c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION),
        w.LINH,
        "destruction.nothing",
    ),
    (
        "destruction proposed twice",
        doomed,
        IL,
        c.ProposeDestruction(package=P1, cause=DestructionCause.CONDITION),
        w.NOA,
        "destruction.proposed",
    ),
    (
        "destruction by one",
        doomed,
        IL,
        c.ApproveDestruction(package=P1),
        w.DANA,
        "officer.four-eyes",
    ),
    (
        "destruction not proposed",
        w.announced,
        IL,
        c.ApproveDestruction(package=P1),
        w.NOA,
        "destruction.not-proposed",
    ),
    (
        "destroyed without two",
        doomed,
        IL,
        c.MachineNotesDestroyed(package=P1, method="x"),
        NOBODY,
        "destruction.not-approved",
    ),
    (
        "destroyed the unknown",
        stored,
        IL,
        c.MachineNotesDestroyed(package=P1, method="x"),
        NOBODY,
        "destruction.not-approved",
    ),
    ("drill by guessing", drill, VN, c.AnswerDrill(challenge=1), w.LINH, "drill.challenge"),
    (
        "forbidden ground",
        stored,
        VN,
        c.Refuse(ground="40(24)", reasons="a bank"),
        w.LINH,
        "ground.forbidden",
    ),
    (
        "blank override",
        stored,
        VN,
        c.Refuse(ground="40(24)", reasons="a bank", override=" "),
        w.LINH,
        "ground.forbidden",
    ),
    ("no reasons", stored, VN, c.Refuse(ground="40(21)(b)", reasons=""), w.LINH, "case.unsound"),
    ("no ground", stored, VN, c.Refuse(ground="", reasons="x"), w.LINH, "case.unsound"),
    ("hidden character", w.asked, VN, c.GiveStatus(text="a\u202eb"), w.LINH, "case.unsound"),
    ("half a character", w.asked, VN, c.GiveStatus(text="\ud800"), w.LINH, "case.unsound"),
    (
        "no basis",
        nothing,
        IL,
        w.evolved(w.ASK_PRESERVATION, legal_basis=()),
        w.DANA,
        "case.unsound",
    ),
    (
        "a field twice",
        nothing,
        IL,
        w.evolved(w.ASK_PRESERVATION, contents=(("a", "1"), ("a", "2"))),
        w.DANA,
        "case.unsound",
    ),
    (
        "too much",
        nothing,
        IL,
        w.evolved(
            w.ASK_PRESERVATION,
            contents=tuple((f"f{n}", "é" * MAX_FIELD_TEXT) for n in range(9)),
        ),
        w.DANA,
        "case.too-large",
    ),
]


@pytest.mark.parametrize(
    ("make", "side", "command", "by", "code"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_a_command_is_refused_with_its_reason(
    make: World, side: Side, command: c.Command, by: Officer | None, code: str
) -> None:
    """The code tells the officer why; nothing has happened."""
    node = make().side(side)
    before = node.case

    with pytest.raises(Refused) as found:
        node.act(command, by)

    assert found.value.code == code
    assert node.case is before


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
