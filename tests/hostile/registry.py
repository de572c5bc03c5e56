"""The table of hostile acts: what is tried, which threat it is, how it must be refused.

A function is an act: it gets a stage (``hostile.stage``), does one thing as the hostile State and
returns the code that came back.  Its docstring says what is tried.  ``hostile.trial`` runs it.
"""

from collections.abc import Callable
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from longbien.adapters.peer_budgets import PeerLimits

if TYPE_CHECKING:
    from hostile.stage import Stage


Doing: TypeAlias = Callable[["Stage"], str]


class Kept(StrEnum):
    """Where whoever is on duty, or an auditor, finds a refused act again."""

    TRAIL = "audit trail"
    """Counted by State and code, listed by ``longbien status``."""

    STRANGER = "audit trail, as of a stranger"
    """So counted too: no certificate names a State."""

    ALARM = "audit trail, alarm"
    """And an alarm that stays, with what proves it."""

    CASE = "case journal"
    """The verdict on a package is an event of the case, and goes to the giver, signed."""

    OPERATOR = "the operator's command"
    """An entry is imported by hand: the command says the code and keeps nothing."""


@frozen(kw_only=True)
class Bound:
    """The most that one act may make a node do.  All are counted, none is timed."""

    octets: int
    """Bytes that the endpoint takes from the line."""

    signatures: int
    """Signatures that are verified."""

    rows: int
    """Records that are written to the disk."""

    hashed: int
    """Bytes that are hashed."""

    def exceeded_by(self, used: "Bound") -> tuple[str, ...]:
        """Name what was more than this."""
        names = ("octets", "signatures", "rows", "hashed")
        return tuple(name for name in names if getattr(used, name) > getattr(self, name))


HEAD = Bound(octets=16_500, signatures=0, rows=0, hashed=0)
"""Refused by its head: at most two reads of a TLS record."""

UNREAD = Bound(octets=82_000, signatures=0, rows=0, hashed=0)
"""Refused by its head, what is left of a small body read and thrown away."""

FRAME = Bound(octets=40_000, signatures=0, rows=0, hashed=100_000)
"""A message that cannot be read: opened, and nothing more."""

SIGNED = Bound(octets=40_000, signatures=4, rows=0, hashed=100_000)
"""A message that is refused without a word: at most two pairs of signatures are looked at."""

JUDGED = Bound(octets=40_000, signatures=16, rows=3, hashed=100_000)
"""A message that gets a signed refusal: its own signatures, those of its gossip, one row
of the inbox and two of the ledgers that it told of."""


@frozen(kw_only=True)
class Act:
    """One act."""

    id: str
    tries: str
    threat: str
    """The row of the threat table: ``T1`` to ``T30``."""

    code: str
    """How it is refused."""

    kept: Kept
    noted: str
    """The code on record."""

    bound: Bound
    do: Doing
    limits: PeerLimits | None = None
    """Those of the endpoint, where the usual ones would take long to reach."""


_ACTS: dict[str, Act] = {}
ACTS = MappingProxyType(_ACTS)
"""All acts by id, in their order."""


def add(  # noqa: PLR0913 - the columns of the table
    name: str,
    do: Doing,
    *,
    tries: str,
    threat: str,
    code: str,
    bound: Bound,
    kept: Kept = Kept.TRAIL,
    noted: str = "",
    limits: PeerLimits | None = None,
) -> None:
    """Enter an act."""
    assert name not in _ACTS, name
    _ACTS[name] = Act(
        id=name,
        tries=tries,
        threat=threat,
        code=code,
        kept=kept,
        noted=noted or code,
        bound=bound,
        do=do,
        limits=limits,
    )


def act(name: str, **settings: Any) -> Callable[[Doing], Doing]:  # noqa: ANN401 - those of ``add``
    """Enter the function below as an act; its docstring says what is tried."""

    def enter(do: Doing) -> Doing:
        add(name, do, tries=(do.__doc__ or "").strip().removesuffix("."), **settings)
        return do

    return enter
