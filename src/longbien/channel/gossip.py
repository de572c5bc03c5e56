"""What two nodes make of each other's checkpoints: grown, the same, in doubt, or two histories.

Only what the log itself has signed counts.  A contradiction is *proved* when a stranger can
see it offline; everything else is a doubt, which makes us ask and never accuse.  How proofs
are written and verified is ``split_view``'s.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from longbien.channel.split_view import (
    SplitView,
    find_contradiction,
    is_signed_by_log,
)
from longbien.channel.wire import MAX_NOTE, MAX_OTHERS, Consistency, Gossip
from longbien.ledger.checkpoints import SignedCheckpoint
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.log import Witnessed, require_caught_up
from longbien.ledger.notes import Note, NoteSignature, VerifierKey, encode_note
from longbien.ledger.tree import verify_consistency
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.instants import Instant

MAX_ASKED: Final = 3
"""Exchanges in which a log may leave a question for consistency open before people are told."""


class View(StrEnum):
    """What a received checkpoint of somebody's ledger is, seen from the one we recorded."""

    FIRST = "first"
    """The first of this ledger: taken as the beginning, once; the directory vouches for its key."""

    GROWN = "grown"
    """Larger, and proved to continue what was recorded."""

    SAME = "same"
    OLDER = "older"
    """Smaller than what was recorded: normal for one that was on its way.  Whether it is of the
    same history the log is asked to prove."""

    UNPROVEN = "unproven"
    """Larger, without a proof that holds.  Not recorded, not cosigned; the log is asked."""

    UNSIGNED = "unsigned"
    """Not signed by every kind of key of that ledger: it says nothing about anybody."""

    SPLIT = "split"
    """The ledger has signed two histories, and ``split`` proves it to anybody."""


@frozen(kw_only=True)
class ViewDecision:
    """What to make of a received checkpoint."""

    view: View
    record: SignedCheckpoint | None = None
    """To be made durable as the newest; only then may it be cosigned."""

    ask: SignedCheckpoint | None = None
    """To be sent to the log as ``seen``, so that its next gossip proves consistency from there."""

    split: SplitView | None = None
    """To be kept for good and shown; cosign nothing of this ledger until people have decided."""


def decide_view(
    recorded: SignedCheckpoint | None,
    received: SignedCheckpoint,
    *,
    consistency: Consistency | None,
    log_keys: Sequence[VerifierKey],
    is_hearsay: bool = False,
) -> ViewDecision:
    """Judge a checkpoint of a ledger, told by the log itself or (hearsay) by a third State.

    ``log_keys`` are all the keys of that ledger in the directory, of one origin.

    1. Signed by every kind of key, under that origin: else UNSIGNED.
    2. A contradiction that can be shown: SPLIT.
    3. Nothing recorded yet: FIRST.
    4. The same size: SAME (another root would be a contradiction).
    5. Smaller: OLDER, and the log is asked about it.
    6. Larger: GROWN if ``consistency`` leads from the recorded head to it, else UNPROVEN.  What
       the log itself told it shall prove from where we stand; about hearsay it is asked with
       the very note, because it may be the other of two histories.
    """
    if not is_signed_by_log(received, log_keys):  # 1
        return ViewDecision(view=View.UNSIGNED)
    split = find_contradiction(recorded or received, received, consistency)
    if split:  # 2
        return ViewDecision(view=View.SPLIT, split=split)
    if recorded is None:  # 3
        return ViewDecision(view=View.FIRST, record=received)
    decision = _decide_size(recorded, received, consistency)
    is_doubted = is_hearsay and decision.view is View.UNPROVEN
    return evolve(decision, ask=received) if is_doubted else decision


def _decide_size(
    recorded: SignedCheckpoint, received: SignedCheckpoint, consistency: Consistency | None
) -> ViewDecision:
    old, new = recorded.checkpoint.head, received.checkpoint.head
    if new.size == old.size:  # 4
        return ViewDecision(view=View.SAME)
    if new.size < old.size:  # 5
        # an empty tree is the beginning of every tree
        return ViewDecision(view=View.OLDER, ask=received if new.size else None)
    if old.size == 0 or is_continued(recorded, received, consistency):  # 6
        return ViewDecision(view=View.GROWN, record=received)
    return ViewDecision(view=View.UNPROVEN, ask=recorded)


def is_continued(
    older: SignedCheckpoint, newer: SignedCheckpoint, consistency: Consistency | None
) -> bool:
    """Say whether the proof leads from one signed head to the other; closes a question of OLDER."""
    old, new = older.checkpoint.head, newer.checkpoint.head
    return (
        consistency is not None
        and consistency.old_size == old.size
        and verify_consistency(
            old_size=old.size,
            new_size=new.size,
            proof=consistency.proof,
            old_root=old.root.raw,
            new_root=new.root.raw,
        )
    )


def judge_answer(
    asked: SignedCheckpoint, received: SignedCheckpoint, *, consistency: Consistency | None
) -> ViewDecision:
    """Judge the log's next checkpoint as the answer to a question; the caller has its signatures.

    SAME or GROWN close the question; SPLIT proves two histories; UNPROVEN leaves it open.  It
    says nothing about what to record: that is ``decide_view``'s, from what was recorded.
    """
    split = find_contradiction(asked, received, consistency)
    if split:
        return ViewDecision(view=View.SPLIT, split=split)
    if asked.checkpoint.head == received.checkpoint.head:
        return ViewDecision(view=View.SAME)
    if is_continued(asked, received, consistency):
        return ViewDecision(view=View.GROWN)
    return ViewDecision(view=View.UNPROVEN, ask=asked)


def is_refusing(asked: int) -> bool:
    """Say whether a log was asked for consistency so often that its silence must be told.

    It is a suspicion and never a proof: bytes can get lost.
    """
    return asked >= MAX_ASKED


# --- our own ledger, as others have seen it -------------------------------------------------------


class Standing(StrEnum):
    """How our own ledger stands against what a peer shows of it."""

    CURRENT = "current"
    NOT_OURS = "not-ours"
    """We have not signed it: a lie or a mistake.  It must stop nobody."""

    BEHIND = "behind"
    """We have signed a larger tree than we hold: restored from an old copy.  Sign nothing."""

    FORKED = "forked"
    """We have signed another root for a size that we have passed.  Keep both, sign nothing."""


@frozen(kw_only=True)
class OwnView:
    """What a peer's ``seen`` says about our own ledger."""

    standing: Standing
    cosignatures: tuple[NoteSignature, ...] = ()
    """Lines by the peer's witness keys that hold; none unless CURRENT."""


def judge_seen(
    seen: SignedCheckpoint,
    *,
    own_keys: Sequence[VerifierKey],
    own_size: int,
    root_at: Callable[[int], Digest],
    witness_keys: Iterable[VerifierKey] = (),
) -> OwnView:
    """Judge what a peer has seen of our ledger; ``root_at`` gives our root at a size we have.

    Only a head that we have signed ourselves can stop us: else any peer could, by a claim.
    Where it is BEHIND the caller makes that durable before anything else (``Ledger.behind``).
    """
    head = seen.checkpoint.head
    if not is_signed_by_log(seen, own_keys):
        return OwnView(standing=Standing.NOT_OURS)
    told = Witnessed(witness="peer", size=head.size, root=head.root)
    try:
        require_caught_up(head.origin, own_size, [told])
    except Refused:
        return OwnView(standing=Standing.BEHIND)
    if root_at(head.size) != head.root:
        return OwnView(standing=Standing.FORKED)
    return OwnView(standing=Standing.CURRENT, cosignatures=_valid_lines(seen, witness_keys))


def _valid_lines(seen: SignedCheckpoint, keys: Iterable[VerifierKey]) -> tuple[NoteSignature, ...]:
    return tuple(
        line
        for key in keys
        for line in seen.note.signatures
        if verify_line(key=key, checkpoint=seen.checkpoint, signature=line).is_valid
    )


# --- what we tell ------------------------------------------------------------------------------


def compose_gossip(
    *,
    at: Instant,
    own: SignedCheckpoint,
    consistency: Consistency | None = None,
    seen: SignedCheckpoint | None = None,
    cosignatures: Iterable[NoteSignature] = (),
    others: Sequence[SignedCheckpoint] = (),
) -> Gossip:
    """Put gossip together within its bounds: what is too long is shortened, never refused.

    A note that has gathered too many cosignatures goes with its log's own lines only; of
    third States' checkpoints the first few go, so rotate them.
    """
    with_lines = _with_lines(seen, tuple(cosignatures)) if seen else None
    return Gossip(
        at=at,
        checkpoint=_shortened(own),
        consistency=consistency,
        seen=with_lines,
        others=tuple(_shortened(one) for one in others[:MAX_OTHERS]),
    )


def _with_lines(seen: SignedCheckpoint, lines: Sequence[NoteSignature]) -> SignedCheckpoint:
    bare = _of_log(seen)
    return evolve(bare, note=bare.note.with_signatures(lines))


def _shortened(signed: SignedCheckpoint) -> SignedCheckpoint:
    return signed if len(encode_note(signed.note)) <= MAX_NOTE else _of_log(signed)


def _of_log(signed: SignedCheckpoint) -> SignedCheckpoint:
    # a log signs under its origin; every other line is somebody else's
    origin = signed.checkpoint.head.origin
    lines = tuple(line for line in signed.note.signatures if line.name == origin)
    return evolve(signed, note=Note(text=signed.note.text, signatures=lines))
