"""Rates: how many requests one address may make. Token buckets; pure but for the clock that is passed in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Bucket", "Buckets"]

MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """`burst` requests at once, refilled at `per_second`."""

    per_second: float
    burst: float


class Buckets:
    """One bucket for each address; the addresses longest unheard of are forgotten first."""

    def __init__(self, bucket: Bucket, clock: Callable[[], float]) -> None:
        self._bucket = bucket
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Takes one; 0 where there was one, else the seconds until there is (nothing is taken then)."""
        now = self._clock()
        level = self._level(address, now)
        taken = level >= 1
        self._levels[address] = (level - 1 if taken else level, now)
        self._levels.move_to_end(address)
        if len(self._levels) > MOST_ADDRESSES:
            self._levels.popitem(last=False)
        return 0.0 if taken else (1 - level) / self._bucket.per_second

    def empty(self, address: str) -> bool:
        """Whether nothing is left; takes nothing."""
        return self._level(address, self._clock()) < 1

    def _level(self, address: str, now: float) -> float:
        level, at = self._levels.get(address, (self._bucket.burst, now))
        return min(self._bucket.burst, level + (now - at) * self._bucket.per_second)
