"""Taking exhibits into the vault: one reading makes digest, chunk tree and ciphertext.

What is hashed and what is encrypted are the very same buffers, so a package can carry the
hashes without reading an exhibit again.  Behind the content the sealed object holds the leaf
hashes of its tree, 32 bytes a MiB: kept with it, erased with it.  Plaintext touches no disk.
"""

import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Final, Self

from attrs import frozen

from longbien.adapters.files import FolderChain, coded
from longbien.adapters.sealed_objects import (
    PART,
    PLAIN_PART,
    ObjectReader,
    PartSealer,
    finish_object,
    new_sealing_key,
    require_sealable,
)
from longbien.adapters.sealing import Advance, worker_count
from longbien.adapters.survey import (
    Found,
    Rule,
    Survey,
    changed,
    open_quietly,
    require_unchanged,
    state_of,
    survey_file,
    survey_folder,
    unreadable,
)
from longbien.adapters.vault import no_space
from longbien.channel.transfer import SealedObject
from longbien.desk.ports import Vault
from longbien.evidence.hashing import hash_block, leaf_count
from longbien.evidence.names import name_notices, text_of
from longbien.evidence.package import LEAF_SIZE, IngestNotice
from longbien.ledger.tree import root_of
from longbien.primitives.digest import SIZE, Digest, Octets
from longbien.primitives.errors import Integrity
from longbien.trust.age.recipients import RandomBytes, Recipient

MAX_CREW: Final = 4
"""Threads that seal: beyond them the digest of the one file, which is one chain, is the limit."""

_LEAVES: Final = PLAIN_PART // LEAF_SIZE  # of one full part: its parts begin where leaves do
_SPARE_BUFFERS = 2  # one that is filled, one that waits for the file's digest


@frozen(kw_only=True)
class StoredExhibit:
    """A file that was taken in: all that a package will say of it, and where it lies."""

    original: bytes
    """Its path below the examiner's folder, or the name it was uploaded under."""

    size: int
    sha256: Digest
    tree: Digest
    """The root of its chunk tree (``evidence.package.Tree``)."""

    sealed: SealedObject

    @property
    def original_name(self) -> str:
        """Return the path as text; bytes that are not UTF-8 are replaced."""
        return text_of(self.original)[0]


@frozen(kw_only=True)
class Stored:
    """What a file or a folder became."""

    exhibits: tuple[StoredExhibit, ...]
    """One a file, in the order of their paths."""

    notices: tuple[IngestNotice, ...]


class Bench:
    """The threads and buffers by which one exhibit after the other is taken in.

    Close it, or use it in a ``with`` statement.  Memory: two parts a thread and two more.
    """

    def __init__(self, *, workers: int | None = None) -> None:
        self.crew = worker_count(workers, blocks=MAX_CREW)
        self.plain: SimpleQueue[memoryview] = SimpleQueue()
        self.sealed: SimpleQueue[memoryview] = SimpleQueue()
        for _ in range(self.crew + _SPARE_BUFFERS):
            self.plain.put(memoryview(bytearray(PLAIN_PART)))
        for _ in range(self.crew + 1):
            self.sealed.put(memoryview(bytearray(PART)))
        self.pool = ThreadPoolExecutor(self.crew, "exhibit")
        self.chain = ThreadPoolExecutor(1, "digest")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait for the threads and let them go."""
        self.close()

    def close(self) -> None:
        """Wait for the threads and let them go."""
        self.pool.shutdown(cancel_futures=True)
        self.chain.shutdown(cancel_futures=True)


class ExhibitWriter:
    """Takes in one exhibit whose bytes come to us; ``finish`` or ``abort`` must be called.

    In a ``with`` statement an exhibit that was not finished is aborted.  One thread writes.
    Every method raises what ``Vault.put`` raises, and Refused ``sealed.too-large``.  What an
    abort leaves in the vault are parts of no object, whose key is gone.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        recipients: Sequence[Recipient],
        bench: Bench,
        random_bytes: RandomBytes = os.urandom,
    ) -> None:
        self._vault, self._bench = vault, bench
        self._key = new_sealing_key(recipients, random_bytes)
        self._file = hashlib.sha256()
        self._row, self._leaves = bytearray(), bytearray()
        self._buffer: memoryview | None = None
        self._filled = self._sent = 0
        self._begun: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Abort what was not finished."""
        self.abort()

    @property
    def size(self) -> int:
        """Return how many bytes were written so far."""
        return self._sent * PLAIN_PART + self._filled

    def room(self) -> memoryview:
        """Return where the next bytes may be put, at least one; ``wrote`` takes them."""
        if self._buffer is not None and self._filled == PLAIN_PART:
            self._send(self._buffer)
        if self._buffer is None:
            self._collect(is_all=False)
            self._buffer = self._bench.plain.get()
        return self._buffer[self._filled :]

    def wrote(self, count: int) -> None:
        """Take the first ``count`` bytes of ``room`` as the next ones of the exhibit."""
        self._filled += count
        require_sealable(self.size + SIZE * leaf_count(self.size))

    def write(self, chunk: Octets) -> None:
        """Take the next bytes of the exhibit, however many."""
        rest = memoryview(chunk)
        while rest:
            room = self.room()
            count = min(len(room), len(rest))
            room[:count] = rest[:count]
            self.wrote(count)
            rest = rest[count:]

    def finish(self, original: bytes) -> StoredExhibit:
        """Seal the rest, and return what was taken in; all of it is durable."""
        size = self.size
        tail = b"" if self._buffer is None else self._buffer[: self._filled]
        self._collect(is_all=True)
        self._file.update(tail)
        self._leaves += b"".join(
            hash_block(tail[at : at + LEAF_SIZE]) for at in range(0, len(tail), LEAF_SIZE)
        )
        leaves = bytes(self._leaves)
        self._seal_end(_Joined(tail, leaves))
        sealed = finish_object(
            self._vault, self._key, bytes(self._row), plaintext=size + len(leaves)
        )
        self._give_back()
        return StoredExhibit(
            original=original,
            size=size,
            sha256=Digest(self._file.digest()),
            tree=root_of(leaves),
            sealed=sealed,
        )

    def abort(self) -> None:
        """Forget the exhibit; may be called after ``finish`` and then does nothing."""
        while self._begun:
            self._begun.popleft().exception()
        self._give_back()

    def _give_back(self) -> None:
        if self._buffer is not None:
            self._bench.plain.put(self._buffer)
            self._buffer = None

    def _send(self, buffer: memoryview) -> None:
        """Hand a full part to the threads; more bytes follow it."""
        index, hold = self._sent, _Hold(buffer, self._bench.plain)
        self._row += bytes(SIZE)
        self._leaves += bytes(_LEAVES * SIZE)
        self._sent, self._filled, self._buffer = index + 1, 0, None
        self._begun.append(self._bench.chain.submit(hold.use, self._file.update))
        self._begun.append(
            self._bench.pool.submit(hold.use, lambda whole: self._seal_part(index, whole))
        )

    def _collect(self, *, is_all: bool) -> None:
        """Hear of errors: of what is done, or after waiting for all of it."""
        while self._begun and (is_all or self._begun[0].done()):
            self._begun.popleft().result()

    def _seal_part(self, index: int, whole: memoryview) -> None:
        """Hash the leaves of a full part and seal it, block by block."""
        leaves = bytearray()
        with self._sealer() as sealer:
            digest = sealer.seal(index, _hashing(whole, leaves), size=PLAIN_PART, is_end=False)
        self._row[index * SIZE : (index + 1) * SIZE] = digest.raw
        start = index * _LEAVES * SIZE
        self._leaves[start : start + len(leaves)] = leaves

    def _seal_end(self, rest: "_Joined") -> None:
        """Seal what is left: the end of the content, then the leaf hashes."""
        size = len(rest)
        with self._sealer() as sealer:
            for start in range(0, max(size, 1), PLAIN_PART):
                piece = rest.piece(start, min(PLAIN_PART, size - start))
                digest = sealer.seal(
                    self._sent + start // PLAIN_PART,
                    [piece],
                    size=len(piece),
                    is_end=start + len(piece) == size,
                )
                self._row += digest.raw

    @contextmanager
    def _sealer(self) -> Iterator[PartSealer]:
        buffer = self._bench.sealed.get()
        try:
            yield PartSealer(self._vault, self._key, buffer)
        finally:
            self._bench.sealed.put(buffer)


class _Hold:
    """A buffer that two threads look at; whoever is done last gives it back."""

    def __init__(self, buffer: memoryview, home: "SimpleQueue[memoryview]") -> None:
        self._buffer, self._home = buffer, home
        self._left, self._turn = 2, Lock()

    def use(self, work: Callable[[memoryview], None]) -> None:
        try:
            work(self._buffer)
        finally:
            with self._turn:
                self._left -= 1
                is_last = not self._left
            if is_last:
                self._home.put(self._buffer)


class _Joined:
    """The end of the content and the leaf hashes, one behind the other."""

    def __init__(self, tail: Octets, leaves: bytes) -> None:
        self._tail, self._leaves = memoryview(tail), memoryview(leaves)

    def __len__(self) -> int:
        return len(self._tail) + len(self._leaves)

    def piece(self, start: int, length: int) -> memoryview:
        first = self._tail[start : start + length]
        at = max(0, start - len(self._tail))
        rest = self._leaves[at : at + length - len(first)]
        return memoryview(b"".join((first, rest)))


def _hashing(whole: memoryview, leaves: bytearray) -> Iterator[memoryview]:
    for at in range(0, PLAIN_PART, LEAF_SIZE):
        block = whole[at : at + LEAF_SIZE]
        leaves += hash_block(block)
        yield block


# --- from a disk ------------------------------------------------------------------------------


@frozen(kw_only=True)
class Intake:
    """With what exhibits are taken in."""

    vault: Vault
    recipients: Sequence[Recipient]
    """The case's own key, and whoever else may open the exhibits at rest."""

    bench: Bench
    random_bytes: RandomBytes = os.urandom
    advance: Advance = lambda _count: None
    """Told of bytes that were read, from several threads."""


def take_in_folder(
    source: Path, intake: Intake, *, links: Rule = Rule.REFUSE, special: Rule = Rule.REFUSE
) -> Stored:
    """Take in every file of a folder; what is odd is answered as in ``adapters.survey``.

    Raises Refused ``ingest.…``; Unavailable ``ingest.unreadable``, ``disk.…``; what
    ``ExhibitWriter`` raises.
    """
    with coded(source.name):
        top = open_quietly(source, folder=True)
    try:
        survey = survey_folder(top, links=links, special=special)
        return _take_in(top, survey, intake)
    finally:
        os.close(top)


def take_in_file(source: Path, intake: Intake) -> Stored:
    """Take in one file, under its name alone; raises as ``take_in_folder``.

    A link, a device or a pipe is refused: ``ingest.link``, ``ingest.special-file``.
    """
    with coded(source.name):
        top = open_quietly(source.parent, folder=True)
    try:
        survey = survey_file(top, os.fsencode(source.name))
        return _take_in(top, survey, intake)
    finally:
        os.close(top)


def upload_notices(name: str) -> tuple[IngestNotice, ...]:
    """Return what is odd about the name of an upload."""
    raw = name.encode("utf-8", "surrogateescape")
    return tuple(
        IngestNotice(code=code, name=text_of(found)[0]) for code, found in name_notices([raw])
    )


def require_room(vault: Vault, size: int) -> None:
    """Raise Unavailable ``vault.no-space`` if so many bytes surely do not fit."""
    free = vault.free_bytes()
    if free is not None and size > free:
        raise no_space(size)


def _take_in(top: int, survey: Survey, intake: Intake) -> Stored:
    require_room(intake.vault, survey.size)
    # less than a part: such a file needs no other thread, and so may be taken in by one of them
    small = [found for found in survey.files if found.state.size < PLAIN_PART]
    large = [found for found in survey.files if found.state.size >= PLAIN_PART]
    with FolderChain(top) as folders:
        done = [_take_file(folders, found, intake) for found in large]
    done += _take_small(top, small, intake)
    require_unchanged(top, survey)
    return Stored(
        exhibits=tuple(sorted(done, key=lambda exhibit: exhibit.original)),
        notices=survey.notices,
    )


def _take_small(top: int, files: Sequence[Found], intake: Intake) -> list[StoredExhibit]:
    """Take in files of one part: several at a time, because most of it is waiting for the disk."""

    def take(share: Iterable[Found]) -> list[StoredExhibit]:
        with FolderChain(top) as folders:
            return [_take_file(folders, found, intake) for found in share]

    crew = intake.bench.crew
    shares = [files[number::crew] for number in range(crew)]
    begun = [intake.bench.pool.submit(take, share) for share in shares if share]
    for one in begun:
        one.exception()  # nobody reads below ``top`` any more when an error leaves
    return [exhibit for one in begun for exhibit in one.result()]


def _take_file(folders: FolderChain, found: Found, intake: Intake) -> StoredExhibit:
    with unreadable(found.original):
        folder, name = folders.folder_of(found.original)
        fd = open_quietly(name, below=folder)
    try:
        _require_same(fd, found)
        with ExhibitWriter(
            intake.vault,
            recipients=intake.recipients,
            bench=intake.bench,
            random_bytes=intake.random_bytes,
        ) as writer:
            _read_all(fd, found, writer, intake.advance)
            _require_same(fd, found)
            return writer.finish(found.original)
    finally:
        os.close(fd)


def _read_all(fd: int, found: Found, writer: ExhibitWriter, advance: Advance) -> None:
    while True:
        room = writer.room()
        with unreadable(found.original):
            count = os.preadv(fd, [room], writer.size)
        if writer.size + count > found.state.size:
            raise changed(found.original)  # it grows: perhaps for ever
        if not count:
            break
        writer.wrote(count)
        advance(count)
    if writer.size != found.state.size:
        raise changed(found.original)


def _require_same(fd: int, found: Found) -> None:
    with unreadable(found.original):
        status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or state_of(status) != found.state:
        raise changed(found.original)


# --- out of the vault -------------------------------------------------------------------------


def read_leaves(reader: ObjectReader, *, size: int, tree: Digest) -> bytes:
    """Return the leaf hashes of an opened exhibit, proven by the root on record.

    Raises Integrity ``exhibit.differs`` if the object is not the exhibit on record.
    """
    row = SIZE * leaf_count(size)
    if reader.size != size + row:
        raise _differs()
    leaves = reader.read_at(size, row)
    if root_of(leaves) != tree:
        raise _differs()
    return leaves


def _differs() -> Integrity:
    return Integrity(
        "exhibit.differs", "an exhibit in the vault is not the one on record; do not hand it over"
    )
