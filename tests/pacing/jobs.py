"""Simulated jobs for the tests of pacing: drawn running times, and schedules walked on a simulated clock."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rushes.pacing import Key, Observation, Pacing

KEY = Key("vendor", "model", "text", "720p", "5s")
OTHER = Key("vendor", "model", "text", "1080p", "9s")
STRANGER = Key("vendor", "another model", "text", "720p", "5s")
RANGE = (60.0, 120.0)
MEDIAN = math.sqrt(RANGE[0] * RANGE[1])
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def fresh(seed: int = 0, usual: tuple[float, float] = RANGE) -> Pacing:
    """A pacing that has seen nothing but the catalogue's range."""
    return Pacing({KEY.coarse: usual}, rng=random.Random(seed))


def seen(t: float, number: int = 0, *, width: float = 4.0, key: Key = KEY) -> Observation:
    """The `number`th job took about `t` seconds."""
    return Observation(key, max(0.0, t - width / 2), t + width / 2, EPOCH + timedelta(minutes=number))


def taught(times: Sequence[float], seed: int = 0, key: Key = KEY) -> Pacing:
    """A pacing that has seen jobs of these running times."""
    pacing = fresh(seed)
    pacing.learn_many(seen(t, number, key=key) for number, t in enumerate(times))
    return pacing


def draws(rng: random.Random, count: int, median: float = MEDIAN, sigma: float = 0.27) -> list[float]:
    """Log-normal running times, seconds."""
    return [median * math.exp(sigma * rng.gauss(0, 1)) for _ in range(count)]


def walk(pacing: Pacing, upto: float, *, floor_s: float = 2.0, key: Key = KEY) -> list[float]:
    """The times at which a job that never ends would be polled."""
    t = 0.0
    polls = []
    while t < upto:
        t += pacing.plan(key, floor_s=floor_s, running_for=t, waited=t)
        polls.append(t)
    return polls


def score(schedule: Sequence[float], times: Sequence[float]) -> tuple[list[int], list[float]]:
    """Polls until each job was seen to be done, and for how long it had been done by then."""
    at = [bisect_left(schedule, t) for t in times]
    return [i + 1 for i in at], [schedule[i] - t for i, t in zip(at, times, strict=True)]


def quantile(values: Sequence[float], p: float) -> float:
    """The p quantile, without interpolation."""
    return sorted(values)[min(int(p * len(values)), len(values) - 1)]
