"""Schedule: when to ask next for a running job, given its curve. Pure; the queue and errors are in `waiting`.

Asking costs `POLL_COST` seconds of waiting a time; a job that has ended unseen costs the seconds until it is seen. The
schedule with the least expected sum is found backwards over the curve's grid: at each grid point the best next point is
looked up among those that the vendor's floor and our caps allow. The best next point never moves back in time as the
job grows older (the cost has the Monge property), which bounds the search and makes a table of it cheap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from providers.values import dataclass
from rushes.pacing.curve import Curve, Shape

__all__ = ["POLL_COST", "Limits", "Schedule"]

POLL_COST = 0.30
"""Seconds of waiting that one poll is worth."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a gap, seconds. `floor_s` is the vendor's own; the rest keeps a wrong guess from costing a minute.

    `early_s` holds until the job can plausibly be done, `cap_s` or `cap_share` of the elapsed time from then on, up to
    `top_s`. Of a pair the first stands for a kind of job that is new, the second for one that is well known.
    """

    floor_s: float = 2.0
    cap_s: tuple[float, float] = (8.0, 10.0)
    early_s: tuple[float, float] = (45.0, 90.0)
    cap_share: float = 0.08
    top_s: float = 30.0

    def longest(self, shape: Shape) -> Callable[[float], float]:
        """The longest gap allowed at each time of a shape; t + gap never falls as t grows."""
        sureness, live, floor = shape.sureness, shape.live_s, self.floor_s
        cap = min(_grown(self.cap_s, sureness), 0.3 * shape.median_s)
        early, share, top = _grown(self.early_s, sureness), self.cap_share, self.top_s

        def gap(t: float) -> float:
            if t < live:
                return max(floor, min(early, live + cap - t))
            return max(floor, min(max(cap, share * t), top))

        return gap


@dataclass(frozen=True, slots=True)
class Schedule:
    """The best next poll at every point of a curve's grid: not ended at `times[i]`, ask again at `following[i]`."""

    times: tuple[float, ...]
    following: tuple[float, ...]
    longest: Callable[[float], float]

    @classmethod
    def best(cls, curve: Curve, limits: Limits, poll_cost: float = POLL_COST) -> Schedule:
        """Works backwards from the curve's end."""
        times, ended = curve.times, curve.ended
        longest = limits.longest(curve.shape)
        last = len(times) - 1
        following = [last] * (last + 1)
        # bound[j] is what remains of the cost of a next poll at j once the part that depends on i alone is taken out.
        bound = _area(times, ended)
        high = last
        for i in range(last - 1, -1, -1):
            t, share = times[i], ended[i]
            low = min(bisect_right(times, t + limits.floor_s - 1e-9, i + 1, last), last)
            end = t + longest(t) + 1e-9
            while high > low and times[high] > end:
                high -= 1
            high = max(high, low)
            best, value = low, bound[low] - share * times[low]
            for j in range(low + 1, high + 1):
                if (other := bound[j] - share * times[j]) < value:
                    best, value = j, other
            following[i] = high = best
            bound[i] = poll_cost * (1 - share) + value + share * t
        return cls(times, tuple(times[j] for j in following), longest)

    def gap(self, t: float) -> float | None:
        """Seconds from a poll at `t` to the next one; None past the curve's end, where the job is overdue."""
        times = self.times
        i = bisect_right(times, t)
        if i >= len(times):
            return None
        part = (t - times[i - 1]) / (times[i] - times[i - 1])
        following = self.following[i - 1] * (1 - part) + self.following[i] * part
        # The grid of a job of hours is coarser than the longest gap.
        return min(following - t, self.longest(t))


def _grown(pair: tuple[float, float], sureness: float) -> float:
    return pair[0] + (pair[1] - pair[0]) * sureness


def _area(times: tuple[float, ...], ended: tuple[float, ...]) -> list[float]:
    """The integral of `ended` from 0 to each grid point."""
    total = 0.0
    sums = [0.0]
    for i in range(1, len(times)):
        total += (times[i] - times[i - 1]) * (ended[i] + ended[i - 1]) / 2
        sums.append(total)
    return sums
