"""Reading the fields of a rule pack: each one bounded, or Malformed ``law.form``."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from longbien.primitives.canonical import Json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.visible import spell_unseen

Value: TypeAlias = bool | int | str | tuple[int | str, ...]
"""One machine-readable value of a rule."""

MAX_NUMBER: Final = 1_000_000
MAX_MEMBERS: Final = 128  # of one value
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def bad(field: str) -> Malformed:
    """Return the error that says which field is wrong."""
    return Malformed("law.form", "the field {field} is not as it should be", field=field)


def read_object(
    value: Json, required: frozenset[str], *, optional: frozenset[str] = frozenset(), field: str
) -> Mapping[str, Json]:
    """Read an object with all required fields, and no others than the optional ones."""
    if not isinstance(value, dict) or not required <= value.keys() <= required | optional:
        raise bad(field)
    return value


def read_list(value: Json, read: Callable[[Json], T], *, field: str, most: int) -> tuple[T, ...]:
    """Read an array of at most ``most`` members."""
    if not isinstance(value, list) or len(value) > most:
        raise bad(field)
    return tuple(read(one) for one in value)


def read_code(value: Json, form: re.Pattern[str], *, field: str) -> str:
    """Read a code of one form."""
    if not isinstance(value, str) or not form.fullmatch(value):
        raise bad(field)
    return value


def read_text(value: Json, *, field: str, most: int, least: int = 1) -> str:
    """Read text for people: none of its characters is unseen."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise bad(field)
    if spell_unseen(value) != value:
        raise bad(field)
    return value


def read_number(value: Json, *, field: str, least: int = 0, most: int = MAX_NUMBER) -> int:
    """Read a whole number within bounds; a boolean is none."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise bad(field)
    return value


def read_boolean(value: Json, *, field: str) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise bad(field)
    return value


def read_word(value: Json, words: type[E], *, field: str) -> E:
    """Read one of a closed list of words."""
    if not isinstance(value, str) or value not in set(words):
        raise bad(field)
    return words(value)


def read_day(value: Json, *, field: str) -> date:
    """Read a day in its one form, ``2026-11-21``."""
    text = value if isinstance(value, str) else ""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise bad(field) from None
    if found.isoformat() != text:
        raise bad(field)
    return found


def read_digest(value: Json, *, field: str) -> Digest:
    """Read 64 hexadecimal digits: a SHA-256."""
    if not isinstance(value, str):
        raise bad(field)
    return Digest.parse(value)


def read_optional(value: Json, read: Callable[[Json], T]) -> T | None:
    """Read what may be null."""
    return None if value is None else read(value)


def read_values(value: Json, *, field: str) -> Mapping[str, Value]:
    """Read the machine-readable values of a rule: names with numbers, words, or lists of them."""
    if not isinstance(value, dict) or len(value) > MAX_MEMBERS:
        raise bad(field)
    return MappingProxyType(
        {read_code(name, _NAME, field=field): _value(one, field) for name, one in value.items()}
    )


def _value(value: Json, field: str) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return read_list(value, lambda one: _scalar(one, field), field=field, most=MAX_MEMBERS)
    return _scalar(value, field)


def _scalar(value: Json, field: str) -> int | str:
    if isinstance(value, str):
        return read_text(value, field=field, most=256)
    return read_number(value, field=field)
