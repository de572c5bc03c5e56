"""A vault in an object store: its answers and its failures, turned into ours."""

from collections.abc import Callable
from datetime import timedelta

import obstore
import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore as ObjectsInMemory

from longbien.adapters import vault_remote
from longbien.adapters.vault import MAX_PART, scrub
from longbien.adapters.vault_remote import RemoteVault, S3Settings, open_s3
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Refused, Unavailable
from memory_bag import NOW
from vault_world import noise, opened, sealed

DATA = b"a part"
NAME = Digest.of(DATA)

SETTINGS = S3Settings(
    bucket="evidence",
    endpoint="http://127.0.0.1:9",
    region="us-east-1",
    access_key="somebody",
    secret_key="hush-hush",  # noqa: S106 - of nobody
    prefix="vault/",
    allow_http=True,
    patience=timedelta(seconds=1),
)


@pytest.fixture
def store() -> ObjectsInMemory:
    """Return an empty object store."""
    return ObjectsInMemory()


@pytest.fixture
def vault(store: ObjectsInMemory) -> RemoteVault:
    """Return the vault in it."""
    return RemoteVault(store)


def code_of(work: Callable[[], object]) -> str:
    """Return the code of the error that ``work`` ends with."""
    with pytest.raises(LongBienError) as caught:
        work()
    return caught.value.code


def test_a_part_is_one_object_under_its_digest(vault: RemoteVault, store: ObjectsInMemory) -> None:
    """Spread over 256 prefixes."""
    vault.put(NAME, DATA)

    (found,) = obstore.list(store).collect()
    assert found["path"] == f"{NAME.hex[:2]}/{NAME.hex}"
    assert vault.free_bytes() is None


def test_a_part_that_is_there_is_not_written_again(
    vault: RemoteVault, store: ObjectsInMemory
) -> None:
    """A damaged one is not mended silently; one of another size is."""
    place = f"{NAME.hex[:2]}/{NAME.hex}"
    obstore.put(store, place, b"a pork")

    vault.put(NAME, DATA)

    assert code_of(lambda: vault.get(NAME)) == "vault.changed"


def test_objects_are_sealed_scrubbed_listed_and_discarded(vault: RemoteVault) -> None:
    """As in any other vault."""
    one = sealed(vault, noise(100_000))
    assert opened(vault, one) == noise(100_000)
    assert scrub(vault, [one], now=NOW, budget=2**40).damages == ()
    assert len(set(vault.held())) == 3

    assert vault.discard([one.header, NAME]) == 1

    assert list(vault.missing([one.header, one.parts_list])) == [0]
    assert code_of(lambda: vault.get(one.header)) == "vault.missing"


def test_an_object_beyond_all_bounds_is_not_read(
    vault: RemoteVault, store: ObjectsInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody put it there."""
    monkeypatch.setattr(vault_remote, "MAX_PART", 3)
    obstore.put(store, f"{NAME.hex[:2]}/{NAME.hex}", DATA)

    assert code_of(lambda: vault.get(NAME)) == "vault.changed"


def test_a_part_that_is_too_large_is_a_bug(vault: RemoteVault) -> None:
    """Every caller has bounds of its own."""
    with pytest.raises(ValueError, match="MAX_PART"):
        vault.put(NAME, bytes(MAX_PART + 1))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("put", "vault.write-failed"),
        ("get", "vault.read-failed"),
        ("head", "vault.read-failed"),
        ("list", "vault.read-failed"),
        ("delete", "vault.read-failed"),
    ],
)
def test_a_store_that_does_not_answer_is_unavailable(
    vault: RemoteVault, monkeypatch: pytest.MonkeyPatch, call: str, code: str
) -> None:
    """The worker may try again; only the first line of the store's words is kept."""
    work: dict[str, Callable[[], object]] = {
        "put": lambda: vault.put(Digest.of(b"new"), b"new"),
        "get": lambda: vault.get(NAME),
        "head": lambda: vault.missing([NAME]),
        "list": lambda: list(vault.held()),
        "delete": lambda: vault.discard([NAME]),
    }
    vault.put(NAME, DATA)

    def fail(*_arguments: object, **_options: object) -> None:
        raise GenericError("503 Slow Down\nDebug source: the request with all its headers")

    monkeypatch.setattr(vault_remote.obstore, call, fail)

    with pytest.raises(Unavailable) as caught:
        work[call]()
    assert caught.value.code == code
    assert caught.value.retry
    assert "503" in str(caught.value)
    assert "headers" not in str(caught.value)


def test_settings_do_not_show_the_secret() -> None:
    """Neither in a log nor in a traceback."""
    assert "hush" not in repr(SETTINGS)


def test_opening_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first use tells whether the store is there; settings that say nothing are refused."""
    assert isinstance(open_s3(SETTINGS), RemoteVault)

    def fail(*_arguments: object, **_options: object) -> None:
        raise ValueError("bad endpoint")

    monkeypatch.setattr(vault_remote, "S3Store", fail)
    with pytest.raises(Refused) as caught:
        open_s3(SETTINGS)
    assert caught.value.code == "vault.settings"
