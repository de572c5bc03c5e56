"""The profiles of States that a node works with: signed ones; in an exercise, any."""

import json
from importlib import resources
from pathlib import Path

import pytest

from longbien.node.state_profiles import read_states
from longbien.primitives.errors import Refused, Unavailable
from longbien.treaty.profiles import parse_profile


def example(name: str = "il", **more: object) -> bytes:
    """Return an example profile, with some of it replaced."""
    file = resources.files("longbien.treaty").joinpath("example_profiles", f"{name}.json")
    found: dict[str, object] = json.loads(file.read_text("utf-8"))
    return json.dumps({**found, **more}).encode()


def test_a_real_node_sees_no_example(tmp_path: Path) -> None:
    """Without a folder there are the tables of the program and nothing else."""
    assert read_states(tmp_path / "profiles", exercise=False).profiles == {}


def test_an_exercise_starts_with_the_examples(tmp_path: Path) -> None:
    """They say that they are examples."""
    found = read_states(tmp_path, exercise=True)

    assert set(found.profiles) == {"IL", "VN"}
    assert found.is_example("VN")


def test_the_profile_of_a_state_in_an_exercise_is_a_file(tmp_path: Path) -> None:
    """It replaces what was there of that State."""
    (tmp_path / "il.json").write_bytes(example(example=False))

    found = read_states(tmp_path, exercise=True)
    assert not found.is_example("IL")
    assert found.is_example("VN")


def test_a_real_node_takes_what_was_signed_and_no_loose_file(tmp_path: Path) -> None:
    """Nobody works with law that no State has said is its own."""
    signed = parse_profile(example(example=False))
    assert read_states(tmp_path, exercise=False, adopted=[signed]).find_profile("IL") == signed
    (tmp_path / "il.json").write_bytes(example(example=False))

    with pytest.raises(Refused) as caught:
        read_states(tmp_path, exercise=False)
    assert caught.value.code == "state-profile.not-signed"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The operator learns which one."""
    (tmp_path / "il.json").mkdir()

    with pytest.raises(Unavailable) as caught:
        read_states(tmp_path, exercise=True)
    assert caught.value.code == "state-profile.unreadable"
