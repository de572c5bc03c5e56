import hashlib
from pathlib import Path

import pytest
from attrs import evolve

from ledger_cast import (
    ALPHA,
    BETA,
    LATER,
    NOW,
    ORIGIN,
    ed25519_log,
    head_of,
    leaves_of,
    log_signers,
    signed_by,
)
from longbien.adapters import witness_store
from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.witness_store import WitnessStore
from longbien.ledger.checkpoints import Head
from longbien.ledger.tree import consistency_proof_from, nodes_of
from longbien.ledger.witness import AddCheckpoint, Status, encode_add_checkpoint
from longbien.primitives.errors import Integrity, Malformed, Refused

SIGNERS = log_signers()
KEYS = tuple(signer.key for signer in SIGNERS)
NAME = hashlib.sha256(ORIGIN.encode()).hexdigest()


def request(old_size: int, head: Head) -> bytes:
    """Return a request of the honest log."""
    proof = consistency_proof_from(
        nodes_of(leaves_of(head.size)), old_size=old_size, new_size=head.size
    )
    asked = AddCheckpoint(old_size=old_size, proof=proof, signed=signed_by(head, *SIGNERS))
    return encode_add_checkpoint(asked)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a witness that knows the log."""
    with WitnessStore(tmp_path / "witness") as witness:
        witness.trust_log(KEYS)
    return tmp_path / "witness"


def test_a_witness_remembers_over_restarts(folder: Path) -> None:
    """The head that was cosigned is there again, and the next request is measured by it."""
    with WitnessStore(folder) as witness:
        given = witness.add_checkpoint(request(0, head_of(3)), cosigners=(ALPHA, BETA), now=NOW)
        assert given.decision.status is Status.COSIGNED
        assert given.body.count(b"\n") == 2
    with WitnessStore(folder) as witness:
        assert witness.recorded(ORIGIN) == head_of(3)
        again = witness.add_checkpoint(request(0, head_of(7)), cosigners=(ALPHA,), now=NOW)
        assert (again.decision.status, again.body) == (Status.CONFLICT, b"3\n")
        grown = witness.add_checkpoint(request(3, head_of(7)), cosigners=(ALPHA,), now=NOW)
        assert grown.decision.status is Status.COSIGNED
        assert witness.recorded(ORIGIN) == head_of(7)


def test_an_unknown_log_gets_no_answer(folder: Path) -> None:
    """404 for a log that nobody has introduced; nothing is recorded for it."""
    head = head_of(3, origin="../../etc")
    other = AddCheckpoint(old_size=0, proof=(), signed=signed_by(head, *SIGNERS))
    with WitnessStore(folder) as witness:
        given = witness.add_checkpoint(encode_add_checkpoint(other), cosigners=(ALPHA,), now=NOW)
        assert given.decision.status is Status.UNKNOWN_LOG
        assert witness.recorded("../../etc") is None

    assert [path.name for path in (folder / "heads").iterdir()] == []


def test_a_log_is_introduced_once(folder: Path) -> None:
    """The same keys again are fine; others, or of several logs, or none, are refused."""
    with WitnessStore(folder) as witness:
        witness.trust_log(KEYS[::-1])
        assert witness.log_keys(ORIGIN) == KEYS
        for keys in (KEYS[:1], (ed25519_log(key="mallory").key,), (*KEYS, ALPHA.key), ()):
            with pytest.raises(Refused) as caught:
                witness.trust_log(keys)
            assert caught.value.code == "witness.log-keys"
        assert witness.log_keys(ORIGIN) == KEYS


def test_what_contradicts_is_kept_as_evidence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused request that the log has signed is kept, once each, and not without end."""
    monkeypatch.setattr(witness_store, "MAX_KEPT", 2)
    with WitnessStore(folder) as witness:
        witness.add_checkpoint(request(0, head_of(3)), cosigners=(ALPHA,), now=NOW)
        for size in (4, 4, 5, 6):
            forked = signed_by(evolve(head_of(size), size=3), *log_signers())
            asked = AddCheckpoint(old_size=3, proof=(), signed=forked)
            data = encode_add_checkpoint(asked)
            given = witness.add_checkpoint(data, cosigners=(ALPHA,), now=NOW)
            assert given.decision.status is Status.UNPROCESSABLE
            assert given.body == b"witness.inconsistent\n"

    kept = list((folder / "refused").iterdir())
    assert len(kept) == 2
    assert all(path.name == hashlib.sha256(path.read_bytes()).hexdigest() for path in kept)


def test_a_request_that_cannot_be_read_is_malformed(folder: Path) -> None:
    """The door makes a 400 of it."""
    with WitnessStore(folder) as witness, pytest.raises(Malformed):
        witness.add_checkpoint(b"nonsense", cosigners=(ALPHA,), now=NOW)


def test_every_flipped_bit_of_a_record_is_found(folder: Path) -> None:
    """A witness whose memory is damaged signs nothing for that log."""
    with WitnessStore(folder) as witness:
        witness.add_checkpoint(request(0, head_of(3)), cosigners=(ALPHA,), now=NOW)
    path = folder / "heads" / NAME
    good = path.read_bytes()

    with WitnessStore(folder) as witness:
        for bit in range(len(good) * 8):
            changed = bytearray(good)
            changed[bit // 8] ^= 1 << bit % 8
            path.write_bytes(changed)
            with pytest.raises(Integrity) as caught:
                witness.recorded(ORIGIN)
            assert caught.value.code == "witness.state"


def test_a_record_of_another_log_is_found(folder: Path) -> None:
    """A good record under the wrong name is not believed."""
    with WitnessStore(folder) as witness:
        witness.add_checkpoint(request(0, head_of(3)), cosigners=(ALPHA,), now=NOW)
        other = folder / "heads" / hashlib.sha256(b"other").hexdigest()
        other.write_bytes((folder / "heads" / NAME).read_bytes())

        with pytest.raises(Integrity) as caught:
            witness.recorded("other")

    assert caught.value.code == "witness.state"


def test_damaged_log_keys_are_found(folder: Path) -> None:
    """A key that cannot be read stops the witness; it is not skipped."""
    (folder / "logs" / f"{NAME}.vkeys").write_bytes(KEYS[0].text.encode() + b"\nnonsense\n")

    with WitnessStore(folder) as witness, pytest.raises(Integrity) as caught:
        witness.log_keys(ORIGIN)

    assert caught.value.code == "witness.state"


def test_only_one_program_at_a_time(folder: Path) -> None:
    """Reading the head and recording the next one is one act, for all programs."""
    with WitnessStore(folder), pytest.raises(Refused) as caught:
        WitnessStore(folder)

    assert caught.value.code == "ledger.busy"


# --- a witness and a ledger on one machine -----------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> LedgerStore:
    """Return an open ledger with three published entries."""
    create_ledger(tmp_path / "ledger", origin=ORIGIN, keys=KEYS)
    store = LedgerStore(tmp_path / "ledger")
    store.append([b"1", b"2", b"3"], random_bytes=bytes)
    store.checkpoint(signers=SIGNERS, now=NOW)
    return store


def test_a_witness_cosigns_a_ledger(folder: Path, store: LedgerStore) -> None:
    """Both cosignatures stand under the checkpoint, and the ledger remembers the witness."""
    with store, WitnessStore(folder) as witness:
        witness.cosign(store, cosigners=(ALPHA, BETA), now=NOW)
        store.append([b"4"], random_bytes=bytes)
        store.checkpoint(signers=SIGNERS, now=LATER)
        signed = witness.cosign(store, cosigners=(ALPHA, BETA), now=LATER)

    assert [line.name for line in signed.note.signatures] == [
        ORIGIN,
        ORIGIN,
        ALPHA.name,
        BETA.name,
    ]


def test_a_witness_that_does_not_know_the_ledger_refuses(
    tmp_path: Path, store: LedgerStore
) -> None:
    """The reason of the witness is said."""
    with store, WitnessStore(tmp_path / "stranger") as witness, pytest.raises(Refused) as caught:
        witness.cosign(store, cosigners=(ALPHA,), now=NOW)

    assert caught.value.code == "witness.refused"
    assert caught.value.facts == {"origin": ORIGIN, "reason": "witness.log-unknown"}


def test_a_ledger_behind_its_witness_learns_it_and_stops(folder: Path, store: LedgerStore) -> None:
    """T29: the witness on the same machine tells size and root, before any signature."""
    with store, WitnessStore(folder) as witness:
        witness.add_checkpoint(request(0, head_of(9)), cosigners=(ALPHA,), now=NOW)

        with pytest.raises(Refused) as caught:
            witness.cosign(store, cosigners=(ALPHA,), now=NOW)
        with pytest.raises(Refused) as stopped:
            store.append([b"4"], random_bytes=bytes)

    assert caught.value.code == stopped.value.code == "ledger.behind-witness"
    assert stopped.value.facts["witness"] == ALPHA.name
