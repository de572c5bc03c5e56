import os
import shutil
import subprocess
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it ships no types
import pytest

from longbien.adapters.sealed_files import add_recipients_to, open_sealed
from longbien.adapters.sealing import FilePlaintext, seal
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import (
    Identity,
    encode_identities,
    encode_identity,
    new_classical_identity,
    new_identity,
    parse_identities,
    recipient_of,
)
from longbien.trust.age.recipients import Recipient, encode_recipient, parse_recipient

HERE = Path(__file__).resolve().parent
SIZES = (0, 1, 65536, 65537, 2 * 1024 * 1024, 2 * 1024 * 1024 + 5)


def run_raw(*command: str | Path) -> bytes:
    """Run an outside tool; it must be there and it must agree."""
    assert shutil.which(str(command[0])), f"{command[0]} is missing: run ./do setup"
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def run(*command: str | Path) -> str:
    """Run an outside tool that answers in text."""
    return run_raw(*command).decode()


def typage(*arguments: str | Path) -> str:
    """Run the JavaScript implementation of age."""
    installed = HERE / "node_modules" / "age-encryption"
    assert installed.is_dir(), "typage is missing: run (cd tests/interop && npm ci) or ./do setup"
    return run("node", HERE / "typage.mjs", *arguments)


def age_keygen(path: Path) -> tuple[Identity, Recipient]:
    """Let Debian's age make a key, and read it."""
    run("age-keygen", "-o", path)
    (identity,) = parse_identities(path.read_bytes())
    return identity, parse_recipient(run("age-keygen", "-y", path).strip())


def sealed_by_us(folder: Path, data: bytes, *recipients: Recipient) -> Path:
    """Seal ``data`` with our code."""
    (folder / "plain").write_bytes(data)
    with FilePlaintext(folder / "plain") as plaintext:
        seal(plaintext, folder / "ours.age", recipients=recipients, replace=True)
    return folder / "ours.age"


def opened_by_us(path: Path, identity: Identity) -> bytes:
    """Open a file with our code."""
    with open_sealed(path, [identity]) as reader:
        return b"".join(bytes(block) for block in reader.blocks())


@pytest.mark.parametrize("size", SIZES)
def test_debian_age_opens_what_we_seal(tmp_path: Path, size: int) -> None:
    """What we seal for two X25519 recipients, Debian's age opens with either key."""
    data = os.urandom(size)
    keys = [tmp_path / "first", tmp_path / "second"]
    recipients = [age_keygen(key)[1] for key in keys]

    sealed = sealed_by_us(tmp_path, data, *recipients)

    for key in keys:
        assert run_raw("age", "-d", "-i", key, sealed) == data


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_debian_age_seals(tmp_path: Path, size: int) -> None:
    """What Debian's age seals for two recipients, we open with either key."""
    data = os.urandom(size)
    (tmp_path / "plain").write_bytes(data)
    pairs = [age_keygen(tmp_path / name) for name in ("first", "second")]
    texts = [encode_recipient(recipient) for _identity, recipient in pairs]

    run("age", "-r", texts[0], "-r", texts[1], "-o", tmp_path / "a.age", tmp_path / "plain")

    for identity, _recipient in pairs:
        assert opened_by_us(tmp_path / "a.age", identity) == data


def test_debian_age_uses_the_keys_that_we_make(tmp_path: Path) -> None:
    """An identity file of ours is one for Debian's age, and both derive one recipient from it."""
    identity = new_classical_identity(os.urandom)
    created_at = Instant.parse("2026-11-21T09:30:00Z")
    (tmp_path / "key").write_bytes(encode_identities([identity], created_at=created_at))

    theirs = run("age-keygen", "-y", tmp_path / "key").strip()

    assert theirs == encode_recipient(recipient_of(identity))


def test_debian_age_opens_after_a_recipient_was_added(tmp_path: Path) -> None:
    """After the header was rewritten for one recipient more, the old and the new key both open."""
    data = os.urandom(200_000)
    (first, recipient), (_second, added) = (age_keygen(tmp_path / n) for n in ("first", "second"))
    sealed = sealed_by_us(tmp_path, data, recipient)

    add_recipients_to(sealed, tmp_path / "more.age", identities=[first], recipients=[added])

    for key in ("first", "second"):
        assert run_raw("age", "-d", "-i", tmp_path / key, tmp_path / "more.age") == data


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_opens_what_we_seal_and_we_what_it_seals(tmp_path: Path, size: int) -> None:
    """A third implementation, in Rust, agrees with us both ways for X25519."""
    data = os.urandom(size)
    theirs = pyrage.x25519.Identity.generate()
    ours = new_classical_identity(os.urandom)

    sealed = sealed_by_us(tmp_path, data, parse_recipient(str(theirs.to_public())))
    for_us = pyrage.x25519.Recipient.from_str(encode_recipient(recipient_of(ours)))
    (tmp_path / "theirs.age").write_bytes(pyrage.encrypt(data, [for_us]))

    assert pyrage.decrypt(sealed.read_bytes(), [theirs]) == data
    assert opened_by_us(tmp_path / "theirs.age", ours) == data


@pytest.mark.parametrize("size", SIZES)
def test_typage_opens_what_we_seal(tmp_path: Path, size: int) -> None:
    """What we seal for two post-quantum recipients, typage opens with either key."""
    data = os.urandom(size)
    identities = [new_identity(os.urandom) for _ in range(2)]

    sealed = sealed_by_us(tmp_path, data, *(recipient_of(identity) for identity in identities))

    for identity in identities:
        typage("open", tmp_path / "out", sealed, encode_identity(identity))
        assert (tmp_path / "out").read_bytes() == data


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_typage_seals(tmp_path: Path, size: int) -> None:
    """What typage seals for two post-quantum recipients, we open with either key."""
    data = os.urandom(size)
    (tmp_path / "plain").write_bytes(data)
    identities = [new_identity(os.urandom) for _ in range(2)]
    texts = [encode_recipient(recipient_of(identity)) for identity in identities]

    typage("seal", tmp_path / "theirs.age", tmp_path / "plain", *texts)

    for identity in identities:
        assert opened_by_us(tmp_path / "theirs.age", identity) == data


def test_typage_makes_the_keys_that_we_read() -> None:
    """We read an identity of typage, derive the same recipient, and write the same texts."""
    identity_text, recipient_text = typage("keygen").split()

    (identity,) = parse_identities(identity_text.encode())

    assert encode_identity(identity) == identity_text
    assert encode_recipient(recipient_of(identity)) == recipient_text
    assert recipient_of(identity) == parse_recipient(recipient_text)


def test_typage_opens_after_a_recipient_was_added(tmp_path: Path) -> None:
    """The rewritten header of a post-quantum file opens in typage with the old and the new key."""
    data = os.urandom(200_000)
    old, new = new_identity(os.urandom), new_identity(os.urandom)
    sealed = sealed_by_us(tmp_path, data, recipient_of(old))

    more = tmp_path / "more.age"
    add_recipients_to(sealed, more, identities=[old], recipients=[recipient_of(new)])

    for identity in (old, new):
        typage("open", tmp_path / "out", more, encode_identity(identity))
        assert (tmp_path / "out").read_bytes() == data
