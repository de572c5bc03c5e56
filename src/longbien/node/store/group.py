"""Many changes in one transaction: each judged on its own, all written together.

``Group.apply`` runs under the lock of the ledger's head, so what was read stays true until the
commit.  A change that is refused leaves nothing behind and hinders no other.
"""

from collections.abc import Collection, Sequence
from typing import TypeAlias

from longbien.adapters.at_rest import DataKey, MasterKey, place
from longbien.casework.case import CaseSummary
from longbien.channel.message import ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.desk.pins import merge_pins
from longbien.desk.ports import Change, Committed
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.node.store import models, rows
from longbien.node.store.ahead import behind_witness, clear_if_caught_up
from longbien.node.store.case_keys import erased, key_mark, key_place, opened
from longbien.node.store.likenesses import forget_likenesses, write_likenesses
from longbien.node.store.statements import insert, maxima, replace, rows_in, update
from longbien.node.store.turn import Turn
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError, Refused
from longbien.primitives.ids import StateCode

Outcome: TypeAlias = Committed | LongBienError
_Thread: TypeAlias = tuple[str, str]  # the thread and the other State


class Known:
    """What the database says about the cases, threads and keys that a group touches."""

    def __init__(self, turn: Turn, changes: Sequence[Change]) -> None:
        self._using = turn.using
        cases = {change.case.text for change in changes}
        self.versions: dict[str, int] = dict(
            maxima(turn.using, models.Event, of="version", by=("case",), among=cases)
        )
        self.new = cases - self.versions.keys()
        """Cases of which nothing is known yet."""

        self.damaged: dict[str, LongBienError] = {}
        self.keys = self._keys(turn.keys.master, cases)
        self.sent = self._numbers(
            models.Outbox,
            [(o.thread.text, o.recipient.state.text) for c in changes for o in c.outgoing],
        )
        received = [c.incoming for c in changes if c.incoming]
        self.received = self._numbers(
            models.Inbox, [(one.thread.text, one.sender.state.text) for one in received]
        )
        self.inbox = {
            (row.peer, row.message)
            for row in rows_in(self._using, models.Inbox, "message", [o.id.text for o in received])
        }
        settled = [one.settles.message.text for one in changes if one.settles]
        self.outbox = {
            row.message: row for row in rows_in(self._using, models.Outbox, "message", settled)
        }
        answers = [one.answered.key for one in changes if one.answered]
        self.answered = {
            (row.scope, row.key) for row in rows_in(self._using, models.Answer, "key", answers)
        }
        transfers = [one.id.text for change in changes for one in change.arrivals]
        self.arrivals = {
            row.transfer: row for row in rows_in(self._using, models.Arrival, "transfer", transfers)
        }
        peers = {one.sender.state.text for one in received}
        self.pins = {row.peer: row for row in rows_in(self._using, models.Pin, "peer", peers)}

    def is_erased(self, case: str) -> bool:
        """Tell whether the case had a key that is gone."""
        return case in self.keys and self.keys[case] is None

    def _keys(self, master: MasterKey, cases: Collection[str]) -> dict[str, DataKey | None]:
        keys: dict[str, DataKey | None] = {}
        for row in rows_in(self._using, models.CaseKey, "case", cases):
            try:
                keys[row.case] = opened(master, row)
            except Integrity:  # this case stops, the others go on
                self.damaged[row.case] = rows.damaged("case-key", row.case)
        for case in self.versions.keys() - keys.keys():  # it had one, or it would have no event
            self.damaged[case] = rows.damaged("case-key", case)
        return keys

    def _numbers(
        self, table: "type[models.Outbox | models.Inbox]", threads: Sequence[_Thread]
    ) -> dict[_Thread, int]:
        among = {one for one, _ in threads}
        found = maxima(self._using, table, of="sequence", by=("thread", "peer"), among=among)
        return {(thread, peer): number for thread, peer, number in found}


class Group:
    """The rows of one transaction, gathered change by change, written at its end."""

    def __init__(self, turn: Turn, changes: Sequence[Change]) -> None:
        self._turn = turn
        self._master = turn.keys.master
        self._random = turn.keys.random_bytes
        self._known = Known(turn, changes)
        self._entries: list[bytes] = []
        self._last_at = 0
        self._rows: dict[type[models.Row], list[models.Row]] = {}
        self._summaries: dict[str, CaseSummary] = {}
        self._tokens: dict[str, tuple[str, ...]] = {}
        self._pins: dict[str, PeerPins] = {}
        self._destroyed: list[str] = []
        self._removed: list[tuple[str, Digest]] = []

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Judge and gather all changes, then write what was accepted."""
        log = self._turn.log
        if log.is_behind and not clear_if_caught_up(self._turn):
            return [behind_witness(log.origin, log.size) for _ in changes]
        outcomes = [self._one(change) for change in changes]
        self._write()
        return outcomes

    def _one(self, change: Change) -> Outcome:
        refusal = self._refusal(change)
        return refusal if refusal is not None else self._gather(change)

    # --- judging --------------------------------------------------------------------

    def _refusal(self, change: Change) -> LongBienError | None:
        known, case = self._known, change.case.text
        answered, incoming = change.answered, change.incoming
        if case in known.damaged:
            return known.damaged[case]
        if answered and (answered.scope, answered.key) in known.answered:
            return Refused("answered.again", "a call with this idempotency key was answered before")
        if incoming and (incoming.sender.state.text, incoming.id.text) in known.inbox:
            return Refused("inbox.duplicate", "message {id} was received before", id=incoming.id)
        if change.events and known.is_erased(case):
            return erased(case)
        has_moved = known.versions.get(case, 0) != change.expected_version
        if (change.events and has_moved) or not self._in_turn(change):
            return Refused(
                "journal.conflict", "case {case} has moved on: look again, decide again", case=case
            )
        return self._lost_lease(change) or self._taken_transfer(change)

    def _lost_lease(self, change: Change) -> LongBienError | None:
        settles = change.settles
        row = self._known.outbox.get(settles.message.text) if settles else None
        is_held = row is not None and row.is_open and settles and row.fence == settles.fence
        if settles and not is_held:
            return stale_lease()
        if row is not None and bytes(row.mark) != rows.outbox_mark(self._master, row):
            return rows.damaged("outbox", row.message)
        return None

    def _in_turn(self, change: Change) -> bool:
        sent = dict[_Thread, int]()
        for message in change.outgoing:
            thread = (message.thread.text, message.recipient.state.text)
            sent[thread] = sent.get(thread, self._known.sent.get(thread, 0)) + 1
            if message.sequence != sent[thread]:
                return False
        incoming = change.incoming
        if incoming is None:
            return True
        thread = (incoming.thread.text, incoming.sender.state.text)
        return incoming.sequence == self._known.received.get(thread, 0) + 1

    def _taken_transfer(self, change: Change) -> LongBienError | None:
        for arrival in change.arrivals:
            there = self._known.arrivals.get(arrival.id.text)
            if there is not None and rows.arrival_of(there, self._master) != arrival:
                return Refused(
                    "arrival.taken",
                    "transfer {id} was announced before, as another one",
                    id=arrival.id,
                )
        return None

    # --- gathering --------------------------------------------------------------------

    def _gather(self, change: Change) -> Committed:
        known, case = self._known, change.case.text
        first = self._turn.log.size + len(self._entries)
        is_own = change.destroys_key
        for event in change.events:
            version = known.versions.get(case, 0) + 1
            known.versions[case] = version
            leaf = self._turn.log.size + len(self._entries)
            row = rows.event_row(event, case=change.case, version=version, leaf=leaf, own=is_own)
            key = self._key(case, own=is_own)
            row.sealed = key.seal(
                event.salt + event.body, at=rows.event_place(row), random_bytes=self._random
            )
            row.entry = encode_entry(EntryKind.EVENT, event.salt, event.body)
            self._entries.append(row.entry)
            self._last_at = max(self._last_at, row.at)
            self._add(row)
        self._gather_messages(change)
        self._gather_rest(change)
        return Committed(
            version=known.versions.get(case, 0),
            leaves=tuple(range(first, first + len(change.events))),
        )

    def _gather_messages(self, change: Change) -> None:
        is_own = self._is_own(change)
        for message in change.outgoing:
            row = rows.outbox_row(message, own=is_own)
            key = self._key(change.case.text, own=is_own)
            row.envelope = key.seal(
                message.envelope, at=rows.envelope_place(row), random_bytes=self._random
            )
            row.mark = rows.outbox_mark(self._master, row)
            self._turn.count_in("outbox", row.mark)
            self._known.sent[row.thread, row.peer] = row.sequence
            self._add(row)
        if change.incoming:
            inbox = rows.inbox_row(change.incoming, self._master)
            self._turn.count_in("inbox", inbox.mark)
            self._known.inbox.add((inbox.peer, inbox.message))
            self._known.received[inbox.thread, inbox.peer] = inbox.sequence
            self._add(inbox)
            if change.pins:
                self._merge(change.incoming.sender.state, change.pins)

    def _gather_rest(self, change: Change) -> None:
        if change.settles:
            held = self._known.outbox[change.settles.message.text]
            settle(self._turn, held, receipt=change.settles.receipt, outcome=change.settles.outcome)
        for arrival in change.arrivals:
            if arrival.id.text not in self._known.arrivals:
                row = rows.arrival_row(arrival, self._master)
                self._turn.count_in("arrival", row.mark)
                self._known.arrivals[row.transfer] = row
                self._add(row)
        for sealed in change.objects:
            kept = rows.object_row(change.case, sealed, self._master)
            self._turn.count_in("object", kept.mark)
            self._add(kept)
        self._removed += [(change.case.text, digest) for digest in change.removed]
        for chore in change.chores:
            work = rows.chore_row(chore, self._master)
            self._turn.count_in("chore", work.mark)
            self._add(work)
        if change.answered:
            self._gather_answer(change)
        if change.summary:
            self._summaries[change.case.text] = change.summary
        if change.tokens is not None:
            self._tokens[change.case.text] = change.tokens
        if change.destroys_key:
            self._known.keys[change.case.text] = None
            self._destroyed.append(change.case.text)

    def _gather_answer(self, change: Change) -> None:
        answered, case = change.answered, change.case.text
        if answered is None:
            return
        at = answer_place(answered.scope, answered.key, case)
        key = self._key(case, own=self._is_own(change))
        self._known.answered.add((answered.scope, answered.key))
        row = models.Answer(
            scope=answered.scope,
            key=answered.key,
            request_sha256=answered.request_sha256.raw,
            case=case,
            sealed=key.seal(answered.answer, at=at, random_bytes=self._random),
        )
        row.mark = rows.answer_mark(self._master, row)
        self._turn.count_in("answer", row.mark)
        self._add(row)

    def _is_own(self, change: Change) -> bool:
        # what is still said about a case whose key is gone is under the node's own key
        return change.destroys_key or self._known.is_erased(change.case.text)

    def _key(self, case: str, *, own: bool) -> DataKey:
        if own:
            return self._master.own
        key = self._known.keys.get(case)
        if key is None:
            key = DataKey.draw(self._random)
            wrapped = self._master.wrap(key, at=key_place(case), random_bytes=self._random)
            row = models.CaseKey(case=case, wrapped=wrapped)
            self._known.keys[case] = key
            self._turn.count_in("case-key", key_mark(self._master, row))
            self._add(row)
        return key

    def _merge(self, peer: StateCode, pins: PeerPins) -> None:
        before = self._pins.get(peer.text)
        row = self._known.pins.get(peer.text)
        if before is None and row is not None:
            before = rows.pins_of(row, self._master)
        merged = merge_pins(before, pins) if before else pins
        if merged != before:
            self._pins[peer.text] = merged

    def _add(self, row: models.Row) -> None:
        self._rows.setdefault(type(row), []).append(row)

    # --- writing --------------------------------------------------------------------------

    def _write(self) -> None:
        using = self._turn.using
        for found in self._rows.values():
            insert(using, found)
        self._write_pins()
        write_summaries(using, self._master, self._summaries.values())
        write_likenesses(using, self._master, self._tokens, new=self._known.new)
        for case, parts_list in self._removed:
            remove_objects(self._turn, case, parts_list)
        for case in self._destroyed:
            destroy_key(self._turn, case)
            forget_likenesses(using, case)
        self._turn.grow(self._entries, last_at=self._last_at)

    def _write_pins(self) -> None:
        new = [rows.pin_row(StateCode(peer), one, self._master) for peer, one in self._pins.items()]
        for row in new:
            if row.peer in self._known.pins:
                self._turn.count_out("pin", bytes(self._known.pins[row.peer].mark))
            self._turn.count_in("pin", row.mark)
        if new:
            replace(self._turn.using, new)


def settle(turn: Turn, row: models.Outbox, *, receipt: bytes, outcome: ReceiptOutcome) -> None:
    """Keep the receipt in a row of the outbox that is held; the message is done.

    Raises Integrity ``journal.damaged``: a row that somebody changed is not marked as true.
    """
    rows.require_outbox(row, turn.keys.master)
    turn.count_out("outbox", bytes(row.mark))
    row.is_open, row.receipt, row.outcome, row.code = False, receipt, outcome.value, ""
    row.mark = rows.outbox_mark(turn.keys.master, row)
    turn.count_in("outbox", row.mark)
    update(turn.using, row, ("is_open", "receipt", "outcome", "code", "mark"))


def stale_lease() -> Refused:
    """Return the error of a lease that is another worker's by now."""
    return Refused(
        "lease.stale", "this lease has run out or was given to another worker; leave the work to it"
    )


def answer_place(scope: str, key: str, case: str) -> bytes:
    """Return what a sealed answer is bound to."""
    return place("answer", scope, key, case)


def write_summaries(using: str, key: MasterKey, summaries: Collection[CaseSummary]) -> None:
    """Put cases into the table of lists, in place of what it said of them."""
    if summaries:
        replace(using, [rows.case_row(one, key) for one in summaries])


def remove_objects(turn: Turn, case: str, parts_list: Digest) -> None:
    """Forget the objects of a case that consisted of these parts: the vault has them no more."""
    for row in models.VaultObject.objects.using(turn.using).filter(case=case):
        rows.require_object(row, turn.keys.master)
        if rows.sealed_of(bytes(row.sealed)).parts_list == parts_list:
            turn.count_out("object", bytes(row.mark))
            row.delete(using=turn.using)


def destroy_key(turn: Turn, case: str) -> None:
    """Destroy a case's key; what is still to be sent of it moves under the node's own key."""
    using, master = turn.using, turn.keys.master
    row = models.CaseKey.objects.using(using).filter(case=case).first()
    key = opened(master, row) if row else None
    if row is None or key is None:
        return
    pending = models.Outbox.objects.using(using).filter(thread=case, is_open=True, is_own=False)
    for message in pending:
        rows.require_outbox(message, master)
        turn.count_out("outbox", bytes(message.mark))
        envelope = key.open(bytes(message.envelope), at=rows.envelope_place(message))
        message.is_own = True
        message.envelope = master.own.seal(
            envelope, at=rows.envelope_place(message), random_bytes=turn.keys.random_bytes
        )
        message.mark = rows.outbox_mark(master, message)
        turn.count_in("outbox", message.mark)
        message.save(using=using)
    turn.has_destroyed = True
    turn.count_out("case-key", key_mark(master, row))
    row.wrapped = None
    turn.count_in("case-key", key_mark(master, row))
    row.save(using=using)
