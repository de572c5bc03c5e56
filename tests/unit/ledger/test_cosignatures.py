import struct

import pytest
from attrs import evolve

from ledger_cast import (
    ALPHA,
    BETA,
    NOW,
    ORIGIN,
    ed25519_log,
    ed25519_witness,
    head_of,
    ml_dsa_log,
    ml_dsa_witness,
    signed_by,
)
from longbien.ledger.checkpoints import checkpoint_of, parse_checkpoint
from longbien.ledger.cosignatures import (
    Cosigner,
    LineCheck,
    ed25519_message,
    ml_dsa_44_message,
    verify_line,
)
from longbien.ledger.notes import NoteSignature, VerifierKey, parse_vkey
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant

CHECKPOINT = checkpoint_of(head_of(5))
BOTH = pytest.mark.parametrize("cosigner", [ALPHA, BETA], ids=["ed25519", "ml-dsa-44"])


def retimed(line: NoteSignature, timestamp: int) -> NoteSignature:
    """Return a line that states another time over the same signature."""
    return evolve(line, blob=struct.pack(">Q", timestamp) + line.blob[8:])


def test_the_ed25519_message_is_that_of_the_specification() -> None:
    """Two header lines and the whole text (tlog-cosignature, Ed25519 signed message)."""
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    assert ed25519_message(text, timestamp=1679315147) == (
        b"cosignature/v1\ntime 1679315147\n" + text
    )


def test_the_ml_dsa_44_message_is_that_of_the_specification() -> None:
    """Label, cosigner, time, origin, start, end, root: cosigned_message, field by field."""
    head = head_of(5)

    assert ml_dsa_44_message("w", head, timestamp=258) == (
        b"subtree/v1\n\0\x01w"
        + bytes(6)
        + b"\x01\x02"
        + bytes([len(ORIGIN)])
        + ORIGIN.encode()
        + bytes(8)
        + bytes(7)
        + b"\x05"
        + head.root.raw
    )


@BOTH
def test_a_cosignature_states_when_it_was_made(cosigner: Cosigner) -> None:
    """The line verifies, and its time is the signer's."""
    line = cosigner.sign(CHECKPOINT.text, now=NOW)

    found = verify_line(key=cosigner.key, checkpoint=CHECKPOINT, signature=line)

    assert found == LineCheck(is_valid=True, signed_at=NOW)
    assert line.blob[:8] == struct.pack(">Q", NOW.unix)


@BOTH
def test_whole_seconds_are_signed(cosigner: Cosigner) -> None:
    """A time stamp has no fraction: it is rounded down."""
    line = cosigner.sign(CHECKPOINT.text, now=Instant.parse("2026-11-21T09:30:00.9Z"))

    found = verify_line(key=cosigner.key, checkpoint=CHECKPOINT, signature=line)

    assert found.signed_at == NOW


@BOTH
def test_another_time_breaks_the_signature(cosigner: Cosigner) -> None:
    """The time is part of what is signed; also one outside the calendar, also zero."""
    line = cosigner.sign(CHECKPOINT.text, now=NOW)

    for timestamp in (NOW.unix + 1, 0, 2**63 - 1, 2**63, 2**64 - 1):
        found = verify_line(
            key=cosigner.key, checkpoint=CHECKPOINT, signature=retimed(line, timestamp)
        )
        assert found == LineCheck(is_valid=False)


@BOTH
def test_another_head_breaks_the_signature(cosigner: Cosigner) -> None:
    """Origin, size and root are each part of what is signed."""
    line = cosigner.sign(CHECKPOINT.text, now=NOW)
    head = CHECKPOINT.head

    for other in (
        evolve(head, origin=head.origin + "x"),
        evolve(head, size=head.size + 1),
        evolve(head, root=head_of(6).root),
    ):
        found = verify_line(key=cosigner.key, checkpoint=checkpoint_of(other), signature=line)
        assert not found.is_valid


@BOTH
@pytest.mark.parametrize("length", [0, 7, 8, 71, 73, 2427, 2429])
def test_another_length_is_no_cosignature(cosigner: Cosigner, length: int) -> None:
    """Eight bytes of time and the whole signature, nothing less or more."""
    line = cosigner.sign(CHECKPOINT.text, now=NOW)
    cut = evolve(line, blob=(line.blob + bytes(3000))[:length])

    assert not verify_line(key=cosigner.key, checkpoint=CHECKPOINT, signature=cut).is_valid


def test_a_line_of_another_key_says_nothing() -> None:
    """The same signature under another name or id is not looked at."""
    line = ALPHA.sign(CHECKPOINT.text, now=NOW)

    for other in (evolve(line, name="mallory"), evolve(line, key_id=bytes(4))):
        assert verify_line(key=ALPHA.key, checkpoint=CHECKPOINT, signature=other) == LineCheck(
            is_valid=False
        )


def test_an_ml_dsa_44_cosigner_commits_to_its_name() -> None:
    """The same key under another name has signed nothing."""
    line = BETA.sign(CHECKPOINT.text, now=NOW)
    renamed = VerifierKey(name="other", kind=BETA.key.kind, public_key=BETA.key.public_key)
    moved = NoteSignature(name="other", key_id=renamed.key_id, blob=line.blob)

    assert not verify_line(key=renamed, checkpoint=CHECKPOINT, signature=moved).is_valid


def test_extension_lines_are_signed_by_ed25519_and_not_by_ml_dsa_44() -> None:
    """As the specification says: nobody may read anything in them."""
    extended = parse_checkpoint(CHECKPOINT.text + b"more\n")
    ed25519, ml_dsa = (signer.sign(extended.text, now=NOW) for signer in (ALPHA, BETA))

    assert not verify_line(key=ALPHA.key, checkpoint=CHECKPOINT, signature=ed25519).is_valid
    assert verify_line(key=ALPHA.key, checkpoint=extended, signature=ed25519).is_valid
    assert verify_line(key=BETA.key, checkpoint=CHECKPOINT, signature=ml_dsa).is_valid
    assert verify_line(key=BETA.key, checkpoint=extended, signature=ml_dsa).is_valid


def test_a_timeless_ml_dsa_44_signature_is_valid_and_says_no_time() -> None:
    """Time zero makes no statement about when (tlog-cosignature, ML-DSA-44 signed message)."""
    line = BETA.sign(CHECKPOINT.text, now=Instant.from_unix(0))

    found = verify_line(key=BETA.key, checkpoint=CHECKPOINT, signature=line)

    assert found == LineCheck(is_valid=True, signed_at=None)


def test_a_log_signs_with_both_kinds_under_its_origin() -> None:
    """Type 0x01 states no time, type 0x06 does."""
    signed = signed_by(head_of(5), ed25519_log(), ml_dsa_log())
    first, second = signed.note.signatures
    checks = [
        verify_line(key=key, checkpoint=signed.checkpoint, signature=line)
        for key, line in ((ed25519_log().key, first), (ml_dsa_log().key, second))
    ]

    assert checks == [
        LineCheck(is_valid=True, signed_at=None),
        LineCheck(is_valid=True, signed_at=NOW),
    ]
    assert (first.name, second.name) == (ORIGIN, ORIGIN)


def test_the_vkey_is_that_of_the_key() -> None:
    """What is published is what verifies."""
    for signer in (ed25519_witness("w"), ml_dsa_witness("w")):
        assert parse_vkey(signer.vkey.encode()) == signer.key


def test_only_a_checkpoint_is_cosigned() -> None:
    """An ML-DSA-44 cosigner signs a head, so it refuses a text without one."""
    with pytest.raises(Malformed) as caught:
        BETA.sign(b"not a checkpoint\n", now=NOW)

    assert caught.value.code == "ledger.checkpoint"
