"""A ledger that has signed two histories, as a document that anybody can verify offline.

What proves it, and nothing else does:

- two checkpoints of one size with different roots;
- two checkpoints of different sizes, and the hashes which show that the larger tree has, at
  the smaller size, another root than the one that was signed.  The hashes need no signature:
  they lead to a root that the log has signed, and nobody can find other ones (SHA-256);
- an empty tree with a root that no empty tree has.

A consistency proof that merely does not hold proves nothing: anybody can write one.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from attrs import frozen

from longbien.channel._fields import Fields
from longbien.channel.wire import (
    MAX_NOTE,
    Consistency,
    consistency_from_json,
    consistency_to_json,
    note_text,
    parse_note_text,
)
from longbien.ledger.checkpoints import SignedCheckpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.notes import VerifierKey
from longbien.ledger.tree import EMPTY_ROOT, verify_consistency
from longbien.primitives.canonical import encode_json
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding, Outcome, Verdict

MAX_SPLIT_VIEW: Final = 3 * MAX_NOTE  # bytes: two notes, 63 hashes, and escaped line ends
CHECK: Final = "split-view"

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "split-view.proved": (
            "The ledger {origin} has signed two histories: {first} and {second} entries do not "
            "belong to one ledger that only grows."
        ),
        "split-view.form": "The document is not a split-view document in its form.",
        "split-view.log-unknown": (
            "No key of the ledger {origin} was given, so nothing is proved about it."
        ),
        "split-view.unsigned": (
            "A checkpoint in the document is not signed by every key of the ledger {origin}."
        ),
        "split-view.no-contradiction": (
            "The checkpoints in the document can belong to one ledger {origin} that only grows."
        ),
    }
)
"""What each reason says to a court; the finding's facts fill it in."""

_FORM = "longbien:split-view/1"
_FIELDS = frozenset({"consistency", "first", "second", "type"})


@frozen(kw_only=True)
class SplitView:
    """Two signed checkpoints of one ledger that contradict each other."""

    first: SignedCheckpoint
    """The smaller one."""

    second: SignedCheckpoint
    """The larger one, of the same size, or the same one where it contradicts itself."""

    consistency: Consistency | None = None
    """Only for two sizes: what the larger tree really has at the smaller size."""


def encode_split_view(split: SplitView) -> bytes:
    """Write the document that is kept, exported and shown.  It needs no signature of ours."""
    return encode_json(
        {
            "consistency": consistency_to_json(split.consistency),
            "first": note_text(split.first),
            "second": note_text(split.second),
            "type": _FORM,
        }
    )


def parse_split_view(data: bytes) -> SplitView:
    """Read such a document; nothing is verified.

    Raises Malformed ``json.*``, ``channel.fields``, ``channel.form``, ``ledger.note``,
    ``ledger.checkpoint``.
    """
    fields = Fields.read("a split view", data, _FIELDS, max_size=MAX_SPLIT_VIEW, max_depth=3)
    if fields.value["type"] != _FORM:
        raise fields.wrong("type")
    return SplitView(
        first=parse_note_text(fields, "first", fields.value["first"]),
        second=parse_note_text(fields, "second", fields.value["second"]),
        consistency=consistency_from_json(fields.value["consistency"]),
    )


# --- finding one --------------------------------------------------------------------------------


def find_contradiction(
    one: SignedCheckpoint, other: SignedCheckpoint, consistency: Consistency | None
) -> SplitView | None:
    """Return the proof that two checkpoints of one ledger contradict each other, if there is one.

    The caller has checked both signatures.  ``consistency`` is what the log said of the two:
    a log that forked by accident (a restored backup) answers honestly and so proves it.
    """
    for lone in (one, other):
        if lone.checkpoint.head.size == 0 and lone.checkpoint.head.root != EMPTY_ROOT:
            return SplitView(first=lone, second=lone)
    first, second = sorted((one, other), key=lambda signed: signed.checkpoint.head.size)
    split = SplitView(first=first, second=second)
    if first.checkpoint.head.size < second.checkpoint.head.size:
        split = SplitView(first=first, second=second, consistency=consistency)
    return split if _contradicts(split) else None


def _contradicts(split: SplitView) -> bool:
    first, second = split.first.checkpoint.head, split.second.checkpoint.head
    if first.origin != second.origin or first.size > second.size:
        return False
    if first.size == second.size:
        is_broken = first.size == 0 and first.root != EMPTY_ROOT
        return split.consistency is None and (is_broken or first.root != second.root)
    shown = split.consistency
    return (
        shown is not None
        and shown.old_size == first.size
        and shown.old_root != first.root
        and verify_consistency(
            old_size=first.size,
            new_size=second.size,
            proof=shown.proof,
            old_root=shown.old_root.raw,
            new_root=second.root.raw,
        )
    )


# --- verifying one ------------------------------------------------------------------------------


def verify_split_view(document: bytes, *, keys: Sequence[VerifierKey]) -> Verdict:
    """Judge an accusation, offline; never raises.  PASSED means: it is proved.

    ``keys`` are the keys that the reader believes to be the ledger's (from the directory).

    1. The document has its form: else FAILED ``split-view.form``.
    2. The reader knows the ledger: else INDETERMINATE ``split-view.log-unknown``.
    3. Both checkpoints bear a good line of every kind of its keys: else FAILED
       ``split-view.unsigned``.
    4. They contradict each other: else FAILED ``split-view.no-contradiction``.
    """
    try:
        split = parse_split_view(document)
    except Malformed:
        return Verdict(findings=(_finding(Outcome.FAILED, "split-view.form", ()),))
    facts = _facts(split)
    found = tuple(_finding(outcome, reason, facts) for outcome, reason in _faults(split, keys))
    return Verdict(findings=found or (_finding(Outcome.PASSED, "split-view.proved", facts),))


def _faults(split: SplitView, keys: Sequence[VerifierKey]) -> Iterator[tuple[Outcome, str]]:
    origin = split.first.checkpoint.head.origin
    own = [key for key in keys if key.name == origin]
    if not own:
        yield Outcome.INDETERMINATE, "split-view.log-unknown"
    elif not (is_signed_by_log(split.first, own) and is_signed_by_log(split.second, own)):
        yield Outcome.FAILED, "split-view.unsigned"
    if not _contradicts(split):
        yield Outcome.FAILED, "split-view.no-contradiction"


def is_signed_by_log(signed: SignedCheckpoint, keys: Sequence[VerifierKey]) -> bool:
    """Say whether a checkpoint bears a good line of every kind of the ledger's keys.

    No line that claims one of them may fail, and the keys must be of the checkpoint's origin.
    """
    good = set()
    for key in keys:
        for line in signed.note.signatures:
            if not line.is_by(key):
                continue
            if not verify_line(key=key, checkpoint=signed.checkpoint, signature=line).is_valid:
                return False
            good.add(key.kind)
    names = {key.name for key in keys}
    return names == {signed.checkpoint.head.origin} and good == {key.kind for key in keys}


def _facts(split: SplitView) -> tuple[tuple[str, str], ...]:
    first, second = split.first.checkpoint.head, split.second.checkpoint.head
    return (
        ("origin", first.origin),
        ("first", str(first.size)),
        ("second", str(second.size)),
    )


def _finding(outcome: Outcome, reason: str, facts: tuple[tuple[str, str], ...]) -> Finding:
    subject = dict(facts).get("origin", "")
    return Finding(check=CHECK, outcome=outcome, reason=reason, subject=subject, facts=facts)
