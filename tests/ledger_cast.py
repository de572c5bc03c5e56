"""The cast of the ledger's tests: one log, three witnesses, and what they sign."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from longbien.ledger.checkpoints import Checkpoint, Head, SignedCheckpoint, checkpoint_of
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.notes import Ed25519NoteSigner, Note, NoteSigner
from longbien.ledger.policy import Policy, parse_policy
from longbien.ledger.proof import TlogProof
from longbien.ledger.tree import inclusion_proof, leaf_hash, root_of
from longbien.primitives.instants import Instant

NOW = Instant.parse("2026-11-21T09:30:00Z")
LATER = Instant.parse("2026-11-21T09:35:00Z")
ORIGIN = "node.example/custody"


def seed(name: str) -> bytes:
    """Return a fixed seed: these keys protect nothing."""
    return hashlib.sha256(name.encode()).digest()


def ed25519_log(origin: str = ORIGIN, key: str = "log") -> Ed25519NoteSigner:
    """Return the log's Ed25519 signer."""
    private = Ed25519PrivateKey.from_private_bytes(seed(key))
    return Ed25519NoteSigner(name=origin, private_key=private)


def ml_dsa_log(origin: str = ORIGIN, key: str = "log") -> MlDsa44Cosigner:
    """Return the log's ML-DSA-44 signer."""
    return MlDsa44Cosigner(name=origin, private_key=MLDSA44PrivateKey.from_seed_bytes(seed(key)))


def log_signers(origin: str = ORIGIN, key: str = "log") -> tuple[NoteSigner, NoteSigner]:
    """Return both signers of the log."""
    return ed25519_log(origin, key), ml_dsa_log(origin, key)


def ed25519_witness(name: str) -> Ed25519Cosigner:
    """Return an Ed25519 witness."""
    return Ed25519Cosigner(name=name, private_key=Ed25519PrivateKey.from_private_bytes(seed(name)))


def ml_dsa_witness(name: str) -> MlDsa44Cosigner:
    """Return an ML-DSA-44 witness."""
    return MlDsa44Cosigner(name=name, private_key=MLDSA44PrivateKey.from_seed_bytes(seed(name)))


ALPHA = ed25519_witness("alpha.example")
BETA = ml_dsa_witness("beta.example")
GAMMA = ed25519_witness("gamma.example")


def entry_of(number: int) -> bytes:
    """Return the entry of a numbered event."""
    return encode_entry(EntryKind.EVENT, seed(f"salt {number}"), b'{"number":%d}' % number)


def leaves_of(count: int) -> bytes:
    """Return the leaf hashes of the first ``count`` entries."""
    return b"".join(leaf_hash(entry_of(number)) for number in range(count))


def head_of(count: int, *, origin: str = ORIGIN, leaves: bytes | None = None) -> Head:
    """Return the head of a log with ``count`` entries."""
    row = leaves_of(count) if leaves is None else leaves
    return Head(origin=origin, size=len(row) // 32, root=root_of(row))


def signed_by(
    checkpoint: Checkpoint | Head, *signers: NoteSigner, now: Instant = NOW
) -> SignedCheckpoint:
    """Return a checkpoint with the lines of these signers."""
    stated = checkpoint_of(checkpoint) if isinstance(checkpoint, Head) else checkpoint
    lines = tuple(signer.sign(stated.text, now=now) for signer in signers)
    return SignedCheckpoint(checkpoint=stated, note=Note(text=stated.text, signatures=lines))


def proof_of(index: int, count: int, *signers: NoteSigner) -> TlogProof:
    """Return the proof of one entry under a checkpoint with these lines."""
    return TlogProof(
        index=index,
        hashes=inclusion_proof(leaves_of(count), index),
        signed=signed_by(head_of(count), *signers),
    )


def policy_of(*lines: str) -> Policy:
    """Return the policy that these lines make."""
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


LOG_LINES = (f"log {ed25519_log().vkey}", f"log {ml_dsa_log().vkey}")
WITNESS_LINES = (
    f"witness alpha {ALPHA.vkey}",
    f"witness beta {BETA.vkey}",
    f"witness gamma {GAMMA.vkey}",
)
POLICY = policy_of(*LOG_LINES, *WITNESS_LINES, "group two 2 alpha beta gamma", "quorum two")
