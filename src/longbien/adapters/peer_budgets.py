"""How much a peer may ask for: limits, token buckets, and who gets the next free place.

No clock, no threads and no sockets here: ``now`` is an argument, in seconds of any clock that
never goes back.  The listener locks around all of it.
"""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from attrs import define, field, frozen
from attrs.validators import ge, gt

from longbien.channel.message import Lane
from longbien.primitives.ids import StateCode

MIB: Final = 2**20


class Traffic(StrEnum):
    """The lanes of the peer endpoint, most urgent first: those of messages, and bulk below."""

    URGENT = "urgent"
    PRESERVATION = "preservation"
    ORDINARY = "ordinary"
    BULK = "bulk"

    @classmethod
    def of(cls, lane: Lane) -> "Traffic":
        """Return the traffic that a message's lane belongs to."""
        return cls(lane.value)


@frozen(kw_only=True)
class Rate:
    """So much a second on average, and so much at once after a quiet time."""

    per_second: float = field(validator=gt(0))
    burst: float = field(validator=gt(0))


def _requests() -> Mapping[Traffic, Rate]:
    # States exchange some messages an hour.  A peer may work off a backlog of hundreds at once,
    # and one that floods gets so little of two cores that others do not notice.
    return MappingProxyType(
        {
            Traffic.URGENT: Rate(per_second=20, burst=200),
            Traffic.PRESERVATION: Rate(per_second=50, burst=500),
            Traffic.ORDINARY: Rate(per_second=100, burst=1000),
            Traffic.BULK: Rate(per_second=200, burst=1000),
        }
    )


def _octets() -> Mapping[Traffic, Rate]:
    return MappingProxyType(
        {
            Traffic.URGENT: Rate(per_second=4 * MIB, burst=32 * MIB),
            Traffic.PRESERVATION: Rate(per_second=4 * MIB, burst=32 * MIB),
            Traffic.ORDINARY: Rate(per_second=8 * MIB, burst=64 * MIB),
            # a line of 2 Gbit/s; the first GiB goes as fast as the machine can
            Traffic.BULK: Rate(per_second=256 * MIB, burst=1024 * MIB),
        }
    )


def _ceilings() -> Mapping[Traffic, int]:
    return MappingProxyType(
        {Traffic.URGENT: 16, Traffic.PRESERVATION: 14, Traffic.ORDINARY: 10, Traffic.BULK: 3}
    )


@frozen(kw_only=True)
class PeerLimits:
    """Every limit of the peer endpoint in one place.  Seconds, bytes, counts."""

    # before TLS, by source address
    handshakes: int = field(default=64, validator=ge(1))
    """At the same time, from everywhere."""
    handshakes_per_source: int = field(default=32, validator=ge(1))
    handshake_rate: Rate = Rate(per_second=20, burst=200)
    """Per source address (IPv6: per /64, which one subscriber has to himself)."""
    handshake_seconds: float = 10.0
    turned_away_seconds: float = 1.0
    """How long a connection beyond these limits is left unanswered before it is closed."""
    turned_away: int = 128
    """How many are kept so; beyond it the oldest is closed at once."""

    # after TLS, by peer
    connections: int = field(default=512, validator=ge(1))
    """At the same time, of all peers: one thread each."""
    connections_per_peer: int = field(default=24, validator=ge(1))
    connection_rate: Rate = Rate(per_second=10, burst=100)
    idle_seconds: float = 75.0
    requests: Mapping[Traffic, Rate] = field(factory=_requests)
    octets: Mapping[Traffic, Rate] = field(factory=_octets)
    patience: float = 5.0
    """A peer over its budget is not read for so long at most; beyond it, it is refused."""

    # one request
    head_seconds: float = 10.0
    head_octets: int = 8192
    head_fields: int = 32
    target_octets: int = 256
    body_grace: float = 20.0
    """Seconds in which no rate is demanded of a body."""
    body_rate: float = 16 * 1024
    """Bytes a second; slower uploads are cut, so that nobody holds a place for ever."""
    answer_seconds: float = 30.0
    """For an answer, or a piece of one, to be taken by the peer."""

    # work at the same time
    ceilings: Mapping[Traffic, int] = field(factory=_ceilings)
    """A lane may begin while fewer than so many requests of all lanes are being worked on."""
    places_per_peer: int = field(default=6, validator=ge(1))
    """Of one peer in one lane."""
    wait_seconds: float = 20.0
    """For a free place; then the peer is told to come again."""


@define
class TokenBucket:
    """A budget that fills up steadily.  It may be overdrawn: who comes next waits longer."""

    rate: Rate
    level: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> "TokenBucket":
        """Return one that nothing was taken from for a long time."""
        return cls(rate, rate.burst, now)

    def reserve(self, amount: float, *, now: float, patience: float) -> tuple[bool, float]:
        """Take ``amount`` if its turn comes within ``patience`` seconds.

        Returns (True, seconds to wait before going on) or, with nothing taken, (False, seconds
        until it is worth to try again).  An amount above the burst is given at a full level.
        """
        self._fill(now)
        wait = max(0.0, (min(amount, self.rate.burst) - self.level) / self.rate.per_second)
        if wait > patience:
            return False, wait
        self.level -= amount
        return True, wait

    def is_full(self, now: float) -> bool:
        """Tell whether nothing would be lost by forgetting it."""
        self._fill(now)
        return self.level >= self.rate.burst

    def _fill(self, now: float) -> None:
        passed = max(0.0, now - self.at)
        self.level = min(self.rate.burst, self.level + passed * self.rate.per_second)
        self.at = max(self.at, now)


K = TypeVar("K", bound=Hashable)


class Buckets(Generic[K]):
    """One bucket for each key, of keys that strangers choose: at most ``most`` are remembered.

    The one not used for longest is forgotten first, and so begins anew with a full level.
    """

    def __init__(self, rate: Rate, *, most: int = 4096) -> None:
        self._rate, self._most = rate, most
        self._kept: OrderedDict[K, TokenBucket] = OrderedDict()

    def reserve(self, key: K, *, now: float, patience: float = 0.0) -> tuple[bool, float]:
        """Take one from the key's bucket, as ``TokenBucket.reserve``."""
        bucket = self._kept.setdefault(key, TokenBucket.full(self._rate, now))
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return bucket.reserve(1, now=now, patience=patience)

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._kept)


@frozen
class Granted:
    """A request fits into its peer's budget once so many seconds have passed."""

    wait: float


@frozen
class OverBudget:
    """It does not; it may be tried after so many seconds."""

    retry_after: float


class PeerBudgets:
    """The request and byte budgets of every admitted peer, one pair in each lane."""

    def __init__(self, limits: PeerLimits) -> None:
        self._limits = limits
        self._kept: dict[tuple[StateCode, Traffic], tuple[TokenBucket, TokenBucket]] = {}

    def reserve(
        self, peer: StateCode, traffic: Traffic, *, octets: int, now: float
    ) -> Granted | OverBudget:
        """Take one request of so many bytes from the budgets of a peer, or nothing at all."""
        requests, sizes = self._of(peer, traffic, now)
        patience = self._limits.patience
        fits, wait = sizes.reserve(octets, now=now, patience=patience)
        if not fits:
            return OverBudget(wait)
        may, turn = requests.reserve(1, now=now, patience=patience)
        if not may:
            sizes.level += octets
            return OverBudget(turn)
        return Granted(max(wait, turn))

    def _of(self, peer: StateCode, traffic: Traffic, now: float) -> tuple[TokenBucket, TokenBucket]:
        found = self._kept.get((peer, traffic))
        if found is None:
            found = (
                TokenBucket.full(self._limits.requests[traffic], now),
                TokenBucket.full(self._limits.octets[traffic], now),
            )
            self._kept[peer, traffic] = found
        return found


@frozen(eq=False, kw_only=True)
class Waiter:
    """Somebody who waits for a place; ``turn`` grows with each."""

    peer: StateCode
    traffic: Traffic
    turn: int


_RANKS: Final = MappingProxyType({traffic: rank for rank, traffic in enumerate(Traffic)})


class Places:
    """The places where work is done.  The lower lanes may never take the last ones.

    Among those who wait, the most urgent lane comes first; in one lane the peer that has the
    least work going on; then the one who came first.
    """

    def __init__(self, limits: PeerLimits) -> None:
        self._ceilings, self._per_peer = limits.ceilings, limits.places_per_peer
        self.taken = 0
        self._by_peer: Counter[tuple[StateCode, Traffic]] = Counter()

    def is_open(self, peer: StateCode, traffic: Traffic) -> bool:
        """Tell whether a request of this peer could begin now."""
        return (
            self.taken < self._ceilings[traffic] and self._by_peer[peer, traffic] < self._per_peer
        )

    def take(self, peer: StateCode, traffic: Traffic) -> None:
        """Begin."""
        self.taken += 1
        self._by_peer[peer, traffic] += 1

    def give_back(self, peer: StateCode, traffic: Traffic) -> None:
        """End."""
        self.taken -= 1
        self._by_peer[peer, traffic] -= 1
        if not self._by_peer[peer, traffic]:
            del self._by_peer[peer, traffic]

    def find_next(self, waiting: Iterable[Waiter]) -> Waiter | None:
        """Return who of those may begin now and comes first."""
        able = [one for one in waiting if self.is_open(one.peer, one.traffic)]
        return min(able, key=self._order, default=None)

    def _order(self, waiter: Waiter) -> tuple[int, int, int]:
        return (
            _RANKS[waiter.traffic],
            self._by_peer[waiter.peer, waiter.traffic],
            waiter.turn,
        )
