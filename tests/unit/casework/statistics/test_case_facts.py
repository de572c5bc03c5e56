"""What statistics keep of one case."""

from datetime import timedelta

import pytest
from attrs import evolve

from longbien.casework import commands as c
from longbien.casework.case import Side
from longbien.casework.statements import EndCause
from longbien.casework.statistics.facts import CaseFacts, facts_of
from longbien.channel.message import ReceiptOutcome
from longbien.exercise import two_sides as w
from longbien.primitives.errors import Integrity
from longbien.treaty.law import load_law

HOUR = timedelta(hours=1)


def of(node: w.Node) -> CaseFacts:
    """Return the facts of a case that was sent."""
    found = facts_of(node.held.history, load_law())
    assert found is not None
    return found


def test_times_run_from_the_arrival_by_the_own_clock() -> None:
    """Acknowledged after an hour, preserved after two, decided when it has ended."""
    world = w.World()
    world.il.act(w.ASK_PRESERVATION, w.DANA)
    world.pass_time(HOUR / 2)
    world.settle()
    world.pass_time(HOUR)
    world.vn_does(c.Acknowledge())
    world.pass_time(HOUR)
    world.vn_does(c.ConfirmPreservation(effective_at=w.START))
    world.pass_time(HOUR)
    world.vn_does(c.EndPreservation(cause=EndCause.RUN_OUT))

    theirs = (
        ("acknowledgement", 3600),
        ("disposition", 7200),
        ("preservation", 7200),
        ("decision", 10800),
    )
    assert sorted(of(world.vn).times) == sorted(theirs)
    assert sorted(of(world.il).times) == sorted((*theirs, ("receipt", 1800)))
    assert (of(world.vn).outcome, of(world.vn).side, of(world.vn).state) == (
        "ended",
        Side.REQUESTED,
        "IL",
    )
    assert of(world.il).is_complete is True


def test_a_request_that_came_back_was_not_complete() -> None:
    """A question, an amendment, or a refusal because it is not as article 40 wants it."""
    asked = w.asked()
    assert of(asked.vn).is_complete is None
    asked.vn_does(c.Acknowledge())
    assert of(asked.vn).is_complete is None
    asked.vn_does(c.AskQuestion(text="which account?"))
    assert of(asked.vn).is_complete is False

    refused = w.asked(w.ASK_STORED_DATA)
    refused.vn_does(c.Refuse(ground="40(21)(a)", reasons="x"))
    assert (of(refused.vn).is_complete, of(refused.vn).ground) == (False, "40(21)(a)")
    assert of(refused.vn).outcome == "refused"

    other = w.asked(w.ASK_STORED_DATA)
    other.vn_does(c.Refuse(ground="40(22)", reasons="x"))
    assert of(other.il).is_complete is True


def test_a_withdrawal_is_no_answer() -> None:
    """It has no time of a decision: nobody decided."""
    world = w.asked()
    world.il_does(c.Withdraw(reason="x"))

    assert of(world.vn).outcome == "withdrawn"
    assert "decision" not in dict(of(world.vn).times)


def test_what_was_not_sent_is_not_counted() -> None:
    """A draft; and one that the other node refused has no times."""
    world = w.World()
    world.il.act(w.ASK_STORED_DATA, w.DANA)
    assert facts_of(world.il.held.history, load_law()) is None

    world = w.World()
    world.il.act(w.ASK_PRESERVATION, w.DANA)
    refused = c.MachineNotesReceipt(
        number=1, received_at=w.START, outcome=ReceiptOutcome.REFUSED, code="message.expired"
    )
    world.il.act(refused, None)
    assert of(world.il).outcome == "undelivered"
    world = w.World()
    world.il.act(w.ASK_PRESERVATION, w.DANA)
    assert (of(world.il).times, of(world.il).outcome) == ((), "open")


@pytest.mark.parametrize(
    ("basis", "code"),
    [
        ("UNCC 42", "UNCC"),
        ("UN Convention against Cybercrime, article 42", "UNCC"),
        ("Budapest Convention, article 29", "BUDAPEST"),
        ("UNTOC 18", "UNTOC"),
        ("UNCAC 46", "UNCAC"),
        ("bilateral treaty of 2019", "BILATERAL"),
        ("reciprocity", "RECIPROCITY"),
        ("Regulation (EU) 2023/1543", "EU-2023-1543"),
        ("Law 12", "DOMESTIC"),
        ("Directive (EU) 2016/680", "EU"),
        ("custom", "not-coded"),
    ],
)
def test_a_legal_basis_is_counted_by_a_code(basis: str, code: str) -> None:
    """Its words do not leave the case."""
    world = w.asked(w.evolved(w.ASK_PRESERVATION, legal_basis=(basis,)))

    assert of(world.vn).bases == (code,)


def test_offences_are_those_of_the_convention_that_the_request_names() -> None:
    """By their typed lines; an article in a sentence may be one of any law and is not counted."""
    lines = 'uncc 13\nuncc 7\nuncc 11(1)(a) attempt\nnational IL "Penal Law 415" max 3 years'
    form = (("offence_and_facts", "Fraud, article 9, art. 42"), ("offences", lines))
    world = w.asked(w.evolved(w.ASK_PRESERVATION, contents=form))

    assert of(world.vn).offences == ("UNCC 7", "UNCC 11", "UNCC 13", "national")
    assert of(w.asked().vn).offences == ("not-coded",)
    drill = w.asked(w.CALL_DRILL)
    assert (of(drill.vn).bases, of(drill.vn).offences) == (("not-coded",), ("not-coded",))


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    """No time has passed."""
    world = w.asked()
    world.pass_time(-HOUR)
    world.vn_does(c.Acknowledge())

    assert dict(of(world.vn).times)["acknowledgement"] == 0


def test_a_journal_without_events_is_none() -> None:
    """Our own store disagrees with itself."""
    with pytest.raises(Integrity, match="opening"):
        facts_of((), load_law())
    assert evolve(of(w.asked().vn), ground="x").ground == "x"
