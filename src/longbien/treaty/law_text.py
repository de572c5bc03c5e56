"""The law of States in plain text: what is shown to a prosecutor.  Lines, not longer than 100."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final

from longbien.treaty.bases import BasisView, Force
from longbien.treaty.comparison import Comparison, ElementSide, Gaps, LawSide
from longbien.treaty.offences import SOURCE_WORDS, Element, Holding, Offence, Provision, Role
from longbien.treaty.remarks import Remark, sentence_of
from longbien.treaty.scope import Scope, ScopeView

WIDTH: Final = 100
HOLDING_WORDS: Final = {
    Holding.NAMED: "named",
    Holding.NARROWER: "covers less",
    Holding.ASKED: "asks for this option",
    Holding.LACKING: "a gap is reported",
}
ROLE_WORDS: Final = {
    Role.CONDUCT: "conduct",
    Role.OBJECT: "object",
    Role.INTENT: "intent",
    Role.CIRCUMSTANCE: "circumstance",
    Role.OPTION: "a State may ask for it",
    Role.WIDER: "a State may add it",
    Role.EXCEPTION: "no offence",
}
FORCE_WORDS: Final = {
    Force.BINDS: "binds both States",
    Force.DOES_NOT_BIND: "does not bind both States",
    Force.NOT_RECORDED: "not recorded",
    Force.IF_NAMED: "possible, if it is named",
}
SCOPE_WORDS: Final = {
    Scope.CONVENTION_OFFENCE: "an offence of the Convention is named",
    Scope.SERIOUS_CRIME: "a serious crime is recorded",
    Scope.NOT_SHOWN: "not shown: no offence of the Convention, no maximum of 4 years",
    Scope.OPEN: "open",
}
NOT_RECORDED: Final = "not recorded"
_OF_ELEMENTS: Final = frozenset(
    {"compare.narrower", "compare.gap", "compare.asks-option", "compare.declared"}
)
"""Remarks that a table of elements says already."""

_CHOICES: Final = frozenset({Role.OPTION, Role.WIDER, Role.EXCEPTION})
_ELEMENTS: Final = frozenset(Role) - _CHOICES


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Yield an offence in the law of two States."""
    yield from _title(found.offence)
    for side in found.sides:
        yield from _law_lines(side)
    yield "  Element by element"
    silent = []
    pairs = zip(found.sides[0].elements, found.sides[1].elements, strict=True)
    for (element, first), (_, second) in pairs:
        if first.is_recorded or second.is_recorded:
            yield from _paragraph(f"{element.text} ({ROLE_WORDS[element.role]})", 4)
            for side, one in zip(found.sides, (first, second), strict=True):
                yield from _element_lines(side.name, one)
        else:
            silent.append(element)
    yield from _silent_lines("Not recorded in either State", silent, 4)
    yield from _remark_lines("To know", found.remarks)


def gap_lines(found: Gaps) -> Iterator[str]:
    """Yield an offence in the law of one State, and what it lacks."""
    yield from _title(found.offence)
    yield from _provision_lines(found.side, 2)
    for element, one in found.side.elements:
        for text in _said(one):
            yield from _paragraph(f"{element.text}: {text}", 2)
    silent = [element for element, one in found.side.elements if not one.is_recorded]
    yield from _silent_lines("Not recorded", silent, 2)
    yield from _remark_lines("To know", found.remarks)


def basis_lines(views: Iterable[BasisView]) -> Iterator[str]:
    """Yield each legal basis, and why it binds or not."""
    for view in views:
        yield f"{view.title}: {FORCE_WORDS[view.force]}"
        for one in view.remarks:
            yield from _bullet(sentence_of(one), 2)


def scope_lines(view: ScopeView) -> Iterator[str]:
    """Yield on which side of the gate the offences are."""
    yield f"Scope (35(1)): {SCOPE_WORDS[view.scope]}"
    for one in view.remarks:
        yield from _bullet(sentence_of(one), 2)


def remark_lines(remarks: Iterable[Remark]) -> Iterator[str]:
    """Yield remarks, one a bullet."""
    for one in remarks:
        yield from _bullet(sentence_of(one), 0)


# --- parts ---------------------------------------------------------------------------------------


def _title(offence: Offence) -> Iterator[str]:
    title = f"Article {offence.article}: {offence.title} [{offence.confidence.value}]"
    yield from _paragraph(title, 0)


def _law_lines(side: LawSide) -> Iterator[str]:
    yield f"  {side.name}{' (EXAMPLE profile)' if side.is_example else ''}"
    yield from _provision_lines(side, 4)


def _provision_lines(side: LawSide, indent: int) -> Iterator[str]:
    provisions = side.cell.provisions if side.cell is not None else ()
    for one in provisions:
        yield from _paragraph(_provision(one), indent)
        if one.note:
            yield from _paragraph(one.note, indent + 2)
    if not provisions:
        yield " " * indent + "no provision is recorded"


def _provision(one: Provision) -> str:
    penalty = f"maximum {one.maximum}" if one.maximum.is_known else "maximum not recorded"
    return f"{one.cite}: {penalty} ({SOURCE_WORDS[one.status]})"


def _element_lines(name: str, side: ElementSide) -> Iterator[str]:
    for text in _said(side) or (NOT_RECORDED,):
        yield from _paragraph(f"{name}: {text}", 6)


def _said(side: ElementSide) -> list[str]:
    found = [f"{HOLDING_WORDS[one.holds]}: {one.text}{_cited(one.cite)}" for one in side.records]
    return found + [f"declared: {one.text}" for one in side.declared]


def _cited(cite: str) -> str:
    """Return a citation in brackets, without the words that stand with it."""
    return f" ({cite.partition(' (')[0]})" if cite else ""


def _silent_lines(label: str, silent: Iterable[Element], indent: int) -> Iterator[str]:
    """Yield the elements first, and apart from them what a State may add or leave out."""
    kept = list(silent)
    for more, roles in (("", _ELEMENTS), (", of what a State may add or leave out", _CHOICES)):
        names = "; ".join(one.text for one in kept if one.role in roles)
        if names:
            yield from _paragraph(f"{label}{more}: {names}", indent)


def _remark_lines(label: str, remarks: Iterable[Remark]) -> Iterator[str]:
    shown = [one for one in remarks if one.code not in _OF_ELEMENTS]
    if shown:
        yield f"  {label}"
    for one in shown:
        yield from _bullet(sentence_of(one), 4)


def _paragraph(text: str, indent: int) -> Iterator[str]:
    margin = " " * indent
    yield from wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin + "  ")


def _bullet(text: str, indent: int) -> Iterator[str]:
    margin = " " * indent
    yield from wrap(text, WIDTH, initial_indent=f"{margin}- ", subsequent_indent=f"{margin}  ")
