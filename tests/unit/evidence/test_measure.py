import pytest

from longbien.evidence.hashing import Hashed, hash_blocks
from longbien.evidence.measure import leaf_measurement_of, measure_blocks, measurement_of
from longbien.evidence.source import LeafMeasurement, Measurement
from longbien.primitives.digest import Digest

DATA = bytes(range(256)) * 5  # 1280 bytes


def test_a_measurement_says_what_was_hashed() -> None:
    """Size, digest and leaves, as the types of the room."""
    hashed = hash_blocks([DATA], leaf_size=100)

    found = measure_blocks([DATA[:7], DATA[7:]], leaf_size=100)

    assert found == Measurement(size=1280, sha256=Digest.of(DATA), leaves=hashed.leaves)
    assert leaf_measurement_of(hashed) == LeafMeasurement(size=1280, leaves=hashed.leaves)
    assert len(measure_blocks([DATA]).leaves) == 32


def test_a_digest_that_was_not_made_is_never_invented() -> None:
    """Blocks alone are no measurement of the file."""
    with pytest.raises(ValueError, match="only the blocks of this file were hashed"):
        measurement_of(Hashed(5, None, b"x" * 32))
