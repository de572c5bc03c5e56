"""The registries' files: to which State a range of addresses was given, as the file says.

The five regional registries publish every day what they have given out, in the RIR statistics
exchange format, version 2 (``delegated-REGISTRY-extended-latest``): lines of fields between
bars, first a version line with the day up to which it counts.  A registration says where a
holder is at home and not where an address was used: an indication with its source and date.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from attrs import frozen

from longbien.casework.completeness.asked import Indication
from longbien.primitives.errors import Malformed

MAX_LINES: Final = 2_000_000  # of one file; the largest has a quarter of it
MAX_LINE: Final = 512  # bytes

_VERSION: Final = re.compile(
    r"2(?:\.[0-9]+)?\|([a-z]{3,12})\|[^|]*\|[0-9]+\|[0-9]*\|"
    r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])\|[+-]?[0-9]{0,4}",
    re.ASCII,
)
_STATE: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_NO_STATES: Final = frozenset({"AP", "EU", "ZZ"})
"""Codes for a region, or for nobody."""

_GIVEN: Final = frozenset({"allocated", "assigned"})
_KINDS: Final = frozenset({"asn", "ipv4", "ipv6"})
_FIELDS: Final = 7
_IPV4_BITS: Final = 32
_IPV6_BITS: Final = 128
_HALF: Final = 64
"""Bits that tell IPv6 ranges apart: a registry gives out nothing smaller than a network of 64."""


@frozen(kw_only=True)
class Ranges:
    """Ranges of one kind of address, by their first address; three arrays, for memory."""

    first: Sequence[int]
    last: Sequence[int]
    states: Sequence[int]
    """Two letters in one number."""

    def find(self, number: int) -> str | None:
        """Return the State of the range in which a number lies."""
        at = bisect_right(self.first, number) - 1
        if at < 0 or number > self.last[at]:
            return None
        return self.states[at].to_bytes(2, "big").decode("ascii")


@frozen(kw_only=True)
class Registry:
    """What one registry has given to whom."""

    name: str
    date: str
    """ISO 8601: up to this day it counts."""

    ipv4: Ranges
    ipv6: Ranges

    def locate(self, address: str) -> Indication | None:
        """Return to which State an address was given; None where this registry does not say."""
        found = ip_address(address)
        if isinstance(found, IPv4Address):
            state = self.ipv4.find(int(found))
        else:
            state = self.ipv6.find(int(found) >> (_IPV6_BITS - _HALF))
        if state is None:
            return None
        return Indication(state=state, source=self.name.upper(), date=self.date)


def parse_registry(lines: Iterable[bytes]) -> Registry:
    """Read a file.  Raises Malformed ``registry.version``, ``registry.line``, ``registry.size``."""
    rows = _rows(lines)
    version = _VERSION.fullmatch(next(rows, (0, ""))[1])
    if version is None:
        raise Malformed(
            "registry.version", "this is no file of a registry's delegations, version 2"
        )
    found: dict[str, list[tuple[int, int, int]]] = {"ipv4": [], "ipv6": []}
    for number, row in rows:
        try:
            record = _record(row)
        except ValueError:
            raise Malformed(
                "registry.line", "line {number} is no record of a delegation", number=number
            ) from None
        if record is not None:
            found[record[0]].append(record[1])
    return Registry(
        name=version[1],
        date="-".join(version.groups()[1:]),
        ipv4=_ranges(found["ipv4"], "I"),
        ipv6=_ranges(found["ipv6"], "Q"),
    )


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Yield numbered lines that say something: no comments, no empty ones."""
    for number, line in enumerate(lines, 1):
        if number > MAX_LINES or len(line) > MAX_LINE:
            raise Malformed("registry.size", "the file is larger than such a file can be")
        text = line.decode("ascii", "replace").strip()
        if text and not text.startswith("#"):
            yield number, text


def _record(row: str) -> tuple[str, tuple[int, int, int]] | None:
    """Read a record; None for one that says nothing of a State.  Raises ValueError."""
    fields = row.split("|")
    if fields[-1] == "summary":
        return None
    if len(fields) < _FIELDS or fields[2] not in _KINDS:
        raise ValueError
    _, state, kind, start, value, _, status = fields[:_FIELDS]
    if status not in _GIVEN or kind == "asn" or state in _NO_STATES:
        return None
    if not _STATE.fullmatch(state) or not value.isdecimal():
        raise ValueError
    first, last = _ipv4(start, int(value)) if kind == "ipv4" else _ipv6(start, int(value))
    return kind, (first, last, int.from_bytes(state.encode("ascii"), "big"))


def _ipv4(start: str, count: int) -> tuple[int, int]:
    """Return the first and the last of so many addresses."""
    first = int(IPv4Address(start))
    last = first + count - 1
    if not first <= last < 1 << _IPV4_BITS:
        raise ValueError
    return first, last


def _ipv6(start: str, length: int) -> tuple[int, int]:
    """Return the first and the last network of 64 bits of a network of that prefix length."""
    if not 0 < length <= _HALF:
        raise ValueError
    first = int(IPv6Address(start)) >> (_IPV6_BITS - _HALF)
    return first, first + (1 << (_HALF - length)) - 1


def _ranges(found: list[tuple[int, int, int]], kind: str) -> Ranges:
    found.sort()
    return Ranges(
        first=array(kind, [one[0] for one in found]),
        last=array(kind, [one[1] for one in found]),
        states=array("H", [one[2] for one in found]),
    )
