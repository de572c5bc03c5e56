"""A story: lines with $ are commands, ? is the exit code, ... is any text, # is for the reader."""

import re
from pathlib import Path


def read_story(path: Path) -> list[tuple[str, str, int]]:
    """Return the commands of a story, each with what it must print and its exit code."""
    found: list[tuple[str, list[str], int]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], [], 0))
        elif line.startswith("? "):
            found[-1] = (*found[-1][:2], int(line[2:]))
        elif found and not line.startswith("# "):
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip("\n"), code) for command, lines, code in found]


def matches(expected: str, told: str) -> bool:
    """Tell if the text is as expected: a line ``...`` is any lines, ``...`` within one any text."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in expected.split("\n")
    )
    return re.fullmatch(pattern, told.strip("\n") + "\n") is not None
