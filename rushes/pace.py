"""Pace: what pacing means for tasks. Turns a task into a kind of job, watches it, and tells pacing how it ended."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from providers.catalogue import Catalogue
from providers.shot import Shot
from rushes.pacing import Eta, Key, Observation, Pacing, Usual, Watch
from rushes.task import Status, Task

__all__ = ["Pace", "kind_of"]


class Pace:
    """Pacing in the words of the engine."""

    def __init__(self, catalogues: Iterable[Catalogue], rng: random.Random) -> None:
        ranges = {
            (catalogue.provider, model.name): model.usual_s
            for catalogue in catalogues
            for model in catalogue.model
            if model.usual_s is not None
        }
        self._pacing = Pacing(ranges, rng=rng)

    def learn(self, ended: Iterable[tuple[Task, float, float]]) -> None:
        """Learns from the library, at start."""
        self._pacing.learn_many(
            Observation(kind_of(task), low, high, task.finished_at or task.created_at) for task, low, high in ended
        )

    def watch(self, task: Task, now: datetime) -> Watch:
        """Begins to watch a task. One that was seen running before this process looked goes on from there."""
        submitted = (task.submitted_at or now).timestamp()
        if task.started_at is None:
            return Watch.begin(submitted)
        started = task.started_at.timestamp()
        return Watch(submitted, started, running_at=started)

    def next_poll(self, task: Task, watch: Watch, now: datetime, *, floor_s: float) -> float:
        """Seconds to the next poll."""
        at = now.timestamp()
        return self._pacing.plan(
            kind_of(task),
            floor_s=floor_s,
            running_for=watch.running_for(at),
            waited=watch.waited(at),
            since_last=watch.since_last(at),
        )

    def ended(self, task: Task, watch: Watch, now: datetime) -> dict[str, Any]:
        """Learns from a finished task, and gives the interval that its story keeps for the next start."""
        seen = watch.completed(kind_of(task), now.timestamp(), now)
        self._pacing.learn(seen)
        return {"low_s": round(seen.low_s, 3), "high_s": round(seen.high_s, 3)}

    def failed(self, task: Task) -> None:
        """Only the rate of failures learns from it."""
        self._pacing.fail(kind_of(task))

    def eta(self, task: Task, now: datetime) -> Eta | None:
        """What is left of a task at the vendor; None for one that is not there."""
        if task.status not in {Status.PENDING, Status.THROTTLED, Status.RUNNING}:
            return None
        running = None if task.started_at is None else max(0.0, (now - task.started_at).total_seconds())
        return self._pacing.eta(kind_of(task), running)

    def usual(self, shot: Shot) -> Usual | None:
        """What a shot like this usually takes."""
        return self._pacing.usual(_kind(shot, practice=False))


def kind_of(task: Task) -> Key:
    """The kind of job; practice runs on the sandbox's time, so it teaches nothing about the vendor."""
    return _kind(task.shot, practice=task.practice)


def _kind(shot: Shot, *, practice: bool) -> Key:
    provider = f"{shot.provider} (practice)" if practice else shot.provider
    resolution = str(shot.params.get("resolution", shot.params.get("ratio", "")))
    return Key(provider, shot.model, shot.mode, resolution, str(shot.params.get("duration", "")).removesuffix("s"))
