"""Writes down what was refused of other States' nodes, and lists it for whoever asks.

Each process counts by itself; what it has counted goes into the audit trail, which is marked,
chained and checked by ``longbien fsck``.  A kill loses at most the counts of an hour or, where
one State goes on for long, of a day: that it tried a thing is on the disk within a second.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog
from attrs import define, field, frozen

from longbien.desk.ports import Clock
from longbien.desk.turned_away import Tally, TurnedAway, is_of_the_peer
from longbien.primitives.canonical import Json
from longbien.primitives.errors import LongBienError, Malformed
from longbien.primitives.ids import StateCode
from longbien.primitives.instants import Instant

if TYPE_CHECKING:
    from longbien.node.store.audit import AuditEntry, OrmAudit

log = structlog.get_logger("longbien.peer")

SUBJECT: Final = "turned-away"
"""What the records of the audit trail are about."""

LISTED: Final = timedelta(days=30)
_STRANGER: Final = "-"
_PAGE: Final = 1000
_MOST: Final = 20_000  # records of which a list is made: a hundred States that never cease

Refused: TypeAlias = Callable[[StateCode | None, str], None]
"""Told of each act of a peer that was refused, with the code; None is a stranger."""


@define(kw_only=True)
class Recorder:
    """Counts for one process.  ``write`` is called every second or so."""

    audit: "OrmAudit"
    clock: Clock
    _tally: Tally = field(factory=Tally, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def note(self, peer: StateCode | None, code: str) -> None:
        """Count an act that was refused; what is no act of a peer is passed over."""
        if is_of_the_peer(code):
            with self._lock:
                self._tally.note(peer, code, now=self.clock())

    def write(self, *, everything: bool = False) -> None:
        """Write down what is due; what the store does not take is tried again."""
        with self._lock:
            due = self._tally.take(self.clock(), everything=everything)
        if not due:
            return
        try:
            self.audit.record(*map(_entry_of, due))
        except LongBienError as error:
            log.warning("not written down", code=error.code)
            with self._lock:
                for one in due:
                    self._tally.put_back(one)


def _entry_of(found: TurnedAway) -> "AuditEntry":
    from longbien.node.store.audit import AuditEntry  # noqa: PLC0415 - Django is set up

    return AuditEntry(
        at=found.until,
        actor=found.peer.text if found.peer else _STRANGER,
        action=found.code,
        subject=SUBJECT,
        facts=(("count", str(found.count)), ("since", str(found.since))),
    )


@frozen(kw_only=True)
class Listed:
    """What was refused of one State with one code in the last thirty days."""

    peer: str
    """Empty for strangers."""

    code: str
    count: int
    last_at: Instant

    def to_json(self) -> Json:
        """Return it as a document."""
        return {
            "code": self.code,
            "count": self.count,
            "last_at": str(self.last_at),
            "peer": self.peer,
        }


def turned_away(audit: "OrmAudit", *, now: Instant) -> tuple[Listed, ...]:
    """List what was refused lately, by State and code."""
    found: dict[tuple[str, str], Listed] = {}
    for entry in _recent(audit, now.plus(-LISTED)):
        peer = "" if entry.actor == _STRANGER else entry.actor
        newer = found.get((peer, entry.action))
        count = int(dict(entry.facts)["count"])
        found[peer, entry.action] = Listed(
            peer=peer,
            code=entry.action,
            count=count + (newer.count if newer else 0),
            last_at=max(entry.at, newer.last_at) if newer else entry.at,
        )
    return tuple(found[name] for name in sorted(found))


def _recent(audit: "OrmAudit", since: Instant) -> "Iterable[AuditEntry]":
    before, seen = None, 0
    while seen < _MOST:
        page = audit.page(before=before, subject=SUBJECT, limit=_PAGE)
        for number, entry in page:
            if entry.at < since:
                return
            yield entry
            before = number
        seen += len(page)
        if len(page) < _PAGE:
            return


def code_of_peer(error: LongBienError) -> str:
    """Return the code of what a peer did in answering us; empty where that is nobody's wrong.

    A peer that refuses one of our messages does what it may; one that answers with bytes that
    break the protocol, or with a receipt that is none, does not.
    """
    is_wrong = isinstance(error, Malformed) or error.code.startswith("receipt.")
    return error.code if is_wrong else ""
