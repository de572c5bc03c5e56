"""Drills: a signed ping that a person must answer, through the very path of a real alarm.

Both are ordinary messages.  The challenge is read on the screen and typed into the answer: a
machine that answers by itself shows nothing about the officer on duty.
"""

from typing import Final

from attrs import frozen

from longbien.channel._fields import Fields
from longbien.primitives.canonical import Json
from longbien.primitives.instants import Instant

DRILL_SCHEMA: Final = "longbien:drill/1"
ANSWER_SCHEMA: Final = "longbien:drill.answer/1"
CHALLENGES: Final = 1_000_000  # six digits: read over a telephone, and not guessed at once


@frozen(kw_only=True)
class Drill:
    """What a drill asks."""

    challenge: int
    """Below ``CHALLENGES``; shown with six digits."""

    answer_by: Instant


@frozen(kw_only=True)
class DrillAnswer:
    """What the officer on duty answered."""

    challenge: int
    answered_at: Instant


def encode_drill(drill: Drill) -> dict[str, Json]:
    """Write the content of a drill."""
    return {"answer_by": str(drill.answer_by), "challenge": drill.challenge}


def parse_drill(content: Json) -> Drill:
    """Read the content of a drill.  Raises Malformed ``channel.fields``, ``channel.form``."""
    fields = Fields.of("a drill", content, {"answer_by", "challenge"})
    return Drill(
        challenge=fields.number("challenge", high=CHALLENGES - 1),
        answer_by=fields.instant("answer_by"),
    )


def encode_drill_answer(answer: DrillAnswer) -> dict[str, Json]:
    """Write the content of an answer."""
    return {"answered_at": str(answer.answered_at), "challenge": answer.challenge}


def parse_drill_answer(content: Json) -> DrillAnswer:
    """Read the content of an answer.  Raises Malformed ``channel.fields``, ``channel.form``."""
    fields = Fields.of("a drill's answer", content, {"answered_at", "challenge"})
    return DrillAnswer(
        challenge=fields.number("challenge", high=CHALLENGES - 1),
        answered_at=fields.instant("answered_at"),
    )


def is_answered(drill: Drill, answer: DrillAnswer, *, received_at: Instant) -> bool:
    """Say whether the right number came in time, by our own clock."""
    return answer.challenge == drill.challenge and received_at <= drill.answer_by
