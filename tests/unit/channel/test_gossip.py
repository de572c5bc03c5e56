import pytest
from attrs import evolve

from channel_world import IL, VN, checkpoint, consistency_of, gossip_of, head_at, keys_of
from ledger_cast import ed25519_witness, signed_by
from longbien.channel.gossip import (
    MAX_ASKED,
    OwnView,
    Standing,
    View,
    ViewDecision,
    compose_gossip,
    decide_view,
    is_continued,
    is_refusing,
    judge_answer,
    judge_seen,
)
from longbien.channel.split_view import SplitView
from longbien.channel.wire import (
    MAX_NOTE,
    MAX_OTHERS,
    Consistency,
    encode_gossip,
    parse_gossip,
)
from longbien.exercise.states import NOW, State
from longbien.ledger.checkpoints import Head, SignedCheckpoint
from longbien.ledger.notes import Note, NoteSignature, encode_note
from longbien.primitives.digest import Digest

KEYS = keys_of(IL)


def decide(
    recorded: SignedCheckpoint | None,
    received: SignedCheckpoint,
    consistency: Consistency | None = None,
) -> ViewDecision:
    """Decide on a checkpoint of IL's ledger."""
    return decide_view(recorded, received, consistency=consistency, log_keys=KEYS)


def test_the_first_checkpoint_is_the_beginning() -> None:
    """With nothing recorded a signed checkpoint is taken."""
    received = checkpoint(IL, 3)

    assert decide(None, received) == ViewDecision(view=View.FIRST, record=received)


def test_growth_is_recorded_with_its_proof() -> None:
    """A larger tree that provably continues the recorded one is learned."""
    received = checkpoint(IL, 7)

    found = decide(checkpoint(IL, 3), received, consistency_of(3, 7))

    assert found == ViewDecision(view=View.GROWN, record=received)


def test_growth_from_nothing_needs_no_proof() -> None:
    """An empty tree is the beginning of every tree."""
    received = checkpoint(IL, 7)

    assert decide(checkpoint(IL, 0), received) == ViewDecision(view=View.GROWN, record=received)


def test_growth_without_proof_is_not_recorded() -> None:
    """The log is asked for consistency from what was recorded."""
    recorded = checkpoint(IL, 3)
    expected = ViewDecision(view=View.UNPROVEN, ask=recorded)

    assert decide(recorded, checkpoint(IL, 7)) == expected
    assert decide(recorded, checkpoint(IL, 7), consistency_of(2, 7)) == expected
    bad = evolve(consistency_of(3, 7), proof=(bytes(32),) * 4)
    assert decide(recorded, checkpoint(IL, 7), bad) == expected


def test_the_same_checkpoint_says_nothing_new() -> None:
    """Same size, same root."""
    assert decide(checkpoint(IL, 3), checkpoint(IL, 3)) == ViewDecision(view=View.SAME)


def test_an_older_checkpoint_is_asked_about() -> None:
    """It was on its way; whether it is of the same history the log proves from there."""
    received = checkpoint(IL, 3)

    assert decide(checkpoint(IL, 7), received) == ViewDecision(view=View.OLDER, ask=received)


def test_an_older_empty_checkpoint_needs_no_question() -> None:
    """The empty tree belongs to every history."""
    assert decide(checkpoint(IL, 7), checkpoint(IL, 0)) == ViewDecision(view=View.OLDER)


def test_an_unsigned_checkpoint_says_nothing_about_anybody() -> None:
    """One kind of key missing, a bad line, another log's keys, or none known: it is ignored."""
    good = checkpoint(IL, 3)
    one = evolve(good, note=Note(text=good.note.text, signatures=good.note.signatures[:1]))
    first = good.note.signatures[0]
    broken = evolve(first, blob=bytes(len(first.blob)))
    bad = evolve(good, note=evolve(good.note, signatures=(*good.note.signatures, broken)))
    expected = ViewDecision(view=View.UNSIGNED)

    assert decide(None, one) == expected
    assert decide(None, bad) == expected
    assert decide(checkpoint(IL, 3), checkpoint(VN, 3, fork=0)) == expected
    assert decide_view(None, good, consistency=None, log_keys=()) == expected
    assert decide_view(None, good, consistency=None, log_keys=keys_of(VN)) == expected


def test_keys_of_two_logs_vouch_for_none() -> None:
    """All keys must be of the checkpoint's origin."""
    found = decide_view(None, checkpoint(IL, 3), consistency=None, log_keys=(*KEYS, *keys_of(VN)))

    assert found == ViewDecision(view=View.UNSIGNED)


def test_two_roots_for_one_size_are_a_split() -> None:
    """Both signed notes are the proof."""
    recorded, received = checkpoint(IL, 5), checkpoint(IL, 5, fork=2)

    assert decide(recorded, received) == ViewDecision(
        view=View.SPLIT, split=SplitView(first=recorded, second=received)
    )


def test_a_log_that_forked_by_accident_proves_it_itself() -> None:
    """Its honest answer leads to another root than the one it had signed."""
    recorded, received = checkpoint(IL, 5), checkpoint(IL, 9, fork=2)
    told = consistency_of(5, 9, fork=2)

    assert decide(recorded, received, told) == ViewDecision(
        view=View.SPLIT, split=SplitView(first=recorded, second=received, consistency=told)
    )


def test_a_log_that_lies_is_only_doubted() -> None:
    """With the old root as we know it the proof cannot hold, and a bad proof proves nothing."""
    recorded, received = checkpoint(IL, 5), checkpoint(IL, 9, fork=2)
    lie = evolve(consistency_of(5, 9, fork=2), old_root=recorded.checkpoint.head.root)

    assert decide(recorded, received, lie) == ViewDecision(view=View.UNPROVEN, ask=recorded)


def test_an_older_checkpoint_of_another_history_is_found_by_asking() -> None:
    """A third State's older view and the log's answer about it together are the proof."""
    recorded, told = checkpoint(IL, 9), checkpoint(IL, 5, fork=2)
    answer = consistency_of(5, 9)

    assert decide(recorded, told).ask == told
    assert decide(told, recorded, answer) == ViewDecision(
        view=View.SPLIT, split=SplitView(first=told, second=recorded, consistency=answer)
    )


def test_an_answer_closes_the_question() -> None:
    """The proof leads from the one to the other, or it does not."""
    older, newer = checkpoint(IL, 5), checkpoint(IL, 9)

    assert is_continued(older, newer, consistency_of(5, 9))
    assert not is_continued(older, newer, consistency_of(4, 9))
    assert not is_continued(older, newer, None)
    assert not is_continued(checkpoint(IL, 5, fork=1), newer, consistency_of(5, 9))


def test_hearsay_beyond_what_we_know_is_asked_about_itself() -> None:
    """It may be the other of two histories: the log is shown that very note."""
    recorded, told = checkpoint(IL, 5), checkpoint(IL, 9, fork=2)

    found = decide_view(recorded, told, consistency=None, log_keys=KEYS, is_hearsay=True)
    older = decide_view(told, recorded, consistency=None, log_keys=KEYS, is_hearsay=True)

    assert found == ViewDecision(view=View.UNPROVEN, ask=told)
    assert older == ViewDecision(view=View.OLDER, ask=recorded)


def test_what_an_answer_does_to_a_question() -> None:
    """It closes it, proves two histories, or leaves it open."""
    asked, newer, forked = checkpoint(IL, 5), checkpoint(IL, 9), checkpoint(IL, 9, fork=2)
    told = consistency_of(5, 9, fork=2)

    assert judge_answer(asked, newer, consistency=consistency_of(5, 9)).view is View.GROWN
    assert judge_answer(asked, checkpoint(IL, 5), consistency=None).view is View.SAME
    assert judge_answer(asked, forked, consistency=told) == ViewDecision(
        view=View.SPLIT, split=SplitView(first=asked, second=forked, consistency=told)
    )
    assert judge_answer(asked, forked, consistency=None) == ViewDecision(
        view=View.UNPROVEN, ask=asked
    )
    assert judge_answer(asked, checkpoint(IL, 3), consistency=None).view is View.UNPROVEN


def test_silence_about_a_question_is_told_in_the_end() -> None:
    """After three exchanges people learn that the log does not answer."""
    assert not is_refusing(MAX_ASKED - 1)
    assert is_refusing(MAX_ASKED)
    assert MAX_ASKED == 3


# --- our own ledger ---


def seen_by_peer(head: Head, *signers: object) -> SignedCheckpoint:
    """Return our head with our lines and these."""
    return signed_by(head, *IL.log, *signers)


def judge(seen: SignedCheckpoint, *, size: int = 5, state: State = IL) -> OwnView:
    """Judge what VN has seen of IL's ledger, at IL."""
    return judge_seen(
        seen,
        own_keys=keys_of(state),
        own_size=size,
        root_at=lambda at: head_at(IL, at).root,
        witness_keys=[signer.key for signer in VN.witness],
    )


def test_what_a_peer_has_seen_brings_its_cosignatures() -> None:
    """Only lines by the peer's witness keys that hold are kept."""
    stranger = ed25519_witness("stranger.example")
    seen = seen_by_peer(head_at(IL, 5), *VN.witness, stranger)

    found = judge(seen)

    assert found.standing is Standing.CURRENT
    assert [line.name for line in found.cosignatures] == ["longbien.vn/witness"] * 2


def test_an_earlier_head_of_ours_is_current() -> None:
    """A peer that lags behind is no concern."""
    assert judge(seen_by_peer(head_at(IL, 2))) == OwnView(standing=Standing.CURRENT)


def test_a_head_beyond_ours_stops_us() -> None:
    """We have signed more than we hold: we were restored from an old copy."""
    assert judge(seen_by_peer(head_at(IL, 6))) == OwnView(standing=Standing.BEHIND)
    assert judge(seen_by_peer(head_at(IL, 5))).standing is Standing.CURRENT


def test_another_root_of_ours_is_a_fork() -> None:
    """We have signed two histories ourselves."""
    assert judge(seen_by_peer(head_at(IL, 5, fork=2))) == OwnView(standing=Standing.FORKED)
    assert judge(seen_by_peer(head_at(IL, 4, fork=2))) == OwnView(standing=Standing.FORKED)


def test_a_claim_without_our_signature_stops_nobody() -> None:
    """A peer cannot stop us by telling of a larger tree that we have never signed."""
    lie = signed_by(head_at(IL, 10**6 // 10**4), *VN.log, *VN.witness)

    assert judge(lie) == OwnView(standing=Standing.NOT_OURS)


# --- composing ---


def many_lines(count: int) -> tuple[NoteSignature, ...]:
    """Return cosignature lines of many witnesses."""
    return tuple(
        NoteSignature(name=f"w{n}.example", key_id=bytes(4), blob=bytes(2428)) for n in range(count)
    )


def test_gossip_is_put_together() -> None:
    """The recipient's head goes with its own lines and our cosignatures, and no others."""
    own, seen = checkpoint(IL, 5), seen_by_peer(head_at(VN, 3))
    seen = signed_by(head_at(VN, 3), *VN.log, ed25519_witness("stranger.example"))
    lines = tuple(one.sign(seen.note.text, now=NOW) for one in IL.witness)

    gossip = compose_gossip(
        at=NOW,
        own=own,
        consistency=consistency_of(2, 5),
        seen=seen,
        cosignatures=lines,
        others=(checkpoint(VN, 1),) * 9,
    )

    assert gossip.checkpoint == own
    assert gossip.consistency == consistency_of(2, 5)
    assert gossip.seen is not None
    names = [line.name for line in gossip.seen.note.signatures]
    assert names == ["longbien.vn/node"] * 2 + ["longbien.il/witness"] * 2
    assert len(gossip.others) == MAX_OTHERS
    assert encode_gossip(parse_gossip(encode_gossip(gossip))) == encode_gossip(gossip)


def test_gossip_with_nothing_seen() -> None:
    """The first message of all says only what its own ledger is."""
    own = checkpoint(IL, 5)

    assert compose_gossip(at=NOW, own=own) == gossip_of(checkpoint=own)


@pytest.mark.parametrize(("count", "is_kept"), [(8, True), (12, False)])
def test_a_note_with_too_many_lines_is_shortened(*, count: int, is_kept: bool) -> None:
    """The log's own lines always go; cosignatures go as long as there is room."""
    own = checkpoint(IL, 5)
    crowded = evolve(own, note=own.note.with_signatures(many_lines(count)))

    gossip = compose_gossip(at=NOW, own=crowded, others=(crowded,))

    expected = crowded if is_kept else own
    assert encode_note(gossip.checkpoint.note) == encode_note(expected.note)
    assert gossip.others == (gossip.checkpoint,)
    assert len(encode_note(gossip.checkpoint.note)) <= MAX_NOTE


def test_digests_of_the_world_differ() -> None:
    """A fork has another root."""
    assert head_at(IL, 5).root != head_at(IL, 5, fork=2).root
    assert isinstance(head_at(IL, 5).root, Digest)
