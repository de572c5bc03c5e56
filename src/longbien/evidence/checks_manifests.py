"""Steps 2 to 4: the manifests name exactly what is there, and every byte is as they say."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from attrs import frozen

from longbien.evidence._findings import capped, failed, passed, unreadable
from longbien.evidence.layout import PAYLOAD_MANIFEST, TAG_MANIFEST, find_leaves_index, leaves_path
from longbien.evidence.manifests import (
    ManifestLine,
    parse_payload_manifest,
    parse_tag_manifest,
)
from longbien.evidence.measure import leaf_count
from longbien.evidence.package import PayloadFile
from longbien.evidence.source import Measurement
from longbien.ledger.tree import root_of
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding

TAGS = "package.tag-manifest"
PAYLOAD = "package.payload"
TREES = "package.trees"


@frozen(kw_only=True)
class Measured:
    """What is kept of a measurement: of fixed size, however large the file."""

    size: int
    sha256: Digest
    root: Digest
    leaves_sha256: Digest

    @classmethod
    def of(cls, measurement: Measurement) -> "Measured":
        """Fold the leaf hashes into their root and their digest."""
        return cls(
            size=measurement.size,
            sha256=measurement.sha256,
            root=root_of(measurement.leaves),
            leaves_sha256=Digest.of(measurement.leaves),
        )


@frozen(kw_only=True)
class ManifestCheck:
    """What a manifest was worth."""

    findings: tuple[Finding, ...] = ()
    lines: tuple[ManifestLine, ...] | None = None
    """None where it could not be read."""

    is_complete: bool | None = None
    """True: each listed file is there, and nothing else; None where that could not be told."""


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


def check_payload(manifest: bytes, found: Mapping[str, Digest]) -> ManifestCheck:
    """Compare the payload manifest with the digests of all payload files; never raises."""
    kind = _Kind(PAYLOAD, PAYLOAD_MANIFEST, parse_payload_manifest)
    return _check(kind, manifest, found, only=_all)


@frozen
class _Kind:
    check: str
    path: str
    parse: Callable[[bytes], tuple[ManifestLine, ...]]


def _check(
    kind: _Kind, manifest: bytes, found: Mapping[str, Digest], *, only: Callable[[str], bool]
) -> ManifestCheck:
    try:
        lines = kind.parse(manifest)
    except Malformed as error:
        return ManifestCheck(
            findings=(unreadable(kind.check, "manifest.unreadable", kind.path, error),)
        )
    listed = {line.path: line.sha256 for line in lines if only(line.path)}
    findings = tuple(capped(_compare(kind.check, listed, found)))
    return ManifestCheck(
        findings=findings or (passed(kind.check, "manifest.holds", kind.path, files=len(listed)),),
        lines=lines,
        is_complete=listed.keys() == found.keys(),
    )


def _compare(
    check: str, listed: Mapping[str, Digest], found: Mapping[str, Digest]
) -> Iterator[Finding]:
    for path, sha256 in listed.items():
        if path not in found:
            yield failed(check, "manifest.missing", path)
        elif found[path] != sha256:
            yield failed(check, "manifest.changed", path, listed=sha256, found=found[path])
    for path in found:
        if path not in listed:
            yield failed(check, "manifest.unlisted", path)


def check_trees(
    files: tuple[PayloadFile, ...],
    measured: Mapping[str, Measured],
    leaves: Mapping[str, Digest],
) -> tuple[Finding, ...]:
    """Compare every file's size and chunk tree with the signed description; never raises.

    ``leaves`` are the digests of all leaves files in the bag, by path.
    """
    found = tuple(capped(_tree_findings(files, measured, leaves)))
    return found or (passed(TREES, "trees.hold", files=len(files)),)


def _tree_findings(
    files: tuple[PayloadFile, ...],
    measured: Mapping[str, Measured],
    leaves: Mapping[str, Digest],
) -> Iterator[Finding]:
    expected = {
        leaves_path(index): file for index, file in enumerate(files, 1) if leaf_count(file.size) > 1
    }
    for file in files:
        here = measured.get(file.path)
        if here is not None and here.size != file.size:
            yield failed(TREES, "trees.size", file.path, signed=file.size, found=here.size)
        elif here is not None and here.root != file.tree.root:
            yield failed(TREES, "trees.root", file.path)
    for path, file in expected.items():
        here = measured.get(file.path)
        if path not in leaves:
            yield failed(TREES, "trees.leaves-missing", path, name=file.path)
        elif here is not None and here.leaves_sha256 != leaves[path]:
            yield failed(TREES, "trees.leaves", path, name=file.path)
    yield from _alien_leaves(leaves.keys(), expected.keys())


def _alien_leaves(present: AbstractSet[str], expected: AbstractSet[str]) -> Iterator[Finding]:
    for path in sorted(present - expected, key=lambda path: find_leaves_index(path) or 0):
        yield failed(TREES, "trees.leaves-alien", path)
