"""A finished bag as one tar to be sealed: read at any place, by many threads, each byte once.

Before the first byte is read the bag is looked over: nothing but what belongs in, every file of
the size that was signed, every tag file of the digest that was signed.  The content of exhibits
is not hashed again, because it was when it was taken in; with ``rehash`` each chunk is compared
with its signed leaf on the way.
"""

import hashlib
import os
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from longbien.adapters.files import FolderChain, coded, open_file, open_folder
from longbien.adapters.survey import State, state_of
from longbien.evidence.hashing import leaf_count
from longbien.evidence.layout import (
    DESCRIPTION,
    PAYLOAD_MANIFEST,
    TAG_MANIFEST,
    Role,
    bag_folder,
    find_leaves_index,
    find_role,
    leaves_path,
    signature_paths,
)
from longbien.evidence.manifests import (
    MAX_MANIFEST,
    ManifestLine,
    encode_manifest,
    parse_tag_manifest,
)
from longbien.evidence.package import LEAF_SIZE, Package, PayloadFile
from longbien.evidence.tar import FileSpan, TarPlan, plan_tar
from longbien.evidence.wire import parse_package
from longbien.ledger.tree import root_of
from longbien.primitives.digest import SIZE, Digest, Octets
from longbien.primitives.errors import Integrity, Refused
from longbien.primitives.visible import visible

_MAX_TAG = 2**30  # bytes of one tag file: package.json of a million files, leaves of 32 TiB


def _differs(path: str) -> Integrity:
    return Integrity(
        "seal.differs", "{path} is not what was signed; do not send this package", path=path
    )


class BagTar:
    """The port ``Plaintext`` over a bag.  Close it, or use it in a ``with`` statement.

    Raises when made: Refused ``seal.not-signed``; Integrity ``seal.differs``; Malformed as the
    parsers do; Unavailable ``disk.…``.
    """

    def __init__(self, folder: Path, *, rehash: bool = False) -> None:
        with coded(str(folder)):
            self._top = open_folder(folder)
        try:
            self._states = dict(_walk(self._top))
            tags = self._read_tags()
            self.package = parse_package(tags[DESCRIPTION])
            self._require_whole(tags)
            self.plan = self._plan()
            self._leaves = _LeafCheck(self.package, tags) if rehash else None
        except BaseException:
            os.close(self._top)
            raise
        self._chains = threading.local()
        self._opened: list[FolderChain] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close everything."""
        for chain in self._opened:
            chain.close()
        os.close(self._top)

    @property
    def size(self) -> int:
        """Return how many bytes the tar has."""
        return self.plan.size

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill all of ``out`` from ``offset`` on."""
        self.plan.fill(offset, out, self._read)

    def require_all_compared(self) -> None:
        """With ``rehash``: raise Integrity ``seal.differs`` unless every chunk was compared."""
        if self._leaves:
            self._leaves.require_done()

    def _read(self, span: FileSpan, out: memoryview) -> None:
        with coded(span.path):
            folder, name = self._chain().folder_of(span.path.encode("ascii"))
            fd = open_file(name, below=folder)
            try:
                if state_of(os.fstat(fd)) != self._states[span.path]:
                    raise _differs(span.path)
                _fill(fd, span, out)
            finally:
                os.close(fd)
        if self._leaves:
            self._leaves.take(span, out)

    def _chain(self) -> FolderChain:
        chain: FolderChain | None = getattr(self._chains, "chain", None)
        if chain is None:
            chain = self._chains.chain = FolderChain(self._top)
            with self._lock:
                self._opened.append(chain)
        return chain

    # --- before the first byte ----------------------------------------------------------------

    def _read_tags(self) -> dict[str, bytes]:
        """Read the tag files and compare each with the tag manifest."""
        first = signature_paths(1)
        missing = {TAG_MANIFEST, DESCRIPTION, first.cades, first.timestamp, first.post_quantum}
        if missing - self._states.keys():
            raise Refused("seal.not-signed", "this is not a signed package of LB-Bag 1")
        listed = parse_tag_manifest(self._whole(TAG_MANIFEST, MAX_MANIFEST))
        tags = {}
        for line in listed:
            if line.path not in self._states:
                raise _differs(line.path)
            data = self._whole(line.path, _MAX_TAG)
            if Digest.of(data) != line.sha256:
                raise _differs(line.path)
            keep = line.path in {DESCRIPTION, PAYLOAD_MANIFEST} or find_leaves_index(line.path)
            tags[line.path] = data if keep else b""
        return tags

    def _whole(self, path: str, limit: int) -> bytes:
        if self._states[path].size > limit:
            raise _differs(path)
        with coded(path), FolderChain(self._top) as chain:
            folder, name = chain.folder_of(path.encode("ascii"))
            fd = open_file(name, below=folder)
            with os.fdopen(fd, "rb") as file:
                return file.read(limit + 1)

    def _require_whole(self, tags: dict[str, bytes]) -> None:
        """Nothing is missing, nothing is added, every size is the signed one."""
        lines = (ManifestLine(path=one.path, sha256=one.sha256) for one in self.package.files)
        if encode_manifest(lines) != tags.get(PAYLOAD_MANIFEST):
            raise _differs(PAYLOAD_MANIFEST)
        for file in self.package.files:
            if file.path not in self._states or self._states[file.path].size != file.size:
                raise _differs(file.path)
        known = tags.keys() | {file.path for file in self.package.files} | {TAG_MANIFEST}
        for path in self._states:
            if path not in known and find_role(path) is not Role.SIGNATURE:
                raise _differs(path)

    def _plan(self) -> TarPlan:
        return plan_tar(
            bag_folder(self.package.package_id),
            mtime=self.package.created_at.unix,
            files=((path, state.size) for path, state in self._states.items()),
        )


def _walk(top: int) -> Iterator[tuple[str, State]]:
    """Name every file of the bag; anything but a file or a folder is refused."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with coded(folder or "the package"), FolderChain(top) as chain:
            below, _ = chain.folder_of(os.fsencode(f"{folder}/x" if folder else "x"))
            entries = [
                (entry.name, entry.stat(follow_symlinks=False)) for entry in os.scandir(below)
            ]
        for name, status in entries:
            path = f"{folder}/{name}" if folder else name
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield path, state_of(status)
            else:
                raise _differs(visible(path))


def _fill(fd: int, span: FileSpan, out: memoryview) -> None:
    offset = span.offset
    while out:
        count = os.preadv(fd, [out], offset)
        if not count:
            raise _differs(span.path)
        out, offset = out[count:], offset + count


class _LeafCheck:
    """Compares chunks with their signed leaves, in whatever pieces and order they come.

    The tar's blocks do not begin where chunks do: a chunk comes in two pieces, and the first one
    to come waits for the other.  The readers go forward together, so few pieces ever wait.
    """

    def __init__(self, package: Package, tags: Mapping[str, bytes]) -> None:
        self._files = {file.path: file for file in package.files}
        self._rows = {
            file.path: _row(number, file, tags) for number, file in enumerate(package.files, 1)
        }
        self._left = sum(len(row) for row in self._rows.values()) // SIZE
        self._waiting: dict[tuple[str, int], dict[int, bytes]] = {}
        self._lock = threading.Lock()

    def take(self, span: FileSpan, data: memoryview) -> None:
        file = self._files.get(span.path)
        at = 0
        while file and at < len(data):
            leaf, inside = divmod(span.offset + at, LEAF_SIZE)
            length = min(LEAF_SIZE, file.size - leaf * LEAF_SIZE)
            piece = data[at : at + length - inside]
            if len(piece) == length:
                self._compare(span.path, leaf, [piece])
            else:
                self._keep(span.path, leaf, inside, piece, length)
            at += len(piece)

    def require_done(self) -> None:
        if self._left:
            raise _differs("data")

    def _keep(self, path: str, leaf: int, inside: int, piece: memoryview, length: int) -> None:
        with self._lock:
            pieces = self._waiting.setdefault((path, leaf), {})
            pieces[inside] = bytes(piece)
            if sum(map(len, pieces.values())) < length:
                return
            del self._waiting[path, leaf]
        self._compare(path, leaf, [pieces[start] for start in sorted(pieces)])

    def _compare(self, path: str, leaf: int, pieces: Sequence[Octets]) -> None:
        hasher = hashlib.sha256(b"\x00")  # RFC 6962, section 2.1
        for piece in pieces:
            hasher.update(piece)
        if hasher.digest() != self._rows[path][leaf * SIZE : (leaf + 1) * SIZE]:
            raise _differs(path)
        with self._lock:
            self._left -= 1


def _row(number: int, file: PayloadFile, tags: Mapping[str, bytes]) -> bytes:
    """Return the leaf hashes of a file, proven by its signed root."""
    count = leaf_count(file.size)
    row = tags.get(leaves_path(number), b"") if count > 1 else file.tree.root.raw * count
    if len(row) != count * SIZE or root_of(row) != file.tree.root:
        raise _differs(file.path)
    return row
