"""The type of every field of every form, and how a value is read by it.

The value of a field is text on the wire, whatever its type: what cannot be read warns, it never
refuses.  The types are data (``field_types.json``).  Identifiers and periods are read by
``casework.completeness``, which knows what is wrong with one; everything else is read here.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias

from attrs import frozen

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import CaseId, StateCode
from longbien.primitives.instants import Instant
from longbien.treaty._data import read_data
from longbien.treaty.named_offences import NamedOffence, parse_offences

RESOURCE: Final = "field_types.json"
MAX_STATES: Final = 20


class FieldType(StrEnum):
    """How the text of a field is written."""

    TEXT = "text"
    STATEMENT = "statement"
    DESCRIBED = "described"
    """Sentences; a line that begins with the kind of an identifier is read as one."""

    IDENTIFIERS = "identifiers"
    """One a line: ``KIND VALUE [port N] [at INSTANT]``."""

    INSTANT = "instant"
    PERIOD = "period"
    """The first line is ``START/END``; what follows is words."""

    OFFENCES = "offences"
    """One a line: ``uncc ARTICLE``, or ``national STATE "PROVISION" max PENALTY``."""

    LANGUAGE = "language"
    CASE = "case"
    MONEY = "money"
    YES = "yes"
    STATE = "state"


@frozen(kw_only=True)
class FieldTypes:
    """Which field has which type: by its name, and for a few fields by kind and name."""

    by_name: Mapping[str, FieldType]
    exceptions: Mapping[str, FieldType]
    written: Mapping[FieldType, str]
    """How a value of each type is written, for whoever fills a form in."""

    def find_type(self, kind: str, name: str) -> FieldType | None:
        """Return the type of a field; None for a field that no form has."""
        return self.exceptions.get(f"{kind}.{name}", self.by_name.get(name))


@cache
def load_types() -> FieldTypes:
    """Read the data that come with the program.  Read once; the same for everybody."""
    data = json.loads(read_data(RESOURCE))
    return FieldTypes(
        by_name=_types(data["fields"]),
        exceptions=_types(data["exceptions"]),
        written=MappingProxyType({FieldType(name): text for name, text in data["types"].items()}),
    )


def _types(rows: Mapping[str, str]) -> Mapping[str, FieldType]:
    return MappingProxyType({name: FieldType(value) for name, value in rows.items()})


# --- reading --------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Money:
    """An amount in one currency or virtual asset; never rounded."""

    amount: Decimal
    unit: str
    """A currency code of ISO 4217 or the short name of a virtual asset, upper case."""


Value: TypeAlias = (
    str | bool | Instant | CaseId | Money | tuple[StateCode, ...] | tuple[NamedOffence, ...]
)

# RFC 5646 without grandfathered tags: language, extended language, script, region, variants
_LANGUAGE = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.ASCII | re.IGNORECASE,
)
_MONEY = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?) ([A-Z][A-Z0-9]{1,9})", re.ASCII)


def read_value(kind: FieldType, text: str) -> Value:
    """Return the value of a field; of a type that is not read here, the text itself.

    Raises Malformed: ``field.language``, ``field.money``, ``field.yes``, ``field.state``,
    ``offences.…``, and
    what instants and ids raise.
    """
    return _READERS.get(kind, str)(text.strip())


def read_language(text: str) -> str:
    """Read a BCP 47 tag, in its usual case.  Raises Malformed ``field.language``."""
    if not _LANGUAGE.fullmatch(text):
        raise Malformed("field.language", "a language is written as a BCP 47 tag: vi, en, zh-Hant")
    first, *rest = text.lower().split("-")
    return "-".join((first, *map(_usual_case, rest)))


_REGION_LENGTH: Final = 2
_SCRIPT_LENGTH: Final = 4


def _usual_case(part: str) -> str:
    if len(part) == _REGION_LENGTH:
        return part.upper()
    is_script = len(part) == _SCRIPT_LENGTH and part.isalpha()
    return part.title() if is_script else part


def read_money(text: str) -> Money:
    """Read ``AMOUNT CODE``.  Raises Malformed ``field.money``."""
    found = _MONEY.fullmatch(text)
    if not found:
        raise Malformed("field.money", "an amount is written AMOUNT CODE: 1250.50 EUR")
    return Money(amount=Decimal(found[1]), unit=found[2])


def read_yes(text: str) -> bool:
    """Read ``yes`` or ``no``.  Raises Malformed ``field.yes``."""
    if text not in {"yes", "no"}:
        raise Malformed("field.yes", "this is answered by yes or no")
    return text == "yes"


def read_states(text: str) -> tuple[StateCode, ...]:
    """Read codes of States with spaces between.  Raises Malformed ``field.state``, ``id.…``."""
    codes = text.split()
    if not 1 <= len(codes) <= MAX_STATES:
        raise Malformed("field.state", "States are written as codes of two letters: VN IL")
    return tuple(StateCode.parse(code) for code in codes)


_READERS: Final[Mapping[FieldType, Callable[[str], Value]]] = MappingProxyType(
    {
        FieldType.INSTANT: Instant.parse,
        FieldType.OFFENCES: parse_offences,
        FieldType.LANGUAGE: read_language,
        FieldType.CASE: CaseId.parse,
        FieldType.MONEY: read_money,
        FieldType.YES: read_yes,
        FieldType.STATE: read_states,
    }
)
