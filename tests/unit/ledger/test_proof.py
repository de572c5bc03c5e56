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
    entry_of,
    head_of,
    leaves_of,
    log_signers,
    ml_dsa_log,
    policy_of,
    proof_of,
    signed_by,
)
from longbien.ledger.checkpoints import SignedCheckpoint, parse_checkpoint
from longbien.ledger.notes import Note, encode_note
from longbien.ledger.proof import (
    MAX_PROOF_FILE,
    SENTENCES,
    ProofCheck,
    TlogProof,
    encode_proof,
    parse_proof,
    verify_proof,
)
from longbien.ledger.tree import inclusion_proof
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome

ALL = (*log_signers(), ALPHA, BETA, GAMMA)
PROOF = proof_of(2, 7, *ALL)
DATA = encode_proof(PROOF)
TOP, NOTE = DATA.split(b"\n\n", 1)


def reasons(check: ProofCheck) -> list[tuple[str, str]]:
    """Return outcome and reason of each finding."""
    return [(found.outcome.name, found.reason) for found in check.findings]


def with_lines(*lines: object) -> TlogProof:
    """Return the proof with these signature lines only."""
    note = Note(text=PROOF.signed.note.text, signatures=lines)  # type: ignore[arg-type]  # a test's shorthand
    return evolve(PROOF, signed=evolve(PROOF.signed, note=note))


# --- bytes -----------------------------------------------------------------------------------


def test_a_proof_survives_its_bytes() -> None:
    """What is written is read, and what is read is written, to the byte."""
    assert parse_proof(DATA) == PROOF
    assert DATA.startswith(b"c2sp.org/tlog-proof@v1\nindex 2\n")
    assert encode_note(PROOF.signed.note) == NOTE


def test_extra_data_is_carried() -> None:
    """The optional second line holds opaque bytes."""
    extended = evolve(PROOF, extra=b"\x00more")

    assert encode_proof(extended).split(b"\n")[1] == b"extra AG1vcmU="
    assert parse_proof(encode_proof(extended)) == extended


def test_a_proof_of_a_single_entry_has_no_hashes() -> None:
    """Zero hash lines are a proof as well."""
    single = proof_of(0, 1, *ALL)

    assert parse_proof(encode_proof(single)).hashes == ()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ledger.proof"),
        (TOP, "ledger.proof"),
        (b"x" + DATA, "ledger.proof"),
        (DATA.replace(b"@v1", b"@v2"), "ledger.proof"),
        (b"c2sp.org/tlog-proof@v1\n\n" + NOTE, "ledger.proof"),
        (DATA.replace(b"index 2", b"index 02"), "ledger.proof"),
        (DATA.replace(b"index 2", b"index -2"), "ledger.proof"),
        (DATA.replace(b"index 2", b"index"), "ledger.proof"),
        (DATA.replace(b"index 2", b"indes 2"), "ledger.proof"),
        (DATA.replace(b"index 2", b"extra \nindex 2"), "ledger.proof"),
        (DATA.replace(b"index 2", b"extra A\nindex 2"), "ledger.proof"),
        (DATA.replace(b"index 2", b"extra AB==\nindex 2"), "ledger.proof"),
        (DATA.replace(b"index 2", b"extra AA==\nextra AA==\nindex 2"), "ledger.proof"),
        (DATA.replace(b"index 2", b"extra AA=="), "ledger.proof"),
        (DATA.replace(b"index 2\n", b"index 2\nAA==\n"), "ledger.proof"),
        (DATA.replace(b"index 2\n", b"index 2\r\n"), "ledger.proof"),
        (TOP + b"\n\n" + NOTE[:-1], "ledger.note"),
        (TOP + b"\n\nx\n\n" + ALPHA.sign(b"x\n", now=NOW).line, "ledger.checkpoint"),
    ],
)
def test_what_is_no_proof(data: bytes, code: str) -> None:
    """Each departure from the form is refused; note and checkpoint keep their codes."""
    with pytest.raises(Malformed) as caught:
        parse_proof(data)

    assert caught.value.code == code


def test_a_proof_is_bounded() -> None:
    """At most 63 hashes, and a size that 100 signatures fit in."""
    line = b"A" * 43 + b"=\n"
    head = b"c2sp.org/tlog-proof@v1\nindex 2\n"

    assert len(parse_proof(head + line * 63 + b"\n" + NOTE).hashes) == 63
    for data in (head + line * 64 + b"\n" + NOTE, DATA.ljust(MAX_PROOF_FILE + 1, b"\n")):
        with pytest.raises(Malformed) as caught:
            parse_proof(data)
        assert caught.value.code == "ledger.proof"
    assert MAX_PROOF_FILE == 2**20 + 2**18


# --- the check ---------------------------------------------------------------------------------


def test_a_good_proof_passes() -> None:
    """Log, tree and quorum: one finding, with the facts that a court reads."""
    check = verify_proof(PROOF, entry=entry_of(2), policy=POLICY)

    assert reasons(check) == [("PASSED", "proof.valid")]
    assert (check.origin, check.index, check.tree_size) == (ORIGIN, 2, 7)
    assert check.log_verified is True
    assert check.quorum_met is True
    assert check.witnesses == (("alpha", NOW), ("beta", NOW), ("gamma", NOW))
    assert check.verdict.outcome is Outcome.PASSED
    found = check.findings[0]
    assert (found.check, found.subject) == ("custody.proof", ORIGIN)
    assert dict(found.facts) == {"origin": ORIGIN, "index": "2", "size": "7"}


def test_the_caller_names_the_check() -> None:
    """Findings bear the check code that the caller gives."""
    check = verify_proof(PROOF, entry=entry_of(2), policy=POLICY, check="receipt.proof")

    assert [found.check for found in check.findings] == ["receipt.proof"]


def test_every_leaf_of_the_tree_is_proven() -> None:
    """First, last and lonely leaves alike."""
    for index in range(7):
        check = verify_proof(proof_of(index, 7, *ALL), entry=entry_of(index), policy=POLICY)
        assert reasons(check) == [("PASSED", "proof.valid")]


def test_another_entry_is_not_included() -> None:
    """The wrong event, the wrong salt, the wrong index, a foreign tree: FAILED."""
    for proof, entry in (
        (PROOF, entry_of(3)),
        (PROOF, b""),
        (evolve(PROOF, index=3), entry_of(2)),
        (evolve(PROOF, index=7), entry_of(2)),
        (evolve(PROOF, hashes=inclusion_proof(leaves_of(8), 2)), entry_of(2)),
        (evolve(PROOF, hashes=()), entry_of(2)),
    ):
        check = verify_proof(proof, entry=entry, policy=POLICY)
        assert reasons(check) == [("FAILED", "proof.not-included")]
        assert check.log_verified is True
        assert check.quorum_met is True


def test_an_unknown_log_is_not_decided() -> None:
    """A log that the policy does not name proves nothing: INDETERMINATE, never PASSED."""
    policy = policy_of(*WITNESS_LINES, "quorum alpha")

    check = verify_proof(PROOF, entry=entry_of(2), policy=policy)

    assert reasons(check) == [("INDETERMINATE", "proof.log-unknown")]
    assert check.log_verified is False


def test_a_log_that_has_not_signed_fails() -> None:
    """Anybody can write a checkpoint; without the log's line it is nobody's."""
    check = verify_proof(proof_of(2, 7, ALPHA, BETA), entry=entry_of(2), policy=POLICY)

    assert reasons(check) == [("FAILED", "proof.log-unsigned")]
    assert check.log_verified is False
    assert check.quorum_met is True


@pytest.mark.parametrize(("signer", "missing"), [(ed25519_log(), "0x06"), (ml_dsa_log(), "0x01")])
def test_a_missing_kind_of_signature_fails(signer: object, missing: str) -> None:
    """Where the policy lists two kinds of key, one alone is a downgrade."""
    proof = proof_of(2, 7, signer, ALPHA, BETA)  # type: ignore[arg-type]  # both are signers

    check = verify_proof(proof, entry=entry_of(2), policy=POLICY)

    assert reasons(check) == [("FAILED", "proof.log-signature-missing")]
    assert dict(check.findings[0].facts)["kind"] == missing
    assert check.log_verified is False


def test_two_missing_kinds_cannot_be() -> None:
    """A log that is listed with one kind needs only that one."""
    policy = policy_of(LOG_LINES[0], "quorum none")

    check = verify_proof(proof_of(2, 7, ed25519_log()), entry=entry_of(2), policy=policy)

    assert reasons(check) == [("PASSED", "proof.valid")]
    assert check.witnesses == ()


def test_a_rotated_key_is_enough() -> None:
    """Two keys of one kind are old and new: either will do."""
    policy = policy_of(*LOG_LINES, f"log {ed25519_log(key='new').vkey}", "quorum none")

    for signer in (ed25519_log(), ed25519_log(key="new")):
        proof = proof_of(2, 7, signer, ml_dsa_log())
        check = verify_proof(proof, entry=entry_of(2), policy=policy)
        assert reasons(check) == [("PASSED", "proof.valid")]


@pytest.mark.parametrize("position", range(5))
def test_one_broken_line_of_a_known_key_breaks_the_note(position: int) -> None:
    """A note with a false line is malformed as a whole (signed-note, Signatures)."""
    lines = list(PROOF.signed.note.signatures)
    broken = lines[position]
    lines[position] = evolve(broken, blob=broken.blob[:-1] + bytes([broken.blob[-1] ^ 1]))

    check = verify_proof(with_lines(*lines), entry=entry_of(2), policy=POLICY)

    assert ("FAILED", "proof.signature-broken") in reasons(check)
    assert dict(check.findings[0].facts)["key"] == broken.name
    assert check.log_verified is False
    assert check.witnesses == ()
    assert check.quorum_met is False
    assert check.verdict.outcome is Outcome.FAILED


def test_two_broken_lines_of_one_name_are_one_finding() -> None:
    """Each name is blamed once."""
    lines = [evolve(line, blob=line.blob[:-1]) for line in PROOF.signed.note.signatures[:2]]

    check = verify_proof(with_lines(*lines), entry=entry_of(2), policy=POLICY)

    assert reasons(check) == [
        ("FAILED", "proof.signature-broken"),
        ("FAILED", "proof.log-unsigned"),
        ("INDETERMINATE", "proof.quorum-missing"),
    ]


def test_a_broken_note_meets_no_quorum_not_even_none() -> None:
    """Where a known key's line is false, nothing else on the note counts."""
    policy = policy_of(*LOG_LINES, WITNESS_LINES[0], "quorum none")
    lines = list(PROOF.signed.note.signatures)
    lines[2] = evolve(lines[2], blob=lines[2].blob[:-1])

    check = verify_proof(with_lines(*lines), entry=entry_of(2), policy=policy)

    assert check.quorum_met is False


def test_lines_of_unknown_keys_are_ignored() -> None:
    """A stranger's line neither helps nor harms, even under a known name."""
    stranger = evolve(PROOF.signed.note.signatures[2], key_id=b"\1\2\3\4", blob=b"nonsense")

    check = verify_proof(
        with_lines(*PROOF.signed.note.signatures, stranger), entry=entry_of(2), policy=POLICY
    )

    assert reasons(check) == [("PASSED", "proof.valid")]


@pytest.mark.parametrize("cosigners", [(), (ALPHA,), (BETA,), (GAMMA,)])
def test_too_few_witnesses_leave_it_open(cosigners: tuple[object, ...]) -> None:
    """Without the quorum nobody else has seen this tree: INDETERMINATE."""
    proof = proof_of(2, 7, *log_signers(), *cosigners)  # type: ignore[arg-type]  # they are signers

    check = verify_proof(proof, entry=entry_of(2), policy=POLICY)

    assert reasons(check) == [("INDETERMINATE", "proof.quorum-missing")]
    assert check.log_verified is True
    assert check.quorum_met is False
    assert len(check.witnesses) == len(cosigners)


def test_the_earliest_time_of_a_witness_counts() -> None:
    """Whoever signed twice had seen it at the earlier time already, in any order."""
    early, late = (ALPHA.sign(PROOF.signed.note.text, now=now) for now in (NOW, LATER))
    logs = PROOF.signed.note.signatures[:2]
    policy = policy_of(*LOG_LINES, WITNESS_LINES[0], "quorum alpha")

    for lines in ((early, late), (late, early)):
        check = verify_proof(with_lines(*logs, *lines), entry=entry_of(2), policy=policy)
        assert check.witnesses == (("alpha", NOW),)


def test_a_cosignature_without_a_time_does_not_count() -> None:
    """Time zero says nothing about when, so it is no witness's statement for a quorum."""
    timeless = BETA.sign(PROOF.signed.note.text, now=Instant.from_unix(0))
    policy = policy_of(*LOG_LINES, WITNESS_LINES[1], "quorum beta")

    check = verify_proof(
        with_lines(*PROOF.signed.note.signatures[:2], timeless), entry=entry_of(2), policy=policy
    )

    assert reasons(check) == [("INDETERMINATE", "proof.quorum-missing")]


def test_extension_lines_leave_it_open() -> None:
    """Our logs write none; with some, signed by all, the verdict is INDETERMINATE."""
    checkpoint = parse_checkpoint(head_text := PROOF.signed.note.text + b"paid\n")
    proof = evolve(PROOF, signed=signed_by(checkpoint, *ALL))

    check = verify_proof(proof, entry=entry_of(2), policy=POLICY)

    assert proof.signed.note.text == head_text
    assert reasons(check) == [("INDETERMINATE", "proof.extension-lines")]


def test_a_checkpoint_of_another_origin_is_another_log() -> None:
    """The keys of one log say nothing about another, even if it signs with them."""
    signed = signed_by(head_of(7, origin="other"), *ALL)

    check = verify_proof(evolve(PROOF, signed=signed), entry=entry_of(2), policy=POLICY)

    assert check.origin == "other"
    assert reasons(check) == [("INDETERMINATE", "proof.log-unknown")]


def test_text_and_note_that_disagree_are_refused() -> None:
    """The checkpoint that is checked is the one that was signed."""
    other = parse_checkpoint(signed_by(head_of(8), ALPHA).note.text)
    proof = evolve(PROOF, signed=SignedCheckpoint(checkpoint=other, note=PROOF.signed.note))

    check = verify_proof(proof, entry=entry_of(2), policy=POLICY)

    assert check.verdict.outcome is Outcome.FAILED


def test_every_reason_has_its_sentence() -> None:
    """Whatever is found can be said to a court; the sentences need no other facts."""
    for found in (
        verify_proof(PROOF, entry=entry_of(2), policy=POLICY).findings[0],
        verify_proof(proof_of(2, 7, ed25519_log()), entry=entry_of(2), policy=POLICY).findings[0],
        verify_proof(
            with_lines(evolve(PROOF.signed.note.signatures[0], blob=b"x")),
            entry=entry_of(2),
            policy=POLICY,
        ).findings[0],
    ):
        sentence = SENTENCES[found.reason].format(**dict(found.facts))
        assert sentence.endswith(".")
    assert set(SENTENCES) == {
        "proof.valid",
        "proof.log-unknown",
        "proof.log-unsigned",
        "proof.log-signature-missing",
        "proof.signature-broken",
        "proof.not-included",
        "proof.quorum-missing",
        "proof.extension-lines",
    }
