"""Runs ``law_of_states.txt``: lines with $ are commands, all else is what they print, whole."""

from pathlib import Path

import pytest

from longbien.cli import main

STORY = Path(__file__).with_name("law_of_states.txt")


def scenes() -> list[tuple[str, str]]:
    """Return each command of the story with what it prints."""
    found: list[tuple[str, list[str]]] = []
    for line in STORY.read_text(encoding="utf-8").splitlines():
        if line.startswith("$ longbien "):
            found.append((line.removeprefix("$ longbien "), []))
        elif not line.startswith("# "):
            found[-1][1].append(line)
    return [(command, "\n".join(lines).rstrip("\n") + "\n") for command, lines in found]


@pytest.mark.parametrize(("command", "printed"), scenes(), ids=[one for one, _ in scenes()])
def test_a_prosecutor_reads_the_law_of_states(
    command: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gaps, comparison and legal bases are printed as the story has them, to the letter."""
    assert main.run(command.split()) == 0
    assert capsys.readouterr().out == printed
