"""Pace: what pacing means for tasks. Turns a task into a kind of job, watches it, and tells pacing how it ended."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from providers.base import VendorTask
from providers.catalogue import Catalogue
from providers.shot import Shot
from providers.values import dataclass
from rushes.library.library import Ran
from rushes.pacing import Eta, Key, Observation, Pacing, ProgressSample, Reading, Usual, Watch, back_off
from rushes.task import Status, Task

__all__ = ["Pace", "Seen", "kind_of"]

KEPT_READINGS = 12
PRACTICE = " (practice)"
PRACTICE_RANGE_S = (10.0, 20.0)
"""What the sandbox takes when it stands in for a vendor."""


@dataclass(slots=True)
class Seen:
    """What this process has seen of one task at its vendor: the looks, and what the vendor said of its progress."""

    watch: Watch
    fresh: bool
    new_prompt: bool = False
    readings: list[Reading] = field(default_factory=list)

    @property
    def reading(self) -> Reading | None:
        """The latest word of the vendor on progress."""
        return self.readings[-1] if self.readings else None


class _Ranges(Mapping[tuple[str, str], tuple[float, float]]):
    """What the catalogues call usual, by provider and model; a catalogue is opened when it is first asked about."""

    def __init__(self, catalogue: Callable[[str], Catalogue]) -> None:
        self._catalogue = catalogue

    def __getitem__(self, key: tuple[str, str]) -> tuple[float, float]:
        provider, name = key
        if provider.endswith(PRACTICE):
            return PRACTICE_RANGE_S
        try:
            model = self._catalogue(provider).find(name)
        except LookupError as unknown:
            raise KeyError(key) from unknown
        if model is None or model.usual_s is None:
            raise KeyError(key)
        return model.usual_s

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Pace:
    """Pacing in the words of the engine."""

    def __init__(self, catalogue: Callable[[str], Catalogue], rng: random.Random) -> None:
        self._rng = rng
        self._pacing = Pacing(_Ranges(catalogue), rng=rng)
        self._prompts: set[str] = set()
        self._said: dict[str, Reading] = {}

    def learn(self, ended: Iterable[Ran]) -> None:
        """Learns from the library, at start."""
        samples: list[ProgressSample] = []
        for each in ended:
            kind = kind_of(each.task)
            self._prompts.add(each.task.shot.prompt)
            self._pacing.learn(
                Observation(kind, each.low_s, each.high_s, each.task.finished_at or each.task.created_at)
            )
            total = (each.low_s + each.high_s) / 2
            samples += [ProgressSample(kind, each.task.id, part, at, total) for part, at in each.readings]
        self._pacing.learn_progress(samples)

    def watch(self, task: Task, now: datetime, *, fresh: bool) -> Seen:
        """Begins to watch a task. One that was seen running before this process looked goes on from there.

        `fresh`: this process has just submitted it, so that there is nothing to ask yet.
        """
        submitted = (task.submitted_at or now).timestamp()
        new_prompt = task.shot.prompt not in self._prompts
        if task.started_at is None:
            return Seen(Watch.begin(submitted), fresh, new_prompt)
        started = task.started_at.timestamp()
        return Seen(Watch(submitted, started, running_at=started), fresh, new_prompt)

    def look(self, seen: Seen, task: Task, said: VendorTask, now: datetime) -> None:
        """A poll was answered, and the task is as it says."""
        at = now.timestamp()
        running = task.status is Status.RUNNING
        seen.watch = seen.watch.saw_running(at) if running else seen.watch.saw_waiting(at)
        elapsed = seen.watch.running_for(at)
        if running and said.progress is not None and elapsed is not None:
            seen.readings.append(Reading(said.progress, elapsed))
            self._said[task.id] = seen.readings[-1]

    def next_poll(self, task: Task, seen: Seen, now: datetime, *, floor_s: float, together: int) -> float:
        """Seconds to the next poll; `together` tasks are answered by one call."""
        at = now.timestamp()
        first_look = seen.watch.seen_at is None and not seen.fresh
        return self._pacing.plan(
            kind_of(task),
            floor_s=floor_s,
            running_for=seen.watch.running_for(at),
            waited=seen.watch.waited(at),
            since_last=None if first_look else seen.watch.since_last(at),
            new_prompt=seen.new_prompt,
            reading=seen.reading,
            together=together,
        )

    def after_error(self, errors: int, *, floor_s: float, retry_after_s: float | None) -> float:
        """Seconds to the next try after polls without an answer."""
        return back_off(errors, self._rng, floor_s=floor_s, retry_after_s=retry_after_s)

    def ended(self, task: Task, seen: Seen, now: datetime) -> dict[str, Any]:
        """Learns from a finished task, and gives what its story keeps for the next start."""
        self._said.pop(task.id, None)
        found = seen.watch.completed(kind_of(task), now.timestamp(), now)
        self._pacing.learn(found)
        self._prompts.add(task.shot.prompt)
        readings = [[round(each.progress, 4), round(each.elapsed_s, 2)] for each in _sparse(seen.readings)]
        kept = {"low_s": round(found.low_s, 3), "high_s": round(found.high_s, 3)}
        return {**kept, "readings": readings} if readings else kept

    def failed(self, task: Task) -> None:
        """Only the rate of failures learns from it."""
        self._said.pop(task.id, None)
        self._pacing.fail(kind_of(task))

    def eta(self, task: Task, now: datetime) -> Eta | None:
        """What is left of a task at the vendor; None for one that is not there."""
        if task.status not in {Status.PENDING, Status.THROTTLED, Status.RUNNING}:
            return None
        running = None if task.started_at is None else max(0.0, (now - task.started_at).total_seconds())
        return self._pacing.eta(kind_of(task), running, self._said.get(task.id))

    def usual(self, shot: Shot) -> Usual | None:
        """What a shot like this usually takes."""
        return self._pacing.usual(_kind(shot, practice=False))


def kind_of(task: Task) -> Key:
    """The kind of job; practice runs on the sandbox's time, so it teaches nothing about the vendor."""
    return _kind(task.shot, practice=task.practice)


def _kind(shot: Shot, *, practice: bool) -> Key:
    provider = _practice(shot.provider) if practice else shot.provider
    resolution = str(shot.params.get("resolution", shot.params.get("ratio", "")))
    return Key(provider, shot.model, shot.mode, resolution, str(shot.params.get("duration", "")).removesuffix("s"))


def _practice(provider: str) -> str:
    return provider + PRACTICE


def _sparse(readings: list[Reading]) -> list[Reading]:
    """At most a dozen, evenly: enough to judge honesty by, small in the story of a task."""
    step = max(1, len(readings) // KEPT_READINGS)
    return readings[::step][:KEPT_READINGS]
