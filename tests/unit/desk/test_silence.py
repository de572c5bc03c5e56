"""Negative evidence."""

from datetime import timedelta

import pytest

from longbien.channel.envelope import read_document
from longbien.channel.message import Lane
from longbien.channel.outbound import MAX_SILENCE, SILENCE_TYPE, overdue_at, parse_silence
from longbien.desk.ports import LeasedMessage
from longbien.desk.silence import silences_of, state_silence
from longbien.exercise.world import World
from longbien.primitives.digest import Digest
from longbien.trust.dsse import require_hybrid


@pytest.fixture
def world() -> World:
    """Return a world in which VN does not answer IL."""
    world = World("IL", "VN")
    world["IL"].ask(world["VN"])
    world["VN"].power_off()
    return world


def leased(world: World) -> LeasedMessage:
    """Return the row that waits."""
    now = world.now
    (row,) = world["IL"].machine.queue.lease_messages(
        now=now, until=now.plus(timedelta(seconds=1)), limit=9, lanes=frozenset(Lane)
    )
    return row


def test_silence_is_stated_when_it_is_overdue_and_once(world: World) -> None:
    """Signed by the sender, kept with the case, for this message once."""
    il, vn = world["IL"], world["VN"]
    row = leased(world)
    assert state_silence(il.office, row) is None
    il.machine.queue.postpone(row, until=world.now, code="peer.silent", failed=row.attempts)
    world.wait(minutes=10)
    row = leased(world)

    document = state_silence(il.office, row)

    read = read_document(document, payload_type=SILENCE_TYPE, max_payload=MAX_SILENCE)
    require_hybrid(read, world.book.find_signing_keys(il.authority, world.now))
    silence = parse_silence(read.payload)
    assert (silence.message, silence.sender, silence.recipient) == (
        row.message.id,
        il.authority,
        vn.authority,
    )
    assert silence.message_sha256 == Digest.of(row.message.envelope)
    assert silence.due_at == overdue_at(row.message.created_at, Lane.PRESERVATION)
    assert (silence.attempts, silence.stated_at) == (2, world.now)
    assert silences_of(il.office, row.message.thread) == (document,)
    assert state_silence(il.office, row) is None


def test_another_message_of_the_case_is_stated_for_itself(world: World) -> None:
    """Each message has its own clock."""
    il, vn = world["IL"], world["VN"]
    vn.restart()
    world.quiet()
    (case,) = il.machine.tables.summaries
    vn.power_off()
    documents = []
    for _ in range(2):
        il.ask(vn)
        world.wait(minutes=11)
        now = world.now
        rows = il.machine.queue.lease_messages(
            now=now, until=now.plus(timedelta(seconds=1)), limit=9, lanes=frozenset(Lane)
        )
        documents += [state_silence(il.office, row) for row in rows]

    assert len([one for one in documents if one]) == 2
    assert silences_of(il.office, case) == ()
