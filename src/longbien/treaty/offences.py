"""The offences of articles 7 to 17, taken apart, and the national provisions that come nearest.

Elements are our words for what was read of the Convention, graded.  Provisions come from the
concordance, each with the status of its source; a State can supply its own.  What is recorded of
an element comes from the notes of the concordance alone: what has no record is *not recorded*,
and never taken for covered.  Input for advice; nothing here decides.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from longbien.treaty._data import read_data
from longbien.treaty.contents import Confidence
from longbien.treaty.penalties import Penalty

FIRST: Final = 7
LAST: Final = 17
_FOLDER: Final = "state_data"


class Role(StrEnum):
    """What an element says of an offence."""

    CONDUCT = "conduct"
    OBJECT = "object"
    INTENT = "intent"
    CIRCUMSTANCE = "circumstance"
    OPTION = "option"
    """A State may ask for it, and so narrow the offence."""

    WIDER = "wider"
    """A State may add it, and so widen the offence."""

    EXCEPTION = "exception"


class Holding(StrEnum):
    """What is recorded of an element in national law."""

    NAMED = "named"
    """The provision names it."""

    NARROWER = "narrower"
    """The provision asks for more, or covers a part."""

    ASKED = "asked"
    """National law uses an element that the Convention leaves to each State."""

    LACKING = "lacking"
    """A gap is reported."""


class SourceStatus(StrEnum):
    """Where a provision and its penalty come from."""

    SOURCED = "sourced"
    SECTION_SOURCED = "section_sourced_penalty_memory"
    RECALLED = "memory_unverified"
    OWN = "own"
    """The State says so itself, in its own profile."""


@frozen(kw_only=True)
class Element:
    """One element of an offence."""

    id: str
    role: Role
    text: str
    ref: str


@frozen(kw_only=True)
class Offence:
    """An offence of the Convention."""

    article: int
    title: str
    confidence: Confidence
    elements: tuple[Element, ...]

    def find_element(self, element: str) -> Element | None:
        """Return one of its elements."""
        return next((one for one in self.elements if one.id == element), None)

    @property
    def options(self) -> tuple[Element, ...]:
        """Return what a State may ask for beyond the offence."""
        return tuple(one for one in self.elements if one.role is Role.OPTION)


@frozen(kw_only=True)
class Provision:
    """A provision of national law."""

    cite: str
    maximum: Penalty
    status: SourceStatus
    source: str = ""
    note: str = ""


@frozen(kw_only=True)
class ElementRecord:
    """What is recorded of one element in the law of one State."""

    element: str
    holds: Holding
    text: str
    cite: str = ""
    """The provision that it speaks of; empty: the State's law as a whole."""


@frozen(kw_only=True)
class Cell:
    """What is known of one offence in the law of one State."""

    state: str
    article: int
    provisions: tuple[Provision, ...]
    records: tuple[ElementRecord, ...] = ()

    @property
    def is_recalled(self) -> bool:
        """Tell if any provision or penalty in it was recalled and not read."""
        recalled = {SourceStatus.RECALLED, SourceStatus.SECTION_SOURCED}
        return any(one.status in recalled for one in self.provisions)

    def records_on(self, element: str) -> tuple[ElementRecord, ...]:
        """Return what is recorded of one element."""
        return tuple(one for one in self.records if one.element == element)


@frozen(kw_only=True)
class Concordance:
    """National provisions by State and article."""

    names: Mapping[str, str]
    """The States or legal systems that it covers, by code."""

    cells: Mapping[tuple[str, int], Cell]
    as_of: str
    cautions: tuple[str, ...]
    gaps: tuple[str, ...]

    def find_cell(self, state: str, article: int) -> Cell | None:
        """Return what is known of an offence in a State; None where nothing is."""
        return self.cells.get((state, article))


@cache
def load_offences() -> Mapping[int, Offence]:
    """Return the eleven offences by article."""
    found = _table("offence_elements.json")["articles"]
    return MappingProxyType({int(number): _offence(int(number), found[number]) for number in found})


@cache
def load_concordance() -> Concordance:
    """Return the concordance that comes with the program."""
    data = _table("offence_concordance.json")
    records = _table("offence_elements.json")["records"]
    about = data["_about"]
    return Concordance(
        names=MappingProxyType({code: row["name"] for code, row in data["states"].items()}),
        cells=MappingProxyType(dict(_cells(data["states"], records))),
        as_of=about["as_of"],
        cautions=tuple(about["cautions"]),
        gaps=tuple(about["gaps_a_conduct_test_meets"]),
    )


def _table(name: str) -> Any:  # noqa: ANN401 - our own data; what is wrong in them is a bug
    return json.loads(read_data(_FOLDER, name))


def _offence(article: int, row: Mapping[str, Any]) -> Offence:
    return Offence(
        article=article,
        title=row["title"],
        confidence=Confidence(row["grade"]),
        elements=tuple(
            Element(
                id=one["id"],
                role=Role(one["role"]),
                text=one["text"],
                ref=one.get("ref", str(article)),
            )
            for one in row["elements"]
        ),
    )


def _cells(
    states: Mapping[str, Any], records: Iterable[Mapping[str, Any]]
) -> Iterable[tuple[tuple[str, int], Cell]]:
    kept: dict[tuple[str, int], list[ElementRecord]] = {}
    for row in records:
        kept.setdefault((row["state"], row["article"]), []).append(_record(row))
    for code, state in states.items():
        for number, cell in state["articles"].items():
            key = (code, int(number))
            yield (
                key,
                Cell(
                    state=code,
                    article=key[1],
                    provisions=tuple(map(_provision, cell["provisions"])),
                    records=tuple(kept.get(key, ())),
                ),
            )


def _record(row: Mapping[str, Any]) -> ElementRecord:
    return ElementRecord(
        element=row["element"],
        holds=Holding(row["holds"]),
        text=row["text"],
        cite=row["cite"],
    )


def _provision(row: Mapping[str, Any]) -> Provision:
    return Provision(
        cite=row["cite"],
        maximum=Penalty.of_years(row["max_years"]),
        status=SourceStatus(row["status"]),
        source=row.get("source", ""),
        note=row.get("note", ""),
    )
