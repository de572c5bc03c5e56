"""Calls that may come twice."""

import pytest
from attrs import evolve

from longbien.casework import commands as c
from longbien.desk.acting import act, open_case
from longbien.desk.calls import MAX_KEY, Call, find_done
from longbien.exercise.world import World
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused

CALL = Call(scope="token 1", key="a-key", request_sha256=Digest.of(b"acknowledge"))


@pytest.fixture
def world() -> World:
    """Return a world in which VN was asked."""
    world = World("IL", "VN")
    world["IL"].ask(world["VN"])
    world.quiet()
    return world


def test_a_call_that_comes_twice_is_answered_alike_and_done_once(world: World) -> None:
    """Case, version, messages and warnings are the same; only the repeat says that it is one."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    first = act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL)

    second = act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL)

    assert not first.is_repeated
    assert second == evolve(first, is_repeated=True)
    assert (first.case, first.version, len(first.messages)) == (case, 3, 1)
    assert vn.case(case).version == 3


def test_the_answer_outlives_the_process(world: World) -> None:
    """It was committed with what it answers."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    first = act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL)
    vn.restart()

    assert find_done(vn.office, CALL) == evolve(first, is_repeated=True)


def test_opening_a_case_is_repeated_with_its_warnings() -> None:
    """The repeat shows what the first call was warned of."""
    world = World("IL", "VN")
    il = world["IL"]
    command = c.Ask(
        case_id=il.new_case_id(),
        kind="preservation",
        peer=world["VN"].authority,
        contents=(),
        legal_basis=("UNCC",),
    )
    first = open_case(il.office, il.officer(), command, call=CALL)

    second = open_case(il.office, il.officer(), command, call=CALL)

    assert first.warnings
    assert second == evolve(first, is_repeated=True)


def test_a_key_with_another_request_is_refused(world: World) -> None:
    """Nobody gets the answer to something that they did not ask."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL)
    other = evolve(CALL, request_sha256=Digest.of(b"refuse"))

    with pytest.raises(Refused) as caught:
        act(vn.office, case, c.GiveStatus(text="x"), by=vn.officer(), call=other)

    assert caught.value.code == "call.other-request"


def test_keys_of_two_scopes_never_meet(world: World) -> None:
    """The same key of another token is another call."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL)

    assert find_done(vn.office, evolve(CALL, scope="token 2")) is None


def test_a_call_without_a_key_is_always_new(world: World) -> None:
    """No key, no answer of an earlier time."""
    assert find_done(world["VN"].office, None) is None


def test_two_calls_at_the_same_time_are_one(world: World) -> None:
    """The one that loses the race gets the winner's answer."""
    vn = world["VN"]
    (case,) = vn.machine.tables.summaries
    commit = vn.machine.journal.commit
    first = []

    def overtaken(change: object) -> object:
        vn.machine.journal.commit = commit
        first.append(act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL))
        return commit(change)

    vn.machine.journal.commit = overtaken
    second = act(vn.office, case, c.Acknowledge(), by=vn.officer(), call=CALL)

    assert second == evolve(first[0], is_repeated=True)


@pytest.mark.parametrize("key", ["", "a b", "é", "a\n", "k" * (MAX_KEY + 1)])
def test_a_key_of_another_form_is_malformed(key: str) -> None:
    """Visible ASCII, and not too long."""
    with pytest.raises(Malformed) as caught:
        evolve(CALL, key=key)

    assert caught.value.code == "call.key"


def test_the_longest_key_is_taken() -> None:
    """The limit itself is allowed."""
    assert evolve(CALL, key="k" * MAX_KEY).key == "k" * MAX_KEY
