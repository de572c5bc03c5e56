"""Periods and instants as officers write them: with a zone, or found wanting."""

import re
from typing import Final

from attrs import frozen

from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

_ZONED = re.compile(r"(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_NAKED = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
OPEN: Final = ".."
"""The side of a period that goes on (ISO 8601-2)."""


@frozen(kw_only=True)
class Period:
    """A period of time; ``None``: that side is open."""

    begin: Instant | None
    end: Instant | None


def find_instant(text: str) -> Instant | None:
    """Read an instant; None for anything that is none."""
    try:
        return Instant.parse(text)
    except Malformed:
        return None


def find_period(text: str) -> Period | None:
    """Read ``START/END``, ``START/..`` or ``../END``; None for anything else."""
    begin, slash, end = text.strip().partition("/")
    sides = [find_instant(side) for side in (begin, end)]
    for side, written in zip(sides, (begin, end), strict=True):
        if side is None and written not in {OPEN, ""}:
            return None
    return Period(begin=sides[0], end=sides[1]) if slash and any(sides) else None


def has_naked_side(text: str) -> bool:
    """Tell whether a time stands there that could be any of 38 hours: its zone is missing."""
    return any(map(_is_naked, text.strip().split("/")))


def _is_naked(text: str) -> bool:
    return bool(_NAKED.fullmatch(text)) and not _ZONED.search(text[10:])
