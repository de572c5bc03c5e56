"""Attacks on the ledger: what a lying log, a lying sender or a restored node might try."""

import pytest
from attrs import evolve

from ledger_cast import (
    ALPHA,
    BETA,
    GAMMA,
    LATER,
    LOG_LINES,
    NOW,
    ORIGIN,
    POLICY,
    WITNESS_LINES,
    ed25519_log,
    ed25519_witness,
    entry_of,
    head_of,
    leaves_of,
    log_signers,
    ml_dsa_log,
    policy_of,
    proof_of,
    signed_by,
)
from longbien.ledger.checkpoints import Head, parse_signed_checkpoint
from longbien.ledger.notes import Ed25519NoteSigner, NoteSignature, encode_note
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import TlogProof, encode_proof, parse_proof, verify_proof
from longbien.ledger.tree import inclusion_proof, leaf_hash, node_hash, root_of
from longbien.ledger.witness import AddCheckpoint, Decision, Status, decide_add_checkpoint
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Outcome

ALL = (*log_signers(), ALPHA, BETA, GAMMA)
LOG_KEYS = tuple(signer.key for signer in log_signers())
FORGED = leaves_of(6) + leaf_hash(entry_of(99))  # the seventh entry replaced


def ask(recorded: Head | None, head: Head, *, old_size: int) -> Decision:
    """Let one witness decide on a checkpoint that the log has properly signed."""
    asked = AddCheckpoint(old_size=old_size, proof=(), signed=signed_by(head, *log_signers()))
    return decide_add_checkpoint(recorded, asked, log_keys=LOG_KEYS, own_keys=(ALPHA.key,))


def outcome(proof: TlogProof, entry: bytes) -> Outcome:
    """Return the verdict under the usual policy."""
    return verify_proof(proof, entry=entry, policy=POLICY).verdict.outcome


def test_split_view_shows_at_the_second_witness_that_compares() -> None:
    """T7: one log, two histories of one size.  Each witness takes one and refuses the other."""
    honest, forged = head_of(7), head_of(7, leaves=FORGED)

    first = ask(None, honest, old_size=0)
    second = ask(None, forged, old_size=0)
    crossed = (ask(first.head, forged, old_size=7), ask(second.head, honest, old_size=7))

    assert (first.status, second.status) == (Status.COSIGNED, Status.COSIGNED)
    for found in crossed:
        assert (found.status, found.is_evidence) == (Status.UNPROCESSABLE, True)


def test_a_split_view_does_not_gather_a_quorum() -> None:
    """T7: a history that one of three witnesses has cosigned stays unproven for a court."""
    forged = TlogProof(
        index=6,
        hashes=inclusion_proof(FORGED, 6),
        signed=signed_by(head_of(7, leaves=FORGED), *log_signers(), ALPHA),
    )

    assert outcome(forged, entry_of(99)) is Outcome.INDETERMINATE


def test_cosignatures_of_one_history_do_not_fit_the_other() -> None:
    """T7: lines copied from the honest checkpoint break the forged one."""
    honest = signed_by(head_of(7), ALPHA, BETA)
    forged = signed_by(head_of(7, leaves=FORGED), *log_signers())
    note = forged.note.with_signatures(honest.note.signatures)
    proof = TlogProof(index=6, hashes=inclusion_proof(FORGED, 6), signed=evolve(forged, note=note))

    assert outcome(proof, entry_of(99)) is Outcome.FAILED


def test_rollback_to_a_smaller_tree_is_a_conflict() -> None:
    """T29: a log that went back is told the size that was seen."""
    found = ask(head_of(7), head_of(5), old_size=5)

    assert (found.status, found.recorded_size) == (Status.CONFLICT, 7)


def test_rollback_with_a_true_old_size_is_a_bad_request() -> None:
    """T29: naming the size that was seen does not help a smaller tree."""
    assert ask(head_of(7), head_of(5), old_size=7).status is Status.BAD_REQUEST


def test_rewriting_below_the_seen_size_is_not_consistent() -> None:
    """T7: a longer tree that has dropped an entry cannot be proven from the one seen."""
    found = ask(head_of(6), head_of(8, leaves=FORGED[32:] + leaves_of(2)), old_size=6)

    assert found.status is Status.UNPROCESSABLE


def test_a_stale_checkpoint_does_not_hold_a_newer_entry() -> None:
    """An old checkpoint with good cosignatures says nothing about what came later."""
    stale = TlogProof(
        index=9, hashes=inclusion_proof(leaves_of(10), 9), signed=signed_by(head_of(7), *ALL)
    )

    assert outcome(stale, entry_of(9)) is Outcome.FAILED


def test_a_replayed_checkpoint_is_cosigned_with_the_time_of_now() -> None:
    """Asked again for the same head, a witness states the time of now, no earlier one."""
    text = signed_by(head_of(7), *log_signers()).checkpoint.text

    assert ALPHA.sign(text, now=LATER).blob[:8] != ALPHA.sign(text, now=NOW).blob[:8]


@pytest.mark.parametrize("signer", [ed25519_log(key="mallory"), ml_dsa_log(key="mallory")])
def test_foreign_signature_under_the_name_of_the_log(signer: Ed25519NoteSigner) -> None:
    """A stranger's key under the log's name has another key id and counts nothing."""
    proof = proof_of(2, 7, signer, ALPHA, BETA, GAMMA)

    assert outcome(proof, entry_of(2)) is Outcome.FAILED


def test_foreign_signature_with_a_forged_key_id() -> None:
    """A stranger who also copies the key id breaks the whole note."""
    mallory, key = ed25519_log(key="mallory"), ed25519_log().key
    text = PROOF.signed.note.text
    line = NoteSignature(name=key.name, key_id=key.key_id, blob=mallory.sign(text, now=NOW).blob)
    note = PROOF.signed.note.with_signatures([line])

    assert outcome(evolve(PROOF, signed=evolve(PROOF.signed, note=note)), entry_of(2)) is (
        Outcome.FAILED
    )


def test_a_log_signature_is_no_cosignature() -> None:
    """A log that lists its own key as a witness's is refused before anything is verified."""
    with pytest.raises(Malformed):
        policy_of(*LOG_LINES, f"witness self {ml_dsa_log().vkey}", "quorum self")


def test_one_witness_does_not_count_twice() -> None:
    """Its line repeated, or its key under a second name: still one witness."""
    twice = signed_by(head_of(7), *log_signers(), ALPHA)
    note = evolve(
        twice.note, signatures=(*twice.note.signatures, ALPHA.sign(twice.note.text, now=LATER))
    )

    assert outcome(evolve(PROOF, signed=evolve(twice, note=note)), entry_of(2)) is (
        Outcome.INDETERMINATE
    )
    with pytest.raises(Malformed):
        policy_of(WITNESS_LINES[0], f"witness again {ALPHA.vkey}", "quorum again")


def test_duplicated_names_in_a_group() -> None:
    """A name that stands in a group twice, or in two groups, would count twice: refused."""
    for group in ("group g 2 alpha alpha", "group g any alpha\ngroup h any alpha"):
        with pytest.raises(Malformed) as caught:
            parse_policy("\n".join([*WITNESS_LINES, group, "quorum g", ""]).encode())
        assert caught.value.code == "ledger.policy"


def test_a_policy_inside_the_package_is_not_believed() -> None:
    """Whoever writes the policy decides: the sender's own policy passes, the reader's does not."""
    mallory = log_signers(key="mallory")
    accomplice = ed25519_witness("accomplice")
    proof = proof_of(2, 7, *mallory, accomplice)
    theirs = policy_of(
        *(f"log {signer.key.text}" for signer in mallory),
        f"witness w {accomplice.vkey}",
        "quorum w",
    )

    assert verify_proof(proof, entry=entry_of(2), policy=theirs).verdict.outcome is Outcome.PASSED
    assert outcome(proof, entry_of(2)) is Outcome.FAILED


def test_extension_lines_cannot_be_slipped_in() -> None:
    """Ed25519 covers them; where only ML-DSA-44 signs, the verdict is no longer PASSED."""
    data = encode_proof(PROOF)
    note = encode_note(PROOF.signed.note)
    added = data.replace(note, note.replace(b"\n\n", b"\npaid in full\n\n", 1))
    only_ml_dsa = policy_of(LOG_LINES[1], WITNESS_LINES[1], "quorum beta")

    assert outcome(parse_proof(added), entry_of(2)) is Outcome.FAILED
    quiet = proof_of(2, 7, ml_dsa_log(), BETA)
    note = encode_note(quiet.signed.note)
    slipped = evolve(
        quiet, signed=parse_signed_checkpoint(note.replace(b"\n\n", b"\npaid in full\n\n", 1))
    )
    found = verify_proof(slipped, entry=entry_of(2), policy=only_ml_dsa)
    assert found.verdict.outcome is Outcome.INDETERMINATE


def test_an_inner_node_is_no_leaf() -> None:
    """Second preimage: the two hashes below a node, given as an entry, hash to something else."""
    left, right = leaves_of(2)[:32], leaves_of(2)[32:]
    node = node_hash(left, right)
    shortened = TlogProof(
        index=0,
        hashes=(),
        signed=signed_by(Head(origin=ORIGIN, size=1, root=root_of(node)), *ALL),
    )

    assert outcome(shortened, left + right) is Outcome.FAILED


def test_a_downgrade_to_one_kind_of_signature() -> None:
    """Dropping the post-quantum line, or the classical one, is noticed."""
    for signer in log_signers():
        assert outcome(proof_of(2, 7, signer, ALPHA, BETA), entry_of(2)) is Outcome.FAILED


def test_every_flipped_bit_of_a_proof_is_found() -> None:
    """R11: no bit of a proof file can change without the verdict changing."""
    small = policy_of(LOG_LINES[0], WITNESS_LINES[0], "quorum alpha")
    data = encode_proof(proof_of(2, 7, ed25519_log(), ALPHA))
    unfound = []
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            proof = parse_proof(bytes(changed))
        except Malformed:
            continue
        check = verify_proof(proof, entry=entry_of(2), policy=small)
        if check.verdict.outcome is Outcome.PASSED:
            unfound.append(bit)

    assert unfound == []


PROOF = proof_of(2, 7, *ALL)
