"""Cosign the ledgers of others: decide, make durable, sign."""

import pytest

from ledger_cast import signed_by
from longbien.desk.gossip import SPLIT_VIEW
from longbien.desk.office import Settings
from longbien.desk.records import alarms_of
from longbien.desk.witness import TEXT, witness
from longbien.exercise.world import Node, World
from longbien.ledger.checkpoints import Head
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.notes import parse_signature_line
from longbien.ledger.witness import (
    SIZE_CONTENT_TYPE,
    AddCheckpoint,
    Status,
    encode_add_checkpoint,
)
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Unavailable


@pytest.fixture
def world() -> World:
    """Return two States; IL's ledger has entries."""
    world = World("IL", "VN")
    world["IL"].ask(world["VN"])
    return world


def request_of(node: Node, *, old: int = 0) -> bytes:
    """Return what a node's ledger posts to be cosigned."""
    ledger = node.machine.ledger
    proof = ledger.consistency(old_size=old, new_size=ledger.size())
    return encode_add_checkpoint(AddCheckpoint(old_size=old, proof=proof, signed=ledger.newest()))


def test_a_checkpoint_is_recorded_and_then_cosigned(world: World) -> None:
    """With both keys; the note is kept, so that a contradiction could be shown."""
    il, vn = world["IL"], world["VN"]

    answer = witness(vn.office, request_of(il), peer=il.state.code)

    assert (answer.status, answer.reason, answer.media_type) == (
        Status.COSIGNED,
        "witness.cosigned",
        TEXT,
    )
    checkpoint = il.machine.ledger.newest().checkpoint
    assert vn.machine.witnessings.recorded(il.machine.origin) == checkpoint.head
    assert vn.machine.witnessings.recorded_note(il.machine.origin)
    lines = [parse_signature_line(row) for row in answer.body.splitlines()]
    keys = vn.office.witness_keys(vn.state.code)
    for key, line in zip(keys, lines, strict=True):
        assert verify_line(key=key, checkpoint=checkpoint, signature=line).is_valid


def test_a_grown_ledger_is_cosigned_by_its_proof(world: World) -> None:
    """From the size that was recorded."""
    il, vn = world["IL"], world["VN"]
    witness(vn.office, request_of(il), peer=il.state.code)
    il.ask(vn)

    answer = witness(vn.office, request_of(il, old=3), peer=il.state.code)

    assert answer.status is Status.COSIGNED
    assert vn.machine.witnessings.recorded(il.machine.origin).size == 6


def test_an_old_size_that_is_not_ours_is_told_ours(world: World) -> None:
    """409, with the size, as C2SP says."""
    il, vn = world["IL"], world["VN"]
    witness(vn.office, request_of(il), peer=il.state.code)
    il.ask(vn)

    answer = witness(vn.office, request_of(il), peer=il.state.code)

    assert (answer.status, answer.media_type, answer.body) == (
        Status.CONFLICT,
        SIZE_CONTENT_TYPE,
        b"3\n",
    )
    assert not answer.is_evidence


def test_bytes_that_are_no_request_are_bad(world: World) -> None:
    """400, with the code of what is wrong."""
    answer = witness(world["VN"].office, b"old one\n", peer=world["IL"].state.code)

    assert (answer.status, answer.reason) == (Status.BAD_REQUEST, "witness.malformed")
    assert answer.body == b"ledger.add-checkpoint\n"


def test_a_ledger_is_cosigned_for_its_own_state_only(world: World) -> None:
    """VN cannot have IL's checkpoint cosigned; nobody is told why."""
    il, vn = world["IL"], world["VN"]

    answer = witness(il.office, request_of(il), peer=vn.state.code)

    assert (answer.status, answer.reason) == (Status.UNKNOWN_LOG, "witness.log-unknown")


def test_two_roots_of_one_size_are_kept_as_proof_and_nothing_more_is_cosigned(
    world: World,
) -> None:
    """422 and an alarm; from then on 403, whatever is shown."""
    il, vn = world["IL"], world["VN"]
    witness(vn.office, request_of(il), peer=il.state.code)
    head = Head(origin=il.machine.origin, size=3, root=Digest.of(b"another history"))
    forged = signed_by(head, *il.state.log, now=world.now)
    request = encode_add_checkpoint(AddCheckpoint(old_size=3, proof=(), signed=forged))

    answer = witness(vn.office, request, peer=il.state.code)

    assert (answer.status, answer.is_evidence) == (Status.UNPROCESSABLE, True)
    assert [origin for origin, _ in vn.machine.witnessings.evidence()] == [il.machine.origin]
    assert [one.alarm.code for one in alarms_of(vn.office)] == [SPLIT_VIEW]
    il.ask(vn)
    again = witness(vn.office, request_of(il, old=3), peer=il.state.code)
    assert (again.status, again.reason) == (Status.FORBIDDEN, "witness.split-view")
    assert vn.machine.witnessings.recorded(il.machine.origin).size == 3


def test_a_lost_race_is_decided_anew(world: World) -> None:
    """Somebody else recorded the head in between: the old size no longer fits."""
    il, vn = world["IL"], world["VN"]
    record = vn.machine.witnessings.record

    def overtaken(*facts: object, **named: object) -> bool:
        vn.machine.witnessings.record = record
        witness(vn.office, request_of(il), peer=il.state.code)
        return record(*facts, **named)

    vn.machine.witnessings.record = overtaken
    answer = witness(vn.office, request_of(il), peer=il.state.code)

    assert answer.status is Status.CONFLICT


def test_a_race_that_is_always_lost_ends(world: World) -> None:
    """The other node is told to come back."""
    il, vn = world["IL"], world["VN"]
    vn.machine.witnessings.record = lambda *_facts, **_named: False
    vn.tuned(settings=Settings(attempts=2))

    with pytest.raises(Unavailable) as caught:
        witness(vn.office, request_of(il), peer=il.state.code)

    assert caught.value.code == "desk.too-busy"


def test_nothing_is_signed_that_is_not_durable(world: World) -> None:
    """A disk that fails: no cosignature."""
    il, vn = world["IL"], world["VN"]
    vn.machine.disk.sync_fails = True

    with pytest.raises(Unavailable) as caught:
        witness(vn.office, request_of(il), peer=il.state.code)

    assert caught.value.code == "store.stopped"
