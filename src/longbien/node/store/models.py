"""The tables: maps only, no rules.

Instants are microseconds since 1970, so that both databases order and compare them alike.
``mark`` is made by the node's key over the row's other fields (``adapters.at_rest``): a row
that somebody changed, or put into another row's place, is noticed.
"""

from typing import Final

from django.db import models

NEVER: Final = 2**62
"""A clock that does not run: behind everything that has one."""

_UUID: Final = 36
_CODE: Final = 64


class Row(models.Model):
    """What all tables share: a row is named by its table and key, never by what is in it."""

    class Meta:
        """No table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Return table and key."""
        return f"{self._meta.model_name} {self.pk}"


class Log(Row):
    """The ledger's newest head: one row, locked by whoever grows the ledger."""

    id: "models.SmallIntegerField[int, int]" = models.SmallIntegerField(primary_key=True)
    origin: "models.CharField[str, str]" = models.CharField(max_length=255)
    size: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    root: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    note: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    last_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    is_behind: "models.BooleanField[bool, bool]" = models.BooleanField(default=False)
    tallies: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Event(Row):
    """An event, which is also the ledger's leaf of that number."""

    leaf: "models.BigIntegerField[int, int]" = models.BigIntegerField(primary_key=True)
    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    version: "models.IntegerField[int, int]" = models.IntegerField()
    event: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    kind: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    entry: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    is_own: "models.BooleanField[bool, bool]" = models.BooleanField()
    sealed: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """An event's place in its case is taken once."""

        constraints = (
            models.UniqueConstraint(fields=("case", "version"), name="event_case_version"),
        )


class Tile(Row):
    """Hashes of the ledger's tree (C2SP tlog-tiles): level 0 once full, the others as they grow."""

    id: "models.BigIntegerField[int, int]" = models.BigIntegerField(primary_key=True)
    data: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Cosigned(Row):
    """One of our own heads that somebody has cosigned, with our signatures."""

    size: "models.BigIntegerField[int, int]" = models.BigIntegerField(primary_key=True)
    root: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    note: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Cosignature(Row):
    """A verified line of a witness under one of our heads."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    name: "models.CharField[str, str]" = models.CharField(max_length=255)
    size: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)
    line: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """The largest head of a witness is found at once."""

        indexes = (models.Index(fields=("name", "-size"), name="cosignature_name"),)


class Ahead(Row):
    """What a witness has seen of our ledger that we did not hold when it said so."""

    witness: "models.CharField[str, str]" = models.CharField(max_length=255, primary_key=True)
    size: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    root: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class CaseKey(Row):
    """The wrapped key of a case; None once it is destroyed."""

    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID, primary_key=True)
    wrapped: "models.BinaryField[bytes | None, bytes | None]" = models.BinaryField(null=True)


class Outbox(Row):
    """A signed message to be delivered; the peer's receipt once it is."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    message: "models.CharField[str, str]" = models.CharField(max_length=_UUID, unique=True)
    thread: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    kind: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    sequence: "models.IntegerField[int, int]" = models.IntegerField()
    recipient: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    peer: "models.CharField[str, str]" = models.CharField(max_length=2)
    lane: "models.SmallIntegerField[int, int]" = models.SmallIntegerField()
    created_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    expires_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    is_own: "models.BooleanField[bool, bool]" = models.BooleanField()
    envelope: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    is_open: "models.BooleanField[bool, bool]" = models.BooleanField(default=True)
    ready_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    fence: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=0)
    attempts: "models.IntegerField[int, int]" = models.IntegerField(default=0)
    code: "models.CharField[str, str]" = models.CharField(max_length=_CODE, default="")
    outcome: "models.CharField[str, str]" = models.CharField(max_length=16, default="")
    receipt: "models.BinaryField[bytes, bytes]" = models.BinaryField(default=b"")
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """Work is found without looking at what is done."""

        indexes = (
            models.Index(
                fields=("lane", "ready_at"), name="outbox_ready", condition=models.Q(is_open=True)
            ),
            models.Index(
                fields=("thread", "peer"), name="outbox_open", condition=models.Q(is_open=True)
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("thread", "peer", "sequence"), name="outbox_sequence"),
        )


class Inbox(Row):
    """A message that was received, and what became of it."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    peer: "models.CharField[str, str]" = models.CharField(max_length=2)
    message: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    sender: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    thread: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    sequence: "models.IntegerField[int, int]" = models.IntegerField()
    sha256: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    received_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    outcome: "models.CharField[str, str]" = models.CharField(max_length=16)
    code: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    receipt: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    keep_until: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """A message takes effect once, and so does a number of a thread."""

        constraints = (
            models.UniqueConstraint(fields=("peer", "message"), name="inbox_message"),
            models.UniqueConstraint(fields=("thread", "peer", "sequence"), name="inbox_sequence"),
        )


class Pin(Row):
    """What a State has shown to speak."""

    peer: "models.CharField[str, str]" = models.CharField(max_length=2, primary_key=True)
    pins: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Arrival(Row):
    """A transfer that a peer has announced."""

    transfer: "models.CharField[str, str]" = models.CharField(max_length=_UUID, primary_key=True)
    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    peer: "models.CharField[str, str]" = models.CharField(max_length=2)
    sealed: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class VaultObject(Row):
    """What the vault holds for a case."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID, db_index=True)
    sealed: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Chore(Row):
    """Work for the worker."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    kind: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    subject: "models.CharField[str, str]" = models.CharField(max_length=255)
    not_before: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    is_open: "models.BooleanField[bool, bool]" = models.BooleanField(default=True)
    ready_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    fence: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=0)
    attempts: "models.IntegerField[int, int]" = models.IntegerField(default=0)
    code: "models.CharField[str, str]" = models.CharField(max_length=_CODE, default="")
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """Work is found without looking at what is done."""

        indexes = (
            models.Index(
                fields=("ready_at",), name="chore_ready", condition=models.Q(is_open=True)
            ),
        )


class CaseRow(Row):
    """A case as lists show it: a read model, made again from the journal at any time."""

    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID, primary_key=True)
    kind: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    side: "models.CharField[str, str]" = models.CharField(max_length=16)
    own: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    peer: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    peer_state: "models.CharField[str, str]" = models.CharField(max_length=2)
    state: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    lane: "models.SmallIntegerField[int, int]" = models.SmallIntegerField()
    exercise: "models.BooleanField[bool, bool]" = models.BooleanField()
    opened_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    changed_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    version: "models.IntegerField[int, int]" = models.IntegerField()
    due_at: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    due_clock: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    due_rule: "models.CharField[str, str]" = models.CharField(max_length=255)
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """Each way to narrow an authority's list down has its index, in the order of the list."""

        indexes = (
            models.Index(fields=("own", "due_at", "case"), name="case_due"),
            models.Index(fields=("own", "state", "due_at", "case"), name="case_s"),
            models.Index(fields=("own", "kind", "due_at", "case"), name="case_k"),
            models.Index(fields=("own", "peer_state", "due_at", "case"), name="case_p"),
            models.Index(fields=("own", "kind", "state", "due_at", "case"), name="case_ks"),
            models.Index(fields=("own", "peer_state", "state", "due_at", "case"), name="case_ps"),
            models.Index(fields=("own", "peer_state", "kind", "due_at", "case"), name="case_pk"),
            models.Index(
                fields=("own", "peer_state", "kind", "state", "due_at", "case"), name="case_pks"
            ),
        )


class Likeness(Row):
    """That a case names something: a keyed hash of it, made again from the journal at any time."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    hash: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID, db_index=True)

    class Meta:
        """Whatever names the same is found at once."""

        indexes = (models.Index(fields=("hash",), name="likeness_hash"),)


class Witnessing(Row):
    """What this node has cosigned last of another ledger."""

    origin: "models.CharField[str, str]" = models.CharField(max_length=255, primary_key=True)
    size: "models.BigIntegerField[int, int]" = models.BigIntegerField()
    root: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    note: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class AskedLog(Row):
    """A head that another ledger was asked to prove its history from."""

    origin: "models.CharField[str, str]" = models.CharField(max_length=255, primary_key=True)
    note: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    asked: "models.IntegerField[int, int]" = models.IntegerField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class SplitView(Row):
    """The proof that a ledger has shown two histories."""

    sha256: "models.CharField[str, str]" = models.CharField(max_length=64, primary_key=True)
    origin: "models.CharField[str, str]" = models.CharField(max_length=255)
    proof: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Answer(Row):
    """The answer to a call that carried an idempotency key."""

    id: "models.BigAutoField[int, int]" = models.BigAutoField(primary_key=True)
    scope: "models.CharField[str, str]" = models.CharField(max_length=255)
    key: "models.CharField[str, str]" = models.CharField(max_length=255)
    request_sha256: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    case: "models.CharField[str, str]" = models.CharField(max_length=_UUID)
    sealed: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()

    class Meta:
        """A key is answered once in its scope."""

        constraints = (models.UniqueConstraint(fields=("scope", "key"), name="answer_key"),)


class AuditRecord(Row):
    """Who did what, by codes and ids; each record holds the mark of the one before it."""

    id: "models.BigIntegerField[int, int]" = models.BigIntegerField(primary_key=True)
    at: "models.BigIntegerField[int, int]" = models.BigIntegerField(db_index=True)
    actor: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    action: "models.CharField[str, str]" = models.CharField(max_length=_CODE)
    subject: "models.CharField[str, str]" = models.CharField(max_length=255, db_index=True)
    facts: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    mark: "models.BinaryField[bytes, bytes]" = models.BinaryField()


class Probe(Row):
    """One row that is written to learn whether the disk still takes what it is given."""

    id: "models.SmallIntegerField[int, int]" = models.SmallIntegerField(primary_key=True)
    number: "models.BigIntegerField[int, int]" = models.BigIntegerField()
