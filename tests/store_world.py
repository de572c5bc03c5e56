"""A store, quickly: its keys, its databases, and changes to put into it."""

import hashlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connections

import django_world  # noqa: F401 - the models need Django to be set up
from ledger_cast import log_signers
from longbien.adapters.at_rest import MasterKey
from longbien.casework.case import CaseSummary, ChoreKind, Due, Side
from longbien.channel.message import Lane, MessageKind, ReceiptOutcome
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import (
    Answered,
    Arrival,
    Change,
    Clock,
    Incoming,
    NewChore,
    NewEvent,
    Outgoing,
    StoredEvent,
)
from longbien.ledger.policy import NONE, Policy
from longbien.node.settings import add_database, sqlite_database
from longbien.node.store.lists import Listed
from longbien.node.store.opening import (
    Store,
    create_sqlite_file,
    create_store,
    open_store,
    sqlite_path,
)
from longbien.node.store.turn import StoreKeys
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused as Refused  # noqa: PLC0414 - for the children
from longbien.primitives.errors import Unavailable as Unavailable  # noqa: PLC0414 - the same
from longbien.primitives.ids import (
    AuthorityId,
    CaseId,
    EventId,
    MessageId,
    StateCode,
    TransferId,
)
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome

ORIGIN = "longbien.vn/node"
MASTER = MasterKey(hashlib.sha256(b"master").digest())
SIGNERS = log_signers(ORIGIN)
START = Instant.parse("2026-11-21T03:00:00Z")
OWN = AuthorityId("VN/contact-point")
PEER = AuthorityId("IL/contact-point")
IL = StateCode("IL")

_aliases = itertools.count(1)
_numbers = itertools.count(1)
_seed = bytearray(b"one process")


def mark_randomness(seed: bytes) -> None:
    """Make this process draw other bytes than any other one."""
    _seed[:] = seed


def random_bytes(count: int) -> bytes:
    """Return bytes that were never given before in this process."""
    return hashlib.shake_256(_seed + b"%d" % next(_numbers)).digest(count)


def at(seconds: float) -> Instant:
    """Return an instant of the world, in seconds from its beginning."""
    return START.plus(timedelta(seconds=seconds))


def clock() -> Instant:
    """Stand a day after the beginning."""
    return at(86_400)


# --- databases -----------------------------------------------------------------------------------


def keys_for(using: str, *, now: Clock = clock) -> StoreKeys:
    """Return what a store of this world needs."""
    return StoreKeys(
        using=using, master=MASTER, signers=SIGNERS, clock=now, random_bytes=random_bytes
    )


def sqlite_alias(path: Path) -> str:
    """Make the database file known, under an alias of its own."""
    alias = f"world{next(_aliases)}"
    add_database(alias, sqlite_database(path))
    return alias


def new_sqlite(folder: Path) -> str:
    """Make a new database in a folder; return its alias."""
    path = folder / "store.sqlite3"
    create_sqlite_file(path)
    alias = sqlite_alias(path)
    create_store(keys_for(alias))
    return alias


def opened(
    alias: str,
    *,
    now: Clock = clock,
    policy: Policy | None = None,
    free_bytes: int = 0,
) -> Store:
    """Open a store of this world."""
    believed = policy or Policy(quorum=NONE)
    return open_store(
        master=MASTER,
        signers=SIGNERS,
        clock=now,
        monotonic=time.monotonic,
        random_bytes=random_bytes,
        policy=lambda: believed,
        using=alias,
        free_bytes=free_bytes,
    )


def database_of(alias: str) -> str:
    """Return how another process names this database."""
    path = sqlite_path(alias)
    if path is not None:
        return str(path)
    settings = connections.settings[alias]
    return f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"


@contextmanager
def sqlite_store(folder: Path) -> Iterator[Store]:
    """Make a store in a folder and close it afterwards."""
    with opened(new_sqlite(folder)) as store:
        yield store


def forget(alias: str) -> None:
    """Close this thread's connection to a database."""
    connections[alias].close()


# --- what is put into it -------------------------------------------------------------------------


def case_id(number: int) -> CaseId:
    """Return a numbered case."""
    return CaseId.from_random(hashlib.sha256(f"case {number}".encode()).digest()[:16])


def message_id(name: str) -> MessageId:
    """Return a named message."""
    return MessageId.from_random(hashlib.sha256(f"message {name}".encode()).digest()[:16])


def transfer_id(name: str) -> TransferId:
    """Return a named transfer."""
    return TransferId.from_random(hashlib.sha256(f"transfer {name}".encode()).digest()[:16])


def new_event(text: str = "asked", *, when: Instant = START) -> NewEvent:
    """Return an event with a body of its own."""
    return NewEvent(
        id=EventId.from_random(random_bytes(16)),
        kind="asked",
        at=when,
        body=b'{"text":"%s"}' % text.encode(),
        salt=random_bytes(32),
    )


def summary(
    case: CaseId,
    version: int,
    *,
    state: str = "open",
    kind: str = "preservation",
    peer: AuthorityId = PEER,
    due: Instant | None = None,
) -> CaseSummary:
    """Return a case as lists show it."""
    next_due = Due(clock="acknowledge-by", at=due, rule="41(1) verified") if due else None
    return CaseSummary(
        case_id=case,
        kind=kind,
        side=Side.REQUESTED,
        own=OWN,
        peer=peer,
        state=state,
        lane=Lane.PRESERVATION,
        exercise=True,
        opened_at=START,
        changed_at=at(version),
        version=version,
        next_due=next_due,
    )


def outgoing(
    case: CaseId,
    sequence: int,
    *,
    lane: Lane = Lane.ORDINARY,
    when: Instant = START,
    name: str = "",
    recipient: AuthorityId = PEER,
) -> Outgoing:
    """Return a message to be sent."""
    return Outgoing(
        id=message_id(name or f"{case}/{recipient}/{sequence}"),
        thread=case,
        kind=MessageKind.STATUS,
        sequence=sequence,
        recipient=recipient,
        lane=lane,
        created_at=when,
        expires_at=when.plus(timedelta(days=30)),
        envelope=f"envelope {case} {sequence}".encode(),
    )


def incoming(
    case: CaseId,
    sequence: int,
    *,
    name: str = "",
    outcome: ReceiptOutcome = ReceiptOutcome.ACCEPTED,
    sender: AuthorityId = PEER,
) -> Incoming:
    """Return a message that was received."""
    message = message_id(name or f"from {sender} {case}/{sequence}")
    return Incoming(
        id=message,
        sender=sender,
        thread=case,
        sequence=sequence,
        sha256=Digest.of(message.text.encode()),
        received_at=START,
        outcome=outcome,
        code="" if outcome is ReceiptOutcome.ACCEPTED else "case.unknown",
        receipt=f"receipt for {message}".encode(),
        keep_until=START.plus(timedelta(days=90)),
    )


def sealed(name: str = "object") -> SealedObject:
    """Return a sealed object of two parts."""
    return SealedObject(
        header=Digest.of(f"{name} header".encode()),
        header_size=400,
        parts_list=Digest.of(f"{name} parts".encode()),
        part_count=2,
        part_size=2**23,
        size=400 + 2**23 + 1000,
    )


def arrival(case: CaseId, name: str = "transfer", *, peer: StateCode = IL) -> Arrival:
    """Return an announced transfer."""
    return Arrival(id=transfer_id(name), case=case, peer=peer, sealed=sealed(name))


def chore(case: CaseId, subject: str = "bag", *, when: Instant = START) -> NewChore:
    """Return a piece of work."""
    return NewChore(kind=ChoreKind.PACK, case=case, subject=subject, not_before=when)


def answered(key: str = "key", *, answer: bytes = b"{}") -> Answered:
    """Return an answer to a call."""
    return Answered(scope="office", key=key, request_sha256=Digest.of(key.encode()), answer=answer)


def change(case: CaseId, version: int = 0, *, events: int = 1, **more: object) -> Change:
    """Return a change that adds events to a case at that version."""
    made = tuple(new_event(f"{case} {version + number}") for number in range(1, events + 1))
    values = {"summary": summary(case, version + events), "events": made, **more}
    return Change(case=case, expected_version=version, **values)  # type: ignore[arg-type]  # as the caller says


def summarise(case: CaseId, events: Sequence[StoredEvent]) -> Listed:
    """Make a case's summary again out of its events: the one that ``change`` gives it."""
    return Listed(summary=summary(case, len(events)))


def findings(store: Store, *, holds_object: bool = True) -> list[tuple[str, str]]:
    """Return what fsck finds wrong: checks and reasons."""
    verdict = store.check(summarise=summarise, holds_object=lambda _: holds_object)
    return [
        (one.check, one.reason) for one in verdict.findings if one.outcome is not Outcome.PASSED
    ]


def run_child(
    database: str,
    what: str,
    *,
    first: int = 1,
    count: int = 1,
    failpoint: str = "",
    under: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """Start a process that works on a store; what it says comes out of its ``stdout``.

    ``under`` is the command that watches it.
    """
    folders = (str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    if failpoint:
        environment |= {"LB_FAILPOINT": failpoint, "LB_FAILPOINTS_ALLOWED": "yes"}
    return subprocess.Popen(
        [
            *under,
            *(sys.executable, Path(__file__).with_name("store_child.py")),
            *(database, what, str(first), str(count)),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
