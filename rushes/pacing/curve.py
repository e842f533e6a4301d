"""Curve: how long a render takes, as a distribution that can be asked quickly. No learning, no schedule, no clock.

A curve mixes three log-normals of the running time T: the renders as they usually go, a wide one (stragglers, outages,
a wrong first guess) and the jobs that fail early. It is tabulated once, so that a question costs a bisection.
"""

from __future__ import annotations

import math
from bisect import bisect_right

from providers.values import dataclass

__all__ = ["WIDE_LEAST", "WIDE_NEW", "Curve", "Shape"]

FAIL_SIGMA = 0.7
"""Spread of log T of jobs that fail early."""
FAIL_S = 6.0
"""Their median, seconds; a quarter of the usual time where that is less."""
WIDE_SHIFT = 0.35
WIDE_SIGMA = 0.8
"""The wide part: shifted towards late (log units), because stragglers are late."""
WIDE_NEW = 0.12
WIDE_LEAST = 0.05
"""The wide part's share for a new kind of job, and for a well known one."""
EARLY_STEPS = 128
LATE_STEPS = 80
"""The grid's steps: a 128th of the median at first, an 80th of the elapsed time later on."""
TOP = 0.9985
"""The share of completions at which the table ends. 99.5 %, where a task turns overdue, lies inside."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers behind a curve. `mu` and `sigma` are of log seconds.

    `wide` is a share of the jobs that complete, `fail` of all jobs.
    """

    mu: float
    sigma: float
    wide: float
    fail: float

    @property
    def median_s(self) -> float:
        """The median of the usual part, seconds."""
        return math.exp(self.mu)

    @property
    def sureness(self) -> float:
        """0 for a kind of job that is new, 1 for one that is well known."""
        return min(max((WIDE_NEW - self.wide) / (WIDE_NEW - WIDE_LEAST), 0.0), 1.0)

    @property
    def live_s(self) -> float:
        """The 2 % quantile of the usual part, seconds: before it only early failures are expected."""
        return math.exp(self.mu - 2.05 * self.sigma)


@dataclass(frozen=True, slots=True)
class Curve:
    """A tabulated distribution: at `times[i]` seconds a share `ended[i]` of all jobs has ended, `done[i]` of those
    that complete. Both rise from 0 and are never 1.
    """

    shape: Shape
    times: tuple[float, ...]
    ended: tuple[float, ...]
    done: tuple[float, ...]

    @classmethod
    def of(cls, shape: Shape, *, since: float = 0.0, until: float = TOP) -> Curve:
        """Tabulates a shape from `since` seconds on, until a share `until` of the completing jobs is done."""
        root = math.sqrt(2)
        usual = 1 / (shape.sigma * root)
        wide, wide_mu = shape.wide, shape.mu + WIDE_SHIFT
        fail_mu = math.log(min(FAIL_S, shape.median_s / 4))
        step = shape.median_s / EARLY_STEPS
        t, share = since, 0.0
        times, ended, done = [0.0], [0.0], [0.0]
        erf, log = math.erf, math.log
        while share < until:
            t += max(step, t / LATE_STEPS)
            x = log(t)
            share = 0.5 + 0.5 * (
                (1 - wide) * erf((x - shape.mu) * usual) + wide * erf((x - wide_mu) / (WIDE_SIGMA * root))
            )
            failed = 0.5 + 0.5 * erf((x - fail_mu) / (FAIL_SIGMA * root))
            times.append(t)
            done.append(share)
            ended.append((1 - shape.fail) * share + shape.fail * failed)
        return cls(shape, tuple(times), tuple(ended), tuple(done))

    def share(self, t: float) -> float:
        """The share of completing jobs that are done within `t` seconds, 0 to below 1."""
        return _between(self.times, self.done, t)

    def quantile(self, p: float) -> float:
        """The seconds within which a share `p` of the completing jobs is done; at most the table's end."""
        return _between(self.done, self.times, p)

    def left(self, t: float, p: float) -> float:
        """The `p` quantile of the seconds still to go for a job that is not done at `t`."""
        so_far = self.share(t)
        return max(0.0, self.quantile(so_far + p * (1 - so_far)) - t)


def _between(xs: tuple[float, ...], ys: tuple[float, ...], x: float) -> float:
    """`y` at `x` on the line through the points, held at both ends."""
    i = bisect_right(xs, x)
    if i == 0:
        return ys[0]
    if i == len(xs):
        return ys[-1]
    x0, x1, y0, y1 = xs[i - 1], xs[i], ys[i - 1], ys[i]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
