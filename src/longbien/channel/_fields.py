"""Reading the fields of one JSON object, each with its form; what is wrong is named.

Every object of the channel has exactly the fields of its version: an unknown one is refused,
because ignoring it could turn a refusal into a permission.
"""

import binascii
import re
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from attrs import frozen

from longbien.primitives.canonical import Json, parse_canonical
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

MAX_NUMBER: Final = 2**53 - 1  # what every JSON reader can count to (RFC 8785, 3.2.2.3)

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@frozen
class Fields:
    """The fields of one object."""

    what: str
    value: Mapping[str, Json]

    @classmethod
    def of(cls, what: str, value: Json, names: Collection[str]) -> "Fields":
        """Take an object that has exactly these fields, or Malformed ``channel.fields``."""
        if not isinstance(value, Mapping) or value.keys() != set(names):
            raise Malformed(
                "channel.fields", "{what} has other fields than the protocol says", what=what
            )
        return cls(what, value)

    @classmethod
    def read(
        cls, what: str, data: bytes, names: Collection[str], *, max_size: int, max_depth: int
    ) -> "Fields":
        """Read canonical JSON with exactly these fields.

        Raises Malformed ``json.*`` and ``channel.fields``.
        """
        return cls.of(what, parse_canonical(data, max_size=max_size, max_depth=max_depth), names)

    def text(self, name: str, *, form: re.Pattern[str]) -> str:
        """Return a text of that form."""
        value = self.value[name]
        if not isinstance(value, str) or not form.fullmatch(value):
            raise self.wrong(name)
        return value

    def number(self, name: str, *, low: int = 0, high: int = MAX_NUMBER) -> int:
        """Return a whole number within these bounds, both included."""
        value = self.value[name]
        # True is an int in Python and is no number here
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(name)
        return value

    def boolean(self, name: str) -> bool:
        """Return true or false."""
        value = self.value[name]
        if not isinstance(value, bool):
            raise self.wrong(name)
        return value

    def one_of(self, name: str, kind: type[E]) -> E:
        """Return a member of a closed list."""
        value = self.value[name]
        try:
            return kind(value if isinstance(value, str) else "")
        except ValueError:
            raise self.wrong(name) from None

    def parsed(self, name: str, parse: Callable[[str], T]) -> T:
        """Return what ``parse`` makes of a text; whatever it refuses is wrong here."""
        value = self.value[name]
        if not isinstance(value, str):
            raise self.wrong(name)
        try:
            return parse(value)
        except Malformed:
            raise self.wrong(name) from None

    def instant(self, name: str) -> Instant:
        """Return a time in the one form in which we write it: UTC with ``Z``."""
        found = self.parsed(name, Instant.parse)
        if str(found) != self.value[name]:
            raise self.wrong(name)
        return found

    def digest(self, name: str) -> Digest:
        """Return a SHA-256 digest."""
        return self.parsed(name, Digest.parse)

    def octets(self, name: str, *, size: int) -> bytes:
        """Return bytes of that size, in canonical base64."""
        return self._octets(name, self.value[name], size)

    def many_octets(self, name: str, *, size: int, at_most: int) -> tuple[bytes, ...]:
        """Return a bounded list of byte strings, each of that size."""
        return tuple(self._octets(name, one, size) for one in self.items(name, at_most=at_most))

    def items(self, name: str, *, at_most: int) -> list[Json]:
        """Return a list of at most that many values."""
        value = self.value[name]
        if not isinstance(value, list) or len(value) > at_most:
            raise self.wrong(name)
        return value

    def wrong(self, name: str) -> Malformed:
        """Return the error that names the field: Malformed ``channel.form``."""
        return Malformed(
            "channel.form",
            "{what}: the field {field} is not in its form",
            what=self.what,
            field=name,
        )

    def _octets(self, name: str, value: Json, size: int) -> bytes:
        # the length first: nothing large is ever decoded; one value has one text
        if not isinstance(value, str) or len(value) != (size + 2) // 3 * 4 or not value.isascii():
            raise self.wrong(name)
        try:
            raw = binascii.a2b_base64(value)
        except binascii.Error:
            raise self.wrong(name) from None
        if len(raw) != size or encode_octets(raw) != value:
            raise self.wrong(name)
        return raw


def encode_octets(raw: bytes) -> str:
    """Write bytes as padded base64 (RFC 4648, 4)."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")
