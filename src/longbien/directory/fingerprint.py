"""Fingerprints to be read out over the telephone: ten groups of five digits.

Each group has four digits of the number and a check digit (Damm), begun with the group's place:
a digit misheard, two neighbours swapped or two groups exchanged show in the very group.  The
number has 132 bits: nobody finds a second State with the same one.
"""

import re
from typing import Final

from attrs import frozen

from longbien.directory.entry import StateEntry
from longbien.directory.wire import encode_entry, roots_to_json
from longbien.primitives.canonical import encode_json
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed

GROUPS: Final = 10
_DIGITS = 4  # of the number, in one group
_GAPS = re.compile(r"[\s.,;:-]+")
_FORM = re.compile(r"[0-9]{50}", re.ASCII)

# H. Michael Damm, 2004: a totally anti-symmetric quasigroup of order 10
_DAMM: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


@frozen
class Fingerprint:
    """Fifty digits, check digits included."""

    digits: str

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the ten groups in the order in which they are read out."""
        size = _DIGITS + 1
        return tuple(self.digits[at : at + size] for at in range(0, GROUPS * size, size))

    def __str__(self) -> str:
        """Return the ten groups with spaces between them."""
        return " ".join(self.groups)


def roots_fingerprint(entry: StateEntry) -> Fingerprint:
    """Name a State's roots: stable for as long as its root holders are the same."""
    named = {
        "exercise": entry.exercise,
        "roots": roots_to_json(entry.roots),
        "state": entry.state.text,
    }
    return _of(b"longbien:fingerprint.roots/1\n" + encode_json(named))


def entry_fingerprint(entry: StateEntry) -> Fingerprint:
    """Name one version of an entry, every word of it."""
    return _of(b"longbien:fingerprint.entry/1\n" + encode_entry(entry))


def parse_fingerprint(text: str) -> Fingerprint:
    """Read what was noted down: digits, with spaces or dashes anywhere.

    Raises Malformed ``fingerprint.form``, and ``fingerprint.group`` with the group that was
    misheard.
    """
    digits = _GAPS.sub("", text[:400])
    if not _FORM.fullmatch(digits):
        raise Malformed("fingerprint.form", "a fingerprint has ten groups of five digits")
    found = Fingerprint(digits)
    for place, group in enumerate(found.groups):
        if _check_digit(group[:_DIGITS], place) != group[_DIGITS:]:
            raise Malformed(
                "fingerprint.group",
                "group {number} ({group}) was misheard or stands in another place: ask again",
                number=place + 1,
                group=group,
            )
    return found


def _of(bound: bytes) -> Fingerprint:
    # 2^256 is so far above 10^40 that no number is more likely than another
    number = int.from_bytes(Digest.of(bound).raw, "big") % 10 ** (GROUPS * _DIGITS)
    digits = f"{number:0{GROUPS * _DIGITS}d}"
    parts = [digits[at : at + _DIGITS] for at in range(0, GROUPS * _DIGITS, _DIGITS)]
    return Fingerprint("".join(part + _check_digit(part, at) for at, part in enumerate(parts)))


def _check_digit(part: str, place: int) -> str:
    interim = place
    for digit in part:
        interim = _DAMM[interim][int(digit)]
    return str(interim)
