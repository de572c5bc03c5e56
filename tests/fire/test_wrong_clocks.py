"""A node whose clock is a year off, and comes back: nothing is lost, nothing has two effects."""

from pathlib import Path

import pytest

from api_world import ASK, Clock, join_pair, make_nodes
from fire_talk import Word, judge, side_of
from longbien.node.checking import check_node
from longbien.primitives.ids import CaseId

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("days", [365, -365])
def test_what_meets_a_wrong_clock_waits_until_it_is_mended(tmp_path: Path, days: int) -> None:
    """While VN's clock is a year off nothing of IL is taken in; then all of it, once."""
    made = make_nodes(tmp_path)
    right, wrong = Clock(made), Clock(made)
    with join_pair(tmp_path, clock=right, others={"VN": wrong}) as pair:
        dana, linh = pair.il.door("dana"), pair.vn.door("linh")
        case = dana.post("/cases", ASK).json["case"]
        pair.deliver()
        assert linh.act(case, "acknowledge").status == 200
        pair.deliver()
        wrong.advance(days=days)
        texts = [f"word {number}." for number in range(3)]
        for text in texts:
            assert dana.act(case, "give-status", text=text).status == 200
        for _ in range(3):
            pair.deliver()
            right.advance(minutes=2)
        wrong.at = right.at  # nobody's token is good a year from now
        heard_meanwhile = side_of(linh.client(), CaseId(case)).heard

        for _ in range(20):  # as long as a back-off lasts at most
            right.advance(minutes=6)
            wrong.at = right.at
            pair.deliver()
        sides = {"IL": side_of(dana.client(), CaseId(case))}
        sides["VN"] = side_of(linh.client(), CaseId(case))
        words = [
            Word(station="IL", case=CaseId(case), text=text, is_acknowledged=True) for text in texts
        ]
        found = judge(words, sides, case)
        checks = [check_node(one.node, reads_vault=True).outcome.name for one in (pair.il, pair.vn)]

    assert len(heard_meanwhile) == 1
    assert (found.lost, found.doubled, found.remarks, found.messages) == (0, 0, [], 5)
    assert checks == ["PASSED", "PASSED"]
