"""Life cycles as tables.  Guards and deadlines do not live here."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar

from attrs import field, frozen

from longbien.primitives.errors import Refused

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


def _sealed(table: Mapping[S, Mapping[E, S]]) -> Mapping[S, Mapping[E, S]]:
    return MappingProxyType({s: MappingProxyType(dict(row)) for s, row in table.items()})


@frozen(kw_only=True)
class Machine(Generic[S, E]):
    """A named table: state -> event -> next state.  A final state has an empty row."""

    name: str
    initial: S
    table: Mapping[S, Mapping[E, S]] = field(converter=_sealed)

    def step(self, state: S, event: E) -> S:
        """Return the next state, or raise Refused ``transition.refused``."""
        try:
            return self.table[state][event]
        except KeyError:
            raise Refused(
                "transition.refused",
                "{machine}: {event!r} is not allowed in {state!r}",
                machine=self.name,
                event=event.value,
                state=state.value,
            ) from None

    def final(self) -> frozenset[S]:
        """Return the states that nothing leaves."""
        return frozenset(s for s, row in self.table.items() if not row)
