"""The ports of the desk.  Their comments are contracts: durability, order, errors.

Every port has a simulator in ``exercise`` and one real implementation in ``adapters`` or
``node``.  All of them may be called by several threads at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from attrs import field, frozen

from longbien.casework.case import CaseSummary, ChoreKind
from longbien.channel.message import Lane, MessageKind, ReceiptOutcome
from longbien.channel.pins import PeerPins
from longbien.channel.transfer import SealedObject as SealedObject  # noqa: PLC0414 - defined below the ports, and imported from here by all who implement them
from longbien.ledger.checkpoints import Head, SignedCheckpoint
from longbien.ledger.notes import NoteSignature
from longbien.ledger.proof import TlogProof
from longbien.primitives.digest import Digest
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    EventId,
    MessageId,
    StateCode,
    TransferId,
)
from longbien.primitives.instants import Instant

Clock: TypeAlias = Callable[[], Instant]
"""The node's own clock.  The node does not start if it stands before the last journal entry."""


# --- what one change consists of -------------------------------------------------------------


@frozen(kw_only=True)
class NewEvent:
    """An event to be put into a case's journal, and into the ledger as a salted commitment."""

    id: EventId
    kind: str
    at: Instant
    body: bytes = field(repr=False)
    """Canonical JSON.  Kept encrypted under the key of the case."""

    salt: bytes = field(repr=False)
    """32 random bytes; the ledger entry is ``encode_entry(EVENT, salt, body)``."""


@frozen(kw_only=True)
class StoredEvent(NewEvent):
    """An event as it is kept."""

    version: int
    """1 for the first of its case."""

    leaf: int
    """Where its commitment stands in the ledger."""


@frozen(kw_only=True)
class Outgoing:
    """A signed message to be delivered: a row of the outbox."""

    id: MessageId
    thread: CaseId
    kind: MessageKind
    sequence: int
    recipient: AuthorityId
    lane: Lane
    created_at: Instant
    expires_at: Instant
    envelope: bytes = field(repr=False)
    """Signed, not yet sealed.  Every attempt sends exactly these bytes."""


@frozen(kw_only=True)
class Incoming:
    """A message that was received and decided on: a row of the inbox."""

    id: MessageId
    sender: AuthorityId
    thread: CaseId
    sequence: int
    sha256: Digest
    received_at: Instant
    outcome: ReceiptOutcome
    code: str
    receipt: bytes = field(repr=False)
    """The signed receipt: every copy of the message gets these very bytes."""

    keep_until: Instant
    """The row may go after this: the message's expiry and as far back as a restore may reach."""


@frozen(kw_only=True)
class Arrival:
    """A transfer that a peer has announced and that the peer endpoint may therefore accept."""

    id: TransferId
    case: CaseId
    peer: StateCode
    sealed: SealedObject


@frozen(kw_only=True)
class NewChore:
    """Work for the worker, beginning not before ``not_before``."""

    kind: ChoreKind
    case: CaseId
    subject: str
    not_before: Instant


@frozen(kw_only=True)
class Answered:
    """The answer to a call that carried an idempotency key."""

    scope: str
    key: str
    request_sha256: Digest
    answer: bytes = field(repr=False)


@frozen(kw_only=True)
class Settling:
    """The peer's receipt for a leased row of the outbox: the message is done."""

    message: MessageId
    fence: int
    """Of the lease under which it was posted."""

    receipt: bytes = field(repr=False)
    outcome: ReceiptOutcome


@frozen(kw_only=True)
class Change:
    """All that one decision changes.  It takes effect as a whole or not at all."""

    case: CaseId
    expected_version: int
    """How many events the case had when the decision was taken; 0 opens a new case.

    Not asked about where there are no events: a refused message changes nothing of a case, not
    even of one whose key is gone."""

    summary: CaseSummary | None = None
    """None only where nothing of the case changes, as when a message is refused."""

    tokens: tuple[str, ...] | None = field(default=None, repr=False)
    """What the case's request names from now on, by which others about the same thing are found;
    None where that stays as it is.  Only keyed hashes of them are kept."""

    events: tuple[NewEvent, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    incoming: Incoming | None = None
    settles: Settling | None = None
    """What ``WorkQueue.settle_message`` does, in this very change."""

    arrivals: tuple[Arrival, ...] = ()
    chores: tuple[NewChore, ...] = ()
    objects: tuple[SealedObject, ...] = ()
    """What the vault holds for this case from now on: scrub reads it."""

    removed: tuple[Digest, ...] = ()
    """Lists of parts whose objects of this case the vault no longer holds."""

    answered: Answered | None = None

    pins: PeerPins | None = None
    """What the sender of ``incoming`` has shown to speak: merged into what is kept of that State
    (``pins.merge_pins``), so that nothing ever goes down."""

    destroys_key: bool = False
    """The key of the case is destroyed with this change: from then on ``load`` raises Refused
    ``case.erased``, while ledger, outbox, inbox and the coded summary stay."""


@frozen(kw_only=True)
class Numbers:
    """How far a thread has been counted, each way; 0 before the first message."""

    sent: int
    received: int
    """Refused messages count too: a number is used up by either outcome."""


@frozen(kw_only=True)
class Committed:
    """A change that is on the disk."""

    version: int
    leaves: tuple[int, ...]


class Journal(Protocol):
    """The truth: append-only events per case, with ledger, outbox and inbox beside them.

    When ``commit`` returns, the change is durable; concurrent callers may share one fsync.
    After an fsync error, a full disk or damage found, every call raises Unavailable
    ``store.stopped`` until the node was mended, and ``/ready`` is false.
    """

    def commit(self, change: Change, /) -> Committed:
        """Put a change into effect.

        Raises Refused ``journal.conflict`` where the case has moved on, or where a message does
        not have the next number of its thread (load again, decide again), ``inbox.duplicate``
        where the message is there already, ``answered.again`` where the idempotency key is,
        ``case.erased``, ``lease.stale`` where it settles a row that is another worker's by now,
        and ``arrival.taken`` where a transfer's id is another one's; Unavailable
        ``store.stopped``.
        """
        ...

    def load(self, case: CaseId, /) -> tuple[StoredEvent, ...]:
        """Return the events of a case in their order, none for an unknown one.

        Raises Integrity ``journal.damaged``, and Refused ``case.erased`` where its key is gone.
        """
        ...

    def numbers(self, thread: CaseId, peer: StateCode, /) -> Numbers:
        """Return how many messages of a thread went to that State and came from it."""
        ...

    def pins(self, peer: StateCode, /) -> PeerPins | None:
        """Return what a State has shown to speak; None before its first message."""
        ...

    def find_incoming(self, sender: StateCode, message: MessageId, /) -> Incoming | None:
        """Return what became of a message of that State, if it was ever received."""
        ...

    def find_answered(self, scope: str, key: str, /) -> Answered | None:
        """Return the answer that an idempotency key already got."""
        ...

    def find_arrival(self, transfer: TransferId, /) -> Arrival | None:
        """Return a transfer that was announced to us."""
        ...


class Register(Protocol):
    """Read models: lists of cases.  They can be rebuilt from the journal at any time."""

    def find(self, case: CaseId, /) -> CaseSummary | None:
        """Return one case as lists show it."""
        ...

    def page(
        self,
        *,
        own: AuthorityId | None = None,
        state: str | None = None,
        kind: str | None = None,
        peer: StateCode | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[Sequence[CaseSummary], str | None]:
        """Return cases by time left, most pressing first, and the cursor of the next page.

        Raises Malformed ``register.cursor``.
        """
        ...

    def due(self, now: Instant, /, *, limit: int = 100) -> Sequence[CaseSummary]:
        """Return cases whose next clock has run out."""
        ...

    def alike(self, tokens: Sequence[str], /, *, limit: int = 20) -> Sequence[CaseSummary]:
        """Return cases that name one of these things, those that share most of them first.

        Of every authority of this node: who asks for them decides what is shown of them.
        """
        ...


@frozen(kw_only=True)
class Leased:
    """A row that this worker alone may work on until ``until``."""

    fence: int
    """Grows with every lease of the row; a stale one is refused."""

    attempts: int
    """This one, and those that failed since something last got through.

    The lease of a worker that died is none of them: whether it has tried is not known.
    """

    until: Instant


@frozen(kw_only=True)
class LeasedMessage(Leased):
    """A message to be posted."""

    message: Outgoing


@frozen(kw_only=True)
class LeasedChore(Leased):
    """A chore to be done."""

    id: int
    chore: NewChore


class WorkQueue(Protocol):
    """The outbox and the chores: the work to do.  Any number of workers share it.

    Messages of one thread are leased in their sequence: the next one only after the receipt
    for the one before it.
    """

    def lease_messages(
        self, *, now: Instant, until: Instant, limit: int, lanes: frozenset[Lane]
    ) -> Sequence[LeasedMessage]:
        """Lease messages that are due, most urgent lane first, then oldest."""
        ...

    def lease_chores(self, *, now: Instant, until: Instant, limit: int) -> Sequence[LeasedChore]:
        """Lease chores that are due, oldest first."""
        ...

    def settle_message(
        self, leased: LeasedMessage, /, *, receipt: bytes, outcome: ReceiptOutcome
    ) -> None:
        """Keep the peer's receipt for good, durably; the message is done.

        Raises Refused ``lease.stale``.
        """
        ...

    def settle_chore(self, leased: LeasedChore, /) -> None:
        """Mark a chore as done, durably.  Raises Refused ``lease.stale``."""
        ...

    def renew(self, leased: LeasedMessage | LeasedChore, /, *, until: Instant) -> None:
        """Hold a row for longer.  A stale lease is ignored."""
        ...

    def postpone(
        self, leased: LeasedMessage | LeasedChore, /, *, until: Instant, code: str, failed: int
    ) -> None:
        """Give a row back after a failed attempt; a stale lease is ignored.

        ``code`` says why.  ``failed`` is how many attempts have failed since something last got
        through; the next lease counts on from it.
        """
        ...


class Ledger(Protocol):
    """The Merkle log over the journal.  Its growth is part of ``Journal.commit``."""

    def newest(self) -> SignedCheckpoint:
        """Return the newest checkpoint, with the cosignatures known so far.

        Raises Unavailable ``ledger.behind-witness`` while a witness has seen more than we hold.
        """
        ...

    def size(self) -> int:
        """Return how many entries the log holds."""
        ...

    def consistency(self, *, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Prove that the log of the new size continues the one of the old size."""
        ...

    def root_at(self, size: int, /) -> Digest:
        """Return the root that this log had at a size that it has reached."""
        ...

    def prove(self, leaf: int, /) -> TlogProof:
        """Prove that a leaf is in the newest checkpoint that its witnesses have cosigned."""
        ...

    def add_cosignatures(self, head: Head, lines: Iterable[NoteSignature], /) -> None:
        """Keep verified cosignatures over one of our own heads."""
        ...

    def cosigned_by(self, witness: str, /) -> Head | None:
        """Return the largest of our heads that bears a kept cosignature of that key name."""
        ...

    def behind(self, witness: str, seen: Head, /) -> None:
        """Stop signing, durably, until the log holds this very head.

        A witness has seen more of this log than it holds, or another root for a size that it has
        passed.  The first ends by itself when the log has caught up, the second never does.
        """
        ...


@frozen(kw_only=True)
class Question:
    """A head that another log was asked to prove its history from."""

    note: bytes = field(repr=False)
    """The signed checkpoint, as it was seen."""

    asked: int
    """In how many exchanges the log has left it open."""


class Witnessings(Protocol):
    """What this node has seen and cosigned of other States' ledgers."""

    def recorded(self, origin: str, /) -> Head | None:
        """Return the head that was cosigned last."""
        ...

    def record(
        self, origin: str, head: Head, /, *, expected: Head | None, note: bytes = b""
    ) -> bool:
        """Make a new head durable if ``expected`` still stands; tell if it did.

        ``note`` is the signed checkpoint that states the head: without it a later contradiction
        could not be shown to anybody.  Empty where the caller has none: the old one is dropped.
        """
        ...

    def recorded_note(self, origin: str, /) -> bytes | None:
        """Return the signed checkpoint of the recorded head, as it was given to ``record``."""
        ...

    def question(self, origin: str, /) -> Question | None:
        """Return what that log was last asked to prove."""
        ...

    def put_question(self, origin: str, question: Question | None, /) -> None:
        """Remember a question, or drop it.  It need not be durable: a lost one is asked again."""
        ...

    def keep_evidence(self, origin: str, proof: bytes, /) -> None:
        """Keep the proof of a split view, durably and for good."""
        ...

    def evidence(self) -> Iterator[tuple[str, bytes]]:
        """Return all such proofs with their origins."""
        ...


class Vault(Protocol):
    """Parts of sealed files by their SHA-256.  The bytes are ciphertext throughout."""

    def put(self, sha256: Digest, part: bytes | memoryview, /) -> None:
        """Keep a part; durable on return.  The caller has hashed it.

        Raises Unavailable ``vault.no-space``, ``vault.write-failed``.
        """
        ...

    def get(self, sha256: Digest, /) -> bytes:
        """Return a part, its digest checked.

        Raises Integrity ``vault.changed`` and ``vault.missing``: changed bytes are never returned.
        """
        ...

    def missing(self, digests: Sequence[Digest], /) -> Sequence[int]:
        """Return the positions of those that the vault does not hold."""
        ...

    def free_bytes(self) -> int | None:
        """Return how much more fits; None where nobody can tell (an object store)."""
        ...
