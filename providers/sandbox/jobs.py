"""Job: one accepted request and its life as a function of the time. Pure: nothing here runs in the background.

A job waits for a free slot until `start_at` (throttled), then `queue_s` in the queue, then runs `run_s`, and has ended.
All of that was settled when it was accepted, so every process that reads the row at the same moment sees the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

__all__ = ["Clip", "Job", "Phase", "free_slot"]


class Phase(StrEnum):
    """Where a job is; each vendor has its own words for it."""

    THROTTLED = "throttled"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Nothing more happens."""
        return self in {Phase.DONE, Phase.FAILED, Phase.CANCELLED}


@dataclass(frozen=True, slots=True)
class Clip:
    """What to draw; pictures are named by the hash of their bytes, which lie in the sandbox's folder.

    `files` are the endings of the files that come out, in order: `mp4`, `png`, `jpg`, `webp`, `svg`, `mp3`, `wav`,
    `flac`, `ogg`, `zip`. `sound` puts a track into the clip.
    """

    prompt: str
    width: int
    height: int
    seconds: float
    seed: int | None = None
    loop: bool = False
    start_image: str | None = None
    end_image: str | None = None
    broken: bool = False
    files: tuple[str, ...] = ("mp4",)
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request. Times are seconds of the world's clock; money is in the vendor's unit.

    `price` was charged when it was accepted; `final` stays charged when it ends well, `kept` when it fails.
    """

    seq: int
    id: str
    vendor: str
    account: str
    lane: str
    model: str
    operation: str
    created_at: float
    start_at: float
    queue_s: float
    run_s: float
    price: Decimal
    final: Decimal
    kept: Decimal
    clip: Clip
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fail: str | None = None
    word: str | None = None
    silent: bool = False
    cancelled_at: float | None = None
    deleted_at: float | None = None

    @property
    def runs_at(self) -> float:
        """When it leaves the queue."""
        return self.start_at + self.queue_s

    @property
    def ends_at(self) -> float:
        """When it has ended."""
        return self.cancelled_at if self.cancelled_at is not None else self.runs_at + self.run_s

    def phase(self, now: float) -> Phase:
        """Where the job is at a moment."""
        if self.cancelled_at is not None:
            return Phase.CANCELLED
        if now < self.start_at:
            return Phase.THROTTLED
        if now < self.runs_at:
            return Phase.QUEUED
        if now < self.ends_at:
            return Phase.RUNNING
        return Phase.FAILED if self.fail is not None else Phase.DONE

    def progress(self, now: float) -> float:
        """How much of the running time is over, 0 to 1."""
        if self.run_s <= 0:
            return 1.0 if now >= self.runs_at else 0.0
        return min(1.0, max(0.0, (now - self.runs_at) / self.run_s))

    def charge(self, now: float) -> Decimal:
        """What it has cost so far, in the vendor's unit, for a job that was not cancelled."""
        match self.phase(now):
            case Phase.DONE:
                return self.final
            case Phase.FAILED:
                return self.kept
            case _:
                return self.price

    def details(self) -> dict[str, Any]:
        """What the store keeps as JSON: all that it does not search by."""
        return {
            "model": self.model,
            "operation": self.operation,
            "queue_s": self.queue_s,
            "run_s": self.run_s,
            "price": str(self.price),
            "final": str(self.final),
            "kept": str(self.kept),
            "clip": asdict(self.clip),
            "request": dict(self.request),
            "fail": self.fail,
            "word": self.word,
            "silent": self.silent,
        }


def free_slot(ends: Iterable[float], slots: int, now: float) -> float:
    """When a newcomer starts, given when each of those before it (running or waiting) ends. First come, first in."""
    busy = sorted(end for end in ends if end > now)
    return now if len(busy) < slots else busy[len(busy) - slots]
