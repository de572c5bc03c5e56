import json
from importlib import resources
from pathlib import Path

import pytest

from longbien.node.state_profiles import read_states
from longbien.primitives.errors import Malformed, Unavailable


def example(name: str = "il") -> dict[str, object]:
    """Return an example profile."""
    file = resources.files("longbien.treaty").joinpath("example_profiles", f"{name}.json")
    found: dict[str, object] = json.loads(file.read_text("utf-8"))
    return found


def test_a_real_node_sees_no_example(tmp_path: Path) -> None:
    """Without a folder there are the tables of the program and nothing else."""
    assert read_states(tmp_path / "profiles", exercise=False).profiles == {}


def test_an_exercise_starts_with_the_examples(tmp_path: Path) -> None:
    """They say that they are examples."""
    found = read_states(tmp_path, exercise=True)

    assert set(found.profiles) == {"IL", "VN"}
    assert found.is_example("VN")


def test_the_profile_of_a_state_is_a_file(tmp_path: Path) -> None:
    """It replaces what was there of that State."""
    (tmp_path / "il.json").write_text(json.dumps({**example(), "example": False}))

    found = read_states(tmp_path, exercise=True)
    assert not found.is_example("IL")
    assert found.is_example("VN")


def test_an_example_among_real_profiles_is_refused(tmp_path: Path) -> None:
    """Nobody works with made-up law by an oversight."""
    (tmp_path / "il.json").write_text(json.dumps(example()))

    with pytest.raises(Malformed) as caught:
        read_states(tmp_path, exercise=False)
    assert caught.value.code == "state-profile.example"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The operator learns which one."""
    (tmp_path / "il.json").mkdir()

    with pytest.raises(Unavailable) as caught:
        read_states(tmp_path, exercise=False)
    assert caught.value.code == "state-profile.unreadable"
