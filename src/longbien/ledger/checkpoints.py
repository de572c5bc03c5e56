"""Checkpoints: what a log says of itself, as C2SP tlog-checkpoint v1.0.0 defines it.

Origin, tree size and root, in a signed note.  Whose signature counts is decided in
``cosignatures`` (how one line is checked) and ``policy`` (whom the reader believes).
"""

from functools import lru_cache
from typing import Final

from attrs import field, frozen

from longbien.ledger._letters import encode_base64, find_decimal, find_hashes
from longbien.ledger.notes import Note, parse_note
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed

MAX_ORIGIN: Final = 255  # bytes; what the length byte of an ML-DSA-44 cosigned message can say


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
    root = encode_base64(head.root.raw).decode()
    return f"{head.origin}\n{head.size}\n{root}\n".encode()


def checkpoint_of(head: Head) -> Checkpoint:
    """Return the checkpoint that states ``head`` and nothing more."""
    return Checkpoint(head=head, text=encode_head(head))


@lru_cache(maxsize=64)  # a busy exchange shows the same one in message after message
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
    try:
        origin, *extensions = text.decode().split("\n")
    except UnicodeDecodeError:
        raise Malformed("ledger.checkpoint", "a checkpoint is UTF-8") from None
    if len(extensions) < 3 or not origin or not all(extensions[:-1]) or extensions[-1]:  # noqa: PLR2004 - size, root, the end of the last line
        raise Malformed("ledger.checkpoint", "a checkpoint is three lines or more, none empty")
    size_text, root_text, *extensions = extensions[:-1]
    if len(origin.encode()) > MAX_ORIGIN:
        raise Malformed("ledger.checkpoint", "an origin above {limit} bytes", limit=MAX_ORIGIN)
    size, root = find_decimal(size_text.encode()), find_hashes([root_text.encode()])
    if size is None:
        raise Malformed("ledger.checkpoint", "the size is not a decimal number below 2^63")
    if root is None:
        raise Malformed("ledger.checkpoint", "the root is not 32 bytes in base64")
    head = Head(origin=origin, size=size, root=Digest(root[0]))
    return Checkpoint(head=head, extensions=tuple(extensions), text=text)
