"""The checks that only a partial disclosure has: records, blocks, what is withheld, by whom."""

from collections.abc import Iterable, Iterator, Mapping

from longbien.evidence._findings import capped, failed, passed, undecided
from longbien.evidence.disclosure import PARTS, Disclosure, GivenFile
from longbien.evidence.hashing import leaf_count
from longbien.evidence.layout import (
    BAG_INFO,
    DISCLOSER,
    DISCLOSURE,
    DISCLOSURE_TEXT,
    TAG_MANIFEST,
    SignaturePaths,
    find_signer_number,
    is_discloser_trust,
    is_trust,
)
from longbien.evidence.manifests import BagInfo
from longbien.evidence.names import is_payload_path
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.ranges import verify_run
from longbien.evidence.records import encode_head, encode_record, record_entry
from longbien.evidence.source import Entry, EntryKind, Measurement
from longbien.ledger.tree import leaf_hash, verify_inclusion
from longbien.primitives.digest import Digest
from longbien.primitives.verdict import Finding

LAYOUT = "disclosure.layout"
STATEMENT = "disclosure.statement"
RECORDS = "disclosure.records"
BLOCKS = "disclosure.blocks"
WITHHELD = "disclosure.withheld"
DISCLOSER_CHECK = "disclosure.discloser"

SIGNATURE_PATHS = SignaturePaths(
    cades=f"{DISCLOSER}/{DISCLOSURE}.p7s",
    timestamp=f"{DISCLOSER}/{DISCLOSURE}.p7s.tsr",
    post_quantum=f"{DISCLOSER}/{DISCLOSURE}.mldsa65",
)
_SIGNED = (SIGNATURE_PATHS.cades, SIGNATURE_PATHS.timestamp, SIGNATURE_PATHS.post_quantum)
_REQUIRED = (DISCLOSURE, DISCLOSURE_TEXT, TAG_MANIFEST, BAG_INFO)


def check_disclosure_layout(
    entries: Iterable[Entry], places: frozenset[str] | None
) -> tuple[Finding, ...]:
    """Only what belongs to a disclosure is there, and everything that must be; never raises.

    ``places`` are where the given files stand; None where ``disclosure.json`` cannot be read.
    """
    files: set[str] = set()
    folders: set[str] = set()
    found: list[Finding] = []
    for entry in entries:
        if entry.kind is EntryKind.FILE:
            files.add(entry.path)
        elif entry.kind is EntryKind.FOLDER:
            folders.add(entry.path)
        else:
            found.append(failed(LAYOUT, "layout.kind", entry.path, kind=entry.kind.value))
    found += (failed(LAYOUT, "layout.alien", path) for path in sorted(files) if not _belongs(path))
    needed = set(_REQUIRED) | (places or set())
    found += (failed(LAYOUT, "layout.missing", path) for path in sorted(needed - files))
    if places is not None:
        here = {path for path in files if is_given(path)}
        found += (failed(LAYOUT, "layout.alien", path) for path in sorted(here - places))
    parents = {path[:at] for path in files for at, char in enumerate(path) if char == "/"}
    found += (failed(LAYOUT, "layout.empty-folder", path) for path in sorted(folders - parents))
    return tuple(capped(found)) or (passed(LAYOUT, "layout.complete", files=len(files)),)


def is_given(path: str) -> bool:
    """Tell if bytes of evidence may stand at the path."""
    part = path.removeprefix(f"{PARTS}/").removesuffix(".bin")
    return is_payload_path(path) or (path == f"{PARTS}/{part}.bin" and part.isdecimal())


def _belongs(path: str) -> bool:
    return (
        path in _REQUIRED
        or path in _SIGNED
        or is_given(path)
        or is_trust(path)
        or is_discloser_trust(path)
        or find_signer_number(path) is not None
    )


def check_records(disclosure: Disclosure, info: BagInfo) -> tuple[Finding, ...]:
    """Lead each record, and the head, to what bag-info.txt commits to; never raises."""
    found = tuple(capped(_record_findings(disclosure, info)))
    return found or (passed(RECORDS, "records.hold", files=len(disclosure.given)),)


def _record_findings(disclosure: Disclosure, info: BagInfo) -> Iterator[Finding]:
    package = disclosure.package
    head = record_entry(disclosure.head_salt, encode_head(package))
    if Digest(head) != info.head:
        yield failed(RECORDS, "records.other-head", DISCLOSURE)
    pairs = (
        ("Internal-Sender-Identifier", package.package_id, info.package_id),
        ("External-Identifier", package.request, info.request),
        ("Bag-Software-Agent", package.software, info.software),
        ("LB-Exercise", package.exercise, info.exercise),
    )
    for label, described, noted in pairs:
        if described != noted:
            yield failed(RECORDS, "description.other-bag-info", BAG_INFO, label=label)
    for given in disclosure.given:
        entry = record_entry(given.salt, encode_record(given.file))
        if not verify_inclusion(
            leaf=leaf_hash(entry),
            index=given.index,
            size=info.exhibit_tree.count,
            proof=given.proof,
            root=info.exhibit_tree.root.raw,
        ):
            yield failed(RECORDS, "records.not-included", given.file.path)


def check_blocks(
    disclosure: Disclosure, measured: Mapping[str, Measurement]
) -> tuple[Finding, ...]:
    """Compare the bytes that are given with their records; never raises."""
    found = tuple(capped(_block_findings(disclosure, measured)))
    return found or (passed(BLOCKS, "blocks.hold", files=len(disclosure.given)),)


def _block_findings(
    disclosure: Disclosure, measured: Mapping[str, Measurement]
) -> Iterator[Finding]:
    for given, place in zip(disclosure.given, disclosure.places, strict=True):
        here = measured.get(place)
        if here is None:
            yield failed(BLOCKS, "manifest.missing", place)
        elif here.size != given.end - given.start:
            yield failed(
                BLOCKS, "trees.size", place, signed=given.end - given.start, found=here.size
            )
        elif given.is_whole and here.sha256 != given.file.sha256:
            yield failed(
                BLOCKS, "manifest.changed", place, listed=given.file.sha256, found=here.sha256
            )
        elif not _leads_to_root(given, here):
            yield failed(BLOCKS, "blocks.not-in-file", place, name=given.file.path)


def _leads_to_root(given: GivenFile, here: Measurement) -> bool:
    root = given.file.tree.root.raw
    if not here.leaves:
        return given.file.size == 0 and root == Digest.of(b"").raw
    return verify_run(
        here.leaves,
        first=given.start // LEAF_SIZE,
        count=leaf_count(given.file.size),
        proof=given.blocks,
        root=root,
    )


def check_withheld(
    disclosure: Disclosure, info: BagInfo, *, is_attested: bool
) -> Iterator[Finding]:
    """Compare the reasons with the number of files that the signed tree proves to be withheld."""
    withheld = info.exhibit_tree.count - len(disclosure.given)
    stated = sum(count for _, count in disclosure.withheld)
    if stated != withheld:
        yield failed(WITHHELD, "withheld.count", withheld=withheld, stated=stated)
    elif not withheld:
        yield passed(WITHHELD, "withheld.nothing")
    elif is_attested:
        yield passed(WITHHELD, "withheld.attested", withheld=withheld)
    else:
        yield undecided(WITHHELD, "withheld.unattested", withheld=withheld)


def check_statement(text: bytes | None, expected: bytes | None) -> Iterator[Finding]:
    """Compare ``DISCLOSURE.txt`` with the text that follows from the signed facts."""
    if text is None or expected is None:
        return
    if text == expected:
        yield passed(STATEMENT, "statement.holds", DISCLOSURE_TEXT)
    else:
        yield failed(STATEMENT, "statement.other-text", DISCLOSURE_TEXT)


def check_discloser_trust(disclosure: Disclosure, found: Mapping[str, Digest]) -> Iterator[Finding]:
    """Compare the discloser's certificates and lists with the digests in disclosure.json."""
    listed = {line.path: line.sha256 for line in disclosure.trust}
    for path in sorted(listed.keys() | found.keys()):
        if path not in found:
            yield failed(DISCLOSER_CHECK, "manifest.missing", path)
        elif path not in listed:
            yield failed(DISCLOSER_CHECK, "manifest.unlisted", path)
        elif listed[path] != found[path]:
            yield failed(
                DISCLOSER_CHECK, "manifest.changed", path, listed=listed[path], found=found[path]
            )
