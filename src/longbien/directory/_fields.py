"""Reading the fields of a canonical document: each one bounded, or Malformed ``directory.form``."""

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from longbien.primitives.canonical import Json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.visible import spell_unseen

MAX_NUMBER: Final = 2**53 - 1

T = TypeVar("T")


def bad(field: str) -> Malformed:
    """Return the error that says which field is wrong."""
    return Malformed("directory.form", "the field {field} is not as it should be", field=field)


def read_object(value: Json, fields: frozenset[str], *, field: str) -> Mapping[str, Json]:
    """Read an object with exactly these fields."""
    if not isinstance(value, dict) or value.keys() != fields:
        raise bad(field)
    return value


def read_list(
    value: Json, read: Callable[[Json], T], *, field: str, least: int = 0, most: int
) -> tuple[T, ...]:
    """Read an array of ``least`` to ``most`` members."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise bad(field)
    return tuple(read(one) for one in value)


def read_text(value: Json, form: re.Pattern[str], *, field: str) -> str:
    """Read text of one form."""
    if not isinstance(value, str) or not form.fullmatch(value):
        raise bad(field)
    return value


def read_name(value: Json, *, field: str, most: int) -> str:
    """Read a name for people: 1 to ``most`` characters, none of them unseen."""
    if not isinstance(value, str) or not 1 <= len(value) <= most or spell_unseen(value) != value:
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


def read_instant(value: Json, *, field: str) -> Instant:
    """Read an instant in its one form: RFC 3339, UTC, ``Z``."""
    text = value if isinstance(value, str) else ""
    if len(text) > 32 or str(Instant.parse(text)) != text:  # noqa: PLR2004 - the longest has 27
        raise bad(field)
    return Instant.parse(text)


def read_digest(value: Json, *, field: str) -> Digest:
    """Read 64 hexadecimal digits."""
    if not isinstance(value, str):
        raise bad(field)
    return Digest.parse(value)


def read_base64(value: Json, *, field: str, most: int) -> bytes:
    """Read at most ``most`` bytes in padded base64, the one text of each value."""
    if not isinstance(value, str) or not value.isascii() or len(value) > (most + 2) // 3 * 4:
        raise bad(field)
    try:
        raw = binascii.a2b_base64(value)
    except binascii.Error:
        raise bad(field) from None
    if write_base64(raw) != value:
        raise bad(field)
    return raw


def write_base64(raw: bytes) -> str:
    """Write padded base64."""
    return binascii.b2a_base64(raw, newline=False).decode()
