"""Whole lives of kinds of request through the APIs of two real nodes, out of ``exercise.lives``.

Each turn is what an officer's program sends; a second officer approves where that takes two, and
the next turn waits until the other State's journal has the statement.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Final

from attrs import fields

from longbien.casework import commands as c
from longbien.casework.case import Side
from longbien.casework.safeguards import Safeguards
from longbien.exercise import two_sides as w
from longbien.exercise.lives import LIVES, OPENERS, Turn
from longbien.exercise.safeguard_records import RECORD
from longbien.node.running import now
from longbien.primitives.ids import CaseId
from longbien.primitives.instants import Instant
from node_walks import Desks, is_verified, released
from node_world import Pair

_AT_ONCE: Final = 6
_BY_ITSELF: Final = (c.MachineNotesPacked, c.MachineNotesPushed, c.MachineNotesArrived,
                     c.MachineNotesChecked)  # fmt: skip
"""What the workers do."""

_HANDED_OVER_BY: Final = (c.TakeExhibit, c.ProposeRelease, c.ApproveRelease, *_BY_ITSELF)
"""The turns of an exhibit: the same for every kind, and walked in one of them."""

WITH_EXHIBIT: Final = "records"
KINDS: Final = tuple(sorted(set(LIVES) - {"preservation", "mla_stored_data", "drill",
                                          "spontaneous_information"}))  # fmt: skip
"""Those that ``node_walks`` does not walk."""


def live_all(pair: Pair, file: Path) -> tuple[CaseId, ...]:
    """Live the life of each kind between two nodes, some at a time; return their cases."""
    file.write_bytes(bytes(range(256)) * 50)
    desks = Desks.of(pair, file)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda kind: live(desks, kind), KINDS))


def live(desks: Desks, kind: str) -> CaseId:
    """Live one life; each side ends in the state that the table of the kind says."""
    begin = now()
    case = _opened(desks, kind, begin)
    for turn in LIVES[kind]:
        if isinstance(turn.command, c.ProposeRelease) and kind == WITH_EXHIBIT:
            released(desks, case)
            desks.vn.wait(case, "IL has verified", lambda one: is_verified(one, case))
        elif not isinstance(turn.command, _HANDED_OVER_BY):
            _take(desks, case, turn, begin)
    state = LIVES[kind][-1].state.value
    for desk in (desks.il, desks.vn):
        desk.wait(case, state, lambda one: one.first.summary(case).state == state)
    return case


def _opened(desks: Desks, kind: str, begin: Instant) -> CaseId:
    opener = OPENERS[kind]
    assert isinstance(opener, c.Ask)
    told = {**_told(opener, begin), "contents": dict(opener.contents)}
    told.pop("case_id", None)
    told["peer"] = desks.vn.station.authority
    return desks.arrived(desks.il.first.open_case("ask", **told).case)


def _take(desks: Desks, case: CaseId, turn: Turn, begin: Instant) -> None:
    speaker = desks.il if turn.by is Side.REQUESTING else desks.vn
    hearer = desks.vn if speaker is desks.il else desks.il
    before = hearer.heard(case)
    speaker.first.act(case, _verb(turn.command), **_told(turn.command, begin))
    for proposal in speaker.document(case)["proposals"]:
        if proposal["is_open"]:
            speaker.second.act(
                case, "approve", proposal=proposal["number"], reasons="it is in order"
            )
    hearer.wait(case, _verb(turn.command), lambda desk: desk.heard(case) > before)


def _verb(command: c.Command) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(command).__name__).lower()


def _told(command: c.Command, begin: Instant) -> dict[str, object]:
    """Return a command as a program sends it; its days are counted from now on."""
    given = {one.alias: getattr(command, one.name) for one in fields(type(command))
             if getattr(command, one.name) != one.default}  # fmt: skip
    return {name: _written(value, begin) for name, value in given.items()}


def _written(value: object, begin: Instant) -> object:
    if isinstance(value, Instant):
        return begin.plus(value.moment - w.START.moment)
    if isinstance(value, Safeguards):
        return RECORD
    return value.value if isinstance(value, Enum) else value
