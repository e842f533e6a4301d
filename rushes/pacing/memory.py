"""Memory: what is learned of one kind of job, and the shape of its running time that follows. No schedule, no words.

The logarithm of the running time is taken as normal with unknown mean and spread (a normal-inverse-gamma prior). What
is known of it is an interval, never a point: the job ended between two polls. Learning the time of detection instead
would teach the schedule its own lag.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from providers.values import dataclass
from rushes.pacing.curve import WIDE_LEAST, WIDE_NEW, Shape

__all__ = ["Guess", "Key", "Memory", "Observation"]

KEPT = 48
"""Jobs remembered of one kind."""
FORGET = 0.97
"""What a job's weight shrinks by with each later one. A change of level is found and forgotten at once (`_level`)."""
SIGMA = 0.33
SIGMA_WORTH = 6.0
"""The spread of log T within one kind before anything is known, and how many jobs that belief is worth."""
NARROW = 1.5
"""An interval whose ends differ by less than this factor is taken at its geometric midpoint."""
FAIL_RATE = 0.05
FAIL_WORTH = 10.0
"""The share of jobs that end early, before anything is known, and how many jobs that belief is worth."""
_SIGMA_RANGE = (0.08, 1.2)
_ROOT_2 = math.sqrt(2)
_ROOT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Key:
    """One kind of job: what decides how long it runs. Words of the catalogue; `""` where it has none."""

    provider: str
    model: str
    mode: str = ""
    resolution: str = ""
    duration: str = ""

    @property
    def coarse(self) -> tuple[str, str]:
        """The provider and model alone: what a new kind of job leans on."""
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class Observation:
    """A job completed after more than `low_s` and at most `high_s` seconds of running. `at` is when (aware UTC)."""

    key: Key
    low_s: float
    high_s: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Guess:
    """What is believed of log T's mean before the kind's own jobs are counted: `mu`, and `doubt` (one σ) of it."""

    mu: float
    doubt: float


@dataclass(frozen=True, slots=True)
class _Sample:
    """One job's log T: its mean and variance given the interval, and how much it says, 0 to 1."""

    x: float
    variance: float
    weight: float


class Memory:
    """The jobs of one kind, newest last."""

    __slots__ = ("_summary", "completed", "failed", "jobs", "samples")

    def __init__(self) -> None:
        self.samples: deque[_Sample] = deque(maxlen=KEPT)
        self.jobs = 0
        self.completed = 0.0
        self.failed = 0.0
        self._summary: Level | None = None

    def learn(self, low_s: float, high_s: float, guess: Guess) -> None:
        """A job completed within (low_s, high_s] seconds of running. An interval that says nothing is dropped."""
        self.jobs += 1
        self.completed = self.completed * FORGET + 1
        self.failed *= FORGET
        sample = _sample(low_s, high_s, self, guess)
        if sample.weight > 0.05:
            self.samples.append(sample)
            self._summary = None

    def fail(self) -> None:
        """A job ended badly: it counts for the failure rate alone, never for the time."""
        self.completed *= FORGET
        self.failed = self.failed * FORGET + 1

    def level(self, guess: Guess) -> Level:
        """The mean and spread of log T that follow from the jobs so far."""
        return _level(tuple(self.samples), guess)

    def summary(self) -> Level | None:
        """What its own jobs alone say; None when there are none."""
        if self._summary is None and self.samples:
            self._summary = self.level(Guess(self.samples[-1].x, 1.0))
        return self._summary

    def shape(self, guess: Guess) -> Shape:
        """The predictive shape of the next job's running time."""
        level = self.level(guess)
        fail = (FAIL_RATE * FAIL_WORTH + self.failed) / (FAIL_WORTH + self.completed + self.failed)
        wide = max(WIDE_LEAST, WIDE_NEW / (1 + level.weight / 3))
        return Shape(level.mu, level.predictive_sigma, wide, min(fail, 0.5))

    def share_below(self, t: float) -> float | None:
        """The share of the remembered jobs that took less than `t` seconds; None when there are none."""
        if not self.samples:
            return None
        x = math.log(max(t, 1e-3))
        return sum(sample.x < x for sample in self.samples) / len(self.samples)


@dataclass(frozen=True, slots=True)
class Level:
    """The present level of one kind. `own` and `weight` are the mean of its own jobs and how many those are worth."""

    mu: float
    sigma: float
    predictive_sigma: float
    own: float
    weight: float


def _level(samples: tuple[_Sample, ...], guess: Guess) -> Level:
    """Normal-inverse-gamma with forgetting, since the last change of level; spread is learned across changes."""
    start, squares, freedom = _split(samples)
    now = samples[start:]
    weights = _weights(now)
    n = sum(weights)
    own = sum(w * s.x for w, s in zip(weights, now, strict=True)) / n if n else guess.mu
    squares += sum(w * ((s.x - own) ** 2 + s.variance) for w, s in zip(weights, now, strict=True))
    worth = (SIGMA / guess.doubt) ** 2
    mu = (worth * guess.mu + n * own) / (worth + n)
    # A first guess that the jobs contradict widens the spread, but only as far as one doubt can.
    clash = min(worth * n / (worth + n) * (own - guess.mu) ** 2, SIGMA**2) if n else 0.0
    freedom += SIGMA_WORTH + n
    variance = (SIGMA_WORTH * SIGMA**2 + squares + clash) / freedom
    # The log-normal with the variance of the Student-t predictive.
    predictive = variance * (1 + 1 / (worth + n)) * freedom / (freedom - 2)
    return Level(mu, _within(math.sqrt(variance)), _within(math.sqrt(predictive)), own, n)


def _within(sigma: float) -> float:
    return min(max(sigma, _SIGMA_RANGE[0]), _SIGMA_RANGE[1])


def _weights(samples: Iterable[_Sample]) -> list[float]:
    """Each sample's weight: what it says, less for every later one."""
    items = list(samples)
    return [s.weight * FORGET ** (len(items) - 1 - i) for i, s in enumerate(items)]


def _split(samples: tuple[_Sample, ...]) -> tuple[int, float, float]:
    """Where the present level begins, and what the jobs before it say of the spread: squares and degrees of freedom.

    The last 2 to 12 jobs are compared with those before them. A difference of more than 3.2 standard errors (3.7 for
    the shortest) is a change: the vendor has become faster or slower, and what was before no longer counts.
    """
    n = len(samples)
    best, start = 1.0, 0
    for k in range(2, min(12, n - 3) + 1):
        before, after = samples[: n - k], samples[n - k :]
        first, spread = _moments(before)
        second, _ = _moments(after)
        variance = (SIGMA_WORTH * SIGMA**2 + spread * len(before)) / (SIGMA_WORTH + len(before))
        error = math.sqrt(variance * (1 / len(before) + 1 / k))
        strength = abs(second - first) / error / (3.7 if k == 2 else 3.2)
        if strength > best:
            best, start = strength, n - k
    if not start:
        return 0, 0.0, 0.0
    _, spread = _moments(samples[:start])
    weight = min(start - 1, SIGMA_WORTH)
    return start, spread * weight, weight


def _moments(samples: tuple[_Sample, ...]) -> tuple[float, float]:
    """Mean and variance of log T over samples, unweighted."""
    mean = math.fsum(s.x for s in samples) / len(samples)
    return mean, math.fsum((s.x - mean) ** 2 for s in samples) / len(samples)


def _sample(low_s: float, high_s: float, memory: Memory, guess: Guess) -> _Sample:
    """What an interval says of log T: its midpoint where it is narrow, else what the jobs so far expect within it."""
    high = max(high_s, 1e-3)
    low = max(low_s, 0.0)
    if low * NARROW >= high:
        return _Sample((math.log(low) + math.log(high)) / 2, (math.log(high / low)) ** 2 / 12, 1.0)
    level = memory.level(guess)
    return _truncated(math.log(low) if low > 0 else -math.inf, math.log(high), level.mu, level.predictive_sigma)


def _truncated(low: float, high: float, mu: float, sigma: float) -> _Sample:
    """A normal cut to an interval. What it says is the part of the variance that the interval takes away."""
    a, b = (low - mu) / sigma, (high - mu) / sigma
    inside = (math.erf(b / _ROOT_2) - math.erf(a / _ROOT_2)) / 2
    if inside < 1e-6:
        # Far from all that was expected; the nearer end is all that can be said.
        return _Sample(high if b < 0 else low, 0.0, 1.0)
    pdf_a, pdf_b = math.exp(-a * a / 2) / _ROOT_2PI, math.exp(-b * b / 2) / _ROOT_2PI
    mean = (pdf_a - pdf_b) / inside
    left = a * pdf_a if math.isfinite(a) else 0.0
    variance = min(max(1 + (left - b * pdf_b) / inside - mean**2, 0.0), 1.0)
    return _Sample(mu + sigma * mean, variance * sigma**2, 1 - variance)
