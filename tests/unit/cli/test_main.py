import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from longbien.cli import main, verify
from longbien.primitives.errors import Refused


def failing(error: BaseException) -> Callable[[argparse.Namespace], int]:
    """Return a command that ends with that error."""

    def run(_: argparse.Namespace) -> int:
        raise error

    return run


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let ``longbien verify`` end with an error of the test's choice."""

    def choose(error: BaseException) -> None:
        monkeypatch.setattr(verify, "run", failing(error))

    return choose


def test_a_refusal_is_one_line_and_exit_code_1(
    command: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """What a person has to know, with the code to look up."""
    command(Refused("pack.twice", "{name} stands twice", name="x"))

    assert main.run(["verify", "LB"]) == 1
    assert capsys.readouterr() == ("", "longbien: x stands twice [pack.twice]\n")


def test_a_refusal_is_a_document_where_documents_were_asked_for(
    command: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json a program reads errors as it reads results."""
    command(Refused("pack.twice", "{name} stands twice", name="x"))

    assert main.run(["verify", "LB", "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"error": {"code": "pack.twice", "text": "x stands twice"}}
    assert printed.err == ""


def test_an_interrupt_has_its_own_exit_code(
    command: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """128 + SIGINT, as every shell expects, and no traceback."""
    command(KeyboardInterrupt())

    assert main.run(["verify", "LB"]) == 130
    assert capsys.readouterr().err == ("longbien: interrupted; nothing half made was left behind\n")


def test_a_bug_fails_closed_and_says_whose_fault_it_is(
    command: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Never 0, never 1: a fault of ours is not a verdict about somebody's evidence."""
    command(ZeroDivisionError("division by zero"))

    assert main.run(["verify", "LB"]) == 70
    printed = capsys.readouterr().err
    assert "a fault of this program, not of your files" in printed
    assert "ZeroDivisionError" in printed


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["verify"], ["pack", "--nonsense"]])
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The shell can tell a typing error from a verdict."""
    with pytest.raises(SystemExit) as caught:
        main.run(arguments)

    assert caught.value.code == 2
    assert "usage: longbien" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_verdict(tmp_path: Path) -> None:
    """``longbien … | head`` ends quietly, with a code that is neither PASSED nor FAILED."""
    (tmp_path / "policy.txt").write_text("quorum none\n")
    program = (
        "import os\n"
        "reading, writing = os.pipe()\n"
        "os.close(reading)\n"
        "os.dup2(writing, 1)\n"
        "from longbien.cli.main import entry\n"
        "import sys\n"
        f"sys.argv = ['longbien', 'inspect', {str(tmp_path / 'policy.txt')!r}]\n"
        "entry()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 70
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["keys", "pack", "seal", "open", "verify", "inspect", "disclose"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` of each command begins with its usage."""
    with pytest.raises(SystemExit) as caught:
        main.run([name, "--help"])

    printed = capsys.readouterr().out
    assert caught.value.code == 0
    assert printed.startswith(f"usage: longbien {name}")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A report of a fault begins with the version."""
    with pytest.raises(SystemExit):
        main.run(["--version"])

    assert capsys.readouterr().out.startswith("longbien 0.")
