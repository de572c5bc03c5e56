"""Make the golden vectors of the ledger: fixed seeds, so that each run gives the same files.

ML-DSA-44 draws randomness of its own while it signs; its signatures are kept in
``ml-dsa-44.json`` and taken from there as long as they verify.

usage: generate_ledger.py FOLDER
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from attrs import evolve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from longbien.ledger.checkpoints import (
    Checkpoint,
    Head,
    SignedCheckpoint,
    checkpoint_of,
    parse_checkpoint,
)
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner, ml_dsa_44_message
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.log import LogState, grow
from longbien.ledger.notes import Ed25519NoteSigner, NoteSignature, NoteSigner, encode_note
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import TlogProof, encode_proof, verify_proof
from longbien.ledger.tree import (
    consistency_proof_from,
    inclusion_proof,
    leaf_hash,
    nodes_of,
    root_of,
)
from longbien.ledger.witness import AddCheckpoint, decide_add_checkpoint, encode_add_checkpoint
from longbien.primitives.instants import Instant

ORIGIN = "node.example/custody"
NOW, LATER = Instant.parse("2026-11-21T09:30:00Z"), Instant.parse("2026-11-21T09:35:00Z")
BOOK = "ml-dsa-44.json"


def seed(name: str) -> bytes:
    """Return a fixed seed: these keys protect nothing."""
    return hashlib.sha256(f"long bien golden vector: {name}".encode()).digest()


class Book:
    """ML-DSA-44 signatures that were made once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / BOOK
        known = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._known: dict[str, str] = known
        self._used: dict[str, str] = {}

    def sign(self, key: MLDSA44PrivateKey, message: bytes) -> bytes:
        """Return the signature that is known, or make one."""
        public = key.public_key()
        name = hashlib.sha256(public.public_bytes_raw() + message).hexdigest()
        signature = base64.b64decode(self._known.get(name, ""))
        try:
            public.verify(signature, message)
        except InvalidSignature:
            signature = key.sign(message)
        self._used[name] = self._known[name] = base64.b64encode(signature).decode()
        return signature

    def write(self, folder: Path) -> None:
        """Keep those that were used."""
        write(folder / BOOK, self._used)


class BookCosigner:
    """An ML-DSA-44 cosigner that signs out of the book."""

    def __init__(self, name: str, book: Book, *, key: str | None = None) -> None:
        self._private = MLDSA44PrivateKey.from_seed_bytes(seed(key or name))
        self._plain = MlDsa44Cosigner(name=name, private_key=self._private)
        self._book = book
        self.key = self._plain.key

    def sign(self, text: bytes, *, now: Instant) -> NoteSignature:
        """Sign as the plain one does."""
        head = parse_checkpoint(text).head
        message = ml_dsa_44_message(self.key.name, head, timestamp=now.unix)
        blob = now.unix.to_bytes(8) + self._book.sign(self._private, message)
        return NoteSignature(name=self.key.name, key_id=self.key.key_id, blob=blob)


def ed25519_key(name: str) -> Ed25519PrivateKey:
    """Return a fixed key."""
    return Ed25519PrivateKey.from_private_bytes(seed(name))


def event_of(number: int) -> tuple[bytes, bytes]:
    """Return salt and event of a numbered entry."""
    return seed(f"salt {number}"), json.dumps({"number": number}, separators=(",", ":")).encode()


def entry_of(number: int) -> bytes:
    """Return a numbered entry."""
    return encode_entry(EntryKind.EVENT, *event_of(number))


ENTRIES = [entry_of(number) for number in range(600)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def row_of(size: int) -> bytes:
    """Return the leaf hashes of the first entries."""
    return b"".join(LEAVES[:size])


def head_of(size: int, *, origin: str = ORIGIN) -> Head:
    """Return a head of the golden log."""
    return Head(origin=origin, size=size, root=root_of(row_of(size)))


def signed_by(stated: Checkpoint, *signers: NoteSigner, now: Instant = NOW) -> SignedCheckpoint:
    """Return a checkpoint with these lines."""
    from longbien.ledger.notes import Note  # noqa: PLC0415 - only here

    lines = tuple(signer.sign(stated.text, now=now) for signer in signers)
    return SignedCheckpoint(checkpoint=stated, note=Note(text=stated.text, signatures=lines))


def texts(values: tuple[bytes, ...]) -> list[str]:
    """Return hashes as hexadecimal text."""
    return [value.hex() for value in values]


def write(path: Path, value: object) -> None:
    """Write one file of vectors."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


# --- the files -------------------------------------------------------------------------------


def entries() -> list[dict[str, Any]]:
    """Return commitments."""
    cases = []
    for number in range(4):
        salt, event = event_of(number)
        cases.append(
            {
                "kind": 1,
                "salt": salt.hex(),
                "event": event.decode(),
                "entry": ENTRIES[number].hex(),
                "leaf": LEAVES[number].hex(),
            }
        )
    return cases


def tree() -> dict[str, Any]:
    """Return roots and proofs over the golden log's entries."""
    nodes = nodes_of(row_of(600))
    pairs = [(1, 2), (1, 7), (2, 3), (3, 7), (4, 7), (6, 7), (7, 7), (8, 13), (255, 256)]
    pairs += [(256, 257), (1, 600), (256, 600), (512, 600), (599, 600)]
    places = [(0, 1), (0, 2), (1, 2), (2, 3), (0, 7), (3, 7), (6, 7), (8, 13), (255, 256)]
    places += [(256, 257), (0, 600), (511, 600), (512, 600), (599, 600)]
    return {
        "roots": {
            str(size): root_of(row_of(size)).hex
            for size in [*range(18), 255, 256, 257, 511, 512, 600]
        },
        "inclusion": [
            {"index": index, "size": size, "proof": texts(inclusion_proof(row_of(size), index))}
            for index, size in places
        ],
        "consistency": [
            {
                "old": old,
                "new": new,
                "proof": texts(consistency_proof_from(nodes, old_size=old, new_size=new)),
            }
            for old, new in pairs
        ],
    }


def tiles() -> list[dict[str, Any]]:
    """Return the files that a growth in steps leaves behind, by their digests."""
    cases = []
    for steps in ([1], [256], [257], [3, 300, 600]):
        state, files = LogState(), dict[str, str]()
        for size in steps:
            growth = grow(state, ENTRIES[state.size : size])
            files |= {
                file.tile.path: hashlib.sha256(file.data).hexdigest() for file in growth.files
            }
            state = growth.state
        cases.append({"steps": steps, "root": state.root.hex, "files": files})
    return cases


class Cast:
    """Who signs."""

    def __init__(self, book: Book) -> None:
        self.log = Ed25519NoteSigner(name=ORIGIN, private_key=ed25519_key("log"))
        self.log_pq = BookCosigner(ORIGIN, book, key="log")
        self.mallory = Ed25519NoteSigner(name=ORIGIN, private_key=ed25519_key("mallory"))
        self.alpha = Ed25519Cosigner(name="alpha.example", private_key=ed25519_key("alpha.example"))
        self.beta = BookCosigner("beta.example", book)
        self.gamma = Ed25519Cosigner(name="gamma.example", private_key=ed25519_key("gamma.example"))
        self.all: tuple[NoteSigner, ...] = (
            *(self.log, self.log_pq),
            *(self.alpha, self.beta, self.gamma),
        )

    def policy(self, *, rule: str = "group two 2 alpha beta gamma", quorum: str = "two") -> str:
        """Return the usual policy."""
        lines = [f"log {self.log.key.text}", f"log {self.log_pq.key.text}"]
        lines += [
            f"witness {name} {signer.key.text}"
            for name, signer in (("alpha", self.alpha), ("beta", self.beta), ("gamma", self.gamma))
        ]
        return "\n".join([*lines, rule, f"quorum {quorum}", ""])


def proofs(cast: Cast) -> list[dict[str, Any]]:
    """Return proofs, good and bad, with the findings that they must leave."""
    stated = checkpoint_of(head_of(7))
    good = TlogProof(
        index=2, hashes=inclusion_proof(row_of(7), 2), signed=signed_by(stated, *cast.all)
    )
    lines = good.signed.note.signatures
    broken = evolve(lines[2], blob=lines[2].blob[:-1] + bytes([lines[2].blob[-1] ^ 1]))
    extended = parse_checkpoint(stated.text + b"an extension line\n")

    def carrying(*others: NoteSignature) -> TlogProof:
        note = evolve(good.signed.note, signatures=others)
        return evolve(good, signed=evolve(good.signed, note=note))

    late = cast.alpha.sign(stated.text, now=LATER)
    timeless = cast.beta.sign(stated.text, now=Instant.from_unix(0))
    mallory = cast.mallory.sign(stated.text, now=NOW)
    cases: list[tuple[str, TlogProof, bytes, str]] = [
        ("good", good, ENTRIES[2], cast.policy()),
        ("with extra data", evolve(good, extra=b"\0opaque"), ENTRIES[2], cast.policy()),
        ("another entry", good, ENTRIES[3], cast.policy()),
        ("another index", evolve(good, index=3), ENTRIES[2], cast.policy()),
        ("an index outside", evolve(good, index=7), ENTRIES[2], cast.policy()),
        ("a hash left out", evolve(good, hashes=good.hashes[:-1]), ENTRIES[2], cast.policy()),
        ("unknown log", good, ENTRIES[2], "quorum none\n"),
        ("log has not signed", carrying(*lines[2:]), ENTRIES[2], cast.policy()),
        ("Ed25519 missing", carrying(*lines[1:]), ENTRIES[2], cast.policy()),
        ("ML-DSA-44 missing", carrying(lines[0], *lines[2:]), ENTRIES[2], cast.policy()),
        ("a broken cosignature", carrying(*lines[:2], broken), ENTRIES[2], cast.policy()),
        ("a stranger in the log's name", carrying(mallory, *lines), ENTRIES[2], cast.policy()),
        ("only a stranger", carrying(mallory, *lines[2:]), ENTRIES[2], cast.policy()),
        ("one witness of two", carrying(*lines[:3]), ENTRIES[2], cast.policy()),
        ("one witness twice", carrying(*lines[:3], late), ENTRIES[2], cast.policy()),
        ("no time", carrying(*lines[:3], timeless), ENTRIES[2], cast.policy()),
        (
            "extension lines",
            evolve(good, signed=signed_by(extended, *cast.all)),
            ENTRIES[2],
            cast.policy(),
        ),
    ]
    found = []
    for name, proof, entry, policy in cases:
        check = verify_proof(proof, entry=entry, policy=parse_policy(policy.encode()))
        found.append(
            {
                "name": name,
                "proof": encode_proof(proof).decode(),
                "entry": entry.hex(),
                "policy": policy,
                "outcome": check.verdict.outcome.name,
                "reasons": [one.reason for one in check.findings],
                "log_verified": check.log_verified,
                "quorum_met": check.quorum_met,
                "witnesses": [[who, when.unix] for who, when in check.witnesses],
            }
        )
    return found


def witness(cast: Cast) -> dict[str, Any]:
    """Return requests to one witness, with what it must answer."""
    nodes = nodes_of(row_of(20))
    logs: tuple[NoteSigner, ...] = (cast.log, cast.log_pq)
    own = (cast.alpha, cast.beta)

    def ask(old: int, size: int, *signers: NoteSigner, head: Head | None = None) -> AddCheckpoint:
        proof = consistency_proof_from(nodes, old_size=old, new_size=size) if old <= size else ()
        stated = checkpoint_of(head or head_of(size))
        return AddCheckpoint(old_size=old, proof=proof, signed=signed_by(stated, *signers))

    forked = evolve(head_of(8), size=7)
    empty = Head(origin=ORIGIN, size=0, root=head_of(1).root)
    cases: list[tuple[str, int | None, AddCheckpoint]] = [
        ("first sight", None, ask(0, 7, *logs)),
        ("growth", 3, ask(3, 7, *logs)),
        ("from a complete tree", 4, ask(4, 7, *logs)),
        ("the same again", 7, ask(7, 7, *logs)),
        ("an empty log", None, ask(0, 0, *logs)),
        ("unknown log", None, ask(0, 7, *logs, head=head_of(7, origin="other"))),
        ("not signed by the log", 3, ask(3, 7, cast.alpha)),
        ("one kind of signature", 3, ask(3, 7, cast.log)),
        ("a stranger in the log's name", 3, ask(3, 7, cast.mallory, cast.log_pq)),
        ("old size above the new one", 9, ask(9, 7, *logs)),
        ("old size is not ours", 3, ask(4, 7, *logs)),
        ("old size is not ours, nothing recorded", None, ask(3, 7, *logs)),
        ("rolled back", 7, ask(3, 3, *logs)),
        ("same size, another root", 7, ask(7, 7, *logs, head=forked)),
        ("a wrong proof", 3, evolve(ask(3, 7, *logs), proof=(bytes(32),))),
        ("a proof from nothing", None, evolve(ask(0, 7, *logs), proof=(bytes(32),))),
        ("an empty tree with a root", None, ask(0, 0, *logs, head=empty)),
        ("our own line on a larger tree", 3, ask(3, 7, *logs, cast.alpha)),
    ]
    found = []
    for name, recorded, asked in cases:
        origin = asked.signed.checkpoint.head.origin
        decision = decide_add_checkpoint(
            None if recorded is None else head_of(recorded),
            asked,
            log_keys=[signer.key for signer in logs] if origin == ORIGIN else [],
            own_keys=[signer.key for signer in own],
        )
        found.append(
            {
                "name": name,
                "recorded": recorded,
                "request": encode_add_checkpoint(asked).decode(),
                "status": int(decision.status),
                "reason": decision.reason,
                "recorded_size": decision.recorded_size,
                "is_evidence": decision.is_evidence,
            }
        )
    return {
        "log_keys": [signer.key.text for signer in logs],
        "own_keys": [signer.key.text for signer in own],
        "cases": found,
    }


def notes(cast: Cast) -> list[dict[str, Any]]:
    """Return one checkpoint line of each kind, with the key that it belongs to."""
    stated = checkpoint_of(head_of(7))
    found = []
    for signer in cast.all:
        signed = signed_by(stated, signer)
        (line,) = signed.note.signatures
        timestamp = int.from_bytes(line.blob[:8]) if len(line.blob) != 64 else None  # noqa: PLR2004 - Ed25519 without a time
        found.append(
            {
                "vkey": signer.key.text,
                "note": encode_note(signed.note).decode(),
                "timestamp": timestamp,
            }
        )
    return found


def main() -> None:
    """Write all files into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    book = Book(folder)
    cast = Cast(book)
    write(folder / "entries.json", entries())
    write(folder / "tree.json", tree())
    write(folder / "tiles.json", tiles())
    write(folder / "notes.json", notes(cast))
    write(folder / "proofs.json", proofs(cast))
    write(folder / "witness.json", witness(cast))
    book.write(folder)


if __name__ == "__main__":
    main()
