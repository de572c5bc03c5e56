"""Offences as a request names them: lines of text, typed.

``uncc 7``, ``uncc 11(1)(a) attempt``, ``national VN "Penal Code art. 289" max 12 years``.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from attrs import frozen

from longbien.primitives.errors import Malformed
from longbien.primitives.ids import StateCode
from longbien.treaty.offences import FIRST, LAST
from longbien.treaty.penalties import Penalty

MAX_OFFENCES: Final = 40
_MAX_CITE: Final = 200  # characters
_UNCC = re.compile(
    r"uncc ([1-9][0-9]?)((?:\([0-9]{1,2}\))?(?:\([a-z]\))?)"
    r"(?: (principal|participant|attempt|preparation))?",
    re.ASCII,
)
_NATIONAL = re.compile(rf'national ([A-Z]{{2}}) "([^"]{{1,{_MAX_CITE}}})" max (\S.*)')
_BEGINS = re.compile(r"(?:uncc [1-9]|national [A-Z]{2} )", re.ASCII)


class Part(StrEnum):
    """How somebody had a part in the offence: article 19."""

    PRINCIPAL = "principal"
    PARTICIPANT = "participant"
    ATTEMPT = "attempt"
    PREPARATION = "preparation"


@frozen(kw_only=True)
class ConventionOffence:
    """An offence of articles 7 to 17, as a request names it: ``uncc 11(1)(a) attempt``."""

    article: int
    paragraph: str = ""
    part: Part = Part.PRINCIPAL


@frozen(kw_only=True)
class NationalOffence:
    """A provision of national law: ``national VN "Penal Code art. 289" max 12 years``."""

    state: StateCode
    cite: str
    maximum: Penalty


NamedOffence: TypeAlias = ConventionOffence | NationalOffence


def parse_offences(text: str) -> tuple[NamedOffence, ...]:
    """Read offences, one a line.  Raises Malformed ``offences.…``."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MAX_OFFENCES:
        raise Malformed(
            "offences.count", "between 1 and {limit} offences stand here", limit=MAX_OFFENCES
        )
    return tuple(map(parse_offence, lines))


def parse_offence(line: str) -> NamedOffence:
    """Read one offence.  Raises Malformed ``offences.…``, ``id.form``."""
    own = _UNCC.fullmatch(line)
    if own is not None:
        if not FIRST <= int(own[1]) <= LAST:
            raise Malformed(
                "offences.article", "article {article} is no offence: 7 to 17 are", article=own[1]
            )
        return ConventionOffence(
            article=int(own[1]), paragraph=own[2], part=Part(own[3] or Part.PRINCIPAL)
        )
    national = _NATIONAL.fullmatch(line)
    if national is None:
        raise Malformed(
            "offences.line",
            'an offence is written "uncc 7", or "national VN" with the provision in quotation '
            "marks and max 12 years",
        )
    return NationalOffence(
        state=StateCode.parse(national[1]),
        cite=national[2],
        maximum=Penalty.parse(national[3]),
    )


def offences_in(contents: Mapping[str, str]) -> tuple[NamedOffence, ...]:
    """Return the offences that a form names, from whichever field; each once.

    In a field of sentences, a line that begins as an offence does is read as one.  What cannot be
    read is left out here: the check of the form says so to its writer.
    """
    found: dict[NamedOffence, None] = {}
    for text in contents.values():
        for line in text.splitlines():
            if _BEGINS.match(line.strip()):
                try:
                    found[parse_offence(line.strip())] = None
                except Malformed:
                    continue
    return tuple(found)
