from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_cast import ALPHA, BETA, LOG_LINES, WITNESS_LINES, head_of, log_signers, proof_of
from longbien.ledger.checkpoints import encode_head, parse_checkpoint, parse_signed_checkpoint
from longbien.ledger.notes import encode_note, parse_note, parse_vkey
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import encode_proof, parse_proof
from longbien.ledger.tiles import parse_bundle
from longbien.ledger.tree import consistency_proof_from, nodes_of
from longbien.ledger.witness import AddCheckpoint, encode_add_checkpoint, parse_add_checkpoint
from longbien.primitives.errors import Malformed

PROOF = proof_of(2, 7, *log_signers(), ALPHA, BETA)
NOTE = encode_note(PROOF.signed.note)
NODES = nodes_of(bytes(32) * 7)
REQUEST = AddCheckpoint(
    old_size=3,
    proof=consistency_proof_from(NODES, old_size=3, new_size=7),
    signed=PROOF.signed,
)
POLICY = "\n".join([*LOG_LINES, *WITNESS_LINES, "group g 2 alpha beta gamma", "quorum g", ""])
GOOD: dict[Callable[[bytes], object], bytes] = {
    parse_note: NOTE,
    parse_signed_checkpoint: NOTE,
    parse_checkpoint: encode_head(head_of(7)),
    parse_vkey: ALPHA.vkey.encode(),
    parse_policy: POLICY.encode(),
    parse_proof: encode_proof(PROOF),
    parse_add_checkpoint: encode_add_checkpoint(REQUEST),
    parse_bundle: b"\0\1a\0\2bc",
}
EACH = pytest.mark.parametrize("parse", GOOD, ids=lambda parse: parse.__name__)


@EACH
@given(data=st.binary(max_size=300))
def test_only_malformed_leaves_for_any_bytes(parse: Callable[[bytes], object], data: bytes) -> None:
    """Bytes from nowhere are refused as Malformed, or they are good by chance."""
    try:
        parse(data)
    except Malformed:
        return


@EACH
@given(data=st.data())
def test_only_malformed_leaves_for_damaged_good_bytes(
    parse: Callable[[bytes], object], data: st.DataObject
) -> None:
    """A good file with a piece replaced, doubled or cut out is read, or refused as Malformed."""
    good = GOOD[parse]
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 50)))
    piece = data.draw(st.one_of(st.binary(max_size=5), st.just(good[start:end] * 2)))
    try:
        parse(good[:start] + piece + good[end:])
    except Malformed:
        return


@pytest.mark.parametrize(
    ("parse", "encode"),
    [
        (parse_note, encode_note),
        (parse_proof, encode_proof),
        (parse_add_checkpoint, encode_add_checkpoint),
        (parse_vkey, lambda key: key.text.encode()),
        (parse_checkpoint, lambda checkpoint: checkpoint.text),
    ],
    ids=["note", "proof", "add-checkpoint", "vkey", "checkpoint"],
)
@given(data=st.data())
def test_whatever_is_read_is_written_the_same(
    parse: Callable[[bytes], object], encode: Callable[[object], bytes], data: st.DataObject
) -> None:
    """No two byte strings mean the same: what can be read comes back to the byte."""
    good = bytearray(GOOD[parse])
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = parse(bytes(good))
    except Malformed:
        return
    assert encode(read) == bytes(good)
