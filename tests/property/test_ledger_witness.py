from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger_cast import ALPHA, NOW, ORIGIN, ed25519_log, signed_by
from longbien.ledger.checkpoints import Head
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.notes import parse_signature_line
from longbien.ledger.tree import (
    consistency_proof_from,
    leaf_hash,
    nodes_of,
    root_of,
    verify_consistency,
)
from longbien.ledger.witness import AddCheckpoint, Status, answer, decide_add_checkpoint

LOG = ed25519_log()  # one kind of key: the machine is about histories, not about signatures


def leaves(branch: str, fork: int, size: int) -> bytes:
    """Return the leaves of a history that leaves the common one at ``fork``."""
    return b"".join(
        leaf_hash(f"{branch if number >= fork else 'common'} {number}".encode())
        for number in range(size)
    )


class LyingLog(RuleBasedStateMachine):
    """A log that tries every history on one witness, also ones that contradict each other."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: Head | None = None
        self.cosigned: list[tuple[Head, bytes]] = []

    @rule(
        branch=st.sampled_from(["a", "b"]),
        fork=st.integers(0, 12),
        size=st.integers(0, 24),
        old_size=st.one_of(st.none(), st.integers(0, 24)),
        broken=st.booleans(),
    )
    def ask(
        self,
        branch: str,
        fork: int,
        size: int,
        old_size: int | None,
        broken: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        """Ask for a cosignature on any history, with an honest or a broken proof."""
        row = leaves(branch, fork, size)
        known = self.recorded.size if self.recorded else 0
        old = known if old_size is None else old_size
        proof = ()
        if old <= size:
            proof = consistency_proof_from(nodes_of(row), old_size=old, new_size=size)
        head = Head(origin=ORIGIN, size=size, root=root_of(row))
        asked = AddCheckpoint(old_size=old, proof=proof, signed=signed_by(head, LOG))
        if broken:
            asked = evolve(asked, proof=(*proof, bytes(32)))
        self._answer(asked, row)

    @rule()
    def ask_again(self) -> None:
        """Send the last accepted checkpoint once more."""
        if self.cosigned:
            head, row = self.cosigned[-1]
            asked = AddCheckpoint(old_size=head.size, proof=(), signed=signed_by(head, LOG))
            assert self._answer(asked, row) is Status.COSIGNED

    def _answer(self, asked: AddCheckpoint, row: bytes) -> Status:
        decision = decide_add_checkpoint(
            self.recorded, asked, log_keys=(LOG.key,), own_keys=(ALPHA.key,)
        )
        if decision.head is not None:
            self.recorded = decision.head
        body = answer(decision, asked, cosigners=(ALPHA,), now=NOW)
        is_signed = body.startswith("\u2014".encode())
        assert is_signed is (decision.status is Status.COSIGNED)
        if is_signed:
            line = parse_signature_line(body[:-1])
            assert verify_line(
                key=ALPHA.key, checkpoint=asked.signed.checkpoint, signature=line
            ).is_valid
            self.cosigned.append((asked.signed.checkpoint.head, row))
        return decision.status

    @invariant()
    def all_that_was_signed_is_one_history(self) -> None:
        """Each cosigned head is a prefix of the next one."""
        for (old, _), (new, row) in zip(self.cosigned, self.cosigned[1:], strict=False):
            assert old.size <= new.size
            if old.size == 0:
                continue
            proof = consistency_proof_from(nodes_of(row), old_size=old.size, new_size=new.size)
            assert verify_consistency(
                old_size=old.size,
                new_size=new.size,
                proof=proof,
                old_root=old.root.raw,
                new_root=new.root.raw,
            )


TestLyingLog = LyingLog.TestCase
TestLyingLog.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
