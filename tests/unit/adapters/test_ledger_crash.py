"""T21: whatever fails, and wherever, no acknowledged entry is lost and no checkpoint lies."""

from contextlib import suppress
from pathlib import Path

import pytest
from attrs import define, field

from ledger_cast import ALPHA, BETA, LATER, NOW, ORIGIN, ed25519_log, log_signers
from ledger_disks import FailingDisk, Killed, KillingDisk, PowerCutDisk, TearingDisk
from longbien.adapters.ledger_disk import Disk
from longbien.adapters.ledger_files import create_ledger
from longbien.adapters.ledger_repair import audit_ledger
from longbien.adapters.ledger_store import LedgerStore
from longbien.adapters.witness_store import WitnessStore
from longbien.primitives.errors import Refused, Unavailable

LOG = ed25519_log()  # one signer is enough here, and quicker
COUNTS = (3, 260, 0, 5, 250)


@define
class Story:
    """What somebody was told before the failure."""

    acknowledged: list[bytes] = field(factory=list)
    published: int = 0
    cosigned: int = 0


def event(number: int) -> bytes:
    """Return a numbered event."""
    return b'{"number":%d}' % number


def tell(ledger: Path, witness: Path, disk: Disk, story: Story) -> None:
    """Append, publish and cosign, over and over; ``story`` keeps what was acknowledged."""
    number = 0
    for count in COUNTS:
        with LedgerStore(ledger, disk=disk) as store:
            events = [event(number + at) for at in range(count)]
            number += count
            store.append(events, random_bytes=bytes)
            story.acknowledged += events
            signed = store.checkpoint(signers=(LOG,), now=NOW)
            story.published = signed.checkpoint.head.size
            with WitnessStore(witness, disk=disk) as judge:
                judge.cosign(store, cosigners=(ALPHA,), now=LATER)
                story.cosigned = signed.checkpoint.head.size


def prepare(folder: Path) -> tuple[Path, Path]:
    """Make an empty ledger and a witness that knows it, on a good disk."""
    ledger, witness = folder / "ledger", folder / "witness"
    create_ledger(ledger, origin=ORIGIN, keys=(LOG.key,), disk=FailingDisk())
    with WitnessStore(witness, disk=FailingDisk()) as judge:
        judge.trust_log((LOG.key,))
    return ledger, witness


def check(ledger: Path, witness: Path, story: Story) -> None:
    """Open again on a good disk: everything acknowledged is there, and all goes on."""
    with LedgerStore(ledger, disk=FailingDisk()) as store:
        published = store.published
        assert (published.checkpoint.head.size if published else 0) >= story.published
        assert store.size >= len(story.acknowledged)
    assert audit_ledger(ledger).differing == ()
    disk = FailingDisk()
    with LedgerStore(ledger, disk=disk) as store, WitnessStore(witness, disk=disk) as judge:
        recorded = judge.recorded(ORIGIN)
        assert (recorded.size if recorded else 0) >= story.cosigned
        store.append([b'{"after":true}'], random_bytes=bytes)
        store.checkpoint(signers=(LOG,), now=LATER)
        signed = judge.cosign(store, cosigners=(ALPHA,), now=LATER)
        assert len(signed.note.signatures) == 2
        for index in {0, len(story.acknowledged) // 2, len(story.acknowledged) - 1}:
            if 0 <= index < len(story.acknowledged):
                assert store.record(index).event == story.acknowledged[index]
    assert audit_ledger(ledger).differing == ()


def acts_of_the_story(folder: Path) -> int:
    """Return how many acts of the disk the whole story takes."""
    disk, story = FailingDisk(), Story()
    tell(*prepare(folder), disk, story)
    assert len(story.acknowledged) == sum(COUNTS) == story.published == story.cosigned
    return disk.acts


@pytest.mark.slow
@pytest.mark.parametrize("kind", [FailingDisk, KillingDisk, TearingDisk, PowerCutDisk])
def test_a_failure_at_any_act_loses_nothing(tmp_path: Path, kind: type[FailingDisk]) -> None:
    """Each act of the disk fails once: an error, a kill, a torn write, a power cut."""
    total = acts_of_the_story(tmp_path / "whole")
    assert total > 100

    for fails_at in range(1, total + 1):
        ledger, witness = prepare(tmp_path / str(fails_at))
        story = Story()
        with pytest.raises((Unavailable, Killed)):
            tell(ledger, witness, kind(fails_at), story)
        check(ledger, witness, story)


@pytest.mark.parametrize("kind", [FailingDisk, KillingDisk, TearingDisk, PowerCutDisk])
def test_making_a_ledger_may_fail_and_be_done_again(
    tmp_path: Path, kind: type[FailingDisk]
) -> None:
    """A half made ledger is no ledger: init runs again over it."""
    counter = FailingDisk()
    create_ledger(tmp_path / "whole", origin=ORIGIN, keys=(LOG.key,), disk=counter)

    for fails_at in range(1, counter.acts + 1):
        folder = tmp_path / str(fails_at)
        with pytest.raises((Unavailable, Killed)):
            create_ledger(folder, origin=ORIGIN, keys=(LOG.key,), disk=kind(fails_at))
        with suppress(Refused):  # only the very last act was missing: it is there
            create_ledger(folder, origin=ORIGIN, keys=(LOG.key,))
        with LedgerStore(folder) as store:
            assert store.size == 0


def test_a_store_that_met_an_error_stops(tmp_path: Path) -> None:
    """After a failed fsync nothing more is accepted or signed before it is opened again."""
    ledger, _ = prepare(tmp_path)
    disk = FailingDisk(2)  # the first append writes, and then cannot sync
    with LedgerStore(ledger, disk=disk) as store:
        with pytest.raises(Unavailable) as failed:
            store.append([event(0)], random_bytes=bytes)
        codes = []
        for act in (
            lambda: store.append([event(1)], random_bytes=bytes),
            lambda: store.checkpoint(signers=(LOG,), now=NOW),
            lambda: store.add_cosignatures([], keys=[]),
        ):
            with pytest.raises(Unavailable) as stopped:
                act()
            codes.append(stopped.value.code)

    assert (failed.value.code, failed.value.retry) == ("ledger.disk", False)
    assert codes == ["ledger.stopped"] * 3


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """No space is an error that goes away: retry."""
    ledger, _ = prepare(tmp_path)
    disk = FailingDisk(1, code=28)  # ENOSPC
    with LedgerStore(ledger, disk=disk) as store, pytest.raises(Unavailable) as failed:
        store.append([event(0)], random_bytes=bytes)

    assert (failed.value.code, failed.value.retry) == ("ledger.no-space", True)


def test_a_torn_batch_is_set_aside_and_kept(tmp_path: Path) -> None:
    """What a crash left half written is cut off, in a file of its own, and it is said."""
    ledger, _ = prepare(tmp_path)
    with LedgerStore(ledger) as store:
        store.append([event(0)], random_bytes=bytes)
    whole = (ledger / "private" / "journal").read_bytes()
    with LedgerStore(ledger) as store:
        store.append([event(1), event(2)], random_bytes=bytes)
    torn = (ledger / "private" / "journal").read_bytes()[:-1]

    (ledger / "private" / "journal").write_bytes(torn)
    with LedgerStore(ledger) as store:
        size, recovered = store.size, store.recovered_bytes

    assert (size, recovered) == (1, len(torn) - len(whole))
    assert (ledger / "private" / "journal").read_bytes() == whole
    assert (ledger / "private" / f"torn-{len(whole)}").read_bytes() == torn[len(whole) :]


def test_space_that_was_never_written_is_torn(tmp_path: Path) -> None:
    """Zeros behind the last batch are a file that grew before its bytes arrived."""
    ledger, _ = prepare(tmp_path)
    with LedgerStore(ledger) as store:
        store.append([event(0)], random_bytes=bytes)
    with (ledger / "private" / "journal").open("ab") as file:
        file.write(bytes(5000))

    with LedgerStore(ledger) as store:
        assert (store.size, store.recovered_bytes) == (1, 5000)


def test_a_witness_that_cannot_record_does_not_sign(tmp_path: Path) -> None:
    """Each act of recording fails once: no cosignature leaves, and the old head stands."""
    ledger, witness = prepare(tmp_path)
    with LedgerStore(ledger) as store:
        store.append([event(0)], random_bytes=bytes)
        store.checkpoint(signers=(LOG,), now=NOW)
        for fails_at in (1, 2, 3):
            disk = FailingDisk(fails_at)
            with WitnessStore(witness, disk=disk) as judge, pytest.raises(Unavailable):
                judge.cosign(store, cosigners=(ALPHA, BETA), now=NOW)
            with WitnessStore(witness) as judge:
                assert judge.recorded(ORIGIN) is None
        published = store.get_published()

    assert len(published.note.signatures) == 1
    assert len(log_signers()) == 2
