"""Spontaneous information: articles 40(4) and 40(5).  The State that gives opens the case."""

from typing import Final

from longbien.casework.case import Side
from longbien.casework.kind import Kind, Measure, Rank
from longbien.casework.steps import State, Step, Track
from longbien.channel.message import Lane
from longbien.primitives.machine import Machine

_TALK: Final = (Step.QUESTION, Step.ANSWER, Step.STATUS)
_RECEIVER: Final = (*_TALK, Step.CONSULTATION, Step.FURTHER_USE_REQUEST, Step.EXCULPATORY_USE)

GIVING: Final = Machine(
    name="spontaneous information, giving State",
    initial=Track.SILENT,
    table={
        Track.SILENT: {Step.SPONTANEOUS_INFORMATION: Track.GIVEN},
        Track.GIVEN: dict.fromkeys(
            (*_TALK, Step.CONSULTATION, Step.FURTHER_USE_CONSENT), Track.GIVEN
        ),
    },
)

RECEIVING: Final = Machine(
    name="spontaneous information, receiving State",
    initial=Track.SILENT,
    table={
        Track.SILENT: dict.fromkeys((Step.ACKNOWLEDGEMENT, *_RECEIVER), Track.ACKNOWLEDGED),
        Track.ACKNOWLEDGED: dict.fromkeys(_RECEIVER, Track.ACKNOWLEDGED),
    },
)

KIND: Final = Kind(
    code="spontaneous_information",
    lane=Lane.ORDINARY,
    measure=Measure.NONE,
    opening=Step.SPONTANEOUS_INFORMATION,
    requesting=GIVING,
    requested=RECEIVING,
    precedence=(
        Rank(side=Side.REQUESTED, track=Track.ACKNOWLEDGED, state=State.NOTED),
        Rank(side=Side.REQUESTED, track=Track.SILENT, state=State.GIVEN),
    ),
    over=frozenset(),
)
