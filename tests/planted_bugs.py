"""Bugs that the simulation must find.  They live here, with the tests, and in no distribution.

Each one takes a simulation that is about to run and returns what holds while it runs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from attrs import evolve

from longbien.casework import _machine, _officers, clocks, life, safeguarding
from longbien.channel import gossip as channel_gossip
from longbien.channel import rules
from longbien.channel.gossip import OwnView, Standing
from longbien.channel.message import ReceiptOutcome
from longbien.channel.numbering import Place
from longbien.channel.pins import PinDecision
from longbien.channel.receipts import Believed
from longbien.desk import gossip, receipt, receive, ring
from longbien.desk.gossip import Learnt
from longbien.desk.ports import Change, Committed
from longbien.exercise.light import standing_in
from longbien.exercise.machine import MemoryJournal, MemoryLedger, MemoryQueue, MemoryRegister
from longbien.exercise.simulation import Planted, Simulation

Parts = tuple[tuple[object, str, object], ...]


def put_in(*parts: tuple[object, str, object]) -> Planted:
    """Return a bug that replaces functions while a seed lives."""
    return lambda _simulation: standing_in(parts)


def nothing(*_arguments: object, **_named: object) -> None:
    """Do not do it."""


def always(value: object) -> Callable[..., Any]:
    """Answer the same, whatever is asked."""
    return lambda *_arguments, **_named: value


def holds(*_arguments: object, **_named: object) -> bool:
    """Say yes, whatever is asked."""
    return True


# --- disks and stores ---------------------------------------------------------------------------


@contextmanager
def fsync_dropped(simulation: Simulation) -> Iterator[None]:
    """Let the disks say that they have synced when they have not."""
    for node in simulation.world.nodes.values():
        node.machine.disk.loses_syncs = True
    yield


def acknowledged_early(_simulation: Simulation) -> Any:  # noqa: ANN401 - a context manager
    """Let the answer go out before the commit."""
    commit = MemoryJournal.commit
    waiting: list[tuple[MemoryJournal, Change]] = []

    def later(self: MemoryJournal, change: Change, /) -> Committed:
        if change.incoming is None:
            return commit(self, change)
        while waiting:
            commit(*waiting.pop())
        waiting.append((self, change))
        return Committed(version=0, leaves=())

    return standing_in([(MemoryJournal, "commit", later)])


def changed_commit(**dropped: object) -> Planted:
    """Let each change lose a part."""
    commit = MemoryJournal.commit

    def lossy(self: MemoryJournal, change: Change, /) -> Committed:
        return commit(self, evolve(change, **dropped))

    return put_in((MemoryJournal, "commit", lossy))


def order_swapped() -> Planted:
    """Let messages of a thread go out, and be taken, in any order."""
    lease = MemoryQueue.lease_messages

    def shuffled(self: MemoryQueue, **asked: Any) -> Any:  # noqa: ANN401 - as the queue's own
        tables = self.tables
        newest_first = sorted(tables.unsent.items(), key=lambda each: -each[1].work.sequence)
        kept, tables.unsent = tables.unsent, {}
        leased: list[Any] = []
        for key, row in newest_first:
            tables.unsent = {key: row}
            leased += lease(self, **asked)
        tables.unsent = {key: row for key, row in kept.items() if row.receipt is None}
        return leased

    def anywhere(message: Any, sha256: Any, *, known: Any, received: int) -> Place:  # noqa: ANN401
        del sha256, known
        return Place.EXPECTED if message.sequence > received else Place.NUMBER_REUSED

    return put_in(
        (MemoryQueue, "lease_messages", shuffled),
        (MemoryJournal, "_are_next", holds),
        (rules, "find_place", anywhere),
    )


def settled_before_the_receipt() -> Planted:
    """Mark messages as done when they are sent."""
    lease = MemoryQueue.lease_messages

    def hasty(self: MemoryQueue, **asked: Any) -> Any:  # noqa: ANN401 - as the queue's own
        leased = lease(self, **asked)
        for one in leased:
            self.settle_message(one, receipt=b"", outcome=ReceiptOutcome.ACCEPTED)
        return leased

    return put_in((MemoryQueue, "lease_messages", hasty))


def late_register() -> Planted:
    """Look at clocks an hour after they have run out."""
    due = MemoryRegister.due

    def late(self: MemoryRegister, now: Any, /, *, limit: int = 100) -> Any:  # noqa: ANN401
        return due(self, now.plus(-timedelta(hours=1)), limit=limit)

    return put_in((MemoryRegister, "due", late))


# --- rules --------------------------------------------------------------------------------------


def expiry_ignored() -> Planted:
    """Take messages that have expired."""
    judge = rules._term_code

    def patient(message: Any, now: Any) -> str:  # noqa: ANN401 - as the rule's own
        code = judge(message, now)
        return "" if code == "message.expired" else code

    return put_in((rules, "_term_code", patient))


def use_limits_dropped() -> Planted:
    """Announce evidence without the limits of its use."""
    announced = _machine.EvidenceAnnounced

    def careless(**said: Any) -> Any:  # noqa: ANN401 - as the statement's own
        return announced(**{**said, "use_limits": ()})

    return put_in((_machine, "EvidenceAnnounced", careless))


def foreign_peer_let_in() -> Planted:
    """Let anybody speak in a case."""
    receive_next = life._receive_next

    def open_house(case: Any, message: Any, *rest: Any) -> Any:  # noqa: ANN401 - as the rule's own
        return receive_next(evolve(case, peer=message.sender), message, *rest)

    return put_in((life, "_receive_next", open_house))


def witness_believed() -> Planted:
    """Believe anybody who says that our ledger was longer."""
    judge = gossip.judge_seen

    def gullible(seen: Any, **known: Any) -> OwnView:  # noqa: ANN401 - as the rule's own
        if seen.checkpoint.head.size > known["own_size"]:
            return OwnView(standing=Standing.BEHIND)
        return judge(seen, **known)

    return put_in((gossip, "judge_seen", gullible))


def versions_ignored() -> Planted:
    """Take any suite and any protocol."""
    return put_in((rules, "decide_versions", lambda pins, _message: PinDecision(pins=pins)))


def receipt_believed() -> Planted:
    """Believe every receipt."""

    def gullible(opened: Any, **_known: object) -> Believed:  # noqa: ANN401 - as the rule's own
        return Believed(receipt=opened.receipt)

    return put_in((receipt, "require_receipt", gullible))


DUPLICATES = (
    (MemoryJournal, "find_incoming", always(None)),
    (MemoryJournal, "_require_new", nothing),
    (rules, "find_place", always(Place.EXPECTED)),
)

BUGS: dict[str, Planted] = {
    "fsync dropped": fsync_dropped,
    "acknowledged early": acknowledged_early,
    "deduplication skipped": put_in(*DUPLICATES),
    "inbox forgotten": put_in((MemoryJournal, "find_incoming", always(None))),
    "order swapped": order_swapped(),
    "chore dropped at commit": changed_commit(chores=()),
    "message dropped at commit": changed_commit(outgoing=()),
    "outbox settled before the receipt": settled_before_the_receipt(),
    "lost fencing token": put_in((MemoryQueue, "require_fresh", nothing)),
    "old copy signs": put_in((MemoryLedger, "require_caught_up", nothing)),
    "expiry ignored": expiry_ignored(),
    "signature not verified": put_in((rules, "_signature_code", always(""))),
    "receipt not verified": receipt_believed(),
    "suite downgrade accepted": versions_ignored(),
    "exercise mixed with reality": put_in((rules, "_entry_code", always(""))),
    "date not looked at": put_in((rules, "_clock_code", always(""))),
    "lane not looked at": put_in((life, "_require_lane", nothing)),
    "anybody speaks in a case": foreign_peer_let_in(),
    "proof not checked": put_in((channel_gossip, "verify_consistency", holds)),
    "gossip not checked": put_in(
        (receive, "learn", always(Learnt())), (receipt, "learn", always(Learnt()))
    ),
    "split view not kept": put_in((gossip, "_keep_split", always(()))),
    "false witness believed": witness_believed(),
    "one officer enough": put_in((_officers, "require_second", nothing)),
    "authorisation may be over": put_in(
        (safeguarding, "require_record", nothing), (_officers, "require_record", nothing)
    ),
    "use limits dropped": use_limits_dropped(),
    "clock rings twice": put_in((clocks, "pressing", clocks.dues), (ring, "pressing", clocks.dues)),
    "clock looked at late": late_register(),
}
"""By name."""
