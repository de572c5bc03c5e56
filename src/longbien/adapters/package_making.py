"""From exhibits in the vault to a sealed package in the vault, in two steps around the ledger.

1. ``describe_package``: description, manifests and the custody events, from hashes that were
   made at ingest; no exhibit is read.  The caller puts the events' bytes into the case's
   journal, has the ledger cosigned, and takes the proofs.
2. ``seal_package``: signs, stamps, and seals the tar, whose exhibits are decrypted out of the
   vault block by block as they are sealed anew.  Plaintext touches no disk.

Step 1 is repeatable: the same head, exhibits and salt make the same bytes, so a worker that was
killed in between describes again and compares with what the ledger says.
"""

import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from longbien.adapters.ewf import check_images
from longbien.adapters.exhibits import StoredExhibit, read_leaves
from longbien.adapters.packer import Signing, facts_of, require_witnessed, sign_manifest
from longbien.adapters.part_cache import PartCache
from longbien.adapters.sealed_objects import (
    ObjectReader,
    open_object,
    rewrap,
    seal_object,
)
from longbien.adapters.sealing import Advance, worker_count
from longbien.casework.events import Exhibit
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.evidence.custody import Packed, TakenIn, encode_event
from longbien.evidence.layout import TAG_MANIFEST, bag_folder
from longbien.evidence.names import assign_paths, text_of
from longbien.evidence.package import IngestNotice, Package, PayloadFile, Tree
from longbien.evidence.packing import (
    Custody,
    Described,
    Files,
    complete,
    describe,
    packed,
    require_head,
    taken_in,
)
from longbien.evidence.tar import FileSpan, plan_tar
from longbien.evidence.wire import SALT_SIZE, Head, package_of
from longbien.ledger.entry import EntryKind, encode_entry
from longbien.ledger.policy import parse_policy
from longbien.ledger.proof import parse_proof, verify_proof
from longbien.primitives.digest import SIZE, Digest
from longbien.primitives.errors import Integrity, Refused
from longbien.primitives.ids import PackageId
from longbien.primitives.instants import Instant
from longbien.trust.age.identities import HybridIdentity, Identity
from longbien.trust.age.recipients import RandomBytes, Recipient, key_id

_SALT_INFO: Final = b"longbien package salt "
_OPEN_EXHIBITS: Final = 64  # at a time; opening one again costs less than a millisecond
_PART_CACHE_SPARE: Final = 1


@frozen(kw_only=True)
class PackageDraft:
    """A package whose description is fixed, and where its payload lies in the vault."""

    described: Described
    exhibits: Mapping[str, StoredExhibit] = field(repr=False)
    """By the path in the bag."""

    @property
    def package(self) -> Package:
        """Return the description."""
        return self.described.package


@frozen(kw_only=True)
class SealedPackage:
    """A package that is in the vault and can be handed over."""

    home: SealedObject
    """For the keys at home."""

    sent: SealedObject
    """The same parts behind a header for the recipient authority alone."""

    tag_manifest: Digest
    """SHA-256 of what was signed."""

    size: int
    """Bytes of the tar."""


# --- step 1 -----------------------------------------------------------------------------------


def package_salt(case: HybridIdentity, package_id: PackageId) -> bytes:
    """Derive a package's secret salt from the key of its case: the same whenever it is asked for.

    Who has not the case's key can tell it from randomness as little as an output of HKDF.
    """
    info = _SALT_INFO + str(package_id).encode("ascii")
    return HKDF(algorithm=hashes.SHA256(), length=SALT_SIZE, salt=None, info=info).derive(case.seed)


def stored_exhibits(exhibits: Sequence[Exhibit]) -> tuple[StoredExhibit, ...]:
    """Return the exhibits of a case as they go into a package.

    Those whose names are alike, or look like a file in another, get their id in front.
    """
    names = [exhibit.original_name.encode("utf-8", "surrogateescape") for exhibit in exhibits]
    if _are_apart(names):
        originals = names
    else:
        originals = [
            exhibit.id.encode("utf-8") + b"/" + name
            for exhibit, name in zip(exhibits, names, strict=True)
        ]
    return tuple(
        StoredExhibit(
            original=original,
            size=exhibit.size,
            sha256=exhibit.sha256,
            tree=exhibit.tree,
            sealed=exhibit.sealed,
        )
        for original, exhibit in zip(originals, exhibits, strict=True)
    )


def _are_apart(names: Sequence[bytes]) -> bool:
    """Tell whether each name is there once and none is the folder of another."""
    if max(Counter(names).values(), default=0) > 1:
        return False
    folders = {name[:at] for name in names for at, char in enumerate(name) if char == ord("/")}
    return folders.isdisjoint(names)


def describe_package(
    head: Head,
    exhibits: Sequence[StoredExhibit],
    *,
    salt: bytes,
    vault: Vault,
    identities: Sequence[Identity],
    notices: tuple[IngestNotice, ...] = (),
) -> PackageDraft:
    """Describe a package of exhibits in the vault; of each only its leaf hashes are read.

    Raises Refused ``package.no-exhibit``, ``ingest.…`` for names; Malformed for facts that a
    reader would not accept; Integrity ``exhibit.differs``; what ``open_object`` raises.
    """
    require_head(head)
    if not exhibits:
        raise Refused("package.no-exhibit", "a package holds at least one exhibit")
    paths = assign_paths([exhibit.original for exhibit in exhibits])
    by_path = dict(sorted(zip(paths, exhibits, strict=True)))
    leaves = {}
    for number, exhibit in enumerate(by_path.values(), 1):
        reader = open_object(exhibit.sealed, vault, identities, cache=PartCache(1))
        row = read_leaves(reader, size=exhibit.size, tree=exhibit.tree)
        if len(row) > SIZE:
            leaves[number] = row
    files = tuple(_payload_file(path, exhibit) for path, exhibit in by_path.items())
    # libewf reads files on a disk, where this plaintext never lies: the notice says so
    images = check_images(files, Path(), skip=True)
    package = package_of(head, files=files, salt=salt, notices=(*notices, *images))
    return PackageDraft(described=describe(package, leaves), exhibits=by_path)


def _payload_file(path: str, exhibit: StoredExhibit) -> PayloadFile:
    text, as_hex = text_of(exhibit.original)
    return PayloadFile(
        path=path,
        original_name=text,
        original_name_hex=as_hex,
        size=exhibit.size,
        sha256=exhibit.sha256,
        tree=Tree(root=exhibit.tree),
    )


def custody_events(
    draft: PackageDraft, *, taken_at: Instant, packed_at: Instant
) -> tuple[TakenIn, Packed]:
    """Return the events that the ledger must hold; ``encode_event`` gives their bytes."""
    return (
        taken_in(draft.package, at=taken_at),
        packed(draft.described, at=packed_at),
    )


def require_as_logged(draft: PackageDraft, events: Sequence[TakenIn | Packed]) -> None:
    """Raise Integrity ``package.not-as-logged`` unless the ledger's events are about this draft."""
    try:
        first, second = events
        made = custody_events(draft, taken_at=first.at, packed_at=second.at)
    except ValueError:
        raise _not_as_logged() from None
    if [encode_event(event) for event in made] != [encode_event(event) for event in events]:
        raise _not_as_logged()


def _not_as_logged() -> Integrity:
    return Integrity(
        "package.not-as-logged",
        "the package is not the one that the ledger says was packed; describe it anew",
    )


# --- step 2 -----------------------------------------------------------------------------------


@frozen(kw_only=True)
class Sealing:
    """With whose keys a package is read, and for whom it is sealed."""

    vault: Vault
    identities: Sequence[Identity]
    """They open the exhibits at rest, and the package under ``home``."""

    home: Sequence[Recipient]
    sent_to: Sequence[Recipient]
    """Keys of the recipient authority; the package must name each."""

    random_bytes: RandomBytes = os.urandom
    workers: int | None = None
    advance: Advance = lambda _count: None
    """Told of bytes of the tar that were sealed."""


def seal_package(
    draft: PackageDraft,
    custody: Custody,
    *,
    signing: Signing,
    signed_at: Instant,
    sealing: Sealing,
    record: Files | None = None,
) -> SealedPackage:
    """Sign, stamp and seal; durable on return.  ``record`` as ``packing.complete``.

    Raises Refused ``pack.not-witnessed``, ``package.not-addressed``; Integrity
    ``package.not-as-logged``, ``exhibit.differs``; Unavailable ``tsa.…``, ``hsm.…``; what
    ``seal_object`` and ``rewrap`` raise.
    """
    _require_addressed(draft.package, sealing.sent_to)
    require_as_logged(draft, custody.events)
    _require_witnessed(custody)
    files = complete(
        draft.described,
        custody,
        material=signing.material,
        facts=facts_of(signing, custody.keys),
        record=record,
    )
    manifest = files[TAG_MANIFEST]
    tags = {**files, **sign_manifest(manifest, signing, signed_at=signed_at)}
    plaintext = PackagePlaintext(draft, tags, sealing)
    home = seal_object(
        plaintext,
        sealing.vault,
        recipients=sealing.home,
        random_bytes=sealing.random_bytes,
        workers=sealing.workers,
        advance=sealing.advance,
    )
    sent = rewrap(
        home,
        sealing.vault,
        identities=sealing.identities,
        recipients=sealing.sent_to,
        random_bytes=sealing.random_bytes,
    )
    return SealedPackage(
        home=home, sent=sent, tag_manifest=Digest.of(manifest), size=plaintext.size
    )


def _require_addressed(package: Package, recipients: Sequence[Recipient]) -> None:
    for recipient in recipients:
        if key_id(recipient) not in package.recipients:
            raise Refused(
                "package.not-addressed",
                "the package does not name {key}, so its holder would have to refuse it",
                key=key_id(recipient),
            )


def _require_witnessed(custody: Custody) -> None:
    policy = parse_policy(custody.policy)
    for event, salt, proof in zip(custody.events, custody.salts, custody.proofs, strict=True):
        entry = encode_entry(EntryKind.EVENT, salt, encode_event(event))
        require_witnessed(verify_proof(parse_proof(proof), entry=entry, policy=policy))


class PackagePlaintext:
    """The tar of a package, as a plaintext to be sealed: it never exists as a whole.

    Tag files are in memory, ranges of exhibits are decrypted out of the vault as they are asked
    for.  Their content was hashed at ingest; every chunk authenticates itself.
    """

    def __init__(self, draft: PackageDraft, tags: Files, sealing: Sealing) -> None:
        self._exhibits, self._tags = draft.exhibits, tags
        self._vault, self._identities = sealing.vault, sealing.identities
        crew = worker_count(sealing.workers, blocks=2**20)
        self._cache = PartCache(crew + _PART_CACHE_SPARE)
        self._readers: OrderedDict[str, ObjectReader] = OrderedDict()
        self._turn = threading.Lock()
        sizes = {path: exhibit.size for path, exhibit in draft.exhibits.items()}
        sizes |= {path: len(data) for path, data in tags.items()}
        self._plan = plan_tar(
            bag_folder(draft.package.package_id),
            mtime=draft.package.created_at.unix,
            files=sizes.items(),
        )

    @property
    def size(self) -> int:
        """Return how many bytes the tar has."""
        return self._plan.size

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill all of ``out`` from ``offset`` on; raises what ``ObjectReader.read_into`` does."""
        self._plan.fill(offset, out, self._read)

    def _read(self, span: FileSpan, out: memoryview) -> None:
        tag = self._tags.get(span.path)
        if tag is None:
            self._reader(span.path).read_into(span.offset, out)
        else:
            out[:] = tag[span.offset : span.offset + span.length]

    def _reader(self, path: str) -> ObjectReader:
        with self._turn:
            reader = self._readers.get(path)
            if reader is None:
                exhibit = self._exhibits[path]
                reader = open_object(
                    exhibit.sealed, self._vault, self._identities, cache=self._cache
                )
                read_leaves(reader, size=exhibit.size, tree=exhibit.tree)
                self._readers[path] = reader
                if len(self._readers) > _OPEN_EXHIBITS:
                    self._readers.popitem(last=False)
            self._readers.move_to_end(path)
            return reader
