"""What a court, or the defence, is given: the received package on a disk of theirs.

As a plain bag folder, or as one sealed file for other recipients.  Either appears whole or not
at all, and what was written is read back and judged before it gets its name.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

from attrs import frozen

from longbien.adapters.bag_writer import new_bag
from longbien.adapters.files import (
    FolderChain,
    coded,
    open_file,
    open_folder,
    read_blocks,
    start_writing,
    write_all,
)
from longbien.adapters.ingest import spare_thread
from longbien.adapters.opener import begin, events_of, unpack
from longbien.adapters.partial_files import new_file, reserve, write_errors
from longbien.adapters.sealed_objects import ObjectReader, open_object
from longbien.adapters.sealing import Advance, SealedFile
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.evidence.hashing import Executor, hash_block
from longbien.evidence.measure import measure_blocks
from longbien.evidence.report import Report
from longbien.evidence.source import BagSource, Entry, EntryKind, LeafMeasurement, Measurement
from longbien.primitives.digest import SIZE, Digest
from longbien.primitives.errors import Integrity, Refused, Unavailable
from longbien.primitives.verdict import Outcome
from longbien.trust.age.envelope import encode_header
from longbien.trust.age.identities import Identity
from longbien.trust.age.recipients import RandomBytes, Recipient

_BLOCK: Final = 8 * 2**20  # bytes of one read: eight leaves to share out
_SHARED_FROM: Final = 2**20


@frozen(kw_only=True)
class Exported:
    """A package that was written out as a bag."""

    folder: Path
    report: Report
    """What the verifier said of the files as they were written."""


def export_bag(
    reader: ObjectReader,
    out: Path,
    *,
    judge: Callable[[BagSource], Report],
    keep_failed: bool = False,
    advance: Advance = lambda _count: None,
) -> Exported:
    """Write the package as the folder ``LB-<uuid>`` below ``out``, and judge what was written.

    ``judge`` is ``evidence.verify`` with what the court believes.  A package that FAILED is
    removed again, unless it is to be kept as ``LB-<uuid>.failed``.

    Raises Refused ``bag.exists``, ``export.failed``; Malformed ``tar.…``, ``age.payload.…``;
    Unavailable ``disk.…``; what the vault raises.
    """
    _ = reader.size  # an object that was cut is refused before anything is written
    with spare_thread() as executor:
        name, events = begin(events_of(reader.blocks()))
        with new_bag(out, name) as bag:
            unpack(events, bag.folder, executor=executor, advance=advance)
            with WrittenBag(bag.folder, executor=executor) as written:
                report = judge(written)
            if report.outcome is Outcome.FAILED:
                if not keep_failed:
                    raise Refused(
                        "export.failed",
                        "the package does not stand up to verification, so it was not exported",
                    )
                bag.final = bag.final.with_name(f"{name}.failed")
    return Exported(folder=bag.final, report=report)


def export_sealed(
    sealed: SealedObject,
    vault: Vault,
    out: Path,
    *,
    identities: Sequence[Identity],
    recipients: Sequence[Recipient],
    random_bytes: RandomBytes = os.urandom,
    advance: Advance = lambda _count: None,
) -> SealedFile:
    """Write the package as one sealed file for ``recipients`` alone, and compare what was written.

    Raises Refused ``sealed.exists``, ``sealed.busy``, ``age.…``; Malformed ``age.…``,
    ``object.shape``; Unavailable ``sealed.no-space``, ``sealed.write-failed``; Integrity
    ``export.differs``; what the vault raises.
    """
    reader = open_object(sealed, vault, identities)
    head = encode_header(reader.file_key, recipients, random_bytes) + reader.nonce
    size = len(head) + sealed.size - sealed.header_size
    row = vault.get(sealed.parts_list)
    digests = [Digest.of(head)]
    digests += [Digest(row[at : at + SIZE]) for at in range(0, len(row), SIZE)]
    lengths = [len(head)] + [sealed.length_of(index) for index in range(sealed.part_count)]
    plaintext = reader.size
    with new_file(out, replace=False) as fd:
        with write_errors(out):
            reserve(fd, size)
        offset = 0
        for digest, length in zip(digests, lengths, strict=True):
            part = head if not offset else vault.get(digest)
            with write_errors(out):
                write_all(fd, part, offset)
                start_writing(fd, offset, length)
            offset += length
            advance(length)
        _compare(fd, digests, lengths, out)
    return SealedFile(size=size, header_size=len(head), plaintext_size=plaintext)


def _compare(fd: int, digests: Sequence[Digest], lengths: Sequence[int], out: Path) -> None:
    offset = 0
    for digest, length in zip(digests, lengths, strict=True):
        with write_errors(out):
            written = os.pread(fd, length, offset)
        if Digest.of(written) != digest:
            raise Integrity("export.differs", "{path} was not written as it should be", path=out)
        offset += length


class WrittenBag:
    """The port ``BagSource`` over a folder that we have just written; close it when done."""

    def __init__(self, folder: Path, *, executor: Executor | None = None) -> None:
        self._executor = executor
        with coded(folder.name):
            self._top = open_folder(folder)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the folder."""
        os.close(self._top)

    def entries(self) -> Iterator[Entry]:
        """Name everything below the folder."""
        waiting = [b""]
        while waiting:
            for entry in self._scan(waiting.pop()):
                if entry.kind is EntryKind.FOLDER:
                    waiting.append(os.fsencode(entry.path))
                yield entry

    def read(self, path: str, *, limit: int) -> bytes:
        """Return the whole file; Refused ``source.too-large``, Unavailable ``source.absent``."""
        with _File(self._top, path) as file:
            if file.size > limit:
                raise Refused(
                    "source.too-large", "{path} has more than {limit} bytes", path=path, limit=limit
                )
            return b"".join(map(bytes, file.blocks()))

    def measure(self, path: str, *, leaf_size: int) -> Measurement:
        """Read the file back and hash it both ways."""
        with _File(self._top, path) as file:
            executor = self._executor if file.size >= _SHARED_FROM else None
            return measure_blocks(file.blocks(), leaf_size=leaf_size, executor=executor)

    def measure_leaves(self, path: str, *, leaf_size: int) -> LeafMeasurement:
        """Read the file back and hash its blocks only."""
        with _File(self._top, path) as file:
            leaves = b"".join(map(hash_block, file.blocks(leaf_size)))
            return LeafMeasurement(size=file.size, leaves=leaves)

    def _scan(self, folder: bytes) -> list[Entry]:
        prefix = folder + b"/" if folder else b""
        with coded(os.fsdecode(folder)), FolderChain(self._top) as chain:
            below, _ = chain.folder_of(prefix + b"x")
            with os.scandir(below) as found:
                return [_entry(os.fsdecode(prefix), one) for one in found]


class _File:
    """One file of the bag, opened for reading."""

    def __init__(self, top: int, path: str) -> None:
        self._path = path
        try:
            with FolderChain(top) as chain:
                folder, name = chain.folder_of(os.fsencode(path))
                self._fd = open_file(name, below=folder)
        except OSError as error:
            raise Unavailable("source.absent", "{path} is not there", path=path) from error
        self.size = os.fstat(self._fd).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._fd)

    def blocks(self, size: int = _BLOCK) -> Iterator[memoryview]:
        length = max(1, min(size, self.size))
        pair = (memoryview(bytearray(length)), memoryview(bytearray(length)))
        with coded(self._path):
            yield from read_blocks(self._fd, pair)


def _entry(prefix: str, found: "os.DirEntry[bytes] | os.DirEntry[str]") -> Entry:
    path = f"{prefix}{os.fsdecode(found.name)}"
    status = found.stat(follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        return Entry(path=path, kind=EntryKind.FOLDER)
    if stat.S_ISREG(status.st_mode):
        return Entry(path=path, kind=EntryKind.FILE, size=status.st_size)
    return Entry(
        path=path, kind=EntryKind.LINK if stat.S_ISLNK(status.st_mode) else EntryKind.OTHER
    )
