"""A drill: one desk asks the other for a sign of life, and a person must give it (41(5))."""

from typing import Final

from longbien.casework.case import Side
from longbien.casework.kind import Kind, Measure, Rank
from longbien.casework.steps import State, Step, Track
from longbien.channel.message import Lane
from longbien.primitives.machine import Machine

CALLING: Final = Machine(
    name="drill, calling desk",
    initial=Track.SILENT,
    table={Track.SILENT: {Step.DRILL: Track.CALLED}, Track.CALLED: {}},
)

CALLED: Final = Machine(
    name="drill, called desk",
    initial=Track.SILENT,
    table={Track.SILENT: {Step.DRILL_ANSWER: Track.ANSWERED}, Track.ANSWERED: {}},
)

KIND: Final = Kind(
    code="drill",
    lane=Lane.PRESERVATION,
    measure=Measure.NONE,
    opening=Step.DRILL,
    requesting=CALLING,
    requested=CALLED,
    precedence=(
        Rank(side=Side.REQUESTED, track=Track.ANSWERED, state=State.ANSWERED),
        Rank(side=Side.REQUESTED, track=Track.SILENT, state=State.CALLED),
    ),
    over=frozenset(),
)
