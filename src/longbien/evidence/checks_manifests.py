"""Steps 2 to 4: the manifests name exactly what is there, and every byte is as they say."""

from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet

from attrs import evolve, field, frozen

from longbien.evidence._findings import capped, failed, passed, undecided, unreadable
from longbien.evidence.hashing import leaf_count
from longbien.evidence.layout import PAYLOAD_MANIFEST, TAG_MANIFEST, find_leaves_index, leaves_path
from longbien.evidence.manifests import (
    ManifestLine,
    parse_payload_manifest,
    parse_tag_manifest,
)
from longbien.evidence.package import LEAF_SIZE, PayloadFile
from longbien.evidence.source import LeafMeasurement, Measurement
from longbien.ledger.tree import HASH_SIZE, root_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding

TAGS = "package.tag-manifest"
PAYLOAD = "package.payload"
TREES = "package.trees"


@frozen(kw_only=True)
class Measured:
    """What is kept of a measurement: of fixed size for a file that is as its leaves file says."""

    size: int
    sha256: Digest | None
    """None where only the blocks were hashed."""

    root: Digest
    leaves_sha256: Digest
    leaves: bytes = field(default=b"", repr=False)
    """Kept where no leaves file has them, and only of two or more: to say which ones differ."""

    @classmethod
    def of(
        cls, measurement: Measurement | LeafMeasurement, *, known: Collection[Digest] = ()
    ) -> "Measured":
        """Fold the leaf hashes into their root and their digest.

        ``known`` are the digests of the leaves files in the bag.
        """
        leaves_sha256 = Digest.of(measurement.leaves)
        is_spare = len(measurement.leaves) <= HASH_SIZE or leaves_sha256 in known
        return cls(
            size=measurement.size,
            sha256=measurement.sha256 if isinstance(measurement, Measurement) else None,
            root=root_of(measurement.leaves),
            leaves_sha256=leaves_sha256,
            leaves=b"" if is_spare else measurement.leaves,
        )

    def is_as_signed(self, file: PayloadFile) -> bool:
        """Tell if size and chunk tree are those of the description: then every byte is."""
        return self.size == file.size and self.root == file.tree.root


@frozen(kw_only=True)
class ManifestCheck:
    """What a manifest was worth."""

    findings: tuple[Finding, ...] = ()
    lines: tuple[ManifestLine, ...] | None = None
    """None where it could not be read."""

    is_complete: bool | None = None
    """True: each listed file is there, and nothing else; None where that could not be told."""

    not_hashed: tuple[str, ...] = ()
    """Listed files that are there but whose SHA-256 was not computed: nothing is said of them
    yet, and without ``judge_not_hashed`` nothing is PASSED."""


def _all(_path: str) -> bool:
    return True


def check_tag_manifest(
    manifest: bytes, found: Mapping[str, Digest], *, only: Callable[[str], bool] = _all
) -> ManifestCheck:
    """Compare the tag manifest with the digests of all tag files in the bag; never raises.

    ``only`` tells which listed files must be there: in a disclosure that is not all of them.
    """
    kind = _Kind(TAGS, TAG_MANIFEST, parse_tag_manifest)
    return _check(kind, manifest, found, only=only)


def check_payload(manifest: bytes, found: Mapping[str, Digest | None]) -> ManifestCheck:
    """Compare the payload manifest with the digests of all payload files; never raises.

    A file with None in place of its digest is judged by ``judge_not_hashed``, after its tree.
    """
    kind = _Kind(PAYLOAD, PAYLOAD_MANIFEST, parse_payload_manifest)
    return _check(kind, manifest, found, only=_all)


def judge_not_hashed(
    payload: ManifestCheck, files: Collection[PayloadFile], measured: Mapping[str, Measured]
) -> ManifestCheck:
    """Judge the files whose SHA-256 was not computed by their signed chunk trees; never raises.

    The manifest's line of such a file is PASSED only if size and root are the signed ones: every
    byte is then the signed one, but whether the line holds of it is the signer's word.
    ``files`` is empty where the description cannot be accepted: then nothing is PASSED.
    """
    if not payload.not_hashed:
        return payload
    good = {
        file.path
        for file in files
        if (here := measured.get(file.path)) is not None and here.is_as_signed(file)
    }
    unproven = (path for path in payload.not_hashed if path not in good)
    found = [*payload.findings]
    found += capped(undecided(PAYLOAD, "payload.not-hashed", path) for path in unproven)
    if not found:
        total, count = len(payload.lines or ()), len(payload.not_hashed)
        found.append(passed(PAYLOAD, "payload.quick", PAYLOAD_MANIFEST, files=total, quick=count))
    return evolve(payload, findings=tuple(found))


@frozen
class _Kind:
    check: str
    path: str
    parse: Callable[[bytes], tuple[ManifestLine, ...]]


def _check(
    kind: _Kind, manifest: bytes, found: Mapping[str, Digest | None], *, only: Callable[[str], bool]
) -> ManifestCheck:
    try:
        lines = kind.parse(manifest)
    except Malformed as error:
        return ManifestCheck(
            findings=(unreadable(kind.check, "manifest.unreadable", kind.path, error),)
        )
    listed = {line.path: line.sha256 for line in lines if only(line.path)}
    findings = tuple(capped(_compare(kind.check, listed, found)))
    not_hashed = tuple(path for path in listed if path in found and found[path] is None)
    if not findings and not not_hashed:
        findings = (passed(kind.check, "manifest.holds", kind.path, files=len(listed)),)
    return ManifestCheck(
        findings=findings,
        lines=lines,
        is_complete=listed.keys() == found.keys(),
        not_hashed=not_hashed,
    )


def _compare(
    check: str, listed: Mapping[str, Digest], found: Mapping[str, Digest | None]
) -> Iterator[Finding]:
    for path, sha256 in listed.items():
        if path not in found:
            yield failed(check, "manifest.missing", path)
        elif found[path] not in (sha256, None):
            yield failed(check, "manifest.changed", path, listed=sha256, found=found[path])
    for path in found:
        if path not in listed:
            yield failed(check, "manifest.unlisted", path)


def check_trees(
    files: tuple[PayloadFile, ...],
    measured: Mapping[str, Measured],
    leaves: Mapping[str, Digest],
    *,
    read: Callable[[str, int], bytes | None],
) -> tuple[Finding, ...]:
    """Compare every file's size and chunk tree with the signed description; never raises.

    ``leaves`` are the digests of all leaves files in the bag, by path.  ``read`` returns one of
    them, None if it has more bytes than said; it is asked only for a file that was changed, to
    say which of its blocks.
    """
    found = tuple(capped(_tree_findings(files, measured, leaves, read)))
    return found or (passed(TREES, "trees.hold", files=len(files)),)


def _tree_findings(
    files: tuple[PayloadFile, ...],
    measured: Mapping[str, Measured],
    leaves: Mapping[str, Digest],
    read: Callable[[str, int], bytes | None],
) -> Iterator[Finding]:
    expected: set[str] = set()
    for index, file in enumerate(files, 1):
        here, path, row = measured.get(file.path), leaves_path(index), None
        is_changed = here is not None and not here.is_as_signed(file)
        if leaf_count(file.size) > 1:
            expected.add(path)
            sha256 = leaves.get(path)
            if is_changed and sha256 is not None:
                row = _signed_row(file, read(path, HASH_SIZE * leaf_count(file.size)), sha256)
            if sha256 is None:
                yield failed(TREES, "trees.leaves-missing", path, name=file.path)
            elif here is not None and (row is None if is_changed else here.leaves_sha256 != sha256):
                yield failed(TREES, "trees.leaves", path, name=file.path)
        if here is not None and is_changed:
            yield _file_finding(file, here, row)
    yield from _alien_leaves(leaves.keys(), expected)


def _signed_row(file: PayloadFile, row: bytes | None, sha256: Digest) -> bytes | None:
    """Return the leaf hashes of a leaves file if they lead to the signed root."""
    if row is None or Digest.of(row) != sha256 or len(row) != HASH_SIZE * leaf_count(file.size):
        return None
    return row if root_of(row) == file.tree.root else None


def _file_finding(file: PayloadFile, here: Measured, row: bytes | None) -> Finding:
    """Say what is wrong with a file; ``row`` are its signed leaf hashes, where they are known."""
    if here.size != file.size:
        return failed(TREES, "trees.size", file.path, signed=file.size, found=here.size)
    if row is None or not here.leaves:  # none were kept: they are those of another file
        return failed(TREES, "trees.root", file.path)
    return _changed_blocks(file, here.leaves, row)


def _changed_blocks(file: PayloadFile, found: bytes, signed: bytes) -> Finding:
    places = range(0, len(signed), HASH_SIZE)
    changed = [at for at in places if found[at : at + HASH_SIZE] != signed[at : at + HASH_SIZE]]
    start = changed[0] // HASH_SIZE * LEAF_SIZE
    return failed(
        TREES,
        "trees.blocks",
        file.path,
        count=len(changed),
        total=len(places),
        start=start,
        end=min(start + LEAF_SIZE, file.size) - 1,
    )


def _alien_leaves(present: AbstractSet[str], expected: AbstractSet[str]) -> Iterator[Finding]:
    for path in sorted(present - expected, key=lambda path: find_leaves_index(path) or 0):
        yield failed(TREES, "trees.leaves-alien", path)
