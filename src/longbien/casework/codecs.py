"""How values are written in canonical JSON and read again: the pieces that ``wire`` is made of.

A record has exactly its fields: one that is missing or unknown is Malformed, so that ignoring
one can never turn a refusal into a permission.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from attrs import field, frozen

from longbien.casework.texts import MAX_LINE, MAX_TEXT, find_fault
from longbien.channel.transfer import SealedObject, encode_sealed_object, parse_sealed_object
from longbien.primitives.canonical import Json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

T = TypeVar("T")
En = TypeVar("En", bound=Enum)

MAX_NUMBER: Final = 2**53 - 1  # RFC 8785
MAX_MEMBERS: Final = 1000  # of one list: exhibits of a case; everything else is far below

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9().,/_-]{0,63}", re.ASCII)


@frozen
class Codec(Generic[T]):
    """How one kind of value is written and read.  ``read`` raises Malformed and nothing else."""

    write: Callable[[T], Json]
    read: Callable[[Json], T]


def bad_field(why: str) -> Malformed:
    """Return the error for a value that is not in its form."""
    return Malformed("case.field", "a field is not in its form: {why}", why=why)


def _read_text(value: Json, *, most: int, least: int) -> str:
    if not isinstance(value, str):
        raise bad_field("a text is missing")
    fault = find_fault(value, most=most, least=least)
    if fault is not None:
        raise Malformed("case.text", "a text cannot be taken: {why}", why=fault)
    return value


def text_of(*, most: int, least: int = 1) -> Codec[str]:
    """Return the codec of a text of bounded length."""
    return Codec(lambda text: text, lambda value: _read_text(value, most=most, least=least))


TEXT = text_of(most=MAX_TEXT)
WORDS = text_of(most=MAX_TEXT, least=0)
"""A text that may be empty."""

LINE = text_of(most=MAX_LINE)
REMARK = text_of(most=MAX_LINE, least=0)
"""A line that may be empty."""


def _read_code(value: Json) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise bad_field("a code is missing")
    return value


CODE: Codec[str] = Codec(lambda code: code, _read_code)
"""A name of a rule, a ground, a field: ``42(8)``, ``offence_and_facts``."""


def _read_optional_code(value: Json) -> str:
    return value if value == "" and isinstance(value, str) else _read_code(value)


OPTIONAL_CODE: Codec[str] = Codec(lambda code: code, _read_optional_code)


def _read_number(value: Json) -> int:
    # bool is a subclass of int
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise bad_field("a whole number is missing")
    return value


NUMBER: Codec[int] = Codec(lambda number: number, _read_number)


def below(limit: int) -> Codec[int]:
    """Return the codec of a whole number below a limit."""

    def read(value: Json) -> int:
        number = _read_number(value)
        if number >= limit:
            raise bad_field("a number is too large")
        return number

    return Codec(lambda number: number, read)


def _read_flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise bad_field("true or false is missing")
    return value


FLAG: Codec[bool] = Codec(lambda flag: flag, _read_flag)


def _read_instant(value: Json) -> Instant:
    instant = Instant.parse(value if isinstance(value, str) else "")
    if str(instant) != value:
        raise bad_field("a time is not written as it must be")
    return instant


INSTANT: Codec[Instant] = Codec(str, _read_instant)
DIGEST: Codec[Digest] = Codec(
    lambda digest: digest.hex, lambda value: Digest.parse(value if isinstance(value, str) else "")
)
SEALED: Codec[SealedObject] = Codec(encode_sealed_object, parse_sealed_object)


def id_of(parse: Callable[[str], T]) -> Codec[T]:
    """Return the codec of a typed id; ``parse`` reads it or raises Malformed."""
    return Codec(str, lambda value: parse(value if isinstance(value, str) else ""))


def one_of(kind: type[En]) -> Codec[En]:
    """Return the codec of an enumeration of texts."""
    known: Mapping[Json, En] = {member.value: member for member in kind}

    def read(value: Json) -> En:
        if not isinstance(value, str) or value not in known:
            raise bad_field("a word is none of those that may stand there")
        return known[value]

    return Codec(lambda member: member.value, read)


def maybe(codec: Codec[T]) -> Codec[T | None]:
    """Return the codec of a value that may be absent, written ``null``."""
    return Codec(
        lambda value: None if value is None else codec.write(value),
        lambda value: None if value is None else codec.read(value),
    )


def many(codec: Codec[T], *, most: int = MAX_MEMBERS, least: int = 0) -> Codec[tuple[T, ...]]:
    """Return the codec of a list."""

    def read(value: Json) -> tuple[T, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise bad_field("a list is missing, too short or too long")
        members: Sequence[Json] = value
        return tuple([codec.read(member) for member in members])

    return Codec(lambda members: [codec.write(member) for member in members], read)


def pairs(key: Codec[str], codec: Codec[str], *, most: int) -> Codec[tuple[tuple[str, str], ...]]:
    """Return the codec of named texts, written as an object; sorted by name once read."""

    def read(value: Json) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict) or len(value) > most:
            raise bad_field("an object is missing or has too many fields")
        return tuple([(key.read(name), codec.read(value[name])) for name in sorted(value)])

    return Codec(lambda found: {name: codec.write(text) for name, text in found}, read)


@frozen
class Record(Generic[T]):
    """How an object of one class is written: each field by its name with its codec."""

    made: Callable[..., T]
    fields: Mapping[str, Codec[Any]] = field(repr=False)
    later: frozenset[str] = frozenset()
    """Fields that entries of our own journal from before may lack: they have their default then.
    Never of a message: whoever leaves out a field there has said something else."""

    def write(self, thing: T) -> dict[str, Json]:
        """Return the object's fields, all of them."""
        return {name: codec.write(getattr(thing, name)) for name, codec in self.fields.items()}

    def read(self, value: Json) -> T:
        """Read an object.  Raises Malformed, also for a missing or an unknown field."""
        if not isinstance(value, dict) or value.keys() | self.later != self.fields.keys():
            raise bad_field("an object has missing or unknown fields")
        found = {name: self.fields[name].read(one) for name, one in value.items()}
        return self.made(**found)

    @property
    def codec(self) -> Codec[T]:
        """Return the same as a codec, to stand inside another record."""
        return Codec(self.write, self.read)
