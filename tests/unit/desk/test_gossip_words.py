"""Words that are said again, and heard again: what a busy exchange is spared, and what never."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from attrs import evolve

from longbien.desk import office as office_module
from longbien.desk.gossip import SPLIT_VIEW, learn, tell
from longbien.desk.office import Said, Settings
from longbien.exercise.world import Node, World
from longbien.ledger.checkpoints import Head
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Unavailable
from longbien.primitives.ids import StateCode

IL, VN = StateCode("IL"), StateCode("VN")


@pytest.fixture
def world() -> World:
    """Return two States that say one word for ten seconds."""
    world = World("IL", "VN")
    for node in world.nodes.values():
        node.tuned(settings=Settings(gossip_every=timedelta(seconds=10)))
    return world


def talk(one: Node, other: Node) -> None:
    """Let one node's gossip reach another."""
    learn(other.office, one.state.code, tell(one.office, other.state.code))


def steps(node: Node) -> int:
    """Return how much was made durable."""
    return len(node.machine.disk.records)


def another_first(act: Callable[[], object]) -> Callable[[Hashable], AbstractContextManager[None]]:
    """Return an office's ``alone`` for which one must wait until another thread has acted."""
    acting: list[Hashable] = []

    @contextmanager
    def alone(what: Hashable) -> Iterator[None]:
        if not acting:
            acting.append(what)
            act()
            acting.clear()
        yield

    return alone


def test_whoever_waited_says_the_word_that_was_composed_meanwhile(world: World) -> None:
    """Eight threads whose word has grown old compose one new word and not eight."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    composed: list[Said] = []

    def compose() -> None:
        tell(il.office, VN)
        composed.append(il.office.said[VN])

    il.tuned(alone=another_first(compose))
    gossip = tell(il.office, VN)

    assert gossip == composed[0].gossip
    assert il.office.said[VN] is composed[0]


def test_whoever_waited_finds_the_word_judged(world: World) -> None:
    """Eight answers that bring one new word write what it tells once."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    talk(il, vn)
    il.ask(vn)
    talk(il, vn)
    word = tell(vn.office, IL)
    written: list[int] = []

    def judge() -> None:
        learn(il.office, VN, word)
        written.append(steps(il))

    before = steps(il)
    il.tuned(alone=another_first(judge))
    learnt = learn(il.office, VN, word)

    assert learnt.told is not None
    assert before < written[0] == steps(il)


@pytest.mark.parametrize("part", ["own", "view"])
def test_a_receipt_waits_for_nobody_who_judges_its_word(world: World, part: str) -> None:
    """Seven threads go on to their next message while one takes the word in."""
    il, vn = world["IL"], world["VN"]
    for _ in range(2):
        il.ask(vn)
        talk(il, vn)
    word = tell(vn.office, IL)
    hurried: list[tuple[Head | None, int]] = []

    @contextmanager
    def alone(what: Hashable) -> Iterator[None]:
        if isinstance(what, tuple) and what[0] == part and not hurried:
            hurried.append((None, 0))
            before = steps(il)
            told = learn(il.office, VN, word, waits=False).told
            hurried.append((told, steps(il) - before))
        yield

    il.tuned(alone=alone)
    learnt = learn(il.office, VN, word)

    told, written = hurried[-1]
    assert learnt.told is not None
    assert (told, written) == (learnt.told, 0) if part == "view" else told is None
    assert not il.office.judging


def test_one_word_serves_until_its_time_is_over(world: World) -> None:
    """It bears the time of each attempt; at the limit itself it is composed anew."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    first = tell(il.office, VN)
    il.ask(vn)

    world.wait(seconds=9)
    again = tell(il.office, VN)
    world.wait(seconds=1)
    after = tell(il.office, VN)

    assert again == evolve(first, at=first.at.plus(timedelta(seconds=9)))
    assert after.checkpoint == il.machine.ledger.newest() != first.checkpoint


def test_without_a_span_each_message_has_its_own_word(world: World) -> None:
    """As it is unless the node sets one; nothing is remembered then."""
    il, vn = world["IL"], world["VN"]
    il.tuned(settings=Settings())
    il.ask(vn)
    tell(il.office, VN)
    il.ask(vn)

    assert tell(il.office, VN).checkpoint == il.machine.ledger.newest()
    assert il.office.said == {}


def test_a_clock_that_was_set_back_makes_a_new_word(world: World) -> None:
    """A word of the future is not said again for hours."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    tell(il.office, VN)
    il.ask(vn)
    il.skew = timedelta(seconds=-1)

    assert tell(il.office, VN).checkpoint == il.machine.ledger.newest()


def test_a_word_is_said_again_only_if_it_proves_from_what_was_shown(world: World) -> None:
    """An answer must continue the head that its question shows."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    shown = il.machine.ledger.newest().checkpoint.head
    first = tell(il.office, VN)
    il.ask(vn)

    answer = tell(il.office, VN, told=shown)

    assert (first.consistency, answer.consistency.old_size) == (None, shown.size)
    il.ask(vn)
    assert tell(il.office, VN, told=shown) == answer
    assert tell(il.office, VN) == answer
    assert tell(il.office, VN, told=answer.checkpoint.checkpoint.head) != answer


def test_a_word_that_is_heard_again_writes_nothing(world: World) -> None:
    """It was judged, and is on the disk; what it tells of our own ledger is told again."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    talk(il, vn)
    word = tell(vn.office, IL)
    first = learn(il.office, VN, word)
    before = steps(il)

    again = learn(il.office, VN, word)

    assert steps(il) == before
    assert again == first
    assert again.told is not None


def test_a_copy_that_was_put_back_stops_at_a_word_it_has_heard(world: World) -> None:
    """A head of ours is held against our tree each time: fewer entries, or another root."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    talk(il, vn)
    word = tell(vn.office, IL)
    learn(il.office, VN, word)
    il.machine.tables.tree.entries.pop()  # the same process, an older tree
    tell(il.office, VN)

    with pytest.raises(Unavailable) as caught:
        learn(il.office, VN, word)

    assert caught.value.code == "ledger.behind-witness"
    assert il.office.said == {}


def test_another_root_stops_at_a_word_it_has_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size alone would not show it."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    talk(il, vn)
    word = tell(vn.office, IL)
    learn(il.office, VN, word)
    monkeypatch.setattr(il.machine.ledger, "root_at", lambda _size: Digest.of(b"another"))

    with pytest.raises(Unavailable) as caught:
        learn(il.office, VN, word)

    assert caught.value.code == "ledger.behind-witness"


def test_a_word_is_judged_again_while_a_question_is_open(world: World) -> None:
    """What was good news once is no answer to what is asked now, and is counted."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    word = tell(il.office, VN)
    learn(vn.office, IL, word)
    origin = il.machine.origin
    il.ask(vn)
    world.wait(seconds=20)
    learn(vn.office, IL, evolve(tell(il.office, VN), consistency=None))
    asked = vn.machine.witnessings.question(origin)
    shown = vn.machine.witnessings.recorded(origin)
    assert asked.asked == 0

    learn(vn.office, IL, evolve(word, consistency=None), shown=shown)

    assert vn.machine.witnessings.question(origin) is None  # the very head that was asked about


def test_two_histories_are_found_in_the_first_exchange_that_shows_the_second(world: World) -> None:
    """However young the last word is: other bytes are judged in full, and ours is taken back."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    talk(il, vn)
    assert tell(vn.office, IL).seen is not None
    assert IL in vn.office.said
    il.machine.disk.records.clear()
    il.restart()
    il.ask(vn)

    learnt = learn(vn.office, IL, tell(il.office, VN))

    assert [one.code for one in learnt.alarms] == [SPLIT_VIEW]
    assert vn.office.said == {}
    assert len(tell(vn.office, IL).seen.note.signatures) == 2  # no cosignature of ours


def test_a_head_that_could_not_be_recorded_is_not_taken_for_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others were quicker each time: the next exchange judges it again."""
    il, vn = world["IL"], world["VN"]
    il.ask(vn)
    word = tell(il.office, VN)
    monkeypatch.setattr(vn.machine.witnessings, "record", lambda *_, **__: False)
    learn(vn.office, IL, word)
    assert vn.office.heard == {}
    monkeypatch.undo()

    learn(vn.office, IL, word)

    assert vn.machine.witnessings.recorded(il.machine.origin) is not None


def test_only_so_many_words_are_remembered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then all are forgotten: the worst that happens is judging again."""
    office = world["IL"].office
    monkeypatch.setattr(office_module, "_KEPT_WORDS", 2)
    head = Head(origin="a", size=1, root=Digest.of(b""))
    for word in ("one", "two", "three"):
        office.remember((word,), head)

    assert list(office.heard) == [("three",)]
