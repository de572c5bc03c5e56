"""Expedited preservation of stored electronic data: article 42, with 43(1) on the way."""

from typing import Final

from longbien.casework.case import Side
from longbien.casework.kind import Kind, Measure, Rank
from longbien.casework.steps import State, Step, Track
from longbien.channel.message import Lane
from longbien.primitives.machine import Machine

_TALK: Final = (Step.QUESTION, Step.ANSWER, Step.STATUS)

_ASKING: Final = (
    *_TALK,
    Step.AMENDMENT,
    Step.CONSULTATION,
    Step.EXTENSION_REQUEST,
    Step.EMERGENCY_CONFIRMED,
    Step.FURTHER_USE_REQUEST,
    Step.EXCULPATORY_USE,
)

REQUESTING: Final = Machine(
    name="preservation, requesting State",
    initial=Track.SILENT,
    table={
        Track.SILENT: {Step.REQUEST: Track.ASKING},
        Track.ASKING: {
            **dict.fromkeys(_ASKING, Track.ASKING),
            Step.WITHDRAWAL: Track.WITHDRAWN,
        },
        Track.WITHDRAWN: dict.fromkeys(
            (Step.FURTHER_USE_REQUEST, Step.EXCULPATORY_USE), Track.WITHDRAWN
        ),
    },
)

_DECISIONS: Final = {
    Step.CONSULTATION: Track.CONSULTING,
    Step.POSTPONEMENT: Track.POSTPONED,
    Step.PRESERVATION_CONFIRMED: Track.PRESERVING,
    Step.REFUSAL: Track.REFUSED,
}
_TALK_AND_WARN: Final = (*_TALK, Step.WARNING)

REQUESTED: Final = Machine(
    name="preservation, requested State",
    initial=Track.SILENT,
    table={
        Track.SILENT: {
            **_DECISIONS,
            **dict.fromkeys((Step.ACKNOWLEDGEMENT, *_TALK_AND_WARN), Track.ACKNOWLEDGED),
        },
        Track.ACKNOWLEDGED: {
            **_DECISIONS,
            **dict.fromkeys(_TALK_AND_WARN, Track.ACKNOWLEDGED),
        },
        Track.CONSULTING: {
            **_DECISIONS,
            **dict.fromkeys(_TALK_AND_WARN, Track.CONSULTING),
            Step.ACKNOWLEDGEMENT: Track.ACKNOWLEDGED,
        },
        Track.POSTPONED: {
            **_DECISIONS,
            **dict.fromkeys(_TALK_AND_WARN, Track.POSTPONED),
            Step.ACKNOWLEDGEMENT: Track.ACKNOWLEDGED,
        },
        Track.PRESERVING: {
            **dict.fromkeys(
                (
                    *_TALK_AND_WARN,
                    Step.ACKNOWLEDGEMENT,
                    Step.CONSULTATION,
                    Step.PRESERVATION_EXTENDED,
                    Step.EXTENSION_REFUSAL,
                    Step.PARTIAL_DISCLOSURE,
                    Step.FURTHER_USE_CONSENT,
                ),
                Track.PRESERVING,
            ),
            Step.PRESERVATION_ENDED: Track.ENDED,
        },
        Track.ENDED: {Step.FURTHER_USE_CONSENT: Track.ENDED},
        Track.REFUSED: {},
    },
)

KIND: Final = Kind(
    code="preservation",
    lane=Lane.PRESERVATION,
    measure=Measure.LIGHT,
    opening=Step.REQUEST,
    requesting=REQUESTING,
    requested=REQUESTED,
    precedence=(
        Rank(side=Side.REQUESTED, track=Track.REFUSED, state=State.REFUSED),
        Rank(side=Side.REQUESTED, track=Track.ENDED, state=State.ENDED),
        Rank(side=Side.REQUESTING, track=Track.WITHDRAWN, state=State.WITHDRAWN),
        Rank(side=Side.REQUESTED, track=Track.PRESERVING, state=State.PRESERVING),
        Rank(side=Side.REQUESTED, track=Track.POSTPONED, state=State.POSTPONED),
        Rank(side=Side.REQUESTED, track=Track.CONSULTING, state=State.CONSULTING),
        Rank(side=Side.REQUESTED, track=Track.ACKNOWLEDGED, state=State.UNDER_REVIEW),
        Rank(side=Side.REQUESTED, track=Track.SILENT, state=State.ASKED),
    ),
    over=frozenset({Track.WITHDRAWN, Track.REFUSED, Track.ENDED}),
    even_after=frozenset(
        {
            Step.PRESERVATION_ENDED,
            Step.FURTHER_USE_REQUEST,
            Step.FURTHER_USE_CONSENT,
            Step.EXCULPATORY_USE,
        }
    ),
    decided=frozenset({State.REFUSED, State.ENDED, State.WITHDRAWN}),
)
