"""Whole lives, with both sides, from the first word to the last."""

from datetime import timedelta
from random import Random

import pytest

from casework_samples import STATEMENTS, events_of
from longbien.casework import commands as c
from longbien.casework import events as e
from longbien.casework.case import Announcement, ChoreDraft, ChoreKind
from longbien.casework.policy import Policy
from longbien.casework.standing import is_decided, state_of
from longbien.casework.statements import DestructionCause, EndCause, Topic, WarningCause
from longbien.casework.steps import State, Step
from longbien.channel.message import Lane, MessageKind, ReceiptOutcome
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIMIT
from longbien.exercise.walks import FURTHER, STARTS, walk
from longbien.primitives.digest import Digest
from longbien.primitives.verdict import Outcome

DAY = timedelta(days=1)


def states(world: w.World) -> tuple[State, State]:
    """Return where both sides stand."""
    return state_of(world.il.held), state_of(world.vn.held)


def assert_both(world: w.World, state: State) -> None:
    """Both sides stand there, and agree on everything."""
    assert states(world) == (state, state)
    assert w.shared(world.il.held) == w.shared(world.vn.held)


def test_a_preservation_from_asking_to_its_end() -> None:
    """Asked, receipted, acknowledged, confirmed, extended, ended: the main job."""
    world = w.asked()
    assert_both(world, State.ASKED)
    assert world.il.held.receipted == ((1, w.START),)

    world.vn_does(c.Acknowledge(reference="VN-12"))
    assert_both(world, State.UNDER_REVIEW)

    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    assert_both(world, State.PRESERVING)
    assert world.il.held.preserved_until == w.START.plus(60 * DAY)

    world.il_does(c.AskExtension(progress="translated"))
    assert world.vn.held.extensions == (2,)
    world.vn_does(c.ExtendPreservation(until=w.START.plus(90 * DAY), extension=2))
    assert world.il.held.preserved_until == w.START.plus(90 * DAY)
    assert world.il.held.extensions == ()

    world.vn_does(c.EndPreservation(cause=EndCause.RUN_OUT))
    assert_both(world, State.ENDED)
    assert is_decided(world.il.held)


def test_a_question_is_answered_both_ways() -> None:
    """A case waits for the requesting State's answer, and says so."""
    world = w.asked()

    world.vn_does(c.AskQuestion(text="which time zone?"))
    assert_both(world, State.RETURNED)

    world.il_does(c.AnswerQuestion(question=1, text="UTC"))
    assert_both(world, State.UNDER_REVIEW)

    world.il_does(c.AskQuestion(text="how long will it take?"))
    assert_both(world, State.UNDER_REVIEW)
    world.vn_does(c.AnswerQuestion(question=3, text="a day"))
    assert [question.answer for question in world.il.held.questions] == [2, 2]


def test_an_answer_names_the_message_that_it_answers() -> None:
    """The header carries the id of the question's message."""
    world = w.asked()
    world.vn.act(c.AskQuestion(text="which port?"), w.LINH)
    question = world.deliver(world.vn)

    world.il.act(c.AnswerQuestion(question=1, text="443"), w.DANA)

    assert world.il.outbox[0].in_reply_to == question.id


def test_a_warning_of_42_7_leaves_it_to_the_requesting_state() -> None:
    """Warned, the requesting State withdraws; the requested State ends what it had begun."""
    world = w.asked()
    world.vn_does(c.Warn(cause=WarningCause.CONFIDENTIALITY, text="the user will be told"))
    assert world.il.held.warned == (1,)
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))

    world.il_does(c.Withdraw(reason="the user must not know"))
    assert_both(world, State.WITHDRAWN)

    world.vn_does(c.EndPreservation(cause=EndCause.WITHDRAWN))
    assert_both(world, State.ENDED)


def test_a_refusal_after_a_consultation() -> None:
    """Consulted first, then refused with ground and reasons; nothing speaks against it."""
    world = w.asked()
    world.vn_does(
        c.Consult(topic=Topic.REFUSAL, ground="40(21)(b)", text="it touches our security")
    )
    assert_both(world, State.CONSULTING)
    world.il_does(c.Consult(topic=Topic.REFUSAL, about=1, text="we narrow it down"))

    decision = world.vn.act(
        c.Refuse(ground="40(21)(b)", reasons="security", consultation="two letters"), w.LINH
    )
    world.settle()

    assert decision.warnings == ()
    assert_both(world, State.REFUSED)
    assert world.il.held.ground == "40(21)(b)"
    assert is_decided(world.vn.held)


def test_a_postponement_and_its_end() -> None:
    """Postponed with a date of review; an acknowledgement takes it up again."""
    world = w.asked()
    world.vn_does(
        c.Consult(topic=Topic.POSTPONEMENT, text="a trial goes on"),
        c.Postpone(reasons="a trial goes on", review_at=w.START.plus(30 * DAY)),
    )
    assert_both(world, State.POSTPONED)
    assert world.il.held.review_at == w.START.plus(30 * DAY)

    world.vn_does(c.Acknowledge())
    assert_both(world, State.UNDER_REVIEW)


def test_an_extension_that_is_not_granted() -> None:
    """The preservation stands as it was."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    world.il_does(c.AskExtension(until=w.START.plus(200 * DAY)))

    world.vn_does(c.RefuseExtension(extension=2, reasons="90 days is the most"))

    assert_both(world, State.PRESERVING)
    assert world.il.held.extensions == ()
    assert world.il.held.preserved_until == w.START.plus(60 * DAY)


def test_a_partial_disclosure_takes_two() -> None:
    """Article 43: what was found on the way is named, once a second officer agrees."""
    world = w.asked()
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    world.vn_does(
        c.DisclosePartly(
            provider="a provider in XX",
            path="two hops",
            legal_basis=("UNCC 43",),
            safeguards=w.SAFEGUARDS,
        )
    )
    assert not world.il.held.has_disclosed

    world.vn_does(c.Approve(proposal=1, reasons="in order"), by=w.MINH)

    assert world.il.held.has_disclosed
    sent = events_of(world.vn, e.StatementSent)[-1]
    assert isinstance(sent, e.StatementSent)
    assert (sent.by, sent.approved_by, sent.proposal) == (w.LINH.id, w.MINH.id, 1)


def test_stored_data_from_asking_to_the_certificate() -> None:
    """Asked by two, taken in, released by two, handed over, verified, destroyed by two."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    assert state_of(world.il.held) is State.DRAFTED
    assert not world.il.outbox

    world.il.act(c.Approve(proposal=1, reasons="in order"), w.NOA)
    world.settle()
    assert_both(world, State.ASKED)

    world.vn_does(c.Acknowledge(), c.Accept(), c.TakeExhibit(exhibit=w.EXHIBIT))
    assert_both(world, State.EXECUTING)
    world.vn_does(w.PROPOSE_RELEASE)
    assert world.vn.decisions[-2].chores == ()
    approved = world.vn.act(
        c.ApproveRelease(package=w.package_of(1), reasons="within the order"), w.MINH
    )
    assert approved.chores == (ChoreDraft(kind=ChoreKind.PACK, subject=str(w.package_of(1))),)

    packed = world.vn.act(w.PACKED, None)
    push = ChoreDraft(kind=ChoreKind.PUSH, subject=str(w.transfer_of(1)))
    assert packed.chores == (push,)
    assert packed.objects == (w.SEALED,)
    world.settle()
    assert world.il.decisions[-1].announcements == (
        Announcement(transfer=w.transfer_of(1), sealed=w.SEALED),
    )

    world.vn.act(c.MachineNotesPushed(transfer=w.transfer_of(1)), None)
    arrived = world.il.act(c.MachineNotesArrived(transfer=w.transfer_of(1)), None)
    assert arrived.chores == (ChoreDraft(kind=ChoreKind.CHECK, subject=str(w.package_of(1))),)
    assert arrived.objects == (w.SEALED,)
    world.il.act(w.CHECKED, None)
    world.settle()
    package = world.vn.held.packages[0]
    assert package.is_delivered
    assert package.verified is not None
    assert package.verified.outcome is Outcome.PASSED

    world.vn_does(c.DeclareExecuted())
    assert_both(world, State.EXECUTED)

    destroy(world)
    assert_both(world, State.EXECUTED)
    assert world.vn.held.packages[0].is_destroyed


def destroy(world: w.World) -> None:
    """Let two officers of IL destroy the package, and the machine certify it."""
    package = w.package_of(1)
    world.il_does(c.ProposeDestruction(package=package, cause=DestructionCause.CONDITION))
    approved = world.il.act(c.ApproveDestruction(package=package), w.NOA)
    assert approved.chores == (ChoreDraft(kind=ChoreKind.DESTROY, subject=str(package)),)
    world.il.act(c.MachineNotesDestroyed(package=package, method="key destroyed"), None)
    world.settle()


def test_conditions_bind_once_they_are_agreed_to() -> None:
    """They are offered, agreed to, and stick to everything that leaves."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(conditions=(LIMIT,)), c.TakeExhibit(exhibit=w.EXHIBIT))
    assert_both(world, State.CONDITIONS_PROPOSED)

    world.il_does(c.AgreeToConditions(offer=1))
    assert_both(world, State.EXECUTING)

    world.vn_does(w.PROPOSE_RELEASE)
    assert world.vn.held.releases[0].use_limits == (LIMIT,)


def test_conditions_that_are_declined_go_back_to_consulting() -> None:
    """A new offer may be better."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(conditions=(LIMIT,)))
    world.il_does(c.DeclineConditions(offer=1, text="we must show it in open court"))
    assert_both(world, State.CONSULTING)

    world.vn_does(c.Accept())
    assert_both(world, State.EXECUTING)


def test_an_answer_to_an_older_offer_counts_for_nothing() -> None:
    """It crossed the newer offer: neither side takes it for an agreement to that one."""
    world = w.asked(w.ASK_STORED_DATA)
    world.vn_does(c.Accept(conditions=(LIMIT,)))
    world.il.act(c.AgreeToConditions(offer=1), w.DANA)
    world.vn.act(c.Accept(conditions=(LIMIT,), text="and one more word"), w.LINH)

    world.settle()

    assert_both(world, State.CONDITIONS_PROPOSED)


def test_a_further_use_is_asked_for_and_granted_by_two_on_each_side() -> None:
    """Use outside of the stated purpose, and the consent to it, take two officers each."""
    world = w.announced()
    world.il_does(c.AskFurtherUse(package=w.package_of(1), use="a tax case"))
    assert world.vn.held.uses == ()
    world.il_does(c.Approve(proposal=2, reasons="in order"), by=w.NOA)
    asked = world.vn.held.uses[0].number

    world.vn_does(c.DecideFurtherUse(request=asked, is_granted=True))
    assert not world.il.held.uses[0].is_granted
    world.vn_does(c.Approve(proposal=1, reasons="in order"), by=w.MINH)

    assert world.il.held.uses[0].is_granted
    assert world.il.held.uses[0].decision == world.vn.held.sent


def test_a_further_use_is_denied_by_one() -> None:
    """To keep something to its purpose takes nobody else."""
    world = w.announced()
    world.il_does(c.AskFurtherUse(package=w.package_of(1), use="a tax case"))
    world.il_does(c.Approve(proposal=2, reasons="in order"), by=w.NOA)

    world.vn_does(c.DecideFurtherUse(request=world.vn.held.uses[0].number, is_granted=False))

    assert world.il.held.uses[0].decision
    assert not world.il.held.uses[0].is_granted


def test_the_defence_is_never_locked_out() -> None:
    """A notice of exculpatory use is one officer's, in every state after something was given."""
    world = w.announced()
    world.vn_does(c.Refuse(ground="40(21)(b)", reasons="the rest is secret"))

    world.il_does(c.NotifyExculpatoryUse(package=w.package_of(1), is_advance=True, text="court"))

    assert world.vn.held.exculpatory == (world.il.held.sent,)


def test_information_without_a_request() -> None:
    """Two officers give it; the other State notes it, and asks before another use."""
    world = w.World()
    world.il.act(w.GIVE_INFORMATION, w.DANA)
    assert not world.il.outbox
    world.il_does(c.Approve(proposal=1, reasons="in order"), by=w.NOA)
    assert_both(world, State.GIVEN)

    world.vn_does(c.Acknowledge())
    assert_both(world, State.NOTED)
    world.vn_does(c.AskFurtherUse(use="another case"))
    world.vn_does(c.Approve(proposal=1, reasons="in order"), by=w.MINH)
    world.il_does(c.DecideFurtherUse(request=2, is_granted=False))

    assert world.vn.held.uses[0].decision == 2
    assert world.vn.held.has_disclosed


def test_a_drill_is_answered_by_a_person() -> None:
    """The number is read and typed; then both desks know that somebody is there."""
    world = w.asked(w.CALL_DRILL)
    assert_both(world, State.CALLED)

    world.vn_does(c.AnswerDrill(challenge=4711))

    assert_both(world, State.ANSWERED)


def test_an_emergency_by_one_officer_is_confirmed_by_a_second() -> None:
    """Where the State's policy allows it: sent at once, in the urgent lane."""
    world = w.World(policy=Policy(is_emergency_alone=True))
    world.il_does(w.evolved(w.ASK_STORED_DATA, is_emergency=True, emergency="a life"))
    assert_both(world, State.ASKED)
    assert world.vn.held.lane is Lane.URGENT
    assert world.il.held.sent_alone_by == w.DANA.id

    world.il_does(c.ConfirmEmergency(text="checked"), by=w.NOA)

    assert world.il.held.stood_behind_by == w.NOA.id
    assert world.vn.held.is_emergency_confirmed
    assert_both(world, State.ASKED)


def test_without_that_policy_an_emergency_takes_two_as_well() -> None:
    """The safe setting is the one that nobody has set."""
    world = w.World()

    world.il_does(w.evolved(w.ASK_STORED_DATA, is_emergency=True, emergency="a life"))

    assert state_of(world.il.held) is State.DRAFTED
    assert world.vn.case is None


def test_a_draft_is_rejected_written_anew_and_approved() -> None:
    """Whoever wrote on it does not approve it."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    world.il.act(c.Reject(proposal=1, reasons="too broad"), w.NOA)
    assert state_of(world.il.held) is State.DRAFTED

    contents = (("purpose", "one server"), ("assistance_sought", "one week"))
    world.il.act(c.Revise(proposal=1, contents=contents, legal_basis=("UNCC 44",)), w.DANA)
    world.il.act(c.Approve(proposal=1, reasons="in order"), w.NOA)
    world.settle()

    assert world.vn.held.request is not None
    assert dict(world.vn.held.request.contents) == dict(contents)  # type: ignore[union-attr]


def test_a_draft_that_is_taken_back_was_never_sent() -> None:
    """The other State hears nothing of it."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)

    world.il.act(c.TakeBack(proposal=1), w.DANA)

    assert state_of(world.il.held) is State.DISCARDED


def test_an_amended_request_reads_so_on_both_sides() -> None:
    """An amendment replaces contents and legal basis."""
    world = w.asked()

    world.il_does(
        c.Amend(contents=(("necessity", "greater"),), legal_basis=("UNCC 42",), reason="news")
    )

    assert_both(world, State.ASKED)
    assert world.vn.held.amendments == 1
    assert world.vn.held.request.contents == (("necessity", "greater"),)  # type: ignore[union-attr]


def test_a_request_that_follows_a_preservation_tells_its_case() -> None:
    """Made and at its end, on both sides: the expiry of the preservation stops and goes on."""
    link = ChoreDraft(kind=ChoreKind.LINK, subject=str(w.PRESERVATION))
    world = w.asked(w.evolved(w.ASK_STORED_DATA, preservation=w.PRESERVATION))
    assert [link] == [one for each in world.il.decisions for one in each.chores]
    assert [link] == [one for each in world.vn.decisions for one in each.chores]

    refused = world.vn.act(c.Refuse(ground="40(21)(a)", reasons="no"), w.LINH)
    world.settle()

    assert refused.chores == (link,)
    heard = [each for each in world.il.decisions if each.chores]
    assert len(heard) == 2


def test_a_request_that_the_other_node_refuses_can_be_sent_again() -> None:
    """It counts as never sent: the draft waits for approval once more."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    world.il.act(c.Approve(proposal=1, reasons="in order"), w.NOA)
    world.il.outbox.clear()

    world.il.act(refusal(1), None)
    assert state_of(world.il.held) is State.DRAFTED
    assert world.il.held.turned_away == ((1, "message.expired"),)
    world.il.act(c.Approve(proposal=1, reasons="in order"), w.NOA)
    world.settle()

    assert world.il.held.sent == 2
    assert_both(world, State.ASKED)


def refusal(number: int) -> c.MachineNotesReceipt:
    """Return the note of a receipt that refuses."""
    return c.MachineNotesReceipt(
        number=number,
        received_at=w.START,
        outcome=ReceiptOutcome.REFUSED,
        code="message.expired",
    )


def test_a_request_of_one_officer_that_was_refused_is_undelivered() -> None:
    """There is no draft to go back to."""
    world = w.World()
    world.il.act(w.ASK_PRESERVATION, w.DANA)
    world.il.outbox.clear()

    world.il.act(refusal(1), None)

    assert state_of(world.il.held) is State.UNDELIVERED


def test_two_refused_messages_are_both_as_never_said() -> None:
    """Folding the case again keeps what was refused before in mind."""
    world = w.asked()
    world.vn.act(c.AskQuestion(text="one"), w.LINH)
    world.vn.act(c.AskQuestion(text="two"), w.LINH)
    world.vn.act(c.AskQuestion(text="three"), w.LINH)
    world.vn.outbox.clear()

    world.vn.act(refusal(1), None)
    world.vn.act(refusal(3), None)

    assert [question.number for question in world.vn.held.questions] == [2]
    assert [number for number, _ in world.vn.held.turned_away] == [1, 3]
    assert world.vn.held.sent == 3
    assert world.vn.held.version == 2 + 3 + 2


@pytest.mark.parametrize("step", Step)
def test_no_statement_shows_its_words_when_it_is_printed(step: Step) -> None:
    """A statement in a traceback gives nothing of a case away."""
    text = repr(STATEMENTS[step])

    assert "a child is in danger" not in text
    assert "which time zone" not in text
    assert "no offence here" not in text


def test_every_kind_of_message_travels() -> None:
    """In a few walks each kind of message of the channel is sent and received."""
    kinds: set[MessageKind] = set()
    for seed, start in enumerate((*STARTS, *FURTHER * 6)):
        world = walk(start, Random(seed), length=60)
        world.settle()
        sent = [
            draft for node in (world.il, world.vn) for d in node.decisions for draft in d.drafts
        ]
        kinds |= {draft.kind for draft in sent}

    assert kinds == set(MessageKind)


def test_a_report_that_failed_is_told() -> None:
    """The receiver's verdict reaches the sender with its findings, whatever it is."""
    world = w.announced()
    world.il.act(c.MachineNotesArrived(transfer=w.transfer_of(1)), None)

    world.il.act(
        c.MachineNotesChecked(
            package=w.package_of(1),
            outcome=Outcome.FAILED,
            findings=("manifest.changed",),
            report=Digest.of(b"bad"),
        ),
        None,
    )
    world.settle()

    verified = world.vn.held.packages[0].verified
    assert verified is not None
    assert (verified.outcome, verified.findings) == (Outcome.FAILED, ("manifest.changed",))
