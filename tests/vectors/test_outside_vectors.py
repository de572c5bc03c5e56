import hashlib
from pathlib import Path

from outside import shared_vectors, vectors_folder


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file below ``folder``."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_vector_is_missing_and_none_was_altered() -> None:
    """All 143 + 196 files are here, and equal to the originals where those lie beside us."""
    for name, count in (("age", 143), ("merkle", 197)):  # merkle: 196 vectors and the licence
        ours = digests(vectors_folder() / name)
        beside = shared_vectors()

        assert len(ours) == count
        assert beside is None or digests(beside / name) == ours
