"""What every Ledger and Witnessings promise: run over each implementation of the ports."""

import pytest
from attrs import evolve

from ledger_cast import ALPHA, BETA, NOW
from longbien.desk.ports import Question
from longbien.ledger.checkpoints import Head
from longbien.ledger.cosignatures import verify_line
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.tree import leaf_hash, verify_consistency, verify_inclusion
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Unavailable
from ports_world import Ports
from store_world import ORIGIN, SIGNERS, case_id, change

ONE = case_id(1)


def grow(ports: Ports, count: int) -> Head:
    """Put events into the journal; return the head afterwards."""
    ports.journal.commit(change(ONE, len(ports.journal.load(ONE)), events=count))
    return ports.ledger.newest().checkpoint.head


def cosign(ports: Ports, head: Head) -> None:
    """Give it the lines of two witnesses, twice, as when an answer came late."""
    text = ports.ledger.newest().checkpoint.text
    lines = [one.sign(text, now=NOW) for one in (ALPHA, BETA)]
    ports.ledger.add_cosignatures(head, lines)
    ports.ledger.add_cosignatures(head, lines)


def test_the_newest_checkpoint_is_signed_with_every_key(ports: Ports) -> None:
    """After each commit it states the new size, under the log's name."""
    for size in (0, 3, 7):
        if size:
            grow(ports, size - ports.ledger.size())

        signed = ports.ledger.newest()

        assert signed.checkpoint.head.size == ports.ledger.size() == size
        assert signed.checkpoint.head.origin == ORIGIN
        for signer in SIGNERS:
            assert any(
                verify_line(key=signer.key, checkpoint=signed.checkpoint, signature=line).is_valid
                for line in signed.note.signatures
            )


@pytest.mark.parametrize("sizes", [(1, 2), (255, 257), (256, 600), (300, 300), (0, 5)])
def test_histories_are_proved_to_continue(ports: Ports, sizes: tuple[int, int]) -> None:
    """A consistency proof leads from the old root to the new one, over the borders of tiles."""
    old_size, new_size = sizes
    old = grow(ports, old_size) if old_size else ports.ledger.newest().checkpoint.head
    new = grow(ports, new_size - old_size) if new_size > old_size else old

    proof = ports.ledger.consistency(old_size=old_size, new_size=new_size)

    assert ports.ledger.root_at(old_size) == old.root
    assert ports.ledger.root_at(new_size) == new.root
    if old_size:
        assert verify_consistency(
            old_size=old_size,
            new_size=new_size,
            proof=proof,
            old_root=old.root.raw,
            new_root=new.root.raw,
        )


def test_an_event_is_proved_under_the_newest_cosigned_checkpoint(ports: Ports) -> None:
    """The proof holds the cosignatures, though the log went on after they were given."""
    head = grow(ports, 300)
    cosign(ports, head)
    grow(ports, 5)

    proof = ports.ledger.prove(17)

    event = ports.journal.load(ONE)[17]
    entry = encode_entry(EntryKind.EVENT, event.salt, event.body)
    size = proof.signed.checkpoint.head.size
    assert proof.index == 17
    assert verify_inclusion(
        leaf=leaf_hash(entry),
        index=17,
        size=size,
        proof=proof.hashes,
        root=proof.signed.checkpoint.head.root.raw,
    )


def test_cosignatures_stay_with_the_head_that_they_are_over(ports: Ports) -> None:
    """They stand under the newest checkpoint while it is theirs, and are found by their name."""
    first = grow(ports, 2)
    cosign(ports, first)

    names = [line.name for line in ports.ledger.newest().note.signatures]
    grow(ports, 1)

    assert sorted(names) == sorted([ORIGIN, ORIGIN, ALPHA.name, BETA.name])
    assert ALPHA.name not in [line.name for line in ports.ledger.newest().note.signatures]
    assert ports.ledger.cosigned_by(ALPHA.name) == first
    assert ports.ledger.cosigned_by("nobody.example") is None


def test_a_log_that_a_witness_has_seen_further_signs_nothing(ports: Ports) -> None:
    """It was restored from an old copy: it neither shows a checkpoint nor grows."""
    head = grow(ports, 3)
    ports.ledger.behind("alpha.example", evolve(head, size=9, root=Digest.of(b"later")))

    for act in (ports.ledger.newest, lambda: ports.journal.commit(change(ONE, 3))):
        with pytest.raises(Unavailable) as caught:
            act()
        assert caught.value.code == "ledger.behind-witness"
    assert len(ports.journal.load(ONE)) == 3


def test_a_log_of_which_another_root_was_seen_signs_nothing(ports: Ports) -> None:
    """Two histories of one size never come together again."""
    head = grow(ports, 3)
    ports.ledger.behind("alpha.example", evolve(head, size=2, root=Digest.of(b"other")))

    with pytest.raises(Unavailable) as caught:
        ports.ledger.newest()

    assert caught.value.code == "ledger.behind-witness"


def test_a_witness_that_saw_what_we_hold_stops_nothing(ports: Ports) -> None:
    """Only what we do not hold is a reason to stop."""
    first = grow(ports, 3)
    grow(ports, 1)

    ports.ledger.behind("alpha.example", first)

    assert ports.ledger.newest().checkpoint.head.size == 4


# --- what we witness of others -------------------------------------------------------------------

THEIRS = Head(origin="longbien.il/node", size=5, root=Digest.of(b"5"))
LATER = Head(origin="longbien.il/node", size=8, root=Digest.of(b"8"))


def test_a_recorded_head_is_replaced_only_by_who_knew_it(ports: Ports) -> None:
    """Two workers cannot record two different successors of one head."""
    record = ports.witnessings.record

    assert ports.witnessings.recorded(THEIRS.origin) is None
    assert ports.witnessings.recorded_note(THEIRS.origin) is None
    assert not record(THEIRS.origin, LATER, expected=THEIRS)
    assert record(THEIRS.origin, THEIRS, expected=None, note=b"note")
    assert not record(THEIRS.origin, LATER, expected=None)
    assert ports.witnessings.recorded(THEIRS.origin) == THEIRS
    assert ports.witnessings.recorded_note(THEIRS.origin) == b"note"
    assert record(THEIRS.origin, LATER, expected=THEIRS)
    assert ports.witnessings.recorded(THEIRS.origin) == LATER
    assert not ports.witnessings.recorded_note(THEIRS.origin)
    assert ports.witnessings.recorded("longbien.xk/node") is None


def test_a_question_is_kept_until_it_is_dropped(ports: Ports) -> None:
    """One a log; the newest stands."""
    ports.witnessings.put_question(THEIRS.origin, Question(note=b"a", asked=1))
    ports.witnessings.put_question(THEIRS.origin, Question(note=b"b", asked=2))

    assert ports.witnessings.question(THEIRS.origin) == Question(note=b"b", asked=2)
    ports.witnessings.put_question(THEIRS.origin, None)
    assert ports.witnessings.question(THEIRS.origin) is None


def test_the_proof_of_a_split_view_is_kept(ports: Ports) -> None:
    """Each different one, with the log that it convicts."""
    ports.witnessings.keep_evidence("a", b"one")
    ports.witnessings.keep_evidence("a", b"two")
    ports.witnessings.keep_evidence("b", b"one")

    assert sorted(ports.witnessings.evidence()) == [("a", b"one"), ("a", b"two"), ("b", b"one")]
