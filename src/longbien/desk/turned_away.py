"""What was refused of a State: a record that a flood cannot make long.

A refused act leaves nothing behind in cases and ledger.  Who must call the other State, or tell
later what it tried, needs to know all the same: which State, which code, how often, from when to
when.  Nothing of what the act was about is kept: no case, no person, no byte of it.

Acts are counted here and written down seldom: a code of a State at once when it was not seen for
a day, then after an hour, and each time after twice as long as before, up to a day.  Both are
closed sets (the directory's States, our own codes), so that memory and disk have a bound whatever
is sent.
"""

from datetime import timedelta
from typing import Final

from attrs import define, evolve, field, frozen

from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant

SOON: Final = timedelta(hours=1)
SELDOM: Final = timedelta(days=1)

# what the world or this node itself is to blame for, and what every busy line sees
_NOT_OF_A_PEER: Final = (
    *("store.", "vault.", "journal.", "lease.", "worker."),
    *("ledger.behind-witness", "desk.too-busy", "peer.busy", "peer.line-cut"),
)


@frozen(kw_only=True)
class TurnedAway:
    """Acts of one State that were refused with one code."""

    peer: StateCode | None
    """None: a stranger, whom no certificate names."""

    code: str
    """Documented in ``spec/codes.md``."""

    count: int
    since: Instant
    """When the first of them came."""

    until: Instant
    """When the last of them came."""


def is_of_the_peer(code: str) -> bool:
    """Tell whether a code speaks of what a peer did, and not of our own disk or the line."""
    return bool(code) and not code.startswith(_NOT_OF_A_PEER)


@define
class _Counted:
    found: TurnedAway | None
    due: Instant
    wait: timedelta


@define
class Tally:
    """Counts what was turned away until it is time to write it down.  Not for two threads."""

    _kept: dict[tuple[StateCode | None, str], _Counted] = field(factory=dict, init=False)

    def note(self, peer: StateCode | None, code: str, *, now: Instant) -> None:
        """Count one act."""
        kept = self._kept.setdefault((peer, code), _Counted(None, now, SOON))
        before = kept.found
        kept.found = TurnedAway(
            peer=peer,
            code=code,
            count=before.count + 1 if before else 1,
            since=before.since if before else now,
            until=now,
        )

    def take(self, now: Instant, *, everything: bool = False) -> tuple[TurnedAway, ...]:
        """Return what is to be written down now; with ``everything`` also what could wait."""
        due = {
            name: one.found
            for name, one in self._kept.items()
            if one.found and (everything or one.due <= now)
        }
        for name in due:
            kept = self._kept[name]
            self._kept[name] = _Counted(None, now.plus(kept.wait), min(SELDOM, kept.wait * 2))
        self._forget(now)
        return tuple(due.values())

    def put_back(self, found: TurnedAway) -> None:
        """Count again what could not be written down: it is due at once."""
        kept = self._kept.setdefault((found.peer, found.code), _Counted(None, found.until, SOON))
        later = kept.found
        kept.due = found.until
        kept.found = (
            evolve(found, count=found.count + later.count, until=later.until) if later else found
        )

    def _forget(self, now: Instant) -> None:
        old = now.plus(-SELDOM)
        quiet = [name for name, one in self._kept.items() if not one.found and one.due <= old]
        for name in quiet:
            del self._kept[name]
