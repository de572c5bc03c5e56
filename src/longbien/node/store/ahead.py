"""The restore attack: what witnesses have seen of our ledger that it does not hold.

A ledger that was restored from an old copy would fork itself by its next signature.  It signs
nothing until it holds what was seen, which it can only by the newest copy being put back.
"""

from collections.abc import Iterable

from longbien.adapters.at_rest import MasterKey
from longbien.ledger.checkpoints import Head
from longbien.node.store import models
from longbien.node.store.tiles import root_at
from longbien.node.store.turn import Tallies, Turn, head_damaged
from longbien.primitives.errors import Unavailable


def note_ahead(turn: Turn, witness: str, seen: Head) -> None:
    """Stop signing unless the log holds this very head; what was seen is remembered."""
    if _holds(turn, seen.size, seen.root.raw):
        return
    rows = models.Ahead.objects.using(turn.using)
    known = rows.filter(witness=witness).first()
    if known is not None and (known.size <= turn.log.size or known.size >= seen.size):
        return  # a fork is never forgotten, nor the most that was seen
    row = models.Ahead(witness=witness, size=seen.size, root=seen.root.raw)
    row.mark = ahead_mark(turn.keys.master, row)
    if known is not None:
        _require_true(turn, known)
        turn.count_out("ahead", bytes(known.mark))
    turn.count_in("ahead", row.mark)
    row.save(using=turn.using)
    turn.set_behind(is_behind=True)


def clear_if_caught_up(turn: Turn) -> bool:
    """Sign again if the log holds by now all that its witnesses have seen; tell if it does."""
    rows = list(models.Ahead.objects.using(turn.using))
    _require_whole(turn, rows)
    if not all(_holds(turn, row.size, bytes(row.root)) for row in rows):
        return False
    for row in rows:
        turn.count_out("ahead", bytes(row.mark))
        row.delete(using=turn.using)
    turn.set_behind(is_behind=False)
    return True


def ahead_mark(master: MasterKey, row: models.Ahead) -> bytes:
    """Return the mark over what a witness has seen."""
    return master.mark("ahead", row.witness, row.size, bytes(row.root))


def _require_whole(turn: Turn, rows: Iterable[models.Ahead]) -> None:
    # who removes a row could let a forked ledger be signed
    found = Tallies.empty()
    for row in rows:
        _require_true(turn, row)
        found.add("ahead", bytes(row.mark))
    if found.of("ahead") != turn.tally_of("ahead"):
        raise head_damaged()


def _require_true(turn: Turn, row: models.Ahead) -> None:
    if bytes(row.mark) != ahead_mark(turn.keys.master, row):
        raise head_damaged()


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
