"""Checkpoints: what a log says of itself, as C2SP tlog-checkpoint v1.0.0 defines it.

Origin, tree size and root, in a signed note.  Whose signature counts is decided in
``cosignatures`` (how one line is checked) and ``policy`` (whom the reader believes).
"""

import base64
import binascii
import re
from typing import Final

from attrs import field, frozen

from longbien.ledger.notes import Note, parse_note
from longbien.ledger.tree import MAX_TREE_SIZE
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed

MAX_ORIGIN: Final = 255  # bytes; what the length byte of an ML-DSA-44 cosigned message can say

# no leading zero, and at most the 19 digits of MAX_TREE_SIZE: int() is slow on long texts
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@frozen(kw_only=True)
class Head:
    """A tree head: which log, how large, which root."""

    origin: str
    size: int
    root: Digest


@frozen(kw_only=True)
class Checkpoint:
    """A head as a log states it.  ``text`` is what was signed; nothing is encoded again."""

    head: Head

    extensions: tuple[str, ...] = ()
    """Lines after the first three.  Nobody checks them, so nothing is ever read in them."""

    text: bytes = field(repr=False)


@frozen(kw_only=True)
class SignedCheckpoint:
    """A checkpoint with its signature lines, none of them verified yet."""

    checkpoint: Checkpoint
    note: Note


def encode_head(head: Head) -> bytes:
    """Write the three lines that a log signs; ours never write an extension line."""
    root = base64.b64encode(head.root.raw).decode()
    return f"{head.origin}\n{head.size}\n{root}\n".encode()


def checkpoint_of(head: Head) -> Checkpoint:
    """Return the checkpoint that states ``head`` and nothing more."""
    return Checkpoint(head=head, text=encode_head(head))


def parse_signed_checkpoint(data: bytes) -> SignedCheckpoint:
    """Read a checkpoint and its signature lines.

    Raises Malformed ``ledger.note`` or ``ledger.checkpoint``.
    """
    note = parse_note(data)
    return SignedCheckpoint(checkpoint=parse_checkpoint(note.text), note=note)


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read a checkpoint's text, without signatures.

    Raises Malformed ``ledger.checkpoint``.
    """
    lines = _lines_of(text)
    if len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root
        raise Malformed("ledger.checkpoint", "a checkpoint is three lines or more, none empty")
    origin, size_text, root_text, *extensions = lines
    if len(origin.encode()) > MAX_ORIGIN:
        raise Malformed("ledger.checkpoint", "an origin above {limit} bytes", limit=MAX_ORIGIN)
    size, root = find_decimal(size_text), find_hash(root_text)
    if size is None:
        raise Malformed("ledger.checkpoint", "the size is not a decimal number below 2^63")
    if root is None:
        raise Malformed("ledger.checkpoint", "the root is not 32 bytes in base64")
    head = Head(origin=origin, size=size, root=Digest(root))
    return Checkpoint(head=head, extensions=tuple(extensions), text=text)


def _lines_of(text: bytes) -> list[str]:
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        raise Malformed("ledger.checkpoint", "a checkpoint is UTF-8") from None
    if not decoded.endswith("\n"):
        raise Malformed("ledger.checkpoint", "a checkpoint ends with a line end")
    return decoded[:-1].split("\n")


# --- letters that the other C2SP forms share --------------------------------------------------


def find_decimal(text: str) -> int | None:
    """Read a tree size or an index: ASCII decimal without leading zeros, below 2^63."""
    if not _DECIMAL.fullmatch(text):
        return None
    value = int(text)
    return value if value <= MAX_TREE_SIZE else None


def find_hash(text: str) -> bytes | None:
    """Read 32 bytes of base64 in the one form that the encoder writes."""
    if len(text) != 44:  # noqa: PLR2004 - 32 bytes in base64
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 and base64.b64encode(raw).decode() == text else None  # noqa: PLR2004 - SHA-256
