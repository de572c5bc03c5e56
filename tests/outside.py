"""Where the vectors from outside lie: in the repository, so that none can be missing."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def vectors_folder() -> Path:
    """Return the folder that holds ``age`` and ``merkle``; its absence fails the test."""
    folder = REPOSITORY / "vectors" / "outside"
    assert folder.is_dir(), f"{folder} is missing: the vectors belong to the repository"
    return folder


def shared_vectors() -> Path | None:
    """Return the copy beside the repository, if any; in CI it must be there."""
    folder = REPOSITORY.parent / "shared" / "vectors"
    if folder.is_dir():
        return folder
    assert os.environ.get("CI") != "true", f"{folder} is missing, and CI has to compare with it"
    return None
