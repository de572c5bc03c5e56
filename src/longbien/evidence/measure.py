"""Measuring a file in one pass: its SHA-256 and its chunk tree are fed from the same blocks.

Pure: blocks come in, and so does the executor.  Nobody hashes a file twice because of us.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.source import Measurement
from longbien.primitives.digest import Digest, Octets

_LEAF_PREFIX = hashlib.sha256(b"\x00")  # RFC 6962, section 2.1


class Pending(Protocol):
    """A call that was handed to an executor."""

    def result(self) -> Any:  # noqa: ANN401 - nothing is read from it
        """Wait for the end; raise what the call raised."""
        ...


class Executor(Protocol):
    """What ``concurrent.futures`` calls an executor, as far as it is needed here."""

    def submit(self, fn: Callable[[], object], /) -> Pending:
        """Begin a call on another thread."""
        ...


def _leaf_hash(block: Octets) -> bytes:
    # as ledger.tree.leaf_hash, without a copy of the block
    hasher = _LEAF_PREFIX.copy()
    hasher.update(block)
    return hasher.digest()


def leaf_count(size: int, leaf_size: int = LEAF_SIZE) -> int:
    """Return how many leaves a file of ``size`` bytes has; an empty one has none."""
    return -(-size // leaf_size)


def measure_blocks(
    blocks: Iterable[Octets], *, leaf_size: int = LEAF_SIZE, executor: Executor | None = None
) -> Measurement:
    """Measure the file that the blocks make up; blocks of any length.

    A block is looked at until the next but one is asked for: two buffers are enough.  With an
    executor the file's digest runs there, and each leaf on whoever is free, while the caller
    fetches the next block.  One thread more is used well; more than two are not, because the
    digest of one file is one chain.
    """
    measurer = Measurer(leaf_size=leaf_size)
    if executor is None:
        for block in blocks:
            measurer.update(block)
        return measurer.finish()
    pending: tuple[Pending, _Share] | None = None
    try:
        for block in blocks:
            if pending:
                measurer.join(*pending)
            pending = measurer.begin(block, executor)
    finally:
        # also when reading failed: no thread may look at a buffer that its owner takes back
        if pending:
            measurer.join(*pending)
    return measurer.finish()


class _Share:
    """The whole leaves of one block, handed out one by one to whoever asks."""

    def __init__(self, pieces: list[memoryview]) -> None:
        self._left = deque(enumerate(pieces))
        self._hashes: list[bytes] = [b""] * len(pieces)

    def work(self) -> None:
        while True:
            try:
                at, piece = self._left.popleft()
            except IndexError:
                return
            self._hashes[at] = _leaf_hash(piece)

    @property
    def leaves(self) -> bytes:
        return b"".join(self._hashes)


class Measurer:
    """A measurement under way, for one who has the blocks come to him."""

    def __init__(self, *, leaf_size: int = LEAF_SIZE) -> None:
        self._leaf_size = leaf_size
        self._file = hashlib.sha256()
        self._open = _LEAF_PREFIX.copy()  # the leaf that is not full yet
        self._filled = 0
        self._size = 0
        self._leaves: list[bytes] = []
        self._tail = memoryview(b"")

    def update(self, block: Octets) -> None:
        """Take the next bytes of the file."""
        view = memoryview(block)
        self._file.update(view)
        self._size += len(view)
        for piece in self._whole_leaves(view):
            self._leaves.append(_leaf_hash(piece))
        self._fill(self._tail)

    def begin(self, block: Octets, executor: Executor) -> "tuple[Pending, _Share]":
        """Take the next bytes and work on them elsewhere; ``join`` must be the next call."""
        view = memoryview(block)
        self._size += len(view)
        share = _Share(list(self._whole_leaves(view)))

        def work() -> None:
            self._file.update(view)
            share.work()

        return executor.submit(work), share

    def join(self, pending: Pending, share: _Share) -> None:
        """Help with what ``begin`` started, and wait until it is done."""
        share.work()
        pending.result()
        self._leaves.append(share.leaves)
        self._fill(self._tail)

    def finish(self) -> Measurement:
        """Return what was found; nothing may follow."""
        if self._filled:
            self._leaves.append(self._open.digest())
        return Measurement(
            size=self._size, sha256=Digest(self._file.digest()), leaves=b"".join(self._leaves)
        )

    def _whole_leaves(self, view: memoryview) -> Iterator[memoryview]:
        """Fill the open leaf, name the whole ones, keep the rest as the tail."""
        at = min(-self._filled % self._leaf_size, len(view))
        self._fill(view[:at])
        end = at + (len(view) - at) // self._leaf_size * self._leaf_size
        self._tail = view[end:]
        for start in range(at, end, self._leaf_size):
            yield view[start : start + self._leaf_size]

    def _fill(self, piece: memoryview) -> None:
        self._open.update(piece)
        self._filled += len(piece)
        if self._filled == self._leaf_size:
            self._leaves.append(self._open.digest())
            self._open, self._filled = _LEAF_PREFIX.copy(), 0
