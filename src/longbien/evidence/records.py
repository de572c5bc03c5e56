"""The exhibit tree: a commitment to each file's record, so that one exhibit can be shown alone.

``bag-info.txt`` carries the root, hence the signature covers it.  Each leaf is salted with a salt
of its own: who sees one record and its path to the root learns nothing about the other files,
not even by guessing.  Section 5 of ``spec/package.md``.
"""

import hashlib
import hmac

from longbien.evidence.manifests import ExhibitTree
from longbien.evidence.package import Package, PayloadFile
from longbien.evidence.wire import Head, canonical, file_record, head_of
from longbien.ledger.tree import leaf_hash, root_of
from longbien.primitives.digest import Digest

HEAD_NAME = ""  # no payload file has this path: the head's salt is nobody else's


def record_salt(salt: bytes, path: str) -> bytes:
    """Return the salt of one record: HMAC-SHA-256(package salt, path); 32 bytes."""
    return hmac.digest(salt, path.encode("ascii"), "sha256")


def record_entry(salt: bytes, record: bytes) -> bytes:
    """Return SHA-256(salt ‖ record): ``salt`` is the record's own, ``record`` canonical JSON."""
    return hashlib.sha256(salt + record).digest()


def encode_record(file: PayloadFile) -> bytes:
    """Return the canonical JSON of one file's record, as it stands in package.json."""
    return canonical(file_record(file))


def exhibit_leaves(package: Package) -> bytes:
    """Return the RFC 6962 leaf hashes over all files' records, in the order of package.json."""
    return b"".join(
        leaf_hash(record_entry(record_salt(package.salt, file.path), encode_record(file)))
        for file in package.files
    )


def exhibit_tree(package: Package) -> ExhibitTree:
    """Return what ``LB-Exhibit-Tree`` must say."""
    return ExhibitTree(count=len(package.files), root=root_of(exhibit_leaves(package)))


def encode_head(package: Package | Head) -> bytes:
    """Return package.json without ``files``, ``notices`` and ``salt``, as canonical JSON."""
    return canonical(head_of(package))


def head_commitment(package: Package) -> Digest:
    """Return what ``LB-Package-Head`` must say: request, use limits, recipients, salted.

    It lets a disclosed exhibit take its use limits along, proven, without the list of files.
    """
    return Digest(record_entry(record_salt(package.salt, HEAD_NAME), encode_head(package)))
