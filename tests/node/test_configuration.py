"""What a node is told, and what it does not let itself be told."""

from pathlib import Path

import pytest

from longbien.node.configuration import NodeSettings, read_settings
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode


def told(folder: Path, text: str, **environ: str) -> NodeSettings:
    """Read settings out of a file and an environment."""
    (folder / "node.toml").write_text(text)
    return read_settings(folder, environ=environ)


def code_of(folder: Path, text: str, **environ: str) -> str:
    """Return the code with which settings are refused; the text names the folder."""
    with pytest.raises(Refused) as caught:
        told(folder, text, **environ)
    assert str(folder) in str(caught.value)
    return caught.value.code


def test_a_node_needs_to_be_told_its_state_alone(tmp_path: Path) -> None:
    """All else has a default, and every default is the safe one."""
    settings = told(tmp_path, 'state = "VN"\n')

    assert settings == NodeSettings(folder=tmp_path, state=StateCode("VN"))
    assert settings.database == "sqlite"
    assert settings.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert settings.peer_listen.startswith("127.0.0.1:")
    assert not settings.exercise
    assert settings.path_of(settings.master_key_file) == tmp_path / "secrets" / "master.key"
    assert settings.path_of("/elsewhere") == Path("/elsewhere")


def test_each_setting_is_read_in_its_form(tmp_path: Path) -> None:
    """Text, numbers, yes or no, paths, lists."""
    settings = told(
        tmp_path,
        'state = "IL"\ndatabase = "postgresql://lb@db/lb"\nexercise = true\nfree_bytes = 5\n'
        'allowed_hosts = ["node.example"]\nkeys = "/keys"\ndatabase_password_file = "pw"\n',
    )

    assert settings.database == "postgresql://lb@db/lb"
    assert settings.exercise is True
    assert settings.free_bytes == 5
    assert settings.allowed_hosts == ("node.example",)
    assert settings.keys == Path("/keys")
    assert settings.database_password_file == Path("pw")


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    """Each key may be given there, as text."""
    settings = told(
        tmp_path,
        'state = "IL"\nexercise = false\n',
        LONGBIEN_NODE_EXERCISE="true",
        LONGBIEN_NODE_FREE_BYTES="7",
        LONGBIEN_NODE_ALLOWED_HOSTS="a.example b.example",
        LONGBIEN_HSM_PIN="not a setting",
        PATH="/bin",
    )

    assert settings.exercise is True
    assert settings.free_bytes == 7
    assert settings.allowed_hosts == ("a.example", "b.example")


def test_an_unknown_setting_stops(tmp_path: Path) -> None:
    """In the file as in the environment: a misspelt word is never silently without effect."""
    assert code_of(tmp_path, 'state = "VN"\nexercize = true\n') == "node.setting-unknown"
    assert code_of(tmp_path, 'state = "VN"\nfolder = "x"\n') == "node.setting-unknown"
    assert code_of(tmp_path, 'state = "VN"\n', LONGBIEN_NODE_X="1") == "node.setting-unknown"


@pytest.mark.parametrize(
    "line",
    [
        "state = 5",
        'state = "vn"',
        'state = "VN"\nexercise = "yes"',
        'state = "VN"\nexercise = 1',
        'state = "VN"\nfree_bytes = -1',
        'state = "VN"\nfree_bytes = true',
        'state = "VN"\nfree_bytes = "many"',
        'state = "VN"\ndatabase = "mysql://x"',
        'state = "VN"\npeer_listen = "0.0.0.0"',
        'state = "VN"\npeer_listen = "a b:1"',
        'state = "VN"\nallowed_hosts = [1]',
        'state = "VN"\nallowed_hosts = 1',
        'state = "VN"\nkeys = ""',
    ],
)
def test_a_value_of_another_form_stops(tmp_path: Path, line: str) -> None:
    """Nothing is guessed: yes is not true, and a number is not a text."""
    assert code_of(tmp_path, line + "\n") == "node.setting-value"


def test_what_cannot_be_read_stops(tmp_path: Path) -> None:
    """No file, no TOML, no State: each with what to do."""
    with pytest.raises(Refused) as caught:
        read_settings(tmp_path / "nowhere", environ={})
    assert caught.value.code == "node.absent"
    assert "longbien init" in str(caught.value)
    assert code_of(tmp_path, "state = \n") == "node.settings-syntax"
    assert code_of(tmp_path, "#" * 70_000) == "node.settings-syntax"
    assert code_of(tmp_path, "exercise = true\n") == "node.setting-missing"
    (tmp_path / "node.toml").write_bytes(b"\xff")
    with pytest.raises(Refused) as caught:
        read_settings(tmp_path, environ={})
    assert caught.value.code == "node.settings-syntax"
