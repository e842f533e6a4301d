"""The simulation behind `bench.pacing`: schedules of others and ours, the draws of running times, and the tally."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from statistics import fmean

from rushes.pacing import Key, Observation, Pacing
from rushes.pacing.curve import Curve, Shape
from rushes.pacing.schedule import POLL_COST, Limits, Schedule

KEY = Key("vendor", "model", "text", "720p", "5s")
RANGE = (60.0, 120.0)
MEDIAN = math.sqrt(RANGE[0] * RANGE[1])
SIGMA = math.log(2) / 2.563
"""The spread of log T that a range of 60–120 s means when it is read as P10 to P90."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON = 1500.0
Polls = list[float]


@dataclass
class Tally:
    """What one schedule cost over many jobs: each entry is one kind of job (or one repetition)."""

    polls: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    p95s: list[float] = field(default_factory=list)
    fails: list[float] = field(default_factory=list)

    def add(self, schedule: Polls, times: Sequence[float], fails: Sequence[float] = ()) -> None:
        """Scores a schedule on running times, and on times of jobs that fail early."""
        polls, lags = score(schedule, times)
        self.polls.append(fmean(polls))
        self.lags.append(fmean(lags))
        self.p95s.append(quantile(lags, 0.95))
        if fails:
            self.fails.append(fmean(score(schedule, fails)[1]))

    def row(self, name: str) -> str:
        """One line of a table."""
        polls, lag = fmean(self.polls), fmean(self.lags)
        fail = f"{fmean(self.fails):6.1f}" if self.fails else "     –"
        return f"| {name:<50} | {polls:6.2f} | {lag:5.2f} | {fmean(self.p95s):5.1f} | {polls * lag:5.1f} | {fail} |"


def head(title: str, first: str = "schedule") -> None:
    """A title and the head of the usual table."""
    print(f"\n### {title}\n")
    print(f"| {first:<50} |  polls |   lag |   p95 | p × l | failed |")
    print(f"|{'-' * 52}|-------:|------:|------:|------:|-------:|")


def score(schedule: Polls, times: Sequence[float]) -> tuple[list[int], list[float]]:
    """Polls until each job was seen, and the seconds it had been done by then."""
    at = [min(bisect_left(schedule, t), len(schedule) - 1) for t in times]
    return [i + 1 for i in at], [max(schedule[i] - t, 0.0) for i, t in zip(at, times, strict=True)]


def quantile(values: Sequence[float], p: float) -> float:
    """The p quantile, linear between neighbours."""
    ordered = sorted(values)
    place = p * (len(ordered) - 1)
    low = math.floor(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


def draws(rng: random.Random, median: float, sigma: float, count: int) -> list[float]:
    """Log-normal running times, seconds."""
    return [median * math.exp(sigma * rng.gauss(0, 1)) for _ in range(count)]


# -- schedules ------------------------------------------------------------------------------------------------------


def fixed(gap: float) -> Polls:
    """Every `gap` seconds."""
    return [gap * i for i in range(1, int(HORIZON / gap) + 2)]


def doubling() -> Polls:
    """2, 4, 8 s, then every 10 s."""
    return list(accumulate([2.0, 4.0, 8.0] + [10.0] * int(HORIZON / 10)))


def sdk(rng: random.Random) -> Polls:
    """Runway's SDK: sleep 6 ± 1.5 s, then ask."""
    return list(accumulate(rng.uniform(4.5, 7.5) for _ in range(int(HORIZON / 6))))


def paced(pacing: Pacing, key: Key = KEY, floor_s: float = 2.0, upto: float = HORIZON) -> Polls:
    """The polls that the real code plans for a job that runs and runs."""
    t = 0.0
    polls = []
    while t < upto:
        t += pacing.plan(key, floor_s=floor_s, running_for=t, waited=t)
        polls.append(t)
    return polls


def hazard(curve: Curve, poll_cost: float = 0.35, floor_s: float = 2.0, upto: float = HORIZON) -> Polls:
    """The study's rule on one of our curves: ask where the integral of sqrt(hazard / 2c) has grown by one."""
    density = [0.0]
    for i in range(1, len(curve.times)):
        width = curve.times[i] - curve.times[i - 1]
        rate = (curve.ended[i] - curve.ended[i - 1]) / width / max(1 - curve.ended[i - 1], 1e-9)
        density.append(density[-1] + width * math.sqrt(max(rate, 0.0) / (2 * poll_cost)))
    t = reached = 0.0
    polls = []
    longest = Limits(floor_s, cap_s=(8.0, 8.0), early_s=(45.0, 45.0)).longest(curve.shape)
    while t < upto:
        i = bisect_left(density, reached + 1.0)
        wanted = curve.times[i] if i < len(density) else math.inf
        t = min(max(wanted, t + floor_s), t + longest(t))
        reached = density[min(bisect_left(curve.times, t), len(density) - 1)]
        polls.append(t)
    return polls


def oracle(median: float, sigma: float, poll_cost: float) -> Polls:
    """The best possible: knows the truth, and has no caps."""
    free = (1e9, 1e9)
    curve = Curve.of(Shape(math.log(median), sigma, 0.0, 0.0))
    best = Schedule.best(curve, Limits(2.0, free, free, 1.0, 1e9), poll_cost)
    t = 0.0
    polls = []
    while t < HORIZON:
        t += max(best.gap(t) or 30.0, 2.0)
        polls.append(t)
    return polls


def fresh(seed: int = 0, poll_cost: float = POLL_COST, span: tuple[float, float] = RANGE) -> Pacing:
    """A pacing that has seen nothing."""
    return Pacing({KEY.coarse: span}, rng=random.Random(seed), poll_cost=poll_cost)


def observe(pacing: Pacing, low: float, high: float, number: int, key: Key = KEY) -> None:
    """The `number`th job ended within (low, high]."""
    pacing.learn(Observation(key, low, high, EPOCH + timedelta(minutes=number)))


def live(pacing: Pacing, schedule: Polls, t: float, number: int, key: Key = KEY) -> None:
    """One job lived through: what was seen of it is what is learned."""
    i = min(bisect_left(schedule, t), len(schedule) - 1)
    observe(pacing, schedule[i - 1] if i else 0.0, schedule[i], number, key)
