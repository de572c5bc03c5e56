"""Tell and learn."""

import pytest
from attrs import evolve

from desk_stories import asked
from ledger_cast import signed_by
from longbien.channel.gossip import MAX_ASKED
from longbien.channel.wire import MAX_OTHERS
from longbien.desk.gossip import (
    PROOF_REFUSED,
    SPLIT_VIEW,
    learn,
    learn_checkpoint,
    learn_recalled,
    recall,
    tell,
)
from longbien.desk.records import alarms_of
from longbien.exercise.forge import message_of, taken
from longbien.exercise.world import Node, World
from longbien.ledger.checkpoints import Head, parse_signed_checkpoint
from longbien.ledger.tree import verify_consistency
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode

IL, MY, VN = StateCode("IL"), StateCode("MY"), StateCode("VN")


@pytest.fixture
def world() -> World:
    """Return three States."""
    return World("IL", "MY", "VN")


def talk(one: Node, other: Node) -> None:
    """Let one node's gossip reach another."""
    learn(other.office, one.state.code, tell(one.office, other.state.code))


def grow(node: Node) -> None:
    """Let a node's ledger grow by three."""
    peer = next(one for one in node.world.nodes.values() if one is not node)
    node.ask(peer)


def test_the_first_word_has_nothing_to_prove(world: World) -> None:
    """Our newest checkpoint, and nothing that nobody has asked for."""
    grow(world["IL"])
    told = tell(world["IL"].office, VN)

    assert told.at == world.now
    assert told.checkpoint == world["IL"].machine.ledger.newest()
    assert (told.consistency, told.seen, told.others) == (None, None, ())


def test_what_was_seen_is_recorded_and_cosigned_in_the_next_word(world: World) -> None:
    """The other ledger gets the cosignatures, and knows from where to prove."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)

    told = tell(vn.office, IL)

    assert told.seen.checkpoint == il.machine.ledger.newest().checkpoint
    names = [line.name for line in told.seen.note.signatures]
    assert sorted(names) == sorted([il.machine.origin] * 2 + ["longbien.vn/witness"] * 2)
    learnt = learn(il.office, VN, told)
    assert learnt.told == il.machine.ledger.newest().checkpoint.head
    assert il.machine.ledger.cosigned_by("longbien.vn/witness").size == 3


def test_growth_is_proved_from_what_the_peer_has_cosigned(world: World) -> None:
    """So that it records the new head at once."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    talk(vn, il)
    old = il.machine.ledger.newest().checkpoint.head
    grow(il)

    told = tell(il.office, VN)

    shown, new = told.consistency, told.checkpoint.checkpoint.head
    assert (shown.old_size, shown.old_root) == (3, old.root)
    assert verify_consistency(
        old_size=3,
        new_size=6,
        proof=shown.proof,
        old_root=old.root.raw,
        new_root=new.root.raw,
    )
    learn(vn.office, IL, told)
    assert vn.machine.witnessings.recorded(il.machine.origin) == new


def test_growth_without_a_proof_is_asked_about_and_not_recorded(world: World) -> None:
    """The answer of the same exchange tells the log from where; then it is recorded."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    grow(il)  # IL has not heard what VN has seen
    talk(il, vn)
    assert vn.machine.witnessings.recorded(il.machine.origin).size == 3
    question = vn.machine.witnessings.question(il.machine.origin)
    assert question.asked == 0
    # the log shall prove from where we stand
    assert parse_signed_checkpoint(question.note).checkpoint.head.size == 3

    talk(vn, il)
    talk(il, vn)

    assert vn.machine.witnessings.recorded(il.machine.origin).size == 6
    assert vn.machine.witnessings.question(il.machine.origin) is None


def test_an_answer_proves_from_what_the_question_has_just_shown(world: World) -> None:
    """In one exchange, without any memory of what was cosigned."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    grow(il)
    shown = tell(vn.office, IL).seen.checkpoint.head

    told = tell(il.office, VN, told=shown)

    assert told.consistency.old_size == 3
    learn(vn.office, IL, told)
    assert vn.machine.witnessings.recorded(il.machine.origin).size == 6


def test_a_log_that_never_proves_is_told_to_people(world: World) -> None:
    """After so many exchanges; a suspicion, once."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    grow(il)
    shown = vn.machine.witnessings.recorded(il.machine.origin)
    unproven = evolve(tell(il.office, VN), consistency=None)
    alarms = [learn(vn.office, IL, unproven, shown=shown).alarms for _ in range(MAX_ASKED + 3)]

    assert [one.code for each in alarms for one in each] == [PROOF_REFUSED]
    assert [bool(each) for each in alarms].index(True) == MAX_ASKED
    assert vn.machine.witnessings.question(il.machine.origin).asked == MAX_ASKED
    assert [one.alarm.subject for one in alarms_of(vn.office)] == [il.machine.origin]


def test_what_crosses_a_question_is_no_refusal(world: World) -> None:
    """A busy peer tells before it was asked: that is counted against nobody."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    grow(il)
    unproven = evolve(tell(il.office, VN), consistency=None)
    alarms = [learn(vn.office, IL, unproven).alarms for _ in range(MAX_ASKED + 3)]

    assert alarms == [()] * (MAX_ASKED + 3)
    assert vn.machine.witnessings.question(il.machine.origin).asked == 0


def test_an_honest_fork_proves_itself(world: World) -> None:
    """A log put back from a backup answers honestly, and so shows both histories."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    # IL is put back to nothing, grows anew, and does not know what VN has seen
    il.machine.disk.records.clear()
    il.restart()
    grow(il)
    grow(il)
    learn(vn.office, IL, tell(il.office, VN))
    assert vn.machine.witnessings.question(il.machine.origin)
    honest = tell(il.office, VN, told=il.machine.ledger.head_at(3))

    learnt = learn(vn.office, IL, honest)

    assert [alarm.code for alarm in learnt.alarms] == [SPLIT_VIEW]
    assert learnt.alarms[0].facts == (("state", "IL"),)


def test_an_answer_can_prove_two_histories(world: World) -> None:
    """What a third State has seen is asked about, and the log's honest answer contradicts it."""
    il, my, vn = world["IL"], world["MY"], world["VN"]
    grow(my)
    grow(my)
    talk(my, vn)
    forged = signed_by(
        Head(origin=my.machine.origin, size=3, root=Digest.of(b"other")), *my.state.log
    )
    learn(vn.office, IL, evolve(tell(il.office, VN), others=(forged,)))
    question = vn.machine.witnessings.question(my.machine.origin)
    assert question.note
    honest = tell(my.office, VN, told=my.machine.ledger.head_at(3))

    learnt = learn(vn.office, MY, honest)

    assert [alarm.code for alarm in learnt.alarms] == [SPLIT_VIEW]


def test_what_third_states_show_is_passed_on() -> None:
    """IL tells VN what it has seen of MY, and VN records it; there is a fourth State too."""
    world = World("AA", "IL", "MY", "VN")
    il, my, vn = world["IL"], world["MY"], world["VN"]
    grow(my)
    talk(my, il)

    talk(il, vn)

    assert vn.machine.witnessings.recorded(my.machine.origin).size == 3
    assert [one.checkpoint.head.origin for one in tell(vn.office, IL).others] == [my.machine.origin]
    # nobody is told of their own ledger as of a third State's
    assert [one.checkpoint.head.origin for one in tell(vn.office, MY).others] == [il.machine.origin]


def test_nobody_speaks_for_a_ledger_that_is_not_in_the_directory(world: World) -> None:
    """Unknown origins, and the listener's own, are passed over."""
    il, vn = world["IL"], world["VN"]
    unknown = signed_by(
        Head(origin="longbien.xx/node", size=1, root=Digest.of(b"x")), *il.state.log
    )
    grow(vn)
    others = (unknown, vn.machine.ledger.newest())

    learnt = learn(vn.office, IL, evolve(tell(il.office, VN), others=others))

    assert learnt.alarms == ()
    assert vn.machine.tables.seen.keys() == {il.machine.origin}


def test_a_checkpoint_that_its_log_has_not_signed_says_nothing(world: World) -> None:
    """It is neither recorded nor asked about."""
    il, my, vn = world["IL"], world["MY"], world["VN"]
    grow(il)
    bare = signed_by(il.machine.ledger.newest().checkpoint, *my.state.log)

    assert learn_checkpoint(vn.office, IL, bare) == ()
    assert vn.machine.witnessings.recorded(il.machine.origin) is None


def test_a_head_that_somebody_else_recorded_meanwhile_is_judged_again(world: World) -> None:
    """The race is run again, on what is recorded by then."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    gossip = tell(il.office, VN)
    record = vn.machine.witnessings.record

    def overtaken(*facts: object, **named: object) -> bool:
        vn.machine.witnessings.record = record
        learn(vn.office, IL, gossip)
        return record(*facts, **named)

    vn.machine.witnessings.record = overtaken
    learn(vn.office, IL, gossip)

    assert vn.machine.witnessings.recorded(il.machine.origin).size == 3


def test_a_race_that_is_always_lost_records_nothing_and_ends(world: World) -> None:
    """The next exchange brings the same again."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    vn.machine.witnessings.record = lambda *_facts, **_named: False

    assert learn(vn.office, IL, tell(il.office, VN)).alarms == ()
    assert vn.machine.witnessings.recorded(il.machine.origin) is None


def test_more_third_states_than_fit_take_turns() -> None:
    """Within some minutes everybody's checkpoint was told."""
    codes = ["AA", "BB", "CC", "DD", "EE", "FF"]
    world = World("IL", "VN", *codes)
    il = world["IL"]
    for code in codes:
        grow(world[code])
        talk(world[code], il)
    told = set()
    for _ in range(len(codes) + 1):
        others = tell(il.office, VN).others
        assert len(others) == MAX_OTHERS
        told |= {one.checkpoint.head.origin for one in others}
        world.wait(minutes=1)

    assert len(told) == len(codes)


def test_what_a_peer_shows_of_our_ledger_and_is_not_ours_is_passed_over(world: World) -> None:
    """A head that we have not signed: no proof is given from it."""
    il, vn = world["IL"], world["VN"]
    grow(vn)
    lie = signed_by(Head(origin=vn.machine.origin, size=2, root=Digest.of(b"a lie")), *il.state.log)
    learnt = learn(vn.office, IL, evolve(tell(il.office, VN), seen=lie))

    assert learnt.told is None


def test_another_history_of_our_own_ledger_stops_us_for_good(world: World) -> None:
    """We have signed another root for a size that we have passed: people must decide."""
    il, vn = world["IL"], world["VN"]
    grow(vn)
    other = signed_by(
        Head(origin=vn.machine.origin, size=2, root=Digest.of(b"other")), *vn.state.log
    )

    with pytest.raises(Unavailable) as caught:
        learn(vn.office, IL, evolve(tell(il.office, VN), seen=other))

    assert caught.value.code == "ledger.behind-witness"
    with pytest.raises(Unavailable):
        vn.ask(il)
    with pytest.raises(Unavailable):
        tell(vn.office, IL)


def test_a_node_that_was_put_back_goes_on_when_it_has_caught_up(world: World) -> None:
    """It holds the very head again: nothing is lost, nothing stops it."""
    il, vn = world["IL"], world["VN"]
    asked(world)
    whole = list(vn.machine.disk.records)
    head = vn.machine.ledger.newest().checkpoint.head
    vn.machine.ledger.behind("IL", evolve(head, size=head.size))

    assert vn.machine.ledger.newest().checkpoint.head == head
    vn.machine.disk.records[:] = whole[:1]
    vn.restart()
    seen = il.machine.witnessings.recorded(vn.machine.origin)
    vn.machine.ledger.behind("IL", seen)
    with pytest.raises(Unavailable):
        vn.machine.ledger.newest()
    vn.machine.disk.records[:] = whole
    vn.restart()
    assert taken(il, vn, message_of(il, vn)).code == ""


def test_a_question_goes_out_without_a_cosignature(world: World) -> None:
    """We ask with the log's own words; only what is recorded is ever cosigned."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    older = tell(il.office, VN)
    grow(il)
    talk(il, vn)
    learn(vn.office, IL, older)

    told = tell(vn.office, IL)

    assert told.seen.checkpoint.head.size == 3
    assert {line.name for line in told.seen.note.signatures} == {il.machine.origin}
    learnt = learn(il.office, VN, told)
    assert learnt.told.size == 3
    assert il.machine.ledger.cosigned_by("longbien.vn/witness") is None


def test_one_proof_of_two_histories_is_kept(world: World) -> None:
    """However many roots a ledger makes up."""
    il, vn = world["IL"], world["VN"]
    grow(il)
    talk(il, vn)
    alarms = []
    for text in (b"one", b"two"):
        head = Head(origin=il.machine.origin, size=3, root=Digest.of(text))
        alarms += learn_checkpoint(vn.office, IL, signed_by(head, *il.state.log))

    assert len(list(vn.machine.witnessings.evidence())) == 1
    assert [alarm.code for alarm in alarms] == [SPLIT_VIEW]


def test_a_peer_recalls_what_it_has_seen_of_our_ledger(world: World) -> None:
    """A node put back from an old copy learns by it that it must sign nothing."""
    il, vn = world["IL"], world["VN"]
    assert recall(vn.office, IL) == b""
    grow(il)
    talk(il, vn)
    note = recall(vn.office, IL)
    learn_recalled(il.office, VN, note)  # it is what we hold: nothing happens
    il.machine.disk.records.clear()
    il.restart()

    with pytest.raises(Unavailable) as caught:
        learn_recalled(il.office, VN, note)

    assert caught.value.code == "ledger.behind-witness"
    with pytest.raises(Unavailable):
        il.office.ledger.newest()
