"""How the lives of most kinds of request are made: one plan, with what a kind has besides.

Every such life is asked, taken up, perhaps consulted on or postponed, accepted and carried out,
refused or withdrawn.  A kind adds traits: evidence is handed over, information is told, a
measure is taken and lifted, something is arranged, a person consents and travels, a person or
thing is handed over and comes back.  Tables of their own have only preservation, spontaneous
information and the drill.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain
from typing import Final

from longbien.casework.case import Side
from longbien.casework.kind import Kind, Measure, Rank
from longbien.casework.steps import State, Step, Track
from longbien.channel.message import Lane
from longbien.primitives.machine import Machine


class Trait(StrEnum):
    """What the life of a kind has besides being asked and decided on."""

    EVIDENCE = "evidence"
    """Exhibits are released by two officers and handed over as packages."""

    PATH = "path"
    """Another State's provider in the path can be named: article 43(1)."""

    INFORMATION = "information"
    """What was found out is told by message, released by two officers."""

    ANSWER = "answer"
    """As information, and no acceptance must come before it."""

    MEASURE = "measure"
    """A measure is in force for a time; the requesting State is heard before it is lifted."""

    ARRANGEMENT = "arrangement"
    """Both States agree on when, where and how."""

    PERSON = "person"
    """A person consents and travels under safe conduct."""

    HAND_OVER = "hand-over"
    """A person, an object or property is handed over."""

    RETURN = "return"
    """What was handed over comes back."""


Traits = frozenset[Trait]
Row = Mapping[Step, Track]

_TALK: Final = (Step.QUESTION, Step.ANSWER, Step.STATUS)
_ASKED: Final = (
    Step.AMENDMENT,
    Step.CONSULTATION,
    Step.AGREEMENT,
    Step.DECLINE,
    Step.EMERGENCY_CONFIRMED,
)
_DECISIONS: Final = {
    Step.CONSULTATION: Track.CONSULTING,
    Step.POSTPONEMENT: Track.POSTPONED,
    Step.ACCEPTANCE: Track.EXECUTING,
    Step.REFUSAL: Track.REFUSED,
}
_USE: Final = (Step.FURTHER_USE_REQUEST, Step.EXCULPATORY_USE)

_RECEIVING: Final[Mapping[Trait, tuple[Step, ...]]] = {
    Trait.EVIDENCE: (Step.EVIDENCE_VERIFIED, *_USE, Step.DESTRUCTION_CERTIFIED),
    Trait.PATH: _USE,
    Trait.INFORMATION: _USE,
    Trait.ANSWER: _USE,
}
"""What the requesting State still says of what it was given, after the last word too."""

_ASKING: Final[Mapping[Trait, tuple[Step, ...]]] = {
    Trait.MEASURE: (Step.LIFTING_VIEWS,),
    Trait.ARRANGEMENT: (Step.ARRANGEMENT, Step.ARRANGEMENT_AGREED),
}
_HOSTING: Final[Mapping[Trait, tuple[Step, ...]]] = {
    Trait.PERSON: (Step.SAFE_CONDUCT, Step.PRESENCE_ENDED),
}
"""What it owes a person who comes, wherever the case has gone."""

_GIVING: Final[Mapping[Trait, tuple[Step, ...]]] = {
    Trait.EVIDENCE: (Step.EVIDENCE_DELIVERED, Step.FURTHER_USE_CONSENT),
    Trait.PATH: (Step.FURTHER_USE_CONSENT,),
    Trait.INFORMATION: (Step.FURTHER_USE_CONSENT,),
    Trait.ANSWER: (Step.FURTHER_USE_CONSENT,),
}
"""What the requested State still says of what it gave: the hand-over of what was announced, and
the decision on its use, wherever the case has gone."""

_PREPARING: Final[Mapping[Trait, tuple[Step, ...]]] = {
    Trait.ARRANGEMENT: (Step.ARRANGEMENT, Step.ARRANGEMENT_AGREED),
    Trait.PERSON: (Step.PERSON_CONSENT,),
}
"""What may come before an acceptance as well as after it."""

_WORKING: Final[Mapping[Trait, tuple[Step, ...]]] = {
    Trait.EVIDENCE: (Step.EVIDENCE_ANNOUNCED,),
    Trait.PATH: (Step.PARTIAL_DISCLOSURE,),
    Trait.INFORMATION: (Step.INFORMATION,),
    Trait.ANSWER: (Step.INFORMATION,),
}


def make_kind(code: str, *traits: Trait, lane: Lane, measure: Measure) -> Kind:
    """Return a kind whose life follows the plan."""
    had = frozenset(traits)
    return Kind(
        code=code,
        lane=lane,
        measure=measure,
        opening=Step.REQUEST,
        requesting=_requesting(code, had),
        requested=_requested(code, had),
        precedence=_precedence(had),
        over=frozenset({Track.WITHDRAWN, Track.REFUSED, Track.EXECUTED}),
        even_after=_even_after(had),
        decided=frozenset({State.REFUSED, State.EXECUTED, State.WITHDRAWN}),
    )


def _steps(of: Mapping[Trait, tuple[Step, ...]], traits: Traits) -> tuple[Step, ...]:
    found = chain.from_iterable(of[trait] for trait in Trait if trait in traits and trait in of)
    return tuple(dict.fromkeys(found))


def _stays(track: Track, *steps: Step) -> Row:
    return dict.fromkeys(steps, track)


# --- the requesting State -----------------------------------------------------------------------


def _requesting(code: str, traits: Traits) -> Machine[Track, Step]:
    after = (*_TALK, *_steps(_RECEIVING, traits), *_steps(_HOSTING, traits))
    back: Row = {Step.HANDED_BACK: Track.HANDED_BACK} if Trait.RETURN in traits else {}
    table: dict[Track, Row] = {
        Track.SILENT: {Step.REQUEST: Track.ASKING},
        Track.ASKING: {
            **_stays(Track.ASKING, *after, *_ASKED, *_steps(_ASKING, traits)),
            **back,
            Step.WITHDRAWAL: Track.WITHDRAWN,
        },
        Track.WITHDRAWN: {**_stays(Track.WITHDRAWN, *after), **back},
    }
    if back:
        table[Track.HANDED_BACK] = _stays(Track.HANDED_BACK, *after)
    return Machine(name=f"{code}, requesting State", initial=Track.SILENT, table=table)


# --- the requested State ------------------------------------------------------------------------


def _requested(code: str, traits: Traits) -> Machine[Track, Step]:
    after = _steps(_GIVING, traits)
    table: dict[Track, Row] = {
        Track.SILENT: {
            **_decisions(traits),
            **_stays(Track.ACKNOWLEDGED, Step.ACKNOWLEDGEMENT, *_TALK, *_steps(_PREPARING, traits)),
        },
        **{
            track: _waiting(track, traits)
            for track in (Track.ACKNOWLEDGED, Track.CONSULTING, Track.POSTPONED)
        },
        Track.EXECUTING: {
            **_working(Track.EXECUTING, traits),
            **_stays(Track.EXECUTING, Step.ACKNOWLEDGEMENT, Step.ACCEPTANCE),
            Step.POSTPONEMENT: Track.POSTPONED,
            Step.REFUSAL: Track.REFUSED,
            Step.EXECUTION: Track.EXECUTED,
            **_taking(traits),
        },
        Track.EXECUTED: _stays(Track.EXECUTED, *_TALK, *after),
        Track.REFUSED: _stays(Track.REFUSED, *_TALK, *after),
    }
    if Trait.MEASURE in traits:
        table |= _measured(traits)
    if Trait.HAND_OVER in traits:
        table[Track.HANDED_OVER] = {
            **_working(Track.HANDED_OVER, traits),
            Step.EXECUTION: Track.EXECUTED,
        }
    return Machine(name=f"{code}, requested State", initial=Track.SILENT, table=table)


def _decisions(traits: Traits) -> Row:
    if Trait.ANSWER not in traits:
        return _DECISIONS
    return {**_DECISIONS, Step.INFORMATION: Track.EXECUTING}


def _waiting(track: Track, traits: Traits) -> Row:
    again = {} if track is Track.ACKNOWLEDGED else {Step.ACKNOWLEDGEMENT: Track.ACKNOWLEDGED}
    return {
        **_decisions(traits),
        **_stays(track, *_TALK, *_steps(_GIVING, traits), *_steps(_PREPARING, traits)),
        **again,
    }


def _working(track: Track, traits: Traits) -> Row:
    found = (_steps(of, traits) for of in (_GIVING, _PREPARING, _WORKING))
    return _stays(track, *_TALK, *chain.from_iterable(found), Step.CONSULTATION)


def _taking(traits: Traits) -> Row:
    row: dict[Step, Track] = {}
    if Trait.MEASURE in traits:
        row[Step.MEASURE_IN_FORCE] = Track.MEASURED
    if Trait.HAND_OVER in traits:
        row[Step.HANDED_OVER] = Track.HANDED_OVER
    return row


def _measured(traits: Traits) -> dict[Track, Row]:
    ends = {Step.MEASURE_LIFTED: Track.LIFTED, Step.EXECUTION: Track.EXECUTED}
    return {
        Track.MEASURED: {
            **_working(Track.MEASURED, traits),
            **_taking(traits),
            Step.LIFTING_PROPOSED: Track.LIFTING,
            **ends,
        },
        Track.LIFTING: {**_working(Track.LIFTING, traits), **_taking(traits), **ends},
        Track.LIFTED: {
            **_working(Track.LIFTED, traits),
            **_taking(traits),
            Step.EXECUTION: Track.EXECUTED,
        },
    }


# --- both ---------------------------------------------------------------------------------------


def _precedence(traits: Traits) -> tuple[Rank, ...]:
    """Return what stands: the last word, what was handed over, a withdrawal, the newest word."""
    final = [(Track.REFUSED, State.REFUSED), (Track.EXECUTED, State.EXECUTED)]
    given = [(Track.HANDED_OVER, State.HANDED_OVER)] if Trait.HAND_OVER in traits else []
    measured = [
        (Track.LIFTED, State.LIFTED),
        (Track.LIFTING, State.LIFTING_PROPOSED),
        (Track.MEASURED, State.MEASURE_IN_FORCE),
    ]
    newest = [
        *(measured if Trait.MEASURE in traits else []),
        (Track.EXECUTING, State.EXECUTING),
        (Track.POSTPONED, State.POSTPONED),
        (Track.CONSULTING, State.CONSULTING),
        (Track.ACKNOWLEDGED, State.UNDER_REVIEW),
        (Track.SILENT, State.ASKED),
    ]
    back = (Rank(side=Side.REQUESTING, track=Track.HANDED_BACK, state=State.HANDED_BACK),)
    return (
        *(_rank(*one) for one in final),
        *(back if Trait.RETURN in traits else ()),
        *(_rank(*one) for one in given),
        Rank(side=Side.REQUESTING, track=Track.WITHDRAWN, state=State.WITHDRAWN),
        *(_rank(*one) for one in newest),
    )


def _rank(track: Track, state: State) -> Rank:
    return Rank(side=Side.REQUESTED, track=track, state=state)


def _even_after(traits: Traits) -> frozenset[Step]:
    ends = (Step.MEASURE_LIFTED,) if Trait.MEASURE in traits else ()
    back = (Step.HANDED_BACK,) if Trait.RETURN in traits else ()
    found = (_steps(of, traits) for of in (_RECEIVING, _HOSTING, _GIVING))
    return frozenset((*_TALK, *chain.from_iterable(found), *ends, *back))
