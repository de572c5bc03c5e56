import json
import re
from pathlib import Path

from attrs import NOTHING, fields

from longbien.adapters.failpoints import NAMES
from longbien.node.configuration import NodeSettings
from outside import REPOSITORY

DOCUMENT = (REPOSITORY / "docs" / "settings.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.+?) \|", DOCUMENT, re.MULTILINE))
SETTINGS = {one.name: one for one in fields(NodeSettings) if one.name != "folder"}


def test_every_setting_is_explained_and_every_explained_one_exists() -> None:
    """The table and the program know the same keys."""
    assert set(ROWS) == set(SETTINGS)


def test_the_documented_defaults_are_those_of_the_program() -> None:
    """What stands in the table is what happens where nothing is said."""
    for name, setting in SETTINGS.items():
        default = setting.default
        if default is NOTHING:
            assert "must be given" in ROWS[name]
        elif default is None:
            assert ROWS[name] == "none"
        else:
            shown = default.as_posix() if isinstance(default, Path) else default
            value = list(shown) if isinstance(shown, tuple) else shown
            assert ROWS[name] == f"`{json.dumps(value)}`"


def test_each_setting_says_what_an_attacker_gains() -> None:
    """Key, default, meaning and danger: no cell is empty."""
    lines = [line for line in DOCUMENT.splitlines() if re.match(r"\| `[a-z0-9_]+` \|", line)]

    assert [line for line in lines if len([one for one in line.split(" | ") if one]) != 4] == []


def test_every_failpoint_is_named() -> None:
    """Who writes a crash test finds the places."""
    assert {name for name in NAMES if f"`{name}`" not in DOCUMENT} == set()
