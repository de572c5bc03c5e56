"""Two nodes under fire for a moment; the long runs are ``tools/fire``."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from fault_proxy import FaultProxy
from fire_faults import FAILPOINTS, KILLS, Conductor, Pace
from fire_talk import Talk, judge_said, talker
from node_world import Pair

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


def test_officers_talk_while_processes_are_killed(pair: Pair) -> None:
    """Killed at any moment and at each step: every word once on both sides, and receipted."""
    for station in pair.stations:
        station.tokens |= {talker(number): station.tokens["first"] for number in range(2)}
    talk = Talk(pair=pair)
    pace = Pace(cycles=6, messages=30, said=lambda: talk.said.count)
    conductors = [
        Conductor(
            station=station,
            line=FaultProxy(station.peer_port),
            draw=random.Random(station.code),
            turn=pace.turn,
            kinds=(KILLS, tuple(FAILPOINTS)),
        )
        for station in pair.stations
    ]
    with ThreadPoolExecutor(3) as pool:
        talking = pool.submit(talk.run, 2)
        talking.add_done_callback(lambda _: pace.over.set())
        for future in [pool.submit(one.run) for one in conductors]:
            future.result()
        pace.wait()
        talk.enough.set()
        talking.result()
    for one in conductors:
        one.line.close()
    pair.quiet()

    found = judge_said(pair, talk.said)
    assert (found.lost, found.doubled, found.remarks) == (0, 0, [])
    assert found.messages == talk.said.count >= 30
    assert sum(one.done.total() for one in conductors) == 6
    assert [station.fsck() for station in pair.stations] == ["PASSED", "PASSED"]
