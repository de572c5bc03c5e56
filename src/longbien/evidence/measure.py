"""Measuring a file in one pass: what ``hashing`` found, as the types of the evidence room."""

from collections.abc import Iterable

from longbien.evidence.hashing import LEAF_SIZE, Executor, Hashed, hash_blocks
from longbien.evidence.source import LeafMeasurement, Measurement
from longbien.primitives.digest import Digest, Octets


def measure_blocks(
    blocks: Iterable[Octets], *, leaf_size: int = LEAF_SIZE, executor: Executor | None = None
) -> Measurement:
    """Measure the file that the blocks make up: ``hashing.hash_blocks``."""
    return measurement_of(hash_blocks(blocks, leaf_size=leaf_size, executor=executor))


def measurement_of(hashed: Hashed) -> Measurement:
    """Return what was found; of a file whose digest was not made it is a ValueError."""
    if hashed.sha256 is None:
        raise ValueError("only the blocks of this file were hashed")
    return Measurement(size=hashed.size, sha256=Digest(hashed.sha256), leaves=hashed.leaves)


def leaf_measurement_of(hashed: Hashed) -> LeafMeasurement:
    """Return what was found of the blocks alone."""
    return LeafMeasurement(size=hashed.size, leaves=hashed.leaves)
