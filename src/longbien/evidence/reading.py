"""Reading what a verification needs: each tag file once, bounded, and digested as it was read.

What is parsed are the very bytes that were hashed: a bag that changes between two reads
cannot show one face to the digest and another to the parser.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol, TypeVar

from attrs import Factory, field, frozen

from longbien.evidence._findings import failed
from longbien.evidence.checks_manifests import Measured
from longbien.evidence.custody import MAX_EVENTS_FILE
from longbien.evidence.layout import (
    BAG_INFO,
    BAGIT,
    DESCRIPTION,
    DISCLOSURE,
    DISCLOSURE_TEXT,
    EVENTS,
    PAYLOAD_MANIFEST,
    POLICY,
    TAG_MANIFEST,
    WITNESS_KEYS,
    SignaturePaths,
    is_discloser_trust,
    is_proof,
    is_trust,
)
from longbien.evidence.manifests import BAGIT_TXT, MAX_BAG_INFO, MAX_MANIFEST
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.source import BagSource
from longbien.evidence.wire import MAX_DESCRIPTION
from longbien.ledger.policy import MAX_POLICY, Policy
from longbien.ledger.proof import MAX_PROOF_FILE
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.primitives.ids import KeyId
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding
from longbien.trust.cades import MAX_SIGNATURE
from longbien.trust.certificates import Anchors, Material
from longbien.trust.postquantum import SIGNATURE_SIZE
from longbien.trust.timestamps import MAX_TIMESTAMP

MAX_TRUST_FILE = 8 * 2**20  # bytes: revocation lists of large States have some megabytes

T = TypeVar("T")


class Spread(Protocol):
    """Apply a function to many paths: ``map``, or several threads at once."""

    def __call__(self, measure: Callable[[str], T], paths: Iterable[str], /) -> Iterable[T]:
        """Return the results in the order of the paths; an error of one leaves as it is."""
        ...


_LIMITS = {
    BAGIT: len(BAGIT_TXT),
    BAG_INFO: MAX_BAG_INFO,
    PAYLOAD_MANIFEST: MAX_MANIFEST,
    TAG_MANIFEST: MAX_MANIFEST,
    DESCRIPTION: MAX_DESCRIPTION,
    EVENTS: MAX_EVENTS_FILE,
    POLICY: MAX_POLICY,
    WITNESS_KEYS: MAX_POLICY,
}


@frozen(kw_only=True)
class Reader:
    """Who verifies: whom that party believes, what it knows itself, and which key it has."""

    anchors: Anchors
    policy: Policy | None
    """Its own ledgers and witnesses; None: it named none."""

    now: Instant
    recipient: KeyId | None = None
    """Its own key, which the package must name; None: it is no recipient, a court for instance."""

    material: Material = Factory(Material)
    """Certificates and revocation lists of its own; believed only when proven."""


@frozen(kw_only=True)
class TagFiles:
    """What was read of the bag's small files."""

    contents: Mapping[str, bytes] = field(repr=False)
    digests: Mapping[str, Digest] = field(repr=False)
    """Of every file that was asked for and is not too large, parsed or not."""

    findings: tuple[Finding, ...] = ()

    def find(self, path: str) -> bytes | None:
        """Return the bytes of a file that was to be parsed; None if it is not there."""
        return self.contents.get(path)

    def those(self, belongs: Callable[[str], bool]) -> dict[str, bytes]:
        """Return the files whose path belongs to a kind."""
        return {path: data for path, data in self.contents.items() if belongs(path)}


def read_tag_files(source: BagSource, paths: Iterable[str], *, check: str) -> TagFiles:
    """Read or measure each path; one that is larger than its kind may be is FAILED, unread."""
    contents: dict[str, bytes] = {}
    digests: dict[str, Digest] = {}
    findings: list[Finding] = []
    for path in paths:
        limit = find_limit(path)
        if limit is None:
            digests[path] = source.measure(path, leaf_size=LEAF_SIZE).sha256
            continue
        try:
            contents[path] = source.read(path, limit=limit)
        except Refused:
            findings.append(failed(check, "layout.too-large", path, limit=limit))
        else:
            digests[path] = Digest.of(contents[path])
    return TagFiles(contents=contents, digests=digests, findings=tuple(findings))


def find_limit(path: str) -> int | None:
    """Return how large a file that is parsed may be; None for one that is only hashed."""
    if path in {DISCLOSURE, DISCLOSURE_TEXT}:
        return MAX_DESCRIPTION
    if is_discloser_trust(path):
        return MAX_TRUST_FILE
    if is_proof(path):
        return MAX_PROOF_FILE
    if is_trust(path):
        return MAX_TRUST_FILE
    return _LIMITS.get(path)


def read_signature(source: BagSource, path: str) -> bytes:
    """Return a signature file; one that is too large comes back cut, and so as not good."""
    limit = {".p7s": MAX_SIGNATURE, ".tsr": MAX_TIMESTAMP}.get(path[-4:], SIGNATURE_SIZE)
    try:
        return source.read(path, limit=limit)
    except Refused:
        return b""


def signature_set(paths: SignaturePaths, present: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """Return the bytes of one signer's files by their field names."""
    return {
        "cades": present.get(paths.cades),
        "timestamp": present.get(paths.timestamp),
        "post_quantum": present.get(paths.post_quantum),
    }


def read_leaves(source: BagSource, path: str, limit: int) -> bytes | None:
    """Return a leaves file; None where it has more bytes than it may have."""
    try:
        return source.read(path, limit=limit)
    except Refused:
        return None


def measure_all(
    source: BagSource,
    paths: tuple[str, ...],
    *,
    spread: Spread,
    blocks_only: Collection[str] = (),
    known: Collection[Digest] = (),
) -> dict[str, Measured]:
    """Measure every payload file, each byte read once.

    Of those in ``blocks_only`` no digest of the whole file is made.  ``known`` are the digests
    of the leaves files.
    """

    def measure(path: str) -> Measured:
        if path in blocks_only:
            return Measured.of(source.measure_leaves(path, leaf_size=LEAF_SIZE), known=known)
        return Measured.of(source.measure(path, leaf_size=LEAF_SIZE), known=known)

    return dict(zip(paths, spread(measure, paths), strict=True))
