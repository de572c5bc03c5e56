"""The law of States in plain text: what is shown to a prosecutor, in any language."""

from collections.abc import Iterable, Iterator
from typing import Final

from longbien.casework.telling import Teller, bullet, paragraph
from longbien.treaty.bases import BasisView
from longbien.treaty.comparison import Comparison, ElementSide, Gaps, LawSide
from longbien.treaty.offences import Element, ElementRecord, Offence, Provision, Role
from longbien.treaty.remarks import Remark
from longbien.treaty.scope import ScopeView

_OF_ELEMENTS: Final = frozenset(
    {"compare.narrower", "compare.gap", "compare.asks-option", "compare.declared"}
)
"""Remarks that a table of elements says already."""

_CHOICES: Final = frozenset({Role.OPTION, Role.WIDER, Role.EXCEPTION})


def comparison_lines(found: Comparison, teller: Teller) -> Iterator[str]:
    """Yield an offence in the law of two States."""
    yield from _title(found.offence, teller)
    for side in found.sides:
        yield f"  {teller.line('example' if side.is_example else 'alone', name=side.name)}"
        yield from _provision_lines(side, teller, 4)
    yield f"  {teller.label('by-element')}"
    silent = []
    pairs = zip(found.sides[0].elements, found.sides[1].elements, strict=True)
    for (element, first), (_, second) in pairs:
        if first.is_recorded or second.is_recorded:
            role = teller.name("element-role", element.role)
            text = teller.line("element", text=teller.data(element.text), role=role)
            yield from paragraph(text, 4)
            for side, one in zip(found.sides, (first, second), strict=True):
                yield from _side_lines(side.name, one, teller)
        else:
            silent.append(element)
    yield from _silent_lines("silent-both", silent, teller, 4)
    yield from _to_know(found.remarks, teller)


def gap_lines(found: Gaps, teller: Teller) -> Iterator[str]:
    """Yield an offence in the law of one State, and what it lacks."""
    yield from _title(found.offence, teller)
    yield from _provision_lines(found.side, teller, 2)
    for element, one in found.side.elements:
        for text in _said(one, teller):
            line = teller.line("side", name=teller.data(element.text), text=text)
            yield from paragraph(line, 2)
    silent = [element for element, one in found.side.elements if not one.is_recorded]
    yield from _silent_lines("silent", silent, teller, 2)
    yield from _to_know(found.remarks, teller)


def basis_lines(views: Iterable[BasisView], teller: Teller) -> Iterator[str]:
    """Yield each legal basis, and why it binds or not."""
    for view in views:
        force = teller.name("force", view.force)
        yield teller.line("force", basis=teller.data(view.title), force=force)
        yield from remark_lines(view.remarks, teller, 2)


def scope_lines(view: ScopeView, teller: Teller) -> Iterator[str]:
    """Yield on which side of the gate the offences are."""
    yield teller.line("scope", scope=teller.name("scope-is", view.scope))
    yield from remark_lines(view.remarks, teller, 2)


def remark_lines(remarks: Iterable[Remark], teller: Teller, indent: int = 0) -> Iterator[str]:
    """Yield remarks, one a bullet."""
    for one in remarks:
        yield from bullet(teller.remark(one), indent)


# --- parts ---------------------------------------------------------------------------------------


def _title(offence: Offence, teller: Teller) -> Iterator[str]:
    title, grade = teller.data(offence.title), offence.confidence.value
    yield from paragraph(
        teller.line("offence", number=offence.article, title=title, grade=grade), 0
    )


def _provision_lines(side: LawSide, teller: Teller, indent: int) -> Iterator[str]:
    provisions = side.cell.provisions if side.cell is not None else ()
    for one in provisions:
        yield from paragraph(_provision(one, teller), indent)
        if one.note:
            yield from paragraph(teller.text(one.note), indent + 2)
    if not provisions:
        yield " " * indent + teller.label("no-provision")


def _provision(one: Provision, teller: Teller) -> str:
    source = teller.name("source", one.status)
    if not one.maximum.is_known:
        return teller.line("provision-unknown", cite=one.cite, source=source)
    penalty = teller.maximum(one.maximum)
    return teller.line("provision", cite=one.cite, penalty=penalty, source=source)


def _side_lines(name: str, side: ElementSide, teller: Teller) -> Iterator[str]:
    for text in _said(side, teller) or (teller.label("not-recorded"),):
        yield from paragraph(teller.line("side", name=name, text=text), 6)


def _said(side: ElementSide, teller: Teller) -> list[str]:
    found = [_record(one, teller) for one in side.records]
    return found + [teller.part("declared", text=one.text) for one in side.declared]


def _record(one: ElementRecord, teller: Teller) -> str:
    holding, text = teller.name("holding", one.holds), teller.data(one.text)
    if not one.cite:
        return teller.part("record", holding=holding, text=text)
    # without the words that stand in brackets behind a citation
    cite = one.cite.partition(" (")[0]
    return teller.part("record-in", holding=holding, text=text, cite=cite)


def _silent_lines(
    sentence: str, silent: Iterable[Element], teller: Teller, indent: int
) -> Iterator[str]:
    """Yield the elements first, and apart from them what a State may add or leave out."""
    kept = list(silent)
    for more, is_choice in (("", False), ("-choice", True)):
        those = [teller.data(one.text) for one in kept if (one.role in _CHOICES) is is_choice]
        if those:
            yield from paragraph(teller.line(sentence + more, elements="; ".join(those)), indent)


def _to_know(remarks: Iterable[Remark], teller: Teller) -> Iterator[str]:
    told = [one for one in remarks if one.code not in _OF_ELEMENTS]
    if told:
        yield f"  {teller.label('to-know')}"
    yield from remark_lines(told, teller, 4)
