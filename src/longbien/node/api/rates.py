"""How many requests a token may make: a bucket that fills at a steady rate, one a token."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from attrs import define

from longbien.primitives.errors import Refused

PER_SECOND: Final = 50.0  # a case system that copies everything needs no more
BURST: Final = 200.0
_MAX_BUCKETS: Final = 10_000  # tokens; a forgotten one begins again with a full bucket


@define
class _Bucket:
    level: float
    at: float


class Rates:
    """The buckets of one process."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        per_second: float = PER_SECOND,
        burst: float = BURST,
    ) -> None:
        self._monotonic = monotonic
        self._per_second, self._burst = per_second, burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def require(self, token: str) -> None:
        """Take one request out of a token's bucket.  Raises Refused ``api.over-rate``."""
        now = self._monotonic()
        with self._lock:
            bucket = self._buckets.setdefault(token, _Bucket(self._burst, now))
            self._buckets.move_to_end(token)
            if len(self._buckets) > _MAX_BUCKETS:
                self._buckets.popitem(last=False)
            filled = bucket.level + (now - bucket.at) * self._per_second
            bucket.level, bucket.at = min(self._burst, filled), now
            missing = 1.0 - bucket.level
            if missing <= 0:
                bucket.level -= 1.0
        if missing > 0:
            raise Refused(
                "api.over-rate",
                "more requests than this token may make",
                retry_after=missing / self._per_second,
            )
