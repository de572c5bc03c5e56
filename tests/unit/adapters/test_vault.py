"""Scrubbing and stock-taking: damage is found and named, and nothing is mended or removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import vault_world as vaults
from longbien.adapters.sealed_objects import PLAIN_PART, rewrap
from longbien.adapters.vault import Mark, Scrubbed, digests_of, scrub, take_stock
from longbien.adapters.vault_local import LocalVault
from longbien.channel.transfer import SealedObject
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity
from longbien.trust.age.identities import recipient_of
from memory_bag import NOW

EVERYTHING = 2**40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the vault is."""
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path) -> Iterator[LocalVault]:
    """Return an empty vault."""
    with vaults.local_vault(folder) as made:
        yield made


@pytest.fixture
def objects(vault: LocalVault) -> list[SealedObject]:
    """Return a large object and two small ones."""
    return [
        vaults.sealed(vault, vaults.noise(2 * PLAIN_PART + 5)),
        vaults.sealed(vault, b"small"),
        vaults.sealed(vault, b""),
    ]


def found(scrubbed: Scrubbed) -> set[tuple[Digest, str]]:
    """Return what was found: parts and codes."""
    return {(damage.part, damage.code) for damage in scrubbed.damages}


def test_a_sound_vault_is_read_once_and_nothing_is_found(
    vault: LocalVault, objects: list[SealedObject]
) -> None:
    """Header, list and every part of every object, counted to the byte."""
    scrubbed = scrub(vault, objects, now=NOW, budget=EVERYTHING)

    assert scrubbed == Scrubbed(
        at=NOW,
        parts=3 * 2 + 3 + 1 + 1,
        bytes=sum(one.size + 32 * one.part_count for one in objects),
        damages=(),
        mark=None,
    )


def test_each_kind_of_damage_is_found_and_left_as_it_is(
    vault: LocalVault, folder: Path, objects: list[SealedObject]
) -> None:
    """A flipped bit, a part that is gone, a list that is gone, a header that was changed."""
    large, small, empty = objects
    first, second, _ = vaults.digests_of(vault, large)
    vaults.flip(vaults.place(folder, first), 12345)
    vault.discard([second, small.parts_list])
    vaults.flip(vaults.place(folder, empty.header), 3)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    scrubbed = scrub(vault, objects, now=NOW, budget=EVERYTHING)

    assert found(scrubbed) == {
        (first, "vault.changed"),
        (second, "vault.missing"),
        (small.parts_list, "vault.missing"),
        (empty.header, "vault.changed"),
    }
    assert {damage.sealed for damage in scrubbed.damages} == set(objects)
    assert {path: path.read_bytes() for path in before} == before


def test_a_list_of_another_length_is_damage(vault: LocalVault) -> None:
    """The record says two parts, the list names one."""
    one = vaults.sealed(vault, b"one part")
    lying = SealedObject(
        header=one.header,
        header_size=one.header_size,
        parts_list=one.parts_list,
        part_count=2,
        part_size=one.part_size,
        size=one.size,
    )

    assert found(scrub(vault, [lying], now=NOW, budget=EVERYTHING)) == {
        (one.parts_list, "vault.list")
    }


@pytest.mark.parametrize("budget", [1, 200, 7_400_000, 20_000_000])
def test_small_steps_find_what_one_great_one_finds(
    vault: LocalVault, folder: Path, objects: list[SealedObject], budget: int
) -> None:
    """Whatever the budget, marks lead through every part, each read once, to the end."""
    last = vaults.digests_of(vault, objects[0])[-1]
    vaults.flip(vaults.place(folder, last), 0)
    parts = [part for one in objects for part in vaults.digests_of(vault, one)]
    counting = Counting(vault)
    mark: Mark | None = None
    damages: list[tuple[Digest, str]] = []

    for _ in range(len(parts)):
        scrubbed = scrub(counting, objects, now=NOW, budget=budget, mark=mark)
        damages += found(scrubbed)
        mark = scrubbed.mark
        if mark is None:
            break

    assert mark is None
    assert damages == [(last, "vault.changed")]
    assert sorted(part.hex for part in counting.read if part in parts) == sorted(
        part.hex for part in parts
    )


class Counting:
    """A vault that notes what is read."""

    def __init__(self, vault: LocalVault) -> None:
        self._vault = vault
        self.read: list[Digest] = []
        self.put, self.missing, self.free_bytes = vault.put, vault.missing, vault.free_bytes

    def get(self, sha256: Digest, /) -> bytes:
        """Note and return a part."""
        self.read.append(sha256)
        return self._vault.get(sha256)


def test_an_object_that_is_gone_meanwhile_is_passed_over(
    vault: LocalVault, objects: list[SealedObject]
) -> None:
    """A case that was erased between two steps."""
    mark = Mark(parts_list=Digest(b"\xff" * 32), part=3)

    assert scrub(vault, objects, now=NOW, budget=EVERYTHING, mark=mark).parts == 0


def test_stock_names_orphans_and_missing_parts(
    vault: LocalVault, objects: list[SealedObject]
) -> None:
    """By names alone; a second header over the same parts belongs to its object."""
    second = rewrap(
        objects[0],
        vault,
        identities=[vaults.CASE],
        recipients=[recipient_of(vaults.PEER)],
    )
    orphan, gone = Digest.of(b"orphan"), vaults.digests_of(vault, objects[0])[1]
    vault.put(orphan, b"orphan")
    vault.discard([gone])

    stock = take_stock(vault, [*objects, second])

    assert stock.orphans == {orphan}
    assert stock.missing == {gone}
    assert take_stock(vault, objects).orphans == {orphan, second.header}


def test_stock_cannot_be_taken_without_the_lists(
    vault: LocalVault, objects: list[SealedObject]
) -> None:
    """What belongs to an object whose list is lost is not held to be garbage."""
    vault.discard([objects[1].parts_list])

    with pytest.raises(Integrity) as caught:
        take_stock(vault, objects)

    assert caught.value.code == "vault.missing"


def test_an_object_consists_of_header_list_and_parts(vault: LocalVault) -> None:
    """Each digest is one part of the vault."""
    one = vaults.sealed(vault, vaults.noise(PLAIN_PART + 1))

    assert set(digests_of(vault, one)) == set(vault.held())
