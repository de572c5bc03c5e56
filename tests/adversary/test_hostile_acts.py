"""Each hostile act is refused with a code, on record, without effect on others, at a bounded cost.

The table is in ``tests/hostile``; ``docs/hostile-acts.md`` is made from it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from hostile import measures
from hostile.acts import ACTS
from hostile.elsewhere import ELSEWHERE
from hostile.registry import HEAD, Act, Bound, Kept
from hostile.stage import Identities, Stage
from hostile.table import document
from hostile.trial import run
from longbien.casework import commands as c
from longbien.exercise.states import make_book
from outside import REPOSITORY

_CODES = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    """Make the nodes' certificates once."""
    return Identities(tmp_path_factory.mktemp("identities"))


@pytest.fixture
def stage(identities: Identities, socket_enabled: None) -> Iterator[Stage]:
    """Open one evening."""
    del socket_enabled
    made = Stage(identities)
    yield made
    made.close()


@pytest.mark.parametrize("name", ACTS)
def test_a_hostile_act_is_refused(name: str, identities: Identities, socket_enabled: None) -> None:
    """Code, record, no effect on honest people before and after it, and a bound on the work."""
    del socket_enabled

    assert run(ACTS[name], identities).faults == ()


# --- the judge of the acts can fail ---------------------------------------------------------------


def judged(identities: Identities, **changes: object) -> str:
    """Return what is found wrong with an act that was changed."""
    act = evolve(ACTS["path.no-such-path"], **changes)
    return " ".join(run(act, identities).faults)


def asks_honestly(stage: Stage) -> str:
    """Do nothing wrong."""
    return stage.send(stage.message())


def meddles(stage: Stage) -> str:
    """Change a case of an honest State, as no hostile State can."""
    (case,) = stage.protected
    stage.vn.act(case, c.Acknowledge())
    return ACTS["path.no-such-path"].do(stage)


def closes_the_door(stage: Stage) -> str:
    """Have an honest State forgotten, as no hostile State can."""
    code = ACTS["path.no-such-path"].do(stage)
    stage.vn.believes(make_book(stage.my.state, stage.vn.state))
    return code


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"code": "peer.method"}, "refused with 'peer.no-such-path', not with 'peer.method'"),
        ({"noted": "peer.method"}, "not in the audit trail"),
        ({"kept": Kept.ALARM}, "no alarm was noted"),
        ({"kept": Kept.STRANGER}, "not in the audit trail"),
        ({"do": asks_honestly}, "refused with ''"),
        ({"do": meddles}, "a case of an honest State has changed"),
        (
            {"do": closes_the_door},
            "an honest request after it was refused: directory.unknown-state",
        ),
        ({"bound": evolve(HEAD, octets=1)}, "too much work: octets"),
    ],
)
def test_a_broken_promise_is_noticed(
    changes: dict[str, object], fault: str, identities: Identities, socket_enabled: None
) -> None:
    """A judge that could not fail would prove nothing."""
    del socket_enabled

    assert fault in judged(identities, **changes)


def test_work_is_counted(stage: Stage) -> None:
    """A good message costs bytes, signatures, hashes and records: what is bound is not nothing."""
    assert not stage.send(stage.message())

    nothing = Bound(octets=5000, signatures=3, rows=1, hashed=5000)
    assert nothing.exceeded_by(stage.used) == ("octets", "signatures", "rows", "hashed")


# --- the table ------------------------------------------------------------------------------------


def test_the_document_is_that_of_the_table() -> None:
    """Where this fails, run ``tools/make_hostile_acts.py``."""
    written = (REPOSITORY / "docs" / "hostile-acts.md").read_text(encoding="utf-8")

    assert written == document()


def test_the_table_is_as_large_as_was_promised() -> None:
    """Eighty acts and more, none of the same thing twice, each against a row of the threats."""
    assert len(ACTS) >= 80
    assert len({act.tries for act in ACTS.values()}) == len(ACTS)
    assert all(1 <= int(act.threat.removeprefix("T")) <= 30 for act in ACTS.values())


def test_every_code_is_documented() -> None:
    """What a peer is refused with, and what is noted of it, has its row."""
    documented = set(_CODES.findall((REPOSITORY / "spec" / "codes.md").read_text()))
    used = {code for act in ACTS.values() for code in (act.code, act.noted) if code}

    assert used - documented == set()


def functions_of(path: Path) -> set[str]:
    """Return the names of the tests in a file."""
    return {
        one.name for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef)
    }


def test_what_is_shown_elsewhere_is_shown() -> None:
    """Each test that the table names exists."""
    named = [one.test.partition("::") for one in ELSEWHERE]

    assert [name for path, _, name in named if name not in functions_of(REPOSITORY / path)] == []


# --- figures --------------------------------------------------------------------------------------


def test_a_split_view_is_found_in_one_exchange(
    identities: Identities, socket_enabled: None
) -> None:
    """From the first message that shows the other history to the kept proof: one."""
    del socket_enabled

    assert measures.split_view_exchanges(identities) == 1


def test_a_flood_of_one_state_takes_no_place_of_another(
    identities: Identities, socket_enabled: None
) -> None:
    """While all places of MY are taken and its requests wait, an urgent one of IL goes through."""
    del socket_enabled
    found = measures.passed_while_flooded(identities)

    assert found.worked_on == found.places_per_peer
    assert found.waiting > 0
    assert found.is_served


def test_the_measures_are_one_document(identities: Identities, socket_enabled: None) -> None:
    """What the assurance run reads: how many acts, how many refused, by threat."""
    del socket_enabled
    few: tuple[Act, ...] = tuple(ACTS.values())[:2]
    found = measures.results(identities, acts=few)

    assert found == {
        "acts": 2,
        "acts_by_threat": {"T6": 2},
        "flood_ratio": None,
        "refused": 2,
        "split_view_exchanges": 1,
    }
