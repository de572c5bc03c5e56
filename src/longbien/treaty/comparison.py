"""Dual criminality by conduct: the same offence in the law of two States, element by element.

Article 35(3): it is met when the same underlying conduct is criminal in both States, whatever
its category or name.  What stands here is advice to a person: no score, no decision.  It is not
asked for before preservation (42(4)).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from longbien.treaty.contents import Confidence
from longbien.treaty.offences import (
    Cell,
    Element,
    ElementRecord,
    Holding,
    Offence,
    Role,
    load_offences,
)
from longbien.treaty.profiles import Declared
from longbien.treaty.remarks import OWN_RULE, Remark, remark
from longbien.treaty.states import States

_CODES: Final = {
    Holding.NARROWER: "compare.narrower",
    Holding.LACKING: "compare.gap",
    Holding.ASKED: "compare.asks-option",
}


@frozen(kw_only=True)
class ElementSide:
    """What is recorded of one element in one State; nothing of both: it is not recorded."""

    records: tuple[ElementRecord, ...]
    declared: tuple[Declared, ...]

    @property
    def is_recorded(self) -> bool:
        """Tell if there is anything."""
        return bool(self.records or self.declared)


@frozen(kw_only=True)
class LawSide:
    """One offence in the law of one State."""

    state: str
    name: str
    is_example: bool
    cell: Cell | None
    elements: tuple[tuple[Element, ElementSide], ...]

    @property
    def is_silent(self) -> bool:
        """Tell if no element is recorded."""
        return not any(side.is_recorded for _, side in self.elements)


@frozen(kw_only=True)
class Comparison:
    """One offence, two States."""

    offence: Offence
    sides: tuple[LawSide, LawSide]
    remarks: tuple[Remark, ...]


@frozen(kw_only=True)
class Gaps:
    """One offence in the law of one State, and what it lacks as far as recorded."""

    offence: Offence
    side: LawSide
    remarks: tuple[Remark, ...]


def compare_conduct(states: States, article: int, first: str, second: str) -> Comparison:
    """Return an offence in the law of two States, element by element.

    ``article`` is 7 to 17; anything else is a KeyError.
    """
    offence = load_offences()[article]
    sides = (_side(states, offence, first), _side(states, offence, second))
    remarks = [remark("compare.advice", "35(3)", Confidence.SUPPORTED)]
    for side in sides:
        remarks += _on_side(offence, side)
    if all(side.is_silent for side in sides):
        remarks.append(remark("compare.both-silent", "35(3)", Confidence.SUPPORTED))
    return Comparison(offence=offence, sides=sides, remarks=tuple(remarks))


def gaps_of(states: States, article: int, state: str) -> Gaps:
    """Return what the law of a State lacks against one offence, as far as it is recorded."""
    offence = load_offences()[article]
    side = _side(states, offence, state)
    return Gaps(offence=offence, side=side, remarks=tuple(_on_side(offence, side)))


def not_compared() -> Remark:
    """Return why dual criminality is not compared for a preservation: article 42(4)."""
    return remark("compare.not-needed", "42(4)", Confidence.SUPPORTED)


def _side(states: States, offence: Offence, state: str) -> LawSide:
    cell = states.find_cell(state, offence.article)
    return LawSide(
        state=state,
        name=states.name_of(state),
        is_example=states.is_example(state),
        cell=cell,
        elements=tuple(
            (element, _element_side(states, offence, state, element, cell))
            for element in offence.elements
        ),
    )


def _element_side(
    states: States, offence: Offence, state: str, element: Element, cell: Cell | None
) -> ElementSide:
    code = f"{offence.article}.{element.id}"
    said = states.declared(state, prefix=code) if element.role is Role.OPTION else ()
    return ElementSide(
        records=cell.records_on(element.id) if cell is not None else (),
        declared=tuple(one for one in said if one.code == code),
    )


def _on_side(offence: Offence, side: LawSide) -> Iterator[Remark]:
    ref = str(offence.article)
    if side.is_example:
        yield remark("compare.example", OWN_RULE, Confidence.RECALLED, state=side.name)
    if side.cell is None:
        yield remark("compare.no-provision", ref, offence.confidence, state=side.name)
    elif side.cell.is_recalled:
        yield remark("compare.recalled", ref, Confidence.RECALLED, state=side.name)
    for element, found in side.elements:
        yield from _on_element(side.name, element, found, offence.confidence)


def _on_element(
    name: str, element: Element, found: ElementSide, confidence: Confidence
) -> Iterable[Remark]:
    for record in found.records:
        if record.holds in _CODES:
            text = f"{record.text}; {record.cite}" if record.cite else record.text
            code = _CODES[record.holds]
            yield remark(code, element.ref, confidence, state=name, element=element.text, text=text)
    for one in found.declared:
        yield remark(
            "compare.declared",
            element.ref,
            one.confidence,
            state=name,
            element=element.text,
            text=one.text,
        )
