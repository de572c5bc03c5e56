"""Making a store, and opening one: what is checked before the first message is accepted.

Opening reads the head and the tree's right edge, a few rows whatever the size; it replays
nothing.  ``create_store`` is for ``longbien init`` alone: opening never creates.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from attrs import frozen
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F

from longbien.adapters.at_rest import MasterKey, RandomBytes
from longbien.desk.ports import Clock
from longbien.ledger.checkpoints import Head
from longbien.ledger.notes import NoteSigner
from longbien.ledger.policy import NONE, Policy
from longbien.ledger.tree import EMPTY_ROOT
from longbien.node.store import models
from longbien.node.store.ahead import note_ahead
from longbien.node.store.audit import OrmAudit
from longbien.node.store.check import HoldsObject, check_store
from longbien.node.store.committing import Committer
from longbien.node.store.health import PROBE_SECONDS, Health
from longbien.node.store.history import History
from longbien.node.store.journal import OrmJournal
from longbien.node.store.last_seen import LastSeen
from longbien.node.store.ledger import OrmLedger
from longbien.node.store.lists import Summarise, rebuild
from longbien.node.store.queue import OrmWorkQueue
from longbien.node.store.register import OrmRegister
from longbien.node.store.rows import instant_of
from longbien.node.store.tiles import read_state
from longbien.node.store.turn import (
    StoreKeys,
    Tallies,
    Turn,
    get_log,
    head_damaged,
    head_of,
    is_signed,
    log_mark,
    signed_note,
)
from longbien.node.store.upgrading import bring_up_to_date
from longbien.node.store.witnessings import OrmWitnessings
from longbien.primitives.errors import Refused
from longbien.primitives.verdict import Verdict

_NO_WITNESS: Final = Policy(quorum=NONE)


@frozen(kw_only=True)
class Store:
    """All ports that one database carries, open in this process."""

    keys: StoreKeys
    journal: OrmJournal
    register: OrmRegister
    queue: OrmWorkQueue
    ledger: OrmLedger
    witnessings: OrmWitnessings
    audit: OrmAudit
    health: Health
    committer: Committer

    def __enter__(self) -> Self:
        """Use it in a with block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def check(self, *, summarise: Summarise, holds_object: HoldsObject) -> Verdict:
        """Look whether the store agrees with itself (``longbien fsck``); it may be in use."""
        return check_store(self.keys, summarise=summarise, holds_object=holds_object)

    def rebuild(self, summarise: Summarise) -> int:
        """Make the lists again from the journal; return how many cases they show."""
        return rebuild(self.keys.using, summarise, run=self.committer.run)

    def close(self) -> None:
        """Finish what waits, end the threads, let this thread's connection go."""
        self.health.close()
        self.committer.close()
        connections[self.keys.using].close()


def create_store(keys: StoreKeys) -> None:
    """Make the tables and an empty, signed ledger in an empty database.

    An SQLite file must be there already, empty (``create_sqlite_file``).  Run again it adds what
    is missing: after an upgrade of the program, new tables.  Raises Refused ``store.exists``
    where another ledger is in the database.
    """
    call_command("migrate", database=keys.using, verbosity=0, interactive=False)
    found = models.Log.objects.using(keys.using).filter(id=1).first()
    if found is not None:
        if found.origin != keys.origin:
            raise _another_ledger(found.origin)
        bring_up_to_date(keys)
        return
    head = Head(origin=keys.origin, size=0, root=EMPTY_ROOT)
    log = models.Log(
        id=1,
        origin=head.origin,
        size=0,
        root=head.root.raw,
        note=signed_note(keys, head),
        last_at=0,
        is_behind=False,
        tallies=Tallies.empty().encode(),
    )
    log.mark = log_mark(keys.master, log)
    models.Probe.objects.using(keys.using).create(id=1, number=0)
    log.save(using=keys.using)


def create_sqlite_file(path: Path) -> None:
    """Make the empty file that an SQLite database grows in; only its owner may read it.

    Raises Refused ``store.exists``.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise Refused(
            "store.exists", "{path} is there already and is not overwritten", path=path
        ) from None


def open_store(
    *,
    master: MasterKey,
    signers: tuple[NoteSigner, ...],
    clock: Clock,
    monotonic: Callable[[], float],
    random_bytes: RandomBytes,
    policy: Callable[[], Policy] = lambda: _NO_WITNESS,
    using: str = DEFAULT_DB_ALIAS,
    free_bytes: int = 0,
) -> Store:
    """Open the database known under ``using`` after checking that it is whole and ours.

    Raises Refused ``store.absent``, ``store.schema``, ``store.other-ledger``,
    ``store.clock``, ``store.unsafe-database``; Integrity ``store.head-damaged``,
    ``ledger.tiles-disagree``, ``ledger.tile-damaged``; Unavailable ``store.stopped``.
    """
    keys = StoreKeys(
        using=using, master=master, signers=signers, clock=clock, random_bytes=random_bytes
    )
    file = sqlite_path(using)
    if file is not None and not file.exists():
        raise Refused(
            "store.absent", "there is no database {using}; run: longbien init", using=file
        )
    folder = file.parent if file else None
    health = Health(using, monotonic=monotonic, folder=folder, free_bytes=free_bytes)
    with health.reading():
        require_schema(using)
        require_durable(using)
        verify_head(keys)
    last_seen, history = LastSeen(_beside(file, ".head")), History(using)
    committer = Committer(
        keys, health, turnstile=_beside(file, ".turn"), last_seen=last_seen, history=history
    )
    with health.reading():
        seen = last_seen.find()
    _notice_old_copy(committer, seen, keys.origin)
    health.mend_with(
        probe=lambda: committer.run_anyway(_probe, seconds=PROBE_SECONDS),
        verify=lambda: _read_again(keys, file),
    )
    return Store(
        keys=keys,
        journal=OrmJournal(keys, committer, health),
        register=OrmRegister(keys, health),
        queue=OrmWorkQueue(keys, committer, health),
        ledger=OrmLedger(keys, committer, health, policy, history),
        witnessings=OrmWitnessings(keys, committer, health),
        audit=OrmAudit(keys, committer, health),
        health=health,
        committer=committer,
    )


def _notice_old_copy(committer: Committer, seen: Head | None, origin: str) -> None:
    if seen is not None and seen.origin == origin:
        committer.run(partial(note_ahead, witness="this machine", seen=seen))


def sqlite_path(using: str) -> Path | None:
    """Return where the file of an SQLite database is; None for PostgreSQL."""
    settings = connections.settings[using]
    if "sqlite" not in settings["ENGINE"]:
        return None
    return Path(unquote(urlsplit(str(settings["NAME"])).path))


def _beside(file: Path | None, suffix: str) -> Path | None:
    return file.with_name(file.name + suffix) if file else None


# --- checks -----------------------------------------------------------------------------------


def require_schema(using: str) -> None:
    """Refuse a database that was made by an older or newer program.

    Raises Refused ``store.schema``, ``store.absent``.
    """
    executor = MigrationExecutor(connections[using])
    applied = {name for app, name in executor.loader.applied_migrations if app == "store"}
    known = {name for app, name in executor.loader.disk_migrations if app == "store"}
    if not applied:
        raise Refused(
            "store.absent", "the database {using} is empty; run: longbien init", using=using
        )
    if applied != known:
        raise Refused(
            "store.schema",
            "the tables are those of another version of this program; keep a copy, then run: "
            "longbien init --upgrade",
        )


def require_durable(using: str) -> None:
    """Refuse a database that acknowledges what is not on its disk.

    Raises Refused ``store.unsafe-database``.
    """
    wanted = {"sqlite": _SQLITE_DURABLE, "postgresql": _POSTGRESQL_DURABLE}
    connection = connections[using]
    with connection.cursor() as cursor:
        for question, answer in wanted[connection.vendor]:
            cursor.execute(question)
            found = str(cursor.fetchone()[0]).lower()
            if found != answer:
                raise Refused(
                    "store.unsafe-database",
                    "the database would lose what was acknowledged: {question} gives {found}, "
                    "and it has to give {answer}",
                    question=question,
                    found=found,
                    answer=answer,
                )


_SQLITE_DURABLE: Final = (("PRAGMA journal_mode", "wal"), ("PRAGMA synchronous", "2"))
_POSTGRESQL_DURABLE: Final = (
    ("SHOW fsync", "on"),
    ("SHOW full_page_writes", "on"),
    ("SHOW synchronous_commit", "on"),
)


def verify_head(keys: StoreKeys) -> None:
    """Check that the ledger in the tables is ours, whole at its edge, and not of the future.

    1. The head bears this node's mark.  2. It is of this log.  3. Its checkpoint is signed with
    each of the log's keys.  4. The tree's right edge gives its root.  5. The clock does not
    stand before the last journal entry.  Raises as ``open_store`` does.
    """
    log = get_log(keys.using)
    if bytes(log.mark) != log_mark(keys.master, log):  # step 1
        raise head_damaged()
    if log.origin != keys.origin:  # step 2
        raise _another_ledger(log.origin)
    if not is_signed(keys, log):  # step 3
        raise head_damaged()
    read_state(keys.using, head_of(log))  # step 4
    now, last = keys.clock(), instant_of(log.last_at)
    if now < last:  # step 5
        raise Refused(
            "store.clock",
            "this machine's clock says {now} and the last entry of the journal is of {last}: set "
            "the clock right, then start again",
            now=now,
            last=last,
        )


def _another_ledger(origin: str) -> Refused:
    return Refused(
        "store.other-ledger",
        "the database holds the ledger {origin}, whose keys these are not",
        origin=origin,
    )


def _probe(turn: Turn) -> None:
    # another number each time: SQLite writes no page, and so syncs nothing, for a row that stays
    models.Probe.objects.using(turn.using).update(number=F("number") + 1)


def _read_again(keys: StoreKeys, file: Path | None) -> None:
    # after a failure of the disk: from the disk, not from what the system remembers of it
    if file is not None:
        for path in (file, file.with_name(file.name + "-wal")):
            _forget_cached(path)
        with connections[keys.using].cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            if cursor.fetchone()[0] != "ok":
                raise head_damaged()
    verify_head(keys)


def _forget_cached(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
