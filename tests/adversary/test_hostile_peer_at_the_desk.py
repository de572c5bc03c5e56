"""A hostile State at the desk: each act is refused with its code and has no effect."""

from datetime import timedelta

import pytest
from attrs import evolve

from desk_stories import asked, exhibit, preservation, stand, stored_data
from ledger_cast import signed_by
from longbien.casework import commands as c
from longbien.casework.statements import EvidenceAnnounced
from longbien.channel.envelope import open_frame, open_receipt, sign_message, sign_receipt
from longbien.channel.message import Lane, MessageKind, ReceiptOutcome
from longbien.channel.receipts import receipt_for
from longbien.channel.split_view import verify_split_view
from longbien.channel.wire import Answer, encode_answer, parse_answer
from longbien.desk import transfers, work
from longbien.desk.gossip import SPLIT_VIEW, tell
from longbien.desk.receipt import take_receipt
from longbien.desk.receive import receive
from longbien.desk.records import alarms_of
from longbien.exercise.forge import (
    REQUEST,
    frame_of,
    kept_by,
    message_of,
    sealed_of,
    taken,
    with_content,
)
from longbien.exercise.parcels import put_object
from longbien.exercise.safeguard_records import SAFE, WHY
from longbien.exercise.world import World
from longbien.ledger.checkpoints import Head
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Malformed, Refused, Unavailable
from longbien.primitives.ids import CaseId, PackageId, StateCode, TransferId
from longbien.primitives.verdict import Outcome


@pytest.fixture
def world() -> World:
    """Return three States; MY is the hostile one, or the one that is used."""
    return World("IL", "MY", "VN", seed=3)


# --- forged and misdirected -----------------------------------------------------------------------


def test_an_expired_message_is_refused_with_a_signed_word(world: World) -> None:
    """It was overtaken by time; the sender gets to know it, and its number is used up."""
    my, vn = world["MY"], world["VN"]
    message = message_of(my, vn, expires_at=world.now.plus(timedelta(minutes=1)))
    world.wait(minutes=2)

    received = taken(my, vn, message)

    assert received.code == "message.expired"
    assert vn.machine.journal.numbers(message.thread, my.state.code).received == 1
    assert vn.case(message.thread) is None


@pytest.mark.parametrize("size", [0, 1, 100, 2**20, 2**20 + 1])
def test_bytes_that_are_no_frame_are_malformed(world: World, size: int) -> None:
    """Whatever the bytes: Malformed leaves, nothing is kept."""
    vn = world["VN"]
    before = kept_by(vn)

    with pytest.raises(Malformed):
        receive(vn.office, bytes(size), peer=StateCode("MY"), lane=Lane.ORDINARY)

    assert kept_by(vn) == before


def test_a_frame_with_any_flipped_bit_is_refused(world: World) -> None:
    """A frame that was changed on its way is never taken."""
    my, vn = world["MY"], world["VN"]
    sealed = frame_of(my, vn, message_of(my, vn))
    before = kept_by(vn)

    for at in range(0, len(sealed), 97):
        spoilt = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises((Malformed, Refused)):
            receive(vn.office, spoilt, peer=my.state.code, lane=Lane.PRESERVATION)

    assert kept_by(vn) == before


# --- once and in order ----------------------------------------------------------------------------


def test_a_message_that_is_replayed_a_hundred_times_has_one_effect(world: World) -> None:
    """Every copy gets the very same receipt; also after the node has started anew."""
    my, vn = world["MY"], world["VN"]
    signed = sign_message(message_of(my, vn), signers=my.state.contact_point.signers.both)
    receipts = set()
    for attempt in range(100):
        sealed = sealed_of(my, vn, signed)
        answer = receive(vn.office, sealed, peer=my.state.code, lane=Lane.PRESERVATION).answer
        receipts.add(parse_answer(answer).receipt)
        if attempt % 10 == 0:
            vn.restart()

    assert len(receipts) == 1
    (case,) = vn.machine.tables.summaries
    assert vn.case(case).version == 2


def test_a_reused_id_is_refused_and_noted_once(world: World) -> None:
    """Two envelopes under one id: evidence, and no second effect."""
    my, vn = world["MY"], world["VN"]
    first = message_of(my, vn)
    taken(my, vn, first)

    for text in ("one", "two"):
        forged = with_content(first, contents={"offence_and_facts": text})
        with pytest.raises(Refused) as caught:
            taken(my, vn, forged)
        assert caught.value.code == "message.id-reused"

    (noted,) = alarms_of(vn.office)
    assert (noted.alarm.code, noted.alarm.subject) == ("message.id-reused", "MY")
    assert noted.alarm.facts[0] == ("message", str(first.id))
    assert vn.case(first.thread).version == 2


def test_a_reused_number_is_refused_and_noted(world: World) -> None:
    """Another message with a number that is used up: the sender has forked its thread."""
    my, vn = world["MY"], world["VN"]
    first = message_of(my, vn)
    taken(my, vn, first)

    with pytest.raises(Refused) as caught:
        taken(my, vn, message_of(my, vn, thread=first.thread))

    assert caught.value.code == "thread.number-reused"
    assert [one.alarm.code for one in alarms_of(vn.office)] == ["thread.number-reused"]


def test_two_messages_of_one_number_at_the_same_time_have_one_effect(world: World) -> None:
    """While one of them is being decided on, the other one gets in: the first is refused."""
    my, vn = world["MY"], world["VN"]
    first = message_of(my, vn)
    second = evolve(message_of(my, vn), thread=first.thread)
    commit = vn.machine.journal.commit

    def overtaken(change: object) -> object:
        vn.machine.journal.commit = commit
        taken(my, vn, second)
        return commit(change)

    vn.machine.journal.commit = overtaken
    with pytest.raises(Refused) as caught:
        taken(my, vn, first)

    assert caught.value.code == "thread.number-reused"
    assert vn.case(first.thread).heard[0].message == second.id


# --- other people's cases -------------------------------------------------------------------------


def test_a_request_cannot_hold_the_clock_of_another_states_preservation(world: World) -> None:
    """MY names the preservation of IL as its own: the link is not made."""
    vn = world["VN"]
    kept = preservation(world)
    world["MY"].ask(vn, "mla_stored_data", preservation=kept)
    (mine,) = world["MY"].machine.tables.summaries
    world["MY"].act(mine, c.Approve(proposal=1), "second")
    world.quiet()

    assert stand(vn, mine) == "asked"
    assert vn.case(kept).links == ()


# --- receipts -------------------------------------------------------------------------------------


def leased_of(world: World) -> object:
    """Let IL ask VN, and return the leased row."""
    il = world["IL"]
    il.ask(world["VN"])
    (leased,) = il.machine.queue.lease_messages(
        now=world.now, until=world.now.plus(world.day), limit=1, lanes=frozenset(Lane)
    )
    return leased


def answer_of(world: World, leased: object, *, signer: str = "VN", **changes: object) -> bytes:
    """Return VN's answer, its receipt changed and signed anew."""
    vn = world["VN"]
    sealed = sealed_of(world["IL"], vn, leased.message.envelope)
    opened = open_frame(sealed, identities=vn.office.identities)
    receipt = evolve(receipt_for(opened, at=world.now), **changes)
    signed = sign_receipt(receipt, signers=world[signer].state.contact_point.signers.both)
    return encode_answer(Answer(receipt=signed, gossip=tell(vn.office, StateCode("IL"))))


@pytest.mark.parametrize(
    ("code", "signer", "changes"),
    [
        ("receipt.not-signed", "MY", {}),
        ("receipt.other-digest", "VN", {"message_sha256": Digest.of(b"other bytes")}),
        ("receipt.other-parties", "MY", {"sender": "MY/contact-point"}),
        ("receipt.other-message", "VN", {"message": "00000000-0000-4000-8000-000000000000"}),
    ],
)
def test_a_false_receipt_settles_nothing(
    world: World, code: str, signer: str, changes: dict[str, object]
) -> None:
    """The message stays in the outbox until the recipient itself has signed for these bytes."""
    leased = leased_of(world)
    kinds = {"sender": type(leased.message.recipient), "message": type(leased.message.id)}
    given = {name: kinds.get(name, lambda it: it)(value) for name, value in changes.items()}

    with pytest.raises(Refused) as caught:
        take_receipt(world["IL"].office, leased, answer_of(world, leased, signer=signer, **given))

    assert caught.value.code == code
    assert world["IL"].machine.tables.unsent


def test_a_second_receipt_that_says_otherwise_changes_nothing(world: World) -> None:
    """The first one is kept and noted; a lease that is over settles nothing any more."""
    leased = leased_of(world)
    il = world["IL"]
    take_receipt(il.office, leased, answer_of(world, leased))
    refusing = {"outcome": ReceiptOutcome.REFUSED, "code": "case.kind"}

    with pytest.raises(Refused) as caught:
        take_receipt(il.office, leased, answer_of(world, leased, **refusing))

    assert caught.value.code == "lease.stale"
    kept = open_receipt(il.machine.queue.receipt_of(leased.message.id)).receipt
    assert kept.outcome is ReceiptOutcome.ACCEPTED
    assert il.case(leased.message.thread).turned_away == ()


# --- ledgers --------------------------------------------------------------------------------------


def forked_checkpoint(world: World, size: int, text: str = "another") -> object:
    """Return a checkpoint that MY's ledger signed and that is not of its true history."""
    my = world["MY"]
    root = Digest.of(text.encode())
    head = Head(origin=my.machine.origin, size=size, root=root)
    return signed_by(head, *my.state.log, now=world.now)


def test_two_histories_of_one_ledger_are_found_at_the_next_exchange(world: World) -> None:
    """Proof, alarm, and a document that a third party verifies offline."""
    my, vn = world["MY"], world["VN"]
    taken(my, vn, message_of(my, vn))
    size = vn.machine.witnessings.recorded(my.machine.origin).size
    forged = evolve(tell(my.office, vn.state.code), checkpoint=forked_checkpoint(world, size))

    received = taken(my, vn, message_of(my, vn), gossip=forged)

    assert [alarm.code for alarm in received.alarms] == [SPLIT_VIEW]
    ((origin, proof),) = vn.machine.witnessings.evidence()
    assert origin == my.machine.origin
    verdict = verify_split_view(proof, keys=world["IL"].office.ledger_keys(my.state.code))
    assert verdict.outcome is Outcome.PASSED


def test_two_histories_shown_to_two_states_are_found_when_these_two_talk(world: World) -> None:
    """MY tells IL one history and VN another; the first message between them shows it."""
    il, my, vn = world["IL"], world["MY"], world["VN"]
    my.ask(il)
    world.quiet()
    size = il.machine.witnessings.recorded(my.machine.origin).size
    forged = evolve(tell(my.office, vn.state.code), checkpoint=forked_checkpoint(world, size))
    taken(my, vn, message_of(my, vn), gossip=forged)

    il.ask(vn)
    world.quiet()

    assert [origin for origin, _ in vn.machine.witnessings.evidence()] == [my.machine.origin]
    assert [one.alarm.subject for one in alarms_of(vn.office)] == [my.machine.origin]
    assert [origin for origin, _ in il.machine.witnessings.evidence()] == [my.machine.origin]


def test_nothing_of_a_split_ledger_is_cosigned(world: World) -> None:
    """After the proof, no cosignature of ours goes out for that ledger."""
    my, vn = world["MY"], world["VN"]
    taken(my, vn, message_of(my, vn))
    size = vn.machine.witnessings.recorded(my.machine.origin).size
    forged = evolve(tell(my.office, vn.state.code), checkpoint=forked_checkpoint(world, size))
    taken(my, vn, message_of(my, vn), gossip=forged)

    names = {line.name for line in tell(vn.office, my.state.code).seen.note.signatures}

    assert names == {my.machine.origin}


def test_a_lie_about_our_ledger_stops_nobody(world: World) -> None:
    """A larger head of ours that we never signed: only our own signature could stop us."""
    my, vn = world["MY"], world["VN"]
    head = Head(origin=vn.machine.origin, size=10**6, root=Digest.of(b"a lie"))
    lie = signed_by(head, *my.state.log)
    forged = evolve(tell(my.office, vn.state.code), seen=lie)

    received = taken(my, vn, message_of(my, vn), gossip=forged)

    assert received.outcome is ReceiptOutcome.ACCEPTED
    assert vn.machine.ledger.newest()


def test_a_node_that_was_put_back_from_an_old_backup_stops_by_itself(world: World) -> None:
    """The peer shows what we have signed before; we sign, commit and answer nothing any more."""
    il, vn = world["IL"], world["VN"]
    asked(world)
    backup = list(vn.machine.disk.records)
    asked(world)
    vn.machine.disk.records[:] = backup
    vn.restart()
    before = vn.machine.tables.tree.size
    case = il.ask(vn).case
    for _ in range(3):
        world.turn()
        world.wait(seconds=15)

    assert "ledger.behind-witness" in vn.refusals
    assert vn.case(case) is None
    assert vn.machine.tables.tree.size == before
    with pytest.raises(Unavailable) as caught:
        vn.ask(il)
    assert caught.value.code == "ledger.behind-witness"
    vn.restart()
    with pytest.raises(Unavailable):
        vn.ask(il)


# --- transfers ------------------------------------------------------------------------------------


def announced(world: World) -> tuple[CaseId, TransferId, EvidenceAnnounced]:
    """Let VN announce a package to IL, and deliver it."""
    case = stored_data(world)
    (package,) = world["IL"].case(case).packages
    return case, package.announced.transfer, package.announced


def test_only_what_was_announced_is_kept(world: World) -> None:
    """Wrong bytes, sizes and places of a known transfer: each has its code."""
    _, transfer, said = announced(world)
    office, vn = world["IL"].office, StateCode("VN")
    before = kept_by(world["IL"])
    acts = {
        "transfer.index": lambda: transfers.admit_part(office, vn, transfer, index=3, length=9),
        "transfer.size": lambda: transfers.admit_part(office, vn, transfer, index=0, length=9),
        "transfer.part-digest": lambda: transfers.keep_part(
            office, vn, transfer, bytes(64), index=0
        ),
        "transfer.list-size": lambda: transfers.keep_list(office, vn, transfer, bytes(9)),
        "transfer.list-digest": lambda: transfers.keep_list(
            office, vn, transfer, bytes(32 * said.sealed.part_count)
        ),
    }
    for code, act in acts.items():
        with pytest.raises(LongBienError) as caught:
            act()
        assert caught.value.code == code
    with pytest.raises(Malformed, match="bytes that were announced"):
        transfers.keep_header(office, vn, transfer, b"another header")
    with pytest.raises(Refused, match="announced"):
        transfers.admit_header(office, vn, transfer, length=1)
    with pytest.raises(Refused, match="announced"):
        transfers.admit_list(office, vn, transfer, length=1)
    assert kept_by(world["IL"]) == before


def test_a_package_that_does_not_fit_is_not_announced_to_us(world: World) -> None:
    """Room is asked for when it is announced: the message waits at the sender's."""
    il, vn = world["IL"], world["VN"]
    case = asked(world, "mla_stored_data")
    il.machine.vault.capacity = 100
    vn.act(case, c.Accept())
    sealed = put_object(vn)
    said = EvidenceAnnounced(
        package=vn.office.new_package_id(),
        transfer=vn.office.new_transfer_id(),
        sealed=sealed,
        exhibits=1,
        use_limits=(),
    )
    world.quiet()
    forged = message_of(vn, il, said, kind="mla_stored_data", thread=case, sequence=2)

    with pytest.raises(Unavailable) as caught:
        taken(vn, il, forged)

    assert caught.value.code == "transfer.no-room"
    assert il.machine.journal.find_arrival(said.transfer) is None


# --- our own people -------------------------------------------------------------------------------


def test_one_officer_alone_lets_no_evidence_leave(world: World) -> None:
    """Neither by approving what they proposed, nor by a worker that announces too early."""
    vn = world["VN"]
    case = asked(world, "mla_stored_data")
    vn.act(case, c.Accept())
    taken_in = exhibit(vn)
    vn.act(case, c.TakeExhibit(exhibit=taken_in))
    package = PackageId.from_random(bytes(16))
    propose = c.ProposeRelease(
        package=package, exhibits=("E1",), legal_basis=("UNCC",), safeguards=SAFE
    )
    vn.act(case, propose)

    with pytest.raises(Refused) as caught:
        vn.act(case, c.ApproveRelease(package=package, reasons=WHY))
    assert caught.value.code == "officer.four-eyes"
    with pytest.raises(Refused) as caught:
        work.note_packed(
            vn.office,
            case,
            package,
            transfer=vn.office.new_transfer_id(),
            sealed=taken_in.sealed,
        )
    assert caught.value.code == "release.not-approved"
    with pytest.raises(Refused) as caught:
        work.get_release(vn.office, case, package)
    assert caught.value.code == "release.not-approved"
    assert [row.kind for row in vn.machine.queue.unsent()] == [MessageKind.ACCEPTANCE]


def test_the_first_word_in_a_thread_must_open_a_case(world: World) -> None:
    """A request that nobody could have sent in that thread is refused, and used up."""
    my, vn = world["MY"], world["VN"]
    opening = message_of(my, vn)
    taken(my, vn, opening)

    again = taken(my, vn, message_of(my, vn, REQUEST, thread=opening.thread, sequence=2))

    assert again.code == "transition.refused"
    assert vn.machine.journal.numbers(opening.thread, my.state.code).received == 2
