"""Libraries for tests: takes with clips of a few bytes beside their sidecars, in a home of their own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from providers.shot import Shot
from rushes.home import Home
from rushes.ids import new_id
from rushes.library.library import Library
from rushes.library.sidecar import write_sidecar
from rushes.task import Cost, Status, Take, Task

START = datetime(2026, 10, 1, 12, tzinfo=UTC)


def home_in(folder: Path) -> Home:
    home = Home.find(str(folder / "home"))
    home.make()
    return home


def library_of(home: Home) -> Library:
    return Library(home.library, now=lambda: START)


def task(
    number: int = 0,
    prompt: str = "a red fox",
    *,
    provider: str = "luma",
    model: str = "ray-2",
    params: dict[str, str | int | float | bool] | None = None,
    status: Status = Status.CANCELLED,
    rating: int | None = None,
    tags: tuple[str, ...] = (),
    notes: str = "",
    cost: Decimal | None = Decimal("0.71"),
) -> Task:
    """A take without a clip, `number` minutes after the start."""
    at = START + timedelta(minutes=number)
    shot = Shot(provider, model, "text_to_video", prompt, params or {"duration": "5s"})
    return Task(new_id(at), shot, status, at, badge="BADGE", cost=Cost(cost), rating=rating, tags=tags, notes=notes)


def with_clip(home: Home, made: Task, data: bytes = b"") -> Task:
    """The take with a clip and its sidecar."""
    data = data or made.id.encode()
    file = home.media / f"{made.created_at:%Y-%m}" / f"{made.id}.mp4"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    take = Take(file, hashlib.sha256(data).hexdigest(), len(data), 1280, 720, 5.0, 24.0)
    done = replace(made, status=Status.SUCCEEDED, progress=1.0, take=take)
    write_sidecar(done, take)
    return done
