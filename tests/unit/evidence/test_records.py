import hashlib
import hmac

import memory_bag
from longbien.evidence import records
from longbien.evidence.wire import canonical, file_record
from longbien.ledger.tree import inclusion_proof, leaf_hash, root_of, verify_inclusion

PACKAGE = memory_bag.describe(memory_bag.Plan())


def test_a_leaf_commits_to_a_salted_record() -> None:
    """The specification's formula, computed by hand for the second file."""
    file = PACKAGE.files[1]
    salt = hmac.new(PACKAGE.salt, file.path.encode(), hashlib.sha256).digest()
    entry = hashlib.sha256(salt + canonical(file_record(file))).digest()

    assert records.record_salt(PACKAGE.salt, file.path) == salt
    assert records.record_entry(salt, records.encode_record(file)) == entry
    assert records.exhibit_leaves(PACKAGE)[32:64] == hashlib.sha256(b"\x00" + entry).digest()


def test_one_file_is_shown_to_belong_to_the_tree() -> None:
    """A record, its salt and a path of hashes lead to the signed root."""
    tree = records.exhibit_tree(PACKAGE)
    leaves = records.exhibit_leaves(PACKAGE)

    assert tree.count == 3
    assert tree.root == root_of(leaves)
    for index, file in enumerate(PACKAGE.files):
        salt = records.record_salt(PACKAGE.salt, file.path)
        leaf = leaf_hash(records.record_entry(salt, records.encode_record(file)))
        assert verify_inclusion(
            leaf=leaf,
            index=index,
            size=3,
            proof=inclusion_proof(leaves, index),
            root=tree.root.raw,
        )


def test_the_head_is_committed_under_a_salt_of_its_own() -> None:
    """Who sees the head learns nothing about a file, and the other way round."""
    salt = hmac.new(PACKAGE.salt, b"", hashlib.sha256).digest()
    head = records.encode_head(PACKAGE)

    assert records.head_commitment(PACKAGE).raw == hashlib.sha256(salt + head).digest()
    assert PACKAGE.salt.hex().encode() not in head
    assert b"E0001" not in head
    assert b"recipients" in head
    assert b"use_limits" in head
