"""Fuzz the ledger: only Malformed leaves, and what is read is written back the same."""

import hashlib
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from longbien.ledger.checkpoints import (
    Head,
    SignedCheckpoint,
    checkpoint_of,
    parse_checkpoint,
    parse_signed_checkpoint,
)
from longbien.ledger.cosignatures import Ed25519Cosigner, MlDsa44Cosigner
from longbien.ledger.notes import (
    Ed25519NoteSigner,
    Note,
    encode_note,
    parse_note,
    parse_signature_line,
    parse_vkey,
)
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import TlogProof, encode_proof, parse_proof, verify_proof
from longbien.ledger.tiles import encode_bundle, parse_bundle, parse_tile_path
from longbien.ledger.tree import inclusion_proof, leaf_hash, root_of
from longbien.ledger.witness import (
    AddCheckpoint,
    decide_add_checkpoint,
    encode_add_checkpoint,
    parse_add_checkpoint,
)
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

_SEED = hashlib.sha256(b"fuzz").digest()
_LOG = Ed25519NoteSigner(name="log", private_key=Ed25519PrivateKey.from_private_bytes(_SEED))
_LOG_PQ = MlDsa44Cosigner(name="log", private_key=MLDSA44PrivateKey.from_seed_bytes(_SEED))
_WITNESS = Ed25519Cosigner(
    name="w", private_key=Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"w").digest())
)
_POLICY = f"log {_LOG.vkey}\nlog {_LOG_PQ.vkey}\nwitness w {_WITNESS.vkey}\nquorum w\n".encode()
_LEAVES = b"".join(leaf_hash(bytes([number])) for number in range(5))
_STATED = checkpoint_of(Head(origin="log", size=5, root=root_of(_LEAVES)))
_NOTE = Note(
    text=_STATED.text,
    signatures=tuple(
        signer.sign(_STATED.text, now=Instant.from_unix(1_800_000_000))
        for signer in (_LOG, _LOG_PQ, _WITNESS)
    ),
)
_SIGNED = SignedCheckpoint(checkpoint=_STATED, note=_NOTE)
_PROOF = TlogProof(index=2, hashes=inclusion_proof(_LEAVES, 2), signed=_SIGNED, extra=b"x")
_REQUEST = AddCheckpoint(old_size=0, proof=(), signed=_SIGNED)

SEEDS = {
    "fuzz_note": (encode_note(_NOTE),),
    "fuzz_checkpoint": (_STATED.text, _STATED.text + b"more\n"),
    "fuzz_signed_checkpoint": (encode_note(_NOTE), _NOTE.signatures[0].line),
    "fuzz_vkey": (_LOG.vkey.encode(), _LOG_PQ.vkey.encode(), _WITNESS.vkey.encode()),
    "fuzz_policy": (_POLICY, b"# none\nquorum none\n"),
    "fuzz_proof": (encode_proof(_PROOF),),
    "fuzz_add_checkpoint": (encode_add_checkpoint(_REQUEST),),
    "fuzz_tiles": (b"tile/0/x001/234.p/5", encode_bundle([b"a", b""])),
}


def _expect(held: object) -> None:
    if not held:
        raise AssertionError


def fuzz_note(data: bytes) -> None:
    """Read a note; what is read is written back to the byte."""
    try:
        note = parse_note(data)
    except Malformed:
        return
    _expect(encode_note(note) == data)


def fuzz_checkpoint(data: bytes) -> None:
    """Read a checkpoint's text; without extension lines its head says all of it."""
    try:
        checkpoint = parse_checkpoint(data)
    except Malformed:
        return
    _expect(checkpoint.extensions or checkpoint_of(checkpoint.head).text == data)


def fuzz_signed_checkpoint(data: bytes) -> None:
    """Read a signed checkpoint, and a line of a signature by itself, or Malformed."""
    for parse in (parse_signed_checkpoint, parse_signature_line):
        try:
            parse(data)
        except Malformed:
            continue


def fuzz_vkey(data: bytes) -> None:
    """Read a verifier key; there is one way to write each."""
    try:
        key = parse_vkey(data)
    except Malformed:
        return
    _expect(key.text.encode() == data)


def fuzz_policy(data: bytes) -> None:
    """Read a policy and ask it about nobody and everybody."""
    try:
        policy = parse_policy(data)
    except Malformed:
        return
    nobody = policy.is_met_by(frozenset())
    everybody = policy.is_met_by({witness.name for witness in policy.witnesses})
    _expect(everybody)
    _expect(not nobody or policy.quorum == "none")


def fuzz_proof(data: bytes) -> None:
    """Read a proof and check it: the check never raises."""
    try:
        proof = parse_proof(data)
    except Malformed:
        return
    _expect(encode_proof(proof) == data)
    _expect(verify_proof(proof, entry=bytes([2]), policy=parse_policy(_POLICY)).findings)


def fuzz_add_checkpoint(data: bytes) -> None:
    """Read a request to a witness and decide on it: the decision never raises."""
    try:
        request = parse_add_checkpoint(data)
    except Malformed:
        return
    _expect(encode_add_checkpoint(request) == data)
    decide_add_checkpoint(None, request, log_keys=(_LOG.key, _LOG_PQ.key), own_keys=(_WITNESS.key,))


def fuzz_tiles(data: bytes) -> None:
    """Read a path of a tile, and a bundle of entries."""
    path = data.decode("utf-8", "replace")
    with suppress(Malformed):
        _expect(parse_tile_path(path).path == path)
    with suppress(Malformed):
        _expect(encode_bundle(parse_bundle(data)) == data)
