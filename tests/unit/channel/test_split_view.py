import pytest
from attrs import evolve

from channel_world import IL, VN, checkpoint, consistency_of, keys_of
from ledger_cast import signed_by
from longbien.channel.split_view import (
    SENTENCES,
    SplitView,
    encode_split_view,
    find_contradiction,
    parse_split_view,
    verify_split_view,
)
from longbien.ledger.checkpoints import Head, SignedCheckpoint
from longbien.ledger.notes import Note, VerifierKey
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Outcome

KEYS = keys_of(IL)
SAME_SIZE = SplitView(first=checkpoint(IL, 5), second=checkpoint(IL, 5, fork=2))
TWO_SIZES = SplitView(
    first=checkpoint(IL, 5),
    second=checkpoint(IL, 9, fork=2),
    consistency=consistency_of(5, 9, fork=2),
)


def false_empty() -> SignedCheckpoint:
    """Return an empty tree whose root is none."""
    head = Head(origin=IL.log[0].name, size=0, root=Digest.of(b"something"))
    return signed_by(head, *IL.log)


def verdict_of(
    split: SplitView, keys: tuple[VerifierKey, ...] = KEYS
) -> tuple[Outcome, tuple[str, ...]]:
    """Return outcome and reasons of a document."""
    verdict = verify_split_view(encode_split_view(split), keys=keys)
    assert all(finding.check == "split-view" for finding in verdict.findings)
    return verdict.outcome, tuple(finding.reason for finding in verdict.findings)


@pytest.mark.parametrize("split", [SAME_SIZE, TWO_SIZES])
def test_a_split_view_is_proved_to_anybody(split: SplitView) -> None:
    """A third party with the ledger's keys alone finds it proved."""
    assert verdict_of(split) == (Outcome.PASSED, ("split-view.proved",))


def test_an_empty_tree_with_a_root_is_proved() -> None:
    """One note is enough: no empty tree has another root than the empty one."""
    lone = false_empty()

    assert find_contradiction(lone, checkpoint(IL, 3), None) == SplitView(first=lone, second=lone)
    assert find_contradiction(checkpoint(IL, 3), lone, None) == SplitView(first=lone, second=lone)
    assert verdict_of(SplitView(first=lone, second=lone))[0] is Outcome.PASSED


def test_the_order_in_which_they_were_seen_does_not_matter() -> None:
    """The smaller one comes first in the document."""
    small, large = TWO_SIZES.first, TWO_SIZES.second

    assert find_contradiction(small, large, TWO_SIZES.consistency) == TWO_SIZES
    assert find_contradiction(large, small, TWO_SIZES.consistency) == TWO_SIZES


@pytest.mark.parametrize(
    "split",
    [
        SplitView(first=checkpoint(IL, 5), second=checkpoint(IL, 5)),
        SplitView(first=checkpoint(IL, 0), second=checkpoint(IL, 0)),
        SplitView(first=checkpoint(IL, 5), second=checkpoint(IL, 9)),
        SplitView(first=checkpoint(IL, 5), second=checkpoint(IL, 9, fork=2)),
        SplitView(
            first=checkpoint(IL, 5), second=checkpoint(IL, 9), consistency=consistency_of(5, 9)
        ),
        evolve(TWO_SIZES, consistency=consistency_of(4, 9, fork=2)),
        evolve(TWO_SIZES, consistency=evolve(consistency_of(5, 9, fork=2), old_size=4)),
        evolve(TWO_SIZES, first=TWO_SIZES.second, second=TWO_SIZES.first),
        evolve(
            TWO_SIZES,
            consistency=evolve(consistency_of(5, 9, fork=2), old_root=Digest.of(b"invented")),
        ),
        evolve(SAME_SIZE, consistency=consistency_of(5, 9)),
    ],
)
def test_what_can_be_one_history_accuses_nobody(split: SplitView) -> None:
    """Equal heads, honest growth, a bad proof or an invented root prove nothing."""
    assert verdict_of(split) == (Outcome.FAILED, ("split-view.no-contradiction",))


def test_a_proof_that_does_not_hold_accuses_nobody() -> None:
    """Anybody can write down hashes that lead nowhere."""
    bad = evolve(consistency_of(5, 9, fork=2), proof=(bytes(32),) * 4)

    assert find_contradiction(TWO_SIZES.first, TWO_SIZES.second, bad) is None


def test_two_ledgers_may_differ() -> None:
    """Checkpoints of two ledgers contradict nothing."""
    both = SplitView(first=checkpoint(IL, 5), second=checkpoint(VN, 5, fork=2))

    assert find_contradiction(both.first, both.second, None) is None
    outcome, reasons = verdict_of(both, (*KEYS, *keys_of(VN)))
    assert outcome is Outcome.FAILED
    assert reasons == ("split-view.unsigned", "split-view.no-contradiction")


@pytest.mark.parametrize("side", ["first", "second"])
def test_both_checkpoints_bear_every_kind_of_signature(side: str) -> None:
    """An accuser cannot write a checkpoint of somebody else's ledger."""
    good = getattr(SAME_SIZE, side)
    one = evolve(good, note=Note(text=good.note.text, signatures=good.note.signatures[1:]))

    assert verdict_of(evolve(SAME_SIZE, **{side: one})) == (
        Outcome.FAILED,
        ("split-view.unsigned",),
    )


def test_an_unknown_ledger_is_not_judged() -> None:
    """Without its keys nothing is proved, and nothing refuted."""
    assert verdict_of(SAME_SIZE, ()) == (
        Outcome.INDETERMINATE,
        ("split-view.log-unknown",),
    )
    assert verdict_of(SAME_SIZE, keys_of(VN))[0] is Outcome.INDETERMINATE


def test_any_bytes_get_a_verdict() -> None:
    """What is no document is told so; nothing is raised."""
    for data in (b"", b"{}", b"\xff", encode_split_view(SAME_SIZE)[:-1]):
        verdict = verify_split_view(data, keys=KEYS)
        assert [finding.reason for finding in verdict.findings] == ["split-view.form"]
        assert verdict.outcome is Outcome.FAILED


def test_the_finding_tells_which_ledger_and_sizes() -> None:
    """A court reads origin and both sizes."""
    (finding,) = verify_split_view(encode_split_view(TWO_SIZES), keys=KEYS).findings

    assert finding.subject == "longbien.il/node"
    assert SENTENCES[finding.reason].format(**dict(finding.facts)) == (
        "The ledger longbien.il/node has signed two histories: 5 and 9 entries do not belong to "
        "one ledger that only grows."
    )


def test_a_document_comes_back_as_it_was() -> None:
    """What was written is read."""
    for split in (SAME_SIZE, TWO_SIZES):
        data = encode_split_view(split)
        assert encode_split_view(parse_split_view(data)) == data


def test_another_document_is_not_read() -> None:
    """The type is part of the form."""
    data = encode_split_view(SAME_SIZE).replace(b"split-view/1", b"split-view/2")

    with pytest.raises(Malformed) as caught:
        parse_split_view(data)
    assert caught.value.facts == {"what": "a split view", "field": "type"}
