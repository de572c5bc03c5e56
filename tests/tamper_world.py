"""A small case as a real node stores it; changes to it; what fsck and reads make of each.

Rows are changed behind the program's back inside a savepoint, so that thousands of changes need
no copy of the database.  ``Bench.is_found`` runs the same checks as ``longbien fsck``, those first
that watch over the changed table, and ends with the first problem.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import field, frozen
from django.apps import apps
from django.db import connections, transaction

from api_world import House, Pair
from longbien.adapters.directory_files import DirectoryFolder
from longbien.adapters.vault import digests_of, scrub
from longbien.casework.case import Duty
from longbien.desk.ports import Question
from longbien.desk.records import Alarm, note_alarm
from longbien.exercise.safeguard_records import RECORD, WHY
from longbien.ledger.checkpoints import Head
from longbien.node.checking import holds, summarise
from longbien.node.store import models, rows
from longbien.node.store.audit import AuditEntry
from longbien.node.store.check import checks_of, findings_of
from longbien.node.store.objects import objects_of
from longbien.node.store.officers import Officers
from longbien.node.store.receipts import receipts_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import (
    CaseId,
    MessageId,
    StateCode,
    TransferId,
)
from longbien.primitives.verdict import Finding, Outcome

PASSED: Final = Outcome.PASSED

NOT_EVIDENCE: Final[Mapping[tuple[str, str], str]] = {
    **{
        (table, column): why
        for table in ("store_outbox", "store_chore")
        for column, why in (
            (
                "ready_at",
                "when work is looked at again: at least once in any case; far off is found",
            ),
            ("fence", "which lease is the last: who holds an older one settles nothing"),
            ("attempts", "how long the next pause is"),
            ("code", "why it failed last: shown to the operator, decides nothing"),
        )
    },
    ("store_log", "id"): "without that row there is no store, which opening it tells",
    ("store_probe", "id"): "a row to write to, for learning whether the disk works",
    ("store_probe", "number"): "the same",
    ("store_cosignature", "id"): "a number that the database draws",
    ("store_outbox", "id"): "a number that the database draws",
    ("store_inbox", "id"): "a number that the database draws",
    ("store_vaultobject", "id"): "a number that the database draws",
    ("store_chore", "id"): "a number that the database draws",
    ("store_likeness", "id"): "a number that the database draws",
    ("store_answer", "id"): "a number that the database draws",
}
"""Columns that are no evidence, and why nothing hangs on them (docs/tampering.md)."""

REPLACEABLE: Final[Mapping[str, str]] = {
    "store_cosigned": "a head of our own: signed again when it is cosigned again",
    "store_cosignature": "its witness is asked again",
    "store_askedlog": "put again when that ledger shows itself",
    "store_probe": "nothing is in it",
}
"""Tables of which a row that is missing, and nothing else, is no damage."""

_WATCHED: Final[Mapping[str, tuple[str, ...]]] = {
    "store_event": ("store.events",),
    "store_tile": ("store.tree",),
    "store_log": ("store.head", "store.events", "store.tree"),
    "store_ahead": ("store.head",),
    "store_cosigned": ("store.head", "store.tree"),
    "store_cosignature": ("store.head",),
    "store_casekey": ("store.keys",),
    "store_outbox": ("store.outbox",),
    "store_inbox": ("store.inbox",),
    "store_arrival": ("store.vault",),
    "store_vaultobject": ("store.vault",),
    "store_caserow": ("store.lists",),
    "store_likeness": ("store.lists",),
}


# --- the case -----------------------------------------------------------------------------------


def walk(pair: Pair, folder: Path) -> None:
    """Ask, preserve, ask again, take in, release, hand over, verify: every table gets its rows."""
    il, vn = pair.il, pair.vn
    dana, linh = il.door("dana").client(), vn.door("linh").client()
    omar = il.door("omar", Duty.AUTHORISER).client()
    minh = vn.door("minh", Duty.AUTHORISER).client()
    contents = {
        "offence_and_facts": "a fraud, by mail",
        "data_sought": "the mailbox",
        "accounts": "someone@mail.example, 192.0.2.7 on 2026-11-20T03:00:00Z",
    }
    disk = folder / "disk.img"
    disk.write_bytes(bytes(range(256)) * 8)
    kept = dana.ask(
        kind="preservation", peer=vn.contact_point, contents=contents, legal_basis=["UNCC"]
    )
    pair.deliver()
    linh.acknowledge(kept.case, reference="VN-7")
    until = vn.clock().plus(timedelta(days=90))
    linh.confirm_preservation(kept.case, effective_at=vn.clock(), until=until)
    pair.deliver()
    asked = dana.ask(
        kind="mla_stored_data",
        safeguards=RECORD,
        peer=vn.contact_point,
        contents=contents,
        legal_basis=["UNCC"],
        preservation=kept.case,
    )
    proposal = dana.read_case(asked.case, reason="check it").document["proposals"][0]["number"]
    omar.act(asked.case, "approve", proposal=proposal)
    pair.deliver()
    linh.accept(asked.case)
    pair.deliver()
    linh.upload_exhibit(asked.case, "E1", disk, note="the disk")
    package = linh.propose_release(
        asked.case, exhibits=["E1"], legal_basis=["UNCC"], safeguards=RECORD
    )
    minh.approve_release(asked.case, package, reasons=WHY)
    pair.deliver()
    dana.read_case(asked.case, reason="what arrived")


def fill(house: House, *, events: int = 0) -> None:
    """Put a row into each table that a calm case leaves empty; alarms make a ledger long."""
    for number in range(events):
        note_alarm(house.node.office, Alarm(code="vault.damaged", subject=str(number)))
    store = house.node.store
    for number in range(3):
        at = house.clock()
        store.audit.record(AuditEntry(at=at, actor="linh", action="case.read", subject=str(number)))
    store.witnessings.put_question("longbien.xk/ledger", Question(note=b"note", asked=1))
    store.witnessings.keep_evidence("longbien.xk/ledger", b"proof")
    store.ledger.behind("alpha.example", Head(origin="x", size=9_999, root=Digest.of(b"9")))


# --- places -------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Column:
    """A column of a table."""

    table: str
    name: str
    kind: str
    """``int``, ``text`` or ``bytes``."""

    is_key: bool

    @property
    def is_evidence(self) -> bool:
        """Tell whether a change must be found."""
        return (self.table, self.name) not in NOT_EVIDENCE


_KINDS: Final = {"BinaryField": "bytes", "CharField": "text"}


def columns() -> tuple[Column, ...]:
    """Return every column of every table of the store."""
    return tuple(
        Column(
            table=model._meta.db_table,
            name=str(one.column),
            kind=_KINDS.get(one.get_internal_type(), "int"),
            is_key=one.primary_key,
        )
        for model in apps.get_app_config("store").get_models()
        for one in model._meta.concrete_fields
    )


def flipped(value: Any, bit: int) -> Any:  # noqa: ANN401 - what a column holds
    """Return a value with one bit turned; a text stays the text of those bytes, UTF-8 or not."""
    if isinstance(value, int):
        number = (value & (2**64 - 1)) ^ (1 << bit)
        return number - 2**64 if number >= 2**63 else number
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[bit // 8] ^= 1 << bit % 8
    return bytes(raw)


def bits_of(value: Any) -> int:  # noqa: ANN401 - as above
    """Return how many bits a value has."""
    if value is None:
        return 0
    if isinstance(value, int):
        return 64
    return 8 * len(value.encode() if isinstance(value, str) else value)


# --- the bench ----------------------------------------------------------------------------------


class Refused(Exception):
    """The database itself does not take the change."""


@frozen
class Bench:
    """One node, on which changes are tried."""

    house: House
    good: Mapping[str, Any] = field(factory=dict)

    @property
    def using(self) -> str:
        """Return the alias of its database."""
        return self.house.alias

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement behind the program's back."""
        connection = connections[self.using]
        connection.ensure_connection()
        raw: sqlite3.Connection = connection.connection
        try:
            return sqlite3.Connection.execute(raw, sql, values).fetchall()
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            raise Refused from error

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo what is done inside."""
        self.execute("SAVEPOINT tampering")
        try:
            yield
        finally:
            self.execute("ROLLBACK TO tampering")
            self.execute("RELEASE tampering")

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep everything in one transaction that is never committed."""
        with transaction.atomic(using=self.using):
            yield
            transaction.set_rollback(True, using=self.using)

    def put(self, column: Column, rowid: int, value: Any) -> None:  # noqa: ANN401 - as above
        """Write a value into a row; the bytes of a text as a text."""
        place = "CAST(? AS TEXT)" if column.kind == "text" and isinstance(value, bytes) else "?"
        self.execute(
            f'UPDATE "{column.table}" SET "{column.name}" = {place} WHERE rowid = ?',  # noqa: S608 - our own names
            (value, rowid),
        )

    def rows(self, table: str) -> list[int]:
        """Return the numbers of a table's rows."""
        return [row for (row,) in self.execute(f'SELECT rowid FROM "{table}" ORDER BY rowid')]  # noqa: S608 - our own names

    def value(self, column: Column, rowid: int) -> Any:  # noqa: ANN401 - as above
        """Return what a column of a row holds."""
        found = self.execute(
            f'SELECT "{column.name}" FROM "{column.table}" WHERE rowid = ?',  # noqa: S608 - our own names
            (rowid,),
        )
        return found[0][0]

    def content(self, table: str) -> list[str]:
        """Return what is evidence in a table, in no order."""
        names = ", ".join(
            f'"{one.name}"' for one in columns() if one.table == table and one.is_evidence
        )
        return sorted(map(repr, self.execute(f'SELECT {names} FROM "{table}"')))  # noqa: S608 - our own names

    # --- fsck -----------------------------------------------------------------------

    def is_found(self, table: str = "") -> bool:
        """Tell whether ``longbien fsck`` finds something, asking first what watches a table."""
        return bool(self.findings(table))

    def findings(self, table: str = "") -> str:
        """Return the reason of the first finding; nothing where all is sound."""
        node = self.house.node
        checks = checks_of(
            node.store.keys,
            summarise=lambda case, events: summarise(node, case, events),
            holds_object=lambda sealed: holds(node, sealed),
        )
        first = (*_WATCHED.get(table, ("store.others",)), "store.database")
        for name in (*first, *(name for name in checks if name not in first)):
            try:
                found = (
                    one.reason
                    for one in findings_of(name, checks[name])
                    if one.outcome is not PASSED
                )
                reason = next(found, "")
            except LongBienError as error:
                return error.code
            if reason:
                return reason
        return ""

    def all_findings(self, name: str) -> Iterator[Finding]:
        """Run one check to its end."""
        node = self.house.node
        checks = checks_of(
            node.store.keys,
            summarise=lambda case, events: summarise(node, case, events),
            holds_object=lambda sealed: holds(node, sealed),
        )
        return findings_of(name, checks[name])

    # --- reads ----------------------------------------------------------------------

    def reads(self) -> dict[str, Any]:
        """Ask everything that a node asks of its store; errors of ours are answers too."""
        found: dict[str, Any] = {}
        health = self.house.node.store.health
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(health, "stop", lambda _fault: None)  # damage stops it; we go on asking
            for name, ask in self._questions():
                try:
                    found[name] = ask()
                except LongBienError as error:
                    found[name] = error
                except TypeError:  # docs/tampering.md: a value of another kind has no code yet
                    found[name] = LongBienError("store.value-odd", "a value of another kind")
        return found

    def _questions(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        store = self.house.node.store
        journal, witnessings = store.journal, store.witnessings
        asked = self.good or self.asked()
        for case in asked["cases"]:
            yield f"load {case}", partial(journal.load, CaseId(case))
            yield f"find {case}", partial(store.register.find, CaseId(case))
            yield f"receipts {case}", partial(receipts_of, store, CaseId(case))
        for peer, message in asked["messages"]:
            sent = (StateCode(peer), MessageId(message))
            yield f"incoming {message}", partial(journal.find_incoming, *sent)
        for scope, key in asked["answers"]:
            yield f"answered {key}", partial(journal.find_answered, scope, key)
        for transfer in asked["transfers"]:
            yield f"arrival {transfer}", partial(journal.find_arrival, TransferId(transfer))
        for origin in asked["origins"]:
            yield f"recorded {origin}", partial(witnessings.recorded, origin)
            yield f"note {origin}", partial(witnessings.recorded_note, origin)
            yield f"question {origin}", partial(witnessings.question, origin)
        for name in asked["witnesses"]:
            yield f"cosigned {name}", partial(store.ledger.cosigned_by, name)
        for state in ("IL", "VN"):
            yield f"pins {state}", partial(journal.pins, StateCode(state))
        yield "page", lambda: tuple(store.register.page()[0])
        yield "audit", lambda: tuple(store.audit.page(limit=500))
        yield "evidence", lambda: tuple(witnessings.evidence())
        yield "officers", Officers.of(store).all
        yield "tokens", Officers.of(store).tokens
        yield "objects", lambda: tuple(objects_of(store))
        yield "work", self._work

    def _work(self) -> tuple[Any, ...]:
        # what a worker would lease, without taking it
        store = self.house.node.store
        master = store.keys.master
        with store.health.reading() as using:
            chores = list(models.Chore.objects.using(using))
            messages = list(models.Outbox.objects.using(using))
        found: list[Any] = [rows.chore_of(row, master) for row in chores]
        for row in messages:
            rows.require_outbox(row, master)
            found.append((row.message, row.recipient, row.lane, row.expires_at))
        return tuple(found)

    def asked(self) -> dict[str, Any]:
        """Return what there is to ask for: cases, messages, answers, transfers, ledgers."""

        def all_of(sql: str) -> list[Any]:
            found = self.execute(sql)
            return [row[0] if len(row) == 1 else row for row in found]

        return {
            "cases": all_of('SELECT DISTINCT "case" FROM store_event'),
            "messages": all_of("SELECT peer, message FROM store_inbox"),
            "answers": all_of("SELECT scope, key FROM store_answer"),
            "transfers": all_of("SELECT transfer FROM store_arrival"),
            "origins": all_of(
                "SELECT origin FROM store_witnessing UNION SELECT origin FROM store_askedlog"
            ),
            "witnesses": all_of("SELECT DISTINCT name FROM store_cosignature"),
        }

    def lies(self, *true: Mapping[str, Any]) -> list[str]:
        """Name the reads that return something which nobody wrote, once rows were changed.

        ``true`` are the reads of the good store, now and earlier.  What is missing, or an earlier
        truth, is no lie of a read: fsck counts rows, and sums up their marks.
        """
        return [
            name
            for name, now in self.reads().items()
            if not isinstance(now, LongBienError)
            and now is not None
            and not set_of(now) <= set().union(*(set_of(reads.get(name)) for reads in true))
        ]


def set_of(values: Any) -> set[str]:  # noqa: ANN401 - what a read returned
    """Return what is in an answer."""
    return {repr(value) for value in (values if isinstance(values, tuple) else (values,))}


def scrub_finds(house: House) -> bool:
    """Tell whether reading the vault through finds something."""
    with suppress(LongBienError):
        node = house.node
        done = scrub(node.vault, objects_of(node.store), now=node.office.clock(), budget=2**62)
        return bool(done.damages)
    return True


# --- files --------------------------------------------------------------------------------------


def vault_files(house: House) -> list[Path]:
    """Return the files of a node's vault in which something is kept."""
    folder = house.node.settings.path_of(house.node.settings.vault)
    known = {
        one.hex
        for sealed in objects_of(house.node.store)
        for one in digests_of(house.node.vault, sealed)
    }
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name in known)


def overwrite(path: Path, data: bytes) -> None:
    """Put other bytes into a file, whatever its mode."""
    path.chmod(0o600)
    path.write_bytes(data)


def file_changes(good: bytes, rng: random.Random, *, flips: int = 4) -> Iterator[bytes]:
    """Give a file with bits turned, cut, extended, turned round, emptied."""
    for bit in rng.sample(range(8 * len(good)), min(8 * len(good), flips)):
        yield bytes(flipped(good, bit))
    yield good[: rng.randrange(len(good))]
    yield good + rng.randbytes(1)
    if good[::-1] != good:
        yield good[::-1]
    yield b""


def directory_lies(house: House, folder: Path, rng: random.Random, *, count: int) -> list[str]:
    """Flip bits in the files of a node's directory; name those that change what it says."""
    source = house.node.settings.folder / "directory"
    copy = folder / house.code
    shutil.copytree(source, copy)
    true = repr(DirectoryFolder(copy).book())
    wrong = []
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size)
    for number in range(count):
        path = files[number % len(files)]
        good = path.read_bytes()
        overwrite(path, bytes(flipped(good, rng.randrange(8 * len(good)))))
        try:
            if repr(DirectoryFolder(copy).book()) != true:
                wrong.append(str(path))
        except LongBienError:
            pass
        overwrite(path, good)
    return wrong
