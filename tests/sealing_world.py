"""What the tests of sealing share: keys, sources that misbehave, short ways to seal and open."""

from collections.abc import Callable
from pathlib import Path

from longbien.adapters.sealed_files import open_sealed
from longbien.adapters.sealing import FilePlaintext, SealedFile, seal
from longbien.trust.age.identities import HybridIdentity, Identity, recipient_of

IDENTITY = HybridIdentity(bytes(range(32)))
OTHER = HybridIdentity(bytes(range(1, 33)))


class MemoryPlaintext:
    """A plaintext in memory; ``before`` is called with the offset of each read."""

    def __init__(self, data: bytes, before: Callable[[int], None] = lambda _offset: None) -> None:
        self.data = data
        self.size = len(data)
        self.before = before

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill ``out``."""
        self.before(offset)
        out[:] = self.data[offset : offset + len(out)]


def sealed_by(path: Path, data: bytes, *, workers: int = 2) -> SealedFile:
    """Seal ``data`` for IDENTITY into ``path``."""
    return seal(MemoryPlaintext(data), path, recipients=[recipient_of(IDENTITY)], workers=workers)


def sealed_file(source: Path, path: Path) -> SealedFile:
    """Seal the file ``source`` for IDENTITY into ``path``."""
    with FilePlaintext(source) as plaintext:
        return seal(plaintext, path, recipients=[recipient_of(IDENTITY)], workers=2)


def opened_by(path: Path, identity: Identity = IDENTITY, *, workers: int = 2) -> bytes:
    """Open ``path`` and return all of it."""
    with open_sealed(path, [identity]) as reader:
        return b"".join(bytes(block) for block in reader.blocks(workers=workers))


def open_descriptors() -> int:
    """Return how many files this process holds open."""
    return len(names_in(Path("/proc/self/fd")))


def names_in(folder: Path) -> set[str]:
    """Return the names in a folder."""
    return {path.name for path in folder.iterdir()}
