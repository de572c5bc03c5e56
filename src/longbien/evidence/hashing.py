"""Hashing a file in one pass: its SHA-256 and its chunk tree are fed from the same blocks.

Pure: blocks come in, and so does the executor.  Nothing but ``hashlib`` is loaded for it, so that
hashing can begin before the rest of a program is there; ``measure`` gives the results their types.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from longbien.primitives.digest import Octets

LEAF_SIZE = 2**20  # bytes; 32 KiB of leaf hashes a GiB, a proof of at most 21 hashes at 2 TiB
HASH_SIZE = 32  # bytes of a SHA-256
_LEAF_PREFIX = hashlib.sha256(b"\x00")  # RFC 6962, section 2.1


class Hashed(NamedTuple):
    """What one pass over a file found."""

    size: int
    sha256: bytes | None
    """Of the whole file; None where only the blocks were hashed."""

    leaves: bytes
    """RFC 6962 leaf hashes, 32 bytes each, in order; empty for an empty file."""


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


def hash_block(block: "Octets") -> bytes:
    """Return the RFC 6962 leaf hash of a block: as ``ledger.tree.leaf_hash``, without a copy."""
    hasher = _LEAF_PREFIX.copy()
    hasher.update(block)
    return hasher.digest()


def leaf_count(size: int, leaf_size: int = LEAF_SIZE) -> int:
    """Return how many leaves a file of ``size`` bytes has; an empty one has none."""
    return -(-size // leaf_size)


def hash_blocks(
    blocks: "Iterable[Octets]", *, leaf_size: int = LEAF_SIZE, executor: Executor | None = None
) -> Hashed:
    """Hash, both ways, the file that the blocks make up; blocks of any length.

    A block is looked at until the next but one is asked for: two buffers are enough.  With an
    executor the file's digest runs there, and each leaf on whoever is free, while the caller
    fetches the next block.  One thread more is used well; more than two are not, because the
    digest of one file is one chain.
    """
    hasher = Hasher(leaf_size=leaf_size)
    if executor is None:
        for block in blocks:
            hasher.update(block)
        return hasher.finish()
    begun: Begun | None = None
    try:
        for block in blocks:
            if begun is not None:
                hasher.join(begun)
            begun = hasher.begin(block, executor)
    finally:
        # also when reading failed: no thread may look at a buffer that its owner takes back
        if begun is not None:
            hasher.join(begun)
    return hasher.finish()


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
            self._hashes[at] = hash_block(piece)

    @property
    def leaves(self) -> bytes:
        return b"".join(self._hashes)


class Begun(NamedTuple):
    """Work on one block that is under way."""

    pending: Pending
    share: _Share
    tail: memoryview


class Hasher:
    """A file of which the hashes are being made, for one who has the blocks come to him."""

    def __init__(self, *, leaf_size: int = LEAF_SIZE) -> None:
        self._leaf_size = leaf_size
        self._file = hashlib.sha256()
        self._open = _LEAF_PREFIX.copy()  # the leaf that is not full yet
        self._filled = 0
        self._size = 0
        self._leaves: list[bytes] = []

    def update(self, block: "Octets") -> None:
        """Take the next bytes of the file."""
        view = memoryview(block)
        head, whole, tail = self._split(view)
        self._file.update(view)
        self._fill(head)
        self._leaves.extend(map(hash_block, whole))
        self._fill(tail)

    def begin(self, block: "Octets", executor: Executor) -> Begun:
        """Take the next bytes and work on them elsewhere; ``join`` must be the next call."""
        view = memoryview(block)
        head, whole, tail = self._split(view)
        share = _Share(whole)

        def work() -> None:
            self._file.update(view)
            share.work()

        begun = Begun(pending=executor.submit(work), share=share, tail=tail)
        self._fill(head)
        return begun

    def join(self, begun: Begun) -> None:
        """Help with what ``begin`` started, and wait until it is done."""
        begun.share.work()
        begun.pending.result()
        self._leaves.append(begun.share.leaves)
        self._fill(begun.tail)

    def finish(self) -> Hashed:
        """Return what was found; nothing may follow."""
        if self._filled:
            self._leaves.append(self._open.digest())
        return Hashed(self._size, self._file.digest(), b"".join(self._leaves))

    def _split(self, view: memoryview) -> tuple[memoryview, list[memoryview], memoryview]:
        """Cut a block into the end of the open leaf, whole leaves, and the begin of the next."""
        self._size += len(view)
        at = min(-self._filled % self._leaf_size, len(view))
        end = at + (len(view) - at) // self._leaf_size * self._leaf_size
        whole = [view[start : start + self._leaf_size] for start in range(at, end, self._leaf_size)]
        return view[:at], whole, view[end:]

    def _fill(self, piece: memoryview) -> None:
        self._open.update(piece)
        self._filled += len(piece)
        if self._filled == self._leaf_size:
            self._leaves.append(self._open.digest())
            self._open, self._filled = _LEAF_PREFIX.copy(), 0
