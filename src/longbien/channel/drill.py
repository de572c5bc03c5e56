"""Drills: a signed ping that a person must answer, through the very path of a real alarm.

Both are ordinary messages; what they mean is ``casework``'s.  The challenge is read on the
screen and typed into the answer: a machine that answers by itself shows nothing about the
officer on duty.
"""

from typing import Final

DRILL_SCHEMA: Final = "longbien:drill/1"
"""Content: ``answer_by``, an instant, and ``challenge``, a number below ``CHALLENGES``."""

ANSWER_SCHEMA: Final = "longbien:drill.answer/1"
"""Content: ``answered_at``, an instant, and ``challenge``, the number that was read."""

CHALLENGES: Final = 1_000_000  # six digits: read over a telephone, and not guessed at once
