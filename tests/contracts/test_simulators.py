"""What the simulators promise beyond the contracts of the ports: how they fail.

A simulator that forgives is worth nothing: each fault does what it says.
"""

import random
from datetime import timedelta

import pytest

from longbien.desk.ports import Vault
from longbien.exercise.disk import MemoryDisk, PowerCut
from longbien.exercise.network import CALM, Calendar, Faults, MemoryNetwork
from longbien.exercise.states import NOW
from longbien.exercise.world import World
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, Unavailable

PART = b"a part of a sealed file"
SHA = Digest.of(PART)


@pytest.fixture
def vault() -> Vault:
    """Return the simulated vault of a node."""
    return World("IL")["IL"].machine.vault


# --- vault -------------------------------------------------------------------------------------


def test_a_part_comes_back_as_it_was_put(vault: Vault) -> None:
    """Also after a power cut."""
    vault.put(SHA, memoryview(PART))
    vault.machine.restart()

    assert vault.get(SHA) == PART
    assert vault.missing([Digest.of(b"other"), SHA, Digest.of(b"third")]) == (0, 2)
    assert vault.free_bytes() is None


def test_a_changed_part_is_never_returned(vault: Vault) -> None:
    """Changed and missing parts have their codes."""
    vault.put(SHA, PART)
    vault.machine.tables.parts[SHA] = b"changed"
    with pytest.raises(Integrity) as caught:
        vault.get(SHA)
    assert caught.value.code == "vault.changed"
    vault.discard(SHA)
    with pytest.raises(Integrity) as caught:
        vault.get(SHA)
    assert caught.value.code == "vault.missing"


def test_a_full_vault_takes_what_fits(vault: Vault) -> None:
    """And says how much that is."""
    vault.capacity = len(PART)
    vault.put(SHA, PART)

    assert vault.free_bytes() == 0
    with pytest.raises(Unavailable) as caught:
        vault.put(Digest.of(b"x"), b"x")
    assert caught.value.code == "vault.no-space"


# --- disk --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "written", "kept", "applied"),
    [(1, 0, 0, []), (2, 1, 0, []), (3, 1, 1, [1]), (4, 1, 1, [1])],
)
def test_the_power_can_fail_before_between_and_after(
    step: int, written: int, kept: int, applied: list[int]
) -> None:
    """Before the write; before the sync: lost; after it: kept, though nobody was told."""
    disk, effects = MemoryDisk(), []
    disk.cut_in(step)
    if step < 4:
        with pytest.raises(PowerCut):
            disk.keep(("a",), lambda: effects.append(1))
    else:
        disk.keep(("a",), lambda: effects.append(1))

    assert (len(disk.records), effects) == (written, applied)
    disk.power_off()
    assert len(disk.records) == kept


def test_what_was_written_may_survive_without_a_sync() -> None:
    """A disk may have written more than it had promised, never in another order."""
    disk = MemoryDisk()
    disk.loses_syncs = True
    for name in ("a", "b", "c"):
        disk.keep((name,), lambda: None)

    disk.power_off(keep=2)

    assert disk.records == [("a",), ("b",)]


@pytest.mark.parametrize("fault", ["is_full", "sync_fails"])
def test_a_disk_that_has_failed_does_nothing_until_it_is_mended(fault: str) -> None:
    """No retry of a failed sync: what it left behind is not known."""
    disk = MemoryDisk()
    setattr(disk, fault, True)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            disk.keep(("a",), lambda: None)
        assert caught.value.code == "store.stopped"
        setattr(disk, fault, False)

    disk.mend()
    disk.power_off()
    disk.keep(("b",), lambda: None)

    assert disk.records == [("b",)]


# --- network and calendar ----------------------------------------------------------------------


def network(faults: Faults = CALM, seed: int = 1) -> MemoryNetwork:
    """Return a network on a calendar of its own."""
    return MemoryNetwork(Calendar(NOW), random.Random(seed), faults)


def posted(line: MemoryNetwork, count: int = 1) -> tuple[list[bytes], list[object]]:
    """Post bodies from IL to VN; return what arrived there and what came back."""
    there, back = [], []
    for number in range(count):
        line.post(
            sender="IL",
            recipient="VN",
            body=b"%03d" % number,
            deliver=lambda body: there.append(body) or b"answer",
            answered=back.append,
        )
    line.calendar.run()
    return there, back


def test_a_calm_network_carries_everything_once() -> None:
    """There and back."""
    assert posted(network()) == ([b"000"], [b"answer"])


@pytest.mark.parametrize(
    ("faults", "arrived", "answers"),
    [
        (Faults(lost=1.0), 0, 0),
        (Faults(answer_lost=1.0), 1, 0),
        (Faults(doubled=1.0), 2, 2),
    ],
)
def test_each_fault_does_what_it_says(faults: Faults, arrived: int, answers: int) -> None:
    """Lost, lost on the way back, doubled."""
    there, back = posted(network(faults))

    assert (len(there), len(back)) == (arrived, answers)


def test_a_spoilt_body_differs_in_one_bit() -> None:
    """Somewhere."""
    (there,), _ = posted(network(Faults(flipped=1.0)))

    different = int.from_bytes(there, "big") ^ int.from_bytes(b"000", "big")
    assert different.bit_count() == 1


def test_a_slow_network_changes_the_order() -> None:
    """What was sent first may come last."""
    there, _ = posted(network(Faults(slowest=100.0)), count=20)

    assert sorted(there) != there
    assert len(set(there)) == 20


def test_a_cut_may_be_one_way() -> None:
    """The request arrives, its answer does not; after healing both do."""
    line = network()
    line.cut("VN", "IL", both=False)
    assert posted(line) == ([b"000"], [])
    line.cut("IL", "VN")
    assert posted(line) == ([], [])
    line.heal()
    assert posted(line) == ([b"000"], [b"answer"])


def test_one_seed_makes_one_network() -> None:
    """The same faults in the same order; another seed makes another one."""
    storm = Faults(lost=0.3, doubled=0.3, slowest=50.0)

    assert posted(network(storm), count=50) == posted(network(storm), count=50)
    assert posted(network(storm), count=50) != posted(network(storm, seed=2), count=50)


def test_time_passes_only_in_the_calendar() -> None:
    """What is planned happens at its time; an empty calendar stands still."""
    calendar, seen = Calendar(NOW), []
    calendar.later(10, lambda: seen.append(calendar.now))
    calendar.run(until=NOW.plus(timedelta(seconds=9)))
    assert (seen, calendar.now) == ([], NOW.plus(timedelta(seconds=9)))
    assert not calendar.is_empty

    calendar.run()

    assert seen == [NOW.plus(timedelta(seconds=10))]
    assert calendar.is_empty
    assert not calendar.step()


def test_a_calendar_that_never_ends_is_a_failure() -> None:
    """A loop in a test's world is found."""
    calendar = Calendar(NOW)

    def again() -> None:
        calendar.later(1, again)

    again()
    with pytest.raises(AssertionError, match="come to an end"):
        calendar.run(steps=100)


def test_a_world_that_never_rests_is_a_failure() -> None:
    """Somebody who can never be reached."""
    world = World("IL", "VN")
    world["VN"].power_off()
    world["IL"].ask(world["VN"])

    with pytest.raises(AssertionError, match="come to rest"):
        world.quiet(turns=3)
