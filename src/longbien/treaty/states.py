"""States: who is bound by what, what they declared, and how their law and offices work.

Two things are kept apart.  The *party table* is what was read of signatures and ratifications
of the Convention (``signatories.json``): facts, each with source and grade.  A *profile* is what
one State says of itself; it supplies its own, and what a profile says goes before the table.
The two profiles that come with the program are examples, marked as such, and are never loaded
unless they are asked for.  Nothing here refuses anything.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from attrs import evolve, field, frozen

from longbien.treaty._data import names_in, read_data
from longbien.treaty.contents import Confidence
from longbien.treaty.offences import Cell, Concordance, load_concordance
from longbien.treaty.profiles import (
    Declared,
    PartyStatus,
    Ratified,
    StateProfile,
    parse_profile,
)

CONVENTION: Final = "UNCC"
ORGANISATION: Final = "EU"
"""The European Union: a regional economic integration organisation (2(n)), not a State."""

_FOLDER: Final = "state_data"
_EXAMPLES: Final = "example_profiles"
_HANOI_ENDED: Final = date(2025, 10, 26)


class PartyKind(StrEnum):
    """What can be a party."""

    STATE = "state"
    ORGANISATION = "organisation"


@frozen(kw_only=True)
class EntryIntoForce:
    """From when an instrument is in force at all."""

    basis: str
    since: date | None
    """None: it is not in force on any evidence seen."""

    rule: str
    ref: str
    confidence: Confidence


@frozen(kw_only=True)
class States:
    """Everything that is known of States."""

    table: Mapping[str, PartyStatus] = field(factory=dict)
    """The Convention's signatories by code."""

    convention: EntryIntoForce
    profiles: Mapping[str, StateProfile] = field(factory=dict)
    concordance: Concordance = field(factory=load_concordance, repr=False)
    cautions: tuple[str, ...] = ()
    as_of: str = ""

    def with_profile(self, profile: StateProfile) -> "States":
        """Return the same with the profile of one State put in or replaced."""
        return evolve(
            self, profiles=MappingProxyType({**self.profiles, profile.state.text: profile})
        )

    def find_profile(self, state: str) -> StateProfile | None:
        """Return what a State says of itself."""
        return self.profiles.get(state)

    def is_example(self, state: str) -> bool:
        """Tell if the profile of a State is an example."""
        profile = self.profiles.get(state)
        return profile is not None and profile.example

    def is_from_example(self, state: str, status: PartyStatus) -> bool:
        """Tell if a status comes from an example, and not from the table."""
        profile = self.profiles.get(state)
        return profile is not None and profile.example and status in profile.parties

    def name_of(self, state: str) -> str:
        """Return the name of a State, or its code where no name is recorded."""
        profile = self.profiles.get(state)
        if profile is not None:
            return profile.name
        return self.concordance.names.get(state, state)

    def statuses(self, state: str) -> tuple[PartyStatus, ...]:
        """Return how a State stands to each instrument: its own word before the table."""
        profile = self.profiles.get(state)
        own = profile.parties if profile is not None else ()
        listed = self.table.get(state)
        if listed is None or any(one.basis == listed.basis for one in own):
            return own
        return (listed, *own)

    def declared(self, state: str, *, prefix: str = "") -> tuple[Declared, ...]:
        """Return what a State declared on the Convention, by the first characters of the code."""
        profile = self.profiles.get(state)
        if profile is None:
            return ()
        return tuple(one for one in profile.declarations if one.code.startswith(prefix))

    def find_cell(self, state: str, article: int) -> Cell | None:
        """Return the law of a State on one offence: its own word before the concordance."""
        profile = self.profiles.get(state)
        own = profile.find_cell(article) if profile is not None else None
        return own if own is not None else self.concordance.find_cell(state, article)

    def is_known(self, state: str) -> bool:
        """Tell if anything at all is recorded of the law of a State."""
        profile = self.profiles.get(state)
        return state in self.concordance.names or (profile is not None and bool(profile.offences))


def party_kind(state: str) -> PartyKind:
    """Tell if a code names a State or an organisation."""
    return PartyKind.ORGANISATION if state == ORGANISATION else PartyKind.STATE


@cache
def load_states() -> States:
    """Return the facts that come with the program, and no example.  Read once."""
    data = json.loads(read_data(_FOLDER, "signatories.json"))
    return States(
        table=MappingProxyType(dict(_table(data))),
        convention=EntryIntoForce(
            basis=CONVENTION,
            since=None,
            rule=data["entry_into_force"],
            ref="65(1)",
            confidence=Confidence.READ,
        ),
        cautions=tuple(data["_about"]["cautions"]),
        as_of=data["_about"]["as_of"],
    )


@cache
def load_examples() -> tuple[StateProfile, ...]:
    """Return the example profiles that come with the program.  Each says that it is one."""
    return tuple(parse_profile(read_data(_EXAMPLES, name)) for name in names_in(_EXAMPLES))


def _table(data: Mapping[str, Any]) -> Iterator[tuple[str, PartyStatus]]:
    """Yield each signatory.  The data are our own: what is wrong in them is a bug."""
    recalled = frozenset(data["of_which_from_memory_to_complete_72"])
    ratified = {code: text for row in data["ratified_reported"] for code, text in row.items()}
    for code in data["hanoi_25_26_oct_2025"]:
        note = "recalled to complete the count of 72; look it up" if code in recalled else ""
        yield (
            code,
            _signatory(
                signed=_HANOI_ENDED,
                source="verdragen.nl 013891",
                confidence=Confidence.RECALLED if code in recalled else Confidence.SUPPORTED,
                note=note,
                ratified=ratified.get(code, ""),
            ),
        )
    for row in data["later"]:
        for code, text in row.items():
            yield code, _later(code, text, ratified.get(code, ""))


def _later(code: str, text: str, ratified: str) -> PartyStatus:
    day = text[: len("2025-11-19")]
    is_day = day[:4].isdecimal()
    return _signatory(
        signed=date.fromisoformat(day) if is_day else None,
        source="verdragen.nl 013891" if is_day else "a secondary page",
        confidence=Confidence.SUPPORTED if is_day else Confidence.RECALLED,
        note="" if is_day else f"{code}: {text}",
        ratified=ratified,
    )


def _signatory(
    *, signed: date | None, source: str, confidence: Confidence, note: str, ratified: str
) -> PartyStatus:
    how = Ratified.NOT_SEEN
    if ratified:
        how = Ratified.DEPOSITED if ratified == "deposited" else Ratified.REPORTED
    return PartyStatus(
        basis=CONVENTION,
        is_signed=True,
        signed_by=signed,
        ratified=how,
        source=source,
        confidence=confidence,
        note="; ".join(part for part in (note, ratified) if part),
    )
