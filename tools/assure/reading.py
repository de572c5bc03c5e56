"""Figures out of what programs print: JSON by a path, words by a pattern; results of tests."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assure.measures import Figure


class Unreadable(Exception):
    """A figure that was promised is not there."""


def last_document(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON document of an output: the whole of it, or the last line that is an object.

    Raises ``Unreadable``.
    """
    try:
        return json.loads(text)
    except ValueError:
        pass
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                continue
    raise Unreadable("it printed no JSON document")


def figures_of(document: object, wanted: Iterable[Figure]) -> dict[str, float]:
    """Take the figures out of a document.  Raises ``Unreadable`` for one that is not there."""
    return {one.name: figure_at(document, one.at) for one in wanted if not one.share}


def figures_printed(text: str, wanted: Sequence[Figure]) -> dict[str, float]:
    """Take the figures out of what a program printed: by path, or by ``/pattern/`` out of words.

    Raises ``Unreadable`` for one that is not there.
    """
    wanted = [one for one in wanted if not one.share]
    worded = [one for one in wanted if one.at.startswith("/")]
    if len(worded) == len(wanted):
        return {one.name: _said(text, one.at.strip("/")) for one in wanted}
    found = figures_of(last_document(text), (one for one in wanted if one not in worded))
    return found | {one.name: _said(text, one.at.strip("/")) for one in worded}


def _said(text: str, pattern: str) -> float:
    """Add up what the first group of a pattern finds, wherever it is found."""
    found = re.findall(pattern, text)
    if not found:
        msg = f"nothing like {pattern} was printed"
        raise Unreadable(msg)
    return sum(float(one.replace(",", "")) for one in found)


def figure_at(document: object, path: str) -> float:
    """Follow a path: ``bugs.#found`` is how many of the list ``bugs`` have a true ``found``.

    A step is a member's name; ``#`` counts a list, ``#name`` the true (or not zero) members of
    that name in it, ``!name`` the others, ``+name`` adds them up, ``^name`` is the largest,
    ``_name`` the smallest, ``+`` adds up the numbers of a list or mapping; with ``*`` a mapping is
    read as the list of its values.  A number is a place in a list.  A boolean is 1 or 0.
    """
    found: Any = document
    for step in path.split("."):
        found = _step(found, step, path)
    if isinstance(found, bool):
        return float(found)
    if not isinstance(found, int | float):
        msg = f"{path} is no number"
        raise Unreadable(msg)
    return float(found)


def _step(found: Any, step: str, path: str) -> Any:  # noqa: ANN401 - any JSON
    if step == "+" and isinstance(found, dict | list):
        values = list(found.values()) if isinstance(found, dict) else found
        return _sum(values, path)
    if step == "*" and isinstance(found, dict):
        return list(found.values())
    if step[:1] in "#!+^_" and isinstance(found, list | dict):
        return _over(list(found), step, path)
    if step.isdecimal() and isinstance(found, list) and int(step) < len(found):
        return found[int(step)]
    if not isinstance(found, dict) or step not in found:
        msg = f"{path} is not in what was printed"
        raise Unreadable(msg)
    return found[step]


def _sum(values: Sequence[Any], path: str) -> float:
    if any(not isinstance(value, int | float) for value in values):
        msg = f"{path}: a row has no number"
        raise Unreadable(msg)
    return float(sum(values))


def _over(rows: Sequence[Any], step: str, path: str) -> float:
    if step == "#":
        return float(len(rows))
    if any(not isinstance(row, dict) or step[1:] not in row for row in rows):
        msg = f"{path} is not in every row that was printed"
        raise Unreadable(msg)
    values = [row[step[1:]] for row in rows]
    if step[0] == "!":
        return float(sum(not value for value in values))
    if step[0] == "#":
        return float(sum(bool(value) for value in values))
    if step[0] == "+":
        return _sum(values, path)
    if not values or any(not isinstance(value, int | float) for value in values):
        msg = f"{path}: a row has no number"
        raise Unreadable(msg)
    return float(max(values) if step[0] == "^" else min(values))


# --- the test run --------------------------------------------------------------------------------


def results_of_tests(folder: Path) -> dict[str, list[str]]:
    """Return, by test file, how each of its tests ended in the last run; files are joined.

    Raises ``Unreadable`` if there was none.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.xml")):
        for case in ET.parse(path).getroot().iter("testcase"):  # noqa: S314 - our own file
            file = case.get("classname", "").replace(".", "/")
            kinds = {child.tag for child in case}
            outcome = next((one for one in ("failure", "error", "skipped") if one in kinds), "")
            found.setdefault(file, []).append(outcome or "passed")
    if not found:
        raise Unreadable("no test run has left its results; it is './do test' that does")
    return found


def counted_tests(
    results: Mapping[str, Sequence[str]], paths: Iterable[str]
) -> dict[str, int | list[str]]:
    """Count the tests below some paths (``tests/adversary/test_x`` or ``tests/adversary``).

    Raises ``Unreadable`` where one of the paths has no test: a measure of nothing is none.
    """
    outcomes: list[str] = []
    for path in paths:
        stem = path.removesuffix(".py")
        own = [
            one
            for file, ends in results.items()
            if file == stem or file.startswith(stem.rstrip("/") + "/")
            for one in ends
        ]
        if not own:
            msg = f"no test of {path} has run"
            raise Unreadable(msg)
        outcomes += own
    failed = sum(one in {"failure", "error"} for one in outcomes)
    return {"tests": len(outcomes), "failed": failed, "skipped": outcomes.count("skipped")}
