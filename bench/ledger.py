"""Measure the ledger: growth, durability, proofs, verifications; print a table with ratios.

Everything in one run on one machine, so the ratios hold where the absolute figures do not.
What only computes is counted by the core-second, so that others on the machine do not matter;
what waits for the disk is counted by the clock, and by the core-second beside it.  The peer
is what a program does without a ledger: SQLite, WAL, synchronous=FULL, one commit an event.

usage: ledger.py [--entries 1000000] [--folder FOLDER]
"""

import argparse
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_store import LedgerStore
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.notes import Ed25519NoteSigner, Note, NoteSigner
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import TlogProof, encode_proof, parse_proof, verify_proof
from longbien.ledger.tree import CompactRange, leaf_hash
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome

ORIGIN = "node.example/custody"
NOW = Instant.parse("2026-11-21T09:30:00Z")
EVENT = b'{"case":"00000000-0000-0000-0000-000000000000","kind":"evidence-received","note":"%s"}'
EVENT %= b"x" * 200
BATCH = 1000


def ed25519(number: int) -> Ed25519PrivateKey:
    """Return a key for measuring."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def ml_dsa(number: int) -> MLDSA44PrivateKey:
    """Return a key for measuring."""
    return MLDSA44PrivateKey.from_seed_bytes(bytes([number]) * 32)


LOG = Ed25519NoteSigner(name=ORIGIN, private_key=ed25519(1))
LOG_PQ = MlDsa44Cosigner(name=ORIGIN, private_key=ml_dsa(1))
WITNESSES = [
    (
        Ed25519Cosigner(name=f"witness-{number}.example", private_key=ed25519(number + 1)),
        MlDsa44Cosigner(name=f"witness-{number}.example", private_key=ml_dsa(number + 1)),
    )
    for number in (1, 2, 3)
]


def per_core(count: int, work: Callable[[], object], *, tries: int = 3) -> float:
    """Return how many of ``count`` things ``work`` does in a core-second, best of some tries."""
    found = []
    for _ in range(tries):
        started = time.process_time()
        work()
        found.append(count / (time.process_time() - started))
    return max(found)


class Rate(NamedTuple):
    """How many a second of the clock, and a core-second."""

    clock: float
    core: float


def rate(count: int, work: Callable[[], object]) -> Rate:
    """Return how quick ``work`` is with a disk that others use too."""
    clock, core = time.perf_counter(), time.process_time()
    work()
    return Rate(count / (time.perf_counter() - clock), count / (time.process_time() - core))


# --- what is measured ------------------------------------------------------------------------


def grow_in_memory(entries: int) -> float:
    """Hash leaves and extend the tree, in batches."""
    entry = encode_entry(EntryKind.EVENT, bytes(32), EVENT)
    batch = [entry] * BATCH

    def work() -> None:
        edge = CompactRange()
        for _ in range(entries // BATCH):
            edge = edge.extend(b"".join([leaf_hash(one) for one in batch]))

    return per_core(entries // BATCH * BATCH, work, tries=1)


def single_commits(folder: Path, count: int = 300) -> Rate:
    """Commit events one by one in SQLite: the usual way to be durable."""
    database = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE event (body BLOB)")

    def work() -> None:
        for _ in range(count):
            database.execute("INSERT INTO event VALUES (?)", (EVENT,))

    found = rate(count, work)
    database.close()
    return found


def append(store: LedgerStore, entries: int, *, batch: int) -> Rate:
    """Append durably, ``batch`` events an fsync."""
    events = [EVENT] * batch

    def work() -> None:
        for _ in range(entries // batch):
            store.append(events, random_bytes=os.urandom)

    return rate(entries // batch * batch, work)


def proof_with(proof: TlogProof, signers: list[NoteSigner]) -> bytes:
    """Return the proof file with more signature lines."""
    text = proof.signed.checkpoint.text
    note = proof.signed.note.with_signatures([one.sign(text, now=NOW) for one in signers])
    signed = type(proof.signed)(checkpoint=proof.signed.checkpoint, note=note)
    return encode_proof(TlogProof(index=proof.index, hashes=proof.hashes, signed=signed, extra=b""))


def verifications(data: bytes, entry: bytes, policy_lines: list[str], count: int) -> float:
    """Read and verify one proof file again and again."""
    policy = parse_policy("".join(f"{line}\n" for line in policy_lines).encode())
    assert verify_proof(parse_proof(data), entry=entry, policy=policy).verdict.outcome is (  # noqa: S101 - a bench of failures would be fast
        Outcome.PASSED
    )

    def work() -> None:
        for _ in range(count):
            verify_proof(parse_proof(data), entry=entry, policy=policy)

    return per_core(count, work)


# --- the table ---------------------------------------------------------------------------------


def row(what: str, value: str, gate: str = "", ratio: str = "") -> None:
    """Print one line of the table."""
    print(f"| {what:<62} | {value:>18} | {gate:>11} | {ratio:>30} |", flush=True)


def disk_row(what: str, found: Rate, peer: Rate, gate: str = "") -> None:
    """Print one line about the disk."""
    times = f"{found.clock / peer.clock:,.1f}x the peer; {found.core:,.0f}/core-s"
    row(what, f"{found.clock:,.0f}/s", gate, times)


def measure(entries: int, folder: Path) -> None:
    """Run everything and print the table."""
    row("what", "figure", "gate", "ratio")
    print(f"|{'-' * 64}|{'-' * 19}:|{'-' * 12}:|{'-' * 31}:|")
    memory = grow_in_memory(entries)
    row(f"{entries:,} leaves appended in memory, by 1,000", f"{memory:,.0f}/core-s", "200,000/s")
    create_ledger(folder / "ledger", origin=ORIGIN, keys=(LOG.key, LOG_PQ.key))
    peer = single_commits(folder)
    disk_row("the peer: SQLite, one commit an event", peer, peer)
    with LedgerStore(folder / "ledger") as store:
        disk_row("folder store, 1 event an fsync", append(store, 300, batch=1), peer)
        disk_row("folder store, 100 events an fsync", append(store, 20_000, batch=100), peer)

        def publish() -> None:
            store.checkpoint(signers=(LOG, LOG_PQ), now=NOW)

        publish()
        what = f"folder store, {entries:,} events, 1,000 an fsync"
        disk_row(what, append(store, entries, batch=BATCH), peer)
        what = "publishing them: tiles, offsets, both signatures"
        disk_row(what, rate(entries, publish), peer)
    reopen(folder, entries)


def reopen(folder: Path, entries: int) -> None:
    """Measure what happens after a restart: opening, proving, verifying."""
    started = time.perf_counter()
    with LedgerStore(folder / "ledger") as store:
        opened = time.perf_counter() - started
        row(f"open the ledger of {store.size:,} entries", f"{opened * 1000:,.1f} ms", "5 s")
        index = store.size // 2 + 1
        proof, entry = store.prove(index), store.record(index).entry
        places = [at * 4999 % store.size for at in range(300)]
        made = per_core(300, lambda: [store.prove(at) for at in places])
    row("inclusion proofs made from tiles on the disk", f"{made:,.0f}/core-s")
    lines = 45 * len(proof.hashes)
    row(f"hashes of a proof at {entries:,}, as base64", f"{lines:,} bytes", "1,024 bytes")
    sizes(proof)
    verify(proof, entry)


def verify(proof: TlogProof, entry: bytes) -> None:
    """Measure reading and verifying whole proof files."""
    logs = [f"log {LOG.vkey}", f"log {LOG_PQ.vkey}"]
    bare = Note(text=proof.signed.note.text)
    unsigned = evolve(proof, signed=evolve(proof.signed, note=bare))
    cosigners = [signer for pair in WITNESSES for signer in pair]
    names = [f"w{number}" for number in range(len(cosigners))]
    witnesses = [
        f"witness {name} {signer.vkey}" for name, signer in zip(names, cosigners, strict=True)
    ]
    quorum = [f"group all all {' '.join(names)}", "quorum all"]
    one = verifications(proof_with(unsigned, [LOG]), entry, [logs[0], "quorum none"], 3000)
    row("verified: inclusion + Ed25519 checkpoint", f"{one:,.0f}/core-s", "5,000/s")
    both = verifications(proof_with(proof, []), entry, [*logs, "quorum none"], 2000)
    row("the same + ML-DSA-44 of the log", f"{both:,.0f}/core-s", "", f"{both / one:.2f}x")
    full = verifications(proof_with(proof, cosigners), entry, [*logs, *witnesses, *quorum], 500)
    row("the same + 3 witnesses of both kinds", f"{full:,.0f}/core-s", "", f"{full / one:.2f}x")
    public, message = LOG.private_key.public_key(), proof.signed.checkpoint.text
    signature = LOG.private_key.sign(message)
    alone = per_core(3000, lambda: [public.verify(signature, message) for _ in range(3000)])
    row("Ed25519 verify alone, of the library", f"{alone:,.0f}/core-s", "", f"{alone / one:.2f}x")


def sizes(proof: TlogProof) -> None:
    """Say what whole proof files weigh."""
    pq = [pair[1] for pair in WITNESSES]
    both = [signer for pair in WITNESSES for signer in pair]
    for what, signers in (
        ("a .tlog-proof: log with both kinds of key", []),
        ("the same + 3 ML-DSA-44 cosigners", pq),
        ("the same + 3 cosigners of both kinds", both),
    ):
        row(what, f"{len(proof_with(proof, list(signers))):,} bytes")


def main() -> None:
    """Measure in a folder on a real disk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108 - a disk, not memory
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="longbien-bench-", dir=options.folder))
    try:
        measure(options.entries, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
