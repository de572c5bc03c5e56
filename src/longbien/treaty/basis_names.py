"""How legal bases are named: what an officer wrote in a line of a request, and what it means.

The only reader of such lines: completeness, clocks, advice and statistics all ask here.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Basis(StrEnum):
    """The codes by which a request names what it rests on."""

    CONVENTION = "UNCC"
    BUDAPEST = "BUDAPEST"
    BUDAPEST_SECOND = "BUDAPEST-2"
    UNTOC = "UNTOC"
    UNCAC = "UNCAC"
    BILATERAL = "BILATERAL"
    RECIPROCITY = "RECIPROCITY"
    EUROPEAN_UNION = "EU"
    """Law of the European Union: whom it reaches, its own texts say."""

    DOMESTIC = "DOMESTIC"
    """The law of one of the two States."""


NAMES: Final[Mapping[Basis, str]] = MappingProxyType(
    {
        Basis.CONVENTION: "United Nations Convention against Cybercrime",
        Basis.BUDAPEST: "Convention on Cybercrime (Budapest)",
        Basis.BUDAPEST_SECOND: "Second Additional Protocol to the Budapest Convention",
        Basis.UNTOC: "United Nations Convention against Transnational Organized Crime",
        Basis.UNCAC: "United Nations Convention against Corruption",
        Basis.BILATERAL: "Bilateral treaty",
        Basis.RECIPROCITY: "Reciprocity or comity",
        Basis.EUROPEAN_UNION: "Law of the European Union",
        Basis.DOMESTIC: "Law of one State",
    }
)

TREATIES: Final = (
    Basis.CONVENTION,
    Basis.BUDAPEST,
    Basis.BUDAPEST_SECOND,
    Basis.UNTOC,
    Basis.UNCAC,
)
"""Treaties of many States: on a day each binds two States or does not."""

OF_ONE_SIDE: Final = frozenset({Basis.EUROPEAN_UNION, Basis.DOMESTIC})
"""Law that no treaty between the two States is."""

_CONVENTION: Final = r"\bUNCC\b|convention against cybercrime|hanoi convention"
_BUDAPEST: Final = r"\bBUDAPEST\b|convention on cybercrime|\bETS(?: no\.?)? ?185\b"
_EU_LAW: Final = r"\bEU\b|european union|regulation \(?EU\)?|directive|european investigation"
_DOMESTIC: Final = r"\b(?:act|code|law|section|usc|u\.s\.c|criminal procedure)\b"

# How people write them; the first that is found counts.
_WRITTEN: Final = (
    (Basis.BUDAPEST_SECOND, r"\bBUDAPEST-2\b|second additional protocol"),
    (Basis.BUDAPEST, _BUDAPEST),
    (Basis.UNTOC, r"\bUNTOC\b|transnational organi[sz]ed crime|palermo convention"),
    (Basis.UNCAC, r"\bUNCAC\b|convention against corruption"),
    (Basis.CONVENTION, _CONVENTION),
    (Basis.EUROPEAN_UNION, _EU_LAW),
    (Basis.BILATERAL, r"\bBILATERAL\b|\bMLAT\b|(?:treaty|agreement) between|treaty of"),
    (Basis.RECIPROCITY, r"reciproc|comity"),
    (Basis.DOMESTIC, _DOMESTIC),
)
_READ: Final = tuple((basis, re.compile(form, re.IGNORECASE)) for basis, form in _WRITTEN)
_ACT: Final = re.compile(r"EU-(\d{4})-(\d{1,4})", re.ASCII)


def find_basis(named: str) -> Basis | None:
    """Return the basis that a line of a request means: ``UNCC article 44``; None: none of them."""
    return next((basis for basis, form in _READ if form.search(named)), None)


def names_article(named: str) -> bool:
    """Tell if a line says anything beside the names of instruments that has a number."""
    rest = named
    for _, form in _READ:
        rest = form.sub(" ", rest)
    return any(char.isdecimal() for char in rest)


def names_code(named: str, code: str) -> bool:
    """Tell if a line names the instrument of a rule pack: code, name, or as ``2023/1543``."""
    act = _ACT.fullmatch(code)
    known = {code.casefold(), *({f"{act[1]}/{act[2]}"} if act else ())}
    if any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", named.casefold()) for one in known):
        return True
    basis = find_basis(named)
    return basis is not None and basis.value.casefold() == code.casefold()
