"""All kinds of request by their codes.  A new kind is entered here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from longbien.casework.kind import Kind
from longbien.casework.kinds import (
    drill,
    evidence,
    measures,
    persons,
    preservation,
    proceedings,
    questions,
    spontaneous,
)
from longbien.primitives.errors import Refused

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            preservation.KIND,
            *questions.KINDS,
            *evidence.KINDS,
            *measures.KINDS,
            *persons.KINDS,
            *proceedings.KINDS,
            spontaneous.KIND,
            drill.KIND,
        )
    }
)


def get_kind(code: str) -> Kind:
    """Return a kind.  Raises Refused ``case.kind``: this node does not know it."""
    if code not in KINDS:
        raise Refused("case.kind", "requests of the kind {kind} are not known here", kind=code)
    return KINDS[code]
