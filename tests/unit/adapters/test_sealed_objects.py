"""Sealed objects: cut into parts, read at any place, given another header."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import evolve

import vault_world as vaults
from longbien.adapters.part_cache import PartCache
from longbien.adapters.sealed_objects import (
    PART,
    PLAIN_PART,
    MemoryPlaintext,
    open_object,
    require_shape,
    rewrap,
    seal_object,
)
from longbien.adapters.vault_local import LocalVault
from longbien.channel.transfer import (
    PART_SIZE,
    SealedObject,
    encode_sealed_object,
    parse_sealed_object,
)
from longbien.primitives.digest import Digest
from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.trust.age.identities import HybridIdentity, recipient_of
from longbien.trust.age.stream import CHUNK, MAX_PLAINTEXT, NONCE, SEALED_CHUNK
from sealing_world import opened_by

SIZES = [
    0,
    1,
    CHUNK - 1,
    CHUNK,
    CHUNK + 1,
    PLAIN_PART - 1,
    PLAIN_PART,
    PLAIN_PART + 1,
    2 * PLAIN_PART,
    2 * PLAIN_PART + CHUNK,
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the vault is."""
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path) -> Iterator[LocalVault]:
    """Return an empty vault."""
    with vaults.local_vault(folder) as made:
        yield made


def code_of(work: Callable[[], object]) -> str:
    """Return the code of the error that ``work`` ends with."""
    with pytest.raises(LongBienError) as caught:
        work()
    return caught.value.code


# --- writing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_the_parts_behind_the_header_are_the_age_file(
    vault: LocalVault, tmp_path: Path, size: int
) -> None:
    """Whoever puts them one behind the other opens them with any reader of age."""
    data = vaults.noise(size)

    one = vaults.sealed(vault, data)

    file = tmp_path / "whole.age"
    parts = [vault.get(digest) for digest in vaults.digests_of(vault, one)]
    file.write_bytes(vault.get(one.header) + b"".join(parts))
    assert opened_by(file, vaults.CASE) == data
    assert file.stat().st_size == one.size
    assert [len(part) for part in parts] == [one.length_of(at) for at in range(one.part_count)]
    assert one.part_count == max(1, -(-size // PLAIN_PART))


def test_a_part_is_whole_chunks_and_whole_leaves_and_fits_a_transfer() -> None:
    """112 chunks, 7 MiB of plaintext."""
    assert PART == 112 * SEALED_CHUNK
    assert PLAIN_PART == 7 * 2**20
    assert PART <= PART_SIZE


def test_an_object_keeps_the_form_that_is_announced(vault: LocalVault) -> None:
    """What is sealed can be written into a message and read from it."""
    one = vaults.sealed(vault, vaults.noise(PLAIN_PART + 1))

    assert parse_sealed_object(encode_sealed_object(one)) == one


def test_every_sealing_has_a_key_of_its_own(vault: LocalVault) -> None:
    """The same plaintext twice shares no part."""
    first, second = vaults.sealed(vault, b"same"), vaults.sealed(vault, b"same")

    assert first.parts_list != second.parts_list
    assert set(vaults.digests_of(vault, first)).isdisjoint(vaults.digests_of(vault, second))


def test_progress_counts_every_byte(vault: LocalVault) -> None:
    """Told by one thread, in whatever order the parts are done."""
    told: list[int] = []

    seal_object(
        MemoryPlaintext(vaults.noise(PLAIN_PART + 7)),
        vault,
        recipients=[recipient_of(vaults.CASE)],
        workers=2,
        advance=told.append,
    )

    assert sorted(told) == [7, PLAIN_PART]


def test_a_plaintext_that_fails_leaves_no_object(vault: LocalVault) -> None:
    """Its error leaves as it is; neither list nor header was kept."""

    class Broken(MemoryPlaintext):
        def read_into(self, offset: int, out: memoryview) -> None:
            if offset >= PLAIN_PART:
                raise Refused("ingest.changed", "it moved")
            super().read_into(offset, out)

    work = Broken(vaults.noise(2 * PLAIN_PART))
    recipients = [recipient_of(vaults.CASE)]

    assert code_of(lambda: seal_object(work, vault, recipients=recipients)) == "ingest.changed"
    assert {len(vault.get(digest)) for digest in vault.held()} <= {PART}


def test_too_much_is_refused_before_a_key_is_made(vault: LocalVault) -> None:
    """One byte above 5 TiB."""

    class Huge:
        size = MAX_PLAINTEXT + 1

        def read_into(self, *_range: object) -> None:
            raise AssertionError

    assert code_of(lambda: seal_object(Huge(), vault, recipients=[])) == "sealed.too-large"


def test_an_object_is_for_somebody(vault: LocalVault) -> None:
    """Without a recipient nothing is written."""
    assert (
        code_of(lambda: seal_object(MemoryPlaintext(b""), vault, recipients=[]))
        == "age.recipients.none"
    )
    assert list(vault.held()) == []


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_is_read(vault: LocalVault, size: int) -> None:
    """In order, and its size is proven."""
    data = vaults.noise(size)
    one = vaults.sealed(vault, data)

    reader = open_object(one, vault, [vaults.STRANGER, vaults.CASE])

    assert reader.size == size
    assert b"".join(map(bytes, reader.blocks())) == data
    assert b"".join(map(bytes, reader.blocks(workers=1))) == data


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (0, 1),
        (CHUNK - 1, 2),
        (PLAIN_PART - 1, 2),
        (PLAIN_PART, 1),
        (10, PLAIN_PART + 20),
        (2 * PLAIN_PART + 4, 1),
        (2 * PLAIN_PART + 5, 0),
    ],
)
def test_any_range_is_read(vault: LocalVault, start: int, length: int) -> None:
    """Across chunks and parts, by each of the three ways."""
    data = vaults.noise(2 * PLAIN_PART + 5)
    reader = open_object(vaults.sealed(vault, data), vault, [vaults.CASE])
    wanted = data[start : start + length]
    out = bytearray(length)

    reader.read_into(start, memoryview(out))

    assert bytes(out) == wanted
    assert reader.read_at(start, length) == wanted
    assert b"".join(map(bytes, reader.blocks(start=start, end=start + length))) == wanted


def test_reading_at_the_end_gives_what_is_there(vault: LocalVault) -> None:
    """Fewer bytes, or none; a range outside is a bug."""
    reader = open_object(vaults.sealed(vault, b"0123456789"), vault, [vaults.CASE])

    assert reader.read_at(7, 100) == b"789"
    assert reader.read_at(10, 5) == b""
    assert reader.read_at(99, 5) == b""
    for start, length in ((0, 11), (-1, 1), (10, 1)):
        with pytest.raises(ValueError, match="outside"):
            reader.read_into(start, memoryview(bytearray(length)))
    for start, end in ((0, 11), (5, 4), (-1, 3)):
        with pytest.raises(ValueError, match="outside"):
            list(reader.blocks(start=start, end=end))


def test_a_given_executor_opens_the_parts(vault: LocalVault) -> None:
    """It is used, and it is not shut down."""
    data = vaults.noise(3 * PLAIN_PART)
    reader = open_object(vaults.sealed(vault, data), vault, [vaults.CASE])

    with ThreadPoolExecutor(2) as pool:
        assert b"".join(map(bytes, reader.blocks(executor=pool))) == data
        assert pool.submit(int, "7").result() == 7


def test_an_iterator_that_is_left_lets_its_threads_go(vault: LocalVault) -> None:
    """Who stops in the middle leaves nobody working."""
    reader = open_object(vaults.sealed(vault, vaults.noise(4 * PLAIN_PART)), vault, [vaults.CASE])
    blocks = reader.blocks(workers=2)
    next(blocks)

    blocks.close()

    assert not [one for one in threading.enumerate() if one.name.startswith("open")]


def test_blocks_cannot_be_written_to(vault: LocalVault) -> None:
    """They are shared by everybody who reads."""
    reader = open_object(vaults.sealed(vault, b"shared"), vault, [vaults.CASE])

    with pytest.raises(TypeError):
        next(reader.blocks())[0] = 1


def test_only_its_identity_opens_it(vault: LocalVault) -> None:
    """A stranger's key is refused."""
    one = vaults.sealed(vault, b"secret")

    assert code_of(lambda: open_object(one, vault, [vaults.STRANGER])) == "age.no-match"


# --- the cache ---------------------------------------------------------------------------------


def test_a_part_is_opened_once_for_all_who_wait() -> None:
    """Threads that come while it is opened get the same one."""
    cache, opened = PartCache(), []
    go_on = threading.Event()
    key = (Digest.of(b""), 0)

    def load() -> memoryview:
        opened.append(1)
        go_on.wait(30)
        return memoryview(b"part")

    with ThreadPoolExecutor(5) as pool:
        results = [pool.submit(cache.get, key, load) for _ in range(5)]
        go_on.set()
        assert {bytes(one.result(30)) for one in results} == {b"part"}

    assert opened == [1]


def test_the_part_that_was_not_used_longest_goes_first() -> None:
    """Two are kept: the third pushes out the older one."""
    cache, loads = PartCache(2), []

    def get(index: int) -> None:
        def load() -> memoryview:
            loads.append(index)
            return memoryview(b"")

        cache.get((Digest.of(b""), index), load)

    for index in (0, 1, 0, 2, 0, 1):
        get(index)

    assert loads == [0, 1, 2, 1]


def test_an_error_is_not_kept() -> None:
    """What could not be read just now is tried again; who waited hears of it too."""
    cache, key = PartCache(), (Digest.of(b""), 0)

    def fail() -> memoryview:
        raise Refused("vault.read-failed", "not now")

    assert code_of(lambda: cache.get(key, fail)) == "vault.read-failed"
    assert cache.get(key, lambda: memoryview(b"now")) == b"now"


# --- another recipient -------------------------------------------------------------------------


def test_another_header_opens_the_same_parts(vault: LocalVault) -> None:
    """One more part in the vault; the old header goes on; the new one is for nobody else."""
    one = vaults.sealed(vault, b"content")
    before = set(vault.held())

    sent = rewrap(
        one,
        vault,
        identities=[vaults.CASE],
        recipients=[recipient_of(vaults.PEER), recipient_of(vaults.STRANGER)],
    )

    assert set(vault.held()) - before == {sent.header}
    assert (sent.parts_list, sent.part_count) == (one.parts_list, one.part_count)
    assert len(vault.get(sent.header)) == sent.header_size
    assert sent.size - sent.header_size == one.size - one.header_size
    assert vaults.opened(vault, sent, vaults.PEER) == b"content"
    assert vaults.opened(vault, sent, vaults.STRANGER) == b"content"
    assert vaults.opened(vault, one) == b"content"
    assert code_of(lambda: vaults.opened(vault, sent, vaults.CASE)) == "age.no-match"


def test_who_received_it_makes_it_its_own(vault: LocalVault) -> None:
    """From the sender's header to one for the receiver's case: the way of every package."""
    sent = vaults.sealed(vault, b"content", recipient=vaults.PEER)
    own = HybridIdentity(b"\x09" * 32)

    kept = rewrap(sent, vault, identities=[vaults.PEER], recipients=[recipient_of(own)])

    assert vaults.opened(vault, kept, own) == b"content"


def test_a_cut_object_is_not_passed_on(vault: LocalVault) -> None:
    """Its last chunk lacks the flag of the end."""
    whole = vaults.sealed(vault, vaults.noise(2 * PLAIN_PART))
    cut = shorter(vault, whole, PART)

    assert (
        code_of(
            lambda: rewrap(
                cut,
                vault,
                identities=[vaults.CASE],
                recipients=[recipient_of(vaults.PEER)],
            )
        )
        == "age.payload.truncated"
    )


def shorter(vault: LocalVault, one: SealedObject, by: int) -> SealedObject:
    """Return the object without its last parts, as a liar would announce it."""
    count = one.part_count - -(-by // PART)
    row = vault.get(one.parts_list)[: 32 * count]
    vault.put(Digest.of(row), row)
    return evolve(one, part_count=count, parts_list=Digest.of(row), size=one.size - by)


# --- sizes that are not ours -------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"header_size": NONCE},
        {"header_size": 2**17 + NONCE + 1},
        {"part_size": PART - 1},
        {"part_size": SEALED_CHUNK},
        {"part_count": 2},
        {"part_count": 0},
        {"size": 0},
        {"size": 2**50},
    ],
    ids=str,
)
def test_sizes_that_nobody_makes_are_malformed(vault: LocalVault, change: dict[str, int]) -> None:
    """Before anything is read."""
    one = vaults.sealed(vault, b"content")

    with pytest.raises(Malformed) as caught:
        require_shape(evolve(one, **change))

    assert caught.value.code == "object.shape"


def test_sizes_are_those_of_the_parts(vault: LocalVault) -> None:
    """A header, a list or a part of another length than announced."""
    one = vaults.sealed(vault, b"content")
    row = vault.get(one.parts_list) * 2
    vault.put(Digest.of(row), row)
    lies = [
        evolve(one, header_size=one.header_size - 1, size=one.size - 1),
        evolve(one, parts_list=Digest.of(row)),
        evolve(one, size=one.size + 1),
    ]

    for lie in lies:
        assert (
            code_of(lambda lie=lie: open_object(lie, vault, [vaults.CASE]).size) == "object.shape"
        )


def test_a_header_with_something_behind_it_is_malformed(vault: LocalVault) -> None:
    """Exactly the nonce follows it."""
    one = vaults.sealed(vault, b"content")
    head = vault.get(one.header) + b"x"
    vault.put(Digest.of(head), head)
    lie = evolve(one, header=Digest.of(head), header_size=len(head), size=one.size + 1)

    assert code_of(lambda: open_object(lie, vault, [vaults.CASE])) == "object.shape"
