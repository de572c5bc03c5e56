"""The head that this machine saw last, beside the database and never in a copy of it.

A database that was put back from an old copy is behind it, which is noticed before anything is
signed and before any witness is met.  Trusted for nothing more: who removes the file is found
out by the witnesses.
"""

import os
from pathlib import Path

from longbien.ledger.checkpoints import Head, encode_head, parse_checkpoint
from longbien.primitives.errors import Malformed

_SIZE = 512  # bytes; one sector, written as a whole


class LastSeen:
    """One small file, rewritten after each commit.

    It is not forced to the disk: what it says was durable before, so it is never ahead by itself.
    """

    def __init__(self, path: Path | None) -> None:
        """``path`` is None where nothing is to be kept."""
        self._path = path

    def find(self) -> Head | None:
        """Return the head; None where there is none, or none that can be read."""
        if self._path is None:
            return None
        try:
            return parse_checkpoint(self._path.read_bytes().rstrip(b"\0")).head
        except (FileNotFoundError, Malformed):
            return None

    def note(self, head: Head) -> None:
        """Keep a head that is durable."""
        if self._path is None:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.pwrite(descriptor, encode_head(head).ljust(_SIZE, b"\0"), 0)
        finally:
            os.close(descriptor)
