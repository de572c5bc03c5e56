"""The promises of the port ``Vault``, kept by every vault that there is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from obstore.store import MemoryStore as ObjectsInMemory

import vault_world as vaults
from longbien.adapters.vault_local import LocalVault
from longbien.adapters.vault_remote import RemoteVault
from longbien.desk.ports import Vault
from longbien.exercise.machine import MemoryMachine
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity
from memory_bag import NOW, ORIGIN

Maker = Callable[[Path], Vault]

MAKERS: dict[str, Maker] = {
    "local": lambda folder: vaults.local_vault(folder / "vault"),
    "object store": lambda _folder: RemoteVault(ObjectsInMemory()),
    "simulator": lambda _folder: (
        MemoryMachine(origin=ORIGIN, log_signers=(), clock=lambda: NOW).vault
    ),
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS.keys())
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    """Return an empty vault of each kind."""
    made = request.param(tmp_path)
    yield made
    if isinstance(made, LocalVault):
        made.close()


def kept(vault: Vault, data: bytes) -> Digest:
    """Put bytes and return their digest."""
    digest = Digest.of(data)
    vault.put(digest, data)
    return digest


@pytest.mark.parametrize("size", [0, 1, 32, 4096, 7_341_824])
def test_what_was_put_comes_back(vault: Vault, size: int) -> None:
    """Empty, small, and as large as a part."""
    data = vaults.noise(size)

    assert vault.get(kept(vault, data)) == data


def test_a_view_is_taken_as_it_is_now(vault: Vault) -> None:
    """The caller may use its buffer again at once."""
    buffer = bytearray(b"first")
    first = Digest.of(buffer)
    vault.put(first, memoryview(buffer))
    buffer[:] = b"other"

    assert vault.get(first) == b"first"


def test_a_part_may_be_put_again(vault: Vault) -> None:
    """A resend after a lost answer changes nothing."""
    kept(vault, b"part")

    assert vault.get(kept(vault, b"part")) == b"part"


def test_a_part_that_is_not_there_is_missing(vault: Vault) -> None:
    """Its absence is our own store's fault, and said as such."""
    with pytest.raises(Integrity) as caught:
        vault.get(Digest.of(b"never put"))

    assert caught.value.code == "vault.missing"


def test_the_positions_of_missing_parts_are_told(vault: Vault) -> None:
    """In the order asked, each position once, also of one asked for twice."""
    there = kept(vault, b"there")
    gone = Digest.of(b"gone")

    assert list(vault.missing([gone, there, gone])) == [0, 2]
    assert list(vault.missing([there])) == []
    assert list(vault.missing([])) == []


def test_a_part_under_a_wrong_name_is_never_returned(vault: Vault) -> None:
    """The caller has hashed it; if it was wrong, reading tells."""
    vault.put(Digest.of(b"said"), b"meant")

    with pytest.raises(Integrity) as caught:
        vault.get(Digest.of(b"said"))

    assert caught.value.code == "vault.changed"


def test_many_threads_put_and_read(vault: Vault) -> None:
    """Each part is there when its put returned, whoever else is at work."""
    parts = [vaults.noise(1000, seed) for seed in range(40)] * 2

    def work(data: bytes) -> bool:
        return vault.get(kept(vault, data)) == data

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, parts))
    assert list(vault.missing(list(map(Digest.of, parts)))) == []


def test_free_bytes_is_a_number_or_unknown(vault: Vault) -> None:
    """Never below nothing."""
    free = vault.free_bytes()

    assert free is None or free >= 0
