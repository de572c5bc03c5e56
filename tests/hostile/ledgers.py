"""Acts with ledgers: two histories, rolled back, rewritten, cosignatures that nobody gave."""

from attrs import evolve

from hostile.registry import JUDGED, Bound, Kept, act, add
from hostile.stage import Stage
from ledger_cast import signed_by
from longbien.desk.gossip import tell
from longbien.exercise.forge import message_of, taken
from longbien.ledger.checkpoints import Head, SignedCheckpoint
from longbien.ledger.witness import AddCheckpoint, encode_add_checkpoint
from longbien.primitives.digest import Digest

WITNESS = Bound(octets=40_000, signatures=6, rows=0, hashed=40_000)
"""A checkpoint that is not cosigned."""


def checkpoint(stage: Stage, size: int, text: str = "another") -> SignedCheckpoint:
    """Return a checkpoint that MY's ledger signed and that is not of its true history."""
    head = Head(origin=stage.my.machine.origin, size=size, root=Digest.of(text.encode()))
    return signed_by(head, *stage.my.state.log, now=stage.world.now)


def recorded(stage: Stage) -> int:
    """Let VN record MY's ledger; return its size there."""
    stage.my.ask(stage.vn)
    stage.world.quiet()
    found = stage.vn.machine.witnessings.recorded(stage.my.machine.origin)
    assert found is not None
    return found.size


@act(
    "ledger.two-histories",
    threat="T7",
    code="",
    noted="ledger.split-view",
    kept=Kept.ALARM,
    bound=evolve(JUDGED, rows=8, signatures=24),
)
def two_histories(stage: Stage) -> str:
    """Show VN another history of one's ledger than before: proof and alarm in one exchange."""
    size = recorded(stage)
    gossip = evolve(tell(stage.my.office, stage.vn.state.code), checkpoint=checkpoint(stage, size))
    code = stage.send(stage.message(), gossip=gossip)
    assert [origin for origin, _ in stage.vn.machine.witnessings.evidence()] == [
        stage.my.machine.origin
    ]
    return code


def asked_to_cosign(stage: Stage, request: AddCheckpoint) -> str:
    """Ask VN to cosign; return its word."""
    return cosign(stage, encode_add_checkpoint(request))


def cosign(stage: Stage, body: bytes) -> str:
    """Ask VN to cosign with any bytes; return its word."""
    status, word = stage.said(stage.request("POST", "/v1/witness", body))
    assert status >= 400, word
    return word.decode().strip()


@act("witness.ledger-of-another-state", threat="T7", code="witness.log-unknown", bound=WITNESS)
def ledger_of_another(stage: Stage) -> str:
    """Have another State's ledger cosigned in one's own name."""
    head = Head(origin=stage.il.machine.origin, size=3, root=Digest.of(b"x"))
    signed = signed_by(head, *stage.il.state.log, now=stage.world.now)
    return asked_to_cosign(stage, AddCheckpoint(old_size=0, proof=(), signed=signed))


@act("witness.unsigned", threat="T7", code="witness.signature", bound=WITNESS)
def unsigned(stage: Stage) -> str:
    """Have a checkpoint cosigned that another State's keys have signed."""
    head = Head(origin=stage.my.machine.origin, size=3, root=Digest.of(b"x"))
    signed = signed_by(head, *stage.il.state.log, now=stage.world.now)
    return asked_to_cosign(stage, AddCheckpoint(old_size=0, proof=(), signed=signed))


@act("witness.one-signature", threat="T3", code="witness.signature", bound=WITNESS)
def one_signature(stage: Stage) -> str:
    """Have a checkpoint cosigned that only the classical key of the ledger has signed."""
    head = Head(origin=stage.my.machine.origin, size=3, root=Digest.of(b"x"))
    signed = signed_by(head, stage.my.state.log[0], now=stage.world.now)
    return asked_to_cosign(stage, AddCheckpoint(old_size=0, proof=(), signed=signed))


@act("witness.rewritten", threat="T7", code="witness.inconsistent", bound=WITNESS)
def rewritten(stage: Stage) -> str:
    """Have a longer ledger cosigned that has dropped an entry."""
    size = recorded(stage)
    signed = checkpoint(stage, size + 5)
    return asked_to_cosign(
        stage, AddCheckpoint(old_size=size, proof=(Digest.of(b"no").raw,), signed=signed)
    )


@act(
    "witness.same-size-other-root",
    threat="T7",
    code="witness.inconsistent",
    noted="witness.inconsistent",
    bound=evolve(WITNESS, rows=6, signatures=12),
)
def same_size(stage: Stage) -> str:
    """Have a second root cosigned for a size that was cosigned: what it proves is kept."""
    size = recorded(stage)
    signed = checkpoint(stage, size)
    code = asked_to_cosign(stage, AddCheckpoint(old_size=size, proof=(), signed=signed))
    assert list(stage.vn.machine.witnessings.evidence())
    return code


@act("witness.rolled-back", threat="T29", code="witness.old-size-above-new", bound=WITNESS)
def rolled_back(stage: Stage) -> str:
    """Have a smaller ledger cosigned than the one that was seen."""
    size = recorded(stage)
    signed = checkpoint(stage, size - 1)
    return asked_to_cosign(stage, AddCheckpoint(old_size=size, proof=(), signed=signed))


@act("witness.after-a-split", threat="T7", code="witness.split-view", bound=WITNESS)
def after_a_split(stage: Stage) -> str:
    """Have a ledger cosigned that was found with two histories."""
    size = recorded(stage)
    forged = evolve(tell(stage.my.office, stage.vn.state.code), checkpoint=checkpoint(stage, size))
    taken(stage.my, stage.vn, message_of(stage.my, stage.vn), gossip=forged)
    signed = checkpoint(stage, size + 1)
    return asked_to_cosign(stage, AddCheckpoint(old_size=size, proof=(), signed=signed))


BODIES = {
    "nothing": ("Ask for a cosignature on nothing", b""),
    "old-size-in-words": ("Give the old size in words", b"old three\n\nx\n"),
    "too-long-a-proof": (
        "Give a proof of a thousand hashes",
        b"old 1\n" + b"A" * 43 + b"=\n" * 1000,
    ),
}
for name, (tries, body) in BODIES.items():
    add(
        f"witness.{name}",
        lambda stage, body=body: cosign(stage, body),
        tries=tries,
        threat="T16",
        code="ledger.add-checkpoint",
        noted="witness.malformed",
        bound=WITNESS,
    )


@act(
    "witness.huge-size",
    threat="T16",
    code="ledger.checkpoint",
    noted="witness.malformed",
    bound=WITNESS,
)
def huge_size(stage: Stage) -> str:
    """Claim a ledger of more entries than there can be."""
    signed = checkpoint(stage, 3)
    request = encode_add_checkpoint(AddCheckpoint(old_size=0, proof=(), signed=signed))
    return cosign(stage, request.replace(b"\n3\n", b"\n9999999999999999999999\n", 1))
