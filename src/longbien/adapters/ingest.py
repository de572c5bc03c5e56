"""Taking in exhibits: each file is read once, and that one reading measures and copies it.

The copy is written from the very buffers that were hashed, so what is in the bag is what was
measured.  A file that changes meanwhile is not an exhibit: the package is not made.
"""

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen

from longbien.adapters.files import (
    BLOCK,
    CARRY,
    FolderChain,
    coded,
    create_file,
    open_file,
    read_blocks,
    start_writing,
    sync_disk,
    write_all,
)
from longbien.adapters.survey import (
    Found,
    Rule,
    State,
    Survey,
    changed,
    open_quietly,
    require_unchanged,
    state_of,
    survey_folder,
    unreadable,
)
from longbien.evidence.hashing import Executor
from longbien.evidence.measure import measure_blocks
from longbien.evidence.names import assign_paths, text_of
from longbien.evidence.package import LEAF_SIZE, IngestNotice, PayloadFile, Tree
from longbien.evidence.source import Measurement
from longbien.ledger.tree import root_of
from longbien.primitives.digest import SIZE

Advance = Callable[[int], None]

_SYNC_ALL = 64  # files: from here on one sync for the whole disk is cheaper than one a file


@frozen(kw_only=True)
class Intake:
    """What was taken in."""

    files: tuple[PayloadFile, ...]
    """Sorted by path, as package.json has them."""

    leaves: dict[int, bytes] = field(repr=False)
    """Leaf hashes of the files with more than one leaf, by the file's number from 1."""

    notices: tuple[IngestNotice, ...]


@contextmanager
def spare_thread() -> Iterator[Executor | None]:
    """Give an executor with one thread, or None where there is only one processor."""
    if len(os.sched_getaffinity(0)) == 1:
        yield None
        return
    with ThreadPoolExecutor(1, "measure") as executor:
        yield executor


def look_over(source: Path, *, links: Rule, special: Rule) -> Survey:
    """Look over the examiner's folder; see ``survey_folder``."""
    with coded(source.name):
        top = open_quietly(source, folder=True)
    try:
        return survey_folder(top, links=links, special=special)
    finally:
        os.close(top)


def take_in(
    source: Path,
    bag: Path,
    survey: Survey,
    *,
    executor: Executor | None = None,
    advance: Advance = lambda _: None,
) -> Intake:
    """Copy the surveyed files of ``source`` into ``bag``, below ``data/``, and measure them.

    The copies are on the disk when this returns; the folders' own entries are for the caller to
    sync.  Raises Refused ``ingest.changed``, Unavailable ``ingest.unreadable`` and ``disk.…``.
    """
    paths = assign_paths([found.original for found in survey.files])
    pairs = sorted(zip(paths, survey.files, strict=True), key=lambda pair: pair[0])
    with _folders(source, bag) as (top, out):
        measured = _copy_all(pairs, top, out, executor, advance)
        require_unchanged(top, survey)
        _settle(paths, out)
    files = tuple(
        _payload_file(path, found.original, measurement)
        for (path, found), measurement in zip(pairs, measured, strict=True)
    )
    leaves = {
        number: measurement.leaves
        for number, measurement in enumerate(measured, 1)
        if len(measurement.leaves) > SIZE
    }
    return Intake(files=files, leaves=leaves, notices=survey.notices)


@contextmanager
def _folders(source: Path, bag: Path) -> Iterator[tuple[int, int]]:
    with coded(source.name):
        top = open_quietly(source, folder=True)
    try:
        with coded(bag.name):
            out = open_quietly(bag, folder=True)
        try:
            yield top, out
        finally:
            os.close(out)
    finally:
        os.close(top)


def _payload_file(path: str, original: bytes, measurement: Measurement) -> PayloadFile:
    text, as_hex = text_of(original)
    return PayloadFile(
        path=path,
        original_name=text,
        original_name_hex=as_hex,
        size=measurement.size,
        sha256=measurement.sha256,
        tree=Tree(root=root_of(measurement.leaves)),
    )


def _copy_all(
    pairs: list[tuple[str, Found]],
    top: int,
    out: int,
    executor: Executor | None,
    advance: Advance,
) -> list[Measurement]:
    buffers = (memoryview(bytearray(BLOCK)), memoryview(bytearray(BLOCK)))
    with FolderChain(top) as sources, FolderChain(out, create=True) as targets:
        copier = _Copier(sources, targets, buffers, executor, advance)
        return [copier.copy(found, path) for path, found in pairs]


class _Copier:
    def __init__(
        self,
        sources: FolderChain,
        targets: FolderChain,
        buffers: tuple[memoryview, memoryview],
        executor: Executor | None,
        advance: Advance,
    ) -> None:
        self._sources = sources
        self._targets = targets
        self._buffers = buffers
        self._executor = executor
        self._advance = advance

    def copy(self, found: Found, path: str) -> Measurement:
        with unreadable(found.original):
            folder, name = self._sources.folder_of(found.original)
            fd = open_quietly(name, below=folder)
        try:
            _require_same(fd, found.original, found.state)
            measurement = self._write(fd, found, path)
            _require_same(fd, found.original, found.state)
        finally:
            os.close(fd)
        return measurement

    def _write(self, fd: int, found: Found, path: str) -> Measurement:
        with coded(path):
            folder, name = self._targets.folder_of(path.encode("ascii"))
            out = create_file(name, below=folder)
        try:
            # a thread of its own pays only where there is more than one leaf
            executor = self._executor if found.state.size > LEAF_SIZE else None
            blocks = self._blocks(fd, out, found, path)
            measurement = measure_blocks(blocks, executor=executor)
        finally:
            os.close(out)
        if measurement.size != found.state.size:
            raise changed(found.original)
        return measurement

    def _blocks(self, fd: int, out: int, found: Found, path: str) -> Iterator[memoryview]:
        offset = 0
        blocks = read_blocks(fd, self._buffers)
        while True:
            with unreadable(found.original):
                block = next(blocks, None)
            if block is None:
                return
            if offset + len(block) > found.state.size:
                raise changed(found.original)  # it grows: perhaps for ever
            with coded(path):
                write_all(out, block, offset)
            offset += len(block)
            if offset % CARRY == 0:
                start_writing(out, offset - CARRY, CARRY)
            self._advance(len(block))
            yield block


def _require_same(fd: int, original: bytes, state: State) -> None:
    with unreadable(original):
        status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or state_of(status) != state:
        raise changed(original)


def _settle(paths: tuple[str, ...], out: int) -> None:
    """Bring the copies to the disk, and hear of every write that failed."""
    if len(paths) >= _SYNC_ALL:
        with coded("data"):
            sync_disk(out)
        return
    with FolderChain(out) as targets:
        for path in sorted(paths):
            with coded(path):
                folder, name = targets.folder_of(path.encode("ascii"))
                fd = open_file(name, below=folder)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)
