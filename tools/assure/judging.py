"""A result: what one run of a measure has shown, and what that is worth."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from assure.machine import Machine
from assure.measures import Goal


class State(StrEnum):
    """How a measure stands."""

    MET = "MET"
    MISSED = "MISSED"
    NOT_RUN = "NOT RUN"


@frozen(kw_only=True)
class Result:
    """One run of one measure.  No figures: it could not be run, and ``reason`` says why."""

    measure: str
    tier: str
    seed: int
    commit: str
    date: str
    """UTC, ``2026-11-22``."""
    machine: Machine
    seconds: float
    command: tuple[str, ...]
    figures: Mapping[str, float] = field(factory=dict)
    reason: str = ""


def judged(goals: Sequence[Goal], figures: Mapping[str, float], reason: str) -> State:
    """Judge figures; with a reason (the program failed) they are never good enough."""
    if not figures:
        return State.NOT_RUN
    if reason or not all(goal.is_met(figures) for goal in goals):
        return State.MISSED
    return State.MET
