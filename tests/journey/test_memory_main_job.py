"""The main job, end to end in memory: ask, preserve, ask for the data, hand over, verify, close."""

from datetime import timedelta

from desk_stories import ending_of, exhibit, preservation, release, stand, stored_data
from longbien.casework import commands as c
from longbien.casework.case import Duty
from longbien.channel.envelope import open_receipt
from longbien.channel.message import ReceiptOutcome
from longbien.desk import work
from longbien.desk.reading import read_accesses, read_case, read_package
from longbien.desk.ring import ringing
from longbien.evidence.package import UseLimit, UseLimitKind
from longbien.exercise.network import STORM
from longbien.exercise.safeguard_records import FOR_COURT, SAFE, WHY
from longbien.exercise.world import World
from longbien.ledger.checkpoints import parse_signed_checkpoint
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import verify_proof
from longbien.primitives.verdict import Outcome


def test_the_main_job() -> None:
    """From the first request to the last word, both sides agreeing at each step."""
    world = World("IL", "VN")
    il, vn = world["IL"], world["VN"]

    kept = il.ask(vn).case
    assert (stand(il, kept), stand(vn, kept)) == ("asked", "unknown")
    world.quiet()
    assert (stand(il, kept), stand(vn, kept)) == ("asked", "asked")
    assert il.case(kept).receipted

    vn.act(kept, c.Acknowledge(reference="VN-7"))
    vn.act(kept, c.ConfirmPreservation(effective_at=world.now))
    world.quiet()
    assert (stand(il, kept), stand(vn, kept)) == ("preserving", "preserving")
    assert il.case(kept).preserved_until == vn.case(kept).preserved_until
    assert il.case(kept).preserved_until >= world.now.plus(timedelta(days=59))

    case = il.ask(vn, "mla_stored_data", preservation=kept).case
    assert stand(il, case) == "drafted"
    il.act(case, c.Approve(proposal=1), "second")
    world.quiet()
    assert (stand(il, case), stand(vn, case)) == ("asked", "asked")

    limit = UseLimit(kind=UseLimitKind.SPECIALTY, text="for this investigation only", until=None)
    vn.act(case, c.Acknowledge())
    vn.act(case, c.Accept(conditions=(limit,)))
    world.quiet()
    assert (stand(il, case), stand(vn, case)) == ("conditions-proposed", "conditions-proposed")
    il.act(case, c.AgreeToConditions(offer=2))
    world.quiet()
    package = release(world, case)
    world.quiet()

    (given,) = vn.case(case).packages
    (got,) = il.case(case).packages
    assert got.announced == given.announced
    assert got.announced.use_limits == (limit,)
    assert (got.has_arrived, got.is_delivered) == (True, True)
    assert given.verified.outcome is Outcome.PASSED
    assert given.verified == got.verified

    vn.act(case, c.DeclareExecuted())
    world.quiet()
    assert (stand(il, case), stand(vn, case)) == ("executed", "executed")
    assert [link.is_decided for link in vn.case(kept).links] == [True]

    found = read_package(
        il.office, il.officer(), case, package, use=FOR_COURT, reason="for the court"
    )
    assert found.announced.use_limits == (limit,)
    auditor = il.officer("omar", Duty.AUDITOR)
    assert [one.what for one in read_accesses(il.office, auditor, case)] == [
        "package.request.court"
    ]


def test_every_message_of_the_job_bears_the_word_of_the_other_state() -> None:
    """All rows are settled with accepted receipts, the same bytes on both sides."""
    world = World("IL", "VN")
    stored_data(world, preservation(world))

    for node, peer in ((world["IL"], world["VN"]), (world["VN"], world["IL"])):
        rows = node.machine.tables.outbox
        assert len(rows) > 2
        for message, row in rows.items():
            assert open_receipt(row.receipt).receipt.outcome is ReceiptOutcome.ACCEPTED
            kept = peer.machine.journal.find_incoming(node.state.code, message)
            assert kept.receipt == row.receipt


def test_what_the_receipts_promise_is_in_the_ledgers() -> None:
    """Each commitment in a receipt is a leaf of the ledger of the State that signed it."""
    world = World("IL", "VN")
    stored_data(world)

    for node, peer in ((world["IL"], world["VN"]), (world["VN"], world["IL"])):
        entries = set(peer.machine.tables.tree.entries)
        for row in node.machine.tables.outbox.values():
            commitments = open_receipt(row.receipt).receipt.commitments
            assert commitments
            assert entries.issuperset(commitments)


def test_both_ledgers_witness_each_other() -> None:
    """Each has recorded and cosigned a late head of the other, and holds its cosignatures."""
    world = World("IL", "VN")
    stored_data(world)

    for node, peer in ((world["IL"], world["VN"]), (world["VN"], world["IL"])):
        note = peer.machine.witnessings.recorded_note(node.machine.origin)
        head = parse_signed_checkpoint(note).checkpoint.head
        assert node.machine.ledger.head_at(head.size) == head
        cosigned = node.machine.ledger.cosigned_by(peer.state.witness[0].name)
        assert 0 < cosigned.size <= head.size


def test_custody_is_proved_by_a_ledger_that_the_other_state_has_cosigned() -> None:
    """As a court will check it: event, salt, proof, and a policy that believes both States."""
    world = World("IL", "VN")
    vn, il = world["VN"], world["IL"]
    case = stored_data(world)
    package = vn.case(case).packages[0].announced.package
    lines = [
        *[f"log {signer.vkey}" for signer in vn.state.log],
        f"witness il {il.state.witness[0].vkey}",
        "quorum il",
    ]
    policy = parse_policy("".join(f"{line}\n" for line in lines).encode())

    for stored in work.custody_of(vn.office, case, package):
        entry = encode_entry(EntryKind.EVENT, stored.salt, stored.body)
        proof = vn.machine.ledger.prove(stored.leaf)
        assert verify_proof(proof, entry=entry, policy=policy).verdict.outcome is Outcome.PASSED


def test_two_cases_at_once_do_not_disturb_each_other() -> None:
    """In a storm, told together, each ends as it does alone."""
    alone = World("IL", "VN")
    expected = ending_of(alone, preservation(alone))
    world = World("IL", "VN", seed=23, faults=STORM)
    il, vn = world["IL"], world["VN"]
    cases = [il.ask(vn).case for _ in range(5)]
    world.quiet()
    for case in cases:
        vn.act(case, c.Acknowledge(reference="VN-7"))
        vn.act(case, c.ConfirmPreservation(effective_at=world.now))
    world.quiet()

    for case in cases:
        assert ending_of(world, case) == expected


def test_both_states_may_ask_each_other_at_the_same_time() -> None:
    """Their messages cross, each thread is counted for itself."""
    world = World("IL", "VN")
    il, vn = world["IL"], world["VN"]
    one, other = il.ask(vn).case, vn.ask(il).case
    world.quiet()
    il.act(other, c.Acknowledge())
    vn.act(one, c.Acknowledge())
    world.quiet()

    assert stand(il, one) == stand(vn, one) == "under-review"
    assert stand(il, other) == stand(vn, other) == "under-review"


def test_an_unanswered_request_rings_on_both_sides() -> None:
    """The clock runs from the receipt; whoever looks is noted."""
    world = World("IL", "VN")
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn).case
    world.quiet()
    world.wait(hours=2)

    for node in (il, vn):
        assert [one.due.clock for one in ringing(node.office)] == ["acknowledge-by"]
    assert read_case(vn.office, vn.officer(), case, reason="the alarm") == vn.case(case)


def test_a_withdrawn_request_gives_nothing_away() -> None:
    """The exhibit is in the vault, two officers are ready, and IL has withdrawn: it stays."""
    world = World("IL", "VN")
    il, vn = world["IL"], world["VN"]
    case = il.ask(vn, "mla_stored_data").case
    il.act(case, c.Approve(proposal=1), "second")
    world.quiet()
    vn.act(case, c.Accept())
    vn.act(case, c.TakeExhibit(exhibit=exhibit(vn)))
    package = vn.office.new_package_id()
    vn.act(
        case,
        c.ProposeRelease(
            package=package,
            exhibits=("E1",),
            legal_basis=("UNCC",),
            safeguards=SAFE,
        ),
    )
    vn.act(case, c.ApproveRelease(package=package, reasons=WHY), "second")
    il.act(case, c.Withdraw(reason="no longer needed"))
    network = world.network
    il.work()
    world.calendar.run()
    assert stand(vn, case) == "withdrawn"

    for _ in range(3):
        world.turn()
        world.wait(minutes=1)

    assert "case.over" in vn.refusals
    assert il.case(case).packages == ()
    assert network.sent
