"""Step 1: only what belongs into the bag is there, and everything that must be there is."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from longbien.evidence._findings import capped, failed, passed
from longbien.evidence.layout import (
    MAX_PROOFS,
    REQUIRED_TAGS,
    TAG_MANIFEST,
    Role,
    find_role,
    find_signer_number,
    signature_paths,
)
from longbien.evidence.manifests import require_bagit_txt
from longbien.evidence.names import find_clash, is_payload_path
from longbien.evidence.package import MAX_FILES
from longbien.evidence.source import Entry, EntryKind
from longbien.primitives.errors import Malformed
from longbien.primitives.verdict import Finding

LAYOUT = "package.layout"
PROFILE = "package.profile"

# a payload file may have a leaves file and a folder of its own; the rest is room for tag files
MAX_ENTRIES = 4 * MAX_FILES + 2 * MAX_PROOFS
_MAX_TRUST = 256  # certificates, revocation lists, OCSP answers: three chains have a dozen


@frozen(kw_only=True)
class Layout:
    """What stands in the bag, sorted by what it is for."""

    findings: tuple[Finding, ...]
    payload: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """What the tag manifest must cover."""

    signatures: tuple[str, ...] = ()
    has_tag_manifest: bool = False

    @property
    def to_read(self) -> tuple[str, ...]:
        """Return the small files: what the tag manifest covers, and the tag manifest."""
        return (*self.tags, TAG_MANIFEST) if self.has_tag_manifest else self.tags

    @property
    def signers(self) -> tuple[int, ...]:
        """Return the numbers of the signers that left a file, in order."""
        numbers = {find_signer_number(path) for path in self.signatures}
        return tuple(sorted(number for number in numbers if number))


def check_layout(entries: Iterable[Entry]) -> Layout:
    """Sort the entries and judge them; never raises.

    1. Files and folders only: a link or a device is FAILED, unread.
    2. Each file has its place in LB-Bag 1; each folder leads to a file.
    3. No two paths are the same file on a disk that does not tell case apart.
    4. Every file that each bag must have is there, and signers are numbered without a gap.
    """
    found: list[Finding] = []
    files: list[str] = []
    folders: list[str] = []
    for number, entry in enumerate(entries):
        if number >= MAX_ENTRIES:
            return Layout(findings=(failed(LAYOUT, "layout.too-many", limit=MAX_ENTRIES),))
        if entry.kind is EntryKind.FILE:
            files.append(entry.path)
        elif entry.kind is EntryKind.FOLDER:
            folders.append(entry.path)
        else:
            found.append(failed(LAYOUT, "layout.kind", entry.path, kind=entry.kind.value))
    roles = {path: _role(path) for path in sorted(files)}
    found += _strangers(roles, folders)
    found += _missing(roles)
    layout = Layout(
        findings=(),
        payload=tuple(path for path, role in roles.items() if role is Role.PAYLOAD),
        tags=tuple(path for path, role in roles.items() if role is not None and role.is_tag),
        signatures=tuple(path for path, role in roles.items() if role is Role.SIGNATURE),
        has_tag_manifest=TAG_MANIFEST in roles,
    )
    found += _gaps(layout)
    if not found:
        found.append(passed(LAYOUT, "layout.complete", files=len(files)))
    return Layout(
        findings=tuple(capped(found)),
        payload=layout.payload,
        tags=layout.tags,
        signatures=layout.signatures,
        has_tag_manifest=layout.has_tag_manifest,
    )


def check_profile(bagit: bytes) -> Iterator[Finding]:
    """Judge ``bagit.txt``; the profile and the suite are judged where they are parsed."""
    try:
        require_bagit_txt(bagit)
    except Malformed:
        yield failed(PROFILE, "profile.declaration")
    else:
        yield passed(PROFILE, "profile.known")


def _role(path: str) -> Role | None:
    role = find_role(path)
    return None if role is Role.PAYLOAD and not is_payload_path(path) else role


def _strangers(roles: dict[str, Role | None], folders: Iterable[str]) -> Iterator[Finding]:
    for path, role in roles.items():
        if role is None:
            yield failed(LAYOUT, "layout.alien", path)
    parents = _parents(roles)
    for folder in sorted(folders):
        if folder not in parents:
            yield failed(LAYOUT, "layout.empty-folder", folder)
    clash = find_clash(roles)
    if clash:
        yield failed(LAYOUT, "layout.clash", clash)
    trust = sum(role is Role.TRUST for role in roles.values())
    if trust > _MAX_TRUST:
        yield failed(LAYOUT, "layout.too-much-trust", count=trust, limit=_MAX_TRUST)


def _parents(paths: Iterable[str]) -> set[str]:
    parents: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in parents:
            parents.add(folder)
            folder = folder.rpartition("/")[0]
    return parents


def _missing(roles: dict[str, Role | None]) -> Iterator[Finding]:
    for path in (*REQUIRED_TAGS, TAG_MANIFEST):
        if path not in roles:
            yield failed(LAYOUT, "layout.missing", path)


def _gaps(layout: Layout) -> Iterator[Finding]:
    signers = layout.signers
    for number in range(1, max(signers, default=0)):
        if number not in signers:
            yield failed(LAYOUT, "layout.missing", signature_paths(number).cades)
