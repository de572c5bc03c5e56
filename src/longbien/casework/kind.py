"""What a kind of request consists of: two tables, a rule of precedence, and a few facts.

Messages of the two States cross.  Therefore each side has a table of its own that only its own
statements move, and the state of the case is read off both: it depends on what was said, never
on what arrived first.  ``precedence`` says which side's word counts where they differ.
"""

from enum import StrEnum

from attrs import frozen

from longbien.casework.case import Side
from longbien.casework.steps import State, Step, Track
from longbien.channel.message import Lane
from longbien.primitives.machine import Machine


class Measure(StrEnum):
    """What a request of a kind does to people, once it is carried out (article 24)."""

    NONE = "none"
    """It asks for no power over anybody: information, a notice, a drill."""

    LIGHT = "light"
    """Data stay where they are: preservation.  A safeguard record may be given."""

    COERCIVE = "coercive"
    """Data, things or persons are taken, read or bound: a safeguard record must be given."""


@frozen(kw_only=True)
class Rank:
    """One line of a rule of precedence: that side there means this state."""

    side: Side
    track: Track
    state: State


@frozen(kw_only=True)
class Kind:
    """One kind of request.  A new one is data and a module of its own in ``kinds``."""

    code: str
    """The purpose of its messages, and its name in the treaty data where it is there."""

    lane: Lane
    measure: Measure
    opening: Step
    requesting: Machine[Track, Step]
    """What the State that opened the case has said."""

    requested: Machine[Track, Step]
    precedence: tuple[Rank, ...]
    """The first line that holds gives the state; the last ones hold always."""

    over: frozenset[Track]
    """Once one side is there, the other has no more to say but ``even_after``."""

    even_after: frozenset[Step] = frozenset()
    decided: frozenset[State] = frozenset()
    """States in which a request has come to its end."""

    def machine(self, side: Side) -> Machine[Track, Step]:
        """Return the table of one side."""
        return self.requesting if side is Side.REQUESTING else self.requested

    def state_of(self, *, requesting: Track, requested: Track) -> State:
        """Return the state that two positions make: the first rank that holds."""
        tracks = {Side.REQUESTING: requesting, Side.REQUESTED: requested}
        return next(rank.state for rank in self.precedence if tracks[rank.side] is rank.track)
