"""The restore attack: what witnesses have seen of our ledger that it does not hold.

A ledger that was restored from an old copy would fork itself by its next signature.  It signs
nothing until it holds what was seen, which it can only by the newest copy being put back.
"""

from longbien.ledger.checkpoints import Head
from longbien.node.store import models
from longbien.node.store.tiles import root_at
from longbien.node.store.turn import Turn
from longbien.primitives.errors import Unavailable


def note_ahead(turn: Turn, witness: str, seen: Head) -> None:
    """Stop signing unless the log holds this very head; what was seen is remembered."""
    if _holds(turn, seen.size, seen.root.raw):
        return
    rows = models.Ahead.objects.using(turn.using)
    known = rows.filter(witness=witness).first()
    if known is not None and (known.size <= turn.log.size or known.size >= seen.size):
        return  # a fork is never forgotten, nor the most that was seen
    models.Ahead(witness=witness, size=seen.size, root=seen.root.raw).save(using=turn.using)
    turn.set_behind(is_behind=True)


def clear_if_caught_up(turn: Turn) -> bool:
    """Sign again if the log holds by now all that its witnesses have seen; tell if it does."""
    rows = models.Ahead.objects.using(turn.using)
    if not all(_holds(turn, row.size, bytes(row.root)) for row in rows.all()):
        return False
    if turn.log.is_behind:
        rows.all().delete()
        turn.set_behind(is_behind=False)
    return True


def _holds(turn: Turn, size: int, root: bytes) -> bool:
    return 0 <= size <= turn.log.size and root_at(turn.using, size).raw == root


def behind_witness(origin: str, size: int) -> Unavailable:
    """Return the error of a ledger that may not be signed."""
    return Unavailable(
        "ledger.behind-witness",
        "{origin} holds {size} entries and a witness has seen more, or others: it was restored "
        "from an old copy and signs nothing until the newest copy is put back; see: longbien fsck",
        origin=origin,
        size=size,
    )
