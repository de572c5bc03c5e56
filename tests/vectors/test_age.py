import hashlib
import zlib
from pathlib import Path

import pytest
from attrs import frozen

from longbien.adapters.sealed_files import open_sealed
from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.trust.age.identities import Identity, parse_identities
from outside import vectors_folder

KNOWN_KEYS = {
    *("expect", "payload", "identity", "passphrase", "armored", "compressed", "file key"),
    "comment",
}
NOTHING = hashlib.sha256().hexdigest()

# where armor does not begin with its marker, it is not recognised as armor
NOT_ARMOR = {
    "armor_garbage_leading",
    "armor_lowercase",
    "armor_whitespace_begin",
    "armor_wrong_type",
}
# what a vector with a passphrase is refused with, when it is not the passphrase
PASSPHRASE_CODES = {
    "scrypt_not_canonical_body": "age.header.base64",
    "scrypt_uppercase": "age.no-match",
    "armor_scrypt": "age.armor",
}


@frozen(kw_only=True)
class Vector:
    """One file of the official vectors of age."""

    name: str
    expect: str
    payload: str
    identities: tuple[Identity, ...]
    is_armored: bool
    has_passphrase: bool
    file: bytes


def read_vector(path: Path) -> Vector:
    """Read a vector; a key that its format does not have fails."""
    head, _, file = path.read_bytes().partition(b"\n\n")
    found: dict[str, list[str]] = {}
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        assert key in KNOWN_KEYS, key
        found.setdefault(key, []).append(value)
    assert found.get("compressed", ["zlib"]) == ["zlib"]
    identities = "\n".join(found.get("identity", [])).encode()
    return Vector(
        name=path.name,
        expect=found["expect"][0],
        payload=found.get("payload", [NOTHING])[0],
        identities=parse_identities(identities) if identities else (),
        is_armored="armored" in found,
        has_passphrase="passphrase" in found,
        file=zlib.decompress(file) if "compressed" in found else file,
    )


VECTORS = [read_vector(path) for path in sorted((vectors_folder() / "age").iterdir())]
OURS = [v for v in VECTORS if not (v.is_armored or v.has_passphrase)]
ARMORED = [v for v in VECTORS if v.is_armored]
PASSPHRASES = [v for v in VECTORS if v.has_passphrase]


def open_vector(vector: Vector, path: Path, *, workers: int) -> tuple[LongBienError | None, str]:
    """Open a vector; return the error, and the digest of everything that was released."""
    path.write_bytes(vector.file)
    released = hashlib.sha256()
    try:
        with open_sealed(path, vector.identities) as reader:
            for block in reader.blocks(workers=workers):
                released.update(block)
    except LongBienError as error:
        return error, released.hexdigest()
    return None, released.hexdigest()


def outcome(error: LongBienError | None) -> str:
    """Say what happened in the words of the vectors."""
    match error:
        case None:
            return "success"
        case Refused(code="age.no-match"):
            return "no match"
        case Malformed(code="age.mac"):
            return "HMAC failure"
        case Malformed(code=code):
            area = code.rpartition(".")[0]
            return {"age.header": "header failure", "age.payload": "payload failure"}[area]
        case _:
            return str(error)


def test_the_vectors_are_the_ones_we_know() -> None:
    """85 vectors are for us; 33 are armored and 26 take a passphrase, one of them both."""
    assert (len(VECTORS), len(OURS), len(ARMORED), len(PASSPHRASES)) == (143, 85, 33, 26)
    expected = [vector.expect for vector in OURS]
    assert {kind: expected.count(kind) for kind in expected} == {
        "header failure": 40,
        "payload failure": 18,
        "success": 18,
        "no match": 8,
        "HMAC failure": 1,
    }


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("vector", OURS, ids=lambda vector: vector.name)
def test_each_vector_ends_as_it_must(tmp_path: Path, vector: Vector, workers: int) -> None:
    """Each vector has its outcome, and exactly the plaintext it may is released."""
    error, released = open_vector(vector, tmp_path / "file.age", workers=workers)

    assert outcome(error) == vector.expect
    assert released == vector.payload


@pytest.mark.parametrize("vector", OURS, ids=lambda vector: vector.name)
def test_asking_for_the_size_finds_what_was_cut(tmp_path: Path, vector: Vector) -> None:
    """A good vector has its size; of a bad payload nothing needs to be released to find it."""
    (tmp_path / "file.age").write_bytes(vector.file)

    try:
        with open_sealed(tmp_path / "file.age", vector.identities) as reader:
            whole = reader.read_at(0, reader.size)
            ending: str = "success"
    except LongBienError as error:
        whole, ending = b"", outcome(error)

    assert ending == vector.expect
    if ending == "success":
        assert hashlib.sha256(whole).hexdigest() == vector.payload


@pytest.mark.parametrize("vector", ARMORED, ids=lambda vector: vector.name)
def test_armor_is_refused(tmp_path: Path, vector: Vector) -> None:
    """Armor has a code of its own, good or bad armor alike."""
    error, released = open_vector(vector, tmp_path / "file.age", workers=1)

    assert isinstance(error, Malformed)
    code = "age.header.version" if vector.name in NOT_ARMOR else "age.armor"
    assert (error.code, released) == (code, NOTHING)


@pytest.mark.parametrize("vector", PASSPHRASES, ids=lambda vector: vector.name)
def test_passphrases_are_refused(tmp_path: Path, vector: Vector) -> None:
    """A passphrase has a code of its own, and no work is done for its work factor."""
    error, released = open_vector(vector, tmp_path / "file.age", workers=1)

    assert error is not None
    assert error.code == PASSPHRASE_CODES.get(vector.name, "age.passphrase")
    assert released == NOTHING
