"""Two nodes as real processes: each kind of message, in calm, through silence and through kills.

Each time six cases are walked at once, in which every kind of message is sent.  The same end
state each time, each statement once in both journals, the same receipt bytes on both sides.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest

from longbien.channel.message import MessageKind
from longbien.exercise.lives import LIVES as LIVES_OF
from node_lives import KINDS as NEW_KINDS
from node_lives import live_all
from node_walks import Ending, ending_of, walk_all
from node_world import Forker, Pair, make_pair, start_all
from postgres_world import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

LIVES = (1, 2, 3)
"""At which passing of a failpoint a life ends, one life after the other."""


@pytest.fixture(scope="session")
def calm(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """Return how all walks end when nothing goes wrong."""
    return ending_of(pair, walk_all(pair, tmp_path_factory.mktemp("calm") / "disk.img"))


def findings(pair: Pair) -> list[str]:
    """Return what fsck says of both nodes."""
    return [station.fsck() for station in pair.stations]


def test_each_kind_of_message_arrives_and_is_signed_for(pair: Pair, calm: Ending) -> None:
    """Through the APIs of both: every kind is accepted, and each statement stands on both sides."""
    assert calm.kinds == {kind.value for kind in MessageKind}
    assert findings(pair) == ["PASSED", "PASSED"]


def test_every_kind_of_request_lives_between_real_nodes(pair: Pair, tmp_path: Path) -> None:
    """From the request to the end that its table says, by officers of both States alone."""
    cases = live_all(pair, tmp_path / "disk.img")

    ending = ending_of(pair, cases)
    assert ending.states == tuple((LIVES_OF[kind][-1].state.value,) * 2 for kind in NEW_KINDS)
    assert findings(pair) == ["PASSED", "PASSED"]


def test_peers_that_are_away_get_everything_when_they_are_back(
    pair: Pair, calm: Ending, tmp_path: Path
) -> None:
    """Each endpoint is away again and again, for as long as some work takes: the same end."""
    with ExitStack() as stack:
        for station in pair.stations:
            stack.enter_context(station.roles["peer"].absent())
        cases = walk_all(pair, tmp_path / "disk.img")

    assert ending_of(pair, cases) == calm
    assert findings(pair) == ["PASSED", "PASSED"]


@pytest.mark.parametrize(
    ("failpoint", "lives"),
    [
        ("before_commit", (1, 2, 3, 5, 8)),
        ("after_commit_before_ack", (1, 2, 3, 5, 8)),
        ("after_outbox_lease", LIVES),
        ("after_post_before_settle", LIVES),
    ],
)
def test_senders_that_are_killed_after_each_step_change_nothing(
    pair: Pair, calm: Ending, tmp_path: Path, failpoint: str, lives: tuple[int, ...]
) -> None:
    """Both workers die at one step after the other: the same end, each effect once."""
    with ExitStack() as stack:
        deaths = [
            stack.enter_context(one.roles["worker"].dying(failpoint, lives))
            for one in pair.stations
        ]
        cases = walk_all(pair, tmp_path / "disk.img")

    assert all(one.count >= len(LIVES) for one in deaths), deaths
    assert ending_of(pair, cases) == calm
    assert findings(pair) == ["PASSED", "PASSED"]


@pytest.mark.parametrize("failpoint", ["before_commit", "after_commit_before_ack"])
def test_receivers_that_are_killed_after_each_step_change_nothing(
    pair: Pair, calm: Ending, tmp_path: Path, failpoint: str
) -> None:
    """Both endpoints die at one step after the other: the same end, each effect once."""
    with ExitStack() as stack:
        deaths = [
            stack.enter_context(one.roles["peer"].dying(failpoint, (1, 5, 2, 9)))
            for one in pair.stations
        ]
        cases = walk_all(pair, tmp_path / "disk.img")

    assert all(one.count >= len(LIVES) for one in deaths), deaths
    assert ending_of(pair, cases) == calm
    assert findings(pair) == ["PASSED", "PASSED"]


@pytest.mark.parametrize("failpoint", ["before_commit", "after_commit_before_ack"])
def test_officers_doors_that_are_killed_after_each_step_change_nothing(
    pair: Pair, calm: Ending, tmp_path: Path, failpoint: str
) -> None:
    """Officers' programs ask again with the same key: the same end, each act with one effect."""
    with ExitStack() as stack:
        deaths = [
            stack.enter_context(one.roles["serve"].dying(failpoint, (7, 20, 11, 33)))
            for one in pair.stations
        ]
        cases = walk_all(pair, tmp_path / "disk.img")

    assert all(one.count >= len(LIVES) for one in deaths), deaths
    assert ending_of(pair, cases) == calm
    assert findings(pair) == ["PASSED", "PASSED"]


@pytest.mark.parametrize("which", ["both on PostgreSQL", "one of each"])
def test_the_same_on_other_databases(
    forker: Forker, postgres: Cluster, calm: Ending, tmp_path: Path, which: str
) -> None:
    """On PostgreSQL, and with one of each: calm, and with workers and endpoints that die."""
    urls = tuple(postgres.url(postgres.new_database()) for _ in range(2))
    databases = urls if which == "both on PostgreSQL" else (urls[0], "sqlite")
    pair = make_pair(forker, tmp_path, databases=(databases[0], databases[1]))
    start_all(pair.stations)
    try:
        assert ending_of(pair, walk_all(pair, tmp_path / "disk.img")) == calm
        with (
            pair.il.roles["worker"].dying("after_post_before_settle", (2, 4)),
            pair.vn.roles["peer"].dying("after_commit_before_ack", (6, 9)),
        ):
            cases = walk_all(pair, tmp_path / "disk.img")
        assert ending_of(pair, cases) == calm
        assert findings(pair) == ["PASSED", "PASSED"]
    finally:
        pair.kill()
