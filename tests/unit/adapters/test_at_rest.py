"""Case content at rest: it opens at its place, under its key, and nowhere else."""

from pathlib import Path

import pytest

from longbien.adapters.at_rest import (
    DataKey,
    MasterKey,
    create_master_key,
    place,
    read_master_key,
)
from longbien.primitives.errors import Integrity, Refused

HERE = place("event", "case", 1)


def counting(count: int) -> bytes:
    """Return bytes that are the same in each run."""
    return bytes(range(count))


def seal(key: DataKey, plain: bytes = b"plain") -> bytes:
    """Seal a value for this place."""
    return key.seal(plain, at=HERE, random_bytes=counting)


def test_a_value_opens_at_its_place() -> None:
    """What goes in comes out; 28 bytes are added; the plain text is not in it."""
    key = DataKey(bytes(32))

    sealed = seal(key)

    assert key.open(sealed, at=HERE) == b"plain"
    assert len(sealed) == len(b"plain") + 28
    assert b"plain" not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [place("event", "case", 2), place("event", "cas", "e1"), place("outbox", "case", 1), b""],
)
def test_a_value_opens_at_no_other_place(elsewhere: bytes) -> None:
    """Parts of a place cannot be shifted from one into the next."""
    key = DataKey(bytes(32))

    with pytest.raises(Integrity) as caught:
        key.open(seal(key), at=elsewhere)

    assert caught.value.code == "at-rest.changed"


def test_every_flipped_bit_is_noticed() -> None:
    """Of nonce, text and tag; and a value cut short."""
    key = DataKey(bytes(32))
    sealed = seal(key)
    changed = [
        bytes([*sealed[:at], sealed[at] ^ (1 << bit), *sealed[at + 1 :]])
        for at in range(len(sealed))
        for bit in range(8)
    ]

    for wrong in [*changed, *(sealed[:length] for length in range(len(sealed)))]:
        with pytest.raises(Integrity):
            key.open(wrong, at=HERE)


def test_another_key_opens_nothing() -> None:
    """A case's key is its own."""
    with pytest.raises(Integrity):
        DataKey(bytes(31) + b"\1").open(seal(DataKey(bytes(32))), at=HERE)


def test_a_wrapped_key_belongs_to_its_case_and_node() -> None:
    """It unwraps for its own case under its own master key."""
    master, key = MasterKey(bytes(32)), DataKey.draw(counting)
    wrapped = master.wrap(key, at=HERE, random_bytes=counting)

    assert master.unwrap(wrapped, at=HERE).open(seal(key), at=HERE) == b"plain"
    for wrong, at in ((master, b"x"), (MasterKey(b"\1" * 32), HERE)):
        with pytest.raises(Integrity):
            wrong.unwrap(wrapped, at=at)


def test_the_uses_of_a_master_key_do_not_mix() -> None:
    """What the node's own key has sealed is no wrapped key."""
    master = MasterKey(bytes(32))
    sealed = master.own.seal(bytes(32), at=HERE, random_bytes=counting)

    with pytest.raises(Integrity):
        master.unwrap(sealed, at=HERE)


def test_a_mark_tells_fields_apart() -> None:
    """Neither their order, nor where one ends, nor whether they are text, bytes or nothing."""
    master = MasterKey(bytes(32))
    marks = {
        master.mark("a", "b"),
        master.mark("b", "a"),
        master.mark("ab", ""),
        master.mark("a", b"b"),
        master.mark("a", None),
        master.mark("a", ""),
        master.mark("a"),
        MasterKey(b"\1" * 32).mark("a", "b"),
    }

    assert len(marks) == 8
    assert {len(mark) for mark in marks} == {32}
    assert master.mark("a", 5) == master.mark("a", "5")


def test_a_derived_key_does_not_open_what_its_parent_sealed() -> None:
    """Another use has another key."""
    key = DataKey(bytes(32))

    assert key.derive(b"one") != key.derive(b"two")
    with pytest.raises(Integrity):
        DataKey(key.derive(b"one")).open(seal(key), at=HERE)


def test_secrets_are_not_printed() -> None:
    """A key in a traceback or a log shows nothing."""
    key, master = DataKey(b"k" * 32), MasterKey(b"m" * 32)

    assert "kkk" not in repr(key)
    assert "mmm" not in repr(master)
    assert b"m".hex() * 3 not in repr(master)


# --- the file --------------------------------------------------------------------


def test_the_master_key_is_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    """64 digits, as they are copied to paper; never overwritten."""
    path = tmp_path / "master.key"

    made = create_master_key(path, random_bytes=counting)

    assert path.read_text() == counting(32).hex() + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_master_key(path).mark("x") == made.mark("x")
    with pytest.raises(Refused) as caught:
        create_master_key(path, random_bytes=counting)
    assert caught.value.code == "keystore.exists"


@pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "zz" * 32, "é" * 32])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """It says what is lost without the key."""
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(Refused) as caught:
        read_master_key(path)

    assert caught.value.code == "at-rest.master-key"


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """With the command that repairs it."""
    path = tmp_path / "master.key"
    create_master_key(path, random_bytes=counting)
    path.chmod(0o640)

    with pytest.raises(Refused) as caught:
        read_master_key(path)

    assert caught.value.code == "keystore.open-to-others"
