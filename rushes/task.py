"""Task: one press of Generate, from the wish to the clip, as every face of the program sees it. Frozen."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from providers.errors import Failure
from providers.shot import Shot
from providers.values import dataclass
from rushes.media.kinds import Kind, kind_of

__all__ = ["ACTIVE", "ENDED", "IN_FLIGHT", "STANDS", "Cost", "Status", "Take", "Task", "stamp"]


class Status(StrEnum):
    """Where a task stands in its life (docs/design.md has the drawing)."""

    QUEUED = "QUEUED"
    SUBMITTING = "SUBMITTING"
    UNCERTAIN = "UNCERTAIN"
    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    DOWNLOADING = "DOWNLOADING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})
ACTIVE = frozenset(Status) - ENDED
IN_FLIGHT = frozenset({Status.PENDING, Status.THROTTLED, Status.RUNNING, Status.DOWNLOADING})
"""States in which the vendor has the task, so that watching it costs nothing and loses nothing."""

STANDS = {
    Status.QUEUED: "not sent yet",
    Status.SUBMITTING: "on its way to the vendor",
    Status.UNCERTAIN: "sent and not answered",
    Status.PENDING: "queued at the vendor",
    Status.THROTTLED: "held back by the vendor",
    Status.RUNNING: "running",
    Status.DOWNLOADING: "done there, and its clip is being fetched",
    Status.SUCCEEDED: "done",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}
"""How a task stands, in words that follow "it is"."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Three figures that are never mixed, in USD; None where nobody has said."""

    quoted: Decimal | None = None
    estimated: Decimal | None = None
    charged: Decimal | None = None

    def to_json(self) -> dict[str, float | None]:
        """Numbers, as the command line prints them."""
        return {
            "quoted_usd": _number(self.quoted),
            "estimated_usd": _number(self.estimated),
            "charged_usd": _number(self.charged),
        }


@dataclass(frozen=True, slots=True)
class Take:
    """The file of a task (a clip, mostly): where it lies and what the decoder said of it."""

    file: Path
    sha256: str
    bytes: int
    width: int
    height: int
    duration_s: float
    fps: float

    @property
    def kind(self) -> Kind:
        """Clip, picture, sound or archive. What is no clip has no rate, and what has no length lasts 0 s."""
        return kind_of(self.file)

    @property
    def measures(self) -> str:
        """`1280×720 · 24 fps · 5 s · 3.1 MB`; what is not known, or what a picture or sound has not, is left out."""
        parts = [f"{self.width}×{self.height}"] * bool(self.width and self.height)
        parts += [f"{self.fps:g} fps"] * bool(self.fps) + [f"{round(self.duration_s, 1):g} s"] * bool(self.duration_s)
        return " · ".join([*parts, f"{self.bytes / 1e6:.1f} MB"])


@dataclass(frozen=True, slots=True)
class Task:
    """Everything known of one task. Times are aware UTC; `progress` is 0 to 1.

    `eta_s`, and `time_left` in words with its spread, are filled in by the engine.
    """

    id: str
    shot: Shot
    status: Status
    created_at: datetime
    badge: str = ""
    vendor_status: str | None = None
    vendor_id: str | None = None
    progress: float | None = None
    eta_s: float | None = None
    time_left: str = ""
    cost: Cost = field(default_factory=Cost)
    error: Failure | None = None
    take: Take | None = None
    rating: int | None = None
    tags: tuple[str, ...] = ()
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    charges_sent: int = 0
    practice: bool = False
    forgotten: bool = False
    hold_until: datetime | None = None
    rev: int = 0
    priority: int = 0
    notes: str = ""
    trashed_at: datetime | None = None
    parent: str | None = None
    kinship: str | None = None
    wanted: str | None = None
    """The identity of the shot of a shot file that this is a take of (`rushes.library.wanted`); below, its name."""
    wanted_as: str | None = None

    @property
    def ended(self) -> bool:
        """Nothing more will happen by itself."""
        return self.status in ENDED

    @property
    def rests_alone(self) -> bool:
        """Not sent yet, or something is wrong with it: without a process that carries it, it waits for a person."""
        troubled = self.error is not None and self.status in {Status.UNCERTAIN, Status.DOWNLOADING}
        return self.status is Status.QUEUED or troubled

    def to_json(self) -> dict[str, Any]:
        """The task as scripts rely on it; the order of the keys is part of docs/cli.md."""
        take = self.take
        return {
            "id": self.id,
            "provider": self.shot.provider,
            "model": self.shot.model,
            "mode": self.shot.mode,
            "prompt": self.shot.prompt,
            "params": dict(self.shot.params),
            "inputs": [{"role": each.role.value, "source": each.source} for each in self.shot.inputs],
            "status": self.status.value,
            "vendor_status": self.vendor_status,
            "vendor_id": self.vendor_id,
            "progress": self.progress,
            "eta_s": self.eta_s,
            "badge": self.badge,
            "practice": self.practice,
            "cost": self.cost.to_json(),
            "error": self.error.to_json() if self.error else None,
            "file": str(take.file) if take else None,
            "sha256": take.sha256 if take else None,
            "bytes": take.bytes if take else None,
            "width": take.width if take else None,
            "height": take.height if take else None,
            "duration_s": take.duration_s if take else None,
            "fps": take.fps if take else None,
            "rating": self.rating,
            "tags": list(self.tags),
            "created_at": stamp(self.created_at),
            "submitted_at": stamp(self.submitted_at),
            "finished_at": stamp(self.finished_at),
            "charges_sent": self.charges_sent,
            "notes": self.notes,
            "trashed_at": stamp(self.trashed_at),
            "parent": self.parent,
            "kinship": self.kinship,
            "kind": take.kind if take else None,
        }


def stamp(time: datetime | None) -> str | None:
    """UTC ISO 8601 with a Z, to the millisecond."""
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
