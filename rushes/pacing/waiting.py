"""Waiting: everything about the next poll that needs no curve. The queue, errors, overdue jobs, lists, and the watch.

Nothing here changes what is known of a task: a poll that failed moves the next try and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from providers.values import dataclass
from rushes.pacing.memory import Key, Observation

if TYPE_CHECKING:
    import random

__all__ = ["Watch", "back_off", "canary_gap", "jittered", "list_call", "overdue_gap", "queued_gap"]

CANARIES_S = (3.0, 8.0)
"""When the first jobs of an edited prompt are looked at early, seconds after submit: a prompt that moderation refuses
is refused fast, and a person is waiting to mend it."""
LIST_FROM = 3
LIST_APART_S = 1.0
JITTER = 0.05


def queued_gap(waited_s: float, first_gap_s: float, floor_s: float) -> float:
    """Seconds to the next poll of a job that is not running yet: 10 s, later 8 % of the wait, at most 30 s.

    `first_gap_s` is the gap that a job which has just begun would get: fast kinds are not made to wait for 10 s.
    """
    return max(floor_s, min(max(min(10.0, first_gap_s), 0.08 * waited_s), 30.0))


def overdue_gap(running_s: float, overdue_s: float) -> float:
    """Seconds to the next poll of a job past its 99.5 % quantile: 30 s, growing with its age to 5 min.

    A kind of job that is overdue after less than 100 s starts at 30 % of that.
    """
    return min(max(min(30.0, 0.3 * overdue_s), 0.08 * running_s), 300.0)


def canary_gap(gap_s: float, waited_s: float, floor_s: float) -> float:
    """The gap, cut so that the next canary of an edited prompt is not missed."""
    ahead = next((at for at in CANARIES_S if at - waited_s > 0.5), None)
    return gap_s if ahead is None else min(gap_s, max(ahead - waited_s, floor_s))


def jittered(gap_s: float, floor_s: float, rng: random.Random) -> float:
    """The gap ± 5 %, so that jobs sent together are not asked in step; never below the vendor's floor."""
    return max(gap_s * rng.uniform(1 - JITTER, 1 + JITTER), floor_s * rng.uniform(1, 1 + JITTER))


def back_off(errors: int, rng: random.Random, *, floor_s: float, retry_after_s: float | None = None) -> float:
    """Seconds to the next try after `errors` failed polls in a row: 2, 4, 8, … 30 s, and never before Retry-After.

    Raises ValueError for fewer than one error.
    """
    if errors < 1:
        raise ValueError("back_off is for at least one failed poll")
    own = min(2.0 ** min(errors, 5), 30.0) * rng.uniform(1, 1 + 4 * JITTER)
    return max(own, floor_s, (retry_after_s or 0.0) * rng.uniform(1, 1 + JITTER))


def list_call(due: Iterable[float], last_call: float | None) -> float | None:
    """When one list call should serve all tasks of a vendor that has a list: when the first of them is due, at least
    1 s after the last such call. None for fewer than three tasks, which are asked one by one. Times are of one clock.
    """
    times = list(due)
    if len(times) < LIST_FROM:
        return None
    first = min(times)
    return first if last_call is None else max(first, last_call + LIST_APART_S)


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen of one job, and when; the queue's time is kept apart from the running time. Times are of one clock.

    A job begins to run between the last look that found it waiting and the first that found it running; the middle of
    the two is taken. `waiting_at` is the submit to begin with.
    """

    submitted_at: float
    waiting_at: float
    running_at: float | None = None
    seen_at: float | None = None

    @classmethod
    def begin(cls, now: float) -> Watch:
        """The vendor has just taken the job."""
        return cls(now, now)

    def saw_waiting(self, now: float) -> Watch:
        """A look found it in the vendor's queue. A job that ran before (the vendor put it back) starts afresh."""
        return replace(self, waiting_at=now, running_at=None, seen_at=now)

    def saw_running(self, now: float) -> Watch:
        """A look found it running."""
        return replace(self, running_at=now if self.running_at is None else self.running_at, seen_at=now)

    def waited(self, now: float) -> float:
        """Seconds since the vendor took the job."""
        return max(0.0, now - self.submitted_at)

    def since_last(self, now: float) -> float:
        """Seconds since it was last looked at, or since the submit."""
        return max(0.0, now - (self.submitted_at if self.seen_at is None else self.seen_at))

    def running_for(self, now: float) -> float | None:
        """Seconds of running, None while it waits."""
        if self.running_at is None:
            return None
        return max(0.0, now - (self.waiting_at + self.running_at) / 2)

    def completed(self, key: Key, now: float, at: datetime) -> Observation:
        """What the look at `now`, which found it completed, says of the running time. `at` is the same in UTC."""
        if self.running_at is None or self.seen_at is None:
            return Observation(key, 0.0, max(0.0, now - self.waiting_at), at)
        begun = (self.waiting_at + self.running_at) / 2
        spare = (self.running_at - self.waiting_at) / 2
        low, high = self.seen_at - begun, now - begun
        # Not knowing when it began widens what is known of how long it took, as two independent errors do.
        extra = ((high - low) ** 2 + (2 * spare) ** 2) ** 0.5 / 2 - (high - low) / 2
        return Observation(key, max(0.0, low - extra), high + extra, at)
