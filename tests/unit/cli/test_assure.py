import os
import sys
from pathlib import Path

import pytest

from longbien.cli import assure
from outside import REPOSITORY


class Became(Exception):
    """The program has become another one."""


def become(program: str, words: list[str]) -> None:
    """Tell what it has become."""
    raise Became(program, words)


def test_without_a_checkout_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An installation holds no tests and no benches: the command says where it has to be called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execv", become)

    with pytest.raises(SystemExit) as ended:
        assure.entry()

    assert ended.value.code == 1
    assert "[assure.no-checkout]" in capsys.readouterr().err


def test_in_a_checkout_its_measures_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the current folder, with all that was typed, by the same Python."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(os, "execv", become)
    monkeypatch.setattr(sys, "argv", ["longbien-assure", "quick", "--only", "law"])
    monkeypatch.setenv("PYTHONPATH", "elsewhere")

    with pytest.raises(Became) as became:
        assure.entry()

    assert became.value.args == (
        sys.executable,
        [sys.executable, "-m", "assure", "quick", "--only", "law"],
    )
    assert os.environ["PYTHONPATH"] == f"{REPOSITORY / 'tools'}{os.pathsep}elsewhere"
