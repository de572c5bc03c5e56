"""``longbien-sim``: what it prints and writes."""

import json
from pathlib import Path

import pytest

from longbien.cli import sim
from longbien.exercise.simulation import simulate
from planted_bugs import BUGS

pytestmark = pytest.mark.usefixtures("serving_nobody")


def test_a_run_tells_and_writes_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, a summary for people, and a document for other programs."""
    result = tmp_path / "result.json"

    words = f"run --seeds 2 --from 30 --json {result} --commit c0ffee"
    code = sim.run(words.split())

    document = json.loads(result.read_text())
    assert code == 0
    assert (document["first_seed"], document["seeds"]) == (30, 2)
    assert (document["profile"], document["violations"]) == ("light", [])
    assert {"steps", "effects", "seconds", "faults", "version"} <= document.keys()
    assert document["commit"] == "c0ffee"
    assert "0 seeds broke a promise" in capsys.readouterr().out


def test_a_replay_tells_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line what happened, and the digest of the whole history."""
    code = sim.run(["replay", "30"])

    outcome = simulate(30)
    assert code == 0
    assert capsys.readouterr().out.splitlines() == [*outcome.story, f"digest {outcome.digest}"]


def test_a_broken_promise_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A seed that breaks a promise fails the command, and is named."""
    bug = BUGS["acknowledged early"]

    def planted(seed: int, **_: object) -> object:
        return simulate(seed, planted=bug)

    monkeypatch.setattr("longbien.exercise.runner.simulate", planted)
    monkeypatch.setattr(sim, "simulate", planted)

    assert sim.run(["run", "--seeds", "1", "--from", "3"]) == 1
    assert sim.run(["replay", "3"]) == 1
    assert "seed 3: acknowledged.early" in capsys.readouterr().out
