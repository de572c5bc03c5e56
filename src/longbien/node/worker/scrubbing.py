"""Scrubbing: the vault is read through again and again, a piece at a time, and nothing is repaired.

What does not give its digest is noted as an alarm of the node; people decide what to do.
"""

from typing import Final

import structlog
from attrs import define, field

from longbien.adapters.vault import Mark, scrub
from longbien.desk.records import Alarm, note_alarm
from longbien.node.running import Node

log = structlog.get_logger("longbien.worker")

BUDGET: Final = 64 * 2**20  # bytes in one turn: about a tenth of a second of hashing
DAMAGED: Final = "vault.damaged"


@define(kw_only=True)
class Scrubber:
    """Reads one vault through, turn by turn."""

    node: Node
    _mark: Mark | None = field(default=None, init=False)

    def turn(self) -> None:
        """Read a piece, from where the last turn ended."""
        from longbien.node.store.objects import objects_of  # noqa: PLC0415 - Django is set up

        objects = objects_of(self.node.store)
        done = scrub(
            self.node.vault, objects, now=self.node.office.clock(), mark=self._mark, budget=BUDGET
        )
        self._mark = done.mark
        for damage in done.damages:
            log.error("damaged", part=damage.part.hex, code=damage.code)
            note_alarm(self.node.office, Alarm(code=DAMAGED, subject=damage.part.hex))
