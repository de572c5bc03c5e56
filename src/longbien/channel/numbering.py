"""Once and in order: what an id, a digest and a number say about a message.

At least once on the wire, exactly once in effect.  In a thread each State numbers what it
sends 1, 2, 3 …; an id belongs to one signed envelope for ever.  What is stored is the
journal's; here it is only decided what the stored facts mean.
"""

from enum import StrEnum

from longbien.channel.message import Message
from longbien.primitives.digest import Digest


class Place(StrEnum):
    """Where a message belongs."""

    EXPECTED = "expected"
    """The next of its thread: decide on it."""

    DUPLICATE = "duplicate"
    """Received before, to the byte: the answer is the very receipt that was kept."""

    GAP = "gap"
    """One before it is missing: not now.  The sender posts the missing one first."""

    ID_REUSED = "id-reused"
    """The id belongs to another envelope: never.  Both together are evidence."""

    NUMBER_REUSED = "number-reused"
    """Another message had this number: the sender has forked its thread (a restored backup?)."""


def find_place(message: Message, sha256: Digest, *, known: Digest | None, received: int) -> Place:
    """Decide where a message belongs.

    ``known`` is the digest that was kept for its id from that State, ``received`` the number
    of the thread's last message from there.  A number is used up by a refusal as well.
    """
    if known is not None:
        return Place.DUPLICATE if known == sha256 else Place.ID_REUSED
    if message.sequence <= received:
        return Place.NUMBER_REUSED
    return Place.EXPECTED if message.sequence == received + 1 else Place.GAP
