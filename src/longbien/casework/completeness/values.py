"""Values of fields by their declared type: how each is written, and read or found wanting."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import CaseId, StateCode
from longbien.primitives.instants import Instant


class FieldType(StrEnum):
    """What a field of a form holds.  On the wire all of them are texts."""

    TEXT = "text"
    STATEMENT = "statement"
    """A text that must persuade somebody: facts, necessity, justification."""

    INSTANT = "instant"
    """RFC 3339 with its offset: ``2026-03-01T10:15:00+07:00``."""

    PERIOD = "period"
    """Two instants, or one and an open end: ``START/END``, ``START/..``."""

    IDENTIFIERS = "identifiers"
    """One a line: ``KIND VALUE [port N] [at INSTANT]``."""

    LANGUAGE = "language"
    """BCP 47: ``en``, ``vi``, ``zh-Hans``."""

    CASE = "case"
    """The id of a case of this channel."""

    MONEY = "money"
    """Amount and currency (ISO 4217): ``1250.00 USD``."""

    YES = "yes"
    """``yes`` or ``no``."""

    STATE = "state"
    """Two letters: ``VN``."""


_ZONED = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$", re.ASCII)
_NAKED = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?", re.ASCII)
_MONEY = re.compile(r"\d{1,18}(?:\.\d{1,18})? [A-Z]{3,5}", re.ASCII)
OPEN: Final = ".."
"""The end of a period that goes on (ISO 8601-2)."""


@frozen(kw_only=True)
class Period:
    """A period of time; ``None``: that side is open."""

    begin: Instant | None
    end: Instant | None

    @property
    def is_open(self) -> bool:
        """Tell whether it has no beginning or no end."""
        return self.begin is None or self.end is None


def find_instant(text: str) -> Instant | None:
    """Read an instant; None for anything that is none."""
    try:
        return Instant.parse(text)
    except Malformed:
        return None


def is_naked(text: str) -> bool:
    """Tell whether this is a time that could be any of 38 hours: its zone is missing."""
    return bool(_NAKED.fullmatch(text)) and not _ZONED.search(text[10:])


def find_period(text: str) -> Period | None:
    """Read a period; None for anything that is none."""
    begin, slash, end = text.strip().partition("/")
    if not slash:
        return None
    sides = [None if side in {OPEN, ""} else find_instant(side) for side in (begin, end)]
    for side, written in zip(sides, (begin, end), strict=True):
        if side is None and written not in {OPEN, ""}:
            return None
    return Period(begin=sides[0], end=sides[1]) if any(sides) else None


def has_naked_side(text: str) -> bool:
    """Tell whether a time of a period has no zone."""
    return any(is_naked(side) for side in text.strip().split("/"))


def _is_case(text: str) -> bool:
    try:
        CaseId.parse(text)
    except Malformed:
        return False
    return True


def _is_state(text: str) -> bool:
    try:
        StateCode.parse(text)
    except Malformed:
        return False
    return True


_SIMPLE: Final = MappingProxyType(
    {
        FieldType.LANGUAGE: lambda text: _LANGUAGE.fullmatch(text) is not None,
        FieldType.CASE: _is_case,
        FieldType.MONEY: lambda text: _MONEY.fullmatch(text) is not None,
        FieldType.YES: lambda text: text in {"yes", "no"},
        FieldType.STATE: _is_state,
        FieldType.INSTANT: lambda text: find_instant(text) is not None,
        FieldType.PERIOD: lambda text: find_period(text) is not None,
    }
)


def is_in_form(kind: FieldType, text: str) -> bool:
    """Tell whether a text is a value of a type.  Texts, statements, identifiers always are."""
    judge = _SIMPLE.get(kind)
    return judge is None or judge(text.strip())


TYPES: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "time_period": FieldType.PERIOD,
        "identifiers": FieldType.IDENTIFIERS,
        "language": FieldType.LANGUAGE,
        "current_expiry": FieldType.INSTANT,
        "original_request": FieldType.CASE,
        "preservation_ref": FieldType.CASE,
        "offence_and_facts": FieldType.STATEMENT,
        "facts_summary": FieldType.STATEMENT,
        "facts_and_nature": FieldType.STATEMENT,
        "facts_relied": FieldType.STATEMENT,
        "facts_for_order": FieldType.STATEMENT,
        "necessity": FieldType.STATEMENT,
        "justification": FieldType.STATEMENT,
        "purpose": FieldType.STATEMENT,
        "emergency_statement": FieldType.STATEMENT,
    }
)
"""The types of the forms' fields."""


def type_of(field: str) -> FieldType:
    """Return the type of a field."""
    return TYPES.get(field, FieldType.TEXT)
