"""Pacing: the one object that the engine asks when to poll next and how long a job may still take.

It learns from every job that completes. Kinds of job lean on each other: a new one starts from what the other kinds of
its model have shown, and on the catalogue's range where there is nothing. Single-threaded; holds no clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from providers.values import dataclass
from rushes.pacing.curve import Curve
from rushes.pacing.eta import BAR_TOP, FEW, Eta, Usual
from rushes.pacing.memory import Guess, Key, Memory, Observation
from rushes.pacing.progress import ProgressSample, ProgressTrust, Reading
from rushes.pacing.schedule import POLL_COST, Limits, Schedule
from rushes.pacing.waiting import canary_gap, jittered, overdue_gap, queued_gap

if TYPE_CHECKING:
    import random

__all__ = ["Pacing"]

DEFAULT_RANGE = (40.0, 160.0)
"""Seconds that a model is taken to need of which nothing is known at all (P10 and P90)."""
MODEL_DOUBT = 0.4
KIND_DOUBT = 0.3
"""The first guess's doubt in log units: about the model as a whole, and about one kind of job within it."""
LATE = 0.95
OVERDUE = 0.995
SHARPENED_KEPT = 256


@dataclass(slots=True)
class _Known:
    """What has been worked out for one curve; schedules by the vendor's floor and a poll's cost."""

    curve: Curve
    schedules: dict[tuple[float, float], Schedule] = field(default_factory=dict)

    def schedule(self, floor_s: float, poll_cost: float) -> Schedule:
        """The best schedule for a vendor's floor and a poll's cost."""
        if (floor_s, poll_cost) not in self.schedules:
            self.schedules[floor_s, poll_cost] = Schedule.best(self.curve, Limits(floor_s), poll_cost)
        return self.schedules[floor_s, poll_cost]


class Pacing:
    """When to ask next and what is left, for every kind of job.

    `ranges` has the catalogue's usual seconds (P10, P90) by (provider, model). `poll_cost` is what one poll is worth in
    seconds of waiting, the only taste in it.
    """

    def __init__(
        self,
        ranges: Mapping[tuple[str, str], tuple[float, float]],
        *,
        rng: random.Random,
        poll_cost: float = POLL_COST,
    ) -> None:
        self._ranges = ranges
        self._rng = rng
        self._poll_cost = poll_cost
        self._memories: dict[Key, Memory] = {}
        self._kinds: dict[tuple[str, str], set[Key]] = {}
        self._known: dict[Key, _Known] = {}
        self._trust: dict[tuple[str, str], ProgressTrust] = {}
        self._sharpened: dict[tuple[Key, Reading], _Known] = {}

    # -- learning ---------------------------------------------------------------------------------------------------

    def learn(self, observation: Observation) -> None:
        """A job completed."""
        memory = self._memory(observation.key)
        memory.learn(observation.low_s, observation.high_s, self._prior(observation.key))
        self._stale(observation.key)

    def learn_many(self, observations: Iterable[Observation]) -> None:
        """Many jobs completed, in any order: the newest count most."""
        for each in sorted(observations, key=lambda observation: observation.at):
            self.learn(each)

    def fail(self, key: Key) -> None:
        """A job ended badly; only the rate of failures learns from it."""
        self._memory(key).fail()
        self._known.pop(key, None)

    def learn_progress(self, samples: Iterable[ProgressSample]) -> None:
        """The log of what vendors said of progress, of completed jobs; replaces what was known of their models."""
        by_model: dict[tuple[str, str], list[ProgressSample]] = {}
        for each in samples:
            by_model.setdefault(each.key.coarse, []).append(each)
        for model, group in by_model.items():
            self._trust[model] = ProgressTrust.fit(group)
        self._sharpened.clear()

    def trust(self, key: Key) -> ProgressTrust:
        """How far the vendor's own progress is believed for this model."""
        return self._trust.get(key.coarse, ProgressTrust())

    # -- asking -----------------------------------------------------------------------------------------------------

    def plan(
        self,
        key: Key,
        *,
        floor_s: float,
        running_for: float | None = None,
        waited: float = 0.0,
        since_last: float | None = 0.0,
        new_prompt: bool = False,
        reading: Reading | None = None,
        together: int = 1,
    ) -> float:
        """Seconds from now to the next poll.

        `running_for` is None while the job waits at the vendor; `waited` counts from the submit; `since_last` from the
        last poll, None when this process has not asked yet (it asks at once, as it does after a sleep longer than the
        gap). `floor_s` is the vendor's least gap. `new_prompt`: one of the first jobs of an edited prompt.
        `together`: how many tasks one list call answers for; a poll that serves many is worth more.
        """
        if since_last is None:
            return 0.0
        waited_then = max(0.0, waited - since_last)
        cost = _cost(self._poll_cost, floor_s, together)
        if running_for is None:
            first = self._gap(key, 0.0, floor_s, cost, None)
            gap = queued_gap(waited_then, first, floor_s)
        else:
            gap = self._gap(key, max(0.0, running_for - since_last), floor_s, cost, reading)
        if new_prompt:
            gap = canary_gap(gap, waited_then, floor_s)
        return max(0.0, jittered(gap, floor_s, self._rng) - since_last)

    def eta(self, key: Key, running_for: float | None, reading: Reading | None = None) -> Eta:
        """What is left of a job, with its spread; `running_for` is None while it waits at the vendor."""
        t = max(0.0, running_for or 0.0)
        curve = self._at(key, t, reading).curve
        share = curve.share(t)
        memory = self._memories.get(key)
        count = memory.jobs if memory else 0
        if share >= LATE or (count < FEW and self._outran(key, t)):
            return Eta(
                None,
                None,
                None,
                min(share, BAR_TOP),
                count=len(memory.samples) if memory else 0,
                late=True,
                overdue=share >= OVERDUE,
                slower_than=memory.share_below(t) if memory else None,
            )
        low, middle, high = (curve.left(t, p) for p in (0.1, 0.5, 0.9))
        return Eta(middle, low, high, min(share, BAR_TOP), count, waiting=running_for is None)

    def _outran(self, key: Key, t: float) -> bool:
        """Whether a job runs longer than what was called usual before it was sent."""
        known = self.usual(key)
        return known is not None and t > known.high_s

    def usual(self, key: Key) -> Usual | None:
        """What this kind of job usually takes; None when neither a job nor the catalogue says anything."""
        memory = self._memories.get(key)
        if memory and memory.jobs:
            curve = self._base(key).curve
            return Usual(curve.quantile(0.1), curve.quantile(0.9), memory.jobs)
        given = self._ranges.get(key.coarse)
        return Usual(*given, 0) if given else None

    # -- inside -----------------------------------------------------------------------------------------------------

    def _gap(self, key: Key, t: float, floor_s: float, cost: float, reading: Reading | None) -> float:
        known = self._at(key, t, reading)
        gap = known.schedule(floor_s, cost).gap(t)
        if gap is None or known.curve.share(t) >= OVERDUE:
            return max(floor_s, overdue_gap(t, known.curve.quantile(OVERDUE)))
        return gap

    def _at(self, key: Key, t: float, reading: Reading | None) -> _Known:
        """The curve as the reading sharpens it, unless the job has outlived what the reading claimed."""
        base = self._base(key)
        if reading is None:
            return base
        shape = base.curve.shape
        sharper = self.trust(key).sharpen(shape, reading)
        if sharper is shape or t > sharper.median_s * math.exp(1.6 * sharper.sigma):
            return base
        known = self._sharpened.get((key, reading))
        if known is None or known.curve.shape != sharper:
            if len(self._sharpened) >= SHARPENED_KEPT:
                self._sharpened.clear()
            known = self._sharpened[key, reading] = _Known(Curve.of(sharper, since=0.95 * t, until=0.985))
        return known

    def _base(self, key: Key) -> _Known:
        known = self._known.get(key)
        if known is None:
            memory = self._memories.get(key) or Memory()
            known = self._known[key] = _Known(Curve.of(memory.shape(self._guess(key))))
        return known

    def _memory(self, key: Key) -> Memory:
        if key not in self._memories:
            self._memories[key] = Memory()
            self._kinds.setdefault(key.coarse, set()).add(key)
        return self._memories[key]

    def _stale(self, key: Key) -> None:
        """Forgets what was worked out for every kind of this model: each leans on the others."""
        for each in [known for known in self._known if known.coarse == key.coarse]:
            del self._known[each]

    def _prior(self, key: Key) -> Guess:
        low, high = self._ranges.get(key.coarse, DEFAULT_RANGE)
        return Guess(math.log(low * high) / 2, math.hypot(MODEL_DOUBT, KIND_DOUBT))

    def _guess(self, key: Key) -> Guess:
        """The catalogue's guess, moved by what the model's other kinds have shown.

        Two levels: kinds vary around their model by `KIND_DOUBT`, the model around the catalogue by `MODEL_DOUBT`.
        """
        prior = self._prior(key)
        precision = MODEL_DOUBT**-2
        total = prior.mu * precision
        for other in self._kinds.get(key.coarse, ()):
            level = self._memories[other].summary() if other != key else None
            if level and level.weight > 0:
                worth = 1 / (KIND_DOUBT**2 + level.sigma**2 / level.weight)
                precision += worth
                total += worth * level.own
        return Guess(total / precision, math.hypot(precision**-0.5, KIND_DOUBT))


def _cost(poll_cost: float, floor_s: float, together: int) -> float:
    """What one poll is worth, in seconds of waiting, to one of the tasks that it serves (in steps of two).

    A vendor that may be asked more often than every 2 s says by that that asking is cheap.
    """
    return poll_cost * min(1.0, floor_s / 2) / (1 << (max(together, 1).bit_length() - 1))
