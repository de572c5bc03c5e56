"""Proofs that a court can check offline: C2SP tlog-proof v1.

One file says where an entry stands in a log, shows it with an inclusion proof, and carries
the checkpoint with everybody's signatures.  Whom to believe is the reader's ``policy``.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from longbien.ledger._letters import encode_base64, find_base64, find_decimal, find_hashes
from longbien.ledger.checkpoints import SignedCheckpoint, parse_signed_checkpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.notes import MAX_NOTE, VerifierKey, encode_note
from longbien.ledger.policy import Policy
from longbien.ledger.tree import MAX_PROOF, leaf_hash, verify_inclusion
from longbien.primitives.errors import Malformed
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome, Verdict

MAX_PROOF_FILE: Final = MAX_NOTE + 2**18  # bytes: a note, 63 hashes, and room for extra data
CHECK: Final = "custody.proof"

_FIRST_LINE = b"c2sp.org/tlog-proof@v1"
_EXTRA = b"extra "


SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "proof.valid": (
            "Entry {index} is in the ledger {origin} of {size} entries, signed by the ledger and "
            "cosigned as the policy asks."
        ),
        "proof.log-unknown": (
            "The policy does not name the ledger {origin}, so its signature proves nothing."
        ),
        "proof.log-unsigned": "The checkpoint does not bear the signature of the ledger {origin}.",
        "proof.log-signature-missing": (
            "The ledger {origin} signs with a key of type {kind} too, and that signature is "
            "missing."
        ),
        "proof.signature-broken": (
            "A line under the checkpoint claims to be signed by {key} and is not."
        ),
        "proof.not-included": (
            "The event and its salt do not lead to the root that the ledger {origin} has signed: "
            "this is not entry {index}."
        ),
        "proof.quorum-missing": (
            "Not enough of the witnesses that the policy asks for have cosigned the checkpoint "
            "of {size} entries."
        ),
        "proof.extension-lines": (
            "The checkpoint of {origin} carries lines that nobody vouches for."
        ),
    }
)
"""What each reason says to a court; the finding's facts fill it in."""


@frozen(kw_only=True)
class TlogProof:
    """A parsed proof; nothing in it is verified yet."""

    index: int
    hashes: tuple[bytes, ...] = field(repr=False)
    signed: SignedCheckpoint

    extra: bytes = b""
    """Opaque and not authenticated: never believe it."""


@frozen(kw_only=True)
class ProofCheck:
    """What a proof is worth under one policy."""

    findings: tuple[Finding, ...]
    origin: str
    index: int
    tree_size: int

    log_verified: bool
    """Every kind of key that the policy lists for this log has signed the checkpoint."""

    witnesses: tuple[tuple[str, Instant], ...]
    """Cosigners by their names in the policy, each with the earliest time it vouches for."""

    quorum_met: bool

    @property
    def verdict(self) -> Verdict:
        """Return the findings as a verdict."""
        return Verdict.of(self.findings)


# --- bytes -----------------------------------------------------------------------------------


def parse_proof(data: bytes) -> TlogProof:
    """Read a ``.tlog-proof`` file.

    Raises Malformed ``ledger.proof``, ``ledger.note`` or ``ledger.checkpoint``.
    """
    if len(data) > MAX_PROOF_FILE:
        raise Malformed("ledger.proof", "more than {limit} bytes", limit=MAX_PROOF_FILE)
    top, gap, note = data.partition(b"\n\n")
    first, *lines = top.split(b"\n")
    if not gap or first != _FIRST_LINE:
        raise Malformed(
            "ledger.proof", "a proof starts with the line {line}", line=_FIRST_LINE.decode()
        )
    extra = _extra(lines.pop(0)) if lines and lines[0].startswith(_EXTRA) else b""
    index = _index(lines.pop(0)) if lines else None
    if index is None:
        raise Malformed("ledger.proof", "there is no line: index <number>")
    hashes = find_hashes(lines) if len(lines) <= MAX_PROOF else None
    if hashes is None:
        raise Malformed(
            "ledger.proof",
            "the proof is at most {limit} lines of 32 bytes in base64",
            limit=MAX_PROOF,
        )
    return TlogProof(index=index, hashes=hashes, signed=parse_signed_checkpoint(note), extra=extra)


def encode_proof(proof: TlogProof) -> bytes:
    """Write a ``.tlog-proof`` file; the checkpoint goes in as it was received."""
    lines = [_FIRST_LINE]
    if proof.extra:
        lines.append(_EXTRA + encode_base64(proof.extra))
    lines.append(b"index %d" % proof.index)
    lines.extend(encode_base64(value) for value in proof.hashes)
    return b"\n".join([*lines, b"", encode_note(proof.signed.note)])


def _index(line: bytes) -> int | None:
    word, _, number = line.partition(b" ")
    return find_decimal(number) if word == b"index" else None


def _extra(line: bytes) -> bytes:
    raw = find_base64(line.removeprefix(_EXTRA))
    if not raw:
        raise Malformed("ledger.proof", "the extra data is not base64, or empty")
    return raw


# --- the check ---------------------------------------------------------------------------------


def verify_proof(
    proof: TlogProof, *, entry: bytes, policy: Policy, check: str = CHECK
) -> ProofCheck:
    """Check that ``entry`` is logged as ``proof`` says, under ``policy``; never raises.

    1. The policy knows the log by the checkpoint's origin.
    2. Every kind of key listed for that log has signed the checkpoint (no downgrade).
    3. No line of a known key fails: such a note is malformed as a whole (signed-note).
    4. The inclusion proof leads from the entry to the signed root.
    5. Enough witnesses have cosigned for the policy's quorum.
    6. Nothing stands in the checkpoint that nobody vouches for.

    Each step that fails leaves one finding; if none does, there is one that PASSED.
    """
    lines = _Lines.of(proof.signed, policy)
    log_findings = tuple(_log_findings(proof, policy, lines, check))  # steps 1 to 3
    witnesses = lines.witnesses
    quorum_met = not lines.has_broken and policy.is_met_by({name for name, _ in witnesses})
    findings = [*log_findings, *_tree_findings(proof, entry, check)]  # step 4
    if not quorum_met:  # step 5
        findings.append(_finding(proof, check, Outcome.INDETERMINATE, "proof.quorum-missing"))
    if proof.signed.checkpoint.extensions:  # step 6
        findings.append(_finding(proof, check, Outcome.INDETERMINATE, "proof.extension-lines"))
    if not findings:
        findings.append(_finding(proof, check, Outcome.PASSED, "proof.valid"))
    head = proof.signed.checkpoint.head
    return ProofCheck(
        findings=tuple(findings),
        origin=head.origin,
        index=proof.index,
        tree_size=head.size,
        log_verified=not log_findings,
        witnesses=witnesses,
        quorum_met=quorum_met,
    )


@frozen(kw_only=True)
class _Lines:
    """The signature lines of known keys, checked once."""

    log_keys: tuple[VerifierKey, ...]
    """Those keys of this log that have signed well."""

    witnesses: tuple[tuple[str, Instant], ...]
    broken: tuple[str, ...]
    """The key names of lines that claim a known key and fail."""

    @property
    def has_broken(self) -> bool:
        return bool(self.broken)

    @classmethod
    def of(cls, signed: SignedCheckpoint, policy: Policy) -> "_Lines":
        known = [(key, "") for key in policy.log_keys(signed.checkpoint.head.origin)]
        known += [(witness.key, witness.name) for witness in policy.witnesses]
        log_keys, broken, times = [], [], dict[str, Instant]()
        for key, witness in known:
            for signature in signed.note.signatures:
                if not signature.is_by(key):
                    continue
                line = verify_line(key=key, checkpoint=signed.checkpoint, signature=signature)
                if not line.is_valid:
                    broken.append(key.name)
                elif not witness:
                    log_keys.append(key)
                elif line.signed_at is not None:
                    # signed twice: it had seen the head at the earlier time already
                    times[witness] = min(line.signed_at, times.get(witness, line.signed_at))
        return cls(
            log_keys=tuple(log_keys),
            witnesses=() if broken else tuple(times.items()),
            broken=tuple(broken),
        )


def _log_findings(proof: TlogProof, policy: Policy, lines: _Lines, check: str) -> Iterator[Finding]:
    keys = policy.log_keys(proof.signed.checkpoint.head.origin)
    for name in dict.fromkeys(lines.broken):
        yield _finding(proof, check, Outcome.FAILED, "proof.signature-broken", key=name)
    if not keys:
        yield _finding(proof, check, Outcome.INDETERMINATE, "proof.log-unknown")
    elif not lines.log_keys:
        yield _finding(proof, check, Outcome.FAILED, "proof.log-unsigned")
    else:
        signed = {key.kind for key in lines.log_keys}
        for kind in sorted({key.kind for key in keys} - signed):
            yield _finding(
                proof, check, Outcome.FAILED, "proof.log-signature-missing", kind=f"0x{kind:02x}"
            )


def _tree_findings(proof: TlogProof, entry: bytes, check: str) -> Iterator[Finding]:
    head = proof.signed.checkpoint.head
    if not verify_inclusion(
        leaf=leaf_hash(entry),
        index=proof.index,
        size=head.size,
        proof=proof.hashes,
        root=head.root.raw,
    ):
        yield _finding(proof, check, Outcome.FAILED, "proof.not-included")


def _finding(proof: TlogProof, check: str, outcome: Outcome, reason: str, **facts: str) -> Finding:
    head = proof.signed.checkpoint.head
    said = {"origin": head.origin, "index": str(proof.index), "size": str(head.size), **facts}
    return Finding(
        check=check,
        outcome=outcome,
        reason=reason,
        subject=head.origin,
        facts=tuple(said.items()),
    )
