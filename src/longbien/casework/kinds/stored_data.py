"""Mutual legal assistance in accessing stored electronic data: article 44 with 40(15)."""

from typing import Final

from longbien.casework.case import Side
from longbien.casework.kind import Kind, Measure, Rank
from longbien.casework.steps import State, Step, Track
from longbien.channel.message import Lane
from longbien.primitives.machine import Machine

_TALK: Final = (Step.QUESTION, Step.ANSWER, Step.STATUS)

_WITH_EVIDENCE: Final = (
    Step.EVIDENCE_VERIFIED,
    Step.FURTHER_USE_REQUEST,
    Step.EXCULPATORY_USE,
    Step.DESTRUCTION_CERTIFIED,
)
_ASKING: Final = (
    *_TALK,
    *_WITH_EVIDENCE,
    Step.AMENDMENT,
    Step.CONSULTATION,
    Step.AGREEMENT,
    Step.DECLINE,
    Step.EMERGENCY_CONFIRMED,
)

REQUESTING: Final = Machine(
    name="stored data, requesting State",
    initial=Track.SILENT,
    table={
        Track.SILENT: {Step.REQUEST: Track.ASKING},
        Track.ASKING: {
            **dict.fromkeys(_ASKING, Track.ASKING),
            Step.WITHDRAWAL: Track.WITHDRAWN,
        },
        Track.WITHDRAWN: dict.fromkeys((*_TALK, *_WITH_EVIDENCE), Track.WITHDRAWN),
    },
)

_DECISIONS: Final = {
    Step.CONSULTATION: Track.CONSULTING,
    Step.POSTPONEMENT: Track.POSTPONED,
    Step.ACCEPTANCE: Track.EXECUTING,
    Step.REFUSAL: Track.REFUSED,
}
# what was announced is still handed over, and its use decided on, wherever the case has gone
_AFTER_ANNOUNCING: Final = (Step.EVIDENCE_DELIVERED, Step.FURTHER_USE_CONSENT)

REQUESTED: Final = Machine(
    name="stored data, requested State",
    initial=Track.SILENT,
    table={
        Track.SILENT: {
            **_DECISIONS,
            **dict.fromkeys((Step.ACKNOWLEDGEMENT, *_TALK), Track.ACKNOWLEDGED),
        },
        Track.ACKNOWLEDGED: {
            **_DECISIONS,
            **dict.fromkeys((*_TALK, *_AFTER_ANNOUNCING), Track.ACKNOWLEDGED),
        },
        Track.CONSULTING: {
            **_DECISIONS,
            **dict.fromkeys((*_TALK, *_AFTER_ANNOUNCING), Track.CONSULTING),
            Step.ACKNOWLEDGEMENT: Track.ACKNOWLEDGED,
        },
        Track.POSTPONED: {
            **_DECISIONS,
            **dict.fromkeys((*_TALK, *_AFTER_ANNOUNCING), Track.POSTPONED),
            Step.ACKNOWLEDGEMENT: Track.ACKNOWLEDGED,
        },
        Track.EXECUTING: {
            **dict.fromkeys(
                (
                    *_TALK,
                    *_AFTER_ANNOUNCING,
                    Step.ACKNOWLEDGEMENT,
                    Step.CONSULTATION,
                    Step.ACCEPTANCE,
                    Step.PARTIAL_DISCLOSURE,
                    Step.EVIDENCE_ANNOUNCED,
                ),
                Track.EXECUTING,
            ),
            Step.POSTPONEMENT: Track.POSTPONED,
            Step.REFUSAL: Track.REFUSED,
            Step.EXECUTION: Track.EXECUTED,
        },
        Track.EXECUTED: dict.fromkeys((*_TALK, *_AFTER_ANNOUNCING), Track.EXECUTED),
        Track.REFUSED: dict.fromkeys((*_TALK, *_AFTER_ANNOUNCING), Track.REFUSED),
    },
)

KIND: Final = Kind(
    code="mla_stored_data",
    lane=Lane.ORDINARY,
    measure=Measure.COERCIVE,
    opening=Step.REQUEST,
    requesting=REQUESTING,
    requested=REQUESTED,
    precedence=(
        Rank(side=Side.REQUESTED, track=Track.REFUSED, state=State.REFUSED),
        Rank(side=Side.REQUESTED, track=Track.EXECUTED, state=State.EXECUTED),
        Rank(side=Side.REQUESTING, track=Track.WITHDRAWN, state=State.WITHDRAWN),
        Rank(side=Side.REQUESTED, track=Track.EXECUTING, state=State.EXECUTING),
        Rank(side=Side.REQUESTED, track=Track.POSTPONED, state=State.POSTPONED),
        Rank(side=Side.REQUESTED, track=Track.CONSULTING, state=State.CONSULTING),
        Rank(side=Side.REQUESTED, track=Track.ACKNOWLEDGED, state=State.UNDER_REVIEW),
        Rank(side=Side.REQUESTED, track=Track.SILENT, state=State.ASKED),
    ),
    over=frozenset({Track.WITHDRAWN, Track.REFUSED, Track.EXECUTED}),
    even_after=frozenset({*_TALK, *_WITH_EVIDENCE, *_AFTER_ANNOUNCING}),
    decided=frozenset({State.REFUSED, State.EXECUTED, State.WITHDRAWN}),
)
