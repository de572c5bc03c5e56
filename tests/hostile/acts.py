"""All acts: whoever imports this has the whole table."""

from hostile import (
    answers,
    cases,
    directory,
    floods,
    frames,
    http,
    ledgers,
    messages,
    packages,
    transfers,
)
from hostile.registry import ACTS

__all__ = ["ACTS"]

ROOMS = (
    messages,
    frames,
    http,
    cases,
    transfers,
    ledgers,
    answers,
    packages,
    directory,
    floods,
)
