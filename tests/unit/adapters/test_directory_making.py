import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from longbien.adapters import directory_making as making
from longbien.adapters.keymaking import (
    Workshop,
    make_log,
    make_recipient,
    make_root,
    make_signer,
    make_witness,
)
from longbien.adapters.keystore import read_certificate
from longbien.directory.book import Book
from longbien.directory.entry import Roots
from longbien.directory.fingerprint import roots_fingerprint
from longbien.directory.wire import encode_entry, parse_entry, sign_entry
from longbien.exercise.states import NOW, make_state
from longbien.primitives.errors import LongBienError
from longbien.trust.age.identities import new_classical_identity, recipient_of
from longbien.trust.age.recipients import encode_recipient
from longbien.trust.issuing import Name
from longbien.trust.keys import KeyAlgorithm

NAME = Name(country="XA", organisation="Exercise", common_name="Root", is_exercise=True)
SHOP = Workshop(now=NOW, random_bytes=lambda size: b"\x11" * size)
WORLD = make_state("XA", offices=("contact-point",))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder of a State's key folders."""
    folder = tmp_path_factory.mktemp("keys")
    make_root(folder / "root", name=NAME, workshop=SHOP)
    for label in ("signer", "next"):
        make_signer(
            folder / label,
            root=folder / "root",
            name=evolve(NAME, common_name="Contact Point"),
            workshop=SHOP,
        )
    make_recipient(folder / "recipient", workshop=SHOP)
    make_log(folder / "log", name="longbien.xa/node", workshop=SHOP)
    make_witness(folder / "witness", name="longbien.xa/witness", workshop=SHOP)
    yield folder
    shutil.rmtree(folder)


def first(keys: Path, *, with_next: bool = True) -> object:
    """Return the first entry out of these folders."""
    bare = evolve(WORLD.entry.authorities[0], signing_keys=(), next_keys=(), sealing_keys=())
    return making.first_entry(
        making.NodeFacts(state=WORLD.code, exercise=True, endpoints=WORLD.entry.endpoints),
        authorities=[
            making.AuthorityKeys(
                authority=bare,
                signer=keys / "signer",
                recipient=keys / "recipient",
                next_signer=keys / "next" if with_next else None,
            )
        ],
        keys=making.NodeKeys(roots=[keys / "root"], log=keys / "log", witness=keys / "witness"),
        now=NOW,
    )


def test_first_entry_is_accepted(keys: Path) -> None:
    """What is made of the key folders is signed by the root and believed by a book."""
    entry = first(keys)
    signers = making.root_signers([keys / "root"], passphrase=None)
    signed = sign_entry(entry, signers=signers)
    book = Book(exercise=True)
    confirmed = roots_fingerprint(entry)
    book = book.with_update(book.decide([signed.data], now=NOW, confirmed=confirmed))
    office = entry.authorities[0].id
    assert book.find_signing_keys(office, NOW) == (making.public_pair(keys / "signer"),)
    assert parse_entry(encode_entry(entry)) == entry
    assert [one.algorithm for one in signers] == [KeyAlgorithm.P384, KeyAlgorithm.ML_DSA_87]


def test_what_the_entry_says_of_the_keys(keys: Path) -> None:
    """Windows are those of the certificates; roots are named by key and by certificate."""
    entry = first(keys)
    (key,) = entry.authorities[0].signing_keys
    own = read_certificate(keys / "signer" / "ec.pem")
    assert (key.not_before, key.not_after) == (own.not_before, own.not_after)
    assert entry.authorities[0].next_keys == (making.read_commitment(keys / "next"),)
    assert first(keys, with_next=False).authorities[0].next_keys == ()
    assert entry.roots == Roots(threshold=1, holders=(making.public_pair(keys / "root"),))
    assert entry.package_roots == tuple(
        read_certificate(keys / "root" / f"{label}.pem").sha256 for label in ("ec", "mldsa")
    )
    assert entry.expires_at == NOW.plus(timedelta(days=90))
    (sealing,) = entry.authorities[0].sealing_keys
    text = (keys / "recipient" / "recipient.txt").read_text().strip()
    assert encode_recipient(sealing.recipient) == text
    assert sealing.not_after == NOW.plus(timedelta(days=366))
    assert [key.partition("+")[0] for key in entry.ledger_keys] == ["longbien.xa/node"] * 2
    assert [key.partition("+")[0] for key in entry.witness_keys] == ["longbien.xa/witness"] * 2


def test_a_classical_recipient_is_refused(tmp_path: Path) -> None:
    """A folder with an age1… recipient is of the wrong kind."""
    text = encode_recipient(recipient_of(new_classical_identity(lambda size: b"\x07" * size)))
    (tmp_path / "recipient.txt").write_text(text)
    with pytest.raises(LongBienError) as caught:
        making.read_sealing_key(tmp_path, now=NOW)
    assert caught.value.code == "directory.classical-recipient"


def test_a_root_folder_that_was_mixed_up(keys: Path, tmp_path: Path) -> None:
    """A private key beside another root's certificate signs nothing."""
    make_root(tmp_path / "other", name=NAME, workshop=SHOP)
    shutil.copy(keys / "root" / "ec.pem", tmp_path / "other" / "ec.pem")
    with pytest.raises(LongBienError) as caught:
        making.root_signers([tmp_path / "other"], passphrase=None)
    assert caught.value.code == "directory.not-a-root-key"
