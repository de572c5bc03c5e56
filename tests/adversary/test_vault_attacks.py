"""Attacks on what lies in the vault, and accidents: all found, all coded, nothing lost.

Some twenty places of each stored file are changed here; every bit of small ones.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve

import memory_bag
import packing_world as packing
import vault_world as vaults
from longbien.adapters.bag_writer import new_bag
from longbien.adapters.exhibits import Bench
from longbien.adapters.export import WrittenBag
from longbien.adapters.opener import begin, events_of, unpack
from longbien.adapters.sealed_bag import SealedBag
from longbien.adapters.sealed_objects import (
    PART,
    PLAIN_PART,
    MemoryPlaintext,
    ObjectReader,
    open_object,
    rewrap,
    seal_object,
)
from longbien.adapters.vault import scrub
from longbien.adapters.vault_local import LocalVault
from longbien.channel.transfer import SealedObject
from longbien.evidence.report import Report
from longbien.evidence.tar import FileSpan, plan_tar
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Integrity, LongBienError
from longbien.primitives.verdict import Outcome
from longbien.trust.age.identities import recipient_of
from longbien.trust.age.stream import SEALED_CHUNK

TESTS = Path(__file__).parent.parent


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


# --- the disk changes ---------------------------------------------------------------------------


def test_every_flipped_bit_of_a_small_object_is_found(vault: LocalVault, folder: Path) -> None:
    """Header, list and part, bit by bit: by reading and by scrubbing."""
    one = vaults.sealed(vault, b"x")
    files = [vaults.place(folder, digest) for digest in vault.held()]
    assert len(files) == 3

    for path in files:
        for bit in range(8 * path.stat().st_size):
            vaults.flip(path, bit)
            assert code_of(lambda path=path: vault.get(Digest.parse(path.name))) == "vault.changed"
            if bit % 97 == 0:
                assert code_of(lambda: vaults.opened(vault, one)) == "vault.changed"
                found = scrub(vault, [one], now=memory_bag.NOW, budget=2**40).damages
                assert [damage.part.hex for damage in found] == [path.name]
            vaults.flip(path, bit)

    assert vaults.opened(vault, one) == b"x"


@pytest.mark.parametrize("place", [0, 1, PART // 2, PART - 1])
def test_a_flipped_bit_in_a_large_part_is_found(
    vault: LocalVault, folder: Path, place: int
) -> None:
    """Reading the parts beside it goes on."""
    data = vaults.noise(3 * PLAIN_PART)
    one = vaults.sealed(vault, data)
    second = vaults.digests_of(vault, one)[1]
    vaults.flip(vaults.place(folder, second), 8 * place + 5)

    reader = open_object(one, vault, [vaults.CASE])

    assert reader.read_at(0, 5) == data[:5]
    assert reader.read_at(2 * PLAIN_PART, 5) == data[2 * PLAIN_PART : 2 * PLAIN_PART + 5]
    assert code_of(lambda: reader.read_at(PLAIN_PART, 1)) == "vault.changed"
    assert code_of(lambda: list(reader.blocks())) == "vault.changed"


@pytest.mark.parametrize("length", [0, 1, SEALED_CHUNK, PART - 1])
def test_a_truncated_part_is_found(vault: LocalVault, folder: Path, length: int) -> None:
    """Also one that was cut between two chunks."""
    one = vaults.sealed(vault, vaults.noise(2 * PLAIN_PART))
    os.truncate(vaults.place(folder, vaults.digests_of(vault, one)[0]), length)

    assert code_of(lambda: vaults.opened(vault, one)) == "vault.changed"


def test_parts_that_were_swapped_on_the_disk_are_found(vault: LocalVault, folder: Path) -> None:
    """Each has the other's name."""
    one = vaults.sealed(vault, vaults.noise(3 * PLAIN_PART))
    first, second = (vaults.place(folder, digest) for digest in vaults.digests_of(vault, one)[:2])
    away = folder / "away"
    first.rename(away)
    second.rename(first)
    away.rename(second)

    assert code_of(lambda: vaults.opened(vault, one)) == "vault.changed"


@pytest.mark.parametrize("which", ["header", "list", "part"])
def test_what_is_missing_is_named(vault: LocalVault, which: str) -> None:
    """A header, a list, a part that somebody has removed."""
    one = vaults.sealed(vault, vaults.noise(PLAIN_PART + 1))
    digest = {
        "header": one.header,
        "list": one.parts_list,
        "part": vaults.digests_of(vault, one)[0],
    }[which]
    vault.discard([digest])

    with pytest.raises(Integrity) as caught:
        vaults.opened(vault, one)

    assert caught.value.code == "vault.missing"
    assert digest.hex in str(caught.value)


# --- a sender lies ------------------------------------------------------------------------------


def announced(vault: LocalVault, one: SealedObject, parts: list[Digest], size: int) -> SealedObject:
    """Return an object over other parts, with a list that agrees: what a liar would announce."""
    row = b"".join(digest.raw for digest in parts)
    vault.put(Digest.of(row), row)
    return evolve(one, parts_list=Digest.of(row), part_count=len(parts), size=size)


def test_parts_in_another_order_do_not_open(vault: LocalVault) -> None:
    """The list is the liar's own: each chunk knows its place."""
    one = vaults.sealed(vault, vaults.noise(3 * PLAIN_PART))
    first, second, third = vaults.digests_of(vault, one)

    lie = announced(vault, one, [second, first, third], one.size)

    assert code_of(lambda: vaults.opened(vault, lie)) == "age.payload.chunk"


def test_a_part_given_twice_does_not_open(vault: LocalVault) -> None:
    """In place of another."""
    one = vaults.sealed(vault, vaults.noise(3 * PLAIN_PART))
    first, _, third = vaults.digests_of(vault, one)

    lie = announced(vault, one, [first, first, third], one.size)

    assert code_of(lambda: vaults.opened(vault, lie)) == "age.payload.chunk"


def test_a_part_of_another_object_does_not_open(vault: LocalVault) -> None:
    """Another key."""
    one, other = (vaults.sealed(vault, vaults.noise(2 * PLAIN_PART)) for _ in range(2))
    parts = [vaults.digests_of(vault, other)[0], vaults.digests_of(vault, one)[1]]

    lie = announced(vault, one, parts, one.size)

    assert code_of(lambda: vaults.opened(vault, lie)) == "age.payload.chunk"


def test_an_object_without_its_end_does_not_open(vault: LocalVault) -> None:
    """Cut between parts, and its list with it: refused before anything was released."""
    one = vaults.sealed(vault, vaults.noise(3 * PLAIN_PART))

    lie = announced(vault, one, vaults.digests_of(vault, one)[:2], one.size - PART)

    reader = open_object(lie, vault, [vaults.CASE])
    assert code_of(lambda: reader.size) == "age.payload.truncated"
    assert code_of(lambda: reader.read_at(0, 1)) == "age.payload.truncated"


def test_an_object_with_something_behind_its_end_does_not_open(vault: LocalVault) -> None:
    """A whole object, and then a part more."""
    one = vaults.sealed(vault, vaults.noise(2 * PLAIN_PART))
    parts = vaults.digests_of(vault, one)

    lie = announced(vault, one, [*parts, parts[0]], one.size + PART)

    assert code_of(lambda: vaults.opened(vault, lie)) == "age.payload.chunk"


def test_a_header_of_another_object_does_not_open(vault: LocalVault) -> None:
    """It is well made, for us, and wraps another key."""
    one, other = vaults.sealed(vault, b"one"), vaults.sealed(vault, b"other")

    lie = evolve(one, header=other.header)

    assert code_of(lambda: vaults.opened(vault, lie)) == "age.payload.chunk"


def test_a_stranger_opens_nothing_and_rewraps_nothing(vault: LocalVault) -> None:
    """Wrong identity, with the right parts."""
    one = vaults.sealed(vault, b"secret")

    assert code_of(lambda: vaults.opened(vault, one, vaults.STRANGER)) == "age.no-match"
    assert (
        code_of(
            lambda: rewrap(
                one,
                vault,
                identities=[vaults.STRANGER],
                recipients=[recipient_of(vaults.STRANGER)],
            )
        )
        == "age.no-match"
    )


# --- a package that was changed before it was sealed ---------------------------------------------


def tar_of(files: dict[str, bytes]) -> bytes:
    """Return the tar of a bag in memory."""
    plan = plan_tar(
        f"LB-{memory_bag.PACKAGE_ID}",
        mtime=memory_bag.CREATED.unix,
        files=[(path, len(data)) for path, data in files.items()],
    )
    return b"".join(
        files[piece.path] if isinstance(piece, FileSpan) else piece
        for piece in plan.pieces(0, plan.size)
    )


def reports(vault: LocalVault, tar: bytes, out: Path) -> tuple[Report, Report]:
    """Judge a tar where it lies, and the folder that it opens into."""
    one = seal_object(MemoryPlaintext(tar), vault, recipients=[recipient_of(vaults.PEER)])
    with SealedBag(open_object(one, vault, [vaults.PEER])) as bag:
        in_place = vaults.judged(bag)
    name, events = begin(events_of(open_object(one, vault, [vaults.PEER]).blocks()))
    with new_bag(out, name) as writer:
        unpack(events, writer.folder)
    with WrittenBag(writer.final) as written:
        return in_place, vaults.judged(written)


CHANGES = [*sorted(memory_bag.good()), *(f"-{path}" for path in sorted(memory_bag.good()))]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_package_is_judged_in_place_as_in_a_folder(
    vault: LocalVault, tmp_path: Path, change: str
) -> None:
    """One byte of any file, or any file left out: the same report, word for word, never PASSED."""
    files = dict(memory_bag.good())
    path = change.removeprefix("-")
    data = files.pop(path)
    if not change.startswith("-"):
        files[path] = data[:-1] + bytes([data[-1] ^ 1]) if data else b"x"

    in_place, opened = reports(vault, tar_of(files), tmp_path / "out")

    assert in_place == opened
    assert in_place.outcome is not Outcome.PASSED


def test_bytes_hidden_in_paddings_are_found(vault: LocalVault) -> None:
    """Behind each file stand zeros, and behind the tar nothing."""
    tar = tar_of(dict(memory_bag.good()))
    first = next(iter(sorted(memory_bag.PAYLOAD)))
    behind = tar.index(memory_bag.PAYLOAD[first]) + len(memory_bag.PAYLOAD[first])
    hidden = tar[:behind] + b"x" + tar[behind + 1 :]

    def bag(data: bytes) -> Callable[[], object]:
        one = seal_object(MemoryPlaintext(data), vault, recipients=[recipient_of(vaults.PEER)])
        return lambda: SealedBag(open_object(one, vault, [vaults.PEER]))

    assert code_of(bag(hidden)) == "tar.padding"
    assert code_of(bag(tar + bytes(512))) == "tar.trailing"
    assert code_of(bag(tar[:-512])) == "tar.truncated"
    assert code_of(bag(tar[:behind])) == "tar.truncated"


def test_plaintext_touches_no_disk(vault: LocalVault, folder: Path) -> None:
    """A word of the exhibits is nowhere in the vault: not after ingest, sealing, judging."""
    canary = b"canary-7f3a canary-7f3a"
    with Bench(workers=1) as bench, vaults.writer(vault, bench) as writer:
        writer.write(canary * 1000)
        exhibit = writer.finish(b"canary-7f3a.txt")

    package = vaults.packed_into(vault, vaults.draft_of(vault, [exhibit]))
    with SealedBag(open_object(package.sent, vault, [vaults.PEER])) as bag:
        assert vaults.judged(bag).outcome is Outcome.PASSED

    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(stored) == 3 + 3 + 1
    assert not [data for data in stored if b"canary" in data or str(packing.ID).encode() in data]


# --- accidents ----------------------------------------------------------------------------------

_PUTTING = """
import hashlib, os, sys
from pathlib import Path
from longbien.adapters.vault_local import LocalVault
from longbien.primitives.digest import Digest
from concurrent.futures import ThreadPoolExecutor
vault = LocalVault(Path(sys.argv[1]), spare=0)
def put(number):
    data = hashlib.shake_256(b"%d" % number).digest(200_000)
    digest = Digest.of(data)
    vault.put(digest, data)
    os.write(1, f"{digest}\\n".encode())
with ThreadPoolExecutor(3) as pool:
    list(pool.map(put, range(100_000)))
"""


@pytest.mark.parametrize("acknowledged", [1, 7, 40])
def test_a_kill_loses_nothing_that_was_acknowledged(
    vault: LocalVault, folder: Path, acknowledged: int
) -> None:
    """SIGKILL in the middle of puts: what was told is there and good; the rest is swept away."""
    with subprocess.Popen(
        [sys.executable, "-c", _PUTTING, str(folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(acknowledged)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split()

    whole = [Digest.parse(text) for text in told if len(text) == 64]
    assert len(whole) >= acknowledged
    for digest in {*whole, *vault.held()}:
        vault.get(digest)
    vault.clear_incoming()
    assert list((folder / "incoming").iterdir()) == []


_FILLING = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import vault_world as vaults
from longbien.primitives.errors import Unavailable
folder = Path(sys.argv[1])
with vaults.local_vault(folder / "vault", spare=0) as vault:
    kept = []
    try:
        for number in range(100):
            kept.append((vaults.sealed(vault, vaults.noise(3_000_000, number)), number))
    except Unavailable as error:
        assert error.code == "vault.no-space", error.code
        assert error.retry
    assert 3 <= len(kept) <= 7, len(kept)
    assert not any((folder / "vault" / "incoming").iterdir())
    for one, number in kept:
        assert vaults.opened(vault, one) == vaults.noise(3_000_000, number)
    left = set(vault.held()) - {
        digest for one, _ in kept for digest in (one.header, one.parts_list)
    } - {digest for one, _ in kept for digest in vaults.digests_of(vault, one)}
    for digest in left:
        vault.get(digest)
    vault.discard([kept[0][0].header, *vaults.digests_of(vault, kept[0][0]), *left])
    one = vaults.sealed(vault, b"space was made")
    assert vaults.opened(vault, one) == b"space was made"
print("good")
"""


def test_a_full_disk_takes_nothing_half_and_goes_on_when_space_is_made(tmp_path: Path) -> None:
    """A real file system of 20 MB: what was accepted stays good, the rest is refused."""
    script = f'mount -t tmpfs -o size=20m,mode=700 none "{tmp_path}" && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]

    done = subprocess.run(
        [*command, sys.executable, "-c", _FILLING, str(tmp_path), str(TESTS)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.stdout, done.returncode) == ("good\n", 0), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_is_not_fooled_by_a_vault_that_lies(vault: LocalVault) -> None:
    """Even a vault that does not check: each chunk authenticates itself."""
    one = vaults.sealed(vault, vaults.noise(1000))

    class Lying:
        def get(self, sha256: Digest, /) -> bytes:
            data = vault.get(sha256)
            return data if sha256 in {one.header, one.parts_list} else data[:-1] + b"\0"

    reader: ObjectReader = open_object(one, Lying(), [vaults.CASE])

    assert code_of(lambda: reader.size) == "age.payload.chunk"
