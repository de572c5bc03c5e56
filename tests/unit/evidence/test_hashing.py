import hashlib
from collections.abc import Callable, Iterator

import pytest

from longbien.evidence.hashing import hash_blocks, leaf_count
from longbien.ledger.tree import leaf_hash

DATA = bytes(range(256)) * 5  # 1280 bytes


class Later:
    """An executor that runs a call only when its result is asked for, or never."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.at_once = at_once
        self.calls = 0

    def submit(self, fn: Callable[[], object], /) -> "Call":
        """Take a call."""
        self.calls += 1
        call = Call(fn)
        if self.at_once:
            call.result()
        return call


class Call:
    """A call that is made once."""

    def __init__(self, fn: Callable[[], object]) -> None:
        self._fn, self._done = fn, False

    def result(self) -> None:
        """Make the call."""
        if not self._done:
            self._done = True
            self._fn()


def leaves_of(data: bytes, size: int) -> bytes:
    """Return the leaf hashes the slow way."""
    return b"".join(leaf_hash(data[at : at + size]) for at in range(0, len(data), size))


@pytest.mark.parametrize("executor", [None, Later(), Later(at_once=True)])
@pytest.mark.parametrize("step", [1, 99, 100, 101, 250, 300, 1280, 5000])
def test_any_blocks_give_the_same_hashes(step: int, executor: Later | None) -> None:
    """How a file is cut into blocks, and who hashes them, changes nothing."""
    blocks = [DATA[at : at + step] for at in range(0, len(DATA), step)]

    found = hash_blocks(blocks, leaf_size=100, executor=executor)

    assert found.size == 1280
    assert found.sha256 == hashlib.sha256(DATA).digest()
    assert found.leaves == leaves_of(DATA, 100)


def test_an_empty_file_has_no_leaf() -> None:
    """Its digest is that of nothing."""
    found = hash_blocks([], executor=Later())

    assert (found.size, found.leaves) == (0, b"")
    assert found.sha256 == hashlib.sha256().digest()


def test_a_leaf_is_a_mebibyte() -> None:
    """Without another wish the leaf size is that of LB-Bag 1."""
    data = b"x" * (2**20 + 1)

    assert hash_blocks([data]).leaves == leaf_hash(data[:-1]) + leaf_hash(b"x")


def test_each_block_is_handed_over_once() -> None:
    """The other thread gets one call a block."""
    executor = Later()

    hash_blocks([DATA, DATA, DATA], leaf_size=100, executor=executor)

    assert executor.calls == 3


def test_two_buffers_are_enough() -> None:
    """A block is not looked at any more when the next but one is asked for."""
    buffers = (bytearray(100), bytearray(100))

    def blocks() -> Iterator[bytearray]:
        for turn in range(6):
            buffers[turn % 2][:] = bytes([turn]) * 100
            yield buffers[turn % 2]

    expected = b"".join(bytes([turn]) * 100 for turn in range(6))
    found = hash_blocks(blocks(), leaf_size=30, executor=Later())

    assert found.leaves == leaves_of(expected, 30)
    assert found.sha256 == hashlib.sha256(expected).digest()


def test_a_failed_read_waits_for_the_other_thread() -> None:
    """Nobody looks at a buffer after its owner got the error."""
    waited = []

    class Waiting:
        def submit(self, _fn: Callable[[], object], /) -> "Waiting":
            return self

        def result(self) -> None:
            waited.append(True)

    def blocks() -> Iterator[bytes]:
        yield DATA
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        hash_blocks(blocks(), leaf_size=100, executor=Waiting())

    assert waited == [True]


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 1), (2**20, 1), (2**20 + 1, 2)])
def test_leaves_are_counted(size: int, count: int) -> None:
    """The last leaf may be short, and is never empty."""
    assert leaf_count(size) == count
